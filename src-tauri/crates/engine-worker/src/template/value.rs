//! From JSON to the template's values, keys in their order.

use std::collections::BTreeSet;

use minijinja::Value;
use serde_json::Value as Json;

/// Everything a template can name: the request's own fields, `tools` and `documents` even where there are none, and
/// the tokens.
pub(super) fn context(request: &Json, bos: &str, eos: &str) -> Value {
    let mut pairs: Vec<(String, Value)> = Vec::new();
    let mut given = BTreeSet::new();
    for (key, field) in request.as_object().into_iter().flatten() {
        pairs.push((key.clone(), of_json(field)));
        given.insert(key.as_str());
    }
    let defaults = [
        ("tools", Value::from(())),
        ("documents", Value::from(())),
        ("add_generation_prompt", Value::from(true)),
        ("bos_token", Value::from(bos)),
        ("eos_token", Value::from(eos)),
    ];
    for (key, default) in defaults.into_iter().filter(|(key, _)| !given.contains(key)) {
        pairs.push((key.to_owned(), default));
    }
    Value::from_pairs(pairs)
}

/// A JSON value as a template sees it.
pub(super) fn of_json(json: &Json) -> Value {
    match json {
        Json::Null => Value::from(()),
        Json::Bool(yes) => Value::from(*yes),
        Json::Number(number) => number
            .as_i64()
            .map(Value::from)
            .or_else(|| number.as_u64().map(Value::from))
            .unwrap_or_else(|| Value::from(number.as_f64().unwrap_or(f64::NAN))),
        Json::String(text) => Value::from(text.as_str()),
        Json::Array(items) => items.iter().map(of_json).collect(),
        Json::Object(fields) => Value::from_pairs(fields.iter().map(|(key, field)| (key.clone(), of_json(field)))),
    }
}
