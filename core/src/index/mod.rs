//! Vectors and full text, over Lance.

pub mod analysis;
pub mod vectors;
