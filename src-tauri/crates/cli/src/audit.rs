//! `audit`: the log of what happened, verified, shown and handed out. None of it opens the chats; verifying needs
//! nothing but the log. What they do is `audit::command`'s, which the stand-alone verifier calls too.

use std::{
    io::{IsTerminal, Write, stdout},
    path::{Path, PathBuf},
};

use audit::{
    Code, Record,
    command::{Harmless, Selection, export_to, inspect, latest},
    files_of,
};
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
        AuditCommand::Show { kind, host, limit } => {
            let selection = Selection { kind: kind.as_deref(), host: host.as_deref(), limit };
            show(&folder(&place()?)?, &selection)
        }
        AuditCommand::Export { format, to } => export(&folder(&place()?)?, format, to.as_deref()),
    }
}

fn folder(place: &Place) -> Result<PathBuf, Failure> {
    let folder = place.profile.data_folder.join("audit");
    if folder.is_dir() {
        Ok(folder)
    } else {
        Err(Failure::not_found(format!("There is no log in {}.", folder.display())))
    }
}

fn check(log: &Path, pubkey: Option<&str>, since: Option<&Path>) -> Result<(), Ending> {
    let verdict = inspect(log, pubkey, since);
    match verdict.code {
        Code::Intact => output::result(&format!("{}\n", verdict.words)),
        code => Err(Ending::Verdict(code as u8, verdict.words)),
    }
}

fn show(folder: &Path, selection: &Selection<'_>) -> Result<(), Ending> {
    let records = latest(folder, selection).map_err(|error| unusable(folder, &error))?;
    output::result(&records.iter().map(Record::line).collect::<String>())
}

fn export(folder: &Path, format: AuditFormat, to: Option<&Path>) -> Result<(), Ending> {
    if let Some(path) = to {
        return match export_to(folder, format.into(), path) {
            Ok(_) => Ok(()),
            Err(error) => Err(Failure::invalid(format!("{} cannot be written: {error}.", path.display())).into()),
        };
    }
    let files = files_of(folder).map_err(|error| unusable(folder, &error))?;
    let mut out = std::io::BufWriter::new(stdout().lock());
    let written = if stdout().is_terminal() {
        audit::export(&files, format.into(), &mut Harmless(&mut out))
    } else {
        audit::export(&files, format.into(), &mut out)
    };
    written.and_then(|_| out.flush()).map_err(|error| match error.kind() {
        std::io::ErrorKind::BrokenPipe => Ending::PipeClosed,
        _ => unusable(folder, &error).into(),
    })
}

fn unusable(folder: &Path, error: &std::io::Error) -> Failure {
    Failure::unexpected(format!("The log in {} cannot be read: {error}.", folder.display()))
}
