use std::collections::HashMap;

use crate::{
    Result,
    document::ooxml::{
        Package, Token,
        number::{Format, Locale, builtin},
    },
};

/// How cells look, as it is written.
#[derive(Debug, Default)]
pub(super) struct Written {
    /// Format codes of the workbook's own.
    pub(super) codes: HashMap<u32, String>,
    /// The name of the style that every cell has which has no other: `Normal`, in the language of who made the file.
    pub(super) normal: Option<String>,
    bold_fonts: Vec<bool>,
    /// By style: the format and the font.
    cells: Vec<(u32, usize)>,
}

/// How the cells of one style look.
#[derive(Debug, Clone)]
pub(super) struct Style {
    pub(super) format: usize,
    pub(super) bold: bool,
}

/// The styles of a workbook; each format code is read once.
#[derive(Debug)]
pub(super) struct Styles {
    formats: Vec<Format>,
    styles: Vec<Style>,
}

impl Styles {
    /// The format and whether it is bold, by the index that a cell has.
    pub(super) fn get(&self, index: usize) -> (&Format, bool) {
        self.styles.get(index).map_or((&self.formats[0], false), |style| (&self.formats[style.format], style.bold))
    }
}

/// Reads the styles.
pub(super) fn read(package: &mut Package, main: &str) -> Result<Written> {
    let mut written = Written::default();
    let Some(part) = package.targets(main, "styles").into_iter().next() else { return Ok(written) };
    let mut list = String::new();
    let mut xml = package.xml(&part)?;
    loop {
        match xml.next()? {
            Token::Start(element) => match element.name() {
                name @ ("fonts" | "cellStyleXfs" | "cellXfs" | "dxfs") => list = name.to_owned(),
                "numFmt" => {
                    if let (Some(id), Some(code)) = (element.number("numFmtId"), element.attribute("formatCode")) {
                        written.codes.insert(id, code);
                    }
                }
                "font" if list == "fonts" => written.bold_fonts.push(false),
                "b" if list == "fonts" => {
                    if let Some(last) = written.bold_fonts.last_mut() {
                        *last = element.is_on();
                    }
                }
                "xf" if list == "cellXfs" => {
                    written.cells.push((element.number("numFmtId").unwrap_or(0), element.number("fontId").unwrap_or(0)));
                }
                "cellStyle" if element.number("builtinId") == Some(0) => written.normal = element.attribute("name"),
                _ => {}
            },
            Token::Eof => return Ok(written),
            Token::End | Token::Text(_) => {}
        }
    }
}

impl Written {
    /// The styles, with the formats of this locale.
    pub(super) fn styles(&self, locale: Locale) -> Styles {
        let mut formats = vec![Format::parse("General")];
        let mut known: HashMap<u32, usize> = HashMap::new();
        let styles = self.cells.iter().map(|(id, font)| {
            let format = *known.entry(*id).or_insert_with(|| {
                let code = self.codes.get(id).map_or_else(|| builtin(*id, locale), String::as_str);
                formats.push(Format::parse(code));
                formats.len() - 1
            });
            Style { format, bold: self.bold_fonts.get(*font).copied().unwrap_or(false) }
        });
        let styles = styles.collect();
        Styles { formats, styles }
    }
}
