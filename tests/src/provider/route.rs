//! Which request gets what.

use super::{
    Kind, chat,
    check::check,
    error::{self, Trouble},
    gemini, messages,
    reply::{Body, Event, Events, Reply},
    request::Seen,
    responses,
    said::Said,
    turn::{Answer, ErrorBody, Fault, FilteredAt, Turn},
};

/// What a request asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wanted {
    /// An answer of a model, in this format.
    Answer(Format),
    /// How many tokens a question in this format has.
    Count(Format),
    /// All models.
    Models,
    /// What there is to know of this model.
    Model(String),
}

/// A format of answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Chat,
    Responses,
    Messages,
    Gemini,
}

/// What a request asks for; `Err` where the provider would not even look at it.
pub(super) fn wanted(kind: Kind, key: &str, request: &Seen) -> Result<Wanted, Trouble> {
    check_key(kind, key, request)?;
    let wanted = match request.method.as_str() {
        "GET" => got(kind, request),
        "POST" => posted(kind, request),
        _ => None,
    };
    let wanted = wanted.ok_or_else(|| Trouble::NoPath(request.path.clone()))?;
    let model = model(request);
    if model.starts_with("no-such") {
        return Err(Trouble::NoModel(model.to_owned()));
    }
    match wanted {
        Wanted::Answer(format) => check(kind, format, model, request, true)?,
        // The body of a count of Gemini may hold another request inside.
        Wanted::Count(format) if format != Format::Gemini => check(kind, format, model, request, false)?,
        _ => {}
    }
    Ok(wanted)
}

fn got(kind: Kind, request: &Seen) -> Option<Wanted> {
    let path = match kind {
        Kind::Azure => request.path.strip_prefix("/openai/v1/").or(request.path.strip_prefix("/openai/")),
        Kind::Gemini => request.path.strip_prefix("/v1beta/").or(request.path.strip_prefix("/v1/")),
        Kind::Openai | Kind::Anthropic | Kind::Compatible => request.path.strip_prefix("/v1/"),
    };
    match path?.split_once('/') {
        None if path == Some("models") => Some(Wanted::Models),
        Some(("models", name)) => Some(Wanted::Model(name.to_owned())),
        _ => None,
    }
}

fn posted(kind: Kind, request: &Seen) -> Option<Wanted> {
    let path = request.path.as_str();
    Some(match kind {
        Kind::Openai | Kind::Compatible | Kind::Azure => match (kind, openai_path(kind, request)?) {
            (_, "chat/completions") => Wanted::Answer(Format::Chat),
            (Kind::Openai | Kind::Azure, "responses") => Wanted::Answer(Format::Responses),
            (Kind::Openai | Kind::Azure, "responses/input_tokens") => Wanted::Count(Format::Responses),
            _ => return None,
        },
        Kind::Anthropic => match path {
            "/v1/messages" => Wanted::Answer(Format::Messages),
            "/v1/messages/count_tokens" => Wanted::Count(Format::Messages),
            _ => return None,
        },
        Kind::Gemini => match gemini_path(path)?.split_once(':')?.1 {
            "generateContent" | "streamGenerateContent" => Wanted::Answer(Format::Gemini),
            "countTokens" => Wanted::Count(Format::Gemini),
            _ => return None,
        },
    })
}

/// The path behind `/v1/`, or behind what stands for it at Azure: a deployment at a dated address, or `/openai/v1/`.
fn openai_path(kind: Kind, request: &Seen) -> Option<&str> {
    let path = request.path.as_str();
    if kind != Kind::Azure {
        return path.strip_prefix("/v1/");
    }
    if let Some(deployment) = path.strip_prefix("/openai/deployments/") {
        let dated = request.parameter("api-version").is_some_and(|version| version.starts_with("20"));
        return dated.then(|| deployment.split_once('/').map(|pair| pair.1)).flatten();
    }
    path.strip_prefix("/openai/v1/")
}

fn gemini_path(path: &str) -> Option<&str> {
    path.strip_prefix("/v1beta/models/").or(path.strip_prefix("/v1/models/"))
}

/// The model or deployment that is asked.
fn model(request: &Seen) -> &str {
    let named = |path: &'static str, end| Some(request.path.strip_prefix(path)?.split_once(end)?.0);
    named("/openai/deployments/", '/')
        .or(gemini_path(&request.path).and_then(|path| Some(path.split_once(':')?.0)))
        .or(request.body["model"].as_str())
        .unwrap_or_default()
}

fn check_key(kind: Kind, key: &str, request: &Seen) -> Result<(), Trouble> {
    let bearer = request.header("authorization").and_then(|value| value.strip_prefix("Bearer "));
    let given = match kind {
        Kind::Openai => bearer,
        Kind::Compatible => return bearer.is_none_or(|given| given == key).then_some(()).ok_or(Trouble::WrongKey),
        Kind::Azure => {
            request.header("api-key").or(bearer.map(|token| if token == super::ENTRA { key } else { token }))
        }
        // As it is documented, or as Anthropic's own Python client sends it.
        Kind::Anthropic => request.header("x-api-key").or(bearer),
        Kind::Gemini => request.header("x-goog-api-key").or(request.parameter("key")),
    };
    match given {
        None => Err(Trouble::NoKey),
        Some(given) if given == key => Ok(()),
        Some(_) => Err(Trouble::WrongKey),
    }
}

/// The answer of this turn, and how the connection breaks meanwhile.
pub(super) fn reply(kind: Kind, format: Format, request: &Seen, turn: &Turn) -> (Reply, Option<Fault>) {
    if let Some(reply) = instead(kind, turn) {
        return (reply, None);
    }
    match turn {
        Turn::Filtered { at: FilteredAt::Prompt } => (blocked(kind, format, request), None),
        Turn::Broken { fault, .. } => (said(kind, format, request, turn), Some(*fault)),
        _ => (said(kind, format, request, turn), None),
    }
}

/// What comes instead of an answer, whatever was asked for.
pub(super) fn instead(kind: Kind, turn: &Turn) -> Option<Reply> {
    Some(match turn {
        Turn::Status { code, retry_after, body } => status(kind, *code, retry_after.as_deref(), *body),
        Turn::QuotaExhausted => error::reply(kind, &Trouble::Quota),
        Turn::ContextTooLong => error::reply(kind, &Trouble::TooLong),
        Turn::Redirect { to } => Reply::whole(307, "text/plain", Vec::new()).with("location", to.clone()),
        _ => return None,
    })
}

fn said(kind: Kind, format: Format, request: &Seen, turn: &Turn) -> Reply {
    let said = Said::of(turn).expect("BUG: what is no answer is handled before");
    if !wants_stream(format, request) {
        return Reply::json(
            200,
            &match format {
                Format::Chat => chat::whole(kind, request, &said),
                Format::Responses => responses::whole(request, &said),
                Format::Messages => messages::whole(request, &said),
                Format::Gemini => gemini::whole(model(request), &said),
            },
        );
    }
    let (mut events, failure) = match format {
        Format::Chat => (chat::stream(kind, request, &said), chat::failure()),
        Format::Responses => (responses::stream(request, &said), responses::failure()),
        Format::Messages => (messages::stream(request, &said), messages::failure()),
        Format::Gemini => (gemini::stream(model(request), &said), gemini::failure()),
    };
    if let Turn::ErrorEvent(_) = turn {
        events.list.truncate(events.end.div_ceil(2).max(1));
        events.push(failure);
    }
    if let Turn::Broken { fault: Fault::EarlyEof, .. } = turn {
        events.list.truncate(events.end);
    }
    dress(&mut events, turn);
    streamed(format, request, events)
}

fn wants_stream(format: Format, request: &Seen) -> bool {
    match format {
        Format::Gemini => request.path.ends_with(":streamGenerateContent"),
        _ => request.body["stream"] == true,
    }
}

/// Server-sent events; from Gemini, where nobody asked for them, an array.
fn streamed(format: Format, request: &Seen, events: Events) -> Reply {
    if format == Format::Gemini && request.parameter("alt") != Some("sse") {
        let data = |event: &Event| if let Event::Data(data) = event { Some(data.clone()) } else { None };
        return Reply::json(200, &events.list.iter().filter_map(data).collect());
    }
    Reply::stream(events)
}

/// A question that the filter stops. Gemini says so, and gives no error.
fn blocked(kind: Kind, format: Format, request: &Seen) -> Reply {
    if format != Format::Gemini {
        return error::reply(kind, &Trouble::Filtered);
    }
    let blocked = gemini::blocked(model(request));
    if !wants_stream(format, request) {
        return Reply::json(200, &blocked);
    }
    streamed(format, request, Events { list: vec![Event::Data(blocked)], end: 1, ..Events::default() })
}

/// How the answer of this turn is written down.
fn dress(events: &mut Events, turn: &Turn) {
    let none = Answer::default();
    let answer = match turn {
        Turn::Answer(answer) | Turn::UnknownEvents(answer) | Turn::ErrorEvent(answer) | Turn::Broken { answer, .. } => {
            answer
        }
        _ => &none,
    };
    (events.pause_ms, events.style) = (answer.pause_ms, answer.style);
    if let Turn::UnknownEvents(_) = turn {
        (events.style.unknown, events.style.comments) = (true, true);
    }
    events.sprinkle();
}

fn status(kind: Kind, code: u16, retry_after: Option<&str>, body: ErrorBody) -> Reply {
    let mut reply = match body {
        ErrorBody::Own if kind == Kind::Gemini && code == 429 => {
            return error::gemini_minute(retry_after.unwrap_or("12"));
        }
        ErrorBody::Own => error::reply(kind, &Trouble::Status(code)),
        ErrorBody::Html => {
            let page = format!("<html><head><title>{code}</title></head><body><h1>{code}</h1>nginx</body></html>\n");
            Reply::whole(code, "text/html", page.into_bytes())
        }
        ErrorBody::Empty => Reply { status: code, headers: Vec::new(), body: Body::Whole(Vec::new()) },
    };
    reply.headers.extend(retry_after.map(|after| ("retry-after", after.to_owned())));
    reply
}
