use std::collections::HashMap;

use super::symbols;
use crate::{
    Result,
    document::{
        ooxml::{Package, Token},
        ordinal,
    },
};

/// Levels that a list can have.
const LEVELS: usize = 9;

/// How the items of one level are numbered.
#[derive(Debug, Clone, Default)]
struct Level {
    start: u32,
    format: String,
    /// `%1.%2)`: each `%n` is the number of level n.
    text: String,
    font: Option<String>,
    /// Counts again below this level (1-based); `None`: below the level above it; 0: never.
    restart: Option<u32>,
    /// Numbers of all levels are shown in Arabic digits (legal numbering).
    is_legal: bool,
}

/// The lists of a document, and how far each has counted.
#[derive(Debug, Default)]
pub(super) struct Numbering {
    abstracts: HashMap<String, HashMap<u8, Level>>,
    /// By `numId`: the abstract list, and the levels that this one numbers otherwise.
    lists: HashMap<String, (String, HashMap<u8, Override>)>,
    counters: HashMap<String, [Option<u32>; LEVELS]>,
    /// Lists whose start override was applied already.
    started: HashMap<String, u16>,
}

#[derive(Debug, Clone, Default)]
struct Override {
    start: Option<u32>,
    level: Option<Level>,
}

/// Reads the lists of the document.
pub(super) fn read(package: &mut Package, main: &str) -> Result<Numbering> {
    let mut numbering = Numbering::default();
    let Some(part) = package.targets(main, "numbering").into_iter().next() else { return Ok(numbering) };
    let mut links: Vec<(String, String)> = Vec::new();
    let mut style_lists: HashMap<String, String> = HashMap::new();
    let (mut abstract_id, mut list_id) = (None::<String>, None::<String>);
    let mut level: Option<u8> = None;
    let mut xml = package.xml(&part)?;
    loop {
        let element = match xml.next()? {
            Token::Start(element) => element,
            Token::Eof => break,
            Token::End | Token::Text(_) => continue,
        };
        match element.name() {
            "abstractNum" => {
                (abstract_id, list_id, level) = (element.attribute("abstractNumId"), None, None);
                if let Some(id) = &abstract_id {
                    numbering.abstracts.entry(id.clone()).or_default();
                }
            }
            "num" => (abstract_id, list_id, level) = (None, element.attribute("numId"), None),
            "abstractNumId" => {
                if let (Some(list), Some(id)) = (&list_id, element.attribute("val")) {
                    numbering.lists.entry(list.clone()).or_default().0 = id;
                }
            }
            "numStyleLink" => links.extend(abstract_id.clone().zip(element.attribute("val"))),
            "styleLink" => style_lists.extend(element.attribute("val").zip(abstract_id.clone())),
            "lvl" | "lvlOverride" => {
                level = element.number("ilvl");
                if element.name() == "lvl"
                    && let Some(target) = level.and_then(|level| numbering.level(&abstract_id, &list_id, level, true))
                {
                    *target = Level { start: 0, format: "decimal".to_owned(), ..Level::default() };
                }
            }
            "startOverride" => {
                let start = element.number("val");
                if let (Some(list), Some(level)) = (&list_id, level) {
                    numbering.lists.entry(list.clone()).or_default().1.entry(level).or_default().start = start;
                }
            }
            name @ ("start" | "numFmt" | "lvlText" | "lvlRestart" | "isLgl" | "rFonts") => {
                let Some(target) = level.and_then(|level| numbering.level(&abstract_id, &list_id, level, false)) else {
                    continue;
                };
                match name {
                    "start" => target.start = element.number("val").unwrap_or(0),
                    "numFmt" => target.format = element.attribute("val").unwrap_or_default(),
                    "lvlText" => target.text = element.attribute("val").unwrap_or_default(),
                    "lvlRestart" => target.restart = element.number("val"),
                    "isLgl" => target.is_legal = element.is_on(),
                    _ => target.font = element.attribute("ascii").or_else(|| element.attribute("hAnsi")),
                }
            }
            _ => {}
        }
    }
    // A list that names a style is numbered as the list that defines that style.
    for (id, style) in links {
        if let Some(levels) = style_lists.get(&style).and_then(|source| numbering.abstracts.get(source)).cloned()
            && let Some(target) = numbering.abstracts.get_mut(&id).filter(|levels| levels.is_empty())
        {
            *target = levels;
        }
    }
    Ok(numbering)
}

impl Numbering {
    /// The level that is being read.
    fn level(&mut self, abstract_id: &Option<String>, list: &Option<String>, level: u8, make: bool) -> Option<&mut Level> {
        if usize::from(level) >= LEVELS {
            return None;
        }
        if let Some(id) = abstract_id {
            return Some(self.abstracts.entry(id.clone()).or_default().entry(level).or_default());
        }
        let overrides = self.lists.entry(list.clone()?).or_default().1.entry(level).or_default();
        if make {
            overrides.level = Some(Level::default());
        }
        overrides.level.as_mut()
    }

    fn definition(&self, list: &str, level: u8) -> Option<&Level> {
        let (abstract_id, overrides) = self.lists.get(list)?;
        overrides.get(&level).and_then(|o| o.level.as_ref()).or_else(|| self.abstracts.get(abstract_id)?.get(&level))
    }

    /// Counts one item and returns what Word shows before it: `3.`, `a)`, `•`; empty when it shows nothing. `None` when
    /// there is no such list.
    pub(super) fn label(&mut self, list: &str, level: u8) -> Option<String> {
        let definition = self.definition(list, level)?.clone();
        let (abstract_id, overrides) = self.lists.get(list)?;
        // Lists of one abstract list go on counting each other, but where one says that it starts anew.
        let counters = self.counters.entry(abstract_id.clone()).or_default();
        let at = usize::from(level);
        if let Some(start) = overrides.get(&level).and_then(|o| o.start) {
            let started = self.started.entry(list.to_owned()).or_default();
            if *started & (1 << at) == 0 {
                *started |= 1 << at;
                counters[at] = start.checked_sub(1);
                if start == 0 {
                    counters[at] = None;
                }
            }
        }
        counters[at] = Some(counters[at].map_or(definition.start, |count| count.saturating_add(1)));
        let counted = *counters;
        for deeper in at + 1..LEVELS {
            let restart = self.definition(list, deeper as u8).and_then(|level| level.restart);
            let restarts = restart.is_none_or(|below| below != 0 && at < below as usize);
            if restarts && let Some(counters) = self.lists.get(list).and_then(|(id, _)| self.counters.get_mut(id)) {
                counters[deeper] = None;
            }
        }
        Some(self.shown(list, &definition, counted))
    }

    fn shown(&self, list: &str, level: &Level, counted: [Option<u32>; LEVELS]) -> String {
        match level.format.as_str() {
            "none" => return String::new(),
            "bullet" => return symbols::bullet(&level.text, level.font.as_deref()),
            _ => {}
        }
        let mut shown = String::new();
        let mut chars = level.text.chars();
        while let Some(c) = chars.next() {
            let Some(other) = (c == '%').then(|| chars.clone().next().and_then(|d| d.to_digit(10))).flatten().filter(|d| *d > 0)
            else {
                shown.push(c);
                continue;
            };
            chars.next();
            let other = other as usize - 1;
            let definition = self.definition(list, other as u8);
            let number = counted[other].or_else(|| definition.map(|level| level.start)).unwrap_or(1);
            let format = definition.map_or("decimal", |level| level.format.as_str());
            shown.push_str(&ordinal::spelled(number, if level.is_legal { "decimal" } else { format }));
        }
        shown
    }
}
