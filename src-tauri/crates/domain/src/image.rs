//! Pictures that go with a question.

use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::AttachmentId;

/// How a picture is written. Others are read and kept as one of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ImageFormat {
    /// PNG.
    Png,
    /// JPEG.
    Jpeg,
}

impl ImageFormat {
    /// Media type (RFC 6838).
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
        }
    }
}

/// What is known of a picture beside its dots.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ImageFacts {
    /// How it is written.
    pub format: ImageFormat,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
}

impl ImageFacts {
    /// Tokens that it takes of a context: an estimate, one for 750 pixels
    /// (<https://docs.claude.com/en/docs/build-with-claude/vision>), and no more than 2,500: all make large ones smaller, or
    /// count them by tiles.
    #[must_use]
    pub const fn tokens(self) -> u32 {
        let by_area = self.width.saturating_mul(self.height).div_ceil(750);
        if by_area < 2_500 { by_area } else { 2_500 }
    }
}

/// A picture of a question.
#[derive(Clone, PartialEq, Eq)]
pub struct Image {
    /// The attachment that it is.
    pub id: AttachmentId,
    /// What is known of it.
    pub facts: ImageFacts,
    /// The file; empty in a prompt that is only counted.
    pub data: Arc<[u8]>,
}

impl fmt::Debug for Image {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Image").field("facts", &self.facts).field("bytes", &self.data.len()).finish()
    }
}
