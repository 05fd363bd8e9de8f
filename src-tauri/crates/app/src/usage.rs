//! What was asked and spent, by day, model and folder.

use std::collections::{BTreeMap, BTreeSet};

use domain::{FolderId, ModelId, ProviderId, Thumb, Timestamp, Zone};
use jiff::{SignedDuration, civil, tz::Offset};
use store::Spend;
use wire::{Exported, Failure, UsageName, UsageQuery, UsageReport, UsageRow};

use crate::{Core, failure::from_store};

/// Most days of a report.
const MOST_DAYS: i64 = 800;

/// The days of a report.
struct Days {
    from: Timestamp,
    to: Timestamp,
    offset: Offset,
}

impl Days {
    fn of(query: &UsageQuery) -> Result<Self, Failure> {
        let wrong = || Failure::invalid("The days of a report look like 2026-11-01 to 2026-11-21.");
        let offset = Offset::from_seconds(query.offset_minutes.saturating_mul(60)).map_err(|_| wrong())?;
        let day = |text: &str| text.parse::<civil::Date>().map_err(|_| wrong());
        let (from, to) = (day(&query.from)?, day(&query.to)?);
        let after = to.tomorrow().map_err(|_| wrong())?;
        let stamp = |day: civil::Date| {
            let at = offset.to_timestamp(day.at(0, 0, 0, 0)).map_err(|_| wrong())?;
            Ok(Timestamp(at.as_millisecond()))
        };
        let days = Self { from: stamp(from)?, to: stamp(after)?, offset };
        if from > to || days.to.0 - days.from.0 > MOST_DAYS * 24 * 60 * 60 * 1_000 {
            return Err(wrong());
        }
        Ok(days)
    }

    fn day(&self, at: Timestamp) -> String {
        let shifted = jiff::Timestamp::from_millisecond(at.0).unwrap_or_default()
            + SignedDuration::from_secs(i64::from(self.offset.seconds()));
        shifted.to_string().chars().take(10).collect()
    }
}

impl Core {
    /// The report of some days.
    pub(crate) async fn usage_report(&self, query: UsageQuery) -> Result<UsageReport, Failure> {
        let days = Days::of(&query)?;
        let spends = self.store.spends(days.from, days.to).await.map_err(from_store)?;
        let rows = rows(&spends, |at| days.day(at));
        let folders = self.store.folders().await.map_err(from_store)?;
        let providers = self.store.providers().await.map_err(from_store)?;
        let named: BTreeSet<String> = rows
            .iter()
            .flat_map(|row| [row.folder.map(|id| id.to_string()), row.provider.map(|id| id.to_string())])
            .flatten()
            .collect();
        let names = folders
            .into_iter()
            .map(|folder| UsageName { id: folder.id.to_string(), name: folder.name })
            .chain(providers.into_iter().map(|one| UsageName { id: one.id.to_string(), name: one.name }))
            .filter(|name| named.contains(&name.id))
            .collect();
        Ok(UsageReport { rows, budgets: self.budget_states().await?, names })
    }

    /// Writes the report to a file that the user picks.
    pub(crate) async fn export_usage(&self, query: UsageQuery) -> Result<Option<Exported>, Failure> {
        self.refuse_unless(self.policy.export_allowed(), "export.allowed", "exports")?;
        let name = format!("drawbridge-usage-{}-{}.csv", query.from, query.to);
        let report = self.usage_report(query).await?;
        let Some(path) = self.pick_place(&name).await? else { return Ok(None) };
        let text = csv(&report);
        let written = path.clone();
        let writing = crate::house::blocking(move || std::fs::write(written, text)).await?;
        writing.map_err(|error| Failure::unexpected(format!("{} could not be written: {error}.", path.display())))?;
        self.note(audit::Event::Exported { what: "usage".to_owned() }, None);
        Ok(Some(Exported { path: path.display().to_string() }))
    }
}

/// What makes a row.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    day: String,
    provider: Option<ProviderId>,
    model: ModelId,
    folder: Option<FolderId>,
}

fn rows(spends: &[Spend], day: impl Fn(Timestamp) -> String) -> Vec<UsageRow> {
    let mut groups: BTreeMap<Key, Vec<&Spend>> = BTreeMap::new();
    for spend in spends {
        let key = Key { day: day(spend.at), provider: spend.provider, model: spend.model, folder: spend.folder };
        groups.entry(key).or_default().push(spend);
    }
    groups.into_iter().map(|(key, group)| row(key, &group)).collect()
}

fn row(key: Key, group: &[&Spend]) -> UsageRow {
    let last = group.last().expect("BUG: a group has a member");
    let answered = |spend: &&&Spend| matches!(spend.outcome.as_deref(), Some("answered" | "stopped" | "interrupted"));
    let count = |which: &dyn Fn(&&&Spend) -> bool| group.iter().filter(which).count() as u32;
    let sum = |what: &dyn Fn(&Spend) -> u64| group.iter().map(|spend| what(spend)).fold(0, u64::saturating_add);
    let mut waits: Vec<f64> = group.iter().map(|spend| spend.usage.first_token_ms).filter(|wait| *wait > 0.0).collect();
    waits.sort_by(f64::total_cmp);
    UsageRow {
        day: key.day,
        provider: key.provider,
        model: key.model,
        model_name: last.model_name.clone(),
        folder: key.folder,
        zone: last.zone,
        answers: count(&|spend| answered(spend)),
        errors: count(&|spend| spend.outcome.is_some() && !answered(spend)),
        fallbacks: count(&|spend| spend.fallback && answered(spend)),
        prompt_tokens: sum(&|spend| spend.usage.prompt_tokens.into()),
        cached_tokens: sum(&|spend| spend.usage.cached_tokens.into()),
        output_tokens: sum(&|spend| spend.usage.output_tokens.into()),
        reasoning_tokens: sum(&|spend| spend.usage.reasoning_tokens.into()),
        usd_micros: sum(&|spend| spend.usd_micros),
        price_unknown: group.iter().any(|spend| !spend.price_known && spend.usd_micros > 0),
        first_token_ms: waits.get(waits.len() / 2).copied(),
        up: count(&|spend| spend.thumb == Some(Thumb::Up)),
        down: count(&|spend| spend.thumb == Some(Thumb::Down)),
    }
}

/// The report as comma-separated values (RFC 4180).
pub(crate) fn csv(report: &UsageReport) -> String {
    let name = |id: Option<String>| {
        let found = id.and_then(|id| report.names.iter().find(|name| name.id == id));
        found.map(|name| name.name.clone()).unwrap_or_default()
    };
    let mut text =
        "day,place,provider,model,folder,answers,errors,fallbacks,prompt_tokens,cached_tokens,output_tokens,\
                    reasoning_tokens,usd,price_known,median_first_token_ms,thumbs_up,thumbs_down\r\n"
            .to_owned();
    for row in &report.rows {
        let place = match row.zone {
            Zone::ThisComputer => "this computer",
            Zone::OurNetwork => "our network",
            Zone::Cloud => "cloud",
        };
        let fields = [
            row.day.clone(),
            place.to_owned(),
            quoted(&name(row.provider.map(|id| id.to_string()))),
            quoted(&row.model_name),
            quoted(&name(row.folder.map(|id| id.to_string()))),
            row.answers.to_string(),
            row.errors.to_string(),
            row.fallbacks.to_string(),
            row.prompt_tokens.to_string(),
            row.cached_tokens.to_string(),
            row.output_tokens.to_string(),
            row.reasoning_tokens.to_string(),
            format!("{:.6}", row.usd_micros as f64 / 1e6),
            if row.price_unknown { "no" } else { "yes" }.to_owned(),
            row.first_token_ms.map_or_else(String::new, |wait| format!("{wait:.0}")),
            row.up.to_string(),
            row.down.to_string(),
        ];
        text.push_str(&fields.join(","));
        text.push_str("\r\n");
    }
    text
}

/// A text field; one that a spreadsheet would take for a formula is made text.
fn quoted(text: &str) -> String {
    let guard = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
    format!("\"{guard}{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use domain::Usage;

    use super::*;

    fn spend(at: i64, model: ModelId, outcome: &str, first_token_ms: f64) -> Spend {
        Spend {
            at: Timestamp(at),
            folder: None,
            provider: None,
            model,
            model_name: "=m\"x".to_owned(),
            zone: Zone::Cloud,
            fallback: false,
            usd_micros: 1_500,
            price_known: true,
            usage: Usage { prompt_tokens: 10, output_tokens: 5, first_token_ms, ..Usage::default() },
            outcome: Some(outcome.to_owned()),
            thumb: Some(Thumb::Up),
        }
    }

    #[test]
    fn days_end_at_local_midnight_and_rows_add_up() {
        let query = UsageQuery { from: "2026-11-20".to_owned(), to: "2026-11-21".to_owned(), offset_minutes: 60 };
        let days = Days::of(&query).unwrap();
        let at = |text: &str| text.parse::<jiff::Timestamp>().unwrap().as_millisecond();
        assert_eq!((days.from.0, days.to.0), (at("2026-11-19T23:00:00Z"), at("2026-11-21T23:00:00Z")));
        let model = ModelId::new();
        let spends = [
            spend(at("2026-11-20T22:59:59Z"), model, "answered", 100.0),
            spend(at("2026-11-20T23:00:00Z"), model, "answered", 300.0),
            spend(at("2026-11-20T23:00:01Z"), model, "ratelimited", 0.0),
        ];
        let rows = rows(&spends, |at| days.day(at));
        assert_eq!(rows.iter().map(|row| row.day.as_str()).collect::<Vec<_>>(), ["2026-11-20", "2026-11-21"]);
        let second = &rows[1];
        assert_eq!((second.answers, second.errors, second.usd_micros, second.up), (1, 1, 3_000, 2));
        assert_eq!(second.first_token_ms, Some(300.0));
        let text = csv(&UsageReport { rows, budgets: Vec::new(), names: Vec::new() });
        assert!(text.lines().nth(1).unwrap().contains("\"'=m\"\"x\""), "{text}");
    }

    #[test]
    fn nonsense_is_no_report() {
        for (from, to) in [("2026-11-21", "2026-11-20"), ("yesterday", "today"), ("1990-01-01", "2026-01-01"), ("", "")]
        {
            let query = UsageQuery { from: from.to_owned(), to: to.to_owned(), offset_minutes: 0 };
            assert!(Days::of(&query).is_err(), "{from} {to}");
        }
    }
}
