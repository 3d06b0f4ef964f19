use std::io::BufRead;

use super::{
    cells::{COLUMNS, Reference, unescape},
    comments,
    headers::{Headers, Kind},
    strings::{Strings, rich_text},
    styles::Styles,
    workbook::SheetEntry,
};
use crate::{
    Result,
    document::ooxml::{Element, Notices, Package, PageWriter, Piece, Row, Token, Xml, number::Locale},
    types::{Anchor, BlockKind},
};

/// What all sheets of a workbook share.
pub(super) struct Book {
    pub(super) styles: Styles,
    pub(super) strings: Strings,
    pub(super) locale: Locale,
    pub(super) since_1904: bool,
}

/// What was met on the way and is worth a notice.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) comments: usize,
    formulas_without_value: usize,
    errors: usize,
    hidden_cells: usize,
    missing_sheets: usize,
}

impl Seen {
    pub(super) fn into_notices(self, notices: &mut Notices) {
        let mut add = |code, count: usize, message: &str| {
            if count > 0 {
                notices.add(code, message.replace("{}", &count.to_string()));
            }
        };
        add("xlsx.comments", self.comments, "the workbook holds {} comments, which stand behind the rows of their sheets");
        add(
            "xlsx.formula_without_value",
            self.formulas_without_value,
            "{} formulas have no saved result: open and save the file in Excel",
        );
        add("xlsx.errors", self.errors, "{} cells show an error");
        add(
            "xlsx.hidden_cells",
            self.hidden_cells,
            "{} cells are not shown (hidden rows, columns, formats); they were read and are marked as hidden",
        );
        add("xlsx.missing_sheets", self.missing_sheets, "{} sheets are listed and missing in the file");
    }
}

/// A cell, read.
#[derive(Default)]
struct Cell {
    column: u32,
    piece: Piece,
    kind: Option<Kind>,
    bold: bool,
}

/// Reads a sheet onto its page.
pub(super) fn read(
    package: &mut Package,
    entry: &SheetEntry,
    book: &Book,
    writer: &mut PageWriter,
    seen: &mut Seen,
) -> Result<()> {
    let Some(part) = &entry.part else {
        seen.missing_sheets += 1;
        return Ok(());
    };
    let mut headers = Headers::new(entry.header_rows.clone());
    for table in package.targets(part, "table") {
        headers_of_table(package, &table, &mut headers)?;
    }
    let mut sheet = Sheet { book, writer, seen, headers, hidden_columns: Vec::new(), column_ranges: 0, row: 0 };
    sheet.rows(&mut package.xml(part)?)?;
    comments::read(package, part, writer, seen)?;
    comments::drawings(package, part, writer, book.locale)
}

/// The first row of a table that Excel knows as such names its columns, unless it says that it has no such row.
fn headers_of_table(package: &mut Package, part: &str, headers: &mut Headers) -> Result<()> {
    let mut xml = package.xml(part)?;
    loop {
        match xml.next()? {
            Token::Start(element) if element.name() == "table" => {
                let has_header = element.number::<u32>("headerRowCount") != Some(0);
                if let Some(first) = element.attribute("ref").and_then(|range| Reference::parse(&range)).filter(|_| has_header) {
                    headers.say(first.row);
                }
                return Ok(());
            }
            Token::Eof => return Ok(()),
            _ => {}
        }
    }
}

/// A sheet while it is read.
struct Sheet<'a> {
    book: &'a Book,
    writer: &'a mut PageWriter,
    seen: &'a mut Seen,
    headers: Headers,
    /// As many ranges as there are columns; no more are read.
    hidden_columns: Vec<bool>,
    column_ranges: u32,
    /// The row that was read last, 1-based.
    row: u32,
}

impl Sheet<'_> {
    fn rows<R: BufRead>(&mut self, xml: &mut Xml<R>) -> Result<()> {
        loop {
            let element = match xml.next()? {
                Token::Start(element) => element,
                Token::Eof => return Ok(()),
                Token::End | Token::Text(_) => continue,
            };
            match element.name() {
                "pane" if element.attribute("state").is_some_and(|state| state.starts_with("frozen")) => {
                    if let Some(rows) = element.number::<f64>("ySplit").filter(|rows| (1.0..1e6).contains(rows)) {
                        self.headers.say(rows as u32);
                    }
                }
                "col" if element.flag("hidden") => {
                    if let (Some(first), Some(last)) = (element.number::<u32>("min"), element.number::<u32>("max")) {
                        self.hide_columns(first, last);
                    }
                }
                "row" => {
                    self.row = element.number("r").unwrap_or_else(|| self.row.saturating_add(1));
                    let hidden = element.flag("hidden");
                    self.cells(xml, hidden)?;
                }
                _ => {}
            }
        }
    }

    /// Marks columns, 1-based, as hidden.
    fn hide_columns(&mut self, first: u32, last: u32) {
        self.column_ranges += 1;
        if self.column_ranges > COLUMNS {
            return;
        }
        let range = first.clamp(1, COLUMNS) as usize - 1..last.min(COLUMNS) as usize;
        if self.hidden_columns.len() < range.end {
            self.hidden_columns.resize(range.end, false);
        }
        if let Some(columns) = self.hidden_columns.get_mut(range) {
            columns.fill(true);
        }
    }

    fn cells<R: BufRead>(&mut self, xml: &mut Xml<R>, hidden_row: bool) -> Result<()> {
        let mut cells: Vec<Cell> = Vec::new();
        let mut next_column = 0;
        loop {
            match xml.next()? {
                Token::Start(element) if element.name() == "c" => {
                    let at = element.attribute("r").and_then(|at| Reference::parse(&at));
                    let column = at.map_or(next_column, |at| at.column);
                    next_column = column.saturating_add(1);
                    let hidden = hidden_row || self.hidden_columns.get(column as usize) == Some(&true);
                    let form = CellForm::of(&element);
                    let cell = self.cell(xml, form, column, hidden)?;
                    if !cell.piece.is_blank() {
                        cells.push(cell);
                    }
                }
                Token::Start(_) => xml.skip()?,
                Token::End | Token::Eof => break,
                Token::Text(_) => {}
            }
        }
        self.write(cells)
    }

    fn write(&mut self, mut cells: Vec<Cell>) -> Result<()> {
        if cells.is_empty() {
            return Ok(());
        }
        // Excel writes them in order; nothing forces others to.
        cells.sort_by_key(|cell| cell.column);
        let place = self.headers.place(self.row);
        let kinds: Vec<Kind> = cells.iter().filter_map(|cell| cell.kind).collect();
        let bold = cells.iter().all(|cell| cell.bold);
        let cells = cells.into_iter().map(|cell| (cell.column, cell.piece)).collect();
        let row = Row { table: place.table, header: place.header, cells };
        if let Some(block) = self.writer.row(&row, Some(Anchor::Row(self.row)))?
            && let Some(header) = self.headers.written(block, &kinds, bold)
        {
            self.writer.make_header(header);
        }
        Ok(())
    }

    fn cell<R: BufRead>(&mut self, xml: &mut Xml<R>, form: CellForm, column: u32, hidden: bool) -> Result<Cell> {
        let (mut value, mut inline, mut has_formula) = (None, None, false);
        loop {
            match xml.next()? {
                Token::Start(element) => match element.name() {
                    "v" => value = Some(xml.text()?),
                    "is" => inline = Some(rich_text(xml)?),
                    "f" => {
                        has_formula = true;
                        xml.skip()?;
                    }
                    _ => xml.skip()?,
                },
                Token::End | Token::Eof => break,
                Token::Text(_) => {}
            }
        }
        let mut cell = Cell { column, ..Cell::default() };
        let (format, bold) = self.book.styles.get(form.style);
        cell.bold = bold;
        let locale = self.book.locale;
        let text_cell = |text: &str| {
            let shown = format.text(text);
            (shown.text, shown.hidden, Kind::Text)
        };
        let (text, hidden_by_format, kind) = match (form.kind.as_str(), value, inline) {
            ("inlineStr", _, Some(text)) | (_, None, Some(text)) => text_cell(&text),
            (_, None, None) => {
                self.seen.formulas_without_value += usize::from(has_formula);
                return Ok(cell);
            }
            ("s", Some(index), _) => {
                let text = index.trim().parse().ok().and_then(|index| self.book.strings.get(index)).unwrap_or_default();
                text_cell(text)
            }
            ("str" | "inlineStr", Some(text), _) => text_cell(&unescape(&text)),
            ("b", Some(value), _) => (locale.truth(matches!(value.trim(), "1" | "true")).to_owned(), false, Kind::Text),
            ("e", Some(error), _) => {
                self.seen.errors += 1;
                (error, false, Kind::Figure)
            }
            // A date in ISO 8601 (strict files) is as plain as it gets.
            ("d", Some(date), _) => (date, false, Kind::Period),
            (_, Some(number), _) => match number.trim().parse::<f64>() {
                Ok(number) => {
                    let shown = format.number(number, locale, self.book.since_1904);
                    let kind = if format.is_date() || is_year(&shown.text) { Kind::Period } else { Kind::Figure };
                    (shown.text, shown.hidden, kind)
                }
                Err(_) => (number, false, Kind::Text),
            },
        };
        let hidden = hidden || hidden_by_format;
        cell.piece.push(&text, hidden);
        cell.kind = Some(kind);
        self.seen.hidden_cells += usize::from(hidden && !cell.piece.is_blank());
        Ok(cell)
    }
}

/// What the start of a cell says of its value.
struct CellForm {
    kind: String,
    style: usize,
}

impl CellForm {
    fn of(element: &Element<'_>) -> Self {
        Self { kind: element.attribute("t").unwrap_or_default(), style: element.number("s").unwrap_or(0) }
    }
}

/// `2025` over a column of figures is a name and no figure.
fn is_year(text: &str) -> bool {
    text.len() == 4 && text.parse().is_ok_and(|year: u32| (1900..2100).contains(&year))
}

/// A line that stands on the sheet and in no cell.
pub(super) fn beside(writer: &mut PageWriter, piece: &Piece, kind: BlockKind, anchor: &str) -> Result<()> {
    writer.block(piece, kind, Some(Anchor::Part(anchor.to_owned())))?;
    Ok(())
}
