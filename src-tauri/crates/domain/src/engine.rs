//! The traits that local engines and providers answer through.

use std::{future::Future, path::PathBuf, pin::Pin, sync::Arc};

use futures_core::Stream;
use serde::{Deserialize, Serialize};

use crate::{Device, FinishReason, MachineSpeed, ModelFacts, PartKind, Prompt, ProviderFault, Usage};

/// A future that can be held behind a trait object.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
/// A stream that can be held behind a trait object.
pub type BoxStream<T> = Pin<Box<dyn Stream<Item = T> + Send>>;
/// Called with the share of a model that is loaded, 0 to 1.
pub type LoadProgress = Arc<dyn Fn(f32) + Send + Sync>;

/// What arrives while a model answers, in order.
#[derive(Debug, Clone, PartialEq)]
pub enum Delta {
    /// The prompt was rendered and is being read.
    Reading {
        /// Tokens read so far, cached ones included.
        read: u32,
        /// Tokens in all.
        total: u32,
    },
    /// Text or reasoning, with the tokens that made it.
    Piece {
        /// Text or reasoning.
        kind: PartKind,
        /// Whole characters; may be empty.
        text: String,
        /// Tokens.
        tokens: Vec<i32>,
    },
    /// A piece of a call of a tool; nothing here offers tools, so it is counted and not obeyed.
    ToolCall {
        /// Which call.
        index: u32,
        /// The provider's id, with the first piece.
        id: Option<String>,
        /// Name of the tool, with the first piece.
        name: Option<String>,
        /// A piece of the arguments' JSON.
        arguments: String,
    },
    /// Figures so far, for an answer that may break off.
    Spent {
        /// Figures.
        usage: Usage,
    },
    /// The end.
    Finish {
        /// Why.
        reason: FinishReason,
        /// Figures.
        usage: Usage,
        /// SHA-256 of the rendered prompt, in hex.
        prompt_sha256: String,
    },
}

/// How large a prompt is for a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PromptSize {
    /// Tokens of the rendered prompt.
    pub tokens: u32,
    /// Tokens that the context holds.
    pub context_tokens: u32,
}

/// Why an engine could not do what was asked. Each message says what happened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum EngineError {
    /// The file is not where it was.
    #[error("The model file {} is not there any more.", .0.display())]
    ModelMissing(PathBuf),
    /// The file is there and no model that the engine can run.
    #[error("The model could not be read: {0}")]
    ModelUnreadable(String),
    /// The prompt does not fit.
    #[error("The conversation needs {needed} tokens and the model holds {limit}.")]
    ContextTooLong {
        /// Tokens of the prompt.
        needed: u32,
        /// Tokens of the context.
        limit: u32,
    },
    /// Memory ran out.
    #[error("There is not enough memory for this model: {0}")]
    OutOfMemory(String),
    /// The chat template failed.
    #[error("The model's chat template failed: {0}")]
    Template(String),
    /// The worker died.
    #[error("The engine stopped unexpectedly: {0}")]
    Crashed(String),
    /// Somebody cancelled.
    #[error("Cancelled.")]
    Cancelled,
    /// The worker cannot be started, or speaks another version.
    #[error("The engine cannot be started: {0}")]
    Unavailable(String),
    /// A provider did not answer, or not to the end.
    #[error("{0}")]
    Provider(ProviderFault),
}

/// A model that is loaded and can be asked.
pub trait Model: Send + Sync {
    /// What the worker says of it.
    fn facts(&self) -> &ModelFacts;

    /// Answers. The stream ends after [`Delta::Finish`] or an error; dropping it cancels.
    fn answer(&self, prompt: Prompt) -> BoxStream<Result<Delta, EngineError>>;

    /// Ends answers under way as if their streams were dropped, yet lets each end with `Finish { Stopped }`.
    fn stop(&self, cache_key: &str);

    /// Counts the tokens of a prompt with the model's own template and tokenizer.
    fn measure(&self, prompt: Prompt) -> BoxFuture<'_, Result<PromptSize, EngineError>>;

    /// The same as exactly as it can be had, and at a price: a provider is sent the whole text. Only for a prompt that is
    /// about to be asked.
    fn count(&self, prompt: Prompt) -> BoxFuture<'_, Result<PromptSize, EngineError>> {
        self.measure(prompt)
    }

    /// False once its worker has died.
    fn is_alive(&self) -> bool;
}

/// Starts models.
pub trait Engine: Send + Sync {
    /// The model of these files with this context, started if need be. Calls for the same files share one worker;
    /// another context size reloads it once no answer is under way.
    ///
    /// # Errors
    /// See [`EngineError`].
    fn load(
        &self,
        files: Vec<PathBuf>,
        context_tokens: Option<u32>,
        progress: LoadProgress,
    ) -> BoxFuture<'_, Result<Arc<dyn Model>, EngineError>>;

    /// The model of these files if it is loaded now.
    fn loaded(&self, files: &[PathBuf]) -> Option<Arc<dyn Model>>;

    /// Ends the workers that have these files open and waits until they are gone; answers under way break off.
    fn unload(&self, files: &[PathBuf]) -> BoxFuture<'_, ()>;

    /// Tokeniser and template of these files without weights, for counting.
    ///
    /// # Errors
    /// See [`EngineError`].
    fn vocabulary(&self, files: Vec<PathBuf>) -> BoxFuture<'_, Result<Arc<dyn Model>, EngineError>>;

    /// Renders messages in OpenAI's shape (JSON: `messages`, optional `tools`, `add_generation_prompt`) exactly as
    /// the model would get them.
    ///
    /// # Errors
    /// See [`EngineError`].
    fn render(&self, source: RenderSource, request_json: String) -> BoxFuture<'_, Result<String, EngineError>>;

    /// Measures this computer in about ten seconds with a worker of its own, and names the devices that its build can
    /// use. Loads no model. Dropping it ends the worker.
    ///
    /// # Errors
    /// See [`EngineError`].
    fn measure_machine(&self) -> BoxFuture<'_, Result<(MachineSpeed, Vec<Device>), EngineError>>;

    /// Ends every worker and waits until they are gone.
    fn shut_down(&self) -> BoxFuture<'_, ()>;
}

/// Whose template renders.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum RenderSource {
    /// The template, and the bos and eos tokens, of a model file.
    Model(PathBuf),
    /// A template's text with its tokens.
    Template {
        /// Jinja text.
        template: String,
        /// Text of the beginning-of-sequence token.
        bos: String,
        /// Text of the end-of-sequence token.
        eos: String,
    },
}
