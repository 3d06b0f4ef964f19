use std::collections::HashMap;

use crate::{
    Result,
    document::ooxml::{Package, Token},
};

/// What a style makes of a paragraph or run, with all that it is based on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Style {
    /// 1 to 9.
    pub(super) heading: Option<u8>,
    /// The list that the style is an item of: number and level.
    pub(super) list: Option<(String, u8)>,
    pub(super) is_caption: bool,
    pub(super) is_hidden: bool,
}

/// All styles by their identifier, and the one of paragraphs that name none.
#[derive(Debug, Default)]
pub(super) struct Styles {
    by_id: HashMap<String, Style>,
    default: Style,
}

impl Styles {
    /// The style of a paragraph.
    pub(super) fn paragraph(&self, id: Option<&str>) -> &Style {
        id.and_then(|id| self.by_id.get(id)).unwrap_or(&self.default)
    }

    /// Whether text in this style of runs is hidden.
    pub(super) fn hides_run(&self, id: &str) -> bool {
        self.by_id.get(id).is_some_and(|style| style.is_hidden)
    }
}

#[derive(Debug, Default)]
struct Written {
    name: String,
    based_on: Option<String>,
    is_default: bool,
    /// 0 to 8 for headings, 9 for running text.
    outline: Option<u8>,
    list: Option<(Option<String>, Option<u8>)>,
    hidden: Option<bool>,
}

/// Reads the styles of the document.
pub(super) fn read(package: &mut Package, main: &str) -> Result<Styles> {
    let Some(part) = package.targets(main, "styles").into_iter().next() else { return Ok(Styles::default()) };
    let mut written: HashMap<String, Written> = HashMap::new();
    let mut current: Option<(String, Written)> = None;
    let mut xml = package.xml(&part)?;
    loop {
        match xml.next()? {
            Token::Start(element) => match (element.name(), &mut current) {
                ("style", _) => {
                    written.extend(current.take());
                    let is_default = element.flag("default") && element.attribute("type").as_deref() == Some("paragraph");
                    let style = Written { is_default, ..Written::default() };
                    current = element.attribute("styleId").map(|id| (id, style));
                }
                ("name", Some((_, style))) => style.name = element.attribute("val").unwrap_or_default(),
                ("basedOn", Some((_, style))) => style.based_on = element.attribute("val"),
                ("outlineLvl", Some((_, style))) => style.outline = element.number("val"),
                ("vanish", Some((_, style))) => style.hidden = Some(element.is_on()),
                ("numId", Some((_, style))) => style.list.get_or_insert_default().0 = element.attribute("val"),
                ("ilvl", Some((_, style))) => style.list.get_or_insert_default().1 = element.number("val"),
                // What a table's style says of its corners is not what it says of the table.
                ("tblStylePr", _) => xml.skip()?,
                _ => {}
            },
            Token::Eof => break,
            Token::End | Token::Text(_) => {}
        }
    }
    written.extend(current);
    let by_id: HashMap<String, Style> = written.keys().map(|id| (id.clone(), effective(&written, id))).collect();
    let default = written.iter().find(|(_, style)| style.is_default).map(|(id, _)| by_id[id].clone()).unwrap_or_default();
    Ok(Styles { by_id, default })
}

/// What a style says together with those that it is based on, nearest first.
fn effective(written: &HashMap<String, Written>, id: &str) -> Style {
    const CHAIN: usize = 32;
    let mut style = Style::default();
    let (mut outline, mut list_id, mut list_level, mut hidden, mut caption) = (None, None, None, None, false);
    let mut next = Some(id);
    // A chain may be a circle: it is followed as far as Word follows it.
    for _ in 0..CHAIN {
        let Some((id, step)) = next.and_then(|id| Some((id, written.get(id)?))) else { break };
        outline = outline.or(step.outline).or_else(|| outline_by_name(&step.name)).or_else(|| outline_by_name(id));
        hidden = hidden.or(step.hidden);
        caption |= matches!(step.name.to_lowercase().as_str(), "caption" | "beschriftung" | "bildunterschrift");
        if let Some((id, level)) = &step.list {
            list_id = list_id.or_else(|| id.clone());
            list_level = list_level.or(*level);
        }
        next = step.based_on.as_deref();
    }
    style.heading = outline.filter(|level| *level < 9).map(|level| level + 1);
    style.list = list_id.map(|id| (id, list_level.unwrap_or(0)));
    style.is_hidden = hidden.unwrap_or(false);
    style.is_caption = caption;
    style
}

/// The outline level of a built-in style that does not say it: by its name, in the languages that writers put there.
/// Word itself writes `heading 1` in every language; others write what their user reads.
fn outline_by_name(name: &str) -> Option<u8> {
    let name = name.trim().to_lowercase();
    if matches!(name.as_str(), "title" | "titel" | "titre") {
        return Some(0);
    }
    let stem = name.trim_end_matches(|c: char| c.is_ascii_digit());
    let level: u8 = name[stem.len()..].parse().ok()?;
    // `berschrift1` is what Word makes of `Überschrift 1` when it needs an identifier.
    let is_heading = matches!(stem.trim_end(), "heading" | "überschrift" | "berschrift" | "titre" | "título" | "titolo" | "kop");
    (is_heading && (1..=9).contains(&level)).then(|| level - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_heading_is_known_by_its_name_in_german_and_english() {
        for (name, level) in [
            ("heading 1", Some(0)),
            ("Heading 3", Some(2)),
            ("Überschrift 2", Some(1)),
            ("berschrift1", Some(0)),
            ("Titel", Some(0)),
            ("heading", None),
            ("heading 12", None),
            ("toc 1", None),
            ("Heading 1 Char", None),
        ] {
            assert_eq!(outline_by_name(name), level, "{name}");
        }
    }

    #[test]
    fn a_circle_of_styles_ends() {
        let based_on = |on: &str| Written { based_on: Some(on.to_owned()), ..Written::default() };
        let written = HashMap::from([("a".to_owned(), based_on("b")), ("b".to_owned(), based_on("a"))]);
        assert_eq!(effective(&written, "a"), Style::default());
    }
}
