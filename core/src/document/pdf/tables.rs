//! Tables: rows whose pieces stand below each other, with rules or without.

use super::{columns::Row, glyphs::Rule, lines::Piece};

/// A row of a table.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct TableRow {
    pub(super) header: bool,
    /// By column, left to right; each with its lines from top to bottom, none for an empty cell.
    pub(super) cells: Vec<Vec<Piece>>,
}

/// What a region consists of.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Part {
    Lines(Vec<Piece>),
    Table(Vec<TableRow>),
}

/// Takes the tables out of a region.
pub(super) fn parts(rows: Vec<Row>, rules: &[Rule]) -> Vec<Part> {
    let mut out = Vec::new();
    let mut lines: Vec<Piece> = Vec::new();
    let mut rows = rows.into_iter().peekable();
    let mut pending: Vec<Row> = Vec::new();
    while let Some(row) = rows.next() {
        pending.push(row);
        if pending[0].len() < 2 {
            lines.extend(pending.drain(..).map(join));
            continue;
        }
        let mut grid = Grid::new(&pending[0]);
        while let Some(next) = rows.next_if(|next| grid.takes(next)) {
            grid.add(&next);
            pending.push(next);
        }
        // Lines that only look like a last row: running text below the table.
        let mut behind = Vec::new();
        while pending.len() > 1 && pending[pending.len() - 1].len() == 1 && !grid.is_continuation(&pending) {
            behind.extend(pending.pop());
        }
        if grid.is_table(&pending, rules) {
            if !lines.is_empty() {
                out.push(Part::Lines(std::mem::take(&mut lines)));
            }
            out.push(Part::Table(grid.table(std::mem::take(&mut pending), rules)));
        } else {
            lines.extend(pending.drain(..).map(join));
        }
        lines.extend(behind.into_iter().rev().map(join));
    }
    if !lines.is_empty() {
        out.push(Part::Lines(lines));
    }
    out
}

/// A row that is no table's as one line.
fn join(row: Row) -> Piece {
    let mut pieces = row.into_iter();
    let Some(mut line) = pieces.next() else { unreachable!("a row has a piece") };
    pieces.for_each(|piece| line.join(piece));
    line
}

/// Columns as intervals, left to right, that never overlap.
struct Grid {
    columns: Vec<[f32; 2]>,
    last: f32,
    size: f32,
    /// Distance of the last two rows that both had several cells.
    pitch: Option<f32>,
}

impl Grid {
    fn new(row: &Row) -> Self {
        Self { columns: row.iter().map(|piece| piece.u).collect(), last: row[0].base, size: row[0].size, pitch: None }
    }

    fn columns_of(&self, piece: &Piece) -> std::ops::Range<usize> {
        let first = self.columns.partition_point(|column| column[1] < piece.u[0] - 1.0);
        let end = self.columns.partition_point(|column| column[0] <= piece.u[1] + 1.0);
        first..end.max(first)
    }

    /// Whether the row can belong to the table: its pieces fall into single columns, or begin new ones.
    fn takes(&self, row: &Row) -> bool {
        let distance = row[0].base - self.last;
        let most = self.size.max(row[0].size) * 2.8;
        if distance > most {
            return false;
        }
        if let [piece] = row.as_slice() {
            // A line below a cell, or a title within the table; never one that runs under several columns.
            return self.columns_of(piece).len() == 1 && distance <= self.pitch.map_or(most, |pitch| pitch * 1.6);
        }
        let wide = row.iter().filter(|piece| self.columns_of(piece).len() > 1).count();
        wide == 0 || (wide == 1 && row.len() > 2)
    }

    fn add(&mut self, row: &Row) {
        self.part(row);
        for piece in row {
            let range = self.columns_of(piece);
            match range.len() {
                0 => self.columns.insert(range.start, piece.u),
                1 => {
                    let column = &mut self.columns[range.start];
                    *column = [column[0].min(piece.u[0]), column[1].max(piece.u[1])];
                }
                _ => {}
            }
        }
        if row.len() > 1 {
            self.pitch = Some(row[0].base - self.last);
        }
        self.last = row[0].base;
        self.size = row[0].size;
    }

    /// Makes several columns of one in which several numbers of a row stand: what was taken for it is their common name.
    fn part(&mut self, row: &Row) {
        let column = |piece: &Piece| Some(self.columns_of(piece)).filter(|range| range.len() == 1).map(|range| range.start);
        let columns: Vec<Option<usize>> = row.iter().map(column).collect();
        for at in (0..self.columns.len()).rev() {
            let inside: Vec<&Piece> =
                row.iter().zip(&columns).filter(|(_, own)| **own == Some(at)).map(|(piece, _)| piece).collect();
            if inside.len() > 1 && inside.iter().all(|piece| piece.is_numeric()) {
                self.columns.splice(at..=at, inside.iter().map(|piece| piece.u));
            }
        }
    }

    /// Whether the last row, a single piece, goes on with the cell above it rather than beginning a paragraph.
    fn is_continuation(&self, rows: &[Row]) -> bool {
        let [.., above, last] = rows else { return false };
        let piece = &last[0];
        let tight = piece.base - above[0].base <= piece.size * 1.35;
        tight && (self.columns_of(piece).start > 0 || piece.chars().next().is_some_and(char::is_lowercase))
    }

    fn is_table(&self, rows: &[Row], rules: &[Rule]) -> bool {
        let full = rows.iter().filter(|row| row.len() > 1).count();
        if self.columns.len() < 2 || full < 2 {
            return false;
        }
        let ruled = separators(rows, rules).len() >= 2;
        let numeric = rows.iter().filter(|row| row.len() > 1 && row[1..].iter().any(Piece::is_numeric)).count();
        if full == 2 && !ruled && numeric == 0 {
            return false;
        }
        // Behind the first, a column's pieces must share an edge or their middle.
        let aligned = (1..self.columns.len()).filter(|column| self.is_aligned(rows, *column)).count();
        aligned * 2 >= self.columns.len() - 1
    }

    fn is_aligned(&self, rows: &[Row], column: usize) -> bool {
        let pieces: Vec<&Piece> = rows.iter().flatten().filter(|piece| self.columns_of(piece) == (column..column + 1)).collect();
        let edge = |of: fn(&Piece) -> f32| {
            let most = |piece: &&Piece| pieces.iter().filter(|other| (of(other) - of(piece)).abs() < 2.5).count();
            pieces.iter().map(most).max().unwrap_or(0)
        };
        let best = edge(|p| p.u[0]).max(edge(|p| p.u[1])).max(edge(|p| p.u[0] + p.u[1]));
        pieces.len() < 2 || best * 10 >= pieces.len() * 6
    }

    fn table(&self, rows: Vec<Row>, rules: &[Rule]) -> Vec<TableRow> {
        let lines = separators(&rows, rules);
        let full = rows.iter().filter(|row| row.len() > 1).count();
        let boxed = lines.len() >= 2 && lines.len() * 3 >= full * 2;
        let mut out: Vec<TableRow> = Vec::new();
        let mut above: Option<(f32, Vec<usize>)> = None;
        // Of rows that follow each other; of few of them it says nothing.
        let full_pairs = rows.windows(2).filter(|pair| pair.iter().all(|row| row.len() > 1));
        let pitches: Vec<f32> = full_pairs.map(|pair| pair[1][0].base - pair[0][0].base).collect();
        let pitch = if pitches.len() >= 2 { pitches.into_iter().fold(f32::MAX, f32::min) } else { 0.0 };
        let mut label: Option<bool> = None;
        for row in rows {
            let (base, size, single) = (row[0].base, row[0].size, row.len() == 1);
            let taken: Vec<usize> = row.iter().map(|piece| self.columns_of(piece).start.min(self.columns.len() - 1)).collect();
            let same = match &above {
                None => false,
                Some((last, _)) if boxed => !lines.iter().any(|y| *y > *last && *y < base - size * 0.3),
                Some((last, filled)) => {
                    let tight = base - last <= size * 1.35;
                    let lower = row[0].chars().next().is_some_and(char::is_lowercase);
                    // Amounts without a label, set at the foot of a label without amounts.
                    let foot = taken[0] > 1
                        && filled.iter().all(|column| *column < taken[0])
                        && filled.contains(&(taken[0] - 1))
                        && row.iter().filter(|piece| piece.is_numeric()).count() >= 2
                        && base - last <= size * 1.6;
                    // The label was cut before its amounts, or a cell goes on below its row.
                    foot || tight
                        && ((label == Some(true) && lower)
                            // Closer to the row above than any two rows are: the label goes on.
                            || (single && taken[0] == 0 && filled.len() > 1 && filled.contains(&0) && base - last < pitch * 0.92)
                            || (single && (lower || taken[0] > 0) && filled.contains(&taken[0]) && !row[0].is_numeric())
                            || (taken[0] > 0
                                && taken.iter().all(|column| filled.contains(column))
                                && !row.iter().any(Piece::is_numeric)))
                }
            };
            if !same {
                out.push(TableRow { header: false, cells: vec![Vec::new(); self.columns.len()] });
            }
            let Some(target) = out.last_mut() else { continue };
            let mut filled = if same { above.take().map(|(_, filled)| filled).unwrap_or_default() } else { Vec::new() };
            for (piece, column) in row.into_iter().zip(&taken) {
                filled.push(*column);
                target.cells[*column].push(piece);
            }
            label = Some(single && taken[0] == 0);
            above = Some((base, filled));
        }
        mark_header(&mut out);
        out
    }
}

/// Heights of the horizontal rules that run between the rows.
fn separators(rows: &[Row], rules: &[Rule]) -> Vec<f32> {
    let (Some(first), Some(last)) = (rows.first(), rows.last()) else { return Vec::new() };
    if first[0].angle != 0 {
        return Vec::new();
    }
    let left = rows.iter().flatten().map(|piece| piece.u[0]).fold(f32::MAX, f32::min);
    let right = rows.iter().flatten().map(|piece| piece.u[1]).fold(f32::MIN, f32::max);
    let mut heights: Vec<f32> = rules
        .iter()
        .filter(|rule| rule.is_horizontal() && rule.y[0] > first[0].base && rule.y[0] < last[0].base)
        .filter(|rule| rule.x[0] < right && rule.x[1] > left)
        .map(|rule| rule.y[0])
        .collect();
    heights.sort_by(f32::total_cmp);
    heights.dedup_by(|a, b| (*a - *b).abs() < 3.0);
    heights
}

/// The rows at the top that name the columns: no amounts where the rows below have them, or bold where they are not.
fn mark_header(rows: &mut [TableRow]) {
    let is_amount = |cell: &Vec<Piece>| cell.iter().any(|piece| piece.is_numeric() && !names_time(&piece.text()));
    let filled = |row: &TableRow| row.cells.iter().filter(|cell| !cell.is_empty()).count();
    let amounts = rows.iter().filter(|row| row.cells.iter().skip(1).any(is_amount)).count();
    let bold = |row: &TableRow| row.cells.iter().flatten().all(|piece| piece.bold);
    let bolds = rows.iter().filter(|row| bold(row)).count();
    // A table of one row below its header has as many rows with amounts as without.
    let numeric = amounts * 2 > rows.len() || (rows.len() == 2 && amounts == 1);
    let distinct = bolds * 2 < rows.len();
    let mut count = 0;
    for row in rows.iter().take(3) {
        let plain = !row.cells.iter().skip(1).any(is_amount) && filled(row) >= 1;
        let names = row.cells.iter().skip(1).any(|cell| !cell.is_empty());
        if !(plain && ((numeric && names) || (distinct && bold(row)))) {
            break;
        }
        count += 1;
    }
    if count < rows.len() {
        rows[..count].iter_mut().for_each(|row| row.header = true);
    }
}

/// A year or a day, with or without a unit, names a column; it is no amount.
fn names_time(text: &str) -> bool {
    let mut numbers = text.split_whitespace().filter(|word| word.contains(|ch: char| ch.is_ascii_digit())).peekable();
    numbers.peek().is_some() && numbers.all(is_time)
}

fn is_time(word: &str) -> bool {
    // A day of every year: `31.12.`
    let small = |text: &str, most: u8| text.len() <= 2 && text.parse::<u8>().is_ok_and(|n| (1..=most).contains(&n));
    if let [day, month, ""] = word.split('.').collect::<Vec<_>>().as_slice()
        && small(day, 31)
        && small(month, 12)
    {
        return true;
    }
    let word = word.trim_matches(|ch: char| !ch.is_ascii_digit());
    let year = |text: &str| text.len() == 4 && (text.starts_with("19") || text.starts_with("20"));
    if !word.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'/' | b'-')) {
        return false;
    }
    let parts: Vec<&str> = word.split(['.', '/', '-']).collect();
    match parts.as_slice() {
        [only] => year(only),
        [first, second] => year(first) && second.len() <= 4,
        [a, b, c] => [a, b, c].iter().all(|part| (1..=4).contains(&part.len())) && (year(a) || year(c)),
        _ => false,
    }
}
