//! Canonical JSON (RFC 8785), so that the same value is the same bytes for whoever hashes it.

use serde::Serialize;
use serde_json::Value;

/// A value as RFC 8785 writes it: no space, object names in the order of their UTF-16 units, text escaped as little as
/// JSON allows.
///
/// Numbers are integers of at most 2^53 in size, which every reader of JSON keeps exactly; how the RFC writes others is
/// not implemented, and our records hold none.
///
/// # Panics
/// Where the type serialises into something else: a fraction, a larger number, or a map whose names are no text. That
/// is a mistake in the type, not in a value from outside.
#[must_use]
pub fn canonical_json<T: Serialize>(value: &T) -> String {
    let value = serde_json::to_value(value).expect("BUG: a record serialises into JSON");
    let mut text = String::new();
    write(&value, &mut text);
    text
}

fn write(value: &Value, text: &mut String) {
    match value {
        Value::Null => text.push_str("null"),
        Value::Bool(value) => text.push_str(if *value { "true" } else { "false" }),
        Value::Number(number) => {
            const EXACT: u64 = 1 << 53;
            let size = number.as_u64().or_else(|| number.as_i64().map(i64::unsigned_abs));
            assert!(size.is_some_and(|size| size <= EXACT), "BUG: {number} is no integer that every reader keeps");
            text.push_str(&number.to_string());
        }
        Value::String(value) => write_text(value, text),
        Value::Array(items) => {
            text.push('[');
            for (at, item) in items.iter().enumerate() {
                separate(at, text);
                write(item, text);
            }
            text.push(']');
        }
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_by(|(a, _), (b, _)| a.encode_utf16().cmp(b.encode_utf16()));
            text.push('{');
            for (at, (name, value)) in fields.into_iter().enumerate() {
                separate(at, text);
                write_text(name, text);
                text.push(':');
                write(value, text);
            }
            text.push('}');
        }
    }
}

fn separate(at: usize, text: &mut String) {
    if at > 0 {
        text.push(',');
    }
}

/// serde_json escapes exactly what the RFC does, with the same spelling: `"`, `\` and what lies below U+0020.
fn write_text(value: &str, text: &mut String) {
    text.push_str(&Value::from(value).to_string());
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_are_sorted_by_utf_16_units_as_in_section_3_2_3() {
        let value = json!({
            "\u{20ac}": "Euro Sign",
            "\r": "Carriage Return",
            "\u{fb33}": "Hebrew Letter Dalet With Dagesh",
            "1": "One",
            "\u{1f600}": "Emoji: Grinning Face",
            "\u{80}": "Control",
            "\u{f6}": "Latin Small Letter O With Diaeresis"
        });
        let expected = "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u{80}\":\"Control\",\
             \"\u{f6}\":\"Latin Small Letter O With Diaeresis\",\"\u{20ac}\":\"Euro Sign\",\
             \"\u{1f600}\":\"Emoji: Grinning Face\",\"\u{fb33}\":\"Hebrew Letter Dalet With Dagesh\"}";
        assert_eq!(canonical_json(&value), expected);
    }

    #[test]
    fn text_is_escaped_as_in_section_3_2_2() {
        let value = json!({ "string": "\u{20ac}$\u{f}\nA'\u{42}\"\\\"/", "literals": [null, true, false] });
        let expected = "{\"literals\":[null,true,false],\"string\":\"\u{20ac}$\\u000f\\nA'B\\\"\\\\\\\"/\"}";
        assert_eq!(canonical_json(&value), expected);
        assert_eq!(canonical_json(&"\u{8}\t\n\u{c}\r\u{1f}\u{7f}"), "\"\\b\\t\\n\\f\\r\\u001f\u{7f}\"");
    }

    #[test]
    fn nested_values_are_sorted_too_and_no_space_stays() {
        let value = json!({ "b": [{ "d": 1, "c": -2 }, []], "a": {} });
        assert_eq!(canonical_json(&value), r#"{"a":{},"b":[{"c":-2,"d":1},[]]}"#);
        assert_eq!(canonical_json(&(1_u64 << 53)), "9007199254740992");
    }

    #[test]
    #[should_panic(expected = "is no integer")]
    fn a_fraction_is_a_mistake() {
        let _ = canonical_json(&0.5);
    }

    #[test]
    #[should_panic(expected = "is no integer")]
    fn a_number_that_a_reader_would_round_is_a_mistake() {
        let _ = canonical_json(&((1_u64 << 53) + 1));
    }
}
