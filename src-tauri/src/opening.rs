//! The core on its way: the window draws while the database opens, and a core that cannot be opened is an answer too.

use std::sync::{Arc, Mutex};

use app::Core;
use domain::BoxFuture;
use tokio::sync::watch;
use wire::Failure;

type Opened = Result<Arc<Core>, Failure>;
type Attempt = watch::Receiver<Option<Opened>>;

/// The core, once it is there, or why it is not.
pub(crate) struct Opening {
    open: Box<dyn Fn() -> BoxFuture<'static, Opened> + Send + Sync>,
    attempt: Mutex<Attempt>,
}

impl Opening {
    /// Begins to open on the runtime that this is called in.
    pub(crate) fn begin(open: impl Fn() -> BoxFuture<'static, Opened> + Send + Sync + 'static) -> Self {
        let attempt = Mutex::new(attempt(open()));
        Self { open: Box::new(open), attempt }
    }

    /// Begins anew where the last attempt failed: the user has looked and asks again.
    pub(crate) fn retry(&self) {
        let mut last = self.attempt.lock().expect("BUG: nothing panics while it holds the attempt");
        let failed = matches!(*last.borrow(), Some(Err(_)));
        if failed {
            *last = attempt((self.open)());
        }
    }

    /// Waits for the core.
    ///
    /// # Errors
    /// Why it could not be opened.
    pub(crate) async fn core(&self) -> Opened {
        let mut attempt = self.attempt.lock().expect("BUG: nothing panics while it holds the attempt").clone();
        match attempt.wait_for(Option::is_some).await {
            Ok(opened) => opened.clone().expect("BUG: waited for Some"),
            Err(_) => Err(Failure::unexpected(
                "Drawbridge did not finish opening your chats. They were left as they are; start it again.",
            )),
        }
    }

    /// The core, where it is there already.
    pub(crate) fn now(&self) -> Option<Arc<Core>> {
        self.attempt.lock().ok()?.borrow().as_ref()?.as_ref().ok().cloned()
    }
}

fn attempt(open: BoxFuture<'static, Opened>) -> Attempt {
    let (done, attempt) = watch::channel(None);
    tokio::spawn(async move {
        let opened = open.await;
        if let Err(failure) = &opened {
            tracing::error!(%failure, "the core did not open");
        }
        let _ = done.send(Some(opened));
    });
    attempt
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[tokio::test]
    async fn a_failure_stands_until_somebody_asks_again() {
        let attempts = Arc::new(AtomicU32::new(0));
        let counted = attempts.clone();
        let opening = Opening::begin(move || {
            let number = counted.fetch_add(1, Ordering::SeqCst);
            Box::pin(async move { Err(Failure::invalid(format!("attempt {number}"))) })
        });
        for _ in 0..2 {
            assert_eq!(opening.core().await.err(), Some(Failure::invalid("attempt 0")));
        }
        assert!(opening.now().is_none());
        opening.retry();
        assert_eq!(opening.core().await.err(), Some(Failure::invalid("attempt 1")));
        assert_eq!(attempts.load(Ordering::SeqCst), 2);
    }
}
