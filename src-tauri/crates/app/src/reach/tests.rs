#![allow(clippy::unwrap_used)]

use super::*;

fn hub_at(address: &str) -> NetworkSettings {
    NetworkSettings { hub: address.to_owned(), ..NetworkSettings::default() }
}

fn with_hosts(hosts: &[&str]) -> NetworkSettings {
    NetworkSettings {
        download_hosts: hosts.iter().map(|&host| host.to_owned()).collect(),
        ..NetworkSettings::default()
    }
}

fn through(address: &str) -> NetworkSettings {
    NetworkSettings { proxy: ProxyRule::Explicit { url: address.to_owned() }, ..NetworkSettings::default() }
}

/// What is asked when the one takes the place of the other.
fn asked(old: &NetworkSettings, new: &NetworkSettings) -> Option<String> {
    let old = Reach::of(old).unwrap();
    Reach::of(new).unwrap().question(Some(&old)).unwrap().map(|question| question.text)
}

#[test]
fn the_hub_is_reached_for_everything_and_other_hosts_only_for_bytes_that_it_sends_us_on_to() {
    let rules = Reach::of(&NetworkSettings::default()).unwrap().rules();
    let search = &rules.hosts[&Purpose::ModelSearch];
    assert_eq!(search.len(), 1);
    assert_eq!((search[0].host.as_str(), search[0].plain_http), ("huggingface.co", false));
    let download = &rules.hosts[&Purpose::ModelDownload];
    assert_eq!(download.iter().map(|rule| rule.redirect_only).collect::<Vec<_>>(), [false, true, true]);
    assert_eq!(download[1].host, "*.hf.co");
}

#[test]
fn addresses_that_are_none_are_refused_with_an_example() {
    let long = format!("https://{}.example.org", "a".repeat(300));
    let unicode = format!("https://example.org/{}", "ü".repeat(120));
    let hubs = ["", "huggingface.co", "ftp://example.org", "https://", "not an address", "http://hub.example.org"];
    let tricks = [
        "https://huggingface.co@example.org",
        "https://example.org/?huggingface.co",
        "https://example.org/#huggingface.co",
        "https://example.org.",
        "https://a..org",
        "http://[::ffff:127.0.0.1]",
        "javascript:alert(1)",
        &long,
        &unicode,
    ];
    for hub in hubs.into_iter().chain(tricks) {
        assert!(Reach::of(&hub_at(hub)).is_err(), "{hub}");
    }
    for host in ["", "a b", "user@host", "https://example.org/x", "*", "*.*.org", "*.10.0.0.7", "a.org.", "a.org?b"] {
        assert!(Reach::of(&with_hosts(&[host])).is_err(), "{host}");
    }
    for proxy in ["", "proxy", "ftp://proxy", "socks5://proxy", "http://proxy/path", "http://"] {
        assert!(Reach::of(&through(proxy)).is_err(), "{proxy}");
    }
    let secret = Reach::of(&through("http://me:secret@proxy:3128")).unwrap_err();
    assert!(!secret.contains("secret"), "{secret}");
}

#[test]
fn what_is_kept_is_the_spelling_that_is_used() {
    let kept = |settings: NetworkSettings| Reach::of(&settings).unwrap().settings();
    for (typed, used) in [
        (" HTTPS://Hub.Example.ORG:443/ ", "https://hub.example.org"),
        ("https://hub.example.org/mirror/", "https://hub.example.org/mirror"),
        ("https://hugginɡface.co", "https://xn--hugginface-mle.co"),
        ("https://ｅｘａｍｐｌｅ.org", "https://example.org"),
        ("https://hub.example.org\\@x", "https://hub.example.org/@x"),
        ("http://127.1:8080", "http://127.0.0.1:8080"),
    ] {
        assert_eq!(kept(hub_at(typed)).hub, used, "{typed}");
    }
    let hosts = with_hosts(&["CDN.example.org:443", "cdn.example.org", "*.Bücher.example:8443", "[::1]:9", "0x7f.1"]);
    assert_eq!(kept(hosts).download_hosts, ["cdn.example.org", "*.xn--bcher-kva.example:8443", "[::1]:9", "127.0.0.1"]);
    for (typed, used) in [
        ("HTTP://Proxy.Example.org:3128/", "http://proxy.example.org:3128"),
        ("socks5h://Bücher.example:1080", "socks5h://xn--bcher-kva.example:1080"),
    ] {
        assert_eq!(kept(through(typed)).proxy, ProxyRule::Explicit { url: used.to_owned() }, "{typed}");
    }
    assert_eq!(kept(NetworkSettings::default()), NetworkSettings::default());
}

#[test]
fn another_hub_is_asked_about_by_its_name() {
    let text = asked(&hub_at("https://huggingface.co"), &hub_at("https://HUB.example.org/")).unwrap();
    assert!(
        text.starts_with("Models will be searched and downloaded at hub.example.org instead of huggingface.co. "),
        "{text}"
    );
    let elsewhere = ["https://hub.example.org:8443", "https://hub.example.org/mirror", "http://localhost:8080"];
    for other in elsewhere {
        assert!(asked(&hub_at("https://hub.example.org"), &hub_at(other)).is_some(), "{other}");
    }
    let disguised = asked(&NetworkSettings::default(), &hub_at("https://hugginɡface.co")).unwrap();
    assert!(disguised.contains(" xn--hugginface-mle.co ") && disguised.is_ascii(), "{disguised}");
}

#[test]
fn another_spelling_of_the_same_and_what_was_built_in_need_no_question() {
    let own = hub_at("https://hub.example.org");
    assert_eq!(asked(&own, &hub_at(" https://HUB.example.org:443/ ")), None);
    assert_eq!(asked(&own, &NetworkSettings::default()), None);
    assert_eq!(asked(&with_hosts(&[]), &NetworkSettings::default()), None);
    let two = with_hosts(&["a.example.org", "b.example.org"]);
    assert_eq!(asked(&two, &with_hosts(&["B.example.org"])), None);
    for other in [ProxyRule::Direct, ProxyRule::System] {
        let cleared = NetworkSettings { proxy: other, ..NetworkSettings::default() };
        assert_eq!(asked(&through("http://proxy.example.org:3128"), &cleared), None);
    }
}

#[test]
fn hosts_and_proxies_are_named_and_everything_is_one_question() {
    let hosts = asked(&NetworkSettings::default(), &with_hosts(&["*.hf.co", "cdn.example.org:9000", "*.example.com"]));
    let hosts = hosts.unwrap();
    assert!(
        hosts.starts_with(
            "Downloads may also come from cdn.example.org:9000 and every host that ends in .example.com.\n\n"
        ),
        "{hosts}"
    );
    let proxy = asked(&through("http://old.example.org"), &through("socks5h://new.example.org:1080")).unwrap();
    assert!(proxy.contains("the proxy socks5h://new.example.org:1080 instead of http://old.example.org. "), "{proxy}");
    let all = NetworkSettings {
        hub: "https://hub.example.org".to_owned(),
        download_hosts: vec!["cdn.example.org".to_owned()],
        ..through("http://proxy.example.org")
    };
    let all = asked(&NetworkSettings::default(), &all).unwrap();
    for name in ["hub.example.org", "huggingface.co", "cdn.example.org", "http://proxy.example.org"] {
        assert!(all.contains(name), "{name} in {all}");
    }
}

#[test]
fn a_question_never_grows_beyond_a_screen() {
    let reach = |count: usize, long: &str| {
        let hosts = (0..count).map(|n| format!("host-{n}.{long}.example.org")).collect();
        Reach::of(&NetworkSettings { download_hosts: hosts, ..NetworkSettings::default() })
    };
    let long = vec!["a".repeat(60); 3].join(".");
    assert!(reach(MOST_HOSTS, "b").unwrap().question(None).unwrap().is_some());
    assert!(reach(7, &long).unwrap().question(None).unwrap().is_some());
    assert!(reach(8, &long).unwrap().question(None).is_err());
    assert!(reach(8, &long).unwrap().question(Some(&reach(7, &long).unwrap())).unwrap().is_some());
    assert!(reach(MOST_HOSTS + 1, "b").is_err());
}

#[test]
fn settings_that_nobody_could_follow_are_no_reason_not_to_ask() {
    let text = Reach::of(&hub_at("https://hub.example.org")).unwrap().question(None).unwrap().unwrap().text;
    assert!(text.starts_with("Models will be searched and downloaded at hub.example.org. "), "{text}");
}
