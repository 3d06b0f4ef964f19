//! The digest of a model's weights.

use std::{fs::File, io::Read, path::Path};

use sha2::{Digest, Sha256};

use super::external;
use crate::{Error, Result};

/// SHA-256 over the ONNX graph and the files in which it keeps weights, in the order in which it names them.
///
/// # Errors
/// `model.file_missing` when one of them is not there.
pub(crate) fn weights(graph: &Path) -> Result<[u8; 32]> {
    let mut whole = Sha256::new();
    whole.update(file(graph)?);
    for data in external::files(graph)? {
        whole.update(file(&data)?);
    }
    Ok(whole.finalize().into())
}

fn file(path: &Path) -> Result<[u8; 32]> {
    let unreadable = |error| Error::io(error, "read the model", path);
    let mut reader = File::open(path).map_err(unreadable)?;
    let mut block = vec![0; 1 << 20];
    let mut sha = Sha256::new();
    loop {
        match reader.read(&mut block).map_err(unreadable)? {
            0 => return Ok(sha.finalize().into()),
            n => sha.update(&block[..n]),
        }
    }
}
