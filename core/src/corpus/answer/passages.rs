//! What a chat model is shown, and what its citations are held against.

use std::collections::{BTreeMap, BTreeSet};

use super::super::{
    Corpus,
    search::{Hit, PageCache, PlacedSegment, Retrieved},
};
use crate::{
    Result,
    answer::{
        ShownPassage,
        quote::{DocumentPage, Passage, PassagePart},
    },
    provider::ChatPassage,
    record::RecordedPassage,
    retrieve::Ranked,
    types::{BlockKind, DocumentRecord, Language, Page, Place, Segment, Span},
};

/// The passages of a prompt, best first.
pub(super) struct Passages {
    pub(super) list: Vec<Shown>,
    pub(super) documents: Vec<DocumentRecord>,
    /// By place in `documents` and number.
    pub(super) pages: BTreeMap<(usize, u32), Page>,
}

/// One passage.
pub(super) struct Shown {
    pub(super) hit: Hit,
    /// Its place in [`Passages::documents`].
    pub(super) document: usize,
    /// Its text: the rows that name its columns, then its own, without page furniture.
    pub(super) segments: Vec<Segment>,
    pub(super) header: String,
    pub(super) chat: ChatPassage,
}

impl Passages {
    /// The best `k` that searches found, by turns: the first search's best, the second's best, and so on, each once.
    pub(super) async fn of(corpus: &Corpus, searches: &[Retrieved], k: usize) -> Result<Self> {
        let mut cache = PageCache::new(corpus);
        let mut passages = Self { list: Vec::new(), documents: Vec::new(), pages: BTreeMap::new() };
        let longest = searches.iter().map(|retrieved| retrieved.ranked.len()).max().unwrap_or(0);
        let mut shown = BTreeSet::new();
        for rank in 0..longest {
            for retrieved in searches {
                let Some(ranked) = retrieved.ranked.get(rank).filter(|_| passages.list.len() < k) else { continue };
                if shown.insert((ranked.candidate.document.clone(), ranked.candidate.ordinal)) {
                    passages.add(ranked, retrieved, searches[0].question.language, &mut cache).await?;
                }
            }
        }
        Ok(passages)
    }

    async fn add(&mut self, ranked: &Ranked, retrieved: &Retrieved, language: Language, cache: &mut PageCache<'_>) -> Result<()> {
        let hit = cache.hit(ranked, &ranked.candidate.core, &retrieved.catalog).await?;
        let Some(record) = retrieved.catalog.by_key(&ranked.candidate.document) else { return Ok(()) };
        let known = self.documents.iter().position(|known| known.document == record.document);
        let document = known.unwrap_or(self.documents.len());
        if known.is_none() {
            self.documents.push(record.clone());
        }
        for segment in &hit.segments {
            let page = cache.page(record, segment.page).await?;
            self.pages.entry((document, segment.page)).or_insert_with(|| page.clone());
        }
        let shown = self.shown(hit, document, language);
        self.list.push(shown);
        Ok(())
    }

    fn shown(&self, hit: Hit, document: usize, language: Language) -> Shown {
        let page = |number: u32| &self.pages[&(document, number)];
        let header = header_rows(page(hit.page), hit.span);
        let own = hit.segments.iter().flat_map(|segment| without_furniture(page(segment.page), segment));
        let segments: Vec<Segment> = header.iter().map(|span| Segment { page: hit.page, span: *span }).chain(own).collect();
        let text_of = |segment: &Segment| segment.span.of(&page(segment.page).text).unwrap_or_default();
        let text = segments.iter().map(text_of).collect::<Vec<_>>().join("\n");
        let header = segments[..header.len()].iter().map(text_of).collect::<Vec<_>>().join("\n");
        let mut title = format!("{}, {}", hit.document.name, place(language, &hit.place));
        if !hit.heading.is_empty() {
            title.push_str(": ");
            title.push_str(&hit.heading.join(" > "));
        }
        Shown { hit, document, segments, header, chat: ChatPassage { title, text } }
    }

    /// Their documents.
    pub(super) fn ids(&self) -> Vec<uuid::Uuid> {
        self.documents.iter().map(|record| record.document.id).collect()
    }

    /// The first `n` as citations are held against them.
    pub(super) fn evidence(&self, n: usize) -> Vec<ShownPassage<'_>> {
        let of = |shown: &Shown| {
            let record = &self.documents[shown.document];
            let part = |segment: &Segment| PassagePart {
                segment: *segment,
                page_text: &self.pages[&(shown.document, segment.page)].text,
            };
            let title = record.title.iter().fold(record.document.name.clone(), |name, title| format!("{name}\n{title}"));
            ShownPassage {
                passage: Passage { document: shown.document, parts: shown.segments.iter().map(part).collect() },
                context: shown.hit.heading.join("\n"),
                header: (!shown.header.is_empty()).then(|| shown.header.clone()),
                document: title,
                date: record.date,
                language: record.language,
            }
        };
        self.list.iter().take(n).map(of).collect()
    }

    /// All pages that are at hand.
    pub(super) fn evidence_pages(&self) -> impl Iterator<Item = DocumentPage<'_>> {
        self.pages.iter().map(|((document, number), page)| DocumentPage { document: *document, page: *number, text: &page.text })
    }

    /// The bytes of a quote; over a page break joined as hits are.
    pub(super) fn quote(&self, document: usize, part: &[Segment]) -> Option<String> {
        let text = |segment: &Segment| segment.span.of(&self.pages.get(&(document, segment.page))?.text);
        Some(part.iter().map(text).collect::<Option<Vec<_>>>()?.join("\n"))
    }

    /// A passage as it goes on record.
    pub(super) fn recorded(&self, place: usize) -> Option<RecordedPassage> {
        let shown = self.list.get(place)?;
        Some(RecordedPassage {
            document: shown.hit.document.id,
            version: shown.hit.document.version,
            segments: shown.segments.clone(),
            text: shown.chat.text.clone(),
            title: Some(shown.chat.title.clone()),
        })
    }

    /// A segment with its boxes.
    pub(super) fn placed(&self, document: usize, segment: &Segment) -> Option<PlacedSegment> {
        let page = self.pages.get(&(document, segment.page))?;
        Some(PlacedSegment { page: segment.page, span: segment.span, boxes: page.boxes(segment.span) })
    }
}

/// The rows that name the columns of the table that `span` begins in, where they stand before it on the page.
fn header_rows(page: &Page, span: Span) -> Vec<Span> {
    let begins = page.blocks.iter().find(|block| block.span.end > span.start);
    let Some(BlockKind::TableRow { table, header: false }) = begins.map(|block| block.kind) else { return Vec::new() };
    let names = |kind| matches!(kind, BlockKind::TableRow { table: its, header: true } if its == table);
    page.blocks.iter().filter(|block| names(block.kind) && block.span.end <= span.start).map(|block| block.span).collect()
}

/// A segment without the running headers and page numbers in it.
fn without_furniture(page: &Page, segment: &PlacedSegment) -> Vec<Segment> {
    let Span { mut start, end } = segment.span;
    let mut left = Vec::new();
    let mut keep = |from: u32, to: u32| {
        let text = Span { start: from, end: to }.of(&page.text).unwrap_or_default();
        let inner = text.trim();
        if !inner.is_empty() {
            let from = from + (text.len() - text.trim_start().len()) as u32;
            left.push(Segment { page: segment.page, span: Span { start: from, end: from + inner.len() as u32 } });
        }
    };
    for block in page.blocks.iter().filter(|block| block.kind.is_furniture()) {
        if block.span.start < end && start < block.span.end {
            keep(start, block.span.start.max(start));
            start = block.span.end.min(end);
        }
    }
    keep(start, end);
    left
}

/// Where a reader finds a passage, in a few words for the model.
fn place(language: Language, place: &Place) -> String {
    let pick = |en: &'static str, de: &'static str| if language == Language::En { en } else { de };
    match place {
        Place::Page { page, .. } => format!("{} {page}", pick("p.", "S.")),
        Place::Slide { slide } => format!("{} {slide}", pick("slide", "Folie")),
        Place::Cell { sheet, cells } => format!("{sheet}!{cells}"),
        Place::Paragraph { paragraph } => format!("{} {paragraph}", pick("paragraph", "Absatz")),
        Place::Row { row, .. } => format!("{} {row}", pick("row", "Zeile")),
        Place::Part { part } => part.clone(),
    }
}
