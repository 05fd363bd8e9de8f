//! What the name of a GGUF file tells. Publishers follow habits, not a rule, so nothing here is relied on for safety.

use gguf::Part;

use crate::name;

/// The name without what says that it is a part, and which part it is.
pub(crate) fn split(path: &str) -> (&str, Option<Part>) {
    without_suffix(path).map_or((path, None), gguf::split_name)
}

/// It is a GGUF file and may be a model. Importance matrices have the suffix too.
pub(crate) fn is_gguf(path: &str) -> bool {
    name::is_gguf(path) && !last_segment(path).to_ascii_lowercase().contains("imatrix")
}

/// A projector for pictures by its name, as llama.cpp's converter gives it.
pub(crate) fn is_projector(path: &str) -> bool {
    last_segment(path).to_ascii_lowercase().contains("mmproj")
}

/// Quantisation as people write it, such as `Q4_K_M`; empty where the name says none.
#[must_use]
pub fn quantisation(path: &str) -> String {
    let stem = split(last_segment(path)).0.to_ascii_uppercase();
    // The last word that is one: the name of the model comes first. A word may be joined to it by a low line.
    stem.split(['-', '.'])
        .rev()
        .find_map(|word| {
            word.match_indices('_')
                .map(|(at, _)| &word[at + 1..])
                .chain([word])
                .filter(|w| is_one(w))
                .max_by_key(|w| w.len())
        })
        .unwrap_or_default()
        .to_owned()
}

/// `Q4_K_M`, `IQ4_XS`, `Q8_0`, `TQ1_0`, `F16`, `BF16`, `MXFP4` and their like, in capital letters.
fn is_one(word: &str) -> bool {
    if matches!(word, "F16" | "F32" | "BF16" | "FP16" | "FP32" | "MXFP4" | "NVFP4") {
        return true;
    }
    let Some(rest) = word.strip_prefix("IQ").or_else(|| word.strip_prefix("TQ")).or_else(|| word.strip_prefix('Q'))
    else {
        return word.strip_prefix("MXFP4_").is_some_and(|rest| rest == "MOE");
    };
    let mut parts = rest.split('_');
    let bits = parts.next().is_some_and(|bits| matches!(bits.as_bytes(), [b'1'..=b'8']));
    bits && parts.all(|part| matches!(part.len(), 1..=3) && part.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

fn last_segment(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn without_suffix(path: &str) -> Option<&str> {
    name::is_gguf(path).then(|| &path[..path.len() - ".gguf".len()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantisations_are_found_in_the_names_that_publishers_give() {
        for (name, expected) in [
            ("Meta-Llama-3.1-8B-Instruct-Q4_K_M.gguf", "Q4_K_M"),
            ("qwen3-8b-q4_k_m.gguf", "Q4_K_M"),
            ("mistral-7b-instruct-v0.3.Q8_0.gguf", "Q8_0"),
            ("gemma-3-4b-it-UD-Q4_K_XL.gguf", "Q4_K_XL"),
            ("Model-IQ4_XS.gguf", "IQ4_XS"),
            ("Model_Q5_K_S.gguf", "Q5_K_S"),
            ("gpt-oss-20b-mxfp4.gguf", "MXFP4"),
            ("gpt-oss-20b-MXFP4_MOE.gguf", "MXFP4_MOE"),
            ("nomic-embed-text-v1.5.f16.gguf", "F16"),
            ("Q6_K/Model-70B-Q6_K-00001-of-00002.gguf", "Q6_K"),
            ("Model-Q4_0_4_4.gguf", "Q4_0_4_4"),
            ("mmproj-model-f16.gguf", "F16"),
            ("Phi-3-mini-4k-instruct-q4.gguf", "Q4"),
            ("Q8-chat.gguf", "Q8"),
            ("qwen.gguf", ""),
            ("Quite_A_Model.gguf", ""),
            ("", ""),
        ] {
            assert_eq!(quantisation(name), expected, "{name}");
        }
    }

    #[test]
    fn parts_are_told_from_whole_files() {
        assert_eq!(split("a/M-Q4-00002-of-00003.gguf"), ("a/M-Q4", Some(Part { number: 2, count: 3 })));
        for whole in
            ["M-00000-of-00003", "M-00004-of-00003", "M-1-of-3", "M-00001-of-99999x", "M", "M-00001-of-0003", "-of-"]
        {
            assert_eq!(split(&format!("{whole}.gguf")), (whole, None));
        }
        assert_eq!(split("README.md"), ("README.md", None));
    }

    #[test]
    fn models_are_told_from_what_lies_beside_them() {
        assert!(is_gguf("a/b.gguf") && is_gguf("b.GGUF"));
        assert!(!is_gguf("b.gguf.md") && !is_gguf("b.imatrix.gguf") && !is_gguf("gguf") && !is_gguf("ü"));
        assert!(
            is_projector("x/mmproj-F16.gguf")
                && is_projector("model-mmproj-f16.gguf")
                && !is_projector("mmproj/m.gguf")
        );
    }
}
