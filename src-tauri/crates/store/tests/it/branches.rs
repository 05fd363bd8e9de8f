//! The tree of messages.

use std::fmt::Write as _;

use domain::{Content, MessageId, MessageState, Role};
use store::StoreError;
use tempfile::tempdir;

use crate::fixture::*;

#[tokio::test]
async fn editing_and_regenerating_make_branches_that_are_found_again() {
    let folder = tempdir().unwrap();
    let store = open(folder.path(), None).await;
    let chat = new_chat(&store).await;
    let first = ask(&store, chat, None, "first").await;
    let one = reply(&store, chat, first.id, "answer one").await;
    let follow = ask(&store, chat, Some(one.id), "follow-up").await;
    let deep = reply(&store, chat, follow.id, "deep answer").await;
    let two = reply(&store, chat, first.id, "answer two").await;
    let edited = ask(&store, chat, None, "first, edited").await;

    assert_eq!(store.message(two.id).await.unwrap().siblings, [one.id, two.id]);
    assert_eq!(store.message(edited.id).await.unwrap().siblings, [first.id, edited.id]);
    assert_eq!(store.chat(chat).await.unwrap().leaf, Some(edited.id));
    // Below the first question the second answer was shown last; below the first answer, its follow-up.
    assert_eq!(store.leaf_under(first.id).await.unwrap(), two.id);
    assert_eq!(store.leaf_under(one.id).await.unwrap(), deep.id);
    store.set_leaf(chat, Some(deep.id)).await.unwrap();
    assert_eq!(store.leaf_under(first.id).await.unwrap(), deep.id);
    assert_eq!(store.tree(chat).await.unwrap().len(), 6);

    let (messages, more, count) = store.branch(chat, deep.id, 100).await.unwrap();
    let ids: Vec<MessageId> = messages.iter().map(|message| message.id).collect();
    assert_eq!((ids, more, count), (vec![first.id, one.id, follow.id, deep.id], false, 4));
    assert_eq!(messages[3].parent, Some(follow.id));
}

#[tokio::test]
async fn a_branch_is_read_from_its_end_page_by_page() {
    let folder = tempdir().unwrap();
    let store = open(folder.path(), None).await;
    let chat = new_chat(&store).await;
    let mut ids: Vec<MessageId> = Vec::new();
    for number in 0..25 {
        ids.push(ask(&store, chat, ids.last().copied(), &format!("number {number}")).await.id);
    }
    let (page, more, count) = store.branch(chat, ids[24], 10).await.unwrap();
    assert_eq!((page[0].id, page[9].id, more, count), (ids[15], ids[24], true, 25));
    let (page, more) = store.branch_before(chat, ids[15], 10).await.unwrap();
    assert_eq!((page[0].id, page[9].id, more), (ids[5], ids[14], true));
    let (page, more) = store.branch_before(chat, ids[5], 10).await.unwrap();
    assert_eq!((page.len(), page[0].id, more), (5, ids[0], false));
    let (page, more) = store.branch_before(chat, ids[0], 10).await.unwrap();
    assert_eq!((page.len(), more), (0, false));
    assert_eq!(store.branch(chat, ids[3], 0).await.unwrap().0.len(), 0);
}

#[tokio::test]
async fn a_prompt_is_the_branch_with_whole_attachments_and_what_is_still_arriving() {
    let folder = tempdir().unwrap();
    let store = open(folder.path(), None).await;
    let chat = new_chat(&store).await;
    let mut new = question(chat, None, "read these");
    new.attachments = vec![file("b.txt", "second name, first place"), file("a.txt", "then this")];
    let asked = store.insert_question(&new).await.unwrap();
    reply(&store, chat, asked.id, "not on this branch").await;
    let answer = begin(&store, chat, asked.id).await;
    store.append_parts(answer.id, &[reasoning("hm", &[1]), text("so ", &[2]), text("far", &[3])]).await.unwrap();
    let turns = store.turns(answer.id).await.unwrap();
    let mut seen = String::new();
    for turn in &turns {
        write!(seen, "{:?} {:?} {:?} {}|", turn.role, turn.text, turn.reasoning, turn.attachments.len()).unwrap();
    }
    assert_eq!(seen, r#"User "read these" "" 2|Assistant "so far" "hm" 0|"#);
    assert_eq!(turns[0].attachments, new.attachments);
    assert_eq!(turns[0].role, Role::User);
    assert_eq!(store.message(answer.id).await.unwrap().state, MessageState::Streaming);
}

#[tokio::test]
async fn the_files_of_an_edited_question_belong_to_both_versions() {
    let folder = tempdir().unwrap();
    let store = open(folder.path(), None).await;
    let chat = new_chat(&store).await;
    let mut new = question(chat, None, "version one");
    new.attachments = vec![file("a.txt", "text")];
    let first = store.insert_question(&new).await.unwrap();
    let edited = store::NewQuestion { id: MessageId::new(), text: "version two".to_owned(), ..new.clone() };
    let second = store.insert_question(&edited).await.unwrap();
    assert_eq!(store.question_attachments(first.id).await.unwrap(), new.attachments);
    let copied = store.question_attachments(second.id).await.unwrap();
    assert_eq!((copied[0].name.as_str(), &copied[0].content), ("a.txt", &new.attachments[0].content));
}

#[tokio::test]
async fn a_picture_moves_from_the_draft_to_its_question_and_is_copied_to_an_edited_one() {
    for key in BOTH {
        let folder = tempdir().unwrap();
        let store = open(folder.path(), key).await;
        let chat = new_chat(&store).await;
        let (picture, files) = picture(b"all of it", b"small");
        store.add_draft_attachments(chat, &[(file("before.txt", "a"), None)]).await.unwrap();
        store.add_draft_attachments(chat, &[(picture.clone(), Some(files.clone()))]).await.unwrap();
        store.add_draft_attachments(chat, &[(file("after.txt", "b"), None)]).await.unwrap();
        let drafted = store.draft_attachments(chat).await.unwrap();
        assert_eq!(drafted[1], picture);
        assert_eq!(store.image_preview(chat, picture.id).await.unwrap(), b"small");

        let mut new = question(chat, None, "What is on it?");
        new.attachments = drafted;
        let first = store.insert_question(&new).await.unwrap();
        let names: Vec<_> = first.attachments.iter().map(|file| file.name.as_str()).collect();
        assert_eq!(names, ["before.txt", "okapi.png", "after.txt"]);
        assert_eq!((first.attachments[1].bytes, first.attachments[1].image.unwrap().width), (9, 640));
        assert!(store.draft_attachments(chat).await.unwrap().is_empty());

        let (other, other_files) = crate::fixture::picture(b"being written", b"small");
        store.add_draft_attachments(chat, &[(other.clone(), Some(other_files))]).await.unwrap();
        store.save_draft(chat, "half a thought").await.unwrap();
        let mut edited = question(chat, None, "And who took it?");
        edited.attachments = store.question_attachments(first.id).await.unwrap();
        edited.keeps_draft = true;
        let second = store.insert_question(&edited).await.unwrap();
        assert_eq!(second.attachments.len(), 3);
        assert_eq!(store.draft_attachments(chat).await.unwrap(), std::slice::from_ref(&other));
        assert_eq!(store.chat(chat).await.unwrap().draft, "half a thought");
        let mut late = question(chat, None, "And this?");
        late.attachments = vec![other.clone()];
        store.remove_draft_attachment(chat, other.id).await.unwrap();
        assert!(
            matches!(store.insert_question(&late).await, Err(StoreError::NotFound(_))),
            "it was taken off meanwhile"
        );
        assert_ne!(second.attachments[1].id, picture.id);
        for id in [picture.id, second.attachments[1].id] {
            assert_eq!(store.image(chat, id).await.unwrap(), b"all of it");
        }
        let elsewhere = new_chat(&store).await;
        assert!(matches!(store.image(elsewhere, picture.id).await, Err(StoreError::NotFound(_))));
        assert!(matches!(store.image(chat, second.attachments[0].id).await, Err(StoreError::NotFound(_))));
        let turns = store.turns(second.id).await.unwrap();
        assert!(matches!(turns[0].attachments[1].content, Content::Image { bytes: 9, .. }));
    }
}

#[tokio::test]
async fn a_chat_ten_thousand_deep_opens_turns_and_is_erased() {
    let folder = tempdir().unwrap();
    let store = open(folder.path(), None).await;
    let chat = new_chat(&store).await;
    let top = ask(&store, chat, None, "top").await;
    lengthen(folder.path(), top.id, 10_000).await;
    let leaf = store.leaf_under(top.id).await.unwrap();
    let (page, more, count) = store.branch(chat, leaf, 60).await.unwrap();
    assert_eq!((page.len(), more, count), (60, true, 10_000));
    assert_eq!(store.turns(leaf).await.unwrap().len(), 10_000);
    store.set_leaf(chat, Some(leaf)).await.unwrap();
    store.trash_chat(chat, NOON).await.unwrap();
    store.erase_chat(chat).await.unwrap();
    assert!(store.tree(chat).await.unwrap().is_empty());
}

/// Hangs a long chain below a message, faster than message by message.
async fn lengthen(folder: &std::path::Path, top: MessageId, depth: i64) {
    use sqlx::Connection;
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(database(folder));
    let mut connection = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::query(
        "WITH RECURSIVE below (step) AS (SELECT 1 UNION ALL SELECT step + 1 FROM below WHERE step < ?2 - 1)
         INSERT INTO message (number, id, chat, parent, depth, shown_child, role, text, reasoning, state, created_at)
         SELECT number + step, printf('00000000-0000-7000-8000-%012d', step), chat, number + step - 1, step,
             CASE WHEN step < ?2 - 1 THEN number + step + 1 END, 'user', 'message ' || step, '', 'complete', 0
         FROM message, below WHERE id = ?1 ORDER BY step",
    )
    .bind(top.to_string())
    .bind(depth)
    .execute(&mut connection)
    .await
    .unwrap();
    sqlx::query("UPDATE message SET shown_child = number + 1 WHERE id = ?")
        .bind(top.to_string())
        .execute(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();
}
