//! The words of a text that say something, with their places.

use std::ops::Range;

use super::Analyzer;
use crate::types::Language;

/// A word that is no stop word, or a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContentWord {
    /// Where it stands, in bytes.
    pub range: Range<usize>,
    /// Its term, as full text compares it.
    pub term: String,
}

impl Analyzer {
    /// The words of `text` that have a term in `language`, in order. Unlike terms they are not normalised, split or joined: each
    /// is a run of letters and digits as it is written, for what looks at words in their context.
    pub fn content_words(&mut self, text: &str, language: Language) -> Vec<ContentWord> {
        let (mut words, mut terms, mut at) = (Vec::new(), String::new(), 0);
        while let Some(range) = next_word(text, at) {
            at = range.end;
            terms.clear();
            self.index_text(&text[range.clone()], language, &mut terms);
            if let Some(term) = terms.split(' ').next().filter(|term| !term.is_empty()) {
                words.push(ContentWord { range, term: term.to_owned() });
            }
        }
        words
    }
}

/// The first run of letters and digits at or behind `from`; points and commas between digits belong to it.
fn next_word(text: &str, from: usize) -> Option<Range<usize>> {
    let start = from + text[from..].find(char::is_alphanumeric)?;
    let mut end = start;
    let mut chars = text[start..].char_indices().peekable();
    let mut digit = false;
    while let Some((at, c)) = chars.next() {
        let joins = matches!(c, '.' | ',') && digit && chars.peek().is_some_and(|(_, next)| next.is_ascii_digit());
        let inside = c.is_alphanumeric() || c == '\u{ad}' || unicode_normalization::char::is_combining_mark(c);
        if !joins && !inside {
            break;
        }
        digit = c.is_ascii_digit();
        end = start + at + c.len_utf8();
    }
    Some(start..end)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn words(text: &str, language: Language) -> Vec<&str> {
        Analyzer::new().content_words(text, language).into_iter().map(|word| &text[word.range]).collect()
    }

    #[test]
    fn stop_words_and_signs_are_left_out_and_numbers_are_whole() {
        assert_eq!(
            words("Die Rückstellungen für Pensionen betragen 4.182,5 TEUR (2025).", Language::De),
            ["Rückstellungen", "Pensionen", "betragen", "4.182,5", "TEUR", "2025"]
        );
        assert_eq!(words("the auditor's opinion is, of course, 7.", Language::En), ["auditor", "opinion", "course", "7"]);
        assert!(words("… und –", Language::De).is_empty());
    }

    #[test]
    fn a_word_has_the_term_that_full_text_gives_it() {
        let word = Analyzer::new().content_words("Rückstellungen", Language::De).remove(0);
        let mut terms = String::new();
        Analyzer::new().index_text("Rückstellungen", Language::De, &mut terms);
        assert_eq!(Some(word.term.as_str()), terms.split(' ').next());
    }

    proptest! {
        #[test]
        fn words_are_in_order_apart_and_not_empty(text in "(\\PC|[ \u{ad}.,0-9äß\u{301}])*") {
            let mut last = 0;
            for word in Analyzer::new().content_words(&text, Language::Other) {
                prop_assert!(word.range.start >= last && word.range.end > word.range.start);
                prop_assert!(text.get(word.range.clone()).is_some() && !word.term.contains(' '));
                last = word.range.end;
            }
        }
    }
}
