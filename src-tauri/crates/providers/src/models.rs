//! A provider's list of models, and with it whether its address, its key and our network are right.

use bytes::Bytes;
use domain::{FaultKind, ModelId, OpenaiApi, Provider, ProviderFault, ProviderKind, ProviderModel, Purpose};
use http::Method;
use serde_json::Value;

use crate::{connection::Connection, openai, price::PriceTable, request::count, whole};

/// Longest page of a list in bytes.
const LONGEST: u64 = 16 << 20;
/// Most pages.
const PAGES: usize = 20;

/// What a provider offers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trial {
    /// Models for chatting, in the provider's order; ids are fresh.
    pub models: Vec<ProviderModel>,
    /// What else is to be known, as sentences.
    pub notes: Vec<String>,
}

/// Asks a provider for its models.
///
/// # Errors
/// Exactly what is wrong.
pub async fn trial(connection: &Connection, prices: &PriceTable) -> Result<Trial, ProviderFault> {
    let mut found: Vec<Value> = Vec::new();
    let mut page: Option<String> = None;
    for _ in 0..PAGES {
        let body = list(connection, page.as_deref()).await?;
        let (items, next) = read_page(connection.provider.kind, &body);
        let Some(items) = items else {
            let message =
                format!("What {} answered is no list of models. Is the address right?", connection.provider.name);
            return Err(ProviderFault::new(FaultKind::Broken, message));
        };
        found.extend(items);
        page = next;
        if page.is_none() {
            break;
        }
    }
    let Provider { kind, api, .. } = connection.provider;
    let mut trial = Trial {
        models: found.iter().filter_map(|model| read_model(kind, api, model, prices)).collect(),
        notes: Vec::new(),
    };
    if let ([only], [item]) = (trial.models.as_mut_slice(), found.as_slice())
        && kind == ProviderKind::Compatible
        && item.get("meta").is_some()
    {
        read_props(&props(connection).await, only);
    }
    if kind == ProviderKind::Azure {
        trial
            .notes
            .push("Azure lists base models and not your deployments: add each deployment by its name.".to_owned());
        trial.models.clear();
    }
    Ok(trial)
}

/// What llama-server says of itself beside its list; nothing where it says nothing.
async fn props(connection: &Connection) -> Value {
    let base = connection.provider.base_url.as_str();
    let address = format!("{}/props", base.strip_suffix("/v1").unwrap_or(base));
    fetch(connection, &address).await.unwrap_or_default()
}

/// The context that it runs with, which is rarely the one that the model was trained on.
fn read_props(props: &Value, model: &mut ProviderModel) {
    let context_tokens = count(&props["default_generation_settings"]["n_ctx"]);
    if context_tokens > 0 {
        model.context_tokens = Some(context_tokens);
    }
    model.images |= props["modalities"]["vision"] == true;
}

async fn list(connection: &Connection, page: Option<&str>) -> Result<Value, ProviderFault> {
    fetch(connection, &connection.models_address(page)).await
}

async fn fetch(connection: &Connection, address: &str) -> Result<Value, ProviderFault> {
    let request = connection.request(Method::GET, address, Bytes::new())?;
    whole::answer(connection, Purpose::ProviderModels, request, LONGEST, "list of models").await
}

/// The models of a page, none where it is no list, and what leads to the next page.
fn read_page(kind: ProviderKind, body: &Value) -> (Option<Vec<Value>>, Option<String>) {
    let list = |name: &str| body[name].as_array().cloned();
    match kind {
        ProviderKind::Gemini => (list("models"), body["nextPageToken"].as_str().map(str::to_owned)),
        ProviderKind::Anthropic => {
            let next = body["last_id"].as_str().filter(|_| body["has_more"] == true);
            (list("data"), next.map(str::to_owned))
        }
        // Some servers answer a bare list.
        _ => (list("data").or_else(|| list("models")).or_else(|| body.as_array().cloned()), None),
    }
}

/// A model of the list, where it chats.
fn read_model(kind: ProviderKind, api: OpenaiApi, model: &Value, prices: &PriceTable) -> Option<ProviderModel> {
    let text = |name: &str| model[name].as_str();
    let figure = |names: &[&str]| names.iter().map(|name| count(&model[*name])).find(|count| *count > 0);
    let id = match kind {
        ProviderKind::Gemini => text("name")?.strip_prefix("models/")?,
        _ => text("id").or_else(|| text("name"))?,
    };
    let known = prices.facts(kind, id);
    let mut read = ProviderModel {
        id: ModelId::new(),
        name: id.to_owned(),
        title: known.as_ref().map_or_else(|| id.to_owned(), |known| known.title.clone()),
        context_tokens: known.as_ref().and_then(|known| known.context_tokens),
        max_output_tokens: known.as_ref().and_then(|known| known.max_output_tokens),
        images: known.as_ref().is_some_and(|known| known.images),
        reasoning: known.as_ref().is_some_and(|known| known.reasoning),
    };
    match kind {
        ProviderKind::Openai => {
            read.reasoning |= openai::reasons(id);
            (openai::chats(id) && (api == OpenaiApi::Responses || !openai::wants_responses(id))).then_some(read)
        }
        ProviderKind::Azure => Some(read),
        ProviderKind::Anthropic => {
            if let Some(name) = text("display_name") {
                name.clone_into(&mut read.title);
            }
            read.context_tokens = figure(&["max_input_tokens"]).or(read.context_tokens);
            read.max_output_tokens = figure(&["max_tokens"]).or(read.max_output_tokens);
            let can = &model["capabilities"];
            read.images |= can["image_input"]["supported"] == true;
            let reasons = |how: &str| can["thinking"]["types"][how]["supported"] == true;
            read.reasoning = reasons("adaptive") || reasons("enabled");
            (text("lifecycle") != Some("retired")).then_some(read)
        }
        ProviderKind::Gemini => {
            if let Some(name) = text("displayName") {
                name.clone_into(&mut read.title);
            }
            read.context_tokens = figure(&["inputTokenLimit"]).or(read.context_tokens);
            read.max_output_tokens = figure(&["outputTokenLimit"]).or(read.max_output_tokens);
            read.reasoning |= model["thinking"] == true;
            let methods = model["supportedGenerationMethods"].as_array();
            let answers = methods.is_none_or(|all| all.iter().any(|method| method == "generateContent"));
            let others = [
                "embedding",
                "image",
                "veo",
                "lyria",
                "tts",
                "aqa",
                "live",
                "native-audio",
                "robotics",
                "computer-use",
                "deep-research",
                "omni",
                "learnlm",
            ];
            (answers && !others.iter().any(|other| id.contains(other))).then_some(read)
        }
        ProviderKind::Compatible => {
            read.context_tokens = figure(&["max_model_len", "context_length", "max_context_length", "context_window"])
                .or_else(|| {
                    let tokens = count(&model["meta"]["n_ctx"]);
                    (tokens > 0).then_some(tokens)
                })
                .or(read.context_tokens);
            let has = |list: &Value, what: &str| list.as_array().is_some_and(|all| all.iter().any(|one| one == what));
            read.images |= has(&model["architecture"]["input_modalities"], "image");
            read.reasoning |= has(&model["supported_parameters"], "reasoning");
            let out = &model["architecture"]["output_modalities"];
            let writes = !out.is_array() || has(out, "text");
            let lower = id.to_lowercase();
            let others = ["embed", "rerank", "whisper", "tts"];
            (writes && !others.iter().any(|other| lower.contains(other))).then_some(read)
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
