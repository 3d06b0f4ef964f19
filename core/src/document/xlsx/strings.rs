use std::io::BufRead;

use super::cells::unescape;
use crate::{
    Result,
    document::ooxml::{Package, Token, Xml},
};

/// The texts that the cells of a workbook share, one behind the other.
#[derive(Debug, Default)]
pub(super) struct Strings {
    text: String,
    ends: Vec<usize>,
}

impl Strings {
    /// The text of this index.
    pub(super) fn get(&self, index: usize) -> Option<&str> {
        let end = *self.ends.get(index)?;
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        self.text.get(start..end)
    }

    /// The first texts, up to `bytes`.
    pub(super) fn sample(&self, bytes: usize) -> String {
        let mut sample = String::new();
        for text in (0..self.ends.len()).map_while(|index| self.get(index)) {
            if sample.len() > bytes {
                break;
            }
            sample.push_str(text);
            sample.push(' ');
        }
        sample
    }
}

/// Reads the shared texts.
pub(super) fn read(package: &mut Package, main: &str) -> Result<Strings> {
    let mut strings = Strings::default();
    let Some(part) = package.targets(main, "sharedStrings").into_iter().next() else { return Ok(strings) };
    let mut xml = package.xml(&part)?;
    loop {
        match xml.next()? {
            Token::Start(element) if element.name() == "si" => {
                let text = rich_text(&mut xml)?;
                strings.text.push_str(&text);
                strings.ends.push(strings.text.len());
            }
            Token::Eof => return Ok(strings),
            Token::Start(_) | Token::End | Token::Text(_) => {}
        }
    }
}

/// Reads text in runs (`si`, `is`, a comment's `text`), up to the end of the element that holds it. How it is pronounced
/// is no part of it.
pub(super) fn rich_text<R: BufRead>(xml: &mut Xml<R>) -> Result<String> {
    let mut text = String::new();
    runs(xml, &mut text)?;
    Ok(if text.contains("_x") { unescape(&text) } else { text })
}

fn runs<R: BufRead>(xml: &mut Xml<R>, text: &mut String) -> Result<()> {
    loop {
        match xml.next()? {
            Token::Start(element) => match element.name() {
                "t" => xml.text_into(text)?,
                "r" => runs(xml, text)?,
                _ => xml.skip()?,
            },
            Token::End | Token::Eof => return Ok(()),
            Token::Text(_) => {}
        }
    }
}
