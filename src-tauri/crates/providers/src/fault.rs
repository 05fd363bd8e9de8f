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
        };
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
        (_, said) if said.is_about_money() => (
            FaultKind::QuotaExhausted,
            format!("The account at {name} has no money or quota left. Look at its billing page."),
        ),
        (400 | 413 | 422 | 0, said) if said.is_too_long() => (
            FaultKind::TooLong,
            format!(
                "The conversation is longer than the model at {name} holds. Start a new chat, or take attachments off."
            ),
        ),
        (_, said) if said.is_filtered() => {
            (FaultKind::Filtered, format!("The content filter of {name} stopped this question."))
        }
        _ if code == 401 || said.is_about_the_key() => (
            FaultKind::KeyRejected,
            format!("{name} does not accept the key. Paste it again, or make a new one on its page."),
        ),
        (403, _) => (FaultKind::NotAllowed, quoting(&format!("{name} accepts the key and does not allow this."), said)),
        (402, _) => (
            FaultKind::QuotaExhausted,
            format!("The account at {name} has no money or quota left. Look at its billing page."),
        ),
        (404 | 405, _) => {
            (FaultKind::NotFound, quoting(&format!("{name} knows no such model, deployment or address."), said))
        }
        (408 | 504, _) => (FaultKind::Unavailable, format!("{name} gave up waiting for itself ({code}).")),
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
mod tests {
    use super::*;

    fn kind(status: u16, body: &str) -> FaultKind {
        of_answer("X", StatusCode::from_u16(status).unwrap_or_default(), &HeaderMap::new(), body).kind
    }

    #[test]
    fn each_provider_s_words_become_the_kind_that_they_mean() {
        use FaultKind::*;
        for (status, body, wanted) in [
            (
                401,
                r#"{"error":{"message":"Incorrect API key provided: sk-…","type":"invalid_request_error","code":"invalid_api_key"}}"#,
                KeyRejected,
            ),
            (
                401,
                r#"{"type":"error","error":{"type":"authentication_error","message":"invalid x-api-key"}}"#,
                KeyRejected,
            ),
            (
                400,
                r#"{"error":{"code":400,"message":"API key not valid. Please pass a valid API key.","status":"INVALID_ARGUMENT","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID"}]}}"#,
                KeyRejected,
            ),
            (401, "", KeyRejected),
            (
                403,
                r#"{"error":{"message":"Country not supported","code":"unsupported_country_region_territory"}}"#,
                NotAllowed,
            ),
            (404, r#"{"error":{"message":"The model `x` does not exist","code":"model_not_found"}}"#, NotFound),
            (
                404,
                r#"{"error":{"code":"DeploymentNotFound","message":"The API deployment for this resource does not exist."}}"#,
                NotFound,
            ),
            (
                429,
                r#"{"error":{"message":"Rate limit reached","type":"tokens","code":"rate_limit_exceeded"}}"#,
                RateLimited,
            ),
            (
                429,
                r#"{"error":{"message":"You exceeded your current quota","type":"insufficient_quota","code":"insufficient_quota"}}"#,
                QuotaExhausted,
            ),
            (
                429,
                r#"{"error":{"type":"rate_limit_error","message":"x","details":{"error_code":"enforced_spend_limit_reached"}}}"#,
                QuotaExhausted,
            ),
            (
                400,
                r#"{"type":"error","error":{"type":"invalid_request_error","message":"Your credit balance is too low to access the Anthropic API."}}"#,
                QuotaExhausted,
            ),
            (402, r#"{"type":"error","error":{"type":"billing_error","message":"x"}}"#, QuotaExhausted),
            (
                429,
                r#"{"error":{"code":429,"status":"RESOURCE_EXHAUSTED","details":[{"retryDelay":"34s"}]}}"#,
                RateLimited,
            ),
            (
                429,
                r#"{"error":{"code":429,"status":"RESOURCE_EXHAUSTED","details":[{"violations":[{"quotaId":"GenerateRequestsPerDayPerProject"}]}]}}"#,
                QuotaExhausted,
            ),
            (
                400,
                r#"{"error":{"message":"This model's maximum context length is 8192 tokens.","code":"context_length_exceeded"}}"#,
                TooLong,
            ),
            (
                400,
                r#"{"error":{"type":"invalid_request_error","message":"prompt is too long: 250000 tokens > 200000 maximum"}}"#,
                TooLong,
            ),
            (
                400,
                r#"{"error":{"code":400,"message":"The input token count (2000000) exceeds the maximum number of tokens allowed (1048576).","status":"INVALID_ARGUMENT"}}"#,
                TooLong,
            ),
            (
                400,
                r#"{"error":{"message":"The response was filtered","code":"content_filter","innererror":{}}}"#,
                Filtered,
            ),
            (
                400,
                r#"{"error":{"message":"Unsupported value: 'temperature'","param":"temperature","code":"unsupported_value"}}"#,
                BadRequest,
            ),
            (422, r#"{"detail":[{"msg":"field required"}]}"#, BadRequest),
            (408, "", Unavailable),
            (409, "", Unavailable),
            (413, r#"{"error":{"type":"request_too_large","message":"Request exceeds the maximum size"}}"#, BadRequest),
            (500, "<html><body>Bad gateway</body></html>", Unavailable),
            (502, "", Unavailable),
            (503, r#"{"error":{"code":"server_is_overloaded"}}"#, Unavailable),
            (529, r#"{"error":{"type":"overloaded_error","message":"Overloaded"}}"#, Unavailable),
        ] {
            assert_eq!(kind(status, body), wanted, "{status} {body}");
        }
    }

    #[test]
    fn the_wish_to_wait_is_kept_and_said() {
        let mut headers = HeaderMap::new();
        headers.insert("retry-after", http::HeaderValue::from_static("20"));
        let fault = of_answer("Anthropic", StatusCode::TOO_MANY_REQUESTS, &headers, "{}");
        assert_eq!(fault.retry_after, Some(Duration::from_secs(20)));
        assert_eq!(fault.message, "Anthropic asks to wait 20 seconds: too much was asked in a short time.");
        let body = r#"{"error":{"code":429,"status":"RESOURCE_EXHAUSTED","details":[{"retryDelay":"3.5s"}]}}"#;
        let fault = of_answer("Gemini", StatusCode::TOO_MANY_REQUESTS, &HeaderMap::new(), body);
        assert_eq!(fault.retry_after, Some(Duration::from_millis(3_500)));
    }
}
