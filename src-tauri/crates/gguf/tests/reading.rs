//! The reader and the writer together, on files that mean well.
#![allow(clippy::unwrap_used)]

use std::{
    fs,
    io::Read,
    ops::ControlFlow,
    path::{Path, PathBuf},
};

use gguf::{
    GgufError, Kind, Split, TensorType, Value, parts, read, read_from, sha256, special_tokens, token_texts,
    write::{Datum, Outline},
};

fn starter() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../resources/starter-model/starter.gguf")
}

fn header_of(outline: &Outline) -> gguf::Header {
    let bytes = outline.to_bytes();
    read_from(&bytes[..], bytes.len() as u64).unwrap()
}

fn chatting() -> Outline {
    Outline::default()
        .with("general.architecture", "qwen3")
        .with("tokenizer.ggml.model", "gpt2")
        .with("tokenizer.ggml.tokens", Datum::Texts(vec!["a".into(), "b".into()]))
        .tensor("token_embd.weight", TensorType::Q8_0, &[32, 2])
}

#[test]
fn what_is_written_is_read() {
    let outline = chatting()
        .with("general.name", " Ein Modell ")
        .with("general.license", "apache-2.0")
        .with("qwen3.context_length", Datum::U64(40_960))
        .with("qwen3.rope.freq_base", Datum::F32(1e6))
        .with("tokenizer.ggml.add_bos_token", Datum::Bool(true))
        .with("tokenizer.ggml.token_type", Datum::I32s(vec![1, 3]))
        .with("tokenizer.chat_template", "{{ messages }}\n")
        .with("x.u8", Datum::U8(200))
        .with("x.u16", Datum::U16(60_000))
        .with("x.i32", Datum::I32(-5))
        .tensor("blk.0.attn_q.weight", TensorType::Q4_K, &[512, 3])
        .tensor("output_norm.weight", TensorType::F32, &[7]);
    let header = header_of(&outline);
    assert_eq!(header.version, 3);
    assert_eq!(header.name(), Some("Ein Modell"));
    assert_eq!(header.architecture(), "qwen3");
    assert_eq!(header.licence(), Some("apache-2.0"));
    assert_eq!(header.context_tokens(), 40_960);
    assert_eq!(
        header.chat_template(),
        Some("{{ messages }}\n"),
        "a template's last line break can be part of the prompt"
    );
    assert_eq!(header.parameters(), 64 + 1536 + 7);
    assert_eq!(header.quantisation(), "Q4_K", "most bytes have that type");
    assert_eq!(header.split(), None);
    header.is_model().unwrap();
    assert_eq!(header.metadata["tokenizer.ggml.token_type"], Value::Array { kind: Kind::I32, len: 2 });
    assert_eq!(header.metadata["qwen3.rope.freq_base"].as_real(), Some(1e6));
    assert_eq!(header.metadata["tokenizer.ggml.add_bos_token"].as_bool(), Some(true));
    assert_eq!(header.metadata["x.u8"].as_count(), Some(200));
    assert_eq!(header.metadata["x.u16"].as_count(), Some(60_000));
    assert_eq!(header.metadata["x.i32"].as_count(), None, "it is negative");
    assert_eq!(
        header.tensors.iter().map(|tensor| (tensor.offset, tensor.bytes)).collect::<Vec<_>>(),
        [(0, 68), (96, 864), (960, 28)]
    );
    assert_eq!(header.data_offset % 32, 0);
}

#[test]
fn weights_come_from_the_closure_block_by_block() {
    let outline = chatting().tensor("big", TensorType::Q6_K, &[2560, 1000]);
    let mut bytes = Vec::new();
    let mut pieces = 0;
    let fill = |tensor: &gguf::write::TensorOutline, piece: &mut [u8]| {
        assert_eq!(piece.len() as u64 % tensor.kind.block_bytes(), 0);
        pieces += u32::from(tensor.name == "big");
        piece.fill(0xab);
    };
    outline.write_to(&mut bytes, fill).unwrap();
    assert!(pieces > 1, "a large tensor is made in pieces");
    let header = read_from(&bytes[..], bytes.len() as u64).unwrap();
    let big = &header.tensors[1];
    let start = usize::try_from(header.data_offset + big.offset).unwrap();
    assert!(bytes[start..][..usize::try_from(big.bytes).unwrap()].iter().all(|byte| *byte == 0xab));
}

#[test]
fn version_2_is_read_too() {
    let mut bytes = chatting().to_bytes();
    bytes[4] = 2;
    assert_eq!(read_from(&bytes[..], bytes.len() as u64).unwrap().version, 2);
}

#[test]
fn an_alignment_of_its_own_moves_the_weights() {
    let bytes = chatting().with("general.alignment", Datum::U32(1024)).to_bytes();
    // The writer pads to 32, so the weights do not reach where this alignment puts them.
    assert!(matches!(read_from(&bytes[..], bytes.len() as u64), Err(GgufError::WeightsTruncated { .. })));
    let header = read_from(&bytes[..], 1024 + 68).unwrap();
    assert_eq!(header.data_offset, 1024);
}

#[test]
fn what_stands_at_a_limit_is_accepted() {
    let name = "t".repeat(63);
    let header = header_of(&chatting().tensor(&name, TensorType::F16, &[2, 3, 4, 5]));
    assert_eq!((header.tensors[1].name.as_str(), header.tensors[1].weights()), (name.as_str(), 120));
    let bytes = chatting().with("general.alignment", Datum::U32(64 * 1024)).to_bytes();
    assert_eq!(read_from(&bytes[..], 64 * 1024 + 68).unwrap().data_offset, 64 * 1024);
    let many = (0..65_536).fold(Outline::default(), |outline, n| outline.with(&format!("k{n}"), Datum::U8(0)));
    assert_eq!(header_of(&many).metadata.len(), 65_536);
}

#[test]
fn the_starter_model_is_what_its_readme_says() {
    let header = read(&starter()).unwrap();
    header.is_model().unwrap();
    assert_eq!(header.name(), Some("Drawbridge Starter"));
    assert_eq!(header.architecture(), "llama");
    assert_eq!(header.quantisation(), "Q8_0");
    assert_eq!(header.context_tokens(), 2048);
    assert_eq!(header.licence(), Some("apache-2.0"));
    assert!(header.chat_template().unwrap().contains("<|im_start|>"));
    assert_eq!(header.metadata["tokenizer.ggml.tokens"], Value::Array { kind: Kind::Text, len: 2048 });
    assert_eq!(header.tensors.len(), 56);
    assert_eq!(header.file_bytes, 3_076_576);
    assert!((2_700_000..3_000_000).contains(&header.parameters()), "{}", header.parameters());
    let texts = token_texts(&starter(), &[2, 0, 2048, 2]).unwrap();
    assert_eq!(texts, [Some("<|im_end|>".into()), Some("<|endoftext|>".into()), None, Some("<|im_end|>".into())]);
    let special = special_tokens(&starter()).unwrap();
    assert_eq!(special.eos.as_deref(), Some("<|im_end|>"));
}

#[test]
fn a_model_of_a_real_shape_is_not_held_in_memory() {
    // The header of a vocabulary of 150,000 tokens, read through a reader that counts what it gives out.
    struct Counting<'a>(&'a [u8], u64);
    impl Read for Counting<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let read = self.0.read(buffer)?;
            self.1 += read as u64;
            Ok(read)
        }
    }
    let words = (0..150_000).map(|n| format!("word{n}")).collect();
    let mut outline = chatting();
    outline.metadata[2].1 = Datum::Texts(words);
    let bytes = outline.tensor("big", TensorType::F32, &[1024, 4096]).to_bytes();
    let mut counting = Counting(&bytes, 0);
    let header = read_from(&mut counting, bytes.len() as u64).unwrap();
    assert_eq!(header.metadata["tokenizer.ggml.tokens"], Value::Array { kind: Kind::Text, len: 150_000 });
    assert!(counting.1 < header.data_offset + 512 * 1024, "weights are not read: {} bytes were", counting.1);
}

#[test]
fn files_that_are_no_models_say_what_they_are() {
    let sentence = |outline: Outline| header_of(&outline).is_model().unwrap_err().to_string();
    let bare = || Outline::default().tensor("t", TensorType::F32, &[4]);
    let of = |architecture: &str| bare().with("general.architecture", architecture);
    assert!(sentence(bare()).contains("does not say which architecture"));
    assert!(sentence(of("clip")).contains("projector"));
    assert!(sentence(of("llama").with("general.type", "mmproj")).contains("projector"));
    assert!(sentence(of("llama").with("general.type", "adapter")).contains("adapter"));
    assert!(sentence(of("imatrix")).contains("statistics"));
    assert!(sentence(of("llama")).contains("no tokenizer"));
    assert!(sentence(of("llama").with("tokenizer.ggml.model", "none")).contains("no tokenizer"));
    assert!(sentence(of("nomic-bert")).contains("“nomic-bert”"));
    assert!(sentence(chatting().with("qwen3.pooling_type", Datum::U32(3))).contains("vectors"));
    let mut vocabulary = chatting();
    vocabulary.tensors.clear();
    assert!(sentence(vocabulary).contains("only a vocabulary"));
    let second = chatting().with("split.no", Datum::U16(1)).with("split.count", Datum::U16(3));
    assert_eq!(sentence(second), "This file is part 2 of 3 of a model; choose part 1.");
}

#[test]
fn quantisation_is_what_the_file_says_where_it_says_it() {
    let stated = |number| header_of(&chatting().with("general.file_type", Datum::U32(number))).quantisation();
    assert_eq!(stated(15), "Q4_K_M");
    assert_eq!(stated(1024 + 17), "Q5_K_M", "a guess is said as what it is");
    assert_eq!(stated(999), "Q8_0", "an unknown number says nothing");
}

#[test]
fn a_split_model_is_all_its_files_or_none() {
    let folder = tempfile::tempdir().unwrap();
    let part = |no: u16| folder.path().join(format!("big-{:05}-of-00003.gguf", no + 1));
    let write = |no: u16| {
        let outline = chatting().with("split.no", Datum::U16(no)).with("split.count", Datum::U16(3));
        fs::write(part(no), outline.to_bytes()).unwrap();
    };
    write(0);
    write(2);
    assert_eq!(read(&part(0)).unwrap().split(), Some(Split { no: 0, count: 3 }));
    let missing = parts(&part(0)).unwrap_err();
    assert!(matches!(&missing, GgufError::MissingPart { path, count: 3 } if *path == part(1)), "{missing}");
    write(1);
    assert_eq!(parts(&part(0)).unwrap(), [part(0), part(1), part(2)]);
    let renamed = folder.path().join("renamed.gguf");
    fs::rename(part(0), &renamed).unwrap();
    assert!(parts(&renamed).unwrap_err().to_string().contains("keep its name"));
    assert_eq!(parts(&starter()).unwrap(), [starter()]);
}

#[test]
fn what_is_no_file_is_refused_without_waiting() {
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(read(folder.path()), Err(GgufError::NotAFile(_))));
    assert!(matches!(read(&folder.path().join("nothing.gguf")), Err(GgufError::Missing(_))));
    #[cfg(unix)]
    assert!(matches!(read(Path::new("/dev/null")), Err(GgufError::NotAFile(_))));
}

#[test]
fn a_hash_tells_how_far_it_is_and_breaks_off_when_asked() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    fs::write(&path, vec![b'a'; 3_000_000]).unwrap();
    let mut seen = Vec::new();
    let whole = sha256(&path, |bytes| {
        seen.push(bytes);
        ControlFlow::Continue(())
    });
    assert_eq!(seen.last(), Some(&3_000_000));
    assert!(seen.is_sorted());
    fs::write(&path, "abc").unwrap();
    let short = sha256(&path, |_| ControlFlow::Continue(())).unwrap().unwrap();
    assert_eq!(short, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", "FIPS 180-2, example B.1");
    assert_eq!(whole.unwrap().unwrap().len(), 64);
    assert_eq!(sha256(&path, |_| ControlFlow::Break(())).unwrap(), None);
}
