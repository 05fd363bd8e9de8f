//! Who failed again and again is left alone for a while: one breaker for each model of each provider, and one for the
//! network. Pure but for its lock: time is passed in.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use domain::{FaultKind, ModelId, ProviderFault};

/// Failures in a row after which a model rests.
const PATIENCE: u32 = 3;
/// First rest; each failed attempt after it doubles it.
const FIRST_REST: Duration = Duration::from_secs(5);
const LONGEST_REST: Duration = Duration::from_secs(5 * 60);

/// What is resting, and how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resting {
    /// The model: it failed again and again, or asked us to wait.
    Model(Duration),
    /// Every provider in the cloud: this computer was offline a moment ago.
    Network(Duration),
}

#[derive(Debug, Clone, Copy, Default)]
struct Breaker {
    failures: u32,
    rest: Duration,
    until: Option<Instant>,
    /// One attempt is under way to see whether it is over.
    probing: bool,
}

impl Breaker {
    fn resting(&mut self, now: Instant) -> Option<Duration> {
        let until = self.until?;
        if now < until {
            return Some(until - now);
        }
        // Half open: one attempt finds out; the others wait for what it says.
        match std::mem::replace(&mut self.probing, true) {
            true => Some(FIRST_REST),
            false => None,
        }
    }

    fn failed(&mut self, now: Instant, asked: Option<Duration>, at_once: bool) {
        self.failures += 1;
        self.probing = false;
        if at_once || self.failures >= PATIENCE || self.until.is_some() {
            self.rest = match self.until {
                Some(_) => (self.rest * 2).clamp(FIRST_REST, LONGEST_REST),
                None => FIRST_REST,
            };
            self.until = Some(now + asked.unwrap_or(self.rest).max(self.rest).min(LONGEST_REST));
        }
    }
}

/// The breakers of a core.
#[derive(Debug, Default)]
pub struct Breakers {
    models: Mutex<HashMap<ModelId, Breaker>>,
    network: Mutex<Breaker>,
}

impl Breakers {
    /// Whether a model is to be left alone now. `beyond`: it is reached through the network at large. A model that is
    /// asked although it rests (the only way out is never closed) is simply not put to this question.
    pub fn resting(&self, model: ModelId, beyond: bool, now: Instant) -> Option<Resting> {
        if beyond && let Some(rest) = lock(&self.network).resting(now) {
            return Some(Resting::Network(rest));
        }
        lock(&self.models).entry(model).or_default().resting(now).map(Resting::Model)
    }

    /// How long a model still rests, without any effect.
    #[must_use]
    pub fn rest_of(&self, model: ModelId, now: Instant) -> Option<Duration> {
        let until = lock(&self.models).get(&model)?.until?;
        until.checked_duration_since(now).filter(|rest| !rest.is_zero())
    }

    /// A model answered.
    pub fn answered(&self, model: ModelId) {
        lock(&self.models).remove(&model);
        *lock(&self.network) = Breaker::default();
    }

    /// A model did not. Faults that say nothing of its health (a question that is too long, a filter, a wrong key) leave
    /// it as it is.
    pub fn failed(&self, model: ModelId, beyond: bool, fault: &ProviderFault, now: Instant) {
        match fault.kind {
            FaultKind::Offline if beyond => lock(&self.network).failed(now, None, false),
            FaultKind::RateLimited => {
                lock(&self.models).entry(model).or_default().failed(now, fault.retry_after, true);
            }
            FaultKind::Unavailable | FaultKind::Silent | FaultKind::Broken | FaultKind::Offline => {
                lock(&self.models).entry(model).or_default().failed(now, fault.retry_after, false);
            }
            _ => {
                if let Some(breaker) = lock(&self.models).get_mut(&model) {
                    breaker.probing = false;
                }
            }
        }
    }

    /// The user stopped, or the attempt was given up: nothing was learnt.
    pub fn given_up(&self, model: ModelId) {
        if let Some(breaker) = lock(&self.models).get_mut(&model) {
            breaker.probing = false;
        }
        lock(&self.network).probing = false;
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(kind: FaultKind) -> ProviderFault {
        ProviderFault::new(kind, "")
    }

    #[test]
    fn three_failures_in_a_row_rest_a_model_and_an_answer_wakes_it() {
        let (breakers, model, now) = (Breakers::default(), ModelId::new(), Instant::now());
        for _ in 0..2 {
            breakers.failed(model, false, &fault(FaultKind::Unavailable), now);
            assert_eq!(breakers.resting(model, false, now), None);
        }
        breakers.failed(model, false, &fault(FaultKind::Unavailable), now);
        assert_eq!(breakers.resting(model, false, now), Some(Resting::Model(FIRST_REST)));
        assert_eq!(breakers.resting(ModelId::new(), false, now), None, "another model is another matter");
        let later = now + FIRST_REST;
        assert_eq!(breakers.resting(model, false, later), None, "one attempt finds out");
        assert!(breakers.resting(model, false, later).is_some(), "and only one");
        breakers.failed(model, false, &fault(FaultKind::Unavailable), later);
        assert_eq!(breakers.resting(model, false, later), Some(Resting::Model(FIRST_REST * 2)));
        breakers.answered(model);
        assert_eq!(breakers.resting(model, false, later), None);
    }

    #[test]
    fn a_wish_to_wait_rests_at_once_and_as_long_as_asked() {
        let (breakers, model, now) = (Breakers::default(), ModelId::new(), Instant::now());
        let asks = ProviderFault { retry_after: Some(Duration::from_secs(42)), ..fault(FaultKind::RateLimited) };
        breakers.failed(model, false, &asks, now);
        assert_eq!(breakers.rest_of(model, now), Some(Duration::from_secs(42)));
    }

    #[test]
    fn a_question_that_is_too_long_cools_nobody() {
        let (breakers, model, now) = (Breakers::default(), ModelId::new(), Instant::now());
        for kind in [FaultKind::TooLong, FaultKind::Filtered, FaultKind::KeyRejected, FaultKind::BadRequest] {
            for _ in 0..10 {
                breakers.failed(model, true, &fault(kind), now);
            }
        }
        assert_eq!(breakers.resting(model, true, now), None);
    }

    #[test]
    fn offline_rests_the_cloud_once_and_not_the_computers_beside_it() {
        let (breakers, now) = (Breakers::default(), Instant::now());
        for _ in 0..3 {
            breakers.failed(ModelId::new(), true, &fault(FaultKind::Offline), now);
        }
        assert!(matches!(breakers.resting(ModelId::new(), true, now), Some(Resting::Network(_))));
        assert_eq!(breakers.resting(ModelId::new(), false, now), None);
        let later = now + FIRST_REST;
        assert_eq!(breakers.resting(ModelId::new(), true, later), None);
        breakers.given_up(ModelId::new());
        assert_eq!(breakers.resting(ModelId::new(), true, later), None, "who gave up lets the next one try");
    }
}
