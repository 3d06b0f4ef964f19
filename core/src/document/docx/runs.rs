use super::{
    body::{Paragraph, Part, Reader, Target},
    fields::form_field,
    symbols,
};
use crate::{Result, document::ooxml::Token};

/// Below this size in half points nobody reads a letter.
const READABLE_HALF_POINTS: u32 = 3;

impl Reader<'_> {
    /// Reads runs, and the elements that hold runs, up to the end of the element that holds them.
    pub(super) fn inline(&mut self, xml: &mut Part<'_>, paragraph: &mut Paragraph) -> Result<()> {
        while let Some(element) = xml.child()? {
            match element.name() {
                "r" => self.run(xml, paragraph)?,
                "pPr" => self.paragraph_properties(xml, paragraph)?,
                "ins" | "moveTo" => {
                    self.seen.tracked_changes = true;
                    self.inline(xml, paragraph)?;
                }
                "del" | "moveFrom" => {
                    self.seen.tracked_changes = true;
                    xml.skip()?;
                }
                "AlternateContent" => xml.alternatives(|xml| self.inline(xml, paragraph))?,
                name if name.ends_with("Pr") => xml.skip()?,
                // Links, fields, controls, formulas: what they hold is shown.
                _ => self.inline(xml, paragraph)?,
            }
        }
        Ok(())
    }

    fn run(&mut self, xml: &mut Part<'_>, paragraph: &mut Paragraph) -> Result<()> {
        let mut hidden = self.is_hidden_by_style(paragraph);
        while let Some(element) = xml.child()? {
            match element.name() {
                "rPr" => hidden = self.run_properties(xml, hidden)?,
                "t" => {
                    let text = xml.text()?;
                    self.say(paragraph, &text, hidden);
                }
                "tab" | "ptab" => {
                    self.say(paragraph, "\t", hidden);
                    xml.skip()?;
                }
                "br" | "cr" => {
                    self.say(paragraph, "\n", hidden);
                    xml.skip()?;
                }
                "noBreakHyphen" => {
                    self.say(paragraph, "-", hidden);
                    xml.skip()?;
                }
                "softHyphen" => {
                    self.say(paragraph, "\u{ad}", hidden);
                    xml.skip()?;
                }
                "sym" => {
                    let code = element.attribute("char").and_then(|code| u32::from_str_radix(&code, 16).ok());
                    let shown = code.and_then(|code| symbols::shown(element.attribute("font").as_deref(), code));
                    if let Some(shown) = shown {
                        self.say(paragraph, shown.encode_utf8(&mut [0; 4]), hidden);
                    }
                    xml.skip()?;
                }
                "fldChar" => {
                    let kind = element.attribute("fldCharType").unwrap_or_default();
                    let shown = form_field(xml)?;
                    if let Some(shown) = shown {
                        self.say(paragraph, &shown, hidden);
                    }
                    self.fields.mark(&kind);
                }
                name @ ("footnoteReference" | "endnoteReference") => {
                    let (marks, format) = match name {
                        "footnoteReference" => (&mut self.footnotes, "decimal"),
                        _ => (&mut self.endnotes, "lowerRoman"),
                    };
                    let own_mark = element.flag("customMarkFollows");
                    if let Some(id) = element.attribute("id") {
                        let mark = marks.refer(&id, format);
                        if !own_mark {
                            paragraph.piece.push_mark(&format!("[{mark}]"));
                        }
                    }
                    xml.skip()?;
                }
                "drawing" | "pict" | "object" => self.drawing(xml, paragraph)?,
                "AlternateContent" => xml.alternatives(|xml| self.drawing(xml, paragraph))?,
                "ruby" => self.inline(xml, paragraph)?,
                // What was deleted, instructions of fields, marks that the notes get from us.
                _ => xml.skip()?,
            }
        }
        Ok(())
    }

    fn say(&mut self, paragraph: &mut Paragraph, text: &str, hidden: bool) {
        if !self.fields.in_instruction() {
            self.seen.hidden_text |= hidden && !text.trim().is_empty();
            paragraph.piece.push(text, hidden);
        }
    }

    /// Whether the run is hidden: by itself, by its style, by its size.
    fn run_properties(&mut self, xml: &mut Part<'_>, by_paragraph: bool) -> Result<bool> {
        let mut hidden = by_paragraph;
        let mut said = None;
        let mut depth = 1;
        while depth > 0 {
            match xml.next()? {
                Token::Start(element) => match element.name() {
                    "rPrChange" => xml.skip()?,
                    name => {
                        depth += 1;
                        match name {
                            "lang" => self.is_german |= element.attribute("val").is_some_and(|id| id.starts_with("de")),
                            "vanish" => said = Some(element.is_on()),
                            "rStyle" => hidden |= element.attribute("val").is_some_and(|id| self.styles.hides_run(&id)),
                            "sz" => hidden |= element.number::<u32>("val").is_some_and(|size| size < READABLE_HALF_POINTS),
                            _ => {}
                        }
                    }
                },
                Token::End => depth -= 1,
                Token::Text(_) => {}
                Token::Eof => break,
            }
        }
        Ok(said.unwrap_or(hidden))
    }

    /// Reads a drawing up to its end, for the text boxes in it.
    fn drawing(&mut self, xml: &mut Part<'_>, paragraph: &mut Paragraph) -> Result<()> {
        while let Some(element) = xml.child()? {
            match element.name() {
                "txbxContent" => self.flow(xml, &mut Target::Lines(&mut paragraph.boxes))?,
                "AlternateContent" => xml.alternatives(|xml| self.drawing(xml, paragraph))?,
                "chart" | "relIds" => {
                    self.graphics.extend(element.relation());
                    xml.skip()?;
                }
                "blip" | "imagedata" => {
                    self.writer.set_picture();
                    xml.skip()?;
                }
                _ => self.drawing(xml, paragraph)?,
            }
        }
        Ok(())
    }
}
