//! What a chat model says: each claim checked, put on record, and handed out.

use futures::{FutureExt, StreamExt};
use uuid::Uuid;

use super::{
    AnswerEvent, Citation, Claim, ClaimPolicy, Withheld,
    chat::{Asking, Ended, Made, NAMED_RELEASES, Said, WAITING},
    extractive::verdict_by,
    passages::Passages,
};
use crate::{
    Error, Result,
    answer::{Checked, CheckedCitation, Checker, Draft, DraftClaim, TextVectors},
    provider::{ChatEvent, ChatStream, Failure},
    record::{Action, Content, Entry},
    types::{CitationVerdict, ClaimVerdict, Language, Segment},
};

impl Asking {
    /// Hands out what holds of what the model says.
    #[allow(clippy::too_many_arguments, reason = "what comes, what it is held against, and what was made so far")]
    pub(super) async fn listen(
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
                            ChatEvent::Waiting { seconds, why } => {
                                self.send(AnswerEvent::Waiting { seconds: *seconds, why: *why }).await;
                            }
                            ChatEvent::Switched { provider, model, because } => self.switched(provider, model, because).await,
                            ChatEvent::Filter(report) => said.filters.push(report.clone()),
                            ChatEvent::Ended { stop, usage } => {
                                (said.stop, said.usage) = (Some(stop.clone()), Some(*usage));
                                self.spending.used(&self.corpus, said.model.as_deref(), usage);
                                is_over = true;
                            }
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
            made.has_drafts = true;
            events.push(AnswerEvent::Draft(raw.clone()));
        }
        let (claims_before, withheld_before, citations_before) = (made.claims.len(), made.withheld.len(), made.citations.len());
        for claim in claims {
            self.embed(checker.compares(&claim), &mut made.vectors).await;
            let checked = checker.check(&claim, &made.vectors);
            events.push(self.judged(checked, checker.language(), passages, made));
        }
        if events.is_empty() {
            return Ok(true);
        }
        if made.claims.len() > claims_before || made.citations.len() > citations_before || !raw.is_empty() {
            let inner = &self.corpus.engine().0;
            let new = &made.citations[citations_before..];
            let mut entry = Entry::release(inner.clock.as_ref(), inner.random.as_ref(), self.corpus.caller(), Action::Answer)
                .refers_to(prompt)
                .version("answer", self.id)
                .count("claims", (made.claims.len() - claims_before) as u64)
                .count("citations", new.len() as u64);
            let told = serde_json::json!({
                "claims": &made.claims[claims_before..],
                "withheld": &made.withheld[withheld_before..],
                "citations": new,
                "draft": raw,
            });
            let documents = if raw.is_empty() { self.documents(new, passages) } else { passages.ids() };
            entry = entry.payload_of("release", &documents, Content::Json(told)).of_documents_too(&self.before);
            if self.releases < NAMED_RELEASES {
                self.refs.push(entry.id);
            }
            self.releases += 1;
            if let Err(error) = self.corpus.recorder().record(entry).await {
                // They are not handed out.
                made.claims.truncate(claims_before);
                made.withheld.truncate(withheld_before);
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

    /// Another model is asked: that is who answers, and what is paid.
    pub(super) async fn switched(&mut self, provider: &str, model: &str, because: &str) {
        self.spending.switched(provider, model, because);
        let (provider, model, because) = (provider.to_owned(), model.to_owned(), because.to_owned());
        self.send(AnswerEvent::Switched { provider, model, because }).await;
    }

    /// Adds vectors of texts; none when they cannot be made: then a claim has to do without.
    async fn embed(&self, mut texts: Vec<String>, vectors: &mut TextVectors) {
        texts.retain(|text| !vectors.contains_key(text));
        if texts.is_empty() {
            return;
        }
        let model = self.corpus.engine().model().clone();
        let embedded = tokio::task::spawn_blocking(move || {
            let borrowed: Vec<&str> = texts.iter().map(String::as_str).collect();
            let vectors = model.embed_passages(&borrowed)?;
            Ok::<_, Error>(texts.into_iter().zip(vectors).collect::<Vec<_>>())
        });
        vectors.extend(embedded.await.ok().and_then(Result::ok).unwrap_or_default());
    }

    /// What becomes of a claim.
    fn judged(&self, checked: Checked, language: Language, passages: &Passages, made: &mut Made) -> AnswerEvent {
        let verdict = checked.verdict();
        let is_handed_out = verdict == ClaimVerdict::Supported || self.options.policy == ClaimPolicy::Flag;
        let before = made.citations.len();
        let mut places = Vec::new();
        for checked in &checked.citations {
            // In place of a claim that is withheld stand whole sentences: a quote of its own choice could leave out the `not`.
            let whole = std::slice::from_ref(&checked.sentences);
            for citation in citations(checked, if is_handed_out { &checked.parts } else { whole }, passages, self.options.policy)
            {
                let is_it = |known: &Citation| known.document == citation.document && known.segments == citation.segments;
                let place = made.citations.iter().position(is_it).unwrap_or(made.citations.len());
                if !places.contains(&place) {
                    places.push(place);
                }
                if place == made.citations.len() {
                    made.citations.push(citation);
                }
            }
        }
        let new = made.citations[before..].to_vec();
        let event = if is_handed_out {
            let claim = Claim { text: checked.text.clone(), citations: places, verdict, calculations: checked.calculations() };
            made.claims.push(claim.clone());
            AnswerEvent::Claim { claim, citations: new }
        } else {
            let withheld = Withheld { verdict, reason: checked.reason(language), citations: places };
            made.withheld.push(withheld.clone());
            AnswerEvent::Withheld { withheld, citations: new }
        };
        made.checks.push(checked);
        event
    }

    /// The documents under whose keys claims with these citations stand. Words that nothing bears out may be of any passage.
    pub(super) fn documents(&self, citations: &[Citation], passages: &Passages) -> Vec<Uuid> {
        match self.options.policy {
            ClaimPolicy::Strict => documents_of(citations),
            ClaimPolicy::Flag => passages.ids(),
        }
    }
}

/// Parts of a checked citation as they are handed out, each with the bytes that stand there.
fn citations(checked: &CheckedCitation, parts: &[Vec<Segment>], passages: &Passages, policy: ClaimPolicy) -> Vec<Citation> {
    // A sentence that means the same is shown to who wants to see everything, and is no evidence.
    let is_paraphrase = checked.verdict == CitationVerdict::Paraphrase;
    let is_shown = checked.verdict.is_verified() || is_paraphrase && policy == ClaimPolicy::Flag;
    let Some(shown) = passages.list.get(checked.passage).filter(|_| is_shown) else { return Vec::new() };
    let record = &passages.documents[shown.document];
    let of = |part: &Vec<Segment>| {
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
            verdict: if is_paraphrase { checked.verdict } else { verdict_by(origin) },
            score: shown.hit.score,
            segments: placed,
        })
    };
    parts.iter().filter_map(of).collect()
}

fn documents_of(citations: &[Citation]) -> Vec<Uuid> {
    let mut documents: Vec<Uuid> = citations.iter().map(|citation| citation.document.id).collect();
    documents.sort_unstable();
    documents.dedup();
    documents
}
