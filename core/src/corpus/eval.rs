use std::time::Instant;

use super::{
    Corpus,
    search::{Mode, SearchOptions},
};
use crate::{Error, ErrorKind, Result};

/// A question with the passage that answers it: one row of an evaluation file.
#[derive(Debug, Clone, PartialEq, serde::Deserialize)]
pub struct Question {
    /// Its id.
    pub id: String,
    /// What is asked.
    pub question: String,
    /// The name of the document that answers it; `None` when none does.
    #[serde(default)]
    pub document: Option<String>,
    /// Several, when any of them is right.
    #[serde(default)]
    pub documents: Vec<String>,
    /// The page that answers it; any page of the document when not given.
    #[serde(default)]
    pub page: Option<u32>,
    /// Several, when the same words stand on several pages.
    #[serde(default)]
    pub pages: Vec<u32>,
    /// The words that answer it.
    #[serde(default)]
    pub quote: Option<String>,
}

/// How to evaluate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EvalOptions {
    /// What to go by.
    pub mode: Mode,
    /// How many hits are looked at.
    pub k: usize,
}

impl Default for EvalOptions {
    fn default() -> Self {
        Self { mode: Mode::Hybrid, k: 10 }
    }
}

/// How well the corpus answers.
#[derive(Debug, Clone, Copy, PartialEq, Default, serde::Serialize)]
pub struct EvalReport {
    /// Questions with an answer.
    pub questions: usize,
    /// Share of them whose document (page, where one is given) is the first hit.
    pub recall_at_1: f64,
    /// Among the first five.
    pub recall_at_5: f64,
    /// Among the first ten.
    pub recall_at_10: f64,
    /// Mean reciprocal rank, 0 behind the tenth.
    pub mrr_at_10: f64,
    /// Normalized discounted cumulative gain.
    pub ndcg_at_10: f64,
    /// Share of them whose quote stands in one of the first ten hits, white space folded.
    pub quote_hit_at_10: f64,
    /// Time of a search.
    pub latency_ms: Latency,
    /// Questions with an answer that `ask` refused, as a share.
    pub false_refusal: f64,
    /// Questions without an answer.
    pub unanswerable: usize,
    /// Those of them that `ask` answered, as a share.
    pub false_answer: f64,
}

/// Percentiles.
#[derive(Debug, Clone, Copy, PartialEq, Default, serde::Serialize)]
pub struct Latency {
    /// Median.
    pub p50: f64,
    /// 95 of 100 are faster.
    pub p95: f64,
}

impl Question {
    /// Reads rows of JSON, one a line.
    ///
    /// # Errors
    /// `eval.row` with the line.
    pub fn read_all(text: &str) -> Result<Vec<Self>> {
        let rows = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
        rows.map(|(i, line)| {
            serde_json::from_str(line).map_err(|error| {
                Error::new(ErrorKind::InvalidInput, "eval.row", "a row of the questions is not well-formed")
                    .with("line", (i + 1).to_string())
                    .with_source(error)
                    .with_hint(r#"a row is {"id", "question", "document", "quote"}"#)
            })
        })
        .collect()
    }

    fn is_right(&self, document: &str, page: u32) -> bool {
        let documents = self.document.iter().chain(&self.documents);
        let mut pages = self.page.iter().chain(&self.pages).peekable();
        documents.into_iter().any(|right| right == document) && (pages.peek().is_none() || pages.any(|right| *right == page))
    }
}

impl Corpus {
    /// Puts questions to the corpus and measures where their answers rank. A rank counts distinct documents, or distinct
    /// pages where the question names one.
    pub async fn eval(
        &self,
        questions: &[Question],
        options: EvalOptions,
        mut progress: impl FnMut(usize),
    ) -> Result<EvalReport> {
        let (mut report, mut times, mut refused, mut answered) = (EvalReport::default(), Vec::new(), 0usize, 0usize);
        for (i, question) in questions.iter().enumerate() {
            progress(i);
            let unanswerable = question.document.is_none() && question.documents.is_empty();
            let found = self.ask(&question.question, Default::default()).await?;
            if unanswerable {
                report.unanswerable += 1;
                answered += usize::from(!found.citations.is_empty());
                continue;
            }
            report.questions += 1;
            refused += usize::from(found.citations.is_empty());
            let started = Instant::now();
            // Several chunks of one document count once, so that more hits are needed than ranks.
            let search = SearchOptions { k: 100, mode: options.mode, ..SearchOptions::default() };
            let result = self.search(&question.question, search).await?;
            times.push(started.elapsed().as_secs_f64() * 1000.0);
            let by_page = question.page.is_some() || !question.pages.is_empty();
            let mut seen: Vec<(&str, u32)> = Vec::new();
            for hit in &result.hits {
                let place = (hit.document.name.as_str(), if by_page { hit.page } else { 0 });
                if !seen.contains(&place) {
                    seen.push(place);
                }
            }
            let pages = |hit: &super::Hit| hit.segments.iter().any(|segment| question.is_right(&hit.document.name, segment.page));
            let rank = seen.iter().take(options.k).position(|(name, page)| {
                result.hits.iter().any(|hit| hit.document.name == *name && (!by_page || hit.page == *page) && pages(hit))
            });
            if let Some(rank) = rank {
                report.recall_at_1 += f64::from(u8::from(rank < 1));
                report.recall_at_5 += f64::from(u8::from(rank < 5));
                report.recall_at_10 += f64::from(u8::from(rank < 10));
                report.mrr_at_10 += if rank < 10 { 1.0 / (rank + 1) as f64 } else { 0.0 };
                report.ndcg_at_10 += if rank < 10 { 1.0 / ((rank + 2) as f64).log2() } else { 0.0 };
            }
            let quote = folded(question.quote.as_deref().unwrap_or_default());
            let hit = result.hits.iter().take(options.k).any(|hit| folded(&hit.text).contains(&quote));
            report.quote_hit_at_10 += f64::from(u8::from(hit));
        }
        let all = report.questions.max(1) as f64;
        for value in [
            &mut report.recall_at_1,
            &mut report.recall_at_5,
            &mut report.recall_at_10,
            &mut report.mrr_at_10,
            &mut report.ndcg_at_10,
            &mut report.quote_hit_at_10,
        ] {
            *value /= all;
        }
        report.false_refusal = refused as f64 / all;
        report.false_answer = answered as f64 / report.unanswerable.max(1) as f64;
        times.sort_by(f64::total_cmp);
        let percentile = |share: f64| {
            times.get(((times.len() as f64 * share) as usize).min(times.len().saturating_sub(1))).copied().unwrap_or(0.0)
        };
        report.latency_ms = Latency { p50: percentile(0.5), p95: percentile(0.95) };
        Ok(report)
    }
}

fn folded(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
