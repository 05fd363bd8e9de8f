//! The answers under way: begun, gone on with, stopped, ended.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use domain::{Answer, ChatId, FinishReason, Message, MessageId, MessageState, OpenAnswer, Provenance, Usage};
use store::NewAnswer;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use wire::{Event, Failure};

use crate::{Core, answerer::Answerer, core::lock, failure::from_store, writing::Writing};

/// A notification is worth it after this long.
const LONG_ANSWER: Duration = Duration::from_secs(10);

/// The answers under way.
#[derive(Default)]
pub(crate) struct Answers {
    running: Mutex<HashMap<MessageId, Running>>,
    all_done: Arc<tokio::sync::Notify>,
}

/// An answer under way.
#[derive(Clone)]
pub(crate) struct Running {
    chat: ChatId,
    /// The user wants no more of it.
    pub(crate) stop: CancellationToken,
    /// The core ends.
    pub(crate) quit: CancellationToken,
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
    pub(crate) async fn begin_answer(
        &self,
        chat: ChatId,
        question: MessageId,
        answerer: Answerer,
    ) -> Result<Message, Failure> {
        let answer = self.new_answer(&answerer).await?;
        let new = NewAnswer { id: MessageId::new(), chat, parent: question, answer, at: self.now() };
        let message = self.store_of(chat).begin_answer(&new).await.map_err(from_store)?;
        self.note_message(&message);
        self.run(message.clone(), answerer, None);
        Ok(message)
    }

    async fn new_answer(&self, answerer: &Answerer) -> Result<Answer, Failure> {
        let alone = self.store.providers().await.map_err(from_store)?.is_empty();
        let reason = if alone { "No cloud provider is set up." } else { "You chose this model." };
        let model_sha256 = match answerer {
            Answerer::Here(record) => record.sha256.clone(),
            Answerer::There(..) => None,
        };
        Ok(Answer {
            model: answerer.id(),
            model_name: answerer.name().to_owned(),
            route: answerer.route(reason.to_owned()),
            finish: None,
            error: None,
            usage: Usage::default(),
            provenance: Provenance { model_sha256, ..Provenance::default() },
            bill: None,
        })
    }

    /// Lets an answer that broke off go on.
    pub(crate) async fn reopen_answer(&self, message: MessageId) -> Result<Message, Failure> {
        let old = self.store_with(message).message(message).await.map_err(from_store)?;
        self.refuse_if_busy(old.chat)?;
        let Some(answer) = &old.answer else {
            return Err(Failure::invalid("Only an answer can be continued."));
        };
        if matches!(answer.finish, Some(FinishReason::EndOfTurn | FinishReason::Declined)) {
            return Err(Failure::invalid("This answer is complete; there is nothing to continue."));
        }
        let answerer = self.answerer_of(old.chat).await?;
        if let Some(question) = old.parent {
            let question = self.store_with(question).message(question).await.map_err(from_store)?;
            self.refuse_blind(&answerer, &question.attachments)?;
        }
        self.may_cross(old.chat, &answerer, None).await?;
        let same_model = answerer.id() == answer.model;
        let tokens =
            if same_model { self.store_with(message).tokens(message).await.map_err(from_store)? } else { Vec::new() };
        let open = OpenAnswer { reasoning: old.reasoning.clone(), text: old.text.clone(), tokens };
        let (begun_by, store) = (answer.model_name.clone(), self.store_with(message));
        let mut message = store.reopen_answer(message).await.map_err(from_store)?;
        if !same_model {
            // What crosses must say so, whoever wrote the beginning.
            let route = answerer.route(format!("{begun_by} began it, and you let this model go on."));
            store.reroute_answer(message.id, answerer.id(), answerer.name(), &route).await.map_err(from_store)?;
            message = store.message(message.id).await.map_err(from_store)?;
        }
        self.run(message.clone(), answerer, Some(open));
        Ok(message)
    }

    fn run(&self, message: Message, answerer: Answerer, open: Option<OpenAnswer>) {
        let running = self.answers.enter(message.id, message.chat);
        self.events.begin(message.chat, message.id, &message.text, &message.reasoning);
        let core = self.clone();
        tokio::spawn(async move {
            let began = Instant::now();
            let (chat, id) = (message.chat, message.id);
            let ended = Writing::new(&core, message, answerer, running, open).write().await;
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
