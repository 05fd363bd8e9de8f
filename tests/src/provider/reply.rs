//! What goes back, before it is bytes on a connection.

use serde_json::{Value, json};

use super::turn::{LineEnd, Style};

/// An answer to a request.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Body,
}

#[derive(Debug)]
pub(super) enum Body {
    Whole(Vec<u8>),
    Stream(Events),
}

/// The events of a stream.
#[derive(Debug, Default)]
pub(super) struct Events {
    pub(super) list: Vec<Event>,
    /// Place of the first event that says that the answer ends.
    pub(super) end: usize,
    pub(super) pause_ms: u64,
    pub(super) style: Style,
}

#[derive(Debug, Clone)]
pub(super) enum Event {
    /// `data:` alone.
    Data(Value),
    /// `event:` and `data:`.
    Named(&'static str, Value),
    /// `data: [DONE]`.
    Done,
    /// A line that starts with a colon.
    Comment(&'static str),
    /// `id:` and `retry:`, without any data.
    Aside,
}

impl Reply {
    pub(super) fn json(status: u16, body: &Value) -> Self {
        Self::whole(status, "application/json", body.to_string().into_bytes())
    }

    pub(super) fn whole(status: u16, kind: &str, body: Vec<u8>) -> Self {
        Self { status, headers: vec![("content-type", kind.to_owned())], body: Body::Whole(body) }
    }

    pub(super) fn stream(events: Events) -> Self {
        let headers = vec![
            ("content-type", "text/event-stream; charset=utf-8".to_owned()),
            ("cache-control", "no-cache".to_owned()),
        ];
        Self { status: 200, headers, body: Body::Stream(events) }
    }

    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

impl Events {
    pub(super) fn push(&mut self, event: Event) {
        self.list.push(event);
    }

    /// What follows says that the answer ends.
    pub(super) fn ends_here(&mut self) {
        self.end = self.list.len();
    }

    /// Puts in between what no client knows.
    pub(super) fn sprinkle(&mut self) {
        let style = self.style;
        let mut sprinkled = Vec::new();
        for (place, event) in std::mem::take(&mut self.list).into_iter().enumerate() {
            if place == self.end {
                self.end = sprinkled.len();
            }
            if style.comments && place % 2 == 0 {
                sprinkled.push(Event::Comment(if place == 0 { "PROCESSING" } else { "" }));
            }
            if style.asides && place == 1 {
                sprinkled.push(Event::Aside);
            }
            if style.unknown && place == 1 {
                let weather = json!({"type": "weather_report", "wind": {"knots": 12}});
                sprinkled.push(Event::Named("weather_report", weather));
            }
            sprinkled.push(if style.unknown { with_unknown_field(event) } else { event });
        }
        self.list = sprinkled;
    }

    /// Each event as it stands in the stream. `own` is how this provider ends its lines.
    pub(super) fn written(&self, own: LineEnd) -> Vec<Vec<u8>> {
        let lines = if self.style.lines == LineEnd::Own { own } else { self.style.lines };
        let end = match lines {
            LineEnd::Own | LineEnd::Lf => "\n",
            LineEnd::CrLf => "\r\n",
            LineEnd::Cr => "\r",
        };
        self.list.iter().map(|event| event.written(self.style).replace('\n', end).into_bytes()).collect()
    }
}

impl Event {
    fn written(&self, style: Style) -> String {
        let space = if style.tight { "" } else { " " };
        let data = |value: &Value| {
            let text = if style.spread { serde_json::to_string_pretty(value).unwrap() } else { value.to_string() };
            let text = if style.ascii { ascii(&text) } else { text };
            text.lines().map(|line| format!("data:{space}{line}\n")).collect::<String>()
        };
        match self {
            Self::Data(value) => format!("{}\n", data(value)),
            Self::Named(name, value) => format!("event:{space}{name}\n{}\n", data(value)),
            Self::Done => format!("data:{space}[DONE]\n\n"),
            Self::Aside => format!("id:{space}7\nretry:{space}3000\n\n"),
            Self::Comment(text) => format!(":{space}{text}\n\n"),
        }
    }
}

/// JSON with nothing but ASCII.
fn ascii(json: &str) -> String {
    let escaped = |unit: u16| match u8::try_from(unit) {
        Ok(byte) if byte.is_ascii() => char::from(byte).to_string(),
        _ => format!("\\u{unit:04x}"),
    };
    json.encode_utf16().map(escaped).collect()
}

fn with_unknown_field(event: Event) -> Event {
    let add = |mut value: Value| {
        value["x_weather"] = json!({"wind": null});
        value
    };
    match event {
        Event::Data(value) => Event::Data(add(value)),
        Event::Named(name, value) => Event::Named(name, add(value)),
        other => other,
    }
}
