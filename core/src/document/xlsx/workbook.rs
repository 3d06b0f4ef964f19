use std::collections::BTreeSet;

use super::cells::Reference;
use crate::{
    Result,
    document::ooxml::{Notices, Package, Token},
};

/// The sheets of a workbook, in the order of their tabs.
#[derive(Debug, Default)]
pub(super) struct Workbook {
    pub(super) sheets: Vec<SheetEntry>,
    /// Days are counted from 1 January 1904.
    pub(super) since_1904: bool,
}

/// A sheet, as the workbook lists it.
#[derive(Debug, Default)]
pub(super) struct SheetEntry {
    pub(super) name: String,
    /// `None` when the part is missing.
    pub(super) part: Option<String>,
    pub(super) is_hidden: bool,
    /// Rows (1-based) that name columns, by print titles and filters.
    pub(super) header_rows: BTreeSet<u32>,
}

/// Reads the main part.
pub(super) fn read(package: &mut Package, main: &str) -> Result<Workbook> {
    let mut workbook = Workbook::default();
    let mut targets: Vec<Option<String>> = Vec::new();
    let mut names: Vec<(usize, String, String)> = Vec::new();
    let mut xml = package.xml(main)?;
    loop {
        match xml.next()? {
            Token::Start(element) => match element.name() {
                "workbookPr" => workbook.since_1904 = element.flag("date1904"),
                "sheet" => {
                    targets.push(element.relation());
                    workbook.sheets.push(SheetEntry {
                        name: element.attribute("name").unwrap_or_default(),
                        is_hidden: matches!(element.attribute("state").as_deref(), Some("hidden" | "veryHidden")),
                        ..SheetEntry::default()
                    });
                }
                "definedName" => {
                    let name = element.attribute("name").unwrap_or_default();
                    if let Some(sheet) = element.number("localSheetId") {
                        names.push((sheet, name, xml.text()?));
                    }
                }
                _ => {}
            },
            Token::Eof => break,
            Token::End | Token::Text(_) => {}
        }
    }
    drop(xml);
    for (sheet, target) in workbook.sheets.iter_mut().zip(targets) {
        sheet.part = target.and_then(|id| package.target(main, &id)).filter(|part| package.has(part));
    }
    for (sheet, name, value) in names {
        let Some(sheet) = workbook.sheets.get_mut(sheet) else { continue };
        match name.as_str() {
            "_xlnm.Print_Titles" => sheet.header_rows.extend(repeated_rows(&value)),
            "_xlnm._FilterDatabase" => {
                let range = value.rsplit('!').next().unwrap_or_default();
                sheet.header_rows.extend(Reference::parse(&range.replace('$', "")).map(|first| first.row));
            }
            _ => {}
        }
    }
    Ok(workbook)
}

/// The last of the rows that are repeated on every page: `Sheet1!$A:$B,Sheet1!$1:$3` repeats 1 to 3, and 3 names columns.
fn repeated_rows(value: &str) -> Option<u32> {
    value.split(',').find_map(|range| range.rsplit('!').next()?.replace('$', "").split_once(':')?.1.parse().ok())
}

impl Workbook {
    pub(super) fn notice_hidden(&self, notices: &mut Notices) {
        let hidden: Vec<String> = (1..)
            .zip(&self.sheets)
            .filter(|(_, sheet)| sheet.is_hidden)
            .map(|(number, _): (u32, _)| number.to_string())
            .collect();
        if !hidden.is_empty() {
            notices.add("xlsx.hidden_sheets", format!("hidden sheets were read too: pages {}", hidden.join(", ")));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_rows_are_found_beside_repeated_columns() {
        assert_eq!(repeated_rows("'SuSa 2025'!$A:$B,'SuSa 2025'!$1:$3"), Some(3));
        assert_eq!(repeated_rows("Sheet1!$5:$5"), Some(5));
        assert_eq!(repeated_rows("Sheet1!$A:$B"), None);
    }
}
