//! `beleg.json`: what makes a folder a corpus.

use std::{fs, io, path::Path};

use uuid::Uuid;

use crate::{Error, ErrorKind, Result};

/// The format that this version reads and writes. Format 0 had no audit log; it is not carried over.
pub(super) const FORMAT: u32 = 1;
const FILE: &str = "beleg.json";

/// The content of `beleg.json`.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) struct Layout {
    /// The on-disk format.
    pub(super) format: u32,
    /// The corpus, wherever it lies.
    pub(super) id: Uuid,
    /// Whose it is.
    pub(super) tenant: Uuid,
}

/// Reads it; `None` when there is no such folder or it is empty.
pub(super) fn read(folder: &Path) -> Result<Option<Layout>> {
    let path = folder.join(FILE);
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return vacant(folder).map(|()| None),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => return Err(no_corpus(folder, "it is a file")),
        Err(error) => return Err(Error::io(error, "open the corpus", &path)),
    };
    let value: serde_json::Value =
        serde_json::from_slice(&bytes).map_err(|_| no_corpus(folder, "its beleg.json cannot be read"))?;
    match value.get("format").and_then(serde_json::Value::as_u64) {
        Some(format) if format > u64::from(FORMAT) => Err(Error::new(
            ErrorKind::Unsupported,
            "corpus.newer_format",
            format!("the corpus has format {format}, and this version of Beleg reads format {FORMAT}"),
        )
        .with("path", folder.display().to_string())
        .with_hint("use the version of Beleg that wrote it, or a newer one")),
        Some(format) if format < u64::from(FORMAT) => Err(Error::new(
            ErrorKind::Unsupported,
            "corpus.older_format",
            format!("the corpus has format {format}, which has no audit log; this version of Beleg reads format {FORMAT}"),
        )
        .with("path", folder.display().to_string())
        .with_hint("ingest its documents again into a new folder")),
        Some(_) => serde_json::from_value(value).map(Some).map_err(|_| no_corpus(folder, "its beleg.json is not complete")),
        None => Err(no_corpus(folder, "its beleg.json names no format")),
    }
}

/// A folder that a corpus may be created in has nothing in it.
fn vacant(folder: &Path) -> Result<()> {
    match fs::read_dir(folder) {
        // A writer that was killed while it created the corpus leaves its temporary folder and its lock behind.
        Ok(entries) => match entries
            .filter_map(std::result::Result::ok)
            .find(|entry| !matches!(entry.file_name().to_str(), Some("tmp" | "locks")))
        {
            None => Ok(()),
            Some(_) => Err(no_corpus(folder, "it has other files in it and no beleg.json")),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => Err(no_corpus(folder, "it is a file")),
        Err(error) => Err(Error::io(error, "open the corpus", folder)),
    }
}

fn no_corpus(folder: &Path, why: &str) -> Error {
    Error::new(ErrorKind::InvalidInput, "corpus.not_a_corpus", format!("this is no corpus: {why}"))
        .with("path", folder.display().to_string())
        .with_hint("name a corpus, or a folder that is new or empty to create one")
}

/// The object that creates the corpus.
pub(super) fn object(layout: &Layout) -> (&'static str, Vec<u8>) {
    (FILE, serde_json::to_vec_pretty(layout).unwrap_or_default())
}
