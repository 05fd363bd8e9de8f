//! The figures of a model that memory and speed depend on.

use std::collections::BTreeMap;

use gguf::{Header, Value};

/// The cache is kept in 16-bit floating point.
pub(crate) const CACHE_BYTES_PER_NUMBER: u64 = 2;

/// What a model weighs and does for a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// Size of the weights, all parts.
    pub weights_bytes: u64,
    /// Weights.
    pub parameters: u64,
    /// Weights that one token uses: fewer than all where the model is a mixture of experts.
    pub active_parameters: u64,
    /// Attention cache that a token takes, in 16-bit floating point.
    pub kv_bytes_per_token: u64,
    /// Context that the model was trained for, in tokens; 0 where that is not known.
    pub trained_context: u32,
}

/// Layers that look back over a window only, and how long it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Attention {
    /// Tokens that those layers look back over.
    pub(crate) window_tokens: u64,
    /// One layer in this many looks back over everything.
    pub(crate) full_every: u64,
}

/// The engine reads a prompt in batches of this size, and a window's cache holds one of them besides.
const BATCH_TOKENS: u64 = 512;
/// A window's cache does not grow with the context, and a shape has one figure for a token. So it is spread over a
/// context of this size, which chats have unless it is set: exact there, a little high beyond, a little low below.
const SPREAD_TOKENS: u64 = 8_192;

impl Attention {
    /// Cache for a token, given what it would be without windows.
    pub(crate) fn kv_bytes_per_token(self, whole: u64) -> u64 {
        let full = whole / self.full_every.max(1);
        let kept = (self.window_tokens + BATCH_TOKENS).min(SPREAD_TOKENS);
        full + u64::try_from(u128::from(whole - full) * u128::from(kept) / u128::from(SPREAD_TOKENS))
            .expect("BUG: a part of a number of 64 bits has 64 bits")
    }

    /// llama.cpp knows by architecture which layers have windows; the file says only how long they are.
    fn of_header(header: &Header) -> Option<Self> {
        let full_every = match header.architecture() {
            "gemma2" | "gpt-oss" => 2,
            "cohere2" | "exaone4" | "olmo2" => 4,
            "gemma3" => 6,
            _ => return None,
        };
        let window_tokens =
            number(header, "attention.sliding_window").filter(|window| (1..1 << 32).contains(window))?;
        Some(Self { window_tokens, full_every })
    }
}

impl Shape {
    /// Reads the figures off a header; `weights_bytes` are those of all parts. Where `header` is that of the first part,
    /// the layers in it stand for all.
    ///
    /// The cache is counted from the weights that make keys and values, layer by layer: a layer without attention has
    /// none, and layers may differ. The table of tokens is no active weight where the model has another for its output,
    /// because only one row of it is read.
    #[must_use]
    pub fn of_header(header: &Header, weights_bytes: u64) -> Self {
        let here_bytes = header.tensors.iter().fold(0_u64, |sum, tensor| sum.saturating_add(tensor.bytes));
        let whole = |here: u64| scaled(here, weights_bytes.max(here_bytes), here_bytes);
        let active = header
            .tensors
            .iter()
            .fold(0_u64, |sum, tensor| sum.saturating_add(active_weights(header, &tensor.name, tensor.weights())));
        let parameters = whole(header.parameters());
        Self {
            weights_bytes,
            parameters,
            active_parameters: whole(active).min(parameters),
            kv_bytes_per_token: kv_bytes_per_token(header),
            trained_context: header.context_tokens(),
        }
    }
}

fn active_weights(header: &Header, tensor: &str, weights: u64) -> u64 {
    let has_output = || header.tensors.iter().any(|tensor| tensor.name == "output.weight");
    match (number(header, "expert_count"), number(header, "expert_used_count")) {
        (Some(all), Some(used)) if tensor.contains("_exps") => scaled(weights, used.min(all), all),
        _ if tensor == "token_embd.weight" && has_output() => 0,
        _ => weights,
    }
}

fn kv_bytes_per_token(header: &Header) -> u64 {
    let mut layers = BTreeMap::<&str, u64>::new();
    for tensor in &header.tensors {
        let Some((layer, name)) = tensor.name.strip_prefix("blk.").and_then(|rest| rest.split_once('.')) else {
            continue;
        };
        let outputs = tensor.dimensions.get(1).copied().unwrap_or(0);
        let numbers = match name {
            // Keys, values, and what multi-head latent attention keeps instead of both.
            "attn_k.weight" | "attn_v.weight" | "attn_kv_a_mqa.weight" => outputs,
            "attn_qkv.weight" => of_fused(header, outputs),
            _ => 0,
        };
        let sum = layers.entry(layer).or_default();
        *sum = sum.saturating_add(numbers);
    }
    let numbers = layers.values().fold(0_u64, |sum, numbers| sum.saturating_add(*numbers));
    let seen = layers.len() as u64;
    let blocks = number(header, "block_count").unwrap_or(seen).max(seen);
    let bytes = scaled(numbers, blocks, seen).saturating_mul(CACHE_BYTES_PER_NUMBER);
    Attention::of_header(header).map_or(bytes, |attention| attention.kv_bytes_per_token(bytes))
}

/// Of queries, keys and values in one, keys and values are this many numbers.
fn of_fused(header: &Header, outputs: u64) -> u64 {
    let heads = number(header, "attention.head_count").unwrap_or(1).max(1);
    let kv_heads = number(header, "attention.head_count_kv").unwrap_or(heads).min(heads);
    scaled(outputs, 2 * kv_heads, heads.saturating_add(2 * kv_heads))
}

fn number(header: &Header, key: &str) -> Option<u64> {
    header.metadata.get(&format!("{}.{key}", header.architecture())).and_then(Value::as_count).filter(|n| *n < 1 << 62)
}

/// `n × of / all`, without overflow; `n` where `all` is nothing.
fn scaled(n: u64, of: u64, all: u64) -> u64 {
    if all == 0 {
        return n;
    }
    u64::try_from(u128::from(n) * u128::from(of) / u128::from(all)).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use gguf::{
        TensorType,
        write::{Datum, Outline},
    };

    use super::*;

    /// Two layers of width 64 with 4 heads of 16 and the given number of key and value heads.
    fn outline(architecture: &str, kv_heads: u32) -> Outline {
        let mut outline = Outline::default()
            .with("general.architecture", architecture)
            .with(&format!("{architecture}.block_count"), Datum::U32(2))
            .with(&format!("{architecture}.context_length"), Datum::U32(32_768))
            .with(&format!("{architecture}.attention.head_count"), Datum::U32(4))
            .with(&format!("{architecture}.attention.head_count_kv"), Datum::U32(kv_heads))
            .tensor("token_embd.weight", TensorType::F16, &[64, 100]);
        for layer in 0..2 {
            outline = outline
                .tensor(&format!("blk.{layer}.attn_q.weight"), TensorType::F16, &[64, 64])
                .tensor(&format!("blk.{layer}.attn_k.weight"), TensorType::F16, &[64, u64::from(kv_heads) * 16])
                .tensor(&format!("blk.{layer}.attn_v.weight"), TensorType::F16, &[64, u64::from(kv_heads) * 16]);
        }
        outline
    }

    fn header(outline: &Outline) -> Header {
        let bytes = outline.to_bytes();
        gguf::read_from(&bytes[..], bytes.len() as u64).unwrap()
    }

    #[test]
    fn figures_come_from_the_weights() {
        let header = header(&outline("llama", 2));
        let shape = Shape::of_header(&header, 50_000);
        assert_eq!(shape.weights_bytes, 50_000);
        assert_eq!(shape.kv_bytes_per_token, 2 * 2 * 32 * 2);
        assert_eq!(shape.trained_context, 32_768);
        let here = 2 * (6_400 + 2 * (4_096 + 2 * 2_048));
        assert_eq!(shape.parameters, header.parameters() * 50_000 / here);
        assert_eq!(shape.active_parameters, shape.parameters);
    }

    #[test]
    fn a_table_of_tokens_beside_an_output_is_not_read() {
        let header = header(&outline("llama", 2).tensor("output.weight", TensorType::F16, &[64, 100]));
        let shape = Shape::of_header(&header, 0);
        assert_eq!(shape.active_parameters, shape.parameters - 6_400);
    }

    #[test]
    fn of_experts_only_those_used_are_active() {
        let outline = outline("qwen3moe", 2)
            .with("qwen3moe.expert_count", Datum::U32(8))
            .with("qwen3moe.expert_used_count", Datum::U32(2))
            .tensor("blk.0.ffn_gate_exps.weight", TensorType::F16, &[64, 64, 8]);
        let shape = Shape::of_header(&header(&outline), 0);
        assert_eq!(shape.parameters - shape.active_parameters, 64 * 64 * 6);
    }

    #[test]
    fn layers_without_attention_keep_no_cache() {
        let hybrid = outline("falcon-h1", 2).tensor("blk.2.ssm_in.weight", TensorType::F16, &[64, 64]);
        assert_eq!(Shape::of_header(&header(&hybrid), 0).kv_bytes_per_token, 2 * 2 * 32 * 2);
        // Said of fewer layers than there are: the file is believed where it is larger, the weights where they are.
        let first_part = outline("llama", 2).with("llama.none", Datum::U32(0));
        let mut half = header(&first_part);
        half.tensors.retain(|tensor| !tensor.name.starts_with("blk.1"));
        assert_eq!(Shape::of_header(&half, 0).kv_bytes_per_token, 2 * 2 * 32 * 2);
    }

    #[test]
    fn windows_shrink_the_cache() {
        let whole = 6 * 1_000_u64;
        let attention = Attention { window_tokens: 1_024, full_every: 6 };
        assert_eq!(attention.kv_bytes_per_token(whole), 1_000 + 5_000 * 1_536 / 8_192);
        assert_eq!(Attention { window_tokens: 1 << 20, full_every: 2 }.kv_bytes_per_token(whole), whole);
        let gemma = outline("gemma3", 2).with("gemma3.attention.sliding_window", Datum::U32(512));
        let without = outline("llama", 2).with("llama.attention.sliding_window", Datum::U32(512));
        let of = |outline| Shape::of_header(&header(&outline), 0).kv_bytes_per_token;
        assert!(of(gemma) < of(without));
    }

    #[test]
    fn fused_and_latent_attention_are_understood() {
        let fused = Outline::default()
            .with("general.architecture", "phi3")
            .with("phi3.block_count", Datum::U32(1))
            .with("phi3.attention.head_count", Datum::U32(4))
            .with("phi3.attention.head_count_kv", Datum::U32(2))
            .tensor("blk.0.attn_qkv.weight", TensorType::F16, &[64, 64 + 32 + 32]);
        assert_eq!(Shape::of_header(&header(&fused), 0).kv_bytes_per_token, 64 * 2);
        let latent = Outline::default()
            .with("general.architecture", "deepseek2")
            .with("deepseek2.block_count", Datum::U32(1))
            .tensor("blk.0.attn_kv_a_mqa.weight", TensorType::F16, &[64, 576]);
        assert_eq!(Shape::of_header(&header(&latent), 0).kv_bytes_per_token, 576 * 2);
    }

    #[test]
    fn hostile_numbers_end_in_large_ones() {
        let hostile = outline("llama", 2)
            .with("llama.expert_count", Datum::U64(u64::MAX))
            .with("llama.expert_used_count", Datum::U64(u64::MAX));
        let mut header = header(&hostile);
        header.metadata.insert("llama.block_count".into(), Value::U64((1 << 62) - 1));
        header.metadata.insert("llama.attention.head_count".into(), Value::U64(0));
        let shape = Shape::of_header(&header, u64::MAX);
        assert_eq!(shape.kv_bytes_per_token, u64::MAX);
        assert!(shape.active_parameters <= shape.parameters);
    }
}
