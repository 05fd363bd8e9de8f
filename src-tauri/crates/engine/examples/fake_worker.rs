//! A worker without a model, for `tests/`: what it does wrong is the name that it is started under.
//!
//! It answers any prompt with the numbers from 0 to `max_tokens`, one a millisecond, and measures any as the number
//! of answers under way. Names say where it goes wrong: `good` nowhere.

use std::{
    collections::VecDeque,
    io::{BufReader, Read, Write},
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
        mpsc::{self, RecvTimeoutError},
    },
    time::Duration,
};

use domain::{EngineError, FinishReason, MachineSpeed, ModelFacts, PartKind, Prompt, Sampling, Usage};
use engine_protocol::{BUILD, Body, Hello, LoadRequest, Reply, ReplyBody, Request, read_frame, write_frame};

fn main() {
    let name = std::env::args().next().unwrap_or_default();
    let fault = Path::new(&name).file_name().unwrap_or_default().to_string_lossy().into_owned();
    match fault.as_str() {
        "mute" => read_for_ever(),
        "stranger" => raw(b"Usage: cat [FILE]...\n"),
        "gone-at-start" => std::process::exit(3),
        _ => {}
    }
    let build = if fault == "old" { "drawbridge-engine 0.0.1 protocol 0" } else { BUILD };
    let hello = Hello { build: build.into(), system_info: "none".into(), pid: std::process::id() };
    frame(&hello);
    if fault == "old" {
        read_for_ever();
    }
    let (give, take) = mpsc::channel();
    let worker = Arc::new(Worker { fault, decoded: AtomicU64::new(0), out: Mutex::default() });
    let scheduler = Arc::clone(&worker);
    std::thread::spawn(move || scheduler.serve(&take));
    worker.listen(&give);
    if worker.fault == "deaf-at-end" {
        std::thread::sleep(Duration::from_secs(600));
    }
    std::process::exit(0);
}

struct Worker {
    fault: String,
    decoded: AtomicU64,
    out: Mutex<()>,
}

struct Answering {
    id: u64,
    next: u32,
    end: u32,
}

impl Worker {
    fn reply(&self, id: u64, body: ReplyBody) {
        let _whole_frames = self.out.lock();
        frame(&Reply { id, body });
    }

    fn listen(&self, give: &mpsc::Sender<Request>) {
        let mut stdin = BufReader::new(std::io::stdin());
        let mut pings = 0;
        while let Ok(Some(request)) = read_frame::<Request>(&mut stdin) {
            if request.body == Body::Ping {
                pings += 1;
                if self.fault != "no-pong" || pings < 2 {
                    let progress = self.decoded.load(Ordering::SeqCst);
                    self.reply(request.id, ReplyBody::Pong { progress, busy: true });
                }
            } else if give.send(request).is_err() {
                return;
            }
        }
    }

    fn serve(&self, take: &mpsc::Receiver<Request>) {
        let mut answers: VecDeque<Answering> = VecDeque::new();
        loop {
            match take.recv_timeout(Duration::from_millis(if answers.is_empty() { 1000 } else { 1 })) {
                Ok(Request { id, body }) => self.take_on(id, body, &mut answers),
                Err(RecvTimeoutError::Disconnected) => return,
                Err(RecvTimeoutError::Timeout) => {}
            }
            answers.retain_mut(|answer| self.go_on(answer));
        }
    }

    fn take_on(&self, id: u64, body: Body, answers: &mut VecDeque<Answering>) {
        match body {
            Body::Load(request) => self.load(id, &request),
            Body::Answer(prompt) => answers.push_back(self.begin(id, &prompt)),
            Body::Measure(_) => {
                self.reply(id, ReplyBody::Measured { tokens: answers.len() as u32, context_tokens: 2048 });
            }
            Body::Render { request_json, .. } => self.reply(id, ReplyBody::Rendered(request_json)),
            Body::MeasureMachine => {
                let speed = MachineSpeed { generation_bytes_per_second: 1e10, prompt_flops: 1e11, threads: 2 };
                self.reply(id, ReplyBody::MachineMeasured { speed, devices: Vec::new() });
            }
            Body::Cancel(_) if self.fault == "deaf-to-cancel" => {}
            Body::Cancel(of) => answers.retain(|answer| {
                if answer.id == of {
                    self.finish(answer, FinishReason::Stopped);
                }
                answer.id != of
            }),
            Body::Ping => {}
        }
    }

    fn load(&self, id: u64, request: &LoadRequest) {
        match self.fault.as_str() {
            "gone-at-load" => abort("/build/ggml/src/ggml.c:7: GGML_ASSERT(n_layer > 0) failed"),
            "no-model" => return self.reply(id, ReplyBody::Failed(EngineError::ModelUnreadable("no".into()))),
            "slow-load" => {
                for share in 1..u16::MAX {
                    self.reply(id, ReplyBody::Loading(f32::from(share) / f32::from(u16::MAX)));
                    std::thread::sleep(Duration::from_millis(1));
                }
            }
            "hangs-at-load" | "no-pong" => return,
            _ => self.reply(id, ReplyBody::Loading(0.5)),
        }
        self.reply(id, ReplyBody::Loaded(facts(request)));
    }

    fn begin(&self, id: u64, prompt: &Prompt) -> Answering {
        self.reply(id, ReplyBody::Reading { read: 1, total: 1 });
        Answering { id, next: 0, end: prompt.sampling.max_tokens.unwrap_or(10) }
    }

    /// One token more; false at the end.
    fn go_on(&self, answer: &mut Answering) -> bool {
        if answer.next == answer.end {
            self.finish(answer, FinishReason::MaxTokens);
            return false;
        }
        match (self.fault.as_str(), answer.next) {
            ("gone-at-answer", 3) => abort("ERROR out of luck\nggml-cpu.c:9: GGML_ASSERT(luck) failed"),
            ("hangs-at-answer", 3) => return true,
            ("gibberish-at-answer", 3) => raw(&[3, 0, 0, 0, 255, 255, 255]),
            ("endless-frame-at-answer", 3) => raw(&[255, 255, 255, 255, 1]),
            ("wrong-reply-at-answer", 3) => self.reply(answer.id, ReplyBody::Rendered("?".into())),
            _ => {}
        }
        let (kind, text) = (PartKind::Text, format!("{} ", answer.next));
        self.reply(answer.id, ReplyBody::Piece { kind, text, tokens: vec![answer.next as i32] });
        self.decoded.fetch_add(1, Ordering::SeqCst);
        answer.next += 1;
        true
    }

    fn finish(&self, answer: &Answering, reason: FinishReason) {
        let usage = Usage { prompt_tokens: 1, output_tokens: answer.next, ..Usage::default() };
        self.reply(answer.id, ReplyBody::Finished { reason, usage, prompt_sha256: "00".into() });
    }
}

fn facts(request: &LoadRequest) -> ModelFacts {
    ModelFacts {
        engine_build: "fake".into(),
        context_tokens: request.context_tokens.unwrap_or(2048),
        trained_context_tokens: 2048,
        template_sha256: String::new(),
        template_fallback: false,
        default_sampling: Sampling::default(),
        vocabulary_only: request.vocabulary_only,
    }
}

fn frame<T: serde::Serialize>(value: &T) {
    if write_frame(&mut std::io::stdout(), value).is_err() {
        std::process::exit(0);
    }
}

fn raw(bytes: &[u8]) -> ! {
    let mut stdout = std::io::stdout();
    let _ = stdout.write_all(bytes).and_then(|()| stdout.flush());
    read_for_ever()
}

/// Alive, whatever happens to its pipes.
fn read_for_ever() -> ! {
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
    loop {
        std::thread::sleep(Duration::from_secs(600));
    }
}

fn abort(words: &str) -> ! {
    let _ = writeln!(std::io::stderr(), "{words}");
    std::process::abort()
}
