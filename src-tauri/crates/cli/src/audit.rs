//! `audit`: the log of what happened, verified, shown and handed out. None of it opens the chats; verifying needs
//! nothing but the log.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use audit::{Checkpoint, Code, Log, LogOptions, Record, files_of, verify};
use domain::SystemClock;
use wire::Failure;

use crate::{
    arguments::{AuditCommand, AuditFormat},
    exit::Ending,
    output,
    place::Place,
};

pub(crate) fn run(place: impl FnOnce() -> Result<Place, Failure>, command: AuditCommand) -> Result<(), Ending> {
    match command {
        AuditCommand::Verify { log, pubkey, since } => check(&log, pubkey.as_deref(), since.as_deref()),
        AuditCommand::Show { kind, host, limit } => show(&folder(&place()?), kind.as_deref(), host.as_deref(), limit),
        AuditCommand::Export { format, to } => export(&folder(&place()?), format, to.as_deref()),
    }
}

fn folder(place: &Place) -> PathBuf {
    place.profile.data_folder.join("audit")
}

fn check(log: &Path, pubkey: Option<&str>, since: Option<&Path>) -> Result<(), Ending> {
    let unreadable = |path: &Path, error: &dyn std::fmt::Display| {
        Ending::Verdict(Code::Unreadable as u8, format!("{} cannot be read: {error}.", path.display()))
    };
    let since = match since {
        Some(path) => {
            let text = fs::read_to_string(path).map_err(|error| unreadable(path, &error))?;
            Some(serde_json::from_str::<Checkpoint>(&text).map_err(|error| unreadable(path, &error))?)
        }
        None => None,
    };
    let files = files_of(log).map_err(|error| unreadable(log, &error))?;
    let verdict = verify(&files, pubkey, since.as_ref());
    if verdict.code != Code::Intact {
        return Err(Ending::Verdict(verdict.code as u8, verdict.words));
    }
    let key = match (&verdict.key, pubkey) {
        (Some(key), None) => format!("Signed with the key {key}. Give the one that you know with --pubkey.\n"),
        _ => String::new(),
    };
    output::result(&format!("{}\n{key}", verdict.words))
}

fn show(folder: &Path, kind: Option<&str>, host: Option<&str>, limit: usize) -> Result<(), Ending> {
    let wanted = |record: &Record| {
        kind.is_none_or(|kind| record.event.kind() == kind)
            && host.is_none_or(
                |host| matches!(&record.event, audit::Event::Crossing { crossing } if crossing.host.contains(host)),
            )
    };
    let page = log(folder).page(None, limit, wanted).map_err(|error| unusable(folder, &error))?;
    // The newest stand last, where a terminal ends.
    let lines: String = page.entries.iter().rev().map(Record::line).collect();
    output::result(&lines)
}

fn export(folder: &Path, format: AuditFormat, to: Option<&Path>) -> Result<(), Ending> {
    let mut text = Vec::new();
    let files = log(folder).files().map_err(|error| unusable(folder, &error))?;
    audit::export(&files, format.into(), &mut text).map_err(|error| unusable(folder, &error))?;
    match to {
        Some(path) => fs::File::create_new(path)
            .and_then(|mut file| file.write_all(&text))
            .map_err(|error| Failure::invalid(format!("{} cannot be written: {error}.", path.display())).into()),
        None => output::result(&String::from_utf8_lossy(&text)),
    }
}

/// The log, for reading.
fn log(folder: &Path) -> std::sync::Arc<Log> {
    Log::new(LogOptions {
        folder: folder.to_owned(),
        clock: std::sync::Arc::new(SystemClock),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        identify: None,
        sign: None,
    })
}

fn unusable(folder: &Path, error: &std::io::Error) -> Failure {
    Failure::unexpected(format!("The log in {} cannot be read: {error}.", folder.display()))
}
