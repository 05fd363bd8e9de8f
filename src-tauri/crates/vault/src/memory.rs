//! A keychain that lives as long as the process, for tests; it can be told to fail each way.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use domain::{BoxFuture, Secret};

use crate::{Keychain, VaultError};

/// Keeps secrets in memory.
#[derive(Debug, Default)]
pub struct MemoryKeychain(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    name: String,
    secrets: HashMap<String, Secret<Vec<u8>>>,
    fault: Option<VaultError>,
    forgetful: bool,
}

impl MemoryKeychain {
    /// One that answers every call with this error until [`MemoryKeychain::mend`].
    #[must_use]
    pub fn broken(fault: VaultError) -> Self {
        Self(Mutex::new(State { fault: Some(fault), ..State::default() }))
    }

    /// One that says it kept a secret and did not.
    #[must_use]
    pub fn forgetful() -> Self {
        Self(Mutex::new(State { forgetful: true, ..State::default() }))
    }

    /// One of this name.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self(Mutex::new(State { name: name.to_owned(), ..State::default() }))
    }

    /// Forgets everything, as a keychain that was reset.
    pub fn wipe(&self) {
        self.state().secrets.clear();
    }

    /// From now on every call fails with this.
    pub fn fail(&self, fault: VaultError) {
        self.state().fault = Some(fault);
    }

    /// From now on calls work.
    pub fn mend(&self) {
        self.state().fault = None;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn working(&self) -> Result<MutexGuard<'_, State>, VaultError> {
        let state = self.state();
        match &state.fault {
            Some(fault) => Err(fault.clone()),
            None => Ok(state),
        }
    }
}

impl Keychain for MemoryKeychain {
    fn backend(&self) -> String {
        self.state().name.clone()
    }

    fn get<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<Secret<Vec<u8>>>, VaultError>> {
        Box::pin(async move { Ok(self.working()?.secrets.get(name).cloned()) })
    }

    fn set<'a>(&'a self, name: &'a str, secret: &'a Secret<Vec<u8>>) -> BoxFuture<'a, Result<(), VaultError>> {
        Box::pin(async move {
            let mut state = self.working()?;
            if !state.forgetful {
                state.secrets.insert(name.to_owned(), secret.clone());
            }
            Ok(())
        })
    }

    fn delete<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<(), VaultError>> {
        Box::pin(async move {
            self.working()?.secrets.remove(name);
            Ok(())
        })
    }
}
