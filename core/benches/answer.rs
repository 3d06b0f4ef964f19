//! The checks of an answer of 600 words over 12 passages of 2,000 characters: quotes, figures, claims.

use std::hint::black_box;

use beleg::{
    answer::{
        Evidence,
        claim::{ClaimChecker, ClaimInput, ClaimOptions, ClaimVerdict},
        number::check_figures,
        quote::{Passage, PassagePart, QuoteIndex, QuoteMatch},
    },
    types::{Language, Segment, Span},
};
use criterion::{Criterion, criterion_group, criterion_main};

const PASSAGES: usize = 12;
/// 36 sentences of 17 words.
const CLAIMS: usize = 36;

/// A sentence of passage `p`, with line breaks as a PDF has them.
fn sentence(p: usize, i: usize) -> String {
    let figure = 1000 + 37 * p + 11 * i;
    format!(
        "Zum 31. Dezember 2025 betragen die Rück-\nstellungen der Gesellschaft {p} für Posten {i} insgesamt {figure}\nTEUR und liegen damit um {} Prozent über dem Vorjahr. ",
        i + 2
    )
}

fn answer(c: &mut Criterion) {
    let texts: Vec<String> = (0..PASSAGES)
        .map(|p| {
            let mut text = String::new();
            let mut i = 0;
            while text.chars().count() < 2000 {
                text.push_str(&sentence(p, i));
                i += 1;
            }
            text
        })
        .collect();
    let passages: Vec<Passage> = texts
        .iter()
        .enumerate()
        .map(|(i, text)| {
            let segment = Segment { page: 1, span: Span::new(0, text.len()) };
            Passage { document: i, parts: vec![PassagePart { segment, page_text: text }] }
        })
        .collect();
    // What a model gives: one line, words whole; every sixth quote is of another passage, every ninth is forged.
    let quotes: Vec<(usize, String)> = (0..CLAIMS)
        .map(|i| {
            let quote = sentence(i % PASSAGES, i / PASSAGES).replace("-\n", "").replace('\n', " ");
            let quote = if i % 9 == 8 { quote.replace("TEUR", "Euro") } else { quote };
            ((i + usize::from(i % 6 == 5)) % PASSAGES, quote)
        })
        .collect();
    let words: usize = quotes.iter().map(|(_, quote)| quote.split_whitespace().count()).sum();
    assert!(words >= 600, "{words} words");

    let mut group = c.benchmark_group("answer");
    group.sample_size(30);
    group.bench_function("fold 12 passages, find 36 quotes", |b| {
        b.iter(|| {
            let index = QuoteIndex::new(black_box(&passages));
            let found =
                quotes.iter().filter(|(passage, quote)| matches!(index.find(*passage, quote), QuoteMatch::Verified(_))).count();
            assert!((20..CLAIMS).contains(&found), "{found}");
        })
    });
    let index = QuoteIndex::new(&passages);
    let cited: Vec<(String, String)> = quotes
        .iter()
        .filter_map(|(passage, quote)| match index.find(*passage, quote) {
            QuoteMatch::Verified(found) | QuoteMatch::Misattributed(found) => {
                Some((index.text(&found)?, index.sentences(&found)?))
            }
            QuoteMatch::NotFound { .. } => None,
        })
        .collect();
    let claims: Vec<(String, Evidence)> = cited
        .iter()
        .map(|(quote, sentence)| {
            let claim = quote.replace("-\n", "").replace('\n', " ");
            (claim, Evidence { quote, sentence, language: Language::De, ..Evidence::default() })
        })
        .collect();
    group.bench_function("check the figures of its claims", |b| {
        b.iter(|| {
            for (claim, evidence) in &claims {
                let reports = check_figures(black_box(claim), Language::De, "", std::slice::from_ref(evidence));
                assert!(reports.iter().all(|report| report.standing.holds()));
            }
        })
    });
    group.bench_function("fold, find and check the figures", |b| {
        b.iter(|| {
            let index = QuoteIndex::new(black_box(&passages));
            for (passage, quote) in &quotes {
                let (QuoteMatch::Verified(found) | QuoteMatch::Misattributed(found)) = index.find(*passage, quote) else {
                    continue;
                };
                let (Some(text), Some(sentence)) = (index.text(&found), index.sentences(&found)) else { continue };
                let evidence = Evidence { quote: &text, sentence: &sentence, language: Language::De, ..Evidence::default() };
                black_box(check_figures(quote, Language::De, "", &[evidence]));
            }
        })
    });
    let mut checker = ClaimChecker::new();
    group.bench_function("check its claims whole", |b| {
        b.iter(|| {
            let supported = claims.iter().filter(|(claim, evidence)| {
                let input = ClaimInput {
                    claim: black_box(claim),
                    language: Language::De,
                    question: "Wie hoch sind die Rückstellungen?",
                    evidence: std::slice::from_ref(evidence),
                    similarity: None,
                };
                checker.check(&input, &ClaimOptions::default()).verdict == ClaimVerdict::Supported
            });
            assert_eq!(supported.count(), claims.len());
        })
    });
    group.finish();
}

criterion_group!(benches, answer);
criterion_main!(benches);
