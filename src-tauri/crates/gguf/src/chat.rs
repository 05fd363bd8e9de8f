//! Whether a file is a model that one can chat with.

use crate::{GgufError, Header, Split, Value, error::shown};

/// Architectures that only turn text into vectors, or sound into text (`LLM_ARCH_NAMES` in `llama-arch.cpp`).
const NOT_CHATTING: [&str; 12] = [
    "bert",
    "modern-bert",
    "nomic-bert",
    "nomic-bert-moe",
    "neo-bert",
    "jina-bert-v2",
    "jina-bert-v3",
    "eurobert",
    "gemma-embedding",
    "llama-embed",
    "t5encoder",
    "wavtokenizer-dec",
];

impl Header {
    /// Checks that the file holds (the first part of) a model that answers in text.
    ///
    /// # Errors
    /// [`GgufError::NotAChatModel`] with a sentence that says what the file is instead.
    pub fn is_model(&self) -> Result<(), GgufError> {
        self.what_it_is_instead().map_or(Ok(()), |sentence| Err(GgufError::NotAChatModel(sentence)))
    }

    fn what_it_is_instead(&self) -> Option<String> {
        let architecture = self.architecture();
        let sentence = match (self.text("general.type"), architecture) {
            (Some("mmproj"), _) | (_, "clip") => {
                "This file is a projector, the eyes of another model; choose the model itself."
            }
            (Some("adapter"), _) => "This file is an adapter for another model; choose the model itself.",
            (Some("imatrix"), _) | (_, "imatrix") => {
                "This file holds statistics for quantising a model; choose the model itself."
            }
            (_, "") => "This file does not say which architecture its model has, so it cannot be run.",
            _ if matches!(self.split(), Some(Split { no: 1.., .. })) => {
                let Split { no, count } = self.split()?;
                return Some(format!("This file is part {} of {count} of a model; choose part 1.", u32::from(no) + 1));
            }
            _ if NOT_CHATTING.contains(&architecture) => {
                return Some(format!(
                    "This is a model of the kind “{}”, which does not answer in text.",
                    shown(architecture)
                ));
            }
            _ if self.pools() => "This model turns text into vectors for searching; it does not answer in text.",
            _ if self.tensors.is_empty() => "This file holds only a vocabulary and no weights, so it cannot answer.",
            _ if !self.has_tokenizer() => "This file holds no tokenizer, so its model cannot read text.",
            _ => return None,
        };
        Some(sentence.to_owned())
    }

    /// Embedding models and rerankers state how they pool; models that answer say nothing or 0.
    fn pools(&self) -> bool {
        self.of_architecture("pooling_type").and_then(Value::as_count).is_some_and(|kind| kind > 0)
    }

    fn has_tokenizer(&self) -> bool {
        let named = self.text("tokenizer.ggml.model").is_some_and(|name| name != "none");
        named && matches!(self.metadata.get("tokenizer.ggml.tokens"), Some(Value::Array { len: 1.., .. }))
    }
}
