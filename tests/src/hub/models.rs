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

/// The starter model in so many parts, as llama.cpp's `gguf-split` writes them: every key in the first, tensors spread.
pub fn starter_in_parts(count: u16) -> Vec<(String, Vec<u8>)> {
    let whole = starter();
    let header = gguf::read(&crate::starter_model()).unwrap();
    let first = header.tensors.first().unwrap();
    let infos = position(&whole, &[&(first.name.len() as u64).to_le_bytes()[..], first.name.as_bytes()].concat());
    let keys = &whole[24..infos];
    let key_count = u64::from_le_bytes(whole[16..24].try_into().unwrap());
    let share = header.tensors.len().div_ceil(usize::from(count));
    let part = |no: u16| {
        let tensors = &header.tensors[share * usize::from(no)..header.tensors.len().min(share * usize::from(no + 1))];
        let mut bytes = b"GGUF".to_vec();
        bytes.extend(3_u32.to_le_bytes());
        bytes.extend((tensors.len() as u64).to_le_bytes());
        bytes.extend((if no == 0 { key_count } else { 0 } + 3).to_le_bytes());
        bytes.extend(if no == 0 { keys } else { &[] });
        key(&mut bytes, "split.no", 2, &no.to_le_bytes());
        key(&mut bytes, "split.count", 2, &count.to_le_bytes());
        key(&mut bytes, "split.tensors.count", 5, &(header.tensors.len() as i32).to_le_bytes());
        let mut offset = 0_u64;
        for tensor in tensors {
            text(&mut bytes, &tensor.name);
            bytes.extend((tensor.dimensions.len() as u32).to_le_bytes());
            tensor.dimensions.iter().for_each(|side| bytes.extend(side.to_le_bytes()));
            bytes.extend(tensor.kind.number().to_le_bytes());
            bytes.extend(offset.to_le_bytes());
            offset += tensor.bytes.next_multiple_of(32);
        }
        for tensor in tensors {
            bytes.resize(bytes.len().next_multiple_of(32), 0);
            let from = (header.data_offset + tensor.offset) as usize;
            bytes.extend(&whole[from..from + tensor.bytes as usize]);
        }
        bytes.resize(bytes.len().next_multiple_of(32), 0);
        (format!("starter-{:05}-of-{count:05}.gguf", no + 1), bytes)
    };
    (0..count).map(part).collect()
}

fn key(to: &mut Vec<u8>, name: &str, kind: u32, value: &[u8]) {
    text(to, name);
    to.extend(kind.to_le_bytes());
    to.extend(value);
}

fn text(to: &mut Vec<u8>, text: &str) {
    to.extend((text.len() as u64).to_le_bytes());
    to.extend(text.as_bytes());
}

fn position(bytes: &[u8], wanted: &[u8]) -> usize {
    bytes.windows(wanted.len()).position(|window| window == wanted).unwrap()
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
