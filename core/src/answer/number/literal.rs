//! Numbers as they are written, in digits and in words → decimals.

use rust_decimal::Decimal;

/// Digits of a number at most; what is longer is an identifier.
const LONGEST: usize = 15;

/// A value and how exactly it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reading {
    pub(crate) value: Decimal,
    /// The last digit stands for ten to this power.
    pub(crate) exponent: i32,
}

impl Reading {
    fn new(whole: &str, fraction: &str) -> Option<Self> {
        let digits = whole.len() + fraction.len();
        if digits == 0 || digits > LONGEST {
            return None;
        }
        let value = if fraction.is_empty() { whole.parse() } else { format!("{whole}.{fraction}").parse() };
        Some(Self { value: value.ok()?, exponent: -(fraction.len() as i32) })
    }

    /// Times ten to the power of `zeros`.
    pub(crate) fn scaled(self, zeros: i32) -> Option<Self> {
        if zeros == 0 {
            return Some(self);
        }
        let factor = Decimal::from(10u64.checked_pow(zeros.unsigned_abs())?);
        let value = if zeros > 0 { self.value.checked_mul(factor)? } else { self.value.checked_div(factor)? };
        // Sums and products of what is smaller stay within what a decimal holds.
        let bounded = value.abs() < Decimal::from(10u128.pow(24));
        bounded.then_some(Self { value, exponent: self.exponent + zeros })
    }

    pub(crate) fn negated(self) -> Self {
        Self { value: -self.value, ..self }
    }
}

/// Which of point and comma stands before the fraction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Notation {
    /// `1.234,56`
    Comma,
    /// `1,234.56`
    Point,
}

/// What digits with separators may mean: the likelier reading first. `1.234` and `1,234` have two; `1.2.3` has none.
///
/// The separators are those of [`literal`]: points, commas, apostrophes, blanks.
pub(super) fn readings(written: &str, notation: Option<Notation>) -> (Option<Reading>, Option<Reading>) {
    let separators: Vec<char> = written.chars().filter(|c| !c.is_ascii_digit()).map(plain).collect();
    let groups: Vec<&str> = written.split(|c: char| !c.is_ascii_digit()).collect();
    let Some((&last, before)) = separators.split_last() else { return (Reading::new(written, ""), None) };
    let head_fits = (1..=3).contains(&groups[0].len()) && (groups[0] != "0" && !groups[0].starts_with('0'));
    let grouped = |groups: &[&str]| head_fits && groups[1..].iter().all(|g| g.len() == 3);
    let tail = groups[groups.len() - 1];
    let body = &groups[..groups.len() - 1];
    let whole = (separators.iter().all(|c| *c == last) && grouped(&groups)).then(|| Reading::new(&groups.concat(), "")).flatten();
    let decimal = if !matches!(last, '.' | ',') {
        None
    } else if before.is_empty() {
        Reading::new(groups[0], tail)
    } else if before.iter().all(|c| *c == before[0] && *c != last) && grouped(body) {
        Reading::new(&body.concat(), tail)
    } else {
        None
    };
    match (whole, decimal) {
        (Some(whole), Some(decimal)) => {
            let point = if last == ',' { Notation::Comma } else { Notation::Point };
            match notation {
                Some(notation) if notation == point => (Some(decimal), Some(whole)),
                _ => (Some(whole), Some(decimal)),
            }
        }
        (whole, decimal) => (whole.or(decimal), None),
    }
}

/// What a number says of the notation of its text, when it has one reading alone.
pub(super) fn notation(written: &str) -> Option<Notation> {
    let mut separators = written.chars().filter(|c| !c.is_ascii_digit());
    let (first, last) = (separators.next()?, written.chars().rfind(|c| !c.is_ascii_digit())?);
    let (only, other) = readings(written, None);
    if other.is_some() {
        return None;
    }
    let fraction = only?.exponent < 0;
    match (if fraction { last } else { first }, fraction) {
        (',', true) | ('.', false) => Some(Notation::Comma),
        ('.', true) | (',', false) => Some(Notation::Point),
        _ => None,
    }
}

/// Length of the number that begins `text`, which begins with a digit: digits with single separators between them. Blanks are
/// separators of three digits each, ordinary ones only where more says so (a second group, a fraction).
pub(super) fn literal(text: &str) -> usize {
    let bytes = text.as_bytes();
    let digits = |at: usize| bytes.get(at..).map_or(0, |rest| rest.iter().take_while(|b| b.is_ascii_digit()).count());
    let mut at = digits(0);
    // Groups apart by blanks: `1 234 567,89`.
    let first = at;
    let mut spaced = at;
    let mut groups = 0;
    let mut hard = true;
    while first <= 3 && !text.starts_with('0') {
        let Some(blank) = text[spaced..].chars().next().filter(|c| is_blank(*c)) else { break };
        let from = spaced + blank.len_utf8();
        if digits(from) != 3 {
            break;
        }
        hard &= blank != ' ';
        groups += 1;
        spaced = from + 3;
    }
    let fraction = |at: usize| {
        let separator = bytes.get(at).is_some_and(|b| matches!(b, b'.' | b','));
        let length = digits(at + 1);
        if separator && length > 0 && !bytes.get(at + 1 + length).is_some_and(|b| matches!(b, b'.' | b',')) {
            1 + length
        } else {
            0
        }
    };
    if groups > 0 && (hard || groups > 1 || fraction(spaced) > 0) {
        return spaced + fraction(spaced);
    }
    loop {
        let Some(separator) = text[at..].chars().next().filter(|c| matches!(c, '.' | ',' | '\'' | '’')) else { return at };
        let length = digits(at + separator.len_utf8());
        if length == 0 {
            return at;
        }
        at += separator.len_utf8() + length;
    }
}

fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\u{a0}' | '\u{2009}' | '\u{202f}' | '\u{2007}')
}

fn plain(c: char) -> char {
    match c {
        '’' => '\'',
        c if is_blank(c) => ' ',
        c => c,
    }
}

/// The value of a number word, German or English, up to 999. `ein` and `one` are none: they are articles and pronouns more
/// often than numbers; `ones` says to take them.
pub(super) fn word(word: &str, ones: bool) -> Option<u32> {
    if !(3..=40).contains(&word.len()) {
        return None;
    }
    // Number words begin in few ways: told without a look at the lists.
    let [a, b, ..] = word.as_bytes() else { return None };
    if !matches!(
        (a.to_ascii_lowercase(), b.to_ascii_lowercase()),
        (b'e', b'i' | b'l')
            | (b'z', b'w' | b'e')
            | (b'd', b'r')
            | (b'v', b'i')
            | (b'f', 0xc3 | b'u' | b'o' | b'i')
            | (b's', b'e' | b'i')
            | (b'a', b'c')
            | (b'n', b'e' | b'i')
            | (b'o', b'n')
            | (b't', b'w' | b'h' | b'e')
    ) {
        return None;
    }
    // They end in few ways, or go on behind a hundred.
    const ENDS: [&str; 28] = [
        "ei", "er", "nf", "hs", "en", "ht", "un", "hn", "lf", "wo", "ee", "ur", "ve", "ix", "ne", "ty", "ig", "ßig", "rt", "in",
        "em", "es", "ns", "EI", "EN", "ER", "UN", "HT",
    ];
    if !ENDS.iter().any(|end| word.ends_with(end)) {
        return None;
    }
    let lower = word.to_lowercase();
    if matches!(lower.as_str(), "ein" | "eine" | "einen" | "einer" | "einem" | "eines" | "eins" | "one") {
        return ones.then_some(1);
    }
    small(&lower).or_else(|| tens(&lower)).or_else(|| hundreds(&lower))
}

fn small(word: &str) -> Option<u32> {
    const WORDS: [(&str, u32); 40] = [
        ("zwei", 2),
        ("zweier", 2),
        ("dreier", 3),
        ("drei", 3),
        ("vier", 4),
        ("fünf", 5),
        ("fuenf", 5),
        ("sechs", 6),
        ("sieben", 7),
        ("acht", 8),
        ("neun", 9),
        ("zehn", 10),
        ("elf", 11),
        ("zwölf", 12),
        ("zwoelf", 12),
        ("dreizehn", 13),
        ("vierzehn", 14),
        ("fünfzehn", 15),
        ("sechzehn", 16),
        ("siebzehn", 17),
        ("achtzehn", 18),
        ("neunzehn", 19),
        ("two", 2),
        ("three", 3),
        ("four", 4),
        ("five", 5),
        ("six", 6),
        ("seven", 7),
        ("eight", 8),
        ("nine", 9),
        ("ten", 10),
        ("eleven", 11),
        ("twelve", 12),
        ("thirteen", 13),
        ("fourteen", 14),
        ("fifteen", 15),
        ("sixteen", 16),
        ("seventeen", 17),
        ("eighteen", 18),
        ("nineteen", 19),
    ];
    WORDS.iter().find(|(w, _)| *w == word).map(|(_, n)| *n)
}

fn tens(word: &str) -> Option<u32> {
    const WORDS: [(&str, u32); 17] = [
        ("zwanzig", 20),
        ("dreißig", 30),
        ("dreissig", 30),
        ("vierzig", 40),
        ("fünfzig", 50),
        ("sechzig", 60),
        ("siebzig", 70),
        ("achtzig", 80),
        ("neunzig", 90),
        ("twenty", 20),
        ("thirty", 30),
        ("forty", 40),
        ("fifty", 50),
        ("sixty", 60),
        ("seventy", 70),
        ("eighty", 80),
        ("ninety", 90),
    ];
    let joined = |w: &&(&str, u32)| word.strip_prefix(w.0).is_some_and(|rest| rest.starts_with('-'));
    let (ten, n) = WORDS.iter().find(|w| word.ends_with(w.0) || joined(w))?;
    if word == *ten {
        return Some(*n);
    }
    if let Some(ones) = word.strip_prefix(ten).and_then(|rest| rest.strip_prefix('-')) {
        return if ones == "one" { Some(n + 1) } else { small(ones).filter(|o| *o < 10).map(|o| n + o) };
    }
    let ones = word.strip_suffix(ten)?.strip_suffix("und")?;
    if ones == "ein" { Some(n + 1) } else { small(ones).filter(|o| *o < 10).map(|o| n + o) }
}

fn hundreds(word: &str) -> Option<u32> {
    let (head, tail) = word.split_once("hundert")?;
    let hundreds = match head {
        "ein" => 1,
        head => small(head).filter(|n| *n < 10)?,
    };
    let rest = match tail {
        "" => 0,
        tail => small(tail).or_else(|| tens(tail))?,
    };
    Some(hundreds * 100 + rest)
}

/// The place that an ordinal word names: `dritten`, `third`.
pub(super) fn ordinal(word: &str) -> Option<u32> {
    const ENGLISH: [&str; 12] =
        ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh", "twelfth"];
    const GERMAN: [&str; 12] =
        ["erst", "zweit", "dritt", "viert", "fünft", "sechst", "siebt", "acht", "neunt", "zehnt", "elft", "zwölft"];
    let ends = ["th", "en", "er", "es", "em", "te", "st", "nd", "rd"].iter().any(|end| word.ends_with(end));
    if !(5..=12).contains(&word.len()) || !ends {
        return None;
    }
    let lower = word.to_lowercase();
    if let Some(i) = ENGLISH.iter().position(|w| *w == lower) {
        return Some(i as u32 + 1);
    }
    let stem = ["en", "er", "es", "em", "e"].iter().find_map(|ending| lower.strip_suffix(ending))?;
    GERMAN.iter().position(|w| *w == stem).map(|i| i as u32 + 1)
}
