//! The documents in the repository are those that the table of keys makes.

use std::{fs, path::Path};

use policy::document::documents;

#[test]
fn the_documents_are_fresh() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..");
    let guide = fs::read_to_string(root.join("docs/policy.md")).unwrap();
    for document in documents(&guide) {
        let kept = fs::read_to_string(root.join(document.path)).unwrap_or_default();
        assert!(kept == document.text, "{}: run `cargo run -p policy --example documents`", document.path);
        let keys_missing = policy::KEYS.iter().filter(|key| !kept.contains(key.name)).map(|key| key.name);
        // An example shows only what can be obeyed.
        let example = document.path.ends_with("example.json") || document.path.ends_with("mobileconfig");
        for name in keys_missing {
            let obeyed = policy::key(name).unwrap().obeyed_example();
            assert!(example && obeyed.is_none(), "{} lacks {name}", document.path);
        }
    }
}

#[test]
fn the_example_has_no_problem() {
    let example = documents("").into_iter().find(|document| document.path == "docs/policy/example.json").unwrap();
    assert_eq!(policy::check(Path::new("example.json"), example.text.as_bytes(), true), []);
}

#[test]
fn a_guide_without_marks_is_left_alone() {
    assert_eq!(documents("words").last().unwrap().text, "words");
}
