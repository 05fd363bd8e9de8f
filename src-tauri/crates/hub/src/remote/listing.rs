//! What a hub offers, in our words.

use domain::{HubListing, HubRepo, Machine};
use hf_hub::repository::ModelInfo;
use serde_json::Value;

use super::{Hub, address::RepoName, group};
use crate::HubError;

/// As many results as a person looks through, and as one page of the hub holds.
const MOST_FOUND: u32 = 100;

impl Hub {
    /// Repositories with GGUF files that match `query`, most downloaded first, at most `limit` (1 to 100).
    ///
    /// # Errors
    /// See [`HubError`].
    pub async fn search(&self, query: &str, limit: u32) -> Result<Vec<HubRepo>, HubError> {
        let found = self.found(query.trim(), limit.clamp(1, MOST_FOUND)).await?;
        Ok(found.into_iter().filter_map(repo).collect())
    }

    /// The GGUF files of a repository's newest commit, judged for `machine` by their size alone.
    ///
    /// # Errors
    /// See [`HubError`].
    pub async fn list(&self, repo: &str, machine: &Machine) -> Result<HubListing, HubError> {
        let repo = RepoName::parse(repo)?;
        let about = self.about(&repo, None).await?;
        let files = group::listed(self.files(&repo, &about.commit).await?, machine);
        Ok(HubListing {
            repo: repo.to_string(),
            revision: about.commit,
            licence: about.licence,
            gated: about.gated,
            files,
        })
    }
}

/// None for what could not be asked for afterwards.
fn repo(info: ModelInfo) -> Option<HubRepo> {
    let name = RepoName::parse(&info.id).ok()?;
    if info.disabled == Some(true) {
        return None;
    }
    Some(HubRepo {
        repo: name.to_string(),
        downloads: info.downloads,
        likes: info.likes,
        changed: info.last_modified.as_deref().and_then(day),
        gated: is_gated(&info),
        licence: licence(&info),
    })
}

/// `YYYY-MM-DD` of `2024-07-23T16:00:00.000Z`.
fn day(moment: &str) -> Option<String> {
    let day = moment.get(..10)?;
    let shaped = day
        .bytes()
        .enumerate()
        .all(|(at, byte)| if matches!(at, 4 | 7) { byte == b'-' } else { byte.is_ascii_digit() });
    shaped.then(|| day.to_owned())
}

/// `false` where it is open; else the hub tells how requests are approved.
pub(crate) fn is_gated(info: &ModelInfo) -> bool {
    matches!(&info.gated, Some(Value::String(_) | Value::Bool(true)))
}

/// Licence as the hub names it: from the model card, else from the tag that the hub makes of it.
pub(crate) fn licence(info: &ModelInfo) -> Option<String> {
    let card = info.card_data.as_ref();
    let stated = card.and_then(|card| card.get("license")).and_then(|licence| match licence {
        Value::String(one) => Some(one.as_str()),
        Value::Array(many) => many.first().and_then(Value::as_str),
        _ => None,
    });
    // "other" says nothing; then the card has the name in another place.
    let named = card.and_then(|card| card.get("license_name")).and_then(Value::as_str);
    let tagged = || info.tags.iter().flatten().find_map(|tag| tag.strip_prefix("license:"));
    let licence = match stated.or_else(tagged) {
        Some("other") => named.or(Some("other")),
        licence => licence,
    };
    // It is shown: of a text from outside only a short line is taken.
    licence.map(|text| text.chars().filter(|c| !c.is_control()).take(80).collect())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn info(json: &str) -> ModelInfo {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn licences_come_from_the_card_or_the_tag() {
        for (json, expected) in [
            (r#"{"id":"o/r","cardData":{"license":"mit"},"tags":["license:apache-2.0"]}"#, Some("mit")),
            (r#"{"id":"o/r","cardData":{"license":["llama3.1","x"]}}"#, Some("llama3.1")),
            (
                r#"{"id":"o/r","cardData":{"license":"other","license_name":"falcon-llm-license"}}"#,
                Some("falcon-llm-license"),
            ),
            (r#"{"id":"o/r","tags":["gguf","license:gemma"]}"#, Some("gemma")),
            (r#"{"id":"o/r","cardData":{"license":7}}"#, None),
            (r#"{"id":"o/r"}"#, None),
        ] {
            assert_eq!(licence(&info(json)).as_deref(), expected, "{json}");
        }
    }

    #[test]
    fn what_cannot_be_asked_for_is_not_shown() {
        assert!(repo(info(r#"{"id":"gpt2"}"#)).is_none());
        assert!(repo(info(r#"{"id":"../x"}"#)).is_none());
        assert!(repo(info(r#"{"id":"o/r","disabled":true}"#)).is_none());
        let odd = repo(info(r#"{"id":"o/r","gated":"manual","lastModified":"yesterday"}"#)).unwrap();
        assert!(odd.gated && odd.changed.is_none());
    }
}
