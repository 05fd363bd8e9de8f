//! The command line's use cases: a question answered in a terminal, a prompt rendered, a file inspected.

mod provider;
mod usage;

use std::{path::PathBuf, sync::Arc};

use domain::{
    Attachment, Bill, ChatId, ChatPatch, ChatSettings, Delta, Engine, EngineError, FinishReason, MessageState, Model,
    ModelFile, ModelId, PartKind, Prompt, RenderSource, Role, Route, Sampling, Settings, Turn, Usage, Zone,
};
use futures_util::StreamExt;
use store::PromptSource;
use tokio::sync::mpsc;
use wire::{AnswerEvent, ChatCreate, ChatSend, Event, Failure};

pub use usage::{dollars, latest_days};

use crate::{Core, Platform, Profile, attach, context, core::lock, failure::from_engine, library, open::start_engine};

/// A model, as it is named in a terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named {
    /// A file on this computer.
    File(PathBuf),
    /// One of a provider's.
    Of {
        /// The provider's short name.
        handle: String,
        /// What the provider calls the model.
        model: String,
    },
}

/// A question from a terminal.
#[derive(Debug, Clone, Default)]
pub struct Ask {
    /// Question.
    pub question: String,
    /// Files that go with it.
    pub attachments: Vec<PathBuf>,
    /// Who answers; the default model where it is not set.
    pub model: Option<Named>,
    /// System prompt, sampler and lengths.
    pub settings: ChatSettings,
}

/// What arrives while a question is answered.
#[derive(Debug, Clone, PartialEq)]
pub enum AskEvent {
    /// The model is on its way into memory, 0 to 1.
    Loading(f32),
    /// The prompt is being read.
    Reading {
        /// Tokens read.
        read: u32,
        /// Tokens in all.
        total: u32,
    },
    /// More text or reasoning.
    Piece(PartKind, String),
}

/// An answer in a terminal.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    /// The chat that holds it now.
    pub kept: Option<ChatId>,
    /// Why it was not kept, as a sentence.
    pub not_kept_because: Option<String>,
    /// Why the chats that were begun with it are kept unencrypted, as a sentence.
    pub plain_because: Option<String>,
    /// The answer.
    pub text: String,
    /// Its reasoning.
    pub reasoning: String,
    /// The model's name.
    pub model_name: String,
    /// The provider's name; none where the engine of this computer answered.
    pub provider: Option<String>,
    /// Where it was answered.
    pub zone: Zone,
    /// Why another answered than the chosen one, as a sentence.
    pub in_place: Option<String>,
    /// What it cost; none where nobody charges.
    pub bill: Option<Bill>,
    /// How it ended.
    pub finish: Option<FinishReason>,
    /// Why it broke off, as a sentence.
    pub error: Option<String>,
    /// Figures.
    pub usage: Usage,
    /// Sampler with the seed that was used.
    pub sampling: Sampling,
}

/// Answers a question and keeps both in a new chat; where the chats cannot be opened for want of their key, answers and
/// keeps nothing. `interrupt` ends the answer early; what was written is kept then.
///
/// # Errors
/// What the store (other than its key) or the engine says.
pub async fn ask(
    profile: Profile,
    platform: Platform,
    ask: Ask,
    interrupt: impl Future<Output = ()>,
    mut on: impl FnMut(AskEvent),
) -> Result<Asked, Failure> {
    let is_new = matches!(store::kind(&profile.data_folder), Ok(store::DatabaseKind::Missing));
    match crate::open(profile.clone(), platform).await {
        Ok(core) => {
            let asked = ask_and_keep(&core, ask, interrupt, &mut on).await;
            core.shut_down().await;
            // Said once, when it is decided; afterwards it would only be noise.
            asked.map(|asked| Asked { plain_because: asked.plain_because.filter(|_| is_new), ..asked })
        }
        Err(Failure::StoreLocked { message, .. } | Failure::PassphraseNeeded { message }) => {
            ask_unkept(&profile, ask, interrupt, &mut on, message).await
        }
        Err(failure) => Err(failure),
    }
}

async fn ask_and_keep(
    core: &Arc<Core>,
    ask: Ask,
    interrupt: impl Future<Output = ()>,
    on: &mut impl FnMut(AskEvent),
) -> Result<Asked, Failure> {
    let model = match &ask.model {
        Some(Named::File(path)) => Some(core.import_model(path).await?.id),
        Some(Named::Of { handle, model }) => Some(core.named(handle, model).await?),
        None => None,
    };
    tokio::pin!(interrupt);
    let chat = core.create_chat(ChatCreate { folder: None, assistant: None, temporary: false }).await?.id;
    let patch = ChatPatch { model: Some(model), settings: Some(ask.settings), ..ChatPatch::default() };
    core.change_chat(chat, patch).await?;
    let (send, mut receive) = mpsc::unbounded_channel();
    let _watch = core.watch(Arc::new(move |batch| {
        let _ = send.send(batch);
    }));
    // It may be asked first whether the question may cross.
    let sending = async {
        let chosen = core.answerer_of(chat).await?.id();
        core.attach_files(chat, ask.attachments).await?;
        let sent = core.send(ChatSend { chat, text: ask.question, parent: None, edit_of: None }).await?;
        Ok((chosen, sent))
    };
    let sent = tokio::select! {
        biased;
        () = &mut interrupt => Err(Failure::Cancelled { message: "Nothing was asked.".to_owned() }),
        sent = sending => sent,
    };
    let (chosen, sent) = match sent {
        Ok(sent) => sent,
        Err(failure) => {
            core.leave_no_empty(chat).await;
            return Err(failure);
        }
    };
    let mut interrupted = false;
    loop {
        let batch = tokio::select! {
            () = &mut interrupt, if !interrupted => {
                interrupted = true;
                core.stop_answer(sent.answer.id);
                continue;
            }
            batch = receive.recv() => batch.ok_or_else(|| Failure::unexpected("The core ended before the answer did."))?,
        };
        for event in batch.events {
            match event {
                Event::Answer { event: AnswerEvent::Loading { share }, .. } => on(AskEvent::Loading(share)),
                Event::Answer { event: AnswerEvent::Reading { read, total }, .. } => {
                    on(AskEvent::Reading { read, total })
                }
                Event::Answer { event: AnswerEvent::Text { part, text }, .. } => on(AskEvent::Piece(part, text)),
                Event::Answer { event: AnswerEvent::Ended { message }, .. } => {
                    return Ok(asked(core, chosen, *message).await);
                }
                _ => {}
            }
        }
    }
}

async fn asked(core: &Core, chosen: ModelId, message: domain::Message) -> Asked {
    let answer = message.answer.expect("BUG: an ended answer has its facts");
    let broke_off = matches!(message.state, MessageState::Failed | MessageState::Interrupted);
    let in_place = (answer.model != chosen).then(|| answer.route.reason().to_owned());
    let (zone, provider) = match answer.route {
        Route::Cloud { provider, .. } => (Zone::Cloud, Some(provider)),
        Route::OurNetwork { provider, .. } => (Zone::OurNetwork, Some(provider)),
        Route::ThisComputer { .. } => {
            let by = core.answerer(answer.model).await.ok();
            (Zone::ThisComputer, by.and_then(|by| by.provider().map(|provider| provider.name.clone())))
        }
    };
    Asked {
        kept: Some(message.chat),
        not_kept_because: None,
        plain_because: match &core.keeping {
            wire::Keeping::Plain { reason } => Some(reason.clone()),
            wire::Keeping::Encrypted => None,
        },
        text: message.text,
        reasoning: message.reasoning,
        model_name: answer.model_name,
        provider,
        zone,
        in_place,
        bill: answer.bill,
        finish: answer.finish,
        error: answer.error.filter(|_| broke_off),
        usage: answer.usage,
        sampling: answer.provenance.sampling,
    }
}

/// Answers without a store: nothing of it touches the disk.
async fn ask_unkept(
    profile: &Profile,
    ask: Ask,
    interrupt: impl Future<Output = ()>,
    on: &mut impl FnMut(AskEvent),
    because: String,
) -> Result<Asked, Failure> {
    let path = match ask.model {
        None => profile.starter_model.clone(),
        Some(Named::File(path)) => path,
        Some(Named::Of { .. }) => {
            let message = format!("{because} A provider and its key are known only there. Nothing was sent.");
            return Err(Failure::StoreLocked { message, ways: Vec::new(), by_user: false });
        }
    };
    let (file, _) = library::inspect(&path)?;
    let attachments = attach::texts(&ask.attachments)?;
    let files = gguf::parts(&path).map_err(|error| Failure::ModelUnreadable { message: error.to_string() })?;
    let engine = start_engine(profile, &Settings::default()).map_err(from_engine)?;
    tokio::pin!(interrupt);
    let loading = load_with_progress(engine.as_ref(), files, ask.settings.context_tokens, on);
    let model = tokio::select! {
        () = &mut interrupt => Err(EngineError::Cancelled),
        model = loading => model,
    };
    let model = match model {
        Ok(model) => model,
        Err(error) => {
            engine.shut_down().await;
            return Err(from_engine(error));
        }
    };
    let sampling = context::sampling(&ask.settings, &model.facts().default_sampling, rand::random());
    let prompt = context::fit(model.as_ref(), plain_prompt(&ask.settings, ask.question, attachments, sampling))
        .await
        .map_err(from_engine)?
        .prompt;
    let mut asked = Asked {
        kept: None,
        not_kept_because: Some(because),
        plain_because: None,
        text: String::new(),
        reasoning: String::new(),
        model_name: file.name,
        provider: None,
        zone: Zone::ThisComputer,
        in_place: None,
        bill: None,
        finish: None,
        error: None,
        usage: Usage::default(),
        sampling,
    };
    let key = prompt.cache_key.clone();
    let mut deltas = model.answer(prompt);
    let mut interrupted = false;
    loop {
        let delta = tokio::select! {
            () = &mut interrupt, if !interrupted => {
                interrupted = true;
                model.stop(&key);
                continue;
            }
            delta = deltas.next() => delta,
        };
        match delta {
            Some(Ok(Delta::Reading { read, total })) => on(AskEvent::Reading { read, total }),
            Some(Ok(Delta::Piece { kind, text, .. })) => {
                match kind {
                    PartKind::Text => asked.text.push_str(&text),
                    PartKind::Reasoning => asked.reasoning.push_str(&text),
                }
                on(AskEvent::Piece(kind, text));
            }
            Some(Ok(Delta::Finish { reason, usage, .. })) => {
                (asked.finish, asked.usage) = (Some(reason), usage);
                break;
            }
            Some(Ok(Delta::Spent { .. } | Delta::ToolCall { .. })) => {}
            Some(Err(error)) => {
                asked.error = Some(from_engine(error).message().to_owned());
                break;
            }
            None => break,
        }
    }
    engine.shut_down().await;
    Ok(asked)
}

/// Loads a model and says how far it is.
async fn load_with_progress(
    engine: &dyn Engine,
    files: Vec<PathBuf>,
    context_tokens: Option<u32>,
    on: &mut impl FnMut(AskEvent),
) -> Result<Arc<dyn Model>, EngineError> {
    let (send, mut shares) = mpsc::unbounded_channel();
    let progress = Arc::new(move |share| {
        let _ = send.send(share);
    });
    let loading = engine.load(files, context_tokens, progress);
    tokio::pin!(loading);
    loop {
        tokio::select! {
            model = &mut loading => return model,
            Some(share) = shares.recv() => on(AskEvent::Loading(share)),
        }
    }
}

fn plain_prompt(settings: &ChatSettings, text: String, attachments: Vec<Attachment>, sampling: Sampling) -> Prompt {
    let system = settings.system_prompt.trim();
    let system = (!system.is_empty()).then(|| Turn::said(Role::System, system));
    let question = PromptSource { role: Role::User, text, reasoning: String::new(), attachments };
    let turns = system.into_iter().chain([context::turn(question, &context::Sight::None)]).collect();
    Prompt { cache_key: "terminal".to_owned(), turns, open: None, sampling }
}

/// Renders messages (JSON in OpenAI's shape) exactly as the model would get them. Opens no store.
///
/// # Errors
/// [`Failure::ModelUnreadable`] with the template's own words, among others.
pub async fn render(profile: &Profile, source: RenderSource, request_json: String) -> Result<String, Failure> {
    let engine = start_engine(profile, &Settings::default()).map_err(from_engine)?;
    let rendered = engine.render(source, request_json).await.map_err(from_engine);
    engine.shut_down().await;
    rendered
}

/// What a model file's header says.
#[derive(Debug, Clone, PartialEq)]
pub struct Inspection {
    /// The facts that the library shows.
    pub file: ModelFile,
    /// Version of the format.
    pub gguf_version: u32,
    /// Tensors.
    pub tensors: usize,
    /// Chat template, as Jinja text.
    pub template: Option<String>,
}

/// Reads a model file's header. Opens no store and starts no worker.
///
/// # Errors
/// [`Failure::ModelMissing`] or [`Failure::ModelUnreadable`] with a sentence.
pub fn inspect(path: &std::path::Path) -> Result<Inspection, Failure> {
    let (file, header) = library::inspect(path)?;
    let template = header.chat_template().map(str::to_owned);
    Ok(Inspection { file, gguf_version: header.version, tensors: header.tensors.len(), template })
}

impl Core {
    /// Adds a model file to the library, where it lies.
    ///
    /// # Errors
    /// [`Failure::ModelMissing`] or [`Failure::ModelUnreadable`] with a sentence.
    pub async fn import(&self, path: &std::path::Path) -> Result<wire::ModelCard, Failure> {
        self.import_model(path).await
    }

    /// Sentences of this start that somebody should read, once.
    pub fn take_notices(&self) -> Vec<String> {
        std::mem::take(&mut *lock(&self.notices))
    }
}
