//! What may cross: a pure decision on purpose, method, scheme, host and port, before anybody looks up a name.

use std::net::{IpAddr, Ipv6Addr};

use domain::{HostRule, Purpose, Rules};
use http::{Method, Uri};
use url::{Host, Url};

/// Longer addresses are nobody's.
const LONGEST: usize = 8 * 1024;

/// Whether a request may be sent. `redirected`: an answer to an admitted request named this address.
///
/// The address is read as browsers read it (WHATWG URL), so that every spelling of a host is the same host: capitals, a
/// dot at the end, percent signs, international names, `127.1`, `0x7f.1`, `[::ffff:127.0.0.1]`.
///
/// # Errors
/// A sentence that says why not.
pub fn decide(rules: &Rules, purpose: Purpose, method: &Method, uri: &Uri, redirected: bool) -> Result<(), String> {
    decide_on(rules, purpose, method, &Destination::parse(&uri.to_string())?, redirected).map(drop)
}

/// Where a request goes, in the one spelling that is decided on and sent.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Destination(Url);

impl Destination {
    /// Reads an absolute address.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        if text.len() > LONGEST {
            return Err(format!("An address of {} bytes is no address.", text.len()));
        }
        let url = Url::parse(text).map_err(|_| "This is no address that can be reached.".to_owned())?;
        Self::of(url)
    }

    /// Reads the address that a redirect names, which may be relative.
    pub(crate) fn join(&self, location: &str) -> Result<Self, String> {
        let url = self.0.join(location).map_err(|_| "The redirect names no address that can be reached.".to_owned())?;
        if url.as_str().len() > LONGEST {
            return Err(format!("A redirect to an address of {} bytes is not followed.", url.as_str().len()));
        }
        Self::of(url)
    }

    /// What a redirect names, usable or not, for the record.
    pub(crate) fn absolute(&self, location: &str) -> String {
        self.0.join(location).map_or_else(|_| location.to_owned(), String::from)
    }

    fn of(mut url: Url) -> Result<Self, String> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(format!("Only https is spoken, not {}.", url.scheme()));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("An address with a name or password in it is not used.".to_owned());
        }
        let host = url.host().map(|host| host.to_owned()).and_then(canonical).ok_or("The address names no host.")?;
        let set = match host {
            Host::Domain(name) => url.set_host(Some(&name)).is_ok(),
            Host::Ipv4(address) => url.set_ip_host(IpAddr::V4(address)).is_ok(),
            Host::Ipv6(address) => url.set_ip_host(IpAddr::V6(address)).is_ok(),
        };
        if !set {
            return Err("The address names no host.".to_owned());
        }
        url.set_fragment(None);
        Ok(Self(url))
    }

    pub(crate) const fn url(&self) -> &Url {
        &self.0
    }

    /// The host for people: with its port where that is not the usual one.
    pub(crate) fn name(&self) -> String {
        let host = self.0.host_str().unwrap_or_default();
        self.0.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }

    /// Scheme, host and port are the same: credentials for the one are credentials for the other.
    pub(crate) fn same_origin(&self, other: &Self) -> bool {
        self.0.origin() == other.0.origin()
    }

    pub(crate) fn is_plain(&self) -> bool {
        self.0.scheme() == "http"
    }

    /// The host is this computer, whatever anybody's name server says.
    pub(crate) fn is_loopback(&self) -> bool {
        match self.0.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address == Ipv6Addr::LOCALHOST,
            None => false,
        }
    }
}

/// The decision on an address that is read already; names the rule that lets it through.
pub(crate) fn decide_on(
    rules: &Rules,
    purpose: Purpose,
    method: &Method,
    to: &Destination,
    redirected: bool,
) -> Result<String, String> {
    if rules.sealed {
        return Err("Drawbridge is sealed: nothing leaves this computer.".to_owned());
    }
    let (what, methods) = means(purpose);
    if !methods.contains(method) {
        return Err(format!("{what} does not send {method} requests."));
    }
    if redirected && ![Method::GET, Method::HEAD].contains(method) {
        return Err(format!(
            "A {method} request is not sent on to another address, here {}. Does this network want you to log in first, \
             or is the address wrong?",
            to.name()
        ));
    }
    let name = to.name();
    let rules = rules.hosts.get(&purpose).map_or(&[][..], Vec::as_slice);
    let named: Vec<&HostRule> = rules.iter().filter(|rule| names(rule, to)).collect();
    if named.is_empty() {
        return Err(format!("{what} may not reach {name}: the network settings do not name it. Nothing was sent."));
    }
    let direct: Vec<&&HostRule> = named.iter().filter(|rule| redirected || !rule.redirect_only).collect();
    if direct.is_empty() {
        return Err(format!("{what} reaches {name} only where a hub sends it on to there. Nothing was sent."));
    }
    if to.is_plain() && !to.is_loopback() && !direct.iter().any(|rule| rule.our_network) {
        return Err(format!(
            "{name} would be spoken to without encryption. Other computers are reached by https only."
        ));
    }
    let speaks = |rule: &&&&HostRule| !to.is_plain() || rule.plain_http && (to.is_loopback() || rule.our_network);
    match direct.iter().find(speaks) {
        Some(rule) => Ok(in_words(rule)),
        None => Err(format!("The network settings name {name} for https, not for http. Nothing was sent.")),
    }
}

/// The decision on a redirect.
pub(crate) fn decide_redirect(
    rules: &Rules,
    purpose: Purpose,
    method: &Method,
    from: &Destination,
    to: &Destination,
) -> Result<String, String> {
    if to.is_plain() && !from.is_plain() {
        return Err(format!("{} sends us on to {} without encryption. That is not followed.", from.name(), to.name()));
    }
    decide_on(rules, purpose, method, to, true)
}

/// A rule as the record names it.
fn in_words(rule: &HostRule) -> String {
    let port = rule.port.map(|port| format!(":{port}")).unwrap_or_default();
    let when = if rule.redirect_only { " by redirect" } else { "" };
    format!("{}{port}{when}", rule.host)
}

/// A purpose in words, and the methods that serve it.
fn means(purpose: Purpose) -> (&'static str, &'static [Method]) {
    match purpose {
        Purpose::ModelSearch => ("Looking for models", &[Method::GET, Method::HEAD, Method::POST]),
        Purpose::ModelDownload => ("Downloading a model", &[Method::GET, Method::HEAD]),
        Purpose::ProviderChat => ("Asking a provider", &[Method::POST]),
        Purpose::ProviderModels => ("Asking a provider for its models", &[Method::GET]),
    }
}

/// Whether a rule names the host and port of an address.
fn names(rule: &HostRule, to: &Destination) -> bool {
    if to.0.port() != rule.port.filter(|port| Some(*port) != usual_port(to.0.scheme())) {
        return false;
    }
    let Some(host) = to.0.host() else { return false };
    match rule.host.strip_prefix("*.") {
        Some(parent) => match (read_host(parent), host) {
            (Some(Host::Domain(parent)), Host::Domain(name)) => {
                name.strip_suffix(parent.as_str()).is_some_and(|below| below.len() > 1 && below.ends_with('.'))
            }
            _ => false,
        },
        None => read_host(&rule.host).is_some_and(|named| named == host.to_owned()),
    }
}

fn usual_port(scheme: &str) -> Option<u16> {
    match scheme {
        "http" => Some(80),
        "https" => Some(443),
        _ => None,
    }
}

/// A host as a rule writes it, read as the host of an address is.
fn read_host(text: &str) -> Option<Host<String>> {
    let host = match text.parse::<Ipv6Addr>() {
        Ok(address) => Host::Ipv6(address),
        Err(_) => Host::parse(text).ok()?,
    };
    canonical(host)
}

/// One spelling a host: no dot at the end, no IPv4 address inside an IPv6 one. None where nothing is left.
fn canonical(host: Host<String>) -> Option<Host<String>> {
    match host {
        Host::Domain(name) => {
            let name = name.strip_suffix('.').unwrap_or(&name);
            let whole = name.split('.').all(|label| !label.is_empty());
            whole.then(|| Host::Domain(name.to_owned()))
        }
        Host::Ipv4(address) => Some(Host::Ipv4(address)),
        Host::Ipv6(address) => Some(match address.to_canonical() {
            IpAddr::V4(address) => Host::Ipv4(address),
            IpAddr::V6(address) => Host::Ipv6(address),
        }),
    }
}

#[cfg(test)]
#[path = "decision/tests.rs"]
mod tests;
