//! From a prompt to tokens, and the state in which its answer begins.

use std::collections::HashSet;

use domain::{EngineError, Prompt, Sampling};
use llama_cpp_2::{token::LlamaToken, vocab::LlamaVocab};
use sha2::{Digest, Sha256};

use crate::{
    conversation,
    load::Loaded,
    reasoning::Reasoning,
    requests::Ticket,
    template::Template,
    writing::{TokenText, Writing},
};

/// How templates of all kinds end a turn.
const END_MARKS: [&str; 8] = [
    "<|im_end|>",
    "<|eot_id|>",
    "<|end|>",
    "<end_of_turn>",
    "<|end_of_text|>",
    "<|endoftext|>",
    "<|END_OF_TURN_TOKEN|>",
    "</s>",
];

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
    pub(crate) sha256: String,
}

/// A prompt for the scheduler.
pub(crate) struct Prepared {
    pub(crate) ticket: Ticket,
    pub(crate) ready: Ready,
}

/// Prepares prompts for one model.
pub(crate) struct Preparation<'a> {
    vocabulary: Vocabulary<'a>,
    template: &'a Template,
    context_tokens: u32,
}

impl<'a> Preparation<'a> {
    /// For this model.
    pub(crate) fn new(loaded: &'a Loaded) -> Self {
        Self {
            vocabulary: Vocabulary::new(loaded),
            template: &loaded.template,
            context_tokens: loaded.facts.context_tokens,
        }
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
        let text = conversation::render(self.template, &conversation::request(&prompt.turns))?;
        let mut digest = Sha256::new_with_prefix(&text);
        let mut tokens = self.vocabulary.tokens(&text);
        let reasoning = Reasoning::after(self.template.source(), &text);
        let written = prompt.open.as_ref().map_or_else(Vec::new, |open| {
            if open.tokens.is_empty() {
                self.vocabulary.written_tokens(&reasoning.spelled(open))
            } else {
                open.tokens.iter().copied().map(LlamaToken).collect()
            }
        });
        let mut writing = Writing::new(reasoning, self.vocabulary.spelled_end_marks.clone());
        for token in written {
            let said = self.vocabulary.text(token);
            digest.update(&said.bytes);
            writing.push(&said);
            tokens.push(token);
        }
        Ok((tokens, writing, hex::encode(digest.finalize())))
    }
}

/// A model's tokens as this worker needs them.
pub(crate) struct Vocabulary<'a> {
    vocabulary: LlamaVocab<'a>,
    bos: Option<LlamaToken>,
    end_tokens: HashSet<LlamaToken>,
    spelled_end_marks: Vec<String>,
}

impl<'a> Vocabulary<'a> {
    /// Of this model.
    pub(crate) fn new(loaded: &'a Loaded) -> Self {
        let vocabulary = loaded.model.vocab();
        let bos = Some(vocabulary.bos()).filter(|bos| bos.0 >= 0 && vocabulary.should_add_bos());
        let template = loaded.template.source();
        // In the channels of gpt-oss this mark ends a thought, not the turn.
        let channels = template.contains("<|channel|>");
        let marks = END_MARKS.iter().filter(|mark| template.contains(**mark) && !(channels && **mark == "<|end|>"));
        let (mut end_tokens, mut spelled_end_marks) = (HashSet::new(), Vec::new());
        for mark in marks {
            match vocabulary.tokenize(mark.as_bytes(), false, true).as_slice() {
                [token] => drop(end_tokens.insert(*token)),
                _ => spelled_end_marks.push((*mark).to_owned()),
            }
        }
        Self { vocabulary, bos, end_tokens, spelled_end_marks }
    }

    /// The model ends its turn with this token.
    pub(crate) fn ends(&self, token: LlamaToken) -> bool {
        self.vocabulary.is_eog(token) || self.end_tokens.contains(&token)
    }

    /// What a token says.
    pub(crate) fn text(&self, token: LlamaToken) -> TokenText {
        if !(0..self.vocabulary.n_tokens()).contains(&token.0) {
            // Tokens of another model, in an answer that goes on with this one.
            return TokenText { bytes: Vec::new(), control: false };
        }
        let control = self.vocabulary.is_control(token);
        TokenText { bytes: self.vocabulary.token_to_piece(token, control, None), control }
    }

    /// Tokens in the vocabulary.
    pub(crate) fn size(&self) -> i32 {
        self.vocabulary.n_tokens()
    }

    /// A prompt's tokens, with exactly one beginning of sequence where the model wants one.
    fn tokens(&self, text: &str) -> Vec<LlamaToken> {
        let mut tokens = self.vocabulary.tokenize(text.as_bytes(), false, true);
        if let Some(bos) = self.bos
            && tokens.first() != Some(&bos)
        {
            tokens.insert(0, bos);
        }
        tokens
    }

    fn written_tokens(&self, text: &str) -> Vec<LlamaToken> {
        self.vocabulary.tokenize(text.as_bytes(), false, true)
    }
}
