//! Where a glyph stands: from its own space to the frame of its line, and from there to the page.

use hayro_interpret::{hayro_cmap::WritingMode, kurbo::Affine};

/// A glyph's place in the frame of its line, see [`Glyph`](super::Glyph).
pub(super) struct Placed {
    pub(super) angle: i16,
    pub(super) u: [f32; 2],
    pub(super) base: f32,
    pub(super) size: f32,
    pub(super) vertical: bool,
}

/// Places a glyph whose space is thousandths of its font's size. `None` where numbers run out.
pub(super) fn place(transform: Affine, advance: f64, mode: WritingMode) -> Option<Placed> {
    let [a, b, c, d, x, y] = transform.as_coeffs();
    if ![a, b, c, d, x, y].iter().all(|n| n.is_finite()) || x.abs() > 1e6 || y.abs() > 1e6 {
        return None;
    }
    let along = a.hypot(b);
    let size = if along > 0.0 { (a * d - b * c).abs() / along * 1000.0 } else { 0.0 };
    if size > 1e5 {
        return None;
    }
    let vertical = mode == WritingMode::Vertical;
    // Down the column, which is against the glyph's own up.
    let direction = if vertical { (-c, -d) } else { (a, b) };
    let degrees = if direction == (0.0, 0.0) { 0.0 } else { direction.1.atan2(direction.0).to_degrees().round() };
    let angle = (degrees as i16).rem_euclid(360);
    let (sin, cos) = sin_cos(angle);
    let (sin, cos) = (f64::from(sin), f64::from(cos));
    let (u, v) = (x * cos + y * sin, y * cos - x * sin);
    if vertical {
        let u = [u - 0.88 * size, u + 0.12 * size].map(|n| n as f32);
        return Some(Placed { angle, u, base: v as f32, size: size as f32, vertical });
    }
    let end = u + advance * along;
    let u = if end >= u { [u as f32, end as f32] } else { [end as f32, u as f32] };
    Some(Placed { angle, u, base: v as f32, size: size as f32, vertical })
}

/// From the frame of a line to the page as displayed.
pub(in crate::document::pdf) fn point(angle: i16, u: f32, v: f32) -> (f32, f32) {
    let (sin, cos) = sin_cos(angle);
    (u * cos - v * sin, u * sin + v * cos)
}

fn sin_cos(angle: i16) -> (f32, f32) {
    match angle {
        0 => (0.0, 1.0),
        90 => (1.0, 0.0),
        180 => (0.0, -1.0),
        270 => (-1.0, 0.0),
        _ => f32::from(angle).to_radians().sin_cos(),
    }
}
