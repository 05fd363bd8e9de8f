//! Named points at which the tests of this crate kill the process. Elsewhere they are nothing.

/// Names the variable that says where to die: a point and how often it was passed before, as `committed 1`.
#[cfg(test)]
pub(crate) const DIE_AT: &str = "DRAWBRIDGE_STORE_TEST_DIE_AT";

/// Passes a point.
#[cfg(test)]
pub(crate) fn pass(point: &str) {
    use std::sync::atomic::{AtomicUsize, Ordering};
    static PASSED: AtomicUsize = AtomicUsize::new(0);
    #[allow(clippy::disallowed_methods)] // the parent's word
    let Ok(said) = std::env::var(DIE_AT) else { return };
    let (name, before) = said.rsplit_once(' ').unwrap_or((&said, "0"));
    if name == point && PASSED.fetch_add(1, Ordering::Relaxed).to_string() == before {
        std::process::abort();
    }
}

/// Passes a point.
#[cfg(not(test))]
pub(crate) const fn pass(_: &str) {}
