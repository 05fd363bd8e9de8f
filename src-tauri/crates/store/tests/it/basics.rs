//! What is put in comes out, also after closing.

use domain::{
    Assistant, AssistantId, ChatPatch, ChatSettings, ModelFile, ModelId, ModelOrigin, ModelRecord, ModelSpeed,
    Settings, StatedHash, Theme, Timestamp, TitleSource, Verification,
};
use store::{DatabaseKind, StoreError};
use tempfile::tempdir;

use crate::fixture::*;

#[tokio::test]
async fn a_chat_and_its_question_are_there_after_reopening() {
    for key in BOTH {
        let folder = tempdir().unwrap();
        assert_eq!(store::kind(folder.path()).unwrap(), DatabaseKind::Missing);
        let store = open(folder.path(), key).await;
        let chat = new_chat(&store).await;
        store.save_draft(chat, "half a thought").await.unwrap();
        store.add_draft_attachments(chat, &[(file("a.txt", "from the draft"), None)]).await.unwrap();
        assert!(store.chats(false).await.unwrap()[0].has_draft);
        let notes = file("notes.md", "ten\0bytes🙂");
        let mut new = question(chat, None, "What is\0 Drawbridge? 🙂");
        new.attachments = vec![notes.clone()];
        new.at = Timestamp(NOON.0 + 1);
        let asked = store.insert_question(&new).await.unwrap();
        store.close().await;
        drop(store);

        let kind = if key.is_some() { DatabaseKind::Encrypted } else { DatabaseKind::Plain };
        assert_eq!(store::kind(folder.path()).unwrap(), kind);
        let store = open(folder.path(), key).await;
        let kept = store.message(asked.id).await.unwrap();
        assert_eq!(kept, asked);
        assert_eq!(kept.text, "What is\0 Drawbridge? 🙂");
        assert_eq!((kept.attachments[0].name.as_str(), kept.attachments[0].bytes), ("notes.md", 13));
        assert_eq!(store.question_attachments(asked.id).await.unwrap(), [notes]);
        let chat = store.chat(chat).await.unwrap();
        assert_eq!((chat.draft.as_str(), chat.leaf, chat.updated_at), ("", Some(asked.id), Timestamp(NOON.0 + 1)));
        assert!(store.draft_attachments(chat.id).await.unwrap().is_empty());
        assert!(!store.chats(false).await.unwrap()[0].has_draft);
    }
}

#[tokio::test]
async fn an_encrypted_database_shows_nothing_and_folders_are_private() {
    let folder = tempdir().unwrap();
    let store = open(folder.path(), Some(KEY)).await;
    let chat = new_chat(&store).await;
    ask(&store, chat, None, "an unmistakable sentence").await;
    assert!(store.sqlite_version().starts_with("3."));
    for name in ["drawbridge.db", "drawbridge.db-wal"] {
        let bytes = std::fs::read(folder.path().join(name)).unwrap();
        assert!(!bytes.is_empty() && !holds(&bytes, "unmistakable") && !holds(&bytes, "CREATE TABLE"), "{name}");
    }
    #[cfg(unix)]
    for (path, mode) in [("", 0o700), ("drawbridge.db", 0o600), ("drawbridge.db-wal", 0o600)] {
        use std::os::unix::fs::PermissionsExt;
        let found = std::fs::metadata(folder.path().join(path)).unwrap().permissions().mode() & 0o777;
        assert_eq!(found, mode, "{path}");
    }
    let bytes = bytes_after_close(&store, folder.path()).await;
    assert!(!holds(&bytes, "unmistakable"));
}

#[tokio::test]
async fn a_title_of_higher_rank_stays() {
    let folder = tempdir().unwrap();
    let store = open(folder.path(), None).await;
    let chat = new_chat(&store).await;
    assert!(store.set_title(chat, "First words", TitleSource::Words).await.unwrap());
    assert!(store.set_title(chat, "By the model", TitleSource::Model).await.unwrap());
    assert!(!store.set_title(chat, "First words", TitleSource::Words).await.unwrap());
    let patch = ChatPatch { title: Some("Mine".to_owned()), ..ChatPatch::default() };
    store.change_chat(chat, &patch).await.unwrap();
    assert!(!store.set_title(chat, "By the model", TitleSource::Model).await.unwrap());
    assert_eq!(store.chat(chat).await.unwrap().title, "Mine");
}

#[tokio::test]
async fn a_patch_changes_what_it_names_and_nothing_else() {
    let folder = tempdir().unwrap();
    let store = open(folder.path(), None).await;
    let shelf = store.create_folder("Shelf").await.unwrap();
    let mut chat = chat();
    chat.folder = Some(shelf.id);
    store.create_chat(&chat).await.unwrap();
    let settings = ChatSettings { temperature: Some(0.25), seed: Some(7), ..ChatSettings::default() };
    let patch = ChatPatch { pinned: Some(true), settings: Some(settings.clone()), ..ChatPatch::default() };
    let changed = store.change_chat(chat.id, &patch).await.unwrap();
    assert_eq!((changed.pinned, changed.folder, &changed.settings), (true, Some(shelf.id), &settings));
    assert_eq!(store.chat(chat.id).await.unwrap(), changed);
    let out = ChatPatch { folder: Some(None), ..ChatPatch::default() };
    assert_eq!(store.change_chat(chat.id, &out).await.unwrap().folder, None);
}

#[tokio::test]
async fn a_folder_leaves_its_chats_behind() {
    let folder = tempdir().unwrap();
    let store = open(folder.path(), None).await;
    let (first, second) = (store.create_folder("First").await.unwrap(), store.create_folder("Second").await.unwrap());
    assert_eq!((first.position, second.position), (0, 1));
    let mut chat = chat();
    chat.folder = Some(first.id);
    store.create_chat(&chat).await.unwrap();
    assert_eq!(store.rename_folder(second.id, "Zwei").await.unwrap().name, "Zwei");
    store.delete_folder(first.id).await.unwrap();
    assert_eq!(store.chat(chat.id).await.unwrap().folder, None);
    assert_eq!(store.folders().await.unwrap().len(), 1);
    assert!(matches!(store.rename_folder(first.id, "Gone").await, Err(StoreError::NotFound(_))));
}

#[tokio::test]
async fn models_are_known_by_their_path() {
    let folder = tempdir().unwrap();
    let store = open(folder.path(), None).await;
    #[cfg(unix)]
    let path =
        std::path::PathBuf::from(<std::ffi::OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(b"/models/\xff.gguf"));
    #[cfg(not(unix))]
    let path = std::path::PathBuf::from("C:/models/a.gguf");
    let record = ModelRecord {
        id: ModelId::new(),
        path,
        file: ModelFile { name: "Old".to_owned(), parameters: 1 << 40, ..ModelFile::default() },
        starter: false,
        origin: ModelOrigin::Pack { id: "pack".to_owned() },
        stated: vec![StatedHash { file: "a.gguf".to_owned(), sha256: "ab".repeat(32) }],
        verification: None,
        speed: None,
        sha256: None,
        hashed_stamp: None,
        added_at: NOON,
        used_at: None,
    };
    store.put_model(&record).await.unwrap();
    let file = ModelFile { name: "New".to_owned(), ..record.file.clone() };
    store.put_model(&ModelRecord { id: ModelId::new(), file, ..record.clone() }).await.unwrap();
    store.set_model_hash(record.id, "ab", (u64::MAX, -1)).await.unwrap();
    let speed = ModelSpeed { tokens_per_second: 20.5, prompt_tokens_per_second: None };
    store.touch_model(record.id, Timestamp(8), Some(speed)).await.unwrap();
    store.touch_model(record.id, Timestamp(9), None).await.unwrap();
    let found = Verification { at: NOON, matched: true };
    store.set_verification(record.id, found).await.unwrap();
    let kept = store.models().await.unwrap();
    assert_eq!(kept.len(), 1);
    assert_eq!((kept[0].id, &kept[0].path, kept[0].file.name.as_str()), (record.id, &record.path, "New"));
    assert_eq!((kept[0].hashed_stamp, kept[0].used_at), (Some((u64::MAX, -1)), Some(Timestamp(9))));
    assert_eq!((&kept[0].origin, &kept[0].stated), (&record.origin, &record.stated));
    assert_eq!((kept[0].speed, kept[0].verification), (Some(speed), Some(found)));
    store.remove_model(record.id).await.unwrap();
    assert!(store.models().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_fingerprint_fills_only_the_answers_that_lack_one() {
    let folder = tempdir().unwrap();
    let store = open(folder.path(), None).await;
    let chat = new_chat(&store).await;
    let asked = ask(&store, chat, None, "?").await;
    let mut known = new_answer(chat, asked.id);
    known.answer.provenance.model_sha256 = Some("known".to_owned());
    let mut unknown = new_answer(chat, asked.id);
    unknown.answer.model = known.answer.model;
    store.begin_answer(&known).await.unwrap();
    store.begin_answer(&unknown).await.unwrap();
    store.fill_fingerprint(known.answer.model, "late").await.unwrap();
    let print = async |id| store.message(id).await.unwrap().answer.unwrap().provenance.model_sha256.unwrap();
    assert_eq!((print(known.id).await.as_str(), print(unknown.id).await.as_str()), ("known", "late"));
    // The end of an answer that began before the hash was known does not take it back.
    store.finish_answer(unknown.id, ending(domain::MessageState::Complete)).await.unwrap();
    assert_eq!(print(unknown.id).await, "late");
}

#[tokio::test]
async fn assistants_settings_and_values_stay() {
    let folder = tempdir().unwrap();
    let store = open(folder.path(), None).await;
    assert_eq!(store.settings().await.unwrap(), Settings::default());
    let settings = Settings { theme: Theme::Dark, text_percent: 150, ..Settings::default() };
    store.put_settings(&settings).await.unwrap();
    assert_eq!(store.settings().await.unwrap(), settings);

    let mut assistant =
        Assistant { id: AssistantId::new(), name: "Cook".to_owned(), settings: ChatSettings::default() };
    store.put_assistant(&assistant).await.unwrap();
    assistant.name = "Chef".to_owned();
    store.put_assistant(&assistant).await.unwrap();
    let mut chat = chat();
    chat.assistant = Some(assistant.id);
    store.create_chat(&chat).await.unwrap();
    assert_eq!(store.assistants().await.unwrap(), [assistant.clone()]);
    store.delete_assistant(assistant.id).await.unwrap();
    assert_eq!(store.chat(chat.id).await.unwrap().assistant, None);

    assert_eq!(store.value("last").await.unwrap(), None);
    store.put_value("last", "one").await.unwrap();
    store.put_value("last", "two").await.unwrap();
    assert_eq!(store.value("last").await.unwrap().as_deref(), Some("two"));
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let folder = tempdir().unwrap();
    let store = open(folder.path(), None).await;
    let (chat, message) = (domain::ChatId::new(), domain::MessageId::new());
    let other = new_chat(&store).await;
    let asked = ask(&store, other, None, "?").await;
    let here = new_chat(&store).await;
    for result in [
        store.chat(chat).await.map(drop),
        store.message(message).await.map(drop),
        store.change_chat(chat, &ChatPatch::default()).await.map(drop),
        store.insert_question(&question(chat, None, "?")).await.map(drop),
        // A parent in another chat is none.
        store.insert_question(&question(here, Some(asked.id), "?")).await.map(drop),
        store.begin_answer(&new_answer(here, asked.id)).await.map(drop),
        store.append_parts(asked.id, &[text("?", &[])]).await,
        store.finish_answer(message, ending(domain::MessageState::Complete)).await.map(drop),
        store.reopen_answer(asked.id).await.map(drop),
        store.rate(asked.id, None).await.map(drop),
        store.set_leaf(here, Some(asked.id)).await,
        store.branch(here, asked.id, 10).await.map(drop),
        store.leaf_under(message).await.map(drop),
        store.trash_chat(chat, NOON).await,
        store.restore_chat(chat).await.map(drop),
        store.add_draft_attachments(chat, &[(file("a", "b"), None)]).await,
    ] {
        assert!(matches!(result, Err(StoreError::NotFound(_))), "{result:?}");
    }
    assert!(store.tree(here).await.unwrap().is_empty());
}
