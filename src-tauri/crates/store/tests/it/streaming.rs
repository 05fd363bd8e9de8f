//! Answers from their beginning to their end, and on from there.

use domain::{FinishReason, MessageState, Rating, Thumb, Timestamp};
use store::StoreError;
use tempfile::tempdir;

use crate::fixture::*;

#[tokio::test]
async fn pieces_are_read_while_they_arrive_and_folded_at_the_end() {
    for key in BOTH {
        let folder = tempdir().unwrap();
        let store = open(folder.path(), key).await;
        let chat = new_chat(&store).await;
        let asked = ask(&store, chat, None, "?").await;
        let begun = begin(&store, chat, asked.id).await;
        assert_eq!((begun.state, begun.text.as_str()), (MessageState::Streaming, ""));
        assert_eq!(store.chat(chat).await.unwrap().leaf, Some(begun.id));
        store.append_parts(begun.id, &[reasoning("let me ", &[5]), reasoning("think\0", &[6])]).await.unwrap();
        store.append_parts(begun.id, &[text("Grüße", &[-1, i32::MAX]), text(" 🙂", &[i32::MIN])]).await.unwrap();
        let seen = store.message(begun.id).await.unwrap();
        assert_eq!((seen.text.as_str(), seen.reasoning.as_str()), ("Grüße 🙂", "let me think\0"));
        assert_eq!(store.tokens(begun.id).await.unwrap(), [5, 6, -1, i32::MAX, i32::MIN]);

        let mut end = ending(MessageState::Complete);
        end.finish = Some(FinishReason::EndOfTurn);
        let done = store.finish_answer(begun.id, end.clone()).await.unwrap();
        assert_eq!((done.text.as_str(), done.reasoning.as_str()), ("Grüße 🙂", "let me think\0"));
        assert_eq!(done.state, MessageState::Complete);
        let facts = done.answer.clone().unwrap();
        assert_eq!((facts.finish, facts.usage, facts.provenance), (end.finish, end.usage, end.provenance));
        assert_eq!(store.tokens(begun.id).await.unwrap(), [5, 6, -1, i32::MAX, i32::MIN]);
        assert_eq!(store.message(begun.id).await.unwrap(), done);
        assert_eq!(store.chat(chat).await.unwrap().updated_at, Timestamp(NOON.0 + 5));
        // Nothing more can be added to it.
        let late = store.append_parts(begun.id, &[text("late", &[])]).await;
        assert!(matches!(late, Err(StoreError::NotFound(_))));
    }
}

#[tokio::test]
async fn a_stopped_answer_goes_on_with_its_text_and_tokens() {
    let folder = tempdir().unwrap();
    let store = open(folder.path(), None).await;
    let chat = new_chat(&store).await;
    let asked = ask(&store, chat, None, "?").await;
    let begun = begin(&store, chat, asked.id).await;
    store.append_parts(begun.id, &[reasoning("hm", &[1]), text("alpha ", &[2])]).await.unwrap();
    let mut end = ending(MessageState::Stopped);
    end.finish = Some(FinishReason::Stopped);
    end.error = Some("It broke.".to_owned());
    store.finish_answer(begun.id, end).await.unwrap();
    assert_eq!(store.search("alpha", 10).await.unwrap().len(), 1);

    let open_again = store.reopen_answer(begun.id).await.unwrap();
    assert_eq!((open_again.state, open_again.text.as_str()), (MessageState::Streaming, "alpha "));
    let facts = open_again.answer.unwrap();
    assert_eq!((facts.finish, facts.error), (None, None));
    assert!(matches!(store.reopen_answer(begun.id).await, Err(StoreError::NotFound(_))), "it is open already");
    store.append_parts(begun.id, &[text("beta", &[3])]).await.unwrap();
    assert_eq!(store.message(begun.id).await.unwrap().text, "alpha beta");
    let done = store.finish_answer(begun.id, ending(MessageState::Complete)).await.unwrap();
    assert_eq!((done.text.as_str(), done.reasoning.as_str()), ("alpha beta", "hm"));
    assert_eq!(store.tokens(begun.id).await.unwrap(), [1, 2, 3]);
    for word in ["alpha", "beta"] {
        assert_eq!(store.search(word, 10).await.unwrap().len(), 1, "{word}");
    }
}

#[tokio::test]
async fn a_rating_comes_and_goes() {
    let folder = tempdir().unwrap();
    let store = open(folder.path(), None).await;
    let chat = new_chat(&store).await;
    let asked = ask(&store, chat, None, "?").await;
    let answer = reply(&store, chat, asked.id, "!").await;
    let rating = Rating { thumb: Thumb::Down, reason: "It is “wrong”.".to_owned() };
    let rated = store.rate(answer.id, Some(rating.clone())).await.unwrap();
    assert_eq!(rated.rating, Some(rating));
    assert_eq!(store.rate(answer.id, None).await.unwrap().rating, None);
}
