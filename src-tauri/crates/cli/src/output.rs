//! What the program writes: results to stdout, everything else to stderr.

use std::{
    borrow::Cow,
    io::{ErrorKind, IsTerminal, Write, stderr, stdout},
};

use serde_json::Value;
use wire::Failure;

use crate::exit::Ending;

/// Writes a result and flushes it. A terminal gets no control characters of it.
pub(crate) fn result(text: &str) -> Result<(), Ending> {
    let shown = if stdout().is_terminal() { harmless(text) } else { Cow::Borrowed(text) };
    let mut out = stdout().lock();
    out.write_all(shown.as_bytes()).and_then(|()| out.flush()).map_err(|error| match error.kind() {
        ErrorKind::BrokenPipe => Ending::PipeClosed,
        _ => Failure::unexpected(format!("The output could not be written: {error}.")).into(),
    })
}

/// Writes a result as JSON.
pub(crate) fn json(value: &Value) -> Result<(), Ending> {
    result(&format!("{value:#}\n"))
}

/// Writes a line to stderr, with the program's name.
pub(crate) fn note(sentence: &str) {
    let _ = writeln!(stderr(), "drawbridge-cli: {}", harmless(sentence));
}

/// Writes a question to stderr; the answer is typed behind it.
pub(crate) fn question(text: &str) {
    let mut err = stderr().lock();
    let _ = err.write_all(harmless(text).as_bytes()).and_then(|()| err.flush());
}

/// Writes a model's reasoning to stderr, dimmed on a terminal.
pub(crate) fn reasoning(text: &str) {
    let mut err = stderr().lock();
    let _ = if err.is_terminal() {
        write!(err, "\x1b[2m{}\x1b[22m", harmless(text))
    } else {
        err.write_all(text.as_bytes())
    };
}

/// Shows on stderr how far something is, where a person watches; the next one takes its place.
pub(crate) fn progress(text: &str) {
    let mut err = stderr().lock();
    if err.is_terminal() {
        let _ = write!(err, "\r\x1b[2K{}", harmless(text));
        let _ = err.flush();
    }
}

/// A person reads stderr as it comes.
pub(crate) fn is_watched() -> bool {
    stderr().is_terminal()
}

/// Text without what could steer a terminal: a model, a file or a title may hold anything.
fn harmless(text: &str) -> Cow<'_, str> {
    let steers = |c: char| c.is_control() && !matches!(c, '\n' | '\t');
    if text.contains(steers) { Cow::Owned(text.chars().filter(|c| !steers(*c)).collect()) } else { Cow::Borrowed(text) }
}

#[cfg(test)]
mod tests {
    use super::harmless;

    #[test]
    fn text_cannot_steer_the_terminal() {
        assert_eq!(harmless("a\tb\nc é 漢 👋"), "a\tb\nc é 漢 👋");
        assert_eq!(harmless("\x1b[2J\u{9b}31mred\r\x07\x08"), "[2J31mred");
    }
}
