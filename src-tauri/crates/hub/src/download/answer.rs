//! What a hub's answer to a request for (the rest of) a file means: pure.

use std::time::Duration;

use http::{HeaderMap, StatusCode, header};

use crate::HubError;

/// The head of an answer, as far as it matters here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Head {
    /// HTTP status.
    pub status: u16,
    /// `Content-Range`, where there is one that can be read.
    pub range: Option<ContentRange>,
    /// `Content-Length`.
    pub length: Option<u64>,
    /// `ETag`, where it is a strong one.
    pub etag: Option<String>,
    /// `Retry-After`.
    pub retry_after: Option<Duration>,
}

/// `Content-Range: bytes start-end/total`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ContentRange {
    /// First byte.
    pub start: u64,
    /// Length of the whole file, where the server says it.
    pub total: Option<u64>,
}

/// What was asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'a> {
    /// First byte that is wanted; a range was asked for where it is not 0.
    pub from: u64,
    /// Stated length of the whole file.
    pub bytes: u64,
    /// What comes is compared with a stated SHA-256 in the end.
    pub hashed: bool,
    /// `ETag` of the answer that the first bytes came from.
    pub etag: Option<&'a str>,
}

/// What to do with an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Its bytes are the ones that were asked for.
    Take,
    /// It sends the file from its first byte on.
    FromStart,
    /// It is not the file that was begun: begin it once more. The sentence says why.
    Renew(String),
    /// It does not have what was asked for.
    Fail(HubError),
}

impl Head {
    /// Reads it. `now` is Unix time in milliseconds, for dates.
    pub(crate) fn of(status: StatusCode, headers: &HeaderMap, now: i64) -> Self {
        let text = |name| headers.get(name).and_then(|value: &header::HeaderValue| value.to_str().ok());
        Self {
            status: status.as_u16(),
            range: text(header::CONTENT_RANGE).and_then(ContentRange::parse),
            length: text(header::CONTENT_LENGTH).and_then(|text| text.trim().parse().ok()),
            etag: text(header::ETAG).filter(|etag| etag.starts_with('"')).map(str::to_owned),
            retry_after: text(header::RETRY_AFTER).and_then(|text| retry_after(text, now)),
        }
    }

    /// Judges it.
    pub(crate) fn judge(&self, asked: Asked<'_>) -> Verdict {
        match self.status {
            200 | 206 if self.is_of_another_file(asked) => {
                Verdict::Renew("The file changed on the hub while it was being downloaded.".into())
            }
            206 => match self.range {
                Some(range) if range.start == asked.from => Verdict::Take,
                _ => Verdict::Renew("The hub sent another piece of the file than it was asked for.".into()),
            },
            200 if asked.from > 0 => Verdict::FromStart,
            200 => Verdict::Take,
            416 => Verdict::Renew("The hub's file is shorter than it stated.".into()),
            status => Verdict::Fail(self.refusal(status)),
        }
    }

    fn is_of_another_file(&self, asked: Asked<'_>) -> bool {
        let total = match self.status {
            206 => self.range.and_then(|range| range.total),
            // Where a hash decides in the end, a length that is a lie does no harm.
            _ if asked.hashed => None,
            _ => self.length,
        };
        total.is_some_and(|total| total != asked.bytes)
            || matches!((asked.etag, &self.etag), (Some(before), Some(now)) if asked.from > 0 && before != now)
    }

    fn refusal(&self, status: u16) -> HubError {
        match status {
            401 | 403 => HubError::AccountNeeded(
                "The hub gives this file only to accounts that accepted the model's licence. Accept it on the model's page, \
                 download the file there and open it here; or choose another model."
                    .into(),
            ),
            404 | 410 => HubError::NotFound("The hub does not have this file any more. Choose another one.".into()),
            429 => HubError::RateLimited { retry_after: self.retry_after },
            // Asked to wait, it is a matter of time like 429; so are timeouts and troubles of the server's own.
            503 if self.retry_after.is_some() => HubError::RateLimited { retry_after: self.retry_after },
            408 | 425 | 500..=599 => HubError::Unavailable(format!("The hub cannot send this file now (status {status}). What arrived is kept.")),
            _ => HubError::Refused(format!(
                "The hub refuses to send this file (status {status}). What arrived is kept; try again later, or choose another one."
            )),
        }
    }
}

impl ContentRange {
    fn parse(text: &str) -> Option<Self> {
        let (range, total) = text.trim().strip_prefix("bytes ")?.split_once('/')?;
        let (start, end) = range.split_once('-')?;
        let (start, end): (u64, u64) = (start.trim().parse().ok()?, end.trim().parse().ok()?);
        let total = match total.trim() {
            "*" => None,
            total => Some(total.parse().ok()?),
        };
        (start <= end && total.is_none_or(|total| end < total)).then_some(Self { start, total })
    }
}

/// Seconds, or a date (RFC 9110 §10.2.3).
fn retry_after(text: &str, now: i64) -> Option<Duration> {
    if let Ok(seconds) = text.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = time::OffsetDateTime::parse(text.trim(), &time::format_description::well_known::Rfc2822).ok()?;
    let milliseconds = i64::try_from(date.unix_timestamp_nanos() / 1_000_000).ok()?.saturating_sub(now);
    Some(Duration::from_millis(u64::try_from(milliseconds).unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const HALF: Asked<'_> = Asked { from: 50, bytes: 100, hashed: true, etag: Some("\"a\"") };

    fn head(status: u16, headers: &[(&str, &str)]) -> Head {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(header::HeaderName::try_from(*name).unwrap(), value.parse().unwrap());
        }
        // 1994-11-06 08:49:07, half a minute before the date of RFC 9110's example.
        Head::of(StatusCode::from_u16(status).unwrap(), &map, 784_111_747_000)
    }

    #[test]
    fn the_rest_of_the_file_is_taken() {
        for range in ["bytes 50-99/100", "bytes 50-60/100", "bytes 50-99/*"] {
            assert_eq!(head(206, &[("content-range", range)]).judge(HALF), Verdict::Take, "{range}");
        }
        assert_eq!(head(206, &[("content-range", "bytes 50-99/100"), ("etag", "\"a\"")]).judge(HALF), Verdict::Take);
        assert_eq!(head(206, &[("content-range", "bytes 50-99/100"), ("etag", "W/\"b\"")]).judge(HALF), Verdict::Take);
        assert_eq!(head(200, &[("content-length", "100")]).judge(Asked { from: 0, ..HALF }), Verdict::Take);
    }

    #[test]
    fn a_server_without_ranges_sends_it_all() {
        assert_eq!(head(200, &[("content-length", "100")]).judge(HALF), Verdict::FromStart);
        assert_eq!(head(200, &[]).judge(HALF), Verdict::FromStart);
    }

    #[test]
    fn another_piece_or_another_file_is_begun_again() {
        for range in [
            "bytes 0-99/100",
            "bytes 49-99/100",
            "bytes 51-99/100",
            "bytes 50-99/101",
            "bytes 50-100/100",
            "bytes 60-50/100",
            "bytes */100",
            "bytes",
            "",
            "items 50-99/100",
            "bytes -50-99/100",
            "bytes 50-99/x",
        ] {
            let verdict = head(206, &[("content-range", range)]).judge(HALF);
            assert!(matches!(verdict, Verdict::Renew(_)), "{range}: {verdict:?}");
        }
        assert!(matches!(head(206, &[]).judge(HALF), Verdict::Renew(_)));
        let changed = head(206, &[("content-range", "bytes 50-99/100"), ("etag", "\"b\"")]);
        assert!(matches!(changed.judge(HALF), Verdict::Renew(_)));
        assert!(matches!(head(416, &[]).judge(HALF), Verdict::Renew(_)));
    }

    #[test]
    fn a_length_that_is_a_lie_matters_where_no_hash_decides() {
        let longer = head(200, &[("content-length", "101")]);
        let asked = Asked { from: 0, ..HALF };
        assert_eq!(longer.judge(asked), Verdict::Take);
        assert!(matches!(longer.judge(Asked { hashed: false, ..asked }), Verdict::Renew(_)));
    }

    #[test]
    fn refusals_say_whether_waiting_helps() {
        let error = |status, headers: &[(&str, &str)]| match head(status, headers).judge(HALF) {
            Verdict::Fail(error) => error,
            other => panic!("{status}: {other:?}"),
        };
        for status in [408, 425, 429, 500, 502, 503, 504, 529] {
            assert!(error(status, &[]).passes(), "{status}");
        }
        for status in [204, 301, 302, 400, 401, 403, 404, 405, 410, 418, 451] {
            assert!(!error(status, &[]).passes(), "{status}");
        }
        assert!(matches!(error(401, &[]), HubError::AccountNeeded(_)));
        assert!(matches!(error(404, &[]), HubError::NotFound(_)));
        let wait = |text| error(429, &[("retry-after", text)]);
        let after = |seconds| HubError::RateLimited { retry_after: Some(Duration::from_secs(seconds)) };
        assert_eq!(wait("120"), after(120));
        assert_eq!(wait("Sun, 06 Nov 1994 08:49:37 GMT"), after(30));
        assert_eq!(wait("Sun, 06 Nov 1994 08:48:37 GMT"), after(0), "past");
        assert_eq!(wait("soon"), HubError::RateLimited { retry_after: None });
        assert_eq!(error(503, &[("retry-after", "7")]), after(7));
    }
}
