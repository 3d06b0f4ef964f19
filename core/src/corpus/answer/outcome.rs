//! What becomes of a question that a chat model was asked, and its record.

use tracing::field::display;

use super::{
    Answer, AnswerEvent, AnswerStatus, AskOptions, ChatChoice, Refusal,
    chat::{Asking, Found, Made, Said, json},
    extractive::{Instead, not_found, recorded},
    passages::Passages,
};
use crate::{
    Error, Result,
    provider::StopReason,
    record::{Action, Content, Ending, Entry},
    types::{ClaimVerdict, Language},
};

impl Asking {
    pub(super) fn answer(&self, found: &Found, made: &mut Made, said: &Said, complete: Option<bool>) -> Answer {
        let (retrieved, language) = (found.first(), found.first().question.language);
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
            model: Some(said.model.clone().unwrap_or_else(|| self.spending.model().to_owned())),
            usage: self.spending.usage(),
            cost: self.spending.cost(&self.corpus),
            question: found.question.clone(),
            follows: self.options.follows,
            searches: found.searches[1..].iter().map(|search| search.question.text.clone()).collect(),
            instead_of: self.spending.because().map(str::to_owned),
            index_version: retrieved.index_version,
            audit: None,
        }
    }

    pub(super) async fn finish(
        &mut self,
        answer: Answer,
        said: &Said,
        passages: Option<&Passages>,
        ending: Ending,
    ) -> Result<Answer> {
        self.finish_with(Vec::new(), answer, said, passages, ending).await
    }

    /// Puts the outcome on record, behind `before`.
    pub(super) async fn finish_with(
        &mut self,
        mut before: Vec<Entry>,
        mut answer: Answer,
        said: &Said,
        passages: Option<&Passages>,
        ending: Ending,
    ) -> Result<Answer> {
        self.spending.guess(&self.corpus, &said.text);
        (answer.usage, answer.cost) = (self.spending.usage(), self.spending.cost(&self.corpus));
        let inner = &self.corpus.engine().0;
        let documents = passages.map_or_else(Vec::new, |passages| self.documents(&answer.citations, passages));
        let mut entry = Entry::outcome(inner.clock.as_ref(), inner.random.as_ref(), self.corpus.caller(), Action::Answer, ending)
            .version("answer", answer.id)
            .version("provider", self.spending.provider())
            .version("model", self.spending.model())
            .count("releases", self.releases)
            .count("claims", answer.claims.len() as u64)
            .count("withheld", answer.withheld.len() as u64)
            .count("citations", answer.citations.len() as u64)
            .payload_of("answer", &documents, Content::Json(recorded(&answer)?));
        for id in self.refs.iter().chain(before.iter().map(|entry| &entry.id)) {
            entry = entry.refers_to(*id);
        }
        if let Some(usage) = self.spending.usage() {
            entry = self.spending.told(entry);
            self.span.record("gen_ai.usage.input_tokens", usage.input_tokens);
            self.span.record("gen_ai.usage.output_tokens", usage.output_tokens);
        }
        if let Some(model) = &said.model {
            self.span.record("gen_ai.response.model", model.as_str());
        }
        // What the model wrote, what was withheld included; it may be of any passage.
        if !said.text.is_empty() {
            let documents = passages.map(Passages::ids).unwrap_or_default();
            entry = entry.payload_of("response", &documents, Content::Json(json(said)?));
        }
        entry = entry.of_documents_too(&self.before);
        self.span.record("beleg.entry_id", display(entry.id));
        let mut entries = self.corpus.restated(&answer.citations).await;
        entries.append(&mut before);
        entries.push(entry);
        answer.audit = self.corpus.recorder().record_all(entries).await?.pop().and_then(|recorded| recorded.audit);
        if let Some(audit) = &answer.audit {
            self.span.record("beleg.entry_index", audit.index);
        }
        Ok(answer)
    }

    /// Puts on record what was handed out before it failed, and fails.
    pub(super) async fn failed(
        &mut self,
        made: &mut Made,
        said: Said,
        found: Option<&Found>,
        error: Error,
    ) -> Result<Option<Answer>> {
        let on_record = match found {
            Some(found) => {
                let answer = self.answer(found, made, &said, Some(false));
                self.finish(answer, &said, Some(&found.passages), Ending::Failed).await.map(drop)
            }
            None => self.ended_early(Ending::Failed).await,
        };
        // What went wrong first says more.
        drop(on_record);
        Err(error)
    }

    /// Puts an outcome on record that says nothing but how it ended.
    async fn ended_early(&mut self, ending: Ending) -> Result<()> {
        self.spending.guess(&self.corpus, "");
        let inner = &self.corpus.engine().0;
        let entry = Entry::outcome(inner.clock.as_ref(), inner.random.as_ref(), self.corpus.caller(), Action::Answer, ending)
            .version("answer", self.id);
        let entry = self.refs.iter().fold(entry, |entry, id| entry.refers_to(*id));
        let entry = self.spending.told(entry);
        self.corpus.recorder().record(entry).await.map(drop)
    }

    /// The same when nobody waits for the answer any more.
    pub(super) async fn nobody_waits(&mut self) -> Result<Option<Answer>> {
        self.ended_early(Ending::Aborted).await.map(|()| None)
    }

    /// Whether quotes take the place of the model's words: it failed, or a layer before it, or the money is spent; nothing of it was handed out; the
    /// question stands alone; and the caller said so.
    pub(super) fn may_fall_back(&self, made: &Made, error: &Error) -> bool {
        let handed_out = self.releases > 0 || made.has_drafts;
        let is_of_model = error.code().starts_with("provider.") || error.code() == "budget.exhausted";
        self.options.or_quotes && !handed_out && is_of_model && self.alone.is_some()
    }

    /// Answers without the model. That it failed is on record by now.
    pub(super) async fn quotes_instead(&self, error: Error) -> Result<Answer> {
        let because = error.code().to_owned();
        self.send(AnswerEvent::Switched { provider: String::new(), model: String::new(), because: because.clone() }).await;
        // How many passages a model is shown says nothing of how many quotes are of use.
        let options = AskOptions { chat: ChatChoice::Nobody, passages: None, ..self.options.clone() };
        let question = self.alone.as_deref().unwrap_or(&self.question);
        let instead = Instead { of: because, follows: self.options.follows, before: &self.before };
        self.corpus.answer_with_quotes(question, options, Some(instead), &self.span).await
    }
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
