//! The process from start to end, and the thread that reads requests.

use std::{
    io,
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
        mpsc,
    },
    thread,
};

use domain::{Clock, EngineError, SystemClock};
use engine_protocol::{BUILD, Body, Hello, ReplyBody, Request, read_frame};

use crate::{
    desk, log,
    replies::Replies,
    requests::{Requests, Ticket},
    template::Now,
};

/// Deep templates recurse; a thread's usual 2 MiB is little for them in a development build.
const STACK_BYTES: usize = 16 * 1024 * 1024;

/// Signs of life, for pings.
#[derive(Debug, Default)]
pub(crate) struct Pulse {
    /// Batches decoded so far.
    pub(crate) decoded: AtomicU64,
    /// Something is to be decoded.
    pub(crate) busy: AtomicBool,
}

/// What the threads share.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) replies: Replies,
    pub(crate) requests: Requests,
    pub(crate) pulse: Arc<Pulse>,
    pub(crate) system_info: Arc<str>,
    pub(crate) now: Now,
}

/// A request for the other threads.
pub(crate) struct Job {
    pub(crate) ticket: Ticket,
    pub(crate) body: Body,
}

/// Serves requests from stdin until it ends.
///
/// Exit codes: 0 at the end of stdin, 1 where the process cannot start, 2 after a frame that cannot be understood, 70
/// after a bug in the thread that decodes.
pub fn serve() -> ExitCode {
    walls::worker::at_start();
    quiet_ggml();
    let replies = match Replies::claim_stdout() {
        Ok(replies) => replies,
        Err(error) => {
            log::line("ERROR", &format!("stdout cannot be taken: {error}"));
            return ExitCode::FAILURE;
        }
    };
    log::to_stderr();
    log::panics_without_words();
    let shared = Shared {
        replies,
        requests: Requests::default(),
        pulse: Arc::default(),
        system_info: log::system_info().into(),
        now: Now::new(|| SystemClock.now()),
    };
    shared.replies.hello(&Hello {
        build: BUILD.to_owned(),
        system_info: shared.system_info.to_string(),
        pid: std::process::id(),
    });
    let (jobs, inbox) = mpsc::channel();
    let for_desk = shared.clone();
    let desk =
        thread::Builder::new().name("desk".into()).stack_size(STACK_BYTES).spawn(move || desk::run(&inbox, &for_desk));
    if let Err(error) = desk {
        log::line("ERROR", &format!("no thread can be started: {error}"));
        return ExitCode::FAILURE;
    }
    // At the end of stdin the process goes at once, in the middle of a decode if need be: nobody waits for it.
    leave(read_requests(&mut io::stdin().lock(), &shared, &jobs))
}

/// Ends the process without its exit handlers: those of C++ take llama.cpp's tables away under the thread that decodes,
/// which then crashes. Nothing here waits to be written.
#[allow(unsafe_code)] // _exit has no other name
pub(crate) fn leave(code: i32) -> ! {
    // SAFETY: it takes a number and does not return; whatever the other threads hold goes with the process.
    unsafe { libc::_exit(code) }
}

/// Reads requests until the stream ends; the process's exit code.
fn read_requests(from: &mut impl io::Read, shared: &Shared, jobs: &mpsc::Sender<Job>) -> i32 {
    loop {
        let Request { id, body } = match read_frame(from) {
            Ok(Some(request)) => request,
            Ok(None) => return 0,
            Err(error) => {
                log::line("ERROR", &format!("a request could not be read: {error}"));
                return 2;
            }
        };
        match body {
            Body::Ping => {
                let progress = shared.pulse.decoded.load(Ordering::Relaxed);
                let busy = shared.pulse.busy.load(Ordering::Relaxed);
                shared.replies.send(id, ReplyBody::Pong { progress, busy });
            }
            Body::Cancel(which) => {
                if let Some(reply) = shared.requests.cancel(which) {
                    shared.replies.send(which, reply);
                }
            }
            body => {
                let ticket = shared.requests.open(id, &body);
                if jobs.send(Job { ticket, body }).is_err() {
                    shared.replies.fail(id, EngineError::Crashed("its working thread has ended".into()));
                }
            }
        }
    }
}

/// A failed assertion in ggml would start a debugger for a backtrace, which the walls forbid.
#[allow(unsafe_code)] // setenv while this is the only thread
fn quiet_ggml() {
    // SAFETY: no other thread runs yet, so nobody reads the environment meanwhile.
    unsafe { std::env::set_var("GGML_NO_BACKTRACE", "1") };
}
