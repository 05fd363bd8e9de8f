//! How long a question is, by the provider's own count.
//! <https://platform.claude.com/docs/en/api/messages/count_tokens>, <https://ai.google.dev/api/tokens>,
//! <https://platform.openai.com/docs/api-reference/responses/input-tokens>

use bytes::Bytes;
use domain::{FaultKind, Prompt, ProviderFault, ProviderModel, Purpose};
use http::Method;
use serde_json::{Value, json};

use crate::{
    connection::{Chosen, Connection, Format},
    request::{self, LeftOut},
    whole,
};

/// Longest answer in bytes.
const LONGEST: u64 = 1 << 20;

/// Tokens of a question as the provider counts them; none where it does not count. It sends the whole text: whoever
/// asks needs the same leave as for the question itself.
///
/// # Errors
/// Exactly what is wrong.
pub async fn count(
    connection: &Connection,
    model: &ProviderModel,
    prompt: &Prompt,
) -> Result<Option<u32>, ProviderFault> {
    let Some(address) = connection.count_address(model) else { return Ok(None) };
    let body = Bytes::from(body(connection, model, prompt).to_string());
    let request = connection.request(Method::POST, &address, body)?;
    match whole::answer(connection, Purpose::ProviderChat, request, LONGEST, "count").await {
        Ok(counted) => {
            let tokens = ["input_tokens", "totalTokens"].iter().find_map(|name| counted[*name].as_u64());
            Ok(tokens.map(|tokens| u32::try_from(tokens).unwrap_or(u32::MAX)))
        }
        // A gateway that passes questions on and nothing else.
        Err(fault) if fault.kind == FaultKind::NotFound => Ok(None),
        Err(fault) => Err(fault),
    }
}

/// What the model is to read, and nothing of how it is to answer.
fn body(connection: &Connection, model: &ProviderModel, prompt: &Prompt) -> Value {
    let question = request::body(connection, model, &Chosen::default(), prompt, LeftOut::default());
    let read = ["model", "messages", "system", "input", "instructions", "contents", "systemInstruction"];
    let mut body = json!({});
    for name in read {
        request::set(&mut body, name, question.get(name).cloned());
    }
    if connection.format() == Format::Gemini {
        body["model"] = json!(format!("models/{}", model.name));
        return json!({ "generateContentRequest": body });
    }
    body
}
