//! What people read, in German and in English side by side: one file for each part of the command line.
//!
//! A text is written where it is used, as [`Lang::pick`] of both languages. `--json` never comes here.

pub(crate) mod answers;
pub(crate) mod audit;
pub(crate) mod documents;
pub(crate) mod errors;
pub(crate) mod eval;
pub(crate) mod evidence;
pub(crate) mod help;
pub(crate) mod ingest;
mod lang;
pub(crate) mod models;
#[cfg(test)]
mod tests;

pub(crate) use lang::{Lang, number};
