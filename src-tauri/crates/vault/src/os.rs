//! The operating system's keychain: Secret Service on Linux, Keychain on macOS, Credential Manager on Windows.

use std::{sync::Arc, time::Duration};

use domain::{BoxFuture, Secret};
use keyring_core::{Entry, Error, api::CredentialStoreApi};

use crate::{Keychain, VaultError};

/// The name that Drawbridge's items stand under.
pub const SERVICE: &str = "app.drawbridge.desktop";

/// An unlock prompt may stand open this long.
const LIMIT: Duration = Duration::from_secs(60);

/// An item that is written to learn whether the keychain keeps anything.
const PROBE: &str = "probe";

/// The keychain of the person who is logged in.
#[derive(Debug, Clone)]
pub struct OsKeychain {
    service: Arc<str>,
    limit: Duration,
}

impl OsKeychain {
    /// Items of this service; [`SERVICE`] but in tests.
    #[must_use]
    pub fn new(service: &str) -> Self {
        Self { service: service.into(), limit: LIMIT }
    }

    /// Waits so long for an answer, and not a minute.
    #[must_use]
    pub fn with_limit(self, limit: Duration) -> Self {
        Self { limit, ..self }
    }

    /// Runs a call on a thread of its own, because it may stand waiting for a person. One that outlives the limit goes on
    /// alone and its answer is dropped; nobody waits for that thread, not even the end of the process.
    async fn ask<T: Send + 'static>(
        &self,
        call: impl FnOnce(&str) -> Result<T, VaultError> + Send + 'static,
    ) -> Result<T, VaultError> {
        let service = self.service.clone();
        let (answer, answered) = tokio::sync::oneshot::channel();
        let asking = std::thread::Builder::new().name("keychain".to_owned()).spawn(move || {
            // Whoever asked may have gone.
            let _ = answer.send(call(&service));
        });
        asking.map_err(|error| VaultError::Unavailable(error.to_string()))?;
        match tokio::time::timeout(self.limit, answered).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => Err(VaultError::Unavailable("the call ended without an answer".to_owned())),
            Err(_) => Err(VaultError::Silent(self.limit.as_secs())),
        }
    }
}

impl Keychain for OsKeychain {
    fn backend(&self) -> String {
        match std::env::consts::OS {
            "macos" => "macOS Keychain",
            "windows" => "Windows Credential Manager",
            _ => "Secret Service",
        }
        .to_owned()
    }

    fn get<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<Secret<Vec<u8>>>, VaultError>> {
        let name = name.to_owned();
        Box::pin(self.ask(move |service| match entry(service, &name)?.get_secret() {
            Ok(secret) => Ok(Some(Secret::new(secret))),
            // A Secret Service without a default collection says so too, and then nothing could be set.
            Err(Error::NoEntry) => can_keep(service).map(|()| None),
            Err(error) => Err(told(&error)),
        }))
    }

    fn set<'a>(&'a self, name: &'a str, secret: &'a Secret<Vec<u8>>) -> BoxFuture<'a, Result<(), VaultError>> {
        let (name, secret) = (name.to_owned(), secret.clone());
        Box::pin(
            self.ask(move |service| entry(service, &name)?.set_secret(secret.reveal()).map_err(|error| told(&error))),
        )
    }

    fn delete<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<(), VaultError>> {
        let name = name.to_owned();
        Box::pin(self.ask(move |service| match entry(service, &name)?.delete_credential() {
            Ok(()) | Err(Error::NoEntry) => Ok(()),
            Err(error) => Err(told(&error)),
        }))
    }
}

/// Writes and removes an item.
fn can_keep(service: &str) -> Result<(), VaultError> {
    let probe = entry(service, PROBE)?;
    probe.set_secret(b"probe").map_err(|error| told(&error))?;
    probe.delete_credential().map_err(|error| told(&error))
}

/// A fresh connection each time: a keychain that was not there a minute ago may be there now.
fn entry(service: &str, name: &str) -> Result<Entry, VaultError> {
    connect()?.build(service, name, None).map_err(|error| told(&error))
}

#[cfg(target_os = "linux")]
fn connect() -> Result<Arc<impl CredentialStoreApi>, VaultError> {
    zbus_secret_service_keyring_store::Store::new().map_err(|error| told(&error))
}

#[cfg(target_os = "macos")]
fn connect() -> Result<Arc<impl CredentialStoreApi>, VaultError> {
    apple_native_keyring_store::keychain::Store::new().map_err(|error| told(&error))
}

#[cfg(windows)]
fn connect() -> Result<Arc<impl CredentialStoreApi>, VaultError> {
    windows_native_keyring_store::Store::new().map_err(|error| told(&error))
}

fn told(error: &Error) -> VaultError {
    match error {
        Error::NoStorageAccess(reason) => {
            let reason = reason.to_string();
            let lower = reason.to_lowercase();
            if lower.contains("denied") {
                VaultError::Denied(reason)
            } else if lower.contains("lock") || lower.contains("prompt") {
                VaultError::Locked(reason)
            } else {
                VaultError::Unavailable(reason)
            }
        }
        other => VaultError::Unavailable(other.to_string()),
    }
}
