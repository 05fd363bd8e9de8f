//! When nobody is there any more.

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use domain::Timestamp;

use super::Door;
use crate::core::lock;

/// How often the time is looked at.
const TICK: Duration = Duration::from_secs(5);
/// A tick that comes this late was slept through.
const SLEPT_MS: i64 = 60_000;

/// Since when nobody has been there.
#[derive(Debug, Clone, Copy)]
pub(super) struct Idle {
    last_seen: Timestamp,
    last_tick: Timestamp,
}

impl Idle {
    pub(super) fn new(now: Timestamp) -> Self {
        Self { last_seen: now, last_tick: now }
    }

    /// Somebody is there.
    pub(super) fn seen(&mut self, now: Timestamp) {
        (self.last_seen, self.last_tick) = (now, now);
    }

    /// Time went on. True where it is time to lock: nobody was there for so many minutes (0 is for ever), or the
    /// computer slept and the settings ask for it.
    pub(super) fn tick(&mut self, now: Timestamp, minutes: u32, on_sleep: bool) -> bool {
        let slept = now.0 - self.last_tick.0 >= SLEPT_MS;
        self.last_tick = now;
        // A clock that was set back must not keep the door open for as long.
        self.last_seen = self.last_seen.min(now);
        let alone_ms = now.0 - self.last_seen.0;
        (slept && on_sleep) || (minutes > 0 && alone_ms >= i64::from(minutes) * 60_000)
    }
}

/// Looks at the time as long as the door lives.
pub(super) async fn watch(door: Weak<Door>) {
    loop {
        tokio::time::sleep(TICK).await;
        let Some(door) = door.upgrade() else { return };
        tick(&door).await;
    }
}

async fn tick(door: &Arc<Door>) {
    let Some(core) = door.now() else { return };
    let settings = core.settings();
    let due = lock(&door.idle).tick(door.platform.clock.now(), settings.lock_minutes, settings.lock_on_sleep);
    drop(core);
    if due && let Err(failure) = door.lock_now().await {
        tracing::debug!(%failure, "it was time to lock");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = 60_000;

    #[test]
    fn it_is_time_after_so_many_minutes_alone_and_not_before() {
        let mut idle = Idle::new(Timestamp(0));
        for tick in 1..60 {
            assert!(!idle.tick(Timestamp(tick * 5_000), 5, true), "{tick}");
        }
        assert!(idle.tick(Timestamp(5 * MINUTE), 5, true));
        idle.seen(Timestamp(5 * MINUTE));
        assert!(!idle.tick(Timestamp(5 * MINUTE + 5_000), 5, true));
    }

    #[test]
    fn never_is_never_and_sleep_locks_only_where_it_should() {
        for (minutes, on_sleep, expected) in [(0, false, false), (0, true, true), (600, false, false), (5, false, true)]
        {
            let mut idle = Idle::new(Timestamp(0));
            assert_eq!(idle.tick(Timestamp(60 * MINUTE), minutes, on_sleep), expected, "{minutes} {on_sleep}");
        }
    }

    #[test]
    fn a_clock_that_is_set_back_does_not_keep_the_door_open() {
        let mut idle = Idle::new(Timestamp(1_000 * MINUTE));
        assert!(!idle.tick(Timestamp(0), 5, false));
        assert!(!idle.tick(Timestamp(MINUTE / 2), 5, false));
        assert!(idle.tick(Timestamp(5 * MINUTE), 5, false));
    }
}
