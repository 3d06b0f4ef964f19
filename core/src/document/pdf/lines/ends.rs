//! Columns of numbers by where their cells end. Numbers are set flush right, so that the white space before them differs
//! from row to row and may be hardly wider than between words: bold totals, many columns on a narrow page.

use super::{CELL_GAP, Chunk, ENDS, FAR, PIECE_GAP, Row, WORD_GAP, is_numeric};

/// The right edges of columns of numbers on a page.
pub(super) struct Columns(Vec<Column>);

struct Column {
    x: f32,
    /// Baselines of its first and its last row.
    rows: [f32; 2],
    /// White space that parts a cell of it from the one before, as part of the size.
    gap: f32,
}

/// Words between two wide gaps: what may be a cell.
struct Segment {
    /// Its chunks.
    range: std::ops::Range<usize>,
    end: f32,
    /// White space before it, as part of the size; none at a row's begin.
    gap: Option<f32>,
    numeric: bool,
}

/// A segment's end among those of the page.
struct End {
    x: f32,
    base: f32,
    size: f32,
    numeric: bool,
}

/// Finds the columns: three or more cells below each other, most of them numbers. A number and what stands above it are
/// enough where the white space before both is wide.
pub(super) fn columns(rows: &[Row]) -> Columns {
    let mut ends: Vec<End> = Vec::new();
    for row in rows {
        let found = segments(row).into_iter().filter_map(|segment| {
            let end = End { x: segment.end, base: row.base, size: row.size, numeric: segment.numeric };
            segment.gap.map(|_| end)
        });
        ends.extend(found);
    }
    ends.sort_by(|a, b| a.x.total_cmp(&b.x));
    let mut out = Vec::new();
    let mut at = 0;
    while at < ends.len() {
        let end = at + ends[at..].partition_point(|end| end.x <= ends[at].x + ENDS);
        let group = &mut ends[at..end];
        group.sort_by(|a, b| a.base.total_cmp(&b.base));
        for cells in group.chunk_by(|a, b| b.base - a.base <= FAR * a.size.max(b.size)) {
            // Words of the text above and below may end at the same place by chance; the last one above names the column.
            let is_number = |end: &End| end.numeric;
            let (Some(first), Some(last)) = (cells.iter().position(is_number), cells.iter().rposition(is_number)) else {
                continue;
            };
            let cells = &cells[first.saturating_sub(1)..=last];
            let numbers = cells.iter().filter(|cell| is_number(cell)).count();
            let gap = if cells.len() >= 3 { CELL_GAP } else { 2.0 * CELL_GAP };
            if (cells.len() >= 3 && numbers * 3 >= cells.len() * 2) || cells.len() == 2 {
                let (first, last) = (&cells[0], &cells[cells.len() - 1]);
                let x = cells.iter().map(|end| end.x).sum::<f32>() / cells.len() as f32;
                out.push(Column { x, rows: [first.base, last.base], gap });
            }
        }
        at = end.max(at + 1);
    }
    out.sort_by(|a, b| a.x.total_cmp(&b.x));
    Columns(out)
}

impl Columns {
    /// Each column's right edge and the baseline of its first row.
    pub(super) fn tops(&self) -> impl Iterator<Item = (f32, f32)> + '_ {
        self.0.iter().map(|column| (column.x, column.rows[0]))
    }

    /// For each chunk of the row whether a cell begins with it.
    pub(super) fn cells(&self, row: &Row) -> Vec<bool> {
        let mut out = vec![false; row.chunks.len()];
        let mut before = None;
        for segment in segments(row) {
            if let (Some(gap), Some(before)) = (segment.gap, before) {
                // What stands behind a column of numbers is another cell, whatever it is.
                let edge = |x| self.end_at(x, row.base, gap);
                out[segment.range.start] = edge(segment.end) || edge(before);
            }
            before = Some(segment.end);
        }
        out
    }

    fn end_at(&self, x: f32, base: f32, gap: f32) -> bool {
        let first = self.0.partition_point(|column| column.x < x - ENDS);
        let near = self.0[first..].iter().take_while(|column| column.x <= x + ENDS);
        near.into_iter().any(|column| (column.rows[0] - 0.1..=column.rows[1] + 0.1).contains(&base) && gap > column.gap)
    }
}

/// The row cut at every gap that may be a column's edge. None is in justified text, whose words all stand far apart.
fn segments(row: &Row) -> Vec<Segment> {
    let chunks: Vec<&Chunk> = row.chunks.iter().map(|(chunk, _)| chunk).collect();
    let gap = |at: usize| (chunks[at].u[0] - chunks[at - 1].u[1]) / chunks[at].size.max(chunks[at - 1].size);
    let words = word_gaps(&chunks);
    let limit = if words.len() >= WORDS { CELL_GAP.max(words.iter().copied().fold(f32::MAX, f32::min) * 1.5) } else { CELL_GAP };
    let mut out: Vec<Segment> = Vec::new();
    for (at, chunk) in chunks.iter().enumerate() {
        let before = (at > 0).then(|| gap(at));
        // Dot leaders tie a number to the words before it.
        let led = at > 0 && chunks[at - 1].glyphs.iter().rev().take(2).all(|(glyph, _)| glyph.ch == '.');
        match (out.last_mut(), before) {
            (Some(open), Some(gap)) if gap <= limit.min(PIECE_GAP) || (led && gap <= PIECE_GAP) => {
                open.range.end = at + 1;
                open.end = open.end.max(chunk.u[1]);
            }
            _ => out.push(Segment { range: at..at + 1, end: chunk.u[1], gap: before, numeric: false }),
        }
    }
    for segment in &mut out {
        segment.numeric = is_numeric(chunks[segment.range.clone()].iter().flat_map(|c| c.glyphs.iter().map(|(g, _)| g.ch)));
    }
    out
}

/// A row of so many words is looked at for how far its words stand apart.
const WORDS: usize = 6;

/// White space between two words of letters, as part of the size.
fn word_gaps(chunks: &[&Chunk]) -> Vec<f32> {
    let glyphs: Vec<_> = chunks.iter().flat_map(|chunk| chunk.glyphs.iter().map(|(glyph, _)| *glyph)).collect();
    glyphs
        .windows(2)
        .filter(|pair| pair[0].ch.is_alphabetic() && pair[1].ch.is_alphabetic())
        .map(|pair| (pair[1].u[0] - pair[0].u[1]) / pair[1].size.max(0.1))
        .filter(|gap| *gap > WORD_GAP)
        .collect()
}
