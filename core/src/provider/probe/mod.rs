//! One small call to a chat model, and what is wrong in one line.

mod call;
mod explained;
mod text;

pub use call::{ProbeReport, probe};
pub use explained::explained;
