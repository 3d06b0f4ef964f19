//! From labels of tokens to spans of names, as `aggregation_strategy="first"` of Hugging Face's pipeline: a word has the label of its first
//! token, and words of one entity in a row are one name, whose score is the mean of theirs.

use std::ops::Range;

use super::labels::{Labels, Place, Tag};
use crate::redact::{Kind, NamedSpan};

/// The likeliest label of a token and its probability.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Scored {
    pub(super) label: usize,
    pub(super) score: f32,
}

/// The likeliest label by a row of logits; `None` where a value is no number.
pub(super) fn likeliest(logits: &[f32]) -> Option<Scored> {
    let (label, most) = logits.iter().copied().enumerate().reduce(|a, b| if b.1 > a.1 { b } else { a })?;
    let sum: f64 = logits.iter().map(|value| f64::from(value - most).exp()).sum();
    (logits.iter().all(|value| value.is_finite()) && sum.is_finite()).then_some(Scored { label, score: (1.0 / sum) as f32 })
}

/// The words of a text: each its bytes and its first token. `ends` is where each token ends, white space before it included.
///
/// A token goes on a word where a letter or digit follows another without anything between, whatever kind of vocabulary it is of: so
/// `Müller` of `Mü|##ller` and `▁Mü|ller` is one word, and a full stop or a hyphen is one of its own.
pub(super) fn words(text: &str, ends: &[u32]) -> Vec<(Range<usize>, usize)> {
    let mut words: Vec<(Range<usize>, usize)> = Vec::new();
    let mut at = 0;
    for (token, end) in ends.iter().enumerate() {
        let end = *end as usize;
        let Some(own) = text.get(at..end) else { continue };
        let start = end - own.trim_start().len();
        at = end;
        if start == end {
            // Of tokens that share a character the first has it.
            continue;
        }
        let is_part = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        let before = text.get(..start).and_then(|before| before.chars().next_back());
        match words.last_mut() {
            Some((last, _)) if last.end == start && is_part(before) && is_part(text[start..end].chars().next()) => last.end = end,
            _ => words.push((start..end, token)),
        }
    }
    words
}

/// The names in a text, in its order: those of an entity that means something, from the threshold on.
pub(super) fn names(words: &[(Range<usize>, usize)], tokens: &[Scored], labels: &Labels, threshold: f32) -> Vec<NamedSpan> {
    let mut found = Vec::new();
    let mut open: Option<Entity> = None;
    for (span, first) in words {
        let Some(scored) = tokens.get(*first) else { continue };
        let Some(Tag::Entity { entity, place }) = labels.tags.get(scored.label).copied() else {
            found.extend(open.take().and_then(|open| open.named(labels, threshold)));
            continue;
        };
        let goes_on = matches!(place, Place::Inside | Place::Last);
        match &mut open {
            Some(open) if goes_on && open.entity == entity => {
                open.span.end = span.end;
                open.scores += scored.score;
                open.words += 1;
            }
            _ => {
                let new = Entity { span: span.clone(), entity, scores: scored.score, words: 1 };
                found.extend(open.replace(new).and_then(|open| open.named(labels, threshold)));
            }
        }
        if matches!(place, Place::Last | Place::Unit) {
            found.extend(open.take().and_then(|open| open.named(labels, threshold)));
        }
    }
    found.extend(open.take().and_then(|open| open.named(labels, threshold)));
    found
}

struct Entity {
    span: Range<usize>,
    entity: usize,
    scores: f32,
    words: u32,
}

impl Entity {
    fn named(self, labels: &Labels, threshold: f32) -> Option<NamedSpan> {
        let kind: Kind = labels.entities.get(self.entity)?.1.clone()?;
        (self.scores / self.words as f32 >= threshold).then_some(NamedSpan { span: self.span, kind })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    /// A text of tokens, `##` before those that go on a word: each with its label and its score.
    fn found(tokens: &[(&str, &str, f32)], threshold: f32) -> Vec<String> {
        let (mut text, mut ends, mut names) = (String::new(), Vec::new(), vec!["O"]);
        let mut scored = Vec::new();
        for (token, label, score) in tokens {
            match token.strip_prefix("##") {
                Some(rest) => text.push_str(rest),
                None => text.push_str(&[if text.is_empty() || token.len() == 1 { "" } else { " " }, token].concat()),
            }
            ends.push(text.len() as u32);
            if !names.contains(label) {
                names.push(label);
            }
            scored.push(Scored { label: names.iter().position(|name| name == label).unwrap(), score: *score });
        }
        let labels = Labels::of(&names, &BTreeMap::from([("LOC".to_owned(), Kind::Address)]));
        let found = super::names(&words(&text, &ends), &scored, &labels, threshold);
        found.into_iter().map(|named| format!("{} {}", named.kind, &text[named.span])).collect()
    }

    #[test]
    fn a_word_has_the_label_of_its_first_token() {
        // The example of Hugging Face's documentation of the strategies: "first" takes the first token's tag for the whole word.
        assert_eq!(found(&[("Mi", "B-PER", 0.9), ("##cro", "I-ORG", 0.9), ("##soft", "O", 0.9)], 0.5), ["PERSON Microsoft"]);
        assert!(found(&[("Mi", "O", 0.9), ("##cro", "B-PER", 0.9), ("##soft", "B-PER", 0.9)], 0.5).is_empty());
    }

    #[test]
    fn a_name_begins_at_b_or_where_the_entity_changes() {
        let tokens = [
            ("Anna", "B-PER", 0.9),
            ("Mü", "I-PER", 0.9),
            ("##ller", "O", 0.9),
            ("Bonn", "I-LOC", 0.9),
            ("Peter", "I-PER", 0.9),
            ("Paul", "B-PER", 0.9),
            ("und", "O", 0.9),
            ("Kim", "I-PER", 0.9),
        ];
        assert_eq!(found(&tokens, 0.5), ["PERSON Anna Müller", "ADDRESS Bonn", "PERSON Peter", "PERSON Paul", "PERSON Kim"]);
    }

    #[test]
    fn labels_without_prefix_and_those_of_bilou_are_read() {
        assert_eq!(found(&[("Anna", "PER", 0.9), ("Kim", "PER", 0.9), (".", "O", 0.9)], 0.5), ["PERSON Anna Kim"]);
        let tokens =
            [("Anna", "B-PER", 0.9), ("Kim", "L-PER", 0.9), ("Lee", "I-PER", 0.9), ("Ada", "U-PER", 0.9), ("Bo", "U-PER", 0.9)];
        assert_eq!(found(&tokens, 0.5), ["PERSON Anna Kim", "PERSON Lee", "PERSON Ada", "PERSON Bo"]);
    }

    #[test]
    fn the_mean_of_a_names_words_must_reach_the_threshold() {
        let tokens = [("Anna", "B-PER", 0.9), ("Kim", "I-PER", 0.5)];
        assert_eq!(found(&tokens, 0.69), ["PERSON Anna Kim"]);
        assert!(found(&tokens, 0.71).is_empty());
    }

    #[test]
    fn the_likeliest_label_has_the_probability_of_its_logit() {
        let scored = likeliest(&[0.0, 3.0_f32.ln(), 0.0]).unwrap();
        assert!(scored.label == 1 && (scored.score - 0.6).abs() < 1e-6);
        assert_eq!(likeliest(&[1e30, -1e30]).unwrap(), Scored { label: 0, score: 1.0 });
        assert_eq!(likeliest(&[1.0, f32::NAN]), None);
        assert_eq!(likeliest(&[f32::INFINITY, 0.0]), None);
        assert_eq!(likeliest(&[]), None);
    }

    proptest! {
        #[test]
        fn words_are_of_the_text_in_its_order_and_begin_and_end_with_no_white_space(text in "[\\PC \n]{0,60}", cuts in prop::collection::vec(0usize..80, 0..20)) {
            let mut ends: Vec<u32> = cuts.into_iter().filter(|cut| text.is_char_boundary(*cut)).map(|cut| cut as u32).collect();
            ends.push(text.len() as u32);
            ends.sort_unstable();
            let mut at = 0;
            for (span, first) in words(&text, &ends) {
                prop_assert!(span.start >= at && span.end > span.start && first < ends.len());
                prop_assert!(!text[span.clone()].starts_with(char::is_whitespace));
                at = span.end;
            }
        }
    }
}
