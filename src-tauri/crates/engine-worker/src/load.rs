//! From files to a model that can answer.

use std::{
    cell::Cell,
    num::NonZeroU32,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use domain::{EngineError, ModelFacts, Sampling};
use engine_protocol::{BUILD, LoadRequest, ReplyBody};
use gguf::Header;
use llama_cpp_2::{
    context::{LlamaContext, params::LlamaContextParams},
    llama_backend::LlamaBackend,
    model::{LlamaModel, params::LlamaModelParams},
};

use crate::{
    conversation, log,
    memory::{self, Cost},
    requests::Ticket,
    serve::Shared,
    template::{CHATML, Now, Template},
    threads,
};

/// Tokens of one decode at most.
pub(crate) const BATCH_TOKENS: u32 = 512;
/// Between two words on the progress of a load.
const PROGRESS_EVERY: Duration = Duration::from_millis(50);
/// How our starter model calls itself. Its makers know that only greedy decoding gives the answers that it learnt.
const STARTER: &str = "Drawbridge Starter";

/// A loaded model with what is needed to make its context.
pub(crate) struct Loaded {
    backend: LlamaBackend,
    pub(crate) model: LlamaModel,
    /// The files it was loaded from.
    pub(crate) files: Vec<PathBuf>,
    pub(crate) template: Template,
    pub(crate) facts: ModelFacts,
    /// Answers that can run at once.
    pub(crate) sequences: u32,
    threads: u32,
}

impl Loaded {
    /// Loads what is asked for: probes the machine, raises the walls, checks the files with our own reader, and only
    /// then lets llama.cpp read them.
    ///
    /// # Errors
    /// Every [`EngineError`] that a file or a machine can cause.
    pub(crate) fn load(request: &LoadRequest, ticket: &Ticket, shared: &Shared) -> Result<Self, EngineError> {
        let threads = if request.threads == 0 { threads::physical() } else { request.threads };
        let available = memory::available();
        let first = request.files.first().ok_or_else(|| unreadable("no file was named"))?;
        if let Some(missing) = request.files.iter().find(|file| !file.is_file()) {
            return Err(EngineError::ModelMissing(missing.clone()));
        }
        let backend = LlamaBackend::init().map_err(|error| EngineError::Unavailable(error.to_string()))?;
        walls::worker::raise(&request.files).map_err(|error| EngineError::Unavailable(error.to_string()))?;
        let headers = checked(request)?;
        let header = &headers[0];
        let context = memory::context_tokens(
            request.context_tokens,
            header.context_tokens(),
            cost(&headers),
            if request.vocabulary_only { None } else { available },
        );
        let context_tokens = context.map_err(|missing| {
            EngineError::OutOfMemory(format!(
                "about {:.1} GiB more would be needed; choose a smaller context or a smaller model",
                missing as f64 / (1 << 30) as f64
            ))
        })?;
        let model = read_model(first, request.vocabulary_only, &backend, ticket, shared)?;
        let (template, template_fallback) = choose_template(header, &model, shared.now);
        let facts = ModelFacts {
            engine_build: format!("{BUILD}, {}", shared.system_info),
            context_tokens,
            trained_context_tokens: header.context_tokens(),
            template_sha256: template.sha256(),
            template_fallback,
            default_sampling: default_sampling(header),
            vocabulary_only: request.vocabulary_only,
        };
        let sequences = request.sequences.clamp(1, 16);
        Ok(Self { backend, model, files: request.files.clone(), template, facts, sequences, threads })
    }

    /// Makes the context: cells for one full conversation and half of another, shared by all sequences.
    ///
    /// # Errors
    /// [`EngineError::OutOfMemory`].
    pub(crate) fn context(&self) -> Result<LlamaContext<'_>, EngineError> {
        let tokens = self.facts.context_tokens;
        let spare = if self.sequences > 1 { tokens / 2 } else { 0 };
        let threads = i32::try_from(self.threads).unwrap_or(1);
        let parameters = LlamaContextParams::default()
            .with_n_ctx(NonZeroU32::new(tokens + spare))
            .with_n_batch(BATCH_TOKENS)
            .with_n_ubatch(BATCH_TOKENS)
            .with_n_seq_max(self.sequences)
            .with_kv_unified(true)
            .with_n_threads(threads)
            .with_n_threads_batch(threads)
            .with_no_perf(true);
        self.model.new_context(&self.backend, parameters).map_err(|_| {
            let reason = log::take_last_error().unwrap_or_else(|| "the context could not be made".into());
            EngineError::OutOfMemory(reason)
        })
    }
}

/// The template and special tokens of a model file, without loading it.
///
/// # Errors
/// What is wrong with the file.
pub(crate) fn template_of(file: &Path, now: Now) -> Result<Template, EngineError> {
    if !file.is_file() {
        return Err(EngineError::ModelMissing(file.to_owned()));
    }
    let header = gguf::read(file).map_err(|error| unreadable(&error.to_string()))?;
    let tokens = gguf::special_tokens(file).map_err(|error| unreadable(&error.to_string()))?;
    let (bos, eos) = (tokens.bos.unwrap_or_default(), tokens.eos.unwrap_or_default());
    Ok(Template::new(own_template(&header).unwrap_or(CHATML), &bos, &eos, now))
}

fn unreadable(reason: &str) -> EngineError {
    EngineError::ModelUnreadable(reason.to_owned())
}

/// The headers of all parts, each whole and sound.
fn checked(request: &LoadRequest) -> Result<Vec<Header>, EngineError> {
    let read = |file: &PathBuf| gguf::read(file).map_err(|error| unreadable(&error.to_string()));
    let headers: Vec<Header> = request.files.iter().map(read).collect::<Result<_, _>>()?;
    if !request.vocabulary_only {
        headers[0].is_model().map_err(|error| unreadable(&error.to_string()))?;
    }
    Ok(headers)
}

/// What a token of context costs, by the header: keys and values in 16 bits in every layer.
fn cost(headers: &[Header]) -> Cost {
    let header = &headers[0];
    let number = |key: &str| {
        let value = header.metadata.get(&format!("{}.{key}", header.architecture()))?;
        value.as_count().filter(|count| *count < 1 << 20)
    };
    let heads = number("attention.head_count").unwrap_or(32).max(1);
    let width = number("embedding_length").unwrap_or(4_096) / heads;
    let lengths = number("attention.key_length").unwrap_or(width) + number("attention.value_length").unwrap_or(width);
    let layers = number("block_count").unwrap_or(32);
    let token_bytes = 2 * lengths * layers * number("attention.head_count_kv").unwrap_or(heads);
    // Half as many cells again are made for other sequences.
    Cost { model_bytes: headers.iter().map(|header| header.file_bytes).sum(), token_bytes: token_bytes * 3 / 2 }
}

fn read_model(
    first: &Path,
    vocabulary_only: bool,
    backend: &LlamaBackend,
    ticket: &Ticket,
    shared: &Shared,
) -> Result<LlamaModel, EngineError> {
    let (watched, replies) = (ticket.clone(), shared.replies.clone());
    let last = Cell::new(None::<Instant>);
    let parameters =
        LlamaModelParams::default().with_vocab_only(vocabulary_only).with_progress_callback(move |share| {
            let now = Instant::now();
            if share >= 1.0 || last.get().is_none_or(|last| now.duration_since(last) >= PROGRESS_EVERY) {
                last.set(Some(now));
                replies.send(watched.id, ReplyBody::Loading(share));
            }
            !watched.is_cancelled()
        });
    let loaded = LlamaModel::load_from_file(backend, first, &parameters);
    if ticket.is_cancelled() {
        return Err(EngineError::Cancelled);
    }
    loaded.map_err(|error| unreadable(&log::take_last_error().unwrap_or_else(|| error.to_string())))
}

/// The model's own template where it renders, else ChatML.
fn choose_template(header: &Header, model: &LlamaModel, now: Now) -> (Template, bool) {
    let vocabulary = model.vocab();
    let text = |token: llama_cpp_2::token::LlamaToken| {
        // llama.cpp aborts over a token that is not there.
        let known = (0..vocabulary.n_tokens()).contains(&token.0);
        known
            .then(|| vocabulary.text(token))
            .flatten()
            .map(|text| text.to_string_lossy().into_owned())
            .unwrap_or_default()
    };
    let (bos, eos) = (text(vocabulary.bos()), text(vocabulary.eos()));
    let question = serde_json::json!({ "messages": [{ "role": "user", "content": "?" }] });
    if let Some(source) = own_template(header) {
        let template = Template::new(source, &bos, &eos, now);
        match conversation::render(&template, &question) {
            Ok(_) => return (template, false),
            Err(error) => log::line("WARN", &format!("the model's own template is passed over: {error}")),
        }
    }
    (Template::new(CHATML, &bos, &eos, now), true)
}

/// The template under its plain name, else the one named `default`.
fn own_template(header: &Header) -> Option<&str> {
    header.chat_template().or_else(|| header.text("tokenizer.chat_template.default"))
}

/// What the model's makers advise, else ours.
fn default_sampling(header: &Header) -> Sampling {
    let ours = Sampling::default();
    if header.name() == Some(STARTER) {
        return Sampling { temperature: 0.0, ..ours };
    }
    let real = |key: &str, least: f64, most: f64| {
        let value = header.metadata.get(&format!("general.sampling.{key}"))?.as_real()?;
        (least..=most).contains(&value).then_some(value as f32)
    };
    let top_k = header.metadata.get("general.sampling.top_k").and_then(gguf::Value::as_count);
    Sampling {
        temperature: real("temp", 0.0, 2.0).unwrap_or(ours.temperature),
        top_k: top_k.and_then(|k| u32::try_from(k).ok()).unwrap_or(ours.top_k),
        top_p: real("top_p", 0.0, 1.0).unwrap_or(ours.top_p),
        min_p: real("min_p", 0.0, 1.0).unwrap_or(ours.min_p),
        repeat_penalty: real("penalty_repeat", 0.5, 2.0).unwrap_or(ours.repeat_penalty),
        ..ours
    }
}
