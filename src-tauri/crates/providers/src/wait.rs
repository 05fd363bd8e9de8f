//! How long to wait before the second attempt: pure, with chance passed in.

use std::time::Duration;

use domain::ProviderFault;

/// Attempts at one model.
pub(crate) const ATTEMPTS: u32 = 2;
/// Who asks for a longer wait is not asked again at once.
const LONGEST: Duration = Duration::from_secs(10);
/// First and longest step of the waits that nobody asked for.
const STEP: Duration = Duration::from_millis(500);
const CEILING: Duration = Duration::from_secs(8);

/// How long to wait after this many attempts; none where another is of no use. `chance` is between 0 and 1 (full
/// jitter: clients that failed together do not come back together).
pub(crate) fn before_next(fault: &ProviderFault, attempts: u32, chance: f64) -> Option<Duration> {
    if attempts >= ATTEMPTS || !fault.is_passing() {
        return None;
    }
    match fault.retry_after {
        Some(asked) => (asked <= LONGEST).then_some(asked),
        None => Some((STEP * 2_u32.saturating_pow(attempts)).min(CEILING).mul_f64(chance.clamp(0.0, 1.0))),
    }
}

#[cfg(test)]
mod tests {
    use domain::FaultKind;

    use super::*;

    fn fault(kind: FaultKind, retry_after: Option<u64>) -> ProviderFault {
        ProviderFault { retry_after: retry_after.map(Duration::from_secs), ..ProviderFault::new(kind, "") }
    }

    #[test]
    fn what_passes_is_tried_again_once_and_the_rest_never() {
        use FaultKind::*;
        for kind in [RateLimited, Unavailable, Offline, Silent, Broken] {
            assert!(before_next(&fault(kind, None), 1, 0.5).is_some(), "{kind:?}");
            assert!(before_next(&fault(kind, None), 2, 0.5).is_none(), "{kind:?}");
        }
        for kind in
            [KeyRejected, NotAllowed, NotFound, QuotaExhausted, TooLong, BadRequest, Filtered, Untrusted, Refused]
        {
            assert!(before_next(&fault(kind, Some(1)), 1, 0.5).is_none(), "{kind:?}");
        }
    }

    #[test]
    fn a_wish_to_wait_is_obeyed_to_the_letter_or_we_do_not_come_back() {
        assert_eq!(before_next(&fault(FaultKind::RateLimited, Some(7)), 1, 0.0), Some(Duration::from_secs(7)));
        assert_eq!(before_next(&fault(FaultKind::RateLimited, Some(11)), 1, 0.0), None);
    }

    #[test]
    fn chance_spreads_the_waits_below_the_step() {
        assert_eq!(before_next(&fault(FaultKind::Unavailable, None), 1, 1.0), Some(Duration::from_secs(1)));
        assert_eq!(before_next(&fault(FaultKind::Unavailable, None), 1, 0.0), Some(Duration::ZERO));
    }
}
