//! Sentence-embedding models in ONNX Runtime, each given as a folder.

mod config;
mod identity;
mod model;
mod pooling;

pub use config::{ModelConfig, Pooling};
pub use model::{OnnxModel, OnnxOptions};

pub use crate::onnx::library;
