//! The files of a split model, named `NAME-00001-of-00003.gguf` by llama.cpp's `gguf-split`.

use std::path::{Path, PathBuf};

use crate::{GgufError, read};

/// Place of a file among the parts of a split model, as its name tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// From 1.
    pub number: u32,
    /// All parts.
    pub count: u32,
}

/// More parts than any publisher makes: a name that says more says nothing.
const MOST_PARTS: u32 = 999;

/// A file's name without `.gguf`, taken apart: the model's name, and which part it is where it says so.
#[must_use]
pub fn split_name(stem: &str) -> (&str, Option<Part>) {
    let part = || {
        let (rest, count) = stem.rsplit_once("-of-")?;
        let (name, number) = rest.rsplit_once('-')?;
        let five = |digits: &str| -> Option<u32> {
            (digits.len() == 5 && digits.bytes().all(|byte| byte.is_ascii_digit())).then(|| digits.parse().ok())?
        };
        let part = Part { number: five(number)?, count: five(count)? };
        (1..=part.count.min(MOST_PARTS)).contains(&part.number).then_some((name, part))
    };
    part().map_or((stem, None), |(name, part)| (name, Some(part)))
}

/// The files of the model that `path` is a part of, by name alone: any of them may be missing.
#[must_use]
pub fn parts_by_name(path: &Path) -> Vec<PathBuf> {
    match path.file_stem().and_then(|stem| stem.to_str()).map(split_name) {
        Some((name, Some(part))) => {
            (1..=part.count).map(|number| path.with_file_name(part_name(name, number, part.count))).collect()
        }
        _ => vec![path.to_owned()],
    }
}

fn part_name(name: &str, number: u32, count: u32) -> String {
    format!("{name}-{number:05}-of-{count:05}.gguf")
}

/// All files of the model that begins with `first`, in order; just `first` for a model in one file. Each is checked to
/// be there, not read.
///
/// # Errors
/// [`GgufError::MissingPart`], or what reading `first` says.
pub fn parts(first: &Path) -> Result<Vec<PathBuf>, GgufError> {
    let Some(split) = read(first)?.split() else { return Ok(vec![first.to_owned()]) };
    let count = split.count;
    let (number, all) = (u32::from(split.no) + 1, u32::from(count));
    let stem = first
        .file_name()
        .and_then(|name| name.to_str())
        .and_then(|name| name.strip_suffix(&format!("-{number:05}-of-{all:05}.gguf")))
        .ok_or_else(|| {
            GgufError::NotAChatModel(format!(
                "This model is split into {count} files; the first must keep its name, which ends in “-00001-of-{count:05}.gguf”."
            ))
        })?;
    let paths: Vec<PathBuf> = (1..=all).map(|number| first.with_file_name(part_name(stem, number, all))).collect();
    match paths.iter().find(|path| !path.is_file()) {
        Some(missing) => Err(GgufError::MissingPart { path: missing.clone(), count }),
        None => Ok(paths),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_named_whether_they_are_there_or_not() {
        let named = |first: &str| -> Vec<String> {
            parts_by_name(Path::new(first)).iter().map(|path| path.display().to_string()).collect()
        };
        assert_eq!(named("/m/a-b-00001-of-00002.gguf"), ["/m/a-b-00001-of-00002.gguf", "/m/a-b-00002-of-00002.gguf"]);
        for whole in ["/m/a.gguf", "/m/00001-of-00002.gguf", "/m/a-1-of-2.gguf", "/m/a-00001-to-00002.gguf"] {
            assert_eq!(named(whole), [whole]);
        }
    }
}
