//! Characters → pieces of lines. A piece ends where the white space is wider than between words: at a column's edge, at a
//! cell's edge.

use unicode_normalization::char::compose;

use super::glyphs::{Glyph, Rule, point};
use ends::Columns;

mod ends;
mod headers;

/// White space between words is at least this part of the type's size.
const WORD_GAP: f32 = 0.14;
/// What reaches farther than this part of the size into the word before it is no letter of that.
const OVERLAP: f32 = 0.3;
/// White space wider than this part of the size parts two pieces.
const PIECE_GAP: f32 = 1.0;
/// White space wider than this parts two pieces where as many lines have it at the same place.
const EDGE_GAP: f32 = 0.6;
/// See [`EDGE_GAP`].
const EDGE_LINES: usize = 5;
/// As many lines are enough when they follow each other within [`EDGE_DISTANCE`].
const EDGE_FEW: usize = 3;
/// Multiples of the size.
const EDGE_DISTANCE: f32 = 4.0;
/// White space wider than this parts two pieces where the second ends with a column of numbers.
const CELL_GAP: f32 = 0.4;
/// A number and the one above or below it end at the same place to so many points.
const ENDS: f32 = 0.8;
/// Rows of one column follow each other within this multiple of the size.
const FAR: f32 = 10.0;
/// Baselines that differ by less than this part of the size are one.
const SAME_LINE: f32 = 0.25;

/// A piece of a line: words that stand close together on one baseline.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Piece {
    /// In reading order, words parted by one `' '`. Never empty, no space at its ends.
    pub(super) glyphs: Vec<Glyph>,
    pub(super) angle: i16,
    pub(super) u: [f32; 2],
    pub(super) base: f32,
    pub(super) top: f32,
    pub(super) bottom: f32,
    /// The size that most of its characters have.
    pub(super) size: f32,
    pub(super) bold: bool,
    pub(super) mono: bool,
}

impl Piece {
    pub(super) fn text(&self) -> String {
        self.glyphs.iter().map(|glyph| glyph.ch).collect()
    }

    pub(super) fn chars(&self) -> impl Iterator<Item = char> + '_ {
        self.glyphs.iter().map(|glyph| glyph.ch)
    }

    /// Whether digits outweigh letters: an amount, a year, a percentage, a dash for nothing.
    pub(super) fn is_numeric(&self) -> bool {
        is_numeric(self.chars())
    }

    /// `next` set behind this piece on the same line.
    pub(super) fn join(&mut self, next: Piece) {
        let gap = Glyph { ch: ' ', ..next.glyphs[0] };
        self.glyphs.push(gap);
        self.u = [self.u[0].min(next.u[0]), self.u[1].max(next.u[1])];
        self.top = self.top.min(next.top);
        self.bottom = self.bottom.max(next.bottom);
        if next.glyphs.len() > self.glyphs.len() {
            self.size = next.size;
        }
        self.bold &= next.bold;
        self.mono &= next.mono;
        self.glyphs.extend(next.glyphs);
    }

    fn of(mut glyphs: Vec<Glyph>) -> Option<Self> {
        unmirror(&mut glyphs);
        let marks = || glyphs.iter().filter(|glyph| glyph.ch != ' ');
        let first = marks().next()?;
        let count = marks().count();
        let fold = |f: fn(&Glyph) -> f32, pick: fn(f32, f32) -> f32| marks().map(f).reduce(pick).unwrap_or_default();
        let mut sizes: Vec<f32> = marks().map(|glyph| glyph.size).collect();
        sizes.sort_by(f32::total_cmp);
        let size = sizes[sizes.len() / 2];
        let usual = |glyph: &&Glyph| (glyph.size - size).abs() < size * 0.1;
        let main = marks().find(usual).unwrap_or(first);
        let (base, top, bottom) = (
            main.base,
            marks().filter(usual).map(|glyph| glyph.top).fold(main.top, f32::min),
            marks().filter(usual).map(|glyph| glyph.bottom).fold(main.bottom, f32::max),
        );
        Some(Self {
            angle: first.angle,
            u: [fold(|glyph| glyph.u[0], f32::min), fold(|glyph| glyph.u[1], f32::max)],
            base,
            top,
            bottom,
            size,
            bold: marks().filter(|glyph| glyph.bold).count() * 10 >= count * 8,
            mono: marks().filter(|glyph| glyph.mono).count() * 10 >= count * 8,
            glyphs,
        })
    }
}

fn is_numeric(chars: impl Iterator<Item = char>) -> bool {
    let (mut digits, mut letters, mut other) = (0, 0, 0);
    for ch in chars {
        match ch {
            _ if ch.is_ascii_digit() => digits += 1,
            _ if ch.is_alphabetic() => letters += 1,
            '-' | '–' | '—' | '−' => other += 1,
            _ => {}
        }
    }
    digits > letters || (digits == 0 && letters == 0 && other > 0)
}

/// Characters that were drawn one after the other on one baseline, with what tells their words.
struct Chunk {
    /// Each with whether a space was drawn before it.
    glyphs: Vec<(Glyph, bool)>,
    base: f32,
    size: f32,
    u: [f32; 2],
    /// Whether it was one with the chunk before it and only the white space between them is wide.
    goes_on: bool,
    /// Whether it begins a cell, as is known before the line is cut.
    is_cell: bool,
}

impl Chunk {
    fn mid(&self) -> f32 {
        self.base - self.size * 0.3
    }

    /// Parted where the white space may be that of a column's edge.
    fn at_gaps(self) -> Vec<Chunk> {
        let limit = CELL_GAP * self.size;
        let wide = |pair: &[(Glyph, bool)]| !pair[1].0.follows && pair[1].0.u[0] - pair[0].0.u[1] > limit;
        if self.letter_gap().is_some() || !self.glyphs.windows(2).any(wide) {
            return vec![self];
        }
        let mut out: Vec<Chunk> = Vec::new();
        for (glyph, space) in self.glyphs {
            match out.last_mut() {
                Some(open) if glyph.follows || glyph.u[0] - open.glyphs[open.glyphs.len() - 1].0.u[1] <= limit => {
                    open.glyphs.push((glyph, space));
                    open.u = [open.u[0].min(glyph.u[0]), open.u[1].max(glyph.u[1])];
                }
                before => {
                    let goes_on = before.is_some() || self.goes_on;
                    let glyphs = vec![(glyph, space || before.is_some())];
                    out.push(Chunk { glyphs, base: self.base, size: self.size, u: glyph.u, goes_on, is_cell: false });
                }
            }
        }
        out
    }

    /// Whether it may be the mark of a list's item: `1.`, `a)`, a bullet, which is a letter in some fonts.
    fn is_mark(&self) -> bool {
        let (Some((first, _)), Some((last, _))) = (self.glyphs.first(), self.glyphs.last()) else { return true };
        match self.glyphs.len() {
            1 => !first.ch.is_ascii_digit(),
            count => count <= 4 && matches!(last.ch, '.' | ')') && !first.ch.is_uppercase(),
        }
    }

    /// The usual white space between the letters of letter-spaced type.
    fn letter_gap(&self) -> Option<f32> {
        let unspaced = self.glyphs.windows(2).filter(|pair| !pair[1].1);
        let mut gaps: Vec<f32> = unspaced.map(|pair| pair[1].0.u[0] - pair[0].0.u[1]).collect();
        gaps.sort_by(f32::total_cmp);
        // Letter-spaced type has gaps everywhere; a formula has many, too, and few letters.
        let least = gaps.get(gaps.len() / 4).copied().unwrap_or(0.0);
        let alphabetic = self.glyphs.iter().filter(|(glyph, _)| glyph.ch.is_alphabetic()).count();
        let spaced = gaps.len() >= 5 && alphabetic * 10 >= self.glyphs.len() * 8 && least > WORD_GAP * self.size * 0.6;
        spaced.then(|| gaps[gaps.len() / 2])
    }
}

struct Row {
    base: f32,
    size: f32,
    chunks: Vec<(Chunk, bool)>,
}

/// The pieces of all lines that run in one direction, from top to bottom, each line from left to right.
pub(super) fn pieces(glyphs: &[Glyph], rules: &[Rule]) -> Vec<Piece> {
    let mut rows = rows(chunks(glyphs));
    attach_raised(&mut rows);
    for row in &mut rows {
        row.chunks.sort_by(|(a, _), (b, _)| a.u[0].total_cmp(&b.u[0]));
    }
    let edges = edges(&rows);
    for row in &mut rows {
        let chunks = std::mem::take(&mut row.chunks);
        row.chunks =
            chunks.into_iter().flat_map(|(chunk, raised)| chunk.at_gaps().into_iter().map(move |c| (c, raised))).collect();
    }
    let columns = ends::columns(&rows);
    headers::cut(&mut rows, &columns);
    let mut out = Vec::new();
    for row in rows {
        cut(row, rules, &edges, &columns, &mut out);
    }
    out
}

/// Characters without a place, in the order in which they were drawn, as one piece.
pub(super) fn unplaced(glyphs: Vec<Glyph>) -> Option<Piece> {
    let mut kept: Vec<Glyph> = Vec::with_capacity(glyphs.len());
    for glyph in glyphs {
        if glyph.ch != ' ' || kept.last().is_some_and(|last| last.ch != ' ') {
            kept.push(glyph);
        }
    }
    kept.truncate(kept.iter().rposition(|glyph| glyph.ch != ' ').map_or(0, |at| at + 1));
    Piece::of(kept)
}

fn chunks(glyphs: &[Glyph]) -> Vec<Chunk> {
    let mut out: Vec<Chunk> = Vec::new();
    let mut space = false;
    let mut open = false;
    for glyph in glyphs {
        if glyph.ch == ' ' {
            space = true;
            continue;
        }
        if open && let Some(chunk) = out.last_mut() {
            let (last, _) = chunk.glyphs[chunk.glyphs.len() - 1];
            let gap = glyph.u[0] - last.u[1];
            let close = glyph.follows
                || ((glyph.base - chunk.base).abs() <= chunk.size * 0.08
                    && (glyph.size - chunk.size).abs() <= chunk.size * 0.12
                    && glyph.u[0] >= last.u[0] - chunk.size * 0.3
                    && gap <= chunk.size * 0.8);
            if close {
                if !put_accent(&mut chunk.glyphs, *glyph, space) {
                    chunk.glyphs.push((*glyph, space));
                }
                chunk.u = [chunk.u[0].min(glyph.u[0]), chunk.u[1].max(glyph.u[1])];
                space = false;
                continue;
            }
        }
        let size = glyph.size.max(0.1);
        out.push(Chunk { glyphs: vec![(*glyph, space)], base: glyph.base, size, u: glyph.u, goes_on: false, is_cell: false });
        open = true;
        space = false;
    }
    out
}

/// Type without accented letters sets the accent above the letter: one character for the reader.
fn put_accent(glyphs: &mut [(Glyph, bool)], next: Glyph, space: bool) -> bool {
    let Some((last, _)) = glyphs.last_mut() else { return false };
    if space || last.follows || next.follows {
        return false;
    }
    let centre = |glyph: &Glyph| (glyph.u[0] + glyph.u[1]) / 2.0;
    let over = (centre(last) - centre(&next)).abs() < next.size * 0.25;
    let (letter, mark) = match (accent(last.ch), accent(next.ch)) {
        (Some(mark), None) => (next, mark),
        (None, Some(mark)) => (*last, mark),
        _ => return false,
    };
    let Some(ch) = over.then(|| compose(if letter.ch == 'ı' { 'i' } else { letter.ch }, mark)).flatten() else { return false };
    *last = Glyph { ch, ..letter };
    true
}

fn accent(ch: char) -> Option<char> {
    Some(match ch {
        '¨' => '\u{308}',
        '´' => '\u{301}',
        '`' => '\u{300}',
        'ˆ' => '\u{302}',
        '˜' => '\u{303}',
        '¸' => '\u{327}',
        '˚' => '\u{30a}',
        'ˇ' => '\u{30c}',
        '\u{300}'..='\u{36f}' => ch,
        _ => return None,
    })
}

fn rows(mut chunks: Vec<Chunk>) -> Vec<Row> {
    chunks.sort_by(|a, b| a.base.total_cmp(&b.base));
    let mut rows: Vec<Row> = Vec::new();
    for chunk in chunks {
        let near = |row: &&mut Row| (row.base - chunk.base).abs() <= SAME_LINE * row.size.min(chunk.size);
        match rows.iter_mut().rev().take(6).find(near) {
            Some(row) => {
                if chunk.glyphs.len() > row.chunks.iter().map(|(chunk, _)| chunk.glyphs.len()).max().unwrap_or(0) {
                    (row.base, row.size) = (chunk.base, chunk.size);
                }
                row.chunks.push((chunk, false));
            }
            None => rows.push(Row { base: chunk.base, size: chunk.size, chunks: vec![(chunk, false)] }),
        }
    }
    rows
}

/// Moves superscripts and subscripts to the line that they belong to.
fn attach_raised(rows: &mut Vec<Row>) {
    for at in 0..rows.len() {
        let mut kept = Vec::new();
        for (chunk, raised) in std::mem::take(&mut rows[at].chunks) {
            let host = if chunk.glyphs.len() <= 8 { host(rows, at, &chunk) } else { None };
            match host {
                Some(host) => {
                    let raised = chunk.base < rows[host].base;
                    rows[host].chunks.push((chunk, raised));
                }
                None => kept.push((chunk, raised)),
            }
        }
        // A host takes what it is given while it is looked at itself, so nothing is lost: it never hosts and moves at once.
        rows[at].chunks.append(&mut kept);
    }
    rows.retain(|row| !row.chunks.is_empty());
}

fn host(rows: &[Row], at: usize, chunk: &Chunk) -> Option<usize> {
    let range = at.saturating_sub(4)..(at + 5).min(rows.len());
    range.filter(|other| *other != at).find(|other| {
        let row = &rows[*other];
        let within = chunk.mid() > row.base - row.size && chunk.mid() < row.base + row.size * 0.3;
        within
            && row.chunks.iter().any(|(word, _)| {
                let (before, behind) = (word.u[0] - chunk.u[1], chunk.u[0] - word.u[1]);
                chunk.size < word.size * 0.85
                    && ((-0.2 * word.size..0.35 * word.size).contains(&behind)
                        || (-0.2 * word.size..0.35 * word.size).contains(&before))
            })
    })
}

/// Left edges of columns that stand close to the column before them: many lines go on there behind a gap, or a few that
/// follow each other.
fn edges(rows: &[Row]) -> Vec<f32> {
    let mut starts: Vec<(f32, f32, bool)> = Vec::new();
    for row in rows {
        let behind = row.chunks.windows(2).filter(|pair| pair[1].0.u[0] - pair[0].0.u[1] > EDGE_GAP * pair[1].0.size);
        starts.extend(behind.map(|pair| (pair[1].0.u[0], row.base / row.size, pair[0].0.is_mark())));
    }
    starts.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut out = Vec::new();
    let mut at = 0;
    while at < starts.len() {
        let end = starts.partition_point(|start| start.0 <= starts[at].0 + 1.5);
        // The items of a list begin at one place, too, and are no cells.
        let mut lines: Vec<f32> = starts[at..end].iter().filter(|start| !start.2).map(|start| start.1).collect();
        lines.sort_by(f32::total_cmp);
        let together = |few: &[f32]| few[few.len() - 1] - few[0] <= EDGE_DISTANCE * (few.len() - 1) as f32;
        if end - at >= EDGE_LINES || lines.windows(EDGE_FEW).any(together) {
            out.push(starts[at].0);
        }
        at = end.max(at + 1);
    }
    out
}

/// Cuts a line into its pieces.
fn cut(row: Row, rules: &[Rule], edges: &[f32], columns: &Columns, out: &mut Vec<Piece>) {
    let cells = columns.cells(&row);
    let mut current: Vec<Glyph> = Vec::new();
    let mut last: Option<([f32; 2], f32, bool)> = None;
    for ((chunk, raised), is_cell) in row.chunks.into_iter().zip(cells) {
        let explicit = chunk.glyphs[0].1;
        if let Some((u, size, was_raised)) = last {
            let gap = chunk.u[0] - u[1];
            let size = size.max(chunk.size).min(row.size * 1.5);
            let ruled = gap > WORD_GAP * 0.5 * size && is_parted(rules, chunk.glyphs[0].0.angle, [u[1], chunk.u[0]], chunk.mid());
            let edge =
                !chunk.goes_on && gap > EDGE_GAP * size && edges.iter().any(|edge| (-0.1..=1.6).contains(&(chunk.u[0] - edge)));
            if gap > PIECE_GAP * size || ruled || edge || is_cell || chunk.is_cell {
                out.extend(Piece::of(std::mem::take(&mut current)));
            } else if explicit
                || gap > WORD_GAP * size
                // Set one over the other: two words all the same.
                || gap < -OVERLAP * size
                || is_note_mark(&current, &chunk, raised)
                || (was_raised && !raised && chunk.glyphs[0].0.ch.is_alphanumeric() && ends_in_digit(&current))
            {
                current.push(Glyph { ch: ' ', ..chunk.glyphs[0].0 });
            }
        }
        let end = last.map_or(chunk.u[1], |(u, ..)| if current.is_empty() { chunk.u[1] } else { chunk.u[1].max(u[1]) });
        last = Some(([chunk.u[0], end], chunk.size, raised));
        words(chunk, &mut current);
    }
    out.extend(Piece::of(current));
}

/// Puts the white space between the words of a chunk.
fn words(chunk: Chunk, out: &mut Vec<Glyph>) {
    let gaps: Vec<f32> = chunk.glyphs.windows(2).map(|pair| pair[1].0.u[0] - pair[0].0.u[1]).collect();
    let limit = chunk.letter_gap().map_or(WORD_GAP * chunk.size, |gap| gap * 1.7);
    for (at, (glyph, space)) in chunk.glyphs.into_iter().enumerate() {
        if at > 0 && !glyph.follows && (space || gaps[at - 1] > limit) {
            out.push(Glyph { ch: ' ', ..glyph });
        }
        out.push(glyph);
    }
}

/// Whether a raised digit is a note's mark, which must not read as part of the number or word before it.
fn is_note_mark(before: &[Glyph], chunk: &Chunk, raised: bool) -> bool {
    let digit = chunk.glyphs.first().is_some_and(|(glyph, _)| glyph.ch.is_ascii_digit());
    if !raised || !digit {
        return false;
    }
    let word: String = before.iter().rev().take_while(|glyph| glyph.ch.is_alphanumeric()).map(|glyph| glyph.ch).collect();
    // Square metres, turned around, and powers of one letter.
    let letter = word.chars().count() == 1 && !word.starts_with(|ch: char| ch.is_ascii_digit());
    !((letter || matches!(word.as_str(), "mk" | "mc" | "mm" | "mq")) && chunk.glyphs.len() == 1)
}

fn ends_in_digit(glyphs: &[Glyph]) -> bool {
    glyphs.last().is_some_and(|glyph| glyph.ch.is_ascii_digit())
}

/// Turns what is written from right to left into the order in which it is read.
fn unmirror(glyphs: &mut [Glyph]) {
    let leftwards = |ch: char| matches!(ch, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}');
    let mut at = 0;
    while at < glyphs.len() {
        if !leftwards(glyphs[at].ch) {
            at += 1;
            continue;
        }
        let run = glyphs[at..].iter().take_while(|glyph| leftwards(glyph.ch) || glyph.ch == ' ').count();
        let run = glyphs[at..at + run].iter().rposition(|glyph| leftwards(glyph.ch)).map_or(1, |last| last + 1);
        glyphs[at..at + run].reverse();
        at += run;
    }
}

/// Whether an upright rule stands in the white space `gap` at `v`.
fn is_parted(rules: &[Rule], angle: i16, gap: [f32; 2], v: f32) -> bool {
    let ((x0, y0), (x1, y1)) = (point(angle, gap[0], v), point(angle, gap[1], v));
    let (x, y) = ([x0.min(x1), x0.max(x1)], [y0.min(y1), y0.max(y1)]);
    rules.iter().any(|rule| {
        rule.x[1] >= x[0]
            && rule.x[0] <= x[1]
            && rule.y[1] >= y[0]
            && rule.y[0] <= y[1]
            && rule.is_horizontal() == (angle % 180 == 90)
    })
}
