//! What chat models may cost in a day or a month. What was spent is read from the audit log, so it holds across processes and restarts.

use std::sync::{Arc, PoisonError};

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use tokio::sync::Mutex;
use uuid::Uuid;

use super::Corpus;
use crate::{
    Error, ErrorKind, Result,
    audit::Leaf,
    audit_log::{AuditLog, Subject},
    env::new_id,
    provider::{ChatRequest, Destination, Usage, dollars},
};

/// What the chat models of each corpus may cost. Without a limit nothing is refused.
#[derive(Debug, Clone, Copy, PartialEq, Default, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Budgets {
    /// All that is asked of a corpus.
    pub corpus: Option<Budget>,
    /// What each actor asks of a corpus.
    pub user: Option<Budget>,
}

/// A limit.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Budget {
    /// US dollars, by the prices of [`Engine::with_prices`](super::Engine::with_prices).
    pub usd: f64,
    /// In which time.
    pub per: BudgetPeriod,
}

/// In which time a budget may be spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BudgetPeriod {
    /// A day in UTC.
    Day,
    /// A month in UTC.
    Month,
}

impl BudgetPeriod {
    fn name(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Month => "month",
        }
    }

    /// When the one of `now` began, and when the next one does.
    fn around(self, now: Timestamp) -> Option<(Timestamp, Timestamp)> {
        let today = now.to_zoned(TimeZone::UTC).date();
        let (first, next) = match self {
            Self::Day => (today, today.tomorrow().ok()?),
            Self::Month => (today.first_of_month(), today.last_of_month().tomorrow().ok()?),
        };
        let begins = |date| Some(DateTime::from(date).to_zoned(TimeZone::UTC).ok()?.timestamp());
        Some((begins(first)?, begins(next)?))
    }
}

/// The count of an answer's outcome that says what it cost, in billionths of a dollar.
pub(super) const COST: &str = "cost_nano_usd";
/// Entries that are read at a time.
const AT_A_TIME: u64 = 4096;

/// What was spent since the month began, as the log says, and what is under way.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    state: Mutex<State>,
    /// Of requests that are under way in this process, at most: who asks, and billionths of a dollar.
    reserved: Reserved,
}

type Reserved = Arc<std::sync::Mutex<Vec<(Uuid, String, u64)>>>;

#[derive(Debug, Default)]
struct State {
    /// Since when it is kept.
    since: Option<Timestamp>,
    /// The entry that is read next.
    next: u64,
    spent: Vec<Spent>,
}

#[derive(Debug)]
struct Spent {
    at: Timestamp,
    actor: Uuid,
    nano: u64,
}

/// What a request may cost is set aside until this is dropped: by then what it did cost is on record.
#[derive(Debug)]
pub(super) struct Reservation {
    reserved: Reserved,
    id: Uuid,
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.reserved.lock().unwrap_or_else(PoisonError::into_inner).retain(|(id, ..)| *id != self.id);
    }
}

impl Corpus {
    /// Tokens of a text, roughly: the chat model's own tokenizer is not at hand, so what is counted is taken for a third more.
    pub(super) fn tokens(&self, text: &str) -> u64 {
        let counted = self.engine().model().tokenizer().count(text).unwrap_or(text.len());
        (counted as u64).saturating_mul(4) / 3
    }

    /// What a request takes at most. All of the prompt may be written to the provider's cache, which costs the most.
    pub(super) fn most_usage(&self, request: &ChatRequest) -> Usage {
        let passages = request.passages.iter().flat_map(|passage| [&passage.title, &passage.text]);
        let texts = request.system.iter().chain(request.messages.iter().map(|message| &message.text)).chain(passages);
        let input_tokens = texts.map(|text| self.tokens(text)).sum();
        let output_tokens = request.max_tokens.unwrap_or(0).into();
        Usage { input_tokens, cached_tokens: 0, cache_write_tokens: input_tokens, output_tokens }
    }

    /// Sets aside what a request may cost at most, by whichever of the models it is sent to; `None` when there is no budget, or nothing to
    /// pay. Without an audit log there is no book, and nothing is refused.
    ///
    /// # Errors
    /// `budget.exhausted`; `budget.no_price` for a model outside whose price nobody knows.
    pub(super) async fn reserve(&self, request: &ChatRequest, destinations: &[Destination]) -> Result<Option<Reservation>> {
        let budgets = self.engine().options().budgets;
        if budgets == Budgets::default() || !self.has_log() {
            return Ok(None);
        }
        let (usage, mut nano) = (self.most_usage(request), 0);
        for Destination { provider, model, is_external } in destinations {
            match self.engine().prices().price(provider, model) {
                Some(price) => nano = price.cost_nano_usd(&usage).max(nano),
                None if *is_external => return Err(no_price(model)),
                None => {}
            }
        }
        if nano == 0 {
            return Ok(None);
        }
        let ledger = &self.0.ledger;
        let mut state = ledger.state.lock().await;
        let now = self.engine().0.clock.now();
        self.read_on(&mut state, now).await?;
        let actor = &self.caller().actor.id;
        let pseudonym = self.engine().0.keys.find(self.id(), &Subject::Person(actor.clone()))?.map(|key| key.pseudonym);
        let mut reserved = ledger.reserved.lock().unwrap_or_else(PoisonError::into_inner);
        for (whose, budget) in [("corpus", budgets.corpus), ("user", budgets.user)] {
            let Some(Budget { usd, per }) = budget else { continue };
            let Some((since, next)) = per.around(now) else { continue };
            let is_all = whose == "corpus";
            let counts = |spent: &&Spent| spent.at >= since && (is_all || Some(spent.actor) == pseudonym);
            let spent = state.spent.iter().filter(counts).fold(0u64, |sum, spent| sum.saturating_add(spent.nano));
            let under_way = reserved.iter().filter(|(_, who, _)| is_all || who == actor);
            let under_way = under_way.fold(0u64, |sum, (.., nano)| sum.saturating_add(*nano));
            // A number that is none allows nothing.
            let limit = (usd * 1e9) as u64;
            if spent.saturating_add(under_way).saturating_add(nano) > limit {
                let told =
                    [("limit_usd", limit), ("spent_usd", spent), ("under_way_usd", under_way), ("request_usd_at_most", nano)];
                let error = exhausted().with("budget", whose).with("per", per.name()).with("renewed", next.to_string());
                return Err(told.into_iter().fold(error, |error, (key, nano)| error.with(key, dollars(nano))));
            }
        }
        let inner = &self.engine().0;
        let id = new_id(inner.clock.as_ref(), inner.random.as_ref());
        reserved.push((id, actor.clone(), nano));
        Ok(Some(Reservation { reserved: ledger.reserved.clone(), id }))
    }

    /// Reads what was put on record since, by whatever process.
    async fn read_on(&self, state: &mut State, now: Timestamp) -> Result<()> {
        let Some((since, _)) = BudgetPeriod::Month.around(now) else { return Ok(()) };
        let log = self.audit();
        if state.since != Some(since) {
            let mut first = first_since(log, since).await?;
            let mut begun = State { since: Some(since), next: first, spent: Vec::new() };
            // An epoch that began in this month goes on after one before.
            for epoch in log.epochs()?.into_iter().rev().skip(1) {
                if first > 0 {
                    break;
                }
                let before = log.in_epoch(epoch)?;
                first = first_since(&before, since).await?;
                begun.spent.extend(spent_from(&before, first, since).await?.1);
            }
            *state = begun;
        }
        let (next, spent) = spent_from(log, state.next, since).await?;
        state.next = next;
        state.spent.extend(spent);
        Ok(())
    }
}

/// A place in the log at or before its first entry of that time or later.
async fn first_since(log: &AuditLog, since: Timestamp) -> Result<u64> {
    let (mut first, mut entries) = log.last_entries(None, AT_A_TIME).await?;
    while first > 0 && entries.first().is_some_and(|entry| time_of(entry).is_none_or(|time| time >= since)) {
        let before = first.saturating_sub(AT_A_TIME);
        entries = log.last_entries(Some(before), first - before).await?.1;
        first = before;
    }
    Ok(first)
}

/// What answers cost from an entry on, and the place after the last one that was read.
async fn spent_from(log: &AuditLog, mut next: u64, since: Timestamp) -> Result<(u64, Vec<Spent>)> {
    let mut all = Vec::new();
    loop {
        let (_, entries) = log.last_entries(Some(next), AT_A_TIME).await?;
        if entries.is_empty() {
            return Ok((next, all));
        }
        next += entries.len() as u64;
        all.extend(entries.iter().filter_map(|entry| spent(entry)).filter(|spent| spent.at >= since));
    }
}

fn no_price(model: &str) -> Error {
    Error::new(ErrorKind::InvalidInput, "budget.no_price", "there is a budget, and no price of the chat model")
        .with("model", model)
        .with_hint("give its price (`prices` in the configuration, `Engine::with_prices`), or take the budget away")
}

fn exhausted() -> Error {
    Error::new(ErrorKind::Limit, "budget.exhausted", "the budget for chat models does not allow the request")
        .with_hint("ask for fewer passages, use a cheaper model or quotes alone, or have the budget raised")
}

fn time_of(entry: &[u8]) -> Option<Timestamp> {
    Leaf::parse(entry).ok()?.time.parse().ok()
}

/// What an answer cost.
fn spent(entry: &[u8]) -> Option<Spent> {
    // Most entries are of something else and need not be read.
    let needle = COST.as_bytes();
    if !entry.windows(needle.len()).any(|part| part == needle) {
        return None;
    }
    let leaf = Leaf::parse(entry).ok().filter(|leaf| leaf.r#type == "answer" && leaf.phase == "outcome")?;
    Some(Spent { at: leaf.time.parse().ok()?, actor: leaf.actor.pseudonym, nano: *leaf.counts.get(COST)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_begins_and_ends_in_utc() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let now = at("2024-02-29T23:59:59.999Z");
        assert_eq!(BudgetPeriod::Day.around(now), Some((at("2024-02-29T00:00:00Z"), at("2024-03-01T00:00:00Z"))));
        assert_eq!(BudgetPeriod::Month.around(now), Some((at("2024-02-01T00:00:00Z"), at("2024-03-01T00:00:00Z"))));
        let turn = at("2025-12-31T12:00:00Z");
        assert_eq!(BudgetPeriod::Month.around(turn), Some((at("2025-12-01T00:00:00Z"), at("2026-01-01T00:00:00Z"))));
    }
}
