//! Units, scales and currencies, from `lexicon/units.txt`.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

/// What a quantity is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Unit {
    /// Nothing that the text says beside it: a count, or the unit stands elsewhere.
    Bare,
    /// ISO 4217.
    Currency(&'static str),
    Percent,
    /// Percentage points.
    Points,
    /// A place in an order: the third.
    Ordinal,
    /// Time, weight, length and the like.
    Measure(&'static str),
}

impl Unit {
    /// Its name, as it is printed.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Bare => "",
            Self::Currency(name) | Self::Measure(name) => name,
            Self::Percent => "%",
            Self::Points => "%-points",
            Self::Ordinal => "ordinal",
        }
    }
}

/// What a word beside a number says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Meaning {
    pub(super) unit: Unit,
    /// Power of ten that the number is to be multiplied with.
    pub(super) scale: i32,
}

/// The words by their keys, and for each first byte of a key, in lower case, the lengths that there are.
static WORDS: LazyLock<(FxHashMap<String, Meaning>, [u32; 256])> = LazyLock::new(|| {
    let mut words = FxHashMap::default();
    let mut lengths = [0u32; 256];
    for line in include_str!("../lexicon/units.txt").lines().filter(|line| !line.starts_with('#')) {
        let Some((head, list)) = line.split_once(": ") else { continue };
        let mut head = head.split(' ');
        let (kind, first, second) = (head.next(), head.next().unwrap_or_default(), head.next().unwrap_or_default());
        let scale = first.parse().unwrap_or(0);
        let unit = match kind {
            Some("scale") => Unit::Bare,
            Some("scaled") => Unit::Currency(second),
            Some("currency") => Unit::Currency(first),
            Some("percent") => Unit::Percent,
            Some("points") => Unit::Points,
            _ => Unit::Measure(first),
        };
        for word in list.split_whitespace() {
            let key = key(word);
            lengths[usize::from(key.as_bytes()[0].to_ascii_lowercase())] |= 1 << key.len().min(31);
            words.insert(key, Meaning { unit, scale });
        }
    }
    (words, lengths)
});

/// As written when it is short or has capitals within, in lower case otherwise.
fn key(word: &str) -> String {
    let mut chars = word.chars();
    let short = word.chars().count() <= 2;
    chars.next();
    if short || chars.clone().any(char::is_uppercase) && chars.any(char::is_lowercase) {
        word.to_owned()
    } else {
        word.to_lowercase()
    }
}

/// What `word` means beside a number.
pub(super) fn meaning(word: &str) -> Option<Meaning> {
    let (words, lengths) = &*WORDS;
    let first = word.as_bytes().first()?;
    // Most words are none: told without a look at the map.
    if word.len() > 16 || lengths[usize::from(first.to_ascii_lowercase())] & 1 << word.len() == 0 {
        return None;
    }
    words.get(&key(word)).copied()
}

/// Units that a heading or the name of a column gives to the bare numbers under it: "in TEUR", "Mio. €", "EUR million", "%".
pub(super) fn hints(text: &str) -> Vec<Meaning> {
    let mut found: Vec<Meaning> = Vec::new();
    let mut scale: Option<(usize, i32)> = None;
    let mut before: Option<(usize, Meaning)> = None;
    let mut digits = false;
    for (i, word) in words(text).take(400).enumerate() {
        if word.starts_with(|c: char| c.is_ascii_digit()) {
            // "EUR '000"
            if word == "000"
                && let Some((at, meaning)) = before
                && at + 1 == i
            {
                found.pop();
                found.push(Meaning { scale: meaning.scale + 3, ..meaning });
            }
            digits = true;
            continue;
        }
        let number_before = std::mem::take(&mut digits);
        let Some(meaning) = meaning(word).filter(|_| !number_before) else { continue };
        match meaning.unit {
            Unit::Measure(_) | Unit::Ordinal => continue,
            Unit::Bare => {
                // "EUR million", "€ Mio."
                if let Some((at, last)) = before
                    && at + 1 == i
                    && matches!(last.unit, Unit::Currency(_))
                    && last.scale == 0
                {
                    found.pop();
                    found.push(Meaning { scale: meaning.scale, ..last });
                } else {
                    scale = Some((i, meaning.scale));
                }
            }
            Unit::Currency(_) => {
                // "Mio. EUR", "thousands of euros"
                let factor = scale.filter(|(at, _)| at + 2 >= i).map_or(0, |(_, scale)| scale);
                let meaning = Meaning { scale: meaning.scale + factor, ..meaning };
                found.push(meaning);
                before = Some((i, meaning));
                scale = None;
            }
            _ => found.push(meaning),
        }
    }
    found.dedup();
    found
}

/// Words and symbols, apart: "T€" and "Mio.€" are cut where a symbol begins unless the lexicon has them whole.
pub(super) fn words(text: &str) -> impl Iterator<Item = &str> {
    let symbol = |c: char| matches!(c, '%' | '‰' | '€' | '$' | '£' | '¥');
    text.split(move |c: char| !(c.is_alphanumeric() || symbol(c) || matches!(c, '²' | '³' | '°')))
        .filter(|w| !w.is_empty())
        .flat_map(move |word| {
            if meaning(word).is_some() || !word.contains(symbol) {
                return vec![word];
            }
            let at = word.find(symbol).unwrap_or(0);
            let length = word[at..].chars().next().map_or(0, char::len_utf8);
            [&word[..at], &word[at..at + length], &word[at + length..]].into_iter().filter(|w| !w.is_empty()).collect()
        })
}
