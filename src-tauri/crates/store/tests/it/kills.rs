//! SIGKILL while an answer streams. The child is this test binary, run again.

use std::{
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Command, Stdio},
};

use domain::{MessageId, MessageState};
use tempfile::tempdir;

use crate::fixture::*;

const FOLDER: &str = "DRAWBRIDGE_STORE_TEST_FOLDER";
const KILLS: u32 = 300;

#[tokio::test]
async fn nothing_that_was_acknowledged_is_lost_in_three_hundred_kills() {
    let folder = tempdir().unwrap();
    let chat = new_chat(&open(folder.path(), Some(KEY)).await).await;
    for kill in 0..KILLS {
        // Killed after so many acknowledgements, which come at all stages of the log between two check-points.
        let (answer, acknowledged) = stream_and_kill(folder.path(), 1 + (kill * 37) % 60);
        let opened = try_open(folder.path(), Some(KEY)).await.unwrap(); // with quick_check: the end was no proper one
        assert_eq!(opened.interrupted, 1, "kill {kill}");
        let kept = opened.store.message(answer).await.unwrap();
        assert_eq!((kept.state, kept.chat), (MessageState::Interrupted, chat));
        let tokens = opened.store.tokens(answer).await.unwrap();
        assert!(tokens.len() >= acknowledged as usize, "kill {kill}: {} of {acknowledged}", tokens.len());
        let expected: String = tokens.iter().map(|token| format!("{token} ")).collect();
        assert_eq!(kept.text, expected, "kill {kill}");
    }
}

/// Runs the child until it has acknowledged so many pieces, and kills it.
fn stream_and_kill(folder: &Path, after: u32) -> (MessageId, u32) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "kills::child", "--nocapture"])
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let answer = lines.find_map(|line| line.split_once("answer ").map(|(_, id)| id.parse().unwrap())).unwrap();
    let mut acknowledged = 0;
    for line in lines.by_ref() {
        acknowledged = line.parse().unwrap();
        if acknowledged >= after {
            break;
        }
    }
    child.kill().unwrap();
    child.wait().unwrap();
    // What it had still written to the pipe was acknowledged as well.
    for line in lines {
        acknowledged = line.parse().unwrap_or(acknowledged);
    }
    (answer, acknowledged)
}

/// Streams for ever, one token a piece, and says each one that is kept. Does nothing unless a parent asks for it.
#[tokio::test]
async fn child() {
    #[allow(clippy::disallowed_methods)] // the parent's word
    let Ok(folder) = std::env::var(FOLDER) else { return };
    let store = open(Path::new(&folder), Some(KEY)).await;
    let chat = store.chats(false).await.unwrap()[0].id;
    let leaf = store.chat(chat).await.unwrap().leaf;
    let asked = ask(&store, chat, leaf, "count").await;
    let answer = begin(&store, chat, asked.id).await;
    let mut out = std::io::stdout();
    writeln!(out, "\nanswer {}", answer.id).unwrap();
    for token in 0.. {
        store.append_parts(answer.id, &[text(&format!("{token} "), &[token])]).await.unwrap();
        writeln!(out, "{}", token + 1).unwrap();
    }
}
