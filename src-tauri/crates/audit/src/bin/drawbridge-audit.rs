//! `drawbridge-audit`: verifies, shows and hands out a log on a computer that has nothing else of Drawbridge.
//!
//! It reads its arguments, calls `audit::command` and ends with a number. It writes to no log and knows no data folder.

use std::{
    ffi::OsString,
    io::{self, IsTerminal, Write, stderr, stdout},
    path::PathBuf,
    process::ExitCode,
};

use audit::{
    Code, Format, Record,
    command::{Harmless, Selection, export_to, inspect, latest},
    export, files_of,
};

const HELP: &str = "\
Verifies a log of Drawbridge, shows it and turns it into other formats. LOG is a file (.jsonl) or a folder of them.

drawbridge-audit verify LOG [--pubkey HEX] [--since CHECKPOINT]
drawbridge-audit show   LOG [--kind KIND] [--host HOST] [--limit 100]
drawbridge-audit export LOG [--format jsonl|ocsf|cef|csv] [--to NEW-FILE]

  --pubkey   the public key, as the window shows it
  --since    a checkpoint that was kept elsewhere: what it covers must be there still
  --kind     one kind only, such as crossing or unlock_failed
  --host     crossings to hosts that contain this

Exit codes of verify:
  0  every record is as it was written
  1  a record was altered
  2  records are missing, doubled or in another order
  3  intact, and the last records are not signed yet
  4  signed with another key than the given one
  5  it cannot be read, or is no log
Of the others: 0 done, 5 failed. Called in a way that it does not understand: 64.
";
/// Called in a way that it does not understand (EX_USAGE): none of the codes that say something about a log.
const USAGE: u8 = 64;

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    let asks_for_help = |it: &OsString| it == "--help" || it == "-h" || it == "help";
    let ending = if arguments.iter().any(asks_for_help) {
        say(HELP)
    } else {
        match Call::read(arguments) {
            Some(call) => run(&call),
            None => Err((USAGE, HELP.to_owned())),
        }
    };
    match ending {
        Ok(()) => ExitCode::SUCCESS,
        Err((code, words)) => {
            let _ = writeln!(Harmless(stderr()), "drawbridge-audit: {words}");
            ExitCode::from(code)
        }
    }
}

/// What it is called with.
#[derive(Default)]
struct Call {
    command: String,
    log: PathBuf,
    pubkey: Option<String>,
    since: Option<PathBuf>,
    kind: Option<String>,
    host: Option<String>,
    limit: Option<usize>,
    format: Option<Format>,
    to: Option<PathBuf>,
}

impl Call {
    /// None where it is not understood: an option of another command, one that stands twice, one without its value.
    fn read(arguments: Vec<OsString>) -> Option<Self> {
        let mut arguments = arguments.into_iter();
        let mut call = Self { command: arguments.next()?.into_string().ok()?, ..Self::default() };
        let mut log = None;
        while let Some(argument) = arguments.next() {
            let text = argument.to_str().unwrap_or_default();
            let Some(option) = text.strip_prefix("--") else {
                once(&mut log, PathBuf::from(argument))?;
                continue;
            };
            let (option, value) = match option.split_once('=') {
                Some((option, value)) => (option.to_owned(), OsString::from(value)),
                None => (option.to_owned(), arguments.next()?),
            };
            call.set(&option, value)?;
        }
        call.log = log?;
        Some(call)
    }

    fn set(&mut self, option: &str, value: OsString) -> Option<()> {
        let path = PathBuf::from(&value);
        let text = value.into_string().ok();
        match (self.command.as_str(), option) {
            ("verify", "pubkey") => once(&mut self.pubkey, text?),
            ("verify", "since") => once(&mut self.since, path),
            ("show", "kind") => once(&mut self.kind, text?),
            ("show", "host") => once(&mut self.host, text?),
            ("show", "limit") => once(&mut self.limit, text?.parse().ok()?),
            ("export", "format") => once(&mut self.format, Format::named(&text?)?),
            ("export", "to") => once(&mut self.to, path),
            _ => None,
        }
    }
}

fn once<T>(place: &mut Option<T>, value: T) -> Option<()> {
    place.replace(value).is_none().then_some(())
}

type Ending = Result<(), (u8, String)>;

fn run(call: &Call) -> Ending {
    let failed = |error: io::Error| (Code::Unreadable as u8, format!("{}: {error}.", call.log.display()));
    match call.command.as_str() {
        "verify" => {
            let verdict = inspect(&call.log, call.pubkey.as_deref(), call.since.as_deref());
            match verdict.code {
                Code::Intact => say(&format!("{}\n", verdict.words)),
                code => Err((code as u8, verdict.words)),
            }
        }
        "show" => {
            let (kind, host) = (call.kind.as_deref(), call.host.as_deref());
            let selection = Selection { kind, host, limit: call.limit.unwrap_or(100) };
            let records = latest(&call.log, &selection).map_err(failed)?;
            say(&records.iter().map(Record::line).collect::<String>())
        }
        "export" => {
            let format = call.format.unwrap_or(Format::Jsonl);
            match &call.to {
                Some(target) => export_to(&call.log, format, target)
                    .map(drop)
                    .map_err(|error| (Code::Unreadable as u8, format!("{}: {error}.", target.display()))),
                None => {
                    let files = files_of(&call.log).map_err(failed)?;
                    written(&mut |out| export(&files, format, out).map(drop))
                }
            }
        }
        _ => Err((USAGE, HELP.to_owned())),
    }
}

fn say(text: &str) -> Ending {
    written(&mut |out| out.write_all(text.as_bytes()))
}

/// Writes to stdout; whoever has gone away from there is no failure.
fn written(write: &mut dyn FnMut(&mut dyn Write) -> io::Result<()>) -> Ending {
    let mut out = io::BufWriter::new(stdout().lock());
    let result = if stdout().is_terminal() { write(&mut Harmless(&mut out)) } else { write(&mut out) };
    match result.and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err((Code::Unreadable as u8, format!("{error}."))),
        _ => Ok(()),
    }
}
