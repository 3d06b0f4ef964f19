//! A corpus from its files to its answers: with the fake model in process, and as the program `beleg` with the real one.

#![allow(clippy::unwrap_used)]

mod answers;
mod audit;
mod chat;
mod completeness;
mod context;
mod crash;
mod delete;
mod errors;
mod eval;
mod files;
mod filters;
mod hostile;
mod kept;
mod large;
mod names;
mod page;
mod program;
mod progress;
mod record;
mod relabel;
mod retention;
mod storage;
mod support;
mod telemetry;
mod versions;
