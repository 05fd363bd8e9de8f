//! Search.

use domain::{ChatPatch, SearchHit, Timestamp};
use proptest::{prelude::*, test_runner::TestRunner};
use store::Store;
use tempfile::tempdir;

use crate::fixture::*;

fn marked(hit: &SearchHit) -> String {
    hit.snippet.iter().map(|part| if part.hit { format!("[{}]", part.text) } else { part.text.clone() }).collect()
}

async fn found(store: &Store, query: &str) -> Vec<String> {
    store.search(query, 20).await.unwrap().iter().map(marked).collect()
}

async fn with(texts: &[&str]) -> (tempfile::TempDir, Store) {
    let folder = tempdir().unwrap();
    let store = open(folder.path(), None).await;
    let chat = new_chat(&store).await;
    for text in texts {
        ask(&store, chat, None, text).await;
    }
    (folder, store)
}

#[tokio::test]
async fn words_are_found_by_their_beginnings_whatever_case_and_accents() {
    let (_folder, store) = with(&["Ein Café in Zürich", "Nothing here"]).await;
    for query in ["cafe", "CAFÉ", "zuri", "caf zur", "café züRICH"] {
        assert_eq!(found(&store, query).await.len(), 1, "{query}");
    }
    assert_eq!(found(&store, "zurich").await, ["Ein Café in [Zürich]"]);
    assert!(found(&store, "cafe nothing").await.is_empty(), "every term must be there");
}

#[tokio::test]
async fn pieces_of_words_are_found_after_whole_ones() {
    let (_folder, store) = with(&["a transformation", "formation flight"]).await;
    assert_eq!(found(&store, "formation").await, ["[formation] flight", "a trans[formation]"]);
    assert_eq!(found(&store, "sform").await, ["a tran[sform]ation"]);
    assert!(found(&store, "ation_form").await.is_empty());
    let (_folder, store) = with(&["abc bcd, all trigrams and not the piece"]).await;
    assert!(found(&store, "abcd").await.is_empty());
}

#[tokio::test]
async fn scripts_without_spaces_and_symbols_are_found_at_any_length() {
    let (_folder, store) = with(&["東京タワーに行きたい", "한국어를 배운다", "ภาษาไทยง่าย", "gut gemacht🙂!"]).await;
    for (query, expected) in [
        ("東京", "[東京]タワーに行きたい"),
        ("京", "東[京]タワーに行きたい"),
        ("タワー", "東京[タワー]に行きたい"),
        ("行き 東京", "[東京]タワーに[行き]たい"),
        ("국어", "한[국어]를 배운다"),
        ("ไทย", "ภาษา[ไทย]ง่าย"),
        ("🙂", "gut gemacht[🙂]!"),
    ] {
        assert_eq!(found(&store, query).await, [expected], "{query}");
    }
    assert!(found(&store, "京東").await.is_empty());
}

#[tokio::test]
async fn titles_come_first_and_follow_their_chat() {
    let (_folder, store) = with(&["a bridge in a message"]).await;
    let chat = store.chats(false).await.unwrap()[0].id;
    let patch = ChatPatch { title: Some("On Brïdges".to_owned()), ..ChatPatch::default() };
    store.change_chat(chat, &patch).await.unwrap();
    let hits = store.search("bridge", 20).await.unwrap();
    assert_eq!(hits.iter().map(marked).collect::<Vec<_>>(), ["On [Brïdge]s", "a [bridge] in a message"]);
    assert!(hits[0].message.is_none() && hits[1].message.is_some());
    assert_eq!(hits[1].chat_title, "On Brïdges");
}

#[tokio::test]
async fn of_equal_matches_the_latest_is_first_and_the_limit_holds() {
    let folder = tempdir().unwrap();
    let store = open(folder.path(), None).await;
    let chat = new_chat(&store).await;
    for minute in 0..30 {
        let mut new = question(chat, None, "same words");
        new.at = Timestamp(NOON.0 + minute);
        store.insert_question(&new).await.unwrap();
    }
    let hits = store.search("words", 10).await.unwrap();
    let times: Vec<i64> = hits.iter().map(|hit| hit.at.0 - NOON.0).collect();
    assert_eq!(times, (20..30).rev().collect::<Vec<i64>>());
    assert!(store.search("words", 0).await.unwrap().is_empty());
}

#[tokio::test]
async fn the_trash_and_answers_under_way_are_not_searched() {
    let (_folder, store) = with(&["thrown away"]).await;
    let chat = store.chats(false).await.unwrap()[0].id;
    let asked = ask(&store, chat, None, "?").await;
    let answer = begin(&store, chat, asked.id).await;
    store.append_parts(answer.id, &[text("arriving", &[1])]).await.unwrap();
    assert!(found(&store, "arriving").await.is_empty());
    store.finish_answer(answer.id, ending(domain::MessageState::Stopped)).await.unwrap();
    assert_eq!(found(&store, "arriving").await.len(), 1);
    store.trash_chat(chat, NOON).await.unwrap();
    assert!(found(&store, "thrown").await.is_empty() && found(&store, "hrow").await.is_empty());
    store.restore_chat(chat).await.unwrap();
    assert_eq!(found(&store, "thrown").await.len(), 1);
}

#[tokio::test]
async fn hostile_queries_find_something_or_nothing_and_never_fail() {
    let (_folder, store) =
        with(&["NEAR(the bridge) AND \"water\" * 🙂 東京 => x", "a:b col:umn {c} ^start -minus"]).await;
    let long = "bridge ".repeat(2000);
    for query in [
        "\"",
        "\"\"",
        "*",
        "**",
        "NEAR(",
        "NEAR(a b, 2)",
        "AND",
        "OR NOT",
        "text : x",
        "^",
        "-",
        "{a}",
        "'",
        "';--",
        "\0",
        "br\0idge",
        "(",
        ")",
        "+",
        "a+b",
        "🙂",
        "🙂🙂",
        "👨‍👩‍👧",
        "\u{300}",
        "\u{feff}",
        "→",
        "=>",
        "\u{202e}abc",
        "x'",
        "%",
        "_",
        "\\",
        &long,
        &"x".repeat(10_000),
        &"\"".repeat(10_000),
        &"京".repeat(5_000),
    ] {
        store.search(query, 20).await.unwrap_or_else(|error| panic!("{query:.20}: {error}"));
    }
    assert_eq!(found(&store, "NEAR( bridge").await.len(), 1);
    assert_eq!(found(&store, "col:umn").await, ["a:b [col:umn] {c} ^start -minus"]);
}

#[test]
fn any_text_is_a_query() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (_folder, store) = runtime.block_on(with(&["the quick brown fox", "東京 🙂"]));
    let mut runner =
        TestRunner::new(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() });
    let query = prop_oneof![".{0,40}", "[\"*^:+(){}\\-ANDORNEAR ,0-9a-c]{0,30}"];
    runner
        .run(&query, |query| {
            let hits = runtime.block_on(store.search(&query, 5));
            prop_assert!(hits.is_ok(), "{hits:?}");
            Ok(())
        })
        .unwrap();
}

/// Whatever words a message is made of, each of them finds it, and the snippet marks it.
#[test]
fn every_word_of_a_message_finds_it() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (_folder, store) = runtime.block_on(with(&[]));
    let chat = runtime.block_on(new_chat(&store));
    let mut runner =
        TestRunner::new(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() });
    // Letters only: the × between Ö and Ø is punctuation, and a query of punctuation alone finds nothing.
    let words = prop::collection::vec("[a-zäöüßéàçñøåA-ZÀ-ÖØ-Ý]{1,8}|[а-яё]{2,6}|[一-龥]{1,4}|[ぁ-ん]{1,4}", 1..8);
    runner
        .run(&words, |words| {
            runtime.block_on(async {
                let asked = ask(&store, chat, None, &words.join(" ")).await;
                for word in &words {
                    let hits = store.search(word, 100).await.unwrap();
                    let hit = hits.iter().find(|hit| hit.message == Some(asked.id));
                    prop_assert!(hit.is_some(), "{word}");
                    prop_assert!(hit.unwrap().snippet.iter().any(|part| part.hit), "{word}");
                }
                Ok(())
            })
        })
        .unwrap();
}
