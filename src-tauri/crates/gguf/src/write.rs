//! Writes GGUF files, for tests and benchmarks: metadata as given, weights from a closure.

use std::io::{self, Write};

use crate::{GgufError, Kind, TensorInfo, TensorType};

/// A file to write.
#[derive(Debug, Clone, Default)]
pub struct Outline {
    /// Metadata in order.
    pub metadata: Vec<(String, Datum)>,
    /// Tensors in order.
    pub tensors: Vec<TensorOutline>,
}

/// A metadata value to write, arrays whole.
#[derive(Debug, Clone, PartialEq)]
pub enum Datum {
    /// Unsigned, 8 bits.
    U8(u8),
    /// Unsigned, 16 bits.
    U16(u16),
    /// Unsigned, 32 bits.
    U32(u32),
    /// Signed, 32 bits.
    I32(i32),
    /// Unsigned, 64 bits.
    U64(u64),
    /// Floating point, 32 bits.
    F32(f32),
    /// Yes or no.
    Bool(bool),
    /// Text.
    Text(String),
    /// Many texts.
    Texts(Vec<String>),
    /// Many signed numbers of 32 bits.
    I32s(Vec<i32>),
    /// Many floating-point numbers of 32 bits.
    F32s(Vec<f32>),
}

impl From<&str> for Datum {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

/// A tensor to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TensorOutline {
    /// Name.
    pub name: String,
    /// How its weights are stored.
    pub kind: TensorType,
    /// Sizes, the length of a row first; rows are whole blocks.
    pub dimensions: Vec<u64>,
}

const ALIGNMENT_BYTES: u64 = 32;
/// Weights are made in pieces of about this size, so that a file of many gigabytes costs no memory.
const PIECE_BYTES: u64 = 1024 * 1024;

impl Outline {
    /// Adds a metadata entry.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<Datum>) -> Self {
        self.metadata.push((key.to_owned(), value.into()));
        self
    }

    /// Adds a tensor.
    #[must_use]
    pub fn tensor(mut self, name: &str, kind: TensorType, dimensions: &[u64]) -> Self {
        self.tensors.push(TensorOutline { name: name.to_owned(), kind, dimensions: dimensions.to_vec() });
        self
    }

    /// Writes version 3. `fill` makes the weights: it gets a tensor and a zeroed run of whole blocks of it, in order.
    ///
    /// # Errors
    /// What `to` says.
    pub fn write_to<W: Write>(&self, to: &mut W, mut fill: impl FnMut(&TensorOutline, &mut [u8])) -> io::Result<()> {
        let header = self.header();
        to.write_all(&header)?;
        pad(to, header.len() as u64)?;
        for tensor in &self.tensors {
            let whole_blocks = PIECE_BYTES / tensor.kind.block_bytes() * tensor.kind.block_bytes();
            let mut left = tensor.bytes();
            while left > 0 {
                let mut piece = vec![0; usize::try_from(left.min(whole_blocks)).expect("BUG: a piece is small")];
                fill(tensor, &mut piece);
                to.write_all(&piece)?;
                left -= piece.len() as u64;
            }
            pad(to, tensor.bytes())?;
        }
        Ok(())
    }

    /// The whole file in memory, weights zero.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.write_to(&mut bytes, |_, _| {}).expect("BUG: a vector takes every byte");
        bytes
    }

    fn header(&self) -> Vec<u8> {
        let mut bytes = b"GGUF".to_vec();
        bytes.extend(3_u32.to_le_bytes());
        bytes.extend((self.tensors.len() as u64).to_le_bytes());
        bytes.extend((self.metadata.len() as u64).to_le_bytes());
        for (key, value) in &self.metadata {
            text(&mut bytes, key);
            value.write(&mut bytes);
        }
        let mut offset = 0_u64;
        for tensor in &self.tensors {
            text(&mut bytes, &tensor.name);
            bytes.extend((tensor.dimensions.len() as u32).to_le_bytes());
            tensor.dimensions.iter().for_each(|side| bytes.extend(side.to_le_bytes()));
            bytes.extend(tensor.kind.number().to_le_bytes());
            bytes.extend(offset.to_le_bytes());
            offset += tensor.bytes().next_multiple_of(ALIGNMENT_BYTES);
        }
        bytes
    }
}

impl TensorOutline {
    /// Bytes of its weights.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.dimensions.iter().product::<u64>() / self.kind.block_weights() * self.kind.block_bytes()
    }
}

impl Datum {
    fn write(&self, to: &mut Vec<u8>) {
        to.extend(self.kind().number().to_le_bytes());
        match self {
            Self::U8(n) => to.push(*n),
            Self::U16(n) => to.extend(n.to_le_bytes()),
            Self::U32(n) => to.extend(n.to_le_bytes()),
            Self::I32(n) => to.extend(n.to_le_bytes()),
            Self::U64(n) => to.extend(n.to_le_bytes()),
            Self::F32(n) => to.extend(n.to_le_bytes()),
            Self::Bool(yes) => to.push(u8::from(*yes)),
            Self::Text(value) => text(to, value),
            Self::Texts(values) => array(to, Kind::Text, values, |to, value| text(to, value)),
            Self::I32s(values) => array(to, Kind::I32, values, |to, n| to.extend(n.to_le_bytes())),
            Self::F32s(values) => array(to, Kind::F32, values, |to, n| to.extend(n.to_le_bytes())),
        }
    }

    const fn kind(&self) -> Kind {
        match self {
            Self::U8(_) => Kind::U8,
            Self::U16(_) => Kind::U16,
            Self::U32(_) => Kind::U32,
            Self::I32(_) => Kind::I32,
            Self::U64(_) => Kind::U64,
            Self::F32(_) => Kind::F32,
            Self::Bool(_) => Kind::Bool,
            Self::Text(_) => Kind::Text,
            Self::Texts(_) | Self::I32s(_) | Self::F32s(_) => Kind::Array,
        }
    }
}

fn text(to: &mut Vec<u8>, text: &str) {
    to.extend((text.len() as u64).to_le_bytes());
    to.extend(text.as_bytes());
}

fn array<T>(to: &mut Vec<u8>, kind: Kind, values: &[T], mut each: impl FnMut(&mut Vec<u8>, &T)) {
    to.extend(kind.number().to_le_bytes());
    to.extend((values.len() as u64).to_le_bytes());
    values.iter().for_each(|value| each(to, value));
}

fn pad<W: Write>(to: &mut W, written: u64) -> io::Result<()> {
    let zeros = [0; ALIGNMENT_BYTES as usize];
    let missing = written.next_multiple_of(ALIGNMENT_BYTES) - written;
    to.write_all(&zeros[..usize::try_from(missing).expect("BUG: padding is short")])
}

/// A model's bytes in `count` files, as llama.cpp's `gguf-split` writes them: all metadata in the first, the tensors
/// shared out in order.
///
/// # Errors
/// What reading `whole` says.
pub fn split(whole: &[u8], count: u16) -> Result<Vec<Vec<u8>>, GgufError> {
    let header = crate::read_from(whole, whole.len() as u64)?;
    let text = |text: &str| [&(text.len() as u64).to_le_bytes()[..], text.as_bytes()].concat();
    let number = |key: &str, kind: u32, value: &[u8]| [&text(key)[..], &kind.to_le_bytes(), value].concat();
    let first = header.tensors.first().map(|tensor| text(&tensor.name)).unwrap_or_default();
    let infos = whole[..header.data_offset as usize].windows(first.len().max(1)).rposition(|window| window == first);
    let keys = &whole[24..infos.expect("BUG: the header names its first tensor")];
    let key_count = u64::from_le_bytes(whole[16..24].try_into().expect("BUG: eight bytes are eight bytes"));
    let share = header.tensors.len().div_ceil(usize::from(count));
    let part = |(no, tensors): (usize, &[TensorInfo])| {
        let (own, own_count) = if no == 0 { (keys, key_count) } else { (&[][..], 0) };
        let counts = [(tensors.len() as u64).to_le_bytes(), (own_count + 3).to_le_bytes()].concat();
        let mut bytes = [&whole[..8], &counts, own].concat();
        bytes.extend(number("split.no", 2, &(no as u16).to_le_bytes()));
        bytes.extend(number("split.count", 2, &count.to_le_bytes()));
        bytes.extend(number("split.tensors.count", 5, &(header.tensors.len() as i32).to_le_bytes()));
        let mut offset = 0_u64;
        for tensor in tensors {
            bytes.extend(text(&tensor.name));
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
        bytes
    };
    Ok(header.tensors.chunks(share.max(1)).enumerate().map(part).collect())
}
