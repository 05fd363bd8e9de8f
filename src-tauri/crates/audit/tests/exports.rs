//! The log in other formats.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use audit::{Event, Format, Log, LogOptions, export};
use domain::{Clock, Crossing, CrossingId, CrossingOutcome, Purpose, Timestamp};

struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        Timestamp(1_795_000_000_000)
    }
}

fn log(folder: &std::path::Path) -> Arc<Log> {
    let log = Log::new(LogOptions {
        folder: folder.to_owned(),
        clock: Arc::new(Still),
        version: "0.1.0".to_owned(),
        identify: None,
        sign: None,
        boot: None,
        elapsed: || None,
    });
    log.note(
        Event::ModelAdded { name: "=cmd|'/c calc'!A0".to_owned(), origin: "a|b=c\\d\ne".to_owned(), sha256: None },
        None,
    )
    .unwrap();
    let crossing = Crossing {
        id: CrossingId::new(),
        chat: None,
        at: Timestamp(1_795_000_000_000),
        purpose: Purpose::ModelSearch,
        method: "GET".to_owned(),
        scheme: "https".to_owned(),
        host: "huggingface.co".to_owned(),
        port: 443,
        path: "/api/models".to_owned(),
        redirected: false,
        rule: Some("huggingface.co".to_owned()),
        proxy: None,
        bytes_out: 0,
        bytes_in: Some(9),
        outcome: CrossingOutcome::Refused { reason: "Drawbridge is sealed.".to_owned() },
    };
    log.note(Event::Crossing { crossing: Box::new(crossing) }, None).unwrap();
    log
}

fn exported(log: &Log, format: Format) -> String {
    let mut text = Vec::new();
    assert_eq!(export(&log.files().unwrap(), format, &mut text).unwrap(), 2);
    String::from_utf8(text).unwrap()
}

#[test]
fn jsonl_is_the_log_itself_and_ocsf_has_as_many_lines() {
    let folder = tempfile::tempdir().unwrap();
    let log = log(folder.path());
    assert_eq!(exported(&log, Format::Jsonl), std::fs::read_to_string(&log.files().unwrap()[0]).unwrap());
    let ocsf = exported(&log, Format::Ocsf);
    let lines: Vec<serde_json::Value> = ocsf.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 2);
    for line in &lines {
        assert_eq!((line["class_uid"].as_u64(), line["category_uid"].as_u64()), (Some(6003), Some(6)));
        assert_eq!(line["type_uid"].as_u64(), line["activity_id"].as_u64().map(|activity| 600_300 + activity));
    }
    assert_eq!(lines[1]["status_id"], 2, "a refusal failed");
    assert_eq!(lines[1]["dst_endpoint"]["hostname"], "huggingface.co");
}

#[test]
fn cef_is_escaped_and_framed() {
    let folder = tempfile::tempdir().unwrap();
    let cef = exported(&log(folder.path()), Format::Cef);
    let lines: Vec<&str> = cef.lines().collect();
    assert_eq!(lines.len(), 2, "no line break gets through");
    assert!(lines[0].starts_with("<109>1 2026-11-18T"), "{}", lines[0]);
    assert!(
        lines[0]
            .contains("- drawbridge - model_added - CEF:0|Drawbridge|Drawbridge|0.1.0|model_added|model_added|1|rt=")
    );
    assert!(lines[0].contains("a|b\\=c\\\\\\\\d\\\\ne"), "{}", lines[0]);
    assert!(
        lines[1].contains("|5|rt=")
            && lines[1].contains("dhost=huggingface.co dpt=443 requestMethod=GET request=/api/models")
    );
}

#[test]
fn csv_runs_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let csv = exported(&log(folder.path()), Format::Csv);
    assert!(csv.starts_with("seq,at,event,chat,facts,version,hash\r\n"));
    for cell in csv.split("\r\n").skip(1).flat_map(|line| line.split("\",\"")) {
        assert!(!cell.trim_start_matches('"').starts_with(['=', '+', '@']), "{cell}");
    }
}
