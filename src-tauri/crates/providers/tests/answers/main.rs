//! A question and its whole answer, over a transport in memory: no network, no clock but the test's.
#![allow(clippy::unwrap_used)]

mod counting;
mod double;
mod endings;
mod fallback;
mod formats;
mod images;
mod listener;
mod memory;
mod recorded;
mod retries;
mod stops;
