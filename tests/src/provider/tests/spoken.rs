//! Keys, scripts, errors, lists.

use serde_json::{Value, json};

use super::{question, send};
use crate::provider::{Answer, ENTRA, ErrorBody, FilteredAt, Kind, ProviderDouble, Turn};

async fn ask(double: &ProviderDouble) -> (u16, String) {
    let (path, body) = question(double.inside.kind);
    send(double, double.key(), "POST", path, &body).await
}

#[tokio::test]
async fn each_takes_its_key_and_no_other() {
    for kind in Kind::ALL {
        let double = ProviderDouble::start(kind).await;
        let (path, body) = question(kind);
        let (status, text) = ask(&double).await;
        assert_eq!(status, 200, "{text}");
        assert!(text.contains("is calm"), "{text}");
        let (status, text) = send(&double, "wrong", "POST", path, &body).await;
        assert_eq!(status, if kind == Kind::Gemini { 400 } else { 401 }, "{text}");
        let seen = double.requests();
        assert_eq!(seen.iter().map(|seen| seen.status).collect::<Vec<_>>(), [200, status]);
        assert_eq!(seen[0].body, body);
        assert_eq!([&seen[0].path, "?", &seen[0].query].concat().trim_end_matches('?'), path);
    }
    let azure = ProviderDouble::start(Kind::Azure).await;
    let (path, body) = question(Kind::Azure);
    assert_eq!(send(&azure, ENTRA, "POST", path, &body).await.0, 200);
}

#[tokio::test]
async fn turns_come_in_their_order_and_then_the_short_answer_for_ever() {
    for kind in Kind::ALL {
        let double = ProviderDouble::start(kind).await;
        let retry_after = Some("Wed, 21 Oct 2026 07:28:00 GMT".to_owned());
        double.script(vec![
            Turn::Status { code: 503, retry_after, body: ErrorBody::Html },
            Turn::Status { code: 500, retry_after: None, body: ErrorBody::Empty },
            Turn::QuotaExhausted,
            Turn::ContextTooLong,
            Turn::Filtered { at: FilteredAt::Prompt },
            Turn::Redirect { to: "https://elsewhere.example/".to_owned() },
            Turn::Answer(Answer::of(&["said"])),
        ]);
        let mut statuses = Vec::new();
        let mut texts = Vec::new();
        for _ in 0..8 {
            let (status, text) = ask(&double).await;
            statuses.push(status);
            texts.push(text);
        }
        let quota = if kind == Kind::Anthropic { 400 } else { 429 };
        let blocked = if kind == Kind::Gemini { 200 } else { 400 };
        assert_eq!(statuses, [503, 500, quota, 400, blocked, 307, 200, 200], "{kind:?}");
        assert!(texts[0].contains("retry-after: Wed, 21 Oct 2026") && texts[0].contains("<html>"));
        assert!(texts[1].ends_with("content-length: 0\r\n\r\n"));
        assert!(texts[5].contains("location: https://elsewhere.example/"));
        assert!(texts[6].contains("\"said\"") && texts[7].contains("is calm"));
    }
}

#[tokio::test]
async fn every_status_has_the_providers_own_json() {
    for kind in Kind::ALL {
        let double = ProviderDouble::start(kind).await;
        for code in [400, 401, 403, 404, 408, 409, 413, 422, 429, 500, 502, 503, 529] {
            double.script(vec![Turn::Status { code, retry_after: None, body: ErrorBody::Own }]);
            let (status, text) = ask(&double).await;
            assert_eq!(status, code);
            let body: Value = serde_json::from_str(text.split_once("\r\n\r\n").unwrap().1).unwrap();
            assert!(body["error"]["message"].is_string(), "{body}");
        }
    }
}

#[tokio::test]
async fn lists_and_counts_have_a_script_of_their_own() {
    let double = ProviderDouble::start(Kind::Gemini).await;
    let (path, body) = question(Kind::Gemini);
    double.script_lists(vec![Turn::Status { code: 503, retry_after: None, body: ErrorBody::Own }]);
    assert_eq!(ask(&double).await.0, 200);
    assert_eq!(send(&double, double.key(), "GET", "/v1beta/models", &Value::Null).await.0, 503);
    let (_, first) = send(&double, double.key(), "GET", "/v1beta/models", &Value::Null).await;
    assert!(first.contains("\"nextPageToken\":\"page-2\""), "{first}");
    let count = path.replace("streamGenerateContent?alt=sse", "countTokens");
    assert!(send(&double, double.key(), "POST", &count, &body).await.1.contains("totalTokens"));
}

#[tokio::test]
async fn what_a_provider_refuses_is_refused() {
    let cases = [
        (Kind::Openai, json!({"model": "gpt-5.5", "stream": true}), "input"),
        (Kind::Openai, json!({"model": "gpt-5.5", "input": "Hi", "top_k": 3}), "top_k"),
        (Kind::Openai, json!({"model": "gpt-5.5", "input": "Hi", "temperature": 0.2}), "temperature"),
        (Kind::Azure, json!({"messages": []}), "messages"),
        (Kind::Compatible, json!({"model": "qwen3:8b"}), "messages"),
        (Kind::Anthropic, json!({"model": "claude-opus-5-5", "messages": []}), "max_tokens"),
        (Kind::Anthropic, json!({"max_tokens": 9, "messages": [{"role": "user", "content": ""}]}), "non-empty"),
        (
            Kind::Anthropic,
            json!({"max_tokens": 9, "messages": [{"role": "assistant", "content": "A"}]}),
            "first message",
        ),
        (Kind::Gemini, json!({"contents": [{"role": "assistant", "parts": []}]}), "role"),
        (Kind::Gemini, json!({"contents": [{}], "temperature": 1}), "temperature"),
    ];
    for (kind, body, named) in cases {
        let double = ProviderDouble::start(kind).await;
        let (status, text) = send(&double, double.key(), "POST", question(kind).0, &body).await;
        assert_eq!(status, 400, "{kind:?} {body}");
        assert!(text.contains(named), "{text}");
    }
}

#[tokio::test]
async fn a_script_can_come_by_http() {
    let double = ProviderDouble::start(Kind::Anthropic).await;
    let turns = json!({"turns": [{"turn": "broken", "fault": {"kind": "early_eof"}}, {"turn": "quota_exhausted"}]});
    let (status, text) = send(&double, "", "POST", "/__double/script", &turns).await;
    assert_eq!(status, 200, "{text}");
    let (_, text) = ask(&double).await;
    assert!(text.contains("is calm") && !text.contains("message_stop"), "{text}");
    assert!(ask(&double).await.1.contains("credit balance"));
    let (_, requests) = send(&double, "", "GET", "/__double/requests", &Value::Null).await;
    assert!(requests.contains("\"status\":400") && !requests.contains("__double"), "{requests}");
    let typing_error = json!({"turns": [{"turn": "broken", "fault": {"kind": "earlyeof"}}]});
    assert_eq!(send(&double, "", "POST", "/__double/script", &typing_error).await.0, 400);
}
