//! Server-sent events (WHATWG HTML, section 9.2), read from bytes cut anywhere.

/// Longest event, in bytes; a stream that sends a longer one is none of a chat. With its line and what is read out of
/// it, a stream stays below 8 MiB.
pub(crate) const LONGEST_EVENT: usize = 2 << 20;

/// An event.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Event {
    /// Name; empty where it has none.
    pub(crate) name: String,
    /// Data, lines joined by a line feed.
    pub(crate) data: String,
}

/// The event, or the line, is longer than [`LONGEST_EVENT`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TooLong;

/// Reads a stream. Holds at most one event and one line.
#[derive(Debug, Default)]
pub(crate) struct Events {
    line: Vec<u8>,
    /// The last byte was a carriage return that ended a line: a line feed after it belongs to it.
    after_return: bool,
    begun: bool,
    event: Event,
    has_data: bool,
}

impl Events {
    /// Takes bytes, and puts the events that end in them into `out`.
    pub(crate) fn push(&mut self, bytes: &[u8], out: &mut Vec<Event>) -> Result<(), TooLong> {
        let mut rest = bytes;
        while !rest.is_empty() {
            if std::mem::take(&mut self.after_return) && rest[0] == b'\n' {
                rest = &rest[1..];
                continue;
            }
            let end = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
            let piece = &rest[..end.unwrap_or(rest.len())];
            if self.line.len() + piece.len() + self.event.data.len() > LONGEST_EVENT {
                return Err(TooLong);
            }
            self.line.extend_from_slice(piece);
            let Some(end) = end else { break };
            self.after_return = rest[end] == b'\r';
            rest = &rest[end + 1..];
            let line = std::mem::take(&mut self.line);
            // What is no text grows threefold where it is replaced.
            if line.len() > LONGEST_EVENT / 3 && std::str::from_utf8(&line).is_err() {
                return Err(TooLong);
            }
            out.extend(self.take(&line));
        }
        Ok(())
    }

    /// Takes a line. An empty one ends the event.
    fn take(&mut self, line: &[u8]) -> Option<Event> {
        let line = if std::mem::replace(&mut self.begun, true) {
            line
        } else {
            line.strip_prefix("\u{feff}".as_bytes()).unwrap_or(line)
        };
        if line.is_empty() {
            let event = std::mem::take(&mut self.event);
            return std::mem::take(&mut self.has_data).then_some(event);
        }
        let text = String::from_utf8_lossy(line);
        let (field, value) = text.split_once(':').unwrap_or((&text, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut self.event.name),
            "data" => {
                if std::mem::replace(&mut self.has_data, true) {
                    self.event.data.push('\n');
                }
                self.event.data.push_str(value);
            }
            _ => {}
        }
        None
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
