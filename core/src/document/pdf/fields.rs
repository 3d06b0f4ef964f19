//! What was filled into a form or written on a page without being drawn: viewers draw it themselves.

use hayro_interpret::kurbo::{Affine, Rect};
use hayro_interpret::util::RectExt;
use hayro_syntax::{
    object::{Array, Dict, Name, Rect as PdfRect, String as PdfString},
    page::Page,
};

use super::{
    glyphs::{Glyph, Seen},
    properties::text,
};

/// Fields of one page that are looked at.
const FIELDS: usize = 10_000;
/// Characters of one value.
const CHARACTERS: usize = 20_000;
/// Flags of an annotation that nobody sees: hidden, not viewed.
const UNSEEN: u32 = (1 << 1) | (1 << 5);
/// A parent of a parent of a field holds its value at most.
const PARENTS: usize = 16;

/// Adds the values of fields and the text of free text notes in whose box nothing was drawn.
pub(super) fn add(page: &Page<'_>, transform: Affine, glyphs: &mut Vec<Glyph>) {
    let Some(annotations) = page.raw().get::<Array<'_>>("Annots") else { return };
    let drawn: Vec<(f32, f32)> = glyphs.iter().filter(|glyph| glyph.angle == 0).map(|glyph| (glyph.u[0], glyph.base)).collect();
    for annotation in annotations.iter::<Dict<'_>>().take(FIELDS) {
        if annotation.get::<u32>("F").unwrap_or(0) & UNSEEN != 0 {
            continue;
        }
        let Some(rect) = annotation.get::<PdfRect>("Rect") else { continue };
        let rect = transform.transform_rect_bbox(rect.to_kurbo());
        let Some(value) = value(&annotation) else { continue };
        let inside = |(x, y): &(f32, f32)| rect.inflate(1.0, 1.0).contains((f64::from(*x), f64::from(*y)));
        if !value.trim().is_empty() && rect.area() > 0.0 && !drawn.iter().any(inside) {
            set(&value, rect, glyphs);
        }
    }
}

fn value(annotation: &Dict<'_>) -> Option<String> {
    let kind = annotation.get::<Name<'_>>("Subtype")?;
    if kind.as_str() == "FreeText" {
        return annotation.get::<PdfString<'_>>("Contents").map(|contents| text(contents.as_bytes()));
    }
    if kind.as_str() != "Widget" {
        return None;
    }
    let mut field = annotation.clone();
    for _ in 0..PARENTS {
        if let Some(value) = field.get::<PdfString<'_>>("V") {
            return Some(text(value.as_bytes()));
        }
        if let Some(values) = field.get::<Array<'_>>("V") {
            let values: Vec<String> = values.iter::<PdfString<'_>>().map(|value| text(value.as_bytes())).collect();
            return Some(values.join("\n"));
        }
        field = field.get::<Dict<'_>>("Parent")?;
    }
    None
}

/// Sets a value into its box, each character half as wide as high.
fn set(value: &str, rect: Rect, glyphs: &mut Vec<Glyph>) {
    let lines: Vec<&str> = value.split(['\r', '\n']).filter(|line| !line.trim().is_empty()).collect();
    let height = rect.height() as f32 / lines.len().max(1) as f32;
    let longest = lines.iter().map(|line| line.chars().count()).max().unwrap_or(1).max(1);
    let size = (height * 0.75).clamp(1.0, 12.0);
    let advance = (size * 0.5).min(rect.width() as f32 / longest as f32);
    for (row, line) in lines.iter().enumerate() {
        let base = rect.y0 as f32 + height * (row as f32 + 0.5) + size * 0.25;
        for (at, ch) in line.chars().take(CHARACTERS).enumerate().filter(|(_, ch)| !ch.is_control()) {
            let start = rect.x0 as f32 + advance * at as f32;
            glyphs.push(Glyph {
                ch: if ch.is_whitespace() { ' ' } else { ch },
                angle: 0,
                u: [start, start + advance],
                base,
                top: base - 0.75 * size,
                bottom: base + 0.25 * size,
                size,
                bold: false,
                mono: false,
                follows: false,
                seen: Seen::Visible,
                order: u32::MAX,
            });
        }
    }
}
