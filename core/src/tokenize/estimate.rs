use super::{SpecialTokens, Tokenizer};
use crate::Result;

/// Bytes of letters in a row that stand for one token.
const LETTERS: usize = 2;

/// Counts tokens of a model whose tokenizer is not at hand: an upper estimate.
///
/// Two bytes of letters are a token, and so is each digit, each byte of anything else, and each white space but the one in front of a
/// word. German and English text, tables and figures of audit documents have at most as many tokens with every vocabulary that was
/// measured (those of OpenAI's and of multilingual embedding models, and an English one, which cuts German into the smallest pieces):
/// on average half to two thirds of them. Text made of random letters may have a third more.
#[derive(Debug, Clone, Copy, Default)]
pub struct EstimatingTokenizer;

impl EstimatingTokenizer {
    /// Calls `end` with the end of each token.
    fn each(text: &str, mut end: impl FnMut(usize)) {
        let mut letters = 0;
        let mut chars = text.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            let after = at + c.len_utf8();
            let next = chars.peek().map(|(_, next)| *next);
            if c.is_alphabetic() && !is_wide(c) {
                letters += c.len_utf8();
                let goes_on = next.is_some_and(|next| next.is_alphabetic() && !is_wide(next));
                while letters >= LETTERS || (letters > 0 && !goes_on) {
                    end(after);
                    letters = letters.saturating_sub(LETTERS);
                }
            } else if c.is_ascii_digit() || c.is_ascii_punctuation() {
                end(after);
            } else if c.is_whitespace() {
                let leads_a_word = c == ' ' && next.is_some_and(|next| !next.is_whitespace() && !next.is_ascii_digit());
                if !leads_a_word {
                    end(after);
                }
            } else {
                (0..c.len_utf8()).for_each(|_| end(after));
            }
        }
    }
}

/// Letters of scripts that have thousands of them, which vocabularies hold by the byte.
fn is_wide(c: char) -> bool {
    c.len_utf8() > 2
}

impl Tokenizer for EstimatingTokenizer {
    /// As many zeros as there are tokens: it has no ids.
    fn encode(&self, text: &str, max_tokens: usize) -> Result<Vec<u32>> {
        Ok(vec![0; self.count(text)?.saturating_add(self.special_tokens().count()).min(max_tokens)])
    }

    fn count(&self, text: &str) -> Result<usize> {
        let mut count = 0;
        Self::each(text, |_| count += 1);
        Ok(count)
    }

    fn token_ends(&self, text: &str) -> Result<Vec<u32>> {
        let mut ends = Vec::with_capacity(text.len() / 2);
        Self::each(text, |end| ends.push(u32::try_from(end).unwrap_or(u32::MAX)));
        Ok(ends)
    }

    fn special_tokens(&self) -> SpecialTokens {
        SpecialTokens { before: 1, after: 1 }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tokens(text: &str) -> Vec<&str> {
        let mut start = 0;
        let ends = EstimatingTokenizer.token_ends(text).unwrap();
        ends.into_iter().map(|end| &text[std::mem::replace(&mut start, end as usize)..end as usize]).collect()
    }

    #[test]
    fn words_count_by_two_bytes_and_figures_by_the_digit() {
        assert_eq!(tokens("Die Rücklage"), ["Di", "e", " Rü", "c", "kl", "ag", "e"]);
        assert_eq!(tokens("EUR 1.234,5"), ["EU", "R", " ", "1", ".", "2", "3", "4", ",", "5"]);
        assert_eq!(tokens("a  b\n"), ["a", " ", " b", "\n"]);
        assert_eq!(EstimatingTokenizer.count("字").unwrap(), 3);
        assert_eq!(EstimatingTokenizer.count("€").unwrap(), 3);
        assert_eq!(EstimatingTokenizer.count("").unwrap(), 0);
        assert_eq!(EstimatingTokenizer.encode("abcdef", 4).unwrap().len(), 4);
    }

    proptest! {
        #[test]
        fn ends_ascend_lie_between_characters_and_are_as_many_as_are_counted(text in "[\\PC\n\t 0-9a-zäöüß]{0,80}") {
            let ends = EstimatingTokenizer.token_ends(&text).unwrap();
            prop_assert_eq!(ends.len(), EstimatingTokenizer.count(&text).unwrap());
            prop_assert!(ends.is_sorted());
            prop_assert!(ends.iter().all(|end| text.is_char_boundary(*end as usize)));
            prop_assert!(ends.len() <= text.len(), "a vocabulary of bytes has no more either");
            prop_assert_eq!(ends.last().map_or(0, |end| *end as usize), text.len());
        }
    }
}
