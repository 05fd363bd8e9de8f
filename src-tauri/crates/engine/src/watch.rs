//! Tells a worker that works from one that hangs.
//!
//! It counts ticks of the keeper, not time, so that a pause of this process (a debugger, a stopped job) is not laid
//! to the worker's charge.

use engine_protocol::ReplyBody;

/// What one worker let be heard since it last had nothing to do.
#[derive(Debug)]
pub(crate) struct Watch {
    /// Ticks without a sign after which it hangs.
    patience: u32,
    silent: u32,
    stuck: u32,
    progress: u64,
}

impl Watch {
    pub(crate) fn new(patience: u32) -> Self {
        Self { patience, silent: 0, stuck: 0, progress: 0 }
    }

    /// It is given something to do after a rest.
    pub(crate) fn begin(&mut self) {
        (self.silent, self.stuck) = (0, 0);
    }

    pub(crate) fn hear(&mut self, reply: &ReplyBody) {
        self.silent = 0;
        match reply {
            ReplyBody::Pong { progress, busy: true } if *progress == self.progress => {}
            ReplyBody::Pong { progress, .. } => (self.progress, self.stuck) = (*progress, 0),
            _ => self.stuck = 0,
        }
    }

    /// True once it has been silent, or alive without getting on, for too long.
    pub(crate) fn tick(&mut self) -> bool {
        self.silent += 1;
        self.stuck += 1;
        self.silent > self.patience || self.stuck > self.patience
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pong(progress: u64, busy: bool) -> ReplyBody {
        ReplyBody::Pong { progress, busy }
    }

    fn ticks_until_hung(mut each: impl FnMut(u64) -> Option<ReplyBody>) -> Option<u64> {
        let mut watch = Watch::new(3);
        watch.hear(&pong(7, true));
        (1..20).find(|tick| {
            let hung = watch.tick();
            each(*tick).iter().for_each(|reply| watch.hear(reply));
            hung
        })
    }

    #[test]
    fn silence_is_a_hang() {
        assert_eq!(ticks_until_hung(|_| None), Some(4));
    }

    #[test]
    fn pongs_without_progress_are_a_hang() {
        assert_eq!(ticks_until_hung(|_| Some(pong(7, true))), Some(4));
    }

    #[test]
    fn progress_rest_and_replies_are_none() {
        assert_eq!(ticks_until_hung(|tick| Some(pong(tick, true))), None);
        assert_eq!(ticks_until_hung(|_| Some(pong(7, false))), None);
        assert_eq!(ticks_until_hung(|_| Some(ReplyBody::Loading(0.5))), None);
    }
}
