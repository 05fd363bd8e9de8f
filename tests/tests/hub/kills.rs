//! SIGKILL at any byte.

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use acceptance::{
    Session,
    hub::{At, Fault, Repository, models},
    target_folder,
};
use serde_json::{Value, json};
use wire::{Download, DownloadState};

use crate::{FILE, REPO, desk, models_in};

fn random_below(limit: u64) -> u64 {
    use std::hash::{BuildHasher, Hasher};
    std::collections::hash_map::RandomState::new().build_hasher().finish() % limit
}

/// Runs the downloader until it has shown so many bytes more, waits a moment, kills it. Gives what it showed last, and
/// whether it had ended by itself.
fn run_and_kill(folder: &Path, file: &str, moment: Duration) -> (Download, bool) {
    let program = target_folder().join("downloader");
    let mut child = Command::new(program).arg(folder).args([REPO, file]).stdout(Stdio::piped()).spawn().unwrap();
    let (send, receive) = std::sync::mpsc::channel();
    let out = BufReader::new(child.stdout.take().unwrap());
    let reader = std::thread::spawn(move || {
        for line in out.lines().map_while(Result::ok) {
            if let Ok(download) = serde_json::from_str::<Download>(&line) {
                let _ = send.send(download);
            }
        }
    });
    let mut last = receive.recv_timeout(acceptance::PATIENCE).expect("the downloader shows nothing");
    while !matches!(last.state, DownloadState::Running { .. } | DownloadState::Done { .. }) {
        assert!(!matches!(last.state, DownloadState::Failed { .. }), "{:?}", last.state);
        last = receive.recv_timeout(acceptance::PATIENCE).expect("the downloader does not come to run");
    }
    std::thread::sleep(moment); // the moment of the kill is what this is about
    child.kill().unwrap();
    let code = child.wait().unwrap().code();
    reader.join().unwrap();
    (receive.try_iter().last().unwrap_or(last), code.is_some())
}

/// SIGKILL at thirty random moments of downloads on one folder: each goes on from what had arrived, and ends with the
/// right bytes.
#[tokio::test(flavor = "multi_thread")]
async fn a_killed_download_goes_on_and_ends_with_the_right_bytes() {
    let whole = models::of_size("a model of some size", 24 * 1024 * 1024);
    let (folder, hub, session) = desk(vec![Repository::new(REPO).file(FILE, whole.clone())]).await;
    hub.misbehave(At::Bytes, Fault::Slow { piece: 48 * 1024, pause_ms: 1 });
    session.core.shut_down().await;
    let (mut kills, mut half_way, mut from_the_start) = (0, 0, 0);
    while kills < 30 {
        let path = folder.path().to_owned();
        let moment = Duration::from_millis(random_below(150));
        let (last, ended) = tokio::task::spawn_blocking(move || run_and_kill(&path, FILE, moment)).await.unwrap();
        if !ended {
            kills += 1;
        }
        let session = Session::open(folder.path()).await;
        let models = session.models().await;
        match models.iter().find(|model| !model.starter) {
            Some(card) => {
                let bytes = std::fs::read(Path::new(&card.folder).join(&card.file_name)).unwrap();
                assert!(bytes == whole, "after {kills} kills the bytes are others");
                assert!(card.verification.is_some_and(|one| one.matched));
                session.ok::<Value>("model_remove", json!({"model": card.id, "files": true})).await;
                for left in session.ok::<Vec<Download>>("download_list", Value::Null).await {
                    session.ok::<Value>("download_cancel", json!({"download": left.id})).await;
                }
            }
            None => {
                assert_eq!(models_in(folder.path()), Vec::<PathBuf>::new(), "what is not whole has no model's name");
                let left: Vec<Download> = session.ok("download_list", Value::Null).await;
                assert_eq!(left.len(), 1, "{left:?}");
                assert_eq!(left[0].state, DownloadState::Paused);
                half_way += u32::from(left[0].received_bytes > 0 && left[0].received_bytes < whole.len() as u64);
                from_the_start += u32::from(last.received_bytes > 2_000_000 && left[0].received_bytes == 0);
            }
        }
        session.core.shut_down().await;
    }
    hub.behave();
    let mut session = Session::open(folder.path()).await;
    let left: Vec<Download> = session.ok("download_list", Value::Null).await;
    let last = match left.first() {
        Some(left) => session.ok::<Download>("download_resume", json!({"download": left.id})).await,
        None => session.start_download(REPO, FILE).await.unwrap(),
    };
    let ended = session.download_ended(last.id).await;
    assert!(matches!(ended.state, DownloadState::Done { verified: true, .. }), "{:?}", ended.state);
    let [file] = models_in(folder.path()).try_into().unwrap();
    assert!(std::fs::read(folder.path().join("models").join(file)).unwrap() == whole);
    assert_eq!(from_the_start, 0, "a download that had come far began again");
    assert!(half_way >= 15, "only {half_way} of {kills} kills came half-way");
    session.core.shut_down().await;
}
