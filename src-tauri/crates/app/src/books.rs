//! What answers cost: an estimate before, a reservation while, the bill after; budgets, prices, and the report.

use domain::{Attachment, Bill, Budget, ChatId, Content, Message, ProviderKind, Timestamp, Usage, Zone};
use jiff::tz::TimeZone;
use providers::{Price, PriceTable, estimate_tokens};
use store::{NewSpend, Reservation, Settled, SpendLimit};
use wire::{BudgetState, Failure, PriceRef};

use crate::{Core, answerer::Answerer, context::Fitted, crossing::host_of, failure::from_store};

/// Name of the value with the user's own prices.
const PRICES: &str = "prices";
/// Most prices of the user's own.
const MOST_PRICES: usize = 500;
/// Tokens of an answer of usual length, for estimates.
const USUAL_ANSWER: u32 = 500;
/// Tokens of an answer that are reserved where nobody says how long it may be.
const LONG_ANSWER: u32 = 8_192;

/// What a question would be.
pub(crate) struct Estimate {
    pub(crate) tokens: u32,
    /// Messages before it.
    pub(crate) earlier: usize,
    pub(crate) bill: Option<Bill>,
}

/// An amount for people: figures that matter, no more.
pub(crate) fn dollars(usd_micros: u64) -> String {
    let dollars = usd_micros as f64 / 1e6;
    match usd_micros {
        0 => "$0".to_owned(),
        1..=99 => "less than $0.0001".to_owned(),
        100..=9_999 => format!("${dollars:.4}"),
        10_000..=999_999 => format!("${dollars:.3}"),
        _ => format!("${dollars:.2}"),
    }
}

impl Core {
    /// The prices that are known.
    pub(crate) async fn prices(&self) -> Result<PriceTable, Failure> {
        Ok(PriceTable::with(self.own_prices().await?).on(self.now()))
    }

    async fn own_prices(&self) -> Result<Vec<Price>, Failure> {
        let text = self.store.value(PRICES).await.map_err(from_store)?;
        let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(Vec::new()) };
        let rows: Vec<wire::Price> = serde_json::from_str(&text)
            .map_err(|_| Failure::unexpected("Your own prices cannot be read. They were left as they are."))?;
        Ok(rows.into_iter().map(price).collect())
    }

    /// The prices for a screen, the user's own first.
    pub(crate) async fn price_rows(&self) -> Result<Vec<wire::Price>, Failure> {
        Ok(self.prices().await?.rows().map(|(row, own)| price_row(row, own)).collect())
    }

    pub(crate) async fn set_price(&self, new: wire::Price) -> Result<Vec<wire::Price>, Failure> {
        let new = Price { source: String::new(), ..price(new) };
        if !new.is_sound() {
            return Err(Failure::invalid(
                "A price needs a provider, a model, and figures in US dollars for a million tokens. Nothing was changed.",
            ));
        }
        let mut own = self.own_prices().await?;
        own.retain(|row| row.provider != new.provider || row.model != new.model);
        own.push(new);
        self.put_prices(own).await
    }

    pub(crate) async fn forget_price(&self, which: PriceRef) -> Result<Vec<wire::Price>, Failure> {
        let mut own = self.own_prices().await?;
        own.retain(|row| row.provider != which.provider || row.model != which.model);
        self.put_prices(own).await
    }

    async fn put_prices(&self, own: Vec<Price>) -> Result<Vec<wire::Price>, Failure> {
        if own.len() > MOST_PRICES {
            return Err(Failure::invalid(format!(
                "{MOST_PRICES} prices of your own is the most. Nothing was changed."
            )));
        }
        let rows: Vec<wire::Price> = own.iter().map(|row| price_row(row, true)).collect();
        let text = serde_json::to_string(&rows).map_err(|error| Failure::unexpected(error.to_string()))?;
        self.store.put_value(PRICES, &text).await.map_err(from_store)?;
        self.note(audit::Event::Reconfigured { settings: vec!["prices".to_owned()] }, None);
        self.price_rows().await
    }

    /// What tokens cost at whoever answers; none where nobody charges: within the user's own walls, unless the user
    /// gave a price for it.
    async fn bill(&self, answerer: &Answerer, usage: &Usage) -> Result<Option<Bill>, Failure> {
        let Answerer::There(provider, model) = answerer else { return Ok(None) };
        let (prices, name) = (self.prices().await?, price_name(provider));
        if provider.zone != Zone::Cloud && prices.of(&name, &model.name).is_none() {
            return Ok(None);
        }
        // Azure's own names of deployments tell nothing; its prices are OpenAI's where it has none of its own.
        let name = match provider.kind {
            ProviderKind::Azure if prices.of(&name, &model.name).is_none() => "openai".to_owned(),
            _ => name,
        };
        Ok(Some(prices.bill(&name, &model.name, usage)))
    }

    /// What a question of so many words would be, with all that goes along.
    pub(crate) async fn estimate(&self, chat: ChatId, to: &Answerer, words: usize) -> Result<Estimate, Failure> {
        let store = self.store_of(chat);
        let head = store.chat(chat).await.map_err(from_store)?;
        let sources = match head.leaf {
            Some(leaf) => store.turns(leaf).await.map_err(from_store)?,
            None => Vec::new(),
        };
        let said = sources.iter().map(|source| {
            estimate_tokens(&source.text).saturating_add(of_files(&source.attachments, to)).saturating_add(4)
        });
        let drafted = store.draft_attachments(chat).await.map_err(from_store)?;
        let new = u32::try_from(words.saturating_mul(4) / 3).unwrap_or(u32::MAX).saturating_add(of_files(&drafted, to));
        let system = estimate_tokens(&head.settings.system_prompt);
        let tokens = said.fold(new.saturating_add(system), u32::saturating_add);
        let bill = self.estimated_bill(to, tokens, head.settings.max_tokens).await?;
        Ok(Estimate { tokens, earlier: sources.len(), bill })
    }

    /// What a prompt of so many tokens and an answer of usual length cost.
    pub(crate) async fn estimated_bill(
        &self,
        to: &Answerer,
        prompt_tokens: u32,
        max_tokens: Option<u32>,
    ) -> Result<Option<Bill>, Failure> {
        let output_tokens = max_tokens.unwrap_or(USUAL_ANSWER).min(USUAL_ANSWER);
        self.bill(to, &Usage { prompt_tokens, output_tokens, estimated: true, ..Usage::default() }).await
    }

    /// Reserves what an answer may cost at most, or refuses it for want of budget.
    pub(crate) async fn put_on_books(
        &self,
        message: &Message,
        answerer: &Answerer,
        asked: &Fitted,
        fallback: bool,
    ) -> Result<i64, Failure> {
        let prompt_tokens = asked.size.tokens;
        let longest = match answerer {
            Answerer::There(_, model) => model.max_output_tokens.unwrap_or(LONG_ANSWER).min(LONG_ANSWER),
            Answerer::Here(_) => 0,
        };
        let output_tokens = asked.prompt.sampling.max_tokens.unwrap_or(longest);
        let usage = Usage { prompt_tokens, output_tokens, ..Usage::default() };
        let bill = self.bill(answerer, &usage).await?;
        let kept = !self.is_temporary(message.chat);
        let new = NewSpend {
            at: self.now(),
            chat: kept.then_some(message.chat),
            message: kept.then_some(message.id),
            provider: answerer.provider().map(|provider| provider.id),
            model: answerer.id(),
            model_name: answerer.name().to_owned(),
            zone: answerer.zone(),
            fallback,
            usd_micros: bill.map_or(0, |bill| bill.usd_micros),
            price_known: bill.is_none_or(|bill| bill.price_known),
        };
        let limits = if bill.is_some() { self.limits(answerer) } else { Vec::new() };
        match self.store.reserve(&new, &limits).await.map_err(from_store)? {
            Reservation::Made(number) => Ok(number),
            Reservation::Over { limit, spent_usd_micros } => {
                Err(self.over(answerer, limit, spent_usd_micros, new.usd_micros))
            }
        }
    }

    fn over(&self, answerer: &Answerer, limit: SpendLimit, spent: u64, needed: u64) -> Failure {
        let whose = match limit.provider {
            Some(_) => format!(" for {}", answerer.provider().map_or("it", |provider| &provider.name)),
            None => String::new(),
        };
        let (day, _) = self.periods();
        let period = if limit.since == day { "today" } else { "this month" };
        Failure::BudgetReached {
            message: format!(
                "This answer may cost up to {}, and of your budget{whose} of {} {period} {} is left. Nothing was sent.",
                dollars(needed),
                dollars(limit.usd_micros),
                dollars(limit.usd_micros.saturating_sub(spent)),
            ),
        }
    }

    /// Puts on the books what an attempt cost.
    pub(crate) async fn settle(
        &self,
        number: i64,
        answerer: &Answerer,
        usage: Usage,
        outcome: String,
    ) -> Result<Option<Bill>, Failure> {
        let asked = usage.prompt_tokens > 0 || usage.output_tokens > 0;
        let bill = if asked { self.bill(answerer, &usage).await? } else { None };
        self.store.settle(number, &Settled { usage, bill, outcome }).await.map_err(from_store)?;
        Ok(bill)
    }

    /// Midnight, and the midnight that began the month, by the clock on the wall here.
    fn periods(&self) -> (Timestamp, Timestamp) {
        periods(self.now(), TimeZone::system())
    }

    fn limits(&self, answerer: &Answerer) -> Vec<SpendLimit> {
        let provider = answerer.provider().map(|provider| provider.id);
        let (day, month) = self.periods();
        let meant = |budget: &&Budget| budget.provider.is_none() || budget.provider == provider;
        let budgets = self.settings().budgets;
        budgets.iter().filter(meant).flat_map(|budget| limits_of(budget, day, month)).collect()
    }

    /// What may still be spent.
    pub(crate) async fn budget_states(&self) -> Result<Vec<BudgetState>, Failure> {
        let (day, month) = self.periods();
        let mut states = Vec::new();
        for budget in self.settings().budgets {
            for limit in limits_of(&budget, day, month) {
                let spent_usd_micros = self.store.spent(limit.provider, limit.since).await.map_err(from_store)?;
                states.push(BudgetState {
                    provider: limit.provider,
                    month: budget.day_usd_micros.is_none() || limit.since != day,
                    limit_usd_micros: limit.usd_micros,
                    spent_usd_micros,
                });
            }
        }
        Ok(states)
    }
}

/// Tokens of files that go to this model.
fn of_files(files: &[Attachment], to: &Answerer) -> u32 {
    let tokens = |file: &Attachment| match &file.content {
        Content::Text(text) => estimate_tokens(text),
        Content::Image { facts, .. } if to.sees_images() => facts.tokens(),
        Content::Image { .. } => 0,
    };
    files.iter().map(tokens).fold(0, u32::saturating_add)
}

fn limits_of(budget: &Budget, day: Timestamp, month: Timestamp) -> Vec<SpendLimit> {
    let limit = |since, usd_micros: Option<u64>| {
        usd_micros.map(|usd_micros| SpendLimit { provider: budget.provider, since, usd_micros })
    };
    [limit(day, budget.day_usd_micros), limit(month, budget.month_usd_micros)].into_iter().flatten().collect()
}

/// The beginnings of the day and of the month at a time, by the clock on the wall.
fn periods(now: Timestamp, zone: TimeZone) -> (Timestamp, Timestamp) {
    let begin = |first: bool| {
        let local = jiff::Timestamp::from_millisecond(now.0).ok()?.to_zoned(zone.clone());
        let day = if first { local.first_of_month().ok()? } else { local };
        Some(Timestamp(day.start_of_day().ok()?.timestamp().as_millisecond()))
    };
    // A clock that no calendar knows: everything since ever counts.
    (begin(false).unwrap_or(Timestamp(0)), begin(true).unwrap_or(Timestamp(0)))
}

/// Under what name the price table knows a provider.
pub(crate) fn price_name(provider: &domain::Provider) -> String {
    match provider.kind {
        ProviderKind::Openai => "openai".to_owned(),
        ProviderKind::Azure => "azure".to_owned(),
        ProviderKind::Anthropic => "anthropic".to_owned(),
        ProviderKind::Gemini => "gemini".to_owned(),
        ProviderKind::Compatible => {
            let host = host_of(&provider.base_url);
            let preset = providers::presets().into_iter().find(|preset| host_of(&preset.base_url) == host);
            preset.map_or_else(|| provider.handle.clone(), |preset| preset.id)
        }
    }
}

fn price(row: wire::Price) -> Price {
    Price {
        provider: row.provider.trim().to_owned(),
        model: row.model.trim().to_owned(),
        name: String::new(),
        input: row.input,
        cached_input: row.cached_input,
        cache_write: row.cache_write,
        output: row.output,
        context_tokens: None,
        max_output_tokens: None,
        images: None,
        reasoning: None,
        source: row.source,
        seen: row.seen,
    }
}

fn price_row(row: &Price, own: bool) -> wire::Price {
    wire::Price {
        provider: row.provider.clone(),
        model: row.model.clone(),
        input: row.input,
        cached_input: row.cached_input,
        cache_write: row.cache_write,
        output: row.output,
        source: row.source.clone(),
        seen: row.seen.clone(),
        own,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamp(text: &str) -> Timestamp {
        Timestamp(text.parse::<jiff::Timestamp>().unwrap_or_default().as_millisecond())
    }

    #[test]
    fn days_and_months_begin_at_the_midnight_of_the_wall() {
        let now = stamp("2026-11-30T23:30:00Z");
        let east = TimeZone::fixed(jiff::tz::offset(1));
        assert_eq!(periods(now, east), (stamp("2026-11-30T23:00:00Z"), stamp("2026-11-30T23:00:00Z")));
        assert_eq!(periods(now, TimeZone::UTC), (stamp("2026-11-30T00:00:00Z"), stamp("2026-11-01T00:00:00Z")));
    }

    #[test]
    fn amounts_show_what_matters() {
        for (micros, words) in
            [(0, "$0"), (40, "less than $0.0001"), (3_141, "$0.0031"), (14_200, "$0.014"), (1_250_000, "$1.25")]
        {
            assert_eq!(dollars(micros), words);
        }
    }
}
