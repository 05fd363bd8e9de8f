//! How many tokens of a prompt are read at a time, so that a stop is heard soon on any machine.

use std::time::Duration;

/// Tokens of the first piece, before anything is known of the machine.
const FIRST: usize = 32;
/// Smaller pieces would waste more time on the weights than a stop is worth: four tokens at once are read at two thirds
/// of the speed of many.
const LEAST: usize = 4;
/// How long a piece may take while nobody else waits for a token.
const ALONE: Duration = Duration::from_millis(80);
/// And while other answers are being written, which would stutter.
const IN_COMPANY: Duration = Duration::from_millis(40);

/// Learns the size of a piece.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Budget {
    tokens: usize,
    most: usize,
}

impl Budget {
    /// Pieces of at most `most` tokens.
    pub(crate) fn new(most: usize) -> Self {
        Self { tokens: FIRST.min(most), most }
    }

    /// Tokens of the next piece beside this many answers that are being written.
    pub(crate) fn tokens(&self, in_company: bool) -> usize {
        let share = if in_company { IN_COMPANY.as_millis() } else { ALONE.as_millis() } as usize;
        (self.tokens * share / ALONE.as_millis() as usize).clamp(LEAST.min(self.most), self.most)
    }

    /// A piece of so many tokens took so long.
    pub(crate) fn learn(&mut self, tokens: usize, took: Duration) {
        let fits = tokens as f64 * ALONE.as_secs_f64() / took.as_secs_f64().max(1e-6);
        // A small piece tells little of a large one: grow step by step, shrink at once.
        let grown = (tokens * 2).max(self.tokens);
        self.tokens = (fits as usize).clamp(LEAST.min(self.most), grown.min(self.most));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settled(tokens_per_second: f64) -> usize {
        let mut budget = Budget::new(512);
        for _ in 0..10 {
            let piece = budget.tokens(false);
            budget.learn(piece, Duration::from_secs_f64(piece as f64 / tokens_per_second));
        }
        budget.tokens(false)
    }

    #[test]
    fn a_piece_takes_as_long_as_a_stop_may_wait() {
        assert_eq!(settled(1_000.0), 80);
        assert_eq!(settled(100_000.0), 512);
        assert_eq!(settled(1.0), LEAST);
    }

    #[test]
    fn a_slow_piece_is_followed_by_a_small_one() {
        let mut budget = Budget::new(512);
        budget.learn(512, Duration::from_secs(2));
        assert_eq!(budget.tokens(false), 20);
        assert_eq!(budget.tokens(true), 10);
    }
}
