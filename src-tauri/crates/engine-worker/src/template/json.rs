//! Python's `json.dumps` over a template's values: its spaces, its floats, its order of keys.

use std::fmt::Write as _;

use minijinja::{Error, ErrorKind, Value, value::ValueKind};

/// How to write.
#[derive(Debug, Default)]
pub(super) struct Json {
    /// Escape everything beyond ASCII.
    pub(super) ascii: bool,
    /// Keys in alphabetical order.
    pub(super) sorted: bool,
    /// One level of indentation; all on one line where there is none.
    pub(super) indent: Option<String>,
    /// Between items, and between key and value.
    pub(super) separators: Option<[String; 2]>,
}

impl Json {
    /// The value as JSON.
    ///
    /// # Errors
    /// A value that JSON has no word for.
    pub(super) fn dumps(&self, value: &Value) -> Result<String, Error> {
        let mut text = String::new();
        self.write(value, 0, &mut text)?;
        Ok(text)
    }

    fn write(&self, value: &Value, depth: usize, to: &mut String) -> Result<(), Error> {
        match value.kind() {
            ValueKind::None => to.push_str("null"),
            ValueKind::Bool => to.push_str(if value.is_true() { "true" } else { "false" }),
            ValueKind::Number => to.push_str(&number(value)),
            ValueKind::String => self.string(value.as_str().unwrap_or_default(), to),
            ValueKind::Seq | ValueKind::Iterable => {
                let items: Vec<Value> = value.try_iter()?.collect();
                self.list(('[', ']'), &items, depth, to, |item, to| self.write(item, depth + 1, to))?;
            }
            ValueKind::Map => {
                let mut keys: Vec<Value> = value.try_iter()?.collect();
                if self.sorted {
                    keys.sort_by_key(ToString::to_string);
                }
                self.list(('{', '}'), &keys, depth, to, |key, to| {
                    self.string(&key.to_string(), to);
                    to.push_str(self.separators.as_ref().map_or(": ", |[_, colon]| colon));
                    self.write(&value.get_item(key)?, depth + 1, to)
                })?;
            }
            kind => {
                return Err(Error::new(ErrorKind::InvalidOperation, format!("{kind} cannot be written as JSON")));
            }
        }
        Ok(())
    }

    fn list(
        &self,
        (open, close): (char, char),
        items: &[Value],
        depth: usize,
        to: &mut String,
        mut write: impl FnMut(&Value, &mut String) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let comma = match (&self.separators, &self.indent) {
            (Some([comma, _]), _) => comma,
            (None, Some(_)) => ",",
            (None, None) => ", ",
        };
        to.push(open);
        for (at, item) in items.iter().enumerate() {
            if at > 0 {
                to.push_str(comma);
            }
            self.new_line(depth + 1, to);
            write(item, to)?;
        }
        if !items.is_empty() {
            self.new_line(depth, to);
        }
        to.push(close);
        Ok(())
    }

    fn new_line(&self, depth: usize, to: &mut String) {
        if let Some(indent) = &self.indent {
            to.push('\n');
            to.push_str(&indent.repeat(depth));
        }
    }

    fn string(&self, text: &str, to: &mut String) {
        to.push('"');
        for letter in text.chars() {
            match letter {
                '"' => to.push_str("\\\""),
                '\\' => to.push_str("\\\\"),
                '\n' => to.push_str("\\n"),
                '\r' => to.push_str("\\r"),
                '\t' => to.push_str("\\t"),
                '\u{8}' => to.push_str("\\b"),
                '\u{c}' => to.push_str("\\f"),
                letter if letter < ' ' || (self.ascii && !letter.is_ascii()) => {
                    for unit in letter.encode_utf16(&mut [0; 2]) {
                        let _ = write!(to, "\\u{unit:04x}");
                    }
                }
                letter => to.push(letter),
            }
        }
        to.push('"');
    }
}

/// A number as Python's `repr` has it.
fn number(value: &Value) -> String {
    let Some(real) = f64::try_from(value.clone()).ok().filter(|_| !value.is_integer()) else {
        return value.to_string();
    };
    if real.is_nan() {
        return "NaN".into();
    }
    if real.is_infinite() {
        return if real > 0.0 { "Infinity" } else { "-Infinity" }.into();
    }
    let scientific = format!("{real:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if real != 0.0 && !(-4..16).contains(&exponent) {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{digits}e{sign}{:02}", exponent.abs());
    }
    format!("{real:?}")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::template::value::of_json;

    fn value() -> Value {
        of_json(&serde_json::json!({
            "b": [1, -2.5, 1e-5, 1e16, 1.0, true, null], "a": {"é": "ü\n\"\\/"}, "empty": [], "none": {}
        }))
    }

    #[test]
    fn it_writes_what_python_writes() {
        assert_eq!(
            Json::default().dumps(&value()).unwrap(),
            r#"{"b": [1, -2.5, 1e-05, 1e+16, 1.0, true, null], "a": {"é": "ü\n\"\\/"}, "empty": [], "none": {}}"#
        );
    }

    #[test]
    fn options_are_python_s() {
        let json = Json { ascii: true, sorted: true, indent: None, separators: Some([",".into(), ":".into()]) };
        assert_eq!(
            json.dumps(&value()).unwrap(),
            r#"{"a":{"\u00e9":"\u00fc\n\"\\/"},"b":[1,-2.5,1e-05,1e+16,1.0,true,null],"empty":[],"none":{}}"#
        );
        let json = Json { indent: Some("  ".into()), ..Json::default() };
        let small = of_json(&serde_json::json!({"a": [1, {"b": "😀"}], "c": []}));
        assert_eq!(
            json.dumps(&small).unwrap(),
            "{\n  \"a\": [\n    1,\n    {\n      \"b\": \"😀\"\n    }\n  ],\n  \"c\": []\n}"
        );
    }
}
