use std::{
    collections::HashMap,
    fs::{self, File, OpenOptions},
    io::{self, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use uuid::Uuid;
use zeroize::Zeroizing;

use super::{
    Erased, KeyStore, Subject, SubjectKey, frames,
    memory::{new_key, new_pseudonym},
};
use crate::{
    Error, ErrorKind, Result,
    audit::{Ed25519Signer, Signer},
    env::{Random, System},
    platform::{Disk, LocalDisk, folder_of},
};

/// Keys in a folder that its owner alone may read, with one folder for each corpus:
///
/// ```text
/// signing.pem   the key that signs checkpoints (PKCS #8)
/// signing-ml-dsa-44.pem   the one that signs them beside it, where the log asks for that
/// subjects      keys of subjects: frames of length, CRC-32C, kind, pseudonym, key, id
/// checkpoint    the last one that was signed
/// erased        what was erased, a line of JSON each
/// lock          who writes holds it; a byte that is set while something is written and cleared once all of it is durable
/// ```
///
/// Whoever takes the lock and finds the byte set writes all files anew: what is there can be seen and need not survive, and after a sync
/// that failed a second one may falsely succeed. No key is used before it was seen under the lock.
///
/// Signing keys may be given from outside instead, and are then in no file.
pub struct LocalKeyStore {
    root: PathBuf,
    disk: Arc<dyn Disk>,
    random: Arc<dyn Random>,
    given: HashMap<SigningKey, Zeroizing<String>>,
    known: Mutex<HashMap<Uuid, Known>>,
}

/// Keys of one corpus, as read.
#[derive(Default)]
struct Known {
    file: Option<FileId>,
    end: u64,
    /// Up to here they are durable.
    settled: u64,
    subjects: HashMap<Subject, SubjectKey>,
    pseudonyms: HashMap<Uuid, Subject>,
    /// The signing keys, durable.
    signing: HashMap<SigningKey, Zeroizing<String>>,
}

impl Known {
    fn forget_subjects(&mut self, file: Option<FileId>) {
        *self = Self { file, signing: std::mem::take(&mut self.signing), ..Self::default() };
    }
}

/// Device and number of a file, and when it was made: numbers are given again.
type FileId = (u64, u64, u128);

const SUBJECTS: &str = "subjects";
const CHECKPOINT: &str = "checkpoint";
const ERASED: &str = "erased";
const LOCK: &str = "lock";
/// All that is kept of a corpus.
const FILES: [&str; 5] = ["signing.pem", "signing-ml-dsa-44.pem", SUBJECTS, CHECKPOINT, ERASED];

/// What signs checkpoints.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum SigningKey {
    Ed25519,
    #[cfg(feature = "ml-dsa")]
    MlDsa44,
}

impl SigningKey {
    fn file(self) -> &'static str {
        match self {
            Self::Ed25519 => "signing.pem",
            #[cfg(feature = "ml-dsa")]
            Self::MlDsa44 => "signing-ml-dsa-44.pem",
        }
    }

    fn make(self, seed: [u8; 32]) -> Result<Zeroizing<String>> {
        // The name is none of the key's.
        Ok(match self {
            Self::Ed25519 => Ed25519Signer::from_seed("beleg", seed)?.to_pkcs8_pem(),
            #[cfg(feature = "ml-dsa")]
            Self::MlDsa44 => crate::audit::MlDsaSigner::from_seed("beleg", seed)?.to_pkcs8_pem(),
        })
    }

    fn signer(self, name: &str, pem: &str) -> Result<Arc<dyn Signer>> {
        Ok(match self {
            Self::Ed25519 => Arc::new(Ed25519Signer::from_pkcs8_pem(name, pem)?),
            #[cfg(feature = "ml-dsa")]
            Self::MlDsa44 => Arc::new(crate::audit::MlDsaSigner::from_pkcs8_pem(name, pem)?),
        })
    }
}

impl LocalKeyStore {
    /// In the folder `root`, which is made when there is something to keep.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self::on(root, Arc::new(LocalDisk), Arc::new(System))
    }

    /// The same on another disk, with another source of keys.
    pub fn on(root: impl Into<PathBuf>, disk: Arc<dyn Disk>, random: Arc<dyn Random>) -> Self {
        Self { root: root.into(), disk, random, given: HashMap::new(), known: Mutex::default() }
    }

    /// Signs with a key given from outside (PKCS #8, PEM, Ed25519), for every corpus.
    ///
    /// # Errors
    /// `audit.private_key` when it is none.
    pub fn with_signing_key(self, pem: impl Into<String>) -> Result<Self> {
        self.with(SigningKey::Ed25519, pem.into())
    }

    /// Signs with a second key given from outside (PKCS #8, PEM, ML-DSA-44) where a log asks for one, for every corpus.
    ///
    /// # Errors
    /// `audit.ml_dsa_private_key` when it is none.
    #[cfg(feature = "ml-dsa")]
    pub fn with_ml_dsa_signing_key(self, pem: impl Into<String>) -> Result<Self> {
        self.with(SigningKey::MlDsa44, pem.into())
    }

    fn with(mut self, key: SigningKey, pem: String) -> Result<Self> {
        let pem = Zeroizing::new(pem);
        key.signer("check", &pem)?;
        self.given.insert(key, pem);
        Ok(self)
    }

    /// Where the keys of a corpus lie.
    pub fn folder(&self, corpus: Uuid) -> PathBuf {
        self.root.join(corpus.to_string())
    }

    /// Makes the folder of a corpus, durably. Who finds a lock in it need not ask whether it is.
    fn make_folder(&self, folder: &Path) -> io::Result<()> {
        let is_new = !self.root.exists();
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(folder)?;
        if is_new {
            self.disk.sync_dir(folder_of(&self.root))?;
        }
        self.disk.sync_dir(&self.root)
    }

    /// Holds the lock of a corpus's keys; all that is there is durable then.
    fn lock(&self, corpus: Uuid) -> Result<Lock<'_>> {
        let folder = self.folder(corpus);
        let path = folder.join(LOCK);
        let open = || {
            if !path.exists() {
                self.make_folder(&folder)?;
            }
            let file = options().open(&path)?;
            file.lock()?;
            let mut byte = [0];
            let is_set = match (&file).read_exact(&mut byte) {
                Ok(()) => byte != [0],
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => false,
                Err(error) => return Err(error),
            };
            Ok((Lock { disk: self.disk.as_ref(), file, path: path.clone() }, is_set))
        };
        let (lock, is_set) = open().map_err(|error| failed(error, &path))?;
        if is_set {
            lock.write(|| self.write_anew(&folder))?;
        }
        Ok(lock)
    }

    fn write_anew(&self, folder: &Path) -> Result<()> {
        for name in FILES {
            let path = folder.join(name);
            if let Some(bytes) = read(&path)?.map(Zeroizing::new) {
                let bytes = if name == SUBJECTS { frames::whole(&bytes) } else { &bytes };
                self.replace(&path, bytes)?;
            }
        }
        Ok(())
    }

    /// Replaces a file as a whole. What was in its place is wiped: the file is gone from the folder by then, and the blocks with keys of
    /// subjects in them shall not outlive it.
    fn replace(&self, path: &Path, bytes: &[u8]) -> Result<()> {
        let temporary = path.with_extension("next");
        let old = if path.ends_with(SUBJECTS) { OpenOptions::new().read(true).write(true).open(path).ok() } else { None };
        let write = || {
            // Of a writer that died; one whose sync failed is not written again.
            match fs::remove_file(&temporary) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            let file = options().create_new(true).open(&temporary)?;
            self.disk.write_at(&file, bytes, 0)?;
            self.disk.sync(&file)?;
            self.disk.rename(&temporary, path)?;
            self.disk.sync_dir(folder_of(path))?;
            if let Some(old) = old {
                let length = old.metadata()?.len();
                self.disk.write_at(&old, &vec![0; length as usize], 0)?;
                self.disk.sync(&old)?;
            }
            Ok(())
        };
        write().map_err(|error| failed(error, path))
    }

    fn known(&self) -> MutexGuard<'_, HashMap<Uuid, Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads what others added since.
    fn refresh(&self, corpus: Uuid, known: &mut Known) -> Result<()> {
        let path = self.folder(corpus).join(SUBJECTS);
        // One that was replaced meanwhile was wiped.
        while !self.read_on(&path, known)? {}
        Ok(())
    }

    /// Whether the file is the same still.
    fn read_on(&self, path: &Path, known: &mut Known) -> Result<bool> {
        let mut file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                known.forget_subjects(None);
                return Ok(true);
            }
            Err(error) => return Err(failed(error, path)),
        };
        let metadata = file.metadata().map_err(|error| failed(error, path))?;
        let id = Some(file_id(&metadata));
        if known.file != id || metadata.len() < known.end {
            known.forget_subjects(id);
        }
        if metadata.len() == known.end {
            return Ok(true);
        }
        let mut bytes = Zeroizing::new(Vec::new());
        file.seek(SeekFrom::Start(known.end)).and_then(|_| file.read_to_end(&mut bytes)).map_err(|error| failed(error, path))?;
        if fs::metadata(path).ok().as_ref().map(file_id) != id {
            return Ok(false);
        }
        let mut rest = bytes.as_slice();
        while let Some((frame, tail)) = frames::split(rest) {
            let (subject, key) = frames::decode(frame).ok_or_else(|| damaged(path))?;
            known.pseudonyms.insert(key.pseudonym, subject.clone());
            known.subjects.insert(subject, key);
            known.end += (rest.len() - tail.len()) as u64;
            rest = tail;
        }
        Ok(true)
    }

    fn pem(&self, corpus: Uuid, key: SigningKey) -> Result<Option<Zeroizing<String>>> {
        if let Some(given) = self.given.get(&key) {
            return Ok(Some(given.clone()));
        }
        let path = self.folder(corpus).join(key.file());
        match fs::read_to_string(&path) {
            Ok(pem) => Ok(Some(Zeroizing::new(pem))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed(error, &path)),
        }
    }

    /// Adds frames behind the last whole one.
    fn append(&self, corpus: Uuid, end: u64, frames: &[u8]) -> Result<()> {
        let path = self.folder(corpus).join(SUBJECTS);
        let write = || {
            let is_new = !path.exists();
            let file = options().open(&path)?;
            // What lies behind it is of a writer that died.
            file.set_len(end)?;
            self.disk.write_at(&file, frames, end)?;
            self.disk.sync(&file)?;
            if is_new { self.disk.sync_dir(folder_of(&path)) } else { Ok(()) }
        };
        write().map_err(|error| failed(error, &path))
    }

    fn make_pem(&self, lock: &Lock<'_>, corpus: Uuid, key: SigningKey) -> Result<Zeroizing<String>> {
        let pem = key.make(*new_key(self.random.as_ref()))?;
        lock.write(|| self.replace(&self.folder(corpus).join(key.file()), pem.as_bytes()))?;
        Ok(pem)
    }

    fn signer_of(&self, corpus: Uuid, name: &str, key: SigningKey) -> Result<Arc<dyn Signer>> {
        let mut all = self.known();
        let known = all.entry(corpus).or_default();
        let pem = match self.pem(corpus, key)? {
            Some(pem) if self.given.contains_key(&key) || known.signing.get(&key) == Some(&pem) => pem,
            seen => match self.lock(corpus) {
                Ok(lock) => match self.pem(corpus, key)? {
                    Some(pem) => pem,
                    None => self.make_pem(&lock, corpus, key)?,
                },
                // Where nothing can be written, nobody writes: who verifies needs no more than the key.
                Err(error) if matches!(error.code(), "io.read_only" | "io.permission") => seen.ok_or(error)?,
                Err(error) => return Err(error),
            },
        };
        known.signing.insert(key, pem.clone());
        key.signer(name, &pem)
    }

    fn replace_key(&self, corpus: Uuid, name: &str, key: SigningKey) -> Result<(Arc<dyn Signer>, Arc<dyn Signer>)> {
        // The second key of a log is the first to go, and goes with the other or not at all.
        if self.given.contains_key(&key) || key != SigningKey::Ed25519 && !self.given.is_empty() {
            return Err(Error::new(ErrorKind::InvalidInput, "keys.external", "the signing key is given from outside")
                .with_hint("give the new key, and the old one once more as BELEG_FORMER_SIGNING_KEY"));
        }
        let old = self.signer_of(corpus, name, key)?;
        let new = self.make_pem(&self.lock(corpus)?, corpus, key)?;
        Ok((old, key.signer(name, &new)?))
    }
}

/// The lock of a corpus's keys.
struct Lock<'a> {
    disk: &'a dyn Disk,
    file: File,
    path: PathBuf,
}

impl Lock<'_> {
    /// Runs what writes. When it fails, whoever takes the lock next knows.
    fn write<T>(&self, work: impl FnOnce() -> Result<T>) -> Result<T> {
        self.set(1)?;
        let done = work()?;
        self.set(0)?;
        Ok(done)
    }

    fn set(&self, byte: u8) -> Result<()> {
        self.disk.write_at(&self.file, &[byte], 0).map_err(|error| failed(error, &self.path))
    }
}

/// For files that nobody else may read.
fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

fn failed(error: io::Error, path: &Path) -> Error {
    Error::io(error, "reach the key store", path)
}

fn damaged(path: &Path) -> Error {
    Error::new(ErrorKind::Corrupt, "keys.damaged", "a file of the key store cannot be read")
        .with("path", path.display().to_string())
        .with_hint("restore the key store from its backup")
}

fn file_id(metadata: &fs::Metadata) -> FileId {
    let born = metadata.created().ok().and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
    let born = born.map_or(0, |born| born.as_nanos());
    #[cfg(unix)]
    return {
        use std::os::unix::fs::MetadataExt;
        (metadata.dev(), metadata.ino(), born)
    };
    #[cfg(not(unix))]
    (0, 0, born)
}

impl KeyStore for LocalKeyStore {
    fn signer(&self, corpus: Uuid, name: &str) -> Result<Arc<dyn Signer>> {
        self.signer_of(corpus, name, SigningKey::Ed25519)
    }

    fn rotate(&self, corpus: Uuid, name: &str) -> Result<(Arc<dyn Signer>, Arc<dyn Signer>)> {
        self.replace_key(corpus, name, SigningKey::Ed25519)
    }

    #[cfg(feature = "ml-dsa")]
    fn ml_dsa_signer(&self, corpus: Uuid, name: &str) -> Result<Arc<dyn Signer>> {
        self.signer_of(corpus, name, SigningKey::MlDsa44)
    }

    #[cfg(feature = "ml-dsa")]
    fn rotate_ml_dsa(&self, corpus: Uuid, name: &str) -> Result<(Arc<dyn Signer>, Arc<dyn Signer>)> {
        self.replace_key(corpus, name, SigningKey::MlDsa44)
    }

    fn subjects(&self, corpus: Uuid, wanted: &[Subject]) -> Result<Vec<SubjectKey>> {
        let mut all = self.known();
        let known = all.entry(corpus).or_default();
        self.refresh(corpus, known)?;
        let is_known = |known: &Known, subject: &Subject| known.subjects.contains_key(subject);
        if known.settled != known.end || !wanted.iter().all(|subject| is_known(known, subject)) {
            let lock = self.lock(corpus)?;
            self.refresh(corpus, known)?;
            let mut new = Zeroizing::new(Vec::new());
            let mut made: Vec<&Subject> = Vec::new();
            for subject in wanted {
                if !is_known(known, subject) && !made.contains(&subject) {
                    let key = SubjectKey { pseudonym: new_pseudonym(self.random.as_ref()), key: new_key(self.random.as_ref()) };
                    frames::encode(subject, &key, &mut new);
                    made.push(subject);
                }
            }
            if !made.is_empty() {
                lock.write(|| self.append(corpus, known.end, &new))?;
                self.refresh(corpus, known)?;
            }
            known.settled = known.end;
        }
        let key = |subject| known.subjects.get(subject).cloned();
        wanted.iter().map(key).collect::<Option<_>>().ok_or_else(|| damaged(&self.folder(corpus).join(SUBJECTS)))
    }

    fn find(&self, corpus: Uuid, subject: &Subject) -> Result<Option<SubjectKey>> {
        let mut all = self.known();
        let known = all.entry(corpus).or_default();
        self.refresh(corpus, known)?;
        Ok(known.subjects.get(subject).cloned())
    }

    fn resolve(&self, corpus: Uuid, pseudonym: Uuid) -> Result<Option<(Subject, SubjectKey)>> {
        let mut all = self.known();
        let known = all.entry(corpus).or_default();
        self.refresh(corpus, known)?;
        let Some(subject) = known.pseudonyms.get(&pseudonym) else { return Ok(None) };
        Ok(known.subjects.get(subject).map(|key| (subject.clone(), key.clone())))
    }

    fn destroy(&self, corpus: Uuid, subjects: &[Subject]) -> Result<Vec<Uuid>> {
        let mut all = self.known();
        let known = all.entry(corpus).or_default();
        let lock = self.lock(corpus)?;
        self.refresh(corpus, known)?;
        let destroyed: Vec<Uuid> =
            subjects.iter().filter_map(|subject| known.subjects.get(subject)).map(|key| key.pseudonym).collect();
        if destroyed.is_empty() {
            return Ok(destroyed);
        }
        let mut kept = Zeroizing::new(Vec::new());
        for (subject, key) in known.subjects.iter().filter(|(subject, _)| !subjects.contains(subject)) {
            frames::encode(subject, key, &mut kept);
        }
        lock.write(|| self.replace(&self.folder(corpus).join(SUBJECTS), &kept))?;
        known.forget_subjects(None);
        self.refresh(corpus, known)?;
        known.settled = known.end;
        Ok(destroyed)
    }

    fn checkpoint(&self, corpus: Uuid) -> Result<Option<Vec<u8>>> {
        read(&self.folder(corpus).join(CHECKPOINT))
    }

    fn advance(&self, corpus: Uuid, expected: Option<&[u8]>, checkpoint: &[u8]) -> Result<bool> {
        let lock = self.lock(corpus)?;
        let path = self.folder(corpus).join(CHECKPOINT);
        if read(&path)?.as_deref() != expected {
            return Ok(false);
        }
        lock.write(|| self.replace(&path, checkpoint)).map(|()| true)
    }

    fn erasures(&self, corpus: Uuid) -> Result<Vec<Erased>> {
        let path = self.folder(corpus).join(ERASED);
        let Some(bytes) = read(&path)? else { return Ok(Vec::new()) };
        let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        lines.map(|line| serde_json::from_slice(line).map_err(|error| damaged(&path).with_source(error))).collect()
    }

    fn remember_erasure(&self, corpus: Uuid, erased: &[Erased]) -> Result<()> {
        let lock = self.lock(corpus)?;
        let path = self.folder(corpus).join(ERASED);
        let mut bytes = read(&path)?.unwrap_or_default();
        for erased in erased {
            let line = serde_json::to_vec(erased).map_err(|error| damaged(&path).with_source(error))?;
            bytes.extend_from_slice(&line);
            bytes.push(b'\n');
        }
        lock.write(|| self.replace(&path, &bytes))
    }

    fn copy(&self, from: Uuid, to: Uuid) -> Result<()> {
        let (_from, lock) = (self.lock(from)?, self.lock(to)?);
        lock.write(|| {
            for name in [SUBJECTS, ERASED] {
                if let Some(bytes) = read(&self.folder(from).join(name))?.map(Zeroizing::new) {
                    self.replace(&self.folder(to).join(name), &bytes)?;
                }
            }
            Ok(())
        })
    }
}

fn read(path: &Path) -> Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed(error, path)),
    }
}
