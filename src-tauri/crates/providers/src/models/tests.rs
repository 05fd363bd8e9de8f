use serde_json::json;

use super::*;

#[test]
fn each_provider_s_list_is_read_and_what_does_not_chat_is_left_out() {
    let prices = PriceTable::default();
    let names = |kind, body: Value| -> Vec<String> {
        let (items, _) = read_page(kind, &body);
        items
            .unwrap()
            .iter()
            .filter_map(|item| read_model(kind, OpenaiApi::ChatCompletions, item, &prices))
            .map(|model| model.name)
            .collect()
    };
    let list =
        json!({"object": "list", "data": [{"id": "gpt-5"}, {"id": "whisper-1"}, {"id": "gpt-4o-audio-preview"}]});
    assert_eq!(names(ProviderKind::Openai, list), ["gpt-5"]);
    let list = json!({"data": [{"id": "qwen3:8b"}, {"id": "nomic-embed-text"}]});
    assert_eq!(names(ProviderKind::Compatible, list), ["qwen3:8b"]);
    let list = json!({"models": [
        {"name": "models/gemini-x", "inputTokenLimit": 7, "supportedGenerationMethods": ["generateContent"]},
        {"name": "models/gemini-x-flash-image", "supportedGenerationMethods": ["generateContent"]},
        {"name": "models/lyria-3", "supportedGenerationMethods": ["generateContent"]},
        {"name": "models/embedding-1", "supportedGenerationMethods": ["embedContent"]}]});
    assert_eq!(names(ProviderKind::Gemini, list), ["gemini-x"]);
    let model = json!({"id": "claude-x", "display_name": "Claude X", "max_input_tokens": 200_000, "lifecycle": "active",
        "capabilities": {"image_input": {"supported": true}, "thinking": {"types": {"adaptive": {"supported": true}}}}});
    let read = read_model(ProviderKind::Anthropic, OpenaiApi::Responses, &model, &prices).unwrap();
    assert_eq!(
        (read.title.as_str(), read.context_tokens, read.images, read.reasoning),
        ("Claude X", Some(200_000), true, true)
    );
}

#[test]
fn pages_lead_on_and_what_is_no_list_is_none() {
    let page = json!({"data": [], "has_more": true, "last_id": "b"});
    assert_eq!(read_page(ProviderKind::Anthropic, &page).1.as_deref(), Some("b"));
    assert!(read_page(ProviderKind::Openai, &json!({"hello": 1})).0.is_none());
}

#[test]
fn what_answers_on_responses_alone_is_listed_only_there() {
    let prices = PriceTable::default();
    let listed = |api, id: &str| read_model(ProviderKind::Openai, api, &json!({ "id": id }), &prices).is_some();
    for id in ["gpt-5.5-pro", "gpt-5.3-codex", "gpt-5.1-codex-max", "o3-pro-2025-06-10"] {
        assert!(listed(OpenaiApi::Responses, id) && !listed(OpenaiApi::ChatCompletions, id), "{id}");
    }
    assert!(listed(OpenaiApi::ChatCompletions, "gpt-5.5"));
}

#[test]
fn a_server_that_says_what_its_models_can_is_believed() {
    let prices = PriceTable::default();
    let read = |item: Value| read_model(ProviderKind::Compatible, OpenaiApi::Responses, &item, &prices);
    let model = read(json!({"id": "a/b", "context_length": 9, "supported_parameters": ["reasoning", "seed"],
        "architecture": {"input_modalities": ["text", "image"], "output_modalities": ["text"]}}))
    .unwrap();
    assert!(model.images && model.reasoning && model.context_tokens == Some(9));
    let model = read(json!({"id": "a/b", "architecture": {"input_modalities": ["text"]}, "supported_parameters": []}));
    assert!(model.is_some_and(|model| !model.images && !model.reasoning));
    assert!(read(json!({"id": "a/b", "architecture": {"output_modalities": ["decisions"]}})).is_none());
}

#[test]
fn the_context_that_runs_counts_and_not_the_one_of_the_training() {
    let item = json!({"id": "model.gguf", "meta": {"n_ctx_train": 131_072}});
    let read = read_model(ProviderKind::Compatible, OpenaiApi::Responses, &item, &PriceTable::default());
    let mut model = read.unwrap();
    assert_eq!(model.context_tokens, None);
    let props = json!({"default_generation_settings": {"n_ctx": 8_192}, "modalities": {"vision": true}});
    read_props(&props, &mut model);
    assert_eq!((model.context_tokens, model.images), (Some(8_192), true));
    read_props(&Value::Null, &mut model);
    assert_eq!(model.context_tokens, Some(8_192));
}
