use super::body::{FlowElement, Part, Reader, Target};
use crate::{
    Result,
    document::ooxml::{Piece, Row, Token},
};

/// What stands in a cell.
#[derive(Debug, Default)]
pub(super) struct Content {
    pub(super) piece: Piece,
    /// Rows of the tables in it: they follow the row of the cell as rows of tables of their own.
    pub(super) nested: Vec<Row>,
}

/// A table while it is read.
struct Table {
    number: u32,
    /// Its first row looks otherwise than the others.
    first_row_looks: bool,
    /// Columns of its grid, when it says them.
    columns: u32,
    rows: u32,
}

/// What a row says of itself.
#[derive(Default)]
struct RowProperties {
    first_column: u32,
    header: bool,
    deleted: bool,
}

/// What a cell says of itself.
struct CellProperties {
    columns: u32,
    /// It goes on a cell of the row above, or of the column before.
    continues: bool,
}

impl Reader<'_> {
    /// Reads a table. One of a single column is a frame around text, and read as such.
    pub(super) fn table(&mut self, xml: &mut Part<'_>, target: &mut Target<'_>) -> Result<()> {
        let mut table = Table { number: self.tables, first_row_looks: false, columns: 0, rows: 0 };
        self.tables += 1;
        self.rows(xml, &mut table, target)
    }

    fn rows(&mut self, xml: &mut Part<'_>, table: &mut Table, target: &mut Target<'_>) -> Result<()> {
        while let Some(element) = xml.child()? {
            match element.name() {
                "tr" => self.table_row(xml, table, target)?,
                "tblGrid" => table.columns = count(xml, "gridCol")?,
                "tblPr" => table.first_row_looks = first_row_looks(xml)?,
                "sdt" | "sdtContent" | "customXml" | "ins" => self.rows(xml, table, target)?,
                "AlternateContent" => xml.alternatives(|xml| self.rows(xml, table, target))?,
                _ => xml.skip()?,
            }
        }
        Ok(())
    }

    fn table_row(&mut self, xml: &mut Part<'_>, table: &mut Table, target: &mut Target<'_>) -> Result<()> {
        let mut properties = RowProperties::default();
        let mut row = Row { table: table.number, header: false, cells: Vec::new() };
        let mut nested = Vec::new();
        if table.columns == 1 {
            return self.framed(xml, target);
        }
        let mut column = None;
        self.cells(xml, &mut properties, &mut column, &mut row, &mut nested)?;
        if properties.deleted {
            self.seen.tracked_changes = true;
            return Ok(());
        }
        row.header = properties.header || (table.rows == 0 && table.first_row_looks && names_columns(&row));
        table.rows += 1;
        self.place_row(row, nested, target)
    }

    fn cells(
        &mut self,
        xml: &mut Part<'_>,
        properties: &mut RowProperties,
        column: &mut Option<u32>,
        row: &mut Row,
        nested: &mut Vec<Row>,
    ) -> Result<()> {
        while let Some(element) = xml.child()? {
            match element.name() {
                "trPr" => *properties = row_properties(xml)?,
                "tc" => {
                    let mut content = Content::default();
                    let cell = self.cell(xml, &mut content)?;
                    let at = column.unwrap_or(properties.first_column);
                    *column = Some(at.saturating_add(cell.columns));
                    let piece = if cell.continues { Piece::default() } else { content.piece };
                    row.cells.push((at, piece));
                    nested.append(&mut content.nested);
                }
                "sdt" | "sdtContent" | "customXml" => self.cells(xml, properties, column, row, nested)?,
                _ => xml.skip()?,
            }
        }
        Ok(())
    }

    fn cell(&mut self, xml: &mut Part<'_>, content: &mut Content) -> Result<CellProperties> {
        let mut properties = CellProperties { columns: 1, continues: false };
        // The properties come first, if at all: they are read apart from what flows in the cell.
        while let Some(element) = xml.child()? {
            match element.name() {
                "tcPr" => properties = cell_properties(xml)?,
                name => {
                    let kind = FlowElement::of(name);
                    self.flow_element(kind, xml, &mut Target::Cell(content))?;
                }
            }
        }
        Ok(properties)
    }

    /// Reads a row of a table of one column as text.
    fn framed(&mut self, xml: &mut Part<'_>, target: &mut Target<'_>) -> Result<()> {
        while let Some(element) = xml.child()? {
            match element.name() {
                "tc" => self.flow(xml, target)?,
                "sdt" | "sdtContent" | "customXml" => self.framed(xml, target)?,
                _ => xml.skip()?,
            }
        }
        Ok(())
    }
}

/// Whether a first row can name columns: at least two cells have text, and none is a number.
fn names_columns(row: &Row) -> bool {
    let mut named = 0;
    for (_, piece) in row.cells.iter().filter(|(_, piece)| !piece.is_blank()) {
        let letters = piece.text().chars().filter(|c| c.is_alphabetic()).count();
        let digits = piece.text().chars().filter(char::is_ascii_digit).count();
        // `2025`, `31.12.2025` and `TEUR` name columns; `1.234,56` is a figure.
        let is_figure = letters == 0 && digits > 0 && piece.text().contains(',');
        if is_figure {
            return false;
        }
        named += 1;
    }
    named >= 2
}

fn count(xml: &mut Part<'_>, name: &str) -> Result<u32> {
    let mut count = 0;
    let mut depth = 1;
    while depth > 0 {
        match xml.next()? {
            Token::Start(element) => {
                depth += 1;
                count += u32::from(element.name() == name);
            }
            Token::End => depth -= 1,
            Token::Text(_) => {}
            Token::Eof => break,
        }
    }
    Ok(count)
}

fn first_row_looks(xml: &mut Part<'_>) -> Result<bool> {
    const FIRST_ROW: u32 = 0x20;
    let mut looks = false;
    let mut depth = 1;
    while depth > 0 {
        match xml.next()? {
            Token::Start(element) => {
                depth += 1;
                if element.name() == "tblLook" {
                    let value = element.attribute("val").and_then(|value| u32::from_str_radix(&value, 16).ok());
                    looks = match element.attribute("firstRow") {
                        Some(_) => element.flag("firstRow"),
                        None => value.is_some_and(|value| value & FIRST_ROW != 0),
                    };
                }
            }
            Token::End => depth -= 1,
            Token::Text(_) => {}
            Token::Eof => break,
        }
    }
    Ok(looks)
}

fn row_properties(xml: &mut Part<'_>) -> Result<RowProperties> {
    let mut properties = RowProperties::default();
    let mut depth = 1;
    while depth > 0 {
        match xml.next()? {
            Token::Start(element) => {
                depth += 1;
                match element.name() {
                    "tblHeader" => properties.header = element.is_on(),
                    "gridBefore" => properties.first_column = element.number("val").unwrap_or(0),
                    "del" => properties.deleted = true,
                    _ => {}
                }
            }
            Token::End => depth -= 1,
            Token::Text(_) => {}
            Token::Eof => break,
        }
    }
    Ok(properties)
}

fn cell_properties(xml: &mut Part<'_>) -> Result<CellProperties> {
    let mut properties = CellProperties { columns: 1, continues: false };
    let mut depth = 1;
    while depth > 0 {
        match xml.next()? {
            Token::Start(element) => {
                depth += 1;
                match element.name() {
                    "gridSpan" => properties.columns = element.number("val").unwrap_or(1).max(1),
                    "vMerge" | "hMerge" => {
                        properties.continues = element.attribute("val").is_none_or(|value| value == "continue");
                    }
                    _ => {}
                }
            }
            Token::End => depth -= 1,
            Token::Text(_) => {}
            Token::Eof => break,
        }
    }
    Ok(properties)
}
