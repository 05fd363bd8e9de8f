//! Whether a model goes into this computer's memory, and how fast it would be. Pure: figures in, a verdict out.
//!
//! **Needed** are the weights, the attention cache of the whole context (16-bit floating point), and working memory: 256
//! MiB for the engine and its tokeniser, and 1/32 of the weights for the intermediate results of a batch.
//!
//! **There is** what is free or can be freed now, and at most all memory less what the system keeps for itself: an eighth,
//! at least 1 GiB. Memory of a device of its own (VRAM) comes on top, less 1 GiB a device; a device that shares the
//! computer's memory adds none.
//!
//! A model *fits* while it needs at most three quarters of what is there now (and all of VRAM); it is *tight* while it
//! goes into what there is at most; beyond that it is *too large*.
//!
//! **Speed** comes from the measurement of this computer. A token reads every active weight once, and the cache so far;
//! a prompt token costs two operations for each active parameter. Real answers do more than multiply, hence the two
//! efficiencies. Speeds are for a conversation of 1,000 tokens.

mod shape;

use domain::{Fit, Fits, Machine, MachineSpeed, Speed, SpeedSource};

pub use shape::Shape;
pub(crate) use shape::{Attention, CACHE_BYTES_PER_NUMBER};

const GIB: u64 = 1 << 30;
const ENGINE_BYTES: u64 = GIB / 4;
const WORKING_SHARE: u64 = 32;
const SYSTEM_LEAST_BYTES: u64 = GIB;
const SYSTEM_SHARE: u64 = 8;
/// What llama.cpp leaves free on a device, too (`--fit-target`).
const DEVICE_KEPT_BYTES: u64 = GIB;
/// Share of the measured memory throughput that whole answers reach.
const GENERATION_EFFICIENCY: f64 = 0.85;
/// Share of the measured arithmetic that reading a prompt reaches.
const PROMPT_EFFICIENCY: f64 = 0.7;
/// Conversation that speeds are for.
const CONVERSATION_TOKENS: u32 = 1_000;
/// Context for a model of which only the size is known: the one that a chat gets unless it is set.
const USUAL_CONTEXT_TOKENS: u32 = 8_192;

/// Judges a model at a context. A context beyond the trained one is cut to it, as a chat's is.
#[must_use]
pub fn fit(shape: &Shape, machine: &Machine, context_tokens: u32) -> Fit {
    let context_tokens = match shape.trained_context {
        0 => context_tokens,
        trained => context_tokens.min(trained),
    };
    let needed_bytes = needed(shape, context_tokens);
    let verdict = verdict(needed_bytes, machine);
    let speed = machine
        .speed
        .filter(|_| verdict != Fits::TooLarge)
        .and_then(|measured| speed(shape, &measured, context_tokens));
    Fit { verdict, needed_bytes, context_tokens, speed }
}

/// Judges a file of which only the size is known, at a context of 8,192 tokens: as if it were a dense model at five bits
/// a weight, with the cache that models of this size commonly have.
#[must_use]
pub fn fit_of_file(bytes: u64, machine: &Machine) -> Fit {
    let parameters = (bytes / 5).saturating_mul(8);
    let shape = Shape {
        weights_bytes: bytes,
        parameters,
        active_parameters: parameters,
        // Of the catalogue's models: 0.8 GB 33 kB, 2 GB 115 kB, 5 GB 131 kB, 9 GB 164 kB, 20 GB 262 kB, 42 GB 328 kB.
        kv_bytes_per_token: 2 * bytes.isqrt(),
        trained_context: 0,
    };
    fit(&shape, machine, USUAL_CONTEXT_TOKENS)
}

fn needed(shape: &Shape, context_tokens: u32) -> u64 {
    let cache = shape.kv_bytes_per_token.saturating_mul(context_tokens.into());
    [cache, ENGINE_BYTES, shape.weights_bytes / WORKING_SHARE]
        .into_iter()
        .fold(shape.weights_bytes, u64::saturating_add)
}

fn verdict(needed_bytes: u64, machine: &Machine) -> Fits {
    let devices = device_bytes(machine);
    if needed_bytes <= comfortable_bytes(machine).saturating_add(devices) {
        Fits::Fits
    } else if needed_bytes <= most_bytes(machine).saturating_add(devices) {
        Fits::Tight
    } else {
        Fits::TooLarge
    }
}

/// Memory that can be had by closing other programs.
fn most_bytes(machine: &Machine) -> u64 {
    machine.memory_bytes.saturating_sub(SYSTEM_LEAST_BYTES.max(machine.memory_bytes / SYSTEM_SHARE))
}

/// What nobody will miss.
fn comfortable_bytes(machine: &Machine) -> u64 {
    spare_bytes(machine) / 4 * 3
}

/// Memory that is there now.
fn spare_bytes(machine: &Machine) -> u64 {
    machine.available_bytes.min(most_bytes(machine))
}

fn device_bytes(machine: &Machine) -> u64 {
    let own = machine.devices.iter().filter(|device| !device.unified);
    own.fold(0, |sum, device| sum.saturating_add(device.memory_bytes.saturating_sub(DEVICE_KEPT_BYTES)))
}

/// All that a model may use now, for sentences.
pub(crate) fn room_bytes(machine: &Machine) -> u64 {
    spare_bytes(machine).saturating_add(device_bytes(machine))
}

/// None for a measurement or a shape that says nothing.
#[allow(clippy::cast_precision_loss)] // sizes are far below 2^53
fn speed(shape: &Shape, measured: &MachineSpeed, context_tokens: u32) -> Option<Speed> {
    let active_share =
        if shape.parameters == 0 { 1.0 } else { shape.active_parameters as f64 / shape.parameters as f64 };
    let cached = f64::from(context_tokens.min(CONVERSATION_TOKENS));
    let read_bytes = shape.weights_bytes as f64 * active_share.min(1.0) + shape.kv_bytes_per_token as f64 * cached;
    let tokens_per_second = measured.generation_bytes_per_second * GENERATION_EFFICIENCY / read_bytes;
    let operations = 2.0 * shape.active_parameters as f64 * f64::from(CONVERSATION_TOKENS);
    let first_token_seconds = operations / (measured.prompt_flops * PROMPT_EFFICIENCY) + tokens_per_second.recip();
    let sound = tokens_per_second.is_normal() && tokens_per_second > 0.0 && first_token_seconds.is_finite();
    sound.then_some(Speed {
        tokens_per_second,
        first_token_seconds: Some(first_token_seconds),
        source: SpeedSource::Estimated,
    })
}

#[cfg(test)]
mod tests;
