//! From tokens to an answer's pieces: characters, end marks, reasoning.

use domain::PartKind;

use crate::{
    reasoning::{Reasoning, Stretch},
    stops::Stops,
    utf8::Utf8,
};

/// What a token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TokenText {
    /// Bytes, perhaps in the middle of a character.
    pub(crate) bytes: Vec<u8>,
    /// It steers and is not part of the text, unless it marks reasoning.
    pub(crate) control: bool,
}

/// The state of an answer that is being written. It follows from the tokens alone: an answer that goes on is replayed.
#[derive(Debug, Clone)]
pub(crate) struct Writing {
    utf8: Utf8,
    stops: Stops,
    reasoning: Reasoning,
}

impl Writing {
    /// An answer yet to begin.
    pub(crate) fn new(reasoning: Reasoning, end_marks: Vec<String>) -> Self {
        Self { utf8: Utf8::default(), stops: Stops::new(end_marks), reasoning }
    }

    /// Text or reasoning, as of the last token.
    pub(crate) fn kind(&self) -> PartKind {
        self.reasoning.kind()
    }

    /// What a token adds, and whether the answer ends with it.
    pub(crate) fn push(&mut self, token: &TokenText) -> (Vec<Stretch>, bool) {
        let text = if token.control {
            let mark = String::from_utf8_lossy(&token.bytes);
            if !self.reasoning.knows(&mark) {
                return (Vec::new(), false);
            }
            format!("{}{mark}", self.utf8.finish())
        } else {
            self.utf8.push(&token.bytes)
        };
        let (text, ends) = self.stops.push(&text);
        (self.reasoning.push(&text), ends)
    }

    /// What was held back, once the model has ended its turn. An answer that was broken off keeps it for the next
    /// token instead.
    pub(crate) fn finish(&mut self) -> Vec<Stretch> {
        let text = self.utf8.finish() + &self.stops.finish();
        let mut rest = self.reasoning.push(&text);
        rest.extend(self.reasoning.finish());
        rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(tokens: &[(&str, bool)]) -> String {
        let reasoning = Reasoning::after("", "<|im_start|>assistant\n");
        let mut writing = Writing::new(reasoning, vec!["<|im_end|>".into()]);
        let mut text = String::new();
        for (token, control) in tokens {
            let (stretches, ends) = writing.push(&TokenText { bytes: token.as_bytes().to_vec(), control: *control });
            text.extend(stretches.into_iter().map(|(_, words)| words));
            if ends {
                return text;
            }
        }
        text.extend(writing.finish().into_iter().map(|(_, words)| words));
        text
    }

    #[test]
    fn control_tokens_say_nothing() {
        assert_eq!(written(&[("Hel", false), ("<|python_tag|>", true), ("lo", false)]), "Hello");
    }

    #[test]
    fn a_spelled_end_mark_ends_the_answer() {
        assert_eq!(written(&[("Hi<|im", false), ("_end|>", false), ("more", false)]), "Hi");
        assert_eq!(written(&[("Hi<|im", false)]), "Hi<|im");
    }
}
