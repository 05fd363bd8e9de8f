//! The three pipes of a worker, each with its thread.

use std::{
    io::{BufRead, BufReader, Read, Write},
    process::{ChildStderr, ChildStdin, ChildStdout},
    sync::{Arc, mpsc},
    thread::JoinHandle,
    time::Instant,
};

use domain::EngineError;
use engine_protocol::{BUILD, Body, FrameError, Hello, LoadRequest, Reply, ReplyBody, read_frame};

use crate::{
    calls::{Delivered, Misbehaved},
    process::{LOAD, Process, Stage, locked},
};

/// Longest line of a worker's log.
const LINE_BYTES: u64 = 4096;

impl Process {
    pub(crate) fn read_to_the_end(&self, stdout: ChildStdout, load: Option<LoadRequest>, log: JoinHandle<()>) {
        let broken = self.listen(BufReader::new(stdout), load).err();
        self.lock().deaf = true;
        // It closed its output: it is dying, or it must. A signal does not change how a dying process ended.
        self.kill();
        let status = locked(&self.child).take().map(|mut child| child.wait());
        let _ = log.join(); // its last words are complete now
        let crash = || {
            let words = locked(&self.words);
            EngineError::Crashed(match status {
                Some(Ok(status)) => words.explain(status),
                Some(Err(error)) => error.to_string(),
                None => "it was never there".into(),
            })
        };
        let decided = self.lock().ending.clone();
        self.leave(decided.or(broken).unwrap_or_else(crash));
    }

    /// Reads until the output ends (then how the process ended says why) or makes no sense.
    fn listen(&self, mut stdout: impl Read, load: Option<LoadRequest>) -> Result<(), EngineError> {
        let stranger = |what: String| EngineError::Unavailable(format!("the program found is not ours: {what}"));
        let hello: Hello = match read_frame(&mut stdout) {
            Ok(Some(hello)) => hello,
            Ok(None) | Err(FrameError::Io(_)) => return Ok(()),
            Err(error) => return Err(stranger(error.to_string())),
        };
        if hello.build != BUILD {
            let theirs: String = hello.build.chars().filter(|sign| !sign.is_control()).take(80).collect();
            return Err(stranger(format!("it is \"{theirs}\" where \"{BUILD}\" is needed")));
        }
        tracing::info!(target: "worker", pid = hello.pid, system = hello.system_info, "ready");
        self.welcome(load);
        loop {
            match read_frame::<Reply>(&mut stdout) {
                Ok(Some(reply)) => self.hear(reply).map_err(|Misbehaved| incomprehensible("it was not asked for"))?,
                Ok(None) | Err(FrameError::Io(_)) => return Ok(()),
                Err(error) => return Err(incomprehensible(&error.to_string())),
            }
        }
    }

    fn welcome(&self, load: Option<LoadRequest>) {
        let mut inner = self.lock();
        inner.hello_by = None;
        inner.watch.begin();
        inner.tick_at = Instant::now() + self.options.ping;
        match load {
            Some(load) => inner.request(LOAD, Body::Load(load)),
            None => drop(self.stage.send_replace(Stage::Ready(None))),
        }
        self.wake.notify_all();
    }

    fn hear(&self, Reply { id, body }: Reply) -> Result<(), Misbehaved> {
        let mut inner = self.lock();
        inner.watch.hear(&body);
        let loading = id == LOAD && matches!(*self.stage.borrow(), Stage::Starting(_));
        match body {
            ReplyBody::Pong { .. } => {}
            ReplyBody::Loading(share) if loading => drop(self.stage.send_replace(Stage::Starting(share))),
            ReplyBody::Loaded(facts) if loading => {
                inner.quiet_since = Instant::now();
                self.stage.send_replace(Stage::Ready(Some(Arc::new(facts))));
                self.wake.notify_all();
            }
            ReplyBody::Failed(error) if loading => self.ends(&mut inner, error),
            body => {
                if inner.calls.deliver(id, body)? == Delivered::Answered {
                    locked(&self.restarts).answered();
                }
                self.rest(&mut inner);
            }
        }
        Ok(())
    }

    pub(crate) fn read_log(&self, stderr: ChildStderr, pid: u32) {
        let mut stderr = BufReader::new(stderr);
        let mut line = Vec::new();
        loop {
            line.clear();
            match stderr.by_ref().take(LINE_BYTES).read_until(b'\n', &mut line) {
                Ok(0) | Err(_) => return,
                Ok(_) => {
                    let text = String::from_utf8_lossy(&line);
                    let text = text.trim_end();
                    locked(&self.words).hear(text);
                    match text.split_once(' ') {
                        Some(("ERROR", text)) => tracing::error!(target: "worker", pid, "{text}"),
                        Some(("WARN", text)) => tracing::warn!(target: "worker", pid, "{text}"),
                        _ => tracing::debug!(target: "worker", pid, "{text}"),
                    }
                }
            }
        }
    }
}

pub(crate) fn write_all(mut stdin: ChildStdin, frames: &mpsc::Receiver<Vec<u8>>) {
    for frame in frames {
        if stdin.write_all(&frame).is_err() {
            return; // it is dying, and the reader will tell
        }
    }
}

fn incomprehensible(what: &str) -> EngineError {
    EngineError::Crashed(format!("what it said could not be understood ({what})"))
}
