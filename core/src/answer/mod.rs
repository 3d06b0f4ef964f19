//! From passages to an answer that may be handed out: what a chat model is told, what it writes, and what of it holds. No model, no I/O:
//! text against text.

pub mod aggregation;
mod check;
pub mod claim;
mod draft;
mod evidence;
mod lexicon;
pub mod number;
mod plan;
mod prompt;
pub mod quote;

pub use check::{Checked, CheckedCitation, Checker, ShownPassage, TextVectors};
pub use draft::{Draft, DraftCitation, DraftClaim};
pub use evidence::Evidence;
pub use plan::{PLAN_TEMPLATE, Plan, Turn, plan_prompt, read_plan};
pub use prompt::{TEMPLATE, fitting, is_of_template, output_tokens, prompt};
