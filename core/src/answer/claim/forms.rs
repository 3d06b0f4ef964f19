//! Forms of verbs and other words that their stems do not bring together: `gegründet` and `gründen`, `began` and `begin`.

use rustc_hash::FxHashMap;

use super::words::{PARTICLES, Reader};
use crate::types::Language;

/// What stands before a German verb and does not part from it.
const PREFIXES: [&str; 12] = ["be", "ver", "er", "ent", "emp", "zer", "uber", "unter", "wider", "hinter", "durch", "miss"];
/// Shortest stem that is left of a form.
const SHORTEST: usize = 3;

/// Stems of irregular forms, each with that of its base form, from `lexicon/forms.txt`.
#[derive(Debug)]
pub(super) struct Forms {
    german: FxHashMap<String, String>,
    english: FxHashMap<String, String>,
}

impl Forms {
    pub(super) fn new(reader: &mut Reader) -> Self {
        let mut this = Self { german: FxHashMap::default(), english: FxHashMap::default() };
        for (name, words) in crate::answer::lexicon::lines(include_str!("../lexicon/forms.txt")) {
            let language = if name == "en" { Language::En } else { Language::De };
            for line in words.split(',') {
                let mut words = line.split_whitespace();
                let base = words.next().map(|word| reader.stem(word, language)).unwrap_or_default();
                let side = if language == Language::En { &mut this.english } else { &mut this.german };
                for word in words {
                    side.entry(reader.stem(word, language)).or_insert_with(|| base.clone());
                }
            }
        }
        this
    }

    /// Stems that a form may belong to, the likeliest first.
    pub(super) fn bases(&self, stem: &str, language: Language) -> Vec<String> {
        let mut bases = Vec::new();
        if language == Language::En {
            bases.extend(self.english.get(stem).cloned());
            for ending in ["er", "est", "or", "r", "ment", "abl", "ness", "ful"] {
                if let Some(rest) = stem.strip_suffix(ending).filter(|rest| rest.len() > SHORTEST) {
                    bases.push(rest.to_owned());
                    // bigger
                    if let [.., a, b] = rest.as_bytes()
                        && a == b
                    {
                        bases.push(rest[..rest.len() - 1].to_owned());
                    }
                }
            }
            return bases;
        }
        self.german_verb(stem, "", &mut bases);
        for prefix in PREFIXES {
            if let Some(rest) = stem.strip_prefix(prefix).filter(|rest| rest.len() >= SHORTEST) {
                let irregular = self.german.get(rest).or_else(|| self.german.get(&format!("ge{rest}")));
                bases.extend(irregular.map(|base| format!("{prefix}{base}")));
            }
        }
        for particle in PARTICLES.iter().chain(&["uber", "unter"]) {
            if let Some(rest) = stem.strip_prefix(&*fold(particle)).filter(|rest| rest.len() >= SHORTEST) {
                let particle = fold(particle);
                self.german_verb(rest, &particle, &mut bases);
                let infinitive = rest.strip_prefix("zu").filter(|rest| rest.len() >= SHORTEST);
                bases.extend(infinitive.map(|rest| format!("{particle}{rest}")));
            }
        }
        let noun = |ending: &str| stem.strip_suffix(ending).filter(|rest| rest.len() > SHORTEST);
        bases.extend(["ung", "lich", "isch", "st"].into_iter().filter_map(noun).map(str::to_owned));
        bases
    }

    /// The bases of a German verb's form, without its particle.
    fn german_verb(&self, stem: &str, particle: &str, bases: &mut Vec<String>) {
        bases.extend(self.german.get(stem).map(|base| format!("{particle}{base}")));
        let participle = stem.strip_prefix("ge").filter(|rest| rest.len() >= SHORTEST);
        for rest in participle.into_iter().chain([stem]) {
            for ending in ["et", "t"] {
                if let Some(rest) = rest.strip_suffix(ending).filter(|rest| rest.len() >= SHORTEST) {
                    bases.push(format!("{particle}{rest}"));
                }
            }
        }
        bases.extend(participle.map(|rest| format!("{particle}{rest}")));
    }
}

/// A word in lower case as stems have it: without umlauts.
pub(super) fn fold(word: &str) -> String {
    let mut folded = String::with_capacity(word.len());
    for c in word.chars() {
        match c {
            'ä' => folded.push('a'),
            'ö' => folded.push('o'),
            'ü' => folded.push('u'),
            'ß' => folded.push_str("ss"),
            c => folded.push(c),
        }
    }
    folded
}
