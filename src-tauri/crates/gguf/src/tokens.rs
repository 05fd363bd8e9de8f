//! The text of single tokens, in a second pass over the header: vocabularies are not kept by the first.

use std::path::Path;

use crate::{GgufError, Kind, Value, read, reader};

/// Texts of a model's marks for the beginning and the end of a sequence; none where it has none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SpecialTokens {
    /// Beginning of sequence.
    pub bos: Option<String>,
    /// End of sequence.
    pub eos: Option<String>,
}

/// Reads the texts of a model's special tokens.
///
/// # Errors
/// See [`GgufError`].
pub fn special_tokens(path: &Path) -> Result<SpecialTokens, GgufError> {
    let header = read(path)?;
    let id = |key| header.metadata.get(key).and_then(Value::as_count);
    let ids = [id("tokenizer.ggml.bos_token_id"), id("tokenizer.ggml.eos_token_id")];
    let known: Vec<u64> = ids.iter().flatten().copied().collect();
    let texts = token_texts(path, &known)?;
    let [bos, eos] = ids.map(|id| {
        let place = known.iter().position(|known| Some(*known) == id)?;
        texts[place].clone()
    });
    Ok(SpecialTokens { bos, eos })
}

/// Reads the texts of these tokens, in this order; none for an id that the vocabulary does not have. Bytes that are
/// not UTF-8 come as U+FFFD.
///
/// # Errors
/// See [`GgufError`].
pub fn token_texts(path: &Path, ids: &[u64]) -> Result<Vec<Option<String>>, GgufError> {
    let mut texts = vec![None; ids.len()];
    let mut walk = reader::walk(path)?;
    for _ in 0..reader::preamble(&mut walk)?.keys {
        let (key, kind) = reader::key(&mut walk)?;
        if key != "tokenizer.ggml.tokens" || kind != Kind::Array {
            walk.value(kind)?;
            continue;
        }
        let (Kind::Text, count) = walk.array_head()? else { break };
        let mut wanted: Vec<u64> = ids.iter().copied().filter(|id| *id < count).collect();
        wanted.sort_unstable();
        wanted.dedup();
        let mut next = 0;
        for id in wanted {
            walk.skip_elements(Kind::Text, id - next)?;
            let bytes = walk.string("a token", reader::MAX_STRING_BYTES)?;
            let text = String::from_utf8_lossy(&bytes).into_owned();
            texts
                .iter_mut()
                .zip(ids)
                .filter(|(_, other)| **other == id)
                .for_each(|(slot, _)| *slot = Some(text.clone()));
            next = id + 1;
        }
        break;
    }
    Ok(texts)
}
