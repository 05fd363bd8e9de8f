//! Writing the log: one file a month, one line a record, each on disk before the call returns.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use domain::{ChatId, Clock, Crossing, Journal, Secret, Timestamp};
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;

use crate::{
    Checkpoint, Event, Record,
    checkpoint::{ORIGIN, public_key},
    line::LONGEST_RECORD,
    record::{FIRST, MOST_RECORDS, SCHEMA},
    tail::Tail,
};

/// Records after which a checkpoint is due.
const SIGN_EVERY: u32 = 256;

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
    /// The run of the machine, as its system names it.
    pub boot: Option<String>,
    /// How long the program runs, by a clock that nobody can set; none says that there is no such clock.
    pub elapsed: fn() -> Option<Duration>,
}

/// The log of a data folder. Several processes may write to it.
pub struct Log {
    pub(crate) options: LogOptions,
    run: String,
    policy: Mutex<Option<String>>,
    state: Mutex<State>,
}

/// The end of the log, as this process saw it last.
#[derive(Default)]
pub(crate) struct State {
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
        Arc::new(Self { options, run, policy: Mutex::default(), state: Mutex::default() })
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
        let _alone = self.alone()?;
        // Another process may have written since, and what is signed is the end of the log.
        self.mend(&mut state)?;
        if state.unsigned == 0 { Ok(()) } else { self.sign(&mut state) }
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

    /// Under which policy of an organisation everything happens from now on, by its SHA-256 in hex.
    pub fn under(&self, policy: Option<String>) {
        *self.policy.lock().unwrap_or_else(PoisonError::into_inner) = policy;
    }

    fn sign(&self, state: &mut State) -> io::Result<()> {
        if let (Some(seed), Some((seq, hash))) = (&self.options.sign, &state.last) {
            let checkpoint = Checkpoint::sign(seed, ORIGIN, *seq, hash, self.options.clock.now());
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
        let seen = state.last.as_ref().map(|(seq, _)| *seq);
        let cut = self.catch_up(state)?;
        let first = state.last.as_ref().map_or(0, |(seq, _)| seq + 1);
        if cut > 0 {
            self.write(state, Event::Repaired { bytes: u32::try_from(cut).unwrap_or(u32::MAX) }, None)?;
        }
        match seen {
            Some(last) if last >= first => self.write(state, Event::Missing { first, last }, None).map(drop),
            _ => Ok(()),
        }
    }

    fn write(&self, state: &mut State, event: Event, chat: Option<ChatId>) -> io::Result<u64> {
        let at = self.options.clock.now();
        let (seq, prev) = match &state.last {
            Some((seq, hash)) => (seq + 1, hash.clone()),
            None => (0, FIRST.to_owned()),
        };
        let chat = chat.and_then(|chat| self.reference(chat));
        let (run, version) = (self.run.clone(), self.options.version.clone());
        let (policy, boot) = (self.policy(), self.options.boot.clone());
        let elapsed = (self.options.elapsed)().map(|it| u64::try_from(it.as_millis()).unwrap_or(MOST_RECORDS));
        let hash = String::new();
        let mut record =
            Record { schema: SCHEMA, seq, at, run, event, chat, version, policy, boot, elapsed, prev, hash };
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
        // A file whose name is lost with the power is lost with its records.
        if state.path.as_ref() != Some(&path) {
            sync_folder(&self.options.folder)?;
        }
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
        let known = std::mem::take(state);
        *state = State { length: length - cut, last: None, unsigned: 0, path: Some(newest) };
        self.read_end(state, &known)?;
        Ok(cut)
    }

    /// Reads the log from its end until it is clear which record is the last and how many are not signed.
    fn read_end(&self, state: &mut State, known: &State) -> io::Result<()> {
        let (mut strange, mut last_number) = (0, None);
        for path in self.files()?.iter().rev() {
            let mut tail = Tail::open(path)?;
            while let Some(line) = tail.line()? {
                let record = Record::read(&line).filter(|record| record.seq < MOST_RECORDS);
                let hash = record.as_ref().map_or_else(|| hex::encode(Sha256::digest(&line)), |it| it.hash.clone());
                // A line that is no record is a matter for whoever verifies; the log goes on after it.
                let last = state.last.get_or_insert((0, hash));
                let Some(record) = record else {
                    strange += u64::from(last_number.is_none());
                    continue;
                };
                last.0 = *last_number.get_or_insert(record.seq + strange);
                if matches!(record.event, Event::Checkpoint { .. }) {
                    return Ok(());
                }
                if known.last.as_ref().is_some_and(|(seq, hash)| (*seq, hash) == (record.seq, &record.hash)) {
                    state.unsigned = (state.unsigned + known.unsigned).min(SIGN_EVERY);
                    return Ok(());
                }
                state.unsigned += 1;
                if state.unsigned == SIGN_EVERY {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// How the log names a chat: an HMAC of its id, in hex. None where the log has no key for it.
    #[must_use]
    pub fn reference(&self, chat: ChatId) -> Option<String> {
        let key = self.options.identify.as_ref()?;
        let mut mac = Hmac::<Sha256>::new_from_slice(key.reveal()).expect("BUG: HMAC takes keys of every length");
        mac.update(chat.to_string().as_bytes());
        Some(hex::encode(&mac.finalize().into_bytes()[..16]))
    }

    fn policy(&self) -> Option<String> {
        self.policy.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Holds off the other processes until it is dropped.
    pub(crate) fn alone(&self) -> io::Result<File> {
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
        self.note(event, crossing.chat).map(|_| ()).map_err(|error| {
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

/// Makes new and removed names in a folder last through a loss of power.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    // Windows has no such call; its file systems log names themselves.
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

pub(crate) fn name(month: &str) -> String {
    format!("audit-{month}.jsonl")
}

pub(crate) fn name_of(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// `YYYY-MM` in UTC.
pub(crate) fn month(at: Timestamp) -> String {
    let when = OffsetDateTime::from_unix_timestamp(at.0.div_euclid(1000)).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    format!("{:04}-{:02}", when.year(), u8::from(when.month()))
}
