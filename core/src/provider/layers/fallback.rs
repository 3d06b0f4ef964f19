use std::sync::Arc;

use async_trait::async_trait;

use super::{
    CircuitBreaker,
    generate::{Events, attempt, generate},
    settings::nothing,
};
use crate::{
    Error, ErrorKind, Result,
    provider::{Capabilities, ChatEvent, ChatModel, ChatRequest, ChatStream, Destination, Failure},
};

/// Asks the next model of a chain when one fails, and says so.
///
/// It goes on after every failure of a provider but [`Rejected`](Failure::Rejected): a request that one provider does not take is wrong and stays so.
/// After [`TooLong`](Failure::TooLong) it goes on to models alone whose window is larger or not known. It goes on as well where a
/// layer beneath lets nothing through: for its rate, its places, its circuit breaker. It does not go on after an error of any other
/// part of the program, nor once words were handed out. A prompt goes to each model that is asked, those of
/// [`destinations`](ChatModel::destinations).
///
/// It can do what all of its models can, and its window is the smallest.
#[derive(Clone)]
pub struct Fallback {
    /// At least one.
    models: Arc<[Arc<dyn ChatModel>]>,
    first: Arc<dyn ChatModel>,
}

/// Errors of layers after which another model is asked.
const OF_LAYERS: [&str; 3] = ["provider.wait", "provider.over_limit", CircuitBreaker::CODE];

impl Fallback {
    /// A chain, in this order.
    ///
    /// # Errors
    /// `provider.layers` when it is empty.
    pub fn new(models: Vec<Arc<dyn ChatModel>>) -> Result<Self> {
        let first = models.first().cloned().ok_or_else(|| nothing("models"))?;
        Ok(Self { models: models.into(), first })
    }

    async fn run(self, request: ChatRequest, events: Events) -> Result<()> {
        let mut failed: Vec<Error> = Vec::new();
        // Of those for which the prompt was too long.
        let mut window = Some(0);
        for model in self.models.iter() {
            let its = model.capabilities().context_tokens;
            if let (Some(window), Some(its)) = (window, its)
                && its <= window
            {
                continue;
            }
            if let Some(before) = failed.last() {
                let (provider, name) = (model.provider().to_owned(), model.name().to_owned());
                events.send(ChatEvent::Switched { provider, model: name, because: before.code().to_owned() }).await;
            }
            let Err(tried) = attempt(model.as_ref(), request.clone(), &events).await else { return Ok(()) };
            if tried.begun || !goes_on(&tried.error) {
                let before = codes(&failed);
                return Err(if before.is_empty() { tried.error } else { tried.error.with("before", before) });
            }
            if Failure::of(&tried.error) == Some(Failure::TooLong) {
                window = window.max(its);
            }
            failed.push(tried.error);
        }
        Err(none_of(failed))
    }
}

fn goes_on(error: &Error) -> bool {
    match Failure::of(error) {
        Some(failure) => failure != Failure::Rejected,
        None => OF_LAYERS.contains(&error.code()),
    }
}

/// `azure.ai.openai/audit-chat provider.overloaded, anthropic/… provider.wait`
fn codes(failed: &[Error]) -> String {
    let said = |error: &Error, key: &str| {
        error.context().find(|(its, _)| *its == key).map(|(_, value)| value.to_owned()).unwrap_or_default()
    };
    let each = failed.iter().map(|error| format!("{}/{} {}", said(error, "provider"), said(error, "model"), error.code()));
    each.collect::<Vec<_>>().join(", ")
}

/// That none of several models answered; of one, its own error.
fn none_of(mut failed: Vec<Error>) -> Error {
    let (codes, wait) = (codes(&failed), failed.iter().filter_map(Error::retry_after).min());
    match (failed.pop(), failed.first()) {
        (Some(last), None) => last,
        (last, _) => {
            let mut error = Error::new(ErrorKind::Environment, "provider.all_failed", "none of the models answered")
                .with("failed", codes)
                .with_hint("each code says what to look at");
            if let Some(wait) = wait {
                error = error.with_retry_after(wait);
            }
            match last {
                Some(last) => error.with_source(last),
                None => error,
            }
        }
    }
}

#[async_trait]
impl ChatModel for Fallback {
    fn name(&self) -> &str {
        self.first.name()
    }

    fn provider(&self) -> &str {
        self.first.provider()
    }

    /// Whether any of its models does.
    fn is_external(&self) -> bool {
        self.models.iter().any(|model| model.is_external())
    }

    fn capabilities(&self) -> Capabilities {
        let least = |a: Option<u32>, b: Option<u32>| a.into_iter().chain(b).min();
        let all = self.models.iter().map(|model| model.capabilities());
        let both = |a: Capabilities, b: Capabilities| Capabilities {
            context_tokens: least(a.context_tokens, b.context_tokens),
            output_tokens: least(a.output_tokens, b.output_tokens),
            json_schema: a.json_schema && b.json_schema,
            temperature: a.temperature && b.temperature,
            seed: a.seed && b.seed,
            citations: a.citations && b.citations,
        };
        all.reduce(both).unwrap_or_default()
    }

    fn destinations(&self) -> Vec<Destination> {
        let mut all = Vec::new();
        for destination in self.models.iter().flat_map(|model| model.destinations()) {
            if !all.contains(&destination) {
                all.push(destination);
            }
        }
        all
    }

    async fn chat(&self, request: ChatRequest) -> Result<ChatStream> {
        let fallback = self.clone();
        Ok(generate(move |events| fallback.run(request, events)))
    }
}
