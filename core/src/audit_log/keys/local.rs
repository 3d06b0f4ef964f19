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
    Erased, KeyStore, Subject, SubjectKey,
    memory::{new_key, new_pseudonym},
};
use crate::{
    Error, ErrorKind, Result,
    audit::{Ed25519Signer, Signer},
    env::{Random, System},
    platform::{Disk, LocalDisk},
};

/// Keys in a folder that its owner alone may read, with one folder for each corpus:
///
/// ```text
/// signing.pem   the key that signs checkpoints (PKCS #8)
/// subjects      keys of subjects: frames of length, CRC-32C, kind, pseudonym, key, id
/// checkpoint    the last one that was signed
/// erased        what was erased, a line of JSON each
/// ```
///
/// The signing key may be given from outside instead, and is then in no file.
pub struct LocalKeyStore {
    root: PathBuf,
    disk: Arc<dyn Disk>,
    random: Arc<dyn Random>,
    given: Option<Zeroizing<String>>,
    known: Mutex<HashMap<Uuid, Known>>,
}

/// Subjects of one corpus, as read.
#[derive(Default)]
struct Known {
    file: Option<FileId>,
    end: u64,
    subjects: HashMap<Subject, SubjectKey>,
    pseudonyms: HashMap<Uuid, Subject>,
}

type FileId = (u64, u64);

const SUBJECTS: &str = "subjects";
const SIGNING: &str = "signing.pem";
const CHECKPOINT: &str = "checkpoint";
const ERASED: &str = "erased";
/// Length and checksum.
const PREFIX: usize = 8;

impl LocalKeyStore {
    /// In the folder `root`, which is made when there is something to keep.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self::on(root, Arc::new(LocalDisk), Arc::new(System))
    }

    /// The same on another disk, with another source of keys.
    pub fn on(root: impl Into<PathBuf>, disk: Arc<dyn Disk>, random: Arc<dyn Random>) -> Self {
        Self { root: root.into(), disk, random, given: None, known: Mutex::default() }
    }

    /// Signs with a key given from outside (PKCS #8, PEM, Ed25519), for every corpus.
    ///
    /// # Errors
    /// `keys.signing_key` when it is none.
    pub fn with_signing_key(mut self, pem: impl Into<String>) -> Result<Self> {
        let pem = Zeroizing::new(pem.into());
        Ed25519Signer::from_pkcs8_pem("check", &pem)?;
        self.given = Some(pem);
        Ok(self)
    }

    /// Where the keys of a corpus lie.
    pub fn folder(&self, corpus: Uuid) -> PathBuf {
        self.root.join(corpus.to_string())
    }

    fn make_folder(&self, corpus: Uuid) -> Result<PathBuf> {
        let folder = self.folder(corpus);
        if !folder.is_dir() {
            let mut builder = fs::DirBuilder::new();
            builder.recursive(true);
            #[cfg(unix)]
            std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
            builder.create(&folder).map_err(|error| failed(error, &folder))?;
            self.disk.sync_dir(&self.root).map_err(|error| failed(error, &self.root))?;
        }
        Ok(folder)
    }

    /// Holds the lock of a corpus's keys.
    fn lock(&self, corpus: Uuid) -> Result<File> {
        let path = self.make_folder(corpus)?.join("lock");
        let file = options().open(&path).map_err(|error| failed(error, &path))?;
        file.lock().map_err(|error| failed(error, &path))?;
        Ok(file)
    }

    /// Replaces a file as a whole; returns the one that was in its place.
    fn replace(&self, path: &Path, bytes: &[u8]) -> Result<Option<File>> {
        let temporary = path.with_extension("next");
        let old = OpenOptions::new().read(true).write(true).open(path).ok();
        let write = || {
            let file = options().truncate(true).open(&temporary)?;
            self.disk.write_at(&file, bytes, 0)?;
            self.disk.sync(&file)?;
            self.disk.rename(&temporary, path)?;
            self.disk.sync_dir(path.parent().unwrap_or(&self.root))
        };
        write().map_err(|error| failed(error, path))?;
        Ok(old)
    }

    fn known(&self) -> MutexGuard<'_, HashMap<Uuid, Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads what others added since.
    fn refresh(&self, corpus: Uuid, known: &mut Known) -> Result<()> {
        let path = self.folder(corpus).join(SUBJECTS);
        let mut file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                *known = Known::default();
                return Ok(());
            }
            Err(error) => return Err(failed(error, &path)),
        };
        let metadata = file.metadata().map_err(|error| failed(error, &path))?;
        let id = Some(file_id(&metadata));
        if known.file != id || metadata.len() < known.end {
            *known = Known { file: id, ..Known::default() };
        }
        if metadata.len() == known.end {
            return Ok(());
        }
        let mut bytes = Zeroizing::new(Vec::new());
        file.seek(SeekFrom::Start(known.end)).and_then(|_| file.read_to_end(&mut bytes)).map_err(|error| failed(error, &path))?;
        let mut rest = bytes.as_slice();
        while let Some((frame, tail)) = split_frame(rest) {
            let (subject, key) = decode(frame).ok_or_else(|| damaged(&path))?;
            known.pseudonyms.insert(key.pseudonym, subject.clone());
            known.subjects.insert(subject, key);
            known.end += (rest.len() - tail.len()) as u64;
            rest = tail;
        }
        Ok(())
    }

    fn pem(&self, corpus: Uuid) -> Result<Option<Zeroizing<String>>> {
        if let Some(given) = &self.given {
            return Ok(Some(given.clone()));
        }
        let path = self.folder(corpus).join(SIGNING);
        match fs::read_to_string(&path) {
            Ok(pem) => Ok(Some(Zeroizing::new(pem))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed(error, &path)),
        }
    }

    fn make_signer(&self, corpus: Uuid, name: &str) -> Result<Arc<dyn Signer>> {
        let signer = Ed25519Signer::from_seed(name, *new_key(self.random.as_ref()))?;
        self.replace(&self.make_folder(corpus)?.join(SIGNING), signer.to_pkcs8_pem().as_bytes())?;
        Ok(Arc::new(signer))
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

#[cfg(unix)]
fn file_id(metadata: &fs::Metadata) -> FileId {
    use std::os::unix::fs::MetadataExt;
    (metadata.dev(), metadata.ino())
}

#[cfg(not(unix))]
fn file_id(metadata: &fs::Metadata) -> FileId {
    // Without a number of its own a file is told by its birth: a rewritten one is a new one.
    let born = metadata.created().ok().and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
    (0, born.map_or(0, |born| born.as_nanos() as u64))
}

fn encode(subject: &Subject, key: &SubjectKey, out: &mut Vec<u8>) {
    let start = out.len();
    out.extend_from_slice(&[0; PREFIX]);
    let (kind, id) = match subject {
        Subject::Person(id) => (b'p', id.as_bytes()),
        Subject::Document(id) => (b'd', id.as_bytes().as_slice()),
    };
    out.push(kind);
    out.extend_from_slice(key.pseudonym.as_bytes());
    out.extend_from_slice(key.key.as_ref());
    out.extend_from_slice(id);
    let length = (out.len() - start - PREFIX) as u32;
    let sum = crc32c::crc32c(&out[start + PREFIX..]);
    out[start..start + 4].copy_from_slice(&length.to_le_bytes());
    out[start + 4..start + PREFIX].copy_from_slice(&sum.to_le_bytes());
}

/// The first whole frame, and what is behind it.
fn split_frame(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (prefix, rest) = bytes.split_first_chunk::<PREFIX>()?;
    let [a, b, c, d, sum @ ..] = *prefix;
    let (frame, tail) = rest.split_at_checked(u32::from_le_bytes([a, b, c, d]) as usize)?;
    (crc32c::crc32c(frame) == u32::from_le_bytes(sum)).then_some((frame, tail))
}

fn decode(frame: &[u8]) -> Option<(Subject, SubjectKey)> {
    let (kind, rest) = frame.split_first()?;
    let (pseudonym, rest) = rest.split_first_chunk::<16>()?;
    let (key, id) = rest.split_first_chunk::<32>()?;
    let subject = match kind {
        b'p' => Subject::Person(String::from_utf8(id.to_vec()).ok()?),
        b'd' => Subject::Document(Uuid::from_slice(id).ok()?),
        _ => return None,
    };
    Some((subject, SubjectKey { pseudonym: Uuid::from_bytes(*pseudonym), key: Zeroizing::new(*key) }))
}

impl KeyStore for LocalKeyStore {
    fn signer(&self, corpus: Uuid, name: &str) -> Result<Arc<dyn Signer>> {
        if let Some(pem) = self.pem(corpus)? {
            return Ok(Arc::new(Ed25519Signer::from_pkcs8_pem(name, &pem)?));
        }
        let _lock = self.lock(corpus)?;
        match self.pem(corpus)? {
            Some(pem) => Ok(Arc::new(Ed25519Signer::from_pkcs8_pem(name, &pem)?)),
            None => self.make_signer(corpus, name),
        }
    }

    fn rotate(&self, corpus: Uuid, name: &str) -> Result<(Arc<dyn Signer>, Arc<dyn Signer>)> {
        if self.given.is_some() {
            return Err(Error::new(ErrorKind::InvalidInput, "keys.external", "the signing key is given from outside")
                .with_hint("give the new key, and the old one once more as BELEG_FORMER_SIGNING_KEY"));
        }
        let old = self.signer(corpus, name)?;
        let _lock = self.lock(corpus)?;
        Ok((old, self.make_signer(corpus, name)?))
    }

    fn subjects(&self, corpus: Uuid, wanted: &[Subject]) -> Result<Vec<SubjectKey>> {
        let mut all = self.known();
        let known = all.entry(corpus).or_default();
        let are_known = |known: &Known| wanted.iter().all(|subject| known.subjects.contains_key(subject));
        self.refresh(corpus, known)?;
        if !are_known(known) {
            let _lock = self.lock(corpus)?;
            self.refresh(corpus, known)?;
            let mut frames = Zeroizing::new(Vec::new());
            let mut made: Vec<&Subject> = Vec::new();
            for subject in wanted {
                if !known.subjects.contains_key(subject) && !made.contains(&subject) {
                    let key =
                        SubjectKey { pseudonym: new_pseudonym(self.random.as_ref()), key: new_key(self.random.as_ref()) };
                    encode(subject, &key, &mut frames);
                    made.push(subject);
                }
            }
            let path = self.folder(corpus).join(SUBJECTS);
            let write = || {
                let is_new = !path.exists();
                let file = options().open(&path)?;
                // What lies behind the last whole frame is of a writer that died.
                file.set_len(known.end)?;
                self.disk.write_at(&file, &frames, known.end)?;
                self.disk.sync(&file)?;
                if is_new { self.disk.sync_dir(&self.folder(corpus)) } else { Ok(()) }
            };
            write().map_err(|error| failed(error, &path))?;
            self.refresh(corpus, known)?;
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
        let _lock = self.lock(corpus)?;
        let mut all = self.known();
        let known = all.entry(corpus).or_default();
        self.refresh(corpus, known)?;
        let destroyed: Vec<Uuid> =
            subjects.iter().filter_map(|subject| known.subjects.get(subject)).map(|key| key.pseudonym).collect();
        if destroyed.is_empty() {
            return Ok(destroyed);
        }
        let mut frames = Zeroizing::new(Vec::new());
        for (subject, key) in known.subjects.iter().filter(|(subject, _)| !subjects.contains(subject)) {
            encode(subject, key, &mut frames);
        }
        let path = self.folder(corpus).join(SUBJECTS);
        if let Some(old) = self.replace(&path, &frames)? {
            // The file is gone from the folder by now; its blocks shall not outlive it.
            let wipe = || {
                let length = old.metadata()?.len();
                self.disk.write_at(&old, &vec![0; length as usize], 0)?;
                self.disk.sync(&old)
            };
            wipe().map_err(|error| failed(error, &path))?;
        }
        *known = Known::default();
        self.refresh(corpus, known)?;
        Ok(destroyed)
    }

    fn checkpoint(&self, corpus: Uuid) -> Result<Option<Vec<u8>>> {
        read(&self.folder(corpus).join(CHECKPOINT))
    }

    fn advance(&self, corpus: Uuid, expected: Option<&[u8]>, checkpoint: &[u8]) -> Result<bool> {
        let _lock = self.lock(corpus)?;
        let path = self.folder(corpus).join(CHECKPOINT);
        if read(&path)?.as_deref() != expected {
            return Ok(false);
        }
        self.replace(&path, checkpoint).map(|_| true)
    }

    fn erasures(&self, corpus: Uuid) -> Result<Vec<Erased>> {
        let path = self.folder(corpus).join(ERASED);
        let Some(bytes) = read(&path)? else { return Ok(Vec::new()) };
        let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        lines.map(|line| serde_json::from_slice(line).map_err(|error| damaged(&path).with_source(error))).collect()
    }

    fn remember_erasure(&self, corpus: Uuid, erased: &[Erased]) -> Result<()> {
        let _lock = self.lock(corpus)?;
        let path = self.folder(corpus).join(ERASED);
        let mut bytes = read(&path)?.unwrap_or_default();
        for erased in erased {
            let line = serde_json::to_vec(erased).map_err(|error| damaged(&path).with_source(error))?;
            bytes.extend_from_slice(&line);
            bytes.push(b'\n');
        }
        self.replace(&path, &bytes).map(drop)
    }

    fn copy(&self, from: Uuid, to: Uuid) -> Result<()> {
        let _locks = (self.lock(from)?, self.lock(to)?);
        for name in [SUBJECTS, ERASED] {
            if let Some(bytes) = read(&self.folder(from).join(name))?.map(Zeroizing::new) {
                self.replace(&self.folder(to).join(name), &bytes)?;
            }
        }
        Ok(())
    }
}

fn read(path: &Path) -> Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed(error, path)),
    }
}
