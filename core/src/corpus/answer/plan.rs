//! Follow-up questions and questions of several parts: a chat model says what to search for, on record before and after.

use std::collections::BTreeSet;

use futures::StreamExt;
use uuid::Uuid;

use super::{
    super::Corpus,
    Answer, AnswerEvent,
    chat::{Asking, json},
    redaction::Mapped,
};
use crate::{
    Error, ErrorKind, Result,
    answer::{PLAN_TEMPLATE, Plan, Turn, plan_prompt, read_plan},
    audit_log::Subject,
    index::analysis,
    provider::{ChatEvent, ChatRequest, Failure},
    record::{Action, Content, Ending, Entry},
    redact::Pseudonyms,
};

/// Turns of a conversation that are looked up, the last ones.
const TURNS: usize = 6;
/// Searches for one question at most.
const SEARCHES: usize = 5;

/// What was said before.
#[derive(Default)]
pub(super) struct Conversation {
    /// Oldest first.
    pub(super) turns: Vec<Turn>,
    /// The placeholders of its last prompt that had any.
    pub(super) pseudonyms: Pseudonyms,
    /// The documents that any of it is of.
    pub(super) documents: Vec<Uuid>,
}

impl Corpus {
    /// The conversation that leads to a question: the answer that it follows, the one that this followed, and so on, oldest first, as they
    /// stand on record. It ends where something was erased.
    ///
    /// # Errors
    /// `ask.follows` for an answer that there is not, that somebody else got, or that cites what the caller may no longer see.
    pub(super) async fn conversation(&self, follows: Option<Uuid>) -> Result<Conversation> {
        let (mut turns, mut documents, mut pseudonyms) = (Vec::new(), BTreeSet::new(), None);
        let Some(first) = follows else { return Ok(Conversation::default()) };
        let mut id = first;
        let unknown = || {
            Error::new(ErrorKind::NotFound, "ask.follows", "the caller got no such answer to ask further of")
                .with("answer", first.to_string())
                .with_hint("give the id of an answer that the same actor got from this corpus, and whose documents it still sees")
        };
        if !self.has_log() {
            return Err(unknown());
        }
        self.refresh().await?;
        let (log, visible, keys) = (self.audit(), self.visible().await, self.engine().0.keys.as_ref());
        let actor = keys.find(self.id(), &Subject::Person(self.caller().actor.id.clone()))?.map(|key| key.pseudonym);
        while turns.len() < TURNS {
            let found = log.find(id, "answer").await?.filter(|found| Some(found.leaf.actor.pseudonym) == actor);
            let Some(found) = found else {
                if turns.is_empty() {
                    return Err(unknown());
                }
                break;
            };
            let Some(answer) = found.payload("answer").and_then(|bytes| serde_json::from_slice::<Answer>(bytes).ok()) else {
                break;
            };
            let cited: BTreeSet<Uuid> = answer.citations.iter().map(|citation| citation.document.id).collect();
            if cited.iter().any(|document| visible.find(&document.to_string()).is_err()) {
                if turns.is_empty() {
                    return Err(unknown());
                }
                break;
            }
            if pseudonyms.is_none() {
                pseudonyms = self.recorded_pseudonyms(&found).await?;
            }
            documents.extend(cited);
            turns.push(Turn { question: answer.question, answer: answer.text });
            let Some(before) = answer.follows else { break };
            id = before;
        }
        turns.reverse();
        let Mapped { pseudonyms, documents: mapped } = pseudonyms.unwrap_or_default();
        documents.extend(mapped);
        Ok(Conversation { turns, pseudonyms, documents: documents.into_iter().collect() })
    }
}

impl Asking {
    /// What to search for; `None` when nobody waits any more. A model that says nothing of use leaves the question as it is.
    pub(super) async fn plan(&mut self, turns: &[Turn]) -> Result<Option<Plan>> {
        let searches = self.options.searches.unwrap_or(1).clamp(1, SEARCHES);
        let request = self.plan_request(turns, searches);
        let entry = self.prompt_intent(PLAN_TEMPLATE).payload("prompt", Content::Json(json(&request)?));
        let id = entry.id;
        let mut stream = self.send_prompt(request, entry, Vec::new(), &[], None).await?;
        let (mut text, mut model, mut is_over) = (String::new(), None, false);
        while !is_over {
            let event = tokio::select! {
                biased;
                () = self.events.closed() => return Ok(None),
                event = stream.next() => event,
            };
            match event {
                Some(Ok(ChatEvent::Started { model: its, .. })) => model = its,
                Some(Ok(ChatEvent::Text(more))) => text.push_str(&more),
                Some(Ok(ChatEvent::Waiting { seconds, why })) => drop(self.send(AnswerEvent::Waiting { seconds, why }).await),
                Some(Ok(ChatEvent::Switched { provider, model, because })) => {
                    self.switched(&provider, &model, &because).await;
                }
                Some(Ok(ChatEvent::Ended { usage, .. })) => {
                    self.spending.used(&self.corpus, model.as_deref(), &usage);
                    is_over = true;
                }
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(error),
                None => return Err(Failure::CutOff.error().with("provider", self.model.provider())),
            }
        }
        let unchanged = || Plan { question: self.question.clone(), searches: Vec::new() };
        let plan = read_plan(&text, searches).unwrap_or_else(unchanged);
        let inner = &self.corpus.engine().0;
        let entry =
            Entry::outcome(inner.clock.as_ref(), inner.random.as_ref(), self.corpus.caller(), Action::Prompt, Ending::Complete)
                .refers_to(id)
                .version("answer", self.id)
                .count("searches", 1 + plan.searches.len() as u64)
                .payload("response", Content::Text(text))
                .payload("plan", Content::Json(json(&plan)?))
                .of_documents_too(&self.before);
        self.refs.push(entry.id);
        self.corpus.recorder().record(entry).await?;
        Ok(Some(plan))
    }

    /// The prompt, with as many of the last turns as fit the model's window.
    fn plan_request(&self, turns: &[Turn], searches: usize) -> ChatRequest {
        let capabilities = self.model.capabilities();
        let window = capabilities.context_tokens.map_or(u64::MAX, u64::from);
        let language = analysis::language(&self.question);
        let mut shown = turns;
        loop {
            let request = plan_prompt(language, &self.question, shown, searches, &capabilities);
            let most = self.corpus.most_usage(&request);
            match shown {
                [_, rest @ ..] if most.input_tokens.saturating_add(most.output_tokens) > window => shown = rest,
                _ => return request,
            }
        }
    }
}
