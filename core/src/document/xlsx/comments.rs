use std::{collections::BTreeMap, io::BufRead};

use super::{
    cells::Reference,
    sheet::{Seen, beside},
    strings::rich_text,
};
use crate::{
    Result,
    document::ooxml::{Package, PageWriter, Piece, Token, Xml, chart, drawing, number::Locale},
    types::{Anchor, BlockKind},
};

/// Comments by the row, column and name of their cell.
type Comments = BTreeMap<(u32, u32, String), Vec<String>>;

/// Reads the comments on cells, each behind the rows of its sheet. Where a conversation is kept, it goes before the copy
/// of it that is made for older versions.
pub(super) fn read(package: &mut Package, sheet: &str, writer: &mut PageWriter, seen: &mut Seen) -> Result<()> {
    let mut conversations: Comments = BTreeMap::new();
    for part in package.targets(sheet, "threadedComment") {
        collect(&mut package.xml(&part)?, "threadedComment", &mut conversations)?;
    }
    let mut comments: Comments = BTreeMap::new();
    for part in package.targets(sheet, "comments") {
        collect(&mut package.xml(&part)?, "comment", &mut comments)?;
    }
    comments.append(&mut conversations);
    for ((_, _, cell), texts) in comments {
        for text in texts {
            let piece = Piece::of(&text);
            if !piece.is_blank() {
                seen.comments += 1;
                beside(writer, &piece, BlockKind::Paragraph, &format!("comment {cell}"))?;
            }
        }
    }
    Ok(())
}

fn collect<R: BufRead>(xml: &mut Xml<R>, name: &str, comments: &mut Comments) -> Result<()> {
    let mut cell = key(None);
    loop {
        match xml.next()? {
            Token::Start(element) if element.name() == name => cell = key(element.attribute("ref")),
            Token::Start(element) if element.name() == "text" => {
                // The text of a comment has runs, that of a conversation is plain.
                let text = if name == "comment" { rich_text(xml)? } else { xml.text()? };
                comments.entry(cell.clone()).or_default().push(text);
            }
            Token::Eof => return Ok(()),
            Token::Start(_) | Token::End | Token::Text(_) => {}
        }
    }
}

fn key(cell: Option<String>) -> (u32, u32, String) {
    let cell = cell.unwrap_or_default();
    let (row, column) = Reference::parse(&cell).map_or((0, 0), |at| (at.row, at.column));
    (row, column, cell)
}

/// Reads the text boxes, diagrams and charts of a sheet. The figures of its charts stand in cells, so that only their
/// titles are read; a sheet that is a chart shows its figures.
pub(super) fn drawings(package: &mut Package, sheet: &str, writer: &mut PageWriter, locale: Locale) -> Result<()> {
    let is_chart = sheet.to_ascii_lowercase().contains("chartsheets/");
    for part in package.targets(sheet, "drawing") {
        let mut paragraphs = Vec::new();
        let mut xml = package.xml(&part)?;
        loop {
            match xml.next()? {
                Token::Start(element) if element.name() == "txBody" => {
                    paragraphs.extend(drawing::paragraphs(&mut xml, &mut |_| {})?);
                }
                Token::Start(element) if element.name() == "pic" => writer.set_picture(),
                Token::Eof => break,
                Token::Start(_) | Token::End | Token::Text(_) => {}
            }
        }
        drop(xml);
        for paragraph in paragraphs {
            beside(writer, &paragraph.piece, BlockKind::Paragraph, "text box")?;
        }
        for part in package.targets(&part, "diagramData") {
            for paragraph in drawing::diagram(package, &part)? {
                beside(writer, &paragraph.piece, BlockKind::Paragraph, "diagram")?;
            }
        }
        for part in package.targets(&part, "chart") {
            let chart = chart::read(package, &part, 0, locale)?;
            for title in &chart.titles {
                beside(writer, &Piece::of(title), BlockKind::Caption, "chart")?;
            }
            for row in chart.rows.iter().filter(|_| is_chart) {
                writer.row(row, Some(Anchor::Part("chart".to_owned())))?;
            }
        }
    }
    Ok(())
}
