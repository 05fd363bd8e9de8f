//! One answer being written, by whoever answers it in the end.

use std::{sync::Arc, time::Duration};

use domain::{
    Bill, Delta, EngineError, FaultKind, FinishReason, Message, MessageState, Model, OpenAnswer, Part, PartKind,
    Prompt, Provenance, ProviderFault, Usage,
};
use futures_util::StreamExt;
use store::Ending;
use tokio::time::Instant;
use wire::{AnswerEvent, Event, Failure};

use crate::{
    Core,
    answer::Running,
    answerer::{Answerer, falls},
    context,
    failure::{from_engine, from_store},
    machine,
};

/// Longest time that a shown token is only in memory; invariant I4 allows 250 ms.
const KEEP_EVERY: Duration = Duration::from_millis(150);

/// One answer being written.
pub(crate) struct Writing<'a> {
    core: &'a Core,
    message: Message,
    answerer: Answerer,
    running: Running,
    open: Option<OpenAnswer>,
    /// Arrived and not yet on disk.
    unkept: Vec<Part>,
    kept_at: Instant,
    provenance: Provenance,
    /// A word was shown: nobody else answers any more.
    shown: bool,
    /// Figures so far, of an answer that may break off.
    spent: Option<Usage>,
    bill: Option<Bill>,
}

/// How the writing of an answer ended.
struct End {
    state: MessageState,
    finish: Option<FinishReason>,
    error: Option<String>,
    usage: Option<Usage>,
}

/// Why one who was asked did not answer.
struct Trouble {
    failure: Failure,
    /// Where it is a provider's, or stands for one: a budget that is used up is as good as no quota.
    fault: Option<ProviderFault>,
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        let kind = match &failure {
            Failure::BudgetReached { .. } => Some(FaultKind::QuotaExhausted),
            Failure::Offline { .. } => Some(FaultKind::Offline),
            Failure::ProviderUnavailable { .. } => Some(FaultKind::Unavailable),
            Failure::KeyRejected { .. } => Some(FaultKind::KeyRejected),
            _ => None,
        };
        let fault = kind.map(|kind| ProviderFault::new(kind, failure.message()));
        Self { failure, fault }
    }
}

impl From<EngineError> for Trouble {
    fn from(error: EngineError) -> Self {
        let fault = match &error {
            EngineError::Provider(fault) => Some(fault.clone()),
            _ => None,
        };
        Self { failure: from_engine(error), fault }
    }
}

impl End {
    fn failed(failure: &Failure) -> Self {
        Self { state: MessageState::Failed, finish: None, error: Some(failure.message().to_owned()), usage: None }
    }

    fn of(state: MessageState, finish: Option<FinishReason>) -> Self {
        Self { state, finish, error: None, usage: None }
    }
}

impl<'a> Writing<'a> {
    pub(crate) fn new(
        core: &'a Core,
        message: Message,
        answerer: Answerer,
        running: Running,
        open: Option<OpenAnswer>,
    ) -> Self {
        let known = message.answer.as_ref();
        let provenance = known.map(|answer| answer.provenance.clone()).unwrap_or_default();
        let bill = known.and_then(|answer| answer.bill);
        let (unkept, kept_at) = (Vec::new(), Instant::now());
        Self { core, message, answerer, running, open, unkept, kept_at, provenance, shown: false, spent: None, bill }
    }

    /// Where its chat is kept.
    fn store(&self) -> &store::Store {
        self.core.store_of(self.message.chat)
    }

    /// Writes to the end, whatever it is, and keeps it.
    pub(crate) async fn write(mut self) -> Result<Message, Failure> {
        let mut end = match self.stream().await {
            Ok(end) => end,
            Err(failure) => End::failed(&failure),
        };
        end.usage = end.usage.or(self.spent);
        self.keep().await?;
        let old = self.message.answer.as_ref().map(|answer| answer.usage).unwrap_or_default();
        let ending = Ending {
            state: end.state,
            finish: end.finish,
            error: end.error,
            usage: joined(old, end.usage, self.open.is_some()),
            bill: self.bill,
            provenance: self.provenance.clone(),
            at: self.core.now(),
        };
        let message = self.store().finish_answer(self.message.id, ending).await.map_err(from_store)?;
        self.put_on_record(&message);
        if let Answerer::Here(model) = &self.answerer {
            let speed = end.usage.as_ref().and_then(|usage| machine::after_answer(model.speed, usage));
            let _ = self.core.store.touch_model(model.id, self.core.now(), speed).await;
        }
        Ok(message)
    }

    /// That it was answered, by what and where; nothing of what was said.
    fn put_on_record(&self, message: &Message) {
        let Some(answer) = &message.answer else { return };
        let event = audit::Event::Answered {
            model: answer.model_name.clone(),
            model_sha256: answer.provenance.model_sha256.clone(),
            place: place(&self.answerer),
            reason: answer.route.reason().to_owned(),
            prompt_tokens: answer.usage.prompt_tokens,
            output_tokens: answer.usage.output_tokens,
            state: format!("{:?}", message.state).to_lowercase(),
        };
        self.core.note(event, Some(message.chat));
    }

    /// Asks who was chosen, and where that one fails before the first word, the next in turn that may be asked.
    async fn stream(&mut self) -> Result<End, Failure> {
        let chosen = self.answerer.clone();
        let question = self.message.parent.expect("BUG: an answer follows a question");
        let question = self.store().message(question).await.map_err(from_store)?;
        let mut turn = self.core.in_turn(chosen.clone()).await.into_iter().peekable();
        let mut before: Option<(String, Trouble)> = None;
        while let Some(answerer) = turn.next() {
            if let Some((name, trouble)) = &before {
                let may = trouble.fault.as_ref().is_some_and(|fault| falls(fault.kind, &answerer));
                let unseen = self.core.refuse_blind(&answerer, &question.attachments);
                if !may || unseen.is_err() || self.core.may_cross_unasked(self.message.chat, &answerer).await.is_err() {
                    continue;
                }
                let reason = format!("{} So {} answered, not {name}.", trouble.failure.message(), answerer.name());
                self.reroute(answerer, reason).await?;
            }
            let only = before.is_none() && turn.peek().is_none();
            match self.ask(before.is_some(), only).await {
                Ok(end) => return Ok(end),
                Err(trouble) if self.shown => return Err(trouble.failure),
                // What the chosen one said is what the user is told, where nobody else can answer either.
                Err(trouble) => drop(before.get_or_insert((self.answerer.name().to_owned(), trouble))),
            }
        }
        let Some((_, trouble)) = before else { return Err(Failure::unexpected("Nobody was asked.")) };
        if self.answerer.id() != chosen.id() {
            let reason = "You chose this model; those in its place failed too.".to_owned();
            self.reroute(chosen, reason).await?;
        }
        Err(trouble.failure)
    }

    async fn reroute(&mut self, answerer: Answerer, reason: String) -> Result<(), Failure> {
        let (chat, message) = (self.message.chat, self.message.id);
        let (model, model_name, route) = (answerer.id(), answerer.name().to_owned(), answerer.route(reason));
        let rerouting = self.store().reroute_answer(message, model, &model_name, &route);
        rerouting.await.map_err(from_store)?;
        self.answerer = answerer;
        self.provenance = Provenance::default();
        if let Answerer::Here(record) = &self.answerer {
            self.provenance.model_sha256.clone_from(&record.sha256);
        }
        let event = AnswerEvent::Routed { model, model_name, route };
        self.core.events.tell(Event::Answer { chat, message, event });
        Ok(())
    }

    /// Asks one model, with its cost on the books.
    async fn ask(&mut self, fallback: bool, only: bool) -> Result<End, Trouble> {
        self.spent = None;
        if !only {
            self.core.refuse_resting(&self.answerer)?;
        }
        let (stop, quit) = (self.running.stop.clone(), self.running.quit.clone());
        let readying = async {
            let model = self.core.ready(&self.answerer, self.message.chat, Some(self.message.id)).await?;
            let whole = self.prompt(model.as_ref()).await?;
            let fitted = context::fit(model.as_ref(), whole.clone()).await?;
            Ok::<_, Trouble>((model, whole, fitted))
        };
        let (model, whole, fitted) = tokio::select! {
            biased;
            () = quit.cancelled() => return Ok(End::of(MessageState::Interrupted, None)),
            () = stop.cancelled() => return Ok(End::of(MessageState::Stopped, Some(FinishReason::Stopped))),
            ready = readying => ready?,
        };
        let entry = self.core.put_on_books(&self.message, &self.answerer, &fitted, fallback).await?;
        let ended = self.listen(model, whole, fitted.prompt).await;
        let outcome = match &ended {
            Ok(End { state: MessageState::Complete, .. }) => "answered".to_owned(),
            Ok(end) => format!("{:?}", end.state).to_lowercase(),
            Err(trouble) => trouble
                .fault
                .as_ref()
                .map_or_else(|| "failed".to_owned(), |fault| format!("{:?}", fault.kind).to_lowercase()),
        };
        let usage = ended.as_ref().ok().and_then(|end| end.usage).or(self.spent).unwrap_or_default();
        let bill = self.core.settle(entry, &self.answerer, usage, outcome).await?;
        self.bill = match (self.bill.filter(|_| self.open.is_some()), bill) {
            (Some(old), Some(new)) => Some(Bill {
                usd_micros: old.usd_micros.saturating_add(new.usd_micros),
                price_known: old.price_known && new.price_known,
                estimated: old.estimated || new.estimated,
            }),
            (old, new) => new.or(old),
        };
        self.core.learn_from(&self.answerer, ended.as_ref().err().map(|trouble| trouble.fault.as_ref()));
        ended
    }

    /// Takes what one model says, until its end.
    async fn listen(&mut self, model: Arc<dyn Model>, whole: Prompt, fitted: Prompt) -> Result<End, Trouble> {
        let (stop, quit) = (self.running.stop.clone(), self.running.quit.clone());
        // A provider is sent what it counts, so it is asked only now that the answer is on the books.
        let prompt = match self.answerer {
            Answerer::Here(_) => fitted,
            Answerer::There(..) => tokio::select! {
                biased;
                () = quit.cancelled() => return Ok(End::of(MessageState::Interrupted, None)),
                () = stop.cancelled() => return Ok(End::of(MessageState::Stopped, Some(FinishReason::Stopped))),
                fitted = context::fit_exactly(model.as_ref(), whole) => fitted?.prompt,
            },
        };
        let cache_key = prompt.cache_key.clone();
        let mut deltas = model.answer(prompt);
        let mut stopping = false;
        loop {
            let due = self.kept_at + KEEP_EVERY;
            tokio::select! {
                biased;
                () = quit.cancelled() => return Ok(End::of(MessageState::Interrupted, None)),
                () = stop.cancelled(), if !stopping => {
                    stopping = true;
                    model.stop(&cache_key);
                }
                () = tokio::time::sleep_until(due), if !self.unkept.is_empty() => self.keep().await?,
                delta = deltas.next() => match delta {
                    // What arrives after Stop was never shown, so it is not kept either.
                    Some(Ok(Delta::Piece { .. } | Delta::Reading { .. })) if stopping => {}
                    Some(Ok(delta)) => if let Some(end) = self.take(delta, stopping) {
                        return Ok(end);
                    },
                    Some(Err(EngineError::Crashed(_) | EngineError::Provider(_))) if stopping => {
                        return Ok(End::of(MessageState::Stopped, Some(FinishReason::Stopped)));
                    }
                    Some(Err(error)) => return Err(error.into()),
                    None => return Err(EngineError::Crashed("it ended without a word".to_owned()).into()),
                },
            }
        }
    }

    /// The conversation up to the answer, with the pictures that the model sees.
    async fn prompt(&mut self, model: &dyn Model) -> Result<Prompt, Trouble> {
        let chat = self.store().chat(self.message.chat).await.map_err(from_store)?;
        let question = self.message.parent.expect("BUG: an answer follows a question");
        let sources = self.store().turns(question).await.map_err(from_store)?;
        let sampling = context::sampling(&chat.settings, &model.facts().default_sampling, rand::random());
        let facts = model.facts();
        self.provenance.engine_build = facts.engine_build.clone();
        self.provenance.template_sha256 = facts.template_sha256.clone();
        self.provenance.template_fallback = facts.template_fallback;
        self.provenance.sampling = sampling;
        let mut prompt = context::prompt(&chat, sources, self.answerer.sees_images(), sampling, self.open.clone());
        for image in prompt.turns.iter_mut().flat_map(|turn| &mut turn.images) {
            image.data = self.store().image(chat.id, image.id).await.map_err(from_store)?.into();
        }
        Ok(prompt)
    }

    /// Shows a delta and notes it for the disk.
    fn take(&mut self, delta: Delta, stopping: bool) -> Option<End> {
        let (chat, id) = (self.message.chat, self.message.id);
        match delta {
            Delta::Reading { read, total } => {
                self.core.events.tell(Event::Answer { chat, message: id, event: AnswerEvent::Reading { read, total } });
                None
            }
            Delta::Piece { kind, text, tokens } => {
                if self.unkept.is_empty() {
                    self.kept_at = Instant::now();
                }
                tracing::trace!(target: "token_way", bytes = text.len(), "a piece arrived");
                self.shown = true;
                self.core.events.add(chat, id, kind, &text);
                push(&mut self.unkept, kind, &text, &tokens);
                None
            }
            // No tool was offered, so none is run.
            Delta::ToolCall { .. } => {
                tracing::info!("a model called a tool that nobody offered; it was passed over");
                None
            }
            Delta::Spent { usage } => {
                self.spent = Some(usage);
                None
            }
            Delta::Finish { reason, usage, prompt_sha256 } => {
                self.provenance.prompt_sha256 = prompt_sha256;
                let stopped = stopping || reason == FinishReason::Stopped;
                let state = if stopped { MessageState::Stopped } else { MessageState::Complete };
                let finish = Some(if stopped { FinishReason::Stopped } else { reason });
                Some(End { state, finish, error: None, usage: Some(usage) })
            }
        }
    }

    /// Puts on disk what is not there yet. Where the disk is full the text stays here and is tried again.
    async fn keep(&mut self) -> Result<(), Failure> {
        if !self.unkept.is_empty() {
            self.store().append_parts(self.message.id, &self.unkept).await.map_err(from_store)?;
            self.unkept.clear();
        }
        self.kept_at = Instant::now();
        Ok(())
    }
}

/// Where it was answered, for the log.
fn place(answerer: &Answerer) -> String {
    use domain::Zone::*;
    match answerer.provider() {
        None => "this computer".to_owned(),
        Some(provider) => {
            let zone = match provider.zone {
                ThisComputer => "this computer",
                OurNetwork => "our network",
                Cloud => "cloud",
            };
            format!("{zone}: {} ({})", provider.name, provider.handle)
        }
    }
}

/// Adds a piece to the unkept parts; one part for each run of a kind, in order.
fn push(parts: &mut Vec<Part>, kind: PartKind, text: &str, tokens: &[i32]) {
    match parts.last_mut() {
        Some(last) if last.kind == kind => {
            last.text.push_str(text);
            last.tokens.extend_from_slice(tokens);
        }
        _ => parts.push(Part { kind, text: text.to_owned(), tokens: tokens.to_vec() }),
    }
}

/// The figures of an answer: of this run, or of all its runs where it went on.
fn joined(old: Usage, new: Option<Usage>, continued: bool) -> Usage {
    match new {
        Some(new) if continued && old.output_tokens > 0 => Usage {
            output_tokens: old.output_tokens + new.output_tokens,
            reasoning_tokens: old.reasoning_tokens + new.reasoning_tokens,
            reasoning_ms: old.reasoning_ms + new.reasoning_ms,
            first_token_ms: old.first_token_ms,
            estimated: old.estimated || new.estimated,
            ..new
        },
        Some(new) => new,
        None => old,
    }
}
