//! The way out: frames on what was stdout.

use std::{
    fs::File,
    io,
    os::fd::{AsRawFd, FromRawFd},
    sync::{Arc, Mutex, PoisonError},
};

use domain::EngineError;
use engine_protocol::{FrameError, Hello, Reply, ReplyBody, write_frame};

/// Where every thread sends its replies. A full pipe holds the sender up: the engine reads, or nobody needs the reply.
#[derive(Clone)]
pub(crate) struct Replies(Arc<Mutex<File>>);

impl Replies {
    /// Takes stdout for frames and points file descriptor 1 at stderr, so that nothing else can write among them.
    ///
    /// # Errors
    /// The operating system's.
    #[allow(unsafe_code)] // dup and dup2 on descriptors that this process was started with
    pub(crate) fn claim_stdout() -> io::Result<Self> {
        let out = io::stdout().as_raw_fd();
        // SAFETY: plain calls on the standard descriptors; the new descriptor has no other owner.
        let frames = unsafe {
            let frames = libc::fcntl(out, libc::F_DUPFD_CLOEXEC, 3);
            if frames < 0 || libc::dup2(libc::STDERR_FILENO, out) < 0 {
                return Err(io::Error::last_os_error());
            }
            File::from_raw_fd(frames)
        };
        Ok(Self(Arc::new(Mutex::new(frames))))
    }

    /// Says hello.
    pub(crate) fn hello(&self, hello: &Hello) {
        self.write(hello);
    }

    /// Replies to a request.
    pub(crate) fn send(&self, id: u64, body: ReplyBody) {
        self.write(&Reply { id, body });
    }

    /// Tells that a request failed.
    pub(crate) fn fail(&self, id: u64, error: EngineError) {
        self.send(id, ReplyBody::Failed(error));
    }

    fn write<T: serde::Serialize>(&self, frame: &T) {
        let mut file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match write_frame(&mut *file, frame) {
            Ok(()) => {}
            // Nobody reads any more: the engine is gone.
            Err(FrameError::Io(_)) => crate::serve::leave(0),
            Err(error) => panic!("BUG: a reply that cannot be framed: {error}"),
        }
    }
}
