//! Lines → paragraphs, headings, list items, captions, footnotes.

use crate::types::BlockKind;

use super::{
    lines::Piece,
    tables::{Part, TableRow},
};

/// What a page's text is composed of, in reading order.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Element {
    Block { kind: BlockKind, lines: Vec<Piece> },
    Row { table: u32, row: TableRow },
}

/// What the document's type says about this page.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Style {
    /// The size of running text, in points.
    pub(super) body: f32,
    /// The page's height, in points.
    pub(super) height: f32,
}

/// The blocks of a page from its regions in reading order.
pub(super) fn elements(regions: Vec<Vec<Part>>, style: Style) -> Vec<Element> {
    let mut out: Vec<Element> = Vec::new();
    let mut tables = 0;
    for region in regions {
        let mut blocks: Vec<Element> = Vec::new();
        for part in region {
            match part {
                Part::Lines(lines) => {
                    blocks.extend(
                        paragraphs(lines).into_iter().map(|lines| Element::Block { kind: classify(&lines, style), lines }),
                    );
                }
                Part::Table(rows) => {
                    blocks.extend(rows.into_iter().map(|row| Element::Row { table: tables, row }));
                    tables += 1;
                }
            }
        }
        let mut blocks = footnotes(blocks, style).into_iter();
        if let Some(first) = blocks.next() {
            let first = continuation(&mut out, first);
            out.extend(first);
        }
        out.extend(blocks);
    }
    out
}

/// Appends a paragraph that goes on in the next column; gives back what is not one.
fn continuation(out: &mut [Element], next: Element) -> Option<Element> {
    // A column's footnotes stand between the two halves.
    let above = out.iter_mut().rfind(|element| !matches!(element, Element::Block { kind: BlockKind::Footnote, .. }));
    if let (
        Some(Element::Block { kind: BlockKind::Paragraph | BlockKind::ListItem, lines }),
        Element::Block { kind: BlockKind::Paragraph, lines: more },
    ) = (above, &next)
    {
        let (last, first) = (&lines[lines.len() - 1], &more[0]);
        let open = !last.glyphs.last().is_some_and(|glyph| matches!(glyph.ch, '.' | ':' | '!' | '?'));
        if open && first.chars().next().is_some_and(char::is_lowercase) && (last.size - first.size).abs() < 0.05 * last.size {
            lines.extend(more.iter().cloned());
            return None;
        }
    }
    Some(next)
}

/// Parts lines that follow each other into paragraphs.
fn paragraphs(lines: Vec<Piece>) -> Vec<Vec<Piece>> {
    let pitch = pitch(&lines);
    let right = lines.iter().map(|line| line.u[1]).fold(f32::MIN, f32::max);
    let mut out: Vec<Vec<Piece>> = Vec::new();
    for line in lines {
        match out.last_mut() {
            Some(open) if !breaks(open, &line, pitch, right) => open.push(line),
            _ => out.push(vec![line]),
        }
    }
    out
}

/// The usual distance of two baselines, as a multiple of the size.
fn pitch(lines: &[Piece]) -> f32 {
    let mut all: Vec<f32> = lines
        .windows(2)
        .filter(|pair| (pair[0].size - pair[1].size).abs() < 0.1 * pair[0].size)
        .map(|pair| (pair[1].base - pair[0].base) / pair[0].size)
        .filter(|ratio| (0.9..2.2).contains(ratio))
        .collect();
    all.sort_by(f32::total_cmp);
    // The lower quartile: most lines follow another line of their paragraph, and no gap is closer than that.
    all.get(all.len() / 4).copied().unwrap_or(1.25)
}

fn breaks(open: &[Piece], next: &Piece, pitch: f32, right: f32) -> bool {
    let last = &open[open.len() - 1];
    let size = last.size;
    let distance = next.base - last.base;
    if distance <= 0.0 || distance > size.max(next.size) * pitch * 1.3 || (next.size - size).abs() > 0.08 * size {
        return true;
    }
    let ended = last.glyphs.last().is_some_and(|glyph| matches!(glyph.ch, '.' | ':' | '!' | '?' | ';'));
    // The next word would have had room: the author ended the line.
    let word: f32 = {
        let end = next.glyphs.iter().position(|glyph| glyph.ch == ' ').unwrap_or(next.glyphs.len());
        next.glyphs[end - 1].u[1] - next.u[0]
    };
    let short = right - last.u[1] > word + size * 1.2;
    if open.iter().all(|line| line.bold) != next.bold && (next.bold || !open[0].bold || short || open.len() == 1) {
        // A bold line that stands by itself. Bold words at the head of a paragraph leave its line full.
        if !open[0].bold && !short && !ended {
            return false;
        }
        if open[0].bold == next.bold {
            return false;
        }
        return short || ended || next.bold;
    }
    match marker(&next.text()) {
        Some(Marker::Bullet) => return true,
        Some(Marker::Number) if ended || short || marker(&open[0].text()).is_some() => return true,
        _ => {}
    }
    let indented = next.u[0] > last.u[0] + 0.8 * size && marker(&open[0].text()).is_none();
    (ended && short) || (indented && (ended || short) && open.len() > 1)
}

enum Marker {
    Bullet,
    Number,
}

/// What a list's item begins with.
fn marker(text: &str) -> Option<Marker> {
    let (first, rest) = text.split_once(' ')?;
    if rest.is_empty() {
        return None;
    }
    if matches!(
        first,
        "•" | "▪"
            | "■"
            | "◦"
            | "‣"
            | "●"
            | "○"
            | "*"
            | "-"
            | "–"
            | "—"
            | "➢"
            | "✓"
            | "·"
            | "►"
            | "→"
            | "□"
            | "❑"
            | "o"
    ) {
        return Some(Marker::Bullet);
    }
    let inner = first.strip_prefix('(').unwrap_or(first);
    let (label, closed) = match inner.strip_suffix(')').or_else(|| inner.strip_suffix('.')) {
        Some(label) => (label, true),
        None => (inner, false),
    };
    let short = !label.is_empty() && label.len() <= 4;
    let number = label.bytes().all(|b| b.is_ascii_digit()) && label.len() <= 2;
    let letter = label.len() == 1 && label.bytes().all(|b| b.is_ascii_lowercase());
    let double = label.len() == 2 && label.as_bytes()[0] == label.as_bytes()[1] && label.bytes().all(|b| b.is_ascii_lowercase());
    let roman = label.bytes().all(|b| b"ivx".contains(&b)) || label.bytes().all(|b| b"IVX".contains(&b));
    (short && closed && (number || letter || double || roman)).then_some(Marker::Number)
}

fn classify(lines: &[Piece], style: Style) -> BlockKind {
    let text = lines[0].text();
    if is_caption(&text) && lines.len() <= 3 {
        return BlockKind::Caption;
    }
    if let Some(level) = heading(lines, &text, style) {
        return BlockKind::Heading { level };
    }
    if marker(&text).is_some() { BlockKind::ListItem } else { BlockKind::Paragraph }
}

/// By size, weight and number against the document's running text.
fn heading(lines: &[Piece], text: &str, style: Style) -> Option<u8> {
    let chars: usize = lines.iter().map(|line| line.glyphs.len()).sum();
    let letters = lines.iter().flat_map(Piece::chars).filter(|ch| ch.is_alphabetic()).count();
    let last = lines[lines.len() - 1].glyphs.last().map(|glyph| glyph.ch)?;
    if lines.len() > 3 || chars > 220 || letters < 2 || letters * 3 < chars {
        return None;
    }
    let ratio = lines[0].size / style.body;
    let bold = lines.iter().all(|line| line.bold);
    let depth = numbering(text);
    let sentence = matches!(last, '.' | ',' | ';' | ':');
    let large = ratio >= 1.12 && !(sentence && lines.len() > 1);
    // The lowest headings are at times set a little smaller than the text, to look as large in bold.
    let least = if lines.len() == 1 && chars <= 80 { 0.92 } else { 0.97 };
    let strong = bold && ratio >= least && lines.len() <= 2 && !sentence && chars <= 160;
    if !(large || strong) {
        return None;
    }
    Some(match depth {
        Some(depth) => depth.min(9),
        None if ratio >= 1.7 => 1,
        None if ratio >= 1.35 => 2,
        None if ratio >= 1.12 => 3,
        None => 4,
    })
}

/// Depth of a heading's number: `3` and `B.` are 1, `3.2` is 2.
fn numbering(text: &str) -> Option<u8> {
    let (first, rest) = text.split_once(' ')?;
    rest.chars().next().filter(|ch| ch.is_alphabetic() || *ch == '„' || *ch == '§')?;
    let parts: Vec<&str> = first.trim_end_matches('.').split('.').collect();
    let number = |part: &&str| !part.is_empty() && part.len() <= 3 && part.bytes().all(|b| b.is_ascii_digit());
    let letter =
        parts[0].len() == 1 && parts[0].bytes().all(|b| b.is_ascii_uppercase()) && (parts.len() > 1 || first.ends_with('.'));
    let roman = parts[0].len() <= 5 && parts[0].bytes().all(|b| b"IVX".contains(&b)) && first.ends_with('.');
    ((letter || roman || number(&parts[0])) && parts[1..].iter().all(number)).then_some(parts.len() as u8)
}

fn is_caption(text: &str) -> bool {
    let mut words = text.split(' ');
    let kind = words.next().unwrap_or_default().trim_end_matches('.');
    let number = words.next().unwrap_or_default();
    matches!(kind, "Tabelle" | "Tab" | "Abbildung" | "Abb" | "Table" | "Figure" | "Fig" | "Übersicht" | "Grafik" | "Exhibit")
        && number.starts_with(|ch: char| ch.is_ascii_digit())
}

/// Smaller type at the foot of a region that begins with a mark.
fn footnotes(mut blocks: Vec<Element>, style: Style) -> Vec<Element> {
    let small = |element: &Element| match element {
        Element::Block { lines, .. } => {
            lines.iter().all(|line| line.size <= 0.93 * style.body && line.angle == 0 && line.base > 0.4 * style.height)
        }
        Element::Row { .. } => false,
    };
    let marked = |line: &Piece| {
        let text = line.text();
        let mark = text.split(' ').next().unwrap_or_default().trim_end_matches([')', '.']);
        !mark.is_empty()
            && mark.chars().count() <= 3
            && mark.chars().all(|ch| ch.is_ascii_digit() || matches!(ch, '*' | '†' | '‡' | '¹' | '²' | '³' | '⁴'..='⁹'))
            && text.len() > mark.len() + 1
    };
    let from = blocks.iter().rposition(|block| !small(block)).map_or(0, |at| at + 1);
    let foot = blocks.split_off(from);
    let mut begun = false;
    for element in foot {
        let Element::Block { kind, lines } = element else { unreachable!("only blocks are small") };
        let mut kept: Vec<Piece> = Vec::new();
        let mut kind = kind;
        for line in lines {
            if marked(&line) {
                if !kept.is_empty() {
                    blocks.push(Element::Block { kind, lines: std::mem::take(&mut kept) });
                }
                begun = true;
            }
            if begun {
                kind = BlockKind::Footnote;
            }
            kept.push(line);
        }
        blocks.push(Element::Block { kind, lines: kept });
    }
    blocks
}
