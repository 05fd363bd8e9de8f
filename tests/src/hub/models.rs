//! Small models to put on a hub: the starter model whole and in parts, files of any size, and a shelf of them.

use gguf::{
    TensorType,
    write::{Datum, Outline},
};

use super::Repository;

/// The starter model.
pub fn starter() -> Vec<u8> {
    std::fs::read(crate::starter_model()).unwrap()
}

/// A GGUF file with about so many bytes of weights. It has a header as a model has it, and cannot chat.
pub fn of_size(name: &str, bytes: u64) -> Vec<u8> {
    let outline = Outline::default()
        .with("general.architecture", "llama")
        .with("general.name", name)
        .with("general.license", "mit")
        .with("llama.context_length", Datum::U32(4096))
        .with("llama.block_count", Datum::U32(2))
        .with("llama.embedding_length", Datum::U32(32))
        .with("llama.attention.head_count", Datum::U32(4))
        .with("tokenizer.ggml.model", "llama")
        .with("tokenizer.ggml.tokens", Datum::Texts(["<unk>", "<s>", "</s>", "a"].map(str::to_owned).into()))
        .with("tokenizer.chat_template", "{{ messages[0]['content'] }}")
        .tensor("token_embd.weight", TensorType::F32, &[32, bytes.div_ceil(128)]);
    let mut all = Vec::new();
    let mut state = 0x2545_f491_4f6c_dd1d_u64 ^ name.len() as u64;
    outline
        .write_to(&mut all, |_, piece| {
            // Noise, so that bytes that land in the wrong place change the hash.
            for byte in piece {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                *byte = (state >> 56) as u8;
            }
        })
        .unwrap();
    all
}

/// The starter model in so many parts, by their names.
pub fn starter_in_parts(count: u16) -> Vec<(String, Vec<u8>)> {
    let parts = gguf::write::split(&starter(), count).unwrap();
    let name = |no: usize| format!("starter-{:05}-of-{count:05}.gguf", no + 1);
    parts.into_iter().enumerate().map(|(no, part)| (name(no), part)).collect()
}

/// The repository of the starter model.
pub const STARTER: &str = "drawbridge/starter-GGUF";
/// The starter model's file there.
pub const STARTER_FILE: &str = "starter-Q8_0.gguf";
/// The repository of the starter model in three parts.
pub const SPLIT: &str = "drawbridge/split-GGUF";
/// A repository behind a licence.
pub const GATED: &str = "guarded/gated-GGUF";
/// A repository whose files have no stated hashes.
pub const UNHASHED: &str = "drawbridge/unhashed-GGUF";
/// A repository with a file that is no model.
pub const NO_MODEL: &str = "drawbridge/no-model-GGUF";
/// A repository whose file names try to leave the folder.
pub const HOSTILE: &str = "hostile/names-GGUF";

/// Names that nobody may write to a disk.
pub fn hostile_names() -> Vec<String> {
    let mut names: Vec<String> = [
        "../escaped.gguf",
        "..\\..\\escaped.gguf",
        "folder/../../escaped.gguf",
        "/etc/escaped.gguf",
        "C:\\escaped.gguf",
        "nul\0byte.gguf",
        "CON.gguf",
        "aux.gguf",
        "COM1.gguf",
        ".hidden.gguf",
        "-rf.gguf ",
        "new\nline.gguf",
        "\u{202e}ffug.gguf",
        "a|b.gguf",
        "stream.gguf:ads.gguf",
    ]
    .map(str::to_owned)
    .into();
    names.push(format!("{}.gguf", "x".repeat(400)));
    names
}

/// One repository of each kind.
pub fn shelf() -> Vec<Repository> {
    let split = starter_in_parts(3)
        .into_iter()
        .fold(Repository::new(SPLIT).popular(700), |repository, (name, bytes)| repository.file(&name, bytes));
    let hostile = hostile_names()
        .iter()
        .fold(Repository::new(HOSTILE).popular(5), |repository, name| repository.file(name, of_size("hostile", 1024)));
    vec![
        Repository::new(STARTER)
            .popular(9000)
            .file(STARTER_FILE, starter())
            .file("mmproj-starter-F16.gguf", of_size("projector", 2048))
            .unhashed("README.md", &b"# Starter\n"[..]),
        split,
        Repository::new(GATED).popular(300).gated().file("gated-Q4_K_M.gguf", of_size("gated", 4096)),
        Repository::new(UNHASHED).popular(200).unhashed("unhashed-Q8_0.gguf", starter()),
        Repository::new(NO_MODEL).popular(100).file("text-Q4_0.gguf", &b"This is a letter and not a model."[..]),
        hostile.file("harmless-Q4_0.gguf", of_size("harmless", 4096)),
    ]
}
