//! From the text of one file to its settings and problems. It reads no file itself.

use std::{collections::HashMap, path::Path};

use serde_json::Value as Json;

use crate::{
    key::{KEYS, Key, Status, key},
    position::{Member, line_and_column, members},
    problem::Problem,
    value::Value,
};

/// Most bytes of a file.
pub const MAX_FILE_BYTES: usize = 1 << 20;

/// A key that a file sets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Setting {
    pub(crate) key: &'static str,
    pub(crate) value: Value,
    /// From 1.
    pub(crate) line: usize,
}

/// What stands in one file.
#[derive(Debug, Default)]
pub(crate) struct Parsed {
    /// In the file's order; where a value was bad and its key has a cautious one, that one.
    pub(crate) settings: Vec<Setting>,
    pub(crate) problems: Vec<Problem>,
}

/// Problems in the text of one policy file, in the file's order. `file` only names it; `managed` says which of the two
/// folders it is for.
#[must_use]
pub fn check(file: &Path, bytes: &[u8], managed: bool) -> Vec<Problem> {
    parse(file, bytes, managed).problems
}

/// Reads the text of one file. A recommended one (`managed` is false) is never a reason to seal the bridge, and a bad
/// value in it is left out.
pub(crate) fn parse(file: &Path, bytes: &[u8], managed: bool) -> Parsed {
    let whole = |place: Option<(usize, usize)>, sentence: String| Parsed {
        settings: Vec::new(),
        problems: vec![Problem {
            file: file.to_owned(),
            line: place.map(|(line, _)| line),
            column: place.map(|(_, column)| column),
            key: None,
            sentence,
            seals: managed,
        }],
    };
    if bytes.len() > MAX_FILE_BYTES {
        return whole(None, "The file is larger than 1 MiB. Split it.".to_owned());
    }
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.strip_prefix('\u{feff}').unwrap_or(text),
        Err(error) => {
            let sound = std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default();
            return whole(Some(line_and_column(sound, sound.len())), "The file is not UTF-8.".to_owned());
        }
    };
    match serde_json::from_str::<Json>(text) {
        Ok(Json::Object(_)) => Reading { file, text, managed, parsed: Parsed::default() }.read(),
        Ok(_) => whole(Some((1, 1)), "The file must hold one object of keys and values: { … }.".to_owned()),
        Err(error) => {
            let place = (error.line().max(1), error.column().max(1));
            whole(Some(place), format!("This is not JSON: {}.", without_place(&error)))
        }
    }
}

/// serde_json's words, without the line and column that stand before them already.
fn without_place(error: &serde_json::Error) -> String {
    let words = error.to_string();
    words.rsplit_once(" at line ").map_or(words.clone(), |(words, _)| words.to_owned())
}

struct Reading<'a> {
    file: &'a Path,
    text: &'a str,
    managed: bool,
    parsed: Parsed,
}

impl Reading<'_> {
    fn read(mut self) -> Parsed {
        let mut first_lines: HashMap<String, usize> = HashMap::new();
        for Member { name, value } in members(self.text) {
            let (start, value_start) = (name.start, value.start);
            let name: String = serde_json::from_str(&self.text[name]).expect("BUG: a member's name is a JSON text");
            let json: Json = serde_json::from_str(&self.text[value]).expect("BUG: a member's value is JSON");
            let line = line_and_column(self.text, start).0;
            match (key(&name), first_lines.get(&name)) {
                // A name with `$` is for editors ("$schema").
                _ if name == "$schema" => {}
                (None, _) => self.problem(start, &name, true, unknown(&name)),
                (Some(key), Some(first)) => {
                    self.problem(start, &name, key.security, format!("\"{name}\" is set already in line {first}."));
                    self.caution(key, line);
                }
                (Some(key), None) if !self.managed && !key.recommendable => {
                    let words = "can only bind, so a recommended file cannot set it: put it into a managed one";
                    self.problem(start, &name, false, format!("\"{name}\" {words}."));
                }
                (Some(key), None) => self.setting(key, &json, value_start, line),
            }
            first_lines.entry(name).or_insert(line);
        }
        self.parsed
    }

    fn setting(&mut self, key: &'static Key, json: &Json, value_start: usize, line: usize) {
        let read = Value::read(key.kind, json)
            .map_err(|needed| format!("\"{}\" {needed}.", key.name))
            .and_then(|value| obeyed(key, value));
        match read {
            Ok(value) => self.parsed.settings.push(Setting { key: key.name, value, line }),
            Err(sentence) => {
                self.problem(value_start, key.name, key.security, sentence);
                self.caution(key, line);
            }
        }
    }

    /// Puts the cautious value in a bad one's place.
    fn caution(&mut self, key: &'static Key, line: usize) {
        let Some(cautious) = key.cautious.filter(|_| self.managed) else { return };
        let json = serde_json::from_str(cautious).expect("BUG: a cautious value is JSON");
        let value = Value::read(key.kind, &json).expect("BUG: a cautious value is of its key's kind");
        self.parsed.settings.push(Setting { key: key.name, value, line });
    }

    fn problem(&mut self, offset: usize, name: &str, security: bool, sentence: String) {
        let (line, column) = line_and_column(self.text, offset);
        self.parsed.problems.push(Problem {
            file: self.file.to_owned(),
            line: Some(line),
            column: Some(column),
            key: Some(name.to_owned()),
            sentence,
            seals: self.managed && security,
        });
    }
}

fn obeyed(key: &Key, value: Value) -> Result<Value, String> {
    match key.status {
        Status::Absent { thing, .. } if !key.obeys(&value) => {
            Err(format!("\"{}\" cannot be obeyed: {thing} not exist in this version.", key.name))
        }
        Status::InForce | Status::Absent { .. } => Ok(value),
    }
}

fn unknown(name: &str) -> String {
    let folded = |name: &str| name.to_lowercase().replace(['-', '_', '.', ' '], "");
    match KEYS.iter().find(|key| folded(key.name) == folded(name)) {
        Some(key) => format!("There is no key \"{}\". Is \"{}\" meant?", shortened(name), key.name),
        None => format!("There is no key \"{}\" in this version.", shortened(name)),
    }
}

fn shortened(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(80).collect()
}
