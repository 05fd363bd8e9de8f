//! A terminal: the built program in a home of its own, without display, keychain or session.

use std::{
    path::Path,
    process::{Command, Output, Stdio},
};

use serde_json::Value;

use crate::target_folder;

/// How a program ended.
#[derive(Debug)]
pub struct Ended {
    /// Its exit code; none where a signal ended it.
    pub code: Option<i32>,
    /// What it wrote on stdout.
    pub out: String,
    /// What it wrote on stderr.
    pub err: String,
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }
}

impl Ended {
    /// Of a program that is not to hold up the doubles of the test.
    pub async fn of(mut command: Command) -> Self {
        tokio::task::spawn_blocking(move || command.output().unwrap().into()).await.unwrap()
    }

    /// It did what it was asked.
    #[track_caller]
    pub fn done(self) -> Self {
        assert_eq!(self.code, Some(0), "{self:?}");
        self
    }

    /// Its stdout as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// It said no, with this code, and this in its sentence.
    #[track_caller]
    pub fn refused(&self, code: i32, because: &str) {
        assert_eq!(self.code, Some(code), "{self:?}");
        assert!(self.err.contains(because), "“{because}” is not in {self:?}");
    }
}

/// `drawbridge-cli` in a home, or what a line of the shell makes of it, to whom it is `$0`.
pub fn drawbridge_cli(home: &Path, line: Option<&str>) -> Command {
    let program = target_folder().join("drawbridge-cli");
    assert!(program.is_file(), "{} is missing: `cargo build -p cli` makes it", program.display());
    let mut command = match line {
        None => Command::new(program),
        Some(line) => {
            let mut shell = Command::new("sh");
            shell.args(["-c", line]).arg(program);
            shell
        }
    };
    command
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .env("HOME", home)
        .env("XDG_DATA_HOME", home.join("data"))
        .env("XDG_RUNTIME_DIR", home)
        .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}
