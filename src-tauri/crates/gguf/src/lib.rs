//! Reads and writes the headers of GGUF files, versions 2 and 3, little endian
//! (<https://github.com/ggml-org/ggml/blob/master/docs/gguf.md>).
//!
//! A model file comes from anywhere, so the reader trusts no number in it: every count, length and product is checked
//! against a fixed limit and against the file's own length before a byte is allocated for it, and a file that passes
//! has all its tensors inside itself. It maps nothing into memory and reads no weights. It is not llama.cpp, and does
//! not say whether an architecture can be run.
//!
//! `app`, `engine-worker`, `cli` and the tests import it; of ours it imports nothing.
#![deny(missing_docs)]

mod chat;
mod digest;
mod error;
mod facts;
mod header;
#[cfg(any(test, feature = "hostile"))]
pub mod hostile;
mod parts;
mod reader;
mod tensor;
mod tokens;
mod value;
mod walk;
pub mod write;

pub use digest::sha256;
pub use error::GgufError;
pub use header::{Header, Split};
pub use parts::{Part, parts, parts_by_name, split_name};
pub use reader::{
    MAX_ALIGNMENT_BYTES, MAX_DIMENSIONS, MAX_HEADER_BYTES, MAX_KEYS, MAX_STRING_BYTES, MAX_TENSORS, read, read_from,
};
pub use tensor::{TensorInfo, TensorType};
pub use tokens::{SpecialTokens, special_tokens, token_texts};
pub use value::{Kind, Value};
