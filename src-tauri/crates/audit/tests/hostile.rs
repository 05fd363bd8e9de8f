//! The verifier reads what anybody gives it and never falls over.
#![allow(clippy::unwrap_used)]

use audit::{Code, verify};
use proptest::prelude::*;

fn code(content: &[u8]) -> Code {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.jsonl");
    std::fs::write(&path, content).unwrap();
    verify(&[path], None, None).code
}

#[test]
fn numbers_that_no_reader_keeps_are_no_records() {
    let line = |seq: &str| {
        format!(
            "{{\"at\":0,\"event\":{{\"kind\":\"deleted\"}},\"hash\":\"\",\"prev\":\"\",\"run\":\"\",\"schema\":1,\"seq\":{seq},\"version\":\"\"}}\n"
        )
    };
    for seq in ["9007199254740993", "18446744073709551615", "1e300", "-1", "0.5"] {
        assert_eq!(code(line(seq).as_bytes()), Code::Unreadable, "{seq}");
    }
    assert_eq!(code(line("0").as_bytes()), Code::Altered);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]
    #[test]
    fn bytes_are_never_intact(content in proptest::collection::vec(any::<u8>(), 0..400)) {
        prop_assert_ne!(code(&content), Code::Intact);
    }

    #[test]
    fn text_like_records_is_never_intact(seq in any::<u64>(), at in any::<i64>(), kind in "[a-z_]{0,12}") {
        let text = serde_json::json!({
            "at": at, "event": {"kind": kind, "bytes": seq}, "hash": "00", "prev": "00", "run": "", "schema": 1,
            "seq": seq, "version": "",
        });
        prop_assert_ne!(code(format!("{text}\n").as_bytes()), Code::Intact);
    }
}
