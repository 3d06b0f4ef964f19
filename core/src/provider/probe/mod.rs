//! One small call to a chat model, and what is wrong in one line.

mod access;
mod call;
mod explained;
mod model;
mod network;
mod setting;
#[cfg(test)]
mod tests;
mod text;

pub use call::{ProbeReport, probe};
pub use explained::explained;
