//! Characters that are drawn more than once: bold type and shadows of writers that have no bold font.

use rustc_hash::FxHashMap;

/// How far apart, as parts of the size, two drawings of one character are one: along the line and across it. Two of the
/// narrowest letters in a row are twice as far apart.
const APART: [f32; 2] = [0.1, 0.2];

/// Where each character of a page was drawn.
#[derive(Default)]
pub(super) struct Doubles(FxHashMap<Cell, Drawing>);

/// Character, direction, size in half points, and the place in steps of [`APART`].
type Cell = (char, i16, i32, i32, i32);

struct Drawing {
    u: f32,
    base: f32,
    index: usize,
}

impl Doubles {
    /// The index of the glyph that this one draws once more; otherwise `index` is remembered for it.
    pub(super) fn find(&mut self, ch: char, angle: i16, size: f32, u: f32, base: f32, index: usize) -> Option<usize> {
        let half_points = (size * 2.0).round().clamp(1.0, 1e6);
        let apart = APART.map(|part| part * half_points / 2.0);
        let cell = [u / apart[0], base / apart[1]].map(|steps| steps.floor() as i32);
        for x in -1..=1 {
            for y in -1..=1 {
                let at = (ch, angle, half_points as i32, cell[0].saturating_add(x), cell[1].saturating_add(y));
                let near = |drawing: &&Drawing| (drawing.u - u).abs() <= apart[0] && (drawing.base - base).abs() <= apart[1];
                if let Some(drawing) = self.0.get(&at).filter(near) {
                    return Some(drawing.index);
                }
            }
        }
        self.0.insert((ch, angle, half_points as i32, cell[0], cell[1]), Drawing { u, base, index });
        None
    }
}
