//! The command line as it is typed.

mod providers;
mod sampling;

use std::path::PathBuf;

use app::terminal::Named;
use clap::{Args, Parser, Subcommand, ValueEnum};

pub(crate) use providers::{Add, Providers, Report};
use sampling::Settings;

use crate::exit;

/// Chat with language models on your own computer.
#[derive(Debug, Parser)]
#[command(name = "drawbridge-cli", version, after_help = exit::HELP, max_term_width = 100)]
pub(crate) struct Arguments {
    /// Folder of the chats, instead of the account's own
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// Read the passphrase of the chats from this file descriptor, where the keychain does not open them
    #[arg(long, global = true, value_name = "N")]
    pub(crate) passphrase_fd: Option<u32>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Ask a question; the answer streams to stdout and is kept as a chat
    Ask(Question),
    /// The models that can answer
    #[command(subcommand)]
    Models(Models),
    /// Servers elsewhere that can answer: in the cloud, in your network, or another program here
    #[command(subcommand)]
    Providers(Providers),
    /// What was asked and spent, by model, and what the budgets leave
    Usage(Report),
    /// The chats that are kept
    #[command(subcommand)]
    Chats(Chats),
    /// What an administrator has set for this computer
    #[command(subcommand)]
    Policy(PolicyCommand),
    /// The log of what happened: verify, show, hand out
    #[command(subcommand)]
    Audit(AuditCommand),
}

#[derive(Debug, Args)]
#[command(after_help = exit::HELP)]
pub(crate) struct Question {
    /// The question; `-` stands for what comes on stdin. What is piped in is put after the question
    #[arg(value_name = "QUESTION")]
    pub(crate) words: Vec<String>,
    /// Who answers: a GGUF file, or `PROVIDER:MODEL` as `providers list` shows them [default: the default model of the
    /// application]
    #[arg(long, value_name = "FILE_OR_MODEL", value_parser = |text: &str| Ok::<_, String>(providers::named(text)))]
    pub(crate) model: Option<Named>,
    /// Say yes where it is asked whether the question may cross to a provider in the cloud
    #[arg(long)]
    pub(crate) cross: bool,
    /// Attach a file: text, or a picture for a model that sees them, from which place, date and camera are taken out
    #[arg(long, value_name = "FILE")]
    pub(crate) attach: Vec<PathBuf>,
    /// Print one JSON object when the answer is complete
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) settings: Settings,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Models {
    /// List the models in the library
    List {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Say what a GGUF file holds, without opening the chats
    Inspect {
        /// GGUF file
        file: PathBuf,
        /// As JSON, with the chat template
        #[arg(long)]
        json: bool,
    },
    /// Add a GGUF file to the library, used where it lies; or all of a folder's; or install a model pack
    Import {
        /// GGUF file, folder of them, or folder of a model pack
        #[arg(value_name = "PATH")]
        path: PathBuf,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// List the models that Drawbridge recommends, judged for this computer. Nothing leaves it
    Catalogue {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Search the hub for GGUF models. The words are sent to it
    Search {
        /// Words to look for
        #[arg(required = true, value_name = "WORDS")]
        words: Vec<String>,
        /// Most repositories
        #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=100))]
        limit: u32,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// List the GGUF files of a repository of the hub, judged for this computer
    Files {
        /// `owner/name`
        repo: String,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Download a model, check it, and add it to the library. Ctrl+C pauses; the same command goes on
    Download(Download),
    /// Compare a model's files with the SHA-256 that its source stated
    Verify {
        /// Name, id or file
        model: String,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Take a model off the library
    Remove {
        /// Name, id or file
        model: String,
        /// Delete its files too; only those that Drawbridge downloaded or installed
        #[arg(long)]
        files: bool,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Print exactly the prompt that a model would get, without opening the chats
    Render(Render),
}

#[derive(Debug, Args)]
#[command(after_help = exit::HELP)]
pub(crate) struct Download {
    /// `owner/name` of a repository of the hub, or the id of a model of the catalogue
    #[arg(value_name = "REPO_OR_ID")]
    pub(crate) what: String,
    /// Path of the file in the repository; of a split model, its first part
    #[arg(long, value_name = "PATH", conflicts_with = "quantisation")]
    pub(crate) file: Option<String>,
    /// Quantisation, such as Q4_K_M [default: the one that suits this computer, or the only one there is]
    #[arg(long, value_name = "Q")]
    pub(crate) quantisation: Option<String>,
    /// Print the model as JSON when it is in the library
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Render {
    /// GGUF file whose chat template and tokens are used
    #[arg(required_unless_present = "template", conflicts_with = "template")]
    pub(crate) model: Option<PathBuf>,
    /// Jinja file to use instead of a model's template
    #[arg(long, value_name = "FILE")]
    pub(crate) template: Option<PathBuf>,
    /// Text of the beginning-of-sequence token, with --template
    #[arg(long, value_name = "TOKEN", default_value = "", conflicts_with = "model")]
    pub(crate) bos: String,
    /// Text of the end-of-sequence token, with --template
    #[arg(long, value_name = "TOKEN", default_value = "", conflicts_with = "model")]
    pub(crate) eos: String,
    /// JSON file in OpenAI's shape: a list of messages, or an object with `messages` and, if wished, `tools` and
    /// `add_generation_prompt`; `-` reads stdin
    #[arg(long, value_name = "FILE")]
    pub(crate) messages: PathBuf,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Chats {
    /// List the chats, newest first
    List {
        /// Those in the trash
        #[arg(long)]
        trash: bool,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Search every message and title
    Search {
        /// Words to look for
        #[arg(required = true, value_name = "WORDS")]
        words: Vec<String>,
        /// Most hits
        #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=100))]
        limit: u32,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Print a chat to read
    Show {
        /// Id of the chat, or its beginning
        id: String,
        /// As JSON, with every branch and figure
        #[arg(long)]
        json: bool,
    },
    /// Export a chat
    Export {
        /// Id of the chat, or its beginning
        id: String,
        /// Format
        #[arg(long, value_enum, default_value_t = Format::Markdown)]
        format: Format,
        /// File to write [default: stdout]
        #[arg(long, short, value_name = "FILE")]
        output: Option<PathBuf>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum PolicyCommand {
    /// Check a policy file before it is rolled out; its problems are listed with line and column
    Check {
        /// JSON file
        file: PathBuf,
        /// It is for the folder of what binds (the default)
        #[arg(long)]
        managed: bool,
        /// It is for the folder of defaults that the user may change: fewer keys may stand there
        #[arg(long, conflicts_with = "managed")]
        recommended: bool,
    },
    /// List what is set, and which file and line set it, without opening the chats
    Show {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// Verify a log without the chats. Exit codes: 0 intact, 1 altered, 2 gap or other order, 3 unsigned end, 4 another
    /// key, 5 unreadable
    Verify {
        /// A log file (.jsonl) or the folder of one
        log: PathBuf,
        /// The public key, as the window shows it
        #[arg(long, value_name = "HEX")]
        pubkey: Option<String>,
        /// A checkpoint that was kept elsewhere: what it covers must be there still
        #[arg(long, value_name = "FILE")]
        since: Option<PathBuf>,
    },
    /// Print the latest records, one JSON object a line
    Show {
        /// One kind only, such as `crossing` or `unlock_failed`
        #[arg(long)]
        kind: Option<String>,
        /// Crossings to hosts that contain this
        #[arg(long)]
        host: Option<String>,
        /// How many at most
        #[arg(long, default_value_t = 100)]
        limit: usize,
    },
    /// Write the whole log in a format
    Export {
        /// Format
        #[arg(long, value_enum, default_value_t = AuditFormat::Jsonl)]
        format: AuditFormat,
        /// Into this new file [default: stdout]
        #[arg(long, value_name = "FILE")]
        to: Option<PathBuf>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum AuditFormat {
    /// As it is kept; can be verified
    Jsonl,
    /// Open Cybersecurity Schema Framework
    Ocsf,
    /// Common Event Format in syslog frames
    Cef,
    /// For a spreadsheet
    Csv,
}

impl From<AuditFormat> for audit::Format {
    fn from(format: AuditFormat) -> Self {
        match format {
            AuditFormat::Jsonl => Self::Jsonl,
            AuditFormat::Ocsf => Self::Ocsf,
            AuditFormat::Cef => Self::Cef,
            AuditFormat::Csv => Self::Csv,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Markdown,
    /// For programs: every branch, every figure
    Json,
}

impl From<Format> for wire::ExportFormat {
    fn from(format: Format) -> Self {
        match format {
            Format::Markdown => Self::Markdown,
            Format::Json => Self::Json,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_definition_is_sound() {
        Arguments::command().debug_assert();
    }
}
