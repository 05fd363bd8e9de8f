//! The file of the slots, and its copy.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Generation, KeySlots, MOST_GENERATIONS};
use crate::VaultError;

const NAME: &str = "keyslots.json";
const SCHEMA: u32 = 1;
/// More than slots ever take.
const LONGEST: u64 = 256 * 1024;

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
    generations: serde_json::Value,
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
        Ok(_) | Err(VaultError::SlotsDamaged) => {}
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
    let bytes = match fs::metadata(path).and_then(|data| match data.len() {
        0..=LONGEST => fs::read(path),
        _ => Ok(Vec::new()),
    }) {
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
    let damaged = |_| VaultError::SlotsDamaged;
    let Stated { schema, sum: stated, generations } = serde_json::from_slice(bytes).map_err(damaged)?;
    // First whether it is whole: a changed bit must not look like another version.
    if stated != sum(schema, &generations) {
        return Err(VaultError::SlotsDamaged);
    }
    if schema > SCHEMA {
        return Err(VaultError::SlotsTooNew);
    }
    let content: Content = serde_json::from_slice(bytes).map_err(damaged)?;
    if !(1..=MOST_GENERATIONS).contains(&content.generations.len()) {
        return Err(VaultError::SlotsDamaged);
    }
    Ok((content.generations, content.sum))
}

fn sum(schema: u32, generations: &serde_json::Value) -> String {
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
