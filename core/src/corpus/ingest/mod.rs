//! From files to a published version of the index.
//!
//! [`source`] finds what there is to ingest, [`read`] turns one document into rows, [`run`] does so for all of them, a few at
//! a time, and publishes what is done every few seconds.

mod read;
mod report;
mod rows;
mod run;
mod source;

pub use report::{IngestReport, IngestTotals, IngestedDocument};
pub use run::IngestOptions;
pub use source::{Source, SourceBytes};

pub(super) use read::Reader;
pub(super) use run::original_name;
