//! Writing the log: one file a month, one line a record, each on disk before the call returns.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use domain::{ChatId, Clock, Crossing, Journal, Secret, Timestamp};
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;

use crate::{
    Checkpoint, Event, Record,
    checkpoint::public_key,
    line::LONGEST_RECORD,
    record::{FIRST, MOST_RECORDS, SCHEMA},
    tail::Tail,
};

/// Records after which a checkpoint is due.
const SIGN_EVERY: u32 = 256;
/// What is left of files that were kept long enough.
const TOMBSTONE: &str = "tombstone.json";

/// What a log is opened with.
pub struct LogOptions {
    /// Its folder; made with the first record.
    pub folder: PathBuf,
    /// Clock.
    pub clock: Arc<dyn Clock>,
    /// Version of the program.
    pub version: String,
    /// Key that makes references of chats' ids; without one no record says which chat it is about.
    pub identify: Option<Secret<[u8; 32]>>,
    /// Seed of the ed25519 key; without one nothing is signed.
    pub sign: Option<Secret<[u8; 32]>>,
}

/// The log of a data folder. Several processes may write to it.
pub struct Log {
    options: LogOptions,
    run: String,
    state: Mutex<State>,
}

/// The end of the log, as this process saw it last.
#[derive(Default)]
struct State {
    path: Option<PathBuf>,
    length: u64,
    /// Number and hash of the last record.
    last: Option<(u64, String)>,
    unsigned: u32,
}

impl Log {
    /// A log in a folder. Touches no disk.
    #[must_use]
    pub fn new(options: LogOptions) -> Arc<Self> {
        let run = uuid::Uuid::now_v7().simple().to_string();
        Arc::new(Self { options, run, state: Mutex::default() })
    }

    /// Puts an event on record, on disk when this returns. Answers its number.
    ///
    /// # Errors
    /// When the log cannot be written.
    pub fn note(&self, event: Event, chat: Option<ChatId>) -> io::Result<u64> {
        let mut state = self.state();
        let _alone = self.alone()?;
        let seq = self.append(&mut state, event, chat)?;
        if state.unsigned >= SIGN_EVERY {
            self.sign(&mut state)?;
        }
        Ok(seq)
    }

    /// Signs everything up to here, where there is something unsigned and a key.
    ///
    /// # Errors
    /// When the log cannot be written.
    pub fn checkpoint(&self) -> io::Result<()> {
        let mut state = self.state();
        // A log that was not looked at yet may end unsigned.
        if state.unsigned == 0 && state.path.is_some() {
            return Ok(());
        }
        let _alone = self.alone()?;
        // Another process may have written since, and what is signed is the end of the log.
        self.mend(&mut state)?;
        self.sign(&mut state)
    }

    /// The key to verify with, in hex.
    #[must_use]
    pub fn public_key(&self) -> Option<String> {
        self.options.sign.as_ref().map(public_key)
    }

    /// The files, the oldest first.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn files(&self) -> io::Result<Vec<PathBuf>> {
        files(&self.options.folder)
    }

    /// Removes files that hold nothing younger than so many days. A signed statement of where they ended stays.
    ///
    /// # Errors
    /// When the log cannot be read or written.
    pub fn retain(&self, days: u32) -> io::Result<u32> {
        let oldest = month(Timestamp(self.options.clock.now().0 - i64::from(days) * 24 * 60 * 60 * 1000));
        let _state = self.state();
        let _alone = self.alone()?;
        let all = self.files()?;
        // The newest stays: the chain goes on from it.
        let mut gone = 0;
        for path in all.iter().take(all.len().saturating_sub(1)).filter(|path| name_of(path) < name(&oldest)) {
            if let Some(last) = Tail::open(path)?.line()?.and_then(|line| serde_json::from_slice::<Record>(&line).ok())
            {
                self.bury(&last)?;
            }
            fs::remove_file(path)?;
            gone += 1;
        }
        Ok(gone)
    }

    fn bury(&self, last: &Record) -> io::Result<()> {
        let now = self.options.clock.now();
        let unsigned = || Checkpoint {
            origin: String::new(),
            seq: last.seq,
            last_hash: last.hash.clone(),
            at: now,
            key: String::new(),
            signature: String::new(),
        };
        let stone =
            self.options.sign.as_ref().map_or_else(unsigned, |seed| Checkpoint::sign(seed, last.seq, &last.hash, now));
        let (path, unborn) = (self.options.folder.join(TOMBSTONE), self.options.folder.join("tombstone.new"));
        let mut file = File::create(&unborn)?;
        file.write_all(domain::canonical_json(&stone).as_bytes())?;
        file.sync_all()?;
        fs::rename(unborn, path)
    }

    fn sign(&self, state: &mut State) -> io::Result<()> {
        if let (Some(seed), Some((seq, hash))) = (&self.options.sign, &state.last) {
            let checkpoint = Checkpoint::sign(seed, *seq, hash, self.options.clock.now());
            self.append(state, Event::Checkpoint { checkpoint }, None)?;
        }
        state.unsigned = 0;
        Ok(())
    }

    /// Appends a record; whoever calls is alone.
    fn append(&self, state: &mut State, event: Event, chat: Option<ChatId>) -> io::Result<u64> {
        self.mend(state)?;
        self.write(state, event, chat)
    }

    /// Looks at the end of the log, and says so where a crash had cut a record off.
    fn mend(&self, state: &mut State) -> io::Result<()> {
        let cut = self.catch_up(state)?;
        if cut > 0 {
            self.write(state, Event::Repaired { bytes: u32::try_from(cut).unwrap_or(u32::MAX) }, None)?;
        }
        Ok(())
    }

    fn write(&self, state: &mut State, event: Event, chat: Option<ChatId>) -> io::Result<u64> {
        let at = self.options.clock.now();
        let (seq, prev) = match &state.last {
            Some((seq, hash)) => (seq + 1, hash.clone()),
            None => (0, FIRST.to_owned()),
        };
        let chat = chat.and_then(|chat| self.reference(chat));
        let (run, version) = (self.run.clone(), self.options.version.clone());
        let mut record = Record { schema: SCHEMA, seq, at, run, event, chat, version, prev, hash: String::new() };
        record.hash = record.computed_hash();
        let line = record.line();
        if line.len() > LONGEST_RECORD {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "a record of it would be longer than one can be"));
        }
        // A clock that was set back must not put a record into a file before the last one's.
        let path = self.options.folder.join(name(&month(at)));
        let path = state.path.clone().filter(|last| *last > path).unwrap_or(path);
        let mut options = OpenOptions::new();
        options.create(true).append(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&path)?;
        if let Err(error) = file.write_all(line.as_bytes()).and_then(|()| file.sync_data()) {
            // What is there of it is looked at afresh.
            *state = State::default();
            return Err(error);
        }
        state.length = if state.path.as_ref() == Some(&path) { state.length } else { 0 } + line.len() as u64;
        state.path = Some(path);
        state.last = Some((seq, record.hash));
        state.unsigned = if matches!(record.event, Event::Checkpoint { .. }) { 0 } else { state.unsigned + 1 };
        Ok(seq)
    }

    /// Reads the end of the log where another process wrote to it. Cuts off what a crash left of a line; answers how
    /// many bytes.
    fn catch_up(&self, state: &mut State) -> io::Result<u64> {
        let Some(newest) = self.files()?.pop() else {
            *state = State::default();
            return Ok(0);
        };
        let length = fs::metadata(&newest)?.len();
        if state.path.as_ref() == Some(&newest) && state.length == length {
            return Ok(0);
        }
        let cut = cut_off(&newest)?;
        *state = State { length: length - cut, last: None, unsigned: 0, path: Some(newest) };
        let mut unread = 0;
        'files: for path in self.files()?.iter().rev() {
            let mut tail = Tail::open(path)?;
            while let Some(line) = tail.line()? {
                let record = serde_json::from_slice::<Record>(&line).ok().filter(|record| record.seq < MOST_RECORDS);
                let hash = record.as_ref().map_or_else(|| hex::encode(Sha256::digest(&line)), |it| it.hash.clone());
                // A line that is no record is a matter for whoever verifies; the log goes on after it.
                let known = state.last.get_or_insert((0, hash));
                match record {
                    Some(record) => {
                        known.0 = record.seq + unread;
                        break 'files;
                    }
                    None => unread += 1,
                }
            }
        }
        // How much of it is signed is not known: the next checkpoint signs all of it.
        state.unsigned = 1;
        Ok(cut)
    }

    fn reference(&self, chat: ChatId) -> Option<String> {
        let key = self.options.identify.as_ref()?;
        let mut mac = Hmac::<Sha256>::new_from_slice(key.reveal()).expect("BUG: HMAC takes keys of every length");
        mac.update(chat.to_string().as_bytes());
        Some(hex::encode(&mac.finalize().into_bytes()[..16]))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Holds off the other processes until it is dropped.
    fn alone(&self) -> io::Result<File> {
        fs::create_dir_all(&self.options.folder)?;
        let file = File::options().create(true).truncate(false).write(true).open(self.options.folder.join("lock"))?;
        file.lock()?;
        Ok(file)
    }
}

impl Journal for Log {
    fn begin(&self, crossing: &Crossing) -> Result<(), String> {
        self.record(crossing)
    }

    fn record(&self, crossing: &Crossing) -> Result<(), String> {
        let event = Event::Crossing { crossing: Box::new(crossing.clone()) };
        self.note(event, None).map(|_| ()).map_err(|error| {
            format!("The record of what leaves this computer cannot be written ({error}), so nothing may leave.")
        })
    }
}

/// Cuts a file off after its last whole line; answers how many bytes went.
fn cut_off(path: &Path) -> io::Result<u64> {
    let mut file = File::options().read(true).write(true).open(path)?;
    let length = file.seek(SeekFrom::End(0))?;
    let mut end = length;
    let mut byte = [0];
    while end > 0 {
        file.seek(SeekFrom::Start(end - 1))?;
        file.read_exact(&mut byte)?;
        if byte == *b"\n" {
            break;
        }
        end -= 1;
    }
    if end < length {
        file.set_len(end)?;
        file.sync_all()?;
    }
    Ok(length - end)
}

/// The files of a folder, the oldest first.
pub(crate) fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let ours = |path: &PathBuf| name_of(path).starts_with("audit-") && name_of(path).ends_with(".jsonl");
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).filter(ours).collect();
    paths.sort();
    Ok(paths)
}

/// What is left of removed files, in a folder.
pub(crate) fn tombstone(folder: &Path) -> Option<Checkpoint> {
    serde_json::from_slice(&fs::read(folder.join(TOMBSTONE)).ok()?).ok()
}

fn name(month: &str) -> String {
    format!("audit-{month}.jsonl")
}

fn name_of(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// `YYYY-MM` in UTC.
fn month(at: Timestamp) -> String {
    let when = OffsetDateTime::from_unix_timestamp(at.0.div_euclid(1000)).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    format!("{:04}-{:02}", when.year(), u8::from(when.month()))
}
