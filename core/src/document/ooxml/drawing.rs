//! Text in drawings: on slides, in text boxes of sheets, in diagrams (DrawingML, ISO/IEC 29500-1, 21.1.2).

use std::io::BufRead;

use super::{Package, Piece, Token, Xml};
use crate::{Result, document::ordinal};

/// A paragraph of a shape.
#[derive(Debug, Clone, Default)]
pub(crate) struct TextParagraph {
    /// Its text, behind its bullet or number if it says one.
    pub(crate) piece: Piece,
    /// Whether it says a bullet or number.
    pub(crate) is_item: bool,
}

/// How far the numbers of each level have come.
#[derive(Default)]
struct Counters([u32; 9]);

/// Reads the paragraphs of a shape, up to the end of the element that holds them. `languages` gets the language of each run.
pub(crate) fn paragraphs<R: BufRead>(xml: &mut Xml<R>, languages: &mut dyn FnMut(&str)) -> Result<Vec<TextParagraph>> {
    let mut all = Vec::new();
    let mut counters = Counters::default();
    loop {
        match xml.next()? {
            Token::Start(element) if element.name() == "p" => all.push(paragraph(xml, &mut counters, languages)?),
            Token::Start(_) => xml.skip()?,
            Token::End | Token::Eof => return Ok(all),
            Token::Text(_) => {}
        }
    }
}

/// Reads the text of a diagram's points, in the order in which they were written.
pub(crate) fn diagram(package: &mut Package, part: &str) -> Result<Vec<TextParagraph>> {
    let mut all = Vec::new();
    let mut xml = package.xml(part)?;
    loop {
        match xml.next()? {
            Token::Start(element) if element.name() == "t" => all.extend(paragraphs(&mut xml, &mut |_| {})?),
            Token::Eof => return Ok(all),
            Token::Start(_) | Token::End | Token::Text(_) => {}
        }
    }
}

fn paragraph<R: BufRead>(xml: &mut Xml<R>, counters: &mut Counters, languages: &mut dyn FnMut(&str)) -> Result<TextParagraph> {
    let mut paragraph = TextParagraph::default();
    let mut label = None;
    inline(xml, &mut paragraph.piece, &mut label, counters, languages)?;
    if let Some(label) = label.filter(|_| !paragraph.piece.is_blank()) {
        paragraph.piece.prefix(&format!("{label} "));
        paragraph.is_item = true;
    }
    Ok(paragraph)
}

fn inline<R: BufRead>(
    xml: &mut Xml<R>,
    piece: &mut Piece,
    label: &mut Option<String>,
    counters: &mut Counters,
    languages: &mut dyn FnMut(&str),
) -> Result<()> {
    while let Some(element) = xml.child()? {
        match element.name() {
            "t" => {
                let text = xml.text()?;
                piece.push(&text, false);
            }
            "br" => {
                piece.push("\n", false);
                xml.skip()?;
            }
            "pPr" => {
                let level = element.number::<usize>("lvl").unwrap_or(0).min(8);
                *label = bullet(xml, level, counters)?;
            }
            "rPr" => {
                if let Some(language) = element.attribute("lang") {
                    languages(&language);
                }
                xml.skip()?;
            }
            "AlternateContent" => xml.alternatives(|xml| inline(xml, piece, label, counters, languages))?,
            name if name.ends_with("Pr") => xml.skip()?,
            _ => inline(xml, piece, label, counters, languages)?,
        }
    }
    Ok(())
}

fn bullet<R: BufRead>(xml: &mut Xml<R>, level: usize, counters: &mut Counters) -> Result<Option<String>> {
    let mut label = None;
    let mut numbered = false;
    loop {
        match xml.next()? {
            Token::Start(element) => {
                match element.name() {
                    // The pictures of symbol fonts are told by the private area; all are bullets.
                    "buChar" => {
                        label = element.attribute("char").map(|sign| match sign.chars().next() {
                            Some('\u{e000}'..='\u{f8ff}' | '§' | 'l' | 'n' | 'q' | 'ü' | 'Ø' | 'v') | None => "•".to_owned(),
                            Some(sign) => sign.to_string(),
                        });
                    }
                    "buBlip" => label = Some("•".to_owned()),
                    "buAutoNum" => {
                        let start = element.number("startAt").unwrap_or(1u32);
                        let count = &mut counters.0[level];
                        *count = if *count == 0 { start } else { count.saturating_add(1) };
                        label = Some(spelled(*count, &element.attribute("type").unwrap_or_default()));
                        numbered = true;
                    }
                    _ => {}
                }
                xml.skip()?;
            }
            Token::End | Token::Eof => break,
            Token::Text(_) => {}
        }
    }
    let from = if numbered { level + 1 } else { level };
    counters.0[from..].fill(0);
    Ok(label)
}

/// `arabicPeriod` is `1.`, `alphaLcParenR` is `a)`, `romanUcParenBoth` is `(I)`.
fn spelled(number: u32, kind: &str) -> String {
    let format = match () {
        () if kind.starts_with("alphaLc") => "lowerLetter",
        () if kind.starts_with("alphaUc") => "upperLetter",
        () if kind.starts_with("romanLc") => "lowerRoman",
        () if kind.starts_with("romanUc") => "upperRoman",
        () => "decimal",
    };
    let number = ordinal::spelled(number, format);
    match () {
        () if kind.ends_with("ParenBoth") => format!("({number})"),
        () if kind.ends_with("ParenR") => format!("{number})"),
        () if kind.ends_with("Plain") => number,
        () => format!("{number}."),
    }
}
