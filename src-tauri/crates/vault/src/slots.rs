//! Key slots: the file beside an encrypted database that holds its key, sealed once for each way in.

mod bounds;
mod chain;
mod file;
mod lock;
mod open;
mod text;

use std::path::Path;

use domain::Secret;
use serde::{Deserialize, Serialize};

pub(crate) use lock::SlotsLock;

use crate::{
    Cost, Key, Keychain, RecoveryCode, VaultError,
    seal::{self, Sealed},
};

/// A way in, as a person knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Way {
    /// The keychain opens by itself.
    Keychain {
        /// Its name.
        backend: String,
    },
    /// A passphrase.
    Passphrase,
    /// A printed code.
    Recovery,
    /// The organisation's key.
    Administrator {
        /// Its public half.
        recipient: String,
    },
}

/// A kind of way in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum WayKind {
    Keychain,
    Passphrase,
    Recovery,
    Administrator,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "way", rename_all = "snake_case", deny_unknown_fields)]
enum Slot {
    /// A key of the keychain's seals it; `chain` tells the keychain from another, `check` the key in its item.
    Keychain { backend: String, chain: String, item: String, check: String, key: Sealed },
    /// What Argon2id makes of a passphrase seals it.
    Passphrase { salt: String, cost: Cost, key: Sealed },
    /// What HKDF makes of the printed code seals it.
    Recovery { salt: String, key: Sealed },
    /// age seals it for an X25519 recipient; hex.
    Administrator { recipient: String, age: String },
}

impl Slot {
    const fn kind(&self) -> WayKind {
        match self {
            Self::Keychain { .. } => WayKind::Keychain,
            Self::Passphrase { .. } => WayKind::Passphrase,
            Self::Recovery { .. } => WayKind::Recovery,
            Self::Administrator { .. } => WayKind::Administrator,
        }
    }
}

/// The slots of one data key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Generation {
    /// Tells the right key from a wrong one.
    check: String,
    /// The key lay in the keychain by itself, and may lie there still.
    #[serde(default, skip_serializing_if = "is_false")]
    adopted: bool,
    slots: Vec<Slot>,
}

/// The slots of a data folder. There are those of one key, but for a change of key that is under way or was cut short:
/// then there are those of the new key too, and whichever opens the database is the one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeySlots {
    generations: Vec<Generation>,
    /// Sum of the file that they were read from or written to; none where they came from no file.
    base: Option<String>,
}

impl KeySlots {
    /// Slots for a key, with no way in yet.
    #[must_use]
    pub fn new(key: &Key) -> Self {
        Self {
            generations: vec![Generation { check: seal::check(key), adopted: false, slots: Vec::new() }],
            base: None,
        }
    }

    /// Slots for a key that lies in the keychain by itself.
    pub(crate) fn adopting(key: &Key) -> Self {
        let mut slots = Self::new(key);
        slots.set_adopted(true);
        slots
    }

    /// A key of theirs lay in the keychain by itself and may lie there still; see
    /// [`retire_old_key`](crate::retire_old_key).
    #[must_use]
    pub fn is_adopted(&self) -> bool {
        self.generations.iter().any(|generation| generation.adopted)
    }

    pub(crate) fn set_adopted(&mut self, adopted: bool) {
        self.generations.iter_mut().for_each(|generation| generation.adopted = adopted);
    }

    /// Reads the slots of a data folder, if any. Where the file is missing or damaged its copy among the backups is read
    /// and put in its place; a damaged one is kept as `keyslots.json.damaged-…`.
    ///
    /// # Errors
    /// [`VaultError::SlotsDamaged`] or [`VaultError::SlotsAbsurd`] where both are, [`VaultError::SlotsTooNew`],
    /// [`VaultError::Disk`].
    pub fn read(folder: &Path) -> Result<Option<Self>, VaultError> {
        let found = file::find(folder);
        if found.is_whole() {
            return found.slots;
        }
        match SlotsLock::take(folder) {
            // Looked at once more: another process may have put it right meanwhile.
            Ok(alone) => Self::read_alone(folder, &alone),
            Err(error) => {
                tracing::warn!(%error, "the key slots cannot be put right; they are used as they are");
                found.slots
            }
        }
    }

    /// [`KeySlots::read`] for whoever holds the lock already.
    pub(crate) fn read_alone(folder: &Path, _alone: &SlotsLock) -> Result<Option<Self>, VaultError> {
        file::find(folder).mended(folder)
    }

    /// Writes them, and their copy. After a crash the old ones are there or the new.
    ///
    /// # Errors
    /// [`VaultError::SlotsChanged`] where others lie there than those that these were made from; [`VaultError::Disk`].
    pub fn write(&mut self, folder: &Path) -> Result<(), VaultError> {
        self.write_alone(folder, &SlotsLock::take(folder)?)
    }

    /// [`KeySlots::write`] for whoever holds the lock already.
    pub(crate) fn write_alone(&mut self, folder: &Path, _alone: &SlotsLock) -> Result<(), VaultError> {
        self.base = Some(file::write(self, folder)?);
        Ok(())
    }

    /// The slots that a start or an encryption which was cut short left in a folder. What cannot be read opens nothing
    /// and is none.
    ///
    /// # Errors
    /// [`VaultError::SlotsTooNew`], [`VaultError::Disk`].
    pub fn left_in(folder: &Path) -> Result<Option<Self>, VaultError> {
        match Self::read(folder) {
            Err(VaultError::SlotsDamaged | VaultError::SlotsAbsurd(_)) => Ok(None),
            read => read,
        }
    }

    /// Takes those along, in front of these: whichever open the database are the ones.
    #[must_use]
    pub fn beside(self, left: Option<Self>) -> Self {
        let Some(mut left) = left else { return self };
        left.extend(self, "");
        left
    }

    /// These go in the place of those.
    pub(crate) fn in_place_of(self, others: Option<&Self>) -> Self {
        Self { base: others.and_then(|others| others.base.clone()), ..self }
    }

    /// The slots as text, to lie elsewhere than in their file.
    #[must_use]
    pub fn to_text(&self) -> String {
        text::to_text(self)
    }

    /// Reads [`KeySlots::to_text`].
    ///
    /// # Errors
    /// [`VaultError::SlotsDamaged`], [`VaultError::SlotsAbsurd`], [`VaultError::SlotsTooNew`].
    pub fn from_text(text: &str) -> Result<Self, VaultError> {
        text::from_text(text)
    }

    /// The ways in, each once.
    #[must_use]
    pub fn ways(&self) -> Vec<Way> {
        ways(&self.generations)
    }

    /// The ways to this key. There are other ones where a change of key was cut short, and they open nothing any more.
    #[must_use]
    pub fn ways_to(&self, key: &Key) -> Vec<Way> {
        let check = seal::check(key);
        ways(self.generations.iter().filter(|generation| generation.check == check))
    }

    /// This key is theirs.
    #[must_use]
    pub fn holds(&self, key: &Key) -> bool {
        let check = seal::check(key);
        self.generations.iter().any(|generation| generation.check == check)
    }

    /// Some key of theirs is one of those.
    fn is_related(&self, others: &Self) -> bool {
        self.generations.iter().any(|own| others.generations.iter().any(|other| own.check == other.check))
    }

    /// Lets the keychain open. A key of its own is put there, and the slot is made once it was given back.
    ///
    /// # Errors
    /// What the keychain says; [`VaultError::ForeignKey`] where the key is none of theirs.
    pub async fn add_keychain(&mut self, key: &Key, keychain: &dyn Keychain) -> Result<(), VaultError> {
        if !self.holds(key) {
            return Err(VaultError::ForeignKey);
        }
        let (kek, chain) = (seal::new_key(), chain::mark(keychain).await?);
        let item = format!("{ITEM}{}", hex::encode(seal::random::<8>()));
        keychain.set(&item, &Secret::new(kek.reveal().to_vec())).await?;
        match keychain.get(&item).await? {
            Some(kept) if seal::as_key(kept.reveal()).as_ref() == Some(&kek) => {}
            _ => return Err(VaultError::Unavailable("it did not give back what was put in".to_owned())),
        }
        let (backend, check) = (keychain.backend(), seal::check_of_item(&kek));
        self.put(key, |context| Slot::Keychain { backend, chain, item, check, key: seal::seal(&kek, key, context) })
    }

    /// Takes the keys of these slots out of the keychain; see [`KeySlots::remove`] for the slot.
    ///
    /// # Errors
    /// What the keychain says.
    pub async fn forget_keychain(&self, keychain: &dyn Keychain) -> Result<(), VaultError> {
        for slot in self.generations.iter().flat_map(|generation| &generation.slots) {
            if let Slot::Keychain { item, .. } = slot {
                keychain.delete(item).await?;
            }
        }
        Ok(())
    }

    /// Lets a passphrase open, in place of any before.
    ///
    /// # Errors
    /// [`VaultError::ForeignKey`] where the key is none of theirs.
    pub fn set_passphrase(&mut self, key: &Key, passphrase: &Secret<String>, cost: Cost) -> Result<(), VaultError> {
        let salt: [u8; 16] = seal::random();
        let under = seal::stretch(passphrase, &salt, cost)?;
        self.put(key, |context| Slot::Passphrase {
            salt: hex::encode(salt),
            cost,
            key: seal::seal(&under, key, context),
        })
    }

    /// Makes a recovery code, in place of any before.
    ///
    /// # Errors
    /// [`VaultError::ForeignKey`] where the key is none of theirs.
    pub fn make_recovery(&mut self, key: &Key) -> Result<RecoveryCode, VaultError> {
        let (code, salt) = (RecoveryCode::random(), seal::random::<16>());
        let under = recovery_key(&code, &salt);
        self.put(key, |context| Slot::Recovery { salt: hex::encode(salt), key: seal::seal(&under, key, context) })?;
        Ok(code)
    }

    /// Lets a key of the organisation's open.
    ///
    /// # Errors
    /// [`VaultError::BadRecipient`], [`VaultError::TooManyAdministrators`], or [`VaultError::ForeignKey`] where the key is none of theirs.
    pub fn set_administrator(&mut self, key: &Key, recipient: &str) -> Result<(), VaultError> {
        let public: age::x25519::Recipient =
            recipient.trim().parse().map_err(|_| VaultError::BadRecipient(recipient.to_owned()))?;
        let age = age::encrypt(&public, key.reveal()).map_err(|_| VaultError::BadRecipient(recipient.to_owned()))?;
        let recipient = recipient.trim().to_owned();
        let ways = self.ways_to(key);
        let others = ways.iter().filter(|way| matches!(way, Way::Administrator { recipient: it } if *it != recipient));
        if others.count() >= bounds::MOST_ADMINISTRATORS {
            return Err(VaultError::TooManyAdministrators(bounds::MOST_ADMINISTRATORS));
        }
        self.put(key, |_| Slot::Administrator { recipient, age: hex::encode(age) })
    }

    /// Takes a way to this key away. Of another key's slots the last one stays.
    ///
    /// # Errors
    /// [`VaultError::LastWay`] where no other stays.
    pub fn remove(&mut self, key: &Key, kind: WayKind) -> Result<(), VaultError> {
        let check = seal::check(key);
        for generation in &mut self.generations {
            let is_last = generation.slots.iter().all(|slot| slot.kind() == kind);
            if is_last && generation.check == check {
                return Err(VaultError::LastWay);
            }
            if !is_last {
                generation.slots.retain(|slot| slot.kind() != kind);
            }
        }
        Ok(())
    }

    /// Adds the slots of another key beside those that are there, for a change of the key that is in use. Where that was
    /// cut short too often to keep them all, the oldest go, but never those in use.
    pub fn add_generation(&mut self, in_use: &Key, others: Self) {
        self.extend(others, &seal::check(in_use));
    }

    fn extend(&mut self, others: Self, in_use: &str) {
        let new =
            others.generations.into_iter().filter(|other| self.generations.iter().all(|own| own.check != other.check));
        let new: Vec<_> = new.collect();
        self.generations.extend(new);
        while self.generations.len() > MOST_GENERATIONS {
            let oldest = self.generations.iter().position(|generation| generation.check != in_use);
            self.generations.remove(oldest.unwrap_or_default());
        }
    }

    /// Drops the slots of every key but this. False where there were none others.
    pub fn keep_only(&mut self, key: &Key) -> bool {
        let (check, before) = (seal::check(key), self.generations.len());
        if self.generations.iter().any(|generation| generation.check == check) {
            self.generations.retain(|generation| generation.check == check);
        }
        self.generations.len() != before
    }

    /// Puts a slot in the place of the one of its kind; of administrators there is one for each recipient.
    fn put(&mut self, key: &Key, slot: impl FnOnce(&str) -> Slot) -> Result<(), VaultError> {
        let check = seal::check(key);
        let generation = self.generations.iter_mut().find(|generation| generation.check == check);
        let generation = generation.ok_or(VaultError::ForeignKey)?;
        let made = slot(&check);
        generation.slots.retain(|old| match (old, &made) {
            (Slot::Administrator { recipient: old, .. }, Slot::Administrator { recipient: made, .. }) => old != made,
            _ => old.kind() != made.kind(),
        });
        generation.slots.push(made);
        Ok(())
    }
}

/// There are two while the key is changed, and some more where that was cut short.
const MOST_GENERATIONS: usize = 8;
/// Names of our keys in the keychain begin so.
const ITEM: &str = "store key ";

impl WayKind {
    const fn words(self) -> &'static str {
        match self {
            Self::Keychain => "the keychain",
            Self::Passphrase => "a passphrase",
            Self::Recovery => "a recovery code",
            Self::Administrator => "a key file",
        }
    }
}

fn ways<'a>(generations: impl IntoIterator<Item = &'a Generation>) -> Vec<Way> {
    let mut ways = Vec::new();
    for slot in generations.into_iter().flat_map(|generation| &generation.slots) {
        let way = match slot {
            Slot::Keychain { backend, .. } => Way::Keychain { backend: backend.clone() },
            Slot::Passphrase { .. } => Way::Passphrase,
            Slot::Recovery { .. } => Way::Recovery,
            Slot::Administrator { recipient, .. } => Way::Administrator { recipient: recipient.clone() },
        };
        if !ways.contains(&way) {
            ways.push(way);
        }
    }
    ways
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde's form
const fn is_false(value: &bool) -> bool {
    !*value
}

fn recovery_key(code: &RecoveryCode, salt: &[u8]) -> Key {
    seal::expand(code.bytes().as_ref(), salt, "drawbridge recovery code")
}
