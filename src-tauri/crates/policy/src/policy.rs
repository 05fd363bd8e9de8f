//! The policy as a value: what is set, by whom, and what is wrong with it.

use std::{
    collections::BTreeMap,
    fmt,
    path::{Path, PathBuf},
};

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::{
    key::{KEYS, key},
    parse::Parsed,
    problem::Problem,
    value::Value,
};

/// Who set a key, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Origin {
    /// It binds the user; otherwise it is a default that the user may change.
    pub managed: bool,
    /// File, or registry key.
    pub file: PathBuf,
    /// Line, from 1; none where values have names and no lines.
    pub line: Option<usize>,
}

impl fmt::Display for Origin {
    /// `file:line`, or the file alone.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}", self.file.display()),
            None => write!(f, "{}", self.file.display()),
        }
    }
}

/// A key that is set, for a screen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// Name.
    pub key: &'static str,
    /// Value as JSON text.
    pub value: String,
    /// What it governs, in one sentence.
    pub words: &'static str,
    /// Who set it.
    pub origin: Origin,
    /// Where it is set as well and does not hold, because what came later took its place; earliest first.
    pub replaces: Vec<Origin>,
}

/// A value that stands, and what stood before it.
#[derive(Debug, Clone)]
struct Standing {
    value: Value,
    origin: Origin,
    replaces: Vec<Origin>,
}

/// What an administrator has set. Empty where nobody has.
///
/// A getter says what is managed, or else what is recommended; [`Policy::is_locked`] says whether the user may differ.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    set: BTreeMap<&'static str, Standing>,
    problems: Vec<Problem>,
}

impl Policy {
    /// Lays a file over what stands. Recommended files come first, so that a managed one wins.
    pub(crate) fn add(&mut self, file: &Path, parsed: Parsed, managed: bool) {
        for setting in parsed.settings {
            let origin = Origin { managed, file: file.to_owned(), line: setting.line };
            let mut replaces = Vec::new();
            if let Some(before) = self.set.remove(setting.key) {
                replaces = before.replaces;
                // Twice in one file is a mistake, and listed as one.
                if before.origin.file != origin.file {
                    replaces.push(before.origin);
                }
            }
            self.set.insert(setting.key, Standing { value: setting.value, origin, replaces });
        }
        self.problems.extend(parsed.problems);
    }

    /// Who set a key.
    #[must_use]
    pub fn origin(&self, key: &str) -> Option<&Origin> {
        self.set.get(key).map(|standing| &standing.origin)
    }

    /// The user may not differ from what is set here, or from the cautious value that stands in for a bad one.
    #[must_use]
    pub fn is_locked(&self, key: &str) -> bool {
        let sealed_by_mistake = self.fails_closed() && matches!(key, "mode" | "sealed.lock");
        sealed_by_mistake || self.origin(key).is_some_and(|origin| origin.managed)
    }

    /// An administrator binds the user in something, or has tried to.
    #[must_use]
    pub fn is_managed(&self) -> bool {
        self.fails_closed() || self.set.values().any(|standing| standing.origin.managed)
    }

    /// Something in a managed file that touches security is wrong, so the bridge is sealed and locked.
    #[must_use]
    pub fn fails_closed(&self) -> bool {
        self.problems.iter().any(|problem| problem.seals)
    }

    /// A managed file says something wrong about this key: another file's better word does not loosen it.
    pub(crate) fn is_bad(&self, key: &str) -> bool {
        self.problems.iter().any(|problem| problem.seals && problem.key.as_deref() == Some(key))
    }

    /// Everything that is wrong, file by file.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// The keys that are set, in the order of [`KEYS`].
    #[must_use]
    pub fn entries(&self) -> Vec<Entry> {
        KEYS.iter()
            .filter_map(|key| {
                let Standing { value, origin, replaces } = self.set.get(key.name)?.clone();
                Some(Entry { key: key.name, value: domain::canonical_json(&value), words: key.words, origin, replaces })
            })
            .collect()
    }

    /// SHA-256 of the managed settings in canonical JSON and of whether they fail closed: the same policy has the same
    /// one on every computer, whatever its files are called. `None` where nothing binds the user.
    #[must_use]
    pub fn sha256(&self) -> Option<[u8; 32]> {
        #[derive(Serialize)]
        struct Bound<'a> {
            fails_closed: bool,
            managed: BTreeMap<&'a str, &'a Value>,
        }
        if !self.is_managed() {
            return None;
        }
        let managed = self.set.iter().filter(|(_, standing)| standing.origin.managed);
        let managed = managed.map(|(key, standing)| (*key, &standing.value)).collect();
        let text = domain::canonical_json(&Bound { fails_closed: self.fails_closed(), managed });
        Some(Sha256::digest(text).into())
    }

    pub(crate) fn value(&self, name: &str) -> Option<&Value> {
        debug_assert!(key(name).is_some(), "BUG: {name} is no key");
        self.set.get(name).map(|standing| &standing.value)
    }
}
