//! Reading the log from its end.

use std::{collections::HashSet, io, path::PathBuf};

use domain::{Crossing, CrossingId};

use crate::{Event, Log, Record, tail::Tail};

/// Some of the log, newest first.
#[derive(Debug, Clone, PartialEq)]
pub struct Page<T> {
    /// What was found.
    pub entries: Vec<T>,
    /// There may be older ones.
    pub more: bool,
}

/// An attempt to cross, as its last record tells it.
#[derive(Debug, Clone, PartialEq)]
pub struct Attempt {
    /// Number of that record.
    pub seq: u64,
    /// What crossed, or did not.
    pub crossing: Crossing,
    /// The chat that crossed, by [`Log::reference`].
    pub chat: Option<String>,
}

impl Log {
    /// Records that are wanted, before a number, newest first. Lines that are no records are passed over.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn page(
        &self,
        before: Option<u64>,
        limit: usize,
        wanted: impl Fn(&Record) -> bool,
    ) -> io::Result<Page<Record>> {
        self.collect(before, limit, |record| wanted(&record).then_some(record))
    }

    /// Attempts to cross that are wanted, each by its end, or by its beginning where no end is on record.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn ledger(
        &self,
        before: Option<u64>,
        limit: usize,
        wanted: impl Fn(&Crossing) -> bool,
    ) -> io::Result<Page<Attempt>> {
        let mut seen: HashSet<CrossingId> = HashSet::new();
        // What is younger than `before` was on an earlier page: its beginning is not to come again.
        walk(
            &self.files()?,
            |record| {
                let Event::Crossing { crossing } = record.event else { return None };
                let is_new = seen.insert(crossing.id) && before.is_none_or(|before| record.seq < before);
                let attempt = Attempt { seq: record.seq, crossing: *crossing, chat: record.chat };
                (is_new && wanted(&attempt.crossing)).then_some(attempt)
            },
            limit,
        )
    }

    fn collect<T>(
        &self,
        before: Option<u64>,
        limit: usize,
        mut pick: impl FnMut(Record) -> Option<T>,
    ) -> io::Result<Page<T>> {
        walk(
            &self.files()?,
            |record| if before.is_none_or(|before| record.seq < before) { pick(record) } else { None },
            limit,
        )
    }
}

/// What is picked of the records of these files, newest first.
pub(crate) fn walk<T>(
    files: &[PathBuf],
    mut pick: impl FnMut(Record) -> Option<T>,
    limit: usize,
) -> io::Result<Page<T>> {
    let mut entries = Vec::new();
    for path in files.iter().rev() {
        let mut tail = Tail::open(path)?;
        while let Some(line) = tail.line()? {
            let Some(record) = Record::read(&line) else { continue };
            let Some(found) = pick(record) else { continue };
            if entries.len() == limit {
                return Ok(Page { entries, more: true });
            }
            entries.push(found);
        }
    }
    Ok(Page { entries, more: false })
}
