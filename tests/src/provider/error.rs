//! What a provider says when it does not answer, in its own words.
//!
//! OpenAI: <https://platform.openai.com/docs/guides/error-codes>; Azure:
//! <https://learn.microsoft.com/azure/ai-foundry/openai/reference>; Anthropic:
//! <https://platform.claude.com/docs/en/api/errors>; Gemini: <https://ai.google.dev/gemini-api/docs/troubleshooting>.

use serde_json::{Value, json};

use super::{Kind, chat, reply::Reply};

/// Why there is no answer.
#[derive(Debug, Clone)]
pub(super) enum Trouble {
    /// No key came.
    NoKey,
    /// Another key than the right one.
    WrongKey,
    /// There is no such model.
    NoModel(String),
    /// There is no such address.
    NoPath(String),
    /// Something in the request is wrong.
    Bad {
        /// What.
        message: String,
        /// At which parameter.
        param: String,
        /// What OpenAI calls it, where it does.
        code: Option<&'static str>,
    },
    /// A picture for a model that takes words alone.
    Blind {
        /// The model.
        model: String,
        /// In which message.
        place: usize,
        /// In which part of it.
        part: usize,
    },
    /// The filter stopped the question.
    Filtered,
    /// Too many tokens.
    TooLong,
    /// No money or quota left.
    Quota,
    /// This status, for the reason that it usually has.
    Status(u16),
}

/// Something in the request is wrong; `param` is empty where the provider names none.
pub(super) fn bad(message: impl Into<String>, param: &str) -> Trouble {
    Trouble::Bad { message: message.into(), param: param.to_owned(), code: None }
}

pub(super) fn reply(kind: Kind, trouble: &Trouble) -> Reply {
    let (status, body) = match kind {
        Kind::Compatible if matches!(trouble, Trouble::Blind { .. }) => llama_blind(),
        Kind::Openai | Kind::Compatible => openai(trouble),
        Kind::Azure => azure(trouble),
        Kind::Anthropic => anthropic(trouble),
        Kind::Gemini => gemini(trouble),
    };
    Reply::json(status, &body)
}

fn openai(trouble: &Trouble) -> (u16, Value) {
    let bad = "invalid_request_error";
    let at;
    let (status, kind, param, code, message) = match trouble {
        Trouble::NoKey => (401, bad, None, None, "You didn't provide an API key.".to_owned()),
        Trouble::WrongKey => {
            let message = "Incorrect API key provided: sk-wron*****cret. You can find your API key at \
                           https://platform.openai.com/account/api-keys.";
            (401, bad, None, Some("invalid_api_key"), message.to_owned())
        }
        Trouble::NoModel(name) => {
            let message = format!("The model `{name}` does not exist or you do not have access to it.");
            (404, bad, None, Some("model_not_found"), message)
        }
        Trouble::NoPath(path) => (404, bad, None, None, format!("Invalid URL (POST {path})")),
        Trouble::Bad { message, param, code } => {
            let param = Some(param.as_str()).filter(|param| !param.is_empty());
            (400, bad, param, *code, message.clone())
        }
        Trouble::Blind { place, part, .. } => {
            at = format!("messages.[{place}].content.[{part}].type");
            let message = "Invalid content type. image_url is only supported by certain models.";
            (400, bad, Some(at.as_str()), Some("invalid_value"), message.to_owned())
        }
        Trouble::Filtered => {
            let message = "Invalid prompt: your prompt was flagged as potentially violating our usage policy.";
            (400, bad, None, Some("invalid_prompt"), message.to_owned())
        }
        Trouble::TooLong => {
            let message = "This model's maximum context length is 128000 tokens. However, your messages resulted in \
                           131072 tokens. Please reduce the length of the messages.";
            (400, bad, Some("messages"), Some("context_length_exceeded"), message.to_owned())
        }
        Trouble::Quota => {
            let message = "You exceeded your current quota, please check your plan and billing details.";
            (429, "insufficient_quota", None, Some("insufficient_quota"), message.to_owned())
        }
        Trouble::Status(status) => {
            let (kind, code, message) = openai_usual(*status);
            (*status, kind, None, code, message.to_owned())
        }
    };
    (status, json!({"error": {"message": message, "type": kind, "param": param, "code": code}}))
}

/// What llama.cpp's server says where no projector for pictures was loaded; it takes that for a fault of its own.
fn llama_blind() -> (u16, Value) {
    let message = "image input is not supported - hint: if this is unexpected, you may need to provide the mmproj";
    (500, json!({"error": {"code": 500, "message": message, "type": "server_error"}}))
}

fn openai_usual(status: u16) -> (&'static str, Option<&'static str>, &'static str) {
    match status {
        401 => ("invalid_request_error", Some("invalid_api_key"), "Incorrect API key provided: sk-wron*****cret."),
        403 => {
            let code = "unsupported_country_region_territory";
            ("request_forbidden", Some(code), "Country, region, or territory not supported")
        }
        404 => ("invalid_request_error", Some("model_not_found"), "The model does not exist."),
        429 => {
            let message = "Rate limit reached for gpt-4.1 in organization org-double on tokens per min (TPM): Limit \
                           30000, Used 29000, Requested 2000. Please try again in 2s.";
            ("tokens", Some("rate_limit_exceeded"), message)
        }
        503 => ("service_unavailable_error", Some("server_is_overloaded"), "The server is overloaded."),
        500.. => ("server_error", None, "The server had an error while processing your request."),
        _ => ("invalid_request_error", None, "We could not take this request."),
    }
}

fn azure(trouble: &Trouble) -> (u16, Value) {
    let error = |status: u16, code: &str, message: &str| (status, json!({"error": {"code": code, "message": message}}));
    match trouble {
        Trouble::NoKey | Trouble::WrongKey | Trouble::Status(401) => {
            let message = "Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a \
                           valid key for an active subscription.";
            error(401, "401", message)
        }
        Trouble::Status(403) => error(403, "403", "Access denied due to Virtual Network/Firewall rules."),
        Trouble::NoModel(_) | Trouble::Status(404) => {
            error(404, "DeploymentNotFound", "The API deployment for this resource does not exist.")
        }
        Trouble::NoPath(_) => error(404, "404", "Resource not found"),
        Trouble::Filtered => {
            let message = "The response was filtered due to the prompt triggering Azure OpenAI's content management \
                           policy. Please modify your prompt and retry.";
            let inner = json!({"code": "ResponsibleAIPolicyViolation", "content_filter_result": chat::hateful()});
            (
                400,
                json!({"error": {"message": message, "type": null, "param": "prompt", "code": "content_filter",
                "status": 400, "innererror": inner}}),
            )
        }
        Trouble::Status(429) => {
            let message = "Requests to the ChatCompletions_Create Operation under Azure OpenAI API have exceeded token \
                           rate limit of your current pricing tier. Please retry after 20 seconds.";
            error(429, "429", message)
        }
        _ => openai(trouble),
    }
}

fn anthropic(trouble: &Trouble) -> (u16, Value) {
    let (status, message) = match trouble {
        Trouble::NoKey => (401, "x-api-key header is required".to_owned()),
        Trouble::WrongKey => (401, "invalid x-api-key".to_owned()),
        Trouble::NoModel(name) => (404, format!("model: {name}")),
        Trouble::NoPath(_) => (404, "Not found".to_owned()),
        Trouble::Bad { message, param, .. } if param.is_empty() => (400, message.clone()),
        Trouble::Bad { message, param, .. } => (400, format!("{param}: {message}")),
        Trouble::Blind { model, .. } => (400, format!("'{model}' does not support image input.")),
        Trouble::Filtered => (400, "Output blocked by content filtering policy".to_owned()),
        Trouble::TooLong => (400, "prompt is too long: 210000 tokens > 200000 maximum".to_owned()),
        Trouble::Quota => {
            let message = "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to \
                           upgrade or purchase credits.";
            (400, message.to_owned())
        }
        Trouble::Status(status) => (*status, anthropic_usual(*status).to_owned()),
    };
    let kind = match status {
        401 => "authentication_error",
        402 => "billing_error",
        403 => "permission_error",
        404 => "not_found_error",
        409 => "conflict_error",
        413 => "request_too_large",
        429 => "rate_limit_error",
        504 => "timeout_error",
        529 => "overloaded_error",
        500.. => "api_error",
        _ => "invalid_request_error",
    };
    (status, json!({"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_double1"}))
}

fn anthropic_usual(status: u16) -> &'static str {
    match status {
        401 => "invalid x-api-key",
        403 => "Your API key does not have permission to use the specified resource.",
        404 => "model: claude-nowhere",
        413 => "Request exceeds the maximum size",
        429 => "This request would exceed your organization's rate limit of 30,000 input tokens per minute.",
        529 => "Overloaded",
        500.. => "Internal server error",
        _ => "We could not take this request.",
    }
}

fn gemini(trouble: &Trouble) -> (u16, Value) {
    let error = |code: u16, status: &str, message: &str, details: Value| {
        (code, json!({"error": {"code": code, "message": message, "status": status, "details": details}}))
    };
    let reason = |reason: &str| {
        json!([{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason, "domain": "googleapis.com",
            "metadata": {"service": "generativelanguage.googleapis.com"}}])
    };
    let none = json!([]);
    match trouble {
        Trouble::NoKey => {
            let message = "Method doesn't allow unregistered callers. Please use API Key or other form of API consumer \
                           identity to call this API.";
            error(403, "PERMISSION_DENIED", message, none)
        }
        Trouble::WrongKey => {
            let message = "API key not valid. Please pass a valid API key.";
            error(400, "INVALID_ARGUMENT", message, reason("API_KEY_INVALID"))
        }
        Trouble::NoModel(name) => {
            let message = format!("models/{name} is not found for API version v1beta.");
            error(404, "NOT_FOUND", &message, none)
        }
        Trouble::NoPath(_) => error(404, "NOT_FOUND", "Not found", none),
        Trouble::Bad { message, param, .. } if param.is_empty() => error(400, "INVALID_ARGUMENT", message, none),
        Trouble::Blind { model, .. } => {
            let message = format!("Image input modality is not enabled for models/{model}");
            error(400, "INVALID_ARGUMENT", &message, none)
        }
        Trouble::Bad { message, param, .. } => {
            error(400, "INVALID_ARGUMENT", &format!("Invalid value at '{param}': {message}"), none)
        }
        Trouble::Filtered => error(400, "INVALID_ARGUMENT", "The prompt was blocked.", none),
        Trouble::TooLong => {
            let message = "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).";
            error(400, "INVALID_ARGUMENT", message, none)
        }
        Trouble::Quota => exhausted("GenerateRequestsPerDayPerProjectPerModel-FreeTier", "39600s"),
        Trouble::Status(401) => {
            let message = "Request had invalid authentication credentials.";
            error(401, "UNAUTHENTICATED", message, reason("ACCESS_TOKEN_EXPIRED"))
        }
        Trouble::Status(status) => {
            let (name, message) = gemini_usual(*status);
            error(*status, name, message, none)
        }
    }
}

/// Too much of Gemini in a minute. It says in the body, and in no header, how many seconds are to be waited.
pub(super) fn gemini_minute(seconds: &str) -> Reply {
    let (status, body) = exhausted("GenerateRequestsPerMinutePerProjectPerModel-FreeTier", &format!("{seconds}s"));
    Reply::json(status, &body)
}

/// 429 of Gemini: a quota of a minute or of a day.
fn exhausted(quota: &str, delay: &str) -> (u16, Value) {
    let metric = "generativelanguage.googleapis.com/generate_content_free_tier_requests";
    let message = "You exceeded your current quota, please check your plan and billing details.";
    let details = json!([
        {"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": [{"quotaMetric": metric,
            "quotaId": quota, "quotaDimensions": {"location": "global", "model": "gemini-2.5-flash"},
            "quotaValue": "250"}]},
        {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": delay},
    ]);
    (429, json!({"error": {"code": 429, "message": message, "status": "RESOURCE_EXHAUSTED", "details": details}}))
}

fn gemini_usual(status: u16) -> (&'static str, &'static str) {
    match status {
        402 => ("RESOURCE_EXHAUSTED", "Your prepaid credit is used up."),
        403 => ("PERMISSION_DENIED", "Generative Language API has not been used in this project or is disabled."),
        404 => ("NOT_FOUND", "models/nowhere is not found for API version v1beta."),
        409 => ("ABORTED", "The operation was aborted."),
        500 => ("INTERNAL", "An internal error has occurred. Please retry."),
        502 | 503 => ("UNAVAILABLE", "The model is overloaded. Please try again later."),
        504 => ("DEADLINE_EXCEEDED", "Deadline expired before operation could complete."),
        _ => ("INVALID_ARGUMENT", "Request contains an invalid argument."),
    }
}
