//! What went wrong, from a status and a body in any provider's words, as a kind and a sentence of ours. A provider's own
//! message is quoted only where it can hold no text of the conversation.

use std::time::Duration;

use domain::{FaultKind, ProviderFault, TransportError};
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::Value;

use crate::http_date::retry_after;

/// Longest quotation of a provider's words, in characters.
const QUOTED: usize = 300;

/// What a provider's error says, whatever its form: OpenAI's `error`, Anthropic's `error`, Google's `error`, a bare
/// `message` or `detail`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Said {
    /// `type` (OpenAI, Anthropic) or `status` (Google).
    pub(crate) kind: String,
    /// `code`, `details.error_code`, or the reason in Google's details.
    pub(crate) code: String,
    /// The parameter that is meant.
    pub(crate) param: String,
    /// The message.
    pub(crate) message: String,
    /// Google's wish in the details.
    pub(crate) retry: Option<Duration>,
    /// It has Anthropic's form.
    anthropic: bool,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Raw {
    #[serde(rename = "type")]
    kind: Value,
    status: Value,
    code: Value,
    param: Value,
    message: Value,
    details: Value,
}

impl Said {
    /// Reads a body; what is no error of a known form says nothing.
    pub(crate) fn of(body: &str) -> Self {
        let value: Value = match serde_json::from_str(body) {
            // Google answers a list of one where the stream was asked for without `alt=sse`.
            Ok(Value::Array(mut list)) if !list.is_empty() => list.swap_remove(0),
            Ok(value) => value,
            Err(_) => return Self::default(),
        };
        Self::of_value(&value)
    }

    /// Reads an error inside a stream.
    pub(crate) fn of_value(value: &Value) -> Self {
        let error = match value.get("error") {
            Some(Value::String(message)) => return Self { message: message.clone(), ..Self::default() },
            Some(error @ Value::Object(_)) => error,
            _ => value,
        };
        let raw: Raw = serde_json::from_value(error.clone()).unwrap_or_default();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let mut said = Self {
            kind: if raw.kind.is_string() { text(&raw.kind) } else { text(&raw.status) },
            code: text(&raw.code),
            param: text(&raw.param),
            message: if raw.message.is_string() { text(&raw.message) } else { text(&value["detail"]) },
            retry: None,
            anthropic: value["type"] == "error" && value["error"].is_object(),
        };
        // A list of the fields that were not understood, each with the way to it. What was in them is not read.
        for wrong in value["detail"].as_array().into_iter().flatten() {
            let way = wrong["loc"].as_array().into_iter().flatten().filter_map(Value::as_str);
            said.param.extend(way.flat_map(|step| [".", step]));
            said.message = wrong["msg"].as_str().map_or(said.message, str::to_owned);
        }
        match &raw.details {
            Value::Object(details) => {
                if let Some(code) = details.get("error_code").and_then(Value::as_str) {
                    code.clone_into(&mut said.code);
                }
            }
            Value::Array(details) => {
                for detail in details {
                    if let Some(reason) = detail["reason"].as_str() {
                        reason.clone_into(&mut said.code);
                    }
                    let delay = detail["retryDelay"].as_str().and_then(|delay| delay.strip_suffix('s'));
                    let delay = delay.and_then(|delay| delay.parse().ok());
                    said.retry = said.retry.or(delay.and_then(|delay| Duration::try_from_secs_f64(delay).ok()));
                    // A quota of the day does not come back in a moment.
                    let of_day = detail["violations"].as_array().is_some_and(|violations| {
                        violations.iter().any(|one| one["quotaId"].as_str().is_some_and(|id| id.contains("PerDay")))
                    });
                    if of_day {
                        "daily_quota".clone_into(&mut said.code);
                    }
                }
            }
            _ => {}
        }
        said
    }

    fn has(&self, words: &[&str]) -> bool {
        let message = self.message.to_lowercase();
        words.iter().any(|word| self.code == *word || self.kind == *word || message.contains(word))
    }

    /// The account has no money or quota left; waiting does not help.
    fn is_about_money(&self) -> bool {
        self.has(&[
            "insufficient_quota",
            "credit_balance_exhausted",
            "organization_spend_limit_exceeded",
            "project_spend_limit_exceeded",
            "organization_usage_limit_exceeded",
            "enforced_spend_limit_reached",
            "contract_spend_limit_reached",
            "billing_error",
            "daily_quota",
            "credit balance is too low",
            "spend limit",
            "insufficient credits",
            "requires more credits",
        ])
    }

    fn is_too_long(&self) -> bool {
        self.has(&[
            "context_length_exceeded",
            "string_above_max_length",
            "exceed_context_size_error",
            "maximum context length",
            "prompt is too long",
            "exceeds the maximum number of tokens",
            "context size",
            "context window",
        ])
    }

    /// Only words are taken: said in as many ways as there are providers, by llama.cpp's server as a fault of its own.
    fn is_about_sight(&self) -> bool {
        self.has(&[
            "image input is not supported",
            "support image input",
            "image_url is only supported by certain models",
            "image input modality is not enabled",
        ])
    }

    fn is_about_the_key(&self) -> bool {
        self.has(&["API_KEY_INVALID", "invalid_api_key", "authentication_error", "api key not valid"])
    }

    fn is_filtered(&self) -> bool {
        self.has(&["content_filter", "content_policy_violation", "image_content_policy_violation", "invalid_prompt"])
    }
}

/// The fault of an answer with a status that is no success.
pub(crate) fn of_answer(name: &str, status: StatusCode, headers: &HeaderMap, body: &str) -> ProviderFault {
    let said = Said::of(body);
    let mut fault = of_said(name, Some(status), &said);
    fault.retry_after = retry_after(headers).or(said.retry);
    // A limit of a moment says how long it lasts; the one of a month's money does not.
    if fault.kind == FaultKind::RateLimited && said.anthropic && fault.retry_after.is_none() {
        fault.kind = FaultKind::QuotaExhausted;
        fault.message = no_money(name);
    }
    if fault.kind == FaultKind::RateLimited
        && let Some(wait) = fault.retry_after
    {
        fault.message = format!("{name} asks to wait {}: too much was asked in a short time.", in_words(wait));
    }
    fault
}

/// The fault that an error inside a stream speaks of.
pub(crate) fn of_stream(name: &str, said: &Said) -> ProviderFault {
    of_said(name, None, said)
}

fn of_said(name: &str, status: Option<StatusCode>, said: &Said) -> ProviderFault {
    let code = status.map_or(0, |status| status.as_u16());
    let (kind, message) = match (code, said) {
        (_, said) if said.is_about_money() => (FaultKind::QuotaExhausted, no_money(name)),
        (400 | 413 | 422 | 0, said) if said.is_too_long() => (
            FaultKind::TooLong,
            format!(
                "The conversation is longer than the model at {name} holds. Start a new chat, or take attachments off."
            ),
        ),
        (_, said) if said.is_about_sight() => (
            FaultKind::BadRequest,
            format!("The model at {name} reads words and sees no images. Choose one that does, or take them off."),
        ),
        (_, said) if said.is_filtered() => {
            (FaultKind::Filtered, format!("The content filter of {name} stopped this question."))
        }
        _ if code == 401 || said.is_about_the_key() => (
            FaultKind::KeyRejected,
            format!("{name} does not accept the key. Paste it again, or make a new one on its page."),
        ),
        (403, _) => (FaultKind::NotAllowed, quoting(&format!("{name} accepts the key and does not allow this."), said)),
        (402, _) => (FaultKind::QuotaExhausted, no_money(name)),
        (404 | 405, _) => {
            (FaultKind::NotFound, quoting(&format!("{name} knows no such model, deployment or address."), said))
        }
        (408 | 504, _) => (FaultKind::Unavailable, format!("{name} gave up waiting for itself ({code}).")),
        (429 | 0, said) if said.has(&["limit: 0"]) => (
            FaultKind::NotAllowed,
            format!("{name} gives this account none of this model. Choose another model, or look at its billing page."),
        ),
        (429, _) => (FaultKind::RateLimited, format!("{name} asks to wait: too much was asked in a short time.")),
        (0, said) if said.has(&["rate_limit_error", "rate_limit_exceeded", "RESOURCE_EXHAUSTED", "slow_down"]) => {
            (FaultKind::RateLimited, format!("{name} asks to wait: too much was asked in a short time."))
        }
        (529, _) => (FaultKind::Unavailable, format!("{name} is overloaded at the moment.")),
        (_, said) if said.has(&["overloaded_error", "server_is_overloaded"]) => {
            (FaultKind::Unavailable, format!("{name} is overloaded at the moment."))
        }
        (409, _) => (FaultKind::Unavailable, format!("{name} was busy with something else at the same moment (409).")),
        (500.., _) => (FaultKind::Unavailable, format!("{name} has a fault of its own ({code}).")),
        (0, _) => (FaultKind::Unavailable, quoting(&format!("{name} broke the answer off."), said)),
        (300..400, _) => (
            FaultKind::NotFound,
            format!("{name} sends us on to another address ({code}). Set that address for the provider."),
        ),
        _ => (FaultKind::BadRequest, quoting(&format!("{name} does not understand the question ({code})."), said)),
    };
    ProviderFault { kind, message, retry_after: said.retry, status: status.map(|status| status.as_u16()) }
}

/// The fault of an answer that a provider ended for a reason of its own, in its word for it.
pub(crate) fn ended_early(name: &str, reason: &str) -> ProviderFault {
    let is_word = reason.len() <= 40 && reason.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let reason = if is_word { format!(" ({reason})") } else { String::new() };
    ProviderFault::new(FaultKind::Broken, format!("{name} ended the answer before it was whole{reason}."))
}

fn no_money(name: &str) -> String {
    format!("The account at {name} has no money or quota left. Look at its billing page.")
}

/// A sentence, and what the provider says in its own words.
fn quoting(sentence: &str, said: &Said) -> String {
    let words: String = said.message.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(QUOTED).collect();
    if words.is_empty() { sentence.to_owned() } else { format!("{sentence} It says: “{words}”") }
}

/// A time for people.
pub(crate) fn in_words(wait: Duration) -> String {
    match wait.as_secs_f64().ceil() as u64 {
        0 | 1 => "a second".to_owned(),
        seconds @ 2..=90 => format!("{seconds} seconds"),
        seconds @ 91..=5_400 => format!("{} minutes", seconds.div_ceil(60)),
        seconds => format!("{} hours", seconds.div_ceil(3_600)),
    }
}

/// The fault of a request without an answer.
pub(crate) fn of_transport(error: TransportError) -> ProviderFault {
    let message = error.to_string();
    let kind = match error {
        TransportError::Refused(_) => FaultKind::Refused,
        TransportError::Unreachable(_) => FaultKind::Offline,
        TransportError::Untrusted(_) => FaultKind::Untrusted,
        TransportError::Silent(_) => FaultKind::Silent,
        TransportError::Broken(_) | TransportError::TooLarge { .. } => FaultKind::Broken,
    };
    ProviderFault::new(kind, message)
}

#[cfg(test)]
mod tests;
