//! Whether a log is as it was written. Needs nothing but the log, and the public key to know who signed it.

use std::{
    io,
    path::{Path, PathBuf},
};

use crate::{
    Checkpoint, Event, Record,
    line::{Line, Lines},
    log::{files, tombstone},
    record::{FIRST, SCHEMA},
};

/// What was found, worst first come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Code {
    /// Every record is as it was written.
    Intact = 0,
    /// A record is not as it was written.
    Altered = 1,
    /// Records are missing, doubled or in another order.
    Gap = 2,
    /// Intact, and records at the end are not signed yet.
    UnsignedTail = 3,
    /// It was signed with another key.
    WrongKey = 4,
    /// It cannot be read, or is no log.
    Unreadable = 5,
}

/// What verifying found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// In a word; its number is the exit code.
    pub code: Code,
    /// In a sentence.
    pub words: String,
    /// Records that are as they were written.
    pub records: u64,
    /// The last record that a signature covers.
    pub signed_to: Option<u64>,
    /// The key that signed, in hex.
    pub key: Option<String>,
}

/// The files of a log: itself, or those in a folder, the oldest first.
///
/// # Errors
/// When the folder cannot be read.
pub fn files_of(path: &Path) -> io::Result<Vec<PathBuf>> {
    if path.is_dir() { files(path) } else { Ok(vec![path.to_owned()]) }
}

/// Verifies a log.
#[must_use]
pub fn verify(paths: &[PathBuf], key: Option<&str>, since: Option<&Checkpoint>) -> Verdict {
    let key = key.map(str::to_lowercase);
    let key = key.as_deref();
    let stone = paths.first().and_then(|path| path.parent()).and_then(tombstone);
    let mut check = Check { key, since, stone, seq: 0, prev: None, signed_to: None, signer: None, records: 0 };
    let result = paths.iter().try_for_each(|path| check.file(path, Some(path) == paths.last()));
    let (code, words) = match result {
        Err(found) => found,
        Ok(()) => check.end(),
    };
    Verdict { code, words, records: check.records, signed_to: check.signed_to, key: check.signer }
}

/// Every number in it is whole and kept exactly by every reader of JSON.
fn is_plain(value: &serde_json::Value) -> bool {
    const EXACT: u64 = 1 << 53;
    match value {
        serde_json::Value::Number(number) => {
            number.as_u64().or_else(|| number.as_i64().map(i64::unsigned_abs)).is_some_and(|size| size < EXACT)
        }
        serde_json::Value::Array(items) => items.iter().all(is_plain),
        serde_json::Value::Object(fields) => fields.values().all(is_plain),
        _ => true,
    }
}

struct Check<'a> {
    key: Option<&'a str>,
    since: Option<&'a Checkpoint>,
    stone: Option<Checkpoint>,
    /// Number that comes next.
    seq: u64,
    prev: Option<String>,
    signed_to: Option<u64>,
    signer: Option<String>,
    records: u64,
}

type Found = (Code, String);

impl Check<'_> {
    fn file(&mut self, path: &Path, is_last: bool) -> Result<(), Found> {
        let unreadable = |error: io::Error| (Code::Unreadable, format!("{} cannot be read: {error}.", path.display()));
        let mut lines = Lines::open(path).map_err(unreadable)?;
        while let Some(line) = lines.next().map_err(unreadable)? {
            match line {
                Line::Whole(line) => self.line(line)?,
                Line::Unfinished(_) if is_last && self.records > 0 => {
                    return Err((
                        Code::UnsignedTail,
                        format!(
                            "The last line is unfinished after record {}: a crash, or the end was cut off.",
                            self.name()
                        ),
                    ));
                }
                Line::Unfinished(line) => self.line(line)?,
                Line::TooLong => return Err(self.no_record()),
            }
        }
        Ok(())
    }

    fn no_record(&self) -> Found {
        let code = if self.records == 0 { Code::Unreadable } else { Code::Altered };
        (code, format!("What should be record {} is no record.", self.seq))
    }

    fn line(&mut self, line: &[u8]) -> Result<(), Found> {
        let text = std::str::from_utf8(line).ok();
        // A number that not every reader keeps is none of ours, and has no canonical form.
        let value = text.and_then(|text| serde_json::from_str::<serde_json::Value>(text).ok()).filter(is_plain);
        let record = value.and_then(|value| serde_json::from_value::<Record>(value).ok());
        let Some(record) = record else {
            return Err(self.no_record());
        };
        if record.schema != SCHEMA {
            return Err((Code::Unreadable, format!("Record {} is of a newer format.", record.seq)));
        }
        // One spelling only, so that no byte can change unseen.
        if Some(record.line().as_str()) != text || record.computed_hash() != record.hash {
            return Err((Code::Altered, format!("Record {} is not as it was written.", record.seq)));
        }
        self.place(&record)?;
        self.signature(&record)?;
        if let Some(since) = self.since.filter(|since| since.seq == record.seq)
            && since.last_hash != record.hash
        {
            return Err((Code::Altered, format!("Record {} is not the one that the checkpoint names.", record.seq)));
        }
        self.seq = record.seq + 1;
        self.prev = Some(record.hash);
        self.records += 1;
        Ok(())
    }

    /// It follows the record before it.
    fn place(&self, record: &Record) -> Result<(), Found> {
        let begins = self.prev.is_none();
        let (seq, prev) = match (&self.prev, &self.stone) {
            (Some(prev), _) => (self.seq, prev.as_str()),
            (None, Some(stone)) if record.seq > 0 => {
                // An unsigned stone could have been set by whoever took the files away.
                if self.key.is_some() && !stone.is_signed_by(self.key) {
                    return Err((
                        Code::Gap,
                        format!("What lies before record {} was removed by nobody who signed for it.", record.seq),
                    ));
                }
                (stone.seq.saturating_add(1), stone.last_hash.as_str())
            }
            (None, _) => (0, FIRST),
        };
        if begins
            && record.seq > 0
            && self.stone.is_none()
            && self.since.is_some_and(|since| since.seq.saturating_add(1) == record.seq)
        {
            let named = self.since.is_some_and(|since| since.last_hash == record.prev);
            return if named { Ok(()) } else { Err((Code::Altered, "It does not follow the checkpoint.".to_owned())) };
        }
        if record.seq != seq {
            return Err((Code::Gap, format!("Record {} stands where record {seq} should.", record.seq)));
        }
        if record.prev != prev {
            return Err((Code::Gap, format!("Record {} does not follow the one before it.", record.seq)));
        }
        Ok(())
    }

    fn signature(&mut self, record: &Record) -> Result<(), Found> {
        let Event::Checkpoint { checkpoint } = &record.event else { return Ok(()) };
        if checkpoint.seq.saturating_add(1) != record.seq || checkpoint.last_hash != record.prev {
            return Err((Code::Altered, format!("The checkpoint in record {} is of another place.", record.seq)));
        }
        if self.key.is_some_and(|key| key != checkpoint.key) {
            return Err((
                Code::WrongKey,
                format!("Record {} is signed with the key {}, not with the given one.", record.seq, checkpoint.key),
            ));
        }
        if !checkpoint.is_signed_by(self.key) {
            return Err((Code::Altered, format!("The signature in record {} is not valid.", record.seq)));
        }
        self.signed_to = Some(record.seq);
        self.signer = Some(checkpoint.key.clone());
        Ok(())
    }

    fn name(&self) -> String {
        self.seq.checked_sub(1).map_or_else(|| "0".to_owned(), |last| last.to_string())
    }

    fn end(&self) -> Found {
        if self.records == 0 {
            return (Code::Unreadable, "There is no record in it.".to_owned());
        }
        if let Some(since) = self.since.filter(|since| since.seq >= self.seq) {
            return (Code::Gap, format!("The log ends before record {}, which the checkpoint names.", since.seq));
        }
        let unsigned = self.seq - self.signed_to.map_or(0, |signed| signed + 1);
        match (&self.signer, unsigned) {
            (None, _) if self.key.is_some() => {
                (Code::UnsignedTail, format!("All {} records are as they were written; none is signed.", self.records))
            }
            (None, _) => (
                Code::Intact,
                format!(
                    "All {} records are as they were written. Nothing is signed, so whoever could write the whole log anew is not noticed.",
                    self.records
                ),
            ),
            (Some(_), unsigned) if unsigned > 0 && self.key.is_some() => (
                Code::UnsignedTail,
                format!(
                    "All {} records are as they were written; the last {unsigned} are not signed yet.",
                    self.records
                ),
            ),
            (Some(_), 0) => {
                (Code::Intact, format!("All {} records are as they were written, and signed.", self.records))
            }
            (Some(_), unsigned) => (
                Code::Intact,
                format!(
                    "All {} records are as they were written; all but the last {unsigned} are signed.",
                    self.records
                ),
            ),
        }
    }
}
