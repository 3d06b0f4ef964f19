use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, OnceLock, PoisonError, RwLock},
    time::{Duration, Instant},
};

use async_trait::async_trait;
use uuid::Uuid;

use super::{
    AuditOptions, KeyStore, Opening, entry, epochs,
    inspect::blocking,
    instance::{Instance, unknown},
    parts::{MakeSequencer, Parts},
    publish::{self, Published},
    read::{self, Search},
    transport::Transport,
};
use crate::{
    Error, ErrorKind, Result,
    audit::{Checkpoint, Leaf, Signer, VerifierKey},
    env::{Clock, Random},
    error::ErrorRecord,
    record::{Action, AuditRef, Caller, Ending, Entry, Phase, Recorded, Recorder},
    store::{Blobs, LayeredBlobs, LocalBlobs, LocalSequencer, ReadableSequencer, Sequencer},
};

/// The audit log of a corpus: append-only, hashed into a tree, signed. It fails closed: what cannot be put on record does not happen.
///
/// Cheap to clone. It opens for writing at the first entry, and again, with back-off, after a failure.
#[derive(Clone)]
pub struct AuditLog(Arc<Shared>);

struct Shared {
    parts: Arc<Parts>,
    running: Mutex<Running>,
    starting: tokio::sync::Mutex<()>,
    /// What was heard at the first opening for writing.
    opening: Mutex<Option<Opening>>,
}

enum Running {
    /// Nothing was written yet.
    No,
    Yes(Arc<Instance>),
    /// It failed; not before then it is tried again.
    Failed {
        again: Instant,
        pause: Duration,
        /// Why; nothing when it failed while it was open.
        why: Option<ErrorRecord>,
    },
}

/// Between two tries to open a log that failed.
const SHORTEST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Whose log it is, and what it stands on.
pub struct AuditSeams {
    /// The corpus.
    pub corpus: Uuid,
    /// Whose it is.
    pub tenant: Uuid,
    /// Tiles, checkpoints and the vault.
    pub blobs: Arc<dyn Blobs>,
    /// Keys.
    pub keys: Arc<dyn KeyStore>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub random: Arc<dyn Random>,
}

impl AuditLog {
    /// The log of a corpus in a folder of a local disk, in its newest epoch, or where [`AuditOptions::folder`] says. Nothing is written
    /// before the first entry, and in the folder of the corpus nothing at all when the log lies elsewhere: one that began in the corpus
    /// goes on elsewhere in an epoch of its own, whose first entry says after which checkpoint.
    pub fn local(folder: &Path, seams: AuditSeams, options: AuditOptions) -> Result<Self> {
        options.check()?;
        let there = epochs::all(seams.blobs.as_ref())?;
        let (at, seams, here) = match &options.folder {
            None => (folder.to_owned(), seams, there.clone()),
            Some(root) => {
                let at = root.join(seams.corpus.to_string());
                let above: Arc<dyn Blobs> = Arc::new(LocalBlobs::new(&at));
                let here = epochs::all(above.as_ref())?;
                let blobs = Arc::new(LayeredBlobs::new(above, seams.blobs.clone()));
                (at, AuditSeams { blobs, ..seams }, here)
            }
        };
        let (last_here, last_there) = (here.last().copied(), there.last().copied());
        // What is no newer than what lies here is another copy of it.
        let continues = last_there.filter(|there| last_here.is_none_or(|here| here < *there));
        let epoch = continues.map_or_else(|| last_here.unwrap_or(1), |there| there + 1);
        let known: BTreeSet<u32> = here.iter().chain(&there).copied().chain([epoch]).collect();
        let (own, of_corpus) = (at.join("audit"), folder.join("audit"));
        let locks = own.clone();
        let sequencer = move |epoch: u32| {
            let local = |audit: &Path| Arc::new(LocalSequencer::new(audit.join(format!("{epoch}/log")))) as Arc<dyn Sequencer>;
            match there.contains(&epoch) && !here.contains(&epoch) {
                true => Arc::new(ReadableSequencer::new(local(&of_corpus))) as Arc<dyn Sequencer>,
                false => local(&own),
            }
        };
        let parts = Self::parts_of(seams, epoch, Arc::new(sequencer), Some(locks), options);
        let _ = parts.epochs.set(known.into_iter().collect());
        Ok(Self::of(Parts { continues, ..parts }))
    }

    /// A log over seams of the host's own. `locks` is a folder of a local disk for the locks of its openings; without one, intents of a
    /// process that died stay open.
    pub fn on(
        seams: AuditSeams,
        epoch: u32,
        sequencer: Arc<MakeSequencer>,
        locks: Option<PathBuf>,
        options: AuditOptions,
    ) -> Self {
        Self::of(Self::parts_of(seams, epoch, sequencer, locks, options))
    }

    fn parts_of(
        seams: AuditSeams,
        epoch: u32,
        sequencer: Arc<MakeSequencer>,
        locks: Option<PathBuf>,
        options: AuditOptions,
    ) -> Parts {
        let AuditSeams { corpus, tenant, blobs, keys, clock, random } = seams;
        let options = AuditOptions { checkpoint_interval: options.checkpoint_interval.max(Duration::from_millis(10)), ..options };
        let (transport, former) = (None, RwLock::default());
        Parts {
            corpus,
            tenant,
            epoch,
            named: corpus,
            is_past: false,
            continues: None,
            epochs: OnceLock::new(),
            blobs,
            make_sequencer: sequencer,
            locks,
            keys,
            clock,
            random,
            options,
            transport,
            former,
        }
    }

    pub(super) fn of(parts: Parts) -> Self {
        Self(Arc::new(Shared {
            parts: Arc::new(parts),
            running: Mutex::new(Running::No),
            starting: tokio::sync::Mutex::default(),
            opening: Mutex::default(),
        }))
    }

    /// The log with what reaches its witnesses when it is opened; without it, HTTP does in a build with the feature `http`.
    #[must_use]
    pub fn with_transport(self, transport: Arc<dyn Transport>) -> Self {
        let parts = self.parts();
        Self::of(Parts { transport: Some(transport), ..parts.again() })
    }

    pub(super) fn parts(&self) -> &Arc<Parts> {
        &self.0.parts
    }

    /// The epoch.
    pub fn epoch(&self) -> u32 {
        self.0.parts.epoch
    }

    /// The name of the log, and of the key that signs it.
    pub fn origin(&self) -> String {
        self.0.parts.origin()
    }

    /// The keys that verify its checkpoints: the one of [`AuditLog::verifier_key`], and behind it that of ML-DSA-44 when the log signs
    /// with one ([`AuditOptions::ml_dsa`]).
    pub fn verifier_keys(&self) -> Result<Vec<VerifierKey>> {
        Ok(self.0.parts.signers()?.iter().map(|signer| signer.verifier_key().clone()).collect())
    }

    /// The Ed25519 key that verifies its checkpoints.
    pub fn verifier_key(&self) -> Result<VerifierKey> {
        Ok(self.0.parts.signer()?.verifier_key().clone())
    }

    fn running(&self) -> std::sync::MutexGuard<'_, Running> {
        self.0.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The opening that takes entries; opens the log when there is none.
    async fn instance(&self) -> Result<Arc<Instance>> {
        self.check_newest()?;
        if let Some(instance) = self.up()? {
            return Ok(instance);
        }
        let _one = self.0.starting.lock().await;
        if let Some(instance) = self.up()? {
            return Ok(instance);
        }
        let started = self.start().await;
        let mut running = self.running();
        match started {
            Ok(instance) => {
                *running = Running::Yes(instance.clone());
                Ok(instance)
            }
            Err(error) => {
                // What the environment does may pass; what the log is does not.
                if error.kind() == ErrorKind::Environment {
                    let pause = match &*running {
                        Running::Failed { pause, .. } => (*pause * 2).min(LONGEST_PAUSE),
                        _ => SHORTEST_PAUSE,
                    };
                    let why = Some(ErrorRecord::from(&error));
                    *running = Running::Failed { again: Instant::now() + pause, pause, why };
                }
                Err(error)
            }
        }
    }

    /// Opens the log for writing, unless somebody shows that there is more of it than lies here.
    async fn start(&self) -> Result<Arc<Instance>> {
        if self.opening().is_none() {
            self.check_opening().await?;
        }
        let parts = self.0.parts.clone();
        let limit = parts.options.append_timeout;
        let start = tokio::task::spawn_blocking(move || {
            super::epoch::check_continues(&parts)?;
            Instance::start(parts)
        });
        match tokio::time::timeout(limit, start).await {
            Ok(Ok(started)) => started,
            Ok(Err(error)) => Err(Error::new(ErrorKind::Internal, "audit.panicked", error.to_string())),
            Err(_) => Err(timed_out(limit)),
        }
    }

    /// What the witnesses said when the log was opened for writing, and what else is to be known of that; `None` while it was not.
    pub fn opening(&self) -> Option<Opening> {
        self.0.opening.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn has_opened(&self, opening: Opening) {
        *self.0.opening.lock().unwrap_or_else(PoisonError::into_inner) = Some(opening);
    }

    /// Ends an opening at once: the log must not be continued.
    pub(super) fn stop(&self, why: &Error) {
        if let Running::Yes(instance) = &*self.running() {
            instance.poison(why);
        }
    }

    /// The opening that takes entries, if there is one and it is sound.
    fn up(&self) -> Result<Option<Arc<Instance>>> {
        let mut running = self.running();
        match &*running {
            Running::Yes(instance) if !instance.is_poisoned() => Ok(Some(instance.clone())),
            Running::Yes(_) => {
                *running = Running::Failed { again: Instant::now() + SHORTEST_PAUSE, pause: SHORTEST_PAUSE, why: None };
                Err(crate::store::poisoned())
            }
            Running::Failed { again, why, .. } if Instant::now() < *again => {
                Err(why.clone().map_or_else(crate::store::poisoned, Error::from))
            }
            Running::No | Running::Failed { .. } => Ok(None),
        }
    }

    /// Appends entries that are bytes already, durably; returns the index of the first. For logs of other things than this crate's
    /// actions, and for measurements.
    pub async fn append(&self, entries: Vec<Vec<u8>>) -> Result<u64> {
        let instance = self.instance().await?;
        let items = entries.into_iter().map(|entry| crate::store::Appended { entry, sealed: Vec::new() });
        let durable = instance.enqueue_bytes(items.collect())?;
        self.durable(&instance, durable).await
    }

    async fn durable(&self, instance: &Instance, durable: tokio::sync::oneshot::Receiver<Result<u64>>) -> Result<u64> {
        let limit = self.0.parts.options.append_timeout;
        match tokio::time::timeout(limit, durable).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => Err(unknown(&crate::store::poisoned())),
            Err(_) => {
                let error = timed_out(limit);
                instance.poison(&error);
                Err(unknown(&error))
            }
        }
    }

    /// The last checkpoint; `None` before the first.
    pub fn checkpoint(&self) -> Result<Option<Published>> {
        publish::published(&self.0.parts)
    }

    /// Publishes a checkpoint that covers all that is durable now.
    ///
    /// # Errors
    /// Those of the disk, after which the log opens itself anew; `audit.forked`, `audit.behind`.
    pub async fn publish(&self) -> Result<Published> {
        let instance = self.instance().await?;
        let asked = instance.ask_for_checkpoint()?;
        match asked.await {
            Ok(published) => published,
            Err(_) => Err(unknown(&crate::store::poisoned())),
        }
    }

    /// Ends the opening in order: what waits is written, and a checkpoint covers it. Without entries since it was opened there is nothing to do.
    pub async fn close(&self) -> Result<Option<Published>> {
        let instance = match &*self.running() {
            Running::Yes(instance) if !instance.is_poisoned() => instance.clone(),
            _ => return Ok(None),
        };
        let ended = instance.close_and_wait()?;
        let published = ended.await.unwrap_or_else(|_| Err(unknown(&crate::store::poisoned())))?;
        *self.running() = Running::No;
        Ok(Some(published))
    }

    /// What is published is in no write-ahead file any more when this returns.
    pub(super) async fn clear(&self) -> Result<()> {
        let instance = self.instance().await?;
        let clear = move || {
            // What other openings published, this one has not released yet.
            instance.sequencer.release(publish::settled_size(&instance.parts)?)?;
            instance.sequencer.clear()
        };
        let cleared = tokio::task::spawn_blocking(clear).await;
        cleared.map_err(|error| Error::new(ErrorKind::Internal, "audit.panicked", error.to_string()))?
    }

    /// The size of the first checkpoint known to cover an entry.
    pub fn covering(&self, index: u64) -> Result<Option<u64>> {
        let last = match &*self.running() {
            Running::Yes(instance) => instance.last_published(),
            _ => None,
        };
        let last = match last {
            Some(size) => Some(size),
            None => self.checkpoint()?.map(|published| published.checkpoint.size),
        };
        Ok(last.filter(|size| *size > index))
    }

    /// Uses another signing key from here on. The entry that says so is signed by the key of before, and so is the first checkpoint
    /// that covers it, besides the new key. A log that signs with ML-DSA-44 as well gets another key of that kind in the same way.
    pub async fn rotate_key(&self) -> Result<VerifierKey> {
        self.publish().await?;
        let parts = self.0.parts.clone();
        let (clock, random) = (parts.clock.as_ref(), parts.random.as_ref());
        let entry = Entry::outcome(clock, random, &Caller::default(), Action::KeyRotate, Ending::Complete);
        let sign = |former: &dyn Signer, key: &VerifierKey| -> Result<String> {
            use base64::Engine;
            let signature = former.sign(format!("beleg key rotation\n{}\n{key}\n", parts.origin()).as_bytes())?;
            Ok(base64::engine::general_purpose::STANDARD.encode(signature))
        };
        let second = match parts.options.ml_dsa {
            true => Some(parts.keys.rotate_ml_dsa(parts.corpus, &parts.origin())?),
            false => None,
        };
        let (former, new) = parts.keys.rotate(parts.corpus, &parts.origin())?;
        let key = new.verifier_key().clone();
        let mut entry = entry
            .version("former_key", former.verifier_key())
            .version("new_key", &key)
            .version("signature", sign(former.as_ref(), &key)?);
        let mut signers = vec![former];
        if let Some((former, new)) = second {
            let key = new.verifier_key();
            entry = entry
                .version("former_ml_dsa_key", former.verifier_key())
                .version("new_ml_dsa_key", key)
                .version("ml_dsa_signature", sign(former.as_ref(), key)?);
            signers.push(former);
        }
        *parts.former.write().unwrap_or_else(PoisonError::into_inner) = signers;
        self.record(entry).await?;
        self.publish().await?;
        Ok(key)
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        if let Running::Yes(instance) = &*self.running.lock().unwrap_or_else(PoisonError::into_inner) {
            instance.close();
        }
    }
}

pub(super) fn timed_out(limit: Duration) -> Error {
    Error::new(ErrorKind::Environment, "audit.timeout", "the audit log was not written in time")
        .with("seconds", limit.as_secs().to_string())
        .with_hint("the disk hangs or is far too slow; the log opens itself again once it can be written")
}

#[async_trait]
impl Recorder for AuditLog {
    async fn record_all(&self, entries: Vec<Entry>) -> Result<Vec<Recorded>> {
        if entries.is_empty() {
            return Ok(Vec::new());
        }
        let instance = self.instance().await?;
        let intents: Vec<Uuid> = entries.iter().filter(|entry| entry.phase == Phase::Intent).map(|entry| entry.id).collect();
        let closed: Vec<Uuid> = entries
            .iter()
            .filter(|entry| entry.phase == Phase::Outcome && !entry.versions.contains_key("document"))
            .flat_map(|entry| entry.refs.iter().copied())
            .collect();
        let parts = self.0.parts.clone();
        let prepared = tokio::task::spawn_blocking(move || {
            let common = parts.common();
            let prepare =
                |entry| entry::prepare(entry, &common, parts.keys.as_ref(), parts.clock.as_ref(), parts.random.as_ref());
            entries.into_iter().map(prepare).collect::<Result<Vec<_>>>()
        });
        let prepared = prepared.await.map_err(|error| Error::new(ErrorKind::Internal, "audit.panicked", error.to_string()))??;
        intents.iter().for_each(|intent| instance.opened_intent(*intent));
        let count = prepared.len() as u64;
        let first = self.durable(&instance, instance.enqueue(prepared)?).await?;
        closed.iter().for_each(|intent| instance.closed_intent(*intent));
        let epoch = self.epoch();
        let recorded = |index| Recorded { audit: Some(AuditRef { epoch, index, checkpoint_size: None }) };
        Ok((first..first + count).map(recorded).collect())
    }

    async fn outcome(&self, intent: Uuid) -> Result<Option<bool>> {
        let log = self.clone();
        blocking(move || {
            // What others wrote before they died becomes durable: a version is published on the strength of it. An epoch before was
            // settled when this one began.
            log.parts().sequencer().append_batch(&[])?;
            let found = log.find_last(&read::needle(intent), None, &mut |_, _, entry| {
                let leaf = Leaf::parse(entry)?;
                let is_outcome = leaf.phase == Phase::Outcome.name() && leaf.refs.contains(&intent);
                Ok(match leaf.result.as_deref() {
                    Some(result) if is_outcome && !leaf.versions.contains_key("document") => {
                        Search::Found(result == Ending::Complete.name())
                    }
                    _ if leaf.id == intent => Search::Over,
                    _ => Search::Further,
                })
            })?;
            Ok(found)
        })
        .await
    }
}

/// A checkpoint of any epoch, from the key store.
pub(super) fn known_checkpoint(parts: &Parts) -> Result<Option<Checkpoint>> {
    let Some(note) = parts.keys.checkpoint(parts.corpus)? else { return Ok(None) };
    Checkpoint::parse(&crate::audit::SignedNote::parse(&note)?.text).map(Some)
}
