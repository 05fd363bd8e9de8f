//! What tokens cost: a bundled table with its public sources, and the user's own prices over it.

use domain::{Bill, ProviderKind, Usage};
use serde::Deserialize;

/// The bundled table.
const BUNDLED: &str = include_str!("../prices.json");
/// Dollars for a million tokens are millionths of a dollar for a token.
const LONGEST_NAME: usize = 200;

/// A price, in US dollars for a million tokens.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Price {
    /// `openai`, `azure`, `anthropic`, `gemini`, or the id of a preset that speaks OpenAI's format.
    pub provider: String,
    /// Model, or the beginning of its name before a date or version.
    pub model: String,
    /// Name for people.
    #[serde(default)]
    pub name: String,
    /// For a million tokens of the prompt.
    pub input: f64,
    /// From the provider's cache.
    #[serde(default)]
    pub cached_input: Option<f64>,
    /// Written into it.
    #[serde(default)]
    pub cache_write: Option<f64>,
    /// For a million tokens of the answer.
    pub output: f64,
    /// Tokens that the model holds.
    #[serde(default)]
    pub context_tokens: Option<u32>,
    /// Longest answer.
    #[serde(default)]
    pub max_output_tokens: Option<u32>,
    /// It takes images.
    #[serde(default)]
    pub images: Option<bool>,
    /// It reasons.
    #[serde(default)]
    pub reasoning: Option<bool>,
    /// Public page; empty for the user's own.
    #[serde(default)]
    pub source: String,
    /// Day on which it was seen.
    #[serde(default)]
    pub seen: String,
}

#[derive(Deserialize)]
struct File {
    rows: Vec<Price>,
}

/// What is known of a model beside its price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Facts {
    pub(crate) title: String,
    pub(crate) context_tokens: Option<u32>,
    pub(crate) max_output_tokens: Option<u32>,
    pub(crate) images: bool,
    pub(crate) reasoning: bool,
}

/// The prices that are known: the user's own first.
#[derive(Debug, Clone, PartialEq)]
pub struct PriceTable {
    own: Vec<Price>,
    bundled: Vec<Price>,
}

impl Default for PriceTable {
    fn default() -> Self {
        Self::with(Vec::new())
    }
}

impl PriceTable {
    /// The bundled table under the user's own prices.
    #[must_use]
    pub fn with(own: Vec<Price>) -> Self {
        let file: File = serde_json::from_str(BUNDLED).expect("BUG: the bundled prices are sound; a test reads them");
        Self { own, bundled: file.rows }
    }

    /// All prices: the user's own, then the bundled ones that none of them replaces. `true` marks the user's own.
    pub fn rows(&self) -> impl Iterator<Item = (&Price, bool)> {
        let replaced = |row: &Price| self.own.iter().any(|own| own.provider == row.provider && own.model == row.model);
        let bundled = self.bundled.iter().filter(move |row| !replaced(row));
        self.own.iter().map(|row| (row, true)).chain(bundled.map(|row| (row, false)))
    }

    /// The price of a model; none where it is not known.
    #[must_use]
    pub fn of(&self, provider: &str, model: &str) -> Option<&Price> {
        let fits = |row: &&Price| row.provider == provider && is_version_of(model, &row.model);
        let best = |rows: &'_ [Price]| -> Option<usize> {
            let fitting = rows.iter().enumerate().filter(|(_, row)| fits(row));
            fitting.max_by_key(|(_, row)| row.model.len()).map(|(place, _)| place)
        };
        best(&self.own).map(|place| &self.own[place]).or_else(|| best(&self.bundled).map(|place| &self.bundled[place]))
    }

    /// What tokens cost at a provider, rounded up. A price that is not known counts as the dearest that is: too much
    /// is no surprise, too little is.
    #[must_use]
    pub fn bill(&self, provider: &str, model: &str, usage: &Usage) -> Bill {
        let known = self.of(provider, model);
        let of = |price: &Price| {
            let cached = usage.cached_tokens.min(usage.prompt_tokens);
            let written = usage.cache_write_tokens.min(usage.prompt_tokens - cached);
            let fresh = usage.prompt_tokens - cached - written;
            f64::from(fresh) * price.input
                + f64::from(cached) * price.cached_input.unwrap_or(price.input)
                + f64::from(written) * price.cache_write.unwrap_or(price.input)
                + f64::from(usage.output_tokens) * price.output
        };
        let usd_micros = match known {
            Some(price) => of(price),
            None => self.rows().map(|(price, _)| of(price)).fold(0.0, f64::max),
        };
        // Cents of a micro that come from adding in binary are no reason to round up.
        let usd_micros = (usd_micros - 1e-6).ceil().max(0.0) as u64;
        Bill { usd_micros, price_known: known.is_some(), estimated: usage.estimated }
    }

    pub(crate) fn facts(&self, kind: ProviderKind, model: &str) -> Option<Facts> {
        let names: &[&str] = match kind {
            ProviderKind::Openai => &["openai"],
            ProviderKind::Azure => &["azure", "openai"],
            ProviderKind::Anthropic => &["anthropic"],
            ProviderKind::Gemini => &["gemini"],
            ProviderKind::Compatible => &[],
        };
        let price = names.iter().find_map(|name| self.of(name, model))?;
        Some(Facts {
            title: if price.name.is_empty() || price.model != model { model.to_owned() } else { price.name.clone() },
            context_tokens: price.context_tokens,
            max_output_tokens: price.max_output_tokens,
            images: price.images.unwrap_or(false),
            reasoning: price.reasoning.unwrap_or(false),
        })
    }
}

impl Price {
    /// Whether it can be kept: a name, and figures that are figures.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        let figure = |value: f64| value.is_finite() && (0.0..=1_000_000.0).contains(&value);
        let name = |text: &str| !text.is_empty() && text.len() <= LONGEST_NAME && !text.contains(char::is_control);
        name(&self.provider)
            && name(&self.model)
            && figure(self.input)
            && figure(self.output)
            && [self.cached_input, self.cache_write].into_iter().flatten().all(figure)
    }
}

/// `gpt-x-2026-01-02`, `claude-x-latest` and `ft:gpt-x:…` are versions of `gpt-x` and `claude-x`; `gpt-x-mini` is
/// another model.
fn is_version_of(model: &str, name: &str) -> bool {
    let model = model.strip_prefix("ft:").map_or(model, |tuned| tuned.split(':').next().unwrap_or(tuned));
    let Some(rest) = model.strip_prefix(name) else { return false };
    let is_date = |text: &str| {
        text.len() >= 3
            && text.chars().all(|c| c.is_ascii_digit() || c == '-')
            && text.contains(|c: char| c.is_ascii_digit())
    };
    rest.is_empty()
        || rest
            .strip_prefix(['-', '@'])
            .is_some_and(|version| is_date(version) || matches!(version, "latest" | "preview"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn price(provider: &str, model: &str, input: f64, output: f64) -> Price {
        let json = serde_json::json!({"provider": provider, "model": model, "input": input, "output": output});
        serde_json::from_value(json).unwrap()
    }

    fn table() -> PriceTable {
        let cached = Price { cached_input: Some(0.25), cache_write: Some(3.125), ..price("a", "m", 2.5, 10.0) };
        PriceTable {
            own: Vec::new(),
            bundled: vec![cached, price("a", "m-mini", 0.25, 2.0), price("b", "big", 15.0, 75.0)],
        }
    }

    #[test]
    fn a_version_is_its_model_and_a_smaller_sister_is_not() {
        let table = table();
        let name = |model: &str| table.of("a", model).map(|price| price.model.clone());
        for (model, wanted) in [
            ("m", Some("m")),
            ("m-2026-01-02", Some("m")),
            ("m-latest", Some("m")),
            ("m-20260102", Some("m")),
            ("ft:m-mini:acme::x", Some("m-mini")),
            ("m-mini-2026-01-02", Some("m-mini")),
            ("m-nano", None),
            ("mm", None),
        ] {
            assert_eq!(name(model).as_deref(), wanted, "{model}");
        }
    }

    #[test]
    fn the_bill_counts_cached_written_and_fresh_tokens_each_at_its_price() {
        let usage = Usage {
            prompt_tokens: 1_000,
            cached_tokens: 600,
            cache_write_tokens: 100,
            output_tokens: 50,
            ..Usage::default()
        };
        let bill = table().bill("a", "m", &usage);
        assert_eq!((bill.usd_micros, bill.price_known), (300 * 5 / 2 + 150 + 313 + 500, true));
    }

    #[test]
    fn an_unknown_price_counts_as_the_dearest_and_an_own_one_goes_first() {
        let usage = Usage { prompt_tokens: 10, output_tokens: 10, ..Usage::default() };
        let mut table = table();
        let bill = table.bill("c", "what", &usage);
        assert_eq!((bill.usd_micros, bill.price_known), (900, false));
        table.own.push(price("a", "m", 1.0, 1.0));
        assert_eq!(table.bill("a", "m", &usage).usd_micros, 20);
        assert_eq!(table.rows().count(), 3);
    }

    #[test]
    fn the_bundled_prices_are_sound_each_with_a_source_and_a_day() {
        let table = PriceTable::default();
        for (row, _) in table.rows() {
            assert!(row.is_sound() && row.source.starts_with("https://") && row.seen.len() == 10, "{row:?}");
            assert!(row.cached_input.is_none_or(|cached| cached <= row.input), "{row:?}");
        }
    }
}
