//! A provider's model as a [`domain::Model`]: one question out, its answer back as it arrives.

use std::{
    collections::HashMap,
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use domain::{
    BoxFuture, BoxStream, Delta, EngineError, FaultKind, FinishReason, Model, ModelFacts, Prompt, PromptSize,
    ProviderFault, ProviderKind, ProviderModel, Purpose, Sampling, Usage,
};
use futures_core::Stream;
use futures_util::StreamExt;
use http::Method;
use sha2::{Digest, Sha256};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::{
    connection::{Chosen, Connection},
    conversation::estimate,
    counting, fault,
    refusal::{Broke, check_form, refused},
    request::{self, Heard, LeftOut},
    sse::Events,
    told::{self, Ear, Mouth, Told, joined},
    wait,
};

/// Longest answer in bytes on the wire.
const LONGEST: u64 = 64 << 20;
/// Context of a model whose provider does not say: of the clouds, and of other servers.
const CONTEXT_CLOUD: u32 = 128_000;
const CONTEXT_OTHER: u32 = 16_384;
/// Longest that a provider may take to count a prompt.
const COUNT_PATIENCE: Duration = Duration::from_secs(10);
/// Times that a question is asked anew without what the provider did not take.
const LESSONS: u32 = 3;

/// How long is waited for what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wait {
    /// Between two events of a stream, whatever they say.
    pub event: Duration,
    /// Without a word, though events come.
    pub word: Duration,
    /// For figures after the end.
    pub figures: Duration,
}

impl Default for Wait {
    fn default() -> Self {
        Self { event: Duration::from_secs(60), word: Duration::from_secs(600), figures: Duration::from_secs(5) }
    }
}

/// A provider's model, with what the user set for the answers of one chat.
pub struct Remote {
    asking: Arc<Asking>,
    facts: ModelFacts,
    /// The provider does not count, or did not when it was asked.
    uncounted: AtomicBool,
    running: Arc<Mutex<HashMap<String, CancellationToken>>>,
}

struct Asking {
    connection: Connection,
    model: ProviderModel,
    chosen: Chosen,
    wait: Wait,
}

impl Remote {
    /// A model of a provider. Opens no connection.
    #[must_use]
    pub fn new(connection: Connection, model: ProviderModel, chosen: Chosen, wait: Wait) -> Self {
        let unknown = match connection.provider.kind {
            ProviderKind::Compatible => CONTEXT_OTHER,
            _ => CONTEXT_CLOUD,
        };
        let context_tokens = model.context_tokens.unwrap_or(unknown);
        let facts = ModelFacts {
            engine_build: format!("{} ({:?})", connection.provider.name, connection.format()),
            context_tokens,
            trained_context_tokens: context_tokens,
            template_sha256: String::new(),
            template_fallback: false,
            default_sampling: Sampling::default(),
            vocabulary_only: false,
        };
        let asking = Arc::new(Asking { connection, model, chosen, wait });
        Self { asking, facts, uncounted: AtomicBool::new(false), running: Arc::default() }
    }
}

impl Model for Remote {
    fn facts(&self) -> &ModelFacts {
        &self.facts
    }

    fn answer(&self, prompt: Prompt) -> BoxStream<Result<Delta, EngineError>> {
        let (mouth, ear) = told::way();
        let stop = CancellationToken::new();
        lock(&self.running).insert(prompt.cache_key.clone(), stop.clone());
        let asking = self.asking.clone();
        let key = prompt.cache_key.clone();
        let task = tokio::spawn(async move { asking.ask(&prompt, &stop, &mouth).await });
        Box::pin(Answer { ear, task, running: self.running.clone(), key })
    }

    fn stop(&self, cache_key: &str) {
        if let Some(stop) = lock(&self.running).get(cache_key) {
            stop.cancel();
        }
    }

    /// An estimate: counting at the provider would send the text before anybody agreed to it.
    fn measure(&self, prompt: Prompt) -> BoxFuture<'_, Result<PromptSize, EngineError>> {
        let size = PromptSize { tokens: estimate(&prompt), context_tokens: self.facts.context_tokens };
        Box::pin(async move { Ok(size) })
    }

    /// By the provider where it counts, and where the estimate leaves open whether the prompt fits.
    fn count(&self, prompt: Prompt) -> BoxFuture<'_, Result<PromptSize, EngineError>> {
        Box::pin(async move {
            let (estimated, context_tokens) = (estimate(&prompt), self.facts.context_tokens);
            let unsure = estimated >= context_tokens / 2 && estimated <= context_tokens.saturating_mul(2);
            let counted = match unsure && !self.uncounted.load(Relaxed) {
                true => self.asking.count(&prompt).await,
                false => None,
            };
            self.uncounted.fetch_or(unsure && counted.is_none(), Relaxed);
            Ok(PromptSize { tokens: counted.unwrap_or(estimated), context_tokens })
        })
    }

    fn is_alive(&self) -> bool {
        true
    }
}

/// The answer as it arrives. Dropped, the connection is closed.
struct Answer {
    ear: Ear,
    task: tokio::task::JoinHandle<()>,
    running: Arc<Mutex<HashMap<String, CancellationToken>>>,
    key: String,
}

impl Stream for Answer {
    type Item = Result<Delta, EngineError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.ear.poll_hear(context)
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        self.task.abort();
        lock(&self.running).remove(&self.key);
    }
}

impl Asking {
    /// Tokens by the provider's count; none where it does not count, or is not asked to the end.
    async fn count(&self, prompt: &Prompt) -> Option<u32> {
        let counting = counting::count(&self.connection, &self.model, prompt);
        match tokio::time::timeout(COUNT_PATIENCE, counting).await {
            Ok(Ok(counted)) => counted,
            Ok(Err(fault)) => {
                tracing::info!(kind = ?fault.kind, "a prompt is estimated: the provider did not count it");
                None
            }
            Err(_) => None,
        }
    }

    /// Asks until there is an answer, the user stops it, or another attempt is of no use. Once a word was shown, no
    /// attempt follows.
    async fn ask(&self, prompt: &Prompt, stop: &CancellationToken, mouth: &Mouth) {
        let prompt_tokens = estimate(prompt);
        let (mut left_out, mut attempts, mut lessons) = (LeftOut::default(), 0, 0);
        // Of attempts that came to nothing.
        let mut lost = Usage::default();
        let started = Instant::now();
        loop {
            attempts += 1;
            let body = request::body(&self.connection, &self.model, &self.chosen, prompt, left_out).to_string();
            let sha256 = hex::encode(Sha256::digest(&body));
            let mut told = Told::new(started);
            let outcome = tokio::select! {
                biased;
                () = stop.cancelled() => Ok(FinishReason::Stopped),
                outcome = self.attempt(body, mouth, &mut told) => outcome,
            };
            let usage = told.figures(prompt_tokens, matches!(outcome, Ok(FinishReason::Stopped)) || outcome.is_err());
            let broke = match outcome {
                Ok(reason) => {
                    let usage = joined(lost, usage);
                    return mouth.say(Delta::Finish { reason, usage, prompt_sha256: sha256 }).await;
                }
                Err(broke) => broke,
            };
            if told.is_paid_for() {
                lost = joined(lost, usage);
            }
            if told.first.is_some() {
                return mouth.give_up(lost, broke.fault).await;
            }
            if broke.fault.kind == FaultKind::BadRequest && lessons < LESSONS && left_out.learn(&broke.said) {
                (lessons, attempts) = (lessons + 1, attempts - 1);
                continue;
            }
            let Some(pause) = wait::before_next(&broke.fault, attempts, rand::random()) else {
                return mouth.give_up(lost, broke.fault).await;
            };
            tracing::info!(kind = ?broke.fault.kind, ?pause, "a provider is asked again");
            tokio::select! {
                biased;
                // The attempt that would have followed was never made.
                () = stop.cancelled() => {
                    let reason = FinishReason::Stopped;
                    return mouth.say(Delta::Finish { reason, usage: lost, prompt_sha256: sha256 }).await;
                }
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    async fn attempt(&self, body: String, mouth: &Mouth, told: &mut Told) -> Result<FinishReason, Broke> {
        let Connection { provider, transport, .. } = &self.connection;
        let address = self.connection.chat_address(&self.model);
        let request = self.connection.request(Method::POST, &address, Bytes::from(body))?;
        let sent = transport.send(Purpose::ProviderChat, request, LONGEST).await;
        let answer = sent.map_err(fault::of_transport)?;
        if !answer.status().is_success() {
            return Err(refused(&provider.name, answer).await);
        }
        check_form(&provider.name, answer.headers())?;
        let mut reader = request::reader(self.connection.format(), &provider.name);
        let mut chunks = answer.into_body();
        let (mut events, mut arrived, mut heard) = (Events::default(), Vec::new(), Vec::new());
        let (mut last_event, mut last_word) = (Instant::now(), Instant::now());
        loop {
            let due = match told.finish {
                Some(_) => last_event + self.wait.figures,
                None => (last_event + self.wait.event).min(last_word + self.wait.word),
            };
            let chunk = match tokio::time::timeout_at(due, chunks.next()).await {
                Ok(Some(Ok(chunk))) => chunk,
                Ok(None) => break,
                // What broke after the end cost nothing.
                Ok(Some(Err(_))) | Err(_) if told.finish.is_some() => break,
                Ok(Some(Err(error))) => return Err(fault::of_transport(error).into()),
                Err(_) => {
                    let waited = if due == last_word + self.wait.word { self.wait.word } else { self.wait.event };
                    let message = format!("{} was silent for {}.", provider.name, fault::in_words(waited));
                    return Err(ProviderFault::new(FaultKind::Silent, message).into());
                }
            };
            let too_long = |_| {
                let message = format!("{} sent what is no answer: a line without an end.", provider.name);
                Broke::from(ProviderFault::new(FaultKind::Broken, message))
            };
            events.push(&chunk, &mut arrived).map_err(too_long)?;
            for event in arrived.drain(..) {
                last_event = Instant::now();
                let outcome = reader.hear(&event, &mut heard);
                for one in heard.drain(..) {
                    if matches!(one, Heard::Piece(..)) {
                        last_word = last_event;
                    }
                    if let Heard::Done = one {
                        return told.end(&provider.name);
                    }
                    told.take(one, mouth).await;
                }
                // What stood before the fault in the same event is kept, and after the end a fault costs nothing.
                if told.finish.is_none() {
                    outcome?;
                }
            }
        }
        told.end(&provider.name)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
