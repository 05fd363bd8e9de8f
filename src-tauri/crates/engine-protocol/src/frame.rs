//! Frames: bounded, so that neither side can make the other allocate without limit.

use std::io::{Read, Write};

use serde::{Serialize, de::DeserializeOwned};

/// Longest frame. A 10 MB paste fits; nothing else comes near.
pub const MAX_FRAME_BYTES: usize = 16 * 1024 * 1024;

/// A frame that cannot be sent or understood.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// The pipe broke.
    #[error("the pipe broke: {0}")]
    Io(#[from] std::io::Error),
    /// Too long.
    #[error("a frame of {0} bytes is longer than {MAX_FRAME_BYTES}")]
    TooLong(usize),
    /// Not what this build sends.
    #[error("a frame could not be understood: {0}")]
    Malformed(#[from] postcard::Error),
}

/// A whole frame, length included.
///
/// # Errors
/// [`FrameError::TooLong`] or [`FrameError::Malformed`].
pub fn encode<T: Serialize>(value: &T) -> Result<Vec<u8>, FrameError> {
    let body = postcard::to_extend(value, vec![0; 4])?;
    let length = body.len() - 4;
    if length > MAX_FRAME_BYTES {
        return Err(FrameError::TooLong(length));
    }
    let mut frame = body;
    frame[..4].copy_from_slice(&(length as u32).to_le_bytes());
    Ok(frame)
}

/// The value in a frame's body.
///
/// # Errors
/// [`FrameError::Malformed`].
pub fn decode<T: DeserializeOwned>(body: &[u8]) -> Result<T, FrameError> {
    Ok(postcard::from_bytes(body)?)
}

/// Writes a frame and flushes.
///
/// # Errors
/// See [`FrameError`].
pub fn write_frame<T: Serialize>(to: &mut impl Write, value: &T) -> Result<(), FrameError> {
    to.write_all(&encode(value)?)?;
    Ok(to.flush()?)
}

/// Reads a frame; `None` at the end of the stream.
///
/// # Errors
/// See [`FrameError`].
pub fn read_frame<T: DeserializeOwned>(from: &mut impl Read) -> Result<Option<T>, FrameError> {
    let mut length = [0; 4];
    match from.read_exact(&mut length) {
        Ok(()) => {}
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(error) => return Err(error.into()),
    }
    let length = u32::from_le_bytes(length) as usize;
    if length > MAX_FRAME_BYTES {
        return Err(FrameError::TooLong(length));
    }
    let mut body = vec![0; length];
    from.read_exact(&mut body)?;
    Ok(Some(decode(&body)?))
}
