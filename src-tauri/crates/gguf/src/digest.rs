//! The hash that names a model file.

use std::{io::Read, ops::ControlFlow, path::Path};

use sha2::{Digest, Sha256};

use crate::{GgufError, reader};

const CHUNK_BYTES: usize = 1024 * 1024;

/// SHA-256 of a file in hex. `on_progress` gets the bytes read so far, about once a MiB; none where it broke off.
///
/// # Errors
/// [`GgufError::Missing`], [`GgufError::NotAFile`] or [`GgufError::Io`].
pub fn sha256(path: &Path, mut on_progress: impl FnMut(u64) -> ControlFlow<()>) -> Result<Option<String>, GgufError> {
    let (mut file, _) = reader::open(path)?;
    let mut hasher = Sha256::new();
    let mut chunk = vec![0; CHUNK_BYTES];
    let mut done = 0;
    loop {
        let read = match file.read(&mut chunk) {
            Ok(0) => return Ok(Some(hex::encode(hasher.finalize()))),
            Ok(read) => read,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error.into()),
        };
        hasher.update(&chunk[..read]);
        done += read as u64;
        if on_progress(done).is_break() {
            return Ok(None);
        }
    }
}
