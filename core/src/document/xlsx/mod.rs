//! Excel: one page a sheet, one row of text a row.
//!
//! Values are what the cells show ([`number`](super::ooxml::number) says how); formulas give the result that was saved with
//! them. Sheets are streamed: memory follows the cells that are there, never the rectangle around them. Cells in hidden
//! rows and columns are kept as hidden text.

mod cells;
mod comments;
mod headers;
mod locale;
mod sheet;
mod strings;
mod styles;
mod workbook;

use super::{
    Format, Input, Limits, Sink, Summary,
    ooxml::{Package, PageWriter},
};
use crate::{Error, ErrorKind, Result};
use sheet::{Book, Seen};

/// Reads an Excel workbook.
///
/// # Errors
/// Those of [`Package::open`] and [`Xml::next`](super::ooxml::Xml::next), `limit.pages`, `limit.text`, and what the sink
/// returns.
pub(super) fn extract(input: &Input<'_>, limits: &Limits, sink: &mut dyn Sink) -> Result<Summary> {
    let mut package = Package::open(input, limits)?;
    let main = package.main_part("xl/workbook.xml")?;
    if main.to_ascii_lowercase().ends_with(".bin") {
        return Err(Error::new(ErrorKind::Unsupported, "xlsx.binary", "the workbook is in Excel's binary format (.xlsb)")
            .with_hint("save it as .xlsx"));
    }
    let properties = package.properties()?;
    let workbook = workbook::read(&mut package, &main)?;
    if workbook.sheets.len() as u64 > u64::from(limits.pages) {
        return Err(Error::new(ErrorKind::Limit, "limit.pages", "the workbook has more sheets than is allowed")
            .with("setting", "limits.pages"));
    }
    let strings = strings::read(&mut package, &main)?;
    let written = styles::read(&mut package, &main)?;
    let locale = locale::decide(&mut package, &properties, &workbook, &written, &strings)?;
    let book = Book { styles: written.styles(locale), strings, locale, since_1904: workbook.since_1904 };
    let mut seen = Seen::default();
    let mut left = limits.text_bytes;
    for (index, entry) in workbook.sheets.iter().enumerate() {
        let mut writer = PageWriter::new(index as u32 + 1, limits, left);
        writer.set_name(Some(entry.name.clone()));
        sheet::read(&mut package, entry, &book, &mut writer, &mut seen)?;
        left = left.saturating_sub(writer.len() as u64);
        sink.page(writer.finish())?;
    }
    workbook.notice_hidden(&mut package.notices);
    seen.into_notices(&mut package.notices);
    Ok(Summary { format: Format::Xlsx, title: properties.title, date: properties.date, notices: package.notices.into_vec() })
}

#[cfg(test)]
mod tests;
