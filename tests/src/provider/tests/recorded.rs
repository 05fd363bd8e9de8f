//! The files of streams.

use std::{fs, path::Path};

use crate::provider::recorded;

#[test]
fn they_are_what_the_doubles_send() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/streams");
    let again = "run `provider-double --record tests/fixtures/streams`";
    let streams = recorded();
    let files = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert_eq!(files.filter(|name| !name.starts_with('.')).count(), 2 * streams.len(), "{again}");
    for stream in streams {
        let read = |end: &str| fs::read(folder.join(format!("{}.{end}", stream.name))).unwrap();
        assert!(read("sse") == stream.stream, "{}.sse: {again}", stream.name);
        assert!(read("json") == format!("{:#}\n", stream.expected).as_bytes(), "{}.json: {again}", stream.name);
    }
}
