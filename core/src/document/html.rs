//! HTML as a browser without scripts shows it.
//!
//! Scripts, styles and templates are no text. Elements that are hidden by an attribute, by their own style or by a style
//! sheet inside of the file are text with the origin `Hidden`. Nothing is fetched. A table is one of data if its cells hold plain text; tables that merely lay out
//! a page, as mails have them, are read cell by cell.

mod dom;
mod reader;
mod sheet;
mod style;

use html5ever::{ParseOpts, driver::parse_document, tendril::TendrilSink, tree_builder::TreeBuilderOpts};

use super::{Format, Input, Limits, Notice, Sink, Summary, builder::Pages, charset, guard::exceeded};
use crate::Result;

/// How much is parsed between two looks at the depth of the tree.
const STEP_BYTES: usize = 16 * 1024;

/// Reads an HTML file.
pub(super) fn extract(input: &Input<'_>, limits: &Limits, sink: &mut dyn Sink) -> Result<Summary> {
    let label = declared_charset(&input.bytes);
    let text = charset::decode_labelled(&input.bytes, label.as_deref());
    let mut pages = Pages::new(limits, sink);
    let mut notices = Vec::new();
    let title = write(&text, limits, &mut pages, &mut notices)?;
    pages.finish()?;
    Ok(Summary { format: Format::Html, title, date: None, notices })
}

/// Writes the blocks of HTML source. Returns its title, or else its first heading.
pub(super) fn write(source: &str, limits: &Limits, pages: &mut Pages, notices: &mut Vec<Notice>) -> Result<Option<String>> {
    let options =
        ParseOpts { tree_builder: TreeBuilderOpts { scripting_enabled: false, ..Default::default() }, ..Default::default() };
    let mut parser = parse_document(dom::Tree::new(), options);
    let mut rest = source;
    while !rest.is_empty() {
        let mut end = rest.len().min(STEP_BYTES);
        while !rest.is_char_boundary(end) {
            end += 1;
        }
        parser.process(rest[..end].into());
        rest = &rest[end..];
        if parser.tokenizer.sink.sink.deepest() > limits.nesting {
            return Err(exceeded("nesting", limits.nesting));
        }
    }
    let nodes = parser.finish();
    reader::read(&nodes, pages, notices)
}

/// The charset that the file names in a `meta` element or XML declaration, within its first 1024 bytes as HTML has it.
fn declared_charset(bytes: &[u8]) -> Option<String> {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(1024)]).to_ascii_lowercase();
    let at = if head.trim_start().starts_with("<?xml")
        && let Some(at) = head.find("encoding=")
        && at < head.find("?>").unwrap_or(0)
    {
        at + "encoding=".len()
    } else {
        head.find("<meta").and_then(|meta| head[meta..].find("charset=").map(|at| meta + at + "charset=".len()))?
    };
    let label: String = head[at..]
        .trim_start_matches(['"', '\'', ' '])
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | ':'))
        .collect();
    (!label.is_empty()).then_some(label)
}

#[cfg(test)]
mod tests;
