//! The same hub through the true gate: what crosses is on record, and the hub leads nowhere else.

use std::sync::{Arc, Mutex};

use domain::{Crossing, CrossingOutcome, HostRule, Journal, ProxyRule, Purpose, Rules, SystemClock, Transport};
use egress::{Egress, Limits};
use hub::{Hub, HubError, HubOptions, Resolve};

use crate::{
    COMMIT, about,
    double::{Double, Reply, hub, json},
    entry, machine, repository,
};

#[derive(Default)]
struct Records(Mutex<Vec<Crossing>>);

impl Journal for Records {
    fn begin(&self, _: &Crossing) -> Result<(), String> {
        Ok(())
    }

    fn record(&self, crossing: &Crossing) -> Result<(), String> {
        self.0.lock().unwrap().push(crossing.clone());
        Ok(())
    }
}

impl Records {
    /// `PATH STATUS`, `PATH refused` or `PATH failed`.
    fn lines(&self) -> Vec<String> {
        let outcome = |crossing: &Crossing| match &crossing.outcome {
            CrossingOutcome::Begun => "begun".to_owned(),
            CrossingOutcome::Answered { status } => status.to_string(),
            CrossingOutcome::Refused { .. } => "refused".into(),
            CrossingOutcome::Failed { .. } => "failed".into(),
        };
        self.0.lock().unwrap().iter().map(|crossing| format!("{} {}", crossing.path, outcome(crossing))).collect()
    }
}

/// A hub behind a gate that lets through to it alone.
fn behind_the_gate(double: &Double) -> (Arc<Records>, Hub) {
    let port = double.address.rsplit(':').next().unwrap().parse().unwrap();
    let host = HostRule {
        host: "127.0.0.1".into(),
        port: Some(port),
        plain_http: true,
        our_network: false,
        redirect_only: false,
    };
    let rules =
        Rules { hosts: [(Purpose::ModelSearch, vec![host])].into(), proxy: ProxyRule::Direct, ..Rules::default() };
    let records = Arc::new(Records::default());
    let gate =
        Egress::new(rules, Arc::clone(&records) as _, Arc::new(SystemClock), "drawbridge-test/1", Limits::default())
            .unwrap();
    let options = HubOptions {
        endpoint: double.address.clone(),
        user_agent: "drawbridge-test/1".into(),
        token: None,
        transport: gate as Arc<dyn Transport>,
    };
    (records, Hub::open(options).unwrap())
}

#[tokio::test]
async fn every_request_is_on_record_once() {
    let double = hub(repository(vec![entry("m-Q4_0.gguf", 1, "")])).await;
    let (records, hub) = behind_the_gate(&double);
    hub.list("o/r-GGUF", &machine()).await.unwrap();
    hub.resolve("o/r-GGUF", Some(COMMIT), "m-Q4_0.gguf").await.unwrap();
    let tree = format!("/api/models/o/r-GGUF/tree/{COMMIT} 200");
    let info = "/api/models/o/r-GGUF".to_owned();
    assert_eq!(records.lines(), [info.clone() + " 200", tree.clone(), format!("{info}/revision/{COMMIT} 200"), tree]);
    assert_eq!(double.asked().len(), 4);
    for asked in double.asked() {
        assert!(asked.headers.contains("user-agent: drawbridge-test/1") && !asked.headers.contains("authorization"));
    }
}

#[tokio::test]
async fn an_answer_without_an_end_in_sight_is_not_read_to_it() {
    let endless = |line: &str| match line.contains("/tree/") {
        true => json("[]"),
        false => json(format!(r#"[{{"id":"{}"}}]"#, "x".repeat(17 << 20))),
    };
    let double = hub(endless).await;
    let (records, gated) = behind_the_gate(&double);
    for error in [gated.search("x", 3).await.unwrap_err(), gated.list("o/r", &machine()).await.unwrap_err()] {
        assert!(matches!(&error, HubError::Unavailable(sentence) if sentence.contains("no sense")), "{error:?}");
    }
    let read: Vec<_> = records.0.lock().unwrap().iter().map(|crossing| crossing.bytes_in.unwrap()).collect();
    assert_eq!(read.len(), 2);
    assert!(read.iter().all(|bytes| *bytes <= 17 << 20), "{read:?}");
}

#[tokio::test]
async fn each_page_is_on_record() {
    let double = hub(|line: &str| match line.ends_with("&cursor=two") {
        true => json(r#"[{"id":"o/b"}]"#),
        false => Reply { headers: vec![("link", r#"</?cursor=two>; rel="next""#.into())], ..json(r#"[{"id":"o/a"}]"#) },
    })
    .await;
    let (records, gated) = behind_the_gate(&double);
    assert_eq!(gated.search("x", 20).await.unwrap().len(), 2);
    assert_eq!(records.lines(), ["/api/models 200", "/api/models 200"]);
}

#[tokio::test]
async fn a_hub_cannot_send_us_elsewhere() {
    let elsewhere = hub(|_| json("[]")).await;
    let to = format!("{}/api/models/o/r-GGUF", elsewhere.address);
    let location = Reply { status: 307, headers: vec![("location", to.clone())], body: String::new() };
    let double = hub(move |_| location.clone()).await;
    let (records, gated) = behind_the_gate(&double);
    let error = gated.list("o/r-GGUF", &machine()).await.unwrap_err();
    assert!(matches!(error, HubError::Refused(_)), "{error:?}");
    assert_eq!(records.lines(), ["/api/models/o/r-GGUF 307", "/api/models/o/r-GGUF refused"]);

    // A page that is too short, and a next one somewhere else.
    let link = format!("<{to}>; rel=\"next\"");
    let page = r#"[{"_id":"1","id":"o/r"}]"#;
    let double = hub(move |_| Reply { headers: vec![("link", link.clone())], ..json(page) }).await;
    let (_, gated) = behind_the_gate(&double);
    assert_eq!(gated.search("x", 20).await.unwrap().len(), 1);
    assert!(elsewhere.asked().is_empty(), "{:?}", elsewhere.asked());
}

#[tokio::test]
async fn a_renamed_repository_is_found_where_it_is_now() {
    let double = hub(|line: &str| match line {
        "GET /api/models/old/r-GGUF" => {
            Reply { status: 307, headers: vec![("location", "/api/models/o/r-GGUF".into())], body: String::new() }
        }
        line if line.contains("/tree/") => repository(vec![entry("m-Q4_0.gguf", 1, "")])(line),
        _ => about(""),
    })
    .await;
    let (_, gated) = behind_the_gate(&double);
    assert_eq!(gated.list("old/r-GGUF", &machine()).await.unwrap().files.len(), 1);
}
