//! Passphrases and keys: from a file descriptor, or typed unseen. Never from an argument or a variable of the
//! environment, which other programs can read.

use std::io::{BufRead, BufReader, ErrorKind, Read};

use domain::Secret;
use wire::Failure;

use crate::exit::Ending;

/// Longest line that is read.
const MOST_BYTES: u64 = 64 * 1024;

/// The first line that a file descriptor gives.
pub(crate) fn from_descriptor(descriptor: u32, what: &str) -> Result<Secret<String>, Failure> {
    let read = std::fs::File::open(format!("/dev/fd/{descriptor}")).and_then(|file| {
        let mut line = String::new();
        BufReader::new(file.take(MOST_BYTES)).read_line(&mut line)?;
        line.truncate(line.trim_end_matches(['\n', '\r']).len());
        Ok(line)
    });
    let text = read.map_err(|error| {
        Failure::invalid(format!("No {what} can be read from the file descriptor {descriptor}: {error}."))
    })?;
    Ok(Secret::new(text))
}

/// A line typed at the terminal, which shows nothing of it.
pub(crate) async fn typed(prompt: String) -> Result<Secret<String>, Ending> {
    let typed = tokio::task::spawn_blocking(move || rpassword::prompt_password(prompt)).await;
    match typed.expect("BUG: reading a line panicked") {
        Ok(line) => Ok(Secret::new(line)),
        Err(error) if error.kind() == ErrorKind::Interrupted => Err(Ending::Interrupted),
        Err(error) => Err(Failure::invalid(format!("Nothing could be typed here: {error}.")).into()),
    }
}
