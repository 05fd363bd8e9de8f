//! Gives any bytes to the reader. It may refuse them, with a sentence; it may not panic, overflow, allocate without
//! limit or take long, and what it accepts lies inside the file. It begins with the small model, whole and damaged, and
//! with the hostile files, which it writes to the folder that `SEEDS` names.
#![no_main]

use std::{
    path::{Path, PathBuf},
    sync::LazyLock,
};

use libfuzzer_sys::fuzz_target;

/// The second pass over a header wants a file.
static FILE: LazyLock<PathBuf> =
    LazyLock::new(|| std::env::temp_dir().join(format!("drawbridge-fuzz-{}.gguf", std::process::id())));

fuzz_target!(init: if let Some(folder) = std::env::var_os("SEEDS") { seed(Path::new(&folder)) }, |bytes: &[u8]| {
    // As long as it is, and as if its weights followed: a header without them is short, so that its inside is reached.
    for length in [bytes.len() as u64, 1 << 40] {
        match gguf::read_from(bytes, length) {
            Ok(header) => check(&header),
            Err(error) => assert!(error.to_string().ends_with('.'), "{error}"),
        }
    }
    if gguf::read_from(bytes, bytes.len() as u64).is_ok() {
        std::fs::write(&*FILE, bytes).expect("the temporary folder takes a file");
        let _ = gguf::special_tokens(&FILE);
        let _ = gguf::token_texts(&FILE, &[0, 1, u64::MAX]);
        let _ = gguf::parts(&FILE);
    }
});

fn check(header: &gguf::Header) {
    for tensor in &header.tensors {
        let end = header.data_offset.checked_add(tensor.offset).and_then(|start| start.checked_add(tensor.bytes));
        assert!(end.is_some_and(|end| end <= header.file_bytes), "{tensor:?}");
    }
    let _ = (header.parameters(), header.quantisation(), header.context_tokens(), header.split());
    let _ = (header.name(), header.architecture(), header.licence(), header.chat_template());
    let _ = header.is_model().map_err(|error| error.to_string());
}

fn seed(folder: &Path) {
    let whole = std::iter::once(gguf::hostile::small_model());
    let cases = gguf::hostile::refused().into_iter().chain(gguf::hostile::flipped()).map(|case| case.bytes);
    for (at, bytes) in whole.chain(cases).enumerate() {
        std::fs::write(folder.join(format!("seed-{at:05}")), bytes).expect("the corpus takes a file");
    }
}
