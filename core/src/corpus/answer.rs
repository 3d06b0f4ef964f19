use tracing::{Instrument, field::display};
use uuid::Uuid;

use super::{
    Corpus,
    search::{Filter, Hit, PageCache, PlacedSegment, Retrieved, SearchOptions},
};
use crate::{
    Error, ErrorKind, Result,
    env::new_id,
    record::{Action, AuditRef, Content, Ending, Entry},
    retrieve::{Ranked, is_across},
    types::{Coverage, DocumentRef, Language, Place, Segment, Span},
};

/// Passages whose score is this much below the best one's are not shown beside it.
const BEHIND_BEST: f32 = 0.1;

/// How to ask.
#[derive(Debug, Clone, PartialEq)]
pub struct AskOptions {
    /// Passages at most.
    pub passages: usize,
    /// What to search in.
    pub filter: Filter,
}

impl Default for AskOptions {
    fn default() -> Self {
        Self { passages: 3, filter: Filter::default() }
    }
}

/// What became of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AnswerStatus {
    /// All of it is answered.
    Answered,
    /// Some of it is answered.
    Partly,
    /// Nothing relevant enough was found.
    NotFound,
    /// It was not answered for another reason.
    Refused,
}

/// An answer with its evidence. Without a chat model it consists of quotes alone.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Answer {
    /// Its id.
    pub id: Uuid,
    /// What became of the question.
    pub status: AnswerStatus,
    /// Why it was not answered; in the language of the question.
    pub reason: Option<String>,
    /// How much it could draw on.
    pub coverage: Coverage,
    /// The answer.
    pub text: String,
    /// What it claims, each with its evidence.
    pub claims: Vec<Claim>,
    /// What was withheld because it could not be verified.
    pub withheld: Vec<serde_json::Value>,
    /// The evidence.
    pub citations: Vec<Citation>,
    /// The chat model, when there was one.
    pub model: Option<String>,
    /// Its tokens.
    pub usage: Option<serde_json::Value>,
    /// What it cost.
    pub cost: Option<serde_json::Value>,
    /// The version of the index.
    pub index_version: u64,
    /// Its place in the audit log; `None` without one.
    pub audit: Option<AuditRef>,
}

/// One claim of an answer.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Claim {
    /// What is claimed.
    pub text: String,
    /// Places in [`Answer::citations`].
    pub citations: Vec<usize>,
    /// Whether the citations bear it out.
    pub verdict: &'static str,
}

/// A quote, checked against the stored text.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Citation {
    /// The document.
    pub document: DocumentRef,
    /// The page it begins on.
    pub page: u32,
    /// Where on that page.
    pub span: Span,
    /// Boxes around it.
    pub boxes: Vec<[f32; 4]>,
    /// All of it.
    pub segments: Vec<PlacedSegment>,
    /// Where a reader finds it in the original.
    pub place: Place,
    /// What its spans point into.
    pub text_version: String,
    /// The headings above it.
    pub heading: Vec<String>,
    /// The words, byte for byte.
    pub quote: String,
    /// `verified`, or `verified_ocr` where the text was not the document's own.
    pub verdict: &'static str,
    /// What the passage was ranked by.
    pub score: f32,
}

impl Corpus {
    /// Answers a question from the documents alone: the sentences and rows that answer it, as exact quotes; or that nothing
    /// relevant enough was found, in how many pages.
    ///
    /// # Errors
    /// Those of [`Corpus::search`].
    pub async fn ask(&self, question: &str, options: AskOptions) -> Result<Answer> {
        let span = self.span("ask");
        self.answer(question, options, &span).instrument(span.clone()).await
    }

    async fn answer(&self, question: &str, options: AskOptions, span: &tracing::Span) -> Result<Answer> {
        let search = SearchOptions { k: options.passages.max(1), filter: options.filter, ..SearchOptions::default() };
        let retrieved = self.retrieve(question, &search).await?;
        let answering = answering(&retrieved, search.k);
        let mut pages = PageCache::new(self);
        let mut hits = Vec::new();
        for ranked in &answering {
            hits.push(pages.hit(ranked, &quoted(ranked), &retrieved.catalog).await?);
        }
        let inner = &self.engine().0;
        let retrieval = self.retrieval_entry(&retrieved, &search, &hits)?;

        let mut answer = Answer {
            id: new_id(inner.clock.as_ref(), inner.random.as_ref()),
            status: if hits.is_empty() { AnswerStatus::NotFound } else { AnswerStatus::Answered },
            reason: hits.is_empty().then(|| not_found(retrieved.question.language, &retrieved.coverage)),
            coverage: retrieved.coverage,
            text: hits.iter().map(|hit| hit.text.as_str()).collect::<Vec<_>>().join("\n\n"),
            claims: hits
                .iter()
                .enumerate()
                .map(|(i, hit)| Claim { text: hit.text.clone(), citations: vec![i], verdict: "supported" })
                .collect(),
            withheld: Vec::new(),
            citations: hits.into_iter().map(citation).collect(),
            model: None,
            usage: None,
            cost: None,
            index_version: retrieved.index_version,
            audit: None,
        };
        let entry = Entry::outcome(inner.clock.as_ref(), inner.random.as_ref(), self.caller(), Action::Answer, Ending::Complete)
            .refers_to(retrieval.id)
            .version("answer", answer.id)
            .count("citations", answer.citations.len() as u64)
            .payload_of("answer", &cited(&answer), Content::Json(recorded(&answer)?));
        span.record("beleg.entry_id", display(entry.id));
        answer.audit = self.recorder().record_all(vec![retrieval, entry]).await?.pop().and_then(|recorded| recorded.audit);
        if let Some(audit) = &answer.audit {
            span.record("beleg.entry_index", audit.index);
        }
        Ok(answer)
    }
}

/// The documents that an answer cites.
fn cited(answer: &Answer) -> Vec<Uuid> {
    let mut documents: Vec<Uuid> = answer.citations.iter().map(|citation| citation.document.id).collect();
    documents.sort_unstable();
    documents.dedup();
    documents
}

/// An answer as it goes on record.
fn recorded(answer: &Answer) -> Result<serde_json::Value> {
    serde_json::to_value(answer).map_err(|error| Error::new(ErrorKind::Internal, "ask.record", error.to_string()))
}

/// The passages that answer: none when the best one's raw signals do not reach what the model was calibrated to.
fn answering(retrieved: &Retrieved, most: usize) -> Vec<&Ranked> {
    let Some(best) = retrieved.ranked.first() else { return Vec::new() };
    if let Some(refusal) = &retrieved.calibration.refusal {
        let threshold =
            if is_across(retrieved.question.language, best.candidate.language) { refusal.across } else { refusal.same };
        let raw = (best.signals.chunk + best.signals.sentence) / 2.0;
        if raw + threshold.coverage * best.signals.coverage < threshold.least {
            return Vec::new();
        }
    }
    retrieved.ranked.iter().take(most).take_while(|ranked| best.score - ranked.score <= BEHIND_BEST).collect()
}

/// The sentence that answers best. A sentence alone may leave out what the one beside it says; who wants more has the chunk.
fn quoted(ranked: &Ranked) -> Vec<Segment> {
    match ranked.candidate.sentences.get(ranked.best_sentence) {
        Some(sentence) => sentence.segments.clone(),
        None => ranked.candidate.core.clone(),
    }
}

fn citation(hit: Hit) -> Citation {
    let verdict = if hit.origin == crate::types::Origin::Native { "verified" } else { "verified_ocr" };
    Citation {
        document: hit.document,
        page: hit.page,
        span: hit.span,
        boxes: hit.boxes,
        segments: hit.segments,
        place: hit.place,
        text_version: hit.text_version,
        heading: hit.heading,
        quote: hit.text,
        verdict,
        score: hit.score,
    }
}

/// Says in how many pages nothing was found, and what could not be read.
fn not_found(language: Language, coverage: &Coverage) -> String {
    let Coverage { pages, unread_pages, failed, .. } = *coverage;
    let count = |n: u32, one: &str, many: &str| if n == 1 { one.to_owned() } else { format!("{n} {many}") };
    let (found, unread, none) = match language {
        Language::En => (
            format!("Not found in {} that could be read.", count(pages, "the one page", "pages")),
            count(unread_pages, "One page could not be read.", "pages could not be read."),
            count(failed, "One document could not be read at all.", "documents could not be read at all."),
        ),
        _ => (
            format!("In {} nicht gefunden.", count(pages, "der einen lesbaren Seite", "lesbaren Seiten")),
            count(unread_pages, "Eine Seite war nicht lesbar.", "Seiten waren nicht lesbar."),
            count(failed, "Ein Dokument war gar nicht lesbar.", "Dokumente waren gar nicht lesbar."),
        ),
    };
    let mut text = found;
    for (n, sentence) in [(unread_pages, unread), (failed, none)] {
        if n > 0 {
            text.push(' ');
            text.push_str(&sentence);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn not_found_says_in_how_many_pages_and_what_could_not_be_read() {
        let coverage = Coverage { pages: 180, unread_pages: 2, failed: 1, ..Coverage::default() };
        assert_eq!(
            not_found(Language::De, &coverage),
            "In 180 lesbaren Seiten nicht gefunden. 2 Seiten waren nicht lesbar. Ein Dokument war gar nicht lesbar."
        );
        assert_eq!(
            not_found(Language::En, &Coverage { pages: 3, ..Coverage::default() }),
            "Not found in 3 pages that could be read."
        );
    }
}
