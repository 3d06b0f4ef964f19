//! A page as a picture.

use hayro::{
    RenderCache, RenderSettings,
    hayro_interpret::{InterpreterSettings, util::TransformExt},
    kurbo::{Affine, Rect},
    render_into,
    vello_cpu::{
        Pixmap, RasterizerSettings, RenderContext, Resources, TargetInit,
        color::{AlphaColor, Srgb, palette::css::WHITE},
        peniko::{BlendMode, Compose, Mix},
    },
};
use std::sync::Arc;

use crate::{Error, ErrorKind, Result};

use super::guard::guarded;

/// Longer sides are drawn at a lower resolution.
const SIDE: f32 = 8_000.0;

/// The page, counted from 1, as PNG. `highlights` are boxes `[x0, y0, x1, y1]` in points of the page as displayed, as
/// [`Page::boxes`](crate::types::Page::boxes) gives them; they are drawn over the page like a text marker.
///
/// # Errors
/// As [`extract`](super::extract); `document.page_not_found`; `pdf.page_unreadable`.
pub fn picture(bytes: Arc<Vec<u8>>, passwords: &[String], page: u32, highlights: &[[f32; 4]], dpi: f32) -> Result<Vec<u8>> {
    draw(bytes, passwords, page, highlights, dpi, None)
}

/// What stands in `boxes` of a page and nothing else of it, as PNG: the rest of the rectangle around them is white.
///
/// # Errors
/// Those of [`picture`]; `document.no_boxes` without a box.
pub fn picture_of(bytes: Arc<Vec<u8>>, passwords: &[String], page: u32, boxes: &[[f32; 4]], dpi: f32) -> Result<Vec<u8>> {
    let around = boxes.iter().copied().reduce(|a, b| [a[0].min(b[0]), a[1].min(b[1]), a[2].max(b[2]), a[3].max(b[3])]);
    let around = around.filter(|[x0, y0, x1, y1]| x0 < x1 && y0 < y1).ok_or_else(|| {
        Error::new(ErrorKind::InvalidInput, "document.no_boxes", "there is no place on the page to draw").with("page", page.to_string())
    })?;
    draw(bytes, passwords, page, &[], dpi, Some((around, boxes)))
}

/// The rectangle of a page that is drawn, and what of it is shown.
type Cut<'a> = ([f32; 4], &'a [[f32; 4]]);
/// Shown around each box, in points: the strokes of letters end a little outside of theirs.
const MARGIN: f32 = 1.0;

fn draw(
    bytes: Arc<Vec<u8>>,
    passwords: &[String],
    page: u32,
    highlights: &[[f32; 4]],
    dpi: f32,
    cut: Option<Cut<'_>>,
) -> Result<Vec<u8>> {
    let pdf = super::open(&bytes, passwords)?;
    let pages = pdf.pages();
    let Some(drawn) = page.checked_sub(1).and_then(|at| pages.get(at as usize)) else {
        return Err(Error::new(ErrorKind::NotFound, "document.page_not_found", "the document has no such page")
            .with("page", page.to_string())
            .with("pages", pages.len().to_string()));
    };
    if !(dpi.is_finite() && dpi >= 1.0) {
        return Err(Error::new(ErrorKind::InvalidInput, "document.dpi", "the resolution must be at least 1 dot per inch"));
    }
    let unreadable =
        || Error::new(ErrorKind::Malformed, "pdf.page_unreadable", "the page cannot be drawn").with("page", page.to_string());
    guarded(|| {
        let (width, height) = drawn.render_dimensions();
        let whole = ([MARGIN, MARGIN, width - MARGIN, height - MARGIN], &[][..]);
        let ([x0, y0, x1, y1], boxes) = cut.unwrap_or(whole);
        let (left, top, width, height) = (x0 - MARGIN, y0 - MARGIN, x1 - x0 + 2.0 * MARGIN, y1 - y0 + 2.0 * MARGIN);
        let scale = (dpi / 72.0).min(SIDE / width.max(height));
        let mut context = RenderContext::new((width * scale).ceil().max(1.0) as u16, (height * scale).ceil().max(1.0) as u16);
        let zoom = Affine::scale(scale.into()) * Affine::translate((-f64::from(left), -f64::from(top)));
        let transform = zoom * drawn.initial_transform(true).to_kurbo();
        let cache = RenderCache::new();
        render_into(drawn, &cache, &InterpreterSettings::default(), &RenderSettings::default(), &mut context, transform);
        context.reset_transform();
        context.set_transform(zoom);
        context.set_blend_mode(BlendMode::new(Mix::Multiply, Compose::SrcOver));
        context.set_paint(AlphaColor::<Srgb>::new([1.0, 0.9, 0.25, 1.0]));
        for [x0, y0, x1, y1] in highlights {
            context.fill_rect(&Rect::new((*x0).into(), (*y0).into(), (*x1).into(), (*y1).into()));
        }
        context.flush();
        let mut pixmap = Pixmap::new(context.width(), context.height());
        let raster = RasterizerSettings { target_init: TargetInit::Clear(WHITE), ..RasterizerSettings::default() };
        context.render_with(&mut pixmap, &mut Resources::default(), raster);
        if cut.is_some() {
            mask(&mut pixmap, boxes, [left, top], scale);
        }
        pixmap.into_png().ok()
    })
    .ok()
    .flatten()
    .ok_or_else(unreadable)
}

/// Paints white what lies in none of the boxes.
fn mask(pixmap: &mut Pixmap, boxes: &[[f32; 4]], [left, top]: [f32; 2], scale: f32) {
    let (width, white) = (usize::from(pixmap.width()), WHITE.premultiply().to_rgba8());
    let place = |value: f32, origin: f32| (value - origin) * scale;
    for (at, pixel) in pixmap.data_mut().iter_mut().enumerate() {
        let (x, y) = ((at % width) as f32 + 0.5, (at / width) as f32 + 0.5);
        let is_shown = boxes.iter().any(|[x0, y0, x1, y1]| {
            (place(x0 - MARGIN, left)..place(x1 + MARGIN, left)).contains(&x)
                && (place(y0 - MARGIN, top)..place(y1 + MARGIN, top)).contains(&y)
        });
        if !is_shown {
            *pixel = white;
        }
    }
}
