//! PowerPoint: one page a slide, in the order of the presentation.
//!
//! A page holds the title, then the shapes as a reader goes over them (from top to bottom, from left to right), then the
//! notes of the speaker and the comments. Diagrams give their text, charts their figures.

mod presentation;
mod shapes;
mod slide;

use super::{
    Format, Input, Limits, Sink, Summary,
    ooxml::{Package, PageWriter},
};
use crate::{Error, ErrorKind, Result};
use slide::Seen;

/// Reads a PowerPoint presentation.
///
/// # Errors
/// Those of [`Package::open`] and [`Xml::next`](super::ooxml::Xml::next), `limit.pages`, `limit.text`, and what the sink
/// returns.
pub(super) fn extract(input: &Input<'_>, limits: &Limits, sink: &mut dyn Sink) -> Result<Summary> {
    let mut package = Package::open(input, limits)?;
    let main = package.main_part("ppt/presentation.xml")?;
    let properties = package.properties()?;
    let slides = presentation::slides(&mut package, &main)?;
    if slides.len() as u64 > u64::from(limits.pages) {
        return Err(Error::new(ErrorKind::Limit, "limit.pages", "the presentation has more slides than is allowed")
            .with("setting", "limits.pages"));
    }
    let mut seen = Seen::default();
    let mut first_title = None;
    let mut left = limits.text_bytes;
    for (index, part) in slides.iter().enumerate() {
        let mut writer = PageWriter::new(index as u32 + 1, limits, left);
        let title = slide::read(&mut package, part.as_deref(), &mut writer, &mut seen)?;
        left = left.saturating_sub(writer.len() as u64);
        first_title = first_title.or_else(|| title.clone());
        writer.set_name(title);
        sink.page(writer.finish())?;
    }
    seen.into_notices(&mut package.notices);
    Ok(Summary {
        format: Format::Pptx,
        title: properties.title.or(first_title),
        date: properties.date,
        notices: package.notices.into_vec(),
    })
}

#[cfg(test)]
mod tests;
