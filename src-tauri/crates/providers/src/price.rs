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
            bundled: [cached, price("a", "m-mini", 0.25, 2.0), price("b", "big", 15.0, 75.0)].map(Row::from).to_vec(),
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
        table.own.push(price("a", "m", 1.0, 1.0).into());
        assert_eq!(table.bill("a", "m", &usage).usd_micros, 20);
        assert_eq!(table.rows().count(), 3);
    }

    /// Of a row of the bundled table's form.
    fn bill_of(row: serde_json::Value, day: Option<i64>, usage: &Usage) -> u64 {
        let table = PriceTable { own: Vec::new(), bundled: vec![serde_json::from_value(row).unwrap()] };
        let table = match day {
            Some(seconds) => table.on(Timestamp(seconds * 1_000)),
            None => table,
        };
        table.bill("a", "m", usage).usd_micros
    }

    #[test]
    fn a_question_longer_than_the_border_costs_as_long_ones_do_from_its_first_token() {
        let row = serde_json::json!({"provider": "a", "model": "m", "input": 1, "cached_input": 0.5, "output": 2,
            "long_context": {"above_input_tokens": 1_000, "input": 2, "cached_input": 1, "cache_write": null, "output": 3}});
        let usage = |prompt_tokens| Usage { prompt_tokens, cached_tokens: 100, output_tokens: 10, ..Usage::default() };
        assert_eq!(bill_of(row.clone(), None, &usage(1_000)), 900 + 50 + 20);
        assert_eq!(bill_of(row, None, &usage(1_001)), 2 * 901 + 100 + 30);
    }

    #[test]
    fn a_price_holds_to_the_end_of_its_last_day_and_where_no_day_is_known_the_dearer_counts() {
        let row = serde_json::json!({"provider": "a", "model": "m", "input": 1, "output": 2, "until": "2026-12-31",
            "then": {"input": 4, "cached_input": null, "cache_write": null, "output": 8}});
        let usage = Usage { prompt_tokens: 10, output_tokens: 10, ..Usage::default() };
        let new_year = 1_798_761_600; // 2027-01-01T00:00:00Z
        assert_eq!(bill_of(row.clone(), Some(new_year - 1), &usage), 30);
        assert_eq!(bill_of(row.clone(), Some(new_year), &usage), 120);
        assert_eq!(bill_of(row, None, &usage), 120);
    }

    #[test]
    fn no_bundled_figure_beside_the_price_is_lost() {
        let table = PriceTable::default();
        let row = |provider, model| table.row(provider, model).unwrap();
        assert_eq!(row("anthropic", "claude-haiku-5-5").long_context.unwrap().above_input_tokens, 100_000);
        assert!(row("gemini", "gemini-4-argon").then.is_some_and(|then| then.output > 10.0));
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
