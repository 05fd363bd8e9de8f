//! Files that are out to harm whoever reads them, for the tests of every crate that meets model files (feature
//! `hostile`). The harmless twin is [`small_model`]; everything here is made from it or beside it.

use crate::{
    TensorType,
    write::{Datum, Outline},
};

/// A hostile or broken file.
#[derive(Debug, Clone)]
pub struct Case {
    /// What is wrong with it.
    pub name: String,
    /// The file.
    pub bytes: Vec<u8>,
}

/// A whole small file of llama's shape that [`crate::read`] accepts; its weights are zero.
#[must_use]
pub fn small_model() -> Vec<u8> {
    let words = ["<s>", "</s>", "hello", "world"].map(str::to_owned).to_vec();
    Outline::default()
        .with("general.architecture", "llama")
        .with("general.name", "Small")
        .with("llama.context_length", Datum::U32(128))
        .with("tokenizer.ggml.model", "gpt2")
        .with("tokenizer.ggml.tokens", Datum::Texts(words))
        .with("tokenizer.ggml.scores", Datum::F32s(vec![0.0; 4]))
        .with("tokenizer.ggml.bos_token_id", Datum::U32(0))
        .with("tokenizer.ggml.eos_token_id", Datum::U32(1))
        .tensor("token_embd.weight", TensorType::F32, &[8, 4])
        .tensor("output.weight", TensorType::Q8_0, &[32, 4])
        .to_bytes()
}

/// Files that must be refused, each for a reason of its own, and the small model cut off after every byte.
#[must_use]
pub fn refused() -> Vec<Case> {
    let whole = small_model();
    let cut = (0..whole.len() - LAST_PADDING_BYTES)
        .map(|length| Case { name: format!("cut off after {length} bytes"), bytes: whole[..length].to_vec() });
    directed().into_iter().chain(cut).collect()
}

/// The small model with one byte changed, at every place and in four ways: some of these are still good files, yet
/// none may do harm.
#[must_use]
pub fn flipped() -> Vec<Case> {
    let whole = small_model();
    let ways: [fn(u8) -> u8; 4] = [|byte| byte ^ 1, |byte| byte ^ 0x80, |_| 0, |_| 0xff];
    let places = 0..whole.len();
    places
        .flat_map(|place| ways.iter().enumerate().map(move |(way, change)| (place, way, change)))
        .map(|(place, way, change)| {
            let mut bytes = whole.clone();
            bytes[place] = change(bytes[place]);
            Case { name: format!("byte {place} changed in way {way}"), bytes }
        })
        .collect()
}

/// The last tensor takes 136 bytes of the 160 that are written for it.
const LAST_PADDING_BYTES: usize = 24;

const TEXT: u32 = 8;
const ARRAY: u32 = 9;

/// A file put together without any check.
struct Raw {
    magic: [u8; 4],
    version: u32,
    keys: Option<u64>,
    tensors: Option<u64>,
    entries: Vec<Vec<u8>>,
    infos: Vec<Vec<u8>>,
    weights: usize,
}

impl Raw {
    fn new() -> Self {
        let magic = *b"GGUF";
        Self { magic, version: 3, keys: None, tensors: None, entries: Vec::new(), infos: Vec::new(), weights: 0 }
    }

    fn entry(mut self, key: &[u8], kind: u32, value: &[u8]) -> Self {
        self.entries.push([&text(key)[..], &kind.to_le_bytes(), value].concat());
        self
    }

    fn info(mut self, name: &[u8], dimensions: &[u64], kind: u32, offset: u64) -> Self {
        let sides: Vec<u8> = dimensions.iter().flat_map(|side| side.to_le_bytes()).collect();
        let count = (dimensions.len() as u32).to_le_bytes();
        self.infos.push([&text(name)[..], &count, &sides, &kind.to_le_bytes(), &offset.to_le_bytes()].concat());
        self
    }

    fn weights(mut self, bytes: usize) -> Self {
        self.weights = bytes;
        self
    }

    fn named(self, name: &str) -> Case {
        let mut bytes = [&self.magic[..], &self.version.to_le_bytes()].concat();
        bytes.extend(self.tensors.unwrap_or(self.infos.len() as u64).to_le_bytes());
        bytes.extend(self.keys.unwrap_or(self.entries.len() as u64).to_le_bytes());
        bytes.extend(self.entries.concat());
        bytes.extend(self.infos.concat());
        if self.weights > 0 {
            bytes.resize(bytes.len().next_multiple_of(32) + self.weights, 0);
        }
        Case { name: name.to_owned(), bytes }
    }
}

fn text(bytes: &[u8]) -> Vec<u8> {
    [&(bytes.len() as u64).to_le_bytes()[..], bytes].concat()
}

fn list(kind: u32, length: u64, elements: &[u8]) -> Vec<u8> {
    [&kind.to_le_bytes()[..], &length.to_le_bytes(), elements].concat()
}

fn directed() -> Vec<Case> {
    [preambles(), keys(), lists(), tensors()].concat()
}

fn preambles() -> Vec<Case> {
    let raw = Raw::new;
    let mut cases = vec![
        Case { name: "nothing".into(), bytes: Vec::new() },
        Case { name: "another format".into(), bytes: b"PK\x03\x04 not a model at all, but long enough".to_vec() },
        Raw { magic: *b"FUGG", ..raw() }.named("its magic backwards"),
        Raw { version: 0, ..raw() }.named("version 0"),
        Raw { version: 1, ..raw() }.named("version 1"),
        Raw { version: 4, ..raw() }.named("a version from the future"),
        Raw { version: 3_u32.swap_bytes(), ..raw() }.named("big-endian"),
    ];
    for count in [1, 65_536, 65_537, 1 << 31, 1 << 32, 1 << 61, i64::MAX as u64, u64::MAX] {
        cases.push(Raw { keys: Some(count), ..raw() }.named(&format!("{count} keys promised, none there")));
        cases.push(Raw { tensors: Some(count), ..raw() }.named(&format!("{count} tensors promised, none there")));
    }
    cases
}

fn keys() -> Vec<Case> {
    let raw = Raw::new;
    let mut cases = vec![
        raw().entry(b"", 4, &[0; 4]).named("a key without a name"),
        raw().entry(b"\xff\xfe", 4, &[0; 4]).named("a key that is not UTF-8"),
        raw().entry(&[b'k'; 70_000], 4, &[0; 4]).named("a key of 70,000 bytes"),
        raw().entry(b"a", 4, &[0; 4]).entry(b"a", 4, &[0; 4]).named("a key twice"),
        raw().entry(b"a", TEXT, &text(b"\xc3\x28")).named("a text that is not UTF-8"),
        raw().entry(b"a", 7, &[2]).named("a boolean of 2"),
        raw().entry(b"general.alignment", 4, &0_u32.to_le_bytes()).named("alignment 0"),
        raw().entry(b"general.alignment", 4, &33_u32.to_le_bytes()).named("alignment 33"),
        raw().entry(b"general.alignment", 4, &(1_u32 << 17).to_le_bytes()).named("alignment 128 KiB"),
        raw().entry(b"general.alignment", 4, &(1_u32 << 31).to_le_bytes()).named("alignment 2 GiB"),
        raw().entry(b"general.alignment", 10, &32_u64.to_le_bytes()).named("alignment of another kind"),
        raw().entry(b"general.alignment", TEXT, &text(b"32")).named("alignment as a text"),
    ];
    for kind in [13, 14, 255, 1 << 16, u32::MAX] {
        cases.push(raw().entry(b"a", kind, &[0; 16]).named(&format!("a value of kind {kind}")));
    }
    for length in [9, 1 << 24, (1 << 24) + 1, 1 << 32, 1 << 63, u64::MAX] {
        let value = [&length.to_le_bytes()[..], b"12345678"].concat();
        cases.push(raw().entry(b"a", TEXT, &value).named(&format!("a text of {length} bytes, 8 there")));
        let mut key = raw();
        key.entries.push(value);
        cases.push(key.named(&format!("a key of {length} bytes, 8 there")));
    }
    cases
}

fn lists() -> Vec<Case> {
    let raw = Raw::new;
    let nested = list(ARRAY, 1, &list(4, 1, &[0; 4]));
    let deep = (0..1000).fold(list(4, 1, &[0; 4]), |inner, _| list(ARRAY, 1, &inner));
    let mut cases = vec![
        raw().entry(b"a", ARRAY, &nested).named("a list of lists"),
        raw().entry(b"a", ARRAY, &deep).named("a thousand lists in each other"),
        raw().entry(b"a", ARRAY, &list(ARRAY, 0, &[])).named("an empty list of lists"),
        raw().entry(b"a", ARRAY, &list(13, 1, &[0; 4])).named("a list of an unknown kind"),
        raw().entry(b"a", ARRAY, &list(TEXT, 2, &text(b"x"))).named("a list of two texts, one there"),
    ];
    for length in [3, 1 << 20, 1 << 32, 1 << 61, (1 << 61) + 1, 1 << 63, u64::MAX] {
        for kind in [0, 4, 10, TEXT] {
            let value = list(kind, length, &[0; 2]);
            cases.push(
                raw().entry(b"a", ARRAY, &value).named(&format!("a list of {length} of kind {kind}, none there")),
            );
        }
    }
    for length in [1 << 24, 1 << 32, u64::MAX] {
        let value = list(TEXT, 1, &length.to_le_bytes());
        cases
            .push(raw().entry(b"a", ARRAY, &value).named(&format!("a list with a text of {length} bytes, none there")));
    }
    cases
}

fn tensors() -> Vec<Case> {
    let raw = Raw::new;
    let f32 = TensorType::F32.number();
    let q4_k = TensorType::Q4_K.number();
    let mut cases = vec![
        raw().info(b"", &[8], f32, 0).weights(64).named("a tensor without a name"),
        raw().info(b"\xff", &[8], f32, 0).weights(64).named("a tensor’s name that is not UTF-8"),
        raw().info(&[b't'; 64], &[8], f32, 0).weights(64).named("a tensor’s name of 64 bytes"),
        raw().info(b"t", &[8], f32, 0).info(b"t", &[8], f32, 32).weights(64).named("a tensor twice"),
        raw().info(b"t", &[8], f32, 0).info(b"u", &[8], f32, 0).weights(64).named("two tensors in one place"),
        raw().info(b"t", &[8], f32, 0).info(b"u", &[8], f32, 64).weights(128).named("a hole between tensors"),
        raw().info(b"t", &[8], f32, 1).weights(64).named("a tensor that is not aligned"),
        raw().info(b"t", &[8], f32, u64::MAX).weights(64).named("a tensor at the end of numbers"),
        raw().info(b"t", &[8], f32, 1 << 40).weights(64).named("a tensor beyond the file"),
        raw().info(b"t", &[17], f32, 0).weights(64).named("a tensor four bytes longer than the file"),
        raw().info(b"t", &[0, 8], f32, 0).weights(64).named("a tensor with an empty side"),
        raw().info(b"t", &[255], q4_k, 0).weights(256).named("rows of 255 in blocks of 256"),
        raw().info(b"t", &[8; 5], f32, 0).weights(64).named("five dimensions"),
        raw().info(b"t", &[1 << 32, 1 << 32], f32, 0).weights(64).named("sides whose product is 0 in 64 bits"),
        raw().info(b"t", &[1 << 31, 1 << 31, 4], f32, 0).weights(64).named("sides whose product is 2^64"),
        raw().info(b"t", &[u64::MAX, 2], f32, 0).weights(64).named("a side of 2^64 - 1"),
        raw().info(b"t", &[1 << 62], f32, 0).weights(64).named("2^62 weights of 4 bytes"),
        raw().info(b"t", &[(1 << 62) + 2], f32, 0).weights(64).named("bytes that come to 8 in 64 bits"),
        raw()
            .info(b"t", &[1 << 61, 1, 1, 1], 0, 0)
            .info(b"u", &[1 << 61], 0, 1 << 63)
            .weights(64)
            .named("a sum that overflows"),
    ];
    for kind in [4, 5, 31, 33, 36, 38, 43, 44, 1000, 1 << 31, u32::MAX] {
        cases.push(raw().info(b"t", &[256], kind, 0).weights(4096).named(&format!("weights of type {kind}")));
    }
    for count in [5_u32, 1 << 16, u32::MAX] {
        let mut info = text(b"t");
        info.extend(count.to_le_bytes());
        info.extend([1; 64]);
        cases.push(Raw { infos: vec![info], ..raw() }.named(&format!("{count} dimensions, some there")));
    }
    cases
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{GgufError, read_from};

    /// What acceptance means: every tensor is inside the file, and nothing panics on the way to any fact.
    fn does_no_harm(bytes: &[u8]) -> bool {
        let Ok(header) = read_from(bytes, bytes.len() as u64) else { return false };
        for tensor in &header.tensors {
            assert!(header.data_offset + tensor.offset + tensor.bytes <= bytes.len() as u64, "{tensor:?}");
        }
        let _ = (header.parameters(), header.quantisation(), header.context_tokens(), header.split());
        let _ = (header.is_model().map_err(|error| error.to_string()), header.licence(), header.chat_template());
        true
    }

    #[test]
    fn the_small_model_is_accepted() {
        let bytes = small_model();
        let header = read_from(&bytes[..], bytes.len() as u64).unwrap();
        header.is_model().unwrap();
        assert_eq!(header.parameters(), 32 + 128);
        // Writers may leave out the padding after the last tensor.
        assert!(does_no_harm(&bytes[..bytes.len() - LAST_PADDING_BYTES]));
    }

    #[test]
    fn hundreds_of_hostile_files_are_refused_with_a_sentence() {
        let cases = refused();
        assert!(cases.len() > 500, "{} cases", cases.len());
        for Case { name, bytes } in cases {
            let error = read_from(&bytes[..], bytes.len() as u64).expect_err(&name).to_string();
            assert!(error.starts_with("Th") && error.ends_with('.') && error.len() < 300, "{name}: {error}");
            assert!(!error.chars().any(char::is_control), "{name}: {error}");
        }
    }

    #[test]
    fn a_file_that_is_shorter_than_it_says_is_called_unfinished() {
        let whole = small_model();
        for length in 4..whole.len() - LAST_PADDING_BYTES {
            let cut = &whole[..length];
            let honest = read_from(cut, length as u64).unwrap_err();
            assert!(matches!(honest, GgufError::Truncated | GgufError::WeightsTruncated { .. }), "{length}: {honest}");
            // The file shrank after its length was taken: the bytes end before the header does, or are never read.
            if let Err(error) = read_from(cut, whole.len() as u64) {
                assert!(matches!(error, GgufError::Truncated), "{length}: {error}");
            }
        }
    }

    #[test]
    fn no_changed_byte_does_harm() {
        let accepted = flipped().iter().filter(|case| does_no_harm(&case.bytes)).count();
        assert!(accepted > 0, "changed weights are still weights");
    }

    #[test]
    fn names_from_the_file_cannot_write_on_the_terminal() {
        let case = Raw::new().entry(b"\x1b[2Jkey", 99, &[0; 8]).named("escape codes");
        let error = read_from(&case.bytes[..], case.bytes.len() as u64).unwrap_err().to_string();
        assert!(error.contains(r"\u{1b}[2Jkey"), "{error}");
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 4096, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn random_bytes_do_no_harm(tail in proptest::collection::vec(any::<u8>(), 0..400), keys in 0_u64..4, tensors in 0_u64..4) {
            let start = [b"GGUF".as_slice(), &3_u32.to_le_bytes(), &tensors.to_le_bytes(), &keys.to_le_bytes()].concat();
            does_no_harm(&[start, tail].concat());
        }

        #[test]
        fn rewritten_stretches_do_no_harm(changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<[u8; 8]>()), 1..6)) {
            let mut bytes = small_model();
            for (place, patch) in changes {
                let place = place.index(bytes.len() - patch.len());
                bytes[place..place + patch.len()].copy_from_slice(&patch);
            }
            does_no_harm(&bytes);
        }

        #[test]
        fn whatever_shape_a_tensor_claims_it_lies_inside(sides in proptest::collection::vec(any::<u64>(), 0..6), kind in 0_u32..50, offset: u64) {
            does_no_harm(&Raw::new().info(b"t", &sides, kind, offset).weights(4096).named("").bytes);
        }

        #[test]
        fn small_shapes_are_sized_as_ggml_sizes_them(rows in 1_u64..5, blocks in 1_u64..3, kind in prop::sample::select(TensorType::ALL)) {
            let dimensions = [blocks * kind.block_weights(), rows];
            let bytes = Outline::default().tensor("t", kind, &dimensions).to_bytes();
            let header = read_from(&bytes[..], bytes.len() as u64).unwrap();
            prop_assert_eq!(header.tensors[0].bytes, rows * blocks * kind.block_bytes());
            prop_assert_eq!(header.parameters(), rows * blocks * kind.block_weights());
        }
    }
}
