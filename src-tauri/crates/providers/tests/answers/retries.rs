//! When a provider is asked again, and when never.

use std::time::Duration;

use domain::{FaultKind, TransportError};
use providers::Chosen;
use serde_json::{Value, json};

use crate::{
    double::{Double, Turn},
    endings::begun,
    formats::{named, word},
    listener::{FORMATS, Format, ask, hear, remote},
};

fn unavailable() -> Turn {
    Turn::status(503, "")
}

#[tokio::test(start_paused = true)]
async fn what_fails_before_the_first_word_is_asked_once_more_and_then_no_more() {
    for format in FORMATS {
        let double = Double::new([unavailable(), Turn::stream(word(format, "Calm."))]);
        assert_eq!(ask(format, &double).await.text, "Calm.", "{format:?}");
        assert_eq!(double.asked().len(), 2);
        let double = Double::new([unavailable(), unavailable()]);
        assert_eq!(ask(format, &double).await.fault.unwrap().kind, FaultKind::Unavailable);
        assert_eq!(double.asked().len(), 2, "{format:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn after_the_first_word_nothing_is_asked_again() {
    for format in FORMATS {
        let double = Double::new([Turn::stream(begun(format))]);
        let heard = ask(format, &double).await;
        assert_eq!((heard.text.as_str(), double.asked().len()), ("Calm", 1), "{format:?}");
        assert!(heard.fault.unwrap().is_passing(), "{format:?}: of another moment it would be tried again");
    }
}

#[tokio::test(start_paused = true)]
async fn after_a_piece_of_a_call_nothing_is_asked_again() {
    let call = json!({"choices": [{"index": 0, "delta": {"tool_calls": [{"index": 0, "id": "c", "function": {"name": "n", "arguments": "{}"}}]}}]});
    let double = Double::new([Turn::stream(format!("data: {call}\n\n"))]);
    let heard = ask(Format::Chat, &double).await;
    assert!(heard.spent.is_some() && heard.fault.is_some() && double.asked().len() == 1);
}

/// What a question costs, and no word of an answer.
fn priced() -> Turn {
    let start = json!({"type": "message_start", "message": {"usage": {"input_tokens": 90, "cache_read_input_tokens": 10,
        "output_tokens": 1}}});
    Turn::stream(named(&[start]))
}

#[tokio::test(start_paused = true)]
async fn what_breaks_before_the_first_word_and_after_its_price_is_paid_for() {
    let heard = ask(Format::Messages, &Double::new([priced(), priced()])).await;
    let spent = heard.spent.unwrap();
    assert_eq!((heard.text.as_str(), heard.fault.unwrap().kind), ("", FaultKind::Broken));
    assert_eq!((spent.prompt_tokens, spent.cached_tokens, spent.output_tokens), (200, 20, 2), "both attempts");
    assert!(!spent.estimated, "they are the provider's figures");
    let heard = ask(Format::Messages, &Double::new([priced(), unavailable()])).await;
    assert_eq!(heard.spent.map(|spent| spent.prompt_tokens), Some(100), "whatever became of the second");
    let alone =
        ask(Format::Messages, &Double::new([Turn::stream(word(Format::Messages, "Calm."))])).await.usage.unwrap();
    let after = ask(Format::Messages, &Double::new([priced(), Turn::stream(word(Format::Messages, "Calm."))])).await;
    let usage = after.usage.unwrap();
    assert_eq!((after.text.as_str(), after.spent), ("Calm.", None));
    assert_eq!(usage.prompt_tokens - alone.prompt_tokens, 100, "the answer bears the cost of the attempt before it");
    let unpriced = ask(Format::Messages, &Double::new([Turn::stream(""), Turn::stream("")])).await;
    assert!(unpriced.fault.is_some() && unpriced.spent.is_none(), "what nobody priced is not guessed");
}

#[tokio::test(start_paused = true)]
async fn a_wish_to_wait_is_obeyed_to_the_letter() {
    let limited = Turn::status(429, "{}").header("retry-after", "7");
    let double = Double::new([limited, Turn::stream(word(Format::Chat, "Calm."))]);
    assert_eq!(ask(Format::Chat, &double).await.text, "Calm.");
    let asked = double.asked();
    assert_eq!(asked[1].at - asked[0].at, Duration::from_secs(7));
}

#[tokio::test(start_paused = true)]
async fn a_wish_to_wait_long_is_handed_on_and_not_sat_out() {
    let double = Double::new([Turn::status(429, "{}").header("retry-after", "30")]);
    let fault = ask(Format::Chat, &double).await.fault.unwrap();
    assert_eq!((fault.kind, fault.retry_after), (FaultKind::RateLimited, Some(Duration::from_secs(30))));
}

#[tokio::test(start_paused = true)]
async fn what_a_model_does_not_take_is_left_out_and_the_rest_is_asked_at_once() {
    let refusal = |name: &str| {
        let message = format!("Unsupported value: '{name}' does not support 0.8 with this model.");
        Turn::status(
            400,
            &json!({"error": {"message": message, "param": name, "code": "unsupported_value"}}).to_string(),
        )
    };
    for format in [Format::Chat, Format::Azure, Format::Compatible, Format::Responses] {
        let double = Double::new([refusal("temperature"), Turn::stream(word(format, "Calm."))]);
        let chosen = Chosen { temperature: Some(0.8), top_p: Some(0.5), ..Chosen::default() };
        let heard = hear(&remote(format, &double, chosen)).await;
        let asked = double.asked();
        assert_eq!((heard.text.as_str(), asked.len()), ("Calm.", 2), "{format:?}");
        assert_eq!((&asked[0].body["temperature"], &asked[1].body["temperature"]), (&json!(0.8), &Value::Null));
        assert_eq!((&asked[1].body["top_p"], asked[1].at - asked[0].at), (&json!(0.5), Duration::ZERO));
    }
}

#[tokio::test(start_paused = true)]
async fn three_lessons_are_the_most_and_the_same_one_twice_is_none() {
    let refusal = |name: &str| Turn::status(400, &json!({"error": {"message": "no", "param": name}}).to_string());
    let chosen = Chosen { temperature: Some(0.8), top_p: Some(0.5), seed: Some(1), max_tokens: Some(9) };
    let double = Double::new(["temperature", "top_p", "seed", "stream_options"].map(refusal));
    let heard = hear(&remote(Format::Chat, &double, chosen)).await;
    assert_eq!((heard.fault.unwrap().kind, double.asked().len()), (FaultKind::BadRequest, 4));
    let double = Double::new([refusal("temperature"), refusal("temperature")]);
    let heard = hear(&remote(Format::Chat, &double, chosen)).await;
    assert_eq!((heard.fault.unwrap().kind, double.asked().len()), (FaultKind::BadRequest, 2));
}

#[tokio::test(start_paused = true)]
async fn a_server_that_cannot_be_reached_is_tried_once_more_and_one_that_is_not_trusted_is_not() {
    let unreachable = || Turn::unreachable(TransportError::Unreachable("No network.".to_owned()));
    let double = Double::new([unreachable(), Turn::stream(word(Format::Chat, "Calm."))]);
    assert_eq!(ask(Format::Chat, &double).await.text, "Calm.");
    for error in [TransportError::Untrusted("Expired.".to_owned()), TransportError::Refused("Sealed.".to_owned())] {
        let double = Double::new([Turn::unreachable(error.clone())]);
        assert_eq!(ask(Format::Chat, &double).await.fault.unwrap().message, error.to_string());
    }
}
