//! Stands between an extractor and who takes its pages, so that no extractor needs to count.

use std::time::Instant;

use super::{Limits, Part, Sink};
use crate::{
    Error, ErrorKind, Result,
    types::{Origin, OriginRun, Page, PageStatus, Span},
};

/// Enforces [`Limits`] and what [`Page`] and [`Sink`] promise: numbers without a gap, spans on character boundaries,
/// blocks in order. A page that breaks a promise comes as one that failed, so that nobody slices by a wrong span.
pub(super) struct Guard<'s> {
    limits: &'s Limits,
    sink: &'s mut dyn Sink,
    /// A deadline is the one thing that the machine's clock is asked for here; it is no part of any result.
    started: Instant,
    pages: u32,
    text_bytes: u64,
    parts: u32,
    part_bytes: u64,
}

impl<'s> Guard<'s> {
    pub(super) fn new(limits: &'s Limits, sink: &'s mut dyn Sink) -> Self {
        Self { limits, sink, started: Instant::now(), pages: 0, text_bytes: 0, parts: 0, part_bytes: 0 }
    }

    fn check_time(&self) -> Result<()> {
        if self.started.elapsed() > self.limits.time {
            return Err(exceeded("time", format!("{} s", self.limits.time.as_secs())));
        }
        Ok(())
    }
}

/// The error that `limits.<setting>` was reached.
pub(super) fn exceeded(setting: &'static str, limit: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::Limit, format!("limit.{setting}"), format!("the document needs more than limits.{setting} allows"))
        .with("setting", format!("limits.{setting}"))
        .with("limit", limit.to_string())
        .with_hint("raise the setting if the file is trusted")
}

impl Sink for Guard<'_> {
    fn page(&mut self, mut page: Page) -> Result<()> {
        self.check_time()?;
        self.pages += 1;
        if self.pages > self.limits.pages {
            return Err(exceeded("pages", self.limits.pages));
        }
        let bytes = page.text.len() as u64;
        if bytes > self.limits.page_text_bytes {
            return Err(exceeded("page_text_bytes", self.limits.page_text_bytes));
        }
        self.text_bytes += bytes;
        if self.text_bytes > self.limits.text_bytes {
            return Err(exceeded("text_bytes", self.limits.text_bytes));
        }
        if page.number != self.pages || super::invariants::check(&page).is_err() {
            let status = PageStatus::Failed {
                code: "document.page_invalid".to_owned(),
                message: "the extractor broke what it promises of a page; please report it".to_owned(),
            };
            page = Page { number: self.pages, status, ..Page::default() };
        }
        mark_tags(&mut page);
        self.sink.page(page)
    }

    fn part(&mut self, part: Part) -> Result<()> {
        self.check_time()?;
        self.parts += 1;
        if self.parts > self.limits.parts {
            return Err(exceeded("parts", self.limits.parts));
        }
        self.part_bytes += part.bytes.as_ref().map_or(0, |bytes| bytes.len() as u64);
        if self.part_bytes > self.limits.decompressed_bytes {
            return Err(exceeded("decompressed_bytes", self.limits.decompressed_bytes));
        }
        self.sink.part(part)
    }
}

/// Marks the tag characters U+E0000..U+E007F as hidden: no reader sees them, and a language model reads them as ASCII.
/// Behind a black flag they are part of an emoji (UTS #51) and stay.
fn mark_tags(page: &mut Page) {
    // All of them begin with these bytes.
    const LEAD: &str = "\u{e0000}";
    if !page.text.as_bytes().windows(2).any(|pair| pair == &LEAD.as_bytes()[..2]) {
        return;
    }
    let mut runs: Vec<Span> = Vec::new();
    let (mut before, mut in_flag) = ('\0', false);
    for (at, c) in page.text.char_indices() {
        let tag = ('\u{e0000}'..='\u{e007f}').contains(&c);
        in_flag = tag && (in_flag || before == '\u{1f3f4}');
        before = c;
        let span = Span::new(at, at + c.len_utf8());
        if tag && !in_flag && page.origin(span) != Origin::Hidden {
            match runs.last_mut() {
                Some(last) if last.end == span.start => last.end = span.end,
                _ => runs.push(span),
            }
        }
    }
    page.origins.extend(runs.into_iter().map(|span| OriginRun { span, origin: Origin::Hidden }));
    page.origins.sort_by_key(|run| run.span);
}
