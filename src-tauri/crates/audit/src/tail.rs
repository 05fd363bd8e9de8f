//! A file of lines read from its end, a block at a time.

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    path::Path,
};

use crate::line::{LONGEST_RECORD, open, too_long};

const BLOCK: u64 = 64 * 1024;

/// The whole lines of a file, the last first. What follows the last line break is no line.
pub(crate) struct Tail {
    file: File,
    /// What lies before this is not read yet.
    start: u64,
    /// What is read and not handed out, from `start` on.
    rest: Vec<u8>,
}

impl Tail {
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let file = open(path)?;
        let start = file.metadata()?.len();
        let mut tail = Self { file, start, rest: Vec::new() };
        while tail.start > 0 && !tail.rest.contains(&b'\n') {
            if tail.rest.len() > LONGEST_RECORD {
                return Err(too_long());
            }
            tail.read_block()?;
        }
        let end = tail.rest.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        tail.rest.truncate(end);
        Ok(tail)
    }

    /// The line before the ones that were handed out, without its line break.
    pub(crate) fn line(&mut self) -> io::Result<Option<Vec<u8>>> {
        loop {
            let inner = self.rest.len().saturating_sub(1);
            if let Some(at) = self.rest[..inner].iter().rposition(|byte| *byte == b'\n') {
                let mut line = self.rest.split_off(at + 1);
                line.pop();
                return Ok(Some(line));
            }
            if self.start == 0 {
                let mut line = std::mem::take(&mut self.rest);
                return Ok(line.pop().map(|_| line));
            }
            if self.rest.len() > LONGEST_RECORD {
                return Err(too_long());
            }
            self.read_block()?;
        }
    }

    fn read_block(&mut self) -> io::Result<()> {
        let length = self.start.min(BLOCK);
        self.start -= length;
        self.file.seek(SeekFrom::Start(self.start))?;
        let mut block = vec![0; usize::try_from(length).unwrap_or_default()];
        self.file.read_exact(&mut block)?;
        block.append(&mut self.rest);
        self.rest = block;
        Ok(())
    }
}
