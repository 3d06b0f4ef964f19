use super::body::Part;
use crate::{
    Result,
    document::ooxml::{Element, Token},
};

/// Fields lie in fields, but never this deep.
const DEEPEST: usize = 64;

/// The fields that are open: what is between `begin` and `separate` is an instruction, and not shown.
#[derive(Debug, Default)]
pub(super) struct Fields {
    open: Vec<Phase>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Instruction,
    Result,
}

impl Fields {
    /// Takes a `w:fldChar`, by its kind.
    pub(super) fn mark(&mut self, kind: &str) {
        match kind {
            "begin" if self.open.len() < DEEPEST => self.open.push(Phase::Instruction),
            "separate" => {
                if let Some(last) = self.open.last_mut() {
                    *last = Phase::Result;
                }
            }
            "end" => drop(self.open.pop()),
            _ => {}
        }
    }

    /// Whether text here is part of an instruction.
    pub(super) fn in_instruction(&self) -> bool {
        self.open.contains(&Phase::Instruction)
    }

    /// An instruction that is not ended in its paragraph is broken: no text may vanish in it for the rest of the document.
    pub(super) fn end_paragraph(&mut self) {
        self.open.retain(|phase| *phase == Phase::Result);
    }
}

/// What the form field shows that a `w:fldChar` holds: a box with or without a tick, the chosen entry of a list. Reads the
/// element.
pub(super) fn form_field(xml: &mut Part<'_>) -> Result<Option<String>> {
    let mut is_box = false;
    let (mut checked, mut default) = (None, None);
    let mut entries: Vec<String> = Vec::new();
    let mut chosen = 0;
    let mut depth = 1;
    while depth > 0 {
        match xml.next()? {
            Token::Start(element) => {
                depth += 1;
                let yes = |element: &Element<'_>| Some(element.is_on());
                match element.name() {
                    "checkBox" => is_box = true,
                    "checked" => checked = yes(&element),
                    "default" if is_box => default = yes(&element),
                    "result" => chosen = element.number("val").unwrap_or(0),
                    "listEntry" => entries.extend(element.attribute("val")),
                    _ => {}
                }
            }
            Token::End => depth -= 1,
            Token::Text(_) => {}
            Token::Eof => break,
        }
    }
    if is_box {
        return Ok(Some(if checked.or(default).unwrap_or(false) { "☒" } else { "☐" }.to_owned()));
    }
    Ok(entries.into_iter().nth(chosen))
}
