//! Text → words, each with a form in which spellings are compared.

use std::ops::Range;

use unicode_normalization::char::decompose_canonical;

/// A run of letters and digits. Marks, soft hyphens and characters without width belong to the word that they stand in and leave no
/// trace in its folded form, so that they cannot hide one.
#[derive(Debug, Clone)]
pub(super) struct Word {
    pub(super) span: Range<usize>,
    folded: Range<usize>,
    /// Begins with a capital.
    pub(super) capital: bool,
    /// Has letters and all of them are capitals.
    pub(super) upper: bool,
    pub(super) letters: bool,
    pub(super) digits: bool,
}

/// The words of a text.
#[derive(Debug)]
pub(super) struct Words<'t> {
    pub(super) text: &'t str,
    folded: String,
    words: Vec<Word>,
}

impl<'t> Words<'t> {
    pub(super) fn of(text: &'t str) -> Self {
        Self::cut(text, &[])
    }

    /// As [`Words::of`]; no word goes over one of these places, which ascend.
    pub(super) fn cut(text: &'t str, cuts: &[usize]) -> Self {
        let mut cuts = cuts.iter().copied().peekable();
        let mut folded = String::with_capacity(text.len());
        let mut words: Vec<Word> = Vec::with_capacity(text.len() / 6);
        let mut open: Option<Word> = None;
        let mut chars = text.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            let end = at + c.len_utf8();
            while cuts.next_if(|cut| *cut <= at).is_some() {
                words.extend(open.take().map(|word| Word { folded: word.folded.start..folded.len(), ..word }));
            }
            if !c.is_alphanumeric() {
                if is_trace(c) {
                    if let Some(word) = &mut open {
                        word.span.end = end;
                    }
                    continue;
                }
                words.extend(open.take().map(|word| Word { folded: word.folded.start..folded.len(), ..word }));
                continue;
            }
            let digit = c.is_numeric();
            let word = open.get_or_insert_with(|| Word {
                span: at..end,
                folded: folded.len()..folded.len(),
                capital: c.is_uppercase(),
                upper: true,
                letters: false,
                digits: false,
            });
            word.span.end = end;
            word.upper &= !c.is_lowercase();
            word.letters |= !digit;
            word.digits |= digit;
            let diaeresis = chars.peek().is_some_and(|(_, next)| *next == '\u{308}');
            fold(c, diaeresis, &mut folded);
        }
        words.extend(open.take().map(|word| Word { folded: word.folded.start..folded.len(), ..word }));
        for word in &mut words {
            word.upper &= word.letters;
        }
        Self { text, folded, words }
    }

    pub(super) fn len(&self) -> usize {
        self.words.len()
    }

    pub(super) fn get(&self, i: usize) -> Option<&Word> {
        self.words.get(i)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (usize, &Word)> {
        self.words.iter().enumerate()
    }

    /// The folded form of a word; empty behind the last.
    pub(super) fn folded(&self, i: usize) -> &str {
        self.words.get(i).map_or("", |word| &self.folded[word.folded.clone()])
    }

    /// The words `from..to`, folded and joined.
    pub(super) fn joined(&self, from: usize, to: usize) -> &str {
        match (self.words.get(from), to.checked_sub(1).and_then(|last| self.words.get(last))) {
            (Some(first), Some(last)) if from < to => &self.folded[first.folded.start..last.folded.end],
            _ => "",
        }
    }

    /// What stands between a word and the next; behind the last one nothing.
    pub(super) fn gap(&self, i: usize) -> &'t str {
        match (self.words.get(i), self.words.get(i + 1)) {
            (Some(word), Some(next)) => &self.text[word.span.end..next.span.start],
            _ => "",
        }
    }

    /// The character before a word.
    pub(super) fn before(&self, i: usize) -> Option<char> {
        self.words.get(i).and_then(|word| self.text[..word.span.start].chars().next_back())
    }

    /// The character behind a word.
    pub(super) fn after(&self, i: usize) -> Option<char> {
        self.words.get(i).and_then(|word| self.text[word.span.end..].chars().next())
    }
}

/// Marks and characters that are not seen, inside of a word.
pub(super) fn is_trace(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
}

/// Lower case, umlauts as two letters, no accents. `diaeresis`: a combining one follows.
fn fold(c: char, diaeresis: bool, out: &mut String) {
    if c.is_ascii() {
        out.push(c.to_ascii_lowercase());
        if diaeresis && matches!(c, 'a' | 'o' | 'u' | 'A' | 'O' | 'U') {
            out.push('e');
        }
        return;
    }
    let two = match c {
        'ä' | 'Ä' | 'æ' | 'Æ' => "ae",
        'ö' | 'Ö' | 'œ' | 'Œ' => "oe",
        'ü' | 'Ü' => "ue",
        'ß' | 'ẞ' => "ss",
        'ø' | 'Ø' => "o",
        'ł' | 'Ł' => "l",
        'đ' | 'Đ' | 'ð' | 'Ð' => "d",
        'ı' => "i",
        'þ' | 'Þ' => "th",
        'ə' | 'Ə' => "e",
        '０'..='９' => {
            out.extend(char::from_digit(c as u32 - '０' as u32, 10));
            return;
        }
        _ => {
            decompose_canonical(c, |part| {
                if !is_trace(part) {
                    out.extend(part.to_lowercase().filter(|c| !is_trace(*c)));
                }
            });
            return;
        }
    };
    out.push_str(two);
}

/// The folded letters and digits of a text, joined: what two spellings of one value have in common.
pub(super) fn key(text: &str) -> String {
    let words = Words::of(text);
    words.joined(0, words.len()).to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn spellings_of_one_word_have_one_form() {
        for spelling in ["Müller", "MÜLLER", "Mueller", "Mu\u{308}ller", "Mül\u{ad}ler", "M\u{200b}üller"] {
            assert_eq!(key(spelling), "mueller", "{spelling:?}");
        }
        assert_eq!(key("DE89 3704-0044\u{a0}0532 0130 00"), "de89370400440532013000");
        assert_eq!(key("Yılmaz, Ángel"), "yilmazangel");
        assert_eq!(key("４１１１"), "4111");
    }

    proptest! {
        #[test]
        fn words_and_gaps_tile_the_text(text in "\\PC{0,80}") {
            let words = Words::of(&text);
            let mut at = 0;
            for (i, word) in words.iter() {
                prop_assert!(word.span.start >= at && word.span.end > word.span.start);
                prop_assert!(text.is_char_boundary(word.span.start) && text.is_char_boundary(word.span.end));
                prop_assert_eq!(words.joined(i, i + 1), words.folded(i));
                at = word.span.end;
            }
        }
    }
}
