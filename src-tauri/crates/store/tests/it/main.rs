//! The store on real files, in the clear and encrypted.
#![allow(clippy::unwrap_used)]

mod backups;
mod basics;
mod branches;
mod damage;
mod erasing;
mod fixture;
mod full_disk;
mod keeping;
mod kills;
mod leases;
mod memory;
mod portable;
mod rekey;
mod searching;
mod spending;
mod streaming;
mod trash;
