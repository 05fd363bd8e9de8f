//! Policies in the registry of Windows, as the administrative template writes them: a flag or a number is a DWORD, a
//! text a string, a list or table a key of its own with a string for each item. A list or table may also be one string
//! of JSON, as it would stand in a file.

#[cfg(windows)]
use std::path::PathBuf;
use std::{collections::BTreeMap, path::Path};

use serde_json::Value as Json;

use crate::{
    key::{Kind, key},
    parse::{Parsed, parse_values},
};

/// Below each root.
#[cfg(windows)]
const PATH: &str = r"SOFTWARE\Policies\Drawbridge";

/// A value in the registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Entry {
    /// `REG_DWORD`, `REG_QWORD`.
    Number(u64),
    /// `REG_SZ`, `REG_EXPAND_SZ`; nothing is expanded.
    Text(String),
    /// `REG_MULTI_SZ`.
    Texts(Vec<String>),
    /// Anything else.
    Other,
}

/// Our key below one root.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    /// Values by name.
    pub(crate) values: Vec<(String, Entry)>,
    /// The values of the keys right below, by the names of those keys.
    pub(crate) below: Vec<(String, Vec<(String, Entry)>)>,
}

/// Reads one tree, whose registry key `place` names.
pub(crate) fn parse(place: &Path, tree: Tree) -> Parsed {
    let values = tree.values.into_iter().map(|(name, entry)| {
        let json = value(&name, entry);
        (name, json)
    });
    let below = tree.below.into_iter().map(|(name, items)| {
        let json = items_of(&name, items);
        (name, json)
    });
    parse_values(place, &values.chain(below).collect::<Vec<_>>(), true)
}

/// What does not fit its key becomes something that the key refuses.
fn value(name: &str, entry: Entry) -> Json {
    match (key(name).map(|key| key.kind), entry) {
        (Some(Kind::Flag), Entry::Number(number @ 0..=1)) => (number == 1).into(),
        (_, Entry::Number(number)) => number.into(),
        (Some(Kind::Texts(_) | Kind::Table(_) | Kind::Choices(_)), Entry::Text(text)) => {
            serde_json::from_str(&text).unwrap_or(Json::Null)
        }
        (_, Entry::Text(text)) => text.into(),
        (_, Entry::Texts(texts)) => texts.into(),
        (_, Entry::Other) => Json::Null,
    }
}

fn items_of(name: &str, items: Vec<(String, Entry)>) -> Json {
    let text = |entry| match entry {
        Entry::Text(text) => Json::from(text),
        _ => Json::Null,
    };
    match key(name).map(|key| key.kind) {
        // The items of a list are named by their number, and stand in no order.
        Some(Kind::Texts(_)) => {
            let by_number = items.into_iter().map(|(name, entry)| ((name.parse::<u32>().ok(), name), text(entry)));
            by_number.collect::<BTreeMap<_, _>>().into_values().collect::<Vec<_>>().into()
        }
        Some(Kind::Table(_) | Kind::Choices(_)) => items.into_iter().map(|(name, entry)| (name, text(entry))).collect(),
        _ => Json::Null,
    }
}

/// What stands for the user, and then for the computer, which wins.
#[cfg(windows)]
pub(crate) fn policies() -> Vec<(PathBuf, Parsed)> {
    use windows_registry::{CURRENT_USER, LOCAL_MACHINE};
    [("HKEY_CURRENT_USER", CURRENT_USER), ("HKEY_LOCAL_MACHINE", LOCAL_MACHINE)]
        .into_iter()
        .filter_map(|(root, key)| {
            let place = PathBuf::from(format!(r"{root}\{PATH}"));
            let parsed = match windows::tree(key) {
                Ok(tree) => parse(&place, tree?),
                Err(sentence) => Parsed::refused(&place, true, None, sentence),
            };
            Some((place, parsed))
        })
        .collect()
}

#[cfg(windows)]
mod windows {
    use windows_registry::{Key, Result as Reading, Type, Value};

    use super::{Entry, PATH, Tree};

    /// `ERROR_FILE_NOT_FOUND`, as an HRESULT.
    const NOT_FOUND: u32 = 0x8007_0002;

    /// Nothing where there is no such key. An error is a sentence.
    pub(super) fn tree(root: &Key) -> Result<Option<Tree>, String> {
        match root.open(PATH) {
            Err(error) if error.code().0.cast_unsigned() == NOT_FOUND => Ok(None),
            ours => ours.and_then(|ours| read(&ours)).map(Some).map_err(|error| format!("It cannot be read: {error}.")),
        }
    }

    fn read(ours: &Key) -> Reading<Tree> {
        let below = ours.keys()?.map(|name| {
            let values = values(&ours.open(&name)?)?;
            Ok((name, values))
        });
        Ok(Tree { below: below.collect::<Reading<_>>()?, values: values(ours)? })
    }

    fn values(key: &Key) -> Reading<Vec<(String, Entry)>> {
        Ok(key.values()?.map(|(name, value)| (name, entry(value))).collect())
    }

    fn entry(value: Value) -> Entry {
        let entry = match value.ty() {
            Type::U32 | Type::U64 => u64::try_from(value).map(Entry::Number),
            Type::String | Type::ExpandString => String::try_from(value).map(Entry::Text),
            Type::MultiString => Vec::try_from(value).map(Entry::Texts),
            Type::Bytes | Type::Other(_) => return Entry::Other,
        };
        entry.unwrap_or(Entry::Other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Entry {
        Entry::Text(text.to_owned())
    }

    fn settings(tree: Tree) -> (BTreeMap<&'static str, String>, Vec<String>) {
        let parsed = parse(Path::new("HKLM"), tree);
        let settings = parsed.settings.iter().map(|setting| (setting.key, domain::canonical_json(&setting.value)));
        (settings.collect(), parsed.problems.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn what_the_template_writes_is_read() {
        let values = vec![
            ("mode".to_owned(), text("sealed")),
            ("sealed.lock".to_owned(), Entry::Number(1)),
            ("export.allowed".to_owned(), Entry::Number(0)),
            ("lock.idle_minutes".to_owned(), Entry::Number(15)),
            ("models.allowed_sha256".to_owned(), text("[]")),
            ("pii.entities".to_owned(), text(r#"{"iban": "block"}"#)),
        ];
        let hosts = (1..=11).rev().map(|at: u32| (at.to_string(), text(&format!("h{at}.example.org")))).collect();
        let (set, problems) = settings(Tree { values, below: vec![("egress.allowed_hosts".to_owned(), hosts)] });
        assert_eq!(problems, [""; 0]);
        let set = set.iter().map(|(key, value)| (*key, &value[..])).collect::<Vec<_>>();
        let hosts = r#"["h1.example.org","h2.example.org","h3.example.org","h4.example.org","h5.example.org","h6.example.org","h7.example.org","h8.example.org","h9.example.org","h10.example.org","h11.example.org"]"#;
        let expected = [
            ("egress.allowed_hosts", hosts),
            ("export.allowed", "false"),
            ("lock.idle_minutes", "15"),
            ("mode", r#""sealed""#),
            ("models.allowed_sha256", "[]"),
            ("pii.entities", r#"{"iban":"block"}"#),
            ("sealed.lock", "true"),
        ];
        assert_eq!(set, expected);
    }

    #[test]
    fn what_does_not_fit_is_refused_and_cautious() {
        for (name, entry) in [
            ("export.allowed", Entry::Number(2)),
            ("export.allowed", text("false")),
            ("mode", Entry::Number(1)),
            ("mode", Entry::Texts(vec!["open".to_owned()])),
            ("models.allowed_sha256", text("no JSON")),
            ("audit.enabled", Entry::Other),
        ] {
            let (set, problems) = settings(Tree { values: vec![(name.to_owned(), entry)], below: Vec::new() });
            assert_eq!(set.get(name).map(String::as_str), key(name).unwrap().cautious, "{name}");
            assert!(problems[0].starts_with(&format!("HKLM: \"{name}\" must be")), "{problems:?}");
        }
        let below = vec![("mode".to_owned(), vec![]), ("colour".to_owned(), vec![])];
        let (_, problems) = settings(Tree { values: vec![("mode".to_owned(), text("open"))], below });
        assert_eq!(problems, ["HKLM: \"mode\" is set twice.", "HKLM: There is no key \"colour\" in this version."]);
    }

    #[test]
    fn a_table_is_a_key_of_names() {
        let rows = vec![("iban".to_owned(), text("redact")), ("email".to_owned(), text("warn"))];
        let (set, problems) = settings(Tree { values: Vec::new(), below: vec![("pii.entities".to_owned(), rows)] });
        assert_eq!((problems, &set["pii.entities"][..]), (vec![], r#"{"email":"warn","iban":"redact"}"#));
    }
}
