//! A core without a window, to be killed: `downloader FOLDER REPO PATH` goes on with the download of a file, or starts
//! it, and prints a line of JSON for whatever becomes of it. Ends when it is done.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::{io::Write, path::Path};

use acceptance::Session;
use serde_json::{Value, json};
use wire::{Download, DownloadState};

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, folder, repo, path] = arguments.as_slice() else { panic!("downloader FOLDER REPO PATH") };
    let mut session = Session::open(Path::new(folder)).await;
    let left: Vec<Download> = session.ok("download_list", Value::Null).await;
    let left = left.into_iter().find(|one| one.path == *path && !matches!(one.state, DownloadState::Done { .. }));
    let download = match left {
        Some(left) => {
            say(&left);
            session.ok("download_resume", json!({"download": left.id})).await
        }
        None => session.start_download(repo, path).await.unwrap(),
    };
    let ended = session
        .download_until(download.id, |one| {
            say(one);
            matches!(one.state, DownloadState::Done { .. } | DownloadState::Failed { .. })
        })
        .await;
    say(&ended);
    session.core.shut_down().await;
}

fn say(download: &Download) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{}", json!(download)).and_then(|()| out.flush());
}
