use std::borrow::Cow;

use super::{
    placeholder::{self, Read},
    pseudonyms::Pseudonyms,
};

/// How a value is written into the text around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Escape {
    /// As it is.
    #[default]
    None,
    /// As part of a JSON string: the text is JSON and placeholders stand in its strings.
    Json,
}

impl Pseudonyms {
    /// Puts values back. What stands for nothing stays; what was put back is not read again.
    pub fn restore<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut restorer = self.restorer(Escape::None);
        let mut out = restorer.push(text);
        out.push_str(&restorer.finish());
        if out == text { Cow::Borrowed(text) } else { Cow::Owned(out) }
    }

    /// Puts values back into text that comes in pieces.
    pub fn restorer(&self, escape: Escape) -> Restorer {
        Restorer { pseudonyms: self.clone(), escape, held: String::new(), touched: false }
    }
}

/// Puts values back into text that comes in pieces, wherever it is cut. It holds back what may be the beginning of a placeholder: some
/// forty bytes at most.
pub struct Restorer {
    pseudonyms: Pseudonyms,
    escape: Escape,
    held: String,
    /// A letter, a digit or `_` came last.
    touched: bool,
}

impl Restorer {
    /// Takes more text and gives what is certain by now.
    pub fn push(&mut self, text: &str) -> String {
        self.held.push_str(text);
        self.advance(false)
    }

    /// Gives what is left. The next text is another one.
    pub fn finish(&mut self) -> String {
        let out = self.advance(true);
        self.touched = false;
        out
    }

    /// Whether it holds back nothing.
    pub(super) fn is_settled(&self) -> bool {
        self.held.is_empty()
    }

    fn advance(&mut self, whole: bool) -> String {
        let text = std::mem::take(&mut self.held);
        let mut out = String::with_capacity(text.len());
        let mut at = 0;
        while let Some(next) = text[at..].chars().next() {
            match placeholder::read(&text[at..], self.touched, whole, &self.pseudonyms) {
                Read::Incomplete => {
                    text[at..].clone_into(&mut self.held);
                    return out;
                }
                Read::Placeholder { mut length, reference, bracketed } if self.pseudonyms.value(&reference).is_some() => {
                    if let Some((value, genitive)) = self.pseudonyms.value(&reference) {
                        self.insert(value, &mut out);
                        if genitive && bracketed {
                            out.push('s');
                        } else if genitive {
                            length -= 1;
                        }
                    }
                    // What was put back touches what follows as its placeholder did.
                    self.touched = !bracketed;
                    at += length;
                    if !bracketed && text[at..].starts_with(['s', 'S']) {
                        out.push_str(&text[at..=at]);
                        at += 1;
                    }
                }
                Read::Nothing | Read::Placeholder { .. } => {
                    out.push(next);
                    self.touched = next.is_alphanumeric() || next == '_';
                    at += next.len_utf8();
                }
            }
        }
        out
    }

    fn insert(&self, value: &str, out: &mut String) {
        match self.escape {
            Escape::None => out.push_str(value),
            Escape::Json => match serde_json::to_string(value) {
                Ok(quoted) => out.push_str(&quoted[1..quoted.len() - 1]),
                Err(_) => out.push_str(value),
            },
        }
    }
}

impl std::fmt::Debug for Restorer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Restorer").field("pseudonyms", &self.pseudonyms).field("held", &self.held.len()).finish_non_exhaustive()
    }
}
