//! Pages → units: reads block by block, cuts sentences, and gives every byte of the page to one unit.

use std::{collections::HashMap, ops::Range, sync::Arc};

use super::{
    reading::Reading,
    sentence::{has_stop, is_over, sentences},
    unit::{Kind, Unit, add_segments},
    words::cannot_end,
};
use crate::{
    Result,
    types::{Block, BlockKind, Page, Segment, Span},
};

/// Longest heading that is repeated above its chunks, and longest name of a column, in bytes.
const HEADING: usize = 240;
const COLUMN: usize = 80;
/// Header rows beyond these bytes are not repeated.
const HEADER: usize = 2_000;
/// How many units of a page are read before they are handed on.
const BATCH: usize = 1_000;
/// Longest sentence that waits for its end on the next page, in bytes.
const OPEN: usize = 4_000;

/// Reads pages one after the other.
pub(super) struct Pages {
    table_rows: usize,
    /// The headings in force with their levels.
    headings: Vec<(u8, String)>,
    path: Arc<[String]>,
    /// Units that wait, because the sentence at `open` may go on.
    waiting: Vec<Unit>,
    /// Which of them is the last sentence of a paragraph that may go on.
    open: Option<usize>,
    /// Where the share of the page begins that is still growing, and which waiting unit it belongs to.
    share: Option<(u32, usize)>,
}

/// The columns' names and the header rows as text, of one table.
#[derive(Default)]
struct Table {
    rows: usize,
    names: HashMap<u32, String>,
    header: Option<Arc<str>>,
}

impl Pages {
    pub(super) fn new(table_rows: usize) -> Self {
        let path = Arc::from(Vec::new());
        Self { table_rows, headings: Vec::new(), path, waiting: Vec::new(), open: None, share: None }
    }

    /// Reads `page` and hands on the units that are complete. Returns the whole page when it has no words and no unit waits:
    /// it then belongs to the unit before it.
    pub(super) fn read(&mut self, page: &Page, out: &mut dyn FnMut(Vec<Unit>) -> Result<()>) -> Result<Option<Segment>> {
        let mut tables: HashMap<u32, Table> = HashMap::new();
        for block in &page.blocks {
            if let BlockKind::TableRow { table, .. } = block.kind {
                tables.entry(table).or_default().rows += 1;
            }
        }
        self.share = None;
        let mut end = 0;
        let mut first = true;
        for block in &page.blocks {
            // Spans of an extractor that does not keep its word are cut to what can be kept.
            let span = Span { start: block.span.start.max(end), end: block.span.end };
            if span.start >= span.end || span.of(&page.text).is_none() {
                continue;
            }
            self.stray(page, Span { start: end, end: span.start }, &mut first);
            end = span.end;
            self.block(page, block, span, &mut tables, &mut first);
            if self.waiting.len() > BATCH {
                self.hand_on(out)?;
            }
        }
        self.stray(page, Span::new(end as usize, page.text.len()), &mut first);
        let whole = Segment { page: page.number, span: Span::new(0, page.text.len()) };
        let rest = match (self.share.take(), self.waiting.last_mut()) {
            _ if whole.span.is_empty() => None,
            (Some((start, unit)), _) => {
                let rest = Segment { page: page.number, span: Span { start, end: whole.span.end } };
                add_segments(&mut self.waiting[unit].core, &[rest]);
                None
            }
            (None, Some(unit)) => {
                add_segments(&mut unit.core, &[whole]);
                None
            }
            (None, None) => Some(whole),
        };
        self.hand_on(out)?;
        Ok(rest)
    }

    /// Hands on what waits for nothing: neither the end of its sentence nor the end of its share.
    fn hand_on(&mut self, out: &mut dyn FnMut(Vec<Unit>) -> Result<()>) -> Result<()> {
        let growing = self.share.map_or(usize::MAX, |(_, unit)| unit);
        let done = self.waiting.len().min(self.open.unwrap_or(usize::MAX)).min(growing);
        self.open = self.open.map(|unit| unit - done);
        self.share = self.share.map(|(start, unit)| (start, unit - done));
        out(self.waiting.drain(..done).collect())
    }

    /// Ends the document.
    pub(super) fn finish(&mut self, out: &mut dyn FnMut(Vec<Unit>) -> Result<()>) -> Result<()> {
        self.open = None;
        self.hand_on(out)
    }

    /// Words outside of every block are running text.
    fn stray(&mut self, page: &Page, span: Span, first: &mut bool) {
        if span.of(&page.text).is_some_and(|text| !text.trim().is_empty()) {
            self.prose(page, span, BlockKind::Paragraph, first);
        }
    }

    fn block(&mut self, page: &Page, block: &Block, span: Span, tables: &mut HashMap<u32, Table>, first: &mut bool) {
        match block.kind {
            kind if kind.is_furniture() => {}
            BlockKind::Footnote => self.sentences(page, span, Kind::Note),
            BlockKind::Heading { level } => {
                self.open = None;
                *first = false;
                self.heading(page, span, level);
            }
            BlockKind::TableRow { table, header } => {
                self.open = None;
                *first = false;
                self.row(page, block, span, header, tables.entry(table).or_default());
            }
            BlockKind::Preformatted => {
                self.open = None;
                *first = false;
                let mut at = span.start as usize;
                for line in page.text[span.range()].split_inclusive('\n') {
                    let reading = Reading::new(page, Span::new(at, at + line.len()));
                    self.whole(page, &reading, Kind::Line);
                    at += line.len();
                }
            }
            BlockKind::Caption => {
                self.open = None;
                *first = false;
                self.sentences(page, span, Kind::Caption);
            }
            kind => self.prose(page, span, kind, first),
        }
    }

    fn heading(&mut self, page: &Page, span: Span, level: u8) {
        let reading = Reading::new(page, span);
        if reading.text.is_empty() {
            return;
        }
        self.headings.retain(|(other, _)| *other < level);
        self.path = self.headings.iter().map(|(_, text)| text.clone()).collect();
        let title = cut(&reading.text, HEADING).to_owned();
        self.whole(page, &reading, Kind::Heading);
        self.headings.push((level, title));
        self.path = self.headings.iter().map(|(_, text)| text.clone()).collect();
    }

    /// Running text: goes on with the open sentence before it, or begins anew.
    fn prose(&mut self, page: &Page, span: Span, kind: BlockKind, first: &mut bool) {
        let reading = Reading::new(page, span);
        if reading.text.is_empty() {
            return;
        }
        let turned = std::mem::replace(first, false);
        let unit = if kind == BlockKind::ListItem { Kind::Item } else { Kind::Prose };
        let mut from = 0;
        if let Some(open) = self.open.take().filter(|_| unit == Kind::Prose)
            && let Some(glue) = seam(&self.waiting[open].text, &reading.text, turned)
        {
            let head = &mut self.waiting[open];
            if glue == Seam::Hyphen {
                head.text.pop();
            } else {
                head.text.push(' ');
            }
            let before = head.text.len();
            head.text.push_str(&reading.text);
            let end = sentences(&head.text).iter().find(|sentence| sentence.end > before).map_or(head.text.len(), |s| s.end);
            let taken = end - before;
            head.text.truncate(before + taken);
            let span = reading.span(0..taken);
            let steps = reading.steps(0..taken).map(|(text, byte)| ((before + text) as u32, page.number, byte as u32));
            head.steps.extend(steps);
            head.segments.push(Segment { page: page.number, span });
            let length = head.text.len();
            self.share(page, span.start, open);
            from = taken + (reading.text[taken..].len() - reading.text[taken..].trim_start().len());
            if from == reading.text.len() {
                self.open = (length <= OPEN).then_some(open);
                return;
            }
        }
        for (i, part) in sentences(&reading.text[from..]).into_iter().enumerate() {
            let part = from + part.start..from + part.end;
            self.add(page, unit, &reading, part, from == 0 && i == 0);
        }
        let last = self.waiting.len() - 1;
        self.open = (self.waiting[last].text.len() <= OPEN).then_some(last);
    }

    /// Each sentence of `span` as a unit that nothing goes on with.
    fn sentences(&mut self, page: &Page, span: Span, kind: Kind) {
        let reading = Reading::new(page, span);
        for (i, part) in sentences(&reading.text).into_iter().enumerate() {
            self.add(page, kind, &reading, part, i == 0);
        }
    }

    fn row(&mut self, page: &Page, block: &Block, span: Span, header: bool, table: &mut Table) {
        let reading = Reading::new(page, span);
        if reading.text.is_empty() {
            return;
        }
        let cells = block.cells.iter().filter(|cell| span.contains(cell.span) && cell.span.of(&page.text).is_some());
        let cells = cells.map(|cell| (cell.column, page.reading_text(cell.span))).filter(|(_, text)| !text.is_empty());
        if header {
            for (column, text) in cells {
                let name = table.names.entry(column).or_default();
                if !name.is_empty() {
                    name.push(' ');
                }
                name.push_str(&text);
                name.truncate(cut(name, COLUMN).len());
            }
            table.header = Some(match &table.header {
                Some(above) if above.len() > HEADER => Arc::clone(above),
                Some(above) => format!("{above}\n{}", reading.text).into(),
                None => cut(&reading.text, HEADER).into(),
            });
            self.whole(page, &reading, Kind::HeaderRow);
            return;
        }
        let named: Vec<String> = cells
            .map(|(column, text)| match table.names.get(&column) {
                Some(name) => format!("{}: {text}", name.trim_end_matches(':')),
                None => text,
            })
            .collect();
        let index = self.waiting.len();
        self.whole(page, &reading, Kind::Row);
        if let Some(unit) = self.waiting.get_mut(index) {
            unit.named = (!named.is_empty()).then(|| named.join("; "));
            unit.header = table.header.clone();
            unit.embed = table.rows <= self.table_rows;
        }
    }

    /// All of `reading` as one unit.
    fn whole(&mut self, page: &Page, reading: &Reading, kind: Kind) {
        if !reading.text.is_empty() {
            self.add(page, kind, reading, 0..reading.text.len(), true);
        }
    }

    fn add(&mut self, page: &Page, kind: Kind, reading: &Reading, part: Range<usize>, begins_block: bool) {
        let span = reading.span(part.clone());
        let index = self.waiting.len();
        self.waiting.push(Unit {
            kind,
            text: reading.text[part.clone()].to_owned(),
            named: None,
            steps: reading.steps(part).map(|(text, byte)| (text as u32, page.number, byte as u32)).collect(),
            segments: vec![Segment { page: page.number, span }],
            core: Vec::new(),
            tokens: 0,
            path: Arc::clone(&self.path),
            header: None,
            begins_block,
            continues: false,
            joined: false,
            touches: false,
            embed: !matches!(kind, Kind::Heading | Kind::HeaderRow),
        });
        self.share(page, span.start, index);
    }

    /// Gives `unit` the page from `start` on. What stands before it belongs to the unit before, or to this one if it is
    /// the first on the page.
    fn share(&mut self, page: &Page, start: u32, unit: usize) {
        match self.share.replace((start, unit)) {
            None => self.share = Some((0, unit)),
            Some((from, before)) => {
                let segment = Segment { page: page.number, span: Span { start: from, end: start } };
                add_segments(&mut self.waiting[before].core, &[segment]);
            }
        }
    }
}

/// How two pieces of a sentence that was cut in two are put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Seam {
    Space,
    /// The hyphen at the end of the first is left out.
    Hyphen,
}

/// How `tail` goes on with `head`, if it does. `turned`: a page break stands between them.
fn seam(head: &str, tail: &str, turned: bool) -> Option<Seam> {
    let begins = tail.chars().next()?;
    let word = tail.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    let enumerator = word.chars().count() == 1 && tail[word.len()..].starts_with([')', '.']);
    if let Some(bare) = head.strip_suffix(['-', '\u{ad}', '\u{2010}'])
        && bare.ends_with(char::is_alphabetic)
    {
        // "Ein- und Auszahlungen" keeps its hyphen.
        let hyphen = begins.is_lowercase() && !matches!(word, "und" | "oder" | "bzw" | "sowie" | "and" | "or" | "to");
        return Some(if hyphen { Seam::Hyphen } else { Seam::Space });
    }
    if enumerator || head.ends_with([':', ';']) {
        return None;
    }
    if has_stop(head) {
        return (turned && !is_over(head, tail)).then_some(Seam::Space);
    }
    let words = head.split(' ').count();
    let last = head.rsplit(' ').next().unwrap_or_default();
    let begun = begins.is_lowercase() && words >= 3 || turned && (cannot_end(last) || head.ends_with(','));
    // A capital or a digit goes on only with a sentence that has plainly begun and plainly ends.
    let long = turned
        && words >= 7
        && head.ends_with(char::is_lowercase)
        && sentences(tail).first().is_some_and(|s| has_stop(&tail[s.clone()]));
    (begun || long).then_some(Seam::Space)
}

/// At most `bytes` of `text`, cut between words where there are any.
fn cut(text: &str, bytes: usize) -> &str {
    if text.len() <= bytes {
        return text;
    }
    let head = &text[..text.floor_char_boundary(bytes)];
    head.rfind(' ').map_or(head, |space| &head[..space])
}
