//! Providers over the wire: against servers of our own that the vendors' clients take for the real ones, with signatures checked
//! by AWS's own signer, and over networks that are slow, closed, cut, or not there.

#![allow(clippy::unwrap_used)]

mod addresses;
mod aimock;
mod answers;
#[cfg(feature = "aws-metadata")]
mod aws_keys;
mod clients;
mod docs;
mod embeddings;
mod errors;
#[cfg(feature = "answer")]
mod injections;
mod layers;
mod litellm;
mod network;
mod probe;
mod proxies;
mod real_model;
mod requests;
mod streams;
mod support;
mod tls;
mod tokens;
