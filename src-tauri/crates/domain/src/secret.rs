//! A value that must not be printed.

use zeroize::{Zeroize, ZeroizeOnDrop};

/// Holds a secret: no `Display`, a `Debug` that tells nothing, no serialisation. Its memory is overwritten when it goes.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret<T: Zeroize>(T);

impl<T: Zeroize> Secret<T> {
    /// Wraps.
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// The value, for the one place that needs it.
    pub const fn reveal(&self) -> &T {
        &self.0
    }
}

impl<T: Zeroize> Drop for Secret<T> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl<T: Zeroize> ZeroizeOnDrop for Secret<T> {}

impl<T: Zeroize> std::fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    struct Watched<'a>(&'a Cell<bool>);

    impl Zeroize for Watched<'_> {
        fn zeroize(&mut self) {
            self.0.set(true);
        }
    }

    #[test]
    fn it_is_overwritten_when_it_goes_and_tells_nothing() {
        let overwritten = Cell::new(false);
        let secret = Secret::new(Watched(&overwritten));
        assert_eq!(format!("{secret:?}"), "Secret(…)");
        assert!(!overwritten.get());
        drop(secret);
        assert!(overwritten.get());
    }
}
