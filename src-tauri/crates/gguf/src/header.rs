//! A header that was read.

use std::collections::BTreeMap;

use crate::{TensorInfo, Value};

/// What a file says of itself, checked: every tensor lies inside the file.
#[derive(Debug, Clone, PartialEq)]
pub struct Header {
    /// Version of the format: 2 or 3.
    pub version: u32,
    /// Metadata by key; of arrays only kind and length.
    pub metadata: BTreeMap<String, Value>,
    /// Tensors in the file's order.
    pub tensors: Vec<TensorInfo>,
    /// Where weights begin, in bytes from the start of the file.
    pub data_offset: u64,
    /// Length of the file.
    pub file_bytes: u64,
}

/// The place of a file among the parts of a split model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Split {
    /// Which part, from 0.
    pub no: u16,
    /// Parts in all, at least 2.
    pub count: u16,
}

impl Header {
    /// The name that the file gives itself.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.text("general.name")
    }

    /// Architecture, such as `llama` or `qwen3`; empty where the file says none.
    #[must_use]
    pub fn architecture(&self) -> &str {
        self.text("general.architecture").unwrap_or_default()
    }

    /// Weights in this file; the parts of a split model add up.
    #[must_use]
    pub fn parameters(&self) -> u64 {
        self.tensors.iter().fold(0, |sum, tensor| sum.saturating_add(tensor.weights()))
    }

    /// Context that the model was trained for, in tokens; 0 where the file does not say.
    #[must_use]
    pub fn context_tokens(&self) -> u32 {
        self.of_architecture("context_length")
            .and_then(Value::as_count)
            .map_or(0, |n| u32::try_from(n).unwrap_or(u32::MAX))
    }

    /// The model's own chat template, as Jinja text.
    #[must_use]
    pub fn chat_template(&self) -> Option<&str> {
        // Not trimmed: its SHA-256 names it, and a template's last line break can be part of the prompt.
        self.metadata.get("tokenizer.chat_template").and_then(Value::as_text).filter(|text| !text.trim().is_empty())
    }

    /// Licence as the file states it.
    #[must_use]
    pub fn licence(&self) -> Option<&str> {
        self.text("general.license").or_else(|| self.text("general.license.name"))
    }

    /// The file's place among the parts of a split model.
    #[must_use]
    pub fn split(&self) -> Option<Split> {
        let number = |key| self.metadata.get(key).and_then(Value::as_count).and_then(|n| u16::try_from(n).ok());
        let (no, count) = (number("split.no")?, number("split.count")?);
        (count > 1).then_some(Split { no, count })
    }

    /// A text in the metadata, without the space around it; none where it is missing, of another kind or empty.
    #[must_use]
    pub fn text(&self, key: &str) -> Option<&str> {
        self.metadata.get(key).and_then(Value::as_text).map(str::trim).filter(|text| !text.is_empty())
    }

    /// A value of this architecture, such as `llama.context_length` for `context_length`.
    pub(crate) fn of_architecture(&self, key: &str) -> Option<&Value> {
        self.metadata.get(&format!("{}.{key}", self.architecture()))
    }
}
