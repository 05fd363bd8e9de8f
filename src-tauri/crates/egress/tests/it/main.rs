//! The gate against servers on this computer that answer well, badly and not at all.
#![allow(clippy::unwrap_used, clippy::disallowed_types)] // the doubles of servers listen on loopback

mod double;
mod journal;
mod proxy;
mod proxy_double;
mod redirect;
mod send;
mod support;
mod tls;
