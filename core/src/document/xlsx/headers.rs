use std::collections::BTreeSet;

/// What a cell holds, as far as it tells whether its row names columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    /// A year or a date: names a column as well as a row.
    Period,
    Figure,
}

/// Finds tables, and in each the row that names its columns.
///
/// Rows without an empty one between them are one table. Its header is the row that the file says (a table, a filter, print
/// titles, frozen panes); if it says none, the row right above the first one with figures, or a first row in bold above
/// rows that are not, provided that it has two cells or more and no figure.
#[derive(Debug, Default)]
pub(super) struct Headers {
    said: BTreeSet<u32>,
    table: u32,
    last_row: Option<u32>,
    /// The table has its header, or it is too late for one.
    is_settled: bool,
    rows: u32,
    before: Option<Before>,
}

/// The row before, when it can name columns.
#[derive(Debug, Clone, Copy)]
struct Before {
    block: usize,
    bold: bool,
    is_first: bool,
}

/// A row, as it is about to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) table: u32,
    pub(super) header: bool,
}

impl Headers {
    pub(super) fn new(said: BTreeSet<u32>) -> Self {
        Self { said, ..Self::default() }
    }

    /// Adds a row that names columns because the file says so.
    pub(super) fn say(&mut self, row: u32) {
        self.said.insert(row);
    }

    /// Where a row with text belongs.
    pub(super) fn place(&mut self, row: u32) -> Place {
        let goes_on = self.last_row.is_some_and(|last| row == last || Some(row) == last.checked_add(1));
        if !goes_on {
            self.table += u32::from(self.last_row.is_some());
            (self.is_settled, self.rows, self.before) = (false, 0, None);
        }
        self.last_row = Some(row);
        let header = self.said.contains(&row);
        self.is_settled |= header;
        Place { table: self.table, header }
    }

    /// Takes the row that was placed and written as `block`; returns the block that turns out to be a header.
    pub(super) fn written(&mut self, block: usize, kinds: &[Kind], bold: bool) -> Option<usize> {
        self.rows += 1;
        if self.is_settled {
            return None;
        }
        let has_figure = kinds.contains(&Kind::Figure);
        let header = self.before.filter(|before| has_figure || (before.is_first && before.bold && !bold));
        let can_name = !has_figure && kinds.len() >= 2 && kinds.contains(&Kind::Text);
        self.is_settled = has_figure || header.is_some();
        self.before = can_name.then_some(Before { block, bold, is_first: self.rows == 1 });
        header.map(|before| before.block)
    }
}

#[cfg(test)]
mod tests {
    use super::{Kind::*, *};

    /// Feeds rows (number, kinds, bold) and returns the rows that are headers, and the table of each row.
    fn headers(said: &[u32], rows: &[(u32, &[Kind], bool)]) -> (Vec<u32>, Vec<u32>) {
        let mut headers = Headers::new(said.iter().copied().collect());
        let (mut found, mut tables) = (Vec::new(), Vec::new());
        for (block, (row, kinds, bold)) in rows.iter().enumerate() {
            let place = headers.place(*row);
            tables.push(place.table);
            if place.header {
                found.push(*row);
            }
            found.extend(headers.written(block, kinds, *bold).map(|block| rows[block].0));
        }
        (found, tables)
    }

    #[test]
    fn the_row_above_the_first_figures_names_the_columns() {
        let rows: &[(u32, &[Kind], bool)] = &[
            (1, &[Text], false),
            (2, &[Text, Period, Period], false),
            (3, &[Text, Figure, Figure], false),
            (4, &[Text, Text], false),
        ];
        assert_eq!(headers(&[], rows).0, [2]);
    }

    #[test]
    fn an_empty_row_parts_two_tables_with_headers_of_their_own() {
        let rows: &[(u32, &[Kind], bool)] =
            &[(1, &[Text, Text], false), (2, &[Text, Figure], false), (4, &[Text, Text], false), (5, &[Text, Figure], false)];
        assert_eq!(headers(&[], rows), (vec![1, 4], vec![0, 0, 1, 1]));
    }

    #[test]
    fn what_the_file_says_goes_before_what_it_looks_like() {
        let rows: &[(u32, &[Kind], bool)] = &[(1, &[Text, Text], true), (2, &[Text, Text], false), (3, &[Text, Figure], false)];
        assert_eq!(headers(&[1], rows).0, [1]);
        assert_eq!(headers(&[3], rows).0.last(), Some(&3));
    }

    #[test]
    fn a_bold_first_row_names_columns_of_text() {
        let rows: &[(u32, &[Kind], bool)] = &[(1, &[Text, Text], true), (2, &[Text, Text], false), (3, &[Text, Text], false)];
        assert_eq!(headers(&[], rows).0, [1]);
    }

    #[test]
    fn figures_alone_have_no_header() {
        let rows: &[(u32, &[Kind], bool)] =
            &[(1, &[Figure, Figure], false), (2, &[Text, Text], false), (3, &[Figure, Figure], false)];
        assert!(headers(&[], rows).0.is_empty());
    }
}
