//! Witnesses: others who saw the log grow and sign that they did (<https://c2sp.org/tlog-witness>).
//!
//! A witness keeps the size and the root that it saw last, and cosigns a newer checkpoint when it is proved to continue that one. So it
//! notices what nobody notices who has the folder and its keys alone: that both were taken back to an older copy, or went on otherwise.
//!
//! Of what a witness answers two things can be relied on: its cosignature, which is verified, and a checkpoint that the log itself signed.
//! The status and the size of an answer are the bare word of whoever is on the way. They choose what is asked next and are told; they
//! change nothing.

mod ask;
mod cosigned;
mod opening;
mod question;

pub use ask::{Standing, WitnessAnswer, WitnessedCheckpoint};
pub(super) use cosigned::{cosigned, put, sizes};
pub use opening::Opening;
