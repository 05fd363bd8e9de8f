//! Drawbridge in a terminal: the composition root of the command line, over the same core as the window.
//!
//! It needs no display. It holds no use case and knows nothing of the database or the engine; of the keychain it knows
//! the name. Nobody imports it.
//!
//! Answers and listings go to stdout, everything else to stderr, so that output can be piped. What a model wrote cannot
//! steer the terminal: control characters are taken out where stdout is one. A pipe that its reader closes is no error.
//!
//! Exit codes, which scripts may rely on ([`exit::HELP`] prints them):
//!
//! | code | meaning |
//! |---|---|
//! | 0 | done |
//! | 1 | failed |
//! | 2 | called in a way that it does not understand |
//! | 3 | the model cannot be used |
//! | 4 | the chats cannot be opened |
//! | 5 | there is no such chat, model or file |
//! | 6 | the hub or a provider cannot be reached, may not be asked, or says no |
//! | 7 | a file is not the one that its source stated |
//! | 130 | interrupted; what was written is kept |

mod arguments;
mod ask;
mod asking;
mod audit;
mod chats;
mod download;
mod exit;
mod figures;
mod hub;
mod input;
mod interrupt;
mod keeping;
mod models;
mod output;
mod place;
mod policy;
mod providers;
mod secret;
mod usage;

use std::process::ExitCode;

use clap::Parser;

use crate::{
    arguments::{Arguments, Command},
    exit::Ending,
    place::Place,
};

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("BUG: no runtime");
    let ending = runtime.block_on(run(arguments));
    // A hash of a large file may be under way; the next start does it again.
    runtime.shutdown_background();
    exit::with(ending)
}

async fn run(arguments: Arguments) -> Result<(), Ending> {
    let place = || Place::new(arguments.data_dir, arguments.passphrase_fd);
    match arguments.command {
        Command::Ask(question) => ask::run(place()?, question).await,
        Command::Models(command) => models::run(&place()?, command).await,
        Command::Providers(command) => providers::run(place()?, command).await,
        Command::Usage(report) => usage::run(&place()?, report).await,
        Command::Chats(command) => chats::run(&place()?, command).await,
        Command::Policy(command) => policy::run(command),
        Command::Audit(command) => audit::run(place, command),
    }
}
