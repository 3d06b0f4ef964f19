//! Vectors of the servers, the same of all: those of [`FakeModel`], three times as long.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use crate::embed::{EmbeddingModel, FakeModel};

/// The vector of a text.
pub fn vector(text: &str, dimensions: usize) -> Vec<f32> {
    let vector = FakeModel::new(dimensions).embed_query(text).unwrap_or_default();
    vector.into_iter().map(|value| value * 3.0).collect()
}

/// The vector of a text as an array of numbers.
pub(super) fn numbers(text: &str, dimensions: usize) -> Value {
    json!(vector(text, dimensions))
}

/// The vector of a text as bytes in Base64.
pub(super) fn bytes(text: &str, dimensions: usize) -> Value {
    let bytes: Vec<u8> = vector(text, dimensions).into_iter().flat_map(f32::to_le_bytes).collect();
    STANDARD.encode(bytes).into()
}

/// The texts at a place of a request, when they are texts.
pub(super) fn texts(asked: &Value) -> Option<Vec<&str>> {
    match asked {
        Value::String(text) => Some(vec![text]),
        Value::Array(texts) => texts.iter().map(Value::as_str).collect(),
        _ => None,
    }
}
