//! Tells a model's reasoning from its answer.
//!
//! Models mark reasoning in one of a few ways: a pair of tags at the very start (`<think>…</think>` and relatives,
//! which the prompt itself may have opened), or the channels of gpt-oss
//! (<https://cookbook.openai.com/articles/openai-harmony>). Marks may arrive cut anywhere; they never reach the text.
//! Tags are looked for before the answer begins and never inside it, so that an answer may speak of them.

use domain::{OpenAnswer, PartKind};

use crate::stops::held_back;

/// Opening and closing tag.
const TAGS: [(&str, &str); 7] = [
    ("<think>", "</think>"),
    ("<thinking>", "</thinking>"),
    ("<thought>", "</thought>"),
    ("[THINK]", "[/THINK]"),
    ("<|START_THINKING|>", "<|END_THINKING|>"),
    ("<seed:think>", "</seed:think>"),
    ("<|channel>thought", "<channel|>"),
];
const CHANNEL: &str = "<|channel|>";
const MESSAGE: &str = "<|message|>";
const START: &str = "<|start|>";
const END: &str = "<|end|>";
/// What ends a message of gpt-oss.
const BOUNDS: [&str; 3] = [END, START, CHANNEL];

/// A stretch of an answer.
pub(crate) type Stretch = (PartKind, String);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nothing but white space so far.
    Start,
    /// Between tags; this one closes.
    Inside(&'static str),
    /// After the closing tag, before the answer's first word.
    Between,
    /// The answer.
    Text,
    /// gpt-oss: before `<|message|>`.
    Header,
    /// gpt-oss: a message.
    Message(PartKind),
}

/// Splits an answer that arrives in pieces.
#[derive(Debug, Clone)]
pub(crate) struct Reasoning {
    state: State,
    held: String,
    /// Something of the current stretch of reasoning was given out.
    begun: bool,
}

impl Reasoning {
    /// For an answer that follows this prompt of this template.
    pub(crate) fn after(template: &str, prompt: &str) -> Self {
        let end = prompt.trim_end();
        let opened = TAGS.iter().find(|(open, _)| end.ends_with(open)).map(|(_, close)| State::Inside(close));
        let channels = [CHANNEL, MESSAGE, START].iter().all(|mark| template.contains(mark));
        let state = if channels { State::Header } else { opened.unwrap_or(State::Start) };
        Self { state, held: String::new(), begun: false }
    }

    /// A control token whose text is to be passed to [`Reasoning::push`]; any other is dropped.
    pub(crate) fn knows(&self, mark: &str) -> bool {
        match self.state {
            State::Header | State::Message(_) => BOUNDS.contains(&mark) || mark == MESSAGE,
            _ => TAGS.iter().any(|(open, close)| mark == *open || mark == *close),
        }
    }

    /// What is being written now.
    pub(crate) fn kind(&self) -> PartKind {
        match self.state {
            State::Inside(_) => PartKind::Reasoning,
            State::Message(kind) => kind,
            _ => PartKind::Text,
        }
    }

    /// What is certain once this text has arrived too.
    pub(crate) fn push(&mut self, text: &str) -> Vec<Stretch> {
        self.held.push_str(text);
        let mut out = Vec::new();
        while self.step(&mut out) {}
        out
    }

    /// What was held back at the end of the answer.
    pub(crate) fn finish(&mut self) -> Vec<Stretch> {
        let held = std::mem::take(&mut self.held);
        let rest = match self.state {
            State::Start | State::Text => held.as_str(),
            State::Inside(_) | State::Message(_) => held.trim_end(),
            // White space before an answer that never came, or half a header.
            State::Between | State::Header => "",
        };
        if rest.is_empty() { Vec::new() } else { vec![(self.kind(), rest.to_owned())] }
    }

    /// The text that a model would have written up to here, marks included, for an answer whose tokens are not known.
    pub(crate) fn spelled(&self, open: &OpenAnswer) -> String {
        let OpenAnswer { reasoning, text, .. } = open;
        match (self.state, reasoning.is_empty()) {
            (State::Header | State::Message(_), true) => format!("{CHANNEL}final{MESSAGE}{text}"),
            (State::Header | State::Message(_), false) => {
                let head = format!("{CHANNEL}analysis{MESSAGE}{reasoning}");
                if text.is_empty() { head } else { format!("{head}{END}{START}assistant{CHANNEL}final{MESSAGE}{text}") }
            }
            (State::Inside(_), _) if text.is_empty() => reasoning.clone(),
            (State::Inside(close), _) => format!("{reasoning}\n{close}\n\n{text}"),
            (_, true) => text.clone(),
            (_, false) if text.is_empty() => format!("<think>\n{reasoning}"),
            (_, false) => format!("<think>\n{reasoning}\n</think>\n\n{text}"),
        }
    }

    /// One step on; false when more text is needed.
    fn step(&mut self, out: &mut Vec<Stretch>) -> bool {
        if self.held.is_empty() {
            return false;
        }
        match self.state {
            State::Start | State::Between => self.begin(),
            State::Inside(close) => self.reason(close, out),
            State::Text => {
                out.push((PartKind::Text, std::mem::take(&mut self.held)));
                false
            }
            State::Header => self.header(),
            State::Message(kind) => self.message(kind, out),
        }
    }

    fn begin(&mut self) -> bool {
        let word = self.held.trim_start();
        if let Some((open, close)) = TAGS.iter().find(|(open, _)| word.starts_with(open)) {
            self.held = word[open.len()..].to_owned();
            self.enter(State::Inside(close));
            return true;
        }
        if word.is_empty() || TAGS.iter().any(|(open, _)| open.starts_with(word)) {
            return false;
        }
        if self.state == State::Between {
            self.held = word.to_owned();
        }
        self.state = State::Text;
        true
    }

    fn reason(&mut self, close: &'static str, out: &mut Vec<Stretch>) -> bool {
        if let Some(at) = self.held.find(close) {
            let rest = self.held.split_off(at + close.len());
            self.held.truncate(at);
            self.give(PartKind::Reasoning, self.held.trim_end().len(), out);
            self.held = rest;
            self.state = State::Between;
            return true;
        }
        let certain = self.held.len() - held_back(&self.held, &[close]);
        self.give(PartKind::Reasoning, self.held[..certain].trim_end().len(), out);
        false
    }

    fn header(&mut self) -> bool {
        if let Some(at) = self.held.find(MESSAGE) {
            let kind = if self.held[..at].contains("final") { PartKind::Text } else { PartKind::Reasoning };
            self.held = self.held.split_off(at + MESSAGE.len());
            self.enter(State::Message(kind));
            return true;
        }
        // A model that passes over its own format simply answers.
        let word = self.held.trim_start();
        let header = [CHANNEL, START, "assistant"].iter().any(|mark| word.starts_with(mark) || mark.starts_with(word));
        if header {
            return false;
        }
        self.enter(State::Message(PartKind::Text));
        true
    }

    fn message(&mut self, kind: PartKind, out: &mut Vec<Stretch>) -> bool {
        if let Some(at) = BOUNDS.iter().filter_map(|mark| self.held.find(mark)).min() {
            let rest = self.held.split_off(at);
            self.give(kind, self.held.trim_end().len(), out);
            self.held = rest.strip_prefix(END).map_or_else(|| rest.clone(), str::to_owned);
            self.enter(State::Header);
            return true;
        }
        let certain = self.held.len() - held_back(&self.held, &BOUNDS);
        // Reasoning ends without its last line feeds; an answer may end as it likes, yet is not known to end here.
        self.give(kind, self.held[..certain].trim_end().len(), out);
        false
    }

    fn enter(&mut self, state: State) {
        self.state = state;
        self.begun = false;
    }

    /// Gives out the first `length` bytes of what is held, without white space before the first word.
    fn give(&mut self, kind: PartKind, length: usize, out: &mut Vec<Stretch>) {
        let rest = self.held.split_off(length);
        let stretch = std::mem::replace(&mut self.held, rest);
        let words = if self.begun { stretch.as_str() } else { stretch.trim_start() };
        if !words.is_empty() {
            self.begun = true;
            out.push((kind, words.to_owned()));
        }
    }
}

#[cfg(test)]
mod tests;
