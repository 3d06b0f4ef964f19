//! Which words of a claim its evidence has, and which names it has not.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{
    ClaimInput, ClaimOptions, ClaimVerdict, Reason, Text,
    align::Alignment,
    bilingual::{Bilingual, side},
    words::{Word, without_ge},
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
    /// By stem of word or part: the words of each sentence.
    stems: Vec<FxHashMap<&'a str, Vec<usize>>>,
    context: Vec<FxHashSet<&'a str>>,
    question: FxHashSet<&'a str>,
    bilingual: &'a Bilingual,
}

impl<'a> Finder<'a> {
    pub(super) fn new(language: Language, texts: &'a [Text], question: &'a [Word], bilingual: &'a Bilingual) -> Self {
        let mut stems = Vec::with_capacity(texts.len());
        let mut context = Vec::with_capacity(texts.len());
        for text in texts {
            let mut map: FxHashMap<&str, Vec<usize>> = FxHashMap::default();
            for (i, word) in text.words.iter().enumerate() {
                for key in keys(word).chain(word.particle.as_deref().filter(|key| !key.is_empty())) {
                    let places = map.entry(key).or_default();
                    if places.last() != Some(&i) {
                        places.push(i);
                    }
                }
            }
            stems.push(map);
            context.push(text.context.iter().flat_map(keys).collect());
        }
        Self { language, texts, stems, context, question: question.iter().flat_map(keys).collect(), bilingual }
    }

    /// Whether claim and this evidence are in different languages.
    pub(super) fn crosses(&self, text: &Text) -> bool {
        let known = |language| matches!(language, Language::De | Language::En);
        known(self.language) && known(text.language) && self.language != text.language
    }

    /// Where a word of the claim stands; the nearest to the evidence's own words.
    pub(super) fn place(&self, word: &Word) -> Place {
        let mut unknown = false;
        for (i, text) in self.texts.iter().enumerate() {
            if let Some(at) = self.in_sentence(word, i) {
                return Place::Sentence(i, at);
            }
            unknown |= self.crosses(text) && self.ways(word, text).is_empty() && !word.capital;
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
        let has = |key: &str| stems.get(key).and_then(|places| places.first()).copied();
        let verb = word.particle.as_deref().filter(|verb| !verb.is_empty()).and_then(has);
        let direct = verb.or_else(|| has(&word.lower)).or_else(|| has(&word.stem).filter(|_| !word.stem.is_empty()));
        direct
            .or_else(|| without_ge(&word.stem).and_then(|stem| has(&stem)))
            .or_else(|| self.by_parts(word, text, &has))
            .or_else(|| self.by_meaning(word, text, &has))
            .or_else(|| self.by_family(word, text))
    }

    /// A compound whose parts all stand there, at least one of them in the sentence.
    fn by_parts(&self, word: &Word, text: usize, has: &impl Fn(&str) -> Option<usize>) -> Option<usize> {
        let mut first = None;
        for part in &word.parts {
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
        let ways = self.bilingual.ways(stem, from, to);
        // A German compound has the word at its end: Konzernjahresüberschuss.
        let ends = |stem: &str| {
            let compound = |word: &Word| word.stem.len() > stem.len() && word.stem.ends_with(stem);
            if stem.len() >= 6 && to == Language::De { self.texts[text].words.iter().position(compound) } else { None }
        };
        let find = |stem: &String| has(stem).or_else(|| ends(stem));
        ways.iter().find_map(|way| way.iter().map(find).collect::<Option<Vec<_>>>()?.first().copied())
    }

    fn ways(&self, word: &Word, text: &Text) -> &[Vec<String>] {
        self.bilingual.ways(&word.stem, side(self.language), side(text.language))
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
                && word.parts.iter().all(|part| has(part).is_some() || self.stems[text].contains_key(part.as_str()))
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
        let mut places: Vec<usize> =
            [&word.lower, &word.stem].into_iter().filter_map(|key| stems.get(key.as_str())).flatten().copied().collect();
        if places.is_empty() {
            places.extend(self.in_sentence(word, text));
        }
        places
    }
}

/// What a word is looked up by.
fn keys(word: &Word) -> impl Iterator<Item = &str> {
    let own = [word.lower.as_str(), word.stem.as_str()].into_iter().filter(|key| !key.is_empty());
    own.chain(word.parts.iter().map(String::as_str))
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
        let places = claim
            .iter()
            .map(|word| {
                // What a computed figure is said to be is proven by the computation.
                let said = Classes::SUM.and(Classes::DIFFERENCE).and(Classes::SHARE).and(Classes::FACTOR).and(Classes::DIRECTION);
                if !word.is_content() || computed && word.classes.has(said) {
                    return None;
                }
                let place = finder.place(word);
                // The question's company and whoever says "we": a figure of another one has its name.
                let speaker =
                    is_speaker(&word.lower) && (place == Place::Question || place == Place::Nowhere && finder.says_we());
                (!speaker).then(|| (place, weight(word)))
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

const LEGAL_FORMS: [&str; 24] = [
    "gmbh",
    "ag",
    "se",
    "kg",
    "kgaa",
    "ohg",
    "ug",
    "ev",
    "eg",
    "ltd",
    "limited",
    "plc",
    "inc",
    "incorporated",
    "corp",
    "llc",
    "llp",
    "sa",
    "sarl",
    "bv",
    "nv",
    "spa",
    "ab",
    "gbr",
];

fn is_legal_form(word: &Word) -> bool {
    LEGAL_FORMS.contains(&word.lower.as_str()) && word.capital
}

/// Share of a claim's words in the evidence's order from which it is taken for a repetition, in which an exchanged word is a change.
const REPEATS: f32 = 0.6;

/// Words that a claim which else repeats its evidence puts in the place of others.
pub(super) fn exchanged(
    claim: &[Word],
    coverage: &Coverage,
    texts: &[Text],
    alignments: &[Alignment],
    against: &mut Vec<(ClaimVerdict, Reason)>,
) {
    let Some((best, text)) = alignments.iter().zip(texts).max_by(|a, b| a.0.share().total_cmp(&b.0.share())) else { return };
    if best.share() < REPEATS {
        return;
    }
    for slot in best.slots(text.words.len()) {
        // A word that means the same as one of the slot is no exchange. One that stands elsewhere may have moved, unless it is a noun
        // between the same words on both sides.
        let interior = slot.claim.start > 0 && slot.claim.end < claim.len();
        // Where a neighbour stands beside it in the evidence too, the phrase moved as a whole.
        let beside = |i: usize, j: usize| {
            let same = |a: &Word, b: &Word| a.lower == b.lower;
            let content = |at: usize| claim.get(at).is_some_and(Word::is_content);
            content(i) && content(j) && text.words.windows(2).any(|pair| same(&pair[0], &claim[i]) && same(&pair[1], &claim[j]))
        };
        let moved = |i: usize| beside(i, i + 1) || i > 0 && beside(i - 1, i);
        let exchanged = |i: &usize| match &coverage.places[*i] {
            Some((Place::Nowhere | Place::Question, _)) => true,
            Some((Place::Sentence(_, at), weight)) => interior && *weight > 1.0 && !slot.evidence.contains(at) && !moved(*i),
            _ => false,
        };
        let new = slot.claim.clone().filter(exchanged).count();
        let theirs = &text.words[slot.evidence.clone()];
        let lost = theirs
            .iter()
            .any(|word| word.is_content() && !claim.iter().any(|own| own.lower == word.lower || own.stem == word.stem));
        if new > 0 && lost {
            let words = |words: &[Word]| words.iter().map(|word| word.lower.as_str()).collect::<Vec<_>>().join(" ");
            let (claim, evidence) = (words(&claim[slot.claim.clone()]), words(theirs));
            against.push((ClaimVerdict::Unsupported, Reason::Exchanged { claim, evidence }));
        }
    }
}

/// What missing words and names say of the claim.
pub(super) fn judge(
    claim: &[Word],
    coverage: &Coverage,
    texts: &[Text],
    finder: &Finder,
    input: &ClaimInput,
    options: &ClaimOptions,
    figures: &[(FigureReport, Option<usize>)],
    against: &mut Vec<(ClaimVerdict, Reason)>,
) {
    let crosses = texts.iter().any(|text| finder.crosses(text));
    legal_forms(claim, texts, input, against);
    names(claim, coverage, texts, input, crosses, against);
    let (mut all, mut missing, mut unknown) = (0.0, 0.0, 0.0);
    let mut words = Vec::new();
    let (mut anchored, mut strong) = (false, false);
    for (word, place) in claim.iter().zip(&coverage.places) {
        let Some((place, weight)) = *place else { continue };
        all += weight;
        match place {
            Place::Sentence(..) => anchored = true,
            Place::Context => {}
            Place::Question => missing += weight * options.asked,
            Place::Unknown => unknown += weight,
            Place::Nowhere => {
                missing += weight;
                strong |= weight > 1.0 && !crosses;
            }
        }
        if matches!(place, Place::Nowhere) {
            words.push(input.claim.get(word.range.clone()).unwrap_or_default().to_owned());
        }
    }
    // A row of a table whose words stand in the names of its columns, with a figure of its own.
    let in_table = coverage.places.iter().flatten().any(|(place, _)| *place == Place::Context)
        && figures.iter().any(|(report, by)| by.is_some() && report.standing.holds());
    let limit = if crosses { options.missing_across } else { options.missing };
    let known = if crosses { all - unknown } else { all };
    let share = if known > 0.0 { missing / known } else { 0.0 };
    // A long claim has no right to more missing words than a short one, nor any to a noun that stands nowhere.
    if share > limit || missing > options.missing_most || strong {
        let verdict = if share > 0.6 { ClaimVerdict::Unsupported } else { ClaimVerdict::Partly };
        against.push((verdict, Reason::Words { missing: words }));
    }
    if crosses {
        // Most of the claim has no equivalent that could be looked up: only likeness can speak for it.
        let alike = input.similarity.is_some_and(|similarity| similarity >= options.similarity);
        let compared = all > 0.0 && unknown / all <= 0.5;
        if !anchored || !compared && !alike || input.similarity.is_some() && !alike {
            against.push((ClaimVerdict::Partly, Reason::Language));
        }
    } else if !anchored && all > 0.0 && !in_table {
        against.push((ClaimVerdict::Unsupported, Reason::Words { missing: words_of(claim, input) }));
    }
}

fn words_of(claim: &[Word], input: &ClaimInput) -> Vec<String> {
    claim
        .iter()
        .filter(|word| word.is_content())
        .filter_map(|word| input.claim.get(word.range.clone()))
        .map(str::to_owned)
        .collect()
}

/// A name that stands nowhere is of somebody else.
fn names(
    claim: &[Word],
    coverage: &Coverage,
    texts: &[Text],
    input: &ClaimInput,
    crosses: bool,
    against: &mut Vec<(ClaimVerdict, Reason)>,
) {
    for (i, (word, place)) in claim.iter().zip(&coverage.places).enumerate() {
        let Some((place, _)) = *place else { continue };
        let acronym =
            word.lower.chars().count() >= 2 && input.claim[word.range.clone()].chars().filter(|c| c.is_uppercase()).count() >= 2;
        let before_form = claim.get(i + 1).is_some_and(is_legal_form);
        // German writes every noun with a capital: there only what is surely a name counts.
        let name = acronym || before_form || word.capital && !word.initial && input.language == Language::En;
        if !name || is_legal_form(word) {
            continue;
        }
        let text = || input.claim[word.range.clone()].to_owned();
        match place {
            Place::Nowhere | Place::Unknown if !crosses || before_form || acronym => {
                against.push((ClaimVerdict::Unsupported, Reason::Entity { text: text() }));
            }
            Place::Nowhere => against.push((ClaimVerdict::Partly, Reason::Entity { text: text() })),
            // The question's company, where the evidence names another one.
            Place::Question if texts.iter().any(|text| text.words.iter().any(is_legal_form)) && before_form => {
                against.push((ClaimVerdict::Unsupported, Reason::Entity { text: text() }));
            }
            _ => {}
        }
    }
}

/// `Muster AG` is not `Muster GmbH`.
fn legal_forms(claim: &[Word], texts: &[Text], input: &ClaimInput, against: &mut Vec<(ClaimVerdict, Reason)>) {
    for pair in claim.windows(2) {
        let [name, form] = pair else { continue };
        if !is_legal_form(form) || is_legal_form(name) {
            continue;
        }
        let of_name = |words: &[Word]| {
            let forms = words.windows(2).filter(|pair| pair[0].lower == name.lower && is_legal_form(&pair[1]));
            forms.map(|pair| pair[1].lower.clone()).collect::<Vec<_>>()
        };
        let forms: Vec<String> =
            texts.iter().flat_map(|text| of_name(&text.words).into_iter().chain(of_name(&text.context))).collect();
        if !forms.is_empty() && !forms.contains(&form.lower) {
            let text = input.claim.get(name.range.start..form.range.end).unwrap_or_default().to_owned();
            against.push((ClaimVerdict::Unsupported, Reason::LegalForm { text }));
        }
    }
}
