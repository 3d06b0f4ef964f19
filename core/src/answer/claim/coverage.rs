//! Which words of a claim its evidence has, and which names it has not.

use rustc_hash::FxHashSet;

use super::{
    Text,
    bilingual::{self, side},
    words::{Word, key, without_ge},
};
use crate::{
    answer::{
        lexicon::{self, Classes},
        number::{FigureReport, Standing},
    },
    types::Language,
};

/// Bytes that two words must have in common at their beginning to be of one family (`Produktion`, `produzieren`).
const FAMILY: usize = 5;

/// Where a word of the claim was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// In a sentence: which evidence, and which word of it.
    Sentence(usize, usize),
    /// In headings, names of columns or the document's name.
    Context,
    /// In the question alone.
    Question,
    /// In another language, and the lexicon does not have it.
    Unknown,
    Nowhere,
}

/// Looks words up in evidence and question.
pub(super) struct Finder<'a> {
    language: Language,
    texts: &'a [Text],
    /// The words of each sentence.
    stems: Vec<Places<'a>>,
    context: Vec<FxHashSet<&'a str>>,
    question: FxHashSet<&'a str>,
}

impl<'a> Finder<'a> {
    pub(super) fn new(language: Language, texts: &'a [Text], question: &'a [Word]) -> Self {
        let mut stems = Vec::with_capacity(texts.len());
        let mut context = Vec::with_capacity(texts.len());
        for text in texts {
            let mut places = Places::of_words(&text.words);
            if crosses(language, text.language) {
                places.add_across(&text.words, text.language);
            }
            stems.push(places);
            context.push(text.context.iter().flat_map(keys).collect());
        }
        Self { language, texts, stems, context, question: question.iter().flat_map(keys).collect() }
    }

    /// Whether claim and this evidence are in different languages.
    pub(super) fn crosses(&self, text: &Text) -> bool {
        crosses(self.language, text.language)
    }

    /// Where a word of the claim stands; the nearest to the evidence's own words.
    pub(super) fn place(&self, word: &Word) -> Place {
        let mut unknown = false;
        for (i, text) in self.texts.iter().enumerate() {
            if let Some(at) = self.in_sentence(word, i) {
                return Place::Sentence(i, at);
            }
            unknown |= self.crosses(text) && !is_known(word, self.language);
        }
        if (0..self.texts.len()).any(|i| self.in_context(word, i)) {
            return Place::Context;
        }
        if keys(word).any(|key| self.question.contains(key)) {
            return Place::Question;
        }
        if unknown { Place::Unknown } else { Place::Nowhere }
    }

    fn in_sentence(&self, word: &Word, text: usize) -> Option<usize> {
        let stems = &self.stems[text];
        let has = |key: &str| stems.of(key).next();
        let verb = word.particle.as_deref().filter(|verb| !verb.is_empty()).and_then(has);
        let direct = verb.or_else(|| has(&word.lower)).or_else(|| has(&word.stem).filter(|_| !word.stem.is_empty()));
        direct
            .or_else(|| without_ge(&word.stem).and_then(|stem| has(&stem)))
            .or_else(|| self.by_parts(&word.parts, text, &has))
            .or_else(|| self.by_meaning(word, text, &has))
            .or_else(|| self.across(word, text, &has))
            .or_else(|| self.by_family(word, text))
    }

    /// A word in another language: by its base form, by its parts as the bilingual lexicon has them, or a name in the genitive.
    fn across(&self, word: &Word, text: usize, has: &impl Fn(&str) -> Option<usize>) -> Option<usize> {
        if !self.crosses(&self.texts[text]) {
            return None;
        }
        let across = word.across(self.language);
        let base = across.base.as_deref().and_then(|base| self.translated(base, text, has));
        let verb = word.particle.as_deref().filter(|verb| !verb.is_empty());
        let verb = || verb.and_then(|verb| self.translated(verb, text, has).or_else(|| self.by_base(verb, text, has)));
        let parts = || self.by_parts(&across.parts, text, has);
        let name = || word.lower.strip_suffix('s').filter(|name| word.capital && name.len() >= 4).and_then(has);
        base.or_else(verb).or_else(parts).or_else(name)
    }

    fn by_base(&self, verb: &str, text: usize, has: &impl Fn(&str) -> Option<usize>) -> Option<usize> {
        self.translated(&bilingual::lexicon().base(verb, side(self.language))?, text, has)
    }

    /// A compound whose parts all stand there, at least one of them in the sentence.
    fn by_parts(&self, parts: &[String], text: usize, has: &impl Fn(&str) -> Option<usize>) -> Option<usize> {
        let mut first = None;
        for part in parts {
            let place = has(part).or_else(|| self.translated(part, text, has));
            first = first.or(place);
            if place.is_none() && !self.context[text].contains(part.as_str()) {
                return None;
            }
        }
        first
    }

    /// A synonym, a word of the other language, or one that says the same by its class: `gestiegen` and `Anstieg`.
    fn by_meaning(&self, word: &Word, text: usize, has: &impl Fn(&str) -> Option<usize>) -> Option<usize> {
        let found = self.translated(&word.stem, text, has);
        let sides = word.classes.only(lexicon::synonyms());
        let same = |other: &Word| other.classes.has(sides);
        found.or_else(|| self.texts[text].words.iter().position(same).filter(|_| sides != Classes::default()))
    }

    fn translated(&self, stem: &str, text: usize, has: &impl Fn(&str) -> Option<usize>) -> Option<usize> {
        let (from, to) = (side(self.language), side(self.texts[text].language));
        let ways = bilingual::lexicon().ways(stem, from, to);
        // A German compound has the word at its end: Konzernjahresüberschuss.
        let ends = |stem: &str| {
            let compound = |word: &Word| word.stem.len() > stem.len() && word.stem.ends_with(stem);
            if stem.len() >= 6 && to == Language::De { self.texts[text].words.iter().position(compound) } else { None }
        };
        let find = |stem: &str| has(stem).or_else(|| ends(stem));
        ways.into_iter()
            .find_map(|way| way.iter().map(|stem| find(stem)).try_fold(None, |first, at| Some(first.or(Some(at?))))?)
    }

    /// Words of the evidence in another language, beside those of the claim, that neither the claim nor the lexicon has.
    pub(super) fn left_over(&self, coverage: &Coverage) -> LeftOver {
        let mut found = FxHashSet::default();
        // From the first clause that has a word of the claim to the last.
        let mut clauses: Vec<Option<(u32, u32)>> = vec![None; self.texts.len()];
        for (place, _) in coverage.places.iter().flatten() {
            if let Place::Sentence(text, at) = place {
                let word = &self.texts[*text].words[*at];
                let (first, last) = clauses[*text].unwrap_or((word.clause, word.clause));
                clauses[*text] = Some((first.min(word.clause), last.max(word.clause)));
                found.insert(word.stem.as_str());
            }
        }
        let mut left = LeftOver::default();
        for (text, clauses) in self.texts.iter().zip(&clauses).filter(|(text, _)| self.crosses(text)) {
            let Some((first, last)) = *clauses else { continue };
            for word in text.words.iter().filter(|word| (first..=last).contains(&word.clause) && word.is_content()) {
                if is_known(word, text.language) || !found.insert(word.stem.as_str()) {
                    continue;
                }
                let name = word.capital && text.language == Language::En;
                left.names += usize::from(name);
                left.words += usize::from(!name);
            }
        }
        left
    }

    fn by_family(&self, word: &Word, text: usize) -> Option<usize> {
        if word.stem.len() < FAMILY || word.stem.bytes().any(|b| b.is_ascii_digit()) {
            return None;
        }
        let crosses = self.crosses(&self.texts[text]);
        let alike = |other: &Word| {
            let common = word.stem.bytes().zip(other.stem.bytes()).take_while(|(a, b)| a == b).count();
            let longer = word.stem.len().max(other.stem.len());
            let shorter = word.stem.len().min(other.stem.len());
            common >= FAMILY && common * 100 >= longer * if crosses { 60 } else { 70 } || common == shorter && common >= 8
        };
        self.texts[text].words.iter().position(alike)
    }

    fn in_context(&self, word: &Word, text: usize) -> bool {
        let has = |key: &str| self.context[text].contains(key).then_some(0);
        keys(word).any(|key| has(key).is_some())
            || !word.parts.is_empty()
                && word.parts.iter().all(|part| has(part).is_some() || self.stems[text].of(part).next().is_some())
            || self.translated(&word.stem, text, &has).is_some()
    }

    /// Whether the evidence speaks in the first person.
    fn says_we(&self) -> bool {
        let we =
            |word: &Word| matches!(word.lower.as_str(), "wir" | "uns" | "unser" | "unsere" | "unserer" | "we" | "our" | "us");
        self.texts.iter().any(|text| text.words.iter().any(we))
    }

    /// All places of a word of the claim in one sentence.
    pub(super) fn places(&self, word: &Word, text: usize) -> Vec<usize> {
        let stems = &self.stems[text];
        let mut places: Vec<usize> = [&word.lower, &word.stem].into_iter().flat_map(|key| stems.of(key)).collect();
        if places.is_empty() {
            places.extend(self.in_sentence(word, text));
        }
        places
    }
}

/// Words by what they are looked up by: in order of its key, then of their place.
struct Places<'a>(Vec<(u64, usize, &'a str)>);

impl<'a> Places<'a> {
    fn of_words(words: &'a [Word]) -> Self {
        let mut places = Vec::with_capacity(3 * words.len());
        for (at, word) in words.iter().enumerate() {
            let verb = word.particle.as_deref().filter(|verb| !verb.is_empty()).map(|verb| (key(verb), verb));
            places.extend(word.keys().chain(verb).map(|(key, text)| (key, at, text)));
        }
        places.sort_unstable();
        places.dedup();
        Self(places)
    }

    /// Adds what the bilingual lexicon has words by, for a claim in another language.
    fn add_across(&mut self, words: &'a [Word], language: Language) {
        for (at, word) in words.iter().enumerate() {
            let across = word.across(language);
            let also = across.base.iter().chain(&across.parts);
            self.0.extend(also.map(|text| (key(text), at, text.as_str())));
        }
        self.0.sort_unstable();
        self.0.dedup();
    }

    /// The places of a word, ascending.
    fn of<'s>(&'s self, text: &'s str) -> impl Iterator<Item = usize> + 's {
        let key = key(text);
        let from = self.0.partition_point(|(other, ..)| *other < key);
        let alike = self.0[from..].iter().take_while(move |(other, ..)| *other == key);
        alike.filter(move |(.., other)| *other == text).map(|(_, at, _)| *at)
    }
}

/// Words of the evidence that no word of the claim was found in and that the bilingual lexicon does not have.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct LeftOver {
    /// With a capital in English.
    pub(super) names: usize,
    pub(super) words: usize,
}

/// Whether the bilingual lexicon has a word, some form of it, or all its parts.
fn is_known(word: &Word, language: Language) -> bool {
    let across = word.across(language);
    bilingual::lexicon().has(&word.stem, side(language)) || across.base.is_some() || !across.parts.is_empty()
}

fn crosses(claim: Language, evidence: Language) -> bool {
    let known = |language| matches!(language, Language::De | Language::En);
    known(claim) && known(evidence) && claim != evidence
}

/// What a word is looked up by.
fn keys(word: &Word) -> impl Iterator<Item = &str> {
    word.keys().map(|(_, text)| text)
}

/// The words of a claim with their places.
pub(super) struct Coverage {
    /// For each word: where it stands, and its weight; `None` for one that is not looked for.
    pub(super) places: Vec<Option<(Place, f32)>>,
}

impl Coverage {
    /// `proven` says that figures prove the direction that the claim speaks of.
    pub(super) fn of(claim: &[Word], finder: &Finder, figures: &[(FigureReport, Option<usize>)], proven: bool) -> Self {
        let computed = proven || figures.iter().any(|(report, _)| report.standing == Standing::Computed);
        let crosses = finder.texts.iter().any(|text| finder.crosses(text));
        let places = claim
            .iter()
            .map(|word| {
                // What a computed figure is said to be is proven by the computation.
                let said = Classes::SUM.and(Classes::DIFFERENCE).and(Classes::SHARE).and(Classes::FACTOR).and(Classes::DIRECTION);
                if !word.is_content() || computed && word.classes.has(said) {
                    return None;
                }
                if crosses && is_light_across(&word.lower) {
                    return None;
                }
                let place = finder.place(word);
                // The question's company and whoever says "we": a figure of another one has its name.
                let speaker =
                    is_speaker(&word.lower) && (place == Place::Question || place == Place::Nowhere && finder.says_we());
                let weight = if crosses { weight_across(word, finder.language) } else { weight(word) };
                (!speaker).then_some((place, weight))
            })
            .collect();
        Self { places }
    }

    /// Share of the words, by weight, that stand in the evidence.
    pub(super) fn share(&self) -> f32 {
        let (mut all, mut found) = (0.0, 0.0);
        for (place, weight) in self.places.iter().flatten() {
            all += weight;
            found += if matches!(place, Place::Sentence(..) | Place::Context) { *weight } else { 0.0 };
        }
        if all > 0.0 { found / all } else { 1.0 }
    }
}

/// Words that another language says with any of many others, or not at all: they join and place, and say nothing themselves.
fn is_light_across(word: &str) -> bool {
    const WORDS: [&str; 44] = [
        "across",
        "along",
        "although",
        "among",
        "around",
        "back",
        "behind",
        "beim",
        "deren",
        "despite",
        "dessen",
        "ebenfalls",
        "either",
        "etc",
        "even",
        "ever",
        "falls",
        "gerade",
        "he",
        "hin",
        "hinein",
        "however",
        "je",
        "jeweils",
        "like",
        "made",
        "make",
        "makes",
        "onto",
        "per",
        "pro",
        "rather",
        "she",
        "since",
        "sodass",
        "still",
        "throughout",
        "toward",
        "towards",
        "usw",
        "via",
        "voraus",
        "whereas",
        "yet",
    ];
    WORDS.binary_search(&word).is_ok()
}

/// Whoever issues a document and speaks of itself as "we".
fn is_speaker(word: &str) -> bool {
    matches!(
        word,
        "vorstand"
            | "vorstands"
            | "vorstandes"
            | "gesellschaft"
            | "konzern"
            | "konzerns"
            | "unternehmen"
            | "unternehmens"
            | "prüfer"
            | "abschlussprüfer"
            | "ag"
            | "company"
            | "group"
            | "management"
            | "auditor"
            | "auditors"
    )
}

/// Nouns and names say more than other words; in English, names alone are told apart.
fn weight(word: &Word) -> f32 {
    if word.capital && !word.initial { 1.5 } else { 1.0 }
}

/// Across languages a verb or an adverb has more translations than any list; which noun stands there says who or what it is.
fn weight_across(word: &Word, language: Language) -> f32 {
    let noun = word.capital && !word.initial || language == Language::En && bilingual::lexicon().is_noun(&word.stem, language);
    if noun { 1.5 } else { 0.75 }
}
