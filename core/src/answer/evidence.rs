//! What a claim is held against.

use std::borrow::Cow;

use jiff::civil::Date;

use crate::types::Language;

/// A verified quote and what gives it its meaning.
#[derive(Debug, Clone, Copy, Default)]
pub struct Evidence<'a> {
    /// The stored text of the quote ([`QuoteIndex::text`](super::quote::QuoteIndex::text)). Figures of a claim must stand in it.
    pub quote: &'a str,
    /// The whole sentences or the row of a table that it stands in ([`QuoteIndex::sentences`](super::quote::QuoteIndex::sentences)).
    pub sentence: &'a str,
    /// The headings in force, and other text that says what the sentence is about.
    pub context: &'a str,
    /// The names of the columns, for a row of a table: cells parted by tabs, as in the row.
    pub header: Option<&'a str>,
    /// Name or title of the document.
    pub document: &'a str,
    /// The day that the document bears.
    pub date: Option<Date>,
    /// What the sentence is written in.
    pub language: Language,
}

/// Bytes of one piece of evidence, and of what stands around it, that are looked at.
const LONGEST: usize = 16_000;

/// Quote and sentence of each piece of evidence as they are read; [`as_read`] puts them in.
pub(super) fn read<'a>(evidence: &[Evidence<'a>]) -> Vec<(Cow<'a, str>, Cow<'a, str>)> {
    let sentence = |one: &Evidence<'a>| if one.sentence.is_empty() { one.quote } else { one.sentence };
    evidence.iter().map(|one| (reading(shortened(one.quote)), reading(shortened(sentence(one))))).collect()
}

/// The evidence with its texts as they are read, none of them too long.
pub(super) fn as_read<'a>(evidence: &[Evidence<'a>], read: &'a [(Cow<'a, str>, Cow<'a, str>)]) -> Vec<Evidence<'a>> {
    let one = |(one, (quote, sentence)): (&Evidence<'a>, &'a (Cow<'a, str>, Cow<'a, str>))| {
        let (context, header, document) = (shortened(one.context), one.header.map(shortened), shortened(one.document));
        Evidence { quote, sentence, context, header, document, ..*one }
    };
    evidence.iter().zip(read).map(one).collect()
}

/// As much of a text as is looked at.
pub(super) fn shortened(text: &str) -> &str {
    &text[..text.floor_char_boundary(LONGEST.min(text.len()))]
}

/// Stored text as a reader reads it: words that go on in the next line joined, lines as one, but for the rows of tables.
pub(super) fn reading(text: &str) -> Cow<'_, str> {
    if !text.contains(['\n', '\u{ad}']) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut lines = text.split('\n').peekable();
    while let Some(line) = lines.next() {
        let line = line.trim_end_matches('\r');
        let next = lines.peek().copied();
        let begins = |with: fn(char) -> bool| next.is_some_and(|next| next.starts_with(with));
        let word = next.and_then(|next| next.split(|c: char| !c.is_alphabetic()).next());
        let elided = matches!(word, Some("und" | "oder" | "and" | "or" | "bzw" | "sowie"));
        let head = line.strip_suffix(['-', '\u{ad}', '\u{2010}']).filter(|head| head.ends_with(char::is_alphabetic) && !elided);
        let row = line.contains('\t') || next.is_some_and(|next| next.contains('\t'));
        match head {
            Some(head) if begins(char::is_lowercase) => out.extend(head.chars().filter(|c| *c != '\u{ad}')),
            _ => {
                out.extend(line.chars().filter(|c| *c != '\u{ad}'));
                if next.is_some() && !(head.is_some() && begins(char::is_uppercase)) {
                    out.push(if row { '\n' } else { ' ' });
                }
            }
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_joined_and_rows_are_not() {
        assert_eq!(
            reading("Die Rück-\nstellung der Vertriebs-\nund\nder E-Mail-\nAdresse"),
            "Die Rückstellung der Vertriebs- und der E-Mail-Adresse"
        );
        assert_eq!(reading("a\tb\nc\td\nText der\nweitergeht"), "a\tb\nc\td\nText der weitergeht");
    }
}
