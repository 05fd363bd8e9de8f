//! Which requests are open, how far each is, and what cancelling it means there.

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
}

impl Ticket {
    /// Somebody has no use for it any more.
    pub(crate) fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }
}

/// How a request ends when it is cancelled now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// An answer whose prompt is not ready: ended at once, by whoever cancels.
    Preparing,
    /// A count, a rendering or a measurement: ended at once, by whoever cancels.
    Quick,
    /// Ended by the thread that works at it, which looks at the flag.
    UnderWay,
}

/// The open requests.
#[derive(Debug, Clone, Default)]
pub(crate) struct Requests(Arc<Mutex<Open>>);

/// How far each request is, and the flag that its thread looks at.
type Open = HashMap<u64, (Phase, Arc<AtomicBool>)>;

impl Requests {
    /// Opens a request.
    pub(crate) fn open(&self, id: u64, body: &Body) -> Ticket {
        let cancelled = Arc::new(AtomicBool::new(false));
        let phase = match body {
            Body::Answer(_) => Phase::Preparing,
            Body::Measure(_) | Body::Render { .. } | Body::MeasureMachine => Phase::Quick,
            Body::Load(_) | Body::Cancel(_) | Body::Ping => Phase::UnderWay,
        };
        self.map().insert(id, (phase, Arc::clone(&cancelled)));
        Ticket { id, received: Instant::now(), cancelled }
    }

    /// Cancels a request; the reply, if it is to be sent at once.
    pub(crate) fn cancel(&self, id: u64) -> Option<ReplyBody> {
        let mut map = self.map();
        let (phase, cancelled) = map.get(&id)?;
        cancelled.store(true, Ordering::Relaxed);
        let reply = match phase {
            Phase::UnderWay => return None,
            Phase::Quick => ReplyBody::Failed(EngineError::Cancelled),
            Phase::Preparing => ReplyBody::Finished {
                reason: FinishReason::Stopped,
                usage: Usage::default(),
                prompt_sha256: String::new(),
            },
        };
        map.remove(&id);
        Some(reply)
    }

    /// From here on the thread that decodes ends the answer; false if it was ended meanwhile.
    pub(crate) fn hand_over(&self, id: u64) -> bool {
        self.map().get_mut(&id).map(|(phase, _)| *phase = Phase::UnderWay).is_some()
    }

    /// Closes a request before its last reply; false if it was ended meanwhile, and then nothing is to be sent.
    pub(crate) fn close(&self, id: u64) -> bool {
        self.map().remove(&id).is_some()
    }

    fn map(&self) -> MutexGuard<'_, Open> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
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
        requests.open(1, &answer());
        assert!(matches!(requests.cancel(1), Some(ReplyBody::Finished { reason: FinishReason::Stopped, .. })));
        assert!(!requests.hand_over(1), "it was ended by the canceller");

        let ticket = requests.open(2, &answer());
        assert!(requests.hand_over(2));
        assert_eq!(requests.cancel(2), None);
        assert!(ticket.is_cancelled());
        assert!(requests.close(2));
        assert!(!requests.close(2));
    }

    #[test]
    fn a_count_is_cancelled_at_once_and_a_load_by_its_thread() {
        let requests = Requests::default();
        requests.open(1, &Body::Render { source: domain::RenderSource::Model("x".into()), request_json: "{}".into() });
        assert_eq!(requests.cancel(1), Some(ReplyBody::Failed(EngineError::Cancelled)));
        assert_eq!(requests.cancel(77), None);
    }
}
