//! Builds pages block by block, so that an extractor of flowing text cannot break what [`Page`] promises.

use super::{Limits, Sink};
use crate::{
    Result,
    types::{Anchor, Block, BlockKind, Cell, Origin, OriginRun, Page, PageStatus, Span},
};

/// Flowing text is one page up to this many bytes, and goes on the next page after the block that reaches it: a page
/// is what is held in memory, and what a reader is shown.
const PAGE_TEXT_BYTES: usize = 4 << 20;

/// Rows of one page at most.
const PAGE_ROWS: usize = 10_000;

/// Collects blocks into pages and hands each page on when it is full.
///
/// Blocks are parted by a blank line, rows of a table and items of a list by a line break; the text ends with one.
pub(super) struct Pages<'s> {
    sink: &'s mut dyn Sink,
    page_text_bytes: usize,
    page: Page,
    number: u32,
    paragraphs: u32,
    tables: u32,
    in_table: bool,
    rows: usize,
    hidden: bool,
    part: Option<String>,
    header: Option<Header>,
}

/// The row that names the columns of the table in progress: a page that the table runs on to begins with it.
struct Header {
    cells: Vec<(u32, String)>,
    anchor: Option<Anchor>,
}

impl<'s> Pages<'s> {
    pub(super) fn new(limits: &Limits, sink: &'s mut dyn Sink) -> Self {
        Self {
            sink,
            page_text_bytes: PAGE_TEXT_BYTES.min((limits.page_text_bytes / 2) as usize),
            page: Page::default(),
            number: 0,
            paragraphs: 0,
            tables: 0,
            in_table: false,
            rows: 0,
            hidden: false,
            part: None,
            header: None,
        }
    }

    /// Until the next call, blocks are anchored at the named part and not counted as paragraphs.
    pub(super) fn set_part(&mut self, part: Option<&str>) {
        self.part = part.map(str::to_owned);
    }

    /// Until the next call, blocks are text that a reader does not see.
    pub(super) fn set_hidden(&mut self, hidden: bool) {
        self.hidden = hidden;
    }

    /// Appends a block. Blank text makes none. `joins` are relative to `text`.
    pub(super) fn block(&mut self, kind: BlockKind, text: &str, joins: &[Span], anchor: Option<Anchor>) -> Result<()> {
        self.end_table();
        let trimmed = match kind {
            BlockKind::Preformatted => text.trim_end().trim_start_matches(['\n', '\r']),
            _ => text.trim(),
        };
        if trimmed.trim().is_empty() {
            return Ok(());
        }
        let cut = trimmed.as_ptr() as usize - text.as_ptr() as usize;
        self.make_room(trimmed.len())?;
        let tight = kind == BlockKind::ListItem && self.page.blocks.last().is_some_and(|b| b.kind == kind);
        let span = self.append(trimmed, tight);
        self.page.joins.extend(joins.iter().filter(|j| j.start as usize >= cut && j.end as usize <= cut + trimmed.len()).map(
            |j| {
                let by = span.start as usize;
                Span::new(j.start as usize - cut + by, j.end as usize - cut + by)
            },
        ));
        let anchor = anchor.or_else(|| self.anchor());
        self.page.blocks.push(Block { span, kind, anchor, cells: Vec::new() });
        Ok(())
    }

    /// Appends a row to the table in progress, or begins a table with it. Tabs and line breaks in a cell become spaces.
    pub(super) fn row<'c>(
        &mut self,
        header: bool,
        cells: impl Iterator<Item = (u32, &'c str)> + Clone,
        anchor: Option<Anchor>,
    ) -> Result<()> {
        if cells.clone().all(|(_, text)| text.trim().is_empty()) {
            return Ok(());
        }
        if self.in_table && self.rows >= PAGE_ROWS {
            self.break_table()?;
        }
        let size = cells.clone().map(|(_, text)| text.len() + 1).sum();
        if self.in_table && self.is_full(size) {
            self.break_table()?;
        }
        if header && self.header.is_none() {
            self.header = Some(Header { cells: cells.clone().map(|(c, t)| (c, t.to_owned())).collect(), anchor: anchor.clone() });
        }
        self.push_row(header, cells, size, anchor)
    }

    /// Ends the table in progress: the next row begins another one.
    pub(super) fn end_table(&mut self) {
        if self.in_table {
            self.in_table = false;
            self.tables += 1;
        }
        self.rows = 0;
        self.header = None;
    }

    /// Ends the page in progress, even when it is empty: a form feed does.
    pub(super) fn end_page(&mut self) -> Result<()> {
        self.end_table();
        self.hand_over()
    }

    /// Hands over what is left. A document without any text has one page, which is empty.
    pub(super) fn finish(mut self) -> Result<()> {
        if self.number == 0 || !self.page.text.is_empty() { self.hand_over() } else { Ok(()) }
    }

    fn anchor(&mut self) -> Option<Anchor> {
        match &self.part {
            Some(part) => Some(Anchor::Part(part.clone())),
            None => {
                self.paragraphs += 1;
                Some(Anchor::Paragraph(self.paragraphs))
            }
        }
    }

    fn is_full(&self, more: usize) -> bool {
        !self.page.text.is_empty() && self.page.text.len() + more > self.page_text_bytes
    }

    fn make_room(&mut self, more: usize) -> Result<()> {
        if self.is_full(more) { self.hand_over() } else { Ok(()) }
    }

    fn break_table(&mut self) -> Result<()> {
        let header = self.header.take();
        self.hand_over()?;
        self.rows = 0;
        if let Some(Header { cells, anchor }) = &header {
            let cells = cells.iter().map(|(column, text)| (*column, text.as_str()));
            self.push_row(true, cells, 0, anchor.clone())?;
        }
        self.header = header;
        Ok(())
    }

    fn push_row<'c>(
        &mut self,
        header: bool,
        cells: impl Iterator<Item = (u32, &'c str)>,
        size: usize,
        anchor: Option<Anchor>,
    ) -> Result<()> {
        if !self.in_table {
            self.make_room(size)?;
        }
        let mut line = String::with_capacity(size);
        let mut spans = Vec::new();
        let (mut first, mut last) = (None, 0);
        for (i, (column, text)) in cells.enumerate() {
            if i > 0 {
                line.push('\t');
            }
            let start = line.len();
            line.extend(text.trim().chars().map(|c| if matches!(c, '\t' | '\n' | '\r' | '\u{b}' | '\u{c}') { ' ' } else { c }));
            if line.len() > start {
                first.get_or_insert(start);
                last = line.len();
            }
            spans.push((start, line.len(), column));
        }
        let first = first.unwrap_or(0);
        // Empty cells at either end are white space: they lie outside of the block and are empty spans at its edge.
        let span = self.append(&line[first..last], self.in_table);
        let base = span.start as usize;
        let place = |at: usize| at.clamp(first, last) - first + base;
        let cells =
            spans.into_iter().map(|(start, end, column)| Cell { span: Span::new(place(start), place(end)), column }).collect();
        let anchor = anchor.or_else(|| self.anchor());
        self.page.blocks.push(Block { span, kind: BlockKind::TableRow { table: self.tables, header }, anchor, cells });
        self.in_table = true;
        self.rows += 1;
        Ok(())
    }

    fn append(&mut self, text: &str, tight: bool) -> Span {
        if !self.page.text.is_empty() && !tight {
            self.page.text.push('\n');
        }
        let start = self.page.text.len();
        self.page.text.push_str(text);
        let span = Span::new(start, self.page.text.len());
        self.page.text.push('\n');
        if self.hidden {
            self.page.origins.push(OriginRun { span, origin: Origin::Hidden });
        }
        span
    }

    fn hand_over(&mut self) -> Result<()> {
        let mut page = std::mem::take(&mut self.page);
        self.number += 1;
        page.number = self.number;
        if page.text.is_empty() {
            page.status = PageStatus::Empty;
        }
        self.tables = 0;
        self.in_table = false;
        self.sink.page(page)
    }
}
