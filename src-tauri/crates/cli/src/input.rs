//! What is asked: words of the command line, stdin, or both.

use std::{
    io::{IsTerminal, Read, stdin},
    path::Path,
    sync::mpsc::{self, RecvTimeoutError},
    time::Duration,
};

use wire::Failure;

use crate::output;

/// Longest input; a longer one fits into no context and hardly into a frame to the worker.
const MOST_BYTES: u64 = 12 * 1024 * 1024;
/// How long a question waits for the first byte on a stdin that nobody named. Whoever started the program may have left
/// a pipe open that never says anything.
const PATIENCE: Duration = Duration::from_secs(5);

/// The question: the words, and stdin in the place of `-`, or after them where something is piped in.
pub(crate) fn question(words: &[String]) -> Result<String, Failure> {
    let named = words.iter().any(|word| word == "-");
    let text = if named {
        let piped = all_of_stdin()?;
        join(words.iter().map(|word| if word == "-" { Piece::Piped(&piped) } else { Piece::Word(word) }))
    } else if words.is_empty() {
        if stdin().is_terminal() {
            return Err(Failure::invalid("What is the question? `drawbridge-cli ask --help` shows how to ask one."));
        }
        all_of_stdin()?
    } else {
        let piped = if stdin().is_terminal() { String::new() } else { whatever_comes()? };
        join(words.iter().map(|word| Piece::Word(word)).chain([Piece::Piped(&piped)]))
    };
    let text = text.trim();
    if text.is_empty() { Err(Failure::invalid("The question is empty.")) } else { Ok(text.to_owned()) }
}

/// A file's text; `-` is stdin.
pub(crate) fn file(path: &Path) -> Result<String, Failure> {
    if path == Path::new("-") {
        return all_of_stdin();
    }
    let failed = |error: std::io::Error| Failure::invalid(format!("{} cannot be read: {error}.", path.display()));
    text_of(std::fs::File::open(path).map_err(failed)?, &path.display().to_string())
}

enum Piece<'a> {
    Word(&'a str),
    Piped(&'a str),
}

/// Words with spaces between them; what was piped in stands as a paragraph of its own.
fn join<'a>(pieces: impl Iterator<Item = Piece<'a>>) -> String {
    let mut text = String::new();
    for piece in pieces {
        match piece {
            Piece::Word(word) => {
                if !text.is_empty() && !text.ends_with('\n') {
                    text.push(' ');
                }
                text.push_str(word);
            }
            Piece::Piped(piped) if piped.trim().is_empty() => {}
            Piece::Piped(piped) => {
                if !text.is_empty() {
                    text.push_str("\n\n");
                }
                text.push_str(piped.trim_end());
                text.push_str("\n\n");
            }
        }
    }
    text
}

fn all_of_stdin() -> Result<String, Failure> {
    text_of(stdin(), "The text on stdin")
}

/// Everything on stdin if it begins to come before patience ends.
fn whatever_comes() -> Result<String, Failure> {
    let (begun, begins) = mpsc::channel();
    let reader = std::thread::spawn(move || {
        let mut first = [0; 1];
        let read = stdin().read(&mut first).unwrap_or(0);
        let _ = begun.send(());
        text_of(first[..read].chain(stdin()), "The text on stdin")
    });
    match begins.recv_timeout(PATIENCE) {
        Err(RecvTimeoutError::Timeout) => {
            output::note("Nothing came on stdin, so the question is asked without it. Name it with - to wait longer.");
            Ok(String::new())
        }
        Ok(()) | Err(RecvTimeoutError::Disconnected) => reader.join().expect("BUG: reading stdin panicked"),
    }
}

fn text_of(from: impl Read, name: &str) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    from.take(MOST_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| Failure::invalid(format!("{name} cannot be read: {error}.")))?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(Failure::invalid(format!("{name} is longer than {} MiB.", MOST_BYTES / 1024 / 1024)));
    }
    String::from_utf8(bytes).map_err(|_| Failure::invalid(format!("{name} is not UTF-8 text.")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_piped_in_is_a_paragraph_where_the_dash_stands() {
        use Piece::{Piped, Word};
        assert_eq!(join([Word("What"), Word("now?")].into_iter()), "What now?");
        assert_eq!(join([Word("Sum up:"), Piped("a\nb\n")].into_iter()), "Sum up:\n\na\nb\n\n");
        assert_eq!(join([Piped("a\n"), Word("Why?")].into_iter()), "a\n\nWhy?");
        assert_eq!(join([Word("Hello"), Piped(" \n")].into_iter()), "Hello");
    }

    #[test]
    fn what_is_no_text_or_endless_is_refused() {
        assert!(text_of(&b"\xff"[..], "It").unwrap_err().message().contains("UTF-8"));
        assert!(text_of(std::io::repeat(b'a'), "It").unwrap_err().message().contains("longer than 12 MiB"));
    }
}
