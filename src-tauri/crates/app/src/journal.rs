//! The record of what crossed: a line of canonical JSON when an attempt begins and one when it ends, in a file a month in the data folder.

use std::{
    collections::HashSet,
    fs::{File, OpenOptions},
    io::{Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    sync::Mutex,
};

use domain::{Crossing, Journal, Timestamp, canonical_json};

use crate::core::lock;

/// At most this much of the end of a file is read for people.
const TAIL_BYTES: u64 = 4 * 1024 * 1024;

/// Writes to `FOLDER/crossings-YYYY-MM.jsonl`.
pub(crate) struct FileJournal {
    folder: PathBuf,
    /// Lines are written one after another.
    writing: Mutex<()>,
}

impl FileJournal {
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self { folder, writing: Mutex::default() }
    }

    /// The latest attempts, newest first: each by its end, or by its beginning where no end is on record.
    pub(crate) fn latest(&self, limit: usize) -> std::io::Result<Vec<Crossing>> {
        let mut latest = Vec::new();
        let mut seen = HashSet::new();
        for path in months(&self.folder)?.iter().rev() {
            let text = tail(path)?;
            // A line that a crash cut off is no record.
            let records = text.lines().rev().filter_map(|line| serde_json::from_str::<Crossing>(line).ok());
            latest.extend(records.filter(|record| seen.insert(record.id)));
            if latest.len() >= limit {
                break;
            }
        }
        latest.truncate(limit);
        Ok(latest)
    }

    /// Writes a line. The file is opened for each: it may have been taken away, and there are few.
    fn write(&self, crossing: &Crossing) -> std::io::Result<()> {
        let _alone = lock(&self.writing);
        std::fs::create_dir_all(&self.folder)?;
        let path = self.folder.join(format!("crossings-{}.jsonl", month(crossing.at)));
        let mut file = OpenOptions::new().create(true).read(true).append(true).open(path)?;
        // What a crash or a full disk cut off is no record, and must not swallow this one.
        let start = if ends_whole(&mut file)? { "" } else { "\n" };
        // One write: lines of two processes do not mix.
        file.write_all(format!("{start}{}\n", canonical_json(crossing)).as_bytes())
    }
}

impl Journal for FileJournal {
    fn begin(&self, crossing: &Crossing) -> Result<(), String> {
        self.record(crossing)
    }

    fn record(&self, crossing: &Crossing) -> Result<(), String> {
        self.write(crossing).map_err(|error| {
            format!("The record of what leaves this computer cannot be written ({error}), so nothing may leave.")
        })
    }
}

/// The file is empty or its last line has its end.
fn ends_whole(file: &mut File) -> std::io::Result<bool> {
    if file.seek(SeekFrom::End(0))? == 0 {
        return Ok(true);
    }
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok(last == *b"\n")
}

/// `YYYY-MM` in UTC.
fn month(at: Timestamp) -> String {
    let when =
        time::OffsetDateTime::from_unix_timestamp(at.0.div_euclid(1000)).unwrap_or(time::OffsetDateTime::UNIX_EPOCH);
    format!("{:04}-{:02}", when.year(), u8::from(when.month()))
}

fn months(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let is_ours = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        name.starts_with("crossings-") && name.ends_with(".jsonl")
    };
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).filter(is_ours).collect();
    paths.sort();
    Ok(paths)
}

fn tail(path: &Path) -> std::io::Result<String> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL_BYTES)))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use domain::{CrossingId, CrossingOutcome, Purpose};

    use super::*;

    fn crossing(at: i64, path: &str) -> Crossing {
        Crossing {
            id: CrossingId::new(),
            at: Timestamp(at),
            purpose: Purpose::ModelSearch,
            method: "GET".to_owned(),
            scheme: "https".to_owned(),
            host: "huggingface.co".to_owned(),
            port: 443,
            path: path.to_owned(),
            redirected: false,
            rule: None,
            bytes_out: 0,
            bytes_in: None,
            outcome: CrossingOutcome::Answered { status: 200 },
        }
    }

    #[test]
    fn records_come_back_newest_first_across_months_and_past_a_line_that_was_cut_off() {
        let folder = tempfile::tempdir().unwrap();
        let journal = FileJournal::new(folder.path().join("journal"));
        assert!(journal.latest(5).unwrap().is_empty());
        let (october, november) = (1_792_800_000_000, 1_795_300_000_000);
        journal.record(&crossing(october, "/a")).unwrap();
        journal.record(&crossing(november, "/b")).unwrap();
        journal.record(&crossing(november, "/c")).unwrap();
        let last = months(&journal.folder).unwrap().pop().unwrap();
        OpenOptions::new().append(true).open(last).unwrap().write_all(b"{\"at\":17953").unwrap();
        journal.record(&crossing(november, "/d")).unwrap();
        let paths = |limit| journal.latest(limit).unwrap().into_iter().map(|it| it.path).collect::<Vec<_>>();
        assert_eq!(paths(9), ["/d", "/c", "/b", "/a"], "a fragment swallows nothing");
        assert_eq!(paths(2), ["/d", "/c"]);
        assert_eq!(months(&journal.folder).unwrap().len(), 2);
    }

    #[test]
    fn an_attempt_stands_by_its_end_or_by_its_beginning_and_a_file_that_was_taken_away_is_made_again() {
        let folder = tempfile::tempdir().unwrap();
        let journal = FileJournal::new(folder.path().join("journal"));
        let ended = crossing(1, "/ended");
        for attempt in [&ended, &crossing(2, "/killed")] {
            journal.begin(&Crossing { outcome: CrossingOutcome::Begun, ..attempt.clone() }).unwrap();
        }
        journal.record(&ended).unwrap();
        let latest = journal.latest(9).unwrap();
        let shown: Vec<_> = latest.iter().map(|it| (it.path.as_str(), it.outcome == CrossingOutcome::Begun)).collect();
        assert_eq!(shown, [("/ended", false), ("/killed", true)]);
        std::fs::remove_dir_all(&journal.folder).unwrap();
        journal.record(&crossing(3, "/later")).unwrap();
        assert_eq!(journal.latest(9).unwrap().len(), 1);
    }

    #[test]
    fn a_journal_that_cannot_be_written_says_that_nothing_may_leave() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("journal"), "a file where a folder should be").unwrap();
        let journal = FileJournal::new(folder.path().join("journal"));
        assert!(journal.begin(&crossing(0, "/a")).unwrap_err().ends_with("nothing may leave."));
        assert!(journal.record(&crossing(0, "/a")).unwrap_err().ends_with("nothing may leave."));
    }
}
