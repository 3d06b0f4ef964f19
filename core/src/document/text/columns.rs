//! Tables in fixed pitch: columns that are parted by the same gaps in every line, or by tabs.

/// Fewer lines than this are not called a table.
const MIN_LINES: usize = 3;

/// The lines that make a table, and where its columns stand.
pub(super) struct Table {
    /// How many lines from the first.
    pub(super) lines: usize,
    /// Whether the first line names the columns.
    pub(super) header: bool,
    split: Split,
}

enum Split {
    Tabs,
    /// Where each column begins and ends, in characters. The last one ends nowhere.
    At(Vec<(usize, usize)>),
}

impl Table {
    /// The cells of a line, with their columns.
    pub(super) fn cells<'l>(&self, line: &'l str) -> impl Iterator<Item = (u32, &'l str)> + use<'l> {
        let cells: Vec<&str> = match &self.split {
            Split::Tabs => line.split('\t').collect(),
            Split::At(columns) => {
                let mut bytes: Vec<usize> = line.char_indices().map(|(at, _)| at).collect();
                bytes.push(line.len());
                let at = |chars: usize| bytes[chars.min(bytes.len() - 1)];
                columns.iter().map(|(start, end)| &line[at(*start)..at(*end)]).collect()
            }
        };
        (0..).zip(cells)
    }
}

/// The table that `lines` begin with.
pub(super) fn table(lines: &[&str]) -> Option<Table> {
    by_tabs(lines).or_else(|| by_gaps(lines))
}

fn by_tabs(lines: &[&str]) -> Option<Table> {
    let tabs = |line: &str| line.trim_start().matches('\t').count();
    let first = tabs(lines[0]);
    if first == 0 || lines[0].starts_with('\t') {
        return None;
    }
    let count = lines.iter().take_while(|line| tabs(line) == first).count();
    (count >= MIN_LINES.min(2)).then(|| Table { lines: count, header: is_header(lines[0], lines[1]), split: Split::Tabs })
}

fn by_gaps(lines: &[&str]) -> Option<Table> {
    let has_gap = |line: &&&str| line.trim_start().contains("  ") && !line.contains('\t');
    let count = lines.iter().take_while(has_gap).count();
    if count < MIN_LINES {
        return None;
    }
    let lines = &lines[..count];
    let rows: Vec<Vec<char>> = lines.iter().map(|line| line.chars().collect()).collect();
    let width = rows.iter().map(Vec::len).max().unwrap_or(0);
    // A gutter is at least two characters wide and white in every line.
    let white: Vec<bool> = (0..width).map(|i| rows.iter().all(|row| row.get(i).is_none_or(|c| c.is_whitespace()))).collect();
    let mut columns: Vec<(usize, usize)> = Vec::new();
    let mut at = white.iter().position(|w| !w)?;
    while at < width {
        let mut end = at;
        while end < width && !(white[end] && white.get(end + 1).copied().unwrap_or(true)) {
            end += 1;
        }
        columns.push((at, end));
        at = end + white[end..].iter().position(|w| !w).unwrap_or(width - end);
    }
    if columns.len() < 2 {
        return None;
    }
    let filled = |line: &[char]| {
        let cell = |(start, end): &(usize, usize)| {
            line.get(*start..(*end).min(line.len())).unwrap_or(&[]).iter().any(|c| !c.is_whitespace())
        };
        columns.iter().filter(|column| cell(column)).count()
    };
    // Most lines fill at least two columns: otherwise the gutter is an accident of a letterhead.
    if rows.iter().filter(|row| filled(row) >= 2).count() * 4 < rows.len() * 3 {
        return None;
    }
    if let Some(last) = columns.last_mut() {
        last.1 = usize::MAX;
    }
    Some(Table { lines: count, header: is_header(lines[0], lines[1]), split: Split::At(columns) })
}

/// A line without a number above one with a number names the columns.
fn is_header(first: &str, second: &str) -> bool {
    let words =
        |line: &str| line.split_whitespace().filter(|w| w.chars().next_back().is_some_and(|c| c.is_ascii_digit())).count();
    words(first) == 0 && words(second) > 0
}
