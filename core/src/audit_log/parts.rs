use std::{
    path::PathBuf,
    sync::{Arc, OnceLock, PoisonError, RwLock},
};

use uuid::Uuid;

use super::{
    AuditOptions, KeyStore,
    entry::{self, Common, Prepared, SOFTWARE},
    epoch::epoch_of,
    publish,
    read::wait,
    transport::Transport,
};
use crate::{
    Error, ErrorKind, Result,
    audit::{Checkpoint, LEAF_VERSION, Leaf, LeafActor, NoteSignature, SignedNote, Signer, VerifierKey},
    env::{Clock, Random, new_id},
    record::{Action, Ending, Phase},
    store::{Blobs, Sequencer},
};

/// Makes a sequencer for an epoch of a log each time that it is opened: a poisoned one is never used again.
pub type MakeSequencer = dyn Fn(u32) -> Arc<dyn Sequencer> + Send + Sync;

/// The time and the signature in a line of ML-DSA-44.
const ML_DSA_LINE_BYTES: usize = 8 + 2420;

/// What a log is made of.
pub(super) struct Parts {
    pub(super) corpus: Uuid,
    pub(super) tenant: Uuid,
    pub(super) epoch: u32,
    /// The corpus in the origin of its checkpoints: for an epoch from before a copy, the one that was copied.
    pub(super) named: Uuid,
    /// Whether a later epoch goes on after it: then it takes no entries.
    pub(super) is_past: bool,
    /// The epoch before, when that lies where nothing can be written and this one, which goes on after it, may be yet to begin.
    pub(super) continues: Option<u32>,
    /// All epochs up to this one, ascending, once they were looked for.
    pub(super) epochs: OnceLock<Vec<u32>>,
    pub(super) blobs: Arc<dyn Blobs>,
    pub(super) make_sequencer: Arc<MakeSequencer>,
    pub(super) locks: Option<PathBuf>,
    pub(super) keys: Arc<dyn KeyStore>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) random: Arc<dyn Random>,
    pub(super) options: AuditOptions,
    /// What reaches witnesses, when it is given.
    pub(super) transport: Option<Arc<dyn Transport>>,
    pub(super) former: RwLock<Vec<Arc<dyn Signer>>>,
}

impl Parts {
    /// The same for another epoch of the corpus, which takes entries.
    pub(super) fn in_epoch(&self, epoch: u32) -> Self {
        Self { epoch, named: self.corpus, is_past: false, continues: None, epochs: OnceLock::new(), ..self.again() }
    }

    /// The same for an epoch before.
    pub(super) fn in_past(&self, epoch: u32) -> Result<Self> {
        let mut past = Self { is_past: true, ..self.in_epoch(epoch) };
        // Its own checkpoint says whose log it was. Whether that is signed is for those who verify.
        if let Some((note, _)) = wait(self.blobs.get(&past.name("checkpoint")))?
            && let Ok(checkpoint) = SignedNote::parse(&note).and_then(|note| Checkpoint::parse(&note.text))
            && let Some(corpus) = checkpoint.origin.strip_prefix("beleg/").and_then(|rest| rest.split('/').next()?.parse().ok())
            && epoch_of(&checkpoint.origin, corpus) == Some(epoch)
        {
            past.named = corpus;
        }
        Ok(past)
    }

    /// The same, for another handle.
    pub(super) fn again(&self) -> Self {
        Self {
            corpus: self.corpus,
            tenant: self.tenant,
            epoch: self.epoch,
            named: self.named,
            is_past: self.is_past,
            continues: self.continues,
            epochs: self.epochs.clone(),
            blobs: self.blobs.clone(),
            make_sequencer: self.make_sequencer.clone(),
            locks: self.locks.clone(),
            keys: self.keys.clone(),
            clock: self.clock.clone(),
            random: self.random.clone(),
            options: self.options.clone(),
            transport: self.transport.clone(),
            former: RwLock::default(),
        }
    }

    /// The name of an object of the log.
    pub(super) fn name(&self, path: &str) -> String {
        format!("audit/{}/{path}", self.epoch)
    }

    /// The name of the vault's object for the bundle `number`.
    pub(super) fn vault_name(&self, number: u64) -> String {
        format!("vault/{}/{}", self.epoch, crate::audit::index_path(number))
    }

    pub(super) fn origin(&self) -> String {
        publish::origin(self.named, self.epoch)
    }

    /// A sequencer of its own.
    pub(super) fn sequencer(&self) -> Arc<dyn Sequencer> {
        (self.make_sequencer)(self.epoch)
    }

    /// Where the locks of boots lie.
    pub(super) fn boots(&self) -> Option<PathBuf> {
        Some(self.locks.as_ref()?.join(self.epoch.to_string()).join("boots"))
    }

    /// What signs its checkpoints.
    ///
    /// # Errors
    /// `audit.copied_epoch` for an epoch from before a copy when the keys of what was copied are not here.
    pub(super) fn signer(&self) -> Result<Arc<dyn Signer>> {
        if !self.has_signer()? {
            return Err(Error::new(
                ErrorKind::NotFound,
                "audit.copied_epoch",
                "the keys of the log that was copied are not here",
            )
            .with("epoch", self.epoch.to_string())
            .with("origin", self.origin())
            .with_hint("do it where the copied corpus is, or verify with the key that its operator gave out"));
        }
        self.keys.signer(self.named, &self.origin())
    }

    /// Whether its key is here, or may be made.
    pub(super) fn has_signer(&self) -> Result<bool> {
        Ok(self.named == self.corpus || self.keys.checkpoint(self.named)?.is_some())
    }

    /// All that signs its checkpoints, Ed25519 first.
    ///
    /// # Errors
    /// As [`Parts::signer`]; `audit.ml_dsa_unsupported`, `keys.no_ml_dsa` when ML-DSA-44 is asked for and is not to be had.
    pub(super) fn signers(&self) -> Result<Vec<Arc<dyn Signer>>> {
        self.options.check()?;
        let mut signers = vec![self.signer()?];
        if self.options.ml_dsa {
            signers.push(self.keys.ml_dsa_signer(self.named, &self.origin())?);
        }
        Ok(signers)
    }

    /// The log's Ed25519 key, and that of ML-DSA-44 when a line of `note` is by it: one that came later, or is yet to be made, is no
    /// key of that checkpoint.
    pub(super) fn keys_under(&self, note: &SignedNote) -> Result<Vec<VerifierKey>> {
        let mut keys = vec![self.signer()?.verifier_key().clone()];
        let origin = self.origin();
        let is_like = |line: &NoteSignature| line.name == origin && line.signature.len() == ML_DSA_LINE_BYTES;
        if self.options.ml_dsa && note.signatures.iter().any(is_like) {
            let second = self.keys.ml_dsa_signer(self.named, &origin)?.verifier_key().clone();
            if note.signatures.iter().any(|line| line.is_of(&second)) {
                keys.push(second);
            }
        }
        Ok(keys)
    }

    /// The keys of before, which sign the first checkpoint after a rotation as well.
    pub(super) fn former_signers(&self) -> Vec<Arc<dyn Signer>> {
        std::mem::take(&mut *self.former.write().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn common(&self) -> Common {
        Common { corpus: self.corpus, tenant: self.tenant, epoch: self.epoch }
    }

    /// An entry of the log about itself.
    pub(super) fn system_entry(&self, action: Action) -> Result<Prepared> {
        let leaf = Leaf {
            v: LEAF_VERSION,
            r#type: action.name().to_owned(),
            id: new_id(self.clock.as_ref(), self.random.as_ref()),
            time: entry::time(self.clock.as_ref()),
            epoch: self.epoch,
            boot: Uuid::nil(),
            seq: 0,
            tenant: self.tenant,
            actor: LeafActor { pseudonym: Uuid::nil(), roles: vec!["system".to_owned()], authn: None },
            on_behalf_of: None,
            trace: None,
            phase: Phase::Outcome.name().to_owned(),
            result: Some(Ending::Complete.name().to_owned()),
            counts: Default::default(),
            versions: Default::default(),
            payloads: Vec::new(),
            refs: Vec::new(),
            policy_version: None,
            software_version: SOFTWARE.to_owned(),
        };
        Ok(Prepared { leaf, sealed: Vec::new() })
    }

    /// The outcome of an intent whose boot died.
    pub(super) fn aborted(&self, intent: Uuid, leaf: &Leaf) -> Result<Prepared> {
        let mut outcome = self.system_entry(Action::Boot)?;
        outcome.leaf.r#type.clone_from(&leaf.r#type);
        outcome.leaf.result = Some(Ending::Aborted.name().to_owned());
        outcome.leaf.refs = vec![intent];
        Ok(outcome)
    }
}
