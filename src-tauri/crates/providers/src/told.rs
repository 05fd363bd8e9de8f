//! What an attempt has told so far: passed on as it comes, and added up.

use std::{
    sync::Arc,
    task::{Context, Poll},
};

use domain::{Delta, EngineError, FaultKind, FinishReason, PartKind, ProviderFault, Usage};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, mpsc},
    time::Instant,
};

use crate::{conversation::estimate_tokens, refusal::Broke, request::Heard};

/// Pieces that wait to be taken, and bytes of text in them: a provider may put a whole book into one piece.
const PIECES: usize = 64;
const BYTES: usize = 1 << 20;

/// A delta, and the room that it takes as long as it waits.
type Waiting = (Result<Delta, EngineError>, OwnedSemaphorePermit);

/// Where the answer goes.
pub(crate) struct Mouth {
    send: mpsc::Sender<Waiting>,
    room: Arc<Semaphore>,
}

/// Where it is heard.
pub(crate) struct Ear(mpsc::Receiver<Waiting>);

/// The way from one to the other. Who listens slowly holds up who speaks.
pub(crate) fn way() -> (Mouth, Ear) {
    let (send, receive) = mpsc::channel(PIECES);
    (Mouth { send, room: Arc::new(Semaphore::new(BYTES)) }, Ear(receive))
}

impl Ear {
    pub(crate) fn poll_hear(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Delta, EngineError>>> {
        self.0.poll_recv(context).map(|waiting| waiting.map(|(delta, _)| delta))
    }
}

impl Mouth {
    pub(crate) async fn say(&self, delta: Delta) {
        let bytes = match &delta {
            Delta::Piece { text, .. } => text.len(),
            Delta::ToolCall { arguments, .. } => arguments.len(),
            _ => 0,
        };
        self.pass_on(Ok(delta), bytes).await;
    }

    async fn pass_on(&self, delta: Result<Delta, EngineError>, bytes: usize) {
        let bytes = u32::try_from(bytes.min(BYTES)).expect("BUG: the room is smaller than 4 GiB");
        let room = self.room.clone().acquire_many_owned(bytes).await.expect("BUG: nobody closes the room");
        // Nobody listens any more: the task is about to be ended.
        let _ = self.send.send((delta, room)).await;
    }

    /// No answer comes any more; what was asked in vain may have cost something all the same.
    pub(crate) async fn give_up(&self, lost: Usage, fault: ProviderFault) {
        if lost != Usage::default() {
            self.say(Delta::Spent { usage: lost }).await;
        }
        self.pass_on(Err(EngineError::Provider(fault)), 0).await;
    }
}

/// How far an attempt came.
pub(crate) struct Told {
    started: Instant,
    pub(crate) first: Option<Instant>,
    last: Instant,
    reasoning: Option<(Instant, Instant)>,
    written: u32,
    thought: u32,
    usage: Option<Usage>,
    pub(crate) finish: Option<FinishReason>,
}

impl Told {
    pub(crate) fn new(started: Instant) -> Self {
        Self { started, first: None, last: started, reasoning: None, written: 0, thought: 0, usage: None, finish: None }
    }

    pub(crate) async fn take(&mut self, heard: Heard, mouth: &Mouth) {
        match heard {
            Heard::Piece(_, text) if text.is_empty() => {}
            Heard::Piece(kind, text) => {
                let now = Instant::now();
                self.first.get_or_insert(now);
                self.last = now;
                match kind {
                    PartKind::Reasoning => {
                        self.reasoning.get_or_insert((now, now)).1 = now;
                        self.thought = self.thought.saturating_add(estimate_tokens(&text));
                    }
                    PartKind::Text => {
                        if self.written == 0
                            && let Some(reasoning) = &mut self.reasoning
                        {
                            reasoning.1 = now;
                        }
                        self.written = self.written.saturating_add(estimate_tokens(&text));
                    }
                }
                mouth.say(Delta::Piece { kind, text, tokens: Vec::new() }).await;
            }
            Heard::Tool { index, id, name, arguments } => {
                self.first.get_or_insert_with(Instant::now);
                self.written = self.written.saturating_add(estimate_tokens(&arguments));
                mouth.say(Delta::ToolCall { index, id, name, arguments }).await;
            }
            // Some servers send the field and nothing in it.
            Heard::Usage(usage) if usage.prompt_tokens == 0 && usage.output_tokens == 0 => {}
            Heard::Usage(usage) => self.usage = Some(usage),
            Heard::Finish(reason) => self.finish = Some(reason),
            Heard::Done => {}
        }
    }

    /// The provider charges for it: a word came, or figures. Some say what the question costs before the first word.
    pub(crate) const fn is_paid_for(&self) -> bool {
        self.first.is_some() || self.usage.is_some()
    }

    /// The end of the stream: the answer's end, or only the connection's.
    pub(crate) fn end(&self, name: &str) -> Result<FinishReason, Broke> {
        let broken = || {
            let message = format!("{name} broke the answer off before its end.");
            Broke::from(ProviderFault::new(FaultKind::Broken, message))
        };
        self.finish.ok_or_else(broken)
    }

    /// The provider's figures where they are whole, ours where it gave none.
    pub(crate) fn figures(&self, prompt_tokens: u32, cut: bool) -> Usage {
        let told = self.usage.unwrap_or_default();
        let ours = self.written.saturating_add(self.thought);
        let estimated = self.usage.is_none() || cut && self.first.is_some();
        let seconds = self.first.map_or(0.0, |first| (self.last - first).as_secs_f64());
        let output_tokens = if estimated { told.output_tokens.max(ours) } else { told.output_tokens };
        Usage {
            prompt_tokens: if self.usage.is_none() { prompt_tokens } else { told.prompt_tokens },
            output_tokens,
            reasoning_tokens: if estimated { told.reasoning_tokens.max(self.thought) } else { told.reasoning_tokens },
            first_token_ms: self.first.map_or(0.0, |first| (first - self.started).as_secs_f64() * 1_000.0),
            tokens_per_second: if seconds > 0.0 { f64::from(output_tokens.saturating_sub(1)) / seconds } else { 0.0 },
            reasoning_ms: self.reasoning.map_or(0.0, |(from, to)| (to - from).as_secs_f64() * 1_000.0),
            estimated,
            ..told
        }
    }
}

/// What two attempts cost together; times are of the later one.
pub(crate) const fn joined(lost: Usage, usage: Usage) -> Usage {
    Usage {
        prompt_tokens: lost.prompt_tokens.saturating_add(usage.prompt_tokens),
        cached_tokens: lost.cached_tokens.saturating_add(usage.cached_tokens),
        cache_write_tokens: lost.cache_write_tokens.saturating_add(usage.cache_write_tokens),
        output_tokens: lost.output_tokens.saturating_add(usage.output_tokens),
        reasoning_tokens: lost.reasoning_tokens.saturating_add(usage.reasoning_tokens),
        estimated: lost.estimated || usage.estimated,
        ..usage
    }
}
