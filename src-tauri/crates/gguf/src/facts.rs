//! How the weights of a file are stored, in the words that people use.

use std::collections::BTreeMap;

use crate::{Header, TensorType, Value};

/// llama.cpp sets this bit where it guessed the type (`LLAMA_FTYPE_GUESSED`).
const GUESSED: u64 = 1024;

impl Header {
    /// Quantisation, such as `Q4_K_M`: as the file says, else the type that most bytes have.
    #[must_use]
    pub fn quantisation(&self) -> String {
        let stated = self.metadata.get("general.file_type").and_then(Value::as_count);
        stated.and_then(|number| file_type(number & !GUESSED)).unwrap_or_else(|| self.dominant_type()).to_owned()
    }

    fn dominant_type(&self) -> &'static str {
        let mut bytes = BTreeMap::<TensorType, u64>::new();
        for tensor in &self.tensors {
            let sum = bytes.entry(tensor.kind).or_default();
            *sum = sum.saturating_add(tensor.bytes);
        }
        bytes.into_iter().max_by_key(|(_, bytes)| *bytes).map_or("", |(kind, _)| kind.label())
    }
}

/// Names of `enum llama_ftype` in `llama.h`.
const fn file_type(number: u64) -> Option<&'static str> {
    Some(match number {
        0 => "F32",
        1 => "F16",
        2 => "Q4_0",
        3 => "Q4_1",
        7 => "Q8_0",
        8 => "Q5_0",
        9 => "Q5_1",
        10 => "Q2_K",
        11 => "Q3_K_S",
        12 => "Q3_K_M",
        13 => "Q3_K_L",
        14 => "Q4_K_S",
        15 => "Q4_K_M",
        16 => "Q5_K_S",
        17 => "Q5_K_M",
        18 => "Q6_K",
        19 => "IQ2_XXS",
        20 => "IQ2_XS",
        21 => "Q2_K_S",
        22 => "IQ3_XS",
        23 => "IQ3_XXS",
        24 => "IQ1_S",
        25 => "IQ4_NL",
        26 => "IQ3_S",
        27 => "IQ3_M",
        28 => "IQ2_S",
        29 => "IQ2_M",
        30 => "IQ4_XS",
        31 => "IQ1_M",
        32 => "BF16",
        36 => "TQ1_0",
        37 => "TQ2_0",
        38 => "MXFP4",
        39 => "NVFP4",
        40 => "Q1_0",
        41 => "Q2_0",
        _ => return None,
    })
}
