//! The façade: an [`Engine`] with models and pools, a [`Corpus`] at a folder, and what can be done with it.
//!
//! This room joins and orders. What has to be computed is computed in the rooms below it.

mod access;
mod announce;
mod answer;
mod audit;
mod budget;
mod bundle;
mod caller;
mod delete;
mod deleted;
mod documents;
mod engine;
mod erase;
mod eval;
mod external;
mod hold;
mod ingest;
mod layout;
mod names;
mod open;
mod options;
mod progress;
mod prune;
mod rebuild;
mod relabel;
mod replay;
mod restate;
mod retention;
mod seal;
mod search;
mod snapshot;
mod write;

pub use access::Access;
pub use answer::{
    Answer, AnswerEvent, AnswerStatus, AnswerStream, AskOptions, ChatChoice, Citation, Claim, ClaimPolicy, Refusal, Withheld,
};
pub use audit::{detach, open_audit, open_audit_with};
pub use budget::{Budget, BudgetPeriod, Budgets};
pub use bundle::{Bundle, BundleOptions};
pub use caller::CallContext;
pub use documents::{ShowOptions, Shown};
pub use engine::{Engine, EngineOptions, Extraction, RedactionOptions};
pub use erase::{Erase, Erasure};
pub use eval::{EvalOptions, EvalReport, Question};
pub use external::ExternalGrant;
pub use hold::{HeldAnswer, Hold, HoldRecord};
pub use ingest::{IngestOptions, IngestReport, IngestTotals, IngestedDocument, Source, SourceBytes};
pub use open::Corpus;
pub use options::{IndexOptions, KeepVersions};
pub use progress::{Phase, Progress, ProgressFn};
pub use relabel::Relabelled;
pub use replay::{EmbeddingReplay, Replay, ReplayedBy};
pub use retention::{ExpiredDocument, HeldDocument, RetentionPeriod, RetentionReport, RetentionRules};
pub use seal::Seal;
pub use search::{Filter, Fusion, Hit, Mode, PlacedSegment, Ranks, Scores, SearchOptions, SearchResult};
