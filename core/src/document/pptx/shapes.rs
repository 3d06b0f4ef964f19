use std::io::BufRead;

use crate::{
    Result,
    document::ooxml::{
        Piece, Row, Token, Xml,
        drawing::{TextParagraph, paragraphs},
    },
};

/// Shapes whose tops lie closer than this stand in one line: a fifth of an inch, in English Metric Units.
const ONE_LINE: i64 = 914_400 / 5;

/// A shape of a slide.
#[derive(Debug, Default)]
pub(super) struct Shape {
    /// Left and top in English Metric Units; `None` when the layout says it.
    pub(super) place: Option<(i64, i64)>,
    pub(super) role: Option<Role>,
    pub(super) content: Content,
}

/// The place of a layout that a shape fills.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Role {
    /// `title`, `body`, `sldNum`, ...
    pub(super) kind: String,
    pub(super) index: u32,
}

/// What a shape holds.
#[derive(Debug, Default)]
pub(super) enum Content {
    #[default]
    Nothing,
    Picture,
    Text(Vec<TextParagraph>),
    /// Rows without the number of their table.
    Table(Vec<Row>),
    /// A relation to a chart.
    Chart(String),
    /// A relation to the data of a diagram.
    Diagram(String),
    Group(Vec<Shape>),
}

impl Role {
    pub(super) fn is_title(&self) -> bool {
        matches!(self.kind.as_str(), "title" | "ctrTitle")
    }
}

/// Reads shapes, up to the end of the element that holds them; returns the place of the group that they are.
pub(super) fn read<R: BufRead>(
    xml: &mut Xml<R>,
    languages: &mut dyn FnMut(&str),
    shapes: &mut Vec<Shape>,
) -> Result<Option<(i64, i64)>> {
    let mut place = None;
    while let Some(element) = xml.child()? {
        match element.name() {
            "grpSpPr" => place = offset(xml)?,
            "sp" | "graphicFrame" | "pic" | "cxnSp" => {
                let content = if element.name() == "pic" { Content::Picture } else { Content::Nothing };
                let mut shape = Shape { content, ..Shape::default() };
                one(xml, &mut shape, languages)?;
                shapes.push(shape);
            }
            "grpSp" => {
                let mut members = Vec::new();
                let place = read(xml, languages, &mut members)?;
                shapes.push(Shape { place, role: None, content: Content::Group(members) });
            }
            "AlternateContent" => xml.alternatives(|xml| read(xml, languages, shapes).map(|_| ()))?,
            _ => xml.skip()?,
        }
    }
    Ok(place)
}

/// Reads one shape, up to its end.
fn one<R: BufRead>(xml: &mut Xml<R>, shape: &mut Shape, languages: &mut dyn FnMut(&str)) -> Result<()> {
    while let Some(element) = xml.child()? {
        match element.name() {
            "ph" => {
                let kind = element.attribute("type").unwrap_or_else(|| "obj".to_owned());
                shape.role = Some(Role { kind, index: element.number("idx").unwrap_or(0) });
                xml.skip()?;
            }
            "spPr" | "xfrm" => {
                let place = if element.name() == "xfrm" { offset_within(xml)? } else { offset(xml)? };
                shape.place = shape.place.or(place);
            }
            "txBody" => shape.content = Content::Text(paragraphs(xml, languages)?),
            "tbl" => shape.content = Content::Table(table(xml, languages)?),
            "chart" => {
                if let Some(id) = element.relation() {
                    shape.content = Content::Chart(id);
                }
                xml.skip()?;
            }
            "relIds" => {
                if let Some(id) = element.relation() {
                    shape.content = Content::Diagram(id);
                }
                xml.skip()?;
            }
            "AlternateContent" => xml.alternatives(|xml| one(xml, shape, languages))?,
            // `nvSpPr`, `graphicData` and what else lies in between.
            _ => one(xml, shape, languages)?,
        }
    }
    Ok(())
}

/// The offset in the properties of a shape.
fn offset<R: BufRead>(xml: &mut Xml<R>) -> Result<Option<(i64, i64)>> {
    let mut place = None;
    loop {
        match xml.next()? {
            Token::Start(element) if element.name() == "xfrm" => place = offset_within(xml)?,
            Token::Start(_) => xml.skip()?,
            Token::End | Token::Eof => return Ok(place),
            Token::Text(_) => {}
        }
    }
}

fn offset_within<R: BufRead>(xml: &mut Xml<R>) -> Result<Option<(i64, i64)>> {
    let mut place = None;
    loop {
        match xml.next()? {
            Token::Start(element) => {
                if element.name() == "off" {
                    place = element.number("x").zip(element.number("y"));
                }
                xml.skip()?;
            }
            Token::End | Token::Eof => return Ok(place),
            Token::Text(_) => {}
        }
    }
}

fn table<R: BufRead>(xml: &mut Xml<R>, languages: &mut dyn FnMut(&str)) -> Result<Vec<Row>> {
    let mut rows: Vec<Row> = Vec::new();
    let mut first_row_looks = false;
    while let Some(element) = xml.child()? {
        match element.name() {
            "tblPr" => {
                first_row_looks = element.flag("firstRow");
                xml.skip()?;
            }
            "tr" => {
                let header = first_row_looks && rows.is_empty();
                rows.push(Row { table: 0, header, cells: cells(xml, languages)? });
            }
            _ => xml.skip()?,
        }
    }
    Ok(rows)
}

fn cells<R: BufRead>(xml: &mut Xml<R>, languages: &mut dyn FnMut(&str)) -> Result<Vec<(u32, Piece)>> {
    let mut cells: Vec<(u32, Piece)> = Vec::new();
    let mut column = 0;
    loop {
        match xml.next()? {
            Token::Start(element) if element.name() == "tc" => {
                // A merged cell is there in full, with its text in its first part.
                let goes_on = element.flag("hMerge") || element.flag("vMerge");
                let mut piece = Piece::default();
                cell(xml, &mut piece, languages)?;
                cells.push((column, if goes_on { Piece::default() } else { piece }));
                column += 1;
            }
            Token::Start(_) => xml.skip()?,
            Token::End | Token::Eof => return Ok(cells),
            Token::Text(_) => {}
        }
    }
}

fn cell<R: BufRead>(xml: &mut Xml<R>, piece: &mut Piece, languages: &mut dyn FnMut(&str)) -> Result<()> {
    loop {
        match xml.next()? {
            Token::Start(element) if element.name() == "txBody" => {
                paragraphs(xml, languages)?.iter().for_each(|paragraph| piece.append(&paragraph.piece, " "));
            }
            Token::Start(_) => xml.skip()?,
            Token::End | Token::Eof => return Ok(()),
            Token::Text(_) => {}
        }
    }
}

/// Puts shapes into reading order: lines from top to bottom, each from left to right; groups stay together. Shapes without
/// a place keep theirs behind the others.
pub(super) fn in_reading_order(mut shapes: Vec<Shape>) -> Vec<Shape> {
    shapes.sort_by_key(|shape| shape.place.map_or(i64::MAX, |(_, top)| top));
    let mut start = 0;
    while start < shapes.len() {
        let top = shapes[start].place.map(|(_, top)| top);
        let same = shapes[start..].iter().take_while(|shape| match (shape.place, top) {
            (Some((_, other)), Some(top)) => other.saturating_sub(top) < ONE_LINE,
            (None, None) => true,
            _ => false,
        });
        let end = start + same.count();
        if top.is_some() {
            shapes[start..end].sort_by_key(|shape| shape.place.map_or(0, |(left, _)| left));
        }
        start = end;
    }
    let mut out = Vec::with_capacity(shapes.len());
    for mut shape in shapes {
        match std::mem::take(&mut shape.content) {
            Content::Group(members) => out.extend(in_reading_order(members)),
            content => out.push(Shape { content, ..shape }),
        }
    }
    // A title that has another place than the top is still read first.
    out.sort_by_key(|shape| !shape.role.as_ref().is_some_and(Role::is_title));
    out
}
