//! Why a worker died, in words.

use std::{collections::VecDeque, process::ExitStatus};

/// Lines kept of what a worker logged.
const KEPT: usize = 20;

/// The last lines that a worker logged.
#[derive(Debug, Default)]
pub(crate) struct LastWords(VecDeque<String>);

impl LastWords {
    pub(crate) fn hear(&mut self, line: &str) {
        if self.0.len() == KEPT {
            self.0.pop_front();
        }
        self.0.push_back(line.to_owned());
    }

    /// The line that says why, if one does: a failed assertion of the engine, or where it panicked. Folders of the
    /// machine that built it are left out.
    fn why(&self) -> Option<&str> {
        const SIGNS: [&str; 5] = ["GGML_ASSERT(", "GGML_ABORT", "panicked at", "terminate called", "what():"];
        let line = self.0.iter().rev().find(|line| SIGNS.iter().any(|sign| line.contains(sign)))?;
        let before_sign = SIGNS.iter().filter_map(|sign| line.find(sign)).min().unwrap_or_default();
        Some(match line[..before_sign].rfind('/') {
            Some(slash) => &line[slash + 1..],
            None => line,
        })
    }

    /// A clause that follows "The engine stopped unexpectedly: ".
    pub(crate) fn explain(&self, status: ExitStatus) -> String {
        let how = how(status);
        match self.why() {
            Some(why) => format!("{how} ({})", why.trim()),
            None => how,
        }
    }
}

#[cfg(unix)]
fn how(status: ExitStatus) -> String {
    use std::os::unix::process::ExitStatusExt;
    let Some(signal) = status.signal() else { return how_it_left(status) };
    let (name, meaning) = match signal {
        4 => ("SIGILL", "this processor lacks an instruction that it was built for"),
        6 => ("SIGABRT", "it found itself in a state that it cannot go on from"),
        7 | 10 => ("SIGBUS", "the model file was cut short, or could not be read any more"),
        8 => ("SIGFPE", "it could not do a calculation"),
        9 => ("SIGKILL", "it may have run out of memory"),
        11 => ("SIGSEGV", "it reached for memory that is not its own"),
        15 => ("SIGTERM", "another program asked it to end"),
        31 => ("SIGSYS", "it tried something that it is not allowed to do"),
        _ => return format!("ended by signal {signal}"),
    };
    format!("ended by signal {signal} ({name}); {meaning}")
}

#[cfg(not(unix))]
fn how(status: ExitStatus) -> String {
    how_it_left(status)
}

fn how_it_left(status: ExitStatus) -> String {
    match status.code() {
        Some(code) => format!("it left by itself with code {code}"),
        None => "it left by itself".into(),
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::process::ExitStatusExt;

    use super::*;

    fn words(lines: &[&str]) -> LastWords {
        let mut words = LastWords::default();
        lines.iter().for_each(|line| words.hear(line));
        words
    }

    #[test]
    fn a_kill_is_explained_by_memory() {
        let said = words(&[]).explain(ExitStatus::from_raw(9));
        assert_eq!(said, "ended by signal 9 (SIGKILL); it may have run out of memory");
    }

    #[test]
    fn an_assertion_is_named_without_the_builders_folders() {
        let log = ["INFO loading", "/home/builder/ggml/src/ggml.c:1234: GGML_ASSERT(a/b != c) failed", "INFO after"];
        let said = words(&log).explain(ExitStatus::from_raw(6));
        assert!(said.starts_with("ended by signal 6 (SIGABRT)"), "{said}");
        assert!(said.ends_with("(ggml.c:1234: GGML_ASSERT(a/b != c) failed)"), "{said}");
    }

    #[test]
    fn leaving_with_a_code_is_no_signal() {
        assert_eq!(words(&[]).explain(ExitStatus::from_raw(3 << 8)), "it left by itself with code 3");
    }

    #[test]
    fn only_the_last_lines_are_kept() {
        let mut words = words(&["GGML_ASSERT(old) failed"]);
        (0..KEPT).for_each(|line| words.hear(&line.to_string()));
        assert_eq!((words.0.len(), words.why()), (KEPT, None));
    }
}
