//! Blocks → a page: its text, the spans of its blocks, the place of every character.

use crate::types::{Block, Cell, GlyphRun, Layout, Origin, OriginRun, Page, Span};

use super::{
    blocks::Element,
    glyphs::{Glyph, point},
    lines::Piece,
};

/// Writes a page's text and keeps every span in step with it.
pub(super) struct Writer {
    page: Page,
    runs: Vec<GlyphRun>,
    limit: usize,
}

impl Writer {
    /// A page whose text stops growing at `limit` bytes.
    pub(super) fn new(number: u32, limit: usize) -> Self {
        Self { page: Page { number, ..Page::default() }, runs: Vec::new(), limit }
    }

    pub(super) fn write(&mut self, element: &Element, origin: Origin) {
        if self.page.text.len() >= self.limit {
            return;
        }
        let start = self.page.text.len();
        let mut cells = Vec::new();
        let kind = match element {
            Element::Block { kind, lines } => {
                self.lines(lines);
                *kind
            }
            Element::Row { table, row } => {
                for (column, lines) in row.cells.iter().enumerate() {
                    if column > 0 {
                        self.page.text.push('\t');
                    }
                    let start = self.page.text.len();
                    self.lines(lines);
                    cells.push(Cell { span: Span::new(start, self.page.text.len()), column: column as u32 });
                }
                crate::types::BlockKind::TableRow { table: *table, header: row.header }
            }
        };
        let span = Span::new(start, self.page.text.len());
        if origin != Origin::Native {
            self.page.origins.push(OriginRun { span, origin });
        }
        self.page.blocks.push(Block { span, kind, anchor: None, cells });
        self.page.text.push('\n');
    }

    pub(super) fn finish(mut self, width: f32, height: f32) -> Page {
        self.page.layout = Some(Layout { width, height, runs: self.runs });
        self.page
    }

    fn lines(&mut self, lines: &[Piece]) {
        for (at, line) in lines.iter().enumerate() {
            if at > 0 {
                let end = self.page.text.len();
                self.page.text.push('\n');
                match line_end(&lines[at - 1], line) {
                    LineEnd::Space => {}
                    LineEnd::Hyphen(bytes) => self.page.joins.push(Span::new(end - bytes, end + 1)),
                    LineEnd::Break => self.page.joins.push(Span::new(end, end + 1)),
                }
            }
            self.line(line, at + 1 == lines.len());
        }
    }

    fn line(&mut self, line: &Piece, last: bool) {
        let start = self.page.text.len();
        let mut along: Vec<[i32; 2]> = Vec::with_capacity(line.glyphs.len());
        let vertical = is_vertical(line.angle);
        for (at, glyph) in line.glyphs.iter().enumerate() {
            let offset = self.page.text.len();
            self.page.text.push(glyph.ch);
            if glyph.ch == '\u{ad}' && (at + 1 < line.glyphs.len() || last) {
                self.page.joins.push(Span::new(offset, self.page.text.len()));
            }
            let u = if glyph.ch == ' ' { gap(&line.glyphs, at) } else { glyph.u };
            let (a, b) = (place(line.angle, u[0], glyph.base), place(line.angle, u[1], glyph.base));
            let (a, b) = if vertical { (a.1, b.1) } else { (a.0, b.0) };
            along.push([a.min(b), a.max(b)]);
        }
        let corners = [(line.u[0], line.top), (line.u[1], line.bottom), (line.u[0], line.bottom), (line.u[1], line.top)]
            .map(|(u, v)| place(line.angle, u, v))
            .map(|(x, y)| if vertical { x } else { y });
        let across = corners.iter().fold([i32::MAX, i32::MIN], |[low, high], at| [low.min(*at), high.max(*at)]);
        self.runs.push(GlyphRun { span: Span::new(start, self.page.text.len()), vertical, across, along });
    }
}

fn is_vertical(angle: i16) -> bool {
    matches!(angle, 45..=134 | 225..=314)
}

/// Hundredths of a point on the page as displayed.
fn place(angle: i16, u: f32, v: f32) -> (i32, i32) {
    let (x, y) = point(angle, u, v);
    ((x * 100.0).round() as i32, (y * 100.0).round() as i32)
}

/// The white space between two words.
fn gap(glyphs: &[Glyph], at: usize) -> [f32; 2] {
    match (at.checked_sub(1).and_then(|at| glyphs.get(at)), glyphs.get(at + 1)) {
        (Some(before), Some(behind)) if behind.u[0] >= before.u[1] => [before.u[1], behind.u[0]],
        (Some(before), _) => [before.u[1]; 2],
        _ => [0.0; 2],
    }
}

/// How a line's end reads.
#[derive(Debug, PartialEq, Eq)]
enum LineEnd {
    /// As a space.
    Space,
    /// The hyphen of so many bytes was put there to break the word.
    Hyphen(usize),
    /// The hyphen belongs to the word and nothing follows it: `E-` + `Mail`.
    Break,
}

fn line_end(line: &Piece, next: &Piece) -> LineEnd {
    let mut back = line.chars().collect::<Vec<_>>().into_iter().rev();
    let Some(hyphen @ ('-' | '\u{2010}' | '\u{ad}')) = back.next() else { return LineEnd::Space };
    if hyphen == '\u{ad}' {
        return LineEnd::Hyphen(hyphen.len_utf8());
    }
    let before = back.next();
    let word: String = next.chars().take_while(|ch| !ch.is_whitespace()).collect();
    let Some(first) = word.chars().next() else { return LineEnd::Space };
    match before {
        Some(before) if before.is_alphabetic() && first.is_lowercase() && !is_coordination(&word) => {
            LineEnd::Hyphen(hyphen.len_utf8())
        }
        // "Soll- und Ist": the hyphen stands for the rest of a word, and a space follows.
        Some(before) if before.is_alphanumeric() && (first.is_uppercase() || first.is_numeric()) => LineEnd::Break,
        _ => LineEnd::Space,
    }
}

/// Words that follow a hyphen which stands for a part left out.
fn is_coordination(word: &str) -> bool {
    matches!(
        word.trim_end_matches([',', '.', ';', ':', ')']),
        "und"
            | "oder"
            | "bzw"
            | "sowie"
            | "beziehungsweise"
            | "als"
            | "wie"
            | "noch"
            | "statt"
            | "bis"
            | "u"
            | "and"
            | "or"
            | "to"
            | "nor"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(text: &str) -> Piece {
        let glyph = |ch| Glyph {
            ch,
            angle: 0,
            u: [0.0, 1.0],
            base: 10.0,
            top: 0.0,
            bottom: 12.0,
            size: 10.0,
            bold: false,
            mono: false,
            follows: false,
            seen: super::super::glyphs::Seen::Visible,
            order: 0,
        };
        Piece {
            glyphs: text.chars().map(glyph).collect(),
            angle: 0,
            u: [0.0, 1.0],
            base: 10.0,
            top: 0.0,
            bottom: 12.0,
            size: 10.0,
            bold: false,
            mono: false,
        }
    }

    fn read(lines: &[&str]) -> String {
        let lines = lines.iter().map(|line| piece(line)).collect();
        let mut writer = Writer::new(1, usize::MAX);
        writer.write(&Element::Block { kind: crate::types::BlockKind::Paragraph, lines }, Origin::Native);
        let page = writer.finish(100.0, 100.0);
        page.reading_text(Span::new(0, page.text.len()))
    }

    #[test]
    fn a_word_broken_at_a_lines_end_is_joined() {
        assert_eq!(read(&["Die Rück-", "stellungen"]), "Die Rückstellungen");
        assert_eq!(read(&["ge\u{ad}trennt und Rück\u{ad}", "stellung"]), "getrennt und Rückstellung");
    }

    #[test]
    fn a_hyphen_that_belongs_to_the_word_stays() {
        assert_eq!(read(&["per E-", "Mail"]), "per E-Mail");
        assert_eq!(read(&["2024-", "2025"]), "2024-2025");
    }

    #[test]
    fn a_hyphen_that_stands_for_a_part_left_out_is_followed_by_a_space() {
        assert_eq!(read(&["Soll-", "und Ist-Werte"]), "Soll- und Ist-Werte");
        assert_eq!(read(&["Bilanz-", "bzw. Konzern"]), "Bilanz- bzw. Konzern");
        assert_eq!(read(&["das –", "und"]), "das – und");
    }
}
