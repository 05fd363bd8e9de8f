//! A model whose memory cannot be cut, generated here: a hybrid of convolutions and attention in the shape of LFM2.
#![allow(clippy::unwrap_used)]

mod support;

use std::{
    fs::File,
    io::{BufWriter, Write},
    path::{Path, PathBuf},
};

use domain::{Prompt, Role};
use engine_protocol::LoadRequest;
use gguf::{
    TensorType,
    write::{Datum, Outline},
};
use support::{Worker, load_request, question, turn};

const WIDTH: u64 = 64;
const FEED: u64 = 128;
const HEAD: u64 = 32;
const CHATML: &str =
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}<|im_start|>assistant\n";

/// The letters that byte-level vocabularies write bytes with, and two marks.
fn vocabulary() -> (Vec<String>, Vec<i32>) {
    let mut next = 0x100;
    let mut tokens: Vec<String> = (0..=255_u32)
        .map(|byte| {
            let shown = matches!(byte, 0x21..=0x7E | 0xA1..=0xAC | 0xAE..=0xFF);
            let code = if shown {
                byte
            } else {
                next += 1;
                next - 1
            };
            char::from_u32(code).unwrap().to_string()
        })
        .collect();
    tokens.extend(["<|im_start|>", "<|im_end|>"].map(str::to_owned));
    let kinds = (0..tokens.len()).map(|token| if token < 256 { 1 } else { 3 }).collect();
    (tokens, kinds)
}

fn hybrid(folder: &Path) -> PathBuf {
    let (tokens, kinds) = vocabulary();
    let words = tokens.len() as u64;
    let mut outline = Outline::default()
        .with("general.architecture", "lfm2")
        .with("lfm2.block_count", Datum::U32(2))
        .with("lfm2.context_length", Datum::U32(2_048))
        .with("lfm2.embedding_length", Datum::U32(WIDTH as u32))
        .with("lfm2.feed_forward_length", Datum::U32(FEED as u32))
        .with("lfm2.attention.head_count", Datum::U32(2))
        .with("lfm2.attention.head_count_kv", Datum::I32s(vec![0, 2]))
        .with("lfm2.attention.layer_norm_rms_epsilon", Datum::F32(1e-5))
        .with("lfm2.rope.freq_base", Datum::F32(10_000.0))
        .with("lfm2.shortconv.l_cache", Datum::U32(3))
        .with("lfm2.vocab_size", Datum::U32(words as u32))
        .with("tokenizer.ggml.model", "gpt2")
        .with("tokenizer.ggml.pre", "default")
        .with("tokenizer.ggml.merges", Datum::Texts(vec!["a b".into()]))
        .with("tokenizer.ggml.tokens", Datum::Texts(tokens))
        .with("tokenizer.ggml.token_type", Datum::I32s(kinds))
        .with("tokenizer.ggml.bos_token_id", Datum::U32(256))
        .with("tokenizer.ggml.eos_token_id", Datum::U32(257))
        .with("tokenizer.ggml.add_bos_token", Datum::Bool(false))
        .with("tokenizer.chat_template", CHATML)
        .tensor("token_embd.weight", TensorType::F32, &[WIDTH, words])
        .tensor("token_embd_norm.weight", TensorType::F32, &[WIDTH]);
    for layer in 0..2 {
        let mut add = |name: &str, sides: &[u64]| {
            let name = format!("blk.{layer}.{name}.weight");
            outline = std::mem::take(&mut outline).tensor(&name, TensorType::F32, sides);
        };
        add("attn_norm", &[WIDTH]);
        add("ffn_norm", &[WIDTH]);
        add("ffn_gate", &[WIDTH, FEED]);
        add("ffn_down", &[FEED, WIDTH]);
        add("ffn_up", &[WIDTH, FEED]);
        if layer == 0 {
            add("shortconv.conv", &[3, WIDTH]);
            add("shortconv.in_proj", &[WIDTH, 3 * WIDTH]);
            add("shortconv.out_proj", &[WIDTH, WIDTH]);
        } else {
            add("attn_q_norm", &[HEAD]);
            add("attn_k_norm", &[HEAD]);
            for part in ["attn_q", "attn_k", "attn_v", "attn_output"] {
                add(part, &[WIDTH, WIDTH]);
            }
        }
    }
    let file = folder.join("hybrid.gguf");
    let mut to = BufWriter::new(File::create(&file).unwrap());
    let mut state = 7_u32;
    let random = |_: &_, bytes: &mut [u8]| {
        for weight in bytes.chunks_exact_mut(4) {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let value = f64::from(state) / f64::from(u32::MAX) - 0.5;
            weight.copy_from_slice(&(value as f32).to_le_bytes());
        }
    };
    outline.write_to(&mut to, random).unwrap();
    to.flush().unwrap();
    file
}

fn loaded(file: &Path) -> Worker {
    let mut worker = Worker::start();
    worker.load(LoadRequest { files: vec![file.to_owned()], ..load_request() }).unwrap();
    worker
}

fn asked(text: &str) -> Prompt {
    let mut prompt = question(text);
    prompt.sampling.max_tokens = Some(12);
    prompt
}

#[test]
fn another_answer_to_the_same_question_does_not_read_it_again() {
    let folder = tempfile::tempdir().unwrap();
    let file = hybrid(folder.path());
    let mut worker = loaded(&file);
    let prompt = asked(&"Tell me something of bridges. ".repeat(10));
    let first = worker.answer(prompt.clone()).unwrap();
    assert_eq!((first.usage.cached_tokens, first.tokens.len()), (0, 12));
    let second = worker.answer(prompt.clone()).unwrap();
    assert_eq!(second.tokens, first.tokens);
    assert_eq!(second.usage.cached_tokens, first.usage.prompt_tokens - 8);
    let third = worker.answer(prompt).unwrap();
    assert_eq!((third.tokens, third.usage.cached_tokens), (first.tokens, second.usage.cached_tokens), "and once more");
}

#[test]
fn a_next_turn_that_tells_the_answer_otherwise_reads_only_from_there() {
    let folder = tempfile::tempdir().unwrap();
    let file = hybrid(folder.path());
    let mut worker = loaded(&file);
    let mut prompt = asked(&"Tell me something of bridges. ".repeat(10));
    let first = worker.answer(prompt.clone()).unwrap();
    // As a template that leaves reasoning out of the history would.
    prompt.turns.push(turn(Role::Assistant, "They are long."));
    prompt.turns.push(turn(Role::User, "Go on."));
    let second = worker.answer(prompt.clone()).unwrap();
    assert_eq!(second.usage.cached_tokens, first.usage.prompt_tokens - 8);
    let fresh = loaded(&file).answer(prompt).unwrap();
    assert_eq!((fresh.usage.cached_tokens, fresh.tokens), (0, second.tokens));
}
