//! This computer: probed when asked, measured when wished, and the measurement kept.

use std::time::Duration;

use domain::{Device, Fit, Machine, MachineSpeed, ModelRecord, ModelSpeed, Speed, SpeedSource, Timestamp, Usage};
use hub::Shape;
use serde::{Deserialize, Serialize};
use wire::Failure;

use crate::{
    Core,
    core::lock,
    failure::{from_engine, from_store},
};

/// Key of the measurement among the store's values.
const MEASURED: &str = "machine";
/// Context that fits are computed for: as much as a chat of some length needs.
pub(crate) const FIT_CONTEXT: u32 = 8_192;
/// Free memory changes; it is asked for no more often than this.
const PROBE_EVERY: Duration = Duration::from_secs(2);
/// Prompts shorter than this say little of reading speed.
const TELLING_PROMPT: u32 = 256;
/// Answers shorter than this say little of writing speed.
const TELLING_ANSWER: u32 = 16;

/// A measurement as it is kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Measured {
    at: Timestamp,
    /// A measurement of another processor says nothing of this one.
    processor: String,
    speed: MachineSpeed,
    devices: Vec<Device>,
}

impl Core {
    /// This computer with what is known of its speed.
    pub(crate) fn machine(&self) -> Machine {
        let known = lock(&self.library.machine).clone().filter(|(at, _)| at.elapsed() < PROBE_EVERY);
        let mut machine = known.map_or_else(|| self.probe(), |(_, machine)| machine);
        if let Some(measured) = lock(&self.library.measured).clone()
            && measured.processor == machine.processor
        {
            machine.speed = Some(measured.speed);
            machine.measured_at = Some(measured.at);
            machine.devices = measured.devices;
        }
        machine
    }

    fn probe(&self) -> Machine {
        let machine = hub::probe(self.network.layout.models());
        *lock(&self.library.machine) = Some((tokio::time::Instant::now(), machine.clone()));
        machine
    }

    /// Measures this computer and keeps the result.
    pub(crate) async fn measure_machine(&self) -> Result<Machine, Failure> {
        let (speed, devices) = self.engine.measure_machine().await.map_err(from_engine)?;
        let processor = self.machine().processor;
        let measured = Measured { at: self.now(), processor, speed, devices };
        let text = serde_json::to_string(&measured).map_err(|error| Failure::unexpected(error.to_string()))?;
        self.store.put_value(MEASURED, &text).await.map_err(from_store)?;
        *lock(&self.library.measured) = Some(measured);
        self.tell_models().await;
        Ok(self.machine())
    }

    /// Brings back an earlier measurement.
    pub(crate) async fn remember_machine(&self) -> Result<(), Failure> {
        let text = self.store.value(MEASURED).await.map_err(from_store)?;
        *lock(&self.library.measured) = text.and_then(|text| serde_json::from_str(&text).ok());
        Ok(())
    }

    /// How a model of the library runs here, `loaded_bytes` of it being in memory already.
    pub(crate) fn fit_of(&self, record: &ModelRecord, machine: &Machine, loaded_bytes: u64) -> Fit {
        let machine = &Machine { available_bytes: machine.available_bytes + loaded_bytes, ..machine.clone() };
        let file = &record.file;
        let mut fit = if file.kv_bytes_per_token == 0 {
            hub::fit_of_file(file.bytes, machine)
        } else {
            let shape = Shape {
                weights_bytes: file.bytes,
                parameters: file.parameters,
                active_parameters: file.active_parameters,
                kv_bytes_per_token: file.kv_bytes_per_token,
                trained_context: file.context_tokens,
            };
            hub::fit(&shape, machine, FIT_CONTEXT.min(file.context_tokens.max(1)))
        };
        if let Some(speed) = record.speed {
            let estimated = fit.speed.and_then(|speed| speed.first_token_seconds);
            let reading = speed.prompt_tokens_per_second.map(|per_second| 1_000.0 / per_second);
            fit.speed = Some(Speed {
                tokens_per_second: speed.tokens_per_second,
                first_token_seconds: reading.or(estimated),
                source: SpeedSource::Measured,
            });
        }
        fit
    }
}

/// The speed of a model after one more answer, the latest counting most; none where the answer was too short to tell.
pub(crate) fn after_answer(before: Option<ModelSpeed>, usage: &Usage) -> Option<ModelSpeed> {
    if usage.output_tokens < TELLING_ANSWER || !usage.tokens_per_second.is_normal() {
        return None;
    }
    let blend = |old: Option<f64>, new: f64| old.map_or(new, |old| 0.6_f64.mul_add(new, 0.4 * old));
    let read = usage.prompt_tokens.saturating_sub(usage.cached_tokens);
    let reading = (read >= TELLING_PROMPT && usage.first_token_ms > 0.0)
        .then(|| f64::from(read) * 1_000.0 / usage.first_token_ms);
    let old_reading = before.and_then(|speed| speed.prompt_tokens_per_second);
    Some(ModelSpeed {
        tokens_per_second: blend(before.map(|speed| speed.tokens_per_second), usage.tokens_per_second),
        prompt_tokens_per_second: reading.map(|new| blend(old_reading, new)).or(old_reading),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usage(output_tokens: u32, tokens_per_second: f64, prompt_tokens: u32) -> Usage {
        Usage { output_tokens, tokens_per_second, prompt_tokens, first_token_ms: 2_000.0, ..Usage::default() }
    }

    #[test]
    fn short_answers_say_nothing_and_later_ones_count_most() {
        assert_eq!(after_answer(None, &usage(3, 50.0, 10)), None);
        let first = after_answer(None, &usage(100, 10.0, 10));
        assert_eq!(first, Some(ModelSpeed { tokens_per_second: 10.0, prompt_tokens_per_second: None }));
        let second = after_answer(first, &usage(100, 20.0, 1_000))
            .map(|speed| (speed.tokens_per_second.round(), speed.prompt_tokens_per_second));
        assert_eq!(second, Some((16.0, Some(500.0))));
    }

    #[test]
    fn a_figure_that_is_none_is_not_kept() {
        for wrong in [0.0, f64::NAN, f64::INFINITY] {
            assert_eq!(after_answer(None, &usage(100, wrong, 10)), None);
        }
    }
}
