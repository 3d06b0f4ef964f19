//! Texts → what fits into requests: pieces of long ones, and how many go together.

use std::ops::Range;

use crate::Result;

/// Pieces of a text that fit, in their order: all of it, or its halves, or theirs.
///
/// # Errors
/// Those of `fits`.
pub(super) fn pieces<'a>(text: &'a str, fits: &impl Fn(&str) -> Result<bool>) -> Result<Vec<&'a str>> {
    let (mut pieces, mut waiting) = (Vec::new(), vec![text]);
    while let Some(text) = waiting.pop() {
        match halves(text) {
            Some((first, second)) if !fits(text)? => waiting.extend([second, first]),
            _ => pieces.push(text),
        }
    }
    Ok(pieces)
}

/// A text in two, at the white space next to its middle when there is one around it; `None` when it is too short for that.
pub(super) fn halves(text: &str) -> Option<(&str, &str)> {
    const SHORTEST: usize = 32;
    if text.len() < SHORTEST {
        return None;
    }
    let middle = text.floor_char_boundary(text.len() / 2);
    let reach = text.ceil_char_boundary(middle + text.len() / 4);
    let space = text.get(middle..reach)?.find(char::is_whitespace).map_or(middle, |space| middle + space);
    Some(text.split_at(space))
}

/// Which texts go into one request, by their bytes: in their order, at most `texts` and at most `bytes` together, but at least one.
pub(super) fn batches(lengths: &[usize], texts: usize, bytes: usize) -> Vec<Range<usize>> {
    let (mut batches, mut start, mut sum) = (Vec::new(), 0, 0usize);
    for (at, length) in lengths.iter().enumerate() {
        if at > start && (at - start >= texts.max(1) || sum.saturating_add(*length) > bytes) {
            batches.push(start..at);
            (start, sum) = (at, 0);
        }
        sum = sum.saturating_add(*length);
    }
    if start < lengths.len() {
        batches.push(start..lengths.len());
    }
    batches
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_long_text_is_cut_between_words_and_a_word_only_when_there_is_nothing_else() {
        let fits = |text: &str| Ok(text.len() <= 40);
        let text = "Die Rückstellung für Pensionen beträgt zum Stichtag 1.234 TEUR, im Vorjahr 1.100 TEUR.";
        let cut = pieces(text, &fits).unwrap();
        assert_eq!(cut.concat(), text);
        assert!(cut.len() > 2 && cut[1..].iter().all(|piece| piece.starts_with(' ')), "{cut:?}");
        assert_eq!(pieces(&"ä".repeat(40), &fits).unwrap(), ["ä".repeat(20), "ä".repeat(20)]);
        assert_eq!(pieces("kurz", &|_: &str| Ok(false)).unwrap(), ["kurz"], "too short to be cut at all");
    }

    proptest! {
        #[test]
        fn pieces_are_the_text_and_each_fits(text in "[\\PC\n ]{0,400}", most in 32usize..200) {
            let pieces = pieces(&text, &|text: &str| Ok(text.len() <= most)).unwrap();
            prop_assert_eq!(&pieces.concat(), &text);
            prop_assert!(pieces.iter().all(|piece| piece.len() <= most));
        }

        #[test]
        fn batches_hold_every_text_once_in_order_and_keep_to_both_limits(
            lengths in prop::collection::vec(0usize..50, 0..60), texts in 1usize..9, bytes in 1usize..120,
        ) {
            let batches = batches(&lengths, texts, bytes);
            prop_assert_eq!(batches.iter().cloned().flatten().collect::<Vec<_>>(), (0..lengths.len()).collect::<Vec<_>>());
            for batch in batches {
                let sum: usize = lengths[batch.clone()].iter().sum();
                prop_assert!(batch.len() == 1 || (batch.len() <= texts && sum <= bytes));
            }
        }
    }
}
