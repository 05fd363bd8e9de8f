//! Chat templates: a model's own Jinja, rendered as Hugging Face's transformers would, within limits.
//!
//! The environment is that of `transformers.utils.chat_template_utils`: jinja2 with `trim_blocks` and
//! `lstrip_blocks`, `raise_exception`, `strftime_now`, Python's `json.dumps` behind `tojson`, and loop controls. A
//! template is a stranger's program: it gets neither files nor clock but the one given, its steps are counted, its
//! output is bounded, and its time ends.

use std::{sync::mpsc, thread, time::Duration};

use domain::EngineError;
use minijinja::{Environment, Error, ErrorKind, UndefinedBehavior, syntax::SyntaxConfig};
use serde_json::Value as Json;
use sha2::{Digest, Sha256};

mod functions;
mod json;
mod output;
mod syntax;
mod value;

pub(crate) use functions::Now;

/// Steps of the template machine; a conversation of ten thousand turns needs a third.
const FUEL: u64 = 10_000_000;
/// As long as a frame.
const MAX_OUTPUT_BYTES: usize = 16 * 1024 * 1024;
/// A template that takes longer has lost its way among long strings, which cost little fuel.
const PATIENCE: Duration = Duration::from_secs(20);
/// Nested blocks and macros recurse on the native stack.
const STACK_BYTES: usize = 16 * 1024 * 1024;

/// What stands in where a model has no template that renders: the format that most models know.
pub(crate) const CHATML: &str = "{% for message in messages %}{{ '<|im_start|>' + message.role + '\n' + message.content + '<|im_end|>\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";

/// A template with the tokens that it may name.
#[derive(Debug, Clone)]
pub(crate) struct Template {
    source: String,
    /// As minijinja reads it.
    adapted: String,
    bos: String,
    eos: String,
    now: Now,
}

impl Template {
    /// A template's text; nothing is compiled yet.
    pub(crate) fn new(source: &str, bos: &str, eos: &str, now: Now) -> Self {
        Self {
            source: source.to_owned(),
            adapted: syntax::adapted(source),
            bos: bos.to_owned(),
            eos: eos.to_owned(),
            now,
        }
    }

    /// Its text.
    pub(crate) fn source(&self) -> &str {
        &self.source
    }

    /// SHA-256 of its text, in hex.
    pub(crate) fn sha256(&self) -> String {
        hex::encode(Sha256::digest(&self.source))
    }

    /// Renders a request: `messages`, optional `tools` and `add_generation_prompt`, and whatever else the template
    /// asks for.
    ///
    /// # Errors
    /// [`EngineError::Template`] with the template's own words where it raises, else what is wrong with it.
    pub(crate) fn render(&self, request: &Json) -> Result<String, EngineError> {
        let (template, request) = (self.clone(), request.clone());
        let (sender, receiver) = mpsc::channel();
        thread::Builder::new()
            .name("template".into())
            .stack_size(STACK_BYTES)
            .spawn(move || sender.send(template.rendered(&request)))
            .map_err(|error| EngineError::Template(format!("no thread can be started: {error}")))?;
        match receiver.recv_timeout(PATIENCE) {
            Ok(rendered) => rendered.map_err(|error| EngineError::Template(in_words(&error))),
            Err(mpsc::RecvTimeoutError::Timeout) => Err(EngineError::Template("it takes too long".into())),
            Err(mpsc::RecvTimeoutError::Disconnected) => Err(EngineError::Template("it broke the renderer".into())),
        }
    }

    fn rendered(&self, request: &Json) -> Result<String, Error> {
        let environment = self.environment()?;
        let template = environment.template_from_named_str("chat_template", &self.adapted)?;
        let mut output = output::Bounded::new(MAX_OUTPUT_BYTES);
        let rendered = template.render_captured_to(value::context(request, &self.bos, &self.eos), &mut output);
        if output.is_full() {
            return Err(Error::new(ErrorKind::WriteFailure, "it writes more than 16 MiB"));
        }
        rendered?;
        Ok(output.into_text())
    }

    fn environment(&self) -> Result<Environment<'static>, Error> {
        let mut environment = Environment::new();
        environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
        environment.set_undefined_behavior(UndefinedBehavior::Lenient);
        environment.set_fuel(Some(FUEL));
        environment.set_debug(false);
        functions::install(&mut environment, self.now);
        Ok(environment)
    }
}

/// An error as a person can use it: a raised one is the template's own sentence.
fn in_words(error: &Error) -> String {
    if let Some(raised) = functions::raised(error) {
        return raised.to_owned();
    }
    let what = error.detail().map_or_else(|| error.kind().to_string(), str::to_owned);
    match (error.kind(), error.line()) {
        (ErrorKind::OutOfFuel, _) => "it does not come to an end".into(),
        (_, Some(line)) => format!("{what} (line {line})"),
        (_, None) => what,
    }
}

#[cfg(test)]
mod tests;
