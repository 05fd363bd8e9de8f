//! What the policy says, key by key, in the types that the rest of the program asks in.

use std::collections::BTreeMap;

use crate::{policy::Policy, value::Value};

/// Where the bridge stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Nothing crosses.
    Sealed,
    /// Asks before a chat's first crossing.
    Guarded,
    /// Rules decide.
    Open,
}

/// What opens the chats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeysStore {
    /// The operating system's keychain.
    Os,
    /// A passphrase.
    Passphrase,
    /// Both are set up; either opens.
    OsAndPassphrase,
}

/// Where updates come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UpdatesChannel {
    /// Nowhere.
    Off,
    /// A file that somebody brings.
    File,
}

impl Policy {
    /// `mode`; sealed where the policy fails closed.
    #[must_use]
    pub fn mode(&self) -> Option<Mode> {
        if self.fails_closed() {
            return Some(Mode::Sealed);
        }
        match self.text("mode")? {
            "sealed" => Some(Mode::Sealed),
            "guarded" => Some(Mode::Guarded),
            _ => Some(Mode::Open),
        }
    }

    /// `sealed.lock`: nobody at the keyboard may lower a sealed bridge. Only a managed file can say so.
    #[must_use]
    pub fn sealed_lock(&self) -> bool {
        self.fails_closed() || (self.is_locked("sealed.lock") && self.flag("sealed.lock") == Some(true))
    }

    /// `egress.allowed_hosts`: `example.org`, `*.example.org`, with `:port` or without. `None` where nobody limits it.
    #[must_use]
    pub fn allowed_hosts(&self) -> Option<&[String]> {
        self.texts("egress.allowed_hosts")
    }

    /// `egress.proxy`: `direct`, `system`, or an address.
    #[must_use]
    pub fn proxy(&self) -> Option<&str> {
        self.text("egress.proxy")
    }

    /// `egress.ca_bundle`: absolute path of a PEM file.
    #[must_use]
    pub fn ca_bundle(&self) -> Option<&str> {
        self.text("egress.ca_bundle")
    }

    /// `models.dir`: absolute path of a folder.
    #[must_use]
    pub fn models_dir(&self) -> Option<&str> {
        self.text("models.dir")
    }

    /// `models.allowed_sha256`: digests in lower case. `None` where nobody limits it.
    #[must_use]
    pub fn allowed_sha256(&self) -> Option<&[String]> {
        self.texts("models.allowed_sha256")
    }

    /// `models.allow_unsigned`; allowed where nobody says.
    #[must_use]
    pub fn allow_unsigned(&self) -> bool {
        !self.is_bad("models.allow_unsigned") && self.flag("models.allow_unsigned").unwrap_or(true)
    }

    /// `export.allowed`; allowed where nobody says.
    #[must_use]
    pub fn export_allowed(&self) -> bool {
        !self.is_bad("export.allowed") && self.flag("export.allowed").unwrap_or(true)
    }

    /// `clipboard.copy`; allowed where nobody says.
    #[must_use]
    pub fn clipboard_copy(&self) -> bool {
        !self.is_bad("clipboard.copy") && self.flag("clipboard.copy").unwrap_or(true)
    }

    /// `storage.encryption` is `required`.
    #[must_use]
    pub fn encryption_required(&self) -> bool {
        self.text("storage.encryption") == Some("required")
    }

    /// `keys.store`.
    #[must_use]
    pub fn keys_store(&self) -> Option<KeysStore> {
        match self.text("keys.store")? {
            "os" => Some(KeysStore::Os),
            "passphrase" => Some(KeysStore::Passphrase),
            _ => Some(KeysStore::OsAndPassphrase),
        }
    }

    /// `keys.administrator_recipient`: `age1…`, of the right shape; its checksum is for whoever uses it.
    #[must_use]
    pub fn administrator_recipient(&self) -> Option<&str> {
        self.text("keys.administrator_recipient")
    }

    /// `lock.idle_minutes`, 1 to 1,440.
    #[must_use]
    pub fn lock_idle_minutes(&self) -> Option<u32> {
        self.count("lock.idle_minutes")
    }

    /// `audit.enabled`; `None` where nobody says.
    #[must_use]
    pub fn audit_enabled(&self) -> Option<bool> {
        self.flag("audit.enabled")
    }

    /// `audit.retention_days`, 1 to 36,500.
    #[must_use]
    pub fn audit_retention_days(&self) -> Option<u32> {
        self.count("audit.retention_days")
    }

    /// `retention.max_days`, 1 to 36,500.
    #[must_use]
    pub fn retention_max_days(&self) -> Option<u32> {
        self.count("retention.max_days")
    }

    /// `ui.banner`: one line of plain text.
    #[must_use]
    pub fn banner(&self) -> Option<&str> {
        self.text("ui.banner")
    }

    /// `updates.channel`.
    #[must_use]
    pub fn updates_channel(&self) -> Option<UpdatesChannel> {
        Some(if self.text("updates.channel")? == "file" { UpdatesChannel::File } else { UpdatesChannel::Off })
    }

    /// `providers.allowed`: names of providers. `None` where nobody limits it.
    #[must_use]
    pub fn providers_allowed(&self) -> Option<&[String]> {
        self.texts("providers.allowed")
    }

    /// `providers.endpoints`: addresses by the names of [`Self::providers_allowed`].
    #[must_use]
    pub fn providers_endpoints(&self) -> BTreeMap<String, String> {
        match self.value("providers.endpoints") {
            Some(Value::Table(table)) => table.clone(),
            _ => BTreeMap::new(),
        }
    }

    /// `providers.zero_retention_only`; also where a managed file says something wrong about it.
    #[must_use]
    pub fn zero_retention_only(&self) -> bool {
        self.is_bad("providers.zero_retention_only") || self.flag("providers.zero_retention_only") == Some(true)
    }

    /// The keys that want a message checked before it crosses. Whoever cannot check it lets nothing cross.
    #[must_use]
    pub fn checks_before_crossing(&self) -> Vec<&'static str> {
        let is = |key: &str, word: &str| self.text(key) == Some(word);
        let wants = [
            ("pii.level", self.text("pii.level").is_some() && !is("pii.level", "off")),
            ("pii.entities", self.value("pii.entities").is_some()),
            ("secrets.action", self.text("secrets.action").is_some() && !is("secrets.action", "allow")),
            ("judge.enabled", self.flag("judge.enabled") == Some(true)),
        ];
        wants.into_iter().filter(|(key, wanted)| *wanted || self.is_bad(key)).map(|(key, _)| key).collect()
    }

    fn flag(&self, key: &str) -> Option<bool> {
        match self.value(key)? {
            Value::Flag(flag) => Some(*flag),
            _ => None,
        }
    }

    fn count(&self, key: &str) -> Option<u32> {
        match self.value(key)? {
            Value::Count(count) => Some(*count),
            _ => None,
        }
    }

    fn text(&self, key: &str) -> Option<&str> {
        match self.value(key)? {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    fn texts(&self, key: &str) -> Option<&[String]> {
        match self.value(key)? {
            Value::Texts(texts) => Some(texts),
            _ => None,
        }
    }
}
