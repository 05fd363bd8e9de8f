//! A disk that is full, or fills up.
#![cfg(target_os = "linux")]

use std::{path::PathBuf, process::Command};

use acceptance::{
    Session,
    hub::{At, Fault, Hub, models},
};
use serde_json::{Value, json};
use tempfile::TempDir;
use wire::{Download, DownloadState};

use crate::{FILE, REPO, desk, expect_failure, models_in};

/// A volume of some megabytes, where this user may make one.
struct Volume(TempDir);

impl Volume {
    fn of(megabytes: u32) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let size = format!("size={megabytes}m");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(folder.path()).output();
        mounted.is_ok_and(|done| done.status.success()).then_some(Self(folder))
    }

    fn fill(&self, megabytes: usize) -> PathBuf {
        let path = self.0.path().join("other");
        std::fs::write(&path, vec![1; megabytes * 1024 * 1024]).unwrap();
        path
    }
}

impl Drop for Volume {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0.path()).status();
    }
}

async fn on_a_volume(volume: &Volume) -> (TempDir, Hub, Session) {
    let (folder, hub, session) = desk(models::shelf()).await;
    let models_folder = volume.0.path().join("models");
    *session.desktop.picked.lock().unwrap() = vec![models_folder];
    session.ok::<Value>("settings_pick", json!({"setting": "models_folder"})).await;
    session.core.shut_down().await;
    let session = Session::open(folder.path()).await;
    (folder, hub, session)
}

fn no_volume() {
    eprintln!("no volume may be mounted here; a full disk is tried in the crate hub alone");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_without_room_is_said_to_be_full_before_a_byte_is_asked_for() {
    let Some(volume) = Volume::of(8) else { return no_volume() };
    let (_folder, hub, mut session) = on_a_volume(&volume).await;
    let other = volume.fill(6);
    let started = session.start_download(REPO, FILE).await.unwrap();
    let ended = session.download_ended(started.id).await;
    expect_failure("no room", volume.0.path(), &ended, "disk_full");
    assert!(hub.seen().iter().all(|one| one.host == "hub"), "bytes were asked for");
    std::fs::remove_file(other).unwrap();
    session.ok::<Download>("download_resume", json!({"download": started.id})).await;
    let ended = session.download_ended(started.id).await;
    assert!(matches!(ended.state, DownloadState::Done { verified: true, .. }), "{:?}", ended.state);
    session.core.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_fills_up_meanwhile_keeps_what_arrived_and_it_goes_on() {
    let Some(volume) = Volume::of(8) else { return no_volume() };
    let (_folder, hub, mut session) = on_a_volume(&volume).await;
    hub.misbehave_times(1, At::Bytes, Fault::Slow { piece: 16 * 1024, pause_ms: 10 });
    let started = session.start_download(REPO, FILE).await.unwrap();
    session.download_until(started.id, |one| one.received_bytes > 0).await;
    let other = volume.fill(6);
    let ended = session.download_ended(started.id).await;
    expect_failure("full meanwhile", volume.0.path(), &ended, "disk_full");
    assert!(ended.received_bytes > 0, "{ended:?}");
    std::fs::remove_file(other).unwrap();
    session.ok::<Download>("download_resume", json!({"download": started.id})).await;
    let ended = session.download_ended(started.id).await;
    assert!(matches!(ended.state, DownloadState::Done { verified: true, .. }), "{:?}", ended.state);
    let [file] = models_in(volume.0.path()).try_into().unwrap();
    assert!(std::fs::read(volume.0.path().join("models").join(file)).unwrap() == models::starter());
    session.core.shut_down().await;
}
