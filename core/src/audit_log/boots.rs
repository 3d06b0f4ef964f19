//! Boots: each opening of the log for writing holds a lock for as long as it lives, so that what it left open is put on record as
//! aborted once it is dead, and not before.

use std::{
    collections::HashSet,
    fs, io,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use uuid::Uuid;

use super::{entry::Prepared, epoch::continuation, instance::Instance, parts::Parts, read};
use crate::{Error, Result, audit::Leaf, env::new_id, platform::FileLock, record::Action, store::Appended};

/// The opening of the log by one process.
pub(super) struct Boot {
    pub(super) id: Uuid,
    /// Its lock; `None` where there are no files.
    lock: Mutex<Option<FileLock>>,
    path: Option<PathBuf>,
    open: Mutex<HashSet<Uuid>>,
    /// Boots that died.
    dead: Vec<Dead>,
}

struct Dead {
    id: Uuid,
    path: PathBuf,
    /// Where its entries begin that may be open.
    from: u64,
    _lock: FileLock,
}

impl Boot {
    /// Takes the lock of a new boot, and those of boots that died.
    pub(super) fn begin(parts: &Parts, size: u64) -> Result<Self> {
        let id = new_id(parts.clock.as_ref(), parts.random.as_ref());
        let Some(folder) = parts.boots() else {
            return Ok(Self { id, lock: Mutex::default(), path: None, open: Mutex::default(), dead: Vec::new() });
        };
        fs::create_dir_all(&folder).map_err(|error| Error::io(error, "open the audit log", &folder))?;
        let dead = dead(&folder)?;
        let path = folder.join(id.to_string());
        let mut lock = FileLock::try_acquire(&path)?;
        if let Some(lock) = &mut lock {
            lock.note(size.to_string().as_bytes()).map_err(|error| Error::io(error, "open the audit log", &path))?;
        }
        Ok(Self { id, lock: Mutex::new(lock), path: Some(path), open: Mutex::default(), dead })
    }

    /// The first entries of the boot: that it began, and what boots that died left open.
    pub(super) fn prelude(&self, instance: &Instance) -> Result<Vec<Appended>> {
        let parts = &instance.parts;
        let mut prelude = vec![parts.system_entry(Action::Boot)?];
        prelude.extend(continuation(parts)?);
        for dead in &self.dead {
            for (intent, leaf) in open_intents(instance, dead)? {
                prelude.push(parts.aborted(intent, &leaf)?);
            }
        }
        prelude.into_iter().zip(0..).map(|(entry, seq): (Prepared, u64)| instance.place(entry, seq)).collect()
    }

    /// The prelude is durable: the boots that died are done with.
    pub(super) fn begun(&self, first: u64) {
        self.settled(first);
        for dead in &self.dead {
            let _ = fs::remove_file(&dead.path);
        }
    }

    pub(super) fn opened(&self, intent: Uuid) {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).insert(intent);
    }

    pub(super) fn closed(&self, intent: Uuid) {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).remove(&intent);
    }

    /// When nothing is open, nothing before `size` needs to be looked at by whoever finds this boot dead.
    pub(super) fn settled(&self, size: u64) {
        if self.open.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
            && let Some(lock) = self.lock.lock().unwrap_or_else(PoisonError::into_inner).as_mut()
        {
            // It only saves reading: the note of before is right as well.
            let _ = lock.note(size.to_string().as_bytes());
        }
    }

    /// It ended in order.
    pub(super) fn end(&self) {
        if let Some(path) = &self.path
            && self.open.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
        {
            let _ = fs::remove_file(path);
        }
        *self.lock.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// Boots whose lock is free.
fn dead(folder: &Path) -> Result<Vec<Dead>> {
    let failed = |error| Error::io(error, "open the audit log", folder);
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let Some(id) = path.file_name().and_then(|name| Uuid::parse_str(name.to_str()?).ok()) else { continue };
        // Whoever comes first takes care of it.
        let Some(lock) = FileLock::try_acquire(&path)? else { continue };
        match fs::read_to_string(&path) {
            Ok(note) => found.push(Dead { id, from: note.trim().parse().unwrap_or(0), path, _lock: lock }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(failed(error)),
        }
    }
    Ok(found)
}

/// Intents of a boot that died that have no outcome.
fn open_intents(instance: &Instance, dead: &Dead) -> Result<Vec<(Uuid, Leaf)>> {
    let mut open: Vec<(Uuid, Leaf)> = Vec::new();
    read::entries(&instance.parts, instance.sequencer.as_ref(), dead.from, &mut |_, entry| {
        let Ok(leaf) = Leaf::parse(entry) else { return Ok(()) };
        match leaf.phase.as_str() {
            "intent" if leaf.boot == dead.id && !leaf.versions.contains_key("document") => open.push((leaf.id, leaf)),
            // Whoever held the index lock may have settled it meanwhile.
            "outcome" if !leaf.versions.contains_key("document") => open.retain(|(id, _)| !leaf.refs.contains(id)),
            _ => {}
        }
        Ok(())
    })?;
    Ok(open)
}
