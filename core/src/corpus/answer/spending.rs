//! What an answer takes of a chat model, and what that costs.

use super::super::{
    Corpus,
    budget::{COST, Reservation},
};
use crate::{
    Result,
    provider::{ChatModel, ChatRequest, Cost, Price, Usage},
    record::Entry,
};

/// Tokens and money of one answer.
#[derive(Debug, Default)]
pub(super) struct Spending {
    /// Who answers.
    provider: String,
    model: String,
    /// The code of the error for which it is not the first one.
    because: Option<String>,
    usage: Option<Usage>,
    nano_usd: Option<u64>,
    /// What was sent and whose usage is not known yet.
    open: Option<Usage>,
    /// Set aside of the budgets until this is over.
    reservations: Vec<Reservation>,
    is_guessed: bool,
}

impl Spending {
    pub(super) fn new(model: &dyn ChatModel) -> Self {
        let first = model.destinations().into_iter().next();
        let (provider, name) = first.map_or_else(
            || (model.provider().to_owned(), model.name().to_owned()),
            |destination| (destination.provider, destination.model),
        );
        Self { provider, model: name, ..Self::default() }
    }

    pub(super) fn provider(&self) -> &str {
        &self.provider
    }

    pub(super) fn model(&self) -> &str {
        &self.model
    }

    /// Why another model answered.
    pub(super) fn because(&self) -> Option<&str> {
        self.because.as_deref()
    }

    /// Sets aside what a request may cost at most, by whichever of the models.
    ///
    /// # Errors
    /// `budget.exhausted`, `budget.no_price`.
    pub(super) async fn reserve(&mut self, corpus: &Corpus, request: &ChatRequest, model: &dyn ChatModel) -> Result<()> {
        // What planning took is on record with the outcome alone: what was set aside for it stays until then.
        self.reservations.extend(corpus.reserve(request, &model.destinations()).await?);
        self.open = Some(Usage { cache_write_tokens: 0, output_tokens: 0, ..corpus.most_usage(request) });
        Ok(())
    }

    /// Another model answers.
    pub(super) fn switched(&mut self, provider: &str, model: &str, because: &str) {
        (self.provider, self.model) = (provider.to_owned(), model.to_owned());
        self.because = Some(because.to_owned());
    }

    /// What the provider says that it took.
    pub(super) fn used(&mut self, corpus: &Corpus, answered: Option<&str>, usage: &Usage) {
        self.open = None;
        let sum = self.usage.get_or_insert_default();
        sum.input_tokens = sum.input_tokens.saturating_add(usage.input_tokens);
        sum.cached_tokens = sum.cached_tokens.saturating_add(usage.cached_tokens);
        sum.cache_write_tokens = sum.cache_write_tokens.saturating_add(usage.cache_write_tokens);
        sum.output_tokens = sum.output_tokens.saturating_add(usage.output_tokens);
        if let Some(price) = self.price(corpus, answered) {
            self.nano_usd = Some(self.nano_usd.unwrap_or(0).saturating_add(price.cost_nano_usd(usage)));
        }
    }

    /// Where an answer broke off nobody says what it took: it is counted by the prompt and by what came of it.
    pub(super) fn guess(&mut self, corpus: &Corpus, text: &str) {
        if let Some(open) = self.open.take() {
            let usage = Usage { output_tokens: corpus.tokens(text), ..open };
            self.used(corpus, None, &usage);
            self.is_guessed = true;
        }
    }

    /// A deployment's own price goes before that of the model in it.
    fn price(&self, corpus: &Corpus, answered: Option<&str>) -> Option<Price> {
        let prices = corpus.engine().prices();
        prices.price(&self.provider, &self.model).or_else(|| prices.price(&self.provider, answered?))
    }

    pub(super) fn usage(&self) -> Option<Usage> {
        self.usage
    }

    pub(super) fn cost(&self, corpus: &Corpus) -> Option<Cost> {
        Some(Cost::of_nano_usd(self.nano_usd?, corpus.engine().prices().as_of()))
    }

    /// An outcome with what it took.
    pub(super) fn told(&self, mut entry: Entry) -> Entry {
        if let Some(usage) = self.usage {
            entry = entry.count("input_tokens", usage.input_tokens).count("output_tokens", usage.output_tokens);
            if usage.cached_tokens > 0 {
                entry = entry.count("cached_tokens", usage.cached_tokens);
            }
        }
        if let Some(nano) = self.nano_usd {
            entry = entry.count(COST, nano);
        }
        if self.is_guessed {
            entry = entry.version("usage", "estimated");
        }
        entry
    }
}
