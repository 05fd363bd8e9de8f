//! The administrator's policy, put over what it governs.

use std::{ops::ControlFlow, path::PathBuf};

use domain::{HostRule, Mode, Provider, ProxyRule, Rules, Settings, Zone};
use policy::{KeysStore, Policy};
use vault::{KeyRule, KeyStore};
use wire::{Failure, Managed, ManagedSetting, PolicyEntry, PolicyOrigin, PolicyView};

use crate::{Core, house::blocking, provider};

/// Keys of the policy that govern a setting, and the setting's name.
const SETTINGS: &[(&str, &str)] = &[
    ("egress.proxy", "network.proxy"),
    ("egress.ca_bundle", "network.ca_bundle"),
    ("egress.allowed_hosts", "network.allowed_hosts"),
    ("models.dir", "models_folder"),
    ("lock.idle_minutes", "lock_minutes"),
    ("keys.store", "keys.store"),
    ("mode", "mode"),
];

/// What a policy says about keys.
pub(crate) fn keys(policy: &Policy) -> KeyRule {
    KeyRule {
        store: match policy.keys_store() {
            Some(KeysStore::Os) => KeyStore::Keychain,
            Some(KeysStore::Passphrase) => KeyStore::Passphrase,
            Some(KeysStore::OsAndPassphrase) | None => KeyStore::KeychainAndPassphrase,
        },
        encryption_required: policy.encryption_required(),
        recipient: policy.administrator_recipient().map(str::to_owned),
    }
}

/// Settings as they hold: what is managed before what the user chose, and that before what is recommended.
pub(crate) fn over(policy: &Policy, own: &Settings) -> Settings {
    let default = Settings::default();
    let mut settings = own.clone();
    if let Some(proxy) = policy.proxy()
        && holds(policy, "egress.proxy", own.network.proxy == default.network.proxy)
    {
        settings.network.proxy = match proxy {
            "direct" => ProxyRule::Direct,
            "system" => ProxyRule::System,
            url => ProxyRule::Explicit { url: url.to_owned() },
        };
    }
    if let Some(bundle) = policy.ca_bundle()
        && holds(policy, "egress.ca_bundle", own.network.ca_bundle.is_empty())
    {
        bundle.clone_into(&mut settings.network.ca_bundle);
    }
    if let Some(folder) = policy.models_dir()
        && holds(policy, "models.dir", own.models_folder.is_empty())
    {
        folder.clone_into(&mut settings.models_folder);
    }
    if let Some(mode) = policy.mode().map(mode)
        && holds(policy, "mode", own.mode == default.mode)
    {
        settings.mode = mode;
    }
    if let Some(minutes) = policy.lock_idle_minutes()
        && holds(policy, "lock.idle_minutes", own.lock_minutes == default.lock_minutes)
    {
        settings.lock_minutes = minutes;
    }
    settings
}

/// It is managed, or recommended and not the user's own choice.
fn holds(policy: &Policy, key: &str, is_default: bool) -> bool {
    policy.is_locked(key) || is_default
}

/// New settings without what the policy laid over the old ones, for keeping; refuses to change what is managed.
pub(crate) fn own(policy: &Policy, old_own: &Settings, old: &Settings, new: &Settings) -> Result<Settings, Failure> {
    let refuse = |key: &str| {
        let file = policy.origin(key).map(|origin| origin.file.display().to_string()).unwrap_or_default();
        Err(Failure::PolicyForbids {
            message: format!("Your organisation manages this setting ({file}). Nothing was changed."),
        })
    };
    let mut own = new.clone();
    if new.network.proxy == old.network.proxy {
        own.network.proxy = old_own.network.proxy.clone();
    } else if policy.is_locked("egress.proxy") {
        return refuse("egress.proxy");
    }
    if new.network.ca_bundle == old.network.ca_bundle {
        own.network.ca_bundle = old_own.network.ca_bundle.clone();
    } else if policy.is_locked("egress.ca_bundle") {
        return refuse("egress.ca_bundle");
    }
    if new.models_folder == old.models_folder {
        own.models_folder = old_own.models_folder.clone();
    } else if policy.is_locked("models.dir") {
        return refuse("models.dir");
    }
    if new.mode == old.mode {
        own.mode = old_own.mode;
    } else if policy.is_locked("mode") || old.mode == Mode::Sealed && policy.sealed_lock() {
        return refuse("mode");
    }
    if new.lock_minutes == old.lock_minutes {
        own.lock_minutes = old_own.lock_minutes;
    } else if policy.is_locked("lock.idle_minutes") {
        return refuse("lock.idle_minutes");
    }
    Ok(own)
}

const fn mode(mode: policy::Mode) -> Mode {
    match mode {
        policy::Mode::Sealed => Mode::Sealed,
        policy::Mode::Guarded => Mode::Guarded,
        policy::Mode::Open => Mode::Open,
    }
}

/// Why a policy lets nothing cross to a provider, as a sentence; nothing where it does.
///
/// A name on the list of allowed providers stands for an address: the one that the policy gives it, else the one that it
/// has in our own list. What a user calls a provider counts for nothing. Checks of a message that this version does not
/// have yet let nothing cross rather than pass for done.
pub(crate) fn forbids(policy: &Policy, provider: &Provider) -> Option<String> {
    let because = |key: &str, what: &str| {
        let file = policy.origin(key).map(|origin| format!(" ({})", origin.file.display())).unwrap_or_default();
        Some(format!("Your organisation does not let chats cross to {}: {what}{file}.", provider.name))
    };
    if provider.zone == Zone::ThisComputer {
        return None;
    }
    if let Some(allowed) = policy.providers_allowed() {
        let here = provider::origin(&provider.base_url);
        let endpoints = policy.providers_endpoints();
        let at = |name: &String| match endpoints.get(name) {
            Some(address) => provider::origin(address) == here,
            None => providers::presets()
                .iter()
                .any(|preset| preset.id == *name && provider::origin(&preset.base_url) == here),
        };
        if !allowed.iter().any(at) {
            return because("providers.allowed", "it is not on the list of allowed providers");
        }
    }
    if provider.zone != Zone::Cloud {
        return None;
    }
    if policy.zero_retention_only() {
        return because("providers.zero_retention_only", "what it keeps cannot be proved");
    }
    let unmet = policy.checks_before_crossing();
    if let Some(key) = unmet.first() {
        return because(key, "messages are to be checked first, and this version cannot do that yet");
    }
    None
}

/// What may cross, within what the policy allows.
pub(crate) fn within(policy: &Policy, mut rules: Rules) -> Rules {
    rules.sealed |= policy.mode() == Some(policy::Mode::Sealed);
    if let Some(allowed) = policy.allowed_hosts() {
        for hosts in rules.hosts.values_mut() {
            *hosts = hosts.iter().flat_map(|rule| allowed.iter().filter_map(|host| narrowed(rule, host))).collect();
        }
    }
    rules
}

/// The part of a rule that an allowed host covers: the rule itself, or less.
fn narrowed(rule: &HostRule, allowed: &str) -> Option<HostRule> {
    let (host, port) = match allowed.rsplit_once(':') {
        Some((host, port)) if !host.ends_with(':') && port.parse::<u16>().is_ok() => (host, port.parse().ok()),
        _ => (allowed, None),
    };
    let ports_meet = port.is_none() || rule.port.is_none() || port == rule.port;
    let host = match () {
        () if !ports_meet => return None,
        () if covers(host, &rule.host) => rule.host.clone(),
        () if covers(&rule.host, host) => host.to_owned(),
        () => return None,
    };
    Some(HostRule { host, port: rule.port.or(port), ..rule.clone() })
}

/// Every host that the second stands for is one that the first stands for.
fn covers(wide: &str, narrow: &str) -> bool {
    let (wide, narrow) = (wide.to_lowercase(), narrow.to_lowercase());
    if wide == narrow {
        return true;
    }
    wide.strip_prefix('*').is_some_and(|tail| {
        let name = narrow.strip_prefix('*').unwrap_or(&narrow);
        name.len() > tail.len() && name.ends_with(tail)
    })
}

impl Core {
    /// Refuses what the policy forbids.
    pub(crate) fn refuse_unless(&self, allowed: bool, key: &str, what: &str) -> Result<(), Failure> {
        if allowed {
            return Ok(());
        }
        let file = self.policy.origin(key).map(|origin| format!(" ({})", origin.file.display())).unwrap_or_default();
        Err(Failure::PolicyForbids { message: format!("Your organisation does not allow {what}{file}.") })
    }

    /// Refuses model files that are not among those that the policy lists. Their bytes are read each time: what was
    /// listed yesterday may have been exchanged since.
    pub(crate) async fn refuse_unlisted(&self, files: &[PathBuf]) -> Result<(), Failure> {
        let Some(allowed) = self.policy.allowed_sha256().map(<[String]>::to_vec) else { return Ok(()) };
        let files = files.to_vec();
        let listed = blocking(move || {
            let hash = |file: &PathBuf| gguf::sha256(file, |_| ControlFlow::Continue(())).ok().flatten();
            files.iter().all(|file| hash(file).is_some_and(|hash| allowed.contains(&hash)))
        });
        let listed = listed.await?;
        self.refuse_unless(listed, "models.allowed_sha256", "this model: its SHA-256 is not on the list")
    }

    /// What is managed, for the window.
    pub(crate) fn managed(&self) -> Managed {
        let locked = SETTINGS
            .iter()
            .filter(|(key, _)| self.policy.is_locked(key))
            .map(|(key, setting)| ManagedSetting {
                setting: (*setting).to_owned(),
                file: self.policy.origin(key).map(|origin| origin.file.display().to_string()).unwrap_or_default(),
            })
            .collect();
        Managed {
            managed: self.policy.is_managed(),
            banner: self.policy.banner().map(str::to_owned),
            locked,
            copy: self.policy.clipboard_copy(),
            export: self.policy.export_allowed(),
            problems: self.problems(),
        }
    }

    /// The whole policy.
    pub(crate) fn policy_view(&self) -> PolicyView {
        let origin = |origin: policy::Origin| {
            let file = origin.file.display().to_string();
            let line = origin.line.and_then(|line| u32::try_from(line).ok());
            match origin.managed {
                true => PolicyOrigin::Managed { file, line },
                false => PolicyOrigin::Recommended { file, line },
            }
        };
        let entry = |entry: policy::Entry| PolicyEntry {
            key: entry.key.to_owned(),
            value: entry.value,
            words: entry.words.to_owned(),
            origin: origin(entry.origin),
            replaces: entry.replaces.into_iter().map(origin).collect(),
        };
        PolicyView {
            entries: self.policy.entries().into_iter().map(entry).collect(),
            problems: self.problems(),
            sha256: self.sha256_of_policy(),
        }
    }

    /// Puts on record which policy is in force, where there is one.
    pub(crate) fn note_policy(&self) {
        if self.policy.is_managed() || !self.policy.problems().is_empty() {
            let problems = u32::try_from(self.policy.problems().len()).unwrap_or(u32::MAX);
            self.note(audit::Event::PolicyLoaded { sha256: self.sha256_of_policy(), problems }, None);
        }
    }

    /// In hexadecimal digits; empty where nothing binds the user.
    fn sha256_of_policy(&self) -> String {
        self.policy.sha256().map(hex::encode).unwrap_or_default()
    }

    fn problems(&self) -> Vec<String> {
        self.policy.problems().iter().map(ToString::to_string).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(host: &str, port: Option<u16>) -> HostRule {
        HostRule { host: host.to_owned(), port, plain_http: false, our_network: false, redirect_only: true }
    }

    #[test]
    fn hosts_are_narrowed_to_what_is_allowed_and_never_widened() {
        let narrowed = |own: &str, allowed: &str| narrowed(&rule(own, None), allowed).map(|rule| rule.host);
        assert_eq!(narrowed("huggingface.co", "huggingface.co").as_deref(), Some("huggingface.co"));
        assert_eq!(narrowed("cdn.hf.co", "*.hf.co").as_deref(), Some("cdn.hf.co"));
        assert_eq!(narrowed("*.hf.co", "cdn.hf.co").as_deref(), Some("cdn.hf.co"));
        assert_eq!(narrowed("*.a.hf.co", "*.hf.co").as_deref(), Some("*.a.hf.co"));
        for (own, allowed) in
            [("huggingface.co", "*.huggingface.co"), ("evilhf.co", "*.hf.co"), ("hf.co", "example.org")]
        {
            assert_eq!(narrowed(own, allowed), None, "{own} {allowed}");
        }
        let other = super::narrowed(&rule("hub.example.org", Some(8443)), "hub.example.org:443");
        assert_eq!(other, None);
        let same = super::narrowed(&rule("hub.example.org", None), "hub.example.org:8443");
        assert_eq!(same.and_then(|rule| rule.port), Some(8443));
    }
}
