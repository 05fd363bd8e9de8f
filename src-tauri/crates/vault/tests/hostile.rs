//! What a file that somebody else made can do: nothing but be told.
#![allow(clippy::unwrap_used)]

use domain::{Secret, canonical_json};
use proptest::{collection::vec, prelude::*};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use tempfile::tempdir;
use vault::{Cost, KeySlots, MemoryKeychain, RecoveryCode, VaultError};

const KEY: Secret<[u8; 32]> = Secret::new([7; 32]);
const RECIPIENT: &str = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";
const CODE: &str = "0000-0000-0000-0000-0000-0000-000";

/// A generation with a slot of each kind.
fn full() -> Value {
    let mut slots = KeySlots::new(&KEY);
    slots.set_passphrase(&KEY, &words(), Cost { memory_kib: 8, passes: 1 }).unwrap();
    slots.make_recovery(&KEY).unwrap();
    slots.set_administrator(&KEY, RECIPIENT).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(slots.add_keychain(&KEY, &MemoryKeychain::default())).unwrap();
    let text: Value = serde_json::from_str(&slots.to_text()).unwrap();
    text["generations"][0].clone()
}

fn words() -> Secret<String> {
    Secret::new("correct horse".to_owned())
}

/// A file with its sum put right, where it has one: what a hostile hand would do.
fn forged(generations: &Value) -> String {
    let sum = match has_sum(generations) {
        true => hex::encode(Sha256::digest(canonical_json(&json!([1, generations])))),
        false => String::new(),
    };
    json!({"schema": 1, "sum": sum, "generations": generations}).to_string()
}

fn has_sum(value: &Value) -> bool {
    match value {
        Value::Number(number) => number.as_i64().is_some_and(|number| number.unsigned_abs() <= 1 << 53),
        Value::Array(items) => items.iter().all(has_sum),
        Value::Object(fields) => fields.values().all(has_sum),
        _ => true,
    }
}

#[test]
fn what_no_drawbridge_writes_is_refused_before_anything_is_done() {
    type Change = fn(&mut Value);
    let absurd: [(&str, Change); 14] = [
        ("64 GiB", |it| it["slots"][0]["cost"]["memory_kib"] = json!(64 * 1024 * 1024)),
        ("all memory", |it| it["slots"][0]["cost"]["memory_kib"] = json!(u32::MAX)),
        ("no memory", |it| it["slots"][0]["cost"]["memory_kib"] = json!(0)),
        ("2^31 passes", |it| it["slots"][0]["cost"]["passes"] = json!(1_u32 << 31)),
        ("no pass", |it| it["slots"][0]["cost"]["passes"] = json!(0)),
        ("short salt", |it| it["slots"][0]["salt"] = json!("00")),
        ("no hex", |it| it["slots"][1]["key"]["sealed"] = json!("zz".repeat(48))),
        ("long seal", |it| it["slots"][1]["key"]["sealed"] = json!("00".repeat(9000))),
        ("two passphrases", |it| again(it, 0, 1)),
        ("a thousand administrators", |it| again(it, 2, 1000)),
        ("long recipient", |it| it["slots"][2]["recipient"] = json!("a".repeat(300))),
        ("another item of ours", |it| it["slots"][3]["item"] = json!("secret:hub")),
        ("another item still", |it| it["slots"][3]["item"] = json!("store key ../../../../")),
        ("no check", |it| it["check"] = json!("")),
    ];
    let whole = full();
    assert!(KeySlots::from_text(&forged(&json!([whole]))).unwrap().holds(&KEY));
    for (what, change) in absurd {
        let mut generation = whole.clone();
        change(&mut generation);
        let read = KeySlots::from_text(&forged(&json!([generation])));
        let Err(VaultError::SlotsAbsurd(said)) = read else { panic!("{what}: {read:?}") };
        assert!(VaultError::SlotsAbsurd(said).to_string().contains("Nothing was done at its word"), "{what}");
    }
    for generations in [json!([]), Value::Array(vec![whole.clone(); 9])] {
        assert!(matches!(KeySlots::from_text(&forged(&generations)), Err(VaultError::SlotsAbsurd(_))));
    }
    let mut more = whole;
    more["slots"][0]["more"] = json!(1);
    let (fraction, large) = (forged(&json!([0.5])), forged(&json!([u64::MAX])));
    for text in [forged(&json!([more])), fraction, large, "[".repeat(60_000), String::new()] {
        assert_eq!(KeySlots::from_text(&text), Err(VaultError::SlotsDamaged));
    }
}

fn again(generation: &mut Value, slot: usize, times: usize) {
    let one = generation["slots"][slot].clone();
    generation["slots"].as_array_mut().unwrap().extend(vec![one; times]);
}

#[test]
fn a_file_of_any_length_is_not_read_to_its_end() {
    let folder = tempdir().unwrap();
    let file = std::fs::File::create(folder.path().join("keyslots.json")).unwrap();
    // A hole: it takes no room on the disk, and would take all memory.
    file.set_len(1 << 40).unwrap();
    assert!(matches!(KeySlots::read(folder.path()), Err(VaultError::SlotsAbsurd(_))));
}

#[test]
fn a_slot_cannot_be_moved_to_another_key_and_a_weaker_cost_opens_nothing() {
    let (mut moved, mut weaker) = (full(), full());
    moved["check"] = json!("00".repeat(16));
    weaker["slots"][0]["cost"]["memory_kib"] = json!(9);
    for generation in [moved, weaker] {
        let slots = KeySlots::from_text(&forged(&json!([generation]))).unwrap();
        assert_eq!(slots.open_with_passphrase(&words()), Err(VaultError::WrongPassphrase));
    }
}

/// Any JSON, with what slots are made of in it.
fn anything() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        prop_oneof![Just(0_u64), Just(1 << 31), Just(u64::from(u32::MAX)), Just(u64::MAX)].prop_map(Value::from),
        "[0-9a-f]{0,96}".prop_map(Value::from),
        "keychain|passphrase|recovery|administrator|store key [0-9a-f]{16}".prop_map(Value::from),
        "\\PC{0,20}".prop_map(Value::from),
        (0..70_000_usize).prop_map(|length| Value::from("0".repeat(length))),
    ];
    let name =
        "check|slots|way|salt|cost|memory_kib|passes|key|nonce|sealed|backend|item|recipient|age|adopted|[a-z]{1,4}";
    leaf.prop_recursive(5, 40, 6, move |inner| {
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Value::from),
            vec((name, inner), 0..6).prop_map(|fields| Value::Object(fields.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

/// Every place in a value, as a JSON pointer.
fn places(value: &Value, at: &str) -> Vec<String> {
    let inner: Vec<(String, &Value)> = match value {
        Value::Object(fields) => fields.iter().map(|(name, it)| (name.clone(), it)).collect(),
        Value::Array(items) => items.iter().enumerate().map(|(index, it)| (index.to_string(), it)).collect(),
        _ => Vec::new(),
    };
    let mut all = vec![at.to_owned()];
    all.extend(inner.iter().flat_map(|(name, it)| places(it, &format!("{at}/{name}"))));
    all
}

/// Reads it, and tries each way in that costs little. Nothing opens.
fn tried(text: &str) -> Result<(), VaultError> {
    let slots = KeySlots::from_text(text)?;
    assert!(slots.ways().len() <= 8 * 11);
    assert!(slots.open_with_recovery(CODE).is_err());
    let stranger = age::x25519::Identity::generate().to_string();
    assert!(slots.open_with_identity(age::secrecy::ExposeSecret::expose_secret(&stranger)).is_err());
    assert_eq!(KeySlots::from_text(&slots.to_text()), Ok(slots), "what is read can be written");
    Ok(())
}

fn is_told(read: &Result<(), VaultError>) -> bool {
    matches!(read, Ok(()) | Err(VaultError::SlotsDamaged | VaultError::SlotsAbsurd(_)))
}

proptest! {
    #[test]
    fn no_bytes_are_read_as_slots(text in "\\PC{0,400}") {
        prop_assert_eq!(KeySlots::from_text(&text), Err(VaultError::SlotsDamaged));
    }

    #[test]
    fn any_json_in_the_place_of_the_slots_is_told(generations in anything()) {
        let read = tried(&forged(&generations));
        prop_assert!(is_told(&read) && read.is_err(), "{:?}", read);
    }

    #[test]
    fn any_json_in_any_place_of_good_slots_is_told(at in any::<prop::sample::Index>(), other in anything()) {
        let mut generations = json!([full()]);
        let all = places(&generations, "");
        *generations.pointer_mut(&all[at.index(all.len())]).unwrap() = other;
        let read = tried(&forged(&generations));
        prop_assert!(is_told(&read), "{:?}", read);
    }

    #[test]
    fn no_text_is_read_as_a_code_but_one(typed in "\\PC{0,60}") {
        if let Ok(code) = RecoveryCode::read(&typed) {
            prop_assert_eq!(RecoveryCode::read(&code.reveal()), Ok(code));
        }
    }
}
