//! Replay: whether an answer on record comes out again.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::{Corpus, answer::is_prompt_sent};
use crate::{
    Error, ErrorKind, Result,
    answer::{PLAN_TEMPLATE, TEMPLATE, is_of_template},
    audit_log::{LoggedEntry, VaultRecord},
    provider::ChatRequest,
    record::{RecordedCandidate, RecordedRetrieval},
    types::Language,
};

/// How an answer was replayed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ReplayedBy {
    /// The search was run again, against the version of the index that it ran against.
    Index,
    /// That version is no longer kept: the record was checked against itself and the stored text.
    Record,
}

/// What a replay came to.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Replay {
    /// The answer.
    pub answer: Uuid,
    /// Which of the two was done.
    pub by: ReplayedBy,
    /// Whether nothing differs.
    pub identical: bool,
    /// What differs.
    pub differences: Vec<String>,
    /// Whether the question embedded again gives the recorded vector, byte for byte; and how far the two are apart: 0 when they are
    /// the same. Another processor may give another vector.
    pub embedding: EmbeddingReplay,
    /// Passages that were held against the stored text.
    pub passages: usize,
}

/// The question embedded again.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct EmbeddingReplay {
    /// Whether all numbers are the same.
    pub identical: bool,
    /// 1 less the cosine.
    pub distance: f64,
}

impl Corpus {
    /// Replays an answer, by its id: the ranked list of its search, by the recorded vector of the question, its passages, and the prompt that
    /// a chat model got. The chat model is not asked again: it need not say the same twice.
    ///
    /// # Errors
    /// `answer.not_found`; `replay.erased` when what it takes was erased.
    pub async fn replay(&self, answer: Uuid) -> Result<Replay> {
        self.check_caller()?;
        let log = self.audit();
        let found = log.find(answer, "answer").await?.ok_or_else(|| {
            Error::new(ErrorKind::NotFound, "answer.not_found", "the audit log has no such answer")
                .with("answer", answer.to_string())
                .with_hint("`beleg audit log CORPUS` lists answers with their ids")
        })?;
        let (mut searches, mut prompt) = (Vec::new(), None);
        for id in &found.leaf.refs {
            let Some(entry) = log.find_entry(*id).await? else { continue };
            let is_plan = entry.leaf.versions.get("template").is_some_and(|template| template == PLAN_TEMPLATE);
            match entry.leaf.r#type.as_str() {
                "retrieval" => searches.push(entry),
                "prompt" if entry.leaf.phase == "intent" && !is_plan => prompt = Some(entry),
                _ => {}
            }
        }
        let (mut differences, mut by, mut embedding) = (Vec::new(), ReplayedBy::Index, None::<EmbeddingReplay>);
        for (place, entry) in searches.iter().enumerate() {
            let question = String::from_utf8(entry.payload("query").ok_or_else(erased)?.to_vec()).map_err(|_| erased())?;
            let recorded: RecordedRetrieval =
                entry.payload("retrieval").and_then(|bytes| serde_json::from_slice(bytes).ok()).ok_or_else(erased)?;
            let question = self.embedded(&question).await?;
            // The first search is for the question itself.
            if let Some(prompt) = prompt.as_ref().filter(|_| place == 0) {
                compare_prompt(prompt, &question.text, question.language, &mut differences)?;
            }
            if recorded.model_identity != self.engine().model().identity() && place == 0 {
                differences.push("the embedding model is another one".to_owned());
            }
            let own = EmbeddingReplay::of(&question.vector, &recorded.vector);
            embedding = Some(embedding.map_or(own, |worst| if own.distance > worst.distance { own } else { worst }));
            match self.search_again(question, &recorded).await? {
                Some(ranked) => compare(&recorded.ranked, &ranked, &mut differences),
                None => by = ReplayedBy::Record,
            }
        }
        let (embedding, first) = (embedding.ok_or_else(erased)?, searches.first().ok_or_else(erased)?);
        // With a chat model passages stand beside the prompt.
        let passages = self.check_passages(prompt.as_ref().unwrap_or(first), &mut differences).await?;
        if let Some(prompt) = &prompt {
            compare_sent(prompt, &mut differences)?;
        }
        Ok(Replay { answer, by, identical: differences.is_empty(), differences, embedding, passages })
    }

    /// Passages on record against the text that is stored.
    async fn check_passages(&self, entry: &LoggedEntry, differences: &mut Vec<String>) -> Result<usize> {
        #[derive(serde::Deserialize)]
        struct Passage {
            document: Uuid,
            version: u32,
            segments: Vec<crate::types::Segment>,
            text: String,
        }
        self.refresh().await?;
        let (visible, mut checked, mut readers) = (self.visible().await, 0, BTreeMap::new());
        for (place, listed) in entry.leaf.payloads.iter().enumerate() {
            let Some(VaultRecord::Kept { payload, .. }) = entry.payloads.get(place).filter(|_| listed.name == "passage") else {
                continue;
            };
            let passage: Passage = serde_json::from_slice(payload).map_err(|_| erased())?;
            let record =
                visible.find(&passage.document.to_string()).ok().filter(|record| record.document.version == passage.version);
            let Some(record) = record else {
                differences.push(format!("document {} is no longer there in version {}", passage.document, passage.version));
                continue;
            };
            if !readers.contains_key(&passage.document) {
                readers.insert(passage.document, self.pages(record).await?);
            }
            let mut text = String::new();
            for segment in &passage.segments {
                let page = readers[&passage.document].page(segment.page).await?;
                let part = page.as_ref().and_then(|page| segment.span.of(&page.text)).unwrap_or_default();
                if !text.is_empty() {
                    text.push('\n');
                }
                text.push_str(part);
            }
            checked += 1;
            if text != passage.text {
                differences.push(format!("a passage of {} is another one in the stored text", record.document.name));
            }
        }
        Ok(checked)
    }
}

impl EmbeddingReplay {
    fn of(again: &[f32], recorded: &[f32]) -> Self {
        let dot: f64 = again.iter().zip(recorded).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
        let norm = |vector: &[f32]| vector.iter().map(|a| f64::from(*a) * f64::from(*a)).sum::<f64>().sqrt();
        let identical = again == recorded;
        let cosine = dot / (norm(again) * norm(recorded)).max(f64::MIN_POSITIVE);
        Self { identical, distance: if identical { 0.0 } else { (1.0 - cosine).max(0.0) } }
    }
}

/// The recorded prompt against the one that its template makes of the question today.
fn compare_prompt(entry: &LoggedEntry, question: &str, language: Language, differences: &mut Vec<String>) -> Result<()> {
    let recorded = entry.payload("prompt").ok_or_else(erased)?;
    let recorded: ChatRequest = serde_json::from_slice(recorded).map_err(|_| erased())?;
    match entry.leaf.versions.get("template").map(String::as_str) {
        Some(TEMPLATE) if !is_of_template(&recorded, language, question) => {
            differences.push("the prompt is another one than its template makes".to_owned());
        }
        Some(TEMPLATE) => {}
        template => differences.push(format!(
            "the prompt was made from the template {}, and today's is {TEMPLATE}",
            template.unwrap_or("without a name")
        )),
    }
    Ok(())
}

/// What was sent with placeholders against the prompt and the passages beside it.
fn compare_sent(entry: &LoggedEntry, differences: &mut Vec<String>) -> Result<()> {
    #[derive(serde::Deserialize)]
    struct Text {
        text: String,
    }
    let prompt: ChatRequest = serde_json::from_slice(entry.payload("prompt").ok_or_else(erased)?).map_err(|_| erased())?;
    let mut passages = Vec::new();
    let listed = entry.leaf.payloads.iter().zip(&entry.payloads);
    for (_, record) in listed.filter(|(listed, _)| listed.name == "passage") {
        let VaultRecord::Kept { payload, .. } = record else { return Ok(()) };
        let Text { text } = serde_json::from_slice(payload).map_err(|_| erased())?;
        passages.push(text);
    }
    if is_prompt_sent(entry, &prompt, &passages) == Some(false) {
        differences.push("what was sent is not the prompt with its placeholders".to_owned());
    }
    Ok(())
}

fn compare(recorded: &[RecordedCandidate], again: &[RecordedCandidate], differences: &mut Vec<String>) {
    if recorded.len() != again.len() {
        differences.push(format!("{} hits were ranked, and {} are now", recorded.len(), again.len()));
    }
    for (place, (was, is)) in (1..).zip(recorded.iter().zip(again)) {
        let key = |candidate: &RecordedCandidate| (candidate.document, candidate.version, candidate.ordinal);
        if key(was) != key(is) {
            differences.push(format!("hit {place} is another passage"));
        } else if was.score.to_bits() != is.score.to_bits() {
            differences.push(format!("hit {place} has the score {} and had {}", is.score, was.score));
        }
    }
}

fn erased() -> Error {
    Error::new(ErrorKind::NotFound, "replay.erased", "what it takes to replay the answer was erased")
        .with_hint("its entry and its proof are still there: `beleg audit prove`")
}
