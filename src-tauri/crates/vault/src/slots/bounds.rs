//! What slots may ask for, before anything is done at their word: a file may come from anywhere.

use super::{Generation, ITEM, MOST_GENERATIONS, Slot, WayKind};
use crate::seal::Sealed;

/// Of each other kind there is one.
pub(super) const MOST_ADMINISTRATORS: usize = 8;
/// Longest name of a keychain, and longest recipient, in bytes.
const LONGEST_NAME: usize = 256;
/// Longest key sealed by age, in bytes; those that we write take some 200.
const LONGEST_AGE: usize = 4096;

/// What of it no Drawbridge ever writes.
pub(super) fn absurd(generations: &[Generation]) -> Option<&'static str> {
    if !(1..=MOST_GENERATIONS).contains(&generations.len()) {
        return Some("the slots of no key, or of too many");
    }
    generations.iter().find_map(absurd_generation)
}

fn absurd_generation(generation: &Generation) -> Option<&'static str> {
    if !is_hex(&generation.check, 16) {
        return Some("a key's check that is none");
    }
    let of = |kind| generation.slots.iter().filter(|slot| slot.kind() == kind).count();
    if of(WayKind::Administrator) > MOST_ADMINISTRATORS {
        return Some("too many administrators");
    }
    if [WayKind::Keychain, WayKind::Passphrase, WayKind::Recovery].into_iter().any(|kind| of(kind) > 1) {
        return Some("two slots of a kind");
    }
    generation.slots.iter().find_map(absurd_slot)
}

fn absurd_slot(slot: &Slot) -> Option<&'static str> {
    match slot {
        // Its item is read at the file's word, and deleted: it must not be another one of ours.
        Slot::Keychain { backend, chain, item, check, key } => (backend.len() > LONGEST_NAME
            || chain.len() > LONGEST_NAME
            || !is_hex(check, 16)
            || !item.strip_prefix(ITEM).is_some_and(|rest| is_hex(rest, 8))
            || !is_sealed(key))
        .then_some("a keychain's item that is none"),
        Slot::Passphrase { cost, .. } if !cost.is_bearable() => {
            Some("more memory or time than trying a passphrase may take")
        }
        Slot::Passphrase { salt, key, .. } => {
            (!is_hex(salt, 16) || !is_sealed(key)).then_some("a passphrase's slot that is none")
        }
        Slot::Recovery { salt, key } => {
            (!is_hex(salt, 16) || !is_sealed(key)).then_some("a recovery code's slot that is none")
        }
        Slot::Administrator { recipient, age } => (recipient.len() > LONGEST_NAME || age.len() > 2 * LONGEST_AGE)
            .then_some("an administrator's slot that is none"),
    }
}

/// A key of 32 bytes with its tag of 16.
fn is_sealed(key: &Sealed) -> bool {
    is_hex(&key.nonce, 24) && is_hex(&key.sealed, 48)
}

fn is_hex(text: &str, bytes: usize) -> bool {
    text.len() == 2 * bytes && text.bytes().all(|digit| digit.is_ascii_hexdigit())
}
