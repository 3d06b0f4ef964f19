use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
};

use jiff::civil::Date;
use sha2::{Digest, Sha256};
use unicode_normalization::UnicodeNormalization;

use crate::{Error, ErrorKind, Result, hex::hex};

/// A document to add.
#[derive(Debug, Clone, Default)]
pub struct Source {
    /// Where it comes from: the same name with other bytes from the same root is a new version; from another root it is an error
    /// until the caller says what is meant.
    pub root: String,
    /// Its name: a path relative to its root, with `/`.
    pub name: String,
    /// Its bytes.
    pub bytes: SourceBytes,
    /// Labels for filters and access.
    pub labels: Vec<String>,
    /// Whom it concerns, as opaque ids.
    pub subjects: Vec<String>,
    /// The day it bears; its own properties tell when not given.
    pub date: Option<Date>,
    /// The host's own data.
    pub metadata: BTreeMap<String, String>,
}

/// Where a document's bytes are.
#[derive(Debug, Clone)]
pub enum SourceBytes {
    /// In memory.
    Bytes(Vec<u8>),
    /// In a file.
    Path(PathBuf),
}

impl Default for SourceBytes {
    fn default() -> Self {
        Self::Bytes(Vec::new())
    }
}

impl SourceBytes {
    /// SHA-256 and length, without holding the whole of a file.
    pub(super) fn digest(&self) -> Result<(String, u64)> {
        let mut hash = Sha256::new();
        let length = match self {
            Self::Bytes(bytes) => {
                hash.update(bytes);
                bytes.len() as u64
            }
            Self::Path(path) => {
                let failed = |error| Error::io(error, "read a document", path);
                let mut file = File::open(path).map_err(failed)?;
                let (mut buffer, mut length) = (vec![0; 1 << 18], 0);
                loop {
                    match file.read(&mut buffer).map_err(failed)? {
                        0 => break length,
                        n => {
                            hash.update(&buffer[..n]);
                            length += n as u64;
                        }
                    }
                }
            }
        };
        Ok((hex(&hash.finalize()), length))
    }

    /// All of it, refused above `limit` bytes.
    pub(super) fn read(&self, limit: u64) -> Result<Vec<u8>> {
        let too_large = |length: u64| {
            Error::new(ErrorKind::Limit, "document.too_large", "the file is larger than the limit")
                .with("bytes", length.to_string())
                .with("limit", limit.to_string())
                .with_hint("raise limits.file_bytes if the file is trusted")
        };
        match self {
            Self::Bytes(bytes) if bytes.len() as u64 > limit => Err(too_large(bytes.len() as u64)),
            Self::Bytes(bytes) => Ok(bytes.clone()),
            Self::Path(path) => {
                let failed = |error| Error::io(error, "read a document", path);
                let mut bytes = Vec::new();
                // Its length may change while it is read: the limit holds for what is read.
                File::open(path).map_err(failed)?.take(limit + 1).read_to_end(&mut bytes).map_err(failed)?;
                if bytes.len() as u64 > limit { Err(too_large(bytes.len() as u64)) } else { Ok(bytes) }
            }
        }
    }
}

/// What a path holds: documents, names of what is none, and folders below it that cannot be listed.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) sources: Vec<Source>,
    pub(super) ignored: Vec<String>,
    pub(super) unlisted: Vec<(String, Error)>,
}

/// Finds the files of `path`: a folder is the root of the names below it, a file has its folder as root.
pub(super) fn find(path: &Path, found: &mut Found) -> Result<()> {
    let failed = |error| Error::io(error, "ingest", path);
    let path = fs::canonicalize(path).map_err(failed)?;
    if path.is_dir() {
        walk(&path, &path, found)
    } else {
        let root = path.parent().unwrap_or(&path).to_path_buf();
        add(&root, &path, found);
        Ok(())
    }
}

fn walk(root: &Path, folder: &Path, found: &mut Found) -> Result<()> {
    let failed = |error| Error::io(error, "list a folder", folder);
    let mut entries: Vec<fs::DirEntry> = fs::read_dir(folder).map_err(failed)?.collect::<io::Result<_>>().map_err(failed)?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        let kind = entry.file_type().map_err(failed)?;
        if kind.is_dir() {
            // Nobody knows what is in it; the others go on, and it stands in the report.
            if let Err(error) = walk(root, &path, found) {
                found.unlisted.push((name(root, &path) + "/", error));
            }
        } else if kind.is_file() {
            add(root, &path, found);
        } else {
            // A link may lead out of the folder that was handed over, a pipe never ends.
            found.ignored.push(name(root, &path));
        }
    }
    Ok(())
}

fn add(root: &Path, path: &Path, found: &mut Found) {
    let name = name(root, path);
    if crate::document::is_ignored(&name) {
        found.ignored.push(name);
        return;
    }
    found.sources.push(Source {
        root: root.to_string_lossy().into_owned(),
        name,
        bytes: SourceBytes::Path(path.to_path_buf()),
        ..Source::default()
    });
}

/// The path relative to its root, with `/`, in NFC.
fn name(root: &Path, path: &Path) -> String {
    let relative = path.strip_prefix(root).unwrap_or(path);
    let parts: Vec<_> = relative.components().map(|part| part.as_os_str().to_string_lossy()).collect();
    parts.join("/").nfc().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_relative_to_the_folder_that_was_handed_over_and_links_are_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("b")).unwrap();
        fs::write(folder.path().join("b/U\u{308}bersicht.txt"), "x").unwrap();
        fs::write(folder.path().join("a.txt"), "y").unwrap();
        fs::write(folder.path().join("b/.DS_Store"), "z").unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink("/etc/passwd", folder.path().join("link")).unwrap();
        let mut found = Found::default();
        find(folder.path(), &mut found).unwrap();
        let names: Vec<_> = found.sources.iter().map(|source| source.name.as_str()).collect();
        assert_eq!(names, ["a.txt", "b/Übersicht.txt"]);
        assert!(found.ignored.contains(&"b/.DS_Store".to_owned()));
        assert_eq!(found.ignored.len(), if cfg!(unix) { 2 } else { 1 });
        let (digest, length) = found.sources[0].bytes.digest().unwrap();
        assert_eq!((digest.as_str(), length), ("a1fce4363854ff888cff4b8e7875d600c2682390412a8cf79b37d0b11148b0fa", 1));
    }
}
