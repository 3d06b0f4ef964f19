//! Answers in a chat model's words: intent → (plan →) prompt → releases → outcome, each on record before what follows from it.

use std::sync::Arc;

use tokio::sync::{OwnedRwLockReadGuard, mpsc};
use tracing::{Instrument, Span};
use uuid::Uuid;

use super::{
    super::{Corpus, search::Retrieved, search::SearchOptions},
    Answer, AnswerEvent, AnswerStatus, AnswerStream, AskOptions, Citation, Claim, Refusal, Withheld,
    passages::Passages,
    plan::Conversation,
    spending::Spending,
};
use crate::{
    Error, ErrorKind, Result,
    answer::{Checked, Checker, Draft, PLAN_TEMPLATE, Plan, TEMPLATE, TextVectors, claim::ClaimChecker, fitting, prompt},
    env::new_id,
    provider::{ChatModel, ChatRequest, ChatStream, Failure, FilterReport, StopReason, Usage},
    record::{Action, Content, Ending, Entry},
    redact::Pseudonyms,
    types::Coverage,
};

/// Passages that a chat model is shown, when the caller does not say.
const PASSAGES: usize = 8;
/// Events that wait for a slow reader; then the model waits.
pub(super) const WAITING: usize = 64;
/// An outcome names so many releases at most; each of them names the prompt.
pub(in crate::corpus) const NAMED_RELEASES: u64 = 64;

/// One answer in the making.
pub(super) struct Asking {
    pub(super) corpus: Corpus,
    pub(super) model: Arc<dyn ChatModel>,
    pub(super) options: AskOptions,
    /// As it was asked.
    pub(super) question: String,
    /// As it stands alone, once that is known.
    pub(super) alone: Option<String>,
    /// The documents of what was said before: its words may come back in the question, in the answer, and in what placeholders
    /// stand for, so all of that goes with any of them.
    pub(super) before: Vec<Uuid>,
    pub(super) events: mpsc::Sender<Result<AnswerEvent>>,
    pub(super) id: Uuid,
    /// What its outcome continues.
    pub(super) refs: Vec<Uuid>,
    pub(super) releases: u64,
    pub(super) spending: Spending,
    /// What placeholders stand for, and whether prompts have any.
    pub(super) pseudonyms: Pseudonyms,
    pub(super) redacts: bool,
    pub(super) span: Span,
    /// The corpus closes once it is let go.
    _open: OwnedRwLockReadGuard<()>,
}

/// What was made of the model's words so far.
#[derive(Default)]
pub(super) struct Made {
    pub(super) claims: Vec<Claim>,
    pub(super) citations: Vec<Citation>,
    pub(super) withheld: Vec<Withheld>,
    /// Of all claims, withheld ones too.
    pub(super) checks: Vec<Checked>,
    /// Vectors of texts that were compared.
    pub(super) vectors: TextVectors,
    /// Whether words were handed out unchecked.
    pub(super) has_drafts: bool,
}

/// What the model wrote, and what the checks of its claims came to.
#[derive(Debug, Default, serde::Serialize)]
pub(super) struct Said {
    pub(super) id: Option<String>,
    pub(super) model: Option<String>,
    pub(super) text: String,
    pub(super) stop: Option<StopReason>,
    pub(super) usage: Option<Usage>,
    /// What the provider's own filters found.
    pub(super) filters: Vec<FilterReport>,
    pub(super) checks: Vec<Checked>,
}

/// What was searched, and what of it the model is shown.
pub(super) struct Found {
    /// What the question is, to be understood alone.
    pub(super) question: String,
    /// The first is that of the question itself.
    pub(super) searches: Vec<Retrieved>,
    pub(super) passages: Passages,
}

impl Found {
    /// The search for the question itself.
    pub(super) fn first(&self) -> &Retrieved {
        &self.searches[0]
    }
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
            spending: Spending::new(model.as_ref()),
            model,
            options,
            question: question.to_owned(),
            alone: None,
            before: Vec::new(),
            events,
            id: new_id(inner.clock.as_ref(), inner.random.as_ref()),
            refs: Vec::new(),
            releases: 0,
            pseudonyms: Pseudonyms::new(),
            redacts: false,
            span: span.clone(),
            _open: open,
        };
        // Beside the search: the first claim of a process need not wait for it.
        drop(tokio::task::spawn_blocking(ClaimChecker::prepare));
        tokio::spawn(asking.run().instrument(span));
        Ok(AnswerStream::new(receiver))
    }
}

impl Asking {
    async fn run(mut self) {
        let mut made = Made::default();
        let done = match Box::pin(self.work(&mut made)).await {
            Err(error) if self.may_fall_back(&made, &error) => Box::pin(self.quotes_instead(error)).await.map(Some),
            done => done,
        };
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
        let Conversation { turns, pseudonyms, documents } = corpus.conversation(self.options.follows).await?;
        (self.pseudonyms, self.before) = (pseudonyms, documents);
        let mut intent =
            corpus.intent(Action::Answer).version("answer", self.id).payload("query", Content::Text(self.question.clone()));
        if let Some(before) = self.options.follows {
            intent = intent.version("follows", before);
        }
        self.refs.push(intent.id);
        let k = self.options.passages.unwrap_or(PASSAGES).max(1);
        let search = SearchOptions { k, filter: self.options.filter.clone(), ..SearchOptions::default() };
        let found = if turns.is_empty() && self.options.searches.unwrap_or(1) <= 1 {
            // The search goes on while the intent becomes durable.
            self.alone = Some(self.question.clone());
            let plan = Plan { question: self.question.clone(), searches: Vec::new() };
            let (on_record, found) = tokio::join!(corpus.recorder().record(intent), Box::pin(self.search(plan, &search)));
            on_record?;
            found
        } else {
            corpus.recorder().record(intent).await?;
            match Box::pin(self.plan(&turns)).await {
                Ok(Some(plan)) => {
                    self.alone = Some(plan.question.clone());
                    self.search(plan, &search).await
                }
                Ok(None) => return self.nobody_waits().await,
                Err(error) => Err(error),
            }
        };
        let found = match found {
            Ok(found) => found,
            Err(error) => return self.failed(made, Said::default(), None, error).await,
        };
        let aggregation = match corpus.aggregation(found.first()).await {
            Ok(aggregation) => aggregation,
            Err(error) => return self.failed(made, Said::default(), None, error).await,
        };
        let mut said = Said::default();
        let retrieval = self.retrieval_entries(&found, &search)?;
        if let Some(reason) = aggregation {
            let (status, refusal) = (AnswerStatus::Refused, Some(Refusal::NeedsAggregation));
            let answer = Answer { status, refusal, reason: Some(reason), ..self.answer(&found, made, &said, None) };
            return self.finish_with(retrieval, answer, &said, Some(&found.passages), Ending::Complete).await.map(Some);
        }
        match Box::pin(self.converse(&found, retrieval, made, &mut said)).await {
            Ok(Ended::Said { complete }) => {
                let answer = self.answer(&found, made, &said, complete);
                self.finish(answer, &said, Some(&found.passages), Ending::Complete).await.map(Some)
            }
            Ok(Ended::Nothing(retrieval)) => {
                let answer = self.answer(&found, made, &said, Some(false));
                self.finish_with(retrieval, answer, &said, Some(&found.passages), Ending::Complete).await.map(Some)
            }
            Ok(Ended::Dropped) => {
                let answer = self.answer(&found, made, &said, Some(false));
                self.finish(answer, &said, Some(&found.passages), Ending::Aborted).await.map(|_| None)
            }
            Err(error) => self.failed(made, said, Some(&found), error).await,
        }
    }

    /// Searches, and reads the best passages of all searches.
    async fn search(&self, plan: Plan, options: &SearchOptions) -> Result<Found> {
        let mut searches = vec![self.corpus.retrieve(&plan.question, options).await?];
        for search in &plan.searches {
            searches.push(self.corpus.retrieve(search, options).await?);
        }
        let passages = Passages::of(&self.corpus, &searches, options.k).await?;
        Ok(Found { question: plan.question, searches, passages })
    }

    fn retrieval_entries(&self, found: &Found, options: &SearchOptions) -> Result<Vec<Entry>> {
        let entry = |retrieved| Ok(self.corpus.retrieval_entry(retrieved, options, &[])?.of_documents_too(&self.before));
        found.searches.iter().map(entry).collect()
    }

    /// Sends the prompt, once it is on record, and hands out what holds of what comes back.
    async fn converse(&mut self, found: &Found, retrieval: Vec<Entry>, made: &mut Made, said: &mut Said) -> Result<Ended> {
        let Found { question, passages, .. } = found;
        let language = found.first().question.language;
        let capabilities = self.model.capabilities();
        let shown = passages.list.iter().map(|shown| shown.chat.clone()).collect::<Vec<_>>();
        if shown.is_empty() {
            return Ok(Ended::Nothing(retrieval));
        }
        let mut request = prompt(language, question, shown, &capabilities);
        let tokenizer = self.corpus.engine().model().tokenizer();
        let fit = fitting(&request, &capabilities, |text| tokenizer.count(text).unwrap_or(text.len()));
        if fit == 0 {
            return Err(Failure::TooLong.error().with("model", self.model.name()));
        }
        request.passages.truncate(fit);

        let prompt = self.prompt_entry(&request, passages, &retrieval)?;
        let prompt_id = prompt.id;
        let documents = passages.ids();
        let mut stream = self.send_prompt(request, prompt, retrieval, &documents, Some((found.first().coverage, fit))).await?;
        let mut checker = Checker::new(passages.evidence(fit), passages.evidence_pages(), question, language);
        let mut draft = Draft::default();
        let ended = self.listen(&mut stream, &mut draft, prompt_id, &mut checker, passages, made, said).await;
        draft.text().clone_into(&mut said.text);
        said.checks = std::mem::take(&mut made.checks);
        ended
    }

    /// Sends a prompt once the budget allows it and it is on record behind `before`.
    pub(super) async fn send_prompt(
        &mut self,
        request: ChatRequest,
        prompt: Entry,
        mut before: Vec<Entry>,
        documents: &[Uuid],
        retrieved: Option<(Coverage, usize)>,
    ) -> Result<ChatStream> {
        let is_json = prompt.versions.get("template").is_some_and(|template| template == PLAN_TEMPLATE)
            || !self.model.capabilities().citations;
        let ready = self.ready(request, prompt, documents).await;
        self.refs.extend(before.iter().map(|entry| entry.id));
        let (request, prompt) = match ready {
            Ok(ready) => ready,
            Err(error) => {
                // It was searched, though nothing is sent.
                self.corpus.recorder().record_all(before).await?;
                return Err(error);
            }
        };
        self.refs.push(prompt.id);
        before.push(prompt);
        self.corpus.recorder().record_all(before).await?;
        if let Some((coverage, passages)) = retrieved {
            self.send(AnswerEvent::Retrieved { coverage, passages }).await;
        }
        let request = ChatRequest { caller: Some(self.corpus.caller().actor.id.clone()), ..request };
        Ok(self.restored(self.model.chat(request).await?, is_json))
    }

    /// A prompt without personal data where it must be, with the money for it set aside.
    async fn ready(&mut self, request: ChatRequest, prompt: Entry, documents: &[Uuid]) -> Result<(ChatRequest, Entry)> {
        let (request, prompt) = self.redacted(request, prompt, documents).await?;
        self.spending.reserve(&self.corpus, &request, self.model.as_ref()).await?;
        Ok((request, prompt.of_documents_too(&self.before)))
    }

    fn prompt_entry(&self, request: &ChatRequest, passages: &Passages, retrieval: &[Entry]) -> Result<Entry> {
        let instructions = ChatRequest { passages: Vec::new(), ..request.clone() };
        let mut entry = self
            .prompt_intent(TEMPLATE)
            .count("passages", request.passages.len() as u64)
            .payload("prompt", Content::Json(json(&instructions)?));
        for retrieval in retrieval {
            entry = entry.refers_to(retrieval.id);
        }
        for place in 0..request.passages.len() {
            if let Some(passage) = passages.recorded(place) {
                entry = entry.payload_of("passage", &[passage.document], Content::Passage(passage));
            }
        }
        Ok(entry)
    }

    /// The intent to send a prompt of a template.
    pub(super) fn prompt_intent(&self, template: &str) -> Entry {
        self.corpus
            .intent(Action::Prompt)
            .version("answer", self.id)
            .version("template", template)
            .version("provider", self.model.provider())
            .version("model", self.model.name())
    }

    /// Whether anybody reads it.
    pub(super) async fn send(&self, event: AnswerEvent) -> bool {
        self.events.send(Ok(event)).await.is_ok()
    }
}

/// How the conversation ended.
pub(super) enum Ended {
    /// The model said what it had to say.
    Said {
        /// Whether that is all of it, when it says so.
        complete: Option<bool>,
    },
    /// There was nothing to show it. The searches are yet to be put on record.
    Nothing(Vec<Entry>),
    /// Nobody reads any more.
    Dropped,
}

/// As it goes on record.
pub(super) fn json(value: &impl serde::Serialize) -> Result<serde_json::Value> {
    serde_json::to_value(value).map_err(|error| Error::new(ErrorKind::Internal, "ask.record", error.to_string()))
}
