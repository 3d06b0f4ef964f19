//! Personal data out of a prompt before it leaves, and back into the answer.
//!
//! No I/O, and no model unless one is given ([`NameFinder`]): rules, lists, check digits and one's own terms, over text that is read once from end to end. A value gets a placeholder
//! (`[PERSON_1]`) that it keeps as long as the conversation lasts ([`Pseudonyms`]), and `restore(redact(text)) == text` for every text.
//! What is found and what is not: `docs/redaction.md`.

mod checksum;
mod classifier;
mod dictionary;
mod find;
mod kind;
mod lexicon;
mod names;
mod pattern;
mod placeholder;
mod pseudonyms;
mod redactor;
mod restore;
mod settings;
mod stream;
#[cfg(test)]
mod tests;
mod words;

pub use classifier::ClassifierOptions;
#[cfg(feature = "onnx")]
pub use classifier::TokenClassifier;
pub use kind::Kind;
pub use names::{FoundName, names_in};
pub use pseudonyms::Pseudonyms;
pub use redactor::{Finding, INSTRUCTION, NameFinder, NamedSpan, Redactor};
pub use restore::{Escape, Restorer};
pub use settings::{OwnList, OwnPattern, RedactSettings};
pub use stream::restore_stream;
