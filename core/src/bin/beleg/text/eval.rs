//! The figures of an evaluation.

use std::fmt::Write;

use beleg::corpus::EvalReport;

use super::{Lang, number};
use crate::output::{YELLOW, styled};

/// Missing documents that are named.
const NAMED: usize = 5;

pub(crate) fn progress(lang: Lang, done: usize, all: usize) -> String {
    format!("{}/{} {}", number(lang, done as u64), number(lang, all as u64), lang.pick("questions", "Fragen"))
}

pub(crate) fn report(lang: Lang, report: &EvalReport) -> String {
    let with = lang.count(
        report.questions as u64,
        ("question with an answer", "questions with an answer"),
        ("Frage mit Antwort", "Fragen mit Antwort"),
    );
    let mut text = format!("{with}, {} {}\n", number(lang, report.unanswerable as u64), lang.pick("without", "ohne"));
    for (name, value) in [
        ("recall@1", report.recall_at_1),
        ("recall@5", report.recall_at_5),
        ("recall@10", report.recall_at_10),
        ("MRR@10", report.mrr_at_10),
        ("nDCG@10", report.ndcg_at_10),
        (lang.pick("quote hit@10", "Zitat gefunden@10"), report.quote_hit_at_10),
        (lang.pick("false refusals", "falsch verneint"), report.false_refusal),
        (lang.pick("false answers", "falsch beantwortet"), report.false_answer),
    ] {
        let _ = writeln!(text, "{name:<19} {}", lang.decimal(value, 4));
    }
    let [p50, p95] = [report.latency_ms.p50, report.latency_ms.p95].map(|ms| lang.decimal(ms, 1));
    let _ = writeln!(text, "{:<19} p50 {p50} ms, p95 {p95} ms", lang.pick("latency", "Antwortzeit"));
    if report.missing > 0 {
        let missing = lang.count(
            report.missing as u64,
            ("question asks for a document that is not in the corpus", "questions ask for documents that are not in the corpus"),
            ("Frage nennt ein Dokument, das nicht im Korpus ist", "Fragen nennen Dokumente, die nicht im Korpus sind"),
        );
        let counted = lang.pick("they count as not found", "sie zählen als nicht gefunden");
        let _ = writeln!(text, "{}", styled(YELLOW, format!("{missing}; {counted}:")));
        for name in report.missing_documents.iter().take(NAMED) {
            let _ = writeln!(text, "  {name}");
        }
        if let Some(more) = report.missing_documents.len().checked_sub(NAMED).filter(|more| *more > 0) {
            let _ = writeln!(text, "  {} {}", lang.pick("and more:", "und weitere:"), number(lang, more as u64));
        }
    }
    text
}
