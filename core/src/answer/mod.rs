//! What decides whether something that a chat model said may be handed out. No model, no I/O: text against text.

pub mod aggregation;
pub mod claim;
mod evidence;
mod lexicon;
pub mod number;
pub mod quote;

pub use evidence::Evidence;
