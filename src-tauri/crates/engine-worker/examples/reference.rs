//! What llama.cpp itself reaches: a plain loop over llama-cpp-2, without our protocol, scheduler or text.
//!
//! `reference MODEL.gguf [TOKENS] [THREADS] [PROMPT_TOKENS]` prints one line of JSON: tokens read and written per
//! second. `./dev bench` runs it in turn with the worker, on the same model with the same build, threads, context and
//! environment (`GOMP_SPINCOUNT`, which the engine sets for its workers, matters most).
#![allow(clippy::print_stdout, clippy::unwrap_used)]

use std::{num::NonZeroU32, time::Instant};

use llama_cpp_2::{
    context::params::LlamaContextParams,
    llama_backend::LlamaBackend,
    llama_batch::LlamaBatch,
    model::{LlamaModel, params::LlamaModelParams},
    sampling::LlamaSampler,
    token::LlamaToken,
};

/// Tokens of one decode at most, as in the worker.
const BATCH_TOKENS: usize = 512;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().expect("usage: reference MODEL.gguf [TOKENS] [THREADS] [PROMPT_TOKENS]");
    let mut number = |default| arguments.next().map_or(default, |text| text.parse::<usize>().unwrap());
    let (tokens, threads, prompt_tokens) = (number(64), number(2), number(64));

    let mut backend = LlamaBackend::init().unwrap();
    backend.void_logs();
    let model = LlamaModel::load_from_file(&backend, &path, &LlamaModelParams::default()).unwrap();
    let cells = u32::try_from(prompt_tokens + tokens + BATCH_TOKENS).unwrap();
    let parameters = LlamaContextParams::default()
        .with_n_ctx(NonZeroU32::new(cells))
        .with_n_batch(BATCH_TOKENS as u32)
        .with_n_ubatch(BATCH_TOKENS as u32)
        .with_n_threads(i32::try_from(threads).unwrap())
        .with_n_threads_batch(i32::try_from(threads).unwrap())
        .with_no_perf(true);
    let mut context = model.new_context(&backend, parameters).unwrap();

    let word = model.vocab().tokenize(b" word", false, false)[0];
    let prompt: Vec<LlamaToken> = std::iter::repeat_n(word, prompt_tokens).collect();
    let mut batch = LlamaBatch::new(BATCH_TOKENS, 1);
    let mut position = 0;
    let begun = Instant::now();
    for piece in prompt.chunks(BATCH_TOKENS) {
        batch.clear();
        for (at, token) in piece.iter().enumerate() {
            batch.add(*token, position, &[0], at + 1 == piece.len()).unwrap();
            position += 1;
        }
        context.decode(&mut batch).unwrap();
    }
    let mut sampler = LlamaSampler::greedy();
    let mut token = sampler.sample(&context, batch.n_tokens() - 1);
    let read = begun.elapsed().as_secs_f64();

    let begun = Instant::now();
    for _ in 1..tokens {
        batch.clear();
        batch.add(token, position, &[0], true).unwrap();
        position += 1;
        context.decode(&mut batch).unwrap();
        token = sampler.sample(&context, 0);
    }
    let written = begun.elapsed().as_secs_f64();
    println!(
        r#"{{"prompt_tokens_per_second": {:.2}, "tokens_per_second": {:.2}, "tokens": {tokens}, "threads": {threads}}}"#,
        prompt_tokens as f64 / read,
        (tokens - 1) as f64 / written,
    );
}
