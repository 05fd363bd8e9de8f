//! Where things are, and what the terminal gives the core.

use std::{path::PathBuf, sync::Arc};

use app::{Core, Host, LogGuard, Platform, Profile, Quiet};
use domain::{Secret, SystemClock};
use wire::Failure;

use crate::{asking::Asking, output, secret};

/// The files that a command works with. Making one touches no disk.
pub(crate) struct Place {
    pub(crate) profile: Profile,
    passphrase: Option<Secret<String>>,
    host: Arc<dyn Host>,
}

impl Place {
    /// The given data folder, or the account's own.
    pub(crate) fn new(data_dir: Option<PathBuf>, passphrase_fd: Option<u32>) -> Result<Self, Failure> {
        let data_folder = data_dir.or_else(app::default_data_folder).ok_or_else(|| {
            Failure::invalid("This account has no home folder to keep chats in. Say where with --data-dir DIR.")
        })?;
        let data_folder = std::path::absolute(&data_folder).unwrap_or(data_folder);
        let beside = app::beside(&std::env::current_exe().unwrap_or_default());
        Ok(Self {
            passphrase: passphrase_fd.map(|n| secret::from_descriptor(n, "passphrase")).transpose()?,
            host: Arc::new(Quiet),
            profile: Profile {
                data_folder,
                worker: beside.worker,
                starter_model: beside.starter_model,
                policy: policy::Sources::system(),
            },
        })
    }

    /// The same, where what only the user may decide is asked on the terminal.
    pub(crate) fn asking(self, asking: Asking) -> Self {
        Self { host: Arc::new(asking), ..self }
    }

    pub(crate) fn platform(&self) -> Platform {
        let keychain = Arc::new(vault::OsKeychain::new(vault::SERVICE));
        let (host, passphrase) = (self.host.clone(), self.passphrase.clone());
        Platform { clock: Arc::new(SystemClock), host, keychain, passphrase }
    }

    /// Logs into the data folder. Without logs the command works all the same; if the folder is of no use at all, the
    /// store says so.
    pub(crate) fn logs(&self) -> Option<LogGuard> {
        app::start_logs(&self.profile.data_folder).ok()
    }

    /// Opens the chats, lets the command use them, closes them.
    pub(crate) async fn with_core<T, E: From<Failure>>(
        &self,
        command: impl AsyncFnOnce(&Core) -> Result<T, E>,
    ) -> Result<T, E> {
        let _logs = self.logs();
        let core = app::open(self.profile.clone(), self.platform()).await?;
        core.take_notices().iter().for_each(|notice| output::note(notice));
        let done = command(&core).await;
        core.shut_down().await;
        done
    }
}
