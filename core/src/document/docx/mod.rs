//! Word: flowing text, one page.
//!
//! The page holds, in this order: the running headers (each text once), the body, charts and diagrams, footnotes, endnotes, comments, and the
//! running footers. What Word shows is what is read: numbers of lists and headings are counted, inserted text is in and
//! deleted text out, fields give their result. A footnote's mark stands in the text as `[1]`, as a join: it is on the page
//! and no part of the words.

mod body;
mod fields;
mod graphics;
mod notes;
mod numbering;
mod runs;
mod styles;
mod symbols;
mod tables;

use super::{
    Format, Input, Limits, Sink, Summary,
    ooxml::{Package, PageWriter},
};
use crate::Result;
use body::Reader;

/// Reads a Word file.
///
/// # Errors
/// Those of [`Package::open`] and [`Xml::next`](super::ooxml::Xml::next), `limit.text`, and what the sink returns.
pub(super) fn extract(input: &Input<'_>, limits: &Limits, sink: &mut dyn Sink) -> Result<Summary> {
    let mut package = Package::open(input, limits)?;
    let main = package.main_part("word/document.xml")?;
    let properties = package.properties()?;
    let styles = styles::read(&mut package, &main)?;
    let numbering = numbering::read(&mut package, &main)?;
    let mut reader = Reader::new(&styles, numbering, PageWriter::new(1, limits, limits.text_bytes));
    notes::running(&mut package, &main, "header", &mut reader)?;
    body::read(&mut package, &main, &mut reader)?;
    graphics::read(&mut package, &main, &mut reader)?;
    notes::footnotes(&mut package, &main, &mut reader)?;
    notes::comments(&mut package, &main, &mut reader)?;
    notes::running(&mut package, &main, "footer", &mut reader)?;
    let (page, first_heading) = reader.finish(&mut package.notices);
    sink.page(page)?;
    Ok(Summary {
        format: Format::Docx,
        title: properties.title.or(first_heading),
        date: properties.date,
        notices: package.notices.into_vec(),
    })
}

#[cfg(test)]
mod tests;
