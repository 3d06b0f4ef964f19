use std::sync::Arc;

use super::{Appended, Sequencer, Visitor};
use crate::{Error, ErrorKind, Result};

/// A sequencer that is read and never written, for entries that lie where nothing can be.
pub struct ReadableSequencer(Arc<dyn Sequencer>);

impl ReadableSequencer {
    /// Reads what another one has.
    pub fn new(sequencer: Arc<dyn Sequencer>) -> Self {
        Self(sequencer)
    }
}

fn unwritable<T>() -> Result<T> {
    Err(Error::new(ErrorKind::Environment, "audit.unwritable", "these entries lie where nothing can be written")
        .with_hint("do it where the corpus can be written"))
}

impl Sequencer for ReadableSequencer {
    fn append_batch(&self, batch: &[Appended]) -> Result<u64> {
        if batch.is_empty() { self.0.size() } else { unwritable() }
    }

    fn size(&self) -> Result<u64> {
        self.0.size()
    }

    fn read(&self, from: u64, visit: &mut Visitor<'_>) -> Result<()> {
        self.0.read(from, visit)
    }

    fn release(&self, _size: u64) -> Result<()> {
        Ok(())
    }

    fn clear(&self) -> Result<()> {
        unwritable()
    }

    fn strip(&self, _entries: &[u64]) -> Result<()> {
        unwritable()
    }
}
