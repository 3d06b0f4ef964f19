//! A token classifier in ONNX Runtime as a [`NameFinder`](super::NameFinder).

#[cfg(feature = "onnx")]
mod aggregate;
#[cfg(feature = "onnx")]
mod labels;
#[cfg(feature = "onnx")]
mod model;
mod options;
#[cfg(feature = "onnx")]
mod windows;

#[cfg(feature = "onnx")]
pub use model::TokenClassifier;
pub use options::ClassifierOptions;
