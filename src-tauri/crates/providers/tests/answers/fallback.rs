//! What whoever falls back to another provider relies on, of one provider alone.

use std::time::{Duration, Instant};

use domain::{FaultKind, ModelId, ProviderFault, TransportError};
use providers::{Breakers, Resting};
use serde_json::json;

use crate::{
    double::{Double, Piece, Turn},
    endings::begun,
    formats::{frames, word},
    listener::{FORMATS, Format, ask},
};

async fn asked(turns: Vec<Turn>) -> (usize, ProviderFault) {
    let double = Double::new(turns);
    let fault = ask(Format::Chat, &double).await.fault.unwrap();
    (double.asked().len(), fault)
}

#[tokio::test(start_paused = true)]
async fn a_call_is_one_attempt_and_at_most_one_retry() {
    assert_eq!(asked(vec![Turn::status(500, ""), Turn::status(500, "")]).await.0, 2);
}

#[tokio::test(start_paused = true)]
async fn where_a_retry_is_of_no_use_there_is_exactly_one_attempt() {
    for status in [400, 401, 402, 403, 404, 405, 422] {
        assert_eq!(asked(vec![Turn::status(status, "")]).await.0, 1, "{status}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_fault_that_surfaces_is_of_the_last_attempt_and_never_a_summary() {
    let (attempts, fault) = asked(vec![Turn::status(503, ""), Turn::status(401, "")]).await;
    assert_eq!((attempts, fault.kind, fault.status), (2, FaultKind::KeyRejected, Some(401)));
}

#[tokio::test(start_paused = true)]
async fn a_full_context_and_a_filter_are_told_apart_so_that_each_can_have_its_own_way_on() {
    let error = |code: &str| Turn::status(400, &json!({"error": {"message": "x", "code": code}}).to_string());
    for (code, wanted) in [("context_length_exceeded", FaultKind::TooLong), ("content_filter", FaultKind::Filtered)] {
        let (attempts, fault) = asked(vec![error(code)]).await;
        assert_eq!((attempts, fault.kind, fault.is_passing()), (1, wanted, false), "{code}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_not_there_and_a_key_that_is_refused_are_never_asked_again() {
    assert_eq!(asked(vec![Turn::status(404, "")]).await.1.kind, FaultKind::NotFound);
    assert_eq!(asked(vec![Turn::status(401, "")]).await.1.kind, FaultKind::KeyRejected);
}

#[tokio::test(start_paused = true)]
async fn an_empty_purse_is_no_limit_of_a_moment() {
    let body = r#"{"error":{"message":"x","type":"insufficient_quota","code":"insufficient_quota"}}"#;
    let (attempts, fault) = asked(vec![Turn::status(429, body).header("retry-after", "1")]).await;
    assert_eq!((attempts, fault.kind), (1, FaultKind::QuotaExhausted));
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_nobody_asked_for_is_short_and_one_that_was_asked_for_is_kept() {
    for (turn, least, most) in [
        (Turn::status(503, ""), 0, 1_000),
        (Turn::status(503, "").header("retry-after", "3"), 3_000, 3_000),
        (Turn::status(429, "").header("retry-after-ms", "1500"), 1_500, 1_500),
    ] {
        let double = Double::new([turn, Turn::stream(word(Format::Chat, "Calm."))]);
        assert_eq!(ask(Format::Chat, &double).await.text, "Calm.");
        let waited = (double.asked()[1].at - double.asked()[0].at).as_millis();
        assert!((least..=most).contains(&waited), "{waited} ms");
    }
}

#[tokio::test(start_paused = true)]
async fn a_limit_counts_as_one_in_whatever_it_is_wrapped() {
    let limited = json!({"error": {"message": "slow down", "type": "rate_limit_error", "code": "rate_limit_exceeded"}});
    let stream = || Turn::stream(frames(std::slice::from_ref(&limited)));
    let (attempts, fault) = asked(vec![stream(), stream()]).await;
    assert_eq!((attempts, fault.kind), (2, FaultKind::RateLimited), "inside a stream that began well");
    let google =
        r#"[{"error":{"code":429,"message":"x","status":"RESOURCE_EXHAUSTED","details":[{"retryDelay":"46s"}]}}]"#;
    let (_, fault) = asked(vec![Turn::status(429, google)]).await;
    assert_eq!(fault.retry_after, Some(Duration::from_secs(46)), "inside a list");
}

#[tokio::test(start_paused = true)]
async fn a_status_that_nobody_knows_and_a_body_of_nothing_still_make_a_fault() {
    for (status, body, wanted) in [
        (599, "", FaultKind::Unavailable),
        (418, "", FaultKind::BadRequest),
        (500, "null", FaultKind::Unavailable),
        (500, r#"{"error":null}"#, FaultKind::Unavailable),
        (500, r#"{"error":{"code":"what","status":"ever"}}"#, FaultKind::Unavailable),
    ] {
        let fault =
            asked(vec![Turn::status(status, body), Turn::status(status, body)][..attempts(wanted)].to_vec()).await.1;
        assert!(fault.kind == wanted && !fault.message.is_empty(), "{status} {body} {fault:?}");
    }
}

const fn attempts(kind: FaultKind) -> usize {
    if matches!(kind, FaultKind::BadRequest) { 1 } else { 2 }
}

#[tokio::test(start_paused = true)]
async fn a_question_that_is_too_long_cools_no_healthy_model_and_an_outage_does() {
    let body = r#"{"error":{"message":"x","code":"context_length_exceeded"}}"#;
    let (now, model) = (Instant::now(), ModelId::new());
    for (status, body, rests) in [(400, body, false), (503, "", true)] {
        let breakers = Breakers::default();
        for _ in 0..5 {
            let fault = asked(vec![Turn::status(status, body), Turn::status(status, body)]).await.1;
            breakers.failed(model, true, &fault, now);
        }
        let resting = breakers.resting(model, true, now);
        assert_eq!(matches!(resting, Some(Resting::Model(_))), rests, "{status}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_fails_before_its_first_word_fails_like_a_question_without_one() {
    for format in FORMATS {
        let broken = || Turn::of(vec![Piece::Bytes(b": hello\n\n".to_vec()), Piece::Fail(reset())]);
        let double = Double::new([broken(), Turn::stream(word(format, "Calm."))]);
        let heard = ask(format, &double).await;
        assert_eq!((heard.text.as_str(), heard.spent, double.asked().len()), ("Calm.", None, 2), "{format:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_fails_after_its_first_word_is_never_begun_anew() {
    for format in FORMATS {
        let body = vec![Piece::Bytes(begun(format).into_bytes()), Piece::Fail(reset())];
        let double = Double::new([Turn::of(body)]);
        let heard = ask(format, &double).await;
        assert_eq!((heard.text.as_str(), heard.fault.unwrap().kind), ("Calm", FaultKind::Broken), "{format:?}");
        assert_eq!(double.asked().len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_thought_alone_is_something_that_was_sent() {
    let thought = frames(&[json!({"choices": [{"index": 0, "delta": {"reasoning_content": "Hm."}}]})]);
    let double = Double::new([Turn::of(vec![Piece::Bytes(thought.into_bytes()), Piece::Fail(reset())])]);
    let heard = ask(Format::Compatible, &double).await;
    assert_eq!((heard.text.as_str(), heard.reasoning.as_str(), double.asked().len()), ("", "Hm.", 1));
    assert!(heard.spent.is_some_and(|spent| spent.reasoning_tokens > 0));
}

fn reset() -> TransportError {
    TransportError::Broken("The connection was reset.".to_owned())
}
