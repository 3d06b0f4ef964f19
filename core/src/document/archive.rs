//! A bounded reader over ZIP: for archives, and for every format that is a ZIP inside.
//!
//! Nothing that the archive says about itself is believed. Sizes are counted while inflating, two entries may not share
//! bytes, and the budget of [`Limits::decompressed_bytes`] holds for all members together, however often one is read.

use std::{
    io::{self, Cursor, Read},
    sync::Arc,
};

use rustc_hash::FxHashMap;
use unicode_normalization::UnicodeNormalization;
use zip::{ZipArchive, result::ZipError};

use super::Limits;
use crate::{Error, ErrorKind, Result, error::ErrorRecord};

/// Above this many bytes a member may not be larger than [`Limits::decompression_ratio`] times what it is made from.
const FREE_BYTES: u64 = 16 * 1024 * 1024;

/// A member of an archive, as the directory lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(dead_code, reason = "folders and links matter to archives as documents")]
pub(crate) struct Entry {
    /// The name made safe: relative, parted by `/`, in NFC, without `.` and `..`, without control characters, and no
    /// other entry has it.
    pub(crate) name: String,
    /// Whether it stands for a folder.
    pub(crate) is_folder: bool,
    /// Whether it is a symbolic link; its content is the link's target, which nobody follows.
    pub(crate) is_link: bool,
    /// Whether it needs a password.
    pub(crate) is_encrypted: bool,
}

/// An archive in memory.
pub(crate) struct Archive {
    zip: ZipArchive<Cursor<SharedBytes>>,
    entries: Vec<Entry>,
    by_name: FxHashMap<String, usize>,
    hides_entries: bool,
    budget: u64,
    ratio: u64,
}

/// Lets a cursor own a share of the bytes.
struct SharedBytes(Arc<Vec<u8>>);

impl AsRef<[u8]> for SharedBytes {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Archive {
    /// Reads the directory.
    ///
    /// # Errors
    /// `archive.malformed` when it has no readable directory, `archive.overlap` when two entries share bytes,
    /// `limit.parts` when it has more entries than [`Limits::parts`].
    pub(crate) fn open(bytes: Arc<Vec<u8>>, limits: &Limits) -> Result<Self> {
        let mut zip = ZipArchive::new(Cursor::new(SharedBytes(bytes))).map_err(zip_error)?;
        if zip.len() as u64 > u64::from(limits.parts) {
            return Err(Error::new(ErrorKind::Limit, "limit.parts", "the archive has more entries than is allowed")
                .with("entries", zip.len().to_string())
                .with("limit", limits.parts.to_string())
                .with_hint("raise limits.parts if the file is trusted"));
        }
        if zip.has_overlapping_entries().map_err(zip_error)? {
            return Err(Error::new(
                ErrorKind::Malformed,
                "archive.overlap",
                "entries of the archive share bytes, as those of a decompression bomb do",
            ));
        }
        let mut taken = FxHashMap::default();
        let mut entries = Vec::with_capacity(zip.len());
        for index in 0..zip.len() {
            let entry = zip.by_index_data(index).map_err(zip_error)?;
            // Some writers store UTF-8 without saying so; the format's default is a code page of 1981.
            let name = match std::str::from_utf8(entry.name_raw()) {
                Ok(name) => safe_name(name),
                Err(_) => safe_name(&entry.name().map_err(zip_error)?),
            };
            entries.push(Entry {
                name: unique(name, &mut taken),
                is_folder: entry.is_dir(),
                is_link: entry.is_symlink(),
                is_encrypted: entry.encrypted(),
            });
        }
        let by_name = entries.iter().enumerate().map(|(index, entry)| (entry.name.to_ascii_lowercase(), index)).collect();
        let hides_entries = zip.has_duplicate_names();
        Ok(Self {
            zip,
            entries,
            by_name,
            hides_entries,
            budget: limits.decompressed_bytes,
            ratio: limits.decompression_ratio.max(1),
        })
    }

    /// The members in the order of the directory.
    #[allow(dead_code, reason = "for archives as documents")]
    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The safe names of all members that are files.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().filter(|entry| !entry.is_folder).map(|entry| entry.name.as_str())
    }

    /// Whether the directory lists one name twice, so that an entry is hidden behind another.
    pub(crate) fn hides_entries(&self) -> bool {
        self.hides_entries
    }

    /// The index of the member with this safe name; ASCII letters match in either case, as in Office packages.
    pub(crate) fn index_of(&self, name: &str) -> Option<usize> {
        self.by_name.get(&name.to_ascii_lowercase()).copied()
    }

    /// What may still be inflated, in bytes: a nested archive gets no more than its container has left.
    #[allow(dead_code, reason = "for archives as documents")]
    pub(crate) fn budget(&self) -> u64 {
        self.budget
    }

    /// The content of the member at `index`, checked against its checksum, and opened with the first of `passwords` that
    /// fits when it is encrypted (WinZip AES, ZipCrypto).
    ///
    /// # Errors
    /// `archive.encrypted`, `archive.wrong_password`, `archive.compression` (a method that Beleg does not read),
    /// `archive.malformed`, `limit.decompressed`, `limit.ratio`.
    pub(crate) fn read(&mut self, index: usize, passwords: &[String]) -> Result<Vec<u8>> {
        if !self.entries.get(index).is_some_and(|entry| entry.is_encrypted) {
            return read_all(self.stream(index)?);
        }
        if passwords.is_empty() {
            return Err(encrypted());
        }
        for password in passwords.iter().flat_map(|password| encodings(password)) {
            let opened = match self.zip.by_index_decrypt(index, &password) {
                Err(ZipError::InvalidPassword) => continue,
                opened => opened.map_err(zip_error)?,
            };
            // One wrong password in 256 passes for the right one (in 65,536 with AES) until the checksum at the end, and
            // what was inflated for it is no content.
            let budget = self.budget;
            let by_ratio = FREE_BYTES.max(opened.compressed_size().saturating_mul(self.ratio));
            match read_all(Bounded { inner: opened, budget: &mut self.budget, by_ratio }) {
                Err(error) if error.kind() == ErrorKind::Malformed => self.budget = budget,
                read => return read,
            }
        }
        Err(Error::new(
            ErrorKind::Encrypted,
            "archive.wrong_password",
            "no password that was given opens the member of the archive",
        )
        .with_hint("add its password to those that are given (a password file has one a line), unless the archive is damaged"))
    }

    /// The content of the member at `index`, inflated while it is read. Turn its errors into ours with [`read_error`].
    pub(crate) fn stream(&mut self, index: usize) -> Result<impl Read + '_> {
        if self.entries.get(index).is_some_and(|entry| entry.is_encrypted) {
            return Err(encrypted());
        }
        let file = self.zip.by_index(index).map_err(zip_error)?;
        let by_ratio = FREE_BYTES.max(file.compressed_size().saturating_mul(self.ratio));
        Ok(Bounded { inner: file, budget: &mut self.budget, by_ratio })
    }
}

fn read_all(mut from: impl Read) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.read_to_end(&mut bytes).map_err(read_error)?;
    Ok(bytes)
}

/// The bytes of a password as programs write them: in UTF-8, those of Windows in its code page.
fn encodings(password: &str) -> impl Iterator<Item = Vec<u8>> {
    let (windows, _, unmappable) = encoding_rs::WINDOWS_1252.encode(password);
    let windows = (!unmappable && windows != password.as_bytes()).then(|| windows.into_owned());
    std::iter::once(password.as_bytes().to_vec()).chain(windows)
}

fn encrypted() -> Error {
    Error::new(ErrorKind::Encrypted, "archive.encrypted", "the member of the archive needs a password")
        .with_hint("give its password; the command line takes --password-file")
}

/// Counts what comes out, and stops at the first byte over the limit.
struct Bounded<'a, R> {
    inner: R,
    budget: &'a mut u64,
    by_ratio: u64,
}

impl<R: Read> Read for Bounded<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)? as u64;
        let hint = "raise the limit if the file is trusted";
        if read > *self.budget {
            return Err(io::Error::other(
                Error::new(ErrorKind::Limit, "limit.decompressed", "the file becomes larger than is allowed when it is unpacked")
                    .with("setting", "limits.decompressed_bytes")
                    .with_hint(hint),
            ));
        }
        if read > self.by_ratio {
            return Err(io::Error::other(
                Error::new(
                    ErrorKind::Limit,
                    "limit.ratio",
                    "the file unpacks to many times its size, as a decompression bomb does",
                )
                .with("setting", "limits.decompression_ratio")
                .with_hint(hint),
            ));
        }
        *self.budget -= read;
        self.by_ratio -= read;
        Ok(read as usize)
    }
}

/// The error that a stream of [`Archive::stream`] failed with.
pub(crate) fn read_error(error: impl std::borrow::Borrow<io::Error>) -> Error {
    match error.borrow().get_ref().and_then(|inner| inner.downcast_ref::<Error>()) {
        Some(ours) => ErrorRecord::from(ours).into(),
        None => Error::new(ErrorKind::Malformed, "archive.malformed", "a member of the archive is damaged"),
    }
}

fn zip_error(error: ZipError) -> Error {
    match error {
        ZipError::Io(error) => read_error(error),
        ZipError::CompressionMethodNotSupported(method) => {
            Error::new(ErrorKind::Unsupported, "archive.compression", "the archive is packed by a method that is not read")
                .with("method", method.to_string())
                .with_hint("pack it again with the usual method (deflate)")
        }
        other => Error::new(ErrorKind::Malformed, "archive.malformed", "the archive is damaged or cut off").with_source(other),
    }
}

/// Makes `name` a relative path with `/` that stays inside its root.
pub(crate) fn safe_name(name: &str) -> String {
    let mut safe = String::with_capacity(name.len());
    for part in name.split(['/', '\\']) {
        let part: String = part.chars().filter(|c| !c.is_control() && !is_bidi_control(*c)).nfc().collect();
        // `C:` names a drive to Windows, and nothing to anybody else.
        let drive = part.len() == 2 && part.ends_with(':');
        if matches!(part.trim(), "" | "." | "..") || drive {
            continue;
        }
        if !safe.is_empty() {
            safe.push('/');
        }
        safe.push_str(&part);
    }
    if safe.is_empty() { "unnamed".to_owned() } else { safe }
}

/// Characters that show a name otherwise than it is: `gnp.exe` as `exe.png`.
fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Tells names apart that became the same when they were made safe: `a.txt`, `a (2).txt`. `taken` knows for each name
/// how often it came.
fn unique(name: String, taken: &mut FxHashMap<String, u32>) -> String {
    let file = name.rfind('/').map_or(0, |at| at + 1);
    let (stem, extension) = match name[file..].rfind('.') {
        Some(dot) if dot > 0 => name.split_at(file + dot),
        _ => (name.as_str(), ""),
    };
    let mut candidate = name.clone();
    while taken.contains_key(&candidate) {
        let count = taken.entry(name.clone()).or_insert(1);
        *count += 1;
        candidate = format!("{stem} ({count}){extension}");
    }
    taken.insert(candidate.clone(), 1);
    candidate
}

#[cfg(test)]
mod tests;
