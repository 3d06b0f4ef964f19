//! What several rooms share: spans, pages, documents, coverage.

mod document;
mod page;
mod span;
mod verdict;

pub use document::{Coverage, DocumentRecord, DocumentRef, DocumentStatus, Language, Notice, PageCounts, UnreadPage};
pub use page::{Anchor, Block, BlockKind, Cell, GlyphRun, Layout, Origin, OriginRun, Page, PageStatus, Place};
pub use span::{Segment, Span};
pub use verdict::{CitationVerdict, ClaimVerdict};
