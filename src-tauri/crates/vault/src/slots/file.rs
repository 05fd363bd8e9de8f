//! The file of the slots, and its copy.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Generation, KeySlots};
use crate::VaultError;

const NAME: &str = "keyslots.json";
const SCHEMA: u32 = 1;
/// More than slots ever take.
const LONGEST: u64 = 256 * 1024;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    schema: u32,
    /// SHA-256 of `generations` as compact JSON: a changed bit must not look like a wrong passphrase.
    sum: String,
    generations: Vec<Generation>,
}

#[derive(Deserialize)]
struct Schema {
    schema: u32,
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

pub(super) fn write(slots: &KeySlots, folder: &Path) -> Result<(), VaultError> {
    let content = Content { schema: SCHEMA, sum: sum(&slots.generations), generations: slots.generations.clone() };
    let text = serde_json::to_vec_pretty(&content).expect("BUG: slots are JSON");
    for place in places(folder) {
        replace(&place, &text).map_err(|error| failed(&place, &error))?;
    }
    Ok(())
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
    let damaged = |_| VaultError::SlotsDamaged;
    if serde_json::from_slice::<Schema>(&bytes).map_err(damaged)?.schema > SCHEMA {
        return Err(VaultError::SlotsTooNew);
    }
    let content: Content = serde_json::from_slice(&bytes).map_err(damaged)?;
    if content.sum != sum(&content.generations) || content.generations.is_empty() {
        return Err(VaultError::SlotsDamaged);
    }
    Ok(Some(KeySlots { generations: content.generations }))
}

fn sum(generations: &[Generation]) -> String {
    hex::encode(Sha256::digest(serde_json::to_vec(generations).expect("BUG: slots are JSON")))
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
