//! A text that quotes are looked up in: a passage of the prompt, or a page.

use std::{ops::Range, sync::OnceLock};

use super::{DocumentPage, Passage, fold::Solid};
use crate::{
    chunk,
    types::{Segment, Span},
};

/// Bytes around a passage that are looked at, so that its ends cut no word and no number.
const MARGIN: usize = 80;

/// The stored text of a passage, its parts one behind the other, in solid form as well.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) document: usize,
    /// The parts with what stands around them. Between parts that do not touch stands a line break.
    pub(super) text: String,
    /// What belongs to the passage.
    pub(super) inner: Range<usize>,
    /// In order: where a part begins in `text`, and what it is.
    parts: Vec<(usize, Segment)>,
    pub(super) solid: Solid,
    sentences: OnceLock<Vec<Range<usize>>>,
}

impl Source {
    pub(super) fn of_passage(passage: &Passage) -> Self {
        let mut text = String::new();
        let mut parts: Vec<(usize, Segment)> = Vec::new();
        let mut inner = 0..0;
        let valid = passage.parts.iter().filter(|part| part.segment.span.of(part.page_text).is_some_and(|t| !t.is_empty()));
        let mut last = None;
        for part in valid {
            let span = part.segment.span.range();
            match parts.last() {
                None => {
                    let from = part.page_text.ceil_char_boundary(span.start.saturating_sub(MARGIN));
                    text.push_str(&part.page_text[from..span.start]);
                    inner.start = text.len();
                }
                Some((_, before)) if before.page == part.segment.page && before.span.end == part.segment.span.start => {}
                Some(_) => text.push('\n'),
            }
            parts.push((text.len(), part.segment));
            text.push_str(&part.page_text[span.clone()]);
            last = Some(&part.page_text[span.end..]);
        }
        inner.end = text.len();
        if let Some(behind) = last {
            text.push_str(&behind[..behind.floor_char_boundary(MARGIN.min(behind.len()))]);
        }
        Self::new(passage.document, text, inner, parts)
    }

    pub(super) fn of_page(page: &DocumentPage) -> Self {
        let span = Span::new(0, page.text.len().min(u32::MAX as usize));
        Self::new(page.document, page.text.to_owned(), 0..page.text.len(), vec![(0, Segment { page: page.page, span })])
    }

    fn new(document: usize, text: String, inner: Range<usize>, parts: Vec<(usize, Segment)>) -> Self {
        let solid = Solid::new(&text, inner.start, inner.end);
        Self { document, text, inner, parts, solid, sentences: OnceLock::new() }
    }

    /// Where `range` of the text is stored.
    pub(super) fn segments(&self, range: Range<usize>) -> Vec<Segment> {
        let first = self.parts.partition_point(|(start, part)| start + part.span.len() <= range.start);
        self.parts[first..]
            .iter()
            .take_while(|(start, _)| *start < range.end)
            .filter_map(|(start, part)| {
                let from = range.start.max(*start) - start + part.span.start as usize;
                let to = range.end.min(start + part.span.len()) - start + part.span.start as usize;
                (from < to).then(|| Segment { page: part.page, span: Span::new(from, to) })
            })
            .collect()
    }

    /// Where a stored segment stands in the text.
    pub(super) fn range(&self, segment: Segment) -> Option<Range<usize>> {
        self.parts.iter().find_map(|(start, part)| {
            (part.page == segment.page && part.span.contains(segment.span)).then(|| {
                let from = start + (segment.span.start - part.span.start) as usize;
                from..from + segment.span.len()
            })
        })
    }

    /// The sentences of the passage: each row of a table is one, a blank line ends one.
    pub(super) fn sentences(&self) -> &[Range<usize>] {
        self.sentences.get_or_init(|| {
            let mut found = Vec::new();
            let mut paragraph: Option<Range<usize>> = None;
            let flush = |paragraph: &mut Option<Range<usize>>, found: &mut Vec<Range<usize>>| {
                if let Some(range) = paragraph.take() {
                    let text = &self.text[range.clone()];
                    found.extend(chunk::sentences(text).into_iter().map(|s| range.start + s.start..range.start + s.end));
                }
            };
            let mut at = self.inner.start;
            for line in self.text[self.inner.clone()].split_inclusive('\n') {
                let range = at..at + line.len();
                at = range.end;
                let row = line.trim_end().contains('\t');
                if row || line.trim().is_empty() {
                    flush(&mut paragraph, &mut found);
                    let begin = range.start + (line.len() - line.trim_start().len());
                    let end = range.start + line.trim_end().len();
                    if row && begin < end {
                        found.push(begin..end);
                    }
                } else {
                    paragraph = Some(paragraph.map_or(range.start, |p| p.start)..range.end);
                }
            }
            flush(&mut paragraph, &mut found);
            found
        })
    }
}
