//! Bytes from anybody.

use std::path::Path;

use policy::KEYS;
use proptest::prelude::*;

/// Pieces that a policy is made of, in any order.
fn nearly_json() -> impl Strategy<Value = String> {
    let keys = KEYS.iter().map(|key| format!("\"{}\"", key.name));
    let values = KEYS.iter().map(|key| key.example.to_owned());
    let marks = ["{", "}", "[", "]", ":", ",", " ", "\n", "\"", "\\", "null", "true", "-1e9", "é"].map(str::to_owned);
    let pieces: Vec<String> = keys.chain(values).chain(marks).collect();
    proptest::collection::vec(proptest::sample::select(pieces), 0..40).prop_map(|pieces| pieces.concat())
}

/// An object of known and unknown keys with any values.
fn object() -> impl Strategy<Value = String> {
    let name = prop_oneof![proptest::sample::select(KEYS).prop_map(|key| key.name.to_owned()), any::<String>(),];
    let value = prop_oneof![
        proptest::sample::select(KEYS).prop_map(|key| key.example.to_owned()),
        any::<String>().prop_map(|text| serde_json::Value::from(text).to_string()),
        any::<i64>().prop_map(|number| number.to_string()),
    ];
    proptest::collection::vec((name, value), 0..8).prop_map(|members| {
        let members = members.iter().map(|(name, value)| format!("{}:{value}", serde_json::Value::from(&name[..])));
        format!("{{{}}}", members.collect::<Vec<_>>().join(" ,\n"))
    })
}

fn places_are_in_the_file(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let lines: Vec<_> = text.split('\n').collect();
    let recommended = policy::check(Path::new("p.json"), bytes, false);
    assert!(recommended.iter().all(|problem| !problem.seals), "{recommended:?}");
    for problem in policy::check(Path::new("p.json"), bytes, true).into_iter().chain(recommended) {
        let (line, column) = (problem.line.unwrap(), problem.column.unwrap());
        assert!((1..=lines.len()).contains(&line), "{problem}");
        assert!((1..=lines[line - 1].chars().count() + 1).contains(&column), "{problem}");
        assert!(problem.sentence.ends_with('.') || problem.sentence.ends_with('?'), "{problem}");
        assert!(!problem.to_string().contains(char::is_control), "{problem:?}");
    }
}

proptest! {
    #[test]
    fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        places_are_in_the_file(&bytes);
    }

    #[test]
    fn nearly_json_is_answered(text in nearly_json()) {
        places_are_in_the_file(text.as_bytes());
    }

    #[test]
    fn any_object_is_answered_member_by_member(text in object()) {
        places_are_in_the_file(text.as_bytes());
        let json: serde_json::Value = serde_json::from_str(&text).unwrap();
        let unknown = json.as_object().unwrap().keys().filter(|name| policy::key(name).is_none()).count();
        let problems = policy::check(Path::new("p.json"), text.as_bytes(), true);
        prop_assert!(problems.len() >= unknown, "{problems:?}");
    }
}
