//! SHA-256 of files.

use std::{fs::File, io::Read, path::Path};

use sha2::{Digest, Sha256};

use crate::{Error, ErrorKind, Result};

/// SHA-256 of a file in lower-case hex.
pub(super) fn of(path: &Path) -> Result<String> {
    let unreadable = |error| Error::io(error, "read a fetched file", path);
    let mut file = File::open(path).map_err(unreadable)?;
    let mut block = vec![0; 1 << 18];
    let mut sha = Sha256::new();
    loop {
        match file.read(&mut block).map_err(unreadable)? {
            0 => return Ok(crate::hex::hex(&sha.finalize())),
            n => sha.update(&block[..n]),
        }
    }
}

/// Refuses a file that is not the pinned one.
pub(super) fn check(path: &Path, pinned: &str) -> Result<()> {
    let found = of(path)?;
    if found == pinned {
        return Ok(());
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    Err(Error::new(ErrorKind::Environment, "model.checksum", "a fetched file is not the one that was pinned")
        .with("file", name)
        .with("pinned", pinned)
        .with("found", found)
        .with_hint("the registry or its mirror gave another file: fetch again, and do not use it if that repeats"))
}
