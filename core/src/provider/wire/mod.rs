//! What chat models share on the wire: an answer is read as it comes.

mod asked;
mod decode;
mod schema;
#[cfg(test)]
pub(in crate::provider) mod testing;

pub(super) use decode::{Decode, stream, whole};
pub(super) use schema::in_words;

pub(super) use crate::wire::{Call, Meaning, Said, by_status};

use serde_json::{Number, Value};

/// A temperature as it was written: 0.1 and not the nearest binary fraction.
pub(super) fn number(value: f32) -> Value {
    value.to_string().parse().ok().and_then(Number::from_f64).map_or(Value::Null, Value::Number)
}

/// A text at a place, when there is one that is not empty, and no longer than an identifier is.
pub(super) fn identifier(value: Option<&Value>) -> Option<String> {
    value?.as_str().filter(|text| !text.is_empty()).map(|text| text.chars().take(256).collect())
}

/// Tokens at a place; 0 when none are told.
pub(super) fn count(value: &Value, place: &str) -> u64 {
    value.pointer(place).and_then(Value::as_u64).unwrap_or(0)
}
