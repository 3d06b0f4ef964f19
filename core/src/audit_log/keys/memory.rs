use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use uuid::Uuid;
use zeroize::Zeroizing;

use super::{Erased, KeyStore, Subject, SubjectKey};
use crate::{
    Result,
    audit::{Ed25519Signer, Signer},
    env::{Random, System},
};

/// Keys in memory: gone with the process. For tests, and for corpora that nobody will read again.
#[derive(Clone)]
pub struct MemoryKeyStore {
    random: Arc<dyn Random>,
    corpora: Arc<Mutex<HashMap<Uuid, Keys>>>,
}

#[derive(Default, Clone)]
struct Keys {
    seed: Option<Zeroizing<[u8; 32]>>,
    #[cfg(feature = "ml-dsa")]
    ml_dsa_seed: Option<Zeroizing<[u8; 32]>>,
    subjects: HashMap<Subject, SubjectKey>,
    checkpoint: Option<Vec<u8>>,
    erased: Vec<Erased>,
}

impl Default for MemoryKeyStore {
    fn default() -> Self {
        Self::new(Arc::new(System))
    }
}

impl MemoryKeyStore {
    /// With a source of keys.
    pub fn new(random: Arc<dyn Random>) -> Self {
        Self { random, corpora: Arc::default() }
    }

    fn corpora(&self) -> MutexGuard<'_, HashMap<Uuid, Keys>> {
        self.corpora.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A key that nobody can foretell.
pub(super) fn new_key(random: &dyn Random) -> Zeroizing<[u8; 32]> {
    let mut key = Zeroizing::new([0; 32]);
    random.fill(key.as_mut());
    key
}

/// A random name: without a time in it, so that it says nothing.
pub(super) fn new_pseudonym(random: &dyn Random) -> Uuid {
    let mut bytes = [0; 16];
    random.fill(&mut bytes);
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}

impl KeyStore for MemoryKeyStore {
    fn signer(&self, corpus: Uuid, name: &str) -> Result<Arc<dyn Signer>> {
        let mut corpora = self.corpora();
        let seed = corpora.entry(corpus).or_default().seed.get_or_insert_with(|| new_key(self.random.as_ref()));
        Ok(Arc::new(Ed25519Signer::from_seed(name, **seed)?))
    }

    fn rotate(&self, corpus: Uuid, name: &str) -> Result<(Arc<dyn Signer>, Arc<dyn Signer>)> {
        let old = self.signer(corpus, name)?;
        self.corpora().entry(corpus).or_default().seed = None;
        Ok((old, self.signer(corpus, name)?))
    }

    #[cfg(feature = "ml-dsa")]
    fn ml_dsa_signer(&self, corpus: Uuid, name: &str) -> Result<Arc<dyn Signer>> {
        let mut corpora = self.corpora();
        let seed = corpora.entry(corpus).or_default().ml_dsa_seed.get_or_insert_with(|| new_key(self.random.as_ref()));
        Ok(Arc::new(crate::audit::MlDsaSigner::from_seed(name, **seed)?))
    }

    #[cfg(feature = "ml-dsa")]
    fn rotate_ml_dsa(&self, corpus: Uuid, name: &str) -> Result<(Arc<dyn Signer>, Arc<dyn Signer>)> {
        let old = self.ml_dsa_signer(corpus, name)?;
        self.corpora().entry(corpus).or_default().ml_dsa_seed = None;
        Ok((old, self.ml_dsa_signer(corpus, name)?))
    }

    fn subjects(&self, corpus: Uuid, wanted: &[Subject]) -> Result<Vec<SubjectKey>> {
        let mut corpora = self.corpora();
        let known = &mut corpora.entry(corpus).or_default().subjects;
        let new = || SubjectKey { pseudonym: new_pseudonym(self.random.as_ref()), key: new_key(self.random.as_ref()) };
        Ok(wanted.iter().map(|subject| known.entry(subject.clone()).or_insert_with(new).clone()).collect())
    }

    fn find(&self, corpus: Uuid, subject: &Subject) -> Result<Option<SubjectKey>> {
        Ok(self.corpora().get(&corpus).and_then(|keys| keys.subjects.get(subject).cloned()))
    }

    fn resolve(&self, corpus: Uuid, pseudonym: Uuid) -> Result<Option<(Subject, SubjectKey)>> {
        let corpora = self.corpora();
        let found = corpora.get(&corpus).and_then(|keys| keys.subjects.iter().find(|(_, key)| key.pseudonym == pseudonym));
        Ok(found.map(|(subject, key)| (subject.clone(), key.clone())))
    }

    fn destroy(&self, corpus: Uuid, subjects: &[Subject]) -> Result<Vec<Uuid>> {
        let mut corpora = self.corpora();
        let known = &mut corpora.entry(corpus).or_default().subjects;
        Ok(subjects.iter().filter_map(|subject| known.remove(subject)).map(|key| key.pseudonym).collect())
    }

    fn checkpoint(&self, corpus: Uuid) -> Result<Option<Vec<u8>>> {
        Ok(self.corpora().get(&corpus).and_then(|keys| keys.checkpoint.clone()))
    }

    fn advance(&self, corpus: Uuid, expected: Option<&[u8]>, checkpoint: &[u8]) -> Result<bool> {
        let mut corpora = self.corpora();
        let known = &mut corpora.entry(corpus).or_default().checkpoint;
        let is_expected = known.as_deref() == expected;
        if is_expected {
            *known = Some(checkpoint.to_vec());
        }
        Ok(is_expected)
    }

    fn erasures(&self, corpus: Uuid) -> Result<Vec<Erased>> {
        Ok(self.corpora().get(&corpus).map(|keys| keys.erased.clone()).unwrap_or_default())
    }

    fn remember_erasure(&self, corpus: Uuid, erased: &[Erased]) -> Result<()> {
        self.corpora().entry(corpus).or_default().erased.extend_from_slice(erased);
        Ok(())
    }

    fn copy(&self, from: Uuid, to: Uuid) -> Result<()> {
        let mut corpora = self.corpora();
        if let Some(keys) = corpora.get(&from).cloned() {
            let (subjects, erased) = (keys.subjects, keys.erased);
            corpora.insert(to, Keys { subjects, erased, ..Keys::default() });
        }
        Ok(())
    }
}
