//! Providers and usage as they are typed.

use std::path::{Path, PathBuf};

use app::terminal::Named;
use clap::{Args, Subcommand, ValueEnum};
use domain::{OpenaiApi, Zone};

use crate::exit;

#[derive(Debug, Subcommand)]
pub(crate) enum Providers {
    /// List the providers and their models
    List {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Add a provider, try it, and take the models that it offers. Its key is typed unseen, or comes from a file
    /// descriptor
    Add(Add),
    /// Ask a provider for its models, and say exactly what is wrong where it does not answer
    Test {
        /// Short name, as the list shows it
        handle: String,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Show the models of a provider that can be asked, or put more on that list
    Models {
        /// Short name, as the list shows it
        handle: String,
        /// Put this model on the list, as the provider writes it: a deployment, a fine-tune
        #[arg(long, value_name = "ID")]
        add: Vec<String>,
        /// The models that are put on it see images
        #[arg(long, requires = "add")]
        images: bool,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Remove a provider with its key. What it answered stays
    Remove {
        /// Short name, as the list shows it
        handle: String,
    },
}

#[derive(Debug, Args)]
#[command(after_help = exit::HELP)]
pub(crate) struct Add {
    /// openai, azure, anthropic, gemini, ollama, vllm, llama-server, lm-studio, openrouter, mistral, groq; or
    /// `compatible` for any other server that speaks OpenAI's Chat Completions
    #[arg(value_name = "PROVIDER")]
    pub(crate) what: String,
    /// Name for people [default: its usual one]
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// Address up to and without `/chat/completions`, `/messages` or `/models` [default: its usual one]
    #[arg(long)]
    pub(crate) url: Option<String>,
    /// How far away it is, which you vouch for [default: its usual one, cloud for `compatible`]
    #[arg(long, value_enum)]
    pub(crate) zone: Option<ZoneName>,
    /// Where it computes, for your notes
    #[arg(long, value_name = "TEXT")]
    pub(crate) region: Option<String>,
    /// What it keeps, for your notes
    #[arg(long, value_name = "TEXT")]
    pub(crate) retention: Option<String>,
    /// Which of OpenAI's two formats is spoken
    #[arg(long, value_enum, default_value_t = Api::Responses)]
    pub(crate) api: Api,
    /// `api-version` of Azure [default: none, for its `v1` address]
    #[arg(long, value_name = "VERSION", default_value = "")]
    pub(crate) api_version: String,
    /// A model that can be asked, as the provider writes it [default: those that it offers]
    #[arg(long, value_name = "ID")]
    pub(crate) model: Vec<String>,
    /// The models that are typed see images
    #[arg(long, requires = "model")]
    pub(crate) images: bool,
    /// It wants no key
    #[arg(long, conflicts_with = "key_fd")]
    pub(crate) no_key: bool,
    /// The key is a token of Microsoft Entra ID (Azure)
    #[arg(long, conflicts_with = "no_key")]
    pub(crate) entra: bool,
    /// A header that goes along, as gateways want; its value is typed unseen, or read from a file descriptor where one
    /// is named
    #[arg(long, value_name = "NAME[=N]", value_parser = header)]
    pub(crate) header: Vec<(String, Option<u32>)>,
    /// A client certificate with its key, in a PEM file
    #[arg(long, value_name = "FILE")]
    pub(crate) client_certificate: Option<PathBuf>,
    /// Read the key from this file descriptor
    #[arg(long, value_name = "N")]
    pub(crate) key_fd: Option<u32>,
    /// Say yes where it is asked whether chats may reach this address
    #[arg(long)]
    pub(crate) allow: bool,
    /// As JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ZoneName {
    /// Another program on this computer
    ThisComputer,
    /// Your organisation's own network
    OurNetwork,
    /// Somebody else's computers
    Cloud,
}

impl From<ZoneName> for Zone {
    fn from(name: ZoneName) -> Self {
        match name {
            ZoneName::ThisComputer => Self::ThisComputer,
            ZoneName::OurNetwork => Self::OurNetwork,
            ZoneName::Cloud => Self::Cloud,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Api {
    /// Responses
    Responses,
    /// Chat Completions
    Chat,
}

impl From<Api> for OpenaiApi {
    fn from(api: Api) -> Self {
        match api {
            Api::Responses => Self::Responses,
            Api::Chat => Self::ChatCompletions,
        }
    }
}

#[derive(Debug, Args)]
#[command(after_help = exit::HELP)]
pub(crate) struct Report {
    /// First day, such as 2026-11-01 [default: 29 days before the last]
    #[arg(long, value_name = "DAY")]
    pub(crate) from: Option<String>,
    /// Last day [default: today]
    #[arg(long, value_name = "DAY")]
    pub(crate) to: Option<String>,
    /// As JSON, by day, model and folder
    #[arg(long)]
    pub(crate) json: bool,
    /// As comma-separated values, by day, model and folder
    #[arg(long, conflicts_with = "json")]
    pub(crate) csv: bool,
}

/// The name of a header, with the descriptor that gives its value.
fn header(text: &str) -> Result<(String, Option<u32>), String> {
    match text.split_once('=') {
        None => Ok((text.to_owned(), None)),
        Some((name, descriptor)) => match descriptor.parse() {
            Ok(descriptor) => Ok((name.to_owned(), Some(descriptor))),
            Err(_) => Err("behind “=” stands the number of a file descriptor, never the value itself".to_owned()),
        },
    }
}

/// A model as it was typed. A file of that name is meant before a provider's model, and so is what looks like a path.
pub(super) fn named(text: &str) -> Named {
    let file = || Named::File(PathBuf::from(text));
    let Some((handle, model)) = text.split_once(':') else { return file() };
    let short = !handle.is_empty() && handle.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if !short || model.is_empty() || model.starts_with(['/', '\\']) || Path::new(text).exists() {
        return file();
    }
    Named::Of { handle: handle.to_owned(), model: model.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_s_model_is_told_from_a_file() {
        let of = |handle: &str, model: &str| Named::Of { handle: handle.to_owned(), model: model.to_owned() };
        assert_eq!(named("openai:gpt-5-mini"), of("openai", "gpt-5-mini"));
        assert_eq!(named("openrouter:meta/llama:free"), of("openrouter", "meta/llama:free"));
        for file in ["model.gguf", "/models/a:b.gguf", "./a:b", r"c:\models\a.gguf", "C:/a.gguf", "openai:", ":x"] {
            assert_eq!(named(file), Named::File(file.into()), "{file}");
        }
    }
}
