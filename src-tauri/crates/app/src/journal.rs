//! The record of what crossed: one line of canonical JSON for each attempt, in a file a month in the data folder.

use std::{
    fs::{File, OpenOptions},
    io::{Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use domain::{Clock, Crossing, Journal, Timestamp, canonical_json};

use crate::core::lock;

/// At most this much of the end of a file is read for people.
const TAIL_BYTES: u64 = 4 * 1024 * 1024;

/// Writes to `FOLDER/crossings-YYYY-MM.jsonl`.
pub(crate) struct FileJournal {
    folder: PathBuf,
    clock: Arc<dyn Clock>,
    open: Mutex<Option<(String, File)>>,
}

impl FileJournal {
    pub(crate) fn new(folder: PathBuf, clock: Arc<dyn Clock>) -> Self {
        Self { folder, clock, open: Mutex::default() }
    }

    /// The latest records, newest first.
    pub(crate) fn latest(&self, limit: usize) -> std::io::Result<Vec<Crossing>> {
        let mut latest = Vec::new();
        for path in months(&self.folder)?.iter().rev() {
            let text = tail(path)?;
            // A line that a crash cut off is no record.
            latest.extend(text.lines().rev().filter_map(|line| serde_json::from_str(line).ok()));
            if latest.len() >= limit {
                break;
            }
        }
        latest.truncate(limit);
        Ok(latest)
    }

    fn with_file(&self, at: Timestamp, act: impl FnOnce(&mut File) -> std::io::Result<()>) -> Result<(), String> {
        let unkept = |error: std::io::Error| {
            format!("The record of what leaves this computer cannot be written ({error}), so nothing may leave.")
        };
        let month = month(at);
        let mut open = lock(&self.open);
        if open.as_ref().is_none_or(|(name, _)| *name != month) {
            std::fs::create_dir_all(&self.folder).map_err(unkept)?;
            let path = self.folder.join(format!("crossings-{month}.jsonl"));
            let file = OpenOptions::new().create(true).append(true).open(path).map_err(unkept)?;
            *open = Some((month, file));
        }
        let (_, file) = open.as_mut().expect("BUG: it was just opened");
        act(file).map_err(unkept)
    }
}

impl Journal for FileJournal {
    fn ready(&self) -> Result<(), String> {
        self.with_file(self.clock.now(), |_| Ok(()))
    }

    fn record(&self, crossing: &Crossing) -> Result<(), String> {
        // One write: lines of two processes do not mix.
        let line = format!("{}\n", canonical_json(crossing));
        self.with_file(crossing.at, |file| file.write_all(line.as_bytes()))
    }
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
    use domain::{CrossingOutcome, Purpose};

    use super::*;

    fn crossing(at: i64, path: &str) -> Crossing {
        Crossing {
            at: Timestamp(at),
            purpose: Purpose::ModelSearch,
            method: "GET".to_owned(),
            scheme: "https".to_owned(),
            host: "huggingface.co".to_owned(),
            port: 443,
            path: path.to_owned(),
            redirected: false,
            bytes_out: 0,
            bytes_in: None,
            outcome: CrossingOutcome::Answered { status: 200 },
        }
    }

    #[test]
    fn records_come_back_newest_first_across_months_and_past_a_line_that_was_cut_off() {
        let folder = tempfile::tempdir().unwrap();
        let journal = FileJournal::new(folder.path().join("journal"), Arc::new(domain::SystemClock));
        assert!(journal.latest(5).unwrap().is_empty());
        let (october, november) = (1_792_800_000_000, 1_795_300_000_000);
        journal.record(&crossing(october, "/a")).unwrap();
        journal.record(&crossing(november, "/b")).unwrap();
        journal.record(&crossing(november, "/c")).unwrap();
        let last = months(&journal.folder).unwrap().pop().unwrap();
        OpenOptions::new().append(true).open(last).unwrap().write_all(b"{\"at\":17953").unwrap();
        let paths = |limit| journal.latest(limit).unwrap().into_iter().map(|it| it.path).collect::<Vec<_>>();
        assert_eq!(paths(9), ["/c", "/b", "/a"]);
        assert_eq!(paths(2), ["/c", "/b"]);
        assert_eq!(months(&journal.folder).unwrap().len(), 2);
    }

    #[test]
    fn a_journal_that_cannot_be_written_says_that_nothing_may_leave() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("journal"), "a file where a folder should be").unwrap();
        let journal = FileJournal::new(folder.path().join("journal"), Arc::new(domain::SystemClock));
        assert!(journal.ready().unwrap_err().ends_with("nothing may leave."));
        assert!(journal.record(&crossing(0, "/a")).unwrap_err().ends_with("nothing may leave."));
    }
}
