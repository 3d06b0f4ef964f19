//! Who does it, and to whom: `A verlangt es von B` is not `B verlangt es von A`.

use super::{ClaimVerdict, Compared, Reason, words::Word};
use crate::types::Language;

/// Words that say of the noun behind them which part it has. German articles but `dem` say it of several.
const PARTS: [&[&str]; 3] = [&["von", "vom", "durch", "seitens", "by", "from"], &["dem"], &["to"]];
/// Words behind them that may be the noun.
const REACH: usize = 4;

/// Finds a noun that has a part in the claim alone while another one has it in the evidence alone, though both sentences have both.
/// Sentences of which one is passive and the other is not say the same with other parts.
pub(super) fn exchanged(compared: &Compared, against: &mut Vec<(ClaimVerdict, Reason)>) {
    let Compared { claim, texts, finder, input, .. } = *compared;
    let has = |words: &[&Word], word: &Word| words.iter().any(|other| other.is_same(word));
    let is_turned = |part: &[&str]| {
        let ours = nouns_behind(part, claim, input.language);
        let turned = |words: &[Word]| {
            let theirs = nouns_behind(part, words, input.language);
            let new = ours.iter().any(|word| !has(&theirs, word) && words.iter().any(|other| other.is_same(word)));
            new && theirs.iter().any(|word| !has(&ours, word) && claim.iter().any(|own| own.is_same(word)))
        };
        let alike = texts.iter().filter(|text| !finder.crosses(text) && is_passive(claim) == is_passive(&text.words));
        !ours.is_empty() && alike.into_iter().any(|text| turned(&text.words))
    };
    if PARTS.iter().any(|part| is_turned(part)) {
        against.push((ClaimVerdict::Unsupported, Reason::Order));
    }
}

/// The nouns behind some words.
fn nouns_behind<'w>(part: &[&str], words: &'w [Word], language: Language) -> Vec<&'w Word> {
    let is_noun = |word: &&Word| word.is_content() && (word.capital || language == Language::En);
    let behind = |at: usize| {
        let clause = words[at].clause;
        words[at + 1..].iter().take(REACH).take_while(|word| word.clause == clause).find(is_noun)
    };
    (0..words.len()).filter(|at| part.contains(&words[*at].lower.as_str())).filter_map(behind).collect()
}

fn is_passive(words: &[Word]) -> bool {
    const FORMS: [&str; 11] = ["wird", "werden", "wurde", "wurden", "worden", "is", "are", "was", "were", "been", "be"];
    words.iter().any(|word| FORMS.contains(&word.lower.as_str()))
}
