//! A core without a window, to be killed: asks the starter model for its story again and again in one chat, and prints
//! a line of JSON for whatever it shows.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::{io::Write, path::Path};

use acceptance::Session;
use serde_json::json;
use wire::{AnswerEvent, Event};

#[tokio::main]
async fn main() {
    let folder = std::env::args().nth(1).expect("a data folder");
    let mut session = Session::open(Path::new(&folder)).await;
    let chat = session.new_chat().await;
    let mut parent = None;
    loop {
        let sent = session.send(chat, "Tell me a story", parent).await;
        say(&json!({"sent": sent.question.id, "answer": sent.answer.id}));
        loop {
            match session.event().await {
                Event::Answer { message, event: AnswerEvent::Text { text, .. }, .. } => {
                    say(&json!({"answer": message, "text": text}))
                }
                Event::Answer { message, event: AnswerEvent::Ended { message: ended }, .. }
                    if message == sent.answer.id =>
                {
                    say(&json!({"ended": message, "text": ended.text}));
                    break;
                }
                _ => {}
            }
        }
        parent = None; // a new branch each time, so that the context never fills
    }
}

fn say(value: &serde_json::Value) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{value}").and_then(|()| out.flush());
}
