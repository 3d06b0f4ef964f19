//! An action that is announced on record, done, and said to have ended.

use super::Corpus;
use crate::{
    Result,
    record::{Action, Ending, Entry},
};

impl Corpus {
    /// The intent of an action of the caller.
    pub(super) fn intent(&self, action: Action) -> Entry {
        let inner = &self.engine().0;
        Entry::intent(inner.clock.as_ref(), inner.random.as_ref(), self.caller(), action)
    }

    /// Puts the intent on record, does the work, and puts on record how it ended, with what `told` adds when it is done.
    pub(super) async fn carry_out<T>(
        &self,
        intent: Entry,
        work: impl Future<Output = Result<T>>,
        told: impl FnOnce(Entry, &T) -> Entry,
    ) -> Result<T> {
        let (id, action) = (intent.id, intent.action);
        self.recorder().record(intent).await?;
        let done = work.await;
        let ending = if done.is_ok() { Ending::Complete } else { Ending::Failed };
        let inner = &self.engine().0;
        let mut outcome =
            Entry::outcome(inner.clock.as_ref(), inner.random.as_ref(), self.caller(), action, ending).refers_to(id);
        if let Ok(done) = &done {
            outcome = told(outcome, done);
        }
        let on_record = self.recorder().record(outcome).await;
        let done = done?;
        on_record.map(|_| done)
    }
}
