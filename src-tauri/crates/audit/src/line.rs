//! A file of lines read from its beginning. Whatever it holds, no more than one record's length is in memory.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::Path,
};

/// No record is longer in bytes, its line break included: none that is, is written or read.
pub const LONGEST_RECORD: usize = 64 * 1024;

/// What stands next in a file.
pub(crate) enum Line<'a> {
    /// A line with its line break.
    Whole(&'a [u8]),
    /// What follows the last line break.
    Unfinished(&'a [u8]),
    /// More bytes without a line break than a record can have.
    TooLong,
}

/// The lines of a file.
pub(crate) struct Lines {
    reader: BufReader<File>,
    line: Vec<u8>,
}

impl Lines {
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        Ok(Self { reader: BufReader::new(open(path)?), line: Vec::new() })
    }

    pub(crate) fn next(&mut self) -> io::Result<Option<Line<'_>>> {
        self.line.clear();
        let read = (&mut self.reader).take(LONGEST_RECORD as u64).read_until(b'\n', &mut self.line)?;
        Ok(match self.line.last() {
            None => None,
            Some(b'\n') => Some(Line::Whole(&self.line)),
            Some(_) if read == LONGEST_RECORD => Some(Line::TooLong),
            Some(_) => Some(Line::Unfinished(&self.line)),
        })
    }
}

/// Opens a file for reading, and nothing else: a pipe would keep whoever reads it waiting, a device has no end.
pub(crate) fn open(path: &Path) -> io::Result<File> {
    let no_file = || io::Error::new(io::ErrorKind::InvalidInput, "it is no file");
    if !std::fs::metadata(path)?.is_file() {
        return Err(no_file());
    }
    let file = File::open(path)?;
    if file.metadata()?.is_file() { Ok(file) } else { Err(no_file()) }
}

/// That a line cannot be one of ours.
pub(crate) fn too_long() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "a line is longer than a record can be")
}
