//! Each format byte for byte, as receivers were told that it is. `tests/golden/log.jsonl` was written by another program
//! than this one; where a format is changed on purpose, `drawbridge-audit export tests/golden/log.jsonl --format NAME`
//! writes the others anew, and a person looks at the difference.
#![allow(clippy::unwrap_used)]

use std::path::Path;

use audit::{Code, Format, export, verify};

#[test]
fn every_format_is_as_it_was_byte_for_byte() {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let log = [golden.join("log.jsonl")];
    assert_eq!(verify(&log, None, None).code, Code::Intact);
    for name in ["jsonl", "ocsf", "cef", "csv"] {
        let mut written = Vec::new();
        assert_eq!(export(&log, Format::named(name).unwrap(), &mut written).unwrap(), 7);
        let expected = std::fs::read(golden.join(format!("log.{name}"))).unwrap();
        let same = written.iter().zip(&expected).take_while(|(one, other)| one == other).count();
        assert!(written == expected, "{name} differs from byte {same} on");
    }
}
