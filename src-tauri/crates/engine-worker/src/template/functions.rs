//! What templates call and jinja2 or transformers provide.

use domain::Timestamp;
use minijinja::{
    Environment, Error, ErrorKind, Value,
    value::{Kwargs, ValueKind},
};
use time::{OffsetDateTime, UtcOffset};

use super::json::Json;

/// Where templates get the date from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Now {
    clock: fn() -> Timestamp,
    offset: UtcOffset,
}

impl Now {
    /// A clock, and this machine's time zone as it is now: behind the walls its files cannot be read any more.
    #[allow(unsafe_code)] // localtime_r: the standard library knows no time zones
    pub(crate) fn new(clock: fn() -> Timestamp) -> Self {
        let seconds: libc::time_t = clock().0.div_euclid(1000);
        // SAFETY: both pointers are to values that outlive the call, and a zeroed tm is a valid one.
        let offset = unsafe {
            let mut tm: libc::tm = std::mem::zeroed();
            libc::localtime_r(&raw const seconds, &raw mut tm);
            tm.tm_gmtoff
        };
        let offset = i32::try_from(offset).ok().and_then(|seconds| UtcOffset::from_whole_seconds(seconds).ok());
        Self { clock, offset: offset.unwrap_or(UtcOffset::UTC) }
    }

    /// A standing clock at UTC.
    #[cfg(test)]
    pub(crate) fn standing(clock: fn() -> Timestamp) -> Self {
        Self { clock, offset: UtcOffset::UTC }
    }

    fn local(self) -> OffsetDateTime {
        let seconds = (self.clock)().0.div_euclid(1000);
        OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH).to_offset(self.offset)
    }
}

/// A sentence that a template raised.
#[derive(Debug)]
struct Raised(String);

impl std::fmt::Display for Raised {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.write_str(&self.0)
    }
}

impl std::error::Error for Raised {}

/// The sentence, where the template raised one.
pub(super) fn raised(error: &Error) -> Option<&str> {
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        if let Some(Raised(sentence)) = error.downcast_ref() {
            return Some(sentence);
        }
        cause = error.source();
    }
    None
}

/// Adds everything to an environment.
pub(super) fn install(environment: &mut Environment<'static>, now: Now) {
    environment.set_unknown_method_callback(minijinja_contrib::pycompat::unknown_method_callback);
    environment.add_function("raise_exception", |sentence: Value| -> Result<Value, Error> {
        let sentence = sentence.to_string();
        Err(Error::new(ErrorKind::InvalidOperation, sentence.clone()).with_source(Raised(sentence)))
    });
    environment.add_function("strftime_now", move |format: String| formatted(now.local(), &format));
    environment.add_filter("tojson", tojson);
    // minijinja can iterate over none, and says so; Python cannot.
    environment.add_test("iterable", |value: Value| !value.is_none() && value.try_iter().is_ok());
}

/// `json.dumps` with `ensure_ascii=False`, as transformers has it.
fn tojson(value: Value, indent: Option<Value>, options: Kwargs) -> Result<Value, Error> {
    let indent = match indent {
        Some(indent) => Some(indent),
        None => options.get::<Option<Value>>("indent")?,
    };
    let separators = options.get::<Option<Vec<String>>>("separators")?;
    let json = Json {
        ascii: options.get::<Option<bool>>("ensure_ascii")?.unwrap_or(false),
        sorted: options.get::<Option<bool>>("sort_keys")?.unwrap_or(false),
        indent: indent.filter(|indent| !indent.is_none()).map(|indent| match indent.kind() {
            ValueKind::String => indent.to_string(),
            _ => " ".repeat(indent.as_usize().unwrap_or(0).min(32)),
        }),
        separators: separators.and_then(|pair| <[String; 2]>::try_from(pair).ok()),
    };
    options.assert_all_used()?;
    json.dumps(&value).map(Value::from)
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// Python's `strftime` in the C locale.
fn formatted(at: OffsetDateTime, format: &str) -> String {
    let month = MONTHS[usize::from(u8::from(at.month())) - 1];
    let day = DAYS[usize::from(at.weekday().number_days_from_monday())];
    let twelve = (at.hour() + 11) % 12 + 1;
    let mut text = String::new();
    let mut letters = format.chars();
    while let Some(letter) = letters.next() {
        if letter != '%' {
            text.push(letter);
            continue;
        }
        let mut code = letters.next();
        let bare = code == Some('-');
        if bare {
            code = letters.next();
        }
        let number = |value: u32, width: usize| if bare { value.to_string() } else { format!("{value:0width$}") };
        let part = match code {
            Some('Y') => at.year().to_string(),
            Some('y') => number(at.year().rem_euclid(100).unsigned_abs(), 2),
            Some('m') => number(u8::from(at.month()).into(), 2),
            Some('d') => number(at.day().into(), 2),
            Some('e') => format!("{:>2}", at.day()),
            Some('j') => number(at.ordinal().into(), 3),
            Some('H') => number(at.hour().into(), 2),
            Some('I') => number(twelve.into(), 2),
            Some('M') => number(at.minute().into(), 2),
            Some('S') => number(at.second().into(), 2),
            Some('p') => if at.hour() < 12 { "AM" } else { "PM" }.to_owned(),
            Some('B') => month.to_owned(),
            Some('b' | 'h') => month[..3].to_owned(),
            Some('A') => day.to_owned(),
            Some('a') => day[..3].to_owned(),
            Some('F') => formatted(at, "%Y-%m-%d"),
            Some('T') => formatted(at, "%H:%M:%S"),
            Some('%') => "%".to_owned(),
            Some(other) => format!("%{other}"),
            None => "%".to_owned(),
        };
        text.push_str(&part);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_python_s() {
        let at = OffsetDateTime::from_unix_timestamp(1_709_635_509).unwrap_or(OffsetDateTime::UNIX_EPOCH);
        let text = formatted(at, "%d %b %Y|%B %-d, %A %a|%Y-%m-%d|%H:%M:%S|%I:%M %p|%j %y %e %%|%F %T|%Q|%");
        assert_eq!(
            text,
            "05 Mar 2024|March 5, Tuesday Tue|2024-03-05|10:45:09|10:45 AM|065 24  5 %|2024-03-05 10:45:09|%Q|%"
        );
    }
}
