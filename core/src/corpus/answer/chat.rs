//! Answers in a chat model's words: intent → prompt → releases → outcome, each on record before what follows from it.

use std::sync::Arc;

use futures::{FutureExt, StreamExt};
use tokio::sync::{OwnedRwLockReadGuard, mpsc};
use tracing::{Instrument, Span, field::display};
use uuid::Uuid;

use super::{
    super::{Corpus, search::Retrieved, search::SearchOptions},
    Answer, AnswerEvent, AnswerStatus, AnswerStream, AskOptions, Citation, Claim, ClaimPolicy, Refusal, Withheld,
    extractive::{not_found, recorded, verdict_by},
    passages::Passages,
};
use crate::{
    Error, ErrorKind, Result,
    answer::{Checked, CheckedCitation, Checker, Draft, DraftClaim, TEMPLATE, fitting, prompt},
    env::new_id,
    provider::{ChatEvent, ChatModel, ChatRequest, ChatStream, Failure, FilterReport, StopReason, Usage},
    record::{Action, Content, Ending, Entry},
    types::{ClaimVerdict, Language},
};

/// Passages that a chat model is shown, when the caller does not say.
const PASSAGES: usize = 8;
/// Events that wait for a slow reader; then the model waits.
const WAITING: usize = 64;
/// An outcome names so many releases at most; each of them names the prompt.
pub(in crate::corpus) const NAMED_RELEASES: u64 = 64;

/// One answer in the making.
struct Asking {
    corpus: Corpus,
    model: Arc<dyn ChatModel>,
    options: AskOptions,
    question: String,
    events: mpsc::Sender<Result<AnswerEvent>>,
    id: Uuid,
    /// What its outcome continues.
    refs: Vec<Uuid>,
    releases: u64,
    span: Span,
    /// The corpus closes once it is let go.
    _open: OwnedRwLockReadGuard<()>,
}

/// What was made of the model's words so far.
#[derive(Default)]
struct Made {
    claims: Vec<Claim>,
    citations: Vec<Citation>,
    withheld: Vec<Withheld>,
    /// Of all claims, withheld ones too.
    checks: Vec<Checked>,
}

/// What the model wrote, and what the checks of its claims came to.
#[derive(Debug, Default, serde::Serialize)]
struct Said {
    id: Option<String>,
    model: Option<String>,
    text: String,
    stop: Option<StopReason>,
    usage: Option<Usage>,
    /// What the provider's own filters found.
    filters: Vec<FilterReport>,
    checks: Vec<Checked>,
}

impl Corpus {
    /// Answers in a task of its own, which ends by putting an outcome on record, whatever becomes of the stream.
    pub(super) async fn start(&self, model: Arc<dyn ChatModel>, question: &str, options: AskOptions) -> Result<AnswerStream> {
        self.check_caller()?;
        self.check_external(model.as_ref()).await?;
        let closing = || {
            Error::new(ErrorKind::Busy, "corpus.closing", "the corpus is being closed").with_hint("open it again to go on asking")
        };
        let open = self.0.answering.clone().try_read_owned().map_err(|_| closing())?;
        let (events, receiver) = mpsc::channel(WAITING);
        let inner = &self.engine().0;
        let span = self.span("ask");
        span.record("gen_ai.request.model", model.name());
        span.record("gen_ai.provider.name", model.provider());
        let asking = Asking {
            corpus: self.clone(),
            model,
            options,
            question: question.to_owned(),
            events,
            id: new_id(inner.clock.as_ref(), inner.random.as_ref()),
            refs: Vec::new(),
            releases: 0,
            span: span.clone(),
            _open: open,
        };
        tokio::spawn(asking.run().instrument(span));
        Ok(AnswerStream::new(receiver))
    }
}

impl Asking {
    async fn run(mut self) {
        let mut made = Made::default();
        let done = self.work(&mut made).await;
        let event = match done {
            Ok(Some(answer)) => Ok(AnswerEvent::Done(Box::new(answer))),
            // Nobody reads any more.
            Ok(None) => return,
            Err(error) => Err(error),
        };
        let _ = self.events.send(event).await;
    }

    /// The answer; `None` when nobody waits for it any more.
    async fn work(&mut self, made: &mut Made) -> Result<Option<Answer>> {
        let corpus = self.corpus.clone();
        let intent =
            corpus.intent(Action::Answer).version("answer", self.id).payload("query", Content::Text(self.question.clone()));
        self.refs.push(intent.id);
        let k = self.options.passages.unwrap_or(PASSAGES).max(1);
        let search = SearchOptions { k, filter: self.options.filter.clone(), ..SearchOptions::default() };
        // The search goes on while the intent becomes durable.
        let (on_record, retrieved) = tokio::join!(corpus.recorder().record(intent), corpus.retrieve(&self.question, &search));
        on_record?;
        let found = match retrieved {
            Ok(retrieved) => self.found(retrieved, k).await,
            Err(error) => Err(error),
        };
        let (retrieved, passages, aggregation) = match found {
            Ok(found) => found,
            Err(error) => return self.failed(made, Said::default(), None, error).await,
        };
        let retrieval = corpus.retrieval_entry(&retrieved, &search, &[])?;
        let mut said = Said::default();
        if let Some(reason) = aggregation {
            let (status, refusal) = (AnswerStatus::Refused, Some(Refusal::NeedsAggregation));
            let answer = Answer { status, refusal, reason: Some(reason), ..self.answer(&retrieved, made, &said, None) };
            return self.finish_with(vec![retrieval], answer, &said, Some(&passages), Ending::Complete).await.map(Some);
        }
        let ended = self.converse(&retrieved, &passages, retrieval, made, &mut said).await;
        match ended {
            Ok(Ended::Said { complete }) => {
                let answer = self.answer(&retrieved, made, &said, complete);
                self.finish(answer, &said, Some(&passages), Ending::Complete).await.map(Some)
            }
            Ok(Ended::Nothing(retrieval)) => {
                let answer = self.answer(&retrieved, made, &said, Some(false));
                self.finish_with(vec![*retrieval], answer, &said, Some(&passages), Ending::Complete).await.map(Some)
            }
            Ok(Ended::Dropped) => {
                let answer = self.answer(&retrieved, made, &said, Some(false));
                self.finish(answer, &said, Some(&passages), Ending::Aborted).await.map(|_| None)
            }
            Err(error) => self.failed(made, said, Some((&retrieved, &passages)), error).await,
        }
    }

    /// What the search found, and why the question is not answered from it.
    async fn found(&self, retrieved: Retrieved, k: usize) -> Result<(Retrieved, Passages, Option<String>)> {
        let passages = Passages::of(&self.corpus, &retrieved, k).await?;
        let aggregation = self.corpus.aggregation(&retrieved).await?;
        Ok((retrieved, passages, aggregation))
    }

    /// Sends the prompt, once it is on record, and hands out what holds of what comes back.
    async fn converse(
        &mut self,
        retrieved: &Retrieved,
        passages: &Passages,
        retrieval: Entry,
        made: &mut Made,
        said: &mut Said,
    ) -> Result<Ended> {
        let language = retrieved.question.language;
        let capabilities = self.model.capabilities();
        let shown = passages.list.iter().map(|shown| shown.chat.clone()).collect::<Vec<_>>();
        if shown.is_empty() {
            return Ok(Ended::Nothing(Box::new(retrieval)));
        }
        let mut request = prompt(language, &self.question, shown, &capabilities);
        let tokenizer = self.corpus.engine().model().tokenizer();
        let fit = fitting(&request, &capabilities, |text| tokenizer.count(text).unwrap_or(text.len()));
        if fit == 0 {
            return Err(Failure::TooLong.error().with("model", self.model.name()));
        }
        request.passages.truncate(fit);

        let prompt = self.prompt_entry(&request, passages, retrieval.id)?;
        self.refs.extend([retrieval.id, prompt.id]);
        let prompt_id = prompt.id;
        self.corpus.recorder().record_all(vec![retrieval, prompt]).await?;
        self.send(AnswerEvent::Retrieved { coverage: retrieved.coverage, passages: fit }).await;

        let mut stream = self.model.chat(request).await?;
        let question = self.question.clone();
        let mut checker = Checker::new(passages.evidence(fit), passages.evidence_pages(), &question, language);
        let mut draft = Draft::default();
        let ended = self.listen(&mut stream, &mut draft, prompt_id, &mut checker, passages, made, said).await;
        draft.text().clone_into(&mut said.text);
        said.checks = std::mem::take(&mut made.checks);
        ended
    }

    /// Hands out what holds of what the model says.
    #[allow(clippy::too_many_arguments, reason = "what comes, what it is held against, and what was made so far")]
    async fn listen(
        &mut self,
        stream: &mut ChatStream,
        draft: &mut Draft,
        prompt: Uuid,
        checker: &mut Checker<'_>,
        passages: &Passages,
        made: &mut Made,
        said: &mut Said,
    ) -> Result<Ended> {
        loop {
            let Some(batch) = self.next(stream).await else { return Ok(Ended::Dropped) };
            let (mut claims, mut raw, mut failure) = (Vec::new(), String::new(), None);
            let mut is_over = batch.is_empty();
            for event in batch {
                match event {
                    Err(error) => failure = failure.or(Some(error)),
                    Ok(event) => {
                        match &event {
                            ChatEvent::Started { id, model } => (said.id, said.model) = (id.clone(), model.clone()),
                            ChatEvent::Filter(report) => said.filters.push(report.clone()),
                            ChatEvent::Ended { stop, usage } => {
                                (said.stop, said.usage) = (Some(stop.clone()), Some(*usage));
                                is_over = true;
                            }
                            // Text and citations are the draft's; what a model waits for is not part of the answer.
                            _ => {}
                        }
                        match draft.push(&event) {
                            Ok(mut more) => claims.append(&mut more),
                            Err(error) => failure = failure.or(Some(error)),
                        }
                        if self.options.draft {
                            raw.push_str(&draft.preview());
                        }
                    }
                }
            }
            if is_over {
                claims.append(&mut draft.finish());
            }
            if !self.release(claims, raw, prompt, checker, passages, made).await? {
                return Ok(Ended::Dropped);
            }
            if let Some(error) = failure {
                return Err(error);
            }
            if is_over {
                return match said.stop {
                    Some(_) => Ok(Ended::Said { complete: draft.is_complete() }),
                    None => Err(Failure::CutOff.error().with("provider", self.model.provider())),
                };
            }
        }
    }

    /// All that the model has said by now, at least one event; empty when it ended without a word, `None` when nobody reads any more.
    async fn next(&self, stream: &mut ChatStream) -> Option<Vec<Result<ChatEvent>>> {
        let first = tokio::select! {
            biased;
            () = self.events.closed() => return None,
            event = stream.next() => event,
        };
        let mut batch: Vec<_> = first.into_iter().collect();
        while batch.len() < WAITING
            && let Some(Some(event)) = stream.next().now_or_never()
        {
            batch.push(event);
        }
        Some(batch)
    }

    /// Checks claims, puts those that are handed out on record, and hands them out. Whether anybody reads them.
    #[allow(clippy::too_many_arguments, reason = "what came, what it is held against, and what was made so far")]
    async fn release(
        &mut self,
        claims: Vec<DraftClaim>,
        raw: String,
        prompt: Uuid,
        checker: &mut Checker<'_>,
        passages: &Passages,
        made: &mut Made,
    ) -> Result<bool> {
        let mut events = Vec::new();
        if !raw.is_empty() {
            events.push(AnswerEvent::Draft(raw.clone()));
        }
        let (claims_before, citations_before) = (made.claims.len(), made.citations.len());
        for claim in claims {
            let checked = checker.check(&claim);
            events.push(self.judged(checked, checker.language(), passages, made));
        }
        if events.is_empty() {
            return Ok(true);
        }
        if made.claims.len() > claims_before || !raw.is_empty() {
            let inner = &self.corpus.engine().0;
            let new = &made.citations[citations_before..];
            let mut entry = Entry::release(inner.clock.as_ref(), inner.random.as_ref(), self.corpus.caller(), Action::Answer)
                .refers_to(prompt)
                .version("answer", self.id)
                .count("claims", (made.claims.len() - claims_before) as u64)
                .count("citations", new.len() as u64);
            let told = serde_json::json!({"claims": &made.claims[claims_before..], "citations": new, "draft": raw});
            let documents = if raw.is_empty() { self.documents(new, passages) } else { passages.ids() };
            entry = entry.payload_of("release", &documents, Content::Json(told));
            if self.releases < NAMED_RELEASES {
                self.refs.push(entry.id);
            }
            self.releases += 1;
            if let Err(error) = self.corpus.recorder().record(entry).await {
                // They are not handed out.
                made.claims.truncate(claims_before);
                made.citations.truncate(citations_before);
                return Err(error);
            }
        }
        for event in events {
            if !self.send(event).await {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// What becomes of a claim.
    fn judged(&self, checked: Checked, language: Language, passages: &Passages, made: &mut Made) -> AnswerEvent {
        let verdict = checked.verdict();
        let event = if verdict == ClaimVerdict::Supported || self.options.policy == ClaimPolicy::Flag {
            let (mut places, mut new) = (Vec::new(), Vec::new());
            for citation in checked.citations.iter().flat_map(|citation| citations(citation, passages)) {
                let is_it = |known: &Citation| known.document == citation.document && known.segments == citation.segments;
                let place = made.citations.iter().position(is_it).unwrap_or(made.citations.len());
                if !places.contains(&place) {
                    places.push(place);
                }
                if place == made.citations.len() {
                    made.citations.push(citation.clone());
                    new.push(citation);
                }
            }
            let claim = Claim { text: checked.text.clone(), citations: places, verdict, calculations: checked.calculations() };
            made.claims.push(claim.clone());
            AnswerEvent::Claim { claim, citations: new }
        } else {
            let withheld = Withheld { verdict, reason: checked.reason(language) };
            made.withheld.push(withheld.clone());
            AnswerEvent::Withheld(withheld)
        };
        made.checks.push(checked);
        event
    }

    /// The documents under whose keys claims with these citations stand. Words that nothing bears out may be of any passage.
    fn documents(&self, citations: &[Citation], passages: &Passages) -> Vec<Uuid> {
        match self.options.policy {
            ClaimPolicy::Strict => documents_of(citations),
            ClaimPolicy::Flag => passages.ids(),
        }
    }

    fn prompt_entry(&self, request: &ChatRequest, passages: &Passages, retrieval: Uuid) -> Result<Entry> {
        let instructions = ChatRequest { passages: Vec::new(), ..request.clone() };
        let instructions = serde_json::to_value(&instructions)
            .map_err(|error| Error::new(ErrorKind::Internal, "ask.record", error.to_string()))?;
        let mut entry = self
            .corpus
            .intent(Action::Prompt)
            .refers_to(retrieval)
            .version("answer", self.id)
            .version("template", TEMPLATE)
            .version("provider", self.model.provider())
            .version("model", self.model.name())
            .count("passages", request.passages.len() as u64)
            .payload("prompt", Content::Json(instructions));
        for place in 0..request.passages.len() {
            if let Some(passage) = passages.recorded(place) {
                entry = entry.payload_of("passage", &[passage.document], Content::Passage(passage));
            }
        }
        Ok(entry)
    }

    fn answer(&self, retrieved: &Retrieved, made: &mut Made, said: &Said, complete: Option<bool>) -> Answer {
        let language = retrieved.question.language;
        let (claims, withheld) = (std::mem::take(&mut made.claims), std::mem::take(&mut made.withheld));
        let is_declined = matches!(said.stop, Some(StopReason::Refusal | StopReason::ContentFilter));
        let is_whole = withheld.is_empty()
            && complete != Some(false)
            && !is_declined
            && !matches!(said.stop, Some(StopReason::MaxTokens))
            && claims.iter().all(|claim| claim.verdict == ClaimVerdict::Supported);
        let refused = |refusal, reason| (AnswerStatus::Refused, Some(refusal), Some(reason));
        let (status, refusal, reason) = match (claims.is_empty(), withheld.is_empty()) {
            (false, _) if is_whole => (AnswerStatus::Answered, None, None),
            (false, _) => (AnswerStatus::Partly, None, None),
            (true, _) if is_declined => refused(Refusal::Declined, declined(language)),
            (true, false) => refused(Refusal::NotBorneOut, not_borne_out(language)),
            (true, true) => (AnswerStatus::NotFound, None, Some(not_found(language, &retrieved.coverage))),
        };
        Answer {
            id: self.id,
            status,
            reason,
            refusal,
            coverage: retrieved.coverage,
            text: claims.iter().map(|claim| claim.text.as_str()).collect::<Vec<_>>().join(" "),
            claims,
            withheld,
            citations: std::mem::take(&mut made.citations),
            model: Some(said.model.clone().unwrap_or_else(|| self.model.name().to_owned())),
            usage: said.usage,
            cost: None,
            index_version: retrieved.index_version,
            audit: None,
        }
    }

    async fn finish(&self, answer: Answer, said: &Said, passages: Option<&Passages>, ending: Ending) -> Result<Answer> {
        self.finish_with(Vec::new(), answer, said, passages, ending).await
    }

    /// Puts the outcome on record, behind `before`.
    async fn finish_with(
        &self,
        mut before: Vec<Entry>,
        mut answer: Answer,
        said: &Said,
        passages: Option<&Passages>,
        ending: Ending,
    ) -> Result<Answer> {
        let inner = &self.corpus.engine().0;
        let documents = passages.map_or_else(Vec::new, |passages| self.documents(&answer.citations, passages));
        let mut entry = Entry::outcome(inner.clock.as_ref(), inner.random.as_ref(), self.corpus.caller(), Action::Answer, ending)
            .version("answer", answer.id)
            .version("provider", self.model.provider())
            .version("model", self.model.name())
            .count("releases", self.releases)
            .count("claims", answer.claims.len() as u64)
            .count("withheld", answer.withheld.len() as u64)
            .count("citations", answer.citations.len() as u64)
            .payload_of("answer", &documents, Content::Json(recorded(&answer)?));
        for id in self.refs.iter().chain(before.iter().map(|entry| &entry.id)) {
            entry = entry.refers_to(*id);
        }
        if let Some(usage) = said.usage {
            entry = entry.count("input_tokens", usage.input_tokens).count("output_tokens", usage.output_tokens);
            self.span.record("gen_ai.usage.input_tokens", usage.input_tokens);
            self.span.record("gen_ai.usage.output_tokens", usage.output_tokens);
        }
        if let Some(model) = &said.model {
            self.span.record("gen_ai.response.model", model.as_str());
        }
        // What the model wrote, what was withheld included; it may be of any passage.
        if !said.text.is_empty() {
            let documents = passages.map(Passages::ids).unwrap_or_default();
            let said =
                serde_json::to_value(said).map_err(|error| Error::new(ErrorKind::Internal, "ask.record", error.to_string()))?;
            entry = entry.payload_of("response", &documents, Content::Json(said));
        }
        self.span.record("beleg.entry_id", display(entry.id));
        before.push(entry);
        answer.audit = self.corpus.recorder().record_all(before).await?.pop().and_then(|recorded| recorded.audit);
        if let Some(audit) = &answer.audit {
            self.span.record("beleg.entry_index", audit.index);
        }
        Ok(answer)
    }

    /// Puts on record what was handed out before it failed, and fails.
    async fn failed(
        &mut self,
        made: &mut Made,
        said: Said,
        found: Option<(&Retrieved, &Passages)>,
        error: Error,
    ) -> Result<Option<Answer>> {
        let inner = &self.corpus.engine().0;
        let on_record = match found {
            Some((retrieved, passages)) => {
                let answer = self.answer(retrieved, made, &said, Some(false));
                self.finish(answer, &said, Some(passages), Ending::Failed).await.map(drop)
            }
            None => {
                let mut entry = Entry::outcome(
                    inner.clock.as_ref(),
                    inner.random.as_ref(),
                    self.corpus.caller(),
                    Action::Answer,
                    Ending::Failed,
                )
                .version("answer", self.id);
                for id in &self.refs {
                    entry = entry.refers_to(*id);
                }
                self.corpus.recorder().record(entry).await.map(drop)
            }
        };
        // What went wrong first says more.
        drop(on_record);
        Err(error)
    }

    /// Whether anybody reads it.
    async fn send(&self, event: AnswerEvent) -> bool {
        self.events.send(Ok(event)).await.is_ok()
    }
}

/// How the conversation ended.
enum Ended {
    /// The model said what it had to say.
    Said {
        /// Whether that is all of it, when it says so.
        complete: Option<bool>,
    },
    /// There was nothing to show it. The search is yet to be put on record.
    Nothing(Box<Entry>),
    /// Nobody reads any more.
    Dropped,
}

/// A checked citation as it is handed out: each part with the bytes that stand there.
fn citations(checked: &CheckedCitation, passages: &Passages) -> Vec<Citation> {
    let Some(shown) = passages.list.get(checked.passage).filter(|_| checked.verdict.is_verified()) else { return Vec::new() };
    let record = &passages.documents[shown.document];
    let of = |part: &Vec<crate::types::Segment>| {
        let placed: Vec<_> = part.iter().filter_map(|segment| passages.placed(shown.document, segment)).collect();
        let first = placed.first()?.clone();
        let page = &passages.pages[&(shown.document, first.page)];
        let origin = page.origin(first.span);
        Some(Citation {
            document: record.document.clone(),
            page: first.page,
            span: first.span,
            boxes: first.boxes.clone(),
            place: page.place(first.span, record.format.as_deref()),
            text_version: shown.hit.text_version.clone(),
            heading: shown.hit.heading.clone(),
            quote: passages.quote(shown.document, part)?,
            verdict: verdict_by(origin),
            score: shown.hit.score,
            segments: placed,
        })
    };
    checked.parts.iter().filter_map(of).collect()
}

fn documents_of(citations: &[Citation]) -> Vec<Uuid> {
    let mut documents: Vec<Uuid> = citations.iter().map(|citation| citation.document.id).collect();
    documents.sort_unstable();
    documents.dedup();
    documents
}

fn declined(language: Language) -> String {
    match language {
        Language::En => "The chat model declined to answer.",
        _ => "Das Sprachmodell hat die Antwort abgelehnt.",
    }
    .to_owned()
}

fn not_borne_out(language: Language) -> String {
    match language {
        Language::En => "What the chat model answered is not borne out by the passages that it cites.",
        _ => "Was das Sprachmodell geantwortet hat, wird von den Passagen, die es zitiert, nicht getragen.",
    }
    .to_owned()
}
