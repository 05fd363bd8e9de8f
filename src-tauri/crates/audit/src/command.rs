//! What the commands do, for every program that has them: `drawbridge-audit` and `drawbridge-cli audit`.

use std::{
    fs::{self, File},
    io::{self, BufWriter, Read, Write},
    path::Path,
};

use crate::{Checkpoint, Code, Event, Format, Record, Verdict, export, files_of, query, verify};

/// Longer is no checkpoint of ours, in bytes.
const LONGEST_CHECKPOINT: u64 = 4096;

/// Verifies a log file or a folder of them, against a public key in hex and the file of a checkpoint that was kept.
#[must_use]
pub fn inspect(log: &Path, key: Option<&str>, since: Option<&Path>) -> Verdict {
    let unreadable = |path: &Path, error: io::Error| Verdict {
        code: Code::Unreadable,
        words: format!("{} cannot be read: {error}.", path.display()),
        records: 0,
        signed_to: None,
        key: None,
    };
    let since = match since.map(|path| checkpoint(path).map_err(|error| unreadable(path, error))) {
        Some(Err(verdict)) => return verdict,
        Some(Ok(since)) => Some(since),
        None => None,
    };
    let files = match files_of(log) {
        Ok(files) => files,
        Err(error) => return unreadable(log, error),
    };
    let mut verdict = verify(&files, key, since.as_ref());
    if let (Code::Intact, Some(signer), None) = (verdict.code, &verdict.key, key) {
        verdict.words += &format!("\nSigned with the key {signer}. Give the one that you know with --pubkey.");
    }
    verdict
}

fn checkpoint(path: &Path) -> io::Result<Checkpoint> {
    let mut text = Vec::new();
    crate::line::open(path)?.take(LONGEST_CHECKPOINT).read_to_end(&mut text)?;
    Checkpoint::read(&text).ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "it is no checkpoint"))
}

/// Which records to show.
#[derive(Debug, Clone)]
pub struct Selection<'a> {
    /// Of one kind.
    pub kind: Option<&'a str>,
    /// Crossings to hosts that contain this.
    pub host: Option<&'a str>,
    /// How many at most.
    pub limit: usize,
}

/// The latest records of a log file or a folder of them, the newest last, where a terminal ends.
///
/// # Errors
/// When the log cannot be read.
pub fn latest(log: &Path, selection: &Selection<'_>) -> io::Result<Vec<Record>> {
    let wanted = |record: &Record| {
        selection.kind.is_none_or(|kind| record.event.kind() == kind)
            && selection.host.is_none_or(
                |host| matches!(&record.event, Event::Crossing { crossing } if crossing.host.contains(host)),
            )
    };
    let mut entries =
        query::walk(&files_of(log)?, |record| wanted(&record).then_some(record), selection.limit)?.entries;
    entries.reverse();
    Ok(entries)
}

/// Writes a log file or a folder of them in a format into a new file. Answers how many records.
///
/// # Errors
/// When the log cannot be read, or the file is there already or cannot be written; no half file stays.
pub fn export_to(log: &Path, format: Format, target: &Path) -> io::Result<u64> {
    let files = files_of(log)?;
    let mut file = BufWriter::new(File::create_new(target)?);
    let written = export(&files, format, &mut file).and_then(|count| {
        file.flush()?;
        file.get_ref().sync_all()?;
        Ok(count)
    });
    written.inspect_err(|_| {
        let _ = fs::remove_file(target);
    })
}

/// Hands text on without what could steer a terminal: a log that somebody made up may hold anything.
pub struct Harmless<W>(pub W);

impl<W: Write> Write for Harmless<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let steers = |c: char| c.is_control() && !matches!(c, '\n' | '\t');
        let text: String = String::from_utf8_lossy(bytes).chars().filter(|c| !steers(*c)).collect();
        self.0.write_all(text.as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}
