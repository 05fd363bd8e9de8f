//! Clients for libraries that send by themselves. Such a library is not trusted to stay where it was sent: its client
//! finds a way only to addresses that somebody admitted for it and that are still under way.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU64, Ordering},
};

use domain::{Admission, CrossingOutcome, Purpose, TransportError};
use http::{Method, StatusCode, Uri};
use reqwest::redirect::{Action, Attempt, Policy};
use url::Url;

use crate::{
    client::{self, Connections, Way},
    decision::{Destination, decide_on, decide_redirect},
    ledger::{Open, Sender, lock},
    state::{Gate, State},
};

/// A client that goes where it was admitted.
pub(crate) fn client(gate: &Arc<Gate>, purpose: Purpose) -> Result<reqwest::Client, TransportError> {
    let state = gate.state();
    if state.rules().map_err(TransportError::Refused)?.sealed {
        return Err(TransportError::Refused("Drawbridge is sealed: nothing leaves this computer.".to_owned()));
    }
    let way = {
        let gate = gate.clone();
        move |to: &Destination| gate.admissions.way(&gate.state(), purpose, to)
    };
    let redirects = {
        let gate = gate.clone();
        Policy::custom(move |attempt| follow(&gate, purpose, attempt))
    };
    client::build(gate, &state.certificates, redirects, way, Connections::One)
}

fn follow(gate: &Gate, purpose: Purpose, attempt: Attempt<'_>) -> Action {
    let redirect = Redirect {
        status: attempt.status(),
        from: attempt.previous().last().cloned(),
        to: attempt.url().clone(),
        hop: attempt.previous().len(),
    };
    match gate.admissions.follow(gate, purpose, &redirect) {
        Ok(()) => attempt.follow(),
        Err(reason) => attempt.error(reason),
    }
}

/// What a server answered to a library's request.
struct Redirect {
    status: StatusCode,
    from: Option<Url>,
    to: Url,
    hop: usize,
}

/// The requests of libraries that are under way.
#[derive(Default)]
pub(crate) struct Admissions {
    open: Mutex<Vec<Admitted>>,
    next: AtomicU64,
}

/// A request of a library, at the address where its redirects have brought it.
struct Admitted {
    id: u64,
    purpose: Purpose,
    method: Method,
    from: Option<Destination>,
    to: Destination,
    open: Open,
}

impl Admitted {
    fn decide(&self, state: &State) -> Result<String, String> {
        let rules = state.rules()?;
        match &self.from {
            None => decide_on(rules, self.purpose, &self.method, &self.to, false),
            Some(from) => decide_redirect(rules, self.purpose, &self.method, from, &self.to),
        }
    }
}

impl Admitted {
    /// Puts on record that the rules let it through, and which; else a sentence.
    fn begin(&mut self, gate: &Gate) -> Result<(), String> {
        let rule = self.decide(&gate.state())?;
        self.open.admitted_by(rule);
        self.open.begin()
    }
}

impl Admissions {
    pub(crate) fn admit(
        gate: &Arc<Gate>,
        purpose: Purpose,
        method: &Method,
        uri: &Uri,
    ) -> Result<Box<dyn Admission>, TransportError> {
        let text = uri.to_string();
        let to = Destination::parse(&text).map_err(|reason| {
            gate.ledger.refuse_unusable(purpose, method, &text, false, &reason);
            TransportError::Refused(reason)
        })?;
        let open = gate.ledger.open(purpose, method, &to, false, Sender::Library);
        let id = gate.admissions.next.fetch_add(1, Ordering::Relaxed);
        let mut admitted = Admitted { id, purpose, method: method.clone(), from: None, to, open };
        if let Err(reason) = admitted.begin(gate) {
            admitted.open.finish_as(CrossingOutcome::Refused { reason: reason.clone() });
            return Err(TransportError::Refused(reason));
        }
        lock(&gate.admissions.open).push(admitted);
        Ok(Box::new(Ticket { admissions: gate.admissions.clone(), id }))
    }

    /// The way for a connection that the library wants to open.
    fn way(&self, state: &Arc<State>, purpose: Purpose, to: &Destination) -> Way {
        let admits = |it: &Admitted| it.purpose == purpose && it.to.same_origin(to) && it.decide(state).is_ok();
        match lock(&self.open).iter().any(admits) {
            true => state.way(to),
            false => Way::None,
        }
    }

    /// Whether the library may follow a redirect: a decision and a record as for a request of our own.
    fn follow(&self, gate: &Gate, purpose: Purpose, redirect: &Redirect) -> Result<(), String> {
        let from = redirect.from.as_ref().and_then(|url| Destination::parse(url.as_str()).ok());
        let from = from.ok_or("A redirect came from nowhere.")?;
        let mut open = lock(&self.open);
        let at = under_way(&open, purpose, &from).ok_or("A redirect answered a request that nobody admitted.")?;
        let mut admitted = open.swap_remove(at);
        admitted.open.answered(redirect.status);
        admitted.open.finish();
        let to = Destination::parse(redirect.to.as_str()).inspect_err(|reason| {
            gate.ledger.refuse_unusable(purpose, &admitted.method, redirect.to.as_str(), true, reason);
        })?;
        admitted.open = gate.ledger.open(purpose, &admitted.method, &to, true, Sender::Library);
        admitted.from = Some(from);
        admitted.to = to;
        let verdict = match redirect.hop > gate.limits.redirects as usize {
            true => Err(format!("{} sends us on and on; {} times is too often.", admitted.to.name(), redirect.hop)),
            false => admitted.begin(gate),
        };
        match verdict {
            Ok(()) => open.push(admitted),
            Err(reason) => {
                admitted.open.finish_as(CrossingOutcome::Refused { reason: reason.clone() });
                return Err(reason);
            }
        }
        Ok(())
    }
}

/// The request that an answer from an address belongs to: the one with this path, else one to the same host, whose path
/// was spelled otherwise when it was admitted.
fn under_way(open: &[Admitted], purpose: Purpose, from: &Destination) -> Option<usize> {
    let at = |same: &dyn Fn(&Admitted) -> bool| open.iter().position(|it| it.purpose == purpose && same(it));
    at(&|it| it.to.same_origin(from) && it.to.url().path() == from.url().path())
        .or_else(|| at(&|it| it.to.same_origin(from)))
}

/// The right to one request, given back by closing or dropping it.
struct Ticket {
    admissions: Arc<Admissions>,
    id: u64,
}

impl Ticket {
    /// None where a refused redirect has ended the request already.
    fn take(&self) -> Option<Admitted> {
        let mut open = lock(&self.admissions.open);
        let at = open.iter().position(|it| it.id == self.id)?;
        Some(open.swap_remove(at))
    }
}

impl Admission for Ticket {
    fn close(self: Box<Self>, outcome: CrossingOutcome) {
        if let Some(mut admitted) = self.take() {
            admitted.open.finish_as(outcome);
        }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        // What is taken goes on record by being dropped.
        drop(self.take());
    }
}
