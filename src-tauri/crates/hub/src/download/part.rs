//! The bytes of a part on the disk, and their hash.

use std::{
    fs::{self, File},
    io::{ErrorKind, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use bytes::Bytes;
use sha2::{Digest, Sha256};
use tokio::task::JoinHandle;

use super::work::{Watch, blocking};
use crate::{HubError, disk::failed};

const CHUNK_BYTES: usize = 1024 * 1024;
/// More than this is not held in memory for a slow disk.
const MOST_QUEUED_BYTES: usize = 1024 * 1024;

/// An open part. The hash is of exactly the bytes that are in the file.
pub(crate) struct PartFile {
    path: PathBuf,
    file: File,
    hasher: Sha256,
    written: u64,
}

impl PartFile {
    /// Opens a part, cuts it to `keep` bytes and hashes them. None where the watch was told to stop.
    ///
    /// # Errors
    /// [`HubError::Disk`].
    pub(crate) fn open(path: &Path, keep: u64, watch: &Watch) -> Result<Option<Self>, HubError> {
        let no = |error| failed("open", path, &error);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(no)?;
        }
        let mut file = File::options().read(true).write(true).create(true).truncate(false).open(path).map_err(no)?;
        let had = file.metadata().map_err(no)?.len();
        if had > keep {
            file.set_len(keep).map_err(no)?;
        }
        let (mut hasher, mut chunk, mut written) = (Sha256::new(), vec![0; CHUNK_BYTES], 0);
        watch.begin(had.min(keep));
        loop {
            match file.read(&mut chunk) {
                Ok(0) => break,
                Ok(read) => {
                    hasher.update(&chunk[..read]);
                    written += read as u64;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(failed("read", path, &error)),
            }
            if !watch.goes_on(written) {
                return Ok(None);
            }
        }
        Ok(Some(Self { path: path.to_owned(), file, hasher, written }))
    }

    /// Bytes that are in it.
    pub(crate) const fn written(&self) -> u64 {
        self.written
    }

    /// Begins from nothing.
    pub(crate) fn empty(&mut self) -> Result<(), HubError> {
        let emptied = self.file.set_len(0).and_then(|()| self.file.seek(SeekFrom::Start(0)));
        emptied.map_err(|error| failed("write", &self.path, &error))?;
        self.hasher = Sha256::new();
        self.written = 0;
        Ok(())
    }

    /// Puts what was written on the disk for good.
    pub(crate) fn sync(&self) -> Result<(), HubError> {
        self.file.sync_data().map_err(|error| failed("write", &self.path, &error))
    }

    /// The SHA-256 of all of it, in hex, after all of it is on the disk for good.
    pub(crate) fn seal(self) -> Result<String, HubError> {
        self.file.sync_all().map_err(|error| failed("write", &self.path, &error))?;
        Ok(hex::encode(self.hasher.finalize()))
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), HubError> {
        self.file.write_all(bytes).map_err(|error| failed("write", &self.path, &error))?;
        self.hasher.update(bytes);
        self.written += bytes.len() as u64;
        Ok(())
    }

    /// What is in the file, though a write of it failed half-way.
    fn kept(&self) -> u64 {
        self.file.metadata().map_or(self.written, |file| file.len())
    }
}

/// The disk took no more; the part is closed.
#[derive(Debug)]
pub(crate) struct WriteFailed {
    /// Why.
    pub error: HubError,
    /// Bytes that it holds.
    pub kept: u64,
}

/// Writes to the open part while more bytes arrive.
#[derive(Default)]
pub(crate) struct Writer {
    file: Option<PartFile>,
    busy: Option<JoinHandle<(PartFile, Result<(), HubError>)>>,
    queue: Vec<Bytes>,
    queued: usize,
}

impl Writer {
    /// Takes an open part.
    pub(crate) fn take(&mut self, file: PartFile) {
        *self = Self { file: Some(file), ..Self::default() };
    }

    /// A part is open.
    pub(crate) const fn is_open(&self) -> bool {
        self.file.is_some() || self.busy.is_some()
    }

    /// Writes bytes, now or soon. Waits where the disk is far behind.
    ///
    /// # Errors
    /// [`WriteFailed`], of these bytes or of earlier ones.
    pub(crate) async fn push(&mut self, bytes: Bytes) -> Result<(), WriteFailed> {
        self.queued += bytes.len();
        self.queue.push(bytes);
        if self.busy.as_ref().is_none_or(JoinHandle::is_finished) || self.queued >= MOST_QUEUED_BYTES {
            self.rejoin().await?;
            self.begin();
        }
        Ok(())
    }

    /// Waits until all is written.
    ///
    /// # Errors
    /// [`WriteFailed`].
    pub(crate) async fn settle(&mut self) -> Result<(), WriteFailed> {
        self.rejoin().await?;
        self.begin();
        self.rejoin().await
    }

    /// Does something with the open part once all is written; none where none is open.
    ///
    /// # Errors
    /// [`WriteFailed`]: the part is closed then.
    pub(crate) async fn with<T: Send + 'static>(
        &mut self,
        work: impl FnOnce(&mut PartFile) -> Result<T, HubError> + Send + 'static,
    ) -> Result<Option<T>, WriteFailed> {
        self.settle().await?;
        let Some(mut file) = self.file.take() else { return Ok(None) };
        let (file, done) = blocking(move || {
            let done = work(&mut file);
            (file, done)
        })
        .await;
        let done = done.map_err(|error| WriteFailed { error, kept: file.kept() })?;
        self.file = Some(file);
        Ok(Some(done))
    }

    /// Gives the open part away once all is written; none where none is open.
    ///
    /// # Errors
    /// [`WriteFailed`].
    pub(crate) async fn close(&mut self) -> Result<Option<PartFile>, WriteFailed> {
        self.settle().await?;
        Ok(self.file.take())
    }

    async fn rejoin(&mut self) -> Result<(), WriteFailed> {
        let Some(busy) = &mut self.busy else { return Ok(()) };
        let (file, written) = super::work::joined(busy).await;
        self.busy = None;
        if let Err(error) = written {
            let kept = file.kept();
            *self = Self::default();
            return Err(WriteFailed { error, kept });
        }
        self.file = Some(file);
        Ok(())
    }

    fn begin(&mut self) {
        let Some(mut file) = self.file.take_if(|_| !self.queue.is_empty()) else { return };
        let queue = std::mem::take(&mut self.queue);
        self.queued = 0;
        self.busy = Some(tokio::task::spawn_blocking(move || {
            let written = queue.iter().try_for_each(|bytes| file.write(bytes));
            (file, written)
        }));
    }
}
