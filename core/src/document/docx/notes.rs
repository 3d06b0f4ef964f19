use std::collections::{HashMap, HashSet};

use super::body::{Reader, Target};
use crate::{
    Result,
    document::ooxml::{Package, Piece, Token},
    types::{Anchor, BlockKind},
};

/// Reads all parts of `kind` (`header`, `footer`), each line once.
pub(super) fn running(package: &mut Package, main: &str, kind: &'static str, reader: &mut Reader<'_>) -> Result<()> {
    let mut known = HashSet::new();
    for part in package.targets(main, kind) {
        let mut lines = Vec::new();
        let mut xml = package.xml(&part)?;
        loop {
            match xml.next()? {
                Token::Start(element) if matches!(element.name(), "hdr" | "ftr") => {
                    reader.flow(&mut xml, &mut Target::Lines(&mut lines))?;
                }
                Token::Eof => break,
                Token::Start(_) | Token::End | Token::Text(_) => {}
            }
        }
        for line in lines {
            if known.insert(line.text().trim().to_owned()) {
                reader.writer.block(&line, BlockKind::RunningHeader, Some(Anchor::Part(kind.to_owned())))?;
            }
        }
    }
    Ok(())
}

/// Reads the footnotes and endnotes that the text refers to, in the order of their marks.
pub(super) fn footnotes(package: &mut Package, main: &str, reader: &mut Reader<'_>) -> Result<()> {
    for kind in ["footnote", "endnote"] {
        let mut notes: HashMap<String, Piece> = HashMap::new();
        for part in package.targets(main, &format!("{kind}s")) {
            let mut xml = package.xml(&part)?;
            loop {
                match xml.next()? {
                    // The lines between text and notes are notes to the format.
                    Token::Start(element)
                        if element.name() == kind && element.attribute("type").is_none_or(|t| t == "normal") =>
                    {
                        let id = element.attribute("id").unwrap_or_default();
                        let mut lines = Vec::new();
                        reader.flow(&mut xml, &mut Target::Lines(&mut lines))?;
                        notes.insert(id, joined(&lines));
                    }
                    Token::Start(element) if element.name() == kind => xml.skip()?,
                    Token::Eof => break,
                    Token::Start(_) | Token::End | Token::Text(_) => {}
                }
            }
        }
        let (marks, format) =
            if kind == "footnote" { (&mut reader.footnotes, "decimal") } else { (&mut reader.endnotes, "lowerRoman") };
        for id in marks.order().to_vec() {
            let Some(mut note) = notes.remove(&id).filter(|note| !note.is_blank()) else { continue };
            let mark = marks.refer(&id, format);
            note.prefix(&format!("[{mark}] "));
            reader.writer.block(&note, BlockKind::Footnote, Some(Anchor::Part(format!("{kind} {mark}"))))?;
        }
    }
    Ok(())
}

/// Reads the comments, each with the name of who made it.
pub(super) fn comments(package: &mut Package, main: &str, reader: &mut Reader<'_>) -> Result<()> {
    for part in package.targets(main, "comments") {
        let mut xml = package.xml(&part)?;
        loop {
            match xml.next()? {
                Token::Start(element) if element.name() == "comment" => {
                    let author = element.attribute("author").filter(|author| !author.trim().is_empty());
                    let mut lines = Vec::new();
                    reader.flow(&mut xml, &mut Target::Lines(&mut lines))?;
                    let mut comment = joined(&lines);
                    if comment.is_blank() {
                        continue;
                    }
                    if let Some(author) = author {
                        comment.prefix(&format!("{author}: "));
                    }
                    reader.seen.comments += 1;
                    let anchor = Anchor::Part(format!("comment {}", reader.seen.comments));
                    reader.writer.block(&comment, BlockKind::Paragraph, Some(anchor))?;
                }
                Token::Eof => break,
                Token::Start(_) | Token::End | Token::Text(_) => {}
            }
        }
    }
    Ok(())
}

fn joined(lines: &[Piece]) -> Piece {
    let mut all = Piece::default();
    lines.iter().for_each(|line| all.append(line, "\n"));
    all
}
