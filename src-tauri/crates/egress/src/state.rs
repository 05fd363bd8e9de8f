//! The rules of the moment and what follows from them.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Arc, Mutex},
};

use domain::{Rules, TransportError};
use http::HeaderValue;
use tokio::sync::watch;

use crate::{
    Limits, client,
    decision::Destination,
    ledger::{Ledger, lock},
    proxy::Route,
};

/// Why rules cannot be followed. Each message is a sentence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EgressError {
    /// The file of certificates is missing or holds none.
    #[error("{0}")]
    CaBundle(String),
    /// The proxy's address is none.
    #[error("{0}")]
    Proxy(String),
    /// The name that we give ourselves cannot stand in a header.
    #[error("{0}")]
    UserAgent(String),
}

/// What the parts of the gate share.
pub(crate) struct Gate {
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) limits: Limits,
    pub(crate) user_agent: HeaderValue,
    state: watch::Sender<Arc<State>>,
}

impl Gate {
    pub(crate) fn new(
        rules: Rules,
        ledger: Arc<Ledger>,
        user_agent: &str,
        limits: Limits,
    ) -> Result<Self, EgressError> {
        let user_agent = HeaderValue::from_str(user_agent)
            .map_err(|_| EgressError::UserAgent(format!("“{user_agent}” is no name for a program.")))?;
        let state = watch::Sender::new(Arc::new(State::of(rules)?));
        Ok(Self { ledger, limits, user_agent, state })
    }

    pub(crate) fn change_rules(&self, rules: Rules) -> Result<(), EgressError> {
        let (state, result) = match State::of(rules) {
            Ok(state) => (state, Ok(())),
            Err(error) => (State::closed(error.to_string()), Err(error)),
        };
        self.state.send_replace(Arc::new(state));
        result
    }

    /// Tells when the rules change.
    pub(crate) fn changes(&self) -> watch::Receiver<Arc<State>> {
        self.state.subscribe()
    }
}

/// Rules that can be followed.
pub(crate) struct State {
    rules: Rules,
    /// Why nothing crosses, whatever the rules say.
    closed: Option<String>,
    pub(crate) route: Route,
    pub(crate) certificates: Vec<reqwest::Certificate>,
    /// Made for the first request that needs it (it reads the system's certificates), one for each certificate of ours.
    clients: Mutex<BTreeMap<Option<PathBuf>, Result<reqwest::Client, TransportError>>>,
}

impl State {
    fn of(rules: Rules) -> Result<Self, EgressError> {
        let certificates = rules.ca_bundle.as_deref().map_or_else(|| Ok(Vec::new()), client::certificates)?;
        let route = Route::of(&rules.proxy)?;
        Ok(Self { rules, closed: None, route, certificates, clients: Mutex::default() })
    }

    fn closed(reason: String) -> Self {
        Self {
            rules: Rules::default(),
            closed: Some(reason),
            route: Route::Direct,
            certificates: Vec::new(),
            clients: Mutex::default(),
        }
    }

    /// The rules, where anything may cross at all.
    pub(crate) fn rules(&self) -> Result<&Rules, String> {
        self.closed.as_ref().map_or(Ok(&self.rules), |reason| Err(reason.clone()))
    }

    /// The client for an address.
    pub(crate) fn client(self: &Arc<Self>, gate: &Gate, to: &Destination) -> Result<reqwest::Client, TransportError> {
        let url = to.url();
        let origin = format!("{}:{}", url.host_str().unwrap_or_default(), url.port_or_known_default().unwrap_or(0));
        let own = self.rules.client_certificates.get(&origin).cloned();
        let build = || {
            let identity = own.as_deref().map(client::identity).transpose()?;
            let state = Arc::downgrade(self);
            // The weak reference is alive as long as a request runs: `send` holds the state meanwhile.
            let route = move |to: &Destination| state.upgrade().map_or(client::Way::None, |state| state.way(to));
            client::build(gate, &self.certificates, identity, route)
        };
        lock(&self.clients).entry(own.clone()).or_insert_with(build).clone()
    }

    /// The way to an address that was decided on.
    pub(crate) fn way(&self, to: &Destination) -> client::Way {
        match self.route.check(to) {
            Ok(()) => self.route.proxy_for(to).map_or(client::Way::Direct, client::Way::Proxy),
            Err(_) => client::Way::None,
        }
    }
}
