//! The questions that a worker has been asked and has not answered yet.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use domain::{Delta, EngineError, FinishReason, Usage};
use engine_protocol::ReplyBody;
use tokio::sync::{mpsc::UnboundedSender, oneshot};

/// A worker that is told to stop and says nothing for so long is not waited for.
const STOP_GRACE: Duration = Duration::from_millis(500);
/// An answer that is longer is none: the longest contexts hold a few MB.
const LONGEST_ANSWER_BYTES: usize = 64 * 1024 * 1024;

/// Where the replies to one question go.
///
/// Answers go through an unbounded channel, so that a reader that is slow, or waits for something that another reply
/// brings, can never hold up the thread that reads all replies. [`LONGEST_ANSWER_BYTES`] bounds it.
pub(crate) enum Sink {
    Answer(UnboundedSender<Result<Delta, EngineError>>),
    Once(oneshot::Sender<Result<ReplyBody, EngineError>>),
}

struct Call {
    sink: Sink,
    cache_key: String,
    usage: Usage,
    bytes: usize,
    stop_by: Option<Instant>,
}

/// Open questions by id.
#[derive(Default)]
pub(crate) struct Calls(HashMap<u64, Call>);

/// A reply that no worker of ours sends.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Misbehaved;

/// What a reply did to its question.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Delivered {
    /// More is to come, or nobody waits any more.
    On,
    /// The last one, and it was what was asked for.
    Answered,
    /// The last one, and it was an error.
    Refused,
}

impl Calls {
    pub(crate) fn open(&mut self, id: u64, cache_key: String, sink: Sink) {
        self.0.insert(id, Call { sink, cache_key, usage: Usage::default(), bytes: 0, stop_by: None });
    }

    /// Nobody waits any more; true if the worker is still at it.
    pub(crate) fn forget(&mut self, id: u64) -> bool {
        self.0.remove(&id).is_some()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Hands a reply on. Replies to forgotten questions are late, not wrong.
    pub(crate) fn deliver(&mut self, id: u64, body: ReplyBody) -> Result<Delivered, Misbehaved> {
        let Some(call) = self.0.get_mut(&id) else { return Ok(Delivered::On) };
        let Sink::Answer(sink) = &call.sink else { return self.deliver_once(id, body) };
        let (delta, delivered) = match body {
            ReplyBody::Reading { read, total } => {
                call.usage.prompt_tokens = total;
                (Ok(Delta::Reading { read, total }), Delivered::On)
            }
            ReplyBody::Piece { kind, text, tokens } => {
                call.usage.output_tokens += tokens.len() as u32;
                call.bytes += size_of::<Delta>() + text.len() + tokens.len() * 4;
                (Ok(Delta::Piece { kind, text, tokens }), Delivered::On)
            }
            ReplyBody::Finished { reason, usage, prompt_sha256 } => {
                (Ok(Delta::Finish { reason, usage, prompt_sha256 }), Delivered::Answered)
            }
            ReplyBody::Failed(error) => (Err(error), Delivered::Refused),
            _ => return Err(Misbehaved),
        };
        if call.bytes > LONGEST_ANSWER_BYTES {
            return Err(Misbehaved);
        }
        // A receiver that is gone has sent its cancel already.
        let _ = sink.send(delta);
        if delivered != Delivered::On {
            self.0.remove(&id);
        }
        Ok(delivered)
    }

    fn deliver_once(&mut self, id: u64, body: ReplyBody) -> Result<Delivered, Misbehaved> {
        let (reply, delivered) = match body {
            ReplyBody::Measured { .. } | ReplyBody::Rendered(_) | ReplyBody::MachineMeasured { .. } => {
                (Ok(body), Delivered::Answered)
            }
            ReplyBody::Failed(error) => (Err(error), Delivered::Refused),
            _ => return Err(Misbehaved),
        };
        if let Some(Call { sink: Sink::Once(sink), .. }) = self.0.remove(&id) {
            let _ = sink.send(reply);
        }
        Ok(delivered)
    }

    /// The answers of this conversation that are now to stop.
    pub(crate) fn stop(&mut self, cache_key: &str, now: Instant) -> Vec<u64> {
        let ours = |call: &Call| matches!(call.sink, Sink::Answer(_)) && call.cache_key == cache_key;
        let stopping = self.0.iter_mut().filter(|(_, call)| ours(call) && call.stop_by.is_none());
        stopping
            .map(|(id, call)| {
                call.stop_by = Some(now + STOP_GRACE);
                *id
            })
            .collect()
    }

    /// When the next stopped answer is given up on.
    pub(crate) fn next_stop(&self) -> Option<Instant> {
        self.0.values().filter_map(|call| call.stop_by).min()
    }

    /// Ends the stopped answers whose worker stayed silent, with the figures known here.
    pub(crate) fn finish_stopped(&mut self, now: Instant) {
        let late = |call: &Call| call.stop_by.is_some_and(|by| by <= now);
        for (_, call) in self.0.extract_if(|_, call| late(call)) {
            if let Sink::Answer(sink) = call.sink {
                let reason = FinishReason::Stopped;
                let _ = sink.send(Ok(Delta::Finish { reason, usage: call.usage, prompt_sha256: String::new() }));
            }
        }
    }

    /// Ends every question with this error.
    pub(crate) fn fail(&mut self, error: &EngineError) {
        for (_, call) in self.0.drain() {
            match call.sink {
                Sink::Answer(sink) => drop(sink.send(Err(error.clone()))),
                Sink::Once(sink) => drop(sink.send(Err(error.clone()))),
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use domain::PartKind;
    use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

    use super::*;

    fn answering() -> (Calls, UnboundedReceiver<Result<Delta, EngineError>>) {
        let (give, take) = unbounded_channel();
        let mut calls = Calls::default();
        calls.open(1, "chat".into(), Sink::Answer(give));
        (calls, take)
    }

    fn piece(text: &str) -> ReplyBody {
        ReplyBody::Piece { kind: PartKind::Text, text: text.into(), tokens: vec![5, 6] }
    }

    #[test]
    fn a_stopped_answer_ends_even_if_the_worker_says_nothing() {
        let (mut calls, mut take) = answering();
        let now = Instant::now();
        calls.deliver(1, piece("a")).unwrap();
        assert_eq!(calls.stop("another", now), Vec::<u64>::new());
        assert_eq!(calls.stop("chat", now), [1]);
        assert_eq!(calls.stop("chat", now), Vec::<u64>::new(), "it is told once");
        calls.finish_stopped(now);
        assert!(!calls.is_empty(), "it has its grace");
        calls.finish_stopped(calls.next_stop().unwrap());
        take.try_recv().unwrap().unwrap();
        let Delta::Finish { reason, usage, .. } = take.try_recv().unwrap().unwrap() else { panic!("no end") };
        assert_eq!((reason, usage.output_tokens), (FinishReason::Stopped, 2));
        assert!(calls.is_empty());
    }

    #[test]
    fn late_replies_are_let_go_and_wrong_ones_are_not() {
        let (mut calls, _take) = answering();
        assert_eq!(calls.deliver(9, piece("late")), Ok(Delivered::On));
        assert_eq!(calls.deliver(1, ReplyBody::Rendered("what?".into())), Err(Misbehaved));
    }

    #[test]
    fn a_flood_is_not_an_answer() {
        let (mut calls, _take) = answering();
        let flood = piece(&"x".repeat(1024 * 1024));
        let delivered = (0..100).map(|_| calls.deliver(1, flood.clone())).take_while(Result::is_ok).count();
        assert_eq!(delivered, 63, "64 MiB less the pieces' own weight");
    }

    #[test]
    fn death_reaches_everybody() {
        let (mut calls, mut take) = answering();
        let (give, once) = oneshot::channel();
        calls.open(2, String::new(), Sink::Once(give));
        let crash = EngineError::Crashed("x".into());
        calls.fail(&crash);
        assert_eq!(take.try_recv().unwrap(), Err(crash.clone()));
        assert_eq!(once.blocking_recv().unwrap(), Err(crash));
        assert!(calls.is_empty());
    }
}
