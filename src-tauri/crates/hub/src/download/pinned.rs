//! What exactly a download fetches: files of one commit, their names and figures checked.

use serde::{Deserialize, Serialize};

use crate::{
    HubError, RemoteFile, Resolved,
    name::{is_sha256, safe_name, segments, shown},
};

/// More parts than any model has.
const MOST_PARTS: usize = 1000;

/// The files of a model at a commit. It has at least one; their names are safe and differ in more than upper and lower
/// case; they lie in one folder; none is empty; their sizes add up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Raw", into = "Raw")]
pub(crate) struct Pinned {
    /// Commit.
    pub revision: String,
    /// Licence as the hub names it.
    pub licence: Option<String>,
    /// Files in order.
    pub parts: Vec<RemoteFile>,
    /// Size of all.
    pub bytes: u64,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    revision: String,
    licence: Option<String>,
    parts: Vec<RawPart>,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPart {
    path: String,
    bytes: u64,
    sha256: Option<String>,
}

impl Pinned {
    /// Checks what a hub says.
    ///
    /// # Errors
    /// [`HubError::BadName`], [`HubError::Unavailable`] where it makes no sense.
    pub(crate) fn of(resolved: Resolved) -> Result<Self, HubError> {
        let Resolved { revision, parts, licence, .. } = resolved;
        safe_name(&revision)?;
        let nonsense =
            |why: &str| HubError::Unusable(format!("The hub's list of this model's files is not usable: {why}."));
        if parts.is_empty() || parts.len() > MOST_PARTS {
            return Err(nonsense("it names no file or too many"));
        }
        let mut seen = std::collections::HashSet::new();
        let mut bytes = 0_u64;
        for part in &parts {
            segments(&part.path)?;
            if folder(&part.path) != folder(&parts[0].path) || !seen.insert(part.path.to_ascii_lowercase()) {
                return Err(nonsense(&format!("“{}” is not beside the others", shown(&part.path))));
            }
            if part.sha256.as_deref().is_some_and(|hash| !is_sha256(hash)) {
                return Err(nonsense("a hash is not a SHA-256"));
            }
            bytes =
                bytes.checked_add(part.bytes).filter(|_| part.bytes > 0).ok_or_else(|| nonsense("a size is wrong"))?;
        }
        Ok(Self { revision, licence, parts, bytes })
    }

    /// The hub states a SHA-256 for every part.
    pub(crate) fn is_verifiable(&self) -> bool {
        self.parts.iter().all(|part| part.sha256.is_some())
    }
}

impl TryFrom<Raw> for Pinned {
    type Error = HubError;

    fn try_from(raw: Raw) -> Result<Self, HubError> {
        let part = |part: RawPart| RemoteFile { path: part.path, bytes: part.bytes, sha256: part.sha256 };
        let parts = raw.parts.into_iter().map(part).collect();
        Self::of(Resolved { repo: String::new(), revision: raw.revision, parts, licence: raw.licence })
    }
}

impl From<Pinned> for Raw {
    fn from(pinned: Pinned) -> Self {
        let part = |part: RemoteFile| RawPart { path: part.path, bytes: part.bytes, sha256: part.sha256 };
        let parts = pinned.parts.into_iter().map(part).collect();
        Self { revision: pinned.revision, licence: pinned.licence, parts }
    }
}

/// Folder of a path in a repository; empty at its top.
fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn listed(parts: &[(&str, u64, Option<&str>)]) -> Result<Pinned, HubError> {
        let part = |(path, bytes, hash): &(&str, u64, Option<&str>)| RemoteFile {
            path: (*path).into(),
            bytes: *bytes,
            sha256: hash.map(Into::into),
        };
        let parts = parts.iter().map(part).collect();
        Pinned::of(Resolved { repo: "o/r".into(), revision: "c0ffee".into(), parts, licence: None })
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let hash = "0".repeat(64);
        assert_eq!(listed(&[("q/a.gguf", 1, Some(&hash)), ("q/b.gguf", 2, None)]).unwrap().bytes, 3);
        let upper = "A".repeat(64);
        let hostile: [&[(&str, u64, Option<&str>)]; 9] = [
            &[],
            &[("a.gguf", 0, None)],
            &[("../a.gguf", 1, None)],
            &[("a.bin", 1, None)],
            &[("a.gguf", 1, None), ("A.GGUF", 1, None)],
            &[("a.gguf", 1, None), ("q/b.gguf", 1, None)],
            &[("a.gguf", 1, Some("../../x"))],
            &[("a.gguf", 1, Some(&upper))],
            &[("a.gguf", u64::MAX, None), ("b.gguf", 1, None)],
        ];
        for parts in hostile {
            assert!(listed(parts).is_err(), "{parts:?}");
        }
    }

    #[test]
    fn what_was_written_down_is_checked_again() {
        let pinned = listed(&[("a.gguf", 1, None)]).unwrap();
        let text = serde_json::to_string(&pinned).unwrap();
        assert_eq!(serde_json::from_str::<Pinned>(&text).unwrap(), pinned);
        assert!(serde_json::from_str::<Pinned>(&text.replace("a.gguf", "../a.gguf")).is_err());
        assert!(serde_json::from_str::<Pinned>(&text.replace("c0ffee", "..")).is_err());
    }
}
