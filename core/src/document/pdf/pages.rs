//! The loop over the pages: read, look ahead, compose, hand on.

use std::{collections::VecDeque, time::Instant};

use hayro_interpret::{InterpreterCache, InterpreterSettings};
use hayro_syntax::{Pdf, object::Dict, page::Page as PdfPage};
use rustc_hash::FxHashMap;

use crate::{
    Error, ErrorKind, Result,
    document::{Limits, Notice, Sink},
    types::{BlockKind, Origin, Page, PageStatus, Span},
};

use super::{
    blocks::{self, Element, Style},
    columns,
    compose::Writer,
    fonts::{Fonts, content_exceeds},
    furniture::{self, Candidate, Furniture, Verdict, WINDOW},
    glyphs::{self, Drawn, Glyph, Rule, Seen},
    guard::{Abort, Watch, guarded},
    lines::{self, Piece},
    properties::Labels,
    tables,
};

/// Pictures that cover less of a page do not make its unpainted text the layer of a scan.
const SCAN: f32 = 0.4;
/// More drawings than this and no text: letters drawn as shapes.
const OUTLINES: usize = 300;
/// Pieces of lines that wait for later pages at most.
const WAITING: usize = 200_000;
/// Part of a page that a picture covers when fewer than [`FEW`] characters beside it are worth a notice.
const PICTURE: f32 = 0.7;
/// See [`PICTURE`].
const FEW: usize = 80;

/// What the pages said beside their text.
pub(super) struct Read {
    pub(super) notices: Vec<Notice>,
    pub(super) first_heading: Option<String>,
}

/// A page that was read and waits for the pages behind it.
struct Draft {
    number: u32,
    label: Option<String>,
    status: PageStatus,
    width: f32,
    height: f32,
    pieces: Vec<Piece>,
    /// Text of a scan's layer.
    layer: Vec<Piece>,
    hidden: Vec<Piece>,
    rules: Vec<Rule>,
    margins: Vec<Candidate>,
    /// Mostly a picture, with a few words that may be all that can be read of it: a stamp, a page number.
    picture: bool,
}

/// Reads every page and hands it to the sink.
pub(super) fn extract(pdf: &Pdf, catalog: Option<&Dict<'_>>, limits: &Limits, sink: &mut dyn Sink) -> Result<Read> {
    let begun = Instant::now();
    let settings = InterpreterSettings::default();
    let mut cache = InterpreterCache::new();
    let mut fonts = Fonts::new(settings.clone());
    let labels = Labels::of(catalog);
    let count = pdf.pages().len() as u32;
    let mut out =
        Output { count, furniture: Furniture::default(), sizes: FxHashMap::default(), hidden: 0, bytes: 0, first_heading: None };
    let (mut unmapped, mut pictures) = (0, 0);
    let mut waiting: VecDeque<Draft> = VecDeque::new();
    for (at, page) in pdf.pages().iter().enumerate() {
        let number = at as u32 + 1;
        let left = limits.time.saturating_sub(begun.elapsed());
        if left.is_zero() {
            return Err(Error::new(ErrorKind::Limit, "document.time", "reading the document took longer than the limit")
                .with("page", number.to_string())
                .with_hint("raise the limit `time` when the document is trusted"));
        }
        let drawn = if content_exceeds(page.raw(), limits.page_text_bytes) {
            Err(Abort::Size)
        } else {
            let characters = (limits.page_text_bytes / 16).min(4_000_000) as usize;
            guarded(|| glyphs::read(page, &cache, &settings, &mut fonts, Watch::new(limits.page_time.min(left)), characters))
        };
        if drawn.is_err() {
            // The interpreter was left in the middle of something.
            cache = InterpreterCache::new();
            fonts = Fonts::new(settings.clone());
        }
        unmapped += usize::from(drawn.as_ref().is_ok_and(|drawn| drawn.unmapped > 0));
        let draft = guarded(|| draft(number, page, drawn)).unwrap_or_else(|_| failed(number, page, Abort::Panic));
        let draft = Draft { label: labels.get(number), ..draft };
        pictures += usize::from(draft.picture);
        out.look_ahead(&draft);
        waiting.push_back(draft);
        while waiting.len() > WINDOW as usize || waiting.iter().map(|draft| draft.pieces.len()).sum::<usize>() > WAITING {
            let Some(draft) = waiting.pop_front() else { break };
            out.hand_on(draft, limits, sink)?;
        }
    }
    for draft in waiting {
        out.hand_on(draft, limits, sink)?;
    }
    let mut notices = Vec::new();
    if out.hidden > 0 {
        notices.push(Notice {
            code: "pdf.hidden_text".to_owned(),
            message: format!("{} pages hold text that a reader does not see; it is marked as hidden", out.hidden),
        });
    }
    if unmapped > 0 {
        notices.push(Notice {
            code: "pdf.unmapped_glyphs".to_owned(),
            message: format!("on {unmapped} pages some glyphs stand for no known character and are missing from the text"),
        });
    }
    if pictures > 0 {
        notices.push(Notice {
            code: "pdf.picture_pages".to_owned(),
            message: format!("{pictures} pages are mostly picture with a few words of text; what the picture shows was not read"),
        });
    }
    Ok(Read { notices, first_heading: out.first_heading })
}

fn failed(number: u32, page: &PdfPage<'_>, why: Abort) -> Draft {
    let (code, message) = match why {
        Abort::Time => ("pdf.page_time", "reading the page took longer than the limit `page_time`"),
        Abort::Size => ("pdf.page_too_large", "the page holds more than the limit `page_text_bytes`"),
        Abort::Panic => ("pdf.page_unreadable", "the page cannot be interpreted"),
    };
    let (width, height) = page.render_dimensions();
    let status = PageStatus::Failed { code: code.to_owned(), message: message.to_owned() };
    Draft {
        number,
        label: None,
        status,
        width,
        height,
        pieces: Vec::new(),
        layer: Vec::new(),
        hidden: Vec::new(),
        rules: Vec::new(),
        margins: Vec::new(),
        picture: false,
    }
}

fn draft(number: u32, page: &PdfPage<'_>, drawn: Result<Drawn, Abort>) -> Draft {
    let drawn = match drawn {
        Ok(drawn) => drawn,
        Err(why) => return failed(number, page, why),
    };
    let scan = drawn.pictures >= SCAN;
    let (mut visible, mut layer, mut hidden) = (Vec::new(), Vec::new(), Vec::new());
    for glyph in &drawn.glyphs {
        match glyph.seen {
            Seen::Visible => visible.push(*glyph),
            Seen::Unpainted if scan => layer.push(*glyph),
            Seen::Unpainted | Seen::Hidden => hidden.push(*glyph),
        }
    }
    let pieces = by_direction(&visible, &drawn.rules);
    let margins = furniture::candidates(&pieces, drawn.height);
    let layer = by_direction(&layer, &[]);
    // What has no size has no geometry either: it keeps the order in which it was drawn.
    let (tiny, sized): (Vec<Glyph>, Vec<Glyph>) = hidden.into_iter().partition(|glyph| glyph.size < 0.5);
    let mut hidden = by_direction(&sized, &[]);
    hidden.extend(lines::unplaced(tiny));
    let status = if !pieces.is_empty() || !layer.is_empty() {
        PageStatus::Extracted
    } else {
        match textless(page, &drawn) {
            // Hidden text does not make a scan a page that was read, but it is something.
            PageStatus::Empty if !hidden.is_empty() => PageStatus::Extracted,
            other => other,
        }
    };
    let characters: usize = pieces.iter().chain(&layer).map(|piece| piece.glyphs.len()).sum();
    let picture = drawn.pictures >= PICTURE && (1..FEW).contains(&characters);
    Draft {
        number,
        label: None,
        status,
        width: drawn.width,
        height: drawn.height,
        pieces,
        layer,
        hidden,
        rules: drawn.rules,
        margins,
        picture,
    }
}

/// What a page without text is.
fn textless(page: &PdfPage<'_>, drawn: &Drawn) -> PageStatus {
    let failed = |code: &str, message: &str| PageStatus::Failed { code: code.to_owned(), message: message.to_owned() };
    if drawn.unmapped > 0 {
        return failed("pdf.no_unicode", "the fonts of the page do not say which characters their glyphs stand for");
    }
    if drawn.pictures > 0.01 {
        return PageStatus::Scanned;
    }
    if drawn.marks > OUTLINES {
        return failed("pdf.no_text", "the page is drawn without any text; its letters may be drawn as shapes");
    }
    if drawn.marks == 0 && page.raw().contains_key("Contents") && page.page_stream().is_none() {
        return failed("pdf.page_unreadable", "the content of the page cannot be decoded");
    }
    PageStatus::Empty
}

/// The pieces of lines in each direction, the page's main direction first.
fn by_direction(glyphs: &[Glyph], rules: &[Rule]) -> Vec<Piece> {
    let mut angles: FxHashMap<i16, Vec<Glyph>> = FxHashMap::default();
    for glyph in glyphs {
        angles.entry(glyph.angle).or_default().push(*glyph);
    }
    let mut angles: Vec<(i16, Vec<Glyph>)> = angles.into_iter().collect();
    angles.sort_by_key(|(angle, glyphs)| (std::cmp::Reverse(glyphs.len()), *angle));
    angles.iter().flat_map(|(_, glyphs)| lines::pieces(glyphs, rules)).collect()
}

/// Composes pages and hands them on.
struct Output {
    count: u32,
    furniture: Furniture,
    /// Characters by size in half points.
    sizes: FxHashMap<u32, usize>,
    hidden: u32,
    bytes: u64,
    first_heading: Option<String>,
}

impl Output {
    fn look_ahead(&mut self, draft: &Draft) {
        self.furniture.observe(draft.number, &draft.margins);
        for piece in draft.pieces.iter().chain(&draft.layer) {
            *self.sizes.entry((piece.size * 2.0).round() as u32).or_default() += piece.glyphs.len();
        }
    }

    fn hand_on(&mut self, draft: Draft, limits: &Limits, sink: &mut dyn Sink) -> Result<()> {
        let number = draft.number;
        self.hidden += u32::from(!draft.hidden.is_empty());
        let (status, width, height, label) = (draft.status.clone(), draft.width, draft.height, draft.label.clone());
        let page = guarded(|| self.compose(draft, limits)).unwrap_or_else(|_| Page {
            number,
            name: label,
            status: PageStatus::Failed {
                code: "pdf.page_unreadable".to_owned(),
                message: "the page cannot be laid out".to_owned(),
            },
            ..Writer::new(number, 0).finish(width, height)
        });
        let page = if page.text.is_empty() && status == PageStatus::Extracted && page.status == PageStatus::Extracted {
            Page { status: PageStatus::Empty, ..page }
        } else {
            page
        };
        self.bytes += page.text.len() as u64;
        if self.bytes > limits.text_bytes {
            return Err(Error::new(ErrorKind::Limit, "document.too_much_text", "the document holds more text than the limit")
                .with("page", number.to_string())
                .with_hint("raise the limit `text_bytes` when the document is trusted"));
        }
        if self.first_heading.is_none() {
            let heading = page.blocks.iter().find(|block| matches!(block.kind, BlockKind::Heading { level: 1..=3 }));
            self.first_heading = heading.map(|block| page.reading_text(block.span));
        }
        sink.page(page)
    }

    fn compose(&mut self, draft: Draft, limits: &Limits) -> Page {
        let body = self.sizes.iter().max_by_key(|(size, count)| (**count, **size)).map_or(10.0, |(size, _)| *size as f32 / 2.0);
        let style = Style { body: body.max(1.0), height: draft.height };
        let verdicts = self.furniture.decide(draft.number, self.count, &draft.margins);
        let mut name = draft.label;
        let (mut head, mut foot, mut inner) = (Vec::new(), Vec::new(), Vec::new());
        for (at, piece) in draft.pieces.into_iter().enumerate() {
            let Some((_, verdict)) = verdicts.iter().find(|(piece, _)| *piece == at) else {
                inner.push(piece);
                continue;
            };
            let kind = match verdict {
                Verdict::RunningHeader => BlockKind::RunningHeader,
                Verdict::PageNumber(_) => BlockKind::PageNumber,
            };
            let side = if piece.base < draft.height / 2.0 { &mut head } else { &mut foot };
            side.push(Element::Block { kind, lines: vec![piece] });
        }
        if name.is_none() {
            let printed = verdicts.iter().find_map(|(_, verdict)| match verdict {
                Verdict::PageNumber(number) => Some(number.clone()),
                Verdict::RunningHeader => None,
            });
            let printed = printed.or_else(|| {
                let mut margins = draft.margins.iter().filter(|margin| verdicts.iter().any(|(piece, _)| *piece == margin.piece));
                margins.find_map(|margin| self.furniture.label(draft.number, margin))
            });
            name = printed.filter(|printed| *printed != draft.number.to_string());
        }
        let mut writer = Writer::new(draft.number, limits.page_text_bytes as usize);
        head.iter().for_each(|element| writer.write(element, Origin::Native));
        body_elements(inner, &draft.rules, style).iter().for_each(|element| writer.write(element, Origin::Native));
        foot.iter().for_each(|element| writer.write(element, Origin::Native));
        body_elements(draft.layer, &[], style).iter().for_each(|element| writer.write(element, Origin::OcrLayer));
        for line in draft.hidden {
            writer.write(&Element::Block { kind: BlockKind::Paragraph, lines: vec![line] }, Origin::Hidden);
        }
        let page = writer.finish(draft.width, draft.height);
        debug_assert!(page.blocks.iter().all(|block| Span::new(0, page.text.len()).contains(block.span)));
        Page { name, status: draft.status, ..page }
    }
}

/// Structure of the pieces of a page, one direction after the other.
fn body_elements(pieces: Vec<Piece>, rules: &[Rule], style: Style) -> Vec<Element> {
    let mut regions = Vec::new();
    let mut pieces = pieces.into_iter().peekable();
    while let Some(first) = pieces.next() {
        let mut same = vec![first];
        while let Some(next) = pieces.next_if(|next| next.angle == same[0].angle) {
            same.push(next);
        }
        let rules = if same[0].angle == 0 { rules } else { &[] };
        regions.extend(columns::regions(same, rules).into_iter().map(|rows| tables::parts(rows, rules)));
    }
    blocks::elements(regions, style)
}
