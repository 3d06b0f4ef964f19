//! The checks of an answer of 600 words over 12 passages of some 1,500 characters, as an audit has them: quotes, figures, words.
//! Beside them what one could do instead: a search for the quote without folding it right, and an edit distance to each sentence.
//!
//! Prose and claims are worded apart, so that the checks have something to compare; what is timed stands in the group's names.

use std::hint::black_box;

use beleg::{
    answer::{
        Checked, Checker, DraftCitation, DraftClaim, Evidence, ShownPassage, TextVectors,
        claim::{ClaimChecker, ClaimInput, ClaimOptions, ClaimVerdict},
        number::check_figures,
        quote::{Passage, PassagePart, QuoteIndex, QuoteMatch},
    },
    types::{Language, Segment, Span},
};
use criterion::{Criterion, criterion_group, criterion_main};

const PASSAGES: usize = 12;
const CHARACTERS: usize = 1_500;
const CLAIMS: usize = 30;
const QUESTION: &str = "Wie haben sich die wesentlichen Posten des Jahresabschlusses zum 31. Dezember 2025 entwickelt?";

/// Dimensions of the default embedding model.
const DIMENSIONS: usize = 384;

const POSTS: [&str; PASSAGES] = [
    "Pensionsrückstellungen",
    "Steuerrückstellungen",
    "Gewährleistungsrückstellungen",
    "Forderungen aus Lieferungen und Leistungen",
    "Verbindlichkeiten gegenüber Kreditinstituten",
    "Vorräte",
    "Sachanlagen",
    "Finanzanlagen",
    "Umsatzerlöse",
    "Personalaufwendungen",
    "Materialaufwendungen",
    "sonstigen betrieblichen Erträge",
];

/// What a report says of a post, with the line breaks of a PDF, and what a model makes of it: `{post}`, and figures that differ from
/// passage to passage.
const SENTENCES: [(&str, &str); 5] = [
    (
        "Die {post} der Gesellschaft betragen zum\n31. Dezember 2025 insgesamt {a}.{b} TEUR (Vorjahr: {c}.{b} TEUR) und liegen damit um {d},0 Mio. EUR über dem Stand des vorange-\ngangenen Geschäftsjahres.",
        "Die {post} betragen zum 31. Dezember 2025 insgesamt {a}.{b} TEUR und liegen damit um {d},0 Mio. EUR über dem Stand des vorangegangenen Geschäftsjahres.",
    ),
    (
        "Auf die im Berichtsjahr 2025 erstmals einbezogene Tochter-\ngesellschaft in Österreich entfallen von den {post} {e},{f} Mio. EUR, das sind {g} Prozent des gesamten Bestands\nam Abschlussstichtag.",
        "Von den {post} entfallen {e},{f} Mio. EUR auf die im Berichtsjahr 2025 erstmals einbezogene Tochtergesellschaft in Österreich, das sind {g} Prozent des gesamten Bestands.",
    ),
    (
        "Nach den Feststellungen des Abschlussprüfers wurden die {post} gemäß § 253 Abs. 1 HGB bewertet; aus der Prüfung von {g} Stich-\nproben ergaben sich keine Einwendungen, die zu einer Änderung des Jahresabschlusses geführt hätten.",
        "Die {post} wurden gemäß § 253 Abs. 1 HGB bewertet; aus der Prüfung von {g} Stichproben ergaben sich keine Einwendungen.",
    ),
    (
        "Der Vorstand hat am 17. März 2026 beschlossen, die {post} bis zum\nEnde des dritten Quartals 2026 um höchstens {g} Prozent zu verändern, sofern der Aufsichtsrat zustimmt.",
        "Am 17. März 2026 hat der Vorstand beschlossen, die {post} bis zum Ende des dritten Quartals 2026 um höchstens {g} Prozent zu verändern.",
    ),
    (
        "Die Ermittlung folgt der Konzernrichtlinie in der Fassung vom 1. Januar 2024. Abweichungen gegenüber der Planung wurden der\nGeschäftsleitung monatlich berichtet und mit den Fachbereichen abgestimmt. Wesentliche Ereignisse nach dem Stichtag haben sich nicht ergeben. ",
        "",
    ),
];

fn filled(template: &str, p: usize, i: usize) -> String {
    let figures = [
        ("{a}", 40 + p),
        ("{b}", 120 + 61 * i + 7 * p),
        ("{c}", 38 + p - p % 3),
        ("{d}", 2 + p % 3),
        ("{e}", 3 + i),
        ("{f}", (p + i) % 10),
        ("{g}", 11 + 5 * i + p),
    ];
    let post = template.replace("{post}", POSTS[p]);
    figures.iter().fold(post, |text, (name, figure)| text.replace(name, &figure.to_string()))
}

/// The passages' texts, what a model says of them, and the number of its words.
fn answer() -> (Vec<String>, Vec<DraftClaim>) {
    let mut claims = Vec::new();
    let texts = (0..PASSAGES)
        .map(|p| {
            let mut text = String::new();
            let mut i = 0;
            while text.chars().count() < CHARACTERS - 150 {
                let (said, claimed) = SENTENCES[i % SENTENCES.len()];
                let said = filled(said, p, i / SENTENCES.len());
                // What a model gives: one line, words whole.
                let quote = said.replace("-\n", "").replace('\n', " ");
                let cited = DraftCitation { passage: p as i64 + 1, quote };
                if i < SENTENCES.len() && !claimed.is_empty() {
                    claims.push((i, DraftClaim { citations: vec![cited], text: filled(claimed, p, 0) }));
                }
                text.push_str(&said);
                text.push(' ');
                i += 1;
            }
            text
        })
        .collect();
    // All kinds of sentences from all passages.
    claims.sort_by_key(|(kind, _)| *kind);
    let step = claims.len() as f64 / CLAIMS as f64;
    let mut claims: Vec<DraftClaim> = (0..CLAIMS).map(|i| claims[(i as f64 * step) as usize].1.clone()).collect();
    for (i, claim) in claims.iter_mut().enumerate() {
        let citation = &mut claim.citations[0];
        match i % 10 {
            // Forged, of another passage, and in two parts.
            4 => {
                citation.quote = citation
                    .quote
                    .replace("Gesellschaft", "Genossenschaft")
                    .replace("Vorstand", "Beirat")
                    .replace("Berichtsjahr", "Vorjahr")
            }
            6 => citation.passage = citation.passage % PASSAGES as i64 + 1,
            8 => {
                let second = citation.quote.split_once(' ').map(|(_, rest)| rest.to_owned()).unwrap_or_default();
                let passage = citation.passage;
                claim.citations.push(DraftCitation { passage, quote: second });
            }
            _ => {}
        }
    }
    (texts, claims)
}

fn shown(texts: &[String]) -> Vec<ShownPassage<'_>> {
    texts
        .iter()
        .enumerate()
        .map(|(i, text)| ShownPassage {
            passage: Passage {
                document: i,
                parts: vec![PassagePart { segment: Segment { page: 1, span: Span::new(0, text.len()) }, page_text: text }],
            },
            context: format!("Konzernlagebericht › Vermögenslage › {}", POSTS[i]),
            header: None,
            document: format!("Prüfungsbericht 2025 {i}.pdf"),
            date: Some(jiff::civil::date(2026, 3, 20)),
            language: Language::De,
        })
        .collect()
}

/// What all of it comes to.
fn check(checker: &mut Checker, claims: &[DraftClaim], vectors: &TextVectors) -> Vec<Checked> {
    let check = |claim: &DraftClaim| {
        black_box(checker.compares(claim));
        checker.check(claim, vectors)
    };
    claims.iter().map(check).collect()
}

fn bench(c: &mut Criterion) {
    let (texts, claims) = answer();
    let words: usize = claims.iter().map(|claim| claim.text.split_whitespace().count()).sum();
    let characters: usize = texts.iter().map(|text| text.chars().count()).sum();
    println!("{CLAIMS} claims of {words} words over {PASSAGES} passages of {} characters", characters / PASSAGES);
    assert!((580..700).contains(&words) && (1_350..1_650).contains(&(characters / PASSAGES)), "{words} words, {characters}");
    let passages: Vec<Passage> = shown(&texts).into_iter().map(|shown| shown.passage).collect();
    let none = TextVectors::new();

    let mut group = c.benchmark_group("answer");
    group.sample_size(30);
    group.bench_function("whole: quotes, figures, words", |b| {
        b.iter(|| {
            let mut checker = Checker::new(shown(&texts), [], QUESTION, Language::De);
            let checked = check(&mut checker, black_box(&claims), &none);
            let supported = checked.iter().filter(|checked| checked.verdict() == ClaimVerdict::Supported).count();
            assert!(supported >= CLAIMS * 2 / 3, "{supported}");
        })
    });
    group.bench_function("quotes: 12 passages folded, each quote found", |b| {
        b.iter(|| {
            let index = QuoteIndex::new(black_box(&passages));
            let citations = claims.iter().flat_map(|claim| &claim.citations);
            let found = citations
                .filter(|citation| matches!(index.find(citation.passage as usize - 1, &citation.quote), QuoteMatch::Verified(_)));
            let found = found.count();
            assert!((CLAIMS * 2 / 3..CLAIMS + 3).contains(&found), "{found}");
        })
    });
    let index = QuoteIndex::new(&passages);
    let cited: Vec<(&DraftClaim, String, String)> = claims
        .iter()
        .filter_map(|claim| match index.find(claim.citations[0].passage as usize - 1, &claim.citations[0].quote) {
            QuoteMatch::Verified(found) | QuoteMatch::Misattributed(found) => {
                Some((claim, index.text(&found)?, index.sentences(&found)?))
            }
            QuoteMatch::NotFound { .. } => None,
        })
        .collect();
    let evidence: Vec<(&DraftClaim, Evidence)> = cited
        .iter()
        .map(|(claim, quote, sentence)| {
            let context = "Konzernlagebericht › Vermögenslage";
            (
                *claim,
                Evidence {
                    quote,
                    sentence,
                    context,
                    document: "Prüfungsbericht 2025.pdf",
                    language: Language::De,
                    ..Evidence::default()
                },
            )
        })
        .collect();
    group.bench_function("figures", |b| {
        b.iter(|| {
            for (claim, evidence) in &evidence {
                let reports = check_figures(black_box(&claim.text), Language::De, QUESTION, std::slice::from_ref(evidence));
                assert!(reports.iter().all(|report| report.standing.holds()));
            }
        })
    });
    let mut checker = ClaimChecker::new();
    group.bench_function("figures and words", |b| {
        b.iter(|| {
            for (claim, evidence) in &evidence {
                let input = ClaimInput {
                    claim: black_box(&claim.text),
                    language: Language::De,
                    question: QUESTION,
                    evidence: std::slice::from_ref(evidence),
                    similarity: None,
                };
                black_box(checker.check(&input, &ClaimOptions::default()));
            }
        })
    });
    // Vectors of the quotes that stand nowhere and of the sentences of their passages: looked up, not computed.
    let vector = |seed: usize| -> Vec<f32> {
        let vector: Vec<f32> = (0..DIMENSIONS).map(|i| ((seed * 31 + i * 17) % 97) as f32 - 48.0).collect();
        let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
        vector.into_iter().map(|x| x / length).collect()
    };
    let mut checker = Checker::new(shown(&texts), [], QUESTION, Language::De);
    let failing: Vec<DraftClaim> = claims.iter().filter(|claim| !checker.compares(claim).is_empty()).cloned().collect();
    let asked: Vec<String> = failing.iter().flat_map(|claim| checker.compares(claim)).collect();
    let vectors: TextVectors = asked.into_iter().enumerate().map(|(i, text)| (text, vector(i))).collect();
    println!("{} claims ask for {} vectors", failing.len(), vectors.len());
    group.bench_function("what fails, by vectors that are at hand", |b| {
        let mut checker = Checker::new(shown(&texts), [], QUESTION, Language::De);
        b.iter(|| check(&mut checker, black_box(&failing), &vectors))
    });
    group.finish();

    // Instead: the quotes alone.
    let folded = |text: &str| {
        let lower = text.replace("-\n", "").to_lowercase();
        lower.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let mut group = c.benchmark_group("instead");
    group.sample_size(30);
    group.bench_function("quotes by str::contains, white space and case folded", |b| {
        b.iter(|| {
            let hay: Vec<String> = black_box(&texts).iter().map(|text| folded(text)).collect();
            let citations = claims.iter().flat_map(|claim| &claim.citations);
            citations.filter(|citation| hay[citation.passage as usize - 1].contains(&folded(&citation.quote))).count()
        })
    });
    group.bench_function("quotes by edit distance to each sentence of the passage (strsim)", |b| {
        b.iter(|| {
            let likeness = |citation: &DraftCitation| {
                let sentences = index.sentences_of(citation.passage as usize - 1);
                sentences.map(|sentence| strsim::normalized_levenshtein(sentence, &citation.quote)).fold(0.0, f64::max)
            };
            let citations = black_box(&claims).iter().flat_map(|claim| &claim.citations);
            citations.filter(|citation| likeness(citation) >= 0.9).count()
        })
    });
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
