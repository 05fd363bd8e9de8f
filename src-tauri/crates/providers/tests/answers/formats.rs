//! What each format sends and how it is heard, written by hand after the public documentation.

use domain::{FinishReason, Purpose, Secret};
use providers::{Chosen, Remote, Wait};
use serde_json::{Value, json};

use crate::{
    double::{Double, Turn},
    listener::{FORMATS, Format, Heard, ask, connection, hear, model},
};

/// Frames of a stream without names.
pub(crate) fn frames(data: &[Value]) -> String {
    data.iter().map(|data| format!("data: {data}\n\n")).collect()
}

/// Frames of a stream with the names that stand in them too.
pub(crate) fn named(data: &[Value]) -> String {
    data.iter().map(|data| format!("event: {}\ndata: {data}\n\n", data["type"].as_str().unwrap())).collect()
}

/// The shortest whole answer of a format: one word.
pub(crate) fn word(format: Format, word: &str) -> String {
    match format {
        Format::Chat | Format::Azure | Format::Compatible => {
            frames(&[json!({"choices": [{"index": 0, "delta": {"content": word}, "finish_reason": "stop"}]})])
                + "data: [DONE]\n\n"
        }
        Format::Responses => named(&[
            json!({"type": "response.output_text.delta", "delta": word}),
            json!({"type": "response.completed", "response": {"status": "completed"}}),
        ]),
        Format::Messages => named(&[
            json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": word}}),
            json!({"type": "message_delta", "delta": {"stop_reason": "end_turn"}}),
            json!({"type": "message_stop"}),
        ]),
        Format::Gemini => {
            frames(&[json!({"candidates": [{"content": {"parts": [{"text": word}]}, "finishReason": "STOP"}]})])
        }
    }
}

async fn heard(format: Format, stream: String) -> Heard {
    let heard = ask(format, &Double::new([Turn::stream(stream)])).await;
    assert_eq!(heard.fault, None);
    heard
}

fn tokens(heard: &Heard) -> [u32; 5] {
    let usage = heard.usage.unwrap();
    assert!(!usage.estimated);
    [usage.prompt_tokens, usage.cached_tokens, usage.cache_write_tokens, usage.output_tokens, usage.reasoning_tokens]
}

#[tokio::test(start_paused = true)]
async fn responses_bring_summaries_text_calls_and_figures() {
    let heard = heard(Format::Responses, named(&[
        json!({"type": "response.created", "sequence_number": 0, "response": {"status": "in_progress"}}),
        json!({"type": "response.reasoning_summary_part.added", "summary_index": 0}),
        json!({"type": "response.reasoning_summary_text.delta", "summary_index": 0, "delta": "First."}),
        json!({"type": "response.reasoning_summary_part.added", "summary_index": 1}),
        json!({"type": "response.reasoning_summary_text.delta", "summary_index": 1, "delta": "Second."}),
        json!({"type": "response.compaction.compacting", "delta": "not for us"}),
        json!({"type": "response.output_text.delta", "delta": "Calm", "obfuscation": "x8Kd"}),
        json!({"type": "response.output_text.delta", "delta": " sea."}),
        json!({"type": "response.output_item.added", "output_index": 2, "item": {"type": "function_call", "call_id": "c1", "name": "tides"}}),
        json!({"type": "response.function_call_arguments.delta", "output_index": 2, "delta": "{\"a\":"}),
        json!({"type": "response.function_call_arguments.delta", "output_index": 2, "delta": "1}"}),
        json!({"type": "response.completed", "response": {"status": "completed", "usage": {"input_tokens": 100,
            "input_tokens_details": {"cached_tokens": 60, "cache_write_tokens": 10}, "output_tokens": 30,
            "output_tokens_details": {"reasoning_tokens": 20}, "total_tokens": 130}}}),
    ])).await;
    assert_eq!((heard.reasoning.as_str(), heard.text.as_str()), ("First.\n\nSecond.", "Calm sea."));
    assert_eq!(heard.tools.last().unwrap(), &("c1".to_owned(), "tides".to_owned(), "{\"a\":1}".to_owned()));
    assert_eq!((heard.finish, tokens(&heard)), (Some(FinishReason::EndOfTurn), [100, 60, 10, 30, 20]));
}

#[tokio::test(start_paused = true)]
async fn messages_bring_thoughts_text_calls_and_the_input_with_what_was_cached() {
    let heard = heard(Format::Messages, named(&[
        json!({"type": "message_start", "message": {"usage": {"input_tokens": 5, "cache_read_input_tokens": 60,
            "cache_creation_input_tokens": 35, "output_tokens": 1}}}),
        json!({"type": "ping"}),
        json!({"type": "content_block_start", "index": 0, "content_block": {"type": "thinking", "thinking": ""}}),
        json!({"type": "content_block_delta", "index": 0, "delta": {"type": "thinking_delta", "thinking": "Hm."}}),
        json!({"type": "content_block_delta", "index": 0, "delta": {"type": "signature_delta", "signature": "QQ=="}}),
        json!({"type": "content_block_stop", "index": 0}),
        json!({"type": "content_block_delta", "index": 1, "delta": {"type": "text_delta", "text": "Calm."}}),
        json!({"type": "content_block_start", "index": 2, "content_block": {"type": "tool_use", "id": "t1", "name": "tides", "input": {}}}),
        json!({"type": "content_block_delta", "index": 2, "delta": {"type": "input_json_delta", "partial_json": "{}"}}),
        json!({"type": "message_delta", "delta": {"stop_reason": "tool_use"}, "usage": {"output_tokens": 30,
            "output_tokens_details": {"thinking_tokens": 20}}}),
        json!({"type": "message_stop"}),
    ])).await;
    assert_eq!((heard.reasoning.as_str(), heard.text.as_str()), ("Hm.", "Calm."));
    assert_eq!(heard.tools.last().unwrap(), &("t1".to_owned(), "tides".to_owned(), "{}".to_owned()));
    assert_eq!(tokens(&heard), [100, 60, 35, 30, 20]);
}

#[tokio::test(start_paused = true)]
async fn gemini_brings_thoughts_text_and_an_output_that_counts_both() {
    let heard = heard(Format::Gemini, frames(&[
        json!({"candidates": [{"content": {"role": "model", "parts": [{"text": "Hm.", "thought": true}]}}]}),
        json!({"candidates": [{"content": {"parts": [{"text": "Calm", "thoughtSignature": "QQ=="}, {"text": " sea."}]}}],
            "usageMetadata": {"promptTokenCount": 100, "candidatesTokenCount": 1}}),
        json!({"candidates": [{"content": {"parts": [{"text": ""}]}, "finishReason": "STOP"}],
            "usageMetadata": {"promptTokenCount": 100, "cachedContentTokenCount": 60, "candidatesTokenCount": 10,
            "thoughtsTokenCount": 20, "totalTokenCount": 130}}),
    ])).await;
    assert_eq!((heard.reasoning.as_str(), heard.text.as_str()), ("Hm.", "Calm sea."));
    assert_eq!(tokens(&heard), [100, 60, 0, 30, 20]);
}

#[tokio::test(start_paused = true)]
async fn chat_completions_bring_reasoning_under_either_name_and_figures_after_the_end() {
    let heard = heard(Format::Compatible, format!(": OPENROUTER PROCESSING\n\n{}data: [DONE]\n\n", frames(&[
        json!({"choices": [{"index": 0, "delta": {"role": "assistant", "content": null}}]}),
        json!({"choices": [{"index": 0, "delta": {"reasoning_content": "Hm", "reasoning": "Hm"}}]}),
        json!({"choices": [{"index": 0, "delta": {"reasoning": "."}}]}),
        json!({"choices": [{"index": 1, "delta": {"content": "another choice"}}, {"index": 0, "delta": {"content": "Calm."}}]}),
        json!({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}),
        json!({"choices": [], "usage": {"prompt_tokens": 100, "prompt_tokens_details": {"cached_tokens": 60},
            "completion_tokens": 30, "completion_tokens_details": {"reasoning_tokens": 20}}}),
    ]))).await;
    assert_eq!((heard.reasoning.as_str(), heard.text.as_str()), ("Hm.", "Calm."));
    assert_eq!(tokens(&heard), [100, 60, 0, 30, 20]);
}

#[tokio::test(start_paused = true)]
async fn text_in_parts_is_told_apart_from_the_thoughts_in_parts_beside_it() {
    let heard = heard(Format::Compatible, frames(&[
        json!({"choices": [{"index": 0, "delta": {"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]}]}}]}),
        json!({"choices": [{"index": 0, "delta": {"content": [{"type": "text", "text": "Calm."}]}, "finish_reason": "stop"}]}),
        json!({"choices": [], "x_groq": {"usage": {"prompt_tokens": 7, "completion_tokens": 3}}}),
    ])).await;
    assert_eq!((heard.reasoning.as_str(), heard.text.as_str()), ("Hm.", "Calm."));
    assert_eq!(tokens(&heard), [7, 0, 0, 3, 0]);
}

#[tokio::test(start_paused = true)]
async fn where_nobody_counts_the_figures_are_ours_and_say_so() {
    for format in FORMATS {
        let heard = heard(format, word(format, "A calm sea today.")).await;
        let usage = heard.usage.unwrap();
        assert!(usage.estimated && usage.prompt_tokens > 0 && usage.output_tokens == 5, "{format:?} {usage:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn every_question_says_who_asks_in_its_own_header_and_asks_that_nothing_be_kept() {
    for (format, header, value, path) in [
        (Format::Chat, "authorization", "Bearer sk-test", "/v1/chat/completions"),
        (Format::Azure, "api-key", "sk-test", "/openai/v1/chat/completions"),
        (Format::Compatible, "authorization", "Bearer sk-test", "/v1/chat/completions"),
        (Format::Responses, "authorization", "Bearer sk-test", "/v1/responses"),
        (Format::Messages, "x-api-key", "sk-test", "/v1/messages"),
        (Format::Gemini, "x-goog-api-key", "sk-test", "/v1beta/models/m:streamGenerateContent?alt=sse"),
    ] {
        let double = Double::new([Turn::stream(word(format, "Yes."))]);
        assert_eq!(ask(format, &double).await.text, "Yes.");
        let asked = &double.asked()[0];
        assert_eq!(asked.purpose, Purpose::ProviderChat);
        assert!(asked.uri.ends_with(path) && !asked.uri.contains("sk-test"), "{}", asked.uri);
        assert_eq!(asked.headers[header], value);
        assert!(asked.headers[header].is_sensitive());
        let carrying = asked.headers.values().filter(|value| value.to_str().unwrap().contains("sk-test")).count();
        assert!(carrying == 1 && !asked.body.to_string().contains("sk-test"), "{format:?}");
        let kept = &asked.body["store"];
        // Anthropic has no such field; a server of one's own may not know it.
        let silent = matches!(format, Format::Messages | Format::Compatible);
        assert_eq!(kept, &if silent { Value::Null } else { json!(false) }, "{format:?}");
        assert!(asked.body.get("tools").is_none(), "{format:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_model_is_asked_to_think_in_the_way_that_it_knows() {
    for (name, temperature, thinking) in [
        ("claude-opus-5-5", None, json!({"type": "adaptive", "display": "summarized"})),
        ("claude-haiku-4-5", None, json!({"type": "enabled", "budget_tokens": 4_096})),
        ("claude-sonnet-4-5-20250929", None, json!({"type": "enabled", "budget_tokens": 4_096})),
        ("claude-haiku-4-5", Some(0.5), Value::Null),
    ] {
        let double = Double::new([Turn::stream(word(Format::Messages, "Yes."))]);
        let chosen = Chosen { temperature, ..Chosen::default() };
        let mut connection = connection(Format::Messages, &double);
        connection.headers.push(("x-gateway".to_owned(), Secret::new("team".to_owned())));
        hear(&Remote::new(connection, model(name), chosen, Wait::default())).await;
        let asked = &double.asked()[0];
        assert_eq!(asked.body["thinking"], thinking, "{name}");
        assert_eq!(asked.body["temperature"], json!(temperature), "{name}");
        assert_eq!(asked.headers["x-gateway"], "team");
    }
}
