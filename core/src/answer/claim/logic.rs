//! What a sentence does with its words: denies them, turns them round, plans them, restricts them.

use super::{
    ClaimVerdict, Compared, Reason, Text,
    align::Alignment,
    coverage::{Coverage, Place},
    words::Word,
};
use crate::answer::{
    lexicon::{self, Classes},
    number::{FigureReport, Operation, Standing},
};

/// Compares claim and evidence by the classes of their words. In the evidence the clauses count that have words of the claim.
pub(super) fn compare(compared: &Compared, against: &mut Vec<(ClaimVerdict, Reason)>) {
    let Compared { claim, question, coverage, texts, figures, proven, .. } = *compared;
    let near = relevant(coverage, texts);
    let repeats = compared.alignments.iter().any(Alignment::repeats);
    let context: Vec<&Word> = texts.iter().flat_map(|text| &text.context).collect();
    negation(claim, &near, against);
    prefixes(claim, &near, &context, against);
    let crosses = compared.crosses();
    opposites(claim, &near, &context, (repeats, crosses), proven || computed(figures), against);
    lacking(claim, &near, against);
    modality(claim, question, &near, crosses, against);
    quantity(crosses, claim, question, coverage, texts, &near, against);
    times(claim, &near, against);
}

/// The words of the clauses that have words of the claim, each text's in order.
fn relevant<'a>(coverage: &Coverage, texts: &'a [Text]) -> Vec<Vec<&'a Word>> {
    let mut clauses: Vec<Vec<u32>> = vec![Vec::new(); texts.len()];
    for (place, _) in coverage.places.iter().flatten() {
        if let Place::Sentence(text, word) = place {
            clauses[*text].push(texts[*text].words[*word].clause);
        }
    }
    let words = |(text, clauses): (&'a Text, &Vec<u32>)| {
        // A text of which no word was found, in another language perhaps, counts whole.
        let all = clauses.is_empty();
        text.words.iter().filter(|word| all || clauses.contains(&word.clause)).collect()
    };
    texts.iter().zip(&clauses).map(words).collect()
}

/// The negations among words, without `nicht nur`, `no later than`, `No. 5`.
fn negations(words: &[&Word]) -> usize {
    let (mut count, mut answers) = (0, 0);
    for (i, word) in words.iter().enumerate().filter(|(_, word)| word.classes.has(Classes::NEGATION)) {
        let next = words.get(i + 1).map_or("", |next| next.lower.as_str());
        let restricting = matches!(
            next,
            "nur" | "only" | "zuletzt" | "least" | "merely" | "mehr" | "weniger" | "later" | "more" | "less" | "just"
        );
        let numbered = word.lower == "no" && word.capital && !word.initial;
        if restricting || numbered {
            continue;
        }
        let apart = words.get(i + 1).is_some_and(|next| next.clause != word.clause);
        if i == 0 && apart && matches!(word.lower.as_str(), "nein" | "no") { answers += 1 } else { count += 1 }
    }
    // "Nein, sie darf nicht" denies once: the first word answers the question. Where nothing else denies, it does.
    if count > 0 { count } else { answers }
}

fn negation(claim: &[Word], near: &[Vec<&Word>], against: &mut Vec<(ClaimVerdict, Reason)>) {
    let own = negations(&claim.iter().collect::<Vec<_>>());
    // One text that is negated as the claim is suffices; texts that were not touched say nothing.
    let agrees = near.iter().filter(|words| !words.is_empty()).any(|words| negations(words) % 2 == own % 2);
    if !agrees {
        against.push((ClaimVerdict::Unsupported, Reason::Negation { claim: own % 2 == 1 }));
    }
}

/// `unwesentlich` and `wesentlich`, `unqualified` and `qualified`.
fn prefixes(claim: &[Word], near: &[Vec<&Word>], context: &[&Word], against: &mut Vec<(ClaimVerdict, Reason)>) {
    const PREFIXES: [&str; 8] = ["un", "nicht", "non", "in", "im", "ir", "dis", "miss"];
    let negates = |long: &str, short: &str| {
        short.len() >= 4 && PREFIXES.iter().any(|prefix| long.strip_prefix(prefix).is_some_and(|rest| rest == short))
    };
    let evidence = || near.iter().flatten().chain(context);
    for word in claim.iter().filter(|word| !word.stem.is_empty() && !word.figure) {
        if evidence().any(|other| other.lower == word.lower || other.stem == word.stem) {
            continue;
        }
        let contrary = evidence().find(|other| {
            negates(&other.stem, &word.stem)
                || negates(&word.stem, &other.stem)
                || negates(&other.lower, &word.lower)
                || negates(&word.lower, &other.lower)
        });
        if let Some(other) = contrary {
            let (claim, evidence) = (word.lower.clone(), other.lower.clone());
            against.push((ClaimVerdict::Unsupported, Reason::Opposite { claim, evidence }));
        }
    }
}

fn opposites(
    claim: &[Word],
    near: &[Vec<&Word>],
    context: &[&Word],
    (repeats, crosses): (bool, bool),
    moved: bool,
    against: &mut Vec<(ClaimVerdict, Reason)>,
) {
    let all = |words: &mut dyn Iterator<Item = &Word>| words.fold(Classes::default(), |classes, word| classes.and(word.classes));
    let own = all(&mut claim.iter());
    let mut theirs = all(&mut near.iter().flatten().copied());
    if crosses {
        // What one language says with a word may be part of a compound in the other.
        let parts = near.iter().flatten().flat_map(|word| &word.parts);
        theirs = parts.fold(theirs, |classes, part| classes.and(lexicon::classes(part)));
        lessened(claim, near, theirs, against);
    }
    let around = all(&mut context.iter().copied());
    for pair in lexicon::opposites() {
        let (left, right) = (own.has(pair.left), own.has(pair.right));
        if (repeats || crosses) && (left || right) {
            // Both sides may stand in a sentence, and one of them be turned round.
            let count =
                |words: &mut dyn Iterator<Item = &Word>, side: Classes| words.filter(|word| word.classes.has(side)).count();
            let ours = [pair.left, pair.right].map(|side| count(&mut claim.iter(), side));
            let theirs = [pair.left, pair.right].map(|side| count(&mut near.iter().flatten().copied(), side));
            let sides = |words: &mut dyn Iterator<Item = &Word>| -> Vec<bool> {
                words
                    .filter(|w| w.classes.has(pair.left) != w.classes.has(pair.right))
                    .map(|w| w.classes.has(pair.left))
                    .collect()
            };
            let (own, other) = (sides(&mut claim.iter()), sides(&mut near.iter().flatten().copied()));
            // Another language has another order.
            let swapped = !crosses && ours == theirs && own.len() > 1 && own != other;
            if swapped || ours[0] > theirs[0] && ours[1] < theirs[1] || ours[1] > theirs[1] && ours[0] < theirs[0] {
                let (claim, evidence) = (pair.name.to_owned(), pair.name.to_owned());
                against.push((ClaimVerdict::Unsupported, Reason::Opposite { claim, evidence }));
                continue;
            }
        }
        if left == right || pair.name == "direction" && moved {
            continue;
        }
        let (same, contrary) = if left { (pair.left, pair.right) } else { (pair.right, pair.left) };
        let word = |mut words: &mut dyn Iterator<Item = &Word>, side: Classes| {
            Iterator::find(&mut words, |word| word.classes.has(side)).map(|word| word.lower.clone()).unwrap_or_default()
        };
        if theirs.has(contrary) && !theirs.has(same) {
            let claim = word(&mut claim.iter(), same);
            let evidence = word(&mut near.iter().flatten().copied(), contrary);
            against.push((ClaimVerdict::Unsupported, Reason::Opposite { claim, evidence }));
        } else if !theirs.has(same) && around.has(contrary) && !around.has(same) && pair.synonyms {
            let claim = word(&mut claim.iter(), same);
            let evidence = word(&mut context.iter().copied(), contrary);
            against.push((ClaimVerdict::Unsupported, Reason::Opposite { claim, evidence }));
        }
    }
}

/// `weniger extrem` is not `extremer`: what the claim lessens the evidence must lessen too.
fn lessened(claim: &[Word], near: &[Vec<&Word>], theirs: Classes, against: &mut Vec<(ClaimVerdict, Reason)>) {
    let lessens = |words: &[&Word]| {
        let mut before = "";
        words.iter().find_map(|word| {
            let least =
                matches!(word.lower.as_str(), "less" | "least" | "fewer" | "fewest" | "weniger" | "wenigste" | "wenigsten");
            let found = (least && !matches!(before, "at" | "am")).then(|| word.lower.clone());
            before = &word.lower;
            found
        })
    };
    let own = lessens(&claim.iter().collect::<Vec<_>>());
    let (_, down) = lexicon::direction();
    if let Some(word) = own.filter(|_| !theirs.has(down) && !near.iter().any(|words| lessens(words).is_some())) {
        against.push((ClaimVerdict::Unsupported, Reason::Opposite { claim: word, evidence: String::new() }));
    }
}

/// Whether a difference or change was computed: then its direction was proven with it.
fn computed(figures: &[(FigureReport, Option<usize>)]) -> bool {
    figures.iter().any(|(report, _)| {
        let operation = report.expression.as_ref().map(|expression| expression.operation);
        report.standing == Standing::Computed && matches!(operation, Some(Operation::Difference | Operation::Change))
    })
}

/// `ohne Einwände` denies the objections and not the sentence.
fn lacking(claim: &[Word], near: &[Vec<&Word>], against: &mut Vec<(ClaimVerdict, Reason)>) {
    fn lacked<'w>(words: &[&'w Word]) -> Vec<&'w Word> {
        let after = |i: usize| words[i + 1..].iter().take(4).find(|word| word.is_content()).copied();
        (0..words.len()).filter(|i| words[*i].classes.has(Classes::LACKING)).filter_map(after).collect()
    }
    let own: Vec<&Word> = claim.iter().collect();
    let theirs: Vec<&Word> = near.iter().flat_map(|words| lacked(words)).collect();
    let ours = lacked(&own);
    let has = |words: &[&Word], word: &Word| words.iter().any(|other| other.stem == word.stem);
    let all: Vec<&Word> = near.iter().flatten().copied().collect();
    if ours.iter().any(|word| !has(&theirs, word) && has(&all, word)) {
        against.push((ClaimVerdict::Unsupported, Reason::Negation { claim: true }));
    } else if theirs.iter().any(|word| !has(&ours, word) && has(&own, word)) {
        against.push((ClaimVerdict::Unsupported, Reason::Negation { claim: false }));
    }
}

/// A plan is no fact, a possibility no certainty, a duty not done.
fn modality(claim: &[Word], question: &[Word], near: &[Vec<&Word>], crosses: bool, against: &mut Vec<(ClaimVerdict, Reason)>) {
    for class in [Classes::PLANNED.and(Classes::POSSIBLE), Classes::MUST] {
        let has = |words: &[&Word]| words.iter().any(|word| word.classes.has(class) && !word.figure);
        let own = claim.iter().find(|word| word.classes.has(class) && !word.figure);
        let touched = || near.iter().filter(|words| !words.is_empty());
        let can = |word: &Word| crosses && class.has(Classes::POSSIBLE) && matches!(word.lower.as_str(), "can" | "able");
        let has = |words: &[&Word]| has(words) || words.iter().any(|word| can(word));
        match own {
            None if claim.iter().any(can) => {}
            // A word of the question asks and does not say.
            Some(word) if !touched().any(|words| has(words)) && !question.iter().any(|asked| asked.lower == word.lower) => {
                against.push((ClaimVerdict::Partly, Reason::Modality { word: word.lower.clone(), claim: true }));
            }
            None if touched().all(|words| has(words)) && touched().next().is_some() => {
                let word = near.iter().flatten().find(|word| word.classes.has(class)).map(|word| word.lower.clone());
                against.push((ClaimVerdict::Partly, Reason::Modality { word: word.unwrap_or_default(), claim: false }));
            }
            _ => {}
        }
    }
}

/// All is not some, and only some is not all.
fn quantity(
    crosses: bool,
    claim: &[Word],
    question: &[Word],
    coverage: &Coverage,
    texts: &[Text],
    near: &[Vec<&Word>],
    against: &mut Vec<(ClaimVerdict, Reason)>,
) {
    for class in [Classes::PARTIAL, Classes::MOST, Classes::ONLY, Classes::EVERY] {
        let own = claim.iter().find(|word| word.classes.has(class) && !word.figure);
        let theirs = near.iter().flatten().any(|word| word.classes.has(class) && !word.figure);
        let alike = |word: &Word| crosses && says_across(word, class);
        let answered = own.is_some() && near.iter().flatten().any(|word| alike(word)) || own.is_none() && claim.iter().any(alike);
        match own {
            _ if answered => {}
            Some(word) if !theirs && !question.iter().any(|asked| asked.lower == word.lower) => {
                against.push((ClaimVerdict::Partly, Reason::Quantity { word: word.lower.clone(), claim: true }));
            }
            // What holds for all holds for the one that is spoken of.
            None if theirs && class != Classes::EVERY => {
                let restricted = texts.iter().enumerate().find_map(|(i, text)| restricts(class, i, text, coverage));
                if let Some(word) = restricted {
                    against.push((ClaimVerdict::Partly, Reason::Quantity { word, claim: false }));
                }
            }
            _ => {}
        }
    }
}

/// Whether a word says in one language what the other says with one of the class: `beide` and `two`, `most widely` and `am weitesten`.
fn says_across(word: &Word, class: Classes) -> bool {
    let lower = word.lower.as_str();
    let is = |words: &[&str]| words.contains(&lower);
    if class == Classes::EVERY {
        is(&["two", "zwei", "any"])
    } else if class == Classes::PARTIAL {
        is(&["multiple", "various", "verschiedene", "verschiedenen"]) || lower.starts_with("manch")
    } else if class == Classes::MOST {
        let superlative = ["ste", "sten", "ster", "stes", "stem"].iter().any(|ending| lower.ends_with(ending));
        superlative && lower.len() > 6 && !lower.starts_with("erste") || is(&["großteil", "bulk"])
    } else {
        false
    }
}

/// The word of a class that stands right before or behind a word of the claim.
fn restricts(class: Classes, text: usize, of: &Text, coverage: &Coverage) -> Option<String> {
    let of_claim = |at: usize| {
        coverage.places.iter().flatten().any(|(place, _)| matches!(place, Place::Sentence(t, word) if *t == text && *word == at))
            || of.words[at].figure
    };
    of.words.iter().enumerate().find_map(|(at, word)| {
        let restricting = word.classes.has(class) && !word.figure;
        let content = |at: &usize| of.words[*at].is_content() || of.words[*at].figure;
        let next = (at + 1..of.words.len().min(at + 4)).find(content);
        let before = (at.saturating_sub(3)..at).rev().find(content);
        (restricting && (next.is_some_and(of_claim) || next.is_none() && before.is_some_and(of_claim)))
            .then(|| word.lower.clone())
    })
}

/// Before a day is not on it.
fn times(claim: &[Word], near: &[Vec<&Word>], against: &mut Vec<(ClaimVerdict, Reason)>) {
    let own: Vec<_> = claim.windows(2).filter_map(|pair| when(&pair[0], &pair[1])).collect();
    let theirs: Vec<_> = near.iter().flat_map(|words| words.windows(2).filter_map(|pair| when(pair[0], pair[1]))).collect();
    if !claim.iter().any(|word| word.period) {
        return;
    }
    for (time, word) in &own {
        if !theirs.iter().any(|(other, _)| other == time) {
            against.push((ClaimVerdict::Partly, Reason::Time { word: (*word).to_owned(), claim: true }));
        }
    }
    if own.is_empty()
        && let Some((_, word)) = theirs.first()
    {
        against.push((ClaimVerdict::Partly, Reason::Time { word: (*word).to_owned(), claim: false }));
    }
}

/// What a preposition right before a figure says: 0 before, 1 after, 2 since, 3 until.
fn when<'w>(word: &'w Word, next: &Word) -> Option<(u8, &'w str)> {
    if !next.period || word.figure {
        return None;
    }
    let time = match word.lower.as_str() {
        "before" | "vor" => 0,
        "after" | "nach" => 1,
        "since" | "seit" | "ab" => 2,
        "until" | "till" | "bis" => 3,
        _ => return None,
    };
    Some((time, word.lower.as_str()))
}
