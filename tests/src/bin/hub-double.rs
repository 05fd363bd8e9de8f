//! A model hub on loopback, for tests and for trying downloads without one: `hub-double` prints a line of JSON with its
//! addresses and the settings to use, and serves until its standard input closes.
//!
//! Each line on standard input is an order in JSON: `{"fault": {"at": "bytes", "fault": {"kind": "stall", "after":
//! 1000}, "times": 1}}`, `"behave"` or `"seen"`, which prints every request so far as a line of JSON.
#![allow(clippy::print_stdout, clippy::unwrap_used)] // a test tool that speaks on stdout

use acceptance::hub::{Hub, Rule, models};
use serde::Deserialize;
use serde_json::json;
use tokio::sync::mpsc;

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Order {
    Fault(Rule),
    Behave,
    Seen,
}

#[tokio::main]
async fn main() {
    let hub = Hub::start(models::shelf()).await;
    println!("{}", json!({"hub": hub.url(), "cdn": hub.cdn(), "stranger": hub.stranger(), "settings": hub.settings()}));
    let (send, mut orders) = mpsc::unbounded_channel();
    std::thread::spawn(move || std::io::stdin().lines().map_while(Result::ok).try_for_each(|line| send.send(line)));
    while let Some(line) = orders.recv().await {
        match serde_json::from_str(&line) {
            Ok(Order::Fault(rule)) => hub.add(rule),
            Ok(Order::Behave) => hub.behave(),
            Ok(Order::Seen) => println!("{}", json!(hub.seen())),
            Err(error) => println!("{}", json!({"error": error.to_string()})),
        }
    }
}
