//! Sealing: from some day on no change without a reason on record.

use jiff::Timestamp;
use uuid::Uuid;

use super::{Corpus, hold::given};
use crate::{Error, ErrorKind, Result, record::Action, store::Blobs};

/// That a corpus is sealed, in `sealed.json`. There is no way back: each change gives its own reason.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Seal {
    /// The entry that announced it, which commits to the reason.
    pub id: Uuid,
    /// Since when.
    pub since: Timestamp,
}

const SEAL: &str = "sealed.json";

impl Corpus {
    /// Seals the corpus. From here on whoever ingests, deletes, relabels, rebuilds, erases or applies retention says why in
    /// [`CallContext::reason`](super::CallContext::reason), which stands with the intent of the change; searching and asking go on as before.
    ///
    /// # Errors
    /// `reason.empty`, `seal.exists` when it is sealed already.
    pub async fn seal(&self, reason: &str) -> Result<Seal> {
        self.check_caller()?;
        self.check_sees_all()?;
        let reason = given(reason)?;
        // A change that began before has ended.
        let _lock = self.lock("seal").await?;
        if let Some(seal) = self.sealed().await? {
            return Err(Error::new(ErrorKind::Conflict, "seal.exists", "the corpus is sealed already")
                .with("since", seal.since.to_string())
                .with_hint("nothing is to be done: changes give a reason of their own"));
        }
        let intent = self.intent(Action::AdminChange).version("change", "seal").payload("reason", reason);
        let seal = Seal { id: intent.id, since: self.engine().0.clock.now() };
        let bytes = serde_json::to_vec_pretty(&seal).map_err(|error| damaged().with_source(error))?;
        let put = async { self.0.blobs.put_if_absent(SEAL, &bytes).await };
        self.carry_out(intent, put, |outcome, _| outcome.version("change", "seal")).await?;
        Ok(seal)
    }

    /// Whether it is sealed, and since when.
    pub async fn sealed(&self) -> Result<Option<Seal>> {
        let Some((bytes, _)) = self.0.blobs.get(SEAL).await? else { return Ok(None) };
        serde_json::from_slice(&bytes).map(Some).map_err(|error| damaged().with_source(error))
    }

    /// Whether the caller may change something now.
    pub(super) async fn check_seal(&self, operation: &str) -> Result<()> {
        if self.caller().reason.as_deref().is_some_and(|reason| !reason.trim().is_empty()) {
            return Ok(());
        }
        match self.sealed().await? {
            None => Ok(()),
            Some(seal) => {
                Err(Error::new(ErrorKind::InvalidInput, "corpus.sealed", "the corpus is sealed: a change needs a reason")
                    .with("operation", operation)
                    .with("since", seal.since.to_string())
                    .with_hint("say why with `--reason TEXT`, or in `CallContext::reason`"))
            }
        }
    }
}

fn damaged() -> Error {
    Error::new(ErrorKind::Corrupt, "seal.damaged", "the seal of the corpus cannot be read")
        .with("file", SEAL)
        .with_hint("restore the file from a backup: until then every change needs a reason")
}
