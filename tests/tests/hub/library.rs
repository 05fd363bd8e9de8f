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

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_ones_own_stays_wherever_it_lies() {
    let desk = Desk::new().await;
    let models = desk.folder.path().join("models");
    std::fs::create_dir_all(&models).unwrap();
    let mine = models.join("mine.gguf");
    std::fs::write(&mine, models::starter()).unwrap();
    let card = desk.session.core.import(&mine).await.unwrap();
    assert!(!card.owned, "we did not put it there");
    let refused: Result<ModelRemoved, Failure> =
        desk.session.call("model_remove", json!({"model": card.id, "files": true})).await;
    assert!(matches!(refused, Err(Failure::InvalidInput { .. })) && mine.exists(), "{refused:?}");
    desk.session.core.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_loaded_model_is_put_away_before_its_file_and_a_part_that_is_gone_keeps_no_other() {
    let mut desk = Desk::new().await;
    let card = desk.session.downloaded(models::SPLIT, "starter-00001-of-00003.gguf").await;
    desk.session.ok::<Value>("model_warm", json!({"model": card.id})).await;
    let second = file_of(&card).with_file_name("starter-00002-of-00003.gguf");
    std::fs::remove_file(second).unwrap();
    let removed: ModelRemoved = desk.session.ok("model_remove", json!({"model": card.id, "files": true})).await;
    assert!(removed.freed_bytes > 0);
    assert_eq!(desk.kept(), Vec::<PathBuf>::new());
    let held: Vec<String> = maps_of_children().into_iter().filter(|line| line.contains("split-GGUF")).collect();
    assert!(held.is_empty(), "a worker holds the space: {held:?}");
    desk.session.core.shut_down().await;
}

/// What the processes that this one started have mapped.
fn maps_of_children() -> Vec<String> {
    let own = std::process::id().to_string();
    let is_child = |folder: &Path| {
        let status = std::fs::read_to_string(folder.join("status")).unwrap_or_default();
        status.lines().any(|line| line.strip_prefix("PPid:").is_some_and(|parent| parent.trim() == own))
    };
    let processes = std::fs::read_dir("/proc").unwrap().flatten().map(|entry| entry.path());
    let maps = processes.filter(|folder| is_child(folder)).map(|folder| std::fs::read_to_string(folder.join("maps")));
    maps.flatten().flat_map(|maps| maps.lines().map(str::to_owned).collect::<Vec<_>>()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_that_was_exchanged_is_no_longer_called_verified() {
    let mut desk = Desk::new().await;
    let card = desk.session.downloaded(models::STARTER, models::STARTER_FILE).await;
    assert!(card.verification.is_some_and(|one| one.matched));
    let path = file_of(&card);
    let mut other = std::fs::read(&path).unwrap();
    *other.last_mut().unwrap() ^= 1;
    other.push(0);
    std::fs::write(&path, other).unwrap();
    desk.session.ok::<Value>("model_warm", json!({"model": card.id})).await;
    loop {
        let models = desk.session.models().await;
        let now = models.iter().find(|model| model.id == card.id).unwrap();
        if now.verification.is_some_and(|one| !one.matched) {
            break;
        }
        desk.session.event().await;
    }
    desk.session.core.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_models_folder_that_is_away_costs_downloads_and_nothing_else() {
    let desk = Desk::new().await;
    let away = desk.folder.path().join("usb");
    *desk.session.desktop.picked.lock().unwrap() = vec![away.join("models")];
    desk.session.ok::<Value>("settings_pick", json!({"setting": "models_folder"})).await;
    desk.session.core.shut_down().await;
    std::fs::remove_dir_all(&away).unwrap();
    std::fs::write(&away, "no folder").unwrap();
    let mut session = acceptance::Session::open(desk.folder.path()).await;
    let notices = session.core.take_notices();
    assert!(notices.iter().any(|notice| notice.contains("usb/models")), "{notices:?}");
    let chat = session.new_chat().await;
    assert!(!session.ask(chat, "What is Drawbridge?", None).await.text.is_empty());
    session.start_download(models::STARTER, models::STARTER_FILE).await.unwrap_err();
    session.ok::<Value>("settings_change", json!({"patch": {"models_folder": ""}})).await;
    session.core.shut_down().await;
}

fn pack(folder: &Path, id: &str, sha256_of_model: &str) {
    std::fs::create_dir_all(folder).unwrap();
    std::fs::write(folder.join("model.gguf"), models::starter()).unwrap();
    std::fs::write(folder.join("mmproj.gguf"), models::starter()).unwrap();
    let manifest = json!({
        "schema": 1, "id": id, "created": "2026-11-01T00:00:00Z", "min_app": "0.1.0",
        "base": "drawbridge/starter", "licence": "apache-2.0", "chat_template_sha256": null,
        "files": [
            {"name": "model.gguf", "size": models::starter().len(), "sha256": sha256_of_model, "role": "model"},
            {"name": "mmproj.gguf", "size": models::starter().len(), "sha256": sha256(&models::starter()), "role": "projector"},
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

    let removed: ModelRemoved = desk.session.ok("model_remove", json!({"model": card.id, "files": true})).await;
    assert_eq!(
        (removed.freed_bytes, desk.kept()),
        (2 * models::starter().len() as u64, Vec::new()),
        "the picture's part too"
    );
    pack(&good, "starter-pack", &sha256(&models::starter()));
    *desk.session.desktop.picked.lock().unwrap() = vec![good];
    let again: Option<FolderInstalled> = desk.session.ok("model_folder", Value::Null).await;
    assert!(again.is_some_and(|again| again.pack), "what was removed can be installed again");

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
