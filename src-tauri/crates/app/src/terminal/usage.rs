//! The report of usage, as a terminal asks for it.

use domain::Timestamp;
use jiff::{Span, tz::TimeZone};
use wire::{Failure, UsageQuery};

use crate::{Core, books, usage};

/// Days of a report for which nobody said where it begins, the last one included.
const USUAL_DAYS: i64 = 30;

/// An amount for people: the figures that matter.
#[must_use]
pub fn dollars(usd_micros: u64) -> String {
    books::dollars(usd_micros)
}

/// The days of a report by the clock on the wall here: up to today, and thirty of them, where nothing is said. Days look
/// like 2026-11-21.
#[must_use]
pub fn latest_days(now: Timestamp, from: Option<String>, to: Option<String>) -> UsageQuery {
    days(now, TimeZone::system(), from, to)
}

fn days(now: Timestamp, zone: TimeZone, from: Option<String>, to: Option<String>) -> UsageQuery {
    let local = jiff::Timestamp::from_millisecond(now.0).unwrap_or_default().to_zoned(zone);
    let to = to.unwrap_or_else(|| local.date().to_string());
    // What is no day is left for the report to refuse.
    let first = |day: jiff::civil::Date| day.checked_sub(Span::new().days(USUAL_DAYS - 1)).unwrap_or(day);
    let from = from.unwrap_or_else(|| to.parse().map(first).map_or_else(|_| to.clone(), |day| day.to_string()));
    UsageQuery { from, to, offset_minutes: local.offset().seconds() / 60 }
}

impl Core {
    /// The report as comma-separated values.
    ///
    /// # Errors
    /// [`Failure::PolicyForbids`] where exports are not allowed, [`Failure::InvalidInput`] where the days are none.
    pub async fn usage_csv(&self, query: UsageQuery) -> Result<String, Failure> {
        self.refuse_unless(self.policy.export_allowed(), "export.allowed", "exports")?;
        let text = usage::csv(&self.usage_report(query).await?);
        self.note(audit::Event::Exported { what: "usage".to_owned() }, None);
        Ok(text)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_of_the_latest_thirty_days_of_the_wall_unless_others_are_named() {
        let now = Timestamp("2026-11-21T23:30:00Z".parse::<jiff::Timestamp>().unwrap().as_millisecond());
        let east = TimeZone::fixed(jiff::tz::offset(2));
        let of = |from: Option<&str>, to: Option<&str>| {
            let query = days(now, east.clone(), from.map(str::to_owned), to.map(str::to_owned));
            (query.from, query.to, query.offset_minutes)
        };
        let said = |from: &str, to: &str| (from.to_owned(), to.to_owned(), 120);
        assert_eq!(of(None, None), said("2026-10-24", "2026-11-22"));
        assert_eq!(of(None, Some("2026-03-01")), said("2026-01-31", "2026-03-01"));
        assert_eq!(of(Some("2026-11-01"), None), said("2026-11-01", "2026-11-22"));
        assert_eq!(of(None, Some("soon")), said("soon", "soon"));
    }
}
