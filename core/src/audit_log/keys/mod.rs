//! Where the keys of a corpus lie: apart from it and from its backups.

mod frames;
mod local;
mod memory;

use std::{fmt, sync::Arc};

pub use local::LocalKeyStore;
pub use memory::MemoryKeyStore;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::{Error, ErrorKind, Result, audit::Signer};

/// Whom a payload concerns: each has a key of its own, and what is kept under it is gone with it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// A person or service, by the host's opaque id: who asks, for whom, whom a call or a document concerns.
    Person(String),
    /// A document, by its id.
    Document(Uuid),
}

/// The key of a subject, and the random name under which it stands in the log.
#[derive(Clone)]
pub struct SubjectKey {
    /// Stands in entries instead of the subject.
    pub pseudonym: Uuid,
    /// Payloads are sealed with it.
    pub key: Zeroizing<[u8; 32]>,
}

impl fmt::Debug for SubjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SubjectKey").field("pseudonym", &self.pseudonym).finish_non_exhaustive()
    }
}

/// What was erased, so that a restored backup is purged before it is read.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Erased {
    /// A document, by its id, with its originals and text by their digests unless another document has the same.
    Document(Uuid),
    /// An answer.
    Answer {
        /// Its id.
        id: Uuid,
        /// The epoch of its entries.
        epoch: u32,
        /// Their places.
        entries: Vec<u64>,
    },
    /// A person, by the pseudonym that it had.
    Person(Uuid),
}

/// Keys of corpora, the last checkpoint of each, and what was erased from it.
///
/// All calls block and are durable when they return. It is never inside a corpus and is backed up on its own: who has a corpus
/// and not its keys reads no payload of its log, and who has an old copy of both cannot hide that it is old from a witness.
pub trait KeyStore: Send + Sync {
    /// What signs checkpoints under the name `name`; the key is made at the first call for a corpus.
    fn signer(&self, corpus: Uuid, name: &str) -> Result<Arc<dyn Signer>>;

    /// Replaces the signing key; the old one still signs with what this returns first.
    ///
    /// # Errors
    /// `keys.external` where the key is given from outside.
    fn rotate(&self, corpus: Uuid, name: &str) -> Result<(Arc<dyn Signer>, Arc<dyn Signer>)>;

    /// What signs checkpoints with ML-DSA-44 beside it, for logs whose setting asks for that; the key is made at the first call for a
    /// corpus.
    ///
    /// # Errors
    /// `keys.no_ml_dsa` where the store has none to give.
    fn ml_dsa_signer(&self, corpus: Uuid, name: &str) -> Result<Arc<dyn Signer>> {
        let _ = (corpus, name);
        Err(no_ml_dsa())
    }

    /// Replaces that key, as [`KeyStore::rotate`]. It is called before that one, and changes nothing when that one would fail.
    ///
    /// # Errors
    /// `keys.no_ml_dsa`, `keys.external`.
    fn rotate_ml_dsa(&self, corpus: Uuid, name: &str) -> Result<(Arc<dyn Signer>, Arc<dyn Signer>)> {
        let _ = (corpus, name);
        Err(no_ml_dsa())
    }

    /// The keys of subjects, in their order; those that are not there are made, and are durable before this returns.
    fn subjects(&self, corpus: Uuid, wanted: &[Subject]) -> Result<Vec<SubjectKey>>;

    /// The key of a subject, when there is one.
    fn find(&self, corpus: Uuid, subject: &Subject) -> Result<Option<SubjectKey>>;

    /// The key behind a pseudonym, and whose it is, unless it was destroyed.
    fn resolve(&self, corpus: Uuid, pseudonym: Uuid) -> Result<Option<(Subject, SubjectKey)>>;

    /// Destroys keys; returns the pseudonyms of those that there were. What was sealed with them can never be read again.
    fn destroy(&self, corpus: Uuid, subjects: &[Subject]) -> Result<Vec<Uuid>>;

    /// The last checkpoint that was signed.
    fn checkpoint(&self, corpus: Uuid) -> Result<Option<Vec<u8>>>;

    /// Moves it forward; `false` when it is no longer `expected`.
    fn advance(&self, corpus: Uuid, expected: Option<&[u8]>, checkpoint: &[u8]) -> Result<bool>;

    /// What was erased, oldest first.
    fn erasures(&self, corpus: Uuid) -> Result<Vec<Erased>>;

    /// Adds to it.
    fn remember_erasure(&self, corpus: Uuid, erased: &[Erased]) -> Result<()>;

    /// Gives a copy of a corpus, under its own id, a copy of the keys of subjects, so that both go on apart.
    fn copy(&self, from: Uuid, to: Uuid) -> Result<()>;
}

fn no_ml_dsa() -> Error {
    Error::new(ErrorKind::Unsupported, "keys.no_ml_dsa", "the key store has no ML-DSA-44 key for checkpoints")
        .with_hint("leave the setting `audit.ml_dsa` out, or use a key store that has one")
}

/// The key store of this machine's user, or the one in `folder`; with the signing key that the environment gives, when it gives one.
///
/// # Errors
/// `keys.no_folder`, `audit.private_key`, `audit.ml_dsa_private_key`.
pub fn local_keys(folder: Option<&std::path::Path>) -> Result<LocalKeyStore> {
    let folder = match folder {
        Some(folder) => folder.to_path_buf(),
        None => crate::platform::data_folder().map(|data| data.join("beleg/keys")).ok_or_else(|| {
            Error::new(ErrorKind::Environment, "keys.no_folder", "there is no folder for keys")
                .with_hint("set HOME or XDG_DATA_HOME, or name one with `--keys FOLDER`")
        })?,
    };
    let mut store = LocalKeyStore::new(folder);
    if let Some(pem) = crate::platform::secret("BELEG_SIGNING_KEY")? {
        store = store.with_signing_key(pem.expose())?;
    }
    #[cfg(feature = "ml-dsa")]
    if let Some(pem) = crate::platform::secret("BELEG_ML_DSA_SIGNING_KEY")? {
        store = store.with_ml_dsa_signing_key(pem.expose())?;
    }
    Ok(store)
}
