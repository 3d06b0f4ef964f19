//! Formats and verification of the audit log, held against the specifications, against other implementations, and against every
//! kind of tampering.

#![allow(clippy::unwrap_used)]

mod bundle;
mod every_bit;
mod flips;
mod foreign;
mod log;
#[cfg(feature = "ml-dsa")]
mod ml_dsa;
mod notes;
mod policy;
mod range;
mod reference;
mod tools;
mod tree;
mod vectors;
