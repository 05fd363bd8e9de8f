use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::sse::Events;

const FORMATS: [Format; 4] = [Format::ChatCompletions, Format::Responses, Format::Anthropic, Format::Gemini];

/// Names that the readers look for, and some that none does.
const NAMES: &[&str] = &[
    "type",
    "delta",
    "message",
    "error",
    "choices",
    "index",
    "content",
    "reasoning",
    "reasoning_content",
    "refusal",
    "tool_calls",
    "function",
    "arguments",
    "id",
    "name",
    "finish_reason",
    "usage",
    "x_groq",
    "text",
    "thinking",
    "item",
    "output_index",
    "response",
    "incomplete_details",
    "reason",
    "content_block",
    "partial_json",
    "stop_reason",
    "candidates",
    "parts",
    "thought",
    "functionCall",
    "args",
    "finishReason",
    "usageMetadata",
    "promptFeedback",
    "blockReason",
    "prompt_tokens",
    "output_tokens",
    "input_tokens",
    "details",
    "retryDelay",
    "detail",
    "loc",
    "msg",
    "code",
    "nothing",
];

/// Words that they look for.
const WORDS: &[&str] = &[
    "",
    "stop",
    "length",
    "error",
    "<think>",
    "</think>",
    "<thi",
    "STOP",
    "MAX_TOKENS",
    "OTHER",
    "message_start",
    "message_delta",
    "message_stop",
    "content_block_start",
    "content_block_delta",
    "text_delta",
    "thinking_delta",
    "input_json_delta",
    "thinking",
    "tool_use",
    "response.completed",
    "response.incomplete",
    "response.failed",
    "response.output_text.delta",
    "response.output_item.added",
    "function_call",
    "response.refusal.delta",
    "-1s",
    "1e999s",
    "NaNs",
    "ß\u{1f309}",
    "max_output_tokens",
];

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(|figure| json!(figure)),
        prop::sample::select(WORDS).prop_map(Value::from),
        prop::sample::select(WORDS).prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 24, 4, |inner| {
        let field = (prop::sample::select(NAMES), inner.clone());
        prop_oneof![
            prop::collection::vec(inner, 0..3).prop_map(Value::from),
            prop::collection::vec(field, 0..5)
                .prop_map(|fields| fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()),
        ]
    })
}

/// A frame that is wrong in one way or another: nonsense of the right names, cut short, or no JSON at all.
fn frame() -> impl Strategy<Value = Vec<u8>> {
    let nonsense = (prop::sample::select(WORDS), value(), 0_usize..400).prop_map(|(name, value, cut)| {
        let mut json = value.to_string().into_bytes();
        json.truncate(if cut < 200 { cut } else { usize::MAX });
        [b"event: ".as_slice(), name.as_bytes(), b"\ndata: ", &json, b"\n\n"].concat()
    });
    let noise = prop::collection::vec(any::<u8>(), 0..60);
    prop_oneof![4 => nonsense, 1 => noise]
}

#[test]
fn values_are_counted_where_they_are_and_not_in_texts() {
    assert_eq!(values(r#"{"a": [1, 2, {"b": "x,[{\\\",,"}], "c": ","}"#), 6);
    assert!(read(&format!("[{}0]", "0,".repeat(MOST_VALUES - 1))).is_some());
    assert!(read(&format!("[{}0]", "0,".repeat(MOST_VALUES))).is_none());
    assert!(read(&format!("{{\"text\": \"{}\"}}", "[,".repeat(MOST_VALUES))).is_some());
}

proptest! {
    // 500 streams of 20 frames: 10 000 frames through each reader.
    #![proptest_config(ProptestConfig::with_cases(500))]
    #[test]
    fn no_malformed_frame_makes_a_reader_panic(frames in prop::collection::vec(frame(), 20)) {
        for format in FORMATS {
            let (mut reader, mut events, mut arrived, mut heard) =
                (reader(format, "X"), Events::default(), Vec::new(), Vec::new());
            for frame in &frames {
                events.push(frame, &mut arrived).unwrap();
                for event in arrived.drain(..) {
                    if let Err(fault) = reader.hear(&event, &mut heard) {
                        prop_assert!(!fault.message.is_empty());
                    }
                }
            }
        }
    }
}
