//! Whether a quote that a chat model gives stands in the text that it was shown, and where, byte for byte.
//!
//! A quote is compared as a reader compares: white space of any kind, invisible characters, line ends within words, ligatures,
//! composed and decomposed letters, the forms of dashes and quotation marks make no difference; letters, digits, case and
//! punctuation do. An ellipsis (`…`, `...`, `[…]`) parts a quote, and its parts must follow each other in one passage. Neither
//! end may cut a word or a number with its sign and unit: `ein` is not in `kein`, `1.234` is not in `51.234,00`, nor `4,2` in `4,2
//! Mio. EUR`. What is handed out are the stored bytes, never the model's.
//!
//! Each text is folded once, and a quote is found in time that is linear in text and quote.

mod find;
mod fold;
mod source;
#[cfg(test)]
mod tests;

use std::{ops::Range, sync::OnceLock};

use find::Needle;
use source::Source;

use crate::types::Segment;

/// Parts of a quote with ellipses at most.
const PARTS: usize = 16;
/// Longest quote, in bytes.
const LONGEST: usize = 1 << 16;

/// A passage as it stands in the prompt.
#[derive(Debug, Clone, Default)]
pub struct Passage<'a> {
    /// Which document, by the caller's count.
    pub document: usize,
    /// Its text in reading order: what the model was shown of it, without running headers. A part whose span is not one of its
    /// page's text is left out.
    pub parts: Vec<PassagePart<'a>>,
}

/// A piece of a passage.
#[derive(Debug, Clone, Copy)]
pub struct PassagePart<'a> {
    /// Where it is stored.
    pub segment: Segment,
    /// The whole text of that page.
    pub page_text: &'a str,
}

/// A page of a document that a passage comes from.
#[derive(Debug, Clone, Copy)]
pub struct DocumentPage<'a> {
    /// Which document, by the caller's count.
    pub document: usize,
    /// 1-based.
    pub page: u32,
    /// Its whole text.
    pub text: &'a str,
}

/// Where a quote stands.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Found {
    /// The passage of the prompt, by its place; `None` when it stands on a page alone.
    pub passage: Option<usize>,
    /// The document, by the caller's count.
    pub document: usize,
    /// The stored bytes, part by part: one, but for a quote with ellipses. A part over a page break has several segments.
    pub parts: Vec<Vec<Segment>>,
    /// Whether the stored bytes are those of the quote.
    pub exact: bool,
}

/// What became of a quote.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case", tag = "verdict")]
pub enum QuoteMatch {
    /// It stands in the passage that it is cited from.
    Verified(Found),
    /// It stands elsewhere: in another passage of the prompt or on a page of the cited document.
    Misattributed(Found),
    /// It stands nowhere.
    NotFound {
        /// Why.
        reason: NotFoundReason,
    },
}

/// Why a quote was not found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum NotFoundReason {
    /// Its words do not stand anywhere as they are quoted.
    Absent,
    /// It, or a part of it, is neither two words nor a number of two digits: it stands everywhere and proves nothing.
    TooShort,
    /// It is longer than 64 KiB or has more than 16 parts.
    TooLong,
    /// It begins or ends within a word.
    CutsWord,
    /// It begins or ends within a number, or parts it from its sign, scale or unit.
    CutsNumber,
    /// There is no such passage.
    NoSuchPassage,
}

/// A sentence of a passage that says something like what a quote that was not found says.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Paraphrase {
    /// Where it is stored.
    pub segments: Vec<Segment>,
    /// How much alike the two are, in the measure's own unit.
    pub similarity: f32,
}

/// The passages of a prompt, folded, for any number of quotes.
#[derive(Debug, Default)]
pub struct QuoteIndex<'a> {
    passages: Vec<Source>,
    pages: Vec<(DocumentPage<'a>, OnceLock<Source>)>,
}

impl<'a> QuoteIndex<'a> {
    /// Folds the passages, in the order of the prompt.
    pub fn new(passages: &[Passage<'a>]) -> Self {
        Self { passages: passages.iter().map(Source::of_passage).collect(), pages: Vec::new() }
    }

    /// Adds pages of the cited documents; each is folded when a quote is not found in the passages.
    #[must_use]
    pub fn with_pages(mut self, pages: impl IntoIterator<Item = DocumentPage<'a>>) -> Self {
        self.pages.extend(pages.into_iter().map(|page| (page, OnceLock::new())));
        self
    }

    /// Looks a quote up that the model gives for a passage (counted from 0): there, then in the other passages in order, then
    /// on the pages of the passage's document.
    pub fn find(&self, passage: usize, quote: &str) -> QuoteMatch {
        let Some(cited) = self.passages.get(passage) else {
            return QuoteMatch::NotFound { reason: NotFoundReason::NoSuchPassage };
        };
        let mut reason = NotFoundReason::Absent;
        let mut ways = Vec::new();
        for form in forms(quote) {
            let parts = match parts(form) {
                Ok(parts) => parts,
                Err(why) => {
                    reason = why;
                    continue;
                }
            };
            match look_up(cited, &parts, form) {
                Ok((parts, exact)) => {
                    let found = Found { passage: Some(passage), document: cited.document, parts, exact };
                    return QuoteMatch::Verified(found);
                }
                Err(NotFoundReason::Absent) => {}
                Err(why) => reason = why,
            }
            ways.push((form, parts));
        }
        let passages = self.passages.iter().enumerate().filter(|(i, _)| *i != passage).map(|(i, s)| (Some(i), s));
        let pages = self.pages.iter().filter(|(page, _)| page.document == cited.document);
        let pages = pages.map(|(page, source)| (None, source.get_or_init(|| Source::of_page(page))));
        for (passage, source) in passages.chain(pages) {
            for (form, parts) in &ways {
                if let Ok((parts, exact)) = look_up(source, parts, form) {
                    return QuoteMatch::Misattributed(Found { passage, document: source.document, parts, exact });
                }
            }
        }
        QuoteMatch::NotFound { reason }
    }

    /// The stored text of what was found, its parts joined by ` […] `; `None` when `found` is not of this index.
    pub fn text(&self, found: &Found) -> Option<String> {
        let source = self.source(found)?;
        let mut out = String::new();
        for (i, part) in found.parts.iter().enumerate() {
            out.push_str(if i > 0 { " […] " } else { "" });
            let (start, end) = (source.range(*part.first()?)?.start, source.range(*part.last()?)?.end);
            out.push_str(source.text.get(start..end)?);
        }
        Some(out)
    }

    /// The whole sentences that what was found stands in, what an ellipsis leaves out included: a claim is held against these,
    /// so that a quote cannot hide the `not` before it.
    pub fn sentences(&self, found: &Found) -> Option<String> {
        let source = self.source(found)?;
        source.text.get(whole(source, &found.parts)?).map(str::to_owned)
    }

    /// Where the whole sentences of a passage are stored that parts of it stand in.
    pub fn stored_sentences(&self, passage: usize, parts: &[Vec<Segment>]) -> Option<Vec<Segment>> {
        let source = self.passages.get(passage)?;
        Some(source.segments(whole(source, parts)?))
    }

    /// The sentence of a passage that is most like `text`, when it is alike enough. `similarity` is asked for each sentence of
    /// the passage, so call this where [`QuoteIndex::find`] found nothing.
    pub fn paraphrase(
        &self,
        passage: usize,
        text: &str,
        threshold: f32,
        mut similarity: impl FnMut(&str, &str) -> f32,
    ) -> Option<Paraphrase> {
        let source = self.passages.get(passage)?;
        let mut best: Option<Paraphrase> = None;
        for range in source.sentences() {
            let alike = similarity(text, source.text.get(range.clone())?);
            if alike >= threshold && best.as_ref().is_none_or(|best| alike > best.similarity) {
                best = Some(Paraphrase { segments: source.segments(range.clone()), similarity: alike });
            }
        }
        best
    }

    /// The sentences of a passage; none when there is no such passage.
    pub fn sentences_of(&self, passage: usize) -> impl Iterator<Item = &str> {
        let source = self.passages.get(passage).into_iter();
        source.flat_map(|source| source.sentences().iter().filter_map(|range| source.text.get(range.clone())))
    }

    fn source(&self, found: &Found) -> Option<&Source> {
        match found.passage {
            Some(passage) => self.passages.get(passage),
            None => {
                let page = found.parts.first()?.first()?.page;
                let (_, source) = self.pages.iter().find(|(p, _)| p.document == found.document && p.page == page)?;
                source.get()
            }
        }
    }
}

/// The whole sentences from the first part to the last.
fn whole(source: &Source, parts: &[Vec<Segment>]) -> Option<Range<usize>> {
    let start = source.range(*parts.first()?.first()?)?.start;
    let end = source.range(*parts.last()?.last()?)?.end;
    let sentences = source.sentences();
    let from = sentences.iter().rfind(|s| s.start <= start).map_or(start, |s| s.start);
    let to = sentences.iter().find(|s| s.end >= end).map_or(end, |s| s.end);
    Some(from..to)
}

/// The quote as given, and without what a model adds around it: quotation marks, and a stop where the sentence goes on.
fn forms(quote: &str) -> impl Iterator<Item = &str> {
    let whole = quote.trim();
    let mark = |c: char| fold::is_quotation_mark(c) || c.is_whitespace();
    let bare = whole.trim_matches(mark);
    let unstopped = bare.trim_end_matches(|c: char| matches!(c, '.' | ',' | ';' | ':') || mark(c));
    let ellipsis = bare.ends_with("..") || bare.ends_with('…');
    let mut last = None;
    [Some(whole), Some(bare), (!ellipsis).then_some(unstopped)]
        .into_iter()
        .flatten()
        .filter(move |form| last.replace(form.len()) != Some(form.len()))
}

/// The parts between ellipses; the whole comes first, should the text have the ellipsis itself.
fn parts(quote: &str) -> Result<Vec<Vec<Needle<'_>>>, NotFoundReason> {
    if quote.len() > LONGEST {
        return Err(NotFoundReason::TooLong);
    }
    let mut ways = vec![vec![Needle::new(quote)]];
    let pieces = split_at_ellipses(quote);
    if pieces.len() > PARTS {
        return Err(NotFoundReason::TooLong);
    }
    if pieces.as_slice() != [quote] {
        ways.push(pieces.into_iter().map(Needle::new).collect());
    }
    ways.retain(|way| !way.is_empty() && way.iter().all(|needle| !needle.is_empty() && needle.has_substance()));
    if ways.is_empty() { Err(NotFoundReason::TooShort) } else { Ok(ways) }
}

fn split_at_ellipses(quote: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let (mut start, mut at) = (0, 0);
    let bytes = quote.as_bytes();
    while at < bytes.len() {
        let rest = &quote[at..];
        let dots = rest.bytes().take_while(|b| *b == b'.').count();
        let length = if rest.starts_with('…') {
            '…'.len_utf8()
        } else if dots >= 3 {
            dots
        } else {
            0
        };
        if length == 0 {
            at += rest.chars().next().map_or(1, char::len_utf8);
            continue;
        }
        let head = quote[start..at].trim_end();
        let (mut from, mut to) = (start + head.len(), at + length);
        let tail = quote[to..].trim_start();
        if (head.ends_with('[') && tail.starts_with(']')) || (head.ends_with('(') && tail.starts_with(')')) {
            from -= 1;
            to = quote.len() - tail.len() + 1;
        }
        pieces.push(quote[start..from].trim());
        (start, at) = (to, to);
    }
    pieces.push(quote[start..].trim());
    pieces.retain(|piece| !piece.is_empty());
    pieces
}

/// The segments of each part, in order, and whether they are the very bytes of the quote.
fn look_up(source: &Source, ways: &[Vec<Needle<'_>>], quote: &str) -> Result<(Vec<Vec<Segment>>, bool), NotFoundReason> {
    let mut reason = NotFoundReason::Absent;
    'ways: for way in ways {
        let mut found = Vec::with_capacity(way.len());
        let mut from = 0;
        for needle in way {
            match needle.find(source, from) {
                Ok((range, behind)) => {
                    from = behind;
                    found.push(range);
                }
                Err(NotFoundReason::Absent) => continue 'ways,
                Err(why) => {
                    reason = why;
                    continue 'ways;
                }
            }
        }
        let exact = matches!(found.as_slice(), [range] if source.text.get(range.clone()) == Some(quote));
        return Ok((found.into_iter().map(|range| source.segments(range)).collect(), exact));
    }
    Err(reason)
}
