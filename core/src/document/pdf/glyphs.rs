//! What a page draws: characters with their boxes, rules, and how much of it pictures cover.

use hayro_interpret::{
    BlendMode, ClipPath, Context, Device, DrawMode, DrawProps, Image, ImageDrawProps, InterpreterCache, InterpreterSettings,
    Paint, SoftMask,
    font::{Glyph as FontGlyph, GlyphRun},
    interpret_page,
    kurbo::{Affine, BezPath, PathEl, Point, Rect, Shape},
    util::TransformExt,
};
use hayro_syntax::page::Page;

use super::{
    doubles::Doubles,
    fonts::Fonts,
    guard::{Abort, Watch, abort},
};

mod characters;
mod place;

use characters::{SOFT_HYPHEN, characters, is_tag};
pub(super) use place::point;
use place::{Placed, place};

/// Rules and filled areas that are kept of one page. A drawing has more; a table has not.
const SHAPES: usize = 5_000;
/// Thicker than this, in points, a bar is an area and no rule.
const RULE: f64 = 2.5;

/// One character, in the frame of its line: `u` runs along the line, `v` across it, downwards.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Glyph {
    pub(super) ch: char,
    /// Direction of the line in whole degrees, clockwise on the page as displayed: 0 is left to right.
    pub(super) angle: i16,
    pub(super) u: [f32; 2],
    pub(super) base: f32,
    pub(super) top: f32,
    pub(super) bottom: f32,
    /// Points.
    pub(super) size: f32,
    pub(super) bold: bool,
    pub(super) mono: bool,
    /// Drawn as a part of the glyph before it: a ligature's second letter.
    pub(super) follows: bool,
    pub(super) seen: Seen,
    /// Position in the page's order of drawing.
    pub(super) order: u32,
}

/// Whether a reader of the page sees a character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Seen {
    Visible,
    /// Drawn in the mode that leaves no mark.
    Unpainted,
    /// In the colour of what lies behind it, covered, off the page, of no size, a tag character.
    Hidden,
}

/// A horizontal or vertical rule, as displayed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Rule {
    pub(super) x: [f32; 2],
    pub(super) y: [f32; 2],
}

/// Whether a glyph draws anything.
fn has_ink(glyph: &FontGlyph<'_>) -> bool {
    match glyph {
        FontGlyph::Outline(outline) => !outline.outline().is_empty(),
        FontGlyph::Type3(_) => true,
    }
}

impl Rule {
    pub(super) fn is_horizontal(&self) -> bool {
        self.x[1] - self.x[0] >= self.y[1] - self.y[0]
    }
}

/// Everything of a page that its text is read from.
#[derive(Debug, Clone, Default)]
pub(super) struct Drawn {
    pub(super) width: f32,
    pub(super) height: f32,
    pub(super) glyphs: Vec<Glyph>,
    pub(super) rules: Vec<Rule>,
    /// Part of the page that pictures cover, 0 to 1. Overlaps count twice.
    pub(super) pictures: f32,
    /// Glyphs that are drawn and stand for no known character.
    pub(super) unmapped: usize,
    /// How many operations drew something.
    pub(super) marks: usize,
}

struct Area {
    rect: Rect,
    /// `None` where the colour is not one: a picture, a pattern, a shape that is no rectangle.
    colour: Option<[f32; 3]>,
    order: u32,
}

struct Text<'f, 'a> {
    fonts: &'f mut Fonts<'a>,
    watch: Watch,
    budget: usize,
    page: Rect,
    drawn: Drawn,
    areas: Vec<Area>,
    /// The colour of each visible glyph, beside `drawn.glyphs`.
    colours: Vec<Option<[f32; 3]>>,
    clips: Vec<Rect>,
    /// Opacity below 1 or a mask: what is painted inside may show what is below.
    groups: Vec<bool>,
    doubles: Doubles,
    order: u32,
}

/// Interprets a page. Unwinds with an [`Abort`] when it takes too long or has more than `characters`.
pub(super) fn read<'a>(
    page: &Page<'a>,
    cache: &InterpreterCache<'a>,
    settings: &InterpreterSettings,
    fonts: &mut Fonts<'a>,
    watch: Watch,
    characters: usize,
) -> Drawn {
    fonts.learn(page.resources());
    let (width, height) = page.render_dimensions();
    let bounds = Rect::new(0.0, 0.0, width.into(), height.into());
    let transform = page.initial_transform(true).to_kurbo();
    let mut context = Context::new(transform, bounds, cache, page.xref(), settings.clone());
    let mut text = Text {
        fonts,
        watch,
        budget: characters,
        page: bounds,
        drawn: Drawn { width, height, ..Drawn::default() },
        areas: Vec::new(),
        colours: Vec::new(),
        clips: Vec::new(),
        groups: Vec::new(),
        doubles: Doubles::default(),
        order: 0,
    };
    interpret_page(page, &mut context, &mut text);
    let mut drawn = text.finish();
    super::fields::add(page, transform, &mut drawn.glyphs);
    drawn
}

impl Text<'_, '_> {
    fn step(&mut self) {
        self.order = self.order.saturating_add(1);
        self.drawn.marks += 1;
        self.watch.tick();
    }

    fn push(&mut self, glyph: Glyph, colour: Option<[f32; 3]>) {
        if self.drawn.glyphs.len() >= self.budget {
            abort(Abort::Size);
        }
        self.drawn.glyphs.push(glyph);
        self.colours.push(colour);
    }

    /// Whether the character stands there already, in bold type or above its shadow. It is seen as the last one is that
    /// leaves a mark.
    fn is_drawn_again(&mut self, ch: char, placed: &Placed, seen: Seen, colour: Option<[f32; 3]>) -> bool {
        let index = self.drawn.glyphs.len();
        let Some(index) = self.doubles.find(ch, placed.angle, placed.size, placed.u[0], placed.base, index) else { return false };
        if let (Some(glyph), Some(before), Seen::Visible) = (self.drawn.glyphs.get_mut(index), self.colours.get_mut(index), seen)
        {
            (glyph.seen, glyph.order, *before) = (seen, self.order, colour);
        }
        true
    }

    fn clip(&self) -> Rect {
        self.clips.last().copied().unwrap_or(self.page)
    }

    fn area(&mut self, rect: Rect, colour: Option<[f32; 3]>) {
        let rect = rect.intersect(self.clip());
        if rect.area() > 0.0 && self.areas.len() < SHAPES {
            self.areas.push(Area { rect, colour, order: self.order });
        }
    }

    fn rule(&mut self, a: Point, b: Point) {
        let rect = Rect::from_points(a, b).intersect(self.page.inflate(1.0, 1.0));
        let long = rect.width().max(rect.height());
        if long >= 4.0 && rect.width().min(rect.height()) <= RULE && self.drawn.rules.len() < SHAPES {
            self.drawn.rules.push(Rule { x: [rect.x0 as f32, rect.x1 as f32], y: [rect.y0 as f32, rect.y1 as f32] });
        }
    }

    /// Decides who is seen, once everything is painted.
    fn finish(mut self) -> Drawn {
        let page = self.page.inflate(1.0, 1.0);
        // Text in colour is seen wherever it stands; only white on white, black on black and what was painted over need a look.
        for (glyph, colour) in self.drawn.glyphs.iter_mut().zip(&self.colours) {
            if glyph.seen != Seen::Visible {
                continue;
            }
            let (x, y) = point(glyph.angle, (glyph.u[0] + glyph.u[1]) / 2.0, glyph.base - glyph.size * 0.25);
            let at = Point::new(x.into(), y.into());
            if !page.contains(at) {
                glyph.seen = Seen::Hidden;
                continue;
            }
            let Some(colour) = colour else { continue };
            let mut behind = Some([1.0; 3]);
            for area in &self.areas {
                if !area.rect.contains(at) {
                    continue;
                }
                if area.order < glyph.order {
                    behind = area.colour;
                } else if area.colour.is_some() {
                    // Painted over by a filled rectangle.
                    glyph.seen = Seen::Hidden;
                }
            }
            if behind.is_some_and(|behind| behind.iter().zip(colour).all(|(a, b)| (a - b).abs() < 0.02)) {
                glyph.seen = Seen::Hidden;
            }
        }
        self.drawn
    }
}

fn rgb(paint: &Paint<'_>) -> Option<([f32; 3], f32)> {
    match paint {
        Paint::Color(colour) => {
            let [r, g, b, a] = colour.to_rgba().components();
            Some(([r, g, b], a))
        }
        Paint::Pattern(_) => None,
    }
}

impl<'a> Device<'a> for Text<'_, 'a> {
    fn draw_path(&mut self, path: &BezPath, props: DrawProps<'a>, mode: &DrawMode) {
        self.step();
        let mut last = Point::ZERO;
        let mut first = Point::ZERO;
        if matches!(mode, DrawMode::Stroke(_) | DrawMode::FillAndStroke(..)) {
            for element in path.elements() {
                match *element {
                    PathEl::MoveTo(to) => (first, last) = (to, to),
                    PathEl::LineTo(to) => {
                        self.rule(props.transform * last, props.transform * to);
                        last = to;
                    }
                    PathEl::ClosePath => self.rule(props.transform * last, props.transform * first),
                    PathEl::QuadTo(_, to) | PathEl::CurveTo(_, _, to) => last = to,
                }
            }
        }
        if matches!(mode, DrawMode::Fill(_) | DrawMode::FillAndStroke(..)) {
            let bounds = props.transform.transform_rect_bbox(path.bounding_box());
            self.rule(Point::new(bounds.x0, bounds.y0), Point::new(bounds.x1, bounds.y1));
            self.area(bounds, None);
        }
    }

    fn draw_rect(&mut self, rect: &Rect, props: DrawProps<'a>, mode: &DrawMode) {
        self.step();
        let bounds = props.transform.transform_rect_bbox(*rect);
        let corners =
            [(bounds.x0, bounds.y0), (bounds.x1, bounds.y0), (bounds.x1, bounds.y1), (bounds.x0, bounds.y1)].map(Point::from);
        match mode {
            DrawMode::Stroke(_) => {
                for i in 0..4 {
                    self.rule(corners[i], corners[(i + 1) % 4]);
                }
            }
            _ => {
                if bounds.width().min(bounds.height()) <= RULE {
                    self.rule(corners[0], corners[2]);
                    return;
                }
                let solid = props.soft_mask.is_none() && props.blend_mode == BlendMode::Normal && !self.groups.contains(&true);
                match rgb(&props.paint) {
                    Some((colour, alpha)) if alpha > 0.99 && solid => {
                        // Lying cells of a table are told by their fill, too.
                        self.area(bounds, Some(colour));
                    }
                    Some((_, alpha)) if alpha < 0.02 => {}
                    _ => self.area(bounds, None),
                }
            }
        }
    }

    fn push_clip_path(&mut self, clip: &ClipPath) {
        self.watch.tick();
        let next = self.clip().intersect(clip.path.bounding_box());
        self.clips.push(next);
    }

    fn push_clip_rect(&mut self, rect: &Rect) {
        self.watch.tick();
        let next = self.clip().intersect(*rect);
        self.clips.push(next);
    }

    fn pop_clip(&mut self) {
        self.clips.pop();
    }

    fn push_transparency_group(&mut self, opacity: f32, mask: Option<SoftMask<'a>>, blend: BlendMode) {
        self.watch.tick();
        self.groups.push(opacity < 0.99 || mask.is_some() || blend != BlendMode::Normal);
    }

    fn pop_transparency_group(&mut self) {
        self.groups.pop();
    }

    fn draw_image(&mut self, image: Image<'a, '_>, props: ImageDrawProps<'a>) {
        self.step();
        let rect = Rect::new(0.0, 0.0, image.width().into(), image.height().into());
        let bounds = props.transform.transform_rect_bbox(rect).intersect(self.clip());
        if self.page.area() > 0.0 {
            self.drawn.pictures += (bounds.area() / self.page.area()) as f32;
        }
        self.area(bounds, None);
    }

    fn draw_glyph_run(&mut self, run: &GlyphRun<'_, 'a>, props: DrawProps<'a>, mode: &DrawMode) {
        self.step();
        let paint = rgb(&props.paint);
        let invisible = matches!(mode, DrawMode::Invisible);
        let faint = paint.is_some_and(|(_, alpha)| alpha < 0.02);
        let colour = paint.filter(|_| !matches!(mode, DrawMode::Stroke(_))).map(|(colour, _)| colour);
        for drawn in run.glyphs() {
            let glyph = &**drawn;
            let (face, stretch, advance, type3, raised) = match glyph {
                FontGlyph::Outline(outline) => {
                    let (at, stretch, raised) = self.fonts.of(outline);
                    (self.fonts.face(at), stretch, outline.advance_width(), false, raised)
                }
                FontGlyph::Type3(glyph) => (super::fonts::Face::default(), 1.0, glyph.advance_width(), true, false),
            };
            let text = glyph.as_unicode();
            let source = glyph;
            let transform = props.transform * drawn.transform() * Affine::scale_non_uniform(1.0 / stretch, 1.0);
            let advance = f64::from(advance.unwrap_or(500.0));
            let Some(placed) = place(transform, advance, run.writing_mode()) else { continue };
            let mut glyph = Glyph {
                ch: ' ',
                angle: placed.angle,
                u: placed.u,
                base: placed.base,
                top: placed.base - face.ascent * placed.size,
                bottom: placed.base - face.descent * placed.size,
                size: placed.size,
                bold: face.bold,
                mono: face.mono,
                follows: false,
                seen: if invisible {
                    Seen::Unpainted
                } else if faint || placed.size < 0.5 {
                    Seen::Hidden
                } else {
                    Seen::Visible
                },
                order: self.order,
            };
            if placed.vertical {
                (glyph.top, glyph.bottom) = (placed.base - placed.size, placed.base);
            }
            let mut any = false;
            let alone = characters(text.as_ref()).count() == 1;
            for ch in characters(text.as_ref()) {
                // One glyph stands for hyphen and soft hyphen, and some writers name it by the latter: what is drawn is a
                // hyphen. What has no ink, or is named beside the letter that is drawn, is a place to break and no character.
                let ch = match ch {
                    SOFT_HYPHEN if alone && has_ink(source) => '-',
                    SOFT_HYPHEN => {
                        any = true;
                        continue;
                    }
                    ch => ch,
                };
                let seen = if is_tag(ch) { Seen::Hidden } else { glyph.seen };
                if !any && ch != ' ' && placed.size > 2.0 && self.is_drawn_again(ch, &placed, seen, colour) {
                    any = true;
                    break;
                }
                let mut glyph = Glyph { ch, follows: any, seen, ..glyph };
                if raised && ch.is_ascii_digit() {
                    // Set like a superscript, so that it reads like one.
                    (glyph.base, glyph.size) = (placed.base - 0.35 * placed.size, 0.6 * placed.size);
                    (glyph.top, glyph.bottom) = (glyph.base - 0.75 * glyph.size, glyph.base + 0.1 * glyph.size);
                }
                self.push(glyph, colour);
                any = true;
            }
            let drawn_space = type3 && text.is_some();
            if !any && !drawn_space {
                self.drawn.unmapped += 1;
            }
        }
    }
}
