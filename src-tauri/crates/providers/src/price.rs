//! What tokens cost: a bundled table with its public sources, and the user's own prices over it.

use domain::{Bill, ProviderKind, Timestamp, Usage};
use serde::Deserialize;
use time::OffsetDateTime;

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
    rows: Vec<Row>,
}

/// A bundled price with what its provider says of longer questions and later days.
#[derive(Debug, Clone, PartialEq, Deserialize)]
struct Row {
    #[serde(flatten)]
    price: Price,
    #[serde(default)]
    long_context: Option<Long>,
    /// Last day (`2026-12-31`) before `then`.
    #[serde(default)]
    until: String,
    #[serde(default)]
    then: Option<Figures>,
}

/// What a whole request costs once its prompt is longer than so many tokens.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
struct Long {
    above_input_tokens: u32,
    #[serde(flatten)]
    figures: Figures,
}

/// The four figures of a price.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
struct Figures {
    input: f64,
    cached_input: Option<f64>,
    cache_write: Option<f64>,
    output: f64,
}

impl Figures {
    const fn of(price: &Price) -> Self {
        let Price { input, cached_input, cache_write, output, .. } = *price;
        Self { input, cached_input, cache_write, output }
    }

    fn usd_micros(&self, usage: &Usage) -> f64 {
        let cached = usage.cached_tokens.min(usage.prompt_tokens);
        let written = usage.cache_write_tokens.min(usage.prompt_tokens - cached);
        let fresh = usage.prompt_tokens - cached - written;
        f64::from(fresh) * self.input
            + f64::from(cached) * self.cached_input.unwrap_or(self.input)
            + f64::from(written) * self.cache_write.unwrap_or(self.input)
            + f64::from(usage.output_tokens) * self.output
    }
}

impl From<Price> for Row {
    fn from(price: Price) -> Self {
        Self { price, long_context: None, until: String::new(), then: None }
    }
}

impl Row {
    fn usd_micros(&self, usage: &Usage) -> f64 {
        let long = self.long_context.filter(|long| usage.prompt_tokens > long.above_input_tokens);
        let now = long.map_or_else(|| Figures::of(&self.price), |long| long.figures);
        // Nobody said which day it is: the dearer of both.
        let later = self.then.map_or(0.0, |then| then.usd_micros(usage));
        now.usd_micros(usage).max(later)
    }

    fn on(&mut self, day: &str) {
        let Some(then) = self.then.take() else { return };
        if day > self.until.as_str() {
            let Figures { input, cached_input, cache_write, output } = then;
            self.price = Price { input, cached_input, cache_write, output, ..self.price.clone() };
        }
    }
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
    own: Vec<Row>,
    bundled: Vec<Row>,
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
        Self { own: own.into_iter().map(Row::from).collect(), bundled: file.rows }
    }

    /// The table of a day (in UTC), where prices change on a day that is announced. A table that was told no day
    /// shows the prices before it and bills the dearer of both.
    #[must_use]
    pub fn on(mut self, day: Timestamp) -> Self {
        let Ok(now) = OffsetDateTime::from_unix_timestamp(day.0.div_euclid(1_000)) else { return self };
        let date = format!("{:04}-{:02}-{:02}", now.year(), u8::from(now.month()), now.day());
        self.bundled.iter_mut().for_each(|row| row.on(&date));
        self
    }

    /// All prices: the user's own, then the bundled ones that none of them replaces. `true` marks the user's own.
    pub fn rows(&self) -> impl Iterator<Item = (&Price, bool)> {
        self.whole_rows().map(|(row, own)| (&row.price, own))
    }

    fn whole_rows(&self) -> impl Iterator<Item = (&Row, bool)> {
        let is = |own: &Row, row: &Row| own.price.provider == row.price.provider && own.price.model == row.price.model;
        let bundled = self.bundled.iter().filter(move |row| !self.own.iter().any(|own| is(own, row)));
        self.own.iter().map(|row| (row, true)).chain(bundled.map(|row| (row, false)))
    }

    /// The price of a model; none where it is not known.
    #[must_use]
    pub fn of(&self, provider: &str, model: &str) -> Option<&Price> {
        self.row(provider, model).map(|row| &row.price)
    }

    fn row(&self, provider: &str, model: &str) -> Option<&Row> {
        let fits = |row: &&Row| row.price.provider == provider && is_version_of(model, &row.price.model);
        let own = self.own.iter().filter(fits).max_by_key(|row| row.price.model.len());
        own.or_else(|| self.bundled.iter().filter(fits).max_by_key(|row| row.price.model.len()))
    }

    /// What tokens cost at a provider, rounded up; a question longer than a provider's border costs as long ones do.
    /// A price that is not known counts as the dearest that is: too much is no surprise, too little is.
    #[must_use]
    pub fn bill(&self, provider: &str, model: &str, usage: &Usage) -> Bill {
        let known = self.row(provider, model);
        let usd_micros = match known {
            Some(row) => row.usd_micros(usage),
            None => self.whole_rows().map(|(row, _)| row.usd_micros(usage)).fold(0.0, f64::max),
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
mod tests;
