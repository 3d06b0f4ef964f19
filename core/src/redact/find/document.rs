//! Passports and identity cards: by ICAO 9303's check digit or by label, and their machine-readable lines whole.

use super::{Candidate, context::Context};
use crate::redact::{checksum, kind::Kind, words::Words};

const PASSPORT_LABELS: &[&str] =
    &["reisepass", "reisepassnr", "passnummer", "passnr", "passport", "passportno", "passportnumber", "pass"];
const ID_LABELS: &[&str] = &[
    "personalausweis",
    "ausweis",
    "ausweisnr",
    "ausweisnummer",
    "idcard",
    "identitycard",
    "identitycardno",
    "personalausweisnr",
    "perso",
];
/// Letters and digits of a document's number, with and without its check digit.
const NUMBER: [usize; 2] = [10, 9];
/// Letters of a machine-readable line: ID-1, ID-2, passport.
const LINES: [usize; 3] = [30, 36, 44];

pub(super) fn find(words: &Words<'_>, found: &mut Vec<Candidate>) {
    machine_readable(words.text, found);
    for (i, word) in words.iter() {
        let number = words.folded(i);
        if !word.digits || !NUMBER.contains(&number.len()) || !number.is_ascii() {
            continue;
        }
        let digits = number.bytes().filter(u8::is_ascii_digit).count();
        let context = Context::before(words.text, word.span.start);
        let kind = match (context.says(ID_LABELS), context.says(PASSPORT_LABELS)) {
            (true, _) => Kind::IdCard,
            (_, true) => Kind::Passport,
            // German numbers have no vowels and none of B, D, Q, S; the first is a letter of the office.
            _ => match number.as_bytes()[0] {
                b'c' | b'f' | b'g' | b'h' | b'j' | b'k' => Kind::Passport,
                _ => Kind::IdCard,
            },
        };
        let labelled = context.says(ID_LABELS) || context.says(PASSPORT_LABELS);
        let german = number.len() == 10
            && word.upper
            && digits >= 4
            && number.ends_with(|c: char| c.is_ascii_digit())
            && number.starts_with(|c: char| "cfghjklmnprtvwxyz".contains(c))
            && number.bytes().all(|b| b.is_ascii_digit() || b"cfghjklmnprtvwxyz".contains(&b))
            // A letter and nine digits is a number of much else; what mixes them is not.
            && digits < 9
            && checksum::travel_document(number);
        if german && !context.is_impersonal() || labelled && (digits >= 4 || checksum::travel_document(number)) {
            found.push(Candidate::new(word.span.clone(), kind));
        }
    }
}

/// Lines such as `P<D<<MUSTERMANN<<ERIKA<<<<…`.
fn machine_readable(text: &str, found: &mut Vec<Candidate>) {
    let is_sign = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'<';
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(start) = bytes[at..].iter().position(|b| is_sign(*b)).map(|found| at + found) {
        let end = bytes[start..].iter().position(|b| !is_sign(*b)).map_or(bytes.len(), |length| start + length);
        let line = &text[start..end];
        if LINES.contains(&line.len()) && line.contains('<') {
            let kind = if line.len() == 44 { Kind::Passport } else { Kind::IdCard };
            found.push(Candidate::new(start..end, kind));
        }
        at = end;
    }
}
