//! What Word, Excel and PowerPoint files have in common: a ZIP of XML parts that point at each other (Open Packaging
//! Conventions, ISO/IEC 29500-2).
//!
//! No part may declare a document type, so that no entity can reach out or multiply; what lies outside of the package is
//! never fetched; macros and embedded objects are said and never run.

pub(crate) mod chart;
pub(crate) mod drawing;
pub(crate) mod encryption;
pub(crate) mod number;
pub(crate) mod package;
mod page;
mod xml;

#[allow(unused_imports, reason = "told apart by the dispatch of formats")]
pub(crate) use package::detect;
pub(crate) use package::{Notices, Package};
pub(crate) use page::{PageWriter, Piece, Row};
pub(crate) use xml::{Element, Token, Xml};

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
