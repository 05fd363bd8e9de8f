//! How a question is to be answered, as it is typed.

use clap::Args;
use domain::ChatSettings;

#[derive(Debug, Args)]
pub(crate) struct Settings {
    /// System prompt
    #[arg(long, value_name = "TEXT")]
    system: Option<String>,
    /// Seed of the sampler; the same seed and question give the same answer
    #[arg(long, value_name = "N")]
    seed: Option<u32>,
    /// Temperature, 0 to 2; 0 always takes the likeliest word
    #[arg(long, value_name = "X", value_parser = |text: &str| within(text, 0.0, 2.0))]
    temperature: Option<f32>,
    /// Choose among the N likeliest tokens; 0 among all
    #[arg(long, value_name = "N")]
    top_k: Option<u32>,
    /// Choose among the likeliest tokens that make up this share, 0 to 1
    #[arg(long, value_name = "X", value_parser = |text: &str| within(text, 0.0, 1.0))]
    top_p: Option<f32>,
    /// Leave out tokens less likely than this share of the likeliest, 0 to 1
    #[arg(long, value_name = "X", value_parser = |text: &str| within(text, 0.0, 1.0))]
    min_p: Option<f32>,
    /// Penalty on repeated tokens, 0.5 to 2; 1 is off
    #[arg(long, value_name = "X", value_parser = |text: &str| within(text, 0.5, 2.0))]
    repeat_penalty: Option<f32>,
    /// Longest answer in tokens
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    max_tokens: Option<u32>,
    /// Context size in tokens
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    context_tokens: Option<u32>,
}

impl From<Settings> for ChatSettings {
    fn from(typed: Settings) -> Self {
        Self {
            system_prompt: typed.system.unwrap_or_default(),
            temperature: typed.temperature,
            top_k: typed.top_k,
            top_p: typed.top_p,
            min_p: typed.min_p,
            repeat_penalty: typed.repeat_penalty,
            seed: typed.seed,
            max_tokens: typed.max_tokens,
            context_tokens: typed.context_tokens,
        }
    }
}

fn within(text: &str, least: f32, most: f32) -> Result<f32, String> {
    match text.parse::<f32>() {
        Ok(number) if (least..=most).contains(&number) => Ok(number),
        _ => Err(format!("a number from {least} to {most} is needed")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_out_of_range_are_refused() {
        assert_eq!(within("0.5", 0.0, 1.0), Ok(0.5));
        for wrong in ["-0.1", "1.1", "NaN", "inf", "much"] {
            assert!(within(wrong, 0.0, 1.0).is_err(), "{wrong}");
        }
    }
}
