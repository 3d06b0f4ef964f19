use std::{collections::HashMap, io::BufRead};

use super::{fields::Fields, numbering::Numbering, styles::Styles, tables::Content};
use crate::{
    Result,
    document::{
        ooxml::{Notices, Package, PageWriter, Piece, Row, Token, Xml},
        ordinal,
    },
    types::{Anchor, BlockKind, Page},
};

/// A part of the package while it is read.
pub(super) type Part<'p> = Xml<Box<dyn BufRead + 'p>>;

/// What is kept while the parts of a document are read one after the other.
pub(super) struct Reader<'a> {
    pub(super) styles: &'a Styles,
    pub(super) fields: Fields,
    pub(super) writer: PageWriter,
    /// Tables begun so far.
    pub(super) tables: u32,
    pub(super) footnotes: Marks,
    pub(super) endnotes: Marks,
    pub(super) seen: Seen,
    /// Relations to charts and diagrams, in the order of the text.
    pub(super) graphics: Vec<String>,
    /// A run says that it is in German.
    pub(super) is_german: bool,
    numbering: Numbering,
    paragraphs: u32,
}

/// What was met on the way and is worth a notice.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) tracked_changes: bool,
    pub(super) hidden_text: bool,
    pub(super) embedded_text: bool,
    pub(super) comments: usize,
}

/// The marks of footnotes or endnotes, in the order of their references.
#[derive(Debug, Default)]
pub(super) struct Marks {
    order: Vec<String>,
    numbers: HashMap<String, u32>,
}

impl Marks {
    /// The mark of the note `id`, which is referred to.
    pub(super) fn refer(&mut self, id: &str, format: &str) -> String {
        let next = self.order.len() as u32 + 1;
        let number = *self.numbers.entry(id.to_owned()).or_insert(next);
        if number == next {
            self.order.push(id.to_owned());
        }
        ordinal::spelled(number, format)
    }

    /// The notes that are referred to.
    pub(super) fn order(&self) -> &[String] {
        &self.order
    }
}

/// Where text goes.
pub(super) enum Target<'t> {
    /// Onto the page.
    Page,
    /// Into a cell of a table.
    Cell(&'t mut Content),
    /// Into lines that somebody else places: notes, text boxes, headers.
    Lines(&'t mut Vec<Piece>),
}

/// An element among paragraphs and tables.
#[derive(Debug, Clone, Copy)]
pub(super) enum FlowElement {
    Paragraph,
    Table,
    /// Holds paragraphs and tables: a control, custom markup.
    Holder,
    Inserted,
    Deleted,
    Alternatives,
    OtherDocument,
    Other,
}

impl FlowElement {
    pub(super) fn of(name: &str) -> Self {
        match name {
            "p" => Self::Paragraph,
            "tbl" => Self::Table,
            "sdt" | "sdtContent" | "customXml" | "smartTag" => Self::Holder,
            "ins" | "moveTo" => Self::Inserted,
            "del" | "moveFrom" => Self::Deleted,
            "AlternateContent" => Self::Alternatives,
            "altChunk" => Self::OtherDocument,
            _ => Self::Other,
        }
    }
}

/// A paragraph, read.
#[derive(Debug, Default)]
pub(super) struct Paragraph {
    pub(super) piece: Piece,
    /// Text boxes that are anchored in it, to stand behind it.
    pub(super) boxes: Vec<Piece>,
    style: Option<String>,
    outline: Option<u8>,
    list_id: Option<String>,
    list_level: Option<u8>,
}

/// Reads the main part onto the page.
pub(super) fn read(package: &mut Package, main: &str, reader: &mut Reader<'_>) -> Result<()> {
    let mut xml = package.xml(main)?;
    loop {
        match xml.next()? {
            Token::Start(element) if element.name() == "body" => reader.flow(&mut xml, &mut Target::Page)?,
            Token::Eof => return Ok(()),
            Token::Start(_) | Token::End | Token::Text(_) => {}
        }
    }
}

impl<'a> Reader<'a> {
    pub(super) fn new(styles: &'a Styles, numbering: Numbering, writer: PageWriter) -> Self {
        Self {
            styles,
            numbering,
            writer,
            fields: Fields::default(),
            tables: 0,
            footnotes: Marks::default(),
            endnotes: Marks::default(),
            seen: Seen::default(),
            graphics: Vec::new(),
            is_german: false,
            paragraphs: 0,
        }
    }

    /// The page, and the text of its first heading.
    pub(super) fn finish(self, notices: &mut Notices) -> (Page, Option<String>) {
        if self.seen.tracked_changes {
            notices
                .add("docx.tracked_changes", "the document holds tracked changes: inserted text was read, deleted text was not");
        }
        if self.seen.hidden_text {
            notices.add("docx.hidden_text", "the document holds text that is not shown; it was read and is marked as hidden");
        }
        if self.seen.embedded_text {
            notices.add("docx.alt_chunk", "the document includes another document, which was not read");
        }
        if self.seen.comments > 0 {
            notices
                .add("docx.comments", format!("the document holds {} comments, which stand behind its text", self.seen.comments));
        }
        let page = self.writer.finish();
        let heading = page.blocks.iter().find(|block| matches!(block.kind, BlockKind::Heading { .. }));
        let heading = heading.map(|block| page.reading_text(block.span));
        (page, heading)
    }

    /// Reads paragraphs and tables up to the end of the element that holds them.
    pub(super) fn flow(&mut self, xml: &mut Part<'_>, target: &mut Target<'_>) -> Result<()> {
        loop {
            let kind = match xml.next()? {
                Token::Start(element) => FlowElement::of(element.name()),
                Token::End | Token::Eof => return Ok(()),
                Token::Text(_) => continue,
            };
            self.flow_element(kind, xml, target)?;
        }
    }

    /// Reads one element among paragraphs and tables, which was begun last.
    pub(super) fn flow_element(&mut self, kind: FlowElement, xml: &mut Part<'_>, target: &mut Target<'_>) -> Result<()> {
        match kind {
            FlowElement::Paragraph => {
                let paragraph = self.paragraph(xml)?;
                self.put(paragraph, target)
            }
            FlowElement::Table => self.table(xml, target),
            FlowElement::Holder => self.flow(xml, target),
            FlowElement::Inserted => {
                self.seen.tracked_changes = true;
                self.flow(xml, target)
            }
            FlowElement::Deleted => {
                self.seen.tracked_changes = true;
                xml.skip()
            }
            FlowElement::Alternatives => xml.alternatives(|xml| self.flow(xml, target)),
            FlowElement::OtherDocument => {
                self.seen.embedded_text = true;
                xml.skip()
            }
            FlowElement::Other => xml.skip(),
        }
    }

    fn paragraph(&mut self, xml: &mut Part<'_>) -> Result<Paragraph> {
        let mut paragraph = Paragraph::default();
        self.inline(xml, &mut paragraph)?;
        self.fields.end_paragraph();
        Ok(paragraph)
    }

    /// Reads what a paragraph says of itself.
    pub(super) fn paragraph_properties(&mut self, xml: &mut Part<'_>, paragraph: &mut Paragraph) -> Result<()> {
        let mut depth = 1;
        while depth > 0 {
            match xml.next()? {
                Token::Start(element) => match element.name() {
                    // How it was before a change, and how its mark looks.
                    "pPrChange" | "rPr" | "sectPr" => xml.skip()?,
                    name => {
                        depth += 1;
                        match name {
                            "pStyle" => paragraph.style = element.attribute("val"),
                            "outlineLvl" => paragraph.outline = element.number("val"),
                            "numId" => paragraph.list_id = element.attribute("val"),
                            "ilvl" => paragraph.list_level = element.number("val"),
                            _ => {}
                        }
                    }
                },
                Token::End => depth -= 1,
                Token::Text(_) => {}
                Token::Eof => break,
            }
        }
        Ok(())
    }

    /// What the paragraph's style, or else the default one, says of its runs.
    pub(super) fn is_hidden_by_style(&self, paragraph: &Paragraph) -> bool {
        self.styles.paragraph(paragraph.style.as_deref()).is_hidden
    }

    fn put(&mut self, paragraph: Paragraph, target: &mut Target<'_>) -> Result<()> {
        let Paragraph { mut piece, boxes, style, outline, list_id, list_level } = paragraph;
        let style = self.styles.paragraph(style.as_deref());
        let (style_list, style_level) = style.list.clone().map_or((None, 0), |(id, level)| (Some(id), level));
        let list = list_id.or(style_list).filter(|id| id != "0");
        let label = list.and_then(|id| self.numbering.label(&id, list_level.unwrap_or(style_level)));
        let label = label.filter(|label| !label.trim().is_empty());
        let heading = match outline {
            Some(level) if level < 9 => Some(level + 1),
            Some(_) => None,
            None => style.heading,
        };
        let kind = match heading {
            Some(level) => BlockKind::Heading { level },
            None if style.is_caption => BlockKind::Caption,
            None if label.is_some() => BlockKind::ListItem,
            None => BlockKind::Paragraph,
        };
        if let Some(label) = label.filter(|_| !piece.is_blank()) {
            piece.prefix(&format!("{label} "));
        }
        self.place(piece, kind, target)?;
        for piece in boxes {
            self.place(piece, BlockKind::Paragraph, target)?;
        }
        Ok(())
    }

    fn place(&mut self, piece: Piece, kind: BlockKind, target: &mut Target<'_>) -> Result<()> {
        if piece.is_blank() {
            return Ok(());
        }
        match target {
            Target::Page => {
                self.paragraphs += 1;
                self.writer.block(&piece, kind, Some(Anchor::Paragraph(self.paragraphs)))?;
            }
            Target::Cell(content) => content.piece.append(&piece, " "),
            Target::Lines(lines) => lines.push(piece),
        }
        Ok(())
    }

    /// Places a row, and behind it those of the tables that lie in its cells.
    pub(super) fn place_row(&mut self, row: Row, nested: Vec<Row>, target: &mut Target<'_>) -> Result<()> {
        for row in std::iter::once(row).chain(nested) {
            if row.cells.iter().all(|(_, piece)| piece.is_blank()) {
                continue;
            }
            match target {
                Target::Page => {
                    self.paragraphs += 1;
                    self.writer.row(&row, Some(Anchor::Paragraph(self.paragraphs)))?;
                }
                Target::Cell(content) => content.nested.push(row),
                Target::Lines(lines) => {
                    let mut line = Piece::default();
                    row.cells.iter().for_each(|(_, cell)| line.append(cell, "\t"));
                    lines.push(line);
                }
            }
        }
        Ok(())
    }
}
