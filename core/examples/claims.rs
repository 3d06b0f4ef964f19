//! How often a false claim beside a genuine quote passes, and how often a true one is withheld.
//!
//! ```console
//! $ scripts/claims_sets.py claims.jsonl --xquad … --fever … --rte-de …
//! $ cargo run --release --no-default-features --features answer --example claims -- claims.jsonl core/tests/claims/audit.jsonl
//! ```
//!
//! `--half 0` is the half for tuning, 1 (the default) the one that is reported; rows without a half count in both. `--show KIND N` prints N claims of a kind
//! that were judged wrongly, with the reasons. `--questions FILE` says which questions would be refused as `needs_aggregation`.
#![allow(clippy::print_stdout, reason = "it is a program")]

use std::{collections::BTreeMap, time::Instant};

use beleg::{
    answer::{
        Evidence,
        aggregation::needs_aggregation,
        claim::{ClaimChecker, ClaimInput, ClaimOptions, ClaimVerdict},
    },
    types::Language,
};

#[derive(serde::Deserialize)]
#[serde(default)]
#[derive(Default)]
struct Row {
    set: String,
    kind: String,
    holds: bool,
    half: Option<u8>,
    claim: String,
    language: Language,
    evidence_language: Option<Language>,
    question: String,
    quote: String,
    sentence: String,
    context: String,
    header: Option<String>,
    document: String,
    date: Option<jiff::civil::Date>,
    /// By sentence vectors, of claim and evidence in different languages.
    similarity: Option<f32>,
}

#[derive(serde::Deserialize)]
struct Question {
    question: String,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (mut files, mut half, mut options) = (Vec::new(), 1, ClaimOptions::default());
    let mut questions = Vec::new();
    let mut show: Option<(String, usize)> = None;
    while let Some(argument) = arguments.next() {
        let mut next = || arguments.next().ok_or("a value is missing");
        match argument.as_str() {
            "--half" => half = next()?.parse()?,
            "--questions" => questions.push(next()?),
            "--missing" => options.missing = next()?.parse()?,
            "--asked" => options.asked = next()?.parse()?,
            "--missing-most" => options.missing_most = next()?.parse()?,
            "--density" => options.density = next()?.parse()?,
            "--similarity" => options.similarity = next()?.parse()?,
            "--missing-most-across" => options.missing_most_across = next()?.parse()?,
            "--missing-across" => options.missing_across = next()?.parse()?,
            "--show" => show = Some((next()?, next()?.parse()?)),
            _ => files.push(argument),
        }
    }
    for file in &questions {
        let rows: Vec<Question> =
            std::fs::read_to_string(file)?.lines().map(serde_json::from_str).collect::<Result<_, serde_json::Error>>()?;
        let refused: Vec<&Question> = rows.iter().filter(|row| needs_aggregation(&row.question, Some(5000)).is_some()).collect();
        println!(
            "{file}: {} of {} questions would be refused if all their passages were rows of a large table",
            refused.len(),
            rows.len()
        );
        refused.iter().for_each(|row| println!("  {}", row.question));
    }
    let mut checker = ClaimChecker::new();
    // By set and kind: claims, those supported, and whether they are true.
    let mut rates: BTreeMap<(String, String), (usize, usize, bool)> = BTreeMap::new();
    let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
    let started = Instant::now();
    let mut count = 0u32;
    for file in files {
        for line in std::fs::read_to_string(file)?.lines() {
            let row: Row = serde_json::from_str(line)?;
            if row.half.is_some_and(|of| of != half) {
                continue;
            }
            let evidence = [Evidence {
                quote: &row.quote,
                sentence: if row.sentence.is_empty() { &row.quote } else { &row.sentence },
                context: &row.context,
                header: row.header.as_deref(),
                document: &row.document,
                date: row.date,
                language: row.evidence_language.unwrap_or(row.language),
            }];
            let input = ClaimInput {
                claim: &row.claim,
                language: row.language,
                question: &row.question,
                evidence: &evidence,
                similarity: row.similarity,
            };
            let report = checker.check(&input, &options);
            count += 1;
            let supported = report.verdict == ClaimVerdict::Supported;
            let rate = rates.entry((row.set.clone(), row.kind.clone())).or_insert((0, 0, row.holds));
            rate.0 += 1;
            rate.1 += usize::from(supported);
            let shown = show.as_ref().is_some_and(|(kind, _)| row.kind == *kind || row.set == *kind || kind == "all");
            if shown && supported != row.holds {
                for reason in &report.reasons {
                    *reasons.entry(serde_json::to_value(reason)?["kind"].to_string()).or_default() += 1;
                }
                let left = show.as_mut().map(|(_, left)| left).filter(|left| **left > 0);
                if let Some(left) = left {
                    *left -= 1;
                    println!(
                        "{} {}\n  C {}\n  Q {}\n  E {}\n  {:?} {:.2}",
                        row.set, row.kind, row.claim, row.question, row.quote, report.reasons, report.coverage
                    );
                }
            }
        }
    }
    let mut sums: BTreeMap<(String, bool), (usize, usize)> = BTreeMap::new();
    for ((set, kind), (all, supported, holds)) in &rates {
        let wrong = if *holds { all - supported } else { *supported };
        println!(
            "{set:14} {kind:36} {} {wrong:4} of {all:4}  {:5.1} %",
            if *holds { "withheld" } else { "passed  " },
            percent(wrong, *all)
        );
        let sum = sums.entry((set.clone(), *holds)).or_default();
        *sum = (sum.0 + all, sum.1 + wrong);
    }
    println!();
    for ((set, holds), (all, wrong)) in &sums {
        let what = if *holds { "true, withheld" } else { "altered, passed" };
        println!("{set:14} {what:16} {wrong:4} of {all:4}  {:5.1} %", percent(*wrong, *all));
    }
    if show.is_some() {
        println!("{reasons:?}");
    }
    println!("{:.1} µs a claim", started.elapsed().as_secs_f64() * 1e6 / f64::from(count.max(1)));
    Ok(())
}

fn percent(part: usize, all: usize) -> f64 {
    100.0 * part as f64 / all.max(1) as f64
}
