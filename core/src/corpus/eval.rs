use std::{
    collections::{BTreeSet, HashSet},
    time::Instant,
};

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
    /// The words that answer it; a question without them does not count for [`EvalReport::quote_hit_at_10`].
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
#[derive(Debug, Clone, PartialEq, Default, serde::Serialize)]
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
    /// Share of those with a quote whose quote stands in one of the first ten hits, white space folded.
    pub quote_hit_at_10: f64,
    /// Time of a search.
    pub latency_ms: Latency,
    /// Questions with an answer that `ask` refused, as a share.
    pub false_refusal: f64,
    /// Questions without an answer.
    pub unanswerable: usize,
    /// Those of them that `ask` answered, as a share.
    pub false_answer: f64,
    /// Questions with a quote.
    pub quotes: usize,
    /// Questions none of whose documents is in the corpus. They count as not found above: figures never look better for what
    /// was not ingested.
    pub missing: usize,
    /// Names of those documents, each once, sorted.
    pub missing_documents: Vec<String>,
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
    /// `eval.row` with the line: it is no such row, or its question or quote is blank.
    pub fn read_all(text: &str) -> Result<Vec<Self>> {
        let rows = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
        rows.map(|(i, line)| {
            let at_line = |error: Error| error.with("line", (i + 1).to_string());
            let question: Self = serde_json::from_str(line).map_err(|error| {
                at_line(Error::new(ErrorKind::InvalidInput, "eval.row", "a row of the questions is not well-formed"))
                    .with_source(error)
                    .with_hint(r#"a row is {"id", "question", "document", "quote"}"#)
            })?;
            question.check().map(|()| question).map_err(at_line)
        })
        .collect()
    }

    /// A blank quote stands in every passage, and would count as found whatever is found.
    fn check(&self) -> Result<()> {
        let blank = |text: &str| text.trim().is_empty();
        let (what, hint) = if blank(&self.question) {
            ("the question of a row is blank", "write the question, or leave the row out")
        } else if self.quote.as_deref().is_some_and(blank) {
            ("the quote of a row is blank", "write the words that answer the question, or leave `quote` out")
        } else {
            return Ok(());
        };
        Err(Error::new(ErrorKind::InvalidInput, "eval.row", what).with("id", self.id.clone()).with_hint(hint))
    }

    fn documents(&self) -> impl Iterator<Item = &String> {
        self.document.iter().chain(&self.documents)
    }

    fn is_right(&self, document: &str, page: u32) -> bool {
        let mut pages = self.page.iter().chain(&self.pages).peekable();
        self.documents().any(|right| right == document) && (pages.peek().is_none() || pages.any(|right| *right == page))
    }
}

impl Corpus {
    /// Puts questions to the corpus and measures where their answers rank. A rank counts distinct documents, or distinct
    /// pages where the question names one.
    ///
    /// # Errors
    /// `eval.row` for a question or a quote that is blank; `eval.documents` when the corpus has none of the documents that the
    /// questions name; those of [`Corpus::ask`].
    pub async fn eval(
        &self,
        questions: &[Question],
        options: EvalOptions,
        mut progress: impl FnMut(usize),
    ) -> Result<EvalReport> {
        self.check_caller()?;
        questions.iter().try_for_each(Question::check)?;
        let (missing, missing_documents) = self.missing(questions).await?;
        let (mut report, mut times, mut refused, mut answered) =
            (EvalReport { missing, missing_documents, ..EvalReport::default() }, Vec::new(), 0usize, 0usize);
        for (i, question) in questions.iter().enumerate() {
            progress(i);
            let unanswerable = question.documents().next().is_none();
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
            if let Some(quote) = question.quote.as_deref().map(folded) {
                let hit = result.hits.iter().take(options.k).any(|hit| folded(&hit.text).contains(&quote));
                report.quotes += 1;
                report.quote_hit_at_10 += f64::from(u8::from(hit));
            }
        }
        let all = report.questions.max(1) as f64;
        for value in [
            &mut report.recall_at_1,
            &mut report.recall_at_5,
            &mut report.recall_at_10,
            &mut report.mrr_at_10,
            &mut report.ndcg_at_10,
        ] {
            *value /= all;
        }
        report.quote_hit_at_10 /= report.quotes.max(1) as f64;
        report.false_refusal = refused as f64 / all;
        report.false_answer = answered as f64 / report.unanswerable.max(1) as f64;
        times.sort_by(f64::total_cmp);
        let percentile = |share: f64| {
            times.get(((times.len() as f64 * share) as usize).min(times.len().saturating_sub(1))).copied().unwrap_or(0.0)
        };
        report.latency_ms = Latency { p50: percentile(0.5), p95: percentile(0.95) };
        Ok(report)
    }

    /// How many questions name documents of which the corpus has none, and their names.
    async fn missing(&self, questions: &[Question]) -> Result<(usize, Vec<String>)> {
        self.refresh().await?;
        let visible = self.visible().await;
        let known: HashSet<&str> = visible.records().map(|record| record.document.name.as_str()).collect();
        let named: Vec<&Question> = questions.iter().filter(|question| question.documents().next().is_some()).collect();
        let is_missing = |question: &&&Question| question.documents().all(|name| !known.contains(name.as_str()));
        let missing: Vec<&&Question> = named.iter().filter(is_missing).collect();
        let names: BTreeSet<String> = missing.iter().flat_map(|question| question.documents()).cloned().collect();
        if !named.is_empty() && missing.len() == named.len() {
            // Figures that are all 0 would say that the search is bad; it is the wrong corpus, or the names are others.
            return Err(Error::new(
                ErrorKind::InvalidInput,
                "eval.documents",
                "the corpus has no document that the questions name",
            )
            .with("first", names.first().cloned().unwrap_or_default())
            .with("questions", named.len().to_string())
            .with_hint("`document` is the name under which it was ingested: `beleg documents CORPUS` lists them"));
        }
        Ok((missing.len(), names.into_iter().collect()))
    }
}

fn folded(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
