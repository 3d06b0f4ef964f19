//! One's own patterns. A search of one line is cut into windows, so that an expression that looks far ahead stays linear in the text.

use std::ops::Range;

use regex::{Regex, RegexBuilder};

use super::{kind::Kind, settings::OwnPattern};
use crate::{Error, ErrorKind, Result};

/// Bytes of one match at most.
const MATCH: usize = 512;
/// Bytes that are searched at a time.
const WINDOW: usize = 4 * MATCH;
/// Bytes of a compiled expression at most.
const COMPILED: usize = 1 << 20;

#[derive(Debug)]
pub(super) struct Pattern {
    pub(super) kind: Kind,
    regex: Regex,
}

impl Pattern {
    pub(super) fn new(own: &OwnPattern) -> Result<Self> {
        let regex = RegexBuilder::new(&own.pattern).size_limit(COMPILED).dfa_size_limit(COMPILED).build().map_err(|_| {
            Error::new(
                ErrorKind::InvalidInput,
                "redact.pattern",
                "a pattern of the redaction is no regular expression or too large",
            )
            .with("pattern", own.name.clone())
            .with_hint("write it in the syntax of the crate `regex`, without look-around and back references")
        })?;
        if regex.is_match("") {
            return Err(Error::new(
                ErrorKind::InvalidInput,
                "redact.empty_pattern",
                "a pattern of the redaction matches nothing at all",
            )
            .with("pattern", own.name.clone())
            .with_hint("write + for *"));
        }
        Ok(Self { kind: own.kind.clone(), regex })
    }

    pub(super) fn find(&self, text: &str, found: &mut Vec<Range<usize>>) {
        let mut line_start = 0;
        for line in text.split_inclusive('\n') {
            let mut start = 0;
            loop {
                let end = text_boundary(line, start + WINDOW);
                let window = &line[start..end];
                found.extend(
                    self.regex
                        .find_iter(window)
                        .filter(|found| (1..=MATCH).contains(&found.len()))
                        .map(|found| line_start + start + found.start()..line_start + start + found.end()),
                );
                if end == line.len() {
                    break;
                }
                start = text_boundary(line, end - MATCH);
            }
            line_start += line.len();
        }
    }
}

/// `at`, or the next character's beginning behind it.
fn text_boundary(text: &str, at: usize) -> usize {
    (at..text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(expression: &str) -> Result<Pattern> {
        Pattern::new(&OwnPattern { name: "own".into(), kind: Kind::Own("OWN".into()), pattern: expression.into() })
    }

    #[test]
    fn a_match_is_found_wherever_a_window_ends() {
        let pattern = pattern("KD-[0-9]{6}").unwrap();
        for at in (0..WINDOW * 2).step_by(97) {
            let text = format!("{}KD-123456 ü", "ä ".repeat(at / 3));
            let mut found = Vec::new();
            pattern.find(&text, &mut found);
            assert!(found.iter().all(|span| &text[span.clone()] == "KD-123456") && !found.is_empty(), "{at}");
        }
    }

    #[test]
    fn what_cannot_be_compiled_or_matches_nothing_is_refused_without_its_text() {
        assert_eq!(pattern("(secret").unwrap_err().code(), "redact.pattern");
        assert_eq!(pattern("\\w{500}{500}").unwrap_err().code(), "redact.pattern");
        assert_eq!(pattern("a*").unwrap_err().code(), "redact.empty_pattern");
        assert!(!pattern("(secret").unwrap_err().to_string().contains("secret"));
    }
}
