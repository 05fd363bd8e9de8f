//! Who asks, and what they hear.

use std::sync::Arc;

use domain::{
    BoxStream, Delta, EngineError, FinishReason, Model, ModelId, OpenaiApi, PartKind, Prompt, Provider, ProviderAuth,
    ProviderFault, ProviderId, ProviderKind, ProviderModel, Role, Sampling, Secret, Timestamp, Turn, Usage, Zone,
};
use futures_util::StreamExt;
use providers::{Chosen, Connection, Remote, Wait};

use crate::double::Double;

/// A format of the wire as the tests name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Chat,
    Azure,
    Compatible,
    Responses,
    Messages,
    Gemini,
}

pub(crate) const FORMATS: [Format; 6] =
    [Format::Chat, Format::Azure, Format::Compatible, Format::Responses, Format::Messages, Format::Gemini];

pub(crate) fn connection(format: Format, double: &Arc<Double>) -> Connection {
    let (kind, api, base_url) = match format {
        Format::Chat => (ProviderKind::Openai, OpenaiApi::ChatCompletions, "https://api.openai.com/v1"),
        Format::Azure => (ProviderKind::Azure, OpenaiApi::ChatCompletions, "https://us.openai.azure.com"),
        Format::Compatible => (ProviderKind::Compatible, OpenaiApi::ChatCompletions, "http://127.0.0.1:8080/v1"),
        Format::Responses => (ProviderKind::Openai, OpenaiApi::Responses, "https://api.openai.com/v1"),
        Format::Messages => (ProviderKind::Anthropic, OpenaiApi::Responses, "https://api.anthropic.com/v1"),
        Format::Gemini => {
            (ProviderKind::Gemini, OpenaiApi::Responses, "https://generativelanguage.googleapis.com/v1beta")
        }
    };
    let provider = Provider {
        id: ProviderId::new(),
        kind,
        handle: "x".to_owned(),
        name: "X".to_owned(),
        base_url: base_url.to_owned(),
        zone: Zone::Cloud,
        region: String::new(),
        retention: String::new(),
        api,
        api_version: String::new(),
        auth: ProviderAuth::Key,
        headers: Vec::new(),
        client_certificate: String::new(),
        models: Vec::new(),
        added_at: Timestamp(0),
    };
    let key = Some(Secret::new("sk-test".to_owned()));
    Connection { provider, key, headers: Vec::new(), transport: double.clone(), chat: None }
}

pub(crate) fn model(name: &str) -> ProviderModel {
    ProviderModel {
        id: ModelId::new(),
        name: name.to_owned(),
        title: name.to_owned(),
        context_tokens: None,
        max_output_tokens: None,
        images: false,
        reasoning: true,
    }
}

pub(crate) fn prompt() -> Prompt {
    let turn = |role, text: &str| Turn::said(role, text);
    Prompt {
        cache_key: "chat".to_owned(),
        turns: vec![turn(Role::System, "Be brief."), turn(Role::User, "How is the sea?")],
        open: None,
        sampling: Sampling::default(),
    }
}

pub(crate) fn remote(format: Format, double: &Arc<Double>, chosen: Chosen) -> Remote {
    Remote::new(connection(format, double), model("m"), chosen, Wait::default())
}

/// An answer as it was heard.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Heard {
    pub(crate) text: String,
    pub(crate) reasoning: String,
    /// Id, name, arguments.
    pub(crate) tools: Vec<(String, String, String)>,
    pub(crate) finish: Option<FinishReason>,
    pub(crate) usage: Option<Usage>,
    pub(crate) spent: Option<Usage>,
    pub(crate) fault: Option<ProviderFault>,
}

impl Heard {
    pub(crate) fn take(&mut self, delta: Result<Delta, EngineError>) {
        assert!(self.finish.is_none() && self.fault.is_none(), "nothing follows the end: {delta:?}");
        match delta {
            Ok(Delta::Piece { kind: PartKind::Text, text, .. }) => self.text.push_str(&text),
            Ok(Delta::Piece { kind: PartKind::Reasoning, text, .. }) => self.reasoning.push_str(&text),
            Ok(Delta::ToolCall { index, id, name, arguments }) => {
                let index = index as usize;
                if self.tools.len() <= index {
                    self.tools.resize(index + 1, Default::default());
                }
                let call = &mut self.tools[index];
                call.0.push_str(&id.unwrap_or_default());
                call.1.push_str(&name.unwrap_or_default());
                call.2.push_str(&arguments);
            }
            Ok(Delta::Spent { usage }) => self.spent = Some(usage),
            Ok(Delta::Finish { reason, usage, prompt_sha256 }) => {
                assert_eq!(prompt_sha256.len(), 64);
                (self.finish, self.usage) = (Some(reason), Some(usage));
            }
            Ok(Delta::Reading { .. }) => panic!("a provider does not say how far it has read"),
            Err(EngineError::Provider(fault)) => self.fault = Some(fault),
            Err(other) => panic!("{other:?}"),
        }
    }

    /// Without times, which differ from run to run.
    pub(crate) fn timeless(mut self) -> Self {
        for usage in [&mut self.usage, &mut self.spent].into_iter().flatten() {
            (usage.first_token_ms, usage.tokens_per_second, usage.reasoning_ms) = (0.0, 0.0, 0.0);
        }
        self
    }
}

pub(crate) async fn rest_of(mut answer: BoxStream<Result<Delta, EngineError>>, mut heard: Heard) -> Heard {
    while let Some(delta) = answer.next().await {
        heard.take(delta);
    }
    heard
}

pub(crate) async fn hear(remote: &Remote) -> Heard {
    hear_of(remote, prompt()).await
}

pub(crate) async fn hear_of(remote: &Remote, prompt: Prompt) -> Heard {
    rest_of(remote.answer(prompt), Heard::default()).await
}

/// The answer to a question with nothing set.
pub(crate) async fn ask(format: Format, double: &Arc<Double>) -> Heard {
    hear(&remote(format, double, Chosen::default())).await
}
