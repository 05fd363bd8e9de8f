//! The thread that keeps time over one worker: its first word, its pings, its stops, its idling and its end.

use std::time::{Duration, Instant};

use domain::EngineError;
use engine_protocol::Body;

use crate::{
    process::{Inner, Process, Stage},
    workers::WorkerOptions,
};

/// The id of pings, whose replies nobody waits for.
const PING: u64 = u64::MAX;

impl Process {
    /// Runs until the worker is gone.
    pub(crate) fn keep(&self) {
        let mut inner = self.lock();
        while !inner.gone {
            let stage = self.stage.borrow().clone();
            let now = Instant::now();
            if !inner.deaf {
                self.act(&mut inner, &stage, now);
            }
            let wait = inner.next_deadline(&stage, &self.options).map(|at| at.saturating_duration_since(now));
            let wait = wait.unwrap_or(Duration::from_secs(3600));
            inner = self.wake.wait_timeout(inner, wait).unwrap_or_else(std::sync::PoisonError::into_inner).0;
        }
    }

    fn act(&self, inner: &mut Inner, stage: &Stage, now: Instant) {
        if inner.hello_by.is_some_and(|by| by <= now) {
            inner.hello_by = None;
            let seconds = self.options.hello.as_secs_f32();
            let error = EngineError::Unavailable(format!("it started and said nothing for {seconds:.0} s"));
            inner.ending.get_or_insert(error);
            self.kill();
        }
        if inner.kill_by.is_some_and(|by| by <= now) {
            inner.kill_by = None;
            self.kill();
        }
        if inner.is_working(stage) && inner.tick_at <= now {
            inner.tick_at = now + self.options.ping;
            if inner.watch.tick() {
                inner.ending.get_or_insert(EngineError::Crashed("it stopped responding and was ended".into()));
                self.kill();
            } else {
                inner.request(PING, Body::Ping);
            }
        }
        if inner.calls.next_stop().is_some_and(|by| by <= now) {
            inner.calls.finish_stopped(now);
            self.rest(inner);
        }
        if inner.idle_at(stage, &self.options).is_some_and(|at| at <= now) {
            self.ends(inner, EngineError::Unavailable("the model was not used for a while and was put away".into()));
        }
    }
}

impl Inner {
    fn next_deadline(&self, stage: &Stage, options: &WorkerOptions) -> Option<Instant> {
        if self.deaf {
            return None;
        }
        let tick = self.is_working(stage).then_some(self.tick_at);
        let deadlines = [self.hello_by, self.kill_by, tick, self.calls.next_stop(), self.idle_at(stage, options)];
        deadlines.into_iter().flatten().min()
    }

    fn idle_at(&self, stage: &Stage, options: &WorkerOptions) -> Option<Instant> {
        let idle = matches!(stage, Stage::Ready(_)) && self.calls.is_empty() && self.ending.is_none();
        (idle && !options.idle.is_zero()).then(|| self.quiet_since + options.idle)
    }
}
