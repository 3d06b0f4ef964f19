//! What words and names that stand nowhere, or in the place of others, say of a claim.

use super::{
    ClaimOptions, ClaimVerdict, Compared, Reason,
    bilingual::{self, side},
    coverage::{LeftOver, Place},
    words::Word,
};
use crate::types::Language;

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

/// Words that a claim which else repeats its evidence puts in the place of others.
pub(super) fn exchanged(compared: &Compared, against: &mut Vec<(ClaimVerdict, Reason)>) {
    let Compared { claim, coverage, texts, .. } = *compared;
    let best = compared.alignments.iter().zip(texts).max_by(|a, b| a.0.share().total_cmp(&b.0.share()));
    let Some((best, text)) = best.filter(|(best, _)| best.repeats()) else { return };
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

/// What missing words say of the claim.
pub(super) fn words(compared: &Compared, options: &ClaimOptions, against: &mut Vec<(ClaimVerdict, Reason)>) {
    let Compared { claim, coverage, figures, input, .. } = *compared;
    let crosses = compared.crosses();
    let (mut all, mut missing, mut unknown) = (0.0, 0.0, 0.0);
    let mut words = Vec::new();
    let mut left = if crosses { compared.finder.left_over(coverage) } else { LeftOver::default() };
    let (mut anchored, mut strong) = (false, false);
    for (word, place) in claim.iter().zip(&coverage.places) {
        let Some((place, weight)) = *place else { continue };
        all += weight;
        match place {
            Place::Sentence(..) => anchored = true,
            Place::Context => {}
            Place::Question => missing += weight * options.asked,
            // It may be the translation of a word that the lexicon does not have either, but not of a name.
            Place::Unknown if word.capital && left.names > 0 => {
                against.push((ClaimVerdict::Partly, Reason::Entity { text: compared.written(word) }));
            }
            Place::Unknown if left.words > 0 => {
                left.words -= 1;
                unknown += weight;
            }
            Place::Unknown => {
                missing += weight;
                words.push(compared.written(word));
            }
            Place::Nowhere => {
                missing += weight;
                strong |= weight > 1.0 && !crosses;
            }
        }
        if matches!(place, Place::Nowhere) {
            words.push(compared.written(word));
        }
    }
    // A row of a table whose words stand in the names of its columns, with a figure of its own.
    let in_table = coverage.places.iter().flatten().any(|(place, _)| *place == Place::Context)
        && figures.iter().any(|(report, by)| by.is_some() && report.standing.holds());
    let limit = if crosses { options.missing_across } else { options.missing };
    let known = if crosses { all - unknown } else { all };
    let share = if known > 0.0 { missing / known } else { 0.0 };
    // A long claim has no right to more missing words than a short one, nor any to a noun that stands nowhere.
    let most = if crosses { options.missing_most_across } else { options.missing_most };
    if share > limit || missing > most || strong {
        let verdict = if share > 0.6 { ClaimVerdict::Unsupported } else { ClaimVerdict::Partly };
        against.push((verdict, Reason::Words { missing: words }));
    }
    if crosses {
        // Most of the claim has no equivalent that could be looked up: only likeness can speak for it.
        let alike = input.similarity.is_some_and(|similarity| similarity >= options.similarity);
        let compared = all > 0.0 && unknown / all <= 0.5;
        if !anchored || !compared && !alike {
            against.push((ClaimVerdict::Partly, Reason::Language));
        }
    } else if !anchored && all > 0.0 && !in_table {
        let missing = claim.iter().filter(|word| word.is_content()).map(|word| compared.written(word)).collect();
        against.push((ClaimVerdict::Unsupported, Reason::Words { missing }));
    }
}

/// A name that stands nowhere is of somebody else.
pub(super) fn names(compared: &Compared, against: &mut Vec<(ClaimVerdict, Reason)>) {
    let Compared { claim, coverage, texts, input, .. } = *compared;
    let crosses = compared.crosses();
    legal_forms(compared, against);
    for (i, (word, place)) in claim.iter().zip(&coverage.places).enumerate() {
        let Some((place, _)) = *place else { continue };
        let acronym = compared.written(word).chars().filter(|c| c.is_uppercase()).count() >= 2;
        let before_form = claim.get(i + 1).is_some_and(is_legal_form);
        // German writes every noun with a capital: there only what is surely a name counts.
        let name = acronym || before_form || word.capital && !word.initial && input.language == Language::En;
        let text = || compared.written(word);
        if crosses && place == Place::Nowhere && bilingual::lexicon().is_name(&word.stem, side(input.language)) {
            against.push((ClaimVerdict::Partly, Reason::Entity { text: text() }));
            continue;
        }
        if !name || is_legal_form(word) {
            continue;
        }
        match place {
            Place::Nowhere | Place::Unknown if !crosses || before_form || acronym => {
                against.push((ClaimVerdict::Unsupported, Reason::Entity { text: text() }));
            }
            Place::Nowhere | Place::Unknown => against.push((ClaimVerdict::Partly, Reason::Entity { text: text() })),
            // The question's company, where the evidence names another one.
            Place::Question if texts.iter().any(|text| text.words.iter().any(is_legal_form)) && before_form => {
                against.push((ClaimVerdict::Unsupported, Reason::Entity { text: text() }));
            }
            // The heading's, where the sentence names another one that the claim does not name; in a row likewise a short name.
            Place::Context if before_form && rivals(compared, false) || acronym && rivals(compared, true) => {
                against.push((ClaimVerdict::Unsupported, Reason::Entity { text: text() }));
            }
            _ => {}
        }
    }
}

/// Whether the evidence names a company that the claim does not; or, where it is a row of a table, something else in capitals.
fn rivals(compared: &Compared, capitals: bool) -> bool {
    let Compared { claim, texts, input, .. } = *compared;
    texts.iter().zip(input.evidence).any(|(text, evidence)| {
        let is_rival = |at: usize| {
            let word = &text.words[at];
            let written = evidence.sentence.get(word.range.clone()).unwrap_or_default();
            let is_short = written.len() >= 2 && written.chars().all(char::is_uppercase) && !word.figure && !is_legal_form(word);
            let is_company = text.words.get(at + 1).is_some_and(is_legal_form) && !is_legal_form(word);
            (if capitals { evidence.header.is_some() && is_short } else { is_company })
                && !claim.iter().any(|own| own.is_same(word))
        };
        (0..text.words.len()).any(is_rival)
    })
}

/// `Muster AG` is not `Muster GmbH`.
fn legal_forms(compared: &Compared, against: &mut Vec<(ClaimVerdict, Reason)>) {
    let Compared { claim, texts, input, .. } = *compared;
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
