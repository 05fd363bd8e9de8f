//! Ctrl+C and its relatives: the first ends the answer and keeps what is written, the second ends the program.

use std::{
    process,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use tokio::sync::Notify;

/// A wish to end early. Clones share it.
#[derive(Clone, Default)]
pub(crate) struct Interrupt {
    wish: Arc<Notify>,
    by_signal: Arc<AtomicBool>,
}

impl Interrupt {
    /// Listens for signals from now on.
    pub(crate) fn listen() -> Self {
        let interrupt = Self::default();
        let heard = interrupt.clone();
        tokio::spawn(async move {
            signal().await;
            heard.by_signal.store(true, Ordering::Relaxed);
            heard.wish();
            signal().await;
            process::exit(130);
        });
        interrupt
    }

    /// Wishes it for another reason than a signal.
    pub(crate) fn wish(&self) {
        self.wish.notify_one();
    }

    /// Waits for the wish; it is not forgotten where nobody waited yet.
    pub(crate) async fn wished(&self) {
        self.wish.notified().await;
    }

    /// A signal has come.
    pub(crate) fn by_signal(&self) -> bool {
        self.by_signal.load(Ordering::Relaxed)
    }
}

#[cfg(unix)]
async fn signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let listen = |kind| signal(kind).expect("BUG: a runtime with I/O can listen for signals");
    let (mut interrupt, mut terminate, mut hang_up) =
        (listen(SignalKind::interrupt()), listen(SignalKind::terminate()), listen(SignalKind::hangup()));
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
        _ = hang_up.recv() => {}
    }
}

#[cfg(not(unix))]
async fn signal() {
    // Where Ctrl+C cannot be listened for, it ends the program as ever.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
