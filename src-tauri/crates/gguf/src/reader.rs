//! Reading a header.

use std::{
    collections::{BTreeMap, HashSet},
    fs::File,
    io::{ErrorKind, Read},
    path::Path,
};

use crate::{
    GgufError, Header, Kind, TensorInfo, TensorType, Value,
    error::shown,
    walk::{Limits, Walk},
};

/// Most metadata entries.
pub const MAX_KEYS: u64 = 65_536;
/// Most tensors.
pub const MAX_TENSORS: u64 = 65_536;
/// Longest text.
pub const MAX_STRING_BYTES: u64 = 16 * 1024 * 1024;
/// Longest header.
pub const MAX_HEADER_BYTES: u64 = 256 * 1024 * 1024;
/// Most dimensions of a tensor.
pub const MAX_DIMENSIONS: u32 = 4;
/// Coarsest alignment of weights.
pub const MAX_ALIGNMENT_BYTES: u64 = 64 * 1024;

/// The format's own limit on a key.
const MAX_KEY_BYTES: u64 = 65_535;
/// llama.cpp's limit on a tensor's name (`GGML_MAX_NAME`, less its closing zero).
const MAX_TENSOR_NAME_BYTES: u64 = 63;
const DEFAULT_ALIGNMENT_BYTES: u64 = 32;
const LIMITS: Limits = Limits { header_bytes: MAX_HEADER_BYTES, string_bytes: MAX_STRING_BYTES };

/// Reads the header of a file and checks it against the file's length.
///
/// # Errors
/// See [`GgufError`].
pub fn read(path: &Path) -> Result<Header, GgufError> {
    let (file, file_bytes) = open(path)?;
    read_from(file, file_bytes)
}

/// Reads a header from its first byte on; `file_bytes` is the length of the whole file.
///
/// # Errors
/// See [`GgufError`].
pub fn read_from<R: Read>(reader: R, file_bytes: u64) -> Result<Header, GgufError> {
    let mut walk = Walk::new(reader, file_bytes, LIMITS);
    let preamble = preamble(&mut walk)?;
    let mut metadata = BTreeMap::new();
    for _ in 0..preamble.keys {
        let (key, kind) = key(&mut walk)?;
        let value = walk.value(kind)?;
        if metadata.contains_key(&key) {
            return Err(GgufError::damaged(format!("the key “{}” stands in it twice", shown(&key))));
        }
        metadata.insert(key, value);
    }
    let alignment = alignment(&metadata)?;
    let tensors = tensors(&mut walk, preamble.tensors, alignment)?;
    let data_offset = walk.position().next_multiple_of(alignment);
    let end = tensors.last().map_or(0, |tensor| data_offset.saturating_add(tensor.offset).saturating_add(tensor.bytes));
    if end > file_bytes {
        return Err(GgufError::WeightsTruncated { missing_bytes: end - file_bytes });
    }
    Ok(Header { version: preamble.version, metadata, tensors, data_offset, file_bytes })
}

/// Opens what must be a plain file; opening a pipe would wait for ever.
pub(crate) fn open(path: &Path) -> Result<(File, u64), GgufError> {
    let about = std::fs::metadata(path).map_err(|error| match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => GgufError::Missing(path.to_owned()),
        _ => error.into(),
    })?;
    if !about.is_file() {
        return Err(GgufError::NotAFile(path.to_owned()));
    }
    Ok((File::open(path)?, about.len()))
}

/// A walk at the start of a file, with this crate's limits.
pub(crate) fn walk(path: &Path) -> Result<Walk<File>, GgufError> {
    let (file, file_bytes) = open(path)?;
    Ok(Walk::new(file, file_bytes, LIMITS))
}

/// What comes before the first key.
pub(crate) struct Preamble {
    version: u32,
    tensors: u64,
    pub(crate) keys: u64,
}

pub(crate) fn preamble<R: Read>(walk: &mut Walk<R>) -> Result<Preamble, GgufError> {
    let magic: [u8; 4] = walk.bytes().map_err(|error| match error {
        GgufError::Truncated => GgufError::NotGguf,
        other => other,
    })?;
    if &magic != b"GGUF" {
        return Err(GgufError::NotGguf);
    }
    match walk.u32()? {
        version @ 2..=3 => {
            let tensors = counted("the number of tensors", walk.u64()?, MAX_TENSORS)?;
            let keys = counted("the number of keys", walk.u64()?, MAX_KEYS)?;
            Ok(Preamble { version, tensors, keys })
        }
        version if (2..=3).contains(&version.swap_bytes()) => Err(GgufError::BigEndian),
        version => Err(GgufError::Version(version)),
    }
}

/// A key and the kind of its value.
pub(crate) fn key<R: Read>(walk: &mut Walk<R>) -> Result<(String, Kind), GgufError> {
    let key = walk.text("a key", MAX_KEY_BYTES)?;
    if key.is_empty() {
        return Err(GgufError::damaged("a key has no name"));
    }
    let number = walk.u32()?;
    let kind = Kind::from_number(number).ok_or_else(|| {
        GgufError::damaged(format!("the key “{}” has a value of the unknown kind {number}", shown(&key)))
    })?;
    Ok((key, kind))
}

fn counted(what: &'static str, found: u64, limit: u64) -> Result<u64, GgufError> {
    if found > limit { Err(GgufError::TooLarge { what, found, limit }) } else { Ok(found) }
}

fn alignment(metadata: &BTreeMap<String, Value>) -> Result<u64, GgufError> {
    match metadata.get("general.alignment") {
        None => Ok(DEFAULT_ALIGNMENT_BYTES),
        Some(Value::U32(bytes)) if bytes.is_power_of_two() => {
            counted("the alignment of its weights", u64::from(*bytes), MAX_ALIGNMENT_BYTES)
        }
        Some(_) => Err(GgufError::damaged("the alignment of its weights is no power of two")),
    }
}

/// Each tensor must begin where the one before it ends, rounded up: then none overlap, and the last one's end is the
/// end of all. llama.cpp demands the same.
fn tensors<R: Read>(walk: &mut Walk<R>, count: u64, alignment: u64) -> Result<Vec<TensorInfo>, GgufError> {
    let mut tensors = Vec::new();
    let mut names = HashSet::new();
    let mut next_offset = 0;
    for _ in 0..count {
        let tensor = tensor(walk)?;
        if !names.insert(tensor.name.clone()) {
            return Err(GgufError::damaged(format!("the weights “{}” stand in it twice", shown(&tensor.name))));
        }
        if tensor.offset != next_offset {
            let name = shown(&tensor.name);
            return Err(GgufError::damaged(format!(
                "the weights “{name}” do not begin where the ones before them end"
            )));
        }
        next_offset = (tensor.offset.checked_add(tensor.bytes))
            .and_then(|end| end.checked_next_multiple_of(alignment))
            .ok_or_else(|| GgufError::damaged("its weights are larger than can be counted"))?;
        tensors.push(tensor);
    }
    Ok(tensors)
}

fn tensor<R: Read>(walk: &mut Walk<R>) -> Result<TensorInfo, GgufError> {
    let name = walk.text("a tensor’s name", MAX_TENSOR_NAME_BYTES)?;
    if name.is_empty() {
        return Err(GgufError::damaged("weights have no name"));
    }
    let count = walk.u32()?;
    counted("the number of dimensions of a tensor", u64::from(count), u64::from(MAX_DIMENSIONS))?;
    let dimensions = (0..count).map(|_| walk.u64()).collect::<Result<Vec<_>, _>>()?;
    let number = walk.u32()?;
    let kind =
        TensorType::from_number(number).ok_or_else(|| GgufError::UnknownTensorType { tensor: shown(&name), number })?;
    let offset = walk.u64()?;
    TensorInfo::new(name, kind, dimensions, offset)
}
