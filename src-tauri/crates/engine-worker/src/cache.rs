//! Which sequence of the context answers a prompt, and how much of it is there already. Pure bookkeeping.

use llama_cpp_2::{context::session::SeqState, token::LlamaToken};

/// A sequence of the context.
#[derive(Debug, Clone, Default)]
pub(crate) struct Slot {
    /// What the context holds of it, from position 0.
    pub(crate) tokens: Vec<LlamaToken>,
    /// The conversation that it served last.
    pub(crate) cache_key: String,
    /// When it was last used: larger is later.
    pub(crate) used: u64,
    /// It is answering.
    pub(crate) busy: bool,
    /// Where a memory that cannot be cut can go back to.
    pub(crate) checkpoint: Option<Checkpoint>,
}

/// What a recurrent memory was when it had read so many tokens of its slot.
#[derive(Debug, Clone)]
pub(crate) struct Checkpoint {
    pub(crate) tokens: usize,
    pub(crate) state: SeqState,
}

/// Where a prompt goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    /// The slot.
    pub(crate) slot: usize,
    /// Tokens of it that stay.
    pub(crate) keep: usize,
    /// Tokens up to here that come from another slot.
    pub(crate) copy: Option<(usize, usize)>,
}

/// The place of a prompt; none while every slot is busy. `can_copy`: the model's memory can be copied in part.
///
/// The conversation's own slot comes first, else an empty one, else the one that was idle longest. At least the last
/// token is always read anew, for what follows it is computed then.
pub(crate) fn place(slots: &[Slot], tokens: &[LlamaToken], cache_key: &str, can_copy: bool) -> Option<Place> {
    let most = tokens.len().saturating_sub(1);
    let common = |slot: &Slot| slot.tokens.iter().zip(tokens).take_while(|(a, b)| a == b).count().min(most);
    let idle = slots.iter().enumerate().filter(|(_, slot)| !slot.busy);
    let rank = |slot: &Slot| {
        let own = slot.cache_key == cache_key && !slot.tokens.is_empty();
        (own, if own { common(slot) } else { 0 }, slot.tokens.is_empty(), std::cmp::Reverse(slot.used))
    };
    let (slot, chosen) = idle.max_by_key(|(_, slot)| rank(slot))?;
    let keep = common(chosen);
    let other = slots.iter().enumerate().map(|(at, slot)| (at, common(slot))).max_by_key(|(_, common)| *common);
    let copy = other.filter(|(from, upto)| can_copy && *from != slot && *upto > keep);
    Some(Place { slot, keep, copy })
}

/// The idle slot whose memory is given up first.
pub(crate) fn to_evict(slots: &[Slot]) -> Option<usize> {
    let idle = slots.iter().enumerate().filter(|(_, slot)| !slot.busy && !slot.tokens.is_empty());
    idle.min_by_key(|(_, slot)| slot.used).map(|(at, _)| at)
}

/// Gives up checkpoints, the idlest slot's first, until all together are no larger than this; `newest` keeps its own.
pub(crate) fn bound_checkpoints(slots: &mut [Slot], newest: usize, most_bytes: usize) {
    let bytes = |slot: &Slot| slot.checkpoint.as_ref().map_or(0, |checkpoint| checkpoint.state.byte_len());
    while slots.iter().map(bytes).sum::<usize>() > most_bytes {
        let others = slots.iter_mut().enumerate().filter(|(at, slot)| *at != newest && slot.checkpoint.is_some());
        let Some((_, idlest)) = others.min_by_key(|(_, slot)| slot.used) else { return };
        idlest.checkpoint = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(ids: &[i32]) -> Vec<LlamaToken> {
        ids.iter().copied().map(LlamaToken).collect()
    }

    fn slot(cache_key: &str, ids: &[i32], used: u64) -> Slot {
        Slot { tokens: tokens(ids), cache_key: cache_key.into(), used, busy: false, checkpoint: None }
    }

    #[test]
    fn a_conversation_comes_back_to_its_own_slot() {
        let slots = [slot("a", &[1, 2, 3], 5), slot("b", &[1, 2, 9, 9], 9), slot("", &[], 0)];
        let place = place(&slots, &tokens(&[1, 2, 9, 7]), "a", true);
        assert_eq!(place, Some(Place { slot: 0, keep: 2, copy: Some((1, 3)) }));
    }

    #[test]
    fn a_new_one_takes_an_empty_slot_then_the_oldest() {
        let slots = [slot("a", &[1, 2], 5), slot("b", &[1, 3], 4), slot("", &[], 9)];
        let placed = |slots: &[Slot]| place(slots, &tokens(&[1, 2, 3]), "c", true);
        assert_eq!(placed(&slots), Some(Place { slot: 2, keep: 0, copy: Some((0, 2)) }));
        assert_eq!(placed(&slots[..2]), Some(Place { slot: 1, keep: 1, copy: Some((0, 2)) }));
    }

    #[test]
    fn the_last_token_is_read_anew() {
        let slots = [slot("a", &[1, 2, 3, 4], 1)];
        assert_eq!(place(&slots, &tokens(&[1, 2, 3]), "a", true), Some(Place { slot: 0, keep: 2, copy: None }));
        assert_eq!(place(&slots, &tokens(&[]), "a", true), Some(Place { slot: 0, keep: 0, copy: None }));
    }

    #[test]
    fn a_busy_slot_lends_what_it_has_and_is_never_taken() {
        let mut slots = [slot("a", &[1, 2, 3], 1), slot("b", &[7], 2)];
        slots[0].busy = true;
        let placed = |slots: &[Slot], can_copy| place(slots, &tokens(&[1, 2, 3, 4]), "a", can_copy);
        assert_eq!(placed(&slots, true), Some(Place { slot: 1, keep: 0, copy: Some((0, 3)) }));
        assert_eq!(placed(&slots, false), Some(Place { slot: 1, keep: 0, copy: None }));
        slots[1].busy = true;
        assert_eq!(placed(&slots, true), None);
        assert_eq!(to_evict(&slots), None);
    }
}
