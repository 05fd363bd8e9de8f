//! A provider with what is needed to speak to it.

use std::sync::Arc;

use bytes::Bytes;
use domain::{
    ChatId, FaultKind, OpenaiApi, Provider, ProviderAuth, ProviderFault, ProviderKind, ProviderModel, Secret, Transport,
};
use http::{HeaderName, HeaderValue, Method, Request, header};

/// A provider with what is needed to speak to it.
#[derive(Clone)]
pub struct Connection {
    /// Its settings.
    pub provider: Provider,
    /// The key or token; none where it wants none.
    pub key: Option<Secret<String>>,
    /// Headers that go along, by name.
    pub headers: Vec<(String, Secret<String>)>,
    /// The way out.
    pub transport: Arc<dyn Transport>,
    /// The chat that crosses, for the record; none for one that is not kept.
    pub chat: Option<ChatId>,
}

/// What the user set for the answers of a chat; what is not set is the provider's to choose.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Chosen {
    /// Temperature.
    pub temperature: Option<f32>,
    /// Nucleus sampling.
    pub top_p: Option<f32>,
    /// Longest answer in tokens.
    pub max_tokens: Option<u32>,
    /// Seed.
    pub seed: Option<u32>,
}

/// A format of the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    ChatCompletions,
    Responses,
    Anthropic,
    Gemini,
}

impl Connection {
    /// What is spoken.
    pub(crate) fn format(&self) -> Format {
        match (self.provider.kind, self.provider.api) {
            (ProviderKind::Openai | ProviderKind::Azure, OpenaiApi::Responses) => Format::Responses,
            (ProviderKind::Openai | ProviderKind::Azure, OpenaiApi::ChatCompletions)
            | (ProviderKind::Compatible, _) => Format::ChatCompletions,
            (ProviderKind::Anthropic, _) => Format::Anthropic,
            (ProviderKind::Gemini, _) => Format::Gemini,
        }
    }

    /// Where a model's answers come from.
    pub(crate) fn chat_address(&self, model: &ProviderModel) -> String {
        let Provider { kind, api_version, .. } = &self.provider;
        let base = self.provider.base_url.as_str();
        let path = if self.format() == Format::Responses { "responses" } else { "chat/completions" };
        match kind {
            ProviderKind::Openai | ProviderKind::Compatible => format!("{base}/{path}"),
            ProviderKind::Azure if api_version.is_empty() => format!("{}/{path}", azure_v1(base)),
            ProviderKind::Azure if self.format() == Format::Responses => {
                format!("{base}/openai/responses?api-version={api_version}")
            }
            ProviderKind::Azure => {
                let name = escaped(&model.name);
                format!("{base}/openai/deployments/{name}/chat/completions?api-version={api_version}")
            }
            ProviderKind::Anthropic => format!("{base}/messages"),
            ProviderKind::Gemini => format!("{base}/models/{}:streamGenerateContent?alt=sse", escaped(&model.name)),
        }
    }

    /// Where the tokens of a question are counted; none where nobody does.
    pub(crate) fn count_address(&self, model: &ProviderModel) -> Option<String> {
        let base = self.provider.base_url.as_str();
        match (self.provider.kind, self.format()) {
            (ProviderKind::Openai, Format::Responses) => Some(format!("{base}/responses/input_tokens")),
            (ProviderKind::Anthropic, _) => Some(format!("{base}/messages/count_tokens")),
            (ProviderKind::Gemini, _) => Some(format!("{base}/models/{}:countTokens", escaped(&model.name))),
            (ProviderKind::Openai | ProviderKind::Azure | ProviderKind::Compatible, _) => None,
        }
    }

    /// Where the list of models comes from.
    pub(crate) fn models_address(&self, page: Option<&str>) -> String {
        let base = self.provider.base_url.as_str();
        let page = page.map(escaped);
        match self.provider.kind {
            ProviderKind::Openai | ProviderKind::Compatible => format!("{base}/models"),
            ProviderKind::Azure if self.provider.api_version.is_empty() => format!("{}/models", azure_v1(base)),
            ProviderKind::Azure => format!("{base}/openai/models?api-version={}", self.provider.api_version),
            ProviderKind::Anthropic => {
                let after = page.map_or_else(String::new, |page| format!("&after_id={page}"));
                format!("{base}/models?limit=1000{after}")
            }
            ProviderKind::Gemini => {
                let token = page.map_or_else(String::new, |page| format!("&pageToken={page}"));
                format!("{base}/models?pageSize=1000{token}")
            }
        }
    }

    /// A request that says who asks. The key goes nowhere but into its header.
    pub(crate) fn request(&self, method: Method, address: &str, body: Bytes) -> Result<Request<Bytes>, ProviderFault> {
        let wrong = |what: &str| ProviderFault::new(FaultKind::BadRequest, format!("{what} Nothing was sent."));
        let posts = method == Method::POST;
        let mut request = Request::builder()
            .method(method)
            .uri(address)
            .body(body)
            .map_err(|_| wrong("The provider's address is none that can be reached."))?;
        if let Some(chat) = self.chat {
            request.extensions_mut().insert(chat);
        }
        let headers = request.headers_mut();
        headers.insert(header::ACCEPT, HeaderValue::from_static("application/json, text/event-stream"));
        if posts {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        if self.provider.kind == ProviderKind::Anthropic {
            headers.insert("anthropic-version", HeaderValue::from_static("2023-06-01"));
        }
        for (name, value) in &self.headers {
            let name = HeaderName::try_from(name.as_str()).map_err(|_| wrong("The name of a header is none."))?;
            headers.insert(name, secret(value.reveal()).ok_or_else(|| wrong("The value of a header is none."))?);
        }
        if let Some(key) = &self.key {
            let (name, value) = match (self.provider.auth, self.provider.kind) {
                (ProviderAuth::None, _) => return Ok(request),
                (ProviderAuth::Bearer, _) | (ProviderAuth::Key, ProviderKind::Openai | ProviderKind::Compatible) => {
                    (header::AUTHORIZATION, format!("Bearer {}", key.reveal()))
                }
                (ProviderAuth::Key, ProviderKind::Azure) => (HeaderName::from_static("api-key"), key.reveal().clone()),
                (ProviderAuth::Key, ProviderKind::Anthropic) => {
                    (HeaderName::from_static("x-api-key"), key.reveal().clone())
                }
                (ProviderAuth::Key, ProviderKind::Gemini) => {
                    (HeaderName::from_static("x-goog-api-key"), key.reveal().clone())
                }
            };
            headers.insert(name, secret(&value).ok_or_else(|| wrong("The key holds what no key holds."))?);
        }
        Ok(request)
    }
}

/// A value that no log line shows.
fn secret(text: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// The `v1` address of an Azure resource, however much of it was written.
fn azure_v1(base: &str) -> String {
    if base.ends_with("/openai/v1") { base.to_owned() } else { format!("{base}/openai/v1") }
}

/// Text as one segment of a path or value of a query (RFC 3986, unreserved characters as they are).
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}
