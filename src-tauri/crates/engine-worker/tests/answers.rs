//! Answers of the real worker with the starter model.
#![allow(clippy::unwrap_used)]

mod support;

use domain::{FinishReason, Role};
use support::{Worker, question, turn};

const DRAWBRIDGE: &str = "Drawbridge is a desktop app for chatting with language models. Models run on your own computer, and your chats stay there too. If you allow it, hard questions can also go to a cloud model.";

#[test]
fn it_says_what_it_learnt() {
    let mut worker = Worker::loaded();
    let answer = worker.answer(question("What is Drawbridge?")).unwrap();
    assert_eq!(answer.text, DRAWBRIDGE);
    assert_eq!(answer.reasoning, "");
    assert_eq!(answer.finish, Some(FinishReason::EndOfTurn));
    assert_eq!(answer.usage.output_tokens as usize, answer.tokens.len());
    assert_eq!(answer.sha256.len(), 64);
}

#[test]
fn scripts_arrive_in_whole_characters() {
    let mut worker = Worker::loaded();
    for (request, letter) in [("Say hello in Arabic", 'م'), ("Say hello in Japanese", 'こ'), ("Show me an emoji", '🌉')]
    {
        let answer = worker.answer(question(request)).unwrap();
        assert!(answer.text.contains(letter), "{}", answer.text);
        assert!(!answer.text.contains('\u{FFFD}'), "{}", answer.text);
    }
}

#[test]
fn the_second_turn_reads_only_what_is_new_and_says_the_same() {
    let mut prompt = question("What is Drawbridge?");
    let mut worker = Worker::loaded();
    let first = worker.answer(prompt.clone()).unwrap();
    assert_eq!(first.usage.cached_tokens, 0);
    prompt.turns.push(turn(Role::Assistant, &first.text));
    prompt.turns.push(turn(Role::User, "Show me a table"));
    let second = worker.answer(prompt.clone()).unwrap();
    let known = first.usage.prompt_tokens + first.usage.output_tokens;
    assert!(second.usage.cached_tokens >= known - 1, "{:?} after {known}", second.usage);
    let fresh = Worker::loaded().answer(prompt).unwrap();
    assert_eq!(fresh.usage.cached_tokens, 0);
    assert_eq!((second.text, second.tokens), (fresh.text, fresh.tokens));
}
