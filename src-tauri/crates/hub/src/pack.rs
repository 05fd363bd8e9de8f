//! Model packs: a folder with a `pack.json` that names its files with their sizes and hashes. Signatures are not
//! checked: a pack says what it is, not who says so.

mod statement;
#[cfg(test)]
mod tests;

use std::{
    fs::{self, File},
    io::{ErrorKind, Read, Write},
    path::{Path, PathBuf},
};

use domain::StatedHash;
use sha2::{Digest, Sha256};

use crate::{
    HubError, Layout,
    disk::{failed, free_bytes, room_for, sync_folder},
};
use statement::{PackFile, Statement};

const STATEMENT: &str = "pack.json";
/// Longest `pack.json`.
const MOST_STATEMENT_BYTES: u64 = 1024 * 1024;
const CHUNK_BYTES: usize = 1024 * 1024;
const STAGING_PREFIX: &str = "pack-";
const LOCK: &str = "packs.lock";

/// A pack that was installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installed {
    /// The pack's name for itself.
    pub id: String,
    /// Its models: the (first) file where it lies now, and the stated hashes of all its parts, which all matched.
    pub files: Vec<(PathBuf, Vec<StatedHash>)>,
    /// Licence as the pack states it.
    pub licence: Option<String>,
    /// The model that it was made from, as the pack states it.
    pub base: Option<String>,
}

/// Installs the pack that `folder` is into `<models>/packs/<id>/`; none where it has no `pack.json`. It blocks, for as
/// long as copying and hashing take; `on_progress` gets bytes done and bytes in all. Where the same pack is installed
/// already, its files are compared once more and kept.
///
/// # Errors
/// A sentence; nothing is half installed then, and the folder is as it was.
pub fn install(
    folder: &Path,
    layout: &Layout,
    on_progress: &mut dyn FnMut(u64, u64),
) -> Result<Option<Installed>, HubError> {
    let Some(content) = read_statement(folder)? else { return Ok(None) };
    let statement = Statement::parse(&content)?;
    let place = layout.pack(&statement.id)?;
    let sources = statement.files.iter().map(|file| source(folder, file)).collect::<Result<Vec<_>, _>>()?;
    let partial = layout.partial();
    fs::create_dir_all(&partial).map_err(|error| failed("make the folder", &partial, &error))?;
    let _alone = alone(layout)?
        .ok_or_else(|| HubError::Disk("Another model pack is being installed. Try again when that is done.".into()))?;
    remove_staging(layout);
    let mut meter = Meter { done: 0, of: statement.bytes, tell: on_progress };
    if fs::symlink_metadata(&place).is_ok() {
        compare_installed(&place, &statement, &mut meter)?;
        return Ok(Some(installed(&place, statement)));
    }
    room_for(statement.bytes, free_bytes(layout.models())?)?;
    let staging = Staging(partial.join(format!("{STAGING_PREFIX}{}", domain::DownloadId::new())));
    fs::create_dir_all(&staging.0).map_err(|error| failed("make the folder", &staging.0, &error))?;
    for (file, source) in statement.files.iter().zip(&sources) {
        copy(file, source, &staging.0.join(&file.name), &mut meter)?;
    }
    check(&staging.0, &statement)?;
    sync_folder(&staging.0)?;
    let packs = place.parent().expect("BUG: a pack lies in the folder of packs");
    fs::create_dir_all(packs).map_err(|error| failed("make the folder", packs, &error))?;
    fs::rename(&staging.0, &place).map_err(|error| failed("write", &place, &error))?;
    sync_folder(packs)?;
    Ok(Some(installed(&place, statement)))
}

/// Removes what a pack left that was being installed when a process ended.
pub(crate) fn sweep(layout: &Layout) {
    if let Ok(Some(_alone)) = alone(layout) {
        remove_staging(layout);
    }
}

fn remove_staging(layout: &Layout) {
    for entry in fs::read_dir(layout.partial()).into_iter().flatten().flatten() {
        if entry.file_name().to_str().is_some_and(|name| name.starts_with(STAGING_PREFIX)) {
            // What cannot be removed now is tried again next time.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// The right to install, held as long as the file is open; none while another process has it.
fn alone(layout: &Layout) -> Result<Option<File>, HubError> {
    let path = layout.partial().join(LOCK);
    let file = File::create(&path).map_err(|error| failed("write", &path, &error))?;
    match file.try_lock() {
        Err(fs::TryLockError::WouldBlock) => Ok(None),
        Ok(()) | Err(fs::TryLockError::Error(_)) => Ok(Some(file)),
    }
}

struct Staging(PathBuf);

impl Drop for Staging {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

struct Meter<'a> {
    done: u64,
    of: u64,
    tell: &'a mut dyn FnMut(u64, u64),
}

impl Meter<'_> {
    fn add(&mut self, bytes: usize) {
        self.done += bytes as u64;
        (self.tell)(self.done, self.of);
    }
}

fn read_statement(folder: &Path) -> Result<Option<Vec<u8>>, HubError> {
    let path = folder.join(STATEMENT);
    match fs::symlink_metadata(&path) {
        Ok(_) => {}
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(None),
        Err(error) => return Err(failed("read", &path, &error)),
    }
    let file = open_inside(folder, &path)?;
    let mut content = Vec::new();
    file.take(MOST_STATEMENT_BYTES + 1).read_to_end(&mut content).map_err(|error| failed("read", &path, &error))?;
    if content.len() as u64 > MOST_STATEMENT_BYTES {
        return Err(HubError::Unusable("The pack's pack.json is too large to be one.".into()));
    }
    Ok(Some(content))
}

/// A file of the pack, links resolved, of the stated size.
fn source(folder: &Path, file: &PackFile) -> Result<PathBuf, HubError> {
    let path = inside(folder, &folder.join(&file.name))?;
    let bytes = fs::metadata(&path).map_err(|error| failed("read", &path, &error))?.len();
    if bytes != file.size {
        let message = format!("“{}” is {bytes} bytes long and the pack states {}.", file.name, file.size);
        return Err(HubError::Mismatch(message));
    }
    Ok(path)
}

fn open_inside(folder: &Path, path: &Path) -> Result<File, HubError> {
    let path = inside(folder, path)?;
    File::open(&path).map_err(|error| failed("read", &path, &error))
}

/// The path with links resolved, where it is a file that lies in the folder.
fn inside(folder: &Path, path: &Path) -> Result<PathBuf, HubError> {
    let resolved = |path: &Path| path.canonicalize().map_err(|error| failed("read", path, &error));
    let (folder, real) = (resolved(folder)?, resolved(path)?);
    if !real.starts_with(&folder) {
        let message = format!("{} leads out of the pack's folder. The pack was not installed.", path.display());
        return Err(HubError::BadName(message));
    }
    // A pipe would be waited for without an end.
    if !real.is_file() {
        return Err(HubError::Unusable(format!("{} is not a file.", path.display())));
    }
    Ok(real)
}

/// Copies a file and compares it with what is stated as it passes.
fn copy(file: &PackFile, source: &Path, target: &Path, meter: &mut Meter<'_>) -> Result<(), HubError> {
    let mut to =
        File::options().write(true).create_new(true).open(target).map_err(|error| failed("write", target, &error))?;
    read_through(file, source, meter, |chunk| to.write_all(chunk).map_err(|error| failed("write", target, &error)))?;
    to.sync_all().map_err(|error| failed("write", target, &error))
}

fn read_through(
    file: &PackFile,
    source: &Path,
    meter: &mut Meter<'_>,
    mut each: impl FnMut(&[u8]) -> Result<(), HubError>,
) -> Result<(), HubError> {
    let from = File::open(source).map_err(|error| failed("read", source, &error))?;
    // One byte more than stated tells a file that grew.
    let mut from = from.take(file.size.saturating_add(1));
    let (mut hasher, mut chunk, mut bytes) = (Sha256::new(), vec![0; CHUNK_BYTES], 0_u64);
    loop {
        match from.read(&mut chunk) {
            Ok(0) => break,
            Ok(read) => {
                each(&chunk[..read])?;
                hasher.update(&chunk[..read]);
                bytes += read as u64;
                meter.add(read);
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(failed("read", source, &error)),
        }
    }
    if bytes != file.size || hex::encode(hasher.finalize()) != file.sha256 {
        let message = format!("“{}” does not have the size and SHA-256 that the pack states.", file.name);
        return Err(HubError::Mismatch(message));
    }
    Ok(())
}

/// Reads the headers of what was copied, and compares the template of each model with the stated one.
fn check(folder: &Path, statement: &Statement) -> Result<(), HubError> {
    let unusable = |name: &str, error: &gguf::GgufError| HubError::Unusable(format!("“{name}”: {error}"));
    for file in &statement.files {
        gguf::read(&folder.join(&file.name)).map_err(|error| unusable(&file.name, &error))?;
    }
    for model in statement.models() {
        let path = folder.join(&model[0].name);
        let header = gguf::read(&path).map_err(|error| unusable(&model[0].name, &error))?;
        let parts = gguf::parts(&path).map_err(|error| unusable(&model[0].name, &error))?;
        if parts.len() != model.len() {
            let message = format!("“{}” has {} parts and the pack lists {}.", model[0].name, parts.len(), model.len());
            return Err(HubError::Unusable(message));
        }
        let template = header.chat_template().map(|template| hex::encode(Sha256::digest(template)));
        if statement.chat_template_sha256.is_some() && statement.chat_template_sha256 != template {
            return Err(HubError::Mismatch(format!(
                "“{}” has another chat template than the pack states.",
                model[0].name
            )));
        }
    }
    Ok(())
}

fn compare_installed(place: &Path, statement: &Statement, meter: &mut Meter<'_>) -> Result<(), HubError> {
    let same = statement
        .files
        .iter()
        .try_for_each(|file| read_through(file, &inside(place, &place.join(&file.name))?, meter, |_| Ok(())));
    same.map_err(|_| {
        HubError::BadName(format!(
            "A pack named “{}” with other files is installed already. Remove its models, then install this one.",
            statement.id
        ))
    })
}

fn installed(place: &Path, statement: Statement) -> Installed {
    let stated = |file: &&PackFile| StatedHash { file: file.name.clone(), sha256: file.sha256.clone() };
    let files = statement
        .models()
        .iter()
        .map(|model| (place.join(&model[0].name), model.iter().map(stated).collect()))
        .collect();
    Installed { id: statement.id, files, licence: statement.licence, base: statement.base }
}
