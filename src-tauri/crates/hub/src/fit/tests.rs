#![allow(clippy::unwrap_used)]
use domain::Device;
use proptest::prelude::*;

use super::*;
use crate::machine::tests::{machine, measured};

/// Llama 3.1 8B in `Q4_K_M`: 4.9 GB, 128 KiB of cache a token.
fn eight_billion() -> Shape {
    Shape {
        weights_bytes: 4_920_000_000,
        parameters: 8_030_000_000,
        active_parameters: 8_030_000_000,
        kv_bytes_per_token: 131_072,
        trained_context: 131_072,
    }
}

#[test]
fn what_is_needed_is_weights_cache_and_working_memory() {
    let fit = fit(&eight_billion(), &machine(64, 60), 8_192);
    assert_eq!(fit.needed_bytes, 4_920_000_000 + 131_072 * 8_192 + (1 << 28) + 4_920_000_000 / 32);
    assert_eq!((fit.verdict, fit.context_tokens, fit.speed), (Fits::Fits, 8_192, None));
}

#[test]
fn verdicts_follow_the_memory_that_is_there() {
    use Fits::{Fits as Good, Tight, TooLarge};
    // An 8B model needs 5.97 GiB at a context of 8,192.
    for (total, available, expected) in [
        (32, 24, Good),
        (16, 8, Good),
        (16, 7, Tight), // other programs have it
        (8, 7, Tight),  // 7 GiB at most, 5.25 without anybody noticing
        (6, 6, TooLarge),
        (4, 4, TooLarge),
        (0, 0, TooLarge),
    ] {
        assert_eq!(
            fit(&eight_billion(), &machine(total, available), 8_192).verdict,
            expected,
            "{available} of {total}"
        );
    }
}

#[test]
fn memory_of_a_device_counts_unless_it_is_the_computers() {
    let with = |unified| Machine {
        devices: vec![Device { name: "GPU".into(), memory_bytes: 8 * GIB, unified }],
        ..machine(8, 4)
    };
    assert_eq!(fit(&eight_billion(), &machine(8, 4), 8_192).verdict, Fits::Tight);
    assert_eq!(fit(&eight_billion(), &with(true), 8_192).verdict, Fits::Tight);
    assert_eq!(fit(&eight_billion(), &with(false), 8_192).verdict, Fits::Fits);
}

#[test]
fn a_context_is_never_longer_than_the_trained_one() {
    let short = Shape { trained_context: 4_096, ..eight_billion() };
    assert_eq!(fit(&short, &machine(32, 24), 100_000).context_tokens, 4_096);
    let unknown = Shape { trained_context: 0, ..eight_billion() };
    assert_eq!(fit(&unknown, &machine(32, 24), 100_000).context_tokens, 100_000);
}

#[test]
fn speed_is_what_the_measurement_allows() {
    let fits = fit(&eight_billion(), &measured(machine(32, 24)), 8_192).speed.unwrap();
    // 40 GB/s at 85 % over 4.92 GB of weights and 0.13 GB of cache.
    assert!((fits.tokens_per_second - 6.73).abs() < 0.01, "{fits:?}");
    // 16 tera-operations at 70 % of 500 G/s, and one token.
    assert!((fits.first_token_seconds.unwrap() - (16.06 / 0.35 + 1.0 / 6.73)).abs() < 0.05, "{fits:?}");
    assert_eq!(fits.source, SpeedSource::Estimated);

    let expert = Shape { active_parameters: 1_000_000_000, ..eight_billion() };
    let faster = fit(&expert, &measured(machine(32, 24)), 8_192).speed.unwrap();
    assert!(
        faster.tokens_per_second > 6.0 * fits.tokens_per_second
            && faster.first_token_seconds.unwrap() < fits.first_token_seconds.unwrap() / 7.0
    );

    assert_eq!(fit(&eight_billion(), &measured(machine(4, 4)), 8_192).speed, None);
    let stopped = MachineSpeed { generation_bytes_per_second: 0.0, prompt_flops: 0.0, threads: 1 };
    assert_eq!(fit(&eight_billion(), &Machine { speed: Some(stopped), ..machine(32, 24) }, 8_192).speed, None);
}

#[test]
fn a_file_is_judged_about_as_its_shape_would_be() {
    let machine = machine(32, 24);
    for (bytes, kv, parameters) in [
        (810_000_000, 32_768, 1_240_000_000),
        (2_020_000_000, 114_688, 3_210_000_000),
        (4_920_000_000, 131_072, 8_030_000_000),
        (9_000_000_000, 163_840, 14_770_000_000),
        (19_800_000_000, 262_144, 32_760_000_000),
        (42_500_000_000_u64, 327_680, 70_550_000_000),
    ] {
        let shape = Shape {
            weights_bytes: bytes,
            parameters,
            active_parameters: parameters,
            kv_bytes_per_token: kv,
            trained_context: 0,
        };
        let (guess, known) = (fit_of_file(bytes, &machine), fit(&shape, &machine, 8_192));
        let off = guess.needed_bytes.abs_diff(known.needed_bytes);
        assert!(off * 6 < known.needed_bytes, "{bytes}: {guess:?} {known:?}");
    }
}

fn any_shape() -> impl Strategy<Value = Shape> {
    (0..u64::MAX, 0..u64::MAX, 0..u64::MAX, any::<u64>(), any::<u32>()).prop_map(
        |(weights_bytes, parameters, active_parameters, kv_bytes_per_token, trained_context)| {
            // Every size from bytes to more than there is.
            let small = |n: u64| n >> (n % 60);
            Shape {
                weights_bytes: small(weights_bytes),
                parameters: small(parameters),
                active_parameters: small(active_parameters),
                kv_bytes_per_token: small(kv_bytes_per_token),
                trained_context,
            }
        },
    )
}

fn any_machine() -> impl Strategy<Value = Machine> {
    (0..1_u64 << 42, 0..1_u64 << 42, proptest::collection::vec((0..1_u64 << 38, any::<bool>()), 0..3)).prop_map(
        |(memory_bytes, available_bytes, devices)| Machine {
            memory_bytes,
            available_bytes,
            devices: devices
                .into_iter()
                .map(|(memory_bytes, unified)| Device { name: String::new(), memory_bytes, unified })
                .collect(),
            ..measured(machine(1, 1))
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_048, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn more_memory_never_makes_a_verdict_worse(shape in any_shape(), few in any_machine(), total: u32, available: u32, context: u32) {
        let mut many = few.clone();
        many.memory_bytes += u64::from(total);
        many.available_bytes += u64::from(available);
        many.devices.push(Device { name: String::new(), memory_bytes: u64::from(total), unified: false });
        prop_assert!(fit(&shape, &many, context).verdict <= fit(&shape, &few, context).verdict);
        prop_assert!(fit_of_file(shape.weights_bytes, &many).verdict <= fit_of_file(shape.weights_bytes, &few).verdict);
    }

    #[test]
    fn a_longer_context_is_never_better(shape in any_shape(), machine in any_machine(), context: u32, more: u32) {
        let (short, long) = (fit(&shape, &machine, context), fit(&shape, &machine, context.saturating_add(more)));
        prop_assert!(short.verdict <= long.verdict && short.needed_bytes <= long.needed_bytes);
        if let (Some(short), Some(long)) = (short.speed, long.speed) {
            prop_assert!(short.tokens_per_second >= long.tokens_per_second);
            prop_assert!(short.first_token_seconds <= long.first_token_seconds);
        }
    }

    #[test]
    fn speeds_are_numbers(shape in any_shape(), machine in any_machine(), context: u32) {
        if let Some(speed) = fit(&shape, &machine, context).speed {
            prop_assert!(speed.tokens_per_second.is_finite() && speed.tokens_per_second > 0.0);
            prop_assert!(speed.first_token_seconds.is_some_and(|seconds| seconds.is_finite() && seconds > 0.0));
        }
    }
}
