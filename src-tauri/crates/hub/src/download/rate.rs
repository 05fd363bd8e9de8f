//! How fast bytes arrive, over the last seconds.

use std::{collections::VecDeque, time::Duration};

const WINDOW: Duration = Duration::from_secs(3);
/// Less than this says nothing.
const SHORTEST: Duration = Duration::from_millis(500);
/// Arrivals this close count as one, so that the window holds few.
const STEP: Duration = Duration::from_millis(50);

/// A moving window of arrivals. Times are of any clock that does not run backwards.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rate {
    since: Duration,
    arrivals: VecDeque<(Duration, u64)>,
}

impl Rate {
    /// Nothing has arrived; counting begins.
    pub(crate) fn begin(at: Duration) -> Self {
        Self { since: at, arrivals: VecDeque::new() }
    }

    /// Bytes arrived.
    pub(crate) fn add(&mut self, at: Duration, bytes: u64) {
        match self.arrivals.back_mut() {
            Some((last, sum)) if at.saturating_sub(*last) < STEP => *sum += bytes,
            _ => self.arrivals.push_back((at, bytes)),
        }
        while self.arrivals.front().is_some_and(|(then, _)| *then + WINDOW < at) {
            self.arrivals.pop_front();
        }
    }

    /// Bytes in a second; none before half a second has passed.
    pub(crate) fn bytes_per_second(&self, at: Duration) -> Option<f64> {
        let span = at.saturating_sub(self.since).min(WINDOW);
        let sum: u64 = self.arrivals.iter().filter(|(then, _)| *then + WINDOW >= at).map(|(_, bytes)| bytes).sum();
        (span >= SHORTEST).then(|| sum as f64 / span.as_secs_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn only_the_last_three_seconds_count() {
        let mut rate = Rate::begin(ms(10_000));
        assert_eq!(rate.bytes_per_second(ms(10_400)), None);
        for step in 1..=100 {
            rate.add(ms(10_000 + step * 100), 100);
        }
        let now = rate.bytes_per_second(ms(20_000)).expect("ten seconds have passed");
        assert!((950.0..1100.0).contains(&now), "{now}");
        assert_eq!(rate.bytes_per_second(ms(24_000)), Some(0.0), "nothing arrives any more");
    }

    #[test]
    fn a_short_beginning_is_not_thinned_out() {
        let mut rate = Rate::begin(ms(0));
        rate.add(ms(900), 1000);
        assert_eq!(rate.bytes_per_second(ms(1000)), Some(1000.0));
    }
}
