//! Whether a log is as it was written. Needs nothing but the log, and the public key to know who signed it.

use std::{
    io,
    path::{Path, PathBuf},
};

use crate::{
    Checkpoint, Event, Record,
    checkpoint::TOMBSTONE,
    line::{Line, Lines},
    log::files,
    record::{FIRST, SCHEMA},
    retention::tombstone,
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
    checked(paths, key, since, false)
}

/// The same of a log whose keys may have changed, for the one who writes it; what was removed has to be signed by `own`.
pub(crate) fn chain(paths: &[PathBuf], own: Option<&str>) -> Verdict {
    checked(paths, own, None, true)
}

fn checked(paths: &[PathBuf], key: Option<&str>, since: Option<&Checkpoint>, any_signer: bool) -> Verdict {
    let key = key.map(str::to_lowercase);
    let mut check = Check {
        key: key.as_deref(),
        since,
        any_signer,
        stone: tombstone(paths),
        stated: false,
        seq: 0,
        prev: None,
        moment: None,
        went_back: None,
        signed_to: None,
        signer: None,
        records: 0,
    };
    let result = paths.iter().try_for_each(|path| check.file(path, Some(path) == paths.last()));
    let (code, mut words) = match result {
        Err(found) => found,
        Ok(()) => check.end(),
    };
    words += &check.notes(code);
    Verdict { code, words, records: check.records, signed_to: check.signed_to, key: check.signer }
}

struct Check<'a> {
    key: Option<&'a str>,
    since: Option<&'a Checkpoint>,
    /// Each checkpoint is held against the key that it names, and against no other.
    any_signer: bool,
    /// What was removed before the first record.
    stone: Option<Checkpoint>,
    /// The file itself says so.
    stated: bool,
    /// Number that comes next.
    seq: u64,
    prev: Option<String>,
    moment: Option<Moment>,
    /// The first record before which the clock was set back.
    went_back: Option<u64>,
    signed_to: Option<u64>,
    signer: Option<String>,
    records: u64,
}

type Found = (Code, String);

/// A clock that goes back by less is one that is being set right, in milliseconds.
const SET_RIGHT: i64 = 5_000;

/// When a record was written, by each of its clocks.
struct Moment {
    at: i64,
    run: String,
    boot: Option<String>,
    elapsed: Option<u64>,
}

impl Moment {
    fn of(record: &Record) -> Self {
        let (run, boot) = (record.run.clone(), record.boot.clone());
        Self { at: record.at.0, run, boot, elapsed: record.elapsed }
    }

    /// The machine ran on from this moment to the next one, and its clock did not.
    fn is_behind(&self, next: &Self) -> bool {
        let passed = match (self.elapsed, next.elapsed) {
            (Some(before), Some(after)) if self.run == next.run => {
                i64::try_from(after.saturating_sub(before)).unwrap_or(0)
            }
            _ if self.boot.is_some() && self.boot == next.boot => 0,
            _ => return false,
        };
        next.at.saturating_sub(self.at) < passed.saturating_sub(SET_RIGHT)
    }
}

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
        // A file that was handed out begins with the statement of what was removed.
        if self.records == 0
            && let Some(stone) = Checkpoint::read(line).filter(|stone| stone.origin == TOMBSTONE)
        {
            return self.put(stone, line);
        }
        let text = std::str::from_utf8(line).ok();
        let record = Record::read(line);
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
        self.time(&record);
        if let Event::Missing { first, last } = &record.event {
            return Err((
                Code::Gap,
                format!("Record {} states that the records {first} to {last} were taken away.", record.seq),
            ));
        }
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

    /// Takes a statement of what was removed, where there is no other.
    fn put(&mut self, stone: Checkpoint, line: &[u8]) -> Result<(), Found> {
        if line != (domain::canonical_json(&stone) + "\n").as_bytes() {
            return Err((Code::Altered, "The statement of what was removed is not as it was written.".to_owned()));
        }
        if self.stated || self.stone.as_ref().is_some_and(|other| *other != stone) {
            return Err((Code::Gap, "There are two statements of what was removed.".to_owned()));
        }
        self.stone = Some(stone);
        self.stated = true;
        Ok(())
    }

    /// It follows the record before it, or begins where it may.
    fn place(&mut self, record: &Record) -> Result<(), Found> {
        let unfollowing = || (Code::Gap, format!("Record {} does not follow the one before it.", record.seq));
        if record.seq == 0 && self.prev.is_none() {
            // Nothing is missing, so whatever states that something was removed says nothing yet.
            self.stone = None;
        }
        let prev = match (&self.prev, &self.stone) {
            (Some(prev), _) if record.seq == self.seq => Some(prev.as_str()),
            (None, _) if record.seq == 0 => Some(FIRST),
            (None, Some(stone)) if record.seq <= stone.seq + 1 => {
                self.authentic(stone, record.seq)?;
                // It was interrupted between the statement and the removal where some of them are still there.
                (record.seq == stone.seq + 1).then_some(stone.last_hash.as_str())
            }
            (None, None) if self.since.is_some_and(|since| since.seq.saturating_add(1) == record.seq) => {
                let named = self.since.is_some_and(|since| since.last_hash == record.prev);
                let strange = (Code::Altered, "It does not follow the checkpoint.".to_owned());
                return if named { Ok(()) } else { Err(strange) };
            }
            (_, stone) => {
                let begin = stone.as_ref().map_or(0, |stone| stone.seq + 1);
                let due = if self.prev.is_some() { self.seq } else { begin };
                return Err((Code::Gap, format!("Record {} stands where record {due} should.", record.seq)));
            }
        };
        if prev.is_some_and(|prev| prev != record.prev) {
            return Err(unfollowing());
        }
        if self.stone.as_ref().is_some_and(|stone| stone.seq == record.seq && stone.last_hash != record.hash) {
            let words = format!("Record {} is not the one that the statement of what was removed names.", record.seq);
            return Err((Code::Altered, words));
        }
        Ok(())
    }

    /// Whoever has the key signed for what was removed. An unsigned statement could have been set by whoever took the
    /// files away.
    fn authentic(&self, stone: &Checkpoint, first: u64) -> Result<(), Found> {
        let is_plain = self.key.is_none() && stone.signature.is_empty();
        if is_plain || stone.is_signed_as(TOMBSTONE, self.key) {
            return Ok(());
        }
        Err((Code::Gap, format!("What lies before record {first} was removed by nobody who signed for it.")))
    }

    fn time(&mut self, record: &Record) {
        let moment = Moment::of(record);
        if self.moment.as_ref().is_some_and(|before| before.is_behind(&moment)) {
            self.went_back.get_or_insert(record.seq);
        }
        self.moment = Some(moment);
    }

    /// What is no failure and worth knowing.
    fn notes(&self, code: Code) -> String {
        let mut notes = String::new();
        let found_sound = matches!(code, Code::Intact | Code::UnsignedTail);
        if let Some(stone) = self.stone.as_ref().filter(|_| found_sound) {
            let by = if stone.signature.is_empty() { "nobody signed for that" } else { "that is signed for" };
            notes += &format!(" What lies before was removed up to record {} because of its age; {by}.", stone.seq);
        }
        if let Some(seq) = self.went_back {
            notes += &format!(" The clock went back while the machine ran on, before record {seq}.");
        }
        notes
    }

    fn signature(&mut self, record: &Record) -> Result<(), Found> {
        let Event::Checkpoint { checkpoint } = &record.event else { return Ok(()) };
        if checkpoint.seq.saturating_add(1) != record.seq || checkpoint.last_hash != record.prev {
            return Err((Code::Altered, format!("The checkpoint in record {} is of another place.", record.seq)));
        }
        let expected = self.key.or(self.stone.as_ref().map(|stone| stone.key.as_str())).or(self.signer.as_deref());
        let expected = expected.filter(|key| !key.is_empty() && !self.any_signer);
        if expected.is_some_and(|key| key != checkpoint.key) {
            return Err((
                Code::WrongKey,
                format!(
                    "Record {} is signed with the key {}, not with {}.",
                    record.seq,
                    checkpoint.key,
                    if self.key.is_some() { "the given one" } else { "the one before" }
                ),
            ));
        }
        if !checkpoint.is_signed_by(expected) {
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
        if let Some(stone) = self.stone.as_ref().filter(|stone| stone.seq >= self.seq) {
            let words =
                format!("The log ends before record {}, up to which was removed what lay before it.", stone.seq);
            return (Code::Gap, words);
        }
        let unsigned = self.signed_to.map_or(self.records, |signed| self.seq - signed - 1);
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
