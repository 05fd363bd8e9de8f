//! The one thing that a download waits for.

use std::{future::Future, sync::Arc, time::Duration};

use bytes::Bytes;
use domain::{BoxFuture, BoxStream, TransportError};
use futures_util::StreamExt;
use tokio::{sync::OwnedSemaphorePermit, task::JoinHandle, time::timeout};

use super::{
    super::work::{Watch, joined},
    Event, PartFile,
};

/// How often hashing is looked at, and a body that brings nothing.
const LOOK_EVERY: Duration = Duration::from_millis(250);
const TICK: Duration = Duration::from_secs(1);

/// What goes on.
pub(super) enum Activity {
    /// Nothing.
    Idle,
    /// Something that can be dropped at any time.
    Future(BoxFuture<'static, Outcome>),
    /// Something on a thread of its own that must be waited for.
    Blocking(JoinHandle<Outcome>, Arc<Watch>),
    /// Bytes arrive.
    Body(BoxStream<Result<Bytes, TransportError>>),
}

/// What came of it.
pub(super) struct Outcome {
    /// What the machine is told.
    pub event: Event,
    /// What came with it.
    pub brought: Brought,
}

/// Things that are no events.
pub(super) enum Brought {
    /// None.
    Nothing,
    /// The turn, as long as it is held.
    Turn(OwnedSemaphorePermit),
    /// An open part.
    Part(PartFile),
    /// An answer's body.
    Body(BoxStream<Result<Bytes, TransportError>>),
    /// Some of it.
    Chunk(Bytes),
}

impl From<Event> for Outcome {
    fn from(event: Event) -> Self {
        Self { event, brought: Brought::Nothing }
    }
}

impl Activity {
    /// Something that can be dropped at any time.
    pub(super) fn future(future: impl Future<Output = Outcome> + Send + 'static) -> Self {
        Self::Future(Box::pin(future))
    }

    /// Something on a thread of its own.
    pub(super) fn blocking(work: impl FnOnce(&Watch) -> Outcome + Send + 'static) -> Self {
        let watch = Arc::new(Watch::default());
        let theirs = watch.clone();
        Self::Blocking(tokio::task::spawn_blocking(move || work(&theirs)), watch)
    }

    /// What happens next; never where nothing goes on. Nothing is lost where this is dropped and called again.
    pub(super) async fn next(&mut self) -> Outcome {
        let outcome = match self {
            Self::Idle => std::future::pending().await,
            Self::Future(future) => future.await,
            Self::Blocking(work, watch) => loop {
                match (timeout(LOOK_EVERY, joined(work)).await, watch.progress()) {
                    (Ok(outcome), _) => break outcome,
                    (Err(_), Some((done, of))) => return Event::Hashing { done, of }.into(),
                    (Err(_), None) => {}
                }
            },
            Self::Body(body) => match timeout(TICK, body.next()).await {
                Ok(Some(Ok(bytes))) => {
                    return Outcome { event: Event::Chunk(bytes.len() as u64), brought: Brought::Chunk(bytes) };
                }
                Ok(Some(Err(error))) => Event::Broke(error.into()).into(),
                Ok(None) => Event::Ended.into(),
                Err(_) => return Event::Tick.into(),
            },
        };
        *self = Self::Idle;
        outcome
    }

    /// Ends it, and waits until it has.
    pub(super) async fn end(self) {
        if let Self::Blocking(mut work, watch) = self {
            watch.stop();
            joined(&mut work).await;
        }
    }
}
