//! Answers: quotes alone, or in a chat model's words with quotes behind them.

mod aggregation;
mod chat;
mod extractive;
mod listen;
mod outcome;
mod passages;
mod plan;
mod redaction;
mod repeat;
mod spending;
mod stream;
mod types;

use tracing::Instrument;

use super::Corpus;
use crate::{Error, ErrorKind, Result, provider::ChatModel};

pub(super) use chat::NAMED_RELEASES;
pub(super) use redaction::is_prompt_sent;
pub use stream::{AnswerEvent, AnswerStream};
pub use types::{Answer, AnswerStatus, AskOptions, ChatChoice, Citation, Claim, ClaimPolicy, Refusal, Withheld};

impl Corpus {
    /// Answers a question from the documents: in the words of the engine's chat model, each claim with quotes that were found in the
    /// stored text, or without a chat model by the sentences and rows that answer it; or says that nothing relevant enough was found, in
    /// how many pages. A request that its caller made within a day before
    /// ([`CallContext::request_id`](super::CallContext::request_id)) gets the answer that is on record.
    ///
    /// # Errors
    /// Those of [`Corpus::search`]; `ask.no_model`, `ask.follows`, `ask.request_reused`, `external.not_allowed`, `budget.exhausted`; with a chat model those of its provider
    /// ([`Failure`](crate::provider::Failure)). Nothing is sent and nothing handed out that is not on record.
    pub async fn ask(&self, question: &str, options: AskOptions) -> Result<Answer> {
        let model = self.chat_model(&options.chat)?;
        if let Some(answer) = self.answered_before(question).await? {
            return Ok(answer);
        }
        match model {
            None => {
                self.check_alone(&options)?;
                let span = self.span("ask");
                self.answer_with_quotes(question, options, None, &span).instrument(span.clone()).await
            }
            Some(model) => self.start(model, question, options).await?.answer().await,
        }
    }

    /// The same as it comes: each claim once it is checked and on record. Dropping the stream ends the request; what was handed out by
    /// then is on record as an answer that was aborted.
    ///
    /// # Errors
    /// As for [`Corpus::ask`]; those after the start are items of the stream.
    pub async fn ask_stream(&self, question: &str, options: AskOptions) -> Result<AnswerStream> {
        let Some(model) = self.chat_model(&options.chat)? else {
            return Ok(AnswerStream::whole(self.ask(question, options).await?));
        };
        match self.answered_before(question).await? {
            Some(answer) => Ok(AnswerStream::whole(answer)),
            None => self.start(model, question, options).await,
        }
    }

    /// A question that goes on from another takes a chat model.
    fn check_alone(&self, options: &AskOptions) -> Result<()> {
        if options.follows.is_none() {
            return Ok(());
        }
        Err(Error::new(ErrorKind::InvalidInput, "ask.no_model", "without a chat model a question must stand alone")
            .with_hint("ask it in full, or with a chat model"))
    }

    fn chat_model(&self, choice: &ChatChoice) -> Result<Option<std::sync::Arc<dyn ChatModel>>> {
        let models = self.engine().chat_models();
        let ChatChoice::Named(name) = choice else {
            return Ok(models.first().filter(|_| *choice == ChatChoice::First).cloned());
        };
        models.iter().find(|model| model.name() == name).cloned().map(Some).ok_or_else(|| {
            let known: Vec<&str> = models.iter().map(|model| model.name()).collect();
            Error::new(ErrorKind::InvalidInput, "ask.no_model", "there is no chat model of that name")
                .with("model", name.clone())
                .with("known", known.join(", "))
                .with_hint("add it with `Engine::with_chat_model`, or ask without one")
        })
    }
}
