//! Numbers that identify a person, a firm or an account. What has a check digit is found by it wherever it stands; behind its label also
//! when it is misprinted.

use super::{Candidate, context::Context};
use crate::redact::{checksum, kind::Kind, words::Words};

/// Letters and digits of an IBAN by country: the IBAN registry (SWIFT, release 99).
const IBAN_LENGTHS: &[(usize, &str)] = &[
    (15, "no"),
    (16, "be"),
    (18, "dk fk fo gl nl sd fi"),
    (19, "mk si"),
    (20, "at ba ee kz lt lu mn xk"),
    (21, "ch cr hr li lv"),
    (22, "bg bh de gb ge ie me rs va"),
    (23, "ae gi il iq om so tl"),
    (24, "ad cz es md pk ro sa se sk tn vg"),
    (25, "ly pt st"),
    (26, "is tr"),
    (27, "bi dj fr gr it mc sm"),
    (28, "al az by cy do gt hu lb ni pl sv"),
    (29, "br eg ps qa ua"),
    (30, "jo kw mu ye"),
    (31, "mt sc"),
    (32, "lc"),
    (33, "ru"),
];

/// VAT identification numbers by country: what follows its letters, `9` a digit, `a` a letter, `x` either.
const VAT_FORMS: &[(&str, &[&str])] = &[
    ("at", &["u99999999"]),
    ("be", &["0999999999", "1999999999"]),
    ("bg", &["999999999", "9999999999"]),
    ("cy", &["99999999a"]),
    ("cz", &["99999999", "999999999", "9999999999"]),
    ("de", &["999999999"]),
    ("dk", &["99999999"]),
    ("ee", &["999999999"]),
    ("el", &["999999999"]),
    ("es", &["x9999999x"]),
    ("fi", &["99999999"]),
    ("fr", &["xx999999999"]),
    ("hr", &["99999999999"]),
    ("hu", &["99999999"]),
    ("ie", &["9x99999a", "9999999aa", "9999999a"]),
    ("it", &["99999999999"]),
    ("lt", &["999999999", "999999999999"]),
    ("lu", &["99999999"]),
    ("lv", &["99999999999"]),
    ("mt", &["99999999"]),
    ("nl", &["999999999b99"]),
    ("pl", &["9999999999"]),
    ("pt", &["999999999"]),
    ("ro", &["99999999", "999999999", "9999999999"]),
    ("se", &["999999999999"]),
    ("si", &["99999999"]),
    ("sk", &["9999999999"]),
    ("xi", &["999999999"]),
    ("gb", &["999999999", "999999999999"]),
];

const IBAN_LABELS: &[&str] = &["iban", "bankverbindung", "bankkonto", "kontoverbindung"];
const CARD_LABELS: &[&str] = &[
    "kreditkarte",
    "kartennummer",
    "kartennr",
    "creditcard",
    "cardnumber",
    "cardno",
    "visa",
    "mastercard",
    "amex",
    "karte",
    "card",
];
const TAX_ID_LABELS: &[&str] =
    &["steuerid", "steueridnr", "idnr", "identifikationsnummer", "steueridentifikationsnr", "tin", "taxid", "steueridentnr"];
const TAX_NUMBER_LABELS: &[&str] = &["steuernummer", "steuernr", "stnr", "taxnumber", "taxno", "stnummer", "elster"];
const VAT_LABELS: &[&str] = &[
    "ustid",
    "ustidnr",
    "umsatzsteueridentifikationsnummer",
    "umsatzsteuerid",
    "vat",
    "vatid",
    "vatno",
    "vatnumber",
    "vatregno",
    "uid",
    "uidnr",
    "mwstnr",
];
const SOCIAL_LABELS: &[&str] = &[
    "sozialversicherungsnummer",
    "sozialversicherungsnr",
    "svnummer",
    "svnr",
    "rentenversicherungsnummer",
    "rvnr",
    "rvnummer",
    "versicherungsnummer",
    "versicherungsnr",
    "socialsecurity",
    "socialsecuritynumber",
    "sozialversnr",
];
const HEALTH_LABELS: &[&str] = &[
    "krankenversichertennummer",
    "krankenversicherungsnummer",
    "versichertennummer",
    "versichertennr",
    "kvnr",
    "kvnummer",
    "krankenkasse",
    "healthinsurance",
    "healthinsuranceno",
    "gesundheitskarte",
    "versichertennr",
];
const BIC_LABELS: &[&str] = &["bic", "swift", "swiftcode", "swiftbic", "biccode", "iban"];

/// What may stand between two groups of a number, as far as a kind allows it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Gap {
    /// Blanks, hyphens, dots, a line's end.
    Loose,
    /// Blanks and hyphens.
    Tight,
}

impl Gap {
    fn allows(self, gap: &str) -> bool {
        let blank = |c: char| matches!(c, ' ' | '\u{a0}' | '\u{2007}' | '\u{2009}' | '\u{202f}');
        let hyphen = |c: char| matches!(c, '-' | '\u{2010}'..='\u{2013}');
        match self {
            Self::Tight => {
                let mut chars = gap.chars();
                gap.is_empty() || matches!((chars.next(), chars.next()), (Some(c), None) if blank(c) || hyphen(c))
            }
            Self::Loose => {
                gap.chars().count() <= 3
                    && gap.chars().all(|c| blank(c) || hyphen(c) || matches!(c, '.' | '\n' | '\r' | '/'))
                    && gap.matches('\n').count() <= 1
            }
        }
    }
}

/// The end of the words from `i` on that have `length` letters and digits in all.
fn words_of_length(words: &Words<'_>, i: usize, length: usize, gap: Gap) -> Option<usize> {
    // Numbers are printed in groups: single characters throughout are a row of something else.
    let mut end = i + 1;
    loop {
        match words.joined(i, end).len() {
            n if end - i > 2 && n < (end - i) * 2 => return None,
            n if n == length => return Some(end),
            n if n > length || end >= words.len() || !gap.allows(words.gap(end - 1)) => return None,
            _ => end += 1,
        }
    }
}

struct Finder<'a, 't> {
    words: &'a Words<'t>,
    found: &'a mut Vec<Candidate>,
}

/// Finds all of them.
pub(super) fn find(words: &Words<'_>, found: &mut Vec<Candidate>) {
    let mut finder = Finder { words, found };
    for (i, word) in words.iter() {
        if word.digits || words.get(i + 1).is_some_and(|next| next.digits) && words.folded(i).len() <= 4 {
            finder.iban(i);
            finder.vat_id(i);
        }
        if word.digits {
            finder.card(i);
            finder.tax_id(i);
            finder.tax_number(i);
            finder.social_security(i);
            finder.health_insurance(i);
        } else if word.letters && words.folded(i).len() == 1 {
            finder.health_insurance(i);
        }
        if word.upper {
            finder.bic(i);
        }
    }
}

impl Finder<'_, '_> {
    fn push(&mut self, from: usize, to: usize, kind: Kind) {
        if let (Some(first), Some(last)) = (self.words.get(from), to.checked_sub(1).and_then(|last| self.words.get(last))) {
            self.found.push(Candidate::new(first.span.start..last.span.end, kind));
        }
    }

    fn context(&self, i: usize) -> Context {
        Context::before(self.words.text, self.words.get(i).map_or(0, |word| word.span.start))
    }

    fn iban(&mut self, i: usize) {
        let head = self.words.joined(i, (i + 2).min(self.words.len()));
        // `IBANDE89…`: the label is part of the word.
        let own = self.words.folded(i);
        let glued = own.strip_prefix("iban").filter(|rest| rest.len() > 4);
        let (Some(country), Some(check)) = (glued.unwrap_or(head).get(..2), glued.unwrap_or(head).get(2..4)) else { return };
        if !check.bytes().all(|b| b.is_ascii_digit()) || !country.bytes().all(|b| b.is_ascii_lowercase()) {
            return;
        }
        let Some((length, _)) = IBAN_LENGTHS.iter().find(|(_, countries)| countries.split(' ').any(|known| known == country))
        else {
            return;
        };
        let glue = own.len() - glued.map_or(own.len(), str::len);
        if let Some(end) = words_of_length(self.words, i, length + glue, Gap::Loose)
            && self.words.joined(i, end).get(glue..).is_some_and(checksum::iban)
        {
            return self.push(i, end, Kind::Iban);
        }
        // Misprinted: the digit that is wrong, or one too many or too few.
        if self.context(i).says(IBAN_LABELS) {
            let end = [0, 1, -1]
                .into_iter()
                .find_map(|off| words_of_length(self.words, i, length.checked_add_signed(off)?, Gap::Tight));
            if let Some(end) = end {
                self.push(i, end, Kind::Iban);
            }
        }
    }

    fn vat_id(&mut self, i: usize) {
        let Some(country) = self.words.folded(i).get(..2) else { return };
        let Some((_, forms)) = VAT_FORMS.iter().find(|(known, _)| *known == country) else { return };
        for form in *forms {
            let Some(end) = words_of_length(self.words, i, 2 + form.len(), Gap::Loose) else { continue };
            let Some(number) = self.words.joined(i, end).get(2..).filter(|number| has_form(number, form)) else { continue };
            let letters_are_capital = self.words.get(i).is_some_and(|word| word.upper);
            let context = self.context(i);
            let sure = match country {
                "de" => letters_are_capital && checksum::mod_11_10(number),
                "at" | "nl" | "ie" | "es" | "fr" => letters_are_capital && !context.is_impersonal() && end == i + 1,
                _ => false,
            };
            if sure || context.says(VAT_LABELS) {
                return self.push(i, end, Kind::VatId);
            }
        }
    }

    fn card(&mut self, i: usize) {
        for length in [16, 15, 19, 18, 17, 14, 13] {
            let Some(end) = words_of_length(self.words, i, length, Gap::Tight) else { continue };
            let number = self.words.joined(i, end);
            if !number.bytes().all(|b| b.is_ascii_digit()) {
                continue;
            }
            // Groups of a card have four digits, or four, six and five or four.
            let grouped =
                end == i + 1 || (i..end).all(|word| self.words.folded(word).len() >= 3) && self.words.folded(i).len() == 4;
            let checked = grouped && is_card(number) && checksum::luhn(number);
            if checked && !self.context(i).is_impersonal() || length >= 16 && self.context(i).says(CARD_LABELS) {
                return self.push(i, end, Kind::Card);
            }
        }
    }

    fn tax_id(&mut self, i: usize) {
        let Some(end) = words_of_length(self.words, i, 11, Gap::Loose) else { return };
        let number = self.words.joined(i, end);
        if !number.bytes().all(|b| b.is_ascii_digit()) {
            return;
        }
        // As it is printed: 11 digits, or 2, 3, 3, 3.
        let grouped = end == i + 1 || end == i + 4 && (i + 1..end).all(|word| self.words.folded(word).len() == 3);
        let context = self.context(i);
        if checksum::tax_id(number) && grouped && !context.is_impersonal() || context.says(TAX_ID_LABELS) {
            self.push(i, end, Kind::TaxId);
        }
    }

    /// `12/345/67890`, `123/456/78901`, `123/4567/8901`, the federal form of 13 digits. Each state has a check digit of its own, which is
    /// not looked at: the form and the label are.
    fn tax_number(&mut self, i: usize) {
        let words = self.words;
        let digits = |from: usize, to: usize| words.joined(from, to).bytes().all(|b| b.is_ascii_digit());
        let lengths = [0, 1, 2].map(|k| words.folded(i + k).len());
        if matches!(lengths, [2, 3, 5] | [3, 3, 5] | [3, 4, 4] | [3, 3, 4])
            && digits(i, i + 3)
            && [0, 1].iter().all(|k| matches!(words.gap(i + k), "/" | " / "))
            && !matches!(words.after(i + 2), Some('/'))
            && !matches!(words.before(i), Some('/'))
            && !self.context(i).is_impersonal()
        {
            return self.push(i, i + 3, Kind::TaxNumber);
        }
        for length in [13, 11, 10, 12] {
            if let Some(end) = words_of_length(words, i, length, Gap::Loose)
                && digits(i, end)
                && self.context(i).says(TAX_NUMBER_LABELS)
            {
                return self.push(i, end, Kind::TaxNumber);
            }
        }
    }

    fn social_security(&mut self, i: usize) {
        let Some(end) = words_of_length(self.words, i, 12, Gap::Loose) else { return };
        let number = self.words.joined(i, end);
        let form = has_form(number, "99999999a999");
        if form && (checksum::social_security(number) || self.context(i).says(SOCIAL_LABELS)) {
            self.push(i, end, Kind::SocialSecurity);
        }
    }

    fn health_insurance(&mut self, i: usize) {
        let Some(end) = words_of_length(self.words, i, 10, Gap::Tight) else { return };
        let number = self.words.joined(i, end);
        if !has_form(number, "a999999999") {
            return;
        }
        let context = self.context(i);
        let sure = end == i + 1 && checksum::health_insurance(number) && self.words.get(i).is_some_and(|word| word.upper);
        if sure && !context.is_impersonal() || context.says(HEALTH_LABELS) {
            self.push(i, end, Kind::HealthInsurance);
        }
    }

    /// ISO 9362 has no check digit: by its label, by a branch `XXX`, by digits within, or by a code that banks of Germany begin with.
    fn bic(&mut self, i: usize) {
        let code = self.words.folded(i);
        if !matches!(code.len(), 8 | 11) || !code.get(..6).is_some_and(|head| head.bytes().all(|b| b.is_ascii_lowercase())) {
            return;
        }
        let country = &code[4..6];
        if !COUNTRIES.split(' ').any(|known| known == country) {
            return;
        }
        const BANKS: &[&str] = &[
            "cobade", "deutde", "genode", "nolade", "bylade", "hyvede", "pbnkde", "ingdde", "markde", "solade", "ssktde",
            "dresde", "heisde", "helade", "malade", "welade", "daaede", "ntsbde", "rzooat", "ubswch", "cresch", "gibaat",
            "bkauat", "barcgb", "hbukgb", "midlgb", "loydgb", "nwbkgb", "abnanl", "ingbnl", "rabonl", "bnpafr", "socgfr",
            "chasus", "citius", "revolt", "trwibe",
        ];
        let form = code.len() == 11 && code.ends_with("xxx") || code.bytes().any(|b| b.is_ascii_digit()) && country == "de";
        if form || BANKS.iter().any(|bank| code.starts_with(bank)) || self.context(i).says(BIC_LABELS) {
            self.push(i, i + 1, Kind::Bic);
        }
    }
}

/// Countries whose banks have BICs that audit files name.
const COUNTRIES: &str = "ad ae al am ar at au az ba bd be bg bh br by ca ch cl cn co cr cy cz de dk do dz ee eg es fi fr gb ge gi gr hk hr \
    hu id ie il in iq ir is it jo jp ke kr kw kz lb li lk lt lu lv ly ma mc md me mk mt mx my ng nl no nz om pa pe ph pk pl pt qa ro rs ru sa \
    se sg si sk sm th tn tr tw ua us uy uz va vn xk za";

/// The networks' ranges: Visa, Mastercard, American Express, Diners, Discover, JCB, UnionPay, Maestro and girocard.
fn is_card(number: &str) -> bool {
    let begins = |digits: usize| number.get(..digits).and_then(|head| head.parse::<u32>().ok()).unwrap_or(0);
    let (two, three, four) = (begins(2), begins(3), begins(4));
    match number.len() {
        13 => begins(1) == 4,
        14 => matches!(two, 36 | 38 | 39) || (300..=305).contains(&three),
        15 => matches!(two, 34 | 37),
        16 => {
            begins(1) == 4
                || (51..=55).contains(&two)
                || (2221..=2720).contains(&four)
                || four == 6011
                || (644..=659).contains(&three)
                || (3528..=3589).contains(&four)
                || two == 62
                || matches!(two, 50 | 56..=58)
                || matches!(four, 6304 | 6703 | 6759..=6763)
        }
        _ => begins(1) == 4 && number.len() == 19 || two == 62 || matches!(two, 50 | 56..=58 | 67) || four == 6304,
    }
}

/// Whether a folded text has a form: `9` a digit, `a` a letter, `x` either, others themselves.
fn has_form(text: &str, form: &str) -> bool {
    text.len() == form.len()
        && text.bytes().zip(form.bytes()).all(|(byte, form)| match form {
            b'9' => byte.is_ascii_digit(),
            b'a' => byte.is_ascii_lowercase(),
            b'x' => byte.is_ascii_alphanumeric(),
            other => byte == other,
        })
}
