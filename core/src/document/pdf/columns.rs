//! Reading order: columns of running text are read one after the other, tables and everything else line by line.
//!
//! The page is cut where a white gutter runs between two bodies of running text, from the left edge of many lines, for
//! as many lines as nothing crosses it. What stands above and below is treated the same way.

use super::{glyphs::Rule, lines::Piece};

/// A gutter is at least this part of the type's size wide.
const GUTTER: f32 = 0.6;
/// A column has at least this many lines.
const LINES: usize = 3;
/// Cuts within cuts.
const DEPTH: u32 = 8;

/// Pieces on one baseline, from left to right.
pub(super) type Row = Vec<Piece>;

/// Sorts pieces into rows by their baselines.
pub(super) fn rows(mut pieces: Vec<Piece>) -> Vec<Row> {
    pieces.sort_by(|a, b| a.base.total_cmp(&b.base));
    let mut rows: Vec<(f32, f32, Row)> = Vec::new();
    for piece in pieces {
        let found = rows.iter_mut().rev().take(4).find(|(base, size, row)| {
            (base - piece.base).abs() <= 0.3 * size.min(piece.size)
                && row.iter().all(|other| other.u[1] <= piece.u[0] + 1.0 || piece.u[1] <= other.u[0] + 1.0)
        });
        match found {
            Some((.., row)) => row.push(piece),
            None => rows.push((piece.base, piece.size, vec![piece])),
        }
    }
    rows.into_iter()
        .map(|(.., mut row)| {
            row.sort_by(|a, b| a.u[0].total_cmp(&b.u[0]));
            row
        })
        .collect()
}

/// Cuts the pieces of a page into regions in reading order. Within a region rows follow each other from top to bottom.
pub(super) fn regions(pieces: Vec<Piece>, rules: &[Rule]) -> Vec<Vec<Row>> {
    let mut out = Vec::new();
    cut(rows(pieces), rules, 0, &mut out);
    out
}

fn cut(mut rows: Vec<Row>, rules: &[Rule], depth: u32, out: &mut Vec<Vec<Row>>) {
    let gutter = if depth < DEPTH { find(&rows, rules) } else { None };
    let Some(Gutter { x, first, end }) = gutter else {
        if !rows.is_empty() {
            out.push(rows);
        }
        return;
    };
    let below = rows.split_off(end);
    let middle = rows.split_off(first);
    cut(rows, rules, depth + 1, out);
    let (left, right): (Vec<Piece>, Vec<Piece>) = middle.into_iter().flatten().partition(|piece| piece.u[0] < x);
    for side in [left, right] {
        cut(self::rows(side), rules, depth + 1, out);
    }
    cut(below, rules, depth + 1, out);
}

struct Gutter {
    /// Left edge of the right column, less a point.
    x: f32,
    /// Rows that it parts: `first..end`.
    first: usize,
    end: usize,
}

fn find(rows: &[Row], rules: &[Rule]) -> Option<Gutter> {
    let mut best: Option<(usize, Gutter)> = None;
    for x in edges(rows) {
        let x = x - 1.0;
        let mut at = 0;
        while at < rows.len() {
            if crosses(&rows[at], x) {
                at += 1;
                continue;
            }
            let first = at;
            while at < rows.len() && !crosses(&rows[at], x) && !(at > first && is_heading_between(rows, first, at, x)) {
                at += 1;
            }
            let end = at;
            if let Some(lines) = parts_text(&rows[first..end], x, rules)
                && best.as_ref().is_none_or(|(most, _)| lines > *most)
            {
                best = Some((lines, Gutter { x, first, end }));
            }
            at = at.max(first + 1);
        }
    }
    best.map(|(_, gutter)| gutter)
}

/// Left edges of pieces, but for the leftmost.
fn edges(rows: &[Row]) -> Vec<f32> {
    let mut all: Vec<f32> = rows.iter().flatten().map(|piece| piece.u[0]).collect();
    all.sort_by(f32::total_cmp);
    let mut out = Vec::new();
    let mut at = 0;
    while at < all.len() {
        let end = all.partition_point(|x| *x <= all[at] + 2.0);
        if at > 0 {
            out.push(all[at]);
        }
        at = end.max(at + 1);
    }
    out
}

fn crosses(row: &Row, x: f32) -> bool {
    row.iter().any(|piece| piece.u[0] < x && piece.u[1] > x - GUTTER * piece.size.clamp(6.0, 12.0))
}

/// A heading over the left column with nothing beside it begins a new part of the page.
fn is_heading_between(rows: &[Row], first: usize, at: usize, x: f32) -> bool {
    let [piece] = rows[at].as_slice() else { return false };
    if piece.u[0] >= x {
        return false;
    }
    let mut sizes: Vec<f32> = rows[first..at].iter().flatten().map(|piece| piece.size).collect();
    sizes.sort_by(f32::total_cmp);
    let usual = sizes[sizes.len() / 2];
    let beside = |other: &Piece| other.u[0] >= x && other.bottom > piece.top - 0.3 * usual && other.top < piece.bottom;
    piece.size > usual * 1.15 && !rows[at.saturating_sub(3)..(at + 4).min(rows.len())].iter().flatten().any(beside)
}

/// Whether `x` parts two bodies of running text; then the lines of the shorter one.
fn parts_text(rows: &[Row], x: f32, rules: &[Rule]) -> Option<usize> {
    let side = |left: bool| -> Vec<Line> {
        rows.iter().filter_map(|row| Line::of(row.iter().filter(|piece| (piece.u[0] < x) == left))).collect()
    };
    let (left, right) = (side(true), side(false));
    let fewer = left.len().min(right.len());
    // The last column of a text may hold a line or two.
    let long = left.len() >= 4 * LINES && (1..LINES).contains(&right.len());
    if fewer < LINES && !long {
        return None;
    }
    let (top, bottom) = (left[0].v.max(right[0].v), left[left.len() - 1].v.min(right[right.len() - 1].v));
    // Rules across the gutter between its lines are a table's.
    let across = rules.iter().filter(|rule| {
        rule.is_horizontal() && rule.x[0] < x - 12.0 && rule.x[1] > x + 12.0 && rule.y[0] > top && rule.y[0] < bottom
    });
    if across.count() >= 2 {
        return None;
    }
    if [&left, &right].iter().any(|side| side.iter().filter(|line| line.numeric).count() * 3 > side.len()) {
        return None;
    }
    let shared =
        rows.iter().filter(|row| row.iter().any(|piece| piece.u[0] < x) && row.iter().any(|piece| piece.u[0] >= x)).count();
    let full = |side: &[Line]| {
        let (low, high) = side.iter().fold((f32::MAX, f32::MIN), |(low, high), line| (low.min(line.u[0]), high.max(line.u[1])));
        side.iter().filter(|line| line.u[1] - line.u[0] >= 0.7 * (high - low)).count() * 2 >= side.len()
    };
    let wordy = |side: &[Line]| side.iter().map(|line| line.chars).sum::<usize>() >= 18 * side.len();
    let running = [&left, &right].iter().all(|side| full(side) && wordy(side));
    let apart =
        shared * 3 < fewer && [&left, &right].iter().all(|side| side.iter().map(|l| l.chars).sum::<usize>() >= 8 * side.len());
    (running || (apart && !long)).then_some(fewer)
}

/// What stands on one side of a gutter in one row.
struct Line {
    u: [f32; 2],
    v: f32,
    chars: usize,
    numeric: bool,
}

impl Line {
    fn of<'p>(pieces: impl Iterator<Item = &'p Piece>) -> Option<Self> {
        let mut line: Option<Line> = None;
        for piece in pieces {
            let numeric = piece.is_numeric();
            match &mut line {
                None => line = Some(Line { u: piece.u, v: piece.base, chars: piece.glyphs.len(), numeric }),
                Some(line) => {
                    line.u[1] = line.u[1].max(piece.u[1]);
                    line.chars += piece.glyphs.len();
                    line.numeric |= numeric;
                }
            }
        }
        line
    }
}
