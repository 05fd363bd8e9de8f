//! How long a question is, by the provider's own count.

use domain::{FaultKind, Model, ProviderModel, Purpose};
use providers::{Chosen, Remote, Wait, count};
use serde_json::json;

use crate::{
    double::{Double, Turn},
    listener::{Format, connection, model, prompt},
};

#[tokio::test]
async fn each_provider_that_counts_is_asked_for_what_the_model_reads_and_nothing_else() {
    let text = json!([{"role": "user", "content": "How is the sea?"}]);
    for (format, path, answer, body) in [
        (
            Format::Messages,
            "/v1/messages/count_tokens",
            r#"{"input_tokens":14}"#,
            json!({"model": "m", "messages": text, "system": "Be brief."}),
        ),
        (
            Format::Responses,
            "/v1/responses/input_tokens",
            r#"{"object":"response.input_tokens","input_tokens":14}"#,
            json!({"model": "m", "input": text, "instructions": "Be brief."}),
        ),
        (
            Format::Gemini,
            "/v1beta/models/m:countTokens",
            r#"{"totalTokens":14}"#,
            json!({"generateContentRequest": {"model": "models/m",
                "contents": [{"role": "user", "parts": [{"text": "How is the sea?"}]}],
                "systemInstruction": {"parts": [{"text": "Be brief."}]}}}),
        ),
    ] {
        let double = Double::new([Turn::status(200, answer)]);
        let counted = count(&connection(format, &double), &model("m"), &prompt()).await;
        assert_eq!(counted, Ok(Some(14)), "{format:?}");
        let asked = &double.asked()[0];
        assert!(asked.uri.ends_with(path), "{}", asked.uri);
        assert_eq!((asked.purpose, &asked.body), (Purpose::ProviderChat, &body), "it carries text");
    }
}

#[tokio::test]
async fn who_does_not_count_is_not_asked_and_a_gateway_that_cannot_is_no_fault() {
    for format in [Format::Chat, Format::Azure, Format::Compatible] {
        let double = Double::new([]);
        assert_eq!(count(&connection(format, &double), &model("m"), &prompt()).await, Ok(None), "{format:?}");
    }
    let ask = async |turn| count(&connection(Format::Messages, &Double::new([turn])), &model("m"), &prompt()).await;
    assert_eq!(ask(Turn::status(404, "")).await, Ok(None));
    assert_eq!(ask(Turn::status(200, "{}")).await, Ok(None));
    assert_eq!(ask(Turn::status(401, "")).await.unwrap_err().kind, FaultKind::KeyRejected);
    assert_eq!(ask(Turn::status(200, "<html>")).await.unwrap_err().kind, FaultKind::Broken);
}

#[tokio::test]
async fn a_prompt_that_may_be_too_long_is_counted_and_one_that_surely_fits_is_not_sent_for_it() {
    let counted = async |context_tokens, turns: Vec<Turn>, agreed: bool| {
        let double = Double::new(turns);
        let model = ProviderModel { context_tokens: Some(context_tokens), ..model("m") };
        let remote = Remote::new(connection(Format::Messages, &double), model, Chosen::default(), Wait::default());
        let size = if agreed { remote.count(prompt()).await } else { remote.measure(prompt()).await }.unwrap();
        if size.tokens != 14 && agreed {
            assert_eq!(remote.count(prompt()).await, Ok(size), "who did not count is not asked again");
        }
        (size.tokens, double.asked().len())
    };
    let fourteen = || vec![Turn::status(200, r#"{"input_tokens":14}"#)];
    let (estimated, _) = counted(1_000, Vec::new(), false).await;
    assert_ne!(estimated, 14);
    assert_eq!(counted(20, fourteen(), true).await, (14, 1));
    assert_eq!(counted(1_000, Vec::new(), true).await, (estimated, 0), "it surely fits");
    assert_eq!(counted(4, Vec::new(), true).await, (estimated, 0), "it surely does not");
    assert_eq!(counted(20, Vec::new(), false).await, (estimated, 0), "nobody agreed to it yet");
    assert_eq!(counted(20, vec![Turn::status(401, "")], true).await, (estimated, 1), "a fault is no count");
}
