//! What a font's dictionary says of it: how far its glyphs reach above and below the line, and whether it is bold.
//!
//! The interpreter hands over glyphs without their font's dictionary. A glyph finds its way back by the font's name
//! where the interpreter knows it, and for Type 1 fonts by the program that draws it.

use hayro_font::{Font, FontCache, FontGlyph, OutlineGlyph};
use hayro_interpret::InterpreterSettings;
use hayro_syntax::{
    object::{Array, Dict, Name, ObjectIdentifier, Stream},
    page::Resources,
};
use rustc_hash::{FxHashMap, FxHashSet};

/// Forms lie in forms; deeper than this nobody looks.
const DEPTH: u32 = 6;
/// Dictionaries that one page may make us look at.
const DICTIONARIES: usize = 4_096;

/// What the page's layout needs to know of a font. Lengths are parts of the font's size.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Face {
    pub(super) ascent: f32,
    /// Negative.
    pub(super) descent: f32,
    pub(super) bold: bool,
    pub(super) mono: bool,
}

impl Default for Face {
    fn default() -> Self {
        Self { ascent: 0.75, descent: -0.25, bold: false, mono: false }
    }
}

struct Entry<'a> {
    face: Face,
    /// For fonts that the interpreter does not name.
    font: Option<Font<'a>>,
}

/// The fonts of a document, as far as its pages were looked at.
pub(super) struct Fonts<'a> {
    cache: FontCache<'a>,
    settings: InterpreterSettings,
    seen: FxHashSet<ObjectIdentifier>,
    entries: Vec<Entry<'a>>,
    by_name: FxHashMap<String, usize>,
    by_glyph: FxHashMap<u128, (usize, bool)>,
}

impl<'a> Fonts<'a> {
    pub(super) fn new(settings: InterpreterSettings) -> Self {
        Self {
            cache: FontCache::new(),
            settings,
            seen: FxHashSet::default(),
            entries: vec![Entry { face: Face::default(), font: None }],
            by_name: FxHashMap::default(),
            by_glyph: FxHashMap::default(),
        }
    }

    /// Learns the fonts of a page and of the forms that it draws.
    pub(super) fn learn(&mut self, resources: &Resources<'a>) {
        let mut budget = DICTIONARIES;
        self.learn_resources(resources, 0, &mut budget);
    }

    fn learn_resources(&mut self, resources: &Resources<'a>, depth: u32, budget: &mut usize) {
        for name in resources.fonts.keys() {
            let known = resources.fonts.get_ref(name.as_ref()).is_some_and(|id| !self.seen.insert(id.into()));
            if known {
                continue;
            }
            if *budget == 0 {
                return;
            }
            *budget -= 1;
            if let Some(dict) = resources.get_font(&name) {
                self.learn_font(&dict);
            }
        }
        if depth == DEPTH {
            return;
        }
        for name in resources.x_objects.keys() {
            let Some(id) = resources.x_objects.get_ref(name.as_ref()) else { continue };
            if *budget == 0 || !self.seen.insert(id.into()) {
                continue;
            }
            *budget -= 1;
            let Some(form) = resources.get_x_object(&name) else { continue };
            if form.dict().get::<Name<'_>>("Subtype").is_some_and(|kind| kind.as_str() == "Form")
                && let Some(inner) = form.dict().get::<Dict<'a>>("Resources")
            {
                self.learn_resources(&Resources::new(inner), depth + 1, budget);
            }
        }
    }

    fn learn_font(&mut self, dict: &Dict<'a>) {
        let subtype = dict.get::<Name<'_>>("Subtype");
        let subtype = subtype.as_ref().map(|name| name.as_str()).unwrap_or_default();
        let descendant = dict.get::<Array<'a>>("DescendantFonts").and_then(|fonts| fonts.iter::<Dict<'a>>().next());
        let base = dict.get::<Name<'_>>("BaseFont").map(|name| name.as_str().to_owned()).unwrap_or_default();
        let descriptor = descendant.as_ref().unwrap_or(dict).get::<Dict<'a>>("FontDescriptor");
        let embedded =
            descriptor.as_ref().is_some_and(|d| ["FontFile", "FontFile2", "FontFile3"].iter().any(|k| d.contains_key(k)));
        let entry = Entry {
            face: face(&base, descriptor.as_ref()),
            font: (subtype == "Type1" || subtype == "MMType1" || (subtype == "TrueType" && !embedded))
                .then(|| self.cache.font(dict, &self.settings.font_resolver, &self.settings.cmap_resolver))
                .flatten(),
        };
        self.by_name.insert(base, self.entries.len());
        self.entries.push(entry);
    }

    /// The font of a glyph, as an index for [`Fonts::face`], how much the glyph is stretched to its width, and whether it is a
    /// figure that its font draws raised.
    pub(super) fn of(&mut self, glyph: &OutlineGlyph) -> (usize, f64, bool) {
        let key = glyph.identifier().cache_key();
        let (at, raised) = match self.by_glyph.get(&key) {
            Some(known) => *known,
            None => {
                let bounds = glyph.outline().control_box();
                // Figures stand on the line, old ones below it; only superscripts float.
                let raised = bounds.height() > 150.0 && bounds.height() < 560.0 && bounds.y0 > 250.0;
                let known = (self.find(glyph), raised);
                self.by_glyph.insert(key, known);
                known
            }
        };
        let stretch = match &self.entries[at].font {
            Some(font) => font.glyph_stretch(glyph.glyph_id(), glyph.char_code()),
            None => 1.0,
        };
        (at, if stretch.is_finite() && stretch > 0.0 { stretch } else { 1.0 }, raised)
    }

    fn find(&mut self, glyph: &OutlineGlyph) -> usize {
        if let Some(data) = glyph.font_data() {
            let name = data.postscript_name.unwrap_or_default();
            if let Some(at) = self.by_name.get(&name) {
                return *at;
            }
            let bold = data.weight.is_some_and(|weight| weight >= 600) || is_bold(&name);
            self.entries.push(Entry { face: Face { bold, mono: data.is_monospace, ..Face::default() }, font: None });
            self.by_name.insert(name, self.entries.len() - 1);
            return self.entries.len() - 1;
        }
        let wanted = glyph.identifier();
        let same = |entry: &Entry<'a>| {
            entry.font.as_ref().is_some_and(|font| match font.glyph(glyph.glyph_id(), glyph.char_code()) {
                FontGlyph::Outline(other) => other.identifier() == wanted,
                FontGlyph::Type3(_) => false,
            })
        };
        self.entries.iter().rposition(same).unwrap_or(0)
    }

    pub(super) fn face(&self, at: usize) -> Face {
        self.entries.get(at).map(|entry| entry.face).unwrap_or_default()
    }
}

/// By name and descriptor. A descriptor's ascent may be absent, negative or absurd.
fn face(name: &str, descriptor: Option<&Dict<'_>>) -> Face {
    let plain = name.split_once('+').map_or(name, |(_, name)| name);
    let (mut ascent, mut descent) = standard_extent(plain);
    let (mut bold, mut mono) = (is_bold(plain), plain.contains("Courier") || plain.contains("Mono"));
    if let Some(descriptor) = descriptor {
        if let Some(value) = descriptor.get::<f32>("Ascent").map(f32::abs).filter(|value| *value > 0.0) {
            ascent = value / 1000.0;
        }
        if let Some(value) = descriptor.get::<f32>("Descent").map(f32::abs).filter(|value| *value > 0.0) {
            descent = -value / 1000.0;
        }
        let flags = descriptor.get::<u32>("Flags").unwrap_or(0);
        mono |= flags & 1 != 0;
        bold |= flags & (1 << 18) != 0 || descriptor.get::<f32>("FontWeight").is_some_and(|weight| weight >= 600.0);
    }
    Face { ascent: ascent.clamp(0.4, 1.05), descent: descent.clamp(-0.4, -0.05), bold, mono }
}

/// Ascender and descender of the standard fonts' metrics.
fn standard_extent(name: &str) -> (f32, f32) {
    if name.starts_with("Helvetica") || name.starts_with("Arial") {
        (0.718, -0.207)
    } else if name.starts_with("Times") {
        (0.683, -0.217)
    } else if name.starts_with("Courier") {
        (0.629, -0.157)
    } else {
        (0.75, -0.25)
    }
}

fn is_bold(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["bold", "black", "heavy", "semibold", "demi", "cmbx", "sfbx", "-bd"].iter().any(|word| name.contains(word))
}

/// Bytes of the content streams of a page as they lie in the file, decompressed no further than `limit`.
pub(super) fn content_exceeds(page: &Dict<'_>, limit: u64) -> bool {
    let streams: Vec<Stream<'_>> = match page.get::<Stream<'_>>("Contents") {
        Some(stream) => vec![stream],
        None => page.get::<Array<'_>>("Contents").map(|array| array.iter::<Stream<'_>>().collect()).unwrap_or_default(),
    };
    super::guard::decoded_exceeds(streams.iter(), limit)
}
