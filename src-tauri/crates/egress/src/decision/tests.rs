#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use domain::ProxyRule;
use proptest::prelude::*;

use super::*;

fn rule(host: &str) -> HostRule {
    HostRule { host: host.to_owned(), port: None, plain_http: false, our_network: false, redirect_only: false }
}

fn rules(hosts: Vec<HostRule>) -> Rules {
    Rules { hosts: BTreeMap::from([(Purpose::ModelDownload, hosts)]), proxy: ProxyRule::Direct, ..Rules::default() }
}

fn get(rules: &Rules, url: &str) -> Result<(), String> {
    // Not through `Uri`, which takes fewer spellings than a redirect may bring.
    decide_on(rules, Purpose::ModelDownload, &Method::GET, &Destination::parse(url)?, false).map(drop)
}

/// What a rule for one host lets through and what not.
const TABLE: &[(&str, &[&str], &[&str])] = &[
    (
        "example.org",
        &[
            "https://example.org/",
            "https://EXAMPLE.ORG/a?b",
            "https://example.org./",
            "https://example.org:443/",
            "https://ex%61mple.org/",
        ],
        &[
            "https://example.org:8443/",
            "https://a.example.org/",
            "https://example.org.evil.org/",
            "https://evilexample.org/",
            "https://example.com/",
            "https://example.org@evil.org/",
            "https://user@example.org/",
            "https://user:pass@example.org/",
            "https://evil.org/example.org",
            "https://evil.org/?https://example.org/",
            "https://example.org../",
            "https://.example.org/",
            "https://93.184.216.34/",
            "http://example.org/",
            "ftp://example.org/",
            "ws://example.org/",
            "/example.org",
            "example.org:443",
            "https://xn--exmple-cua.org/",
        ],
    ),
    (
        "*.example.org",
        &["https://a.example.org/", "https://a.b.Example.org./"],
        &["https://example.org/", "https://aexample.org/", "https://a.example.org.evil.org/", "https://.example.org/"],
    ),
    (
        "bücher.example",
        &["https://xn--bcher-kva.example/"],
        &["https://bucher.example/", "https://xn--bcher-kva.example.org/"],
    ),
    (
        "10.0.0.7",
        &[
            "https://10.0.0.7/",
            "https://0xa.7/",
            "https://167772167/",
            "https://012.0.0.7/",
            "https://[::ffff:10.0.0.7]/",
        ],
        &["https://10.0.0.8/", "https://[::10.0.0.7]/", "http://10.0.0.7/"],
    ),
    ("::1", &["https://[::1]/", "https://[0:0::1]/"], &["https://127.0.0.1/", "https://[::2]/", "https://localhost/"]),
    ("*", &[], &["https://example.org/", "https://10.0.0.7/"]),
    ("*.", &[], &["https://example.org/", "https://org/"]),
    ("", &[], &["https://example.org/", "https:///"]),
    ("*.0.0.1", &[], &["https://127.0.0.1/"]),
];

#[test]
fn a_rule_names_one_host_in_all_its_spellings_and_no_other() {
    for (host, let_through, refused) in TABLE {
        let rules = rules(vec![rule(host)]);
        for url in *let_through {
            assert_eq!(get(&rules, url), Ok(()), "{host}: {url}");
        }
        for url in *refused {
            assert!(get(&rules, url).is_err(), "{host} let {url} through");
        }
    }
}

#[test]
fn plain_http_is_for_this_computer_and_for_rules_that_say_so() {
    for host in ["localhost", "127.0.0.1", "127.1", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]", "LocalHost."] {
        let url = format!("http://{host}/");
        let own = host.trim_matches(['[', ']']);
        let own = if own.starts_with("::f") { "127.0.0.1" } else { own };
        let plain = HostRule { plain_http: true, ..rule(own) };
        assert_eq!(get(&rules(vec![plain.clone()]), &url), Ok(()), "{host}");
        assert_eq!(get(&rules(vec![plain]), &format!("https://{host}/")), Ok(()), "{host}");
        assert!(get(&rules(vec![rule(own)]), &url).is_err(), "{host}: the rule says https");
    }
    for host in ["example.org", "10.0.0.7", "0.0.0.0", "localhost.example.org", "128.0.0.1", "[::2]"] {
        let plain = HostRule { plain_http: true, ..rule(host.trim_matches(['[', ']'])) };
        assert!(get(&rules(vec![plain]), &format!("http://{host}/")).is_err(), "{host}");
    }
}

#[test]
fn a_port_is_part_of_a_host() {
    let on = |port| rules(vec![HostRule { port, plain_http: true, ..rule("localhost") }]);
    for (port, let_through, refused) in [
        (None, ["https://localhost", "http://localhost"], ["https://localhost:80", "http://localhost:443"]),
        (
            Some(8000),
            ["https://localhost:8000", "http://localhost:8000"],
            ["https://localhost", "http://localhost:8001"],
        ),
    ] {
        for url in let_through {
            assert_eq!(get(&on(port), url), Ok(()), "{port:?}: {url}");
        }
        for url in refused {
            assert!(get(&on(port), url).is_err(), "{port:?}: {url}");
        }
    }
    assert_eq!(get(&on(Some(443)), "https://localhost"), Ok(()));
    assert!(get(&on(Some(443)), "http://localhost").is_err());
}

#[test]
fn a_purpose_has_its_own_hosts_and_methods() {
    let mut rules = rules(vec![rule("bytes.example.org")]);
    rules.hosts.insert(Purpose::ModelSearch, vec![rule("search.example.org")]);
    for (purpose, method, host, let_through) in [
        (Purpose::ModelSearch, Method::POST, "search", true),
        (Purpose::ModelSearch, Method::GET, "search", true),
        (Purpose::ModelSearch, Method::GET, "bytes", false),
        (Purpose::ModelSearch, Method::PUT, "search", false),
        (Purpose::ModelDownload, Method::HEAD, "bytes", true),
        (Purpose::ModelDownload, Method::POST, "bytes", false),
        (Purpose::ModelDownload, Method::GET, "search", false),
        (Purpose::ModelDownload, Method::CONNECT, "bytes", false),
    ] {
        let uri = format!("https://{host}.example.org/").parse().unwrap();
        assert_eq!(decide(&rules, purpose, &method, &uri, false).is_ok(), let_through, "{purpose:?} {method} {host}");
    }
    let uri = "https://search.example.org/".parse().unwrap();
    assert!(decide(&rules, Purpose::ModelSearch, &Method::POST, &uri, true).is_err(), "a POST is sent on");
}

#[test]
fn some_hosts_are_reached_by_redirects_only_and_https_stays_https() {
    let beyond = HostRule { redirect_only: true, ..rule("cdn.example.org") };
    let local = HostRule { plain_http: true, ..rule("localhost") };
    let rules = rules(vec![beyond, local]);
    let at = |url: &str| Destination::parse(url).unwrap();
    let cdn: Uri = "https://cdn.example.org/x".parse().unwrap();
    assert!(get(&rules, "https://cdn.example.org/x").unwrap_err().contains("sends it on"));
    assert_eq!(decide(&rules, Purpose::ModelDownload, &Method::GET, &cdn, true), Ok(()));
    let redirect =
        |from: &str, to: &str| decide_redirect(&rules, Purpose::ModelDownload, &Method::GET, &at(from), &at(to));
    assert_eq!(
        redirect("http://localhost/", "https://cdn.example.org/").map_err(drop),
        Ok("cdn.example.org by redirect".to_owned())
    );
    assert_eq!(redirect("http://localhost/", "http://localhost/a").map_err(drop), Ok("localhost".to_owned()));
    assert!(redirect("https://localhost/", "http://localhost/a").unwrap_err().contains("without encryption"));
}

#[test]
fn sentences_hold_no_path_no_query_and_no_password() {
    let rules = rules(vec![rule("example.org")]);
    for url in [
        "https://evil.org/geheim?geheim",
        "http://example.org/geheim?geheim",
        "https://ada:geheim@example.org/",
        "https://example.org:1/geheim",
    ] {
        let sentence = get(&rules, url).unwrap_err();
        assert!(!sentence.contains("geheim") && sentence.ends_with('.'), "{sentence}");
    }
    let long = format!("https://example.org/{}", "a".repeat(LONGEST));
    assert!(get(&rules, &long).is_err());
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof!["[a-c]{1,2}(\\.[a-c]{1,2}){1,3}", "[a-c]{1,2}\\.example\\.org", Just("localhost".to_owned())]
}

fn host() -> impl Strategy<Value = String> {
    prop_oneof![
        name(),
        any::<[u8; 4]>().prop_map(|[a, b, c, d]| format!("{a}.{b}.{c}.{d}")),
        (0_u8..2).prop_map(|last| format!("127.0.0.{last}")),
    ]
}

fn some_rule() -> impl Strategy<Value = HostRule> {
    let host = prop_oneof![host(), name().prop_map(|name| format!("*.{name}")), Just("*.example.org".to_owned())];
    (host, proptest::option::of(80_u16..84), any::<bool>(), any::<bool>()).prop_map(
        |(host, port, plain_http, redirect_only)| HostRule {
            host,
            port,
            plain_http,
            our_network: false,
            redirect_only,
        },
    )
}

fn some_rules() -> impl Strategy<Value = Rules> {
    (proptest::collection::vec(some_rule(), 0..5), any::<bool>())
        .prop_map(|(hosts, sealed)| Rules { sealed, ..rules(hosts) })
}

fn some_url() -> impl Strategy<Value = String> {
    (any::<bool>(), host(), proptest::option::of(80_u16..84)).prop_map(|(https, host, port)| {
        let scheme = if https { "https" } else { "http" };
        port.map_or_else(|| format!("{scheme}://{host}/p?q"), |port| format!("{scheme}://{host}:{port}/p?q"))
    })
}

/// The same address, spelled otherwise.
fn respelled(url: &str, how: u8) -> String {
    let (scheme, rest) = url.split_once("://").unwrap();
    let (authority, path) = rest.split_once('/').unwrap();
    let (host, port) =
        authority.split_once(':').map_or((authority, String::new()), |(host, port)| (host, format!(":{port}")));
    let figures: Result<std::net::Ipv4Addr, _> = host.parse();
    let host = match (how % 4, figures) {
        (0, Ok(address)) => u32::from(address).to_string(),
        (1, Ok(address)) => format!("[::ffff:{address}]"),
        (_, Ok(address)) => format!("0x{:x}", u32::from(address)),
        (0, Err(_)) => host.to_uppercase(),
        (1, Err(_)) => format!("{host}."),
        (2, Err(_)) => host.replacen('a', "%61", 1),
        (_, Err(_)) => format!("{}.", host.to_uppercase()),
    };
    format!("{scheme}://{host}{port}/{path}")
}

/// What the rules mean, told once more and differently: text compared with text.
fn meant(rules: &Rules, url: &str) -> bool {
    let uri: Uri = url.parse().unwrap();
    let (https, host) = (uri.scheme_str() == Some("https"), uri.host().unwrap());
    let port = uri.port_u16().unwrap_or(if https { 443 } else { 80 });
    let loopback = host == "localhost" || host.starts_with("127.");
    let named = |rule: &HostRule| match rule.host.strip_prefix('*') {
        Some(below) => host.parse::<IpAddr>().is_err() && host.ends_with(below) && host.len() > below.len(),
        None => rule.host == host,
    };
    let admits = |rule: &HostRule| {
        named(rule)
            && !rule.redirect_only
            && rule.port.unwrap_or(if https { 443 } else { 80 }) == port
            && (https || rule.plain_http)
    };
    !rules.sealed && (https || loopback) && rules.hosts[&Purpose::ModelDownload].iter().any(admits)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn the_decision_is_what_the_rules_mean(rules in some_rules(), url in some_url()) {
        prop_assert_eq!(get(&rules, &url).is_ok(), meant(&rules, &url), "{}", url);
    }

    #[test]
    fn a_spelling_changes_no_decision(rules in some_rules(), url in some_url(), how in any::<u8>()) {
        prop_assert_eq!(get(&rules, &url).is_ok(), get(&rules, &respelled(&url, how)).is_ok(), "{}", respelled(&url, how));
    }

    #[test]
    fn another_rule_never_closes_what_was_open(rules in some_rules(), more in some_rule(), url in some_url()) {
        let mut wider = rules.clone();
        wider.hosts.get_mut(&Purpose::ModelDownload).unwrap().push(more);
        prop_assert!(get(&rules, &url).is_err() || get(&wider, &url).is_ok());
    }

    #[test]
    fn nothing_crosses_without_a_rule_or_through_a_seal(url in "\\PC{0,60}", rules in some_rules()) {
        let Ok(uri) = url.parse::<Uri>() else { return Ok(()) };
        for method in [Method::GET, Method::POST] {
            for purpose in [Purpose::ModelSearch, Purpose::ModelDownload] {
                prop_assert!(decide(&Rules::default(), purpose, &method, &uri, false).is_err());
                let sealed = Rules { sealed: true, ..rules.clone() };
                prop_assert!(decide(&sealed, purpose, &method, &uri, true).is_err());
            }
        }
    }

    #[test]
    fn what_is_sent_is_what_was_decided_on(url in some_url(), how in any::<u8>()) {
        let to = Destination::parse(&respelled(&url, how)).unwrap();
        let sent: Uri = to.url().as_str().parse().unwrap();
        prop_assert_eq!(sent.host(), to.url().host_str());
        prop_assert_eq!(sent.port_u16(), to.url().port());
        prop_assert_eq!(Destination::parse(to.url().as_str()).map(|it| it.url().clone()), Ok(to.url().clone()));
    }
}
