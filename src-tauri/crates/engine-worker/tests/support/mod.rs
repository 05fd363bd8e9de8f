//! The real worker with the real starter model, spoken to over its pipes.
#![allow(clippy::unwrap_used, dead_code)]

use std::{
    io::Write,
    path::PathBuf,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use domain::{EngineError, FinishReason, ModelFacts, OpenAnswer, PartKind, Prompt, Role, Sampling, Turn, Usage};
use engine_protocol::{Body, Hello, LoadRequest, Reply, ReplyBody, Request, read_frame, write_frame};

/// The model that comes with the application.
pub(crate) fn starter() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../resources/starter-model/starter.gguf"))
}

pub(crate) fn load_request() -> LoadRequest {
    LoadRequest { files: vec![starter()], context_tokens: None, threads: 1, sequences: 4, vocabulary_only: false }
}

/// A worker process.
pub(crate) struct Worker {
    pub(crate) child: Child,
    pub(crate) to: Option<ChildStdin>,
    pub(crate) from: ChildStdout,
    pub(crate) hello: Hello,
    next: u64,
}

/// An answer as it arrived.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Answered {
    pub(crate) text: String,
    pub(crate) reasoning: String,
    pub(crate) tokens: Vec<i32>,
    /// Text, reasoning and tokens of every frame.
    pub(crate) pieces: Vec<(PartKind, String, Vec<i32>)>,
    pub(crate) reading: Vec<(u32, u32)>,
    pub(crate) finish: Option<FinishReason>,
    pub(crate) usage: Usage,
    pub(crate) sha256: String,
}

impl Worker {
    pub(crate) fn start() -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_drawbridge-engine"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let to = child.stdin.take();
        let mut from = child.stdout.take().unwrap();
        let hello = read_frame(&mut from).unwrap().unwrap();
        Self { child, to, from, hello, next: 0 }
    }

    /// A worker with the starter model.
    pub(crate) fn loaded() -> Self {
        let mut worker = Self::start();
        worker.load(load_request()).unwrap();
        worker
    }

    pub(crate) fn send(&mut self, body: Body) -> u64 {
        self.next += 1;
        write_frame(self.to.as_mut().unwrap(), &Request { id: self.next, body }).unwrap();
        self.next
    }

    pub(crate) fn write_raw(&mut self, bytes: &[u8]) {
        self.to.as_mut().unwrap().write_all(bytes).unwrap();
    }

    pub(crate) fn reply(&mut self) -> Reply {
        self.reply_or_end().expect("the worker ended")
    }

    pub(crate) fn reply_or_end(&mut self) -> Option<Reply> {
        read_frame(&mut self.from).unwrap()
    }

    pub(crate) fn load(&mut self, request: LoadRequest) -> Result<ModelFacts, EngineError> {
        let id = self.send(Body::Load(request));
        loop {
            let reply = self.reply();
            assert_eq!(reply.id, id);
            match reply.body {
                ReplyBody::Loading(share) => assert!((0.0..=1.0).contains(&share)),
                ReplyBody::Loaded(facts) => return Ok(facts),
                ReplyBody::Failed(error) => return Err(error),
                other => panic!("unexpected {other:?}"),
            }
        }
    }

    pub(crate) fn answer(&mut self, prompt: Prompt) -> Result<Answered, EngineError> {
        let id = self.send(Body::Answer(prompt));
        self.answers(&[id]).pop().unwrap()
    }

    /// Reads until every one of these answers has ended.
    pub(crate) fn answers(&mut self, ids: &[u64]) -> Vec<Result<Answered, EngineError>> {
        let mut answers: Vec<Result<Answered, EngineError>> = ids.iter().map(|_| Ok(Answered::default())).collect();
        let mut open = ids.len();
        while open > 0 {
            let reply = self.reply();
            let at = ids.iter().position(|id| *id == reply.id).expect("a reply to another request");
            open -= usize::from(take(&mut answers[at], reply.body));
        }
        answers
    }

    pub(crate) fn measure(&mut self, prompt: Prompt) -> Result<(u32, u32), EngineError> {
        self.send(Body::Measure(prompt));
        match self.reply().body {
            ReplyBody::Measured { tokens, context_tokens } => Ok((tokens, context_tokens)),
            ReplyBody::Failed(error) => Err(error),
            other => panic!("unexpected {other:?}"),
        }
    }

    pub(crate) fn render(&mut self, source: domain::RenderSource, request_json: &str) -> Result<String, EngineError> {
        self.send(Body::Render { source, request_json: request_json.to_owned() });
        match self.reply().body {
            ReplyBody::Rendered(text) => Ok(text),
            ReplyBody::Failed(error) => Err(error),
            other => panic!("unexpected {other:?}"),
        }
    }
}

/// Takes a reply into an answer; true if it was the last.
pub(crate) fn take(answer: &mut Result<Answered, EngineError>, body: ReplyBody) -> bool {
    let so_far = answer.as_mut().expect("no reply follows the last");
    match body {
        ReplyBody::Reading { read, total } => so_far.reading.push((read, total)),
        ReplyBody::Piece { kind, text, tokens } => {
            match kind {
                PartKind::Text => so_far.text.push_str(&text),
                PartKind::Reasoning => so_far.reasoning.push_str(&text),
            }
            so_far.tokens.extend(&tokens);
            so_far.pieces.push((kind, text, tokens));
        }
        ReplyBody::Finished { reason, usage, prompt_sha256 } => {
            so_far.finish = Some(reason);
            so_far.usage = usage;
            so_far.sha256 = prompt_sha256;
            return true;
        }
        ReplyBody::Failed(error) => {
            *answer = Err(error);
            return true;
        }
        other => panic!("unexpected {other:?}"),
    }
    false
}

impl Drop for Worker {
    fn drop(&mut self) {
        drop(self.to.take());
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn greedy() -> Sampling {
    Sampling { temperature: 0.0, ..Sampling::default() }
}

pub(crate) fn turn(role: Role, text: &str) -> Turn {
    Turn::said(role, text)
}

/// A first question, answered greedily.
pub(crate) fn question(text: &str) -> Prompt {
    Prompt { cache_key: "chat".into(), turns: vec![turn(Role::User, text)], open: None, sampling: greedy() }
}

/// The same question, its answer broken off after these tokens.
pub(crate) fn broken_off(text: &str, open: OpenAnswer) -> Prompt {
    Prompt { open: Some(open), ..question(text) }
}
