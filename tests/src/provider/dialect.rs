//! How servers of others speak Chat Completions.
//!
//! llama-server: its `reasoning_format`; OpenRouter: <https://openrouter.ai/docs/api/reference/streaming> and
//! <https://openrouter.ai/docs/use-cases/reasoning-tokens>; Mistral: <https://docs.mistral.ai/capabilities/reasoning>.

use serde_json::{Value, json};

use super::{said::Said, turn::Dialect};

impl Dialect {
    /// Tokens come whether they are asked for or not, with the reason for the end.
    pub(super) fn tells_tokens_unasked(self) -> bool {
        matches!(self, Self::Openrouter | Self::Mistral)
    }

    /// What the pieces of an answer are in the deltas.
    pub(super) fn deltas(self, said: &Said) -> Vec<Value> {
        let (reasoning, text) = (said.reasoning.iter(), said.text.iter());
        match self {
            Self::LlamaServer => reasoning
                .map(|piece| json!({"reasoning_content": piece}))
                .chain(text.map(|piece| json!({"content": piece})))
                .collect(),
            Self::Openrouter => reasoning
                .map(|piece| {
                    let details = json!([{"type": "reasoning.text", "text": piece, "format": "unknown", "index": 0}]);
                    json!({"role": "assistant", "content": "", "reasoning": piece, "reasoning_details": details})
                })
                .chain(text.map(|piece| json!({"role": "assistant", "content": piece})))
                .collect(),
            Self::Mistral => reasoning
                .map(|piece| json!({"content": [{"type": "thinking", "thinking": [{"type": "text", "text": piece}]}]}))
                .chain(text.map(|piece| match said.reasoning.is_empty() {
                    true => json!({"content": piece}),
                    false => json!({"content": [{"type": "text", "text": piece}]}),
                }))
                .collect(),
            Self::Marks if said.reasoning.is_empty() => text.map(|piece| json!({"content": piece})).collect(),
            // The marks come in pieces, too.
            Self::Marks => ["<thi".to_owned(), "nk>".to_owned()]
                .iter()
                .chain(reasoning)
                .chain(&["</".to_owned(), "think>".to_owned()])
                .chain(text)
                .map(|piece| json!({"content": piece}))
                .collect(),
        }
    }
}
