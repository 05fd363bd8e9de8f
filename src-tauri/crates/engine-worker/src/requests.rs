//! Which requests are open, and what cancelling one means. A stop is answered by the thread that reads it, at once:
//! the thread that decodes may be in the middle of a piece of a long prompt.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

use domain::{EngineError, FinishReason, Usage};
use engine_protocol::{Body, ReplyBody};

/// A request on its way through the threads.
#[derive(Debug, Clone)]
pub(crate) struct Ticket {
    /// The engine's name for it.
    pub(crate) id: u64,
    /// When it was read.
    pub(crate) received: Instant,
    cancelled: Arc<AtomicBool>,
    figures: Arc<Mutex<Figures>>,
}

/// What the last reply to an answer tells, as of what was sent of it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Figures {
    pub(crate) usage: Usage,
    pub(crate) prompt_sha256: String,
}

impl Ticket {
    /// Somebody has no use for it any more.
    pub(crate) fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    /// The figures as they are now.
    pub(crate) fn figures(&self) -> MutexGuard<'_, Figures> {
        locked(&self.figures)
    }
}

/// Who ends a request that is cancelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// An answer: whoever cancels, with the figures so far. The thread that decodes lets it go when it comes round.
    Answer,
    /// A count, a rendering or a measurement: whoever cancels.
    Quick,
    /// A load: the thread that works at it, which looks at the flag.
    Load,
}

/// The open requests.
#[derive(Debug, Clone, Default)]
pub(crate) struct Requests(Arc<Mutex<HashMap<u64, (Kind, Ticket)>>>);

impl Requests {
    /// Opens a request.
    pub(crate) fn open(&self, id: u64, body: &Body) -> Ticket {
        let kind = match body {
            Body::Answer(_) => Kind::Answer,
            Body::Measure(_) | Body::Render { .. } | Body::MeasureMachine => Kind::Quick,
            Body::Load(_) | Body::Cancel(_) | Body::Ping => Kind::Load,
        };
        let ticket = Ticket { id, received: Instant::now(), cancelled: Arc::default(), figures: Arc::default() };
        locked(&self.0).insert(id, (kind, ticket.clone()));
        ticket
    }

    /// Cancels a request; the reply, if it is to be sent at once, and then nothing follows it.
    pub(crate) fn cancel(&self, id: u64) -> Option<ReplyBody> {
        let mut map = locked(&self.0);
        let (kind, ticket) = map.get(&id)?;
        ticket.cancelled.store(true, Ordering::Relaxed);
        let reply = match kind {
            Kind::Load => return None,
            Kind::Quick => ReplyBody::Failed(EngineError::Cancelled),
            Kind::Answer => {
                let Figures { usage, prompt_sha256 } = ticket.figures().clone();
                ReplyBody::Finished { reason: FinishReason::Stopped, usage, prompt_sha256 }
            }
        };
        map.remove(&id);
        Some(reply)
    }

    /// Says something, unless the request was ended meanwhile: nothing may follow its last reply.
    pub(crate) fn while_open(&self, id: u64, say: impl FnOnce()) {
        let map = locked(&self.0);
        if map.contains_key(&id) {
            say();
        }
    }

    /// Closes a request before its last reply; false if it was ended meanwhile, and then nothing is to be sent.
    pub(crate) fn close(&self, id: u64) -> bool {
        locked(&self.0).remove(&id).is_some()
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use domain::{Prompt, Sampling};

    use super::*;

    fn answer() -> Body {
        Body::Answer(Prompt { cache_key: String::new(), turns: Vec::new(), open: None, sampling: Sampling::default() })
    }

    #[test]
    fn an_answer_is_ended_by_exactly_one_thread() {
        let requests = Requests::default();
        let ticket = requests.open(1, &answer());
        ticket.figures().usage.output_tokens = 7;
        let said = |id| {
            let mut said = false;
            requests.while_open(id, || said = true);
            said
        };
        assert!(said(1));
        let Some(ReplyBody::Finished { reason, usage, .. }) = requests.cancel(1) else { panic!("at once") };
        assert_eq!((reason, usage.output_tokens), (FinishReason::Stopped, 7));
        assert!(ticket.is_cancelled() && !said(1), "nothing follows");
        assert!(!requests.close(1), "it was ended by the canceller");

        requests.open(2, &answer());
        assert!(requests.close(2));
        assert_eq!(requests.cancel(2), None, "it was ended by itself");
    }

    #[test]
    fn a_count_is_cancelled_at_once_and_a_load_by_its_thread() {
        let requests = Requests::default();
        requests.open(1, &Body::Render { source: domain::RenderSource::Model("x".into()), request_json: "{}".into() });
        assert_eq!(requests.cancel(1), Some(ReplyBody::Failed(EngineError::Cancelled)));
        assert_eq!(requests.cancel(77), None);
        let load = engine_protocol::LoadRequest {
            files: Vec::new(),
            context_tokens: None,
            threads: 1,
            sequences: 1,
            vocabulary_only: true,
        };
        let ticket = requests.open(2, &Body::Load(load));
        assert_eq!(requests.cancel(2), None);
        assert!(ticket.is_cancelled() && requests.close(2));
    }
}
