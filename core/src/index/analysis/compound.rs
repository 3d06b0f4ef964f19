//! German compounds → their parts.
//!
//! The parts come from a fixed lexicon (see `lexicon/README.md`), never from the corpus. Of all ways to cut a word the
//! cheapest is taken: few, long parts, of the hand-written list before the derived one, with usual linking letters.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

/// Shortest word that is cut.
const SHORTEST: usize = 8;
/// Longest word that is cut, in bytes.
const LONGEST: usize = 80;
/// Longest part in the lexicon, in bytes.
const LONGEST_PART: usize = 24;
/// Shortest last part that is found behind a first part which the lexicon does not have.
const LONG_LAST: usize = 6;

const AUDIT: &str = include_str!("lexicon/audit.txt");
const GENERAL: &str = include_str!("lexicon/general.txt");

/// Letters between two parts, and what they cost.
const LINKS: [(&str, u16); 8] = [("", 0), ("s", 1), ("n", 2), ("en", 2), ("es", 3), ("er", 5), ("e", 5), ("ens", 5)];
/// Endings of the last part.
const ENDINGS: [&str; 10] = ["", "e", "n", "en", "s", "es", "er", "ern", "em", "nen"];
/// Beginnings that make verbs and nouns of their own: what follows them is no part.
const PREFIXES: [&str; 12] = ["be", "ge", "er", "ver", "zer", "ent", "emp", "miss", "un", "ur", "aus", "ein"];

#[derive(Debug, Clone, Copy)]
struct Entry {
    cost: u16,
    audit: bool,
    /// Stands before another part only.
    head: bool,
}

/// The words that parts are looked up in, folded.
#[derive(Debug)]
pub(super) struct Lexicon {
    parts: FxHashMap<Box<str>, Entry>,
}

static LEXICON: LazyLock<Lexicon> = LazyLock::new(Lexicon::new);

/// The parts of compounds, read from its lists once.
pub(super) fn lexicon() -> &'static Lexicon {
    &LEXICON
}

impl Lexicon {
    fn new() -> Self {
        let mut lexicon = Self { parts: FxHashMap::default() };
        for (text, audit) in [(AUDIT, true), (GENERAL, false)] {
            for word in text.lines().filter(|l| !l.starts_with('#')).flat_map(str::split_whitespace) {
                let mut folded = String::new();
                super::fold::plain(word, &mut folded);
                super::fold::digraphs(&mut folded, 0);
                let short = match folded.len() {
                    0..3 => continue,
                    3 => 8,
                    4 => 4,
                    _ => 0,
                };
                let cost = 10 + short + if audit { 0 } else { 3 };
                // Miete → Mietvertrag
                if let Some(head) = folded.strip_suffix('e').filter(|h| h.len() >= 4) {
                    lexicon.parts.entry(head.into()).or_insert(Entry { cost: cost + 3, audit, head: true });
                }
                lexicon.add(&folded, Entry { cost, audit, head: false });
            }
        }
        lexicon
    }

    fn add(&mut self, word: &str, entry: Entry) {
        let known = self.parts.entry(word.into()).or_insert(entry);
        if known.head {
            *known = entry;
        }
    }

    /// The parts of a folded word, in order, without linking letters; nothing if it is none.
    pub(super) fn split<'w>(&self, word: &'w str) -> Vec<&'w str> {
        if !(SHORTEST..=LONGEST).contains(&word.len()) || !word.bytes().all(|b| b.is_ascii_lowercase()) || self.is_whole(word) {
            return Vec::new();
        }
        // At each position: the least cost of the parts before it, the start of the last of them, and its end.
        let mut best: Vec<Option<(u16, usize, usize)>> = vec![None; word.len()];
        best[0] = Some((0, 0, 0));
        let mut last: Option<(u16, usize)> = None;
        for start in 0..=word.len().saturating_sub(3) {
            if start > 0 && start < word.len() - 3 && start >= 4 && !self.is_prefix(&word[..start]) {
                // An unknown first part, before which nothing is known, costs more than any two that are.
                let cost = 40 + start as u16;
                let end = if word[..start].ends_with('s') && start > 5 { start - 1 } else { start };
                if self.last_part(&word[start..]).is_some_and(|(e, length)| e.audit && length >= LONG_LAST) {
                    relax(&mut best[start], (cost, 0, end));
                }
            }
            let Some((before, ..)) = best[start] else { continue };
            if start > 0
                && let Some((entry, _)) = self.last_part(&word[start..])
                && last.is_none_or(|(cost, _)| before + entry.cost < cost)
            {
                last = Some((before + entry.cost, start));
            }
            for end in start + 3..=(start + LONGEST_PART).min(word.len() - 3) {
                let Some(entry) = self.parts.get(&word[start..end]) else { continue };
                for (link, cost) in LINKS {
                    let next = end + link.len();
                    if next <= word.len() - 3 && word[end..].starts_with(link) && (link.is_empty() || !entry.head) {
                        relax(&mut best[next], (before + entry.cost + cost, start, end));
                    }
                }
            }
        }
        let Some((_, mut start)) = last else { return Vec::new() };
        let mut parts = vec![&word[start..]];
        while start > 0 {
            let Some((_, from, to)) = best[start] else { break };
            parts.push(&word[from..to]);
            start = from;
        }
        parts.reverse();
        parts
    }

    /// Whether the lexicon has the word itself, inflected or not.
    fn is_whole(&self, word: &str) -> bool {
        ENDINGS.iter().any(|ending| {
            word.strip_suffix(ending).and_then(|w| self.parts.get(w)).is_some_and(|e| !e.head && (e.audit || word.len() < 10))
        })
    }

    /// The entry of a part at a word's end, and its length without inflection.
    fn last_part(&self, word: &str) -> Option<(Entry, usize)> {
        ENDINGS.iter().find_map(|ending| {
            let stem = word.strip_suffix(ending)?;
            self.parts.get(stem).filter(|e| !e.head && stem.len() >= 3).map(|&e| (e, stem.len()))
        })
    }

    fn is_prefix(&self, word: &str) -> bool {
        PREFIXES.contains(&word)
    }
}

fn relax(slot: &mut Option<(u16, usize, usize)>, new: (u16, usize, usize)) {
    if slot.is_none_or(|old| new.0 < old.0) {
        *slot = Some(new);
    }
}
