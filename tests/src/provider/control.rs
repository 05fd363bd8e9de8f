//! The double's own addresses, for tests that are not written in Rust.

use serde::Deserialize;
use serde_json::json;

use super::{Inside, reply::Reply, request::Seen, turn::Turn};

/// A script by HTTP.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Script {
    /// For the next requests for answers.
    #[serde(default)]
    turns: Vec<Turn>,
    /// For the next requests for lists and counts.
    #[serde(default)]
    lists: Vec<Turn>,
    /// What was said before, and what arrived before, is forgotten first.
    #[serde(default)]
    clear: bool,
}

/// The answer where the request is for the double itself.
pub(super) fn reply(inside: &Inside, request: &Seen) -> Option<Reply> {
    match request.path.strip_prefix("/__double/")? {
        "requests" => Some(Reply::json(200, &json!(*inside.requests.lock().unwrap()))),
        "script" => Some(match serde_json::from_value(request.body.clone()) {
            Ok(script) => take(inside, script),
            Err(error) => Reply::json(400, &json!({"error": error.to_string()})),
        }),
        _ => Some(Reply::json(404, &json!({"error": "script or requests"}))),
    }
}

fn take(inside: &Inside, script: Script) -> Reply {
    let (mut turns, mut lists) = (inside.script.lock().unwrap(), inside.lists.lock().unwrap());
    if script.clear {
        turns.clear();
        lists.clear();
        inside.requests.lock().unwrap().clear();
    }
    turns.extend(script.turns);
    lists.extend(script.lists);
    Reply::json(200, &json!({"turns": turns.len(), "lists": lists.len()}))
}
