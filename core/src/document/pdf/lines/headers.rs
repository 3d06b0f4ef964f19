//! Names of columns that stand as close to each other as words do: in a wide table the numbers leave room between them and
//! the names above do not. A name ends where its numbers end.

use super::{super::glyphs::Glyph, Chunk, ENDS, Row, WORD_GAP, ends::Columns};

/// Lines that name columns at most.
const LINES: usize = 3;
/// A line that names columns stands above the next one within this multiple of the size.
const NEAR: f32 = 2.8;
/// Words that end where columns end, at least: fewer do so by chance.
const LEAST: usize = 3;

/// Cuts the lines above columns of numbers where a word ends with a column. A line of text whose words end with most of the
/// columns below it names them.
pub(super) fn cut(rows: &mut [Row], columns: &Columns) {
    // The lines of a page come from top to bottom; of several that name columns the lowest is found first.
    let mut named: Vec<(f32, f32, usize)> = columns.tops().map(|(x, top)| (x, top, 0)).collect();
    for row in rows.iter_mut().rev() {
        let near = |(_, top, lines): &(f32, f32, usize)| {
            let above = top - row.base;
            above > 0.1 && above <= NEAR * row.size && *lines < LINES
        };
        let below: Vec<usize> = (0..named.len()).filter(|at| near(&named[*at])).collect();
        let ends = word_ends(row);
        let matching: Vec<usize> = below.iter().copied().filter(|at| ends.iter().any(|end| end.is_at(named[*at].0))).collect();
        if matching.len() < LEAST || matching.len() * 10 < below.len() * 6 {
            continue;
        }
        let edges: Vec<f32> = matching.iter().map(|at| named[*at].0).collect();
        for at in matching {
            (named[at].1, named[at].2) = (row.base, named[at].2 + 1);
        }
        let mut before: Option<End> = None;
        for (chunk, raised) in std::mem::take(&mut row.chunks) {
            for mut part in chunk.behind(&edges) {
                let end = before.replace(End::of(&part.glyphs));
                part.is_cell |= end.is_some_and(|end| end.is_one_of(&edges) && part.u[0] - end.u[1] > WORD_GAP * part.size);
                row.chunks.push((part, raised));
            }
        }
    }
}

/// Where a word ends: without its last point, which good type sets beyond the edge, and with it.
#[derive(Clone, Copy)]
struct End {
    u: [f32; 2],
}

impl End {
    /// Of glyphs, of which there is one at least.
    fn of(glyphs: &[(Glyph, bool)]) -> Self {
        let last = glyphs[glyphs.len() - 1].0;
        let hangs = glyphs.len() > 1 && matches!(last.ch, '.' | ',' | '-' | '\u{2010}');
        Self { u: [if hangs { last.u[0] } else { last.u[1] }, last.u[1]] }
    }

    fn is_at(&self, edge: f32) -> bool {
        (self.u[0] - ENDS..=self.u[1] + ENDS).contains(&edge)
    }

    fn is_one_of(&self, edges: &[f32]) -> bool {
        edges.iter().any(|edge| self.is_at(*edge))
    }
}

fn word_ends(row: &Row) -> Vec<End> {
    let mut out = Vec::new();
    for (chunk, _) in &row.chunks {
        let inner = (1..chunk.glyphs.len()).filter(|at| is_gap(&chunk.glyphs[at - 1], &chunk.glyphs[*at], chunk.size));
        out.extend(inner.map(|at| End::of(&chunk.glyphs[..at])));
        out.push(End::of(&chunk.glyphs));
    }
    out
}

fn is_gap((before, _): &(Glyph, bool), (behind, _): &(Glyph, bool), size: f32) -> bool {
    !behind.follows && behind.u[0] - before.u[1] > WORD_GAP * size
}

impl Chunk {
    /// Parted behind the words that end at one of `edges`.
    fn behind(self, edges: &[f32]) -> Vec<Chunk> {
        let mut out: Vec<Chunk> = Vec::new();
        for glyph in self.glyphs {
            let goes_on = out.last().map(|open| {
                !(is_gap(&open.glyphs[open.glyphs.len() - 1], &glyph, self.size) && End::of(&open.glyphs).is_one_of(edges))
            });
            match (out.last_mut(), goes_on) {
                (Some(open), Some(true)) => {
                    open.u = [open.u[0].min(glyph.0.u[0]), open.u[1].max(glyph.0.u[1])];
                    open.glyphs.push(glyph);
                }
                (before, _) => {
                    let first = before.is_none();
                    let (u, glyph) = (glyph.0.u, (glyph.0, glyph.1 || !first));
                    let (goes_on, is_cell) = (!first || self.goes_on, self.is_cell && first);
                    out.push(Chunk { glyphs: vec![glyph], base: self.base, size: self.size, u, goes_on, is_cell });
                }
            }
        }
        out
    }
}
