//! References to laws and accounts: `§ 253 Abs. 1 S. 2 HGB`, `Art. 5 DSGVO`, `Tz. 12`, and IBANs.

/// A reader of what follows a `§`.
pub(super) struct Cursor<'a> {
    text: &'a str,
    pub(super) at: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str, at: usize) -> Self {
        Self { text, at }
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn skip_blanks(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start_matches([' ', '\u{a0}', '\n', '\t']).len();
    }

    /// A number with a letter at its end, if there is one: `253`, `315a`.
    fn number(&mut self) -> Option<String> {
        let digits = self.rest().bytes().take_while(u8::is_ascii_digit).count();
        if digits == 0 || digits > 5 {
            return None;
        }
        let mut chars = self.rest()[digits..].chars();
        let letter = chars.next().filter(|c| c.is_ascii_lowercase() && !chars.next().is_some_and(char::is_alphanumeric));
        let number = format!("{}{}", &self.rest()[..digits], letter.map(String::from).unwrap_or_default());
        self.at += number.len();
        Some(number)
    }

    /// A word with the point behind it, if it is one of `words`.
    fn word(&mut self, words: &[&str]) -> bool {
        let start = self.at;
        self.skip_blanks();
        let length = self.rest().find(|c: char| !c.is_alphabetic()).unwrap_or(self.rest().len());
        let found = words.contains(&&self.rest()[..length]);
        if found {
            self.at += length;
            self.at += usize::from(self.rest().starts_with('.'));
            self.skip_blanks();
        } else {
            self.at = start;
        }
        found
    }

    /// The terms of a reference that begins here: `sign` and number, with paragraph and sentence, with the law. `None` if no
    /// number stands here. The law itself is left for the reader of words.
    pub(super) fn terms(&mut self, sign: &str) -> Option<Vec<String>> {
        self.at += self.rest().len() - self.rest().trim_start_matches(['§', '.']).len();
        self.skip_blanks();
        let mut numbers = vec![self.number()?];
        let mut inner: Vec<String> = Vec::new();
        loop {
            let start = self.at;
            if self.word(&["Abs", "Absatz", "para"]) || (inner.is_empty() && self.bracket()) {
                let Some(number) = self.number() else { return Some(vec![format!("{sign}{}", numbers[0])]) };
                self.at += usize::from(self.rest().starts_with(')'));
                inner = vec![format!("{}.{number}", numbers[numbers.len() - 1])];
            } else if !inner.is_empty() && self.word(&["S", "Satz", "sentence"]) {
                if let (Some(number), Some(last)) = (self.number(), inner.last().cloned()) {
                    inner.push(format!("{last}.{number}"));
                }
            } else if self.word(&["Nr", "Nummer", "Buchst", "lit"]) {
                let length = self.rest().bytes().take_while(u8::is_ascii_alphanumeric).count();
                self.at += if length <= 3 { length } else { 0 };
            } else if self.word(&["ff", "f", "HS", "Halbsatz", "Hs"]) {
            } else if inner.is_empty() && (self.word(&["und", "bis", "and", "to", "u"]) || self.list_mark()) {
                match self.number() {
                    Some(number) => numbers.push(number),
                    None => {
                        self.at = start;
                        break;
                    }
                }
            } else {
                break;
            }
        }
        let law = self.law();
        let mut out = Vec::new();
        for number in numbers.into_iter().chain(inner) {
            out.push(format!("{sign}{number}"));
            if let Some(law) = &law {
                out.push(format!("{sign}{number}{law}"));
            }
        }
        Some(out)
    }

    fn list_mark(&mut self) -> bool {
        let rest = self.rest();
        let mark = rest.starts_with([',', '-', '–', '/']);
        let length = rest.chars().next().map_or(0, char::len_utf8);
        let digit = rest.get(length..).is_some_and(|r| r.trim_start_matches(' ').starts_with(|c: char| c.is_ascii_digit()));
        if mark && digit {
            self.at += length;
            self.skip_blanks();
        }
        mark && digit
    }

    fn bracket(&mut self) -> bool {
        let bracket = self.rest().trim_start_matches(' ').starts_with('(');
        let inside = self.rest().trim_start_matches([' ', '(']).starts_with(|c: char| c.is_ascii_digit());
        if bracket && inside {
            self.at += self.rest().len() - self.rest().trim_start_matches([' ', '(']).len();
        }
        bracket && inside
    }

    /// The short name of a law, folded: `HGB`, `AktG`, `GmbHG`. It stays unread.
    fn law(&self) -> Option<String> {
        let rest = self.rest().trim_start_matches([' ', '\u{a0}', '\n']);
        let length = rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.len());
        let name = &rest[..length];
        let short = (2..=12).contains(&name.len()) && name.starts_with(|c: char| c.is_uppercase());
        (short && name.chars().filter(|c| c.is_uppercase()).count() >= 2).then(|| {
            let mut folded = String::new();
            super::fold::plain(name, &mut folded);
            folded
        })
    }
}

/// What stands before the number of a reference, as it stands in its term.
pub(super) fn sign(word: &str) -> Option<&'static str> {
    Some(match word {
        "Paragraph" | "Paragraphen" | "Paragraf" | "Paragrafen" | "Section" | "section" | "Sec" => "§",
        "Art" | "Artikel" | "Artikels" | "Article" | "article" => "art",
        "Tz" | "Textziffer" => "tz",
        "Rn" | "Rz" | "Randnummer" | "Randziffer" => "rn",
        _ => return None,
    })
}

/// An IBAN at the beginning of `text`, with or without blanks, checked by its length and modulo 97: its term and its bytes.
pub(super) fn iban(text: &str) -> Option<(String, usize)> {
    let length = iban_length(text.get(..2)?)?;
    let mut term = String::with_capacity(length);
    let mut end = 0;
    for (i, byte) in text.bytes().enumerate().take(2 * length) {
        match byte {
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => term.push(byte as char),
            b' ' if i > 3 && text.as_bytes()[i - 1] != b' ' => continue,
            _ => break,
        }
        end = i + 1;
        if term.len() == length {
            break;
        }
    }
    let ends = !text.as_bytes().get(end).is_some_and(u8::is_ascii_alphanumeric);
    let (head, tail) = term.split_at_checked(4)?;
    let checked = tail.chars().chain(head.chars()).try_fold(0u32, |rest, c| {
        let value = c.to_digit(36)?;
        Some((rest * if value > 9 { 100 } else { 10 } + value) % 97)
    });
    (term.len() == length && ends && checked == Some(1)).then(|| (term.to_ascii_lowercase(), end))
}

/// Length of the IBANs of a country (ISO 13616).
fn iban_length(country: &str) -> Option<usize> {
    Some(match country {
        "NO" => 15,
        "BE" => 16,
        "DK" | "FI" | "NL" | "FO" | "GL" => 18,
        "MK" | "SI" => 19,
        "AT" | "BA" | "EE" | "KZ" | "LT" | "LU" | "XK" => 20,
        "CH" | "HR" | "LI" | "LV" => 21,
        "BG" | "BH" | "DE" | "GB" | "GE" | "IE" | "ME" | "RS" | "VA" => 22,
        "AE" | "GI" | "IL" => 23,
        "AD" | "CZ" | "ES" | "MD" | "RO" | "SA" | "SE" | "SK" | "TN" => 24,
        "PT" => 25,
        "IS" | "TR" => 26,
        "FR" | "GR" | "IT" | "MC" | "SM" => 27,
        "AL" | "AZ" | "CY" | "HU" | "LB" | "PL" => 28,
        "UA" | "QA" => 29,
        "JO" | "KW" => 30,
        "MT" => 31,
        _ => return None,
    })
}
