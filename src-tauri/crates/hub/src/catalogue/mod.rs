//! Models that come recommended: `src-tauri/resources/catalogue.json`, whose form is in the schema beside it and whose
//! facts `docs/check_catalogue.py` holds against each other.
//!
//! It holds what can be known without asking anybody. Sizes are computed from weights and bits a weight and marked
//! `about`; exact sizes, hashes and commits come from the hub when a model is downloaded.

mod advice;

use std::{collections::BTreeMap, sync::LazyLock};

use domain::{Machine, Offer, OfferFile, OfferKind};
use serde::Deserialize;

use crate::fit::{Attention, CACHE_BYTES_PER_NUMBER, Shape, fit};

static BUNDLED: LazyLock<Catalogue> = LazyLock::new(|| {
    Catalogue::parse(include_str!("../../../../resources/catalogue.json"))
        .expect("BUG: the bundled catalogue is checked by a test")
});

/// Recommended models.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Catalogue {
    #[serde(rename = "$schema")]
    _form: String,
    #[serde(rename = "schema")]
    _version: u32,
    bits_per_weight: BTreeMap<String, f64>,
    licences: BTreeMap<String, String>,
    models: Vec<CatalogueModel>,
}

/// A recommended model.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CatalogueModel {
    /// Names it, for good.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// Who made it.
    pub maker: String,
    /// Family, such as `Qwen 3`.
    pub family: String,
    /// What it is for.
    pub kind: OfferKind,
    /// Repository on the hub, `owner/name`.
    pub repo: String,
    /// Name of a file there, with `{Q}` or `{q}` for the quantisation in capital or small letters.
    file: String,
    /// Quantisations that the repository has, smallest first.
    pub quantisations: Vec<String>,
    /// Weights.
    pub parameters: u64,
    /// Weights that one token uses, of a mixture of experts.
    pub active_parameters: Option<u64>,
    layers: u64,
    kv_heads: u64,
    head_size: u64,
    window: Option<Window>,
    /// Context that it was trained for, in tokens.
    pub context_tokens: u32,
    /// Licence by the id that hubs use.
    pub licence: String,
    /// Languages in a few words.
    pub languages: String,
    /// What it is good at, in a few words.
    pub good_at: String,
    /// Month in which it came out, `YYYY-MM`.
    pub released: String,
    /// The hub asks for an account that accepted the licence.
    pub gated: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Window {
    tokens: u64,
    full_every: u64,
}

impl Catalogue {
    /// The one that the application comes with.
    #[must_use]
    pub fn bundled() -> &'static Self {
        &BUNDLED
    }

    /// All of them, in families.
    #[must_use]
    pub fn models(&self) -> &[CatalogueModel] {
        &self.models
    }

    /// The model of this id.
    #[must_use]
    pub fn model(&self, id: &str) -> Option<&CatalogueModel> {
        self.models.iter().find(|model| model.id == id)
    }

    /// All of them judged for `machine` at a context, each with the quantisation that is advised, and one chat model
    /// with the reason why it is the best.
    #[must_use]
    pub fn offers(&self, machine: &Machine, context_tokens: u32) -> Vec<Offer> {
        let mut offers: Vec<Offer> =
            self.models.iter().map(|model| self.offer(model, machine, context_tokens)).collect();
        let released: Vec<&str> = self.models.iter().map(|model| model.released.as_str()).collect();
        if let Some((best, because)) = advice::best(&offers, &released, machine) {
            offers[best].best_because = Some(because);
        }
        offers
    }

    fn parse(json: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(json)
    }

    fn offer(&self, model: &CatalogueModel, machine: &Machine, context_tokens: u32) -> Offer {
        let files: Vec<OfferFile> = model
            .quantisations
            .iter()
            .map(|quantisation| {
                let bytes = model.about_bytes(self.bits(quantisation));
                OfferFile {
                    path: model.path(quantisation),
                    quantisation: quantisation.clone(),
                    bytes,
                    about: true,
                    fit: fit(&model.shape(bytes), machine, context_tokens),
                }
            })
            .collect();
        let bits: Vec<f64> = model.quantisations.iter().map(|quantisation| self.bits(quantisation)).collect();
        Offer {
            advised: advice::advised(&files, &bits).map(|at| u32::try_from(at).expect("BUG: quantisations are few")),
            id: model.id.clone(),
            name: model.name.clone(),
            maker: model.maker.clone(),
            family: model.family.clone(),
            kind: model.kind,
            repo: model.repo.clone(),
            parameters: model.parameters,
            context_tokens: model.context_tokens,
            licence: self.licences.get(&model.licence).unwrap_or(&model.licence).clone(),
            languages: model.languages.clone(),
            good_at: model.good_at.clone(),
            gated: model.gated,
            files,
            best_because: None,
        }
    }

    fn bits(&self, quantisation: &str) -> f64 {
        *self.bits_per_weight.get(quantisation).expect("BUG: every quantisation in the catalogue has its bits stated")
    }
}

impl CatalogueModel {
    /// Path of a quantisation in the repository, as its publisher names files.
    #[must_use]
    pub fn path(&self, quantisation: &str) -> String {
        self.file.replace("{Q}", quantisation).replace("{q}", &quantisation.to_ascii_lowercase())
    }

    #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss, clippy::cast_sign_loss)] // far below 2^53
    fn about_bytes(&self, bits: f64) -> u64 {
        (self.parameters as f64 * bits / 8.0) as u64
    }

    fn shape(&self, weights_bytes: u64) -> Shape {
        let whole = self.layers * self.kv_heads * self.head_size * 2 * CACHE_BYTES_PER_NUMBER;
        let attention =
            self.window.map(|window| Attention { window_tokens: window.tokens, full_every: window.full_every });
        Shape {
            weights_bytes,
            parameters: self.parameters,
            active_parameters: self.active_parameters.unwrap_or(self.parameters),
            kv_bytes_per_token: attention.map_or(whole, |attention| attention.kv_bytes_per_token(whole)),
            trained_context: self.context_tokens,
        }
    }
}

#[cfg(test)]
mod tests;
