//! Which quantisation, and which model: pure choices with their reason.

use std::cmp::Reverse;

use domain::{Fits, Machine, Offer, OfferFile, OfferKind};

use crate::{disk::amount, fit::room_bytes};

/// `Q4_K_M` to `Q6_K`: below it answers get noticeably worse, above it hardly better.
const GOOD_BITS: std::ops::RangeInclusive<f64> = 4.6..=6.7;
/// Below `Q3_K` answers suffer so much that a smaller model is better.
const LEAST_BITS: f64 = 3.4;
/// About as fast as people read.
const FAST_ENOUGH: f64 = 8.0;

/// How well a quantisation suits, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    /// Good, with room to spare, and fast enough.
    Good,
    /// Good, with room to spare, and slow.
    Slow,
    /// With room to spare, larger than it need be: there is no other.
    Lavish,
    /// With room to spare, and of lower quality.
    Coarse,
    /// Goes into memory with nothing to spare.
    Tight,
    /// Goes into memory with nothing to spare, and of lower or needless quality.
    TightAndOdd,
    /// So coarse that it is taken only where nothing else fits.
    Last,
}

/// Place of the file that suits best; none where none fits. `bits` are those of a weight, file by file.
pub(crate) fn advised(files: &[OfferFile], bits: &[f64]) -> Option<usize> {
    let ranked = files.iter().zip(bits).enumerate().filter_map(|(at, (file, bits))| Some((rank(file, *bits)?, at)));
    // Of good, coarse and last ones the finest is best; where it is tight, slow or lavish, the smallest. Files are in order.
    ranked
        .min_by_key(|(rank, at)| match rank {
            Rank::Good | Rank::Coarse | Rank::Last => (*rank, Err(Reverse(*at))),
            Rank::Slow | Rank::Lavish | Rank::Tight | Rank::TightAndOdd => (*rank, Ok(*at)),
        })
        .map(|(_, at)| at)
}

fn rank(file: &OfferFile, bits: f64) -> Option<Rank> {
    let good = GOOD_BITS.contains(&bits);
    Some(match file.fit.verdict {
        Fits::TooLarge => return None,
        _ if bits < LEAST_BITS => Rank::Last,
        Fits::Fits if good && is_fast_enough(file) => Rank::Good,
        Fits::Fits if good => Rank::Slow,
        Fits::Fits if bits > *GOOD_BITS.end() => Rank::Lavish,
        Fits::Fits => Rank::Coarse,
        Fits::Tight if good => Rank::Tight,
        Fits::Tight => Rank::TightAndOdd,
    })
}

/// Unmeasured, memory alone decides.
fn is_fast_enough(file: &OfferFile) -> bool {
    file.fit.speed.is_none_or(|speed| speed.tokens_per_second >= FAST_ENOUGH)
}

/// Place of the best chat model for this computer, and why in one sentence: of the largest that fit with room to spare
/// in good quality and write about as fast as people read, the newest. Largest are all that have at least four fifths of
/// the weights of the very largest: between those, a year of progress counts for more. `released` are months, offer by
/// offer.
pub(crate) fn best(offers: &[Offer], released: &[&str], machine: &Machine) -> Option<(usize, String)> {
    let candidates: Vec<(usize, &Offer, &OfferFile)> = offers
        .iter()
        .enumerate()
        .filter(|(_, offer)| offer.kind == OfferKind::Chat)
        .filter_map(|(at, offer)| Some((at, offer, offer.files.get(offer.advised? as usize)?)))
        .filter(|(_, _, file)| file.fit.verdict == Fits::Fits && is_fast_enough(file))
        .filter(|(_, offer, file)| bits(offer, file) >= *GOOD_BITS.start())
        .collect();
    let most = candidates.iter().map(|(_, offer, _)| offer.parameters).max()?;
    let (at, _, file) = candidates
        .into_iter()
        .filter(|(_, offer, _)| offer.parameters >= most / 5 * 4)
        .max_by_key(|(at, offer, _)| (released[*at], offer.parameters))?;
    Some((at, because(file, machine)))
}

/// Bits of a weight. A smaller model in full quality is the better choice than a larger one in coarse.
#[allow(clippy::cast_precision_loss)] // sizes are far below 2^53
fn bits(offer: &Offer, file: &OfferFile) -> f64 {
    file.bytes as f64 * 8.0 / offer.parameters as f64
}

fn because(file: &OfferFile, machine: &Machine) -> String {
    let memory =
        format!("it needs {} of memory and {} are free", amount(file.fit.needed_bytes), amount(room_bytes(machine)));
    match file.fit.speed {
        Some(speed) => format!(
            "The newest among the largest chat models that run well here: {memory}, and it should write about {:.0} tokens a second.",
            speed.tokens_per_second
        ),
        None => format!(
            "The newest among the largest chat models that fit here: {memory}. How fast it is shows once this computer is measured."
        ),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use domain::{Fit, Speed, SpeedSource};

    use super::*;

    fn file(verdict: Fits, tokens_per_second: Option<f64>) -> OfferFile {
        let speed = tokens_per_second.map(|tokens_per_second| Speed {
            tokens_per_second,
            first_token_seconds: Some(1.0),
            source: SpeedSource::Estimated,
        });
        OfferFile {
            quantisation: String::new(),
            path: String::new(),
            bytes: 1,
            about: true,
            fit: Fit { verdict, needed_bytes: 1, context_tokens: 1, speed },
        }
    }

    #[test]
    fn the_finest_quantisation_that_fits_is_advised_within_reason() {
        use Fits::{Fits as F, Tight as T, TooLarge as X};
        const BITS: [f64; 6] = [2.6, 4.0, 4.89, 5.7, 6.56, 8.5];
        for (verdicts, expected) in [
            ([F, F, F, F, F, F], Some(4)), // Q6_K, not Q8_0
            ([F, F, F, F, T, X], Some(3)),
            ([F, F, F, T, X, X], Some(2)),
            ([F, F, T, X, X, X], Some(1)), // Q3 with room rather than Q4 without
            ([F, T, T, X, X, X], Some(2)), // Q4 without room rather than Q2 with
            ([F, T, X, X, X, X], Some(1)),
            ([F, X, X, X, X, X], Some(0)), // Q2 where only it fits
            ([T, X, X, X, X, X], Some(0)),
            ([X, X, X, X, X, X], None),
        ] {
            let files = verdicts.map(|verdict| file(verdict, None));
            assert_eq!(advised(&files, &BITS), expected, "{verdicts:?}");
        }
    }

    #[test]
    fn a_slow_one_is_not_finer_than_it_must_be() {
        let bits = [4.89, 5.7, 6.56];
        let speeds = |speeds: [f64; 3]| advised(&speeds.map(|speed| file(Fits::Fits, Some(speed))), &bits);
        assert_eq!(speeds([12.0, 10.0, 9.0]), Some(2));
        assert_eq!(speeds([12.0, 10.0, 7.0]), Some(1));
        assert_eq!(speeds([4.0, 3.0, 2.0]), Some(0));
    }

    #[test]
    fn where_there_is_only_one_it_is_advised() {
        assert_eq!(advised(&[file(Fits::Fits, None)], &[8.5]), Some(0));
        assert_eq!(advised(&[file(Fits::Fits, None), file(Fits::Fits, None)], &[8.5, 16.0]), Some(0));
        assert_eq!(advised(&[], &[]), None);
    }
}
