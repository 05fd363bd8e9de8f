//! Downloads from a hub in memory: what arrives is right, or there is nothing and a sentence.
#![allow(clippy::unwrap_used)]

mod beside;
mod faults;
mod full_disk;
mod house;
mod kill;
mod life;
mod server;
