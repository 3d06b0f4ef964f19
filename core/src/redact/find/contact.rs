//! E-mail addresses, telephone numbers, addresses on the web with a user's name in them, IP addresses.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::{Candidate, context::Context};
use crate::redact::{kind::Kind, words::Words};

/// Bytes of the part of an e-mail address before `@`, and of one behind it, at most (RFC 5321).
const LOCAL: usize = 64;
const DOMAIN: usize = 255;
/// Bytes of user and password in an address on the web at most.
const USER: usize = 256;
/// Words of a telephone number at most.
const GROUPS: usize = 8;

const PHONE_LABELS: &[&str] = &[
    "tel",
    "telefon",
    "telefonnr",
    "telefonnummer",
    "fon",
    "mobil",
    "mobiltelefon",
    "handy",
    "handynr",
    "fax",
    "telefax",
    "durchwahl",
    "dw",
    "phone",
    "telephone",
    "mobile",
    "cell",
    "call",
    "rueckruf",
    "anruf",
    "whatsapp",
    "rufnummer",
    "zentrale",
    "erreichbarunter",
    "unter",
];

pub(super) fn find(words: &Words<'_>, found: &mut Vec<Candidate>) {
    emails(words.text, found);
    urls(words.text, found);
    for (i, word) in words.iter() {
        if word.digits && !word.letters {
            phone(words, i, found);
            ipv4(words, i, found);
        }
    }
    ipv6(words.text, found);
}

/// Around each `@`, or `(at)` written out.
fn emails(text: &str, found: &mut Vec<Candidate>) {
    let local = |c: char| c.is_alphanumeric() || "._%+-'&=*!#$/?^`{|}~".contains(c);
    let domain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-');
    for sign in ["@", "(at)", "[at]", " [at] ", " (at) "] {
        for (at, _) in text.match_indices(sign) {
            let before = &text[floor(text, at.saturating_sub(LOCAL * 2))..at];
            let name: usize = before.chars().rev().take(LOCAL).take_while(|c| local(*c)).map(char::len_utf8).sum();
            let name = before[before.len() - name..].trim_start_matches(['.', '\'', '*', '`', '{', '|', '=', '/', '(']);
            let behind = &text[at + sign.len()..];
            let host: usize = behind.chars().take(DOMAIN).take_while(|c| domain(*c)).map(char::len_utf8).sum();
            let host = behind[..host].trim_end_matches(['.', '-']);
            let top = host.rsplit('.').next().unwrap_or("");
            if !name.is_empty() && host.contains('.') && top.chars().count() >= 2 && top.chars().all(char::is_alphabetic) {
                found.push(Candidate::new(at - name.len()..at + sign.len() + host.len(), Kind::Email));
            }
        }
    }
}

/// The next character's beginning at or behind `at`.
fn floor(text: &str, at: usize) -> usize {
    (at..text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len())
}

/// `scheme://user:password@host/…`, whole.
fn urls(text: &str, found: &mut Vec<Candidate>) {
    let ends = |c: char| c.is_whitespace() || matches!(c, '"' | '<' | '>' | '|' | '`');
    for (at, _) in text.match_indices("://") {
        let scheme = text[..at].bytes().rev().take(16).take_while(u8::is_ascii_alphanumeric).count();
        let rest = &text[at + 3..];
        let authority: usize = rest.chars().take(USER).take_while(|c| !ends(*c) && *c != '/').map(char::len_utf8).sum();
        if scheme == 0 || !rest[..authority].contains('@') {
            continue;
        }
        let length: usize = rest.chars().take(2048).take_while(|c| !ends(*c)).map(char::len_utf8).sum();
        let length = rest[..length].trim_end_matches(['.', ',', ';', ')']).len().max(authority);
        found.push(Candidate::new(at - scheme..at + 3 + length, Kind::Url));
    }
}

/// Groups of digits from a word on, with what stands between them.
fn phone(words: &Words<'_>, i: usize, found: &mut Vec<Candidate>) {
    let Some(word) = words.get(i) else { return };
    // Not in the middle of a number.
    if i > 0 && words.get(i - 1).is_some_and(|before| before.digits) && joins(words.gap(i - 1)) {
        let before = words.gap(i - 1);
        if !before.contains(['+', '(']) {
            return;
        }
    }
    let text = words.text;
    let head = &text[..word.span.start];
    let (plus, bracket) = (head.ends_with('+') || head.ends_with("(+"), head.ends_with('('));
    let start = word.span.start - usize::from(plus || bracket) - usize::from(head.ends_with("(+"));
    let first = words.folded(i);
    let mut end = i + 1;
    let mut digits = first.len();
    let mut hyphens_and_slashes = 0;
    while end < words.len() && end - i < GROUPS && words.get(end).is_some_and(|next| next.digits && !next.letters) {
        let gap = words.gap(end - 1);
        if !joins(gap) || digits + words.folded(end).len() > 15 {
            break;
        }
        hyphens_and_slashes += usize::from(gap.contains(['-', '/', '–']));
        digits += words.folded(end).len();
        end += 1;
    }
    let span_end = words.get(end - 1).map_or(word.span.end, |last| last.span.end);
    let written = &text[word.span.start..span_end];
    // `x123`, `ext. 12`
    let span_end = extension(words, end, span_end);
    let groups = end - i;
    if !(5..=15).contains(&digits) || digits < groups * 2 || !first.is_ascii() || groups >= 3 && is_date(words, i) {
        return;
    }
    let context = Context::before(text, start);
    if context.is_impersonal() {
        return;
    }
    let labelled = context.says(PHONE_LABELS);
    let closes = words.gap(i).starts_with(')');
    let by_label = labelled && (5..=14).contains(&digits) && !written.contains([',', '.']);
    let is_phone = by_label
        || if plus {
            digits >= 8 && !first.starts_with('0')
        } else if let Some(country) = first.strip_prefix("00") {
            digits >= 10 && !country.starts_with('0') && (groups > 1 || labelled || first.len() >= 12)
        } else if first.starts_with('0') && !first.starts_with("00") {
            let mobile = ["015", "016", "017", "07"].iter().any(|head| first.starts_with(head));
            // Where an area code ends is seen by a bracket, a slash, a hyphen, or a blank before a long group.
            let area = (2..=6).contains(&first.len()) && groups > 1;
            let clear = bracket && closes || written.contains('/') || hyphens_and_slashes > 0 || mobile;
            let national = !written.contains('.') && !written.contains(',');
            national
                && ((8..=13).contains(&digits)
                    && (area && (clear || first.len() >= 3 && digits >= 9) || groups == 1 && digits >= 10))
        } else {
            // 555-123-4567, (555) 123-4567
            let american = groups == 3
                && [3, 3, 4].iter().enumerate().all(|(k, length)| words.folded(i + k).len() == *length)
                && (words.gap(i) == words.gap(i + 1) && matches!(words.gap(i), "-" | ".") || bracket && closes);
            american
        };
    if is_phone {
        found.push(Candidate::new(start..span_end, Kind::Phone));
    }
}

/// What may stand between the groups of a telephone number.
fn joins(gap: &str) -> bool {
    gap.len() <= 6
        && !gap.contains('\n')
        && gap.chars().all(|c| matches!(c, ' ' | '\u{a0}' | '\u{202f}' | '-' | '–' | '/' | '(' | ')' | '.' | '\u{2011}'))
}

fn extension(words: &Words<'_>, i: usize, end: usize) -> usize {
    match (words.folded(i), words.get(i), words.get(i + 1)) {
        (own, Some(word), _)
            if word.digits
                && own.len() <= 7
                && own.strip_prefix('x').is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_digit())) =>
        {
            word.span.end
        }
        ("ext" | "x" | "durchwahl", Some(_), Some(next)) if next.digits && !next.letters && words.folded(i + 1).len() <= 6 => {
            next.span.end
        }
        _ => end,
    }
}

/// Day, month, year in digits.
pub(super) fn is_date(words: &Words<'_>, i: usize) -> bool {
    let number = |k: usize| words.folded(i + k).parse::<u32>().ok().filter(|_| words.folded(i + k).len() <= 4);
    let (Some(a), Some(b), Some(c)) = (number(0), number(1), number(2)) else { return false };
    let gaps = [words.gap(i), words.gap(i + 1)];
    let even = gaps.iter().all(|gap| matches!(*gap, "." | ". ")) || gaps == ["-", "-"] || gaps == ["/", "/"];
    let year = |y: u32, digits: usize| digits == 4 && (1800..2200).contains(&y) || digits == 2;
    let day = |d: u32, m: u32| (1..=31).contains(&d) && (1..=12).contains(&m);
    even && (day(a, b) && year(c, words.folded(i + 2).len())
        || year(a, words.folded(i).len()) && day(c, b)
        || day(b, a) && year(c, words.folded(i + 2).len()))
}

fn ipv4(words: &Words<'_>, i: usize, found: &mut Vec<Candidate>) {
    if (0..3).any(|k| words.gap(i + k) != ".") || words.before(i) == Some('.') {
        return;
    }
    if let (Some(first), Some(last)) = (words.get(i), words.get(i + 3)) {
        let span = first.span.start..last.span.end;
        if words.text[span.clone()].parse::<Ipv4Addr>().is_ok()
            && !words.text[span.end..].starts_with(|c: char| c == '.' && words.gap(i + 3) == ".")
        {
            found.push(Candidate::new(span, Kind::Ip));
        }
    }
}

fn ipv6(text: &str, found: &mut Vec<Candidate>) {
    let is_sign = |b: u8| b.is_ascii_hexdigit() || b == b':';
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(start) = bytes[at..].iter().position(|b| is_sign(*b)).map(|found| at + found) {
        let end = bytes[start..].iter().position(|b| !is_sign(*b)).map_or(bytes.len(), |length| start + length);
        let candidate = text[start..end].trim_end_matches(':');
        if candidate.len() <= 39
            && candidate.matches(':').count() >= 2
            && candidate.parse::<Ipv6Addr>().is_ok()
            && candidate.len() > 4
        {
            found.push(Candidate::new(start..start + candidate.len(), Kind::Ip));
        }
        at = end;
    }
}
