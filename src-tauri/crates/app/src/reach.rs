//! Where the network settings let Drawbridge go: read once into the one spelling that is shown, kept and used; and what
//! new settings reach beyond the old, as a question to the user. Pure.

use std::{collections::BTreeMap, path::PathBuf};

use domain::{HostRule, NetworkSettings, ProxyRule, Purpose, Rules};
use url::{Host, Url};

use crate::Confirm;

/// Longest address, in bytes: it must be possible to read it in a question.
const LONGEST: usize = 300;
/// Longest host name, in bytes (RFC 1035).
const LONGEST_NAME: usize = 253;
/// Most hosts beside the hub.
const MOST_HOSTS: usize = 32;
/// Longest question, in bytes: it must fit on a small screen with its buttons.
const LONGEST_QUESTION: usize = 1600;

/// What the settings let through. Names are in lower case and in ASCII (an international name as `xn--…`), addresses in
/// figures as they are dialled, usual ports left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reach {
    hub: Url,
    /// Hosts that the hub may send a download on to.
    beyond: Vec<HostRule>,
    proxy: ProxyRule,
    ca_bundle: Option<PathBuf>,
}

impl Reach {
    /// Reads the settings.
    ///
    /// # Errors
    /// A sentence, where they name what cannot be reached.
    pub(crate) fn of(settings: &NetworkSettings) -> Result<Self, String> {
        let hub = hub(settings.hub.trim())?;
        let mut beyond: Vec<HostRule> = Vec::new();
        for text in &settings.download_hosts {
            let rule = download_host(text.trim(), hub.scheme() == "http")?;
            if !beyond.contains(&rule) {
                beyond.push(rule);
            }
        }
        if beyond.len() > MOST_HOSTS {
            return Err(format!("Downloads may come from {MOST_HOSTS} hosts at most; *.example.org stands for many."));
        }
        let proxy = match &settings.proxy {
            ProxyRule::Explicit { url } => ProxyRule::Explicit { url: proxy(url.trim())? },
            other => other.clone(),
        };
        let ca_bundle = Some(settings.ca_bundle.trim()).filter(|path| !path.is_empty()).map(PathBuf::from);
        Ok(Self { hub, beyond, proxy, ca_bundle })
    }

    /// Address of the hub, without a slash at its end.
    pub(crate) fn endpoint(&self) -> String {
        self.hub.as_str().trim_end_matches('/').to_owned()
    }

    /// The settings in the one spelling.
    pub(crate) fn settings(&self) -> NetworkSettings {
        NetworkSettings {
            hub: self.endpoint(),
            download_hosts: self.beyond.iter().map(written).collect(),
            proxy: self.proxy.clone(),
            ca_bundle: self.ca_bundle.as_ref().map_or_else(String::new, |path| path.display().to_string()),
        }
    }

    /// The gate's rules: the hub itself, and for a model's bytes the hosts that it may send us on to.
    pub(crate) fn rules(&self) -> Rules {
        let hub = HostRule {
            host: self.hub.host_str().expect("BUG: a hub has a host").to_owned(),
            port: self.hub.port(),
            plain_http: self.hub.scheme() == "http",
            our_network: false,
            redirect_only: false,
        };
        let download = std::iter::once(&hub).chain(&self.beyond).cloned().collect();
        Rules {
            sealed: false,
            hosts: BTreeMap::from([(Purpose::ModelSearch, vec![hub]), (Purpose::ModelDownload, download)]),
            proxy: self.proxy.clone(),
            ca_bundle: self.ca_bundle.clone(),
            client_certificates: BTreeMap::new(),
        }
    }

    /// What the user must agree to before this takes the place of `now`; nothing where it goes nowhere that `now` does
    /// not. What the program came with never needs a question, and neither does going without a proxy of one's own.
    ///
    /// # Errors
    /// A sentence, where it is more than one question can show.
    pub(crate) fn question(&self, now: Option<&Self>) -> Result<Option<Confirm>, String> {
        let built_in = Self::of(&NetworkSettings::default()).expect("BUG: the built-in addresses can be reached");
        let known = |reach: &Self| reach.endpoint() == self.endpoint();
        let mut says = Vec::new();
        if !known(&built_in) && !now.is_some_and(known) {
            says.push(format!(
                "Models will be searched and downloaded at {}{}. Your searches and the names of the models you \
                 download go there.",
                self.hub_name(),
                now.map_or_else(String::new, |now| format!(" instead of {}", now.hub_name()))
            ));
        }
        let named = |reach: &Self, text: &String| reach.beyond.iter().any(|rule| written(rule) == *text);
        let new = self.beyond.iter().map(written);
        let new: Vec<String> = new
            .filter(|text| !named(&built_in, text) && !now.is_some_and(|now| named(now, text)))
            .map(|text| in_words(&text))
            .collect();
        if !new.is_empty() {
            says.push(format!("Downloads may also come from {}.", listed(&new)));
        }
        if let ProxyRule::Explicit { url } = &self.proxy
            && now.is_none_or(|now| now.proxy != self.proxy)
        {
            let old = now.map(|now| &now.proxy);
            let instead = match old {
                Some(ProxyRule::Explicit { url }) => format!(" instead of {url}"),
                _ => String::new(),
            };
            says.push(format!(
                "What Drawbridge sends and fetches will pass through the proxy {url}{instead}. Whoever runs it sees \
                 which hosts are asked."
            ));
        }
        if says.is_empty() {
            return Ok(None);
        }
        says.push("If you did not just change this yourself in the settings, keep it as it is.".to_owned());
        let text = says.join("\n\n");
        if text.len() > LONGEST_QUESTION {
            return Err("This is more than you could check in one dialog. Change less at a time.".to_owned());
        }
        Ok(Some(Confirm {
            title: "Let Drawbridge reach another host?".to_owned(),
            text,
            yes: "Allow".to_owned(),
            no: "Keep as it is".to_owned(),
        }))
    }

    /// The hub for people: host, port where it is not the usual one, and path.
    fn hub_name(&self) -> String {
        let endpoint = self.endpoint();
        endpoint.split_once("://").map_or(endpoint.clone(), |(_, rest)| rest.to_owned())
    }
}

fn hub(text: &str) -> Result<Url, String> {
    let url = address(text, "a hub. It looks like https://huggingface.co.")?;
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_loopback(&url) => Ok(url),
        "http" => Err("A hub on another computer is reached by https only.".to_owned()),
        other => Err(format!("A hub is reached by https, not by {other}.")),
    }
}

/// The proxy's address, without a path.
fn proxy(text: &str) -> Result<String, String> {
    const LOOKS: &str = "a proxy. It looks like http://proxy.example.org:3128.";
    if let Some(sentence) = egress::script(text) {
        return Err(sentence);
    }
    if text.contains('@') {
        return Err(
            "A proxy's name and password cannot be kept safely yet. Use a proxy without them, or the system's."
                .to_owned(),
        );
    }
    let url = address(text, LOOKS)?;
    match url.scheme() {
        "http" | "https" | "socks5h" => {}
        "socks5" | "socks4" | "socks4a" => {
            return Err("A SOCKS proxy is written socks5h://, so that it looks up names, not this computer.".to_owned());
        }
        other => return Err(format!("A proxy is not reached by {other}. Use http, https or socks5h.")),
    }
    if !matches!(url.path(), "" | "/") {
        return Err(format!("This is no address of {LOOKS}"));
    }
    // Addresses that are not of the web keep the spelling of their host.
    let host = url.host_str().and_then(|host| Host::parse(host).ok()).filter(is_plain);
    let host = host.ok_or_else(|| format!("This is no address of {LOOKS}"))?;
    let port = url.port().map_or_else(String::new, |port| format!(":{port}"));
    Ok(format!("{}://{host}{port}", url.scheme()))
}

/// A host with or without a port, as the settings have it.
fn download_host(text: &str, plain_http: bool) -> Result<HostRule, String> {
    let looks = "It looks like cdn.example.org, *.example.org or 10.0.0.7:9000.";
    if text.len() > LONGEST {
        return Err(format!("A text of {} bytes is no host. {looks}", text.len()));
    }
    let wrong = || format!("“{text}” is no host. {looks}");
    let (below, rest) = text.strip_prefix("*.").map_or((false, text), |rest| (true, rest));
    if rest.contains(|one: char| "*/\\?#@".contains(one) || one.is_whitespace() || one.is_control()) {
        return Err(wrong());
    }
    let url = address(&format!("https://{rest}"), "").map_err(|_| wrong())?;
    let host = url.host_str().ok_or_else(wrong)?;
    if below && url.domain().is_none() {
        return Err(wrong());
    }
    let host = if below { format!("*.{host}") } else { host.to_owned() };
    Ok(HostRule { host, port: url.port(), plain_http, our_network: false, redirect_only: true })
}

/// Reads an address as browsers and the gate do, and refuses what would not be plain to see.
fn address(text: &str, what: &str) -> Result<Url, String> {
    if text.len() > LONGEST {
        return Err(format!("A text of {} bytes is no address of {what}", text.len()));
    }
    let wrong = || format!("“{text}” is no address of {what}");
    let url = Url::parse(text).map_err(|_| wrong())?;
    let alone = url.username().is_empty() && url.password().is_none() && url.query().is_none();
    let host = url.host().map(|host| host.to_owned()).filter(is_plain);
    if !alone || url.fragment().is_some() || host.is_none() || url.as_str().len() > LONGEST {
        return Err(wrong());
    }
    Ok(url)
}

/// A host that has one spelling only.
fn is_plain(host: &Host<String>) -> bool {
    match host {
        Host::Domain(name) => name.len() <= LONGEST_NAME && name.split('.').all(|label| !label.is_empty()),
        Host::Ipv4(_) => true,
        Host::Ipv6(address) => address.to_ipv4_mapped().is_none(),
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// A rule as the settings have it.
fn written(rule: &HostRule) -> String {
    rule.port.map_or_else(|| rule.host.clone(), |port| format!("{}:{port}", rule.host))
}

fn in_words(host: &str) -> String {
    host.strip_prefix('*').map_or_else(|| host.to_owned(), |end| format!("every host that ends in {end}"))
}

fn listed(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

#[cfg(test)]
#[path = "reach/tests.rs"]
mod tests;
