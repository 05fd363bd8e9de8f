//! Which proxy stands between us and an address.

use base64::{Engine, prelude::BASE64_STANDARD};
use domain::ProxyRule;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use url::Url;

use crate::{decision::Destination, state::EgressError, system};

/// The way that a rule means. No `Debug`: addresses of proxies hold passwords.
pub(crate) enum Route {
    Direct,
    /// Read from the environment or the system when the rules were set.
    System(Box<Matcher>),
    Explicit(Url),
    /// A script (PAC) would have to be run to know: a sentence that says so. Nothing but this computer is reached.
    Script(String),
}

impl Route {
    #[allow(clippy::disallowed_methods)] // a system's proxies are in its environment, where the matcher reads them too
    pub(crate) fn of(rule: &ProxyRule) -> Result<Self, EgressError> {
        match rule {
            ProxyRule::Direct => Ok(Self::Direct),
            ProxyRule::System => Ok(Self::of_system(|name| std::env::var(name).ok(), system::script())),
            ProxyRule::Explicit { url } => explicit(url).map(Self::Explicit),
        }
    }

    /// As the environment has it, which is read by name, and where that names nothing, the script that is set.
    fn of_system(read: impl Fn(&str) -> Option<String>, set: Option<String>) -> Self {
        let first = |names: &[&str]| names.iter().find_map(|name| read(name).filter(|value| !value.trim().is_empty()));
        let proxies = PROXIES.map(|name| first(&[name, &name.to_lowercase()]));
        let script = proxies.iter().flatten().find_map(|text| script(text));
        let alone = || first(&["AUTO_PROXY", "auto_proxy"]).or(set).filter(|_| proxies.iter().all(Option::is_none));
        match script.or_else(|| alone().map(|text| refusal(&text))) {
            Some(sentence) => Self::Script(sentence),
            None => Self::System(Box::new(Matcher::from_system())),
        }
    }

    /// Whether the way to an address is known.
    ///
    /// # Errors
    /// A sentence that says why it is not.
    pub(crate) fn check(&self, to: &Destination) -> Result<(), String> {
        match self {
            Self::Script(sentence) if !to.is_loopback() => Err(sentence.clone()),
            _ => Ok(()),
        }
    }

    /// The proxy for an address, with its name and password; none to go there directly. This computer is always reached
    /// directly.
    pub(crate) fn proxy_for(&self, to: &Destination) -> Option<Url> {
        if to.is_loopback() {
            return None;
        }
        match self {
            Self::Direct | Self::Script(_) => None,
            Self::System(system) => {
                let intercept = system.intercept(&to.url().as_str().parse().ok()?)?;
                Some(with_credentials(&intercept))
            }
            Self::Explicit(url) => Some(url.clone()),
        }
    }
}

/// Where an environment names proxies, in capitals; small letters mean the same.
const PROXIES: [&str; 3] = ["HTTPS_PROXY", "ALL_PROXY", "HTTP_PROXY"];

/// What there is to say where a text names a script that finds proxies (PAC) and no proxy.
#[must_use]
pub fn script(text: &str) -> Option<String> {
    let text = text.trim();
    let lower = text.to_lowercase();
    let path = lower.split(['?', '#']).next().unwrap_or_default();
    let named = [".pac", "/wpad.dat"].iter().any(|end| path.ends_with(end));
    (named || lower.starts_with("file:") || lower.starts_with("pac+")).then(|| refusal(text))
}

/// A script is never fetched: it comes from whoever owns the network, often without encryption, and is a program.
fn refusal(text: &str) -> String {
    let text = text.split(['?', '#']).next().unwrap_or_default();
    // What stands before the host may be a password.
    let shown = match text.split_once("://") {
        Some((scheme, rest)) => format!("{scheme}://{}", rest.rsplit_once('@').map_or(rest, |(_, host)| host)),
        None => text.to_owned(),
    };
    format!(
        "{shown} is a PAC file, a script that finds proxies, and Drawbridge does not run it. Enter the proxy itself in \
         the network settings, or choose there to go without one. Nothing was sent."
    )
}

/// A proxy for people: without its name and password.
pub(crate) fn name(proxy: &Url) -> String {
    let host = proxy.host_str().unwrap_or_default();
    proxy.port_or_known_default().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

fn explicit(text: &str) -> Result<Url, EgressError> {
    let wrong = |what: &str| EgressError::Proxy(format!("{what} A proxy looks like http://proxy.example.org:8080."));
    if let Some(sentence) = script(text) {
        return Err(EgressError::Proxy(sentence));
    }
    let url = Url::parse(text.trim()).map_err(|_| wrong("The address of the proxy cannot be read."))?;
    match url.scheme() {
        "http" | "https" | "socks5h" => {}
        "socks5" | "socks4" | "socks4a" => {
            return Err(wrong("A SOCKS proxy is written socks5h://, so that it looks up names, not this computer."));
        }
        other => return Err(wrong(&format!("A proxy is not reached by {other}."))),
    }
    if url.host_str().is_none_or(str::is_empty) {
        return Err(wrong("The address of the proxy names no host."));
    }
    Ok(url)
}

/// The address that reqwest takes: it wants name and password in it.
fn with_credentials(intercept: &Intercept) -> Url {
    let mut url = Url::parse(&intercept.uri().to_string()).expect("BUG: the matcher yields absolute addresses");
    let basic = || {
        let encoded = intercept.basic_auth()?.to_str().ok()?.strip_prefix("Basic ")?;
        let decoded = String::from_utf8(BASE64_STANDARD.decode(encoded).ok()?).ok()?;
        decoded.split_once(':').map(|(name, password)| (name.to_owned(), password.to_owned()))
    };
    let raw = intercept.raw_auth().map(|(name, password)| (name.to_owned(), password.to_owned()));
    if let Some((name, password)) = raw.or_else(basic) {
        // Neither fails on an address with a host, which a proxy's is.
        let _ = url.set_username(&name);
        let _ = url.set_password(Some(&password));
    }
    url
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn route(url: &str) -> Result<Route, EgressError> {
        Route::of(&ProxyRule::Explicit { url: url.to_owned() })
    }

    fn to(url: &str) -> Destination {
        Destination::parse(url).unwrap()
    }

    #[test]
    fn this_computer_is_reached_directly_and_everything_else_through_the_proxy() {
        let route = route("http://ada:pass@proxy.example.org:8080").unwrap();
        for url in ["http://localhost:9/", "http://127.8.8.8/", "https://[::1]/", "http://[::ffff:127.0.0.1]/"] {
            assert!(route.proxy_for(&to(url)).is_none(), "{url}");
        }
        for url in ["https://example.org/", "https://10.0.0.7/", "https://localhost.example.org/"] {
            let proxy = route.proxy_for(&to(url)).unwrap();
            assert_eq!((name(&proxy).as_str(), proxy.password()), ("proxy.example.org:8080", Some("pass")), "{url}");
        }
    }

    #[test]
    fn a_proxy_of_the_system_keeps_its_name_and_password() {
        let https = |all: &str| {
            let matcher = Matcher::builder().all(all).no("inside.example.org").build();
            Route::System(Box::new(matcher)).proxy_for(&to("https://example.org/x?y"))
        };
        for text in ["http://a%20b:p%3Aq%40@proxy:3128/", "socks5h://a%20b:p%3Aq%40@proxy:3128/"] {
            assert_eq!(https(text).unwrap().as_str().trim_end_matches('/'), text.trim_end_matches('/'));
        }
        assert_eq!(https("http://proxy:3128").unwrap().as_str(), "http://proxy:3128/");
        let inside = Matcher::builder().all("http://proxy").no("inside.example.org").build();
        assert!(Route::System(Box::new(inside)).proxy_for(&to("https://inside.example.org/")).is_none());
    }

    #[test]
    fn a_script_is_named_and_not_run() {
        let of = |variables: &[(&str, &str)]| {
            let value =
                |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
            Route::of_system(value, None)
        };
        for variables in [
            &[("HTTPS_PROXY", "http://ada:geheim@wpad.example.org/proxy.pac?key=geheim")][..],
            &[("https_proxy", "file:///etc/proxy.pac")],
            &[("all_proxy", "HTTP://WPAD/wpad.dat")],
            &[("auto_proxy", "http://wpad.example.org/finds-proxies")],
            &[("http_proxy", " "), ("AUTO_PROXY", "http://wpad.example.org/")],
        ] {
            let route = of(variables);
            let sentence = route.check(&to("https://example.org/")).unwrap_err();
            assert!(sentence.contains("PAC file") && !sentence.contains("geheim"), "{sentence}");
            assert!(
                sentence.to_lowercase().contains("wpad") || sentence.contains("file:///etc/proxy.pac"),
                "{sentence}"
            );
            assert_eq!(route.check(&to("http://127.0.0.1:9/")), Ok(()), "this computer needs no proxy");
        }
        let both = of(&[("https_proxy", "http://proxy.example.org:3128"), ("auto_proxy", "http://wpad/wpad.dat")]);
        assert!(both.check(&to("https://example.org/")).is_ok(), "a proxy that is named is the way");
        let set = || Some("http://wpad.example.org/finds-proxies".to_owned());
        assert!(Route::of_system(|_| None, set()).check(&to("https://example.org/")).is_err(), "the system's settings");
        let named = |name: &str| (name == "HTTPS_PROXY").then(|| "http://proxy.example.org:3128".to_owned());
        assert!(Route::of_system(named, set()).check(&to("https://example.org/")).is_ok());
        let Err(error) = route("http://wpad.example.org/proxy.pac") else { panic!("a script was taken") };
        assert!(error.to_string().contains("http://wpad.example.org/proxy.pac is a PAC file"), "{error}");
    }

    #[test]
    fn what_is_no_proxy_is_refused_without_repeating_a_password() {
        for text in ["", "proxy", "ftp://ada:geheim@host", "socks5://ada:geheim@host", "http://", "http://ada:geheim@"]
        {
            let Err(error) = route(text) else { panic!("{text} was taken") };
            assert!(!error.to_string().contains("geheim"), "{error}");
        }
        assert!(route("socks5h://10.0.0.1").is_ok());
    }
}
