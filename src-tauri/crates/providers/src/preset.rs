//! The providers that can be chosen from a list.

use domain::{ProviderAuth, ProviderKind, Zone};
use serde::Deserialize;

const BUNDLED: &str = include_str!("../presets.json");

/// A provider as it can be chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preset {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
    /// What it speaks.
    pub kind: ProviderKind,
    /// Address; empty where everybody has their own.
    pub base_url: String,
    /// How it is told who asks.
    pub auth: ProviderAuth,
    /// It answers without a key too.
    pub key_optional: bool,
    /// How far away it is.
    pub zone: Zone,
    /// What it is, and where its key is made.
    pub note: String,
    /// Page where keys are made.
    pub keys_page: Option<String>,
    /// Where it computes, as it publishes.
    pub region: Option<String>,
    /// What it keeps, as it publishes.
    pub retention: Option<String>,
    /// Page that says so.
    pub retention_source: Option<String>,
}

#[derive(Deserialize)]
struct Row {
    id: String,
    name: String,
    kind: ProviderKind,
    base_url: String,
    key: Key,
    zone: Zone,
    note: String,
    keys_page: Option<String>,
    #[serde(default)]
    region: Option<String>,
    #[serde(default)]
    retention: Option<String>,
    #[serde(default)]
    retention_source: Option<String>,
}

#[derive(Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
enum Key {
    None,
    Optional,
    Required,
}

/// The list.
#[must_use]
pub fn presets() -> Vec<Preset> {
    let rows: Vec<Row> = serde_json::from_str(BUNDLED).expect("BUG: the bundled presets are sound; a test reads them");
    rows.into_iter()
        .map(|row| Preset {
            auth: if row.key == Key::None { ProviderAuth::None } else { ProviderAuth::Key },
            key_optional: row.key != Key::Required,
            id: row.id,
            name: row.name,
            kind: row.kind,
            base_url: row.base_url,
            zone: row.zone,
            note: row.note,
            keys_page: row.keys_page,
            region: row.region,
            retention: row.retention,
            retention_source: row.retention_source,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_has_a_name_and_an_address_that_fits_its_zone() {
        let presets = presets();
        for wanted in [
            "openai",
            "azure",
            "anthropic",
            "gemini",
            "ollama",
            "vllm",
            "llama-server",
            "lm-studio",
            "openrouter",
            "mistral",
            "groq",
        ] {
            assert!(presets.iter().any(|preset| preset.id == wanted), "{wanted}");
        }
        for preset in presets {
            let url = preset.base_url.as_str();
            assert!(!url.ends_with('/') && !preset.name.is_empty() && !preset.note.is_empty(), "{preset:?}");
            let plain = url.starts_with("http://");
            assert!(!plain || preset.zone.is_inside(), "{preset:?}");
        }
    }
}
