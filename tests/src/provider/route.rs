//! Which request gets what.

use super::{
    Kind, chat,
    error::{self, Trouble},
    reply::{Body, Events, Reply},
    request::Seen,
    said::Said,
    turn::{Answer, ErrorBody, Fault, FilteredAt, Turn},
};

/// What a request asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// An answer of a model, in this format.
    Answer(Format),
}

/// A format of answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Chat,
}

/// What a request asks for; `Err` where the provider would not even look at it.
pub(super) fn wanted(kind: Kind, key: &str, request: &Seen) -> Result<Wanted, Trouble> {
    check_key(kind, key, request)?;
    let no_path = || Trouble::NoPath(request.path.clone());
    let post = request.method == "POST";
    let wanted = match (kind, request.path.as_str()) {
        (Kind::Openai | Kind::Compatible, "/v1/chat/completions") if post => Wanted::Answer(Format::Chat),
        _ => return Err(no_path()),
    };
    let model = request.body["model"].as_str().unwrap_or_default();
    if model.starts_with("no-such") {
        return Err(Trouble::NoModel(model.to_owned()));
    }
    Ok(wanted)
}

fn check_key(kind: Kind, key: &str, request: &Seen) -> Result<(), Trouble> {
    let bearer = request.header("authorization").and_then(|value| value.strip_prefix("Bearer "));
    let given = match kind {
        Kind::Openai => bearer,
        Kind::Compatible => return bearer.is_none_or(|given| given == key).then_some(()).ok_or(Trouble::WrongKey),
        Kind::Azure => {
            request.header("api-key").or(bearer.map(|token| if token == super::ENTRA { key } else { token }))
        }
        Kind::Anthropic => request.header("x-api-key"),
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
    let trouble = |trouble: Trouble| (error::reply(kind, &trouble), None);
    match turn {
        Turn::Status { code, retry_after, body } => (status(kind, *code, retry_after.as_deref(), *body), None),
        Turn::QuotaExhausted => trouble(Trouble::Quota),
        Turn::ContextTooLong => trouble(Trouble::TooLong),
        Turn::Filtered { at: FilteredAt::Prompt } => trouble(Trouble::Filtered),
        Turn::Redirect { to } => (Reply::whole(307, "text/plain", Vec::new()).with("location", to.clone()), None),
        Turn::Broken { fault, .. } => (said(kind, format, request, turn), Some(*fault)),
        _ => (said(kind, format, request, turn), None),
    }
}

fn said(kind: Kind, format: Format, request: &Seen, turn: &Turn) -> Reply {
    let said = Said::of(turn).expect("BUG: what is no answer is handled before");
    if !request.wants_stream() {
        return match format {
            Format::Chat => Reply::json(200, &chat::whole(kind, request, &said)),
        };
    }
    let (mut events, failure) = match format {
        Format::Chat => (chat::stream(kind, request, &said), chat::failure()),
    };
    if let Turn::ErrorEvent(_) = turn {
        events.list.truncate(events.end.div_ceil(2).max(1));
        events.push(failure);
    }
    if let Turn::Broken { fault: Fault::EarlyEof, .. } = turn {
        events.list.truncate(events.end);
    }
    dress(&mut events, turn);
    Reply::stream(events)
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

pub(super) fn status(kind: Kind, code: u16, retry_after: Option<&str>, body: ErrorBody) -> Reply {
    let mut reply = match body {
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
