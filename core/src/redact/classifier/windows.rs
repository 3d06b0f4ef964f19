//! Long texts in windows that a model takes.

use std::ops::Range;

/// A run of the model over some of a text's tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Window {
    /// The tokens that it sees.
    pub(super) tokens: Range<usize>,
    /// Those that it decides: the ones that are farther from its ends than from any other window's.
    pub(super) own: Range<usize>,
}

/// Windows of at most `size` tokens, a quarter of which two neighbours share; what they decide tiles all `tokens`. `size` is 1 at least.
pub(super) fn windows(tokens: usize, size: usize) -> Vec<Window> {
    let size = size.max(1);
    let overlap = size / 4;
    let mut windows: Vec<Window> = Vec::new();
    let mut decided = 0;
    while decided < tokens {
        let start = windows.last().map_or(0, |last| last.tokens.end - overlap);
        let end = (start + size).min(tokens);
        // The last one is as long as the others.
        let start = end.saturating_sub(size).min(start);
        let own = decided..if end == tokens { tokens } else { end - overlap / 2 };
        decided = own.end;
        windows.push(Window { tokens: start..end, own });
    }
    windows
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn two_windows_share_a_quarter_and_each_decides_half_of_it() {
        let window = |tokens, own| Window { tokens, own };
        assert_eq!(windows(8, 8), [window(0..8, 0..8)]);
        assert_eq!(windows(14, 8), [window(0..8, 0..7), window(6..14, 7..14)]);
        assert_eq!(windows(9, 8), [window(0..8, 0..7), window(1..9, 7..9)]);
        assert_eq!(windows(2, 1), [window(0..1, 0..1), window(1..2, 1..2)]);
        assert!(windows(0, 8).is_empty());
    }

    proptest! {
        #[test]
        fn every_token_is_decided_once_by_a_window_that_sees_it(tokens in 0usize..600, size in 1usize..64) {
            let mut at = 0;
            for window in windows(tokens, size) {
                prop_assert_eq!(window.own.start, at);
                prop_assert!(window.own.end > at);
                prop_assert!(window.tokens.start <= window.own.start && window.own.end <= window.tokens.end);
                prop_assert!(window.tokens.len() <= size);
                at = window.own.end;
            }
            prop_assert_eq!(at, tokens);
        }
    }
}
