//! How fast this computer is, measured with ggml itself on generated matrices, the way a model's layers use it.
//!
//! Writing a token goes once through all weights: a matrix times a vector, bound by memory. Reading a prompt
//! multiplies the weights with many tokens at once: bound by arithmetic. What a real model does beside that
//! (attention, sampling, weights of more bits) is not measured, so it is somewhat slower.

use std::{
    ffi::c_int,
    time::{Duration, Instant},
};

use domain::{Device, EngineError, MachineSpeed};
use llama_cpp_2::{LlamaBackendDevice, LlamaBackendDeviceType, llama_backend::LlamaBackend};

use crate::{budget::Budget, load::BATCH_TOKENS, memory, threads};

mod ggml;

use ggml::{Matrices, Product};

/// A model in the middle of those that a computer of today runs: its pieces are what a prompt's speed is measured on.
const MODEL_WEIGHTS: f64 = 2e9;
/// Matrices for a prompt; a few are enough, as it is not memory that bounds it.
const PROMPT_MATRICES: usize = 8;
/// For each of the two figures. With what comes before and between, ten seconds are over.
const MEASURED: Duration = Duration::from_secs(4);
/// For a first look.
const GLANCE: Duration = Duration::from_millis(500);
/// Weights, activations and the program itself.
const NEEDED_BYTES: u64 = 400 * 1024 * 1024;

/// Measures, on the device that models of this build run on, behind the walls.
///
/// # Errors
/// [`EngineError::OutOfMemory`], and [`EngineError::Unavailable`] where the walls or the device refuse.
pub(crate) fn measure() -> Result<(MachineSpeed, Vec<Device>), EngineError> {
    let threads = threads::physical();
    if memory::available().is_some_and(|available| available < NEEDED_BYTES) {
        return Err(too_little_memory());
    }
    let unavailable = |what: String| EngineError::Unavailable(what);
    let _backend = LlamaBackend::init().map_err(|error| unavailable(error.to_string()))?;
    let devices = devices();
    walls::worker::raise(&[]).map_err(|error| unavailable(error.to_string()))?;

    let matrices = Matrices::new(c_int::try_from(threads).unwrap_or(1)).ok_or_else(too_little_memory)?;
    let generation = matrices.product(matrices.count(), 1).ok_or_else(too_little_memory)?;
    let generation_bytes_per_second = matrices.bytes() as f64 / seconds(&generation, MEASURED)?;
    drop(generation);
    let prompt_flops = |tokens, time| {
        let product = matrices.product(PROMPT_MATRICES, tokens).ok_or_else(too_little_memory)?;
        Ok(product.flops() / seconds(&product, time)?)
    };
    let most = BATCH_TOKENS as usize;
    let piece = piece_tokens(most, prompt_flops(most, GLANCE)?);
    let prompt_flops = prompt_flops(piece, MEASURED)?;
    Ok((MachineSpeed { generation_bytes_per_second, prompt_flops, threads }, devices))
}

/// How many tokens the scheduler would read at once at this speed, for the sake of a stop: a slow computer reads
/// small pieces, and small pieces are slower.
fn piece_tokens(most: usize, flops: f64) -> usize {
    let mut budget = Budget::new(most);
    budget.learn(most, Duration::from_secs_f64(2.0 * MODEL_WEIGHTS * most as f64 / flops.max(1.0)));
    budget.tokens(false)
}

fn too_little_memory() -> EngineError {
    EngineError::OutOfMemory("measuring this computer takes 400 MB".into())
}

/// The devices beside the processor that this build can use.
fn devices() -> Vec<Device> {
    let integrated = |device: &LlamaBackendDevice| device.device_type == LlamaBackendDeviceType::IntegratedGpu;
    llama_cpp_2::list_llama_ggml_backend_devices()
        .into_iter()
        .filter(|device| device.device_type == LlamaBackendDeviceType::Gpu || integrated(device))
        .map(|device| Device {
            memory_bytes: device.memory_total as u64,
            unified: integrated(&device),
            name: if device.description.is_empty() { device.name } else { device.description },
        })
        .collect()
}

/// What the layers take: the median of as many runs as the time allows, so that a moment's disturbance counts little.
fn seconds(product: &Product<'_>, time: Duration) -> Result<f64, EngineError> {
    let run = || product.run().map_err(|status| EngineError::Crashed(format!("ggml refused to compute ({status})")));
    run()?; // threads start, pages are touched
    let begun = Instant::now();
    let mut runs = Vec::new();
    while runs.len() < 3 || begun.elapsed() < time {
        let started = Instant::now();
        run()?;
        runs.push(started.elapsed());
    }
    runs.sort_unstable();
    Ok(runs[runs.len() / 2].as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_computer_is_measured_on_small_pieces_and_a_fast_one_on_large_ones() {
        assert_eq!(piece_tokens(512, 1e9), piece_tokens(512, 1e10), "the least");
        assert!((17..512).contains(&piece_tokens(512, 1e12)));
        assert_eq!(piece_tokens(512, 1e15), 512);
    }
}
