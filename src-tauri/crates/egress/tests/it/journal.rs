//! Nothing crosses that would leave no record.

use std::sync::atomic::Ordering;

use domain::TransportError;

use crate::{
    double::{Double, Reply},
    support::{get, host, rules, stand},
};

#[tokio::test]
async fn a_journal_that_is_not_ready_lets_nothing_through() {
    let server = Double::plain(|_| Reply::ok("")).await;
    let stand = stand(rules(&[host("localhost", server.port)]));
    let url = format!("http://localhost:{}/", server.port);
    stand.records.unready.store(true, Ordering::SeqCst);
    let refused = TransportError::Refused("The record cannot be written.".to_owned());
    assert_eq!(stand.send(get(&url)).await.err().unwrap(), refused);
    assert_eq!(server.connections(), 0);
    assert_eq!(stand.records.lines(), ["/ refused"]);
}

#[tokio::test]
async fn a_record_that_was_not_kept_waits_and_holds_up_everything_after_it() {
    let server = Double::plain(|_| Reply::ok("")).await;
    let stand = stand(rules(&[host("localhost", server.port)]));
    let url = |path: &str| format!("http://localhost:{}{path}", server.port);
    stand.records.failing.store(true, Ordering::SeqCst);
    assert_eq!(stand.fetch(&url("/first")).await.unwrap().0, 200);
    for _ in 0..2 {
        let error = stand.send(get(&url("/second"))).await.err().unwrap();
        assert_eq!(error, TransportError::Refused("The record cannot be written.".to_owned()));
    }
    assert_eq!((server.connections(), stand.records.lines()), (1, Vec::new()));
    stand.records.failing.store(false, Ordering::SeqCst);
    assert_eq!(stand.fetch(&url("/third")).await.unwrap().0, 200);
    assert_eq!(stand.records.lines(), ["/first 200", "/second refused", "/second refused", "/third 200"]);
}
