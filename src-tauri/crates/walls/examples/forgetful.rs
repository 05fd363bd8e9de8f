//! Forgets one variable and sets another, alone or beside a second thread, for `tests/environment.rs`.

use std::{io::Write, process::ExitCode, sync::mpsc};

/// Prints both variables, `-` for one that is not there.
#[allow(clippy::disallowed_methods)] // what the test asks about
fn main() -> ExitCode {
    let (end, wait) = mpsc::channel::<()>();
    let second = std::env::args().any(|argument| argument == "second-thread");
    let thread = second.then(|| std::thread::spawn(move || wait.recv()));
    let forgot = walls::forget_environment(&["SECRET", "ABSENT"], &[("SWITCH", "1")]);
    let value = |name| std::env::var(name).unwrap_or_else(|_| "-".to_owned());
    let _ = writeln!(std::io::stdout(), "{} {} {}", value("SECRET"), value("SWITCH"), value("KEPT"));
    drop(end);
    drop(thread.map(std::thread::JoinHandle::join));
    match forgot {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "{error}");
            ExitCode::from(10)
        }
    }
}
