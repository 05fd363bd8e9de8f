//! A model's tokens as this worker needs them.

use std::collections::HashSet;

use llama_cpp_2::{model::LlamaModel, token::LlamaToken, token_type::LlamaTokenAttr, vocab::LlamaVocab};

use crate::{marks::Marks, writing::TokenText};

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

/// The vocabulary of a model, read with its template in mind.
pub(crate) struct Vocabulary<'a> {
    vocabulary: LlamaVocab<'a>,
    bos: Option<LlamaToken>,
    end_tokens: HashSet<LlamaToken>,
    spelled_end_marks: Vec<String>,
    /// It puts a space before every text that follows a special token, or nothing.
    prefixes_space: bool,
}

impl<'a> Vocabulary<'a> {
    /// Of this model with this template.
    pub(crate) fn new(model: &'a LlamaModel, template: &str) -> Self {
        let vocabulary = model.vocab();
        let bos = Some(vocabulary.bos()).filter(|bos| bos.0 >= 0 && vocabulary.should_add_bos());
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
        let first = vocabulary.tokenize(b"a", false, false).first().copied();
        let prefixes_space = first.is_some_and(|token| vocabulary.token_to_piece(token, false, None).starts_with(b" "));
        Self { vocabulary, bos, end_tokens, spelled_end_marks, prefixes_space }
    }

    /// What nobody but the template may write: the tokens that steer; and, where `template` names any, tokens that a
    /// careless conversion took for text.
    pub(crate) fn marks(&self, template: Option<&str>) -> Marks {
        let steers =
            |attributes: LlamaTokenAttr| move |token: &LlamaToken| self.vocabulary.attr(*token).contains(attributes);
        let (control, unknown) = (steers(LlamaTokenAttr::Control), steers(LlamaTokenAttr::Unknown));
        let own = steers(LlamaTokenAttr::UserDefined);
        let spelling = |token: LlamaToken| self.vocabulary.text(token)?.to_str().ok();
        let ids = || (0..self.vocabulary.n_tokens()).map(LlamaToken);
        let steering = ids().filter(|token| control(token) || unknown(token)).filter_map(spelling);
        let named = template.into_iter().flat_map(|template| {
            ids().filter(&own).filter_map(spelling).filter(move |text| template.contains(*text) && !is_plain(text))
        });
        Marks::new(steering.chain(named).map(str::to_owned))
    }

    /// The model ends its turn with this token.
    pub(crate) fn ends(&self, token: LlamaToken) -> bool {
        self.vocabulary.is_eog(token) || self.end_tokens.contains(&token)
    }

    /// End marks of the template for which the vocabulary has no token.
    pub(crate) fn spelled_end_marks(&self) -> Vec<String> {
        self.spelled_end_marks.clone()
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

    /// A prompt's tokens, with exactly one beginning of sequence where the model wants one. No special token is found
    /// across a cut.
    pub(crate) fn prompt_tokens(&self, text: &str, cuts: &[usize]) -> Vec<LlamaToken> {
        let mut tokens = self.tokens(text, cuts);
        if let Some(bos) = self.bos
            && tokens.first() != Some(&bos)
        {
            tokens.insert(0, bos);
        }
        tokens
    }

    /// Tokens of a text; no special one is found across a cut.
    pub(crate) fn tokens(&self, text: &str, cuts: &[usize]) -> Vec<LlamaToken> {
        let mut tokens = Vec::new();
        let mut from = 0;
        for to in cuts.iter().copied().chain([text.len()]) {
            tokens.extend(if from == 0 { self.piece(&text[..to]) } else { self.continued(&text[from..to]) });
            from = to;
        }
        tokens
    }

    fn piece(&self, text: &str) -> Vec<LlamaToken> {
        self.vocabulary.tokenize(text.as_bytes(), false, true)
    }

    /// A text in the middle of another: without the space that some vocabularies put before.
    fn continued(&self, text: &str) -> Vec<LlamaToken> {
        const BREAK: &str = "\n"; // which no token joins with what follows
        if self.prefixes_space {
            let guard = self.piece(BREAK);
            let mut tokens = self.piece(&format!("{BREAK}{text}"));
            if tokens.starts_with(&guard) {
                return tokens.split_off(guard.len());
            }
        }
        self.piece(text)
    }
}

/// Nothing that could be taken for a mark: words and white space that a vocabulary keeps whole.
fn is_plain(text: &str) -> bool {
    text.chars().all(|letter| letter.is_alphanumeric() || letter.is_whitespace() || letter == '▁')
}
