//! Removing what was kept long enough, and the signed statement of it that stays.

use std::{
    fs::{self, File},
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use domain::Timestamp;

use crate::{
    Checkpoint, Code, Log, Record,
    checkpoint::TOMBSTONE,
    line,
    log::{files, month, name, name_of, sync_folder},
    tail::Tail,
    verify::chain,
};

/// What is left of files that were kept long enough.
const FILE: &str = "tombstone.json";
/// Longer is no tombstone of ours, in bytes.
const LONGEST: u64 = 4096;

impl Log {
    /// Removes files that hold nothing younger than so many days. A signed statement of where they ended stays.
    ///
    /// Nothing is removed of a log that is not as it was written: the statement would hide that for good.
    ///
    /// # Errors
    /// When the log cannot be read or written, or is not as it was written.
    pub fn retain(&self, days: u32) -> io::Result<u32> {
        let now = self.options.clock.now();
        let oldest = month(Timestamp(now.0 - i64::from(days) * 24 * 60 * 60 * 1000));
        let _state = self.state();
        let _alone = self.alone()?;
        let all = files(&self.options.folder)?;
        // The newest stays: the chain goes on from it.
        let old = &all[..all.len().saturating_sub(1)];
        let old: Vec<&PathBuf> = old.iter().filter(|path| name_of(path) < name(&oldest)).collect();
        let Some(newest) = old.last() else { return Ok(0) };
        let verdict = chain(&all, self.public_key().as_deref());
        if !matches!(verdict.code, Code::Intact | Code::UnsignedTail) {
            let words =
                format!("nothing of the log is removed, because it is not as it was written: {}", verdict.words);
            return Err(io::Error::new(io::ErrorKind::InvalidData, words));
        }
        if let Some(last) = last_of(newest)? {
            self.bury(&last, now)?;
        }
        let mut gone = 0;
        for path in old {
            fs::remove_file(path)?;
            gone += 1;
        }
        sync_folder(&self.options.folder)?;
        Ok(gone)
    }

    fn bury(&self, last: &Record, now: Timestamp) -> io::Result<()> {
        let unsigned = || Checkpoint {
            origin: TOMBSTONE.to_owned(),
            seq: last.seq,
            last_hash: last.hash.clone(),
            at: now,
            key: String::new(),
            signature: String::new(),
        };
        let signed = |seed| Checkpoint::sign(seed, TOMBSTONE, last.seq, &last.hash, now);
        let stone = self.options.sign.as_ref().map_or_else(unsigned, signed);
        let (path, unborn) = (self.options.folder.join(FILE), self.options.folder.join("tombstone.new"));
        let mut file = File::create(&unborn)?;
        file.write_all(domain::canonical_json(&stone).as_bytes())?;
        file.sync_all()?;
        fs::rename(unborn, path)?;
        // It is there for good before what it speaks of goes.
        sync_folder(&self.options.folder)
    }
}

fn last_of(path: &Path) -> io::Result<Option<Record>> {
    Ok(Tail::open(path)?.line()?.and_then(|line| Record::read(&line)))
}

/// What is left of removed files beside these.
pub(crate) fn tombstone(files: &[PathBuf]) -> Option<Checkpoint> {
    let path = files.first()?.parent()?.join(FILE);
    let mut text = Vec::new();
    line::open(&path).ok()?.take(LONGEST).read_to_end(&mut text).ok()?;
    Checkpoint::read(&text).filter(|stone| stone.origin == TOMBSTONE)
}
