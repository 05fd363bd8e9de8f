//! The gate: the only network client of the house.
//!
//! Whatever leaves this computer is decided on here by purpose, scheme, host and port before a name is looked up,
//! follows redirects only by new decisions, and leaves one record in the [`Journal`]. The rules are a value from
//! outside: the gate has no list of its own, reads no settings and knows no policy. It keeps no record itself, retries
//! nothing and interprets no answer.
//!
//! Only `app` and the tests import it; everybody else gets it as [`domain::Transport`]. It alone names reqwest.
#![deny(missing_docs)]

mod body;
mod client;
mod decision;
mod fault;
mod ledger;
mod proxy;
mod send;
mod state;
mod system;

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use domain::{Answered, BoxFuture, Clock, Journal, Purpose, Rules, Transport, TransportError};

pub use decision::decide;
pub use proxy::script;
pub use state::EgressError;

use crate::{ledger::Ledger, state::Gate};

/// How long the gate waits and how far it follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// For a connection to stand, name look-up, proxy and TLS included.
    pub connect: Duration,
    /// For the head of an answer, and between two pieces of its body.
    pub idle: Duration,
    /// Redirects of one request.
    pub redirects: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { connect: Duration::from_secs(20), idle: Duration::from_secs(60), redirects: 5 }
    }
}

/// The gate.
pub struct Egress(Arc<Gate>);

impl Egress {
    /// A gate that follows these rules. It opens no connection.
    ///
    /// # Errors
    /// Where the rules cannot be followed: see [`EgressError`]. [`Rules::default`] always can; nothing crosses then.
    pub fn new(
        rules: Rules,
        journal: Arc<dyn Journal>,
        clock: Arc<dyn Clock>,
        user_agent: &str,
        limits: Limits,
    ) -> Result<Arc<Self>, EgressError> {
        let ledger = Arc::new(Ledger::new(journal, clock));
        Ok(Arc::new(Self(Arc::new(Gate::new(rules, ledger, user_agent, limits)?))))
    }

    /// Follows other rules from now on. What is under way and forbidden by them ends at its next byte. Connections of
    /// the old rules are not used again.
    ///
    /// # Errors
    /// Where the new rules cannot be followed. Nothing crosses then, until rules come that can.
    pub fn change_rules(&self, rules: Rules) -> Result<(), EgressError> {
        self.0.change_rules(rules)
    }
}

impl std::fmt::Debug for Egress {
    /// Rules hold a proxy's password, so nothing is told of them.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Egress")
    }
}

impl Transport for Egress {
    fn send(
        &self,
        purpose: Purpose,
        request: http::Request<Bytes>,
        limit_bytes: u64,
    ) -> BoxFuture<'_, Result<Answered, TransportError>> {
        Box::pin(send::send(&self.0, purpose, request, limit_bytes))
    }
}
