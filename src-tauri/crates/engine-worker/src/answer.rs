//! An answer that is being written.

use std::time::{Duration, Instant};

use domain::{FinishReason, PartKind};
use engine_protocol::ReplyBody;
use llama_cpp_2::{sampling::LlamaSampler, token::LlamaToken};

use crate::{
    outbox::Outbox,
    prompt::Prepared,
    requests::{Figures, Ticket},
    sampler,
    serve::Shared,
    vocabulary::Vocabulary,
    writing::Writing,
};

/// More than any template opens an answer with.
const OPENING_TOKENS: usize = 8;

/// An answer under way: its tokens, prompt first, of which the slot's memory holds a beginning.
pub(crate) struct Answer {
    pub(crate) ticket: Ticket,
    /// The sequence that it is read and written in.
    pub(crate) slot: usize,
    /// Prompt and answer.
    pub(crate) tokens: Vec<LlamaToken>,
    /// Waits until another answer ends, for want of memory.
    pub(crate) parked: bool,
    /// Tokens of the prompt after which a memory that cannot be cut is to be remembered: what follows may be written
    /// otherwise in the next turn (the opening of the answer), or be read anew (another answer to the same question).
    pub(crate) checkpoint_at: usize,
    /// Chooses tokens.
    pub(crate) sampler: LlamaSampler,
    prompt_tokens: usize,
    limit: usize,
    writing: Writing,
    outbox: Outbox,
    first_token: Option<Instant>,
    last_token: Option<Instant>,
    reasoning: Duration,
}

impl Answer {
    /// Begins in this slot, where so many tokens of the prompt are there already. `context_tokens` bounds prompt and
    /// answer together.
    pub(crate) fn new(
        Prepared { ticket, ready }: Prepared,
        slot: usize,
        cached_tokens: usize,
        context_tokens: usize,
        vocabulary: &Vocabulary<'_>,
        shared: &Shared,
    ) -> Self {
        ticket.figures().usage.cached_tokens = clamped(cached_tokens);
        let prompt_tokens = ready.tokens.len();
        let most = ready.sampling.max_tokens.map_or(usize::MAX, |most| most as usize);
        Self {
            outbox: Outbox::new(ticket.clone(), shared.requests.clone(), shared.replies.clone()),
            ticket,
            slot,
            parked: false,
            checkpoint_at: prompt_tokens.saturating_sub(OPENING_TOKENS),
            sampler: sampler::chain(&ready.sampling, vocabulary.size(), &ready.tokens),
            tokens: ready.tokens,
            prompt_tokens,
            limit: context_tokens.min(prompt_tokens.saturating_add(most)),
            writing: ready.writing,
            first_token: None,
            last_token: None,
            reasoning: Duration::ZERO,
        }
    }

    /// Its prompt is still being read, or read again.
    pub(crate) fn is_reading(&self, held: usize) -> bool {
        self.tokens.len() - held > 1 || self.first_token.is_none()
    }

    /// Tells how much of the prompt is read, while it is.
    pub(crate) fn tell_reading(&self, held: usize, shared: &Shared) {
        if self.first_token.is_none() {
            let total = clamped(self.prompt_tokens);
            let reading = ReplyBody::Reading { read: clamped(held).min(total), total };
            shared.requests.while_open(self.ticket.id, || shared.replies.send(self.ticket.id, reading));
        }
    }

    /// Takes the next token; the reason, if the answer ends with it.
    pub(crate) fn push(
        &mut self,
        token: LlamaToken,
        vocabulary: &Vocabulary<'_>,
        context_tokens: usize,
    ) -> Option<FinishReason> {
        let now = Instant::now();
        if vocabulary.ends(token) {
            let rest = self.writing.finish();
            self.outbox.push(None, rest, self.writing.kind(), now);
            return Some(FinishReason::EndOfTurn);
        }
        self.first_token.get_or_insert(now);
        let was_reasoning = self.writing.kind() == PartKind::Reasoning;
        if let Some(last) = self.last_token.filter(|_| was_reasoning) {
            self.reasoning += now.duration_since(last);
        }
        self.last_token = Some(now);
        self.tokens.push(token);
        self.take_time();
        let (stretches, ends) = self.writing.push(&vocabulary.text(token));
        self.outbox.push(Some(token), stretches, self.writing.kind(), now);
        if ends {
            return Some(FinishReason::EndOfTurn);
        }
        let full = self.tokens.len() >= self.limit;
        full.then_some(if self.limit < context_tokens { FinishReason::MaxTokens } else { FinishReason::ContextFull })
    }

    /// Sends what is collected: nothing more comes for a while.
    pub(crate) fn flush(&mut self) {
        self.outbox.flush(Instant::now());
    }

    /// The last reply.
    pub(crate) fn finished(&mut self, reason: FinishReason) -> ReplyBody {
        self.flush();
        let Figures { usage, prompt_sha256 } = self.ticket.figures().clone();
        ReplyBody::Finished { reason, usage, prompt_sha256 }
    }

    /// How long it has taken, as of the last token.
    fn take_time(&self) {
        let milliseconds = |duration: Duration| duration.as_secs_f64() * 1_000.0;
        let Some((first, last)) = self.first_token.zip(self.last_token) else { return };
        let (written, seconds) = (self.tokens.len() - self.prompt_tokens, (last - first).as_secs_f64());
        let usage = &mut self.ticket.figures().usage;
        usage.first_token_ms = milliseconds(first.duration_since(self.ticket.received));
        usage.tokens_per_second = if seconds > 0.0 { written.saturating_sub(1) as f64 / seconds } else { 0.0 };
        usage.reasoning_ms = milliseconds(self.reasoning);
    }
}

fn clamped(tokens: usize) -> u32 {
    u32::try_from(tokens).unwrap_or(u32::MAX)
}
