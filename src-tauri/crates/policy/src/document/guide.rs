//! The table of keys in `docs/policy.md`.

use std::fmt::Write;

use crate::key::{KEYS, Key, Kind, Status};

const BEGIN: &str = "<!-- table of keys: begin -->\n";
const END: &str = "<!-- table of keys: end -->";

/// The guide with a fresh table between its marks; unchanged where it has none.
pub(super) fn with_table(guide: &str) -> String {
    match (guide.split_once(BEGIN), guide.split_once(END)) {
        (Some((before, _)), Some((_, after))) => format!("{before}{BEGIN}{}{END}{after}", table()),
        _ => guide.to_owned(),
    }
}

fn table() -> String {
    let mut table = "| Key | Value | What it governs | May be | In this version |\n|---|---|---|---|---|\n".to_owned();
    for key in KEYS {
        let security = if key.security { "" } else { " (a mistake in it seals nothing)" };
        let folder = if key.recommendable { "binding or a default" } else { "binding" };
        let (name, words) = (key.name, key.words);
        let (values, status) = (values(key.kind), status(key));
        let _ = writeln!(table, "| `{name}` | {values} | {words}{security} | {folder} | {status} |");
    }
    table
}

fn values(kind: Kind) -> String {
    let words = |words: &[&str]| words.iter().map(|word| format!("`\"{word}\"`")).collect::<Vec<_>>().join(", ");
    match kind {
        Kind::Flag => "`true`, `false`".to_owned(),
        Kind::Choice(choices) => words(choices),
        Kind::Count { least, most } => format!("{least} to {most}"),
        Kind::Text(form) => form.words().to_owned(),
        Kind::Texts(form) => format!("list, each {}", form.words()),
        Kind::Table(form) => format!("object: name to {}", form.words()),
        Kind::Choices(choices) => format!("object: name to {}", words(choices)),
    }
}

fn status(key: &Key) -> String {
    match (key.status, key.obeyed_example()) {
        (Status::InForce, _) => "in force".to_owned(),
        (Status::Absent { thing, .. }, Some(example)) => format!("{thing} not exist; `{example}` is obeyed"),
        (Status::Absent { thing, .. }, None) => format!("{thing} not exist; no value is obeyed"),
    }
}
