//! Answers without a chat model.

use tracing::field::display;
use uuid::Uuid;

use super::{
    super::{
        Corpus,
        search::{Hit, PageCache, Retrieved, SearchOptions},
    },
    Answer, AnswerStatus, AskOptions, Citation, Claim, Refusal,
};
use crate::{
    Error, ErrorKind, Result,
    env::new_id,
    record::{Action, Content, Ending, Entry},
    retrieve::{Ranked, is_across},
    types::{CitationVerdict, ClaimVerdict, Coverage, Language, Origin, Segment},
};

/// Passages whose score is this much below the best one's are not shown beside it.
const BEHIND_BEST: f32 = 0.1;
/// Quotes at most, when the caller does not say.
const QUOTES: usize = 3;

/// What quotes take the place of.
pub(super) struct Instead<'a> {
    /// The code of the error of the chat model.
    pub(super) of: String,
    /// The answer that the question goes on from.
    pub(super) follows: Option<Uuid>,
    /// The documents of what was said before.
    pub(super) before: &'a [Uuid],
}

impl Corpus {
    /// The sentences and rows that answer a question, as exact quotes; or that nothing relevant enough was found.
    pub(super) async fn answer_with_quotes(
        &self,
        question: &str,
        options: AskOptions,
        instead: Option<Instead<'_>>,
        span: &tracing::Span,
    ) -> Result<Answer> {
        let k = options.passages.unwrap_or(QUOTES).max(1);
        let search = SearchOptions { k, filter: options.filter, ..SearchOptions::default() };
        let retrieved = self.retrieve(question, &search).await?;
        let aggregation = self.aggregation(&retrieved).await?;
        let answering = if aggregation.is_some() { Vec::new() } else { answering(&retrieved, search.k) };
        let mut pages = PageCache::new(self);
        let mut hits = Vec::new();
        for ranked in &answering {
            hits.push(pages.hit(ranked, &quoted(ranked), &retrieved.catalog).await?);
        }
        let inner = &self.engine().0;
        let before = instead.as_ref().map_or(&[][..], |instead| instead.before);
        let retrieval = self.retrieval_entry(&retrieved, &search, &hits)?.of_documents_too(before);

        let mut answer = Answer {
            id: new_id(inner.clock.as_ref(), inner.random.as_ref()),
            status: match (&aggregation, hits.is_empty()) {
                (Some(_), _) => AnswerStatus::Refused,
                (None, true) => AnswerStatus::NotFound,
                (None, false) => AnswerStatus::Answered,
            },
            refusal: aggregation.is_some().then_some(Refusal::NeedsAggregation),
            reason: aggregation.or_else(|| hits.is_empty().then(|| not_found(retrieved.question.language, &retrieved.coverage))),
            coverage: retrieved.coverage,
            text: hits.iter().map(|hit| hit.text.as_str()).collect::<Vec<_>>().join("\n\n"),
            claims: hits
                .iter()
                .enumerate()
                .map(|(i, hit)| Claim {
                    text: hit.text.clone(),
                    citations: vec![i],
                    verdict: ClaimVerdict::Supported,
                    calculations: Vec::new(),
                })
                .collect(),
            withheld: Vec::new(),
            citations: hits.into_iter().map(citation).collect(),
            model: None,
            question: question.to_owned(),
            follows: instead.as_ref().and_then(|instead| instead.follows),
            searches: Vec::new(),
            instead_of: instead.as_ref().map(|instead| instead.of.clone()),
            usage: None,
            cost: None,
            index_version: retrieved.index_version,
            audit: None,
        };
        let entry = Entry::outcome(inner.clock.as_ref(), inner.random.as_ref(), self.caller(), Action::Answer, Ending::Complete)
            .refers_to(retrieval.id)
            .version("answer", answer.id)
            .count("citations", answer.citations.len() as u64)
            .payload_of("answer", &cited(&answer), Content::Json(recorded(&answer)?))
            .of_documents_too(before);
        span.record("beleg.entry_id", display(entry.id));
        let mut entries = self.restated(&answer.citations).await;
        entries.extend([retrieval, entry]);
        answer.audit = self.recorder().record_all(entries).await?.pop().and_then(|recorded| recorded.audit);
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
pub(super) fn recorded(answer: &Answer) -> Result<serde_json::Value> {
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

/// The verdict on words that stand there.
pub(super) fn verdict_by(origin: Origin) -> CitationVerdict {
    if origin == Origin::Native { CitationVerdict::Verified } else { CitationVerdict::VerifiedOcr }
}

fn citation(hit: Hit) -> Citation {
    let verdict = verdict_by(hit.origin);
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
pub(super) fn not_found(language: Language, coverage: &Coverage) -> String {
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
