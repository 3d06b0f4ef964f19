use super::shapes::{self, Content, Role, Shape};
use crate::{
    Result,
    document::ooxml::{Notices, Package, PageWriter, Piece, Token, chart, drawing, number::Locale},
    types::{Anchor, BlockKind},
};

/// What was met on the way and is worth a notice.
#[derive(Debug, Default)]
pub(super) struct Seen {
    slides: u32,
    hidden: Vec<String>,
    missing: usize,
    comments: usize,
    media: usize,
}

impl Seen {
    pub(super) fn into_notices(self, notices: &mut Notices) {
        if !self.hidden.is_empty() {
            notices.add("pptx.hidden_slides", format!("hidden slides were read too: pages {}", self.hidden.join(", ")));
        }
        if self.missing > 0 {
            notices.add("pptx.missing_slides", format!("{} slides are listed and missing in the file", self.missing));
        }
        if self.comments > 0 {
            notices.add(
                "pptx.comments",
                format!("the presentation holds {} comments, which stand behind their slides", self.comments),
            );
        }
        if self.media > 0 {
            notices.add("pptx.media", format!("{} recordings of sound or video were not read", self.media));
        }
    }
}

/// Reads a slide onto its page; returns its title.
pub(super) fn read(
    package: &mut Package,
    part: Option<&str>,
    writer: &mut PageWriter,
    seen: &mut Seen,
) -> Result<Option<String>> {
    seen.slides += 1;
    let Some(part) = part else {
        seen.missing += 1;
        return Ok(None);
    };
    let mut locale = Locale::English;
    let mut shapes = Vec::new();
    let is_hidden = read_shapes(package, part, &mut shapes, &mut |language| {
        if language.to_ascii_lowercase().starts_with("de") {
            locale = Locale::German;
        }
    })?;
    if is_hidden {
        seen.hidden.push(seen.slides.to_string());
    }
    seen.media += package.relations(part).iter().filter(|r| matches!(r.kind.as_str(), "video" | "audio")).count();
    place_by_layout(package, part, &mut shapes)?;
    let mut title = None;
    let mut tables = 0;
    for shape in shapes::in_reading_order(shapes) {
        write(package, part, shape, writer, &mut title, &mut tables, locale)?;
    }
    notes(package, part, writer)?;
    comments(package, part, writer, seen)?;
    Ok(title)
}

/// Reads the shapes of a slide, layout or page of notes; returns whether it is hidden.
fn read_shapes(package: &mut Package, part: &str, all: &mut Vec<Shape>, languages: &mut dyn FnMut(&str)) -> Result<bool> {
    let mut is_hidden = false;
    let mut xml = package.xml(part)?;
    loop {
        match xml.next()? {
            Token::Start(element) => match element.name() {
                "sld" => is_hidden = element.attribute("show").is_some_and(|show| matches!(show.as_str(), "0" | "false")),
                "spTree" => drop(shapes::read(&mut xml, languages, all)?),
                _ => {}
            },
            Token::Eof => return Ok(is_hidden),
            Token::End | Token::Text(_) => {}
        }
    }
}

/// Gives shapes that do not say where they stand the place of the layout, or else of the master, that they fill.
fn place_by_layout(package: &mut Package, slide: &str, all: &mut [Shape]) -> Result<()> {
    let mut part = slide.to_owned();
    for kind in ["slideLayout", "slideMaster"] {
        if all.iter().all(|shape| shape.place.is_some() || shape.role.is_none()) {
            return Ok(());
        }
        let Some(next) = package.targets(&part, kind).into_iter().next() else { return Ok(()) };
        let mut patterns = Vec::new();
        read_shapes(package, &next, &mut patterns, &mut |_| {})?;
        for shape in all.iter_mut().filter(|shape| shape.place.is_none()) {
            let Some(role) = &shape.role else { continue };
            shape.place = patterns.iter().find(|pattern| fills(role, pattern, kind)).and_then(|pattern| pattern.place);
        }
        part = next;
    }
    Ok(())
}

/// Whether a shape of this role fills the place of `pattern`: by index in a layout, by kind in a master.
fn fills(role: &Role, pattern: &Shape, kind: &str) -> bool {
    let Some(other) = &pattern.role else { return false };
    let same_kind = role.kind == other.kind
        || (role.is_title() && other.is_title())
        || (kind == "slideMaster" && role.kind == "obj" && other.kind == "body");
    if kind == "slideLayout" { role.index == other.index && (same_kind || role.index != 0) } else { same_kind }
}

fn write(
    package: &mut Package,
    part: &str,
    shape: Shape,
    writer: &mut PageWriter,
    title: &mut Option<String>,
    tables: &mut u32,
    locale: Locale,
) -> Result<()> {
    match shape.content {
        Content::Nothing | Content::Group(_) => {}
        Content::Picture => writer.set_picture(),
        Content::Text(texts) => {
            let role = shape.role.as_ref().map(|role| role.kind.as_str()).unwrap_or_default();
            let is_title = shape.role.as_ref().is_some_and(Role::is_title);
            if is_title {
                // A title in two lines is one heading.
                let mut whole = Piece::default();
                texts.iter().for_each(|text| whole.append(&text.piece, " "));
                if writer.block(&whole, BlockKind::Heading { level: 1 }, None)? && title.is_none() {
                    *title = Some(whole.text().split_whitespace().collect::<Vec<_>>().join(" "));
                }
                return Ok(());
            }
            for text in texts {
                let kind = match role {
                    "sldNum" => BlockKind::PageNumber,
                    "ftr" | "hdr" | "dt" => BlockKind::RunningHeader,
                    _ if text.is_item => BlockKind::ListItem,
                    _ => BlockKind::Paragraph,
                };
                writer.block(&text.piece, kind, None)?;
            }
        }
        Content::Table(rows) => {
            for mut row in rows {
                row.table = *tables;
                writer.row(&row, None)?;
            }
            *tables += 1;
        }
        Content::Chart(id) => {
            if let Some(target) = package.target(part, &id).filter(|target| package.has(target)) {
                let chart = chart::read(package, &target, *tables, locale)?;
                for name in &chart.titles {
                    writer.block(&Piece::of(name), BlockKind::Caption, None)?;
                }
                for row in &chart.rows {
                    writer.row(row, None)?;
                }
                *tables += 1;
            }
        }
        Content::Diagram(id) => {
            if let Some(target) = package.target(part, &id).filter(|target| package.has(target)) {
                for text in drawing::diagram(package, &target)? {
                    writer.block(&text.piece, BlockKind::Paragraph, None)?;
                }
            }
        }
    }
    Ok(())
}

fn notes(package: &mut Package, slide: &str, writer: &mut PageWriter) -> Result<()> {
    for part in package.targets(slide, "notesSlide") {
        let mut all = Vec::new();
        read_shapes(package, &part, &mut all, &mut |_| {})?;
        for shape in shapes::in_reading_order(all) {
            // The page of notes repeats the slide, its number and the running lines.
            let is_note = shape.role.as_ref().is_none_or(|role| matches!(role.kind.as_str(), "body" | "obj"));
            let Content::Text(texts) = shape.content else { continue };
            for text in texts.into_iter().filter(|_| is_note) {
                writer.block(&text.piece, BlockKind::Paragraph, Some(Anchor::Part("notes".to_owned())))?;
            }
        }
    }
    Ok(())
}

/// Comments: `p:text` in the older form, a text body in the newer one.
fn comments(package: &mut Package, slide: &str, writer: &mut PageWriter, seen: &mut Seen) -> Result<()> {
    for part in package.targets(slide, "comments") {
        let mut xml = package.xml(&part)?;
        loop {
            let texts = match xml.next()? {
                Token::Start(element) => match element.name() {
                    "text" => vec![Piece::of(&xml.text()?)],
                    "txBody" => drawing::paragraphs(&mut xml, &mut |_| {})?.into_iter().map(|text| text.piece).collect(),
                    _ => continue,
                },
                Token::Eof => break,
                Token::End | Token::Text(_) => continue,
            };
            let mut comment = Piece::default();
            texts.iter().for_each(|text| comment.append(text, "\n"));
            if !comment.is_blank() {
                seen.comments += 1;
                writer.block(&comment, BlockKind::Paragraph, Some(Anchor::Part(format!("comment {}", seen.comments))))?;
            }
        }
    }
    Ok(())
}
