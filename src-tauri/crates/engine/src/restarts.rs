//! How often a worker that crashes is started again.

use std::time::{Duration, Instant};

/// Crashes older than this are forgotten.
const MEMORY: Duration = Duration::from_secs(5 * 60);
/// Pause before the first, second and third restart, counted from the crash.
const PAUSES: [Duration; 3] = [Duration::ZERO, Duration::from_millis(500), Duration::from_secs(2)];

/// The crashes of one model's workers since it last answered.
#[derive(Debug, Default)]
pub(crate) struct Restarts {
    crashes: Vec<Instant>,
}

/// What to do about a worker that is not there.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Restart {
    Now,
    After(Duration),
    /// A sentence for the person.
    Never(String),
}

impl Restarts {
    pub(crate) fn crashed(&mut self, now: Instant) {
        self.crashes.push(now);
    }

    pub(crate) fn answered(&mut self) {
        self.crashes.clear();
    }

    pub(crate) fn next(&mut self, now: Instant) -> Restart {
        self.crashes.retain(|crash| now.duration_since(*crash) < MEMORY);
        let (Some(first), Some(last)) = (self.crashes.first(), self.crashes.last()) else { return Restart::Now };
        let Some(pause) = PAUSES.get(self.crashes.len() - 1) else {
            let minutes = (MEMORY - now.duration_since(*first)).as_secs().div_ceil(60);
            return Restart::Never(format!(
                "it stopped {} times within a few minutes. Choose another model, or ask again in {minutes} min.",
                self.crashes.len(),
            ));
        };
        match pause.saturating_sub(now.duration_since(*last)) {
            Duration::ZERO => Restart::Now,
            left => Restart::After(left),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(crashes: u32) -> (Restarts, Instant) {
        let now = Instant::now();
        let mut restarts = Restarts::default();
        (0..crashes).for_each(|_| restarts.crashed(now));
        (restarts, now)
    }

    #[test]
    fn the_pause_grows_and_then_it_ends() {
        let next = |crashes| {
            let (mut restarts, now) = after(crashes);
            restarts.next(now)
        };
        assert_eq!([next(0), next(1)], [Restart::Now, Restart::Now]);
        assert_eq!([next(2), next(3)], [Restart::After(PAUSES[1]), Restart::After(PAUSES[2])]);
        let Restart::Never(sentence) = next(4) else { panic!("a fourth restart") };
        assert_eq!(sentence, "it stopped 4 times within a few minutes. Choose another model, or ask again in 5 min.");
    }

    #[test]
    fn the_pause_counts_from_the_crash() {
        let (mut restarts, now) = after(3);
        assert_eq!(restarts.next(now + Duration::from_millis(1500)), Restart::After(Duration::from_millis(500)));
        assert_eq!(restarts.next(now + Duration::from_secs(2)), Restart::Now);
    }

    #[test]
    fn an_answer_and_time_both_forgive() {
        let (mut restarts, now) = after(4);
        assert_eq!(restarts.next(now + MEMORY), Restart::Now);
        let (mut restarts, now) = after(4);
        restarts.answered();
        assert_eq!(restarts.next(now), Restart::Now);
    }
}
