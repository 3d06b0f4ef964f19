//! Hybrid search: candidates from vectors and from full text, judged by the same signals.
//!
//! A fixed pool of candidates comes from both engines, so that how many hits are asked for never changes their order. Each
//! candidate is judged by raw signals ([`Signals`]) that mean the same in every query and every corpus, and their sum ranks it.

mod calibration;
mod context;
mod coverage;
mod question;
mod rank;

pub use calibration::{Calibration, Refusal, Threshold, Weights};
pub use context::Context;
pub use question::{Question, QuestionWord};
pub use rank::{Found, Fusion, Mode, Ranked, Signals, is_across, rank};
