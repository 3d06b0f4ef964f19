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
        let scale = (dpi / 72.0).min(SIDE / width.max(height));
        let mut context = RenderContext::new((width * scale).ceil().max(1.0) as u16, (height * scale).ceil().max(1.0) as u16);
        let zoom = Affine::scale(scale.into());
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
        pixmap.into_png().ok()
    })
    .ok()
    .flatten()
    .ok_or_else(unreadable)
}
