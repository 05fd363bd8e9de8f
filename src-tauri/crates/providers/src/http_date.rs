//! `Retry-After` (RFC 9110, section 10.2.3): seconds, or a date.

use std::time::Duration;

use http::HeaderMap;
use time::{OffsetDateTime, PrimitiveDateTime, macros::format_description};

/// How long an answer asks us to wait: `retry-after-ms`, else `retry-after`; a date against the answer's own `date`.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name: &str| headers.get(name)?.to_str().ok().map(str::trim);
    if let Some(ms) = text("retry-after-ms").and_then(|ms| ms.parse::<f64>().ok()) {
        return seconds(ms / 1_000.0);
    }
    let after = text("retry-after")?;
    match after.parse::<f64>() {
        Ok(wait) => seconds(wait),
        Err(_) => {
            let wait = date(after)? - date(text("date")?)?;
            Some(wait.try_into().unwrap_or(Duration::ZERO))
        }
    }
}

fn seconds(wait: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(wait).ok()
}

/// The preferred format of RFC 9110: `Sun, 06 Nov 1994 08:49:37 GMT`.
fn date(text: &str) -> Option<OffsetDateTime> {
    let format =
        format_description!("[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT");
    PrimitiveDateTime::parse(text, format).ok().map(PrimitiveDateTime::assume_utc)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waits(pairs: &[(&'static str, &'static str)]) -> Option<Duration> {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(*name, http::HeaderValue::from_static(value));
        }
        retry_after(&headers)
    }

    #[test]
    fn seconds_milliseconds_and_dates_are_understood_and_nonsense_is_not() {
        assert_eq!(waits(&[("retry-after", "20")]), Some(Duration::from_secs(20)));
        assert_eq!(waits(&[("retry-after", "1"), ("retry-after-ms", "250")]), Some(Duration::from_millis(250)));
        let now = ("date", "Sat, 21 Nov 2026 09:00:00 GMT");
        assert_eq!(waits(&[("retry-after", "Sat, 21 Nov 2026 09:00:30 GMT"), now]), Some(Duration::from_secs(30)));
        assert_eq!(waits(&[("retry-after", "Sat, 21 Nov 2026 08:00:00 GMT"), now]), Some(Duration::ZERO));
        for nonsense in ["-5", "soon", "1e400", "NaN", ""] {
            assert_eq!(waits(&[("retry-after", nonsense)]), None, "{nonsense}");
        }
    }
}
