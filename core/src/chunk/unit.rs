//! What chunks are packed from: a sentence, an item, a row, a line, with its share of the page.

use std::sync::Arc;

use crate::types::{Segment, Span};

/// What a unit is, as far as packing cares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Heading,
    Prose,
    Item,
    /// The row that names the columns of a table.
    HeaderRow,
    Row,
    Caption,
    Note,
    /// A line of preformatted text.
    Line,
}

/// The smallest piece that packing moves.
#[derive(Debug, Clone)]
pub(super) struct Unit {
    pub(super) kind: Kind,
    /// Reading text.
    pub(super) text: String,
    /// The text with the names of its columns, for a row.
    pub(super) named: Option<String>,
    /// Where the text runs in step with the page from: `(byte of the text, page, byte of the page)`, ascending.
    pub(super) steps: Vec<(u32, u32, u32)>,
    /// Where the text stands.
    pub(super) segments: Vec<Segment>,
    /// Its share of the pages: the text, and the white space and furniture next to it.
    pub(super) core: Vec<Segment>,
    /// Tokens of `text`, at least 1.
    pub(super) tokens: usize,
    /// The headings in force above it.
    pub(super) path: Arc<[String]>,
    /// The header rows of its table as text, for a row.
    pub(super) header: Option<Arc<str>>,
    /// Whether a paragraph, item, row or line begins with it.
    pub(super) begins_block: bool,
    /// Whether it goes on with the sentence of the unit before it.
    pub(super) continues: bool,
    /// Whether it does so within a word, without a space.
    pub(super) joined: bool,
    /// Whether both stand in one piece on the page: no footnote and no page break between them.
    pub(super) touches: bool,
    /// Whether it may have a vector of its own.
    pub(super) embed: bool,
}

impl Unit {
    /// Page and byte where the byte `at` of the text stands.
    fn place(&self, at: usize) -> (u32, u32) {
        let step = self.steps.partition_point(|(text, ..)| *text as usize <= at).saturating_sub(1);
        self.steps.get(step).map_or((0, 0), |(text, page, byte)| (*page, byte + (at as u32 - text)))
    }

    /// Cuts it at `ends`, which are ascending, on character boundaries, and end with the length of the text.
    pub(super) fn split(self, ends: &[usize]) -> Vec<Unit> {
        let mut parts: Vec<Unit> = Vec::with_capacity(ends.len());
        let mut at = 0;
        // Where the core of the part begins: what stands before the first belongs to it.
        let mut core_from = (0, 0);
        let mut last_of_before = (0, 0);
        for (i, end) in ends.iter().enumerate() {
            let piece = &self.text[at..*end];
            let trimmed = piece.trim();
            if trimmed.is_empty() {
                at = *end;
                continue;
            }
            let start = at + (piece.len() - piece.trim_start().len());
            let from = self.place(start);
            let last = self.place(start + trimmed.len() - 1);
            if let Some(before) = parts.last_mut() {
                before.core = slice(&self.core, core_from, from);
                core_from = from;
            }
            let base = start as u32;
            let mut steps = vec![(0, from.0, from.1)];
            let inside = |step: &&(u32, u32, u32)| step.0 > base && (step.0 as usize) < start + trimmed.len();
            steps.extend(self.steps.iter().filter(inside).map(|(text, page, byte)| (text - base, *page, *byte)));
            let piece_of =
                |segment: &Segment, (page, byte)| segment.page == page && segment.span.start <= byte && byte < segment.span.end;
            let touches = self.segments.iter().any(|s| piece_of(s, last_of_before) && piece_of(s, from));
            last_of_before = last;
            parts.push(Unit {
                kind: self.kind,
                text: trimmed.to_owned(),
                named: None,
                steps,
                segments: slice(&self.segments, from, (last.0, last.1 + 1)),
                core: Vec::new(),
                tokens: 0,
                path: Arc::clone(&self.path),
                header: self.header.clone(),
                begins_block: self.begins_block && parts.is_empty(),
                continues: self.continues || !parts.is_empty(),
                joined: if parts.is_empty() { self.joined } else { start == at && !self.text[..at].ends_with(' ') },
                touches: if parts.is_empty() { self.touches } else { touches },
                embed: self.embed,
            });
            at = *end;
            debug_assert!(i + 1 < ends.len() || at == self.text.len());
        }
        if let Some(last) = parts.last_mut() {
            last.core = slice(&self.core, core_from, (u32::MAX, u32::MAX));
        }
        parts
    }

    /// Whether a break before it parts a table, a list or a piece of code.
    pub(super) fn stays_with(&self, before: &Unit) -> bool {
        self.kind == before.kind && matches!(self.kind, Kind::Row | Kind::Item | Kind::Line)
            || self.kind == Kind::Row && before.kind == Kind::HeaderRow
            || self.kind == Kind::Item && before.text.ends_with(':')
    }
}

/// What of `segments` stands from `from` on and before `to`, as page and byte.
fn slice(segments: &[Segment], from: (u32, u32), to: (u32, u32)) -> Vec<Segment> {
    let cut = segments.iter().filter_map(|segment| {
        let start = if segment.page == from.0 { segment.span.start.max(from.1) } else { segment.span.start };
        let end = if segment.page == to.0 { segment.span.end.min(to.1) } else { segment.span.end };
        let inside = segment.page >= from.0 && segment.page <= to.0 && start < end;
        inside.then_some(Segment { page: segment.page, span: Span { start, end } })
    });
    cut.collect()
}

/// Adds `more` to `segments`, which stay sorted and merged where they touch.
pub(super) fn add_segments(segments: &mut Vec<Segment>, more: &[Segment]) {
    for segment in more {
        match segments.last_mut() {
            Some(last) if last.page == segment.page && last.span.end == segment.span.start => last.span.end = segment.span.end,
            Some(last) if *last > *segment => {
                segments.push(*segment);
                segments.sort_unstable();
                let mut merged: Vec<Segment> = Vec::with_capacity(segments.len());
                for segment in segments.drain(..) {
                    match merged.last_mut() {
                        Some(last) if last.page == segment.page && last.span.end == segment.span.start => {
                            last.span.end = segment.span.end;
                        }
                        _ => merged.push(segment),
                    }
                }
                *segments = merged;
            }
            _ => segments.push(*segment),
        }
    }
}
