#![allow(clippy::unwrap_used)]
use super::*;

fn provider(base_url: &str, zone: Zone) -> Provider {
    Provider {
        id: ProviderId::new(),
        kind: ProviderKind::Compatible,
        handle: "x".to_owned(),
        name: "X".to_owned(),
        base_url: base_url.to_owned(),
        zone,
        region: String::new(),
        retention: String::new(),
        api: domain::OpenaiApi::default(),
        api_version: String::new(),
        auth: ProviderAuth::Key,
        headers: Vec::new(),
        client_certificate: String::new(),
        models: Vec::new(),
        added_at: domain::Timestamp(0),
    }
}

#[test]
fn an_address_has_one_spelling_and_plain_http_is_for_our_own_walls() {
    use Zone::{Cloud, OurNetwork, ThisComputer};
    for (text, zone, kept) in [
        (" https://API.Example.org/v1/ ", Cloud, "https://api.example.org/v1"),
        ("http://127.0.0.1:11434/v1", ThisComputer, "http://127.0.0.1:11434/v1"),
        ("http://vllm.corp:8000/v1", OurNetwork, "http://vllm.corp:8000/v1"),
        ("https://api.example.org:443", Cloud, "https://api.example.org"),
    ] {
        assert_eq!(address(text, zone).unwrap(), kept);
    }
    for (text, zone) in [
        ("http://api.example.org/v1", Cloud),
        ("http://vllm.corp/v1", ThisComputer),
        ("https://user:pass@example.org", Cloud),
        ("https://example.org/v1?key=x", Cloud),
        ("ftp://example.org", OurNetwork),
        ("file:///etc/passwd", ThisComputer),
        ("example.org", Cloud),
        ("", Cloud),
    ] {
        assert!(address(text, zone).is_err(), "{text}");
    }
}

#[test]
fn headers_of_ours_and_names_that_are_none_are_refused() {
    assert_eq!(header_names(vec![" X-Team ".to_owned(), "x-team".to_owned()]).unwrap(), ["X-Team"]);
    for bad in ["Authorization", "Host", "a b", "x:y", "", "Cookie", "X\r\nY"] {
        assert!(header_names(vec![bad.to_owned()]).is_err(), "{bad}");
    }
}

#[test]
fn a_known_address_in_its_own_zone_needs_no_question_and_everything_else_does() {
    let openai = Provider { kind: ProviderKind::Openai, ..provider("https://api.openai.com/v1", Zone::Cloud) };
    assert_eq!(question(&openai, None), None);
    let pretended = Provider { zone: Zone::OurNetwork, ..openai.clone() };
    assert!(question(&pretended, Some(&openai)).is_some(), "the cloud is not our network without a yes");
    let elsewhere = Provider { base_url: "https://evil.example.org/v1".to_owned(), ..openai.clone() };
    let asked = question(&elsewhere, Some(&openai)).unwrap();
    assert!(asked.title.contains("evil.example.org"), "{asked:?}");
    let renamed = Provider { name: "Y".to_owned(), ..elsewhere.clone() };
    assert_eq!(question(&renamed, Some(&elsewhere)), None);
    let plain = provider("http://vllm.corp:8000/v1", Zone::OurNetwork);
    assert!(question(&plain, None).unwrap().text.contains("without encryption"));
    let ollama = provider("http://127.0.0.1:11434/v1", Zone::ThisComputer);
    assert_eq!(question(&ollama, None), None);
}

#[test]
fn handles_are_short_and_nobody_else_s() {
    let all = [provider("https://a.example", Zone::Cloud)];
    assert_eq!(handle("Our vLLM (Büro)", &all), "our-vllm-b-ro");
    assert_eq!(handle("x", &all), "x-2");
    assert_eq!(handle("日本", &all), "provider");
}

#[test]
fn the_gate_opens_for_what_the_address_says_and_no_more() {
    let mut rules = Rules::default();
    let mut own = provider("http://vllm.corp:8000/v1", Zone::OurNetwork);
    own.client_certificate = "/c.pem".to_owned();
    reach(&[own, provider("https://api.example.org/v1", Zone::Cloud)], &mut rules);
    let hosts = &rules.hosts[&Purpose::ProviderChat];
    assert_eq!(hosts.len(), 2);
    assert!(hosts[0].plain_http && hosts[0].our_network && hosts[0].port == Some(8000));
    assert!(!hosts[1].plain_http && !hosts[1].our_network && hosts[1].port.is_none());
    assert_eq!(rules.client_certificates.keys().collect::<Vec<_>>(), ["vllm.corp:8000"]);
}
