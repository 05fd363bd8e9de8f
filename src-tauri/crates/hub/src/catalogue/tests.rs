#![allow(clippy::unwrap_used)]
use std::{path::Path, process::Command};

use domain::Fits;
use proptest::prelude::*;

use super::*;
use crate::{
    machine::tests::{machine, measured},
    name::owner_and_name,
    remote::quantisation_of,
    safe_name,
};

fn best(machine: &Machine) -> Option<Offer> {
    Catalogue::bundled().offers(machine, 8_192).into_iter().find(|offer| offer.best_because.is_some())
}

#[test]
fn form_and_facts_are_in_order() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../docs/check_catalogue.py");
    let run = Command::new("python3").arg(script).output().unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
}

#[test]
fn the_script_finds_what_is_wrong() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../docs/check_catalogue.py");
    let good = include_str!("../../../../resources/catalogue.json");
    let folder = tempfile::tempdir().unwrap();
    for (number, (from, to)) in [
        ("\"parameters\": 8030261312", "\"parameters\": 803026131"),
        ("\"licence\": \"mit\"", "\"licence\": \"nobody-knows\""),
        ("\"kind\": \"vision\"", "\"kind\": \"video\""),
        ("[\"MXFP4\"]", "[\"Q9_X\"]"),
        ("\"gated\": false", "\"gated\": \"no\""),
        ("\"gated\": false", "\"gated\": false, \"sha256\": \"0\""),
        ("\"id\": \"phi-4\"", "\"id\": \"qwen3-8b\""),
        ("phi-4-{Q}.gguf", "../phi-4-{Q}.gguf"),
        ("[\"Q4_K_M\", \"Q8_0\"]", "[\"Q8_0\", \"Q4_K_M\"]"),
    ]
    .into_iter()
    .enumerate()
    {
        let path = folder.path().join(format!("{number}.json"));
        let bad = good.replacen(from, to, 1);
        assert_ne!(bad, good, "{from} is not in the catalogue");
        std::fs::write(&path, bad).unwrap();
        let run = Command::new("python3").arg(&script).arg(&path).output().unwrap();
        assert_eq!(run.status.code(), Some(1), "{to}: {}", String::from_utf8_lossy(&run.stderr));
    }
}

#[test]
fn names_are_such_that_a_download_takes_them() {
    for model in Catalogue::bundled().models() {
        owner_and_name(&model.repo).unwrap();
        for q in &model.quantisations {
            let path = model.path(q);
            assert!(path.ends_with(".gguf") && safe_name(&path).is_ok(), "{path}");
            assert_eq!(&quantisation_of(&path), q, "{path}");
        }
        assert_eq!(Catalogue::bundled().model(&model.id), Some(model));
    }
    assert!(Catalogue::bundled().model("none").is_none());
}

#[test]
fn sizes_are_about_those_that_publishers_state() {
    let offers = Catalogue::bundled().offers(&machine(64, 60), 8_192);
    // In GB, as the publishers' own pages give them.
    for (id, quantisation, gigabytes) in [
        ("llama-3.1-8b", "Q4_K_M", 4.92),
        ("llama-3.3-70b", "Q4_K_M", 42.52),
        ("falcon3-1b", "Q4_K_M", 1.06),
        ("falcon3-1b", "Q8_0", 1.78),
        ("gpt-oss-20b", "MXFP4", 12.1),
        ("qwen3-8b", "Q4_K_M", 5.03),
        ("gemma-3-27b", "Q6_K", 22.17),
        ("mistral-small-3.2-24b", "Q4_K_M", 14.33),
    ] {
        let offer = offers.iter().find(|offer| offer.id == id).unwrap();
        let file = offer.files.iter().find(|file| file.quantisation == quantisation).unwrap();
        assert!(file.about && (file.bytes as f64 / 1e9 / gigabytes - 1.0).abs() < 0.06, "{id} {}", file.bytes);
    }
}

#[test]
fn the_best_grows_with_the_computer() {
    let sizes: Vec<u64> = [2, 4, 8, 16, 32, 64, 128]
        .map(|gib| best(&machine(gib, gib - gib / 8)).map_or(0, |offer| offer.parameters / 100_000_000))
        .to_vec();
    assert!(sizes.is_sorted() && sizes[1] > 0 && *sizes.last().unwrap() > 600, "{sizes:?}");
    assert!(best(&machine(0, 0)).is_none());
}

#[test]
fn the_best_is_one_that_is_fast_enough_and_says_so() {
    let fast = best(&measured(machine(128, 120))).unwrap();
    let file = &fast.files[fast.advised.unwrap() as usize];
    assert!(file.fit.speed.unwrap().tokens_per_second >= 8.0);
    // At 40 GB/s a dense model of 70 B writes one token in a second; a mixture of experts is quick.
    assert_eq!(fast.id, "qwen3-30b-a3b");
    let because = fast.best_because.unwrap();
    assert!(because.contains("GB of memory") && because.contains("tokens a second"), "{because}");

    let unmeasured = best(&machine(16, 12)).unwrap();
    let because = unmeasured.best_because.unwrap();
    assert!(because.ends_with("measured.") && because.contains(" GB of memory and 12.9 GB are free"), "{because}");
    assert_eq!(unmeasured.kind, OfferKind::Chat);
}

#[test]
fn every_offer_is_judged_and_none_that_is_too_large_is_advised() {
    let offers = Catalogue::bundled().offers(&measured(machine(8, 6)), 8_192);
    assert_eq!(offers.len(), Catalogue::bundled().models().len());
    for offer in &offers {
        assert!(offer.files.is_sorted_by_key(|file| file.bytes), "{}", offer.id);
        match offer.advised {
            Some(at) => assert_ne!(offer.files[at as usize].fit.verdict, Fits::TooLarge, "{}", offer.id),
            None => assert!(offer.files.iter().all(|file| file.fit.verdict == Fits::TooLarge), "{}", offer.id),
        }
    }
    let advised = |id: &str| offers.iter().find(|offer| offer.id == id).unwrap().advised.is_some();
    assert!(advised("llama-3.2-1b") && advised("falcon3-7b") && !advised("llama-3.3-70b"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn there_is_one_best_at_most_and_it_fits(total in 0_u64..300, free in 0_u64..300, context: u32, is_measured: bool) {
        let machine = machine(total, free.min(total));
        let machine = if is_measured { measured(machine) } else { machine };
        let offers = Catalogue::bundled().offers(&machine, context);
        let best: Vec<_> = offers.iter().filter(|offer| offer.best_because.is_some()).collect();
        prop_assert!(best.len() <= 1);
        for offer in best {
            let file = &offer.files[offer.advised.unwrap() as usize];
            prop_assert_eq!(file.fit.verdict, Fits::Fits);
            prop_assert!(file.quantisation != "Q3_K_M", "{} is coarse", offer.id);
        }
    }
}
