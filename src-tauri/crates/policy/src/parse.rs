//! From the text of one file, or the values of one registry key, to settings and problems. It reads no file itself.

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
    /// From 1; none where values have names and no lines.
    pub(crate) line: Option<usize>,
}

/// What stands in one file.
#[derive(Debug, Default)]
pub(crate) struct Parsed {
    /// In the file's order; where a value was bad and its key has a cautious one, that one.
    pub(crate) settings: Vec<Setting>,
    pub(crate) problems: Vec<Problem>,
}

/// Line and column, both from 1.
type Place = Option<(usize, usize)>;

impl Parsed {
    /// Nothing of the file is obeyed.
    pub(crate) fn refused(file: &Path, managed: bool, at: Place, sentence: String) -> Self {
        let (line, column) = (at.map(|(line, _)| line), at.map(|(_, column)| column));
        let problem = Problem { file: file.to_owned(), line, column, key: None, sentence, seals: managed };
        Self { settings: Vec::new(), problems: vec![problem] }
    }
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
    let whole = |place, sentence| Parsed::refused(file, managed, place, sentence);
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
        Ok(Json::Object(_)) => Reading::of(file, managed).text(text),
        Ok(_) => whole(Some((1, 1)), "The file must hold one object of keys and values: { … }.".to_owned()),
        Err(error) => whole(Some(place_of(text, &error)), format!("This is not JSON: {}.", without_place(&error))),
    }
}

/// Reads values that stand by their names in no file: a registry key, a property list. `place` names it.
pub(crate) fn parse_values(place: &Path, values: &[(String, Json)], managed: bool) -> Parsed {
    let mut reading = Reading::of(place, managed);
    for (name, json) in values {
        reading.member(name, json, None, None);
    }
    reading.parsed
}

/// serde_json counts a column's bytes; people count its characters.
fn place_of(text: &str, error: &serde_json::Error) -> (usize, usize) {
    let line = error.line().max(1);
    let start: usize = text.split_inclusive('\n').take(line - 1).map(str::len).sum();
    let before = error.column().saturating_sub(1);
    let characters = text[start..].char_indices().take_while(|(at, _)| *at < before).count();
    (line, characters + 1)
}

/// serde_json's words, without the line and column that stand before them already.
fn without_place(error: &serde_json::Error) -> String {
    let words = error.to_string();
    words.rsplit_once(" at line ").map_or(words.clone(), |(words, _)| words.to_owned())
}

struct Reading<'a> {
    file: &'a Path,
    managed: bool,
    /// Names that were met, with the line of the first.
    met: HashMap<String, Option<usize>>,
    parsed: Parsed,
}

impl<'a> Reading<'a> {
    fn of(file: &'a Path, managed: bool) -> Self {
        Self { file, managed, met: HashMap::new(), parsed: Parsed::default() }
    }

    /// `text` is an object.
    fn text(mut self, text: &str) -> Parsed {
        for Member { name, value } in members(text) {
            let (at, value_at) = (line_and_column(text, name.start), line_and_column(text, value.start));
            let name: String = serde_json::from_str(&text[name]).expect("BUG: a member's name is a JSON text");
            let json: Json = serde_json::from_str(&text[value]).expect("BUG: a member's value is JSON");
            self.member(&name, &json, Some(at), Some(value_at));
        }
        self.parsed
    }

    fn member(&mut self, name: &str, json: &Json, at: Place, value_at: Place) {
        let line = at.map(|(line, _)| line);
        match (key(name), self.met.get(name)) {
            // A name with `$` is for editors ("$schema").
            _ if name == "$schema" => {}
            (None, _) => self.problem(at, name, true, unknown(name)),
            (Some(key), Some(first)) => {
                let sentence = match first {
                    Some(first) => format!("\"{name}\" is set already in line {first}."),
                    None => format!("\"{name}\" is set twice."),
                };
                self.problem(at, name, key.security, sentence);
                self.caution(key, line);
            }
            (Some(key), None) if !self.managed && !key.recommendable => {
                let words = "can only bind, so a recommended file cannot set it: put it into a managed one";
                self.problem(at, name, false, format!("\"{name}\" {words}."));
            }
            (Some(key), None) => self.setting(key, json, value_at, line),
        }
        self.met.entry(name.to_owned()).or_insert(line);
    }

    fn setting(&mut self, key: &'static Key, json: &Json, value_at: Place, line: Option<usize>) {
        let read = Value::read(key.kind, json)
            .map_err(|needed| format!("\"{}\" {needed}.", key.name))
            .and_then(|value| obeyed(key, value));
        match read {
            Ok(value) => self.parsed.settings.push(Setting { key: key.name, value, line }),
            Err(sentence) => {
                self.problem(value_at, key.name, key.security, sentence);
                self.caution(key, line);
            }
        }
    }

    /// Puts the cautious value in a bad one's place.
    fn caution(&mut self, key: &'static Key, line: Option<usize>) {
        let Some(cautious) = key.cautious.filter(|_| self.managed) else { return };
        let json = serde_json::from_str(cautious).expect("BUG: a cautious value is JSON");
        let value = Value::read(key.kind, &json).expect("BUG: a cautious value is of its key's kind");
        self.parsed.settings.push(Setting { key: key.name, value, line });
    }

    fn problem(&mut self, at: Place, name: &str, security: bool, sentence: String) {
        self.parsed.problems.push(Problem {
            file: self.file.to_owned(),
            line: at.map(|(line, _)| line),
            column: at.map(|(_, column)| column),
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
