//! What people read, in German and in English side by side: one file for each part of the command line.
//!
//! A text is written where it is used, as [`Lang::pick`] of both languages. `--json` never comes here.

pub(crate) mod answers;
pub(crate) mod audit;
pub(crate) mod documents;
pub(crate) mod errors;
pub(crate) mod eval;
pub(crate) mod evidence;
pub(crate) mod help;
pub(crate) mod ingest;
mod lang;
pub(crate) mod models;
pub(crate) mod retention;
#[cfg(test)]
mod tests;

use beleg::audit::Finding;
pub(crate) use lang::{Lang, number};

use crate::output::{RED, styled};

/// A finding of a verification, as a line.
fn finding_line(finding: &Finding) -> String {
    format!("  {} {}: {}\n", styled(RED, format!("[{}]", finding.kind)), plain(&finding.where_), plain(&finding.what))
}

/// A text from elsewhere as a terminal may show it: what would move its cursor, colour it or turn its direction stands as a sign.
pub(crate) fn plain(text: &str) -> String {
    text.chars().map(|c| if is_harmless(c) { c } else { '\u{fffd}' }).collect()
}

/// Whether a character neither controls a terminal nor turns the direction of text.
pub(crate) fn is_harmless(c: char) -> bool {
    !c.is_control() && !matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}')
}
