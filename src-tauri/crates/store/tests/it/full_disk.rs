//! A disk that fills up, at every size in turn.

use domain::MessageState;
use store::{Store, StoreError};
use tempfile::tempdir;

use crate::fixture::*;

/// Pages of a database with nothing in it.
async fn empty_pages() -> u32 {
    let folder = tempdir().unwrap();
    let store = open(folder.path(), None).await;
    let bytes = bytes_after_close(&store, folder.path()).await;
    u32::try_from(bytes.len() / 4096).unwrap()
}

#[tokio::test]
async fn wherever_the_disk_fills_up_everything_up_to_then_is_kept() {
    let empty = empty_pages().await;
    for room in 0..24 {
        let folder = tempdir().unwrap();
        let mut options = options(folder.path(), None);
        options.max_pages = Some(empty + room);
        let store = Store::open(options).await.unwrap().store;
        let (questions, pieces, error) = fill(&store).await;
        assert!(matches!(error, StoreError::DiskFull(_)), "{room}: {error}");
        drop(store);

        let store = open(folder.path(), None).await;
        let mut kept = Vec::new();
        for chat in store.chats(false).await.unwrap() {
            kept.extend(store.tree(chat.id).await.unwrap());
        }
        let said = kept.iter().filter(|message| message.answer.is_none()).count();
        assert_eq!(said, questions, "{room}");
        let written: usize = kept.iter().map(|message| message.text.matches("piece ").count()).sum();
        assert_eq!(written, pieces, "{room}");
        assert!(kept.iter().all(|message| message.state != MessageState::Streaming));
    }
}

/// Asks and answers until it fails; counts what was acknowledged.
async fn fill(store: &Store) -> (usize, usize, StoreError) {
    let (mut questions, mut pieces) = (0, 0);
    let chat = chat();
    if let Err(error) = store.create_chat(&chat).await {
        return (questions, pieces, error);
    }
    loop {
        let asked = match store.insert_question(&question(chat.id, None, &"words ".repeat(50))).await {
            Ok(asked) => asked,
            Err(error) => return (questions, pieces, error),
        };
        questions += 1;
        let answer = match store.begin_answer(&new_answer(chat.id, asked.id)).await {
            Ok(answer) => answer,
            Err(error) => return (questions, pieces, error),
        };
        for _ in 0..5 {
            if let Err(error) = store.append_parts(answer.id, &[text(&"piece ".repeat(10), &[1; 10])]).await {
                return (questions, pieces, error);
            }
            pieces += 10;
        }
        if let Err(error) = store.finish_answer(answer.id, ending(MessageState::Complete)).await {
            return (questions, pieces, error);
        }
    }
}

/// On a volume of its own, where this user may make one.
#[cfg(target_os = "linux")]
mod volume {
    use std::{path::Path, process::Command};

    use super::*;

    struct Volume(tempfile::TempDir);

    impl Volume {
        fn of(megabytes: u32) -> Option<Self> {
            let folder = tempdir().unwrap();
            let size = format!("size={megabytes}m");
            let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(folder.path()).output();
            mounted.is_ok_and(|done| done.status.success()).then_some(Self(folder))
        }

        fn path(&self) -> &Path {
            self.0.path()
        }
    }

    impl Drop for Volume {
        fn drop(&mut self) {
            let _ = Command::new("umount").arg("-l").arg(self.0.path()).status();
        }
    }

    #[tokio::test]
    async fn the_ballast_lets_the_answer_under_way_be_kept() {
        let Some(volume) = Volume::of(80) else {
            eprintln!("no volume may be mounted here; what a full disk does is tested by the number of pages alone");
            return;
        };
        let store = open(volume.path(), Some(KEY)).await;
        let ballast = volume.path().join("ballast.bin");
        assert!(ballast.exists());
        let chat = new_chat(&store).await;
        let asked = ask(&store, chat, None, "?").await;
        let answer = begin(&store, chat, asked.id).await;
        fill_up(&volume.path().join("other"));
        let mut kept = 0;
        while ballast.exists() {
            store.append_parts(answer.id, &[text(&"piece ".repeat(1000), &[1; 1000])]).await.unwrap();
            kept += 1000;
            assert!(kept < 10_000_000, "the disk never filled up");
        }
        let done = store.finish_answer(answer.id, ending(MessageState::Stopped)).await.unwrap();
        assert_eq!(done.text.matches("piece ").count(), kept);
        assert!(!store.restore_ballast(), "there is no room for it yet");

        std::fs::remove_file(volume.path().join("other")).unwrap();
        assert!(store.restore_ballast() && ballast.exists());
    }

    #[tokio::test]
    async fn when_the_ballast_is_gone_too_it_is_an_error_and_nothing_is_lost() {
        let Some(volume) = Volume::of(80) else { return };
        let store = open(volume.path(), Some(KEY)).await;
        let chat = new_chat(&store).await;
        let asked = ask(&store, chat, None, "?").await;
        let answer = begin(&store, chat, asked.id).await;
        fill_up(&volume.path().join("other"));
        let mut kept = 0;
        let error = loop {
            match store.append_parts(answer.id, &[text(&"piece ".repeat(1000), &[1; 1000])]).await {
                Ok(()) => kept += 1000,
                Err(error) => break error,
            }
            if !volume.path().join("ballast.bin").exists() {
                fill_up(&volume.path().join("more"));
            }
        };
        assert!(matches!(error, StoreError::DiskFull(_)), "{error}");
        assert_eq!(store.message(answer.id).await.unwrap().text.matches("piece ").count(), kept);
        drop(store);
        std::fs::remove_file(volume.path().join("other")).unwrap();
        let opened = try_open(volume.path(), Some(KEY)).await.unwrap();
        assert_eq!(opened.interrupted, 1);
        assert_eq!(opened.store.message(answer.id).await.unwrap().text.matches("piece ").count(), kept);
    }

    fn fill_up(file: &Path) {
        use std::io::Write;
        let mut file = std::fs::File::options().create(true).append(true).open(file).unwrap();
        while file.write_all(&[1; 4096]).is_ok() {}
    }
}
