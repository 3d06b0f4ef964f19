//! The text of a span as a reader reads it, with the way back to the page.

use std::ops::Range;

use crate::types::{Page, Span};

/// Reading text (see [`Page::reading_text`]) and where each byte of it stands on the page.
pub(super) struct Reading {
    /// Joins left out, each run of white space as one space, none at either end.
    pub(super) text: String,
    /// Where the two run in step from: `(byte of the text, byte of the page)`, ascending.
    steps: Vec<(usize, usize)>,
}

impl Reading {
    pub(super) fn new(page: &Page, span: Span) -> Self {
        let mut reading = Self { text: String::with_capacity(span.len()), steps: Vec::new() };
        let mut at = span.start as usize;
        let end = span.end as usize;
        let first = page.joins.partition_point(|join| join.end <= span.start);
        for join in page.joins[first..].iter().take_while(|join| (join.start as usize) < end) {
            let (start, stop) = (join.start as usize, (join.end as usize).min(end));
            if start >= at && page.text.is_char_boundary(start) && page.text.is_char_boundary(stop) {
                reading.fold(&page.text, at..start);
                at = stop;
            }
        }
        reading.fold(&page.text, at..end);
        reading.text.truncate(reading.text.trim_end().len());
        reading
    }

    fn fold(&mut self, text: &str, range: Range<usize>) {
        let mut at = range.start;
        for (i, c) in text[range.clone()].char_indices() {
            let (i, len) = (range.start + i, c.len_utf8());
            if !c.is_whitespace() {
                continue;
            }
            self.copy(text, at..i);
            at = i + len;
            if !self.text.is_empty() && !self.text.ends_with(' ') {
                self.step(i);
                self.text.push(' ');
            }
        }
        self.copy(text, at..range.end);
    }

    fn copy(&mut self, text: &str, range: Range<usize>) {
        if !range.is_empty() {
            self.step(range.start);
            self.text.push_str(&text[range]);
        }
    }

    fn step(&mut self, from: usize) {
        let to = self.text.len();
        if self.steps.last().is_none_or(|(text, page)| from - page != to - text) {
            self.steps.push((to, from));
        }
    }

    /// The span on the page of a part of the text that neither begins nor ends with white space.
    pub(super) fn span(&self, part: Range<usize>) -> Span {
        let place = |at: usize| {
            let step = self.steps.partition_point(|(text, _)| *text <= at).saturating_sub(1);
            self.steps.get(step).map_or(0, |(text, page)| page + (at - text))
        };
        // The last byte's place and one more: what follows the part may stand elsewhere.
        if part.is_empty() {
            Span::new(place(part.start), place(part.start))
        } else {
            Span::new(place(part.start), place(part.end - 1) + 1)
        }
    }

    /// The steps of a part: `(byte of the part, byte of the page)`.
    pub(super) fn steps(&self, part: Range<usize>) -> impl Iterator<Item = (usize, usize)> + '_ {
        let first = self.steps.partition_point(|(text, _)| *text <= part.start).saturating_sub(1);
        let inside = self.steps[first..].iter().take_while(move |(text, _)| *text < part.end);
        inside
            .map(move |(text, page)| if *text < part.start { (0, page + part.start - text) } else { (text - part.start, *page) })
    }
}
