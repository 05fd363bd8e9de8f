//! What can be wrong with a file, each a sentence for the person who chose it.

use std::path::PathBuf;

/// A file that cannot be used, or cannot be read. Names that come from the file are shortened and escaped.
#[derive(Debug, thiserror::Error)]
pub enum GgufError {
    /// Nothing is there.
    #[error("There is no file {}.", .0.display())]
    Missing(PathBuf),
    /// A folder, a pipe, a device.
    #[error("{} is not a file.", .0.display())]
    NotAFile(PathBuf),
    /// The disk or the permissions said no.
    #[error("The file could not be read: {0}.")]
    Io(#[from] std::io::Error),
    /// Other first bytes.
    #[error("This is not a GGUF file.")]
    NotGguf,
    /// Written for machines of the other byte order.
    #[error("This GGUF file is big-endian; models for this computer are little-endian.")]
    BigEndian,
    /// A version that nobody here reads.
    #[error("This GGUF file has version {0}; versions 2 and 3 can be read.")]
    Version(u32),
    /// The header promises more than the file holds.
    #[error("This file ends before its header does; it may not have finished downloading.")]
    Truncated,
    /// The weights promise more than the file holds.
    #[error("This file is {missing_bytes} bytes too short for its weights; it may not have finished downloading.")]
    WeightsTruncated {
        /// Bytes that are missing at least.
        missing_bytes: u64,
    },
    /// A count or a length over its limit.
    #[error("This file's header is not usable: {what} is {found}, and at most {limit} is accepted.")]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// What the file says.
        found: u64,
        /// What is accepted.
        limit: u64,
    },
    /// Something in the header that cannot be.
    #[error("This file's header is damaged: {0}.")]
    Damaged(String),
    /// A quantisation that is not known here.
    #[error("The weights “{tensor}” have type {number}, which this version does not know.")]
    UnknownTensorType {
        /// Name of the tensor.
        tensor: String,
        /// The type's number.
        number: u32,
    },
    /// A good file that is no model to chat with.
    #[error("{0}")]
    NotAChatModel(String),
    /// A part of a split model is not beside the first.
    #[error("This model is split into {count} files, and {} is missing.", .path.display())]
    MissingPart {
        /// Where it should be.
        path: PathBuf,
        /// Parts in all.
        count: u16,
    },
}

impl GgufError {
    pub(crate) fn damaged(why: impl Into<String>) -> Self {
        Self::Damaged(why.into())
    }
}

/// A name from the file, safe to print: escaped, and no longer than a line.
pub(crate) fn shown(name: &str) -> String {
    const LONGEST_CHARS: usize = 64;
    let mut text: String = name.chars().take(LONGEST_CHARS).collect::<String>().escape_debug().collect();
    if name.chars().nth(LONGEST_CHARS).is_some() {
        text.push('…');
    }
    text
}
