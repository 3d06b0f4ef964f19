use std::fmt::Write;

use beleg::{
    Error, ErrorKind, Result,
    corpus::{Answer, AskOptions, EvalOptions, Filter, Question, SearchOptions},
    types::{Coverage, Place},
};

use crate::{
    args::{Ask, Cli, Eval, FilterArgs, Search},
    engine,
    output::{BOLD, CYAN, DIM, GREEN, Output, YELLOW, styled},
};

/// Longest passage shown of a hit, in characters.
const SHOWN: usize = 300;

pub(crate) async fn search(cli: &Cli, args: &Search, output: &Output) -> Result<bool> {
    let options = SearchOptions { k: args.k, mode: args.mode, fusion: args.fusion, filter: filter(&args.filter)? };
    let result = engine::open(cli)?.open(&args.corpus).await?.search(&args.query, options).await?;
    output.result(&result, || {
        let mut text = String::new();
        for (i, hit) in result.hits.iter().enumerate() {
            let heading =
                if hit.heading.is_empty() { String::new() } else { styled(DIM, format!("  {}", hit.heading.join(" > "))) };
            let _ =
                writeln!(text, "{:>2}. {} {}{heading}", i + 1, styled(BOLD, &hit.document.name), styled(CYAN, place(&hit.place)));
            let folded = hit.text.split_whitespace().collect::<Vec<_>>().join(" ");
            let short: String = folded.chars().take(SHOWN).collect();
            let dots = if short.len() < folded.len() { " …" } else { "" };
            let _ = writeln!(text, "    {short}{dots}");
            let s = &hit.scores;
            let _ = writeln!(
                text,
                "    {}\n",
                styled(
                    DIM,
                    format!("score {:.3}  dense {:.3}  sentence {:.3}  text {:.1}", hit.score, s.dense, s.sentence, s.text)
                )
            );
        }
        let _ = writeln!(text, "{}", styled(DIM, covered(&result.coverage)));
        text
    });
    Ok(true)
}

pub(crate) async fn ask(cli: &Cli, args: &Ask, output: &Output) -> Result<bool> {
    let options = AskOptions { passages: args.passages, filter: filter(&args.filter)? };
    let answer = engine::open(cli)?.open(&args.corpus).await?.ask(&args.question, options).await?;
    output.result(&answer, || people(&answer));
    Ok(true)
}

fn people(answer: &Answer) -> String {
    let mut text = String::new();
    if let Some(reason) = &answer.reason {
        let _ = writeln!(text, "{}", styled(YELLOW, reason));
    }
    for (i, citation) in answer.citations.iter().enumerate() {
        for line in citation.quote.lines() {
            let _ = writeln!(text, "{} {}", styled(CYAN, "▌"), line.replace('\t', "  │  "));
        }
        let _ = writeln!(
            text,
            "  {} {} {} {}",
            styled(BOLD, format!("[{}]", i + 1)),
            styled(BOLD, &citation.document.name),
            styled(CYAN, place(&citation.place)),
            styled(GREEN, format!("✓ {}", citation.verdict)),
        );
        let mut where_ = format!("bytes {}..{} of page {}", citation.span.start, citation.span.end, citation.page);
        if !citation.heading.is_empty() {
            let _ = write!(where_, "  ·  {}", citation.heading.join(" > "));
        }
        let _ = writeln!(text, "  {}\n", styled(DIM, where_));
    }
    let _ = writeln!(text, "{}", styled(DIM, covered(&answer.coverage)));
    text
}

pub(crate) async fn eval(cli: &Cli, args: &Eval, output: &Output) -> Result<bool> {
    let rows =
        std::fs::read_to_string(&args.questions).map_err(|error| Error::io(error, "read the questions", &args.questions))?;
    let questions = Question::read_all(&rows)?;
    let corpus = engine::open(cli)?.open(&args.corpus).await?;
    let options = EvalOptions { mode: args.mode, k: args.k };
    let report = corpus
        .eval(&questions, options, |done| {
            if done > 0 && done % 100 == 0 {
                output.note(&format!("{done}/{} questions", questions.len()));
            }
        })
        .await?;
    output.result(&report, || {
        let mut text = format!("{} questions with an answer, {} without\n", report.questions, report.unanswerable);
        for (name, value) in [
            ("recall@1", report.recall_at_1),
            ("recall@5", report.recall_at_5),
            ("recall@10", report.recall_at_10),
            ("MRR@10", report.mrr_at_10),
            ("nDCG@10", report.ndcg_at_10),
            ("quote hit@10", report.quote_hit_at_10),
            ("false refusals", report.false_refusal),
            ("false answers", report.false_answer),
        ] {
            let _ = writeln!(text, "{name:<15} {value:.4}");
        }
        let _ = writeln!(text, "latency         p50 {:.1} ms, p95 {:.1} ms", report.latency_ms.p50, report.latency_ms.p95);
        text
    });
    Ok(true)
}

fn filter(args: &FilterArgs) -> Result<Filter> {
    let day = |text: &str| -> Result<Option<jiff::civil::Date>> {
        if text.is_empty() {
            return Ok(None);
        }
        text.parse().map(Some).map_err(|_| {
            Error::new(ErrorKind::InvalidInput, "search.date", "a date is not well-formed")
                .with("date", text)
                .with_hint("write it as 2025-12-31")
        })
    };
    let (from, to) = match args.date.as_deref().map(|range| range.split_once("..").unwrap_or((range, range))) {
        Some((from, to)) => (day(from)?, day(to)?),
        None => (None, None),
    };
    let FilterArgs { documents, types, languages, labels, .. } = args;
    Ok(Filter {
        documents: documents.clone(),
        types: types.clone(),
        languages: languages.clone(),
        labels: labels.clone(),
        from,
        to,
    })
}

/// Where a reader finds a passage.
pub(crate) fn place(place: &Place) -> String {
    match place {
        Place::Page { page, label: Some(label) } => format!("p. {page} ({label})"),
        Place::Page { page, label: None } => format!("p. {page}"),
        Place::Slide { slide } => format!("slide {slide}"),
        Place::Cell { sheet, cells } => format!("{sheet}!{cells}"),
        Place::Paragraph { paragraph } => format!("¶ {paragraph}"),
        Place::Row { row, column: Some(column) } => format!("row {row}, column {column}"),
        Place::Row { row, column: None } => format!("row {row}"),
        Place::Part { part } => part.clone(),
    }
}

fn covered(coverage: &Coverage) -> String {
    let Coverage { documents, pages, unread_pages, failed, unsupported, pending, .. } = coverage;
    let mut text = format!("searched {pages} pages of {documents} documents");
    for (count, what) in [
        (unread_pages, "pages could not be read"),
        (failed, "documents failed"),
        (unsupported, "documents unsupported"),
        (pending, "documents still to come"),
    ] {
        if *count > 0 {
            let _ = write!(text, "; {count} {what}");
        }
    }
    text
}
