//! From a prompt to tokens, and the state in which its answer begins.

use domain::{EngineError, OpenAnswer, Prompt, Sampling, Turn};
use llama_cpp_2::{model::LlamaModel, token::LlamaToken};
use sha2::{Digest, Sha256};

use crate::{
    conversation, log, marks::Marks, reasoning::Reasoning, requests::Ticket, template::Template,
    vocabulary::Vocabulary, writing::Writing,
};

/// A prompt in tokens, ready to be read.
pub(crate) struct Ready {
    /// The prompt and, where an answer goes on, what is written of it.
    pub(crate) tokens: Vec<LlamaToken>,
    /// The state in which the answer begins or goes on.
    pub(crate) writing: Writing,
    /// Names the conversation.
    pub(crate) cache_key: String,
    pub(crate) sampling: Sampling,
    /// SHA-256 of the prompt's text, in hex.
    sha256: String,
}

/// A prompt for the scheduler.
pub(crate) struct Prepared {
    pub(crate) ticket: Ticket,
    pub(crate) ready: Ready,
}

impl Prepared {
    /// With what is known of the answer before it begins.
    pub(crate) fn new(ticket: Ticket, ready: Ready) -> Self {
        {
            let mut figures = ticket.figures();
            figures.usage.prompt_tokens = u32::try_from(ready.tokens.len()).unwrap_or(u32::MAX);
            figures.prompt_sha256.clone_from(&ready.sha256);
        }
        Self { ticket, ready }
    }
}

/// Prepares prompts for one model.
pub(crate) struct Preparation<'a> {
    vocabulary: Vocabulary<'a>,
    /// What only the template may write; all of it, and without what a template may look for in a turn.
    marks: [Marks; 2],
    template: &'a Template,
    context_tokens: u32,
}

impl<'a> Preparation<'a> {
    /// For this model with this template.
    pub(crate) fn new(model: &'a LlamaModel, template: &'a Template, context_tokens: u32) -> Self {
        let vocabulary = Vocabulary::new(model, template.source());
        let marks = [vocabulary.marks(Some(template.source())), vocabulary.marks(None)];
        Self { vocabulary, marks, template, context_tokens }
    }

    /// Tokens of a prompt.
    ///
    /// # Errors
    /// [`EngineError::Template`].
    pub(crate) fn count(&self, prompt: &Prompt) -> Result<u32, EngineError> {
        Ok(u32::try_from(self.tokens(prompt)?.0.len()).unwrap_or(u32::MAX))
    }

    /// A prompt that fits, in tokens.
    ///
    /// # Errors
    /// [`EngineError::Template`] and [`EngineError::ContextTooLong`].
    pub(crate) fn ready(&self, prompt: Prompt) -> Result<Ready, EngineError> {
        let (tokens, writing, sha256) = self.tokens(&prompt)?;
        let needed = u32::try_from(tokens.len()).unwrap_or(u32::MAX);
        if needed >= self.context_tokens {
            return Err(EngineError::ContextTooLong { needed, limit: self.context_tokens });
        }
        Ok(Ready { tokens, writing, cache_key: prompt.cache_key, sampling: prompt.sampling, sha256 })
    }

    fn tokens(&self, prompt: &Prompt) -> Result<(Vec<LlamaToken>, Writing, String), EngineError> {
        let (text, cuts) = self.text(&prompt.turns)?;
        let mut digest = Sha256::new_with_prefix(&text);
        let mut tokens = self.vocabulary.prompt_tokens(&text, &cuts);
        let reasoning = Reasoning::after(self.template.source(), &text);
        let written = prompt.open.as_ref().map_or_else(Vec::new, |open| {
            if open.tokens.is_empty() {
                self.written_tokens(&reasoning, open)
            } else {
                open.tokens.iter().copied().map(LlamaToken).collect()
            }
        });
        let mut writing = Writing::new(reasoning, self.vocabulary.spelled_end_marks());
        for token in written {
            let said = self.vocabulary.text(token);
            digest.update(&said.bytes);
            writing.push(&said);
            tokens.push(token);
        }
        Ok((tokens, writing, hex::encode(digest.finalize())))
    }

    /// The prompt's text, and where it is to be cut so that what a turn spells is no special token.
    fn text(&self, turns: &[Turn]) -> Result<(String, Vec<usize>), EngineError> {
        let render = |turns: &[Turn]| conversation::render(self.template, &conversation::request(turns));
        let text = render(turns)?;
        for marks in &self.marks {
            let Some(masked) = marks.masked_turns(turns) else { return Ok((text, Vec::new())) };
            if let Some(cuts) = render(&masked).ok().and_then(|masked| marks.cuts(&text, &masked)) {
                return Ok((text, cuts));
            }
        }
        log::line("WARN", "the template changes turns that spell special tokens; they are read with a space inside");
        Ok((render(&self.marks[0].broken_turns(turns))?, Vec::new()))
    }

    /// Tokens of an answer of which only the text is known.
    fn written_tokens(&self, reasoning: &Reasoning, open: &OpenAnswer) -> Vec<LlamaToken> {
        let [marks, _] = &self.marks;
        let text = reasoning.spelled(open);
        let masked = reasoning.spelled(&marks.masked_answer(open));
        let cuts = marks.cuts(&text, &masked).expect("BUG: what is put together from two texts keeps their letters");
        self.vocabulary.tokens(&text, &cuts)
    }
}

#[cfg(test)]
mod tests;
