//! A disk that is full, found out before and found out while writing.

use std::{fs, path::Path};

use domain::TransportError;
use hub::{DownloadStage, HubError};

use crate::{
    house::{House, NAME, error, is_verified, kept, model, plan, run},
    server::{Fault, Server},
};

#[test]
fn what_does_not_fit_is_not_begun() {
    let house = House::new();
    let server = std::sync::Arc::new(Server::stating(vec![(NAME, model(1000, 1))], |file| file.bytes = 1 << 60));
    run(async {
        let downloads = house.open(&server);
        let id = downloads.start(plan(NAME)).await.unwrap().id;
        let report = house.end(&downloads, id).await;
        assert!(
            matches!(error(&report), HubError::DiskFull(sentence) if sentence.contains("free space")),
            "{report:?}"
        );
        assert!(server.requests().is_empty());
    });
}

/// The disk says no in the middle; what arrived is kept, and after `relief` it goes on.
fn fills_up_and_goes_on(house: &House, models: &Path, bytes: u64, relief: impl FnOnce()) {
    let file = model(bytes, 1);
    let server = Server::of(vec![(NAME, file.clone())]);
    run(async {
        let downloads = house.open_in(models.to_owned(), &server, 1);
        let id = downloads.start(plan(NAME)).await.unwrap().id;
        let report = house.end(&downloads, id).await;
        assert!(matches!(error(&report), HubError::DiskFull(_)), "{report:?}");
        let part = kept(models).unwrap();
        let there = fs::read(&part).unwrap();
        assert_eq!(there, file[..there.len()]);
        assert_eq!(report.received_bytes, there.len() as u64);
        assert!(!there.is_empty());

        relief();
        downloads.resume(id).await.unwrap();
        assert!(is_verified(&house.end(&downloads, id).await));
        assert_eq!(server.requests()[1].1, there.len() as u64);
        let model = house.finished.lock().unwrap()[0].first.clone();
        assert_eq!(fs::read(model).unwrap(), file);
    });
}

/// A limit on the length of files stands in for a file system that holds no larger ones. A limit is the whole
/// process's, so this test runs itself once more in a process of its own; what the limit says tells which one it is.
#[cfg(target_os = "linux")]
#[test]
fn a_file_system_that_holds_no_file_of_that_size() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    if getrlimit(Resource::Fsize).current.is_some() {
        let house = House::new();
        fills_up_and_goes_on(&house, &house.models(), 200_000, || {
            setrlimit(Resource::Fsize, Rlimit { current: None, maximum: None }).unwrap();
        });
        return;
    }
    let ran = std::process::Command::new("sh")
        .args(["-c", "trap '' XFSZ; ulimit -S -f 64; exec \"$0\" \"$@\""])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "full_disk::a_file_system_that_holds_no_file_of_that_size", "--nocapture"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ran.stdout).into_owned() + &String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success() && said.contains("1 passed"), "{said}");
}

/// On a volume of its own, where this user may make one.
#[cfg(target_os = "linux")]
#[test]
fn a_volume_that_fills_up_while_bytes_arrive() {
    struct Volume(tempfile::TempDir);
    impl Drop for Volume {
        fn drop(&mut self) {
            let _ = std::process::Command::new("umount").arg("-l").arg(self.0.path()).status();
        }
    }
    let volume = Volume(tempfile::tempdir().unwrap());
    let mount = std::process::Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=8m", "tmpfs"])
        .arg(volume.0.path())
        .output();
    if !mount.is_ok_and(|done| done.status.success()) {
        eprintln!("no volume may be mounted here; the limit on the length of files stands in for it");
        return;
    }
    let (house, models) = (House::new(), volume.0.path().join("models"));
    let other = volume.0.path().join("other");
    let file = model(6_000_000, 2);
    let server = Server::of(vec![(NAME, file.clone())]);
    // It fits when it begins; then somebody else takes the room.
    server.will([Fault::HangAfter(1_000_000)]);
    run(async {
        let downloads = house.open_in(models.clone(), &server, 1);
        let id = downloads.start(plan(NAME)).await.unwrap().id;
        server.hung.notified().await;
        downloads.pause(id).await.unwrap();
        fill(&other);
        downloads.resume(id).await.unwrap();
        assert!(matches!(error(&house.end(&downloads, id).await), HubError::DiskFull(_)), "found out before");
        assert_eq!(server.requests().len(), 1);

        fs::remove_file(&other).unwrap();
        server.will([Fault::BreakAfter(1_000_000, TransportError::Broken("It broke.".into()))]);
        downloads.resume(id).await.unwrap();
        house.until(&downloads, id, |report| matches!(report.stage, DownloadStage::Waiting { .. })).await;
        fill(&other);
        let report = house.end(&downloads, id).await;
        assert!(matches!(error(&report), HubError::DiskFull(_)), "found out while writing: {report:?}");
        let there = fs::read(kept(&models).unwrap()).unwrap();
        assert_eq!((report.received_bytes, &there), (there.len() as u64, &file[..there.len()].to_vec()));

        fs::remove_file(&other).unwrap();
        downloads.resume(id).await.unwrap();
        assert!(is_verified(&house.end(&downloads, id).await));
        assert_eq!(server.requests().last().unwrap().1, there.len() as u64);
    });
    assert_eq!(fs::read(house.finished.lock().unwrap()[0].first.clone()).unwrap(), file);
}

#[cfg(target_os = "linux")]
fn fill(file: &Path) {
    use std::io::Write;
    let mut file = fs::File::create(file).unwrap();
    while file.write_all(&[1; 4096]).is_ok() {}
}
