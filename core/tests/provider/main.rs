//! Providers over the wire: against servers of our own that the vendors' clients take for the real ones, with signatures checked
//! by AWS's own signer, and over networks that are slow, closed, cut, or not there.

#![allow(clippy::unwrap_used)]

mod answers;
mod clients;
mod docs;
mod errors;
mod layers;
mod network;
mod proxies;
mod real_model;
mod requests;
mod streams;
mod support;
mod tls;
mod tokens;
