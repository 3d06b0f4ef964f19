//! Sentence-embedding models in ONNX Runtime, each given as a folder.
//!
//! On a CPU one text a run and one thread a run, as many runs at once as threads, is as fast as any batch; there is no
//! padding, and a vector depends on its own text alone (dynamic quantization shares one scale among all texts of a batch).

mod config;
mod external;
mod identity;
pub mod library;
mod model;
mod pooling;
mod runtime;
mod session;

pub use config::{ModelConfig, Pooling};
pub use model::{OnnxModel, OnnxOptions};
