use std::{
    fs::{self, File, OpenOptions},
    io,
    path::PathBuf,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use super::{
    Appended, Sequencer, Visitor, poisoned, released,
    wal::{self, Position},
};
use crate::{
    Error, Result,
    platform::{Disk, LocalDisk, TouchedFolders},
};

/// Frames that are durable elsewhere go when there are this many bytes of them.
const RENEW_AT: u64 = 16 << 20;

/// A write-ahead file on a local disk, shared by processes.
///
/// Whoever appends holds the operating system's lock on the file `lock` for one batch. That file holds a byte that is set before
/// the write and cleared after a good sync, and the number of the write-ahead file in use. Whoever takes the lock and finds the
/// byte set, and every handle at its first batch, copies what is valid into a new file and goes on there: after a failed sync the
/// page cache may show what the disk does not hold, and a second sync may falsely succeed.
pub struct LocalSequencer {
    folder: PathBuf,
    disk: Arc<dyn Disk>,
    writer: Mutex<Option<Writer>>,
    poisoned: AtomicBool,
    released: AtomicU64,
    /// Where the last read ended.
    reader: Mutex<Option<(u64, Position)>>,
}

struct Writer {
    lock: File,
    file: File,
    path: PathBuf,
    number: u64,
    end: Position,
}

impl LocalSequencer {
    /// Over a folder of a local disk, which is made when something is appended.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self::on(folder, Arc::new(LocalDisk))
    }

    /// The same on another disk.
    pub fn on(folder: impl Into<PathBuf>, disk: Arc<dyn Disk>) -> Self {
        let (writer, reader) = (Mutex::new(None), Mutex::new(None));
        Self { folder: folder.into(), disk, writer, reader, poisoned: AtomicBool::new(false), released: AtomicU64::new(0) }
    }

    fn file(&self, number: u64) -> PathBuf {
        self.folder.join(format!("{number:08}.wal"))
    }

    /// The numbers of the write-ahead files that there are. The greatest is the one in use: it was whole before it got its name.
    fn numbers(&self) -> Result<Vec<u64>> {
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(self.failed(error)),
        };
        let number = |entry: fs::DirEntry| entry.file_name().to_str()?.strip_suffix(".wal")?.parse().ok();
        Ok(entries.filter_map(std::result::Result::ok).filter_map(number).collect())
    }

    fn newest(&self) -> Result<Option<u64>> {
        Ok(self.numbers()?.into_iter().max())
    }

    fn failed(&self, error: io::Error) -> Error {
        Error::io(error, "write to the audit log", &self.folder)
    }

    fn check(&self) -> Result<()> {
        if self.poisoned.load(Ordering::Acquire) { Err(poisoned()) } else { Ok(()) }
    }

    /// Runs `work` on the tail of the log, under the lock. An error leaves the outcome open, and poisons.
    fn with_tail<T>(&self, work: impl FnOnce(&mut Writer) -> Result<T>) -> Result<T> {
        let mut held = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        self.check()?;
        let result = self.locked(&mut held, work);
        if result.is_err() {
            self.poisoned.store(true, Ordering::Release);
            *held = None;
        }
        result
    }

    fn locked<T>(&self, held: &mut Option<Writer>, work: impl FnOnce(&mut Writer) -> Result<T>) -> Result<T> {
        let lock = match held.take() {
            Some(writer) => {
                writer.lock.lock().map_err(|error| self.failed(error))?;
                let note = Note::read(&writer.lock).map_err(|error| self.failed(error))?;
                // The others left it in order: what they appended is behind what this handle knows, or in a file after it.
                if !note.is_dirty {
                    let writer = held.insert(writer);
                    if note.number != writer.number {
                        self.follow(writer, note.number)?;
                    }
                    writer.end = wal::scan(&mut writer.file, &writer.path, writer.end, &mut |_, _, _| Ok(()))?;
                    return unlocking(writer, work);
                }
                writer.lock
            }
            None => {
                let path = self.folder.join("lock");
                if !path.exists() {
                    // Who finds a lock need not ask whether its folder is durable.
                    let mut touched = TouchedFolders::default();
                    touched.make_above(&path).map_err(|error| self.failed(error))?;
                    touched.sync(self.disk.as_ref()).map_err(|error| self.failed(error))?;
                }
                let lock = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
                let lock = lock.map_err(|error| self.failed(error))?;
                lock.lock().map_err(|error| self.failed(error))?;
                lock
            }
        };
        let writer = held.insert(self.renew(lock, &[])?);
        unlocking(writer, work)
    }

    /// Goes on in the write-ahead file that another opening went on in. The lock is held.
    fn follow(&self, writer: &mut Writer, number: u64) -> Result<()> {
        let path = self.file(number);
        let mut file = OpenOptions::new().read(true).write(true).open(&path).map_err(|error| self.failed(error))?;
        let end = wal::start(&mut file, &path)?.ok_or_else(|| wal::damaged(&path))?;
        (writer.file, writer.path, writer.number, writer.end) = (file, path, number, end);
        Ok(())
    }

    /// Copies what is valid and still needed into a new write-ahead file, without what is sealed beside the entries of `strip`. The lock
    /// is held.
    fn renew(&self, lock: File, strip: &[u64]) -> Result<Writer> {
        let failed = |error| self.failed(error);
        let keep = self.released.load(Ordering::Acquire);
        let old = self.numbers()?;
        let newest = old.iter().copied().max();
        let number = newest.map_or(1, |number| number + 1);
        Note { is_dirty: true, number }.write(self.disk.as_ref(), &lock).map_err(failed)?;

        let mut kept = Vec::new();
        let (mut base, mut size) = (keep, keep);
        if let Some(newest) = newest {
            let path = self.file(newest);
            let mut old = File::open(&path).map_err(failed)?;
            let from = wal::start(&mut old, &path)?.ok_or_else(|| wal::damaged(&path))?;
            let copy = &mut |index, entry: &[u8], sealed: &[u8]| {
                if index >= keep {
                    let sealed = if strip.binary_search(&index).is_ok() { &[] } else { sealed };
                    wal::frame(index, entry, sealed, &mut kept);
                }
                Ok(())
            };
            let end = wal::scan(&mut old, &path, from, copy)?;
            (base, size) = (from.index.max(keep), end.index.max(keep));
        }

        let (temporary, path) = (self.folder.join("next"), self.file(number));
        let mut content = wal::header(base).to_vec();
        content.extend_from_slice(&kept);
        // Of a writer that died; one whose sync failed is not written again.
        match fs::remove_file(&temporary) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
            _ => {}
        }
        let file = OpenOptions::new().read(true).write(true).create_new(true).open(&temporary).map_err(failed)?;
        self.disk.write_at(&file, &content, 0).map_err(failed)?;
        self.disk.sync(&file).map_err(failed)?;
        self.disk.rename(&temporary, &path).map_err(failed)?;
        self.disk.sync_dir(&self.folder).map_err(failed)?;
        // Only the newest one counts; but what was released may be erased by now, and must be in none.
        for old in &old {
            self.disk.remove(&self.file(*old)).map_err(failed)?;
        }
        if !old.is_empty() {
            self.disk.sync_dir(&self.folder).map_err(failed)?;
        }
        Note { is_dirty: false, number }.write(self.disk.as_ref(), &lock).map_err(failed)?;
        let end = Position { index: size, offset: content.len() as u64 };
        Ok(Writer { lock, file, path, number, end })
    }
}

/// Frees the lock afterwards. It is of the open file: dropping the file frees it too.
fn unlocking<T>(writer: &mut Writer, work: impl FnOnce(&mut Writer) -> Result<T>) -> Result<T> {
    let result = work(writer);
    let unlocked = writer.lock.unlock().map_err(|error| Error::io(error, "free the lock of the audit log", &writer.path));
    let value = result?;
    unlocked.map(|()| value)
}

impl Sequencer for LocalSequencer {
    fn append_batch(&self, batch: &[Appended]) -> Result<u64> {
        self.with_tail(|writer| {
            let first = writer.end.index;
            if batch.is_empty() {
                return Ok(first);
            }
            let failed = |error| Error::io(error, "write to the audit log", &writer.path);
            let frames = wal::frames(first, batch);
            let note = Note { is_dirty: true, number: writer.number };
            note.write(self.disk.as_ref(), &writer.lock).map_err(failed)?;
            self.disk.write_at(&writer.file, &frames, writer.end.offset).map_err(failed)?;
            self.disk.sync(&writer.file).map_err(failed)?;
            Note { is_dirty: false, ..note }.write(self.disk.as_ref(), &writer.lock).map_err(failed)?;
            writer.end = Position { index: first + batch.len() as u64, offset: writer.end.offset + frames.len() as u64 };
            Ok(first)
        })
    }

    fn size(&self) -> Result<u64> {
        self.check()?;
        let mut size = self.released.load(Ordering::Acquire);
        self.visit(0, &mut |index, _, _| {
            size = size.max(index + 1);
            Ok(())
        })?;
        Ok(size)
    }

    fn read(&self, from: u64, visit: &mut Visitor<'_>) -> Result<()> {
        self.check()?;
        self.visit(from, visit)
    }

    fn release(&self, size: u64) -> Result<()> {
        self.released.fetch_max(size, Ordering::AcqRel);
        let is_due = |writer: &Writer| writer.end.offset > RENEW_AT && writer.end.index <= size;
        if !self.writer.lock().unwrap_or_else(PoisonError::into_inner).as_ref().is_some_and(is_due) {
            return Ok(());
        }
        self.renewed(&[])
    }

    fn clear(&self) -> Result<()> {
        self.renewed(&[])
    }

    fn strip(&self, entries: &[u64]) -> Result<()> {
        self.renewed(entries)
    }
}

impl LocalSequencer {
    /// Goes on in a new write-ahead file with what was not released.
    fn renewed(&self, strip: &[u64]) -> Result<()> {
        self.with_tail(|writer| {
            let lock = writer.lock.try_clone().map_err(|error| self.failed(error))?;
            *writer = self.renew(lock, strip)?;
            Ok(())
        })
    }

    fn visit(&self, from: u64, visit: &mut Visitor<'_>) -> Result<()> {
        loop {
            let Some(number) = self.newest()? else { return Ok(()) };
            let path = self.file(number);
            let mut file = match File::open(&path) {
                Ok(file) => file,
                // Another writer went on to the next one meanwhile.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(self.failed(error)),
            };
            let known = *self.reader.lock().unwrap_or_else(PoisonError::into_inner);
            let start = match known {
                Some((of, position)) if of == number && position.index <= from => position,
                _ => wal::start(&mut file, &path)?.ok_or_else(|| wal::damaged(&path))?,
            };
            if start.index > from && from > 0 {
                return Err(released(from));
            }
            let end = wal::scan(&mut file, &path, start, &mut |index, entry, sealed| {
                if index >= from { visit(index, entry, sealed) } else { Ok(()) }
            })?;
            *self.reader.lock().unwrap_or_else(PoisonError::into_inner) = Some((number, end));
            return Ok(());
        }
    }
}

/// What the lock file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Note {
    /// Somebody writes, or died while writing.
    is_dirty: bool,
    /// The write-ahead file in use.
    number: u64,
}

impl Note {
    fn read(lock: &File) -> io::Result<Self> {
        use std::io::{Read, Seek, SeekFrom};
        let mut bytes = [0; 9];
        let mut file = lock;
        file.seek(SeekFrom::Start(0))?;
        match file.read_exact(&mut bytes) {
            Ok(()) => {}
            // Nobody has written yet, or not all of it.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(Self { is_dirty: true, number: 0 }),
            Err(error) => return Err(error),
        }
        let [dirty, number @ ..] = bytes;
        Ok(Self { is_dirty: dirty != 0, number: u64::from_le_bytes(number) })
    }

    fn write(self, disk: &dyn Disk, lock: &File) -> io::Result<()> {
        let mut bytes = [0; 9];
        bytes[0] = u8::from(self.is_dirty);
        bytes[1..].copy_from_slice(&self.number.to_le_bytes());
        disk.write_at(lock, &bytes, 0)
    }
}
