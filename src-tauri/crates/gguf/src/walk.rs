//! A reader that counts: it refuses to pass the header's limit or the file's end, and allocates nothing that it has
//! not seen the bytes for.

use std::io::{BufRead, BufReader, ErrorKind, Read};

use crate::{GgufError, Kind, Value, error::shown};

const BUFFER_BYTES: usize = 256 * 1024;

/// A place in a header.
pub(crate) struct Walk<R> {
    source: BufReader<R>,
    position: u64,
    file_bytes: u64,
    limits: Limits,
}

/// What a walk may pass.
#[derive(Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) header_bytes: u64,
    pub(crate) string_bytes: u64,
}

impl<R: Read> Walk<R> {
    pub(crate) fn new(source: R, file_bytes: u64, limits: Limits) -> Self {
        Self { source: BufReader::with_capacity(BUFFER_BYTES, source), position: 0, file_bytes, limits }
    }

    /// Bytes walked so far.
    pub(crate) const fn position(&self) -> u64 {
        self.position
    }

    /// Refuses what lies past the end of the file or of what a header may be; else counts it as walked.
    fn claim(&mut self, bytes: u64) -> Result<(), GgufError> {
        let end = self.position.checked_add(bytes).filter(|end| *end <= self.file_bytes).ok_or(GgufError::Truncated)?;
        let limit = self.limits.header_bytes;
        if end > limit {
            return Err(GgufError::TooLarge { what: "its length in bytes", found: end, limit });
        }
        self.position = end;
        Ok(())
    }

    pub(crate) fn bytes<const N: usize>(&mut self) -> Result<[u8; N], GgufError> {
        self.claim(N as u64)?;
        let mut bytes = [0; N];
        self.source.read_exact(&mut bytes).map_err(or_truncated)?;
        Ok(bytes)
    }

    pub(crate) fn u32(&mut self) -> Result<u32, GgufError> {
        self.bytes().map(u32::from_le_bytes)
    }

    pub(crate) fn u64(&mut self) -> Result<u64, GgufError> {
        self.bytes().map(u64::from_le_bytes)
    }

    /// The bytes of a string of at most `limit` bytes.
    pub(crate) fn string(&mut self, what: &'static str, limit: u64) -> Result<Vec<u8>, GgufError> {
        let length = self.string_length(what, limit)?;
        let mut bytes = Vec::new();
        // `read_to_end` grows as bytes arrive, so a length that lies costs nothing.
        (&mut self.source).take(length).read_to_end(&mut bytes)?;
        if bytes.len() as u64 != length {
            return Err(GgufError::Truncated);
        }
        Ok(bytes)
    }

    /// A string that must be UTF-8.
    pub(crate) fn text(&mut self, what: &'static str, limit: u64) -> Result<String, GgufError> {
        String::from_utf8(self.string(what, limit)?).map_err(|error| {
            GgufError::damaged(format!("{what} “{}” is not UTF-8", shown(&String::from_utf8_lossy(error.as_bytes()))))
        })
    }

    /// A value of this kind; an array is walked over.
    pub(crate) fn value(&mut self, kind: Kind) -> Result<Value, GgufError> {
        Ok(match kind {
            Kind::U8 => Value::U8(u8::from_le_bytes(self.bytes()?)),
            Kind::I8 => Value::I8(i8::from_le_bytes(self.bytes()?)),
            Kind::U16 => Value::U16(u16::from_le_bytes(self.bytes()?)),
            Kind::I16 => Value::I16(i16::from_le_bytes(self.bytes()?)),
            Kind::U32 => Value::U32(self.u32()?),
            Kind::I32 => Value::I32(i32::from_le_bytes(self.bytes()?)),
            Kind::F32 => Value::F32(f32::from_le_bytes(self.bytes()?)),
            Kind::U64 => Value::U64(self.u64()?),
            Kind::I64 => Value::I64(i64::from_le_bytes(self.bytes()?)),
            Kind::F64 => Value::F64(f64::from_le_bytes(self.bytes()?)),
            Kind::Bool => match self.bytes()? {
                [0] => Value::Bool(false),
                [1] => Value::Bool(true),
                [other] => return Err(GgufError::damaged(format!("{other} stands where yes or no should"))),
            },
            Kind::Text => Value::Text(self.text("a text", self.limits.string_bytes)?),
            Kind::Array => {
                let (kind, len) = self.array_head()?;
                self.skip_elements(kind, len)?;
                Value::Array { kind, len }
            }
        })
    }

    /// Kind and length of an array. Arrays of arrays are refused: no reader of models takes them.
    pub(crate) fn array_head(&mut self) -> Result<(Kind, u64), GgufError> {
        let number = self.u32()?;
        match Kind::from_number(number) {
            None => Err(GgufError::damaged(format!("a list holds values of the unknown kind {number}"))),
            Some(Kind::Array) => Err(GgufError::damaged("a list holds lists")),
            Some(kind) => Ok((kind, self.u64()?)),
        }
    }

    /// Walks over an array's elements; every one of them must be there.
    pub(crate) fn skip_elements(&mut self, kind: Kind, count: u64) -> Result<(), GgufError> {
        if let Some(bytes) = kind.bytes() {
            return self.skip(bytes.checked_mul(count).ok_or(GgufError::Truncated)?);
        }
        // An element takes 8 bytes at least, so `claim` ends this loop early for a count that lies.
        for _ in 0..count {
            let length = self.string_length("a text in a list", self.limits.string_bytes)?;
            self.consume(length)?;
        }
        Ok(())
    }

    /// The length of a string that is there as a whole and within the limit.
    fn string_length(&mut self, what: &'static str, limit: u64) -> Result<u64, GgufError> {
        let length = self.u64()?;
        if length > limit {
            return Err(GgufError::TooLarge { what: longest(what), found: length, limit });
        }
        self.claim(length)?;
        Ok(length)
    }

    fn skip(&mut self, bytes: u64) -> Result<(), GgufError> {
        self.claim(bytes)?;
        self.consume(bytes)
    }

    /// Passes over bytes that were claimed.
    fn consume(&mut self, mut bytes: u64) -> Result<(), GgufError> {
        while bytes > 0 {
            let there = self.source.fill_buf()?.len();
            if there == 0 {
                return Err(GgufError::Truncated);
            }
            let step = there.min(usize::try_from(bytes).unwrap_or(usize::MAX));
            self.source.consume(step);
            bytes -= step as u64;
        }
        Ok(())
    }
}

fn or_truncated(error: std::io::Error) -> GgufError {
    if error.kind() == ErrorKind::UnexpectedEof { GgufError::Truncated } else { error.into() }
}

fn longest(what: &'static str) -> &'static str {
    match what {
        "a key" => "the length of a key",
        "a tensor’s name" => "the length of a tensor’s name",
        _ => "the length of a text",
    }
}
