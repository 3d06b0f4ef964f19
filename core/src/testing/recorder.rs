use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use uuid::Uuid;

use crate::{
    Error, ErrorKind, Result,
    record::{Ending, Entry, Phase, Recorded, Recorder},
};

/// Sees each entry before it is kept.
pub type Observer = Arc<dyn Fn(&Entry) + Send + Sync>;

/// Keeps entries in memory, and fails when it is told to.
#[derive(Clone, Default)]
pub struct RecordingRecorder {
    state: Arc<Mutex<State>>,
    observer: Option<Observer>,
}

#[derive(Default)]
struct State {
    entries: Vec<Entry>,
    calls: usize,
    fails_at: Option<usize>,
}

impl RecordingRecorder {
    /// The same with an observer, which is called with each entry before it is kept.
    #[must_use]
    pub fn observed(mut self, observer: Observer) -> Self {
        self.observer = Some(observer);
        self
    }

    /// Lets the `call`th call from now on fail, counted from 1, and only that one: its entries are not kept.
    pub fn fail_at(&self, call: usize) {
        let mut state = self.state();
        state.fails_at = Some(state.calls + call);
    }

    /// What is on the record, in order.
    pub fn entries(&self) -> Vec<Entry> {
        self.state().entries.clone()
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Recorder for RecordingRecorder {
    async fn record_all(&self, entries: Vec<Entry>) -> Result<Vec<Recorded>> {
        if let Some(observer) = &self.observer {
            entries.iter().for_each(|entry| observer(entry));
        }
        let mut state = self.state();
        state.calls += 1;
        if state.fails_at == Some(state.calls) {
            return Err(Error::new(ErrorKind::Environment, "record.failed", "the recorder was told to fail"));
        }
        let recorded = vec![Recorded::default(); entries.len()];
        state.entries.extend(entries);
        Ok(recorded)
    }

    async fn outcome(&self, intent: Uuid) -> Result<Option<bool>> {
        let state = self.state();
        let outcome = state
            .entries
            .iter()
            .find(|entry| entry.phase == Phase::Outcome && entry.refs.contains(&intent) && !entry.versions.contains_key("document"));
        Ok(outcome.map(|entry| entry.ending == Some(Ending::Complete)))
    }
}
