//! The files of a repository as models: parts of a split model belong together.

use std::collections::BTreeMap;

use domain::{HubFile, Machine};

use super::{RemoteFile, file_name};
use crate::{HubError, fit::fit_of_file};

/// A model's files in order.
type Parts = Vec<RemoteFile>;

/// The models among `files`. A split model of which a part is missing is none.
fn models(files: Vec<RemoteFile>) -> Vec<Parts> {
    let mut whole = Vec::new();
    let mut split = BTreeMap::<(String, u32), BTreeMap<u32, RemoteFile>>::new();
    for file in files.into_iter().filter(|file| file_name::is_gguf(&file.path)) {
        match file_name::split(&file.path) {
            (_, None) => whole.push(vec![file]),
            (stem, Some(part)) => {
                split.entry((stem.to_owned(), part.count)).or_default().insert(part.number, file);
            }
        }
    }
    let complete = split.into_iter().filter(|((_, count), parts)| parts.len() == *count as usize);
    whole.extend(complete.map(|(_, parts)| parts.into_values().collect()));
    whole
}

/// What people choose from, smallest first.
pub(crate) fn listed(files: Vec<RemoteFile>, machine: &Machine) -> Vec<HubFile> {
    let mut listed: Vec<HubFile> = models(files)
        .into_iter()
        .map(|parts| {
            let bytes = parts.iter().fold(0_u64, |sum, part| sum.saturating_add(part.bytes));
            HubFile {
                quantisation: file_name::quantisation(&parts[0].path),
                projector: file_name::is_projector(&parts[0].path),
                parts: u32::try_from(parts.len()).expect("BUG: a name has five digits for the number of parts"),
                verifiable: parts.iter().all(|part| part.sha256.is_some()),
                fit: fit_of_file(bytes, machine),
                path: parts[0].path.clone(),
                bytes,
            }
        })
        .collect();
    listed.sort_by(|a, b| (a.bytes, &a.path).cmp(&(b.bytes, &b.path)));
    listed
}

/// The parts of the model that `path` belongs to. Spelled exactly, else in other letters where just one model is.
pub(crate) fn parts_of(files: Vec<RemoteFile>, path: &str, repo: &str) -> Result<Parts, HubError> {
    let models = models(files);
    let has = |same: fn(&str, &str) -> bool| {
        let mut found = models.iter().enumerate().filter(|(_, parts)| parts.iter().any(|part| same(&part.path, path)));
        match (found.next(), found.next()) {
            (Some((at, _)), None) => Some(at),
            _ => None,
        }
    };
    match has(|a, b| a == b).or_else(|| has(str::eq_ignore_ascii_case)) {
        Some(at) => Ok(models.into_iter().nth(at).expect("BUG: it was just counted")),
        None => Err(HubError::NotFound(absent(&models, path, repo))),
    }
}

fn absent(models: &[Parts], path: &str, repo: &str) -> String {
    let mut names: Vec<&str> = models.iter().map(|parts| parts[0].path.as_str()).collect();
    names.sort_unstable();
    match names.as_slice() {
        [] => format!("The repository {repo} holds no GGUF file that can be used. Choose another one."),
        names => {
            let more = if names.len() > 12 { " and others" } else { "" };
            let names = names[..names.len().min(12)].join(", ");
            format!(
                "The repository {repo} has no file {path}, or not all of its parts. It has {names}{more}: choose one of these."
            )
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;
    use crate::machine::tests::machine;

    fn file(path: &str, bytes: u64) -> RemoteFile {
        RemoteFile { path: path.to_owned(), bytes, sha256: Some("0".repeat(64)) }
    }

    #[test]
    fn parts_are_one_model_and_incomplete_ones_none() {
        let files = vec![
            file("M-Q8_0-00002-of-00002.gguf", 20),
            file("README.md", 1),
            file("M-Q4_K_M.gguf", 10),
            file("M-Q8_0-00001-of-00002.gguf", 30),
            file("M-F16-00001-of-00002.gguf", 70),
            RemoteFile { sha256: None, ..file("mmproj-F16.gguf", 5) },
            file("M.imatrix.gguf", 2),
        ];
        let listed = listed(files, &machine(16, 12));
        let seen: Vec<_> = listed
            .iter()
            .map(|f| (f.path.as_str(), f.parts, f.bytes, f.quantisation.as_str(), f.verifiable, f.projector))
            .collect();
        assert_eq!(
            seen,
            [
                ("mmproj-F16.gguf", 1, 5, "F16", false, true),
                ("M-Q4_K_M.gguf", 1, 10, "Q4_K_M", true, false),
                ("M-Q8_0-00001-of-00002.gguf", 2, 50, "Q8_0", true, false),
            ]
        );
    }

    #[test]
    fn a_path_is_found_in_any_letters_and_a_wrong_one_is_answered_with_what_there_is() {
        let files =
            || vec![file("Q8/M-00001-of-00002.gguf", 1), file("Q8/M-00002-of-00002.gguf", 1), file("a-Q4.gguf", 1)];
        let paths =
            |path| parts_of(files(), path, "o/r").map(|parts| parts.into_iter().map(|p| p.path).collect::<Vec<_>>());
        let both = ["Q8/M-00001-of-00002.gguf", "Q8/M-00002-of-00002.gguf"];
        assert_eq!(paths("Q8/M-00001-of-00002.gguf").unwrap(), both);
        assert_eq!(paths("q8/m-00002-OF-00002.gguf").unwrap(), both);
        assert_eq!(paths("A-q4.gguf").unwrap(), ["a-Q4.gguf"]);
        let error = paths("b.gguf").unwrap_err().to_string();
        assert!(error.contains("o/r") && error.contains("b.gguf") && error.contains("a-Q4.gguf"), "{error}");
        assert!(parts_of(vec![], "b.gguf", "o/r").unwrap_err().to_string().contains("no GGUF file"));
        // Two that differ in letters only: neither is guessed.
        assert!(parts_of(vec![file("a.gguf", 1), file("A.gguf", 1)], "a.GGUF", "o/r").is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn whatever_a_repository_holds_its_models_are_whole(names in proptest::collection::vec("(a|b)(-0000[0-3]-of-0000[0-3])?[.](gguf|GGUF|md)", 0..12)) {
            let files: Vec<_> = names.iter().map(|name| file(name, u64::MAX)).collect();
            for model in listed(files.clone(), &machine(16, 12)) {
                let parts = parts_of(files.clone(), &model.path, "o/r");
                // Found by its path, unless the repository has two of that name.
                let twice = names.iter().filter(|name| **name == model.path).count() > 1;
                prop_assert!(twice || parts.as_ref().is_ok_and(|parts| parts.len() == model.parts as usize), "{parts:?}");
                let count = file_name::split(&model.path).1.map_or(1, |part| part.count);
                prop_assert_eq!(count, model.parts);
            }
        }
    }
}
