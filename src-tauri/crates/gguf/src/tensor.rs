//! Tensors and the types of their weights.

use crate::{GgufError, error::shown};

macro_rules! tensor_types {
    ($($name:ident = $number:literal, $label:literal, $block:literal, $bytes:literal;)*) => {
        /// How weights are stored, with ggml's numbers (`enum ggml_type` in `ggml.h`).
        #[allow(missing_docs, non_camel_case_types)] // the names are ggml's own
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u32)]
        pub enum TensorType { $($name = $number,)* }

        impl TensorType {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The type of this number, if it is known.
            #[must_use]
            pub const fn from_number(number: u32) -> Option<Self> {
                match number { $($number => Some(Self::$name),)* _ => None }
            }

            /// As people write it.
            #[must_use]
            pub const fn label(self) -> &'static str {
                match self { $(Self::$name => $label,)* }
            }

            /// Weights in a block; a row is a whole number of blocks.
            #[must_use]
            pub const fn block_weights(self) -> u64 {
                match self { $(Self::$name => $block,)* }
            }

            /// Bytes of a block.
            #[must_use]
            pub const fn block_bytes(self) -> u64 {
                match self { $(Self::$name => $bytes,)* }
            }
        }
    };
}

// Number, label, weights and bytes a block: `type_traits` in `ggml.c` and the structs in `ggml-common.h`.
tensor_types! {
    F32 = 0, "F32", 1, 4;
    F16 = 1, "F16", 1, 2;
    Q4_0 = 2, "Q4_0", 32, 18;
    Q4_1 = 3, "Q4_1", 32, 20;
    Q5_0 = 6, "Q5_0", 32, 22;
    Q5_1 = 7, "Q5_1", 32, 24;
    Q8_0 = 8, "Q8_0", 32, 34;
    Q8_1 = 9, "Q8_1", 32, 36;
    Q2_K = 10, "Q2_K", 256, 84;
    Q3_K = 11, "Q3_K", 256, 110;
    Q4_K = 12, "Q4_K", 256, 144;
    Q5_K = 13, "Q5_K", 256, 176;
    Q6_K = 14, "Q6_K", 256, 210;
    Q8_K = 15, "Q8_K", 256, 292;
    IQ2_XXS = 16, "IQ2_XXS", 256, 66;
    IQ2_XS = 17, "IQ2_XS", 256, 74;
    IQ3_XXS = 18, "IQ3_XXS", 256, 98;
    IQ1_S = 19, "IQ1_S", 256, 50;
    IQ4_NL = 20, "IQ4_NL", 32, 18;
    IQ3_S = 21, "IQ3_S", 256, 110;
    IQ2_S = 22, "IQ2_S", 256, 82;
    IQ4_XS = 23, "IQ4_XS", 256, 136;
    I8 = 24, "I8", 1, 1;
    I16 = 25, "I16", 1, 2;
    I32 = 26, "I32", 1, 4;
    I64 = 27, "I64", 1, 8;
    F64 = 28, "F64", 1, 8;
    IQ1_M = 29, "IQ1_M", 256, 56;
    BF16 = 30, "BF16", 1, 2;
    TQ1_0 = 34, "TQ1_0", 256, 54;
    TQ2_0 = 35, "TQ2_0", 256, 66;
    MXFP4 = 39, "MXFP4", 32, 17;
    NVFP4 = 40, "NVFP4", 64, 36;
    Q1_0 = 41, "Q1_0", 128, 18;
    Q2_0 = 42, "Q2_0", 64, 18;
}

impl TensorType {
    /// Its number in a file.
    #[must_use]
    pub const fn number(self) -> u32 {
        self as u32
    }
}

/// A tensor as the header describes it. Its weights lie inside the file: the reader has checked that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TensorInfo {
    /// Name, unique in the file.
    pub name: String,
    /// How its weights are stored.
    pub kind: TensorType,
    /// One to four sizes, the length of a row first; none is 0.
    pub dimensions: Vec<u64>,
    /// Where its weights begin, in bytes after [`crate::Header::data_offset`].
    pub offset: u64,
    /// Bytes of its weights.
    pub bytes: u64,
}

impl TensorInfo {
    /// Weights in it.
    #[must_use]
    pub fn weights(&self) -> u64 {
        self.dimensions.iter().product()
    }

    /// A tensor at `offset`, with its size worked out.
    pub(crate) fn new(name: String, kind: TensorType, dimensions: Vec<u64>, offset: u64) -> Result<Self, GgufError> {
        let impossible = |why: &str| GgufError::damaged(format!("the weights “{}” have {why}", shown(&name)));
        if dimensions.contains(&0) {
            return Err(impossible("an empty side"));
        }
        // Engines count in signed 64 bits, so half of the range is the limit.
        let weights = dimensions
            .iter()
            .try_fold(1_u64, |product, side| product.checked_mul(*side))
            .filter(|weights| i64::try_from(*weights).is_ok())
            .ok_or_else(|| impossible("more numbers than can be counted"))?;
        if dimensions.first().copied().unwrap_or(1) % kind.block_weights() != 0 {
            return Err(impossible(&format!("rows that are no whole number of {} blocks", kind.label())));
        }
        let bytes = (weights / kind.block_weights())
            .checked_mul(kind.block_bytes())
            .filter(|bytes| i64::try_from(*bytes).is_ok())
            .ok_or_else(|| impossible("more bytes than can be counted"))?;
        Ok(Self { name, kind, dimensions, offset, bytes })
    }
}
