//! The log in other formats.

use std::{
    borrow::Cow,
    io::{self, Write},
    path::PathBuf,
};

use domain::{CrossingOutcome, Timestamp, canonical_json};
use serde_json::{Value, json};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::{
    Event, Record,
    line::{Line, Lines, too_long},
    retention::tombstone,
};

/// Bytes of a line of CEF at most, its line break apart: what receivers of syslog take (rsyslog's `maxMessageSize` and
/// syslog-ng's `log-msg-size` are 8 KiB and more where nobody changed them).
const LONGEST_CEF: usize = 8_191;
/// Bytes of one field of a line of CEF at most, before it is escaped.
const LONGEST_FIELD: usize = 512;
/// What stands where a field was cut.
const CUT: &str = "[…cut]";

/// A format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// As it is kept, one canonical JSON record a line: can be verified.
    Jsonl,
    /// Open Cybersecurity Schema Framework 1.4, API Activity (class 6003), one JSON object a line.
    Ocsf,
    /// Common Event Format 0 in RFC 5424 frames.
    Cef,
    /// RFC 4180, for a spreadsheet.
    Csv,
}

impl Format {
    /// The one of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "jsonl" => Some(Self::Jsonl),
            "ocsf" => Some(Self::Ocsf),
            "cef" => Some(Self::Cef),
            "csv" => Some(Self::Csv),
            _ => None,
        }
    }
}

/// Writes every record of these files; answers how many. Lines that are no records stay as they are in
/// [`Format::Jsonl`] and are left out elsewhere.
///
/// # Errors
/// When a file cannot be read, is none, holds a line that is longer than a record can be, or the target cannot be written.
pub fn export(paths: &[PathBuf], format: Format, to: &mut (impl Write + ?Sized)) -> io::Result<u64> {
    let mut count = 0;
    if format == Format::Csv {
        to.write_all(b"seq,at,event,chat,facts,version,hash\r\n")?;
    }
    // What was removed is stated with what is left, so that it can be verified as it is.
    if let Some(stone) = tombstone(paths).filter(|_| format == Format::Jsonl) {
        writeln!(to, "{}", canonical_json(&stone))?;
    }
    for path in paths {
        let mut lines = Lines::open(path)?;
        while let Some(line) = lines.next()? {
            let line = match line {
                Line::Whole(line) | Line::Unfinished(line) => line,
                Line::TooLong => return Err(too_long()),
            };
            let record = Record::read(line);
            count += u64::from(record.is_some());
            match (format, record) {
                (Format::Jsonl, _) => to.write_all(line)?,
                (_, None) => {}
                (Format::Ocsf, Some(record)) => writeln!(to, "{}", canonical_json(&ocsf(&record)))?,
                (Format::Cef, Some(record)) => writeln!(to, "{}", cef(&record))?,
                (Format::Csv, Some(record)) => write!(to, "{}\r\n", csv(&record))?,
            }
        }
    }
    Ok(count)
}

/// The event's fields but its kind.
fn facts(record: &Record) -> Value {
    let mut value = serde_json::to_value(&record.event).expect("BUG: an event is JSON");
    if let Some(fields) = value.as_object_mut() {
        fields.remove("kind");
    }
    value
}

fn rfc3339(at: Timestamp) -> String {
    let time = OffsetDateTime::from_unix_timestamp_nanos(i128::from(at.0) * 1_000_000);
    time.unwrap_or(OffsetDateTime::UNIX_EPOCH).format(&Rfc3339).unwrap_or_default()
}

/// What OCSF calls it: create, read, update, delete or other; and whether it went well.
fn activity(event: &Event) -> (u32, u32) {
    let (activity, failed) = match event {
        Event::Crossing { crossing } => {
            let failed = matches!(crossing.outcome, CrossingOutcome::Refused { .. } | CrossingOutcome::Failed { .. });
            (2, failed)
        }
        Event::Answered { .. } | Event::ModelAdded { .. } | Event::BackupMade | Event::SecretSet { .. } => (1, false),
        Event::Opened { .. } | Event::Unlocked { .. } | Event::Exported { .. } => (2, false),
        Event::UnlockFailed { .. } => (2, true),
        Event::Deleted | Event::Erased { .. } | Event::ModelRemoved { .. } | Event::SecretRemoved { .. } => (4, false),
        Event::Reconfigured { .. } | Event::Rekeyed | Event::Encrypted | Event::BackupRestored => (3, false),
        _ => (99, false),
    };
    (activity, if failed { 2 } else { 1 })
}

fn ocsf(record: &Record) -> Value {
    let (activity, status) = activity(&record.event);
    let mut value = json!({
        "activity_id": activity,
        "category_uid": 6,
        "class_uid": 6003,
        "type_uid": 6003 * 100 + activity,
        "severity_id": 1,
        "status_id": status,
        "time": record.at.0,
        "metadata": {
            "version": "1.4.0",
            "uid": record.hash,
            "sequence": record.seq,
            "log_name": "drawbridge audit",
            "product": { "name": "Drawbridge", "vendor_name": "Drawbridge", "version": record.version },
        },
        "actor": { "app_name": "Drawbridge", "session": { "uid": record.run } },
        "api": { "operation": record.event.kind() },
        "src_endpoint": { "name": "this computer" },
        "unmapped": facts(record),
    });
    if let Event::Crossing { crossing } = &record.event {
        value["dst_endpoint"] = json!({ "hostname": crossing.host, "port": crossing.port });
        value["http_request"] = json!({
            "http_method": crossing.method,
            "url": { "scheme": crossing.scheme, "hostname": crossing.host, "port": crossing.port, "path": crossing.path },
        });
    }
    if let Some(chat) = &record.chat {
        value["unmapped"]["chat"] = json!(chat);
    }
    value
}

fn cef(record: &Record) -> String {
    let kind = record.event.kind();
    let severity = if activity(&record.event).1 == 2 { 5 } else { 1 };
    let header = |text: &str| text.replace('\\', "\\\\").replace('|', "\\|").replace(['\n', '\r'], " ");
    let value = |text: &str| text.replace('\\', "\\\\").replace('=', "\\=").replace('\n', "\\n").replace('\r', "\\r");
    let hash = value(&cut(&record.hash, LONGEST_FIELD));
    let mut extension = format!("rt={} externalId={} cs1Label=hash cs1={hash}", record.at.0, record.seq);
    if let Event::Crossing { crossing } = &record.event {
        extension += &format!(
            " dhost={} dpt={} requestMethod={} request={}",
            value(&cut(&crossing.host, LONGEST_FIELD)),
            crossing.port,
            value(&cut(&crossing.method, LONGEST_FIELD)),
            value(&cut(&crossing.path, LONGEST_FIELD)),
        );
    }
    // Facility 13 (log audit), severity notice: 13 * 8 + 5.
    let mut line = format!(
        "<109>1 {} - drawbridge - {kind} - CEF:0|Drawbridge|Drawbridge|{}|{kind}|{}|{severity}|{extension}",
        rfc3339(record.at),
        header(&cut(&record.version, LONGEST_FIELD)),
        header(&kind),
    );
    line += " msg=";
    // What is told last takes the room that is left; escaping can double it.
    let room = LONGEST_CEF.saturating_sub(line.len());
    let told = canonical_json(&facts(record));
    let whole = value(&told);
    line += &if whole.len() <= room { whole } else { value(&cut(&told, room / 2)) };
    line
}

/// At most so many bytes of a text, and a mark where more followed.
fn cut(text: &str, most: usize) -> Cow<'_, str> {
    if text.len() <= most {
        return Cow::Borrowed(text);
    }
    Cow::Owned(format!("{}{CUT}", &text[..text.floor_char_boundary(most.saturating_sub(CUT.len()))]))
}

fn csv(record: &Record) -> String {
    let cells = [
        record.seq.to_string(),
        rfc3339(record.at),
        record.event.kind(),
        record.chat.clone().unwrap_or_default(),
        canonical_json(&facts(record)),
        record.version.clone(),
        record.hash.clone(),
    ];
    cells.map(|cell| quoted(&cell)).join(",")
}

/// A cell that a spreadsheet neither cuts nor runs.
fn quoted(cell: &str) -> String {
    let tame = if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}") } else { cell.to_owned() };
    format!("\"{}\"", tame.replace('"', "\"\""))
}
