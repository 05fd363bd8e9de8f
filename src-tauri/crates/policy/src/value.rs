//! A key's value, checked against its kind.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value as Json;

use crate::key::{Form, Kind};

/// A value of the right form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Value {
    /// Of [`Kind::Flag`].
    Flag(bool),
    /// Of [`Kind::Count`].
    Count(u32),
    /// Of [`Kind::Choice`] and [`Kind::Text`].
    Text(String),
    /// Of [`Kind::Texts`].
    Texts(Vec<String>),
    /// Of [`Kind::Table`] and [`Kind::Choices`].
    Table(BTreeMap<String, String>),
}

const MOST_ITEMS: usize = 10_000;

impl Value {
    /// Reads a value of that kind.
    ///
    /// # Errors
    /// What is needed instead, as the end of a sentence: "must be true or false".
    pub fn read(kind: Kind, json: &Json) -> Result<Self, String> {
        match kind {
            Kind::Flag => json.as_bool().map(Self::Flag).ok_or_else(|| "must be true or false, without quotes".into()),
            Kind::Choice(words) => choice(words, json).map(Self::Text),
            Kind::Count { least, most } => json
                .as_u64()
                .and_then(|count| u32::try_from(count).ok())
                .filter(|count| (least..=most).contains(count))
                .map(Self::Count)
                .ok_or_else(|| format!("must be a whole number from {least} to {most}, without quotes")),
            Kind::Text(form) => text(form, json).map(Self::Text),
            Kind::Texts(form) => list(form, json).map(Self::Texts),
            Kind::Table(form) => table(json, |json| text(form, json)),
            Kind::Choices(words) => table(json, |json| choice(words, json)),
        }
    }
}

fn choice(words: &[&str], json: &Json) -> Result<String, String> {
    match json.as_str() {
        Some(text) if words.contains(&text) => Ok(text.to_owned()),
        _ => Err(format!("must be one of {}", quoted(words))),
    }
}

fn quoted(words: &[&str]) -> String {
    words.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(", ")
}

fn list(form: Form, json: &Json) -> Result<Vec<String>, String> {
    let items = json.as_array().ok_or_else(|| format!("must be a list, each item {}", form.words()))?;
    if items.len() > MOST_ITEMS {
        return Err(format!("may hold at most {MOST_ITEMS} items"));
    }
    let mut texts = Vec::with_capacity(items.len());
    for (at, item) in items.iter().enumerate() {
        let text = text(form, item).map_err(|needed| format!("has an item, number {}, that {needed}", at + 1))?;
        texts.push(text);
    }
    let mut sorted: Vec<_> = texts.iter().collect();
    sorted.sort_unstable();
    match sorted.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(format!("has the item \"{}\" twice", pair[0])),
        None => Ok(texts),
    }
}

fn table(json: &Json, read: impl Fn(&Json) -> Result<String, String>) -> Result<Value, String> {
    let rows = json.as_object().ok_or("must be an object of names and texts")?;
    if rows.len() > MOST_ITEMS {
        return Err(format!("may hold at most {MOST_ITEMS} names"));
    }
    rows.iter()
        .map(|(name, json)| {
            if !Form::Name.fits(name) {
                return Err(format!("has a name that must be {}", Form::Name.words()));
            }
            Ok((name.clone(), read(json).map_err(|needed| format!("has a value for \"{name}\" that {needed}"))?))
        })
        .collect::<Result<_, _>>()
        .map(Value::Table)
}

fn text(form: Form, json: &Json) -> Result<String, String> {
    match json.as_str() {
        Some(text) if form.fits(text) && form == Form::Sha256 => Ok(text.to_ascii_lowercase()),
        Some(text) if form.fits(text) => Ok(text.to_owned()),
        _ => Err(format!("must be {}", form.words())),
    }
}

impl Form {
    /// What is needed, as a noun: "an absolute path".
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Line => "a text of 1 to 300 characters on one line",
            Self::Name => "a name in lower case of letters, digits, \"-\", \"_\" and \".\", up to 64 characters",
            Self::Path => "an absolute path",
            Self::Host => {
                "a host name or an IP address, with \"*.\" before it for every name below it, \":port\" after it"
            }
            Self::Proxy => {
                "\"direct\", \"system\", or an address with http, https or socks5h, host and port, without name and password"
            }
            Self::Address => "an address with https and a host, and no name and password",
            Self::Sha256 => "a SHA-256 in 64 hexadecimal digits",
            Self::Recipient => "an age recipient (\"age1\" and 58 letters and digits in lower case)",
        }
    }

    fn fits(self, text: &str) -> bool {
        let all = |allowed: fn(char) -> bool| text.chars().all(allowed);
        match self {
            Self::Line => !text.trim().is_empty() && text.chars().count() <= 300 && !text.contains(char::is_control),
            Self::Name => {
                (1..=64).contains(&text.len())
                    && all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_' | '.'))
            }
            Self::Path => is_absolute(text) && !text.contains(char::is_control),
            Self::Host => is_host(text.strip_prefix("*.").unwrap_or(text)),
            Self::Proxy => matches!(text, "direct" | "system") || is_address(text, &["http", "https", "socks5h"], true),
            Self::Address => is_address(text, &["https"], false),
            Self::Sha256 => text.len() == 64 && all(|c| c.is_ascii_hexdigit()),
            Self::Recipient => {
                text.len() == 62 && text.starts_with("age1") && all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
            }
        }
    }
}

/// Of whichever system: a policy is checked on other computers than it is for.
fn is_absolute(path: &str) -> bool {
    let on_a_drive = matches!(path.as_bytes(), [drive, b':', b'/' | b'\\', ..] if drive.is_ascii_alphabetic());
    on_a_drive || path.starts_with('/') || path.starts_with("\\\\")
}

/// A host with or without a port, as it stands in an address.
fn is_host(text: &str) -> bool {
    let Ok(authority) = text.parse::<http::uri::Authority>() else { return false };
    let host = authority.host();
    let port_is_sound = authority.as_str().len() == host.len() || authority.port_u16().is_some_and(|port| port > 0);
    let is_ip = host.starts_with('[') && host[1..].trim_end_matches(']').parse::<std::net::Ipv6Addr>().is_ok();
    let is_name = host.len() <= 253
        && host.split('.').all(|label| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
        });
    !authority.as_str().contains('@') && port_is_sound && (is_ip || is_name)
}

fn is_address(text: &str, schemes: &[&str], bare: bool) -> bool {
    let Ok(uri) = text.parse::<http::Uri>() else { return false };
    uri.scheme_str().is_some_and(|scheme| schemes.contains(&scheme))
        && uri.authority().is_some_and(|authority| is_host(authority.as_str()))
        && (!bare || (uri.port_u16().is_some() && matches!(uri.path(), "" | "/") && uri.query().is_none()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_what_their_form_says() {
        let fits = |form: Form, yes: &[&str], no: &[&str]| {
            yes.iter().for_each(|text| assert!(form.fits(text), "{form:?} {text}"));
            no.iter().for_each(|text| assert!(!form.fits(text), "{form:?} {text}"));
        };
        fits(Form::Line, &["Vertraulich. Süd GmbH"], &["", "  ", "two\nlines", &"x".repeat(301)]);
        fits(Form::Name, &["anthropic", "open_ai-2.x"], &["", "Anthropic", "a b", &"x".repeat(65)]);
        fits(
            Form::Path,
            &["/srv/models", "C:\\Models", "d:/m", "\\\\server\\m"],
            &["models", "", "C:m", "~/m", "/a\nb"],
        );
        fits(
            Form::Host,
            &["huggingface.co", "*.hf.co", "hub.intra:8443", "10.0.0.1", "[::1]:8080", "[fd00::1]"],
            &["", "*", "*.", "a..b", "-a.b", "https://a.b", "a.b/c", "u@a.b", "a.b:0", "a.b:99999", "[::g]", "a b"],
        );
        fits(
            Form::Proxy,
            &["direct", "system", "http://proxy:8080", "socks5h://10.0.0.1:1080", "https://p.example.org:443/"],
            &["", "proxy:8080", "http://proxy", "ftp://p:21", "http://ada:geheim@proxy:8080", "http://p:8080/path"],
        );
        fits(
            Form::Address,
            &["https://a.b", "https://a.b:8443/v1?x=1"],
            &["http://a.b", "https://", "https://u:p@a.b"],
        );
        fits(Form::Sha256, &[&"aF".repeat(32)], &["", &"a".repeat(63), &"g".repeat(64)]);
        fits(Form::Recipient, &[&format!("age1{}", "q".repeat(58))], &["age1", &"a".repeat(62)]);
    }
}
