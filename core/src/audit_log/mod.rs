//! The audit log on disk: group commit, tiles, checkpoints, recovery, the vault and keys, over the seams to storage.
//!
//! What it writes is in public formats, which [`crate::audit`] and tools that are not ours verify. See `docs/audit-log.md`.

mod boots;
mod entry;
mod epoch;
mod epochs;
mod inspect;
mod instance;
mod keys;
mod log;
mod objection;
mod options;
mod parts;
mod publish;
mod range;
mod read;
mod sealed;
#[cfg(all(test, feature = "testing"))]
mod tests;
mod timestamp;
mod transport;
mod vault;
mod verify;
mod witness;

pub use epoch::Resumed;
pub use epochs::PlacedEntry;
pub use inspect::{LogVerification, LoggedEntry, VerifyProgress};
pub use keys::{Erased, KeyStore, LocalKeyStore, MemoryKeyStore, Subject, SubjectKey, local_keys};
pub use log::{AuditLog, AuditSeams};
pub use options::{AuditOptions, HttpOptions, OpeningWitnesses, Unheard};
pub use parts::MakeSequencer;
pub use publish::Published;
pub use range::{EntriesAround, LoggedRange};
pub use sealed::SealedEntry;
pub use timestamp::{CheckpointEvidence, StampedCheckpoint};
#[cfg(feature = "http")]
pub use transport::HttpTransport;
pub use transport::{AnchorOptions, Answer, Request, Transport};
pub use vault::VaultRecord;
pub use witness::{Opening, Standing, WitnessAnswer, WitnessedCheckpoint};
