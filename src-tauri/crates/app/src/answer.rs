//! An answer from its first token to its last: asked, shown, kept.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use domain::{
    Answer, ChatId, Delta, EngineError, FinishReason, Message, MessageId, MessageState, Model, ModelRecord, OpenAnswer,
    Part, PartKind, Prompt, Provenance, Route, Usage,
};
use futures_util::StreamExt;
use store::{Ending, NewAnswer};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use wire::{AnswerEvent, Event, Failure};

use crate::{
    Core, context,
    core::lock,
    failure::{from_engine, from_store},
    machine,
};

/// Longest time that a shown token is only in memory; invariant I4 allows 250 ms.
const KEEP_EVERY: Duration = Duration::from_millis(150);
/// A notification is worth it after this long.
const LONG_ANSWER: Duration = Duration::from_secs(10);

/// The answers under way.
#[derive(Default)]
pub(crate) struct Answers {
    running: Mutex<HashMap<MessageId, Running>>,
    all_done: Arc<tokio::sync::Notify>,
}

#[derive(Clone)]
struct Running {
    chat: ChatId,
    stop: CancellationToken,
    quit: CancellationToken,
}

impl Answers {
    /// The answer under way in a chat.
    fn in_chat(&self, chat: ChatId) -> Option<MessageId> {
        lock(&self.running).iter().find(|(_, running)| running.chat == chat).map(|(id, _)| *id)
    }

    fn enter(&self, message: MessageId, chat: ChatId) -> Running {
        let running = Running { chat, stop: CancellationToken::new(), quit: CancellationToken::new() };
        lock(&self.running).insert(message, running.clone());
        running
    }

    fn leave(&self, message: MessageId) {
        lock(&self.running).remove(&message);
        self.all_done.notify_waiters();
    }

    /// Ends every answer as interrupted and waits until all are kept.
    pub(crate) async fn interrupt_all(&self) {
        loop {
            let done = self.all_done.notified();
            {
                let running = lock(&self.running);
                if running.is_empty() {
                    return;
                }
                running.values().for_each(|answer| answer.quit.cancel());
            }
            if tokio::time::timeout(Duration::from_secs(2), done).await.is_err() {
                return; // the parts are on disk; the next start marks the answer
            }
        }
    }
}

impl Core {
    /// Refuses where an answer is under way in the chat: its branch would move under it.
    pub(crate) fn refuse_if_busy(&self, chat: ChatId) -> Result<(), Failure> {
        match self.answers.in_chat(chat) {
            Some(_) => {
                let message =
                    "An answer is still being written in this chat. Stop it first, or wait for its end.".to_owned();
                Err(Failure::Busy { message, chat })
            }
            None => Ok(()),
        }
    }

    /// Stops an answer. What is written is kept.
    pub(crate) fn stop_answer(&self, message: MessageId) {
        if let Some(running) = lock(&self.answers.running).get(&message) {
            running.stop.cancel();
        }
    }

    /// Keeps an empty answer to a question and lets it be written.
    pub(crate) async fn begin_answer(&self, chat: ChatId, question: MessageId) -> Result<Message, Failure> {
        let model = self.model_of_chat(chat).await?;
        let answer = new_answer(&model);
        let new = NewAnswer { id: MessageId::new(), chat, parent: question, answer, at: self.now() };
        let message = self.store_of(chat).begin_answer(&new).await.map_err(from_store)?;
        self.note_message(&message);
        self.run(message.clone(), model, None);
        Ok(message)
    }

    /// Lets an answer that broke off go on.
    pub(crate) async fn reopen_answer(&self, message: MessageId) -> Result<Message, Failure> {
        let old = self.store_with(message).message(message).await.map_err(from_store)?;
        self.refuse_if_busy(old.chat)?;
        let Some(answer) = &old.answer else {
            return Err(Failure::invalid("Only an answer can be continued."));
        };
        if answer.finish == Some(FinishReason::EndOfTurn) {
            return Err(Failure::invalid("This answer is complete; there is nothing to continue."));
        }
        let model = self.model_of_chat(old.chat).await?;
        let same_model = model.id == answer.model;
        let tokens =
            if same_model { self.store_with(message).tokens(message).await.map_err(from_store)? } else { Vec::new() };
        let open = OpenAnswer { reasoning: old.reasoning.clone(), text: old.text.clone(), tokens };
        let message = self.store_with(message).reopen_answer(message).await.map_err(from_store)?;
        self.run(message.clone(), model, Some(open));
        Ok(message)
    }

    fn run(&self, message: Message, model: ModelRecord, open: Option<OpenAnswer>) {
        let running = self.answers.enter(message.id, message.chat);
        self.events.begin(message.chat, message.id, &message.text, &message.reasoning);
        let core = self.clone();
        tokio::spawn(async move {
            let began = Instant::now();
            let (chat, id) = (message.chat, message.id);
            let ended = Writing::new(&core, message, model, running, open).write().await;
            core.answers.leave(id);
            match ended {
                Ok(message) => {
                    core.events.end(message.clone());
                    core.tell_chat(chat).await;
                    core.notify_if_long(&message, began.elapsed());
                    core.title_if_new(&message).await;
                }
                Err(failure) => {
                    // The parts are on disk, so the text is safe; the next start marks the answer.
                    tracing::error!(failure = failure.message(), "an answer could not be finished in the store");
                    core.events.tell(Event::Notice { text: failure.message().to_owned() });
                    if let Ok(message) = core.store_of(chat).message(id).await {
                        core.events.end(message);
                    }
                }
            }
        });
    }

    fn notify_if_long(&self, message: &Message, took: Duration) {
        if took >= LONG_ANSWER && self.settings().notify && !self.platform.host.is_in_front() {
            let body = match message.state {
                MessageState::Complete => "Your answer is ready.",
                _ => "Your answer broke off. What was written is kept.",
            };
            self.platform.host.notify("Drawbridge", body, &format!("chat:{}", message.chat));
        }
    }
}

fn new_answer(model: &ModelRecord) -> Answer {
    Answer {
        model: model.id,
        model_name: model.file.name.clone(),
        route: Route::ThisComputer { reason: "No cloud provider is set up.".to_owned() },
        finish: None,
        error: None,
        usage: Usage::default(),
        provenance: Provenance { model_sha256: model.sha256.clone(), ..Provenance::default() },
    }
}

/// One answer being written.
struct Writing<'a> {
    core: &'a Core,
    message: Message,
    model: ModelRecord,
    running: Running,
    open: Option<OpenAnswer>,
    /// Arrived and not yet on disk.
    unkept: Vec<Part>,
    kept_at: Instant,
    provenance: Provenance,
}

/// How the writing of an answer ended.
struct End {
    state: MessageState,
    finish: Option<FinishReason>,
    error: Option<String>,
    usage: Option<Usage>,
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
    fn new(core: &'a Core, message: Message, model: ModelRecord, running: Running, open: Option<OpenAnswer>) -> Self {
        let provenance = message.answer.as_ref().map(|answer| answer.provenance.clone()).unwrap_or_default();
        Self { core, message, model, running, open, unkept: Vec::new(), kept_at: Instant::now(), provenance }
    }

    /// Where its chat is kept.
    fn store(&self) -> &store::Store {
        self.core.store_of(self.message.chat)
    }

    /// Writes to the end, whatever it is, and keeps it.
    async fn write(mut self) -> Result<Message, Failure> {
        let end = match self.stream().await {
            Ok(end) => end,
            Err(failure) => End::failed(&failure),
        };
        self.keep().await?;
        let old = self.message.answer.as_ref().map(|answer| answer.usage).unwrap_or_default();
        let ending = Ending {
            state: end.state,
            finish: end.finish,
            error: end.error,
            usage: joined(old, end.usage, self.open.is_some()),
            provenance: self.provenance.clone(),
            at: self.core.now(),
        };
        let message = self.store().finish_answer(self.message.id, ending).await.map_err(from_store)?;
        self.put_on_record(&message);
        let speed = end.usage.as_ref().and_then(|usage| machine::after_answer(self.model.speed, usage));
        let _ = self.core.store.touch_model(self.model.id, self.core.now(), speed).await;
        Ok(message)
    }

    /// That it was answered, by what and where; nothing of what was said.
    fn put_on_record(&self, message: &Message) {
        let Some(answer) = &message.answer else { return };
        let Route::ThisComputer { reason } = &answer.route;
        let event = audit::Event::Answered {
            model: answer.model_name.clone(),
            model_sha256: answer.provenance.model_sha256.clone(),
            place: "this computer".to_owned(),
            reason: reason.clone(),
            prompt_tokens: answer.usage.prompt_tokens,
            output_tokens: answer.usage.output_tokens,
            state: format!("{:?}", message.state).to_lowercase(),
        };
        self.core.note(event, Some(message.chat));
    }

    async fn stream(&mut self) -> Result<End, Failure> {
        let (stop, quit) = (self.running.stop.clone(), self.running.quit.clone());
        let loading = self.core.load_for(&self.model, self.message.chat, Some(self.message.id));
        let model = tokio::select! {
            biased;
            () = quit.cancelled() => return Ok(End::of(MessageState::Interrupted, None)),
            () = stop.cancelled() => return Ok(End::of(MessageState::Stopped, Some(FinishReason::Stopped))),
            model = loading => model?,
        };
        let prompt = self.prompt(model.as_ref()).await?;
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
                    Some(Err(EngineError::Crashed(_))) if stopping => {
                        return Ok(End::of(MessageState::Stopped, Some(FinishReason::Stopped)));
                    }
                    Some(Err(error)) => return Err(from_engine(error)),
                    None => return Err(from_engine(EngineError::Crashed("it ended without a word".to_owned()))),
                },
            }
        }
    }

    /// The conversation up to the answer, fitted into the context.
    async fn prompt(&mut self, model: &dyn Model) -> Result<Prompt, Failure> {
        let chat = self.store().chat(self.message.chat).await.map_err(from_store)?;
        let question = self.message.parent.expect("BUG: an answer follows a question");
        let sources = self.store().turns(question).await.map_err(from_store)?;
        let sampling = context::sampling(&chat.settings, &model.facts().default_sampling, rand::random());
        let facts = model.facts();
        self.provenance.engine_build = facts.engine_build.clone();
        self.provenance.template_sha256 = facts.template_sha256.clone();
        self.provenance.template_fallback = facts.template_fallback;
        self.provenance.sampling = sampling;
        let prompt = context::prompt(&chat, sources, sampling, self.open.clone());
        let fitted = context::fit(model, prompt).await.map_err(from_engine)?;
        Ok(fitted.prompt)
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
                self.core.events.add(chat, id, kind, &text);
                push(&mut self.unkept, kind, &text, &tokens);
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
            reasoning_ms: old.reasoning_ms + new.reasoning_ms,
            first_token_ms: old.first_token_ms,
            ..new
        },
        Some(new) => new,
        None => old,
    }
}
