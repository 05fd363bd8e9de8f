//! What is in the library: verified again, removed, installed from a folder or a pack.

use std::path::{Path, PathBuf};

use acceptance::hub::{models, sha256};
use domain::ModelOrigin;
use serde_json::{Value, json};
use wire::{Failure, FolderInstalled, ModelCard, ModelRemoved};

use crate::{Desk, file_of};

#[tokio::test(flavor = "multi_thread")]
async fn a_flipped_bit_is_found_when_a_model_is_verified_again() {
    let mut desk = Desk::new().await;
    let card = desk.session.downloaded(models::STARTER, models::STARTER_FILE).await;
    let path = file_of(&card);
    let whole = std::fs::read(&path).unwrap();
    let mut wrong = whole.clone();
    wrong[2_000_000] ^= 1;
    for (bytes, matches) in [(&whole, true), (&wrong, false), (&whole, true)] {
        std::fs::write(&path, bytes).unwrap();
        let verified: ModelCard = desk.session.ok("model_verify", json!({"model": card.id})).await;
        assert_eq!(verified.verification.map(|one| one.matched), Some(matches));
        assert_eq!(std::fs::read(&path).unwrap(), *bytes, "the file is left as it is");
    }
    let starter = desk.session.models().await.into_iter().find(|model| model.starter).unwrap();
    let nothing_stated: Result<ModelCard, Failure> =
        desk.session.call("model_verify", json!({"model": starter.id})).await;
    assert!(matches!(nothing_stated, Err(Failure::InvalidInput { .. })), "{nothing_stated:?}");
    desk.session.core.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn removing_frees_the_space_of_what_was_downloaded_and_touches_nothing_else() {
    let mut desk = Desk::new().await;
    let card = desk.session.downloaded(models::STARTER, models::STARTER_FILE).await;
    let removed: ModelRemoved = desk.session.ok("model_remove", json!({"model": card.id, "files": true})).await;
    assert_eq!(removed.freed_bytes, models::starter().len() as u64);
    assert_eq!(desk.kept(), Vec::<PathBuf>::new());

    let opened = desk.folder.path().join("mine.gguf");
    std::fs::write(&opened, models::starter()).unwrap();
    let card = desk.session.core.import(&opened).await.unwrap();
    assert!(!card.owned);
    let refused: Result<ModelRemoved, Failure> =
        desk.session.call("model_remove", json!({"model": card.id, "files": true})).await;
    assert!(matches!(refused, Err(Failure::InvalidInput { .. })), "{refused:?}");
    let removed: ModelRemoved = desk.session.ok("model_remove", json!({"model": card.id, "files": false})).await;
    assert_eq!((removed.freed_bytes, opened.exists()), (0, true));
    assert_eq!(desk.session.models().await.len(), 1);
    desk.session.core.shut_down().await;
}

fn pack(folder: &Path, id: &str, sha256_of_model: &str) {
    std::fs::create_dir_all(folder).unwrap();
    std::fs::write(folder.join("model.gguf"), models::starter()).unwrap();
    let manifest = json!({
        "schema": 1, "id": id, "created": "2026-11-01T00:00:00Z", "min_app": "0.1.0",
        "base": "drawbridge/starter", "licence": "apache-2.0", "chat_template_sha256": null,
        "files": [
            {"name": "model.gguf", "size": models::starter().len(), "sha256": sha256_of_model, "role": "model"},
        ],
    });
    std::fs::write(folder.join("pack.json"), manifest.to_string()).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pack_is_installed_when_every_file_is_the_stated_one() {
    let desk = Desk::new().await;
    let good = desk.folder.path().join("usb/good");
    pack(&good, "starter-pack", &sha256(&models::starter()));
    *desk.session.desktop.picked.lock().unwrap() = vec![good.clone()];
    let installed: Option<FolderInstalled> = desk.session.ok("model_folder", Value::Null).await;
    let installed = installed.unwrap();
    assert!(installed.pack && installed.refused.is_empty(), "{installed:?}");
    let [card] = installed.models.as_slice() else { panic!("{installed:?}") };
    assert_eq!(card.origin, ModelOrigin::Pack { id: "starter-pack".to_owned() });
    assert!(card.owned && card.verification.is_some_and(|one| one.matched), "{card:?}");
    std::fs::remove_dir_all(&good).unwrap();
    let verified: ModelCard = desk.session.ok("model_verify", json!({"model": card.id})).await;
    assert!(verified.verification.is_some_and(|one| one.matched), "the pack was copied");

    let before = desk.kept();
    let wrong = desk.folder.path().join("usb/wrong");
    pack(&wrong, "wrong-pack", &sha256(b"something else"));
    *desk.session.desktop.picked.lock().unwrap() = vec![wrong];
    let refused: Result<Option<FolderInstalled>, Failure> = desk.session.call("model_folder", Value::Null).await;
    assert!(matches!(refused, Err(Failure::ChecksumMismatch { .. })), "{refused:?}");
    assert_eq!(desk.kept(), before);
    assert_eq!(desk.hub.connections(), 0, "a pack needs no network");
    desk.session.core.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_gives_its_models_and_says_what_was_no_model() {
    let desk = Desk::new().await;
    let folder = desk.folder.path().join("models of mine");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("a.gguf"), models::starter()).unwrap();
    for (name, part) in models::starter_in_parts(2) {
        std::fs::write(folder.join(name), part).unwrap();
    }
    std::fs::write(folder.join("broken.gguf"), &models::starter()[..5000]).unwrap();
    std::fs::write(folder.join("notes.txt"), "Dear diary").unwrap();
    *desk.session.desktop.picked.lock().unwrap() = vec![folder.clone()];
    let installed: Option<FolderInstalled> = desk.session.ok("model_folder", Value::Null).await;
    let installed = installed.unwrap();
    assert!(!installed.pack);
    assert_eq!(installed.models.len(), 2, "{installed:?}");
    assert!(installed.models.iter().all(|card| !card.owned && Path::new(&card.folder).ends_with("models of mine")));
    assert!(installed.refused.len() == 1 && installed.refused[0].contains("broken.gguf"), "{:?}", installed.refused);
    *desk.session.desktop.picked.lock().unwrap() = Vec::new();
    assert_eq!(desk.session.ok::<Option<FolderInstalled>>("model_folder", Value::Null).await, None);
    desk.session.core.shut_down().await;
}
