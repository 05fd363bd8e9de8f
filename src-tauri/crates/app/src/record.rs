//! The log of what happened, joined: its keys, what goes into it, and how it is shown, verified and handed out.

use std::{collections::HashMap, path::Path, sync::Arc};

use audit::{Event, Format, Log, LogOptions};
use domain::{ChatId, ChatSummary, Crossing, Secret};
use store::Store;
use vault::VaultError;
use wire::{
    AuditCheck, AuditExport, AuditFact, AuditFormat, AuditPage, AuditQuery, AuditRecord, CrossedChat, Exported,
    Failure, Ledger, LedgerEntry, LedgerPage,
};

use crate::{Core, Platform, failure::from_store};

/// Name of the signing key, in the keychain and in the store.
const SIGNING: &str = "audit signing key";
/// Name of the value from which references of chats are made.
const IDENTIFYING: &str = "audit_identifying_key";
/// Most records that one call returns.
const MOST: u32 = 1_000;

/// The folder of the log.
pub(crate) fn folder(data: &Path) -> std::path::PathBuf {
    data.join("audit")
}

/// The log of a data folder, with its keys.
pub(crate) async fn open(data: &Path, platform: &Platform, store: &Store) -> Result<Arc<Log>, Failure> {
    let identify = Some(identifying(store).await?);
    let sign = signing(platform, store).await?;
    let log = log(data, platform, identify, sign);
    Ok(log)
}

/// The log without keys, for what happens while the chats are closed.
pub(crate) fn without_keys(data: &Path, platform: &Platform) -> Arc<Log> {
    log(data, platform, None, None)
}

fn log(
    data: &Path,
    platform: &Platform,
    identify: Option<Secret<[u8; 32]>>,
    sign: Option<Secret<[u8; 32]>>,
) -> Arc<Log> {
    let version = env!("CARGO_PKG_VERSION").to_owned();
    let (folder, clock) = (folder(data), platform.clock.clone());
    Log::new(LogOptions { folder, clock, version, identify, sign, boot: boot(), elapsed })
}

/// The run of the machine, where its system names it: a random number that is made anew with each start.
fn boot() -> Option<String> {
    let name = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    Some(name.trim().to_owned()).filter(|name| !name.is_empty() && name.len() < 64)
}

/// How long since the program first asked.
#[allow(clippy::unnecessary_wraps)] // a log may be without such a clock
fn elapsed() -> Option<std::time::Duration> {
    static BEGINNING: std::sync::LazyLock<std::time::Instant> = std::sync::LazyLock::new(std::time::Instant::now);
    Some(BEGINNING.elapsed())
}

async fn identifying(store: &Store) -> Result<Secret<[u8; 32]>, Failure> {
    let kept = store.value(IDENTIFYING).await.map_err(from_store)?;
    if let Some(key) = kept.and_then(|text| <[u8; 32]>::try_from(hex::decode(text).ok()?).ok()) {
        return Ok(Secret::new(key));
    }
    let key = vault::new_key();
    store.put_value(IDENTIFYING, &hex::encode(key.reveal())).await.map_err(from_store)?;
    Ok(key)
}

/// The signing key: in the keychain, or in the encrypted store; none where there is neither.
async fn signing(platform: &Platform, store: &Store) -> Result<Option<Secret<[u8; 32]>>, Failure> {
    let as_key = |bytes: &Secret<Vec<u8>>| <[u8; 32]>::try_from(bytes.reveal().as_slice()).ok().map(Secret::new);
    if let Some(kept) = store.secret(SIGNING).await.map_err(from_store)? {
        return Ok(as_key(&kept));
    }
    let made = vault::new_key();
    let bytes = Secret::new(made.reveal().to_vec());
    let kept: Result<_, VaultError> = match platform.keychain.get(SIGNING).await {
        Ok(Some(kept)) => return Ok(as_key(&kept)),
        Ok(None) => platform.keychain.set(SIGNING, &bytes).await,
        Err(error) => Err(error),
    };
    match kept {
        Ok(()) => Ok(Some(made)),
        Err(_) if store.is_encrypted() => {
            let info = store::SecretInfo { id: SIGNING.to_owned(), last_four: String::new(), at: platform.clock.now() };
            store.put_secret(&info, &bytes).await.map_err(from_store)?;
            Ok(Some(made))
        }
        Err(error) => {
            tracing::warn!(%error, "the log is not signed: there is no place for its key");
            Ok(None)
        }
    }
}

impl Core {
    /// Puts an event on record. What happened has happened, so a log that cannot be written is a warning here; what
    /// may not happen without a record asks the log itself.
    pub(crate) fn note(&self, event: Event, chat: Option<ChatId>) {
        if self.policy.audit_enabled() == Some(false) {
            return;
        }
        self.log.under(self.policy.sha256().map(hex::encode));
        // Nothing on disk names a chat that is kept in memory alone.
        let chat = chat.filter(|chat| !self.is_temporary(*chat));
        if let Err(error) = self.log.note(event, chat) {
            tracing::error!(%error, "the log cannot be written");
        }
    }

    /// Every attempt to cross.
    pub(crate) async fn ledger_page(&self, args: Ledger) -> Result<LedgerPage, Failure> {
        let limit = args.limit.clamp(1, MOST) as usize;
        let host = args.host.trim().to_lowercase();
        let wanted = move |crossing: &Crossing| {
            args.purpose.is_none_or(|purpose| purpose == crossing.purpose)
                && crossing.host.contains(&host)
                && (!args.refused || matches!(crossing.outcome, domain::CrossingOutcome::Refused { .. }))
        };
        let page = self.read(move |log| log.ledger(args.before, limit, wanted)).await?;
        let named = page.entries.iter().any(|it| it.chat.is_some());
        let chats = if named { self.chats_by_reference().await? } else { HashMap::new() };
        let crossed = |reference: String| match chats.get(&reference) {
            Some(chat) => CrossedChat {
                reference,
                chat: chat.deleted_at.is_none().then_some(chat.id),
                title: Some(chat.title.clone()),
            },
            None => CrossedChat { reference, chat: None, title: None },
        };
        let entry = |it: audit::Attempt| LedgerEntry { seq: it.seq, crossing: it.crossing, chat: it.chat.map(crossed) };
        Ok(LedgerPage { entries: page.entries.into_iter().map(entry).collect(), more: page.more })
    }

    /// The chats that are kept, those thrown away included, by how the log names them.
    async fn chats_by_reference(&self) -> Result<HashMap<String, ChatSummary>, Failure> {
        let mut chats = self.store.chats(false).await.map_err(from_store)?;
        chats.extend(self.store.chats(true).await.map_err(from_store)?);
        Ok(chats.into_iter().filter_map(|chat| Some((self.log.reference(chat.id)?, chat))).collect())
    }

    /// The log.
    pub(crate) async fn audit_page(&self, args: AuditQuery) -> Result<AuditPage, Failure> {
        let limit = args.limit.clamp(1, MOST) as usize;
        let wanted = move |record: &audit::Record| args.event.as_ref().is_none_or(|kind| *kind == record.event.kind());
        let page = self.read(move |log| log.page(args.before, limit, wanted)).await?;
        let events = Event::KINDS.iter().map(|kind| (*kind).to_owned()).collect();
        Ok(AuditPage { records: page.entries.into_iter().map(shown).collect(), more: page.more, events })
    }

    /// Verifies the whole log.
    pub(crate) async fn check_log(&self) -> Result<AuditCheck, Failure> {
        let public_key = self.log.public_key();
        let key = public_key.clone();
        let verdict = self.read(move |log| Ok(audit::verify(&log.files()?, key.as_deref(), None))).await?;
        // Its last records wait for the next signature; a log with none at all was not written here.
        let intact = match verdict.code {
            audit::Code::Intact => true,
            audit::Code::UnsignedTail => verdict.signed_to.is_some(),
            _ => false,
        };
        Ok(AuditCheck {
            intact,
            words: verdict.words,
            records: verdict.records,
            signed_to: verdict.signed_to,
            public_key: public_key.or(verdict.key),
        })
    }

    /// Writes the log to a file that the user picks.
    pub(crate) async fn export_log(&self, args: AuditExport) -> Result<Option<Exported>, Failure> {
        let (format, ending) = match args.format {
            AuditFormat::Jsonl => (Format::Jsonl, "jsonl"),
            AuditFormat::Ocsf => (Format::Ocsf, "ocsf.jsonl"),
            AuditFormat::Cef => (Format::Cef, "cef.log"),
            AuditFormat::Csv => (Format::Csv, "csv"),
        };
        let name = format!("drawbridge-audit.{ending}");
        let Some(path) = self.pick_place(&name).await? else { return Ok(None) };
        // What is handed out says of itself that it was, and is signed to its end.
        self.note(Event::Exported { what: format!("the log, as {ending}") }, None);
        let target = path.clone();
        self.read(move |log| {
            log.checkpoint()?;
            let mut text = Vec::new();
            audit::export(&log.files()?, format, &mut text)?;
            write_whole(&target, &text)
        })
        .await?;
        Ok(Some(Exported { path: path.display().to_string() }))
    }

    /// Writes the latest checkpoint to a file that the user picks.
    pub(crate) async fn export_checkpoint(&self) -> Result<Option<Exported>, Failure> {
        if self.log.public_key().is_none() {
            return Err(Failure::invalid(
                "The log is not signed: this computer has no keychain, and the chats are not encrypted. Set a passphrase \
                 first.",
            ));
        }
        let Some(path) = self.pick_place("drawbridge-checkpoint.json").await? else { return Ok(None) };
        self.note(Event::Exported { what: "a checkpoint".to_owned() }, None);
        let target = path.clone();
        self.read(move |log| {
            log.checkpoint()?;
            let is_checkpoint = |record: &audit::Record| matches!(record.event, Event::Checkpoint { .. });
            let last = log.page(None, 1, is_checkpoint)?.entries.pop();
            let Some(Event::Checkpoint { checkpoint }) = last.map(|record| record.event) else {
                return Err(std::io::Error::other("there is no checkpoint"));
            };
            write_whole(&target, domain::canonical_json(&checkpoint).as_bytes())
        })
        .await?;
        Ok(Some(Exported { path: path.display().to_string() }))
    }

    async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Log) -> std::io::Result<T> + Send + 'static,
    ) -> Result<T, Failure> {
        let log = self.log.clone();
        let reading = tokio::task::spawn_blocking(move || read(&log));
        let read = reading.await.map_err(|error| Failure::unexpected(error.to_string()))?;
        read.map_err(|error| Failure::unexpected(format!("The log cannot be read or written: {error}.")))
    }
}

fn shown(record: audit::Record) -> AuditRecord {
    let value = serde_json::to_value(&record.event).unwrap_or_default();
    let mut facts: Vec<AuditFact> = value
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(name, _)| *name != "kind")
        .map(|(name, value)| AuditFact {
            name: name.clone(),
            value: value.as_str().map_or_else(|| value.to_string(), str::to_owned),
        })
        .collect();
    facts.extend(record.chat.map(|chat| AuditFact { name: "chat".to_owned(), value: chat }));
    AuditRecord { seq: record.seq, at: record.at, event: record.event.kind(), facts, hash: record.hash }
}

/// Writes beside the target and renames, so that a full disk leaves no half file.
fn write_whole(path: &Path, content: &[u8]) -> std::io::Result<()> {
    let part = path.with_extension("drawbridge-part");
    std::fs::write(&part, content).and_then(|()| std::fs::rename(&part, path)).inspect_err(|_| {
        let _ = std::fs::remove_file(&part);
    })
}
