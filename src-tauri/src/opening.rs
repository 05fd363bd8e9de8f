//! The core on its way: the window draws while the database opens, and a core that cannot be opened is an answer too.

use std::{future::Future, sync::Arc};

use app::Core;
use tokio::sync::watch;
use wire::Failure;

/// The core, once it is there, or why it is not.
#[derive(Clone)]
pub(crate) struct Opening {
    result: watch::Receiver<Option<Result<Arc<Core>, Failure>>>,
}

impl Opening {
    /// Begins to open on the runtime that this is called in.
    pub(crate) fn begin(open: impl Future<Output = Result<Arc<Core>, Failure>> + Send + 'static) -> Self {
        let (done, result) = watch::channel(None);
        tokio::spawn(async move {
            let opened = open.await;
            if let Err(failure) = &opened {
                tracing::error!(%failure, "the core did not open");
            }
            let _ = done.send(Some(opened));
        });
        Self { result }
    }

    /// Waits for the core.
    ///
    /// # Errors
    /// Why it could not be opened.
    pub(crate) async fn core(&self) -> Result<Arc<Core>, Failure> {
        match self.result.clone().wait_for(Option::is_some).await {
            Ok(opened) => opened.clone().expect("BUG: waited for Some"),
            Err(_) => Err(Failure::unexpected(
                "Drawbridge did not finish opening its data. Nothing was changed; start it again.",
            )),
        }
    }

    /// The core, where it is there already.
    pub(crate) fn now(&self) -> Option<Arc<Core>> {
        self.result.borrow().as_ref()?.as_ref().ok().cloned()
    }
}
