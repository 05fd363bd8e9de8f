//! The files of a split model, named `NAME-00001-of-00003.gguf` by llama.cpp's `gguf-split`.

use std::path::{Path, PathBuf};

use crate::{GgufError, read};

/// All files of the model that begins with `first`, in order; just `first` for a model in one file. Each is checked to
/// be there, not read.
///
/// # Errors
/// [`GgufError::MissingPart`], or what reading `first` says.
pub fn parts(first: &Path) -> Result<Vec<PathBuf>, GgufError> {
    let Some(split) = read(first)?.split() else { return Ok(vec![first.to_owned()]) };
    let count = split.count;
    let stem = first
        .file_name()
        .and_then(|name| name.to_str())
        .and_then(|name| name.strip_suffix(&format!("-{:05}-of-{count:05}.gguf", u32::from(split.no) + 1)))
        .ok_or_else(|| {
            GgufError::NotAChatModel(format!(
                "This model is split into {count} files; the first must keep its name, which ends in “-00001-of-{count:05}.gguf”."
            ))
        })?;
    let paths: Vec<PathBuf> =
        (1..=u32::from(count)).map(|no| first.with_file_name(format!("{stem}-{no:05}-of-{count:05}.gguf"))).collect();
    match paths.iter().find(|path| !path.is_file()) {
        Some(missing) => Err(GgufError::MissingPart { path: missing.clone(), count }),
        None => Ok(paths),
    }
}
