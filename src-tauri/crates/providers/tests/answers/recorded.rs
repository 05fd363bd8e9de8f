//! Recorded streams: each is heard as the record beside it says, wherever it is cut.

use std::{fs, path::PathBuf};

use domain::FinishReason;
use serde_json::Value;

use crate::{
    double::{Double, Piece, Turn},
    listener::{Format, Heard, ask},
};

struct Record {
    name: String,
    format: Format,
    bytes: Vec<u8>,
    expected: Value,
}

fn records() -> Vec<Record> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../tests/fixtures/streams");
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "sse"));
    paths.sort();
    paths
        .into_iter()
        .map(|path| {
            let expected: Value = serde_json::from_slice(&fs::read(path.with_extension("json")).unwrap()).unwrap();
            let format = match expected["format"].as_str().unwrap() {
                "chat" => Format::Chat,
                "azure-chat" => Format::Azure,
                "compatible-chat" => Format::Compatible,
                "responses" => Format::Responses,
                "messages" => Format::Messages,
                "gemini" => Format::Gemini,
                other => panic!("a format that nobody speaks: {other}"),
            };
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            Record { name, format, bytes: fs::read(&path).unwrap(), expected }
        })
        .collect()
}

fn check(record: &Record, heard: &Heard) {
    let Record { name, expected, .. } = record;
    let text = |field: &str| expected[field].as_str().unwrap().to_owned();
    // A refusal is what the model says.
    assert_eq!(heard.text, text("text") + &text("refusal"), "{name}");
    assert_eq!(heard.reasoning, text("reasoning"), "{name}");
    let calls: Vec<[String; 3]> = expected["tool_calls"]
        .as_array()
        .unwrap()
        .iter()
        .map(|call| ["id", "name", "arguments"].map(|field| call[field].as_str().unwrap().to_owned()))
        .collect();
    let heard_calls: Vec<[&String; 3]> = heard
        .tools
        .iter()
        .filter(|call| !call.1.is_empty())
        .map(|(id, name, arguments)| [id, name, arguments])
        .collect();
    assert_eq!(heard_calls.len(), calls.len(), "{name}");
    for (heard, call) in heard_calls.iter().zip(&calls) {
        assert_eq!((heard[0], heard[1]), (&call[0], &call[1]), "{name}");
        let json = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        assert_eq!(json(heard[2]), json(&call[2]), "{name}");
    }
    let finish = match expected["finish"].as_str().unwrap() {
        "stop" | "tool" => Some(FinishReason::EndOfTurn),
        "length" => Some(FinishReason::MaxTokens),
        "refusal" | "filter" => Some(FinishReason::Declined),
        _ => None,
    };
    assert_eq!(heard.finish, finish, "{name}: {:?}", heard.fault);
    assert_eq!(heard.fault.is_some(), finish.is_none(), "{name}");
    assert_eq!(heard.spent.is_some(), finish.is_none(), "{name}");
    let Some(usage) = heard.usage else { return };
    let figures = &expected["usage"];
    assert_eq!(usage.estimated, figures.is_null(), "{name}");
    if !figures.is_null() {
        let heard = [
            usage.prompt_tokens,
            usage.cached_tokens,
            usage.cache_write_tokens,
            usage.output_tokens,
            usage.reasoning_tokens,
        ];
        let wanted = ["input", "cached", "cache_written", "output", "reasoning"]
            .map(|field| figures[field].as_u64().unwrap() as u32);
        assert_eq!(heard, wanted, "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn each_is_heard_as_its_record_says_in_pieces_of_any_size() {
    let records = records();
    assert!(records.len() >= 50, "{}", records.len());
    for record in records {
        let mut whole = None;
        for size in [usize::MAX, 1, 2, 3, 7, 64, 1_000] {
            let heard =
                ask(record.format, &Double::new([Turn::cut(&record.bytes, size.min(record.bytes.len()))])).await;
            check(&record, &heard);
            let heard = heard.timeless();
            match &whole {
                None => whole = Some(heard),
                Some(whole) => assert_eq!(&heard, whole, "{} in pieces of {size}", record.name),
            }
        }
    }
}

/// Bytes of the streams that are cut at every one of theirs; of longer ones, at every seventh.
const SHORT: usize = 2_100;
/// And of much longer ones, at every one of these.
const LONG: usize = 20_000;

#[tokio::test(start_paused = true)]
async fn each_is_heard_the_same_wherever_it_is_cut_in_two() {
    let mut cuts = 0;
    for record in records() {
        let whole = ask(record.format, &Double::new([Turn::cut(&record.bytes, record.bytes.len())])).await.timeless();
        let step = match record.bytes.len() {
            0..SHORT => 1,
            SHORT..LONG => 7,
            _ => 4_999,
        };
        for at in (1..record.bytes.len()).step_by(step) {
            let (one, other) = record.bytes.split_at(at);
            let pieces = [one, other].map(|piece| Piece::Bytes(piece.to_vec())).to_vec();
            let heard = ask(record.format, &Double::new([Turn::of(pieces)])).await.timeless();
            assert_eq!(heard, whole, "{} cut at {at}", record.name);
            cuts += 1;
        }
    }
    assert!(cuts > 45_000, "{cuts}");
}
