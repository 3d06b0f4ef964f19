//! What of a text must be the same for a quote to be the same: its solid characters, and what stands between them.

use unicode_normalization::char::{canonical_combining_class, decompose_compatible, is_combining_mark};

/// Combining marks behind one character that are put in order; a longer run stays as it is.
const MARKS: usize = 16;

/// The solid characters of a text, with the way back.
///
/// Left out are white space, invisible characters, the bars between cells, and hyphens between letters; [`Gap`] tells what was
/// left out between two characters. The others are decomposed (NFKD), with one form each for quotation marks and for dashes. A
/// raised digit or a fraction beside a digit stays itself, since `10²` is not 102.
#[derive(Debug, Default)]
pub(super) struct Solid {
    pub(super) text: String,
    /// For each byte of `text`, where the character that it comes from begins.
    at: Vec<u32>,
}

impl Solid {
    /// The solid characters of `source[from..to]`; both are character boundaries.
    pub(super) fn new(source: &str, from: usize, to: usize) -> Self {
        let mut this = Self { text: String::with_capacity(to - from), at: Vec::with_capacity(to - from) };
        let mut fold = Fold { source, to, solid: &mut this, marks: Vec::new(), last: ' ', last_end: from };
        for (i, c) in source[from..to].char_indices() {
            fold.character(from + i, c);
        }
        fold.flush();
        this
    }

    /// Where the source character of the byte `i` begins.
    pub(super) fn at(&self, i: usize) -> usize {
        self.at[i] as usize
    }

    /// Where the source character of the byte `i` ends.
    pub(super) fn end(&self, i: usize, source: &str) -> usize {
        let at = self.at(i);
        at + source[at..].chars().next().map_or(0, char::len_utf8)
    }

    /// Whether nothing stands between the characters of the bytes `i - 1` and `i`, told at a glance: no `false` proves anything.
    pub(super) fn touches(&self, i: usize) -> bool {
        self.at[i].wrapping_sub(self.at[i - 1]) == 1
    }

    /// Whether the bytes `i - 1` and `i` come from one character.
    pub(super) fn same_character(&self, i: usize) -> bool {
        i > 0 && i < self.at.len() && self.at[i - 1] == self.at[i]
    }
}

struct Fold<'a> {
    source: &'a str,
    to: usize,
    solid: &'a mut Solid,
    /// Combining marks that wait to be put in order.
    marks: Vec<(char, u32)>,
    /// The last solid character as it is written, and where it ends.
    last: char,
    last_end: usize,
}

impl Fold<'_> {
    fn character(&mut self, at: usize, c: char) {
        if c.is_ascii_alphanumeric() {
            if !self.marks.is_empty() {
                self.flush();
            }
            self.solid.text.push(c);
            self.solid.at.push(at as u32);
        } else if is_left_out(c) {
            return;
        } else if is_hyphen(c) {
            if self.joins_letters(at, c) {
                return;
            }
            self.push(at, '-');
        } else if is_quotation_mark(c) {
            // `` and '' are one mark.
            if self.last_end < at || !is_quotation_mark(self.last) {
                self.push(at, '\'');
            }
        } else if c.is_ascii() {
            self.push(at, c);
        } else {
            self.wide(at, c);
        }
        self.last = c;
        self.last_end = at + c.len_utf8();
    }

    fn wide(&mut self, at: usize, c: char) {
        let digit = matches!(c, '\u{ff10}'..='\u{ff19}' | '\u{1d7ce}'..='\u{1d7ff}');
        let beside = self.last.is_ascii_digit() && self.last_end == at
            || self.source[at + c.len_utf8()..self.to].starts_with(|next: char| next.is_ascii_digit());
        let mut first = true;
        let mut itself = false;
        decompose_compatible(c, |d| {
            if first && d.is_ascii_digit() && !digit && beside {
                itself = true;
            }
            first = false;
            if itself || d.is_whitespace() {
                return;
            }
            match d {
                '\u{2044}' => self.push(at, '/'),
                d if is_quotation_mark(d) => self.push(at, '\''),
                d if is_hyphen(d) => self.push(at, '-'),
                d => self.push(at, d),
            }
        });
        if itself {
            self.push(at, c);
        }
    }

    fn push(&mut self, at: usize, c: char) {
        let class = if c.is_ascii() { 0 } else { canonical_combining_class(c) };
        if class != 0 && self.marks.len() < MARKS {
            self.marks.push((c, at as u32));
            return;
        }
        self.flush();
        self.append(c, at as u32);
    }

    fn flush(&mut self) {
        if self.marks.is_empty() {
            return;
        }
        let mut marks = std::mem::take(&mut self.marks);
        marks.sort_by_key(|(c, _)| canonical_combining_class(*c));
        for (c, at) in marks.drain(..) {
            self.append(c, at);
        }
        self.marks = marks;
    }

    fn append(&mut self, c: char, at: u32) {
        self.solid.text.push(c);
        self.solid.at.resize(self.solid.text.len(), at);
    }

    /// Whether the hyphen at `at` stands right behind a letter, and a letter follows, white space aside.
    fn joins_letters(&self, at: usize, c: char) -> bool {
        let behind = self.last.is_alphabetic() || is_combining_mark(self.last);
        let touches = self.source[self.last_end.min(at)..at].chars().all(is_invisible);
        let mut after = self.source[at + c.len_utf8()..self.to].chars().skip_while(|c| c.is_whitespace() || is_invisible(*c));
        behind && touches && after.next().is_some_and(char::is_alphabetic)
    }
}

/// What stands between two solid characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Gap {
    space: bool,
    hyphen: bool,
    /// A soft hyphen.
    soft: bool,
    /// A line ends in it.
    breaks: bool,
    tab: bool,
    bar: bool,
}

impl Gap {
    pub(super) fn of(between: &str) -> Self {
        let mut gap = Self::default();
        for c in between.chars() {
            match c {
                '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{b}' | '\u{c}' => (gap.space, gap.breaks) = (true, true),
                '\t' => (gap.space, gap.tab) = (true, true),
                '|' => (gap.space, gap.bar) = (true, true),
                '\u{ad}' => gap.soft = true,
                c if c.is_whitespace() => gap.space = true,
                c if is_hyphen(c) => gap.hyphen = true,
                _ => {}
            }
        }
        gap
    }

    /// A word that goes on in the next line: with a hyphen that may be its own or not.
    fn is_line_end(self) -> bool {
        self.space && self.breaks && (self.hyphen || self.soft)
    }

    /// Whether a reader takes `self` and `other` between `before` and `after` for the same.
    pub(super) fn agrees(self, other: Self, before: char, after: char) -> bool {
        let bars = self.bar == other.bar || self.bar && other.tab || other.bar && self.tab;
        if self.space == other.space && self.hyphen == other.hyphen {
            return bars;
        }
        let continued = |line: Self, other: Self| line.is_line_end() && (other.hyphen || !other.space);
        if continued(self, other) || continued(other, self) {
            return true;
        }
        if self.hyphen || other.hyphen || self.bar || other.bar {
            return false;
        }
        // One has a space, the other has not.
        let symbol = |c: char| matches!(c, '%' | '‰' | '€' | '$' | '£' | '§');
        let (spaced, _) = if self.space { (self, other) } else { (other, self) };
        before.is_ascii_digit() && symbol(after) && after != '§'
            || symbol(before) && after.is_ascii_digit() && before != '%' && before != '‰'
            || before == '-' && spaced.breaks
    }
}

/// White space, what nobody sees, and bars: in no solid text.
fn is_left_out(c: char) -> bool {
    c.is_whitespace() || c == '|' || is_invisible(c)
}

/// Characters that are not seen.
pub(super) fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{fe00}'..='\u{fe0f}')
        || c.is_control() && !c.is_whitespace()
}

pub(super) fn is_hyphen(c: char) -> bool {
    matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' | '\u{ff0d}')
}

pub(super) fn is_quotation_mark(c: char) -> bool {
    matches!(
        c,
        '"' | '\''
            | '`'
            | '´'
            | '„'
            | '“'
            | '”'
            | '‟'
            | '‚'
            | '‘'
            | '’'
            | '‛'
            | '«'
            | '»'
            | '‹'
            | '›'
            | '′'
            | '″'
            | '\u{ff02}'
            | '\u{ff07}'
    )
}
