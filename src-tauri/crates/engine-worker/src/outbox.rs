//! Pieces of an answer on their way out, a few milliseconds of them to a frame.

use std::time::{Duration, Instant};

use domain::PartKind;
use engine_protocol::ReplyBody;
use llama_cpp_2::token::LlamaToken;

use crate::{
    reasoning::Stretch,
    replies::Replies,
    requests::{Requests, Ticket},
};

/// A frame wakes the engine, and thousands a second would take the machine's time from the model.
const GROUP: Duration = Duration::from_millis(8);

/// Collects pieces of one answer.
pub(crate) struct Outbox {
    ticket: Ticket,
    requests: Requests,
    replies: Replies,
    kind: PartKind,
    text: String,
    tokens: Vec<i32>,
    sent: Option<Instant>,
}

impl Outbox {
    /// For the answer to this request.
    pub(crate) fn new(ticket: Ticket, requests: Requests, replies: Replies) -> Self {
        Self { ticket, requests, replies, kind: PartKind::Text, text: String::new(), tokens: Vec::new(), sent: None }
    }

    /// Adds a token and the stretches that it made certain; `kind` is what is being written after it.
    pub(crate) fn push(&mut self, token: Option<LlamaToken>, stretches: Vec<Stretch>, kind: PartKind, now: Instant) {
        for (kind, text) in stretches {
            self.turn_to(kind, now);
            self.text.push_str(&text);
        }
        if self.text.is_empty() {
            self.turn_to(kind, now);
        }
        self.tokens.extend(token.map(|token| token.0));
        if self.sent.is_none_or(|sent| now.duration_since(sent) >= GROUP) {
            self.flush(now);
        }
    }

    /// Sends what is there, unless the answer was ended meanwhile.
    pub(crate) fn flush(&mut self, now: Instant) {
        if self.text.is_empty() && self.tokens.is_empty() {
            return;
        }
        self.sent = Some(now);
        let (text, tokens) = (std::mem::take(&mut self.text), std::mem::take(&mut self.tokens));
        self.requests.while_open(self.ticket.id, || {
            self.ticket.figures().usage.output_tokens += tokens.len() as u32;
            self.replies.send(self.ticket.id, ReplyBody::Piece { kind: self.kind, text, tokens });
        });
    }

    fn turn_to(&mut self, kind: PartKind, now: Instant) {
        if kind != self.kind {
            self.flush(now);
            self.kind = kind;
        }
    }
}
