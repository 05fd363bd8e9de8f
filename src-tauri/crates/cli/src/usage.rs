//! `usage`: what was asked and spent, by model, and what the budgets leave.

use std::collections::BTreeMap;

use app::terminal::{dollars, latest_days};
use domain::{Clock, SystemClock, Zone};
use serde_json::json;
use wire::{BudgetState, Commands, Failure, Nothing, ProviderCard, UsageReport};

use crate::{arguments::Report, exit::Ending, figures, output, place::Place};

pub(crate) async fn run(place: &Place, wanted: Report) -> Result<(), Ending> {
    let query = latest_days(SystemClock.now(), wanted.from, wanted.to);
    if wanted.csv {
        return output::result(&place.with_core(async |core| core.usage_csv(query).await).await?);
    }
    let days = format!("{} to {}", query.from, query.to);
    let (report, providers) = place
        .with_core(async |core| Ok::<_, Failure>((core.usage(query).await?, core.provider_list(Nothing).await?)))
        .await?;
    if wanted.json {
        return output::json(&json!(report));
    }
    if report.rows.is_empty() {
        output::note(&format!("Nothing was asked from {days}."));
    } else {
        output::result(&table(&report))?;
    }
    report.budgets.iter().try_for_each(|budget| output::result(&line(budget, &providers)))
}

/// What was asked of a model, all days and folders together.
#[derive(Default)]
struct Sum {
    answers: u32,
    errors: u32,
    read: u64,
    written: u64,
    usd_micros: u64,
    price_unknown: bool,
}

const HEADINGS: [&str; 7] = ["Model", "Where", "Answers", "Failed", "Tokens read", "Written", "Cost"];

fn table(report: &UsageReport) -> String {
    let mut sums: BTreeMap<(Zone, String, String), Sum> = BTreeMap::new();
    for row in &report.rows {
        let id = row.provider.map(|id| id.to_string());
        let name = id.and_then(|id| report.names.iter().find(|name| name.id == id));
        let provider = name.map(|name| name.name.clone()).unwrap_or_default();
        let sum = sums.entry((row.zone, provider, row.model_name.clone())).or_default();
        sum.answers += row.answers;
        sum.errors += row.errors;
        sum.read += row.prompt_tokens;
        sum.written += row.output_tokens;
        sum.usd_micros += row.usd_micros;
        sum.price_unknown |= row.price_unknown;
    }
    let cells = sums.into_iter().map(|((zone, provider, model), sum)| {
        let place = figures::place(zone);
        // What nobody charges for has no price, which is not the same as a price of nothing.
        let cost = match (sum.usd_micros, sum.price_unknown) {
            (0, _) if zone.is_inside() => "-".to_owned(),
            (micros, true) => format!("about {}", dollars(micros)),
            (micros, false) => dollars(micros),
        };
        [
            model,
            if provider.is_empty() { place.to_owned() } else { format!("{provider} ({place})") },
            sum.answers.to_string(),
            sum.errors.to_string(),
            sum.read.to_string(),
            sum.written.to_string(),
            cost,
        ]
    });
    aligned(&[HEADINGS.map(str::to_owned)].into_iter().chain(cells).collect::<Vec<_>>())
}

/// Lines with their columns under each other: words to the left, figures to the right.
fn aligned(lines: &[[String; 7]]) -> String {
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or_default();
    let widths: [usize; 7] = std::array::from_fn(width);
    let line = |cells: &[String; 7]| {
        let padded = cells.iter().zip(widths).enumerate().map(|(column, (cell, width))| match column {
            0 | 1 => format!("{cell:<width$}"),
            _ => format!("{cell:>width$}"),
        });
        padded.collect::<Vec<_>>().join("  ") + "\n"
    };
    lines.iter().map(line).collect()
}

fn line(budget: &BudgetState, providers: &[ProviderCard]) -> String {
    let whose = match budget.provider {
        None => "for all providers".to_owned(),
        Some(id) => {
            let card = providers.iter().find(|card| card.provider.id == id);
            format!("for {}", card.map_or("a provider that is gone", |card| &card.provider.name))
        }
    };
    let (limit, spent) = (budget.limit_usd_micros, budget.spent_usd_micros);
    let state = match spent {
        spent if spent >= limit => ": used up",
        spent if spent >= limit / 5 * 4 => ": nearly used up",
        _ => "",
    };
    let period = if budget.month { "this month" } else { "today" };
    format!("Budget {whose}, {period}: {} of {}{state}\n", dollars(spent), dollars(limit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_under_each_other() {
        let of = |cells: [&str; 7]| cells.map(str::to_owned);
        let text = aligned(&[of(HEADINGS), of(["é", "cloud", "12", "0", "1000", "7", "$0.0031"])]);
        let ends: Vec<usize> = text.lines().map(|line| line.chars().count()).collect();
        assert!(
            ends[0] == ends[1] && text.lines().nth(1).is_some_and(|line| line.starts_with("é      cloud")),
            "{text}"
        );
    }

    #[test]
    fn a_budget_says_how_near_its_end_is() {
        let of = |spent_usd_micros| {
            let budget = BudgetState { provider: None, month: true, limit_usd_micros: 5_000_000, spent_usd_micros };
            line(&budget, &[])
        };
        assert_eq!(of(1_200_000), "Budget for all providers, this month: $1.20 of $5.00\n");
        assert!(of(4_000_000).ends_with(": nearly used up\n") && of(5_000_000).ends_with(": used up\n"));
    }
}
