//! A terminal for tests: the real program and worker, an account of its own, no keychain, no display.
#![allow(dead_code)] // each test file uses its part of it

use std::{
    ffi::OsStr,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use tempfile::TempDir;

/// An account whose home is empty.
pub(crate) struct Account {
    home: TempDir,
}

/// How a program ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Account {
    pub(crate) fn new() -> Self {
        Self { home: TempDir::new().unwrap() }
    }

    pub(crate) fn home(&self) -> &Path {
        self.home.path()
    }

    /// Where chats are kept unless the command line says otherwise.
    pub(crate) fn data_folder(&self) -> PathBuf {
        self.home.path().join("data/drawbridge")
    }

    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.home.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    /// The program with these arguments, nothing on stdin, everything it writes caught.
    pub(crate) fn command<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Command {
        let program = Path::new(env!("CARGO_BIN_EXE_drawbridge-cli"));
        let worker = program.with_file_name(format!("drawbridge-engine{}", std::env::consts::EXE_SUFFIX));
        assert!(worker.is_file(), "{} is missing: `cargo build -p engine-worker` makes it", worker.display());
        let mut command = Command::new(program);
        command
            .args(arguments)
            .env_remove("DISPLAY")
            .env_remove("WAYLAND_DISPLAY")
            .env("HOME", self.home.path())
            .env("XDG_DATA_HOME", self.home.path().join("data"))
            .env("XDG_RUNTIME_DIR", self.home.path())
            .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    pub(crate) fn run<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Ended {
        self.command(arguments).output().unwrap().into()
    }

    pub(crate) fn run_with<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>, piped_in: &str) -> Ended {
        let mut child = self.command(arguments).stdin(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(piped_in.as_bytes()).unwrap();
        child.wait_with_output().unwrap().into()
    }

    /// Asks for what the starter model always says.
    pub(crate) fn ask(&self, question: &str) -> Ended {
        self.run(["ask", question, "--temperature", "0"]).done()
    }

    /// The starter model made unable to end its turn: it writes until its context is full.
    pub(crate) fn endless_model(&self) -> PathBuf {
        let mut bytes = std::fs::read(starter()).unwrap();
        // Engines know these marks by their texts, wherever they stand.
        for (mark, other) in [("<|im_end|>", "<|im_not|>"), ("<|endoftext|>", "<|neverends|>")] {
            while let Some(place) = place_of(&bytes, mark) {
                bytes[place..place + mark.len()].copy_from_slice(other.as_bytes());
            }
        }
        let key = "tokenizer.ggml.eos_token_id";
        let id = place_of(&bytes, key).unwrap() + key.len() + 4;
        bytes[id..id + 4].copy_from_slice(&NEVER_WRITTEN.to_le_bytes());
        self.file("endless.gguf", bytes)
    }

    /// The chats as JSON has them.
    pub(crate) fn chats(&self) -> Vec<serde_json::Value> {
        self.run(["chats", "list", "--json"]).done().json().as_array().unwrap().clone()
    }

    /// The messages of a chat, oldest first.
    pub(crate) fn messages(&self, chat: &serde_json::Value) -> Vec<serde_json::Value> {
        let shown = self.run(["chats", "show", chat["id"].as_str().unwrap(), "--json"]).done().json();
        shown["messages"].as_array().unwrap().clone()
    }
}

impl Ended {
    /// This ending, where it is a good one.
    pub(crate) fn done(self) -> Self {
        assert_eq!(self.code, Some(0), "{self:?}");
        self
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// It ended so, said why in one sentence or more, and wrote no result.
    #[track_caller]
    pub(crate) fn refused(&self, code: i32, because: &str) {
        assert_eq!(self.code, Some(code), "{self:?}");
        assert!(self.err.contains(because), "“{because}” is not in {self:?}");
        assert_eq!(self.out, "", "{self:?}");
    }
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }
}

/// The starter model's token for the byte 0xff, which no text holds.
const NEVER_WRITTEN: u32 = 190;

fn place_of(bytes: &[u8], text: &str) -> Option<usize> {
    bytes.windows(text.len()).position(|window| window == text.as_bytes())
}

pub(crate) fn starter() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../resources/starter-model/starter.gguf").canonicalize().unwrap()
}
