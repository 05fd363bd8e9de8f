//! Questions that only the user can answer. Whoever controls the page decides when one is asked; so there is one at a
//! time, and after a few refusals none.

use std::{
    path::PathBuf,
    sync::atomic::{AtomicBool, AtomicU32, Ordering},
};

use wire::Failure;

use crate::{Confirm, Core, Host, Pick};

/// Refusals in a row after which nothing is asked until the next start.
const PATIENCE: u32 = 3;

/// The questions of a core.
#[derive(Debug, Default)]
pub(crate) struct Questions {
    open: AtomicBool,
    refusals: AtomicU32,
}

/// A dialog is open; dropped, it no longer is.
#[derive(Debug)]
pub(crate) struct Asking<'a>(&'a Questions);

impl Questions {
    /// A dialog is about to open.
    ///
    /// # Errors
    /// Where one is open already.
    pub(crate) fn begin(&self) -> Result<Asking<'_>, Failure> {
        match self.open.swap(true, Ordering::AcqRel) {
            true => Err(already()),
            false => Ok(Asking(self)),
        }
    }

    /// Nothing may change meanwhile that an open question speaks of.
    ///
    /// # Errors
    /// Where one is open.
    pub(crate) fn none_open(&self) -> Result<(), Failure> {
        if self.open.load(Ordering::Acquire) { Err(already()) } else { Ok(()) }
    }
}

impl Asking<'_> {
    /// Puts a question to the user.
    ///
    /// # Errors
    /// Where they have said no often enough.
    pub(crate) async fn put(&self, host: &dyn Host, question: Confirm) -> Result<bool, Failure> {
        let refusals = &self.0.refusals;
        if refusals.load(Ordering::Relaxed) >= PATIENCE {
            return Err(Failure::PolicyForbids {
                message: format!(
                    "You said no {PATIENCE} times, so this is not asked again before Drawbridge starts anew. Nothing was changed."
                ),
            });
        }
        let yes = host.confirm(question).await;
        if yes {
            refusals.store(0, Ordering::Relaxed)
        } else {
            refusals.fetch_add(1, Ordering::Relaxed);
        }
        Ok(yes)
    }
}

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        self.0.open.store(false, Ordering::Release);
    }
}

impl Core {
    /// Lets the user pick files. A page opens one dialog and no pile of them.
    pub(crate) async fn pick(&self, pick: Pick) -> Result<Vec<PathBuf>, Failure> {
        let _asking = self.questions.begin()?;
        Ok(self.platform.host.pick_files(pick).await)
    }

    /// Lets the user pick a place to save to, in the same way.
    pub(crate) async fn pick_place(&self, suggested_name: &str) -> Result<Option<PathBuf>, Failure> {
        let _asking = self.questions.begin()?;
        Ok(self.platform.host.pick_save(suggested_name).await)
    }
}

fn already() -> Failure {
    Failure::PolicyForbids {
        message: "A dialog of Drawbridge is waiting for your answer. Answer it first. Nothing was changed.".to_owned(),
    }
}
