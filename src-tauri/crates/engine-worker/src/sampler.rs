//! How the next token is chosen, as a chain of llama.cpp's samplers.

use domain::Sampling;
use llama_cpp_2::{sampling::LlamaSampler, token::LlamaToken};

/// Tokens that the repeat penalty looks back on.
const PENALTY_WINDOW: usize = 64;
/// Candidates that stay before a greedy choice under a penalty: the penalty on the whole vocabulary costs a tenth of
/// the speed and would hardly ever raise what stands so low.
const GREEDY_CANDIDATES: i32 = 128;

/// The chain for an answer that follows these tokens. The cap on candidates comes first and the penalty after it.
pub(crate) fn chain(sampling: &Sampling, vocabulary: i32, before: &[LlamaToken]) -> LlamaSampler {
    let mut samplers = Vec::new();
    let greedy = sampling.temperature <= 0.0;
    let penalised = (sampling.repeat_penalty - 1.0).abs() > f32::EPSILON && sampling.repeat_penalty > 0.0;
    if greedy && penalised {
        samplers.push(LlamaSampler::top_k(GREEDY_CANDIDATES));
    } else if !greedy && sampling.top_k > 0 {
        samplers.push(LlamaSampler::top_k(i32::try_from(sampling.top_k).unwrap_or(i32::MAX)));
    }
    if penalised {
        let window = PENALTY_WINDOW as i32;
        let penalties = LlamaSampler::penalties(vocabulary, window, sampling.repeat_penalty, 0.0, 0.0);
        let recent = &before[before.len().saturating_sub(PENALTY_WINDOW)..];
        samplers.push(penalties.with_tokens(recent));
    }
    if greedy {
        samplers.push(LlamaSampler::greedy());
        return LlamaSampler::chain(samplers, true);
    }
    if sampling.top_p < 1.0 {
        samplers.push(LlamaSampler::top_p(sampling.top_p, 1));
    }
    if sampling.min_p > 0.0 {
        samplers.push(LlamaSampler::min_p(sampling.min_p, 1));
    }
    samplers.push(LlamaSampler::temp(sampling.temperature));
    samplers.push(LlamaSampler::dist(sampling.seed));
    LlamaSampler::chain(samplers, true)
}
