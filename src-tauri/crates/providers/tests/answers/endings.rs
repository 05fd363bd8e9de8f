//! How answers end, and what is kept where they do not.

use std::time::Duration;

use domain::{FaultKind, FinishReason, TransportError};
use serde_json::json;

use crate::{
    double::{Double, Piece, Turn},
    formats::{frames, named, word},
    listener::{FORMATS, Format, Heard, ask},
};

async fn heard(format: Format, stream: String) -> Heard {
    ask(format, &Double::new([Turn::stream(stream)])).await
}

/// One word, and no end.
pub(crate) fn begun(format: Format) -> String {
    match format {
        Format::Responses => named(&[json!({"type": "response.output_text.delta", "delta": "Calm"})]),
        Format::Messages => named(&[
            json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Calm"}}),
        ]),
        Format::Gemini => frames(&[json!({"candidates": [{"content": {"parts": [{"text": "Calm"}]}}]})]),
        _ => frames(&[json!({"choices": [{"index": 0, "delta": {"content": "Calm"}}]})]),
    }
}

#[tokio::test(start_paused = true)]
async fn an_error_in_mid_stream_keeps_the_text_says_what_it_cost_and_then_what_went_wrong() {
    for format in FORMATS {
        let error = match format {
            Format::Messages => {
                json!({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}})
            }
            Format::Responses => json!({"type": "error", "code": "server_error", "message": "broken"}),
            _ => json!({"error": {"code": 503, "message": "broken", "status": "UNAVAILABLE"}}),
        };
        let heard = heard(format, begun(format) + &frames(&[error])).await;
        let fault = heard.fault.unwrap();
        assert_eq!((heard.text.as_str(), fault.kind), ("Calm", FaultKind::Unavailable), "{format:?}");
        let spent = heard.spent.unwrap();
        assert!(spent.estimated && spent.prompt_tokens > 0 && spent.output_tokens > 0, "{format:?} {spent:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_ends_before_the_answer_does_is_broken_off() {
    for format in FORMATS {
        let heard = heard(format, begun(format)).await;
        let fault = heard.fault.unwrap();
        assert_eq!((heard.text.as_str(), fault.kind), ("Calm", FaultKind::Broken), "{format:?}");
        assert!(heard.spent.is_some());
    }
}

#[tokio::test(start_paused = true)]
async fn what_breaks_after_the_end_breaks_nothing() {
    for format in [Format::Chat, Format::Messages, Format::Gemini] {
        let whole = word(format, "Calm.").replace("data: [DONE]\n\n", "").replace("message_stop", "ping");
        let error = frames(&[json!({"type": "error", "error": {"type": "api_error", "message": "late"}})]);
        let reset = TransportError::Broken("reset".to_owned());
        for after in [Piece::Fail(reset), Piece::Silence, Piece::Bytes(error.into_bytes())] {
            let body = vec![Piece::Bytes(whole.clone().into_bytes()), after];
            let heard = ask(format, &Double::new([Turn::of(body)])).await;
            assert_eq!((heard.finish, heard.fault), (Some(FinishReason::EndOfTurn), None), "{format:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn silence_ends_an_answer_and_a_sign_of_life_without_a_word_only_later() {
    let start = tokio::time::Instant::now();
    let body = vec![Piece::Bytes(begun(Format::Messages).into_bytes()), Piece::Silence];
    let heard = ask(Format::Messages, &Double::new([Turn::of(body)])).await;
    assert_eq!(heard.fault.unwrap().kind, FaultKind::Silent);
    assert_eq!(start.elapsed().as_secs(), 60);
    let start = tokio::time::Instant::now();
    let ping = b"event: ping\ndata: {\"type\":\"ping\"}\n\n".to_vec();
    let pings = (0..40).flat_map(|_| [Piece::Wait(Duration::from_secs(20)), Piece::Bytes(ping.clone())]);
    let body = std::iter::once(Piece::Bytes(begun(Format::Messages).into_bytes())).chain(pings).collect();
    let heard = ask(Format::Messages, &Double::new([Turn::of(body)])).await;
    assert_eq!(heard.fault.unwrap().message, "X was silent for 10 minutes.");
    assert_eq!(start.elapsed().as_secs(), 600);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_and_a_filter_are_no_usual_end() {
    use FinishReason::Declined;
    let chat =
        |delta, reason: &str| frames(&[json!({"choices": [{"index": 0, "delta": delta, "finish_reason": reason}]})]);
    let declined = heard(Format::Chat, chat(json!({"refusal": "No."}), "stop")).await;
    assert_eq!((declined.text.as_str(), declined.finish), ("No.", Some(Declined)));
    assert_eq!(heard(Format::Azure, chat(json!({}), "content_filter")).await.finish, Some(Declined));
    let refusal = json!({"type": "message_delta", "delta": {"stop_reason": "refusal"}});
    assert_eq!(heard(Format::Messages, begun(Format::Messages) + &named(&[refusal])).await.finish, Some(Declined));
    let responses = named(&[
        json!({"type": "response.refusal.delta", "delta": "No."}),
        json!({"type": "response.completed", "response": {"status": "completed"}}),
    ]);
    assert_eq!(heard(Format::Responses, responses).await.finish, Some(Declined));
    let blocked = heard(Format::Gemini, frames(&[json!({"promptFeedback": {"blockReason": "SAFETY"}})])).await;
    assert_eq!(blocked.fault.unwrap().kind, FaultKind::Filtered);
}

#[tokio::test(start_paused = true)]
async fn of_gemini_s_ends_only_stop_is_the_one_that_the_model_meant() {
    for (reason, wanted) in [
        ("STOP", Ok(FinishReason::EndOfTurn)),
        ("MAX_TOKENS", Ok(FinishReason::MaxTokens)),
        ("CONTINUATION", Ok(FinishReason::MaxTokens)),
        ("SAFETY", Ok(FinishReason::Declined)),
        ("ESCALATION", Ok(FinishReason::Declined)),
        ("IMAGE_PROHIBITED_CONTENT", Ok(FinishReason::Declined)),
        ("OTHER", Err(FaultKind::Broken)),
        ("MALFORMED_RESPONSE", Err(FaultKind::Broken)),
        ("UNEXPECTED_TOOL_CALL", Err(FaultKind::Broken)),
        ("PUP_LIMITED_DISABLED", Err(FaultKind::NotAllowed)),
        ("OF_NEXT_YEAR", Err(FaultKind::Broken)),
    ] {
        let chunk = json!({"candidates": [{"content": {"parts": [{"text": "Calm"}]}, "finishReason": reason}],
            "usageMetadata": {"promptTokenCount": 100, "candidatesTokenCount": 50}});
        let heard = heard(Format::Gemini, frames(&[chunk])).await;
        assert_eq!(heard.text, "Calm", "{reason}: what came with the end is kept");
        assert_eq!(heard.finish.ok_or_else(|| heard.fault.unwrap().kind), wanted, "{reason}");
        assert_eq!(heard.usage.or(heard.spent).unwrap().output_tokens, 50, "{reason}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_incomplete_response_is_no_whole_one() {
    for (reason, wanted) in [
        ("max_output_tokens", Ok(FinishReason::MaxTokens)),
        ("content_filter", Ok(FinishReason::Declined)),
        ("max_messages", Err(FaultKind::Broken)),
        ("steered", Err(FaultKind::Broken)),
    ] {
        let end = json!({"type": "response.incomplete", "response": {"status": "incomplete",
            "incomplete_details": {"reason": reason}, "usage": {"input_tokens": 9, "output_tokens": 50}}});
        let heard = heard(Format::Responses, begun(Format::Responses) + &named(&[end])).await;
        assert_eq!(heard.finish.ok_or_else(|| heard.fault.unwrap().kind), wanted, "{reason}");
        assert_eq!(heard.usage.or(heard.spent).unwrap().output_tokens, 50, "{reason}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_full_context_is_told_apart_from_a_limit() {
    for (format, end) in [
        (
            Format::Messages,
            named(&[json!({"type": "message_delta", "delta": {"stop_reason": "model_context_window_exceeded"}})]),
        ),
        (
            Format::Compatible,
            frames(&[json!({"choices": [{"index": 0, "delta": {}, "finish_reason": "model_length"}]})]),
        ),
    ] {
        assert_eq!(heard(format, begun(format) + &end).await.finish, Some(FinishReason::ContextFull), "{format:?}");
    }
}
