//! What every test of the gate needs: rules, a journal, a clock, a request.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use domain::{
    Answered, Clock, Crossing, CrossingId, CrossingOutcome, HostRule, Journal, ProxyRule, Purpose, Rules, Timestamp,
    Transport, TransportError,
};
use egress::{Egress, Limits};
use futures_util::StreamExt;
use http::Request;

/// Keeps records in memory; broken on request. Whatever was let through must have been begun first.
#[derive(Default)]
pub(crate) struct Records {
    begun: Mutex<BTreeSet<CrossingId>>,
    kept: Mutex<Vec<Crossing>>,
    pub(crate) unready: AtomicBool,
    pub(crate) failing: AtomicBool,
}

impl Journal for Records {
    fn record(&self, crossing: &Crossing) -> Result<(), String> {
        if self.failing.load(Ordering::SeqCst) {
            return Err("The record cannot be written.".to_owned());
        }
        let begun = self.begun.lock().unwrap().contains(&crossing.id);
        let refused = matches!(crossing.outcome, CrossingOutcome::Refused { .. });
        assert!(begun || refused, "it crossed before it was on record: {crossing:?}");
        self.kept.lock().unwrap().push(crossing.clone());
        Ok(())
    }

    fn begin(&self, crossing: &Crossing) -> Result<(), String> {
        if self.unready.load(Ordering::SeqCst) {
            return Err("The record cannot be written.".to_owned());
        }
        assert_eq!(crossing.outcome, CrossingOutcome::Begun);
        assert!(self.begun.lock().unwrap().insert(crossing.id), "begun twice: {crossing:?}");
        Ok(())
    }
}

impl Records {
    pub(crate) fn all(&self) -> Vec<Crossing> {
        self.kept.lock().unwrap().clone()
    }

    /// `PATH redirected? outcome`, one a record: what most tests ask for.
    pub(crate) fn lines(&self) -> Vec<String> {
        let line = |it: &Crossing| {
            let arrow = if it.redirected { "> " } else { "" };
            match &it.outcome {
                CrossingOutcome::Begun => format!("{arrow}{} begun", it.path),
                CrossingOutcome::Refused { .. } => format!("{arrow}{} refused", it.path),
                CrossingOutcome::Answered { status } => format!("{arrow}{} {status}", it.path),
                CrossingOutcome::Failed { .. } => format!("{arrow}{} failed", it.path),
            }
        };
        self.all().iter().map(line).collect()
    }
}

struct Noon;

impl Clock for Noon {
    fn now(&self) -> Timestamp {
        Timestamp(43_200_000)
    }
}

/// A gate and its journal.
pub(crate) struct Stand {
    pub(crate) gate: Arc<Egress>,
    pub(crate) records: Arc<Records>,
}

/// Long for this computer, short for whoever waits for the tests.
pub(crate) const IDLE: Duration = Duration::from_secs(2);

pub(crate) fn stand(rules: Rules) -> Stand {
    stand_within(rules, Limits { idle: Duration::from_secs(600), ..Limits::default() })
}

pub(crate) fn stand_within(rules: Rules, limits: Limits) -> Stand {
    let records = Arc::new(Records::default());
    let gate = Egress::new(rules, records.clone(), Arc::new(Noon), "Drawbridge/test", limits).unwrap();
    Stand { gate, records }
}

/// This host and port for both purposes, plain http where it is this computer.
pub(crate) fn host(host: &str, port: u16) -> HostRule {
    HostRule { host: host.to_owned(), port: Some(port), plain_http: true, our_network: false, redirect_only: false }
}

/// As [`host`], by redirects only.
pub(crate) fn beyond(name: &str, port: u16) -> HostRule {
    HostRule { redirect_only: true, ..host(name, port) }
}

pub(crate) fn rules(hosts: &[HostRule]) -> Rules {
    let hosts = BTreeMap::from([(Purpose::ModelDownload, hosts.to_vec()), (Purpose::ModelSearch, hosts.to_vec())]);
    Rules { hosts, proxy: ProxyRule::Direct, ..Rules::default() }
}

pub(crate) fn get(url: &str) -> Request<Bytes> {
    Request::get(url).body(Bytes::new()).unwrap()
}

impl Stand {
    pub(crate) async fn send(&self, request: Request<Bytes>) -> Result<Answered, TransportError> {
        self.gate.send(Purpose::ModelDownload, request, u64::MAX).await
    }

    /// Status and body of an answer that arrives whole.
    pub(crate) async fn fetch(&self, url: &str) -> Result<(u16, String), TransportError> {
        let answer = self.send(get(url)).await?;
        let status = answer.status().as_u16();
        Ok((status, read(answer).await?))
    }
}

pub(crate) async fn read(answer: Answered) -> Result<String, TransportError> {
    let (text, end) = read_until_end(answer).await;
    end.map(|()| text)
}

/// What arrived, and how it ended.
pub(crate) async fn read_until_end(answer: Answered) -> (String, Result<(), TransportError>) {
    let mut body = answer.into_body();
    let mut all = Vec::new();
    let mut end = Ok(());
    while let Some(piece) = body.next().await {
        match piece {
            Ok(piece) => all.extend_from_slice(&piece),
            Err(error) => end = Err(error),
        }
    }
    (String::from_utf8(all).unwrap(), end)
}
