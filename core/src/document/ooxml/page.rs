use std::mem;

use crate::{
    Error, ErrorKind, Result,
    document::Limits,
    types::{Anchor, Block, BlockKind, Cell, Origin, OriginRun, Page, PageStatus, Span},
};

/// A piece of text that is not on a page yet: a paragraph, the content of a cell.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Piece {
    text: String,
    joins: Vec<Span>,
    hidden: Vec<Span>,
}

/// A row of a table that is not on a page yet. `cells` hold their 0-based column.
#[derive(Debug, Clone, Default)]
pub(crate) struct Row {
    pub(crate) table: u32,
    pub(crate) header: bool,
    pub(crate) cells: Vec<(u32, Piece)>,
}

impl Piece {
    /// Visible text.
    pub(crate) fn of(text: &str) -> Self {
        let mut piece = Self::default();
        piece.push(text, false);
        piece
    }

    /// Appends text. Soft hyphens become joins, tag characters (U+E0000 block) are hidden whatever `hidden` says.
    pub(crate) fn push(&mut self, text: &str, hidden: bool) {
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            let start = self.text.len();
            match c {
                '\u{0}' | '\u{feff}' => continue,
                '\r' if chars.peek() == Some(&'\n') => continue,
                '\r' => self.text.push('\n'),
                '\u{b}' | '\u{c}' | '\u{2028}' | '\u{2029}' => self.text.push('\n'),
                c if c.is_control() && !matches!(c, '\n' | '\t') => continue,
                c => self.text.push(c),
            }
            let span = Span::new(start, self.text.len());
            if c == '\u{ad}' {
                extend(&mut self.joins, span);
            }
            if hidden || matches!(c, '\u{e0000}'..='\u{e007f}') {
                extend(&mut self.hidden, span);
            }
        }
    }

    /// Appends text that stands on the page and is no part of the words: the mark of a footnote.
    pub(crate) fn push_mark(&mut self, mark: &str) {
        let start = self.text.len();
        self.push(mark, false);
        if start < self.text.len() {
            extend(&mut self.joins, Span::new(start, self.text.len()));
        }
    }

    /// Appends another piece behind `separator`, if both have text.
    pub(crate) fn append(&mut self, other: &Piece, separator: &str) {
        if other.is_blank() {
            return;
        }
        if !self.text.is_empty() {
            self.text.push_str(separator);
        }
        let by = self.text.len() as u32;
        let moved = |span: &Span| Span { start: span.start + by, end: span.end + by };
        self.text.push_str(&other.text);
        self.joins.extend(other.joins.iter().map(moved));
        self.hidden.extend(other.hidden.iter().map(moved));
    }

    /// Puts text before the piece.
    pub(crate) fn prefix(&mut self, text: &str) {
        let rest = mem::replace(self, Piece::of(text));
        self.append(&rest, "");
    }

    /// Whether it has nothing but white space.
    pub(crate) fn is_blank(&self) -> bool {
        self.text.trim().is_empty()
    }

    /// Its text.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }
}

/// Appends a span, joined with the last one when they touch.
fn extend(spans: &mut Vec<Span>, span: Span) {
    match spans.last_mut() {
        Some(last) if last.end == span.start => last.end = span.end,
        _ => spans.push(span),
    }
}

/// Writes one page: blocks in order, parted by line breaks, within the limits.
#[derive(Debug)]
pub(crate) struct PageWriter {
    page: Page,
    has_picture: bool,
    limit: u64,
}

impl PageWriter {
    /// A page that takes as much text as one page may have, and no more than `left` bytes.
    pub(crate) fn new(number: u32, limits: &Limits, left: u64) -> Self {
        let page = Page { number, ..Page::default() };
        Self { page, has_picture: false, limit: limits.page_text_bytes.min(left).min(u64::from(u32::MAX / 2)) }
    }

    /// Names the page.
    pub(crate) fn set_name(&mut self, name: Option<String>) {
        self.page.name = name;
    }

    /// Says that the page shows a picture: without text it is a scan, not empty.
    pub(crate) fn set_picture(&mut self) {
        self.has_picture = true;
    }

    /// Adds a block; nothing when the piece is blank. Returns whether there was something to add.
    pub(crate) fn block(&mut self, piece: &Piece, kind: BlockKind, anchor: Option<Anchor>) -> Result<bool> {
        if piece.is_blank() {
            return Ok(false);
        }
        self.separate("\n");
        let span = self.add(piece, false)?;
        self.page.blocks.push(Block { span, kind, anchor, cells: Vec::new() });
        Ok(true)
    }

    /// Adds a row; nothing when all its cells are blank. White space within a cell becomes spaces, so that one row is one
    /// line and a tab always parts two cells; an empty cell has no tab of its own. Returns the index of its block.
    pub(crate) fn row(&mut self, row: &Row, anchor: Option<Anchor>) -> Result<Option<usize>> {
        if row.cells.iter().all(|(_, piece)| piece.is_blank()) {
            return Ok(None);
        }
        self.separate("\n");
        let start = self.page.text.len();
        let mut cells = Vec::with_capacity(row.cells.len());
        for (column, piece) in &row.cells {
            if !piece.is_blank() && self.page.text.len() > start {
                self.page.text.push('\t');
            }
            cells.push(Cell { span: self.add(piece, true)?, column: *column });
        }
        let kind = BlockKind::TableRow { table: row.table, header: row.header };
        self.page.blocks.push(Block { span: Span::new(start, self.page.text.len()), kind, anchor, cells });
        Ok(Some(self.page.blocks.len() - 1))
    }

    /// Makes the row at this index of the blocks name the columns.
    pub(crate) fn make_header(&mut self, block: usize) {
        if let Some(Block { kind: BlockKind::TableRow { header, .. }, .. }) = self.page.blocks.get_mut(block) {
            *header = true;
        }
    }

    /// Bytes of text so far.
    pub(crate) fn len(&self) -> usize {
        self.page.text.len()
    }

    /// The page.
    pub(crate) fn finish(mut self) -> Page {
        self.page.text.truncate(self.page.text.trim_end().len().max(self.page.blocks.last().map_or(0, |b| b.span.end as usize)));
        if self.page.blocks.is_empty() {
            self.page.status = if self.has_picture { PageStatus::Scanned } else { PageStatus::Empty };
        }
        self.page
    }

    fn separate(&mut self, separator: &str) {
        if !self.page.text.is_empty() && !self.page.text.ends_with('\n') {
            self.page.text.push_str(separator);
        }
    }

    /// Appends the piece without the white space around it.
    fn add(&mut self, piece: &Piece, one_line: bool) -> Result<Span> {
        let lead = piece.text.len() - piece.text.trim_start().len();
        let text = piece.text.trim();
        if (self.page.text.len() + text.len()) as u64 > self.limit {
            return Err(Error::new(ErrorKind::Limit, "limit.text", "the document has more text than is allowed")
                .with("page", self.page.number.to_string())
                .with("setting", "limits.page_text_bytes, limits.text_bytes")
                .with_hint("raise the limits if the file is trusted"));
        }
        let start = self.page.text.len();
        if one_line {
            // Each of these is one byte, so that offsets stay.
            self.page.text.extend(text.chars().map(|c| if matches!(c, '\n' | '\t') { ' ' } else { c }));
        } else {
            self.page.text.push_str(text);
        }
        let span = Span::new(start, self.page.text.len());
        let placed = |inner: &Span| {
            let shift = |at: u32| (at as usize + start).saturating_sub(lead) as u32;
            Span { start: shift(inner.start).max(span.start), end: shift(inner.end) }.intersection(span)
        };
        self.page.joins.extend(piece.joins.iter().filter_map(placed));
        let origin = Origin::Hidden;
        self.page.origins.extend(piece.hidden.iter().filter_map(placed).map(|span| OriginRun { span, origin }));
        Ok(span)
    }
}
