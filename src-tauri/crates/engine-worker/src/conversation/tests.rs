#![allow(clippy::unwrap_used)]
//! The formats of well-known families. Each prompt beside a template was checked against its family's documents.

use std::{fs, path::PathBuf};

use super::*;
use crate::template::{CHATML, Now};

/// Fixture, beginning and end of sequence.
const FAMILIES: [(&str, &str, &str); 17] = [
    ("deepseek-r1", "<｜begin▁of▁sentence｜>", "<｜end▁of▁sentence｜>"),
    ("falcon", "", "<|endoftext|>"),
    ("falcon-3", "", "<|endoftext|>"),
    ("gemma-2", "<bos>", "<eos>"),
    ("gemma-3", "<bos>", "<eos>"),
    ("gpt-oss", "<|startoftext|>", "<|return|>"),
    ("llama-2", "<s>", "</s>"),
    ("llama-3", "<|begin_of_text|>", "<|eot_id|>"),
    ("mistral-v1", "<s>", "</s>"),
    ("mistral-v3", "<s>", "</s>"),
    ("mistral-v7", "<s>", "</s>"),
    ("phi-3", "<s>", "<|endoftext|>"),
    ("phi-4", "<|endoftext|>", "<|im_end|>"),
    ("qwen-2.5", "", "<|im_end|>"),
    ("qwen-3", "", "<|im_end|>"),
    ("smollm-2", "<|im_start|>", "<|im_end|>"),
    ("smollm-3", "", "<|im_end|>"),
];

fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/templates").join(name)
}

fn template(source: &str, bos: &str, eos: &str) -> Template {
    // 2024-03-05T10:45:09Z
    Template::new(source, bos, eos, Now::standing(|| domain::Timestamp(1_709_635_509_000)))
}

fn family(name: &str) -> Template {
    let (_, bos, eos) = FAMILIES.iter().find(|(of, ..)| *of == name).unwrap();
    template(&fs::read_to_string(fixture(&format!("{name}.jinja"))).unwrap(), bos, eos)
}

fn turn(role: Role, text: &str, reasoning: &str) -> Turn {
    Turn { reasoning: reasoning.into(), ..Turn::said(role, text) }
}

fn chat() -> Vec<Turn> {
    vec![
        turn(Role::System, "Be brief.", ""),
        turn(Role::User, "Hi", ""),
        turn(Role::Assistant, "Hello.", "A greeting."),
        turn(Role::User, "2 + 2?", ""),
    ]
}

fn tools() -> Json {
    json!([{ "type": "function", "function": {
        "name": "get_weather",
        "description": "Tells the weather",
        "parameters": {
            "type": "object",
            "properties": { "city": { "type": "string" }, "unit": { "type": "string", "enum": ["°C", "°F"] } },
            "required": ["city"],
        },
    } }])
}

fn expected(name: &str, case: &str) -> String {
    fs::read_to_string(fixture(&format!("{name}.{case}.txt"))).unwrap()
}

#[test]
fn every_family_gets_its_own_format() {
    for (name, ..) in FAMILIES {
        let rendered = render(&family(name), &request(&chat())).unwrap();
        assert_eq!(rendered, expected(name, "chat"), "{name}");
    }
}

#[test]
fn tools_and_their_results_are_told_in_the_family_s_way() {
    let call = json!({ "id": "call00001", "type": "function", "function": {
        "name": "get_weather", "arguments": { "city": "Zürich" },
    } });
    let question = json!({ "role": "user", "content": "Weather in Zürich?" });
    let conversation = json!([
        question,
        { "role": "assistant", "content": "", "tool_calls": [call] },
        { "role": "tool", "tool_call_id": "call00001", "content": "{\"celsius\": 21}" },
        { "role": "assistant", "content": "21 degrees." },
        { "role": "user", "content": "And tomorrow?" },
    ]);
    for (name, messages) in [
        ("llama-3", conversation.clone()),
        ("mistral-v3", conversation.clone()),
        ("qwen-2.5", conversation.clone()),
        ("gpt-oss", json!([question])),
    ] {
        let request = json!({ "messages": messages, "tools": tools(), "add_generation_prompt": true });
        assert_eq!(render(&family(name), &request).unwrap(), expected(name, "tools"), "{name}");
    }
}

#[test]
fn whatever_else_a_request_says_reaches_the_template() {
    for name in ["qwen-3", "smollm-3"] {
        let mut quiet = request(&chat());
        quiet["enable_thinking"] = false.into();
        assert_eq!(render(&family(name), &quiet).unwrap(), expected(name, "quiet"), "{name}");
    }
    let closed = json!({ "messages": [{ "role": "user", "content": "Hi" }], "add_generation_prompt": false });
    assert_eq!(render(&family("phi-3"), &closed).unwrap(), "<|user|>\nHi<|end|>\n<|endoftext|>");
}

#[test]
fn a_system_prompt_that_is_passed_over_goes_before_the_question() {
    let silent = "{% for m in messages if m.role != 'system' %}[{{ m.role }}]{{ m.content }}{% endfor %}";
    let rendered = render(&template(silent, "", ""), &request(&chat())).unwrap();
    assert_eq!(rendered, "[user]Be brief.\n\nHi[assistant]Hello.[user]2 + 2?");
    let alone = render(&family("gemma-2"), &request(&chat()[..1])).unwrap();
    assert_eq!(alone, "<bos><start_of_turn>user\nBe brief.<end_of_turn>\n<start_of_turn>model\n");
}

#[test]
fn content_may_be_a_text_or_a_list_of_parts() {
    let parts = json!({ "messages": [{ "role": "user", "content": [
        { "type": "text", "text": "One" }, { "type": "text", "text": "two" },
    ] }] });
    let chatml = render(&template(CHATML, "", ""), &parts).unwrap();
    assert_eq!(chatml, "<|im_start|>user\nOne\ntwo<|im_end|>\n<|im_start|>assistant\n");
    let only_parts = "{% for m in messages %}{% for p in m.content %}{% if p.type == 'text' %}<{{ p.text }}>{% endif %}{% endfor %}{% endfor %}";
    let rendered = render(&template(only_parts, "", ""), &request(&chat())).unwrap();
    assert_eq!(rendered, "<Be brief.><Hi><Hello.><2 + 2?>");
}

#[test]
fn a_template_s_refusal_is_told_in_its_own_words() {
    let twice = [turn(Role::User, "a", ""), turn(Role::User, "b", "")];
    let error = render(&family("gemma-2"), &request(&twice)).unwrap_err();
    let sentence = "Conversation roles must alternate user/assistant/user/assistant/...";
    assert_eq!(error, EngineError::Template(sentence.into()));
}

#[test]
fn a_template_that_cuts_old_turns_still_renders() {
    let last = "{{ messages[-1].content }}";
    assert_eq!(render(&template(last, "", ""), &request(&chat())).unwrap(), "2 + 2?");
}

#[test]
fn what_is_no_request_is_refused() {
    for json in ["", "[", "3", "{}", r#"{"messages": 3}"#, r#"{"messages": ["a"]}"#] {
        assert!(matches!(parse_request(json), Err(EngineError::Template(_))), "{json}");
    }
    assert!(parse_request(r#"[{"role": "user", "content": "a"}]"#).is_ok());
}
