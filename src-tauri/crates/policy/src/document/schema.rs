//! JSON Schema, for editors and for tools that roll files out. It takes what the program takes, save for what a
//! pattern cannot say.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use crate::{
    key::{Form, KEYS, Key, Kind, Status},
    value::Value,
};

pub(super) fn schema() -> Json {
    let mut properties = Map::new();
    properties.insert("$schema".to_owned(), json!({"type": "string"}));
    for key in KEYS {
        let mut property = json!({ "description": description(key) });
        let fields = property.as_object_mut().expect("BUG: it is an object");
        fields.extend(shape(key));
        properties.insert(key.name.to_owned(), property);
    }
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Policy of Drawbridge",
        "description": "Made from the program's table of keys; do not edit.",
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
    })
}

fn description(key: &Key) -> String {
    match key.status {
        Status::InForce => key.words.to_owned(),
        Status::Absent { thing, .. } => format!("{} {thing} not exist in this version.", key.words),
    }
}

fn shape(key: &Key) -> Map<String, Json> {
    let obeyed = |value: Value| key.obeys(&value);
    let shape = match key.kind {
        Kind::Flag => match [true, false].into_iter().filter(|flag| obeyed(Value::Flag(*flag))).collect::<Vec<_>>() {
            flags if flags.len() == 1 => json!({"const": flags[0]}),
            _ => json!({"type": "boolean"}),
        },
        Kind::Choice(words) => {
            let words: Vec<_> = words.iter().filter(|word| obeyed(Value::Text((**word).to_owned()))).collect();
            json!({"enum": words})
        }
        Kind::Count { least, most } => json!({"type": "integer", "minimum": least, "maximum": most}),
        Kind::Text(form) if obeyed(Value::Text(String::new())) => text(form),
        Kind::Text(_) => json!({"not": {}}),
        Kind::Texts(form) => {
            let mut list = json!({"type": "array", "items": text(form), "uniqueItems": true});
            if !obeyed(Value::Texts(vec![String::new()])) {
                list["maxItems"] = 0.into();
            }
            list
        }
        Kind::Table(form) => {
            let mut table = rows(&text(form));
            if !obeyed(row("")) {
                table["maxProperties"] = 0.into();
            }
            table
        }
        Kind::Choices(words) => {
            let words: Vec<_> = words.iter().filter(|word| obeyed(row(word))).collect();
            rows(&json!({"enum": words}))
        }
    };
    match shape {
        Json::Object(fields) => fields,
        _ => Map::new(),
    }
}

fn row(word: &str) -> Value {
    Value::Table(BTreeMap::from([("name".to_owned(), word.to_owned())]))
}

fn rows(value: &Json) -> Json {
    json!({"type": "object", "propertyNames": text(Form::Name), "additionalProperties": value})
}

fn text(form: Form) -> Json {
    let pattern = match form {
        Form::Line => return json!({"type": "string", "minLength": 1, "maxLength": 300}),
        Form::Name => "^[a-z0-9._-]{1,64}$",
        Form::Path => "^(/|[A-Za-z]:[\\\\/]|\\\\\\\\)",
        Form::Host => "^(\\*\\.)?([A-Za-z0-9._-]+|\\[[0-9A-Fa-f:.]+\\])(:[0-9]{1,5})?$",
        Form::Proxy => "^(direct|system|(http|https|socks5h)://[^@/?#\\s]+:[0-9]{1,5}/?)$",
        Form::Address => "^https://[^@/?#\\s]+([/?]\\S*)?$",
        Form::Sha256 => "^[0-9A-Fa-f]{64}$",
        Form::Recipient => "^age1[0-9a-z]{58}$",
    };
    json!({"type": "string", "pattern": pattern})
}
