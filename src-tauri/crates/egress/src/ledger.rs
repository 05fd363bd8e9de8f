//! One end on record for each attempt, and a beginning for each that is let through, whatever happens to the attempt or to the journal.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use domain::{ChatId, Clock, Crossing, CrossingId, CrossingOutcome, Journal, Purpose};
use http::Method;
use url::Url;

use crate::decision::Destination;

/// Paths come from servers too; a record keeps this many characters of one.
const PATH_CHARACTERS: usize = 1024;

/// Writes records into the journal. One that the journal does not take waits here, and nothing is let through before
/// it is kept: what crosses without a record is at most what was under way when the journal broke.
pub(crate) struct Ledger {
    journal: Arc<dyn Journal>,
    clock: Arc<dyn Clock>,
    waiting: Mutex<VecDeque<Crossing>>,
}

impl Ledger {
    pub(crate) fn new(journal: Arc<dyn Journal>, clock: Arc<dyn Clock>) -> Self {
        Self { journal, clock, waiting: Mutex::default() }
    }

    /// An attempt begins: on record by `begin` on what comes back, and again by `finish` or once that is dropped.
    pub(crate) fn open(
        self: &Arc<Self>,
        purpose: Purpose,
        method: &Method,
        to: &Destination,
        redirected: bool,
        bytes_out: u64,
        chat: Option<ChatId>,
    ) -> Open {
        let url = to.url();
        let crossing = Crossing {
            id: CrossingId::new(),
            at: self.clock.now(),
            chat,
            purpose,
            method: method.to_string(),
            scheme: url.scheme().to_owned(),
            host: url.host_str().unwrap_or_default().to_owned(),
            port: url.port_or_known_default().unwrap_or_default(),
            path: url.path().chars().take(PATH_CHARACTERS).collect(),
            redirected,
            rule: None,
            proxy: None,
            bytes_out,
            bytes_in: Some(0),
            outcome: CrossingOutcome::Failed { reason: "It was given up before the server answered.".to_owned() },
        };
        Open { ledger: self.clone(), crossing: Some(crossing) }
    }

    /// An attempt at an address that is none of ours to use, on record as refused with as much of it as can be read.
    pub(crate) fn refuse_unusable(&self, purpose: Purpose, method: &Method, url: &str, redirected: bool, reason: &str) {
        let url = Url::parse(url).ok();
        let part = |part: fn(&Url) -> &str| -> String {
            url.as_ref().map(part).unwrap_or_default().chars().take(PATH_CHARACTERS).collect()
        };
        self.keep(Crossing {
            id: CrossingId::new(),
            at: self.clock.now(),
            chat: None,
            purpose,
            method: method.to_string(),
            scheme: part(Url::scheme),
            host: part(|url| url.host_str().unwrap_or_default()),
            port: url.as_ref().and_then(Url::port_or_known_default).unwrap_or_default(),
            path: part(Url::path),
            redirected,
            rule: None,
            proxy: None,
            bytes_out: 0,
            bytes_in: Some(0),
            outcome: CrossingOutcome::Refused { reason: reason.to_owned() },
        });
    }

    fn keep(&self, crossing: Crossing) {
        let mut waiting = lock(&self.waiting);
        waiting.push_back(crossing);
        if let Err(error) = self.flush(&mut waiting) {
            tracing::error!(%error, waiting = waiting.len(), "a record of what crossed waits to be kept");
        }
    }

    fn flush(&self, waiting: &mut VecDeque<Crossing>) -> Result<(), String> {
        while let Some(crossing) = waiting.front() {
            self.journal.record(crossing)?;
            waiting.pop_front();
        }
        Ok(())
    }
}

/// An attempt under way. Dropped, it is on record with what was known last.
pub(crate) struct Open {
    ledger: Arc<Ledger>,
    crossing: Option<Crossing>,
}

impl Open {
    /// Puts on record that it is let through; else a sentence, and it may not be.
    pub(crate) fn begin(&self) -> Result<(), String> {
        let Some(crossing) = &self.crossing else { return Ok(()) };
        self.ledger.flush(&mut lock(&self.ledger.waiting))?;
        self.ledger.journal.begin(&Crossing { outcome: CrossingOutcome::Begun, ..crossing.clone() })
    }

    /// This rule lets it through, on this way.
    pub(crate) fn admitted_by(&mut self, rule: String, proxy: Option<&str>) {
        if let Some(crossing) = &mut self.crossing {
            crossing.rule = Some(rule);
            crossing.proxy = proxy.map(str::to_owned);
        }
    }

    /// The server answered; the body is still to come.
    pub(crate) fn answered(&mut self, status: http::StatusCode) {
        if let Some(crossing) = &mut self.crossing {
            crossing.outcome = CrossingOutcome::Answered { status: status.as_u16() };
        }
    }

    /// Bytes of the body were read.
    pub(crate) fn received(&mut self, bytes: u64) {
        if let Some(count) = self.crossing.as_mut().and_then(|crossing| crossing.bytes_in.as_mut()) {
            *count += bytes;
        }
    }

    /// The end, as it was known last.
    pub(crate) fn finish(&mut self) {
        if let Some(crossing) = self.crossing.take() {
            self.ledger.keep(crossing);
        }
    }

    /// The end, with this outcome.
    pub(crate) fn finish_as(&mut self, outcome: CrossingOutcome) {
        if let Some(crossing) = &mut self.crossing {
            crossing.outcome = outcome;
        }
        self.finish();
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.finish();
    }
}

/// A lock whose holder panicked is still a lock: records and rules are changed in one step.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
