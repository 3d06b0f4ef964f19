//! One spelling for what readers take for the same word.

use std::borrow::Cow;

use unicode_normalization::{UnicodeNormalization, char::decompose_canonical};

/// Text in compatibility form, without soft hyphens and invisible characters; raised digits, which mark footnotes, become
/// blanks, and the narrow blanks within `1 234 567` go. Most text is returned as it came.
pub(super) fn normalize(text: &str) -> Cow<'_, str> {
    if text.is_ascii() || text.chars().all(is_plain) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    let mut digit_before = false;
    while let Some(c) = chars.next() {
        match c {
            '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' => continue,
            '²' | '³' | '¹' | '\u{2070}'..='\u{208e}' => out.push(' '),
            '\u{a0}' | '\u{2009}' | '\u{202f}' if digit_before && chars.peek().is_some_and(char::is_ascii_digit) => {
                let mut next = chars.clone();
                let three = next.by_ref().take(3).filter(char::is_ascii_digit).count() == 3;
                if !three || next.peek().is_some_and(char::is_ascii_digit) {
                    out.push(' ');
                }
            }
            '\u{2010}' | '\u{2011}' => out.push('-'),
            _ => out.push(c),
        }
        digit_before = c.is_ascii_digit();
    }
    Cow::Owned(out.nfkc().collect())
}

/// Characters that stay as they are.
fn is_plain(c: char) -> bool {
    matches!(c, '\0'..='\u{9f}' | '\u{c0}'..='\u{ff}' | '§' | '«' | '»' | '°' | '–' | '—' | '„' | '“' | '”' | '‚' | '‘' | '’' | '•' | '€')
}

/// Appends `word` in lower case, without accents, with ss for ß.
pub(super) fn plain(word: &str, out: &mut String) {
    if word.is_ascii() {
        let start = out.len();
        out.push_str(word);
        out[start..].make_ascii_lowercase();
        return;
    }
    for c in word.chars().flat_map(char::to_lowercase) {
        if !letter(c, out) {
            decompose_canonical(c, |part| {
                if !unicode_normalization::char::is_combining_mark(part) && !letter(part, out) {
                    out.push(part);
                }
            });
        }
    }
}

/// Appends the letters that a letter stands for; whether it is known.
fn letter(c: char, out: &mut String) -> bool {
    match c {
        'a'..='z' | '0'..='9' => out.push(c),
        'ä' | 'à' | 'á' | 'â' | 'å' | 'ã' => out.push('a'),
        'ö' | 'ô' | 'ó' | 'ò' | 'õ' | 'ø' => out.push('o'),
        'ü' | 'ú' | 'ù' | 'û' => out.push('u'),
        'ß' => out.push_str("ss"),
        'æ' => out.push_str("ae"),
        'œ' => out.push_str("oe"),
        'ł' => out.push('l'),
        'đ' => out.push('d'),
        'ς' => out.push('σ'),
        _ => return false,
    }
    true
}

/// Takes the e out of ae, oe and ue where it stands for an umlaut, in `text` from `start` on: not behind another vowel
/// (`neue`, `Steuer`) or q (`Quelle`). Words in which the letters mean themselves (`Israel`) lose it as well, in the index
/// and in the query alike.
pub(super) fn digraphs(text: &mut String, start: usize) {
    if !text[start..].contains("ae") && !text[start..].contains("oe") && !text[start..].contains("ue") {
        return;
    }
    let tail = text.split_off(start);
    let (mut last, mut before) = (' ', ' ');
    for c in tail.chars() {
        let umlaut = c == 'e' && matches!(last, 'a' | 'o' | 'u') && !matches!(before, 'a' | 'e' | 'i' | 'o' | 'u' | 'y' | 'q');
        if !umlaut {
            text.push(c);
            (before, last) = (last, c);
        }
    }
}
