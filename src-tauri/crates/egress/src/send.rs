//! Sending a request of our own, from address to address as far as the decisions carry.

use std::{future::Future, sync::Arc};

use bytes::Bytes;
use domain::{Answered, CrossingOutcome, Purpose, TransportError};
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Request,
    header::{
        ACCEPT, ACCEPT_ENCODING, ACCEPT_LANGUAGE, HOST, IF_RANGE, LOCATION, PROXY_AUTHORIZATION, RANGE, USER_AGENT,
    },
    request::Parts,
};
use tokio::sync::watch;

use crate::{
    body,
    decision::{Destination, decide_on, decide_redirect},
    fault::Place,
    ledger::Open,
    state::{Gate, State},
};

/// Headers that may be seen by another host than the one they were meant for: they ask for bytes and hold no secret.
const HARMLESS: [HeaderName; 6] = [ACCEPT, ACCEPT_ENCODING, ACCEPT_LANGUAGE, IF_RANGE, RANGE, USER_AGENT];

/// Sends a request and follows its redirects.
pub(crate) async fn send(
    gate: &Arc<Gate>,
    purpose: Purpose,
    request: Request<Bytes>,
    limit_bytes: u64,
) -> Result<Answered, TransportError> {
    let (mut parts, body) = request.into_parts();
    // The decision is on the address, so no header may name another host, and a proxy's password is the rules' matter.
    parts.headers.remove(HOST);
    parts.headers.remove(PROXY_AUTHORIZATION);
    parts.headers.entry(ACCEPT_ENCODING).or_insert(HeaderValue::from_static("identity"));

    let unusable = |url: &str, redirected: bool, reason: String| {
        gate.ledger.refuse_unusable(purpose, &parts.method, url, redirected, &reason);
        TransportError::Refused(reason)
    };
    let first = parts.uri.to_string();
    let mut to = Destination::parse(&first).map_err(|reason| unusable(&first, false, reason))?;
    let mut headers = parts.headers.clone();
    let mut from: Option<Destination> = None;
    for hop in 0.. {
        let mut visit = Visit::begin(gate, purpose, &parts, body.len(), from.as_ref(), to, hop)?;
        let response = visit.ask(gate, &headers, body.clone()).await?;
        let Some(location) = onward(&response) else { return Ok(body::answered(response, visit, limit_bytes)) };
        visit.open.answered(response.status());
        visit.open.finish();
        let next = visit.to.join(&location).map_err(|reason| unusable(&visit.to.absolute(&location), true, reason))?;
        if !next.same_origin(&visit.to) {
            headers = HARMLESS.into_iter().filter_map(|name| Some((name.clone(), headers.remove(name)?))).collect();
        }
        from = Some(visit.to.clone());
        to = next;
    }
    unreachable!("BUG: the loop ends by an answer or a refusal")
}

/// Where an answer sends us on to.
fn onward(response: &reqwest::Response) -> Option<String> {
    let moved = matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308);
    let location = moved.then(|| response.headers().get(LOCATION))??;
    // Not every server escapes what it should.
    Some(String::from_utf8_lossy(location.as_bytes()).into_owned())
}

/// One attempt at one address: admitted, on record, and given up as soon as other rules forbid it.
pub(crate) struct Visit {
    purpose: Purpose,
    method: Method,
    from: Option<Destination>,
    to: Destination,
    pub(crate) open: Open,
    pub(crate) place: Place,
    state: Arc<State>,
    changes: watch::Receiver<Arc<State>>,
}

impl Visit {
    fn begin(
        gate: &Gate,
        purpose: Purpose,
        parts: &Parts,
        bytes_out: usize,
        from: Option<&Destination>,
        to: Destination,
        hop: u32,
    ) -> Result<Self, TransportError> {
        let method = parts.method.clone();
        let mut changes = gate.changes();
        let state = changes.borrow_and_update().clone();
        let open =
            gate.ledger.open(purpose, &method, &to, from.is_some(), bytes_out as u64, parts.extensions.get().copied());
        let place = Place::new(&to, state.route.proxy_for(&to).as_ref(), gate.limits);
        let mut visit = Self { purpose, method, from: from.cloned(), to, open, place, state, changes };
        let verdict = match hop > gate.limits.redirects {
            true => Err(format!("{} sends us on and on; {hop} times is too often.", visit.to.name())),
            false => visit.decide(&visit.state).and_then(|rule| {
                visit.open.admitted_by(rule, visit.place.proxy());
                visit.open.begin()
            }),
        };
        if let Err(reason) = verdict {
            visit.open.finish_as(CrossingOutcome::Refused { reason: reason.clone() });
            return Err(TransportError::Refused(reason));
        }
        Ok(visit)
    }

    fn decide(&self, state: &State) -> Result<String, String> {
        let rules = state.rules()?;
        let rule = match &self.from {
            None => decide_on(rules, self.purpose, &self.method, &self.to, false),
            Some(from) => decide_redirect(rules, self.purpose, &self.method, from, &self.to),
        }?;
        state.route.check(&self.to).map(|()| rule)
    }

    async fn ask(
        &mut self,
        gate: &Gate,
        headers: &HeaderMap,
        body: Bytes,
    ) -> Result<reqwest::Response, TransportError> {
        let asked = match self.state.client(gate, &self.to) {
            Ok(client) => {
                let request = client.request(self.method.clone(), self.to.url().clone());
                self.while_admitted(request.headers(headers.clone()).body(body).send()).await
            }
            Err(error) => Err(error),
        };
        let response = asked.and_then(|answer| answer.map_err(|error| self.place.fault(&error, false)));
        response.inspect_err(|error| self.open.finish_as(CrossingOutcome::Failed { reason: error.to_string() }))
    }

    /// Works as long as the rules let this through.
    pub(crate) async fn while_admitted<T>(&mut self, work: impl Future<Output = T>) -> Result<T, TransportError> {
        tokio::pin!(work);
        loop {
            tokio::select! {
                biased;
                Ok(()) = self.changes.changed() => {
                    let state = self.changes.borrow_and_update().clone();
                    self.decide(&state).map_err(TransportError::Refused)?;
                }
                done = &mut work => return Ok(done),
            }
        }
    }
}
