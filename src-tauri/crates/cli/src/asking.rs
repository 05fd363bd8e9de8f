//! What only the user may decide, asked on the terminal. Without one, the answer is no unless a flag said yes.

use std::{
    io::{BufRead, IsTerminal, stderr, stdin},
    path::{Path, PathBuf},
};

use app::{Confirm, Host, Pick, Quiet};
use domain::BoxFuture;

use crate::output;

/// Asks whoever sits at the terminal.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asking {
    /// The flag that says yes.
    pub(crate) flag: &'static str,
    /// It was given.
    pub(crate) allowed: bool,
}

/// Somebody sits at a terminal, reads stderr and types on stdin.
pub(crate) fn somebody_is_there() -> bool {
    stdin().is_terminal() && stderr().is_terminal()
}

impl Host for Asking {
    fn confirm(&self, question: Confirm) -> BoxFuture<'_, bool> {
        Box::pin(async move {
            output::question(&format!("{}\n\n{}\n\n", question.title, question.text));
            if self.allowed {
                output::question(&format!("{} says yes.\n", self.flag));
                return true;
            }
            if !somebody_is_there() {
                output::note(&format!(
                    "There is no terminal to ask on, so the answer is no. `{}` says yes to exactly this.",
                    self.flag
                ));
                return false;
            }
            output::question(&format!("{}? [y/N] ", question.yes));
            let typed = tokio::task::spawn_blocking(|| {
                let mut line = String::new();
                stdin().lock().read_line(&mut line).map(|_| line)
            });
            matches!(typed.await, Ok(Ok(line)) if is_yes(&line))
        })
    }

    fn pick_files(&self, pick: Pick) -> BoxFuture<'_, Vec<PathBuf>> {
        Quiet.pick_files(pick)
    }
    fn pick_save(&self, suggested_name: &str) -> BoxFuture<'_, Option<PathBuf>> {
        Quiet.pick_save(suggested_name)
    }
    fn clipboard_text(&self) -> BoxFuture<'_, Option<String>> {
        Quiet.clipboard_text()
    }
    fn clear_clipboard(&self) {}
    fn open_url(&self, url: &str) -> Result<(), String> {
        Quiet.open_url(url)
    }
    fn reveal(&self, folder: &Path) -> Result<(), String> {
        Quiet.reveal(folder)
    }
    fn notify(&self, _: &str, _: &str, _: &str) {}
    fn is_in_front(&self) -> bool {
        true
    }
}

/// Anything but a plain yes is a no.
fn is_yes(line: &str) -> bool {
    matches!(line.trim().to_lowercase().as_str(), "y" | "yes")
}

#[cfg(test)]
mod tests {
    use super::is_yes;

    #[test]
    fn nothing_but_a_yes_is_one() {
        assert!(["y\n", "Y", " yes \r\n", "YES"].into_iter().all(is_yes));
        assert!(!["", "\n", "n", "no", "yess", "y y", "ok", "true", "1"].into_iter().any(is_yes));
    }
}
