//! The file of the slots, and its copy.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{Generation, KeySlots, bounds};
use crate::VaultError;

const NAME: &str = "keyslots.json";
const SCHEMA: u32 = 1;
/// More than slots ever take.
const LONGEST: usize = 256 * 1024;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    schema: u32,
    /// SHA-256 of `[schema, generations]` in canonical JSON: a changed bit must not look like a wrong passphrase.
    sum: String,
    generations: Vec<Generation>,
}

/// What every version's file has.
#[derive(Deserialize)]
struct Stated {
    schema: u32,
    sum: String,
    generations: Value,
}

pub(super) fn read(folder: &Path) -> Result<Option<KeySlots>, VaultError> {
    let [own, copy] = places(folder);
    match (one(&own), one(&copy)) {
        (Ok(Some(slots)), _) => Ok(Some(slots)),
        (Err(error @ (VaultError::SlotsTooNew | VaultError::Disk(_))), _) => Err(error),
        (own, Ok(Some(slots))) => {
            tracing::warn!(damaged = own.is_err(), "the key slots were read from their copy");
            Ok(Some(slots))
        }
        (own, _) => own,
    }
}

/// Writes and answers the sum, unless others lie there than those that these were made from. Whoever calls holds the
/// lock.
pub(super) fn write(slots: &KeySlots, folder: &Path) -> Result<String, VaultError> {
    match read(folder) {
        Ok(Some(there)) if there.base != slots.base => return Err(VaultError::SlotsChanged),
        // What is gone or cannot be read is nobody's change.
        Ok(_) | Err(VaultError::SlotsDamaged | VaultError::SlotsAbsurd(_)) => {}
        Err(error) => return Err(error),
    }
    let (text, sum) = summed(slots);
    for place in places(folder) {
        replace(&place, text.as_bytes()).map_err(|error| failed(&place, &error))?;
    }
    Ok(sum)
}

fn places(folder: &Path) -> [PathBuf; 2] {
    [folder.join(NAME), folder.join("backups").join(NAME)]
}

fn one(path: &Path) -> Result<Option<KeySlots>, VaultError> {
    // One byte more than slots may take tells that there are too many.
    let limited = |file: File| {
        let mut bytes = Vec::new();
        file.take(LONGEST as u64 + 1).read_to_end(&mut bytes).map(|_| bytes)
    };
    let bytes = match File::open(path).and_then(limited) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(path, &error)),
    };
    let (generations, sum) = parsed(&bytes)?;
    Ok(Some(KeySlots { generations, base: Some(sum) }))
}

pub(super) fn to_text(slots: &KeySlots) -> String {
    summed(slots).0
}

pub(super) fn from_text(text: &str) -> Result<KeySlots, VaultError> {
    let (generations, _) = parsed(text.as_bytes())?;
    Ok(KeySlots { generations, base: None })
}

/// The text, and the sum in it.
fn summed(slots: &KeySlots) -> (String, String) {
    let value = serde_json::to_value(&slots.generations).expect("BUG: slots are JSON");
    let sum = sum(SCHEMA, &value);
    let content = Content { schema: SCHEMA, sum: sum.clone(), generations: slots.generations.clone() };
    (serde_json::to_string_pretty(&content).expect("BUG: slots are JSON"), sum)
}

fn parsed(bytes: &[u8]) -> Result<(Vec<Generation>, String), VaultError> {
    if bytes.len() > LONGEST {
        return Err(VaultError::SlotsAbsurd("more than slots ever take"));
    }
    let damaged = |_| VaultError::SlotsDamaged;
    let Stated { schema, sum: stated, generations } = serde_json::from_slice(bytes).map_err(damaged)?;
    if !is_canonical(&generations) {
        return Err(VaultError::SlotsDamaged);
    }
    // First whether it is whole: a changed bit must not look like another version.
    if stated != sum(schema, &generations) {
        return Err(VaultError::SlotsDamaged);
    }
    if schema > SCHEMA {
        return Err(VaultError::SlotsTooNew);
    }
    let content: Content = serde_json::from_slice(bytes).map_err(damaged)?;
    if let Some(what) = bounds::absurd(&content.generations) {
        return Err(VaultError::SlotsAbsurd(what));
    }
    Ok((content.generations, content.sum))
}

/// It has a canonical form: no fraction, and no number beyond 2^53.
fn is_canonical(value: &Value) -> bool {
    match value {
        Value::Number(number) => number.as_u64().is_some_and(|number| number <= 1 << 53),
        Value::Array(items) => items.iter().all(is_canonical),
        Value::Object(fields) => fields.values().all(is_canonical),
        Value::Null | Value::Bool(_) | Value::String(_) => true,
    }
}

fn sum(schema: u32, generations: &Value) -> String {
    hex::encode(Sha256::digest(domain::canonical_json(&serde_json::json!([schema, generations]))))
}

/// Writes beside and renames; only the owner may read it.
fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let unborn = path.with_extension("new");
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&unborn)?;
    file.write_all(content)?;
    file.sync_all()?;
    fs::rename(&unborn, path)?;
    #[cfg(unix)]
    File::open(folder)?.sync_all()?;
    Ok(())
}

fn failed(path: &Path, error: &io::Error) -> VaultError {
    VaultError::Disk(format!("{}: {error}", path.display()))
}
