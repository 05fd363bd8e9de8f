//! The text of the slots' file.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{Generation, KeySlots, bounds};
use crate::VaultError;

const SCHEMA: u32 = 1;
/// More than slots ever take.
pub(super) const LONGEST: usize = 256 * 1024;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    schema: u32,
    /// SHA-256 of `[schema, generations]` in canonical JSON: a changed bit must not look like a wrong passphrase.
    sum: String,
    generations: Vec<Generation>,
}

/// What every version's file has.
#[derive(Deserialize)]
struct Stated {
    schema: u32,
    sum: String,
    generations: Value,
}

pub(super) fn to_text(slots: &KeySlots) -> String {
    summed(slots).0
}

pub(super) fn from_text(text: &str) -> Result<KeySlots, VaultError> {
    let (generations, _) = parsed(text.as_bytes())?;
    Ok(KeySlots { generations, base: None })
}

/// The text, and the sum in it.
pub(super) fn summed(slots: &KeySlots) -> (String, String) {
    let value = serde_json::to_value(&slots.generations).expect("BUG: slots are JSON");
    let sum = sum(SCHEMA, &value);
    let content = Content { schema: SCHEMA, sum: sum.clone(), generations: slots.generations.clone() };
    (serde_json::to_string_pretty(&content).expect("BUG: slots are JSON"), sum)
}

/// What a text holds, and its sum.
pub(super) fn parsed(bytes: &[u8]) -> Result<(Vec<Generation>, String), VaultError> {
    if bytes.len() > LONGEST {
        return Err(VaultError::SlotsAbsurd("more than slots ever take"));
    }
    let damaged = |_| VaultError::SlotsDamaged;
    let Stated { schema, sum: stated, generations } = serde_json::from_slice(bytes).map_err(damaged)?;
    if !is_canonical(&generations) {
        return Err(VaultError::SlotsDamaged);
    }
    // First whether it is whole: a changed bit must not look like another version.
    if stated != sum(schema, &generations) {
        return Err(VaultError::SlotsDamaged);
    }
    if schema > SCHEMA {
        return Err(VaultError::SlotsTooNew);
    }
    let content: Content = serde_json::from_slice(bytes).map_err(damaged)?;
    if let Some(what) = bounds::absurd(&content.generations) {
        return Err(VaultError::SlotsAbsurd(what));
    }
    Ok((content.generations, content.sum))
}

/// It has a canonical form: no fraction, and no number beyond 2^53.
fn is_canonical(value: &Value) -> bool {
    match value {
        Value::Number(number) => number.as_u64().is_some_and(|number| number <= 1 << 53),
        Value::Array(items) => items.iter().all(is_canonical),
        Value::Object(fields) => fields.values().all(is_canonical),
        Value::Null | Value::Bool(_) | Value::String(_) => true,
    }
}

fn sum(schema: u32, generations: &Value) -> String {
    hex::encode(Sha256::digest(domain::canonical_json(&serde_json::json!([schema, generations]))))
}
