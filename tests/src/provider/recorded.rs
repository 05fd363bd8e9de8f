//! Streams of the doubles as files, each with what a right reader makes of it, for tests that cut them anywhere.

use serde_json::{Value, json};

use super::{
    Kind,
    reply::{Body, Event, Events},
    request::Seen,
    route::{self, Format},
    said::{End, Said},
    turn::{Answer, Dialect, Finish, LineEnd, Style, Turn, Usage},
};

/// A stream and what is in it.
pub struct Recorded {
    /// Name of its files without what follows the dot, e.g. `messages-03`.
    pub name: String,
    /// The body of the answer.
    pub stream: Vec<u8>,
    /// `format`, `about`, `text`, `reasoning`, `refusal`, `tool_calls` (`id`, `name`, `arguments`), `finish` (`stop`,
    /// `length`, `filter`, `tool`, `refusal`, `error`) and `usage` as [`Usage`]; `null` where the stream says nothing
    /// about it, and not there at all where the stream fails.
    pub expected: Value,
}

/// All of them: ten of each format, of Chat Completions ten of each who speaks it, and three more of the dialects.
pub fn recorded() -> Vec<Recorded> {
    let formats = [
        ("chat", Kind::Openai, Format::Chat),
        ("azure-chat", Kind::Azure, Format::Chat),
        ("compatible-chat", Kind::Compatible, Format::Chat),
        ("responses", Kind::Openai, Format::Responses),
        ("messages", Kind::Anthropic, Format::Messages),
        ("gemini", Kind::Gemini, Format::Gemini),
    ];
    let numbered = |(place, (about, turn)): (usize, (&'static str, Turn)), name, kind, format| Recorded {
        name: format!("{name}-{:02}", place + 1),
        stream: events(kind, format, &turn).written(kind.lines()).concat(),
        expected: expected(name, kind, format, about, &turn),
    };
    formats
        .into_iter()
        .flat_map(|(name, kind, format)| {
            turns(kind).into_iter().enumerate().map(move |turn| numbered(turn, name, kind, format))
        })
        .collect()
}

/// Pieces that end within what a reader sees as one character.
const WORLD: [&str; 9] =
    ["Olá ", "", "世", "界 👩", "\u{200d}", "🚀\n\n", "مرحبا e", "\u{301}", " \t\"quoted\\\" \u{2028}end"];

fn turns(kind: Kind) -> Vec<(&'static str, Turn)> {
    let answer = |text: &[&str], reasoning: &[&str], finish: Finish, style: Style| Answer {
        reasoning: reasoning.iter().map(|&piece| piece.to_owned()).collect(),
        usage: Some(Usage { input: 1_234, cached: 1_024, output: 321, reasoning: 0, cache_written: 0 }),
        finish,
        style,
        ..Answer::of(text)
    };
    let plain = Style::default();
    let thoughts = ["**Looking** at the sea. ", "", "It is 平ら.\n"];
    let used = Usage { input: 5_000, cached: 4_096, output: 900, reasoning: 640, cache_written: 0 };
    let written = if kind == Kind::Anthropic { 512 } else { 0 };
    let crlf = Style { lines: LineEnd::CrLf, ..plain };
    let odd = Style { comments: true, unknown: true, asides: true, lines: LineEnd::Lf, ..plain };
    let spread = Style { spread: true, tight: true, ..plain };
    let ascii = Style { ascii: true, lines: LineEnd::Cr, ..plain };
    let no_usage = matches!(kind, Kind::Compatible | Kind::Gemini);
    let silent = Answer { usage: None, ..answer(&["Short.", ""], &[], Finish::Stop, Style { tight: true, ..plain }) };
    let counted = answer(&["Short.", ""], &[], Finish::Stop, Style { tight: true, ..plain });
    let thinking = Answer {
        usage: Some(Usage { cache_written: written, ..used }),
        ..answer(&["The sea ", "is flat."], &thoughts, Finish::Stop, plain)
    };
    let dialect = |dialect: Dialect| {
        let answer = Answer { usage: Some(used), ..answer(&WORLD, &["Looking ", "at 海."], Finish::Stop, plain) };
        Turn::Answer(Answer { dialect, ..answer })
    };
    let mut turns = vec![
        ("plain text", Turn::Answer(answer(&["The sea ", "is calm", " today."], &[], Finish::Stop, plain))),
        ("characters in pieces, \\r\\n", Turn::Answer(answer(&WORLD, &[], Finish::Stop, crlf))),
        ("reasoning, tokens of a cache", Turn::Answer(thinking)),
        ("comments, unknown events and fields", Turn::UnknownEvents(answer(&WORLD, &thoughts, Finish::Stop, odd))),
        ("data over several lines, no spaces", Turn::Answer(answer(&WORLD, &thoughts, Finish::Stop, spread))),
        ("escapes, \\r, cut off at the limit", Turn::Answer(answer(&WORLD, &[], Finish::Length, ascii))),
        (
            "a call of a tool",
            Turn::ToolCall {
                id: "call_7Hq".to_owned(),
                name: "tide_table".to_owned(),
                arguments: ["{\"place\":", " \"Córk", "\",", "\"days\": 2}"].map(str::to_owned).to_vec(),
            },
        ),
        ("a refusal", Turn::Refusal { text: ["I’m sorry, ", "no.\n"].map(str::to_owned).to_vec() }),
        if no_usage {
            ("no word about tokens", Turn::Answer(silent))
        } else {
            ("the filter stops the answer", Turn::Answer(Answer { finish: Finish::Filter, ..counted }))
        },
        ("an error in the middle", Turn::ErrorEvent(answer(&WORLD, &thoughts, Finish::Stop, plain))),
    ];
    if kind == Kind::Compatible {
        turns.push(("as OpenRouter speaks", dialect(Dialect::Openrouter)));
        turns.push(("as Mistral speaks", dialect(Dialect::Mistral)));
        turns.push(("reasoning between marks", dialect(Dialect::Marks)));
    }
    turns
}

fn events(kind: Kind, format: Format, turn: &Turn) -> Events {
    let (path, query, model) = match format {
        Format::Gemini => ("/v1beta/models/gemini-2.5-flash:streamGenerateContent", "alt=sse", ""),
        Format::Messages => ("/v1/messages", "", "claude-sonnet-5-5"),
        Format::Chat | Format::Responses => ("", "", "gpt-5.5"),
    };
    let request = Seen {
        method: "POST".to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        headers: Vec::new(),
        body: json!({"model": model, "stream": true, "stream_options": {"include_usage": true}, "store": false}),
        status: 200,
        closed_early: false,
    };
    match route::reply(kind, format, &request, turn).0.body {
        Body::Stream(events) => events,
        Body::Whole(_) => unreachable!("BUG: these turns are streams"),
    }
}

fn expected(name: &str, kind: Kind, format: Format, about: &str, turn: &Turn) -> Value {
    let mut said = Said::of(turn).expect("BUG: these turns are answers");
    if format == Format::Chat && kind != Kind::Compatible {
        said.reasoning.clear();
    }
    if matches!(format, Format::Messages | Format::Gemini) {
        said.text.append(&mut said.refusal);
    }
    let call = |call: &super::said::Call| {
        let arguments = if format == Format::Gemini { call.object().to_string() } else { call.arguments.concat() };
        json!({"id": call.id, "name": call.name, "arguments": arguments})
    };
    let finish = match said.end {
        End::Stop => "stop",
        // In Chat Completions only the text says that it is a refusal.
        End::Refusal if format == Format::Chat || format == Format::Responses => "refusal",
        End::Refusal if format == Format::Gemini => "filter",
        End::Refusal => "refusal",
        End::Filter if format == Format::Messages => "refusal",
        End::Filter => "filter",
        End::Length => "length",
        End::Tool => "tool",
    };
    let mut expected = json!({
        "format": name, "about": about, "text": said.text.concat(), "reasoning": said.reasoning.concat(),
        "refusal": said.refusal.concat(), "tool_calls": said.call.iter().map(call).collect::<Vec<_>>(),
        "finish": finish, "usage": said.usage,
    });
    if let Turn::ErrorEvent(_) = turn {
        let (text, reasoning): (Vec<_>, Vec<_>) = events(kind, format, turn).list.iter().map(pieces).unzip();
        expected["text"] = text.concat().into();
        expected["reasoning"] = reasoning.concat().into();
        expected["finish"] = "error".into();
        expected.as_object_mut().unwrap().remove("usage");
    }
    expected
}

/// What an event says: a piece of the answer, and a piece of the reasoning.
fn pieces(event: &Event) -> (String, String) {
    let (Event::Data(data) | Event::Named(_, data)) = event else { return Default::default() };
    let part = &data["candidates"][0]["content"]["parts"][0];
    let delta = &data["choices"][0]["delta"];
    let (text, reasoning) = match data["type"].as_str() {
        Some("content_block_delta") => (&data["delta"]["text"], &data["delta"]["thinking"]),
        Some("response.output_text.delta") => (&data["delta"], &Value::Null),
        Some("response.reasoning_summary_text.delta") => (&Value::Null, &data["delta"]),
        Some(_) => (&Value::Null, &Value::Null),
        None if part["thought"] == true => (&Value::Null, &part["text"]),
        None if part.is_object() => (&part["text"], &Value::Null),
        None => (&delta["content"], &delta["reasoning_content"]),
    };
    let owned = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    (owned(text), owned(reasoning))
}
