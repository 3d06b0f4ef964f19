//! Which model it is: a digest over everything that a vector depends on.

use std::{fs::File, io::Read, path::Path};

use sha2::{Digest, Sha256};

use super::{ModelConfig, Pooling, external};
use crate::{Error, Result};

/// SHA-256 over the ONNX graph and the files in which it keeps weights, in the order in which it names them.
///
/// # Errors
/// `model.file_missing` when one of them is not there.
pub(super) fn weights(graph: &Path) -> Result<[u8; 32]> {
    let mut whole = Sha256::new();
    whole.update(file(graph)?);
    for data in external::files(graph)? {
        whole.update(file(&data)?);
    }
    Ok(whole.finalize().into())
}

/// SHA-256 over weights, vocabulary with its normalization, pooling, prefixes and length, in lower-case hex. Names and
/// places of files do not count.
pub(super) fn identity(config: &ModelConfig, weights: [u8; 32], tokenizer: [u8; 32]) -> String {
    let mut whole = Sha256::new();
    whole.update(b"beleg model identity 1\n");
    whole.update(weights);
    whole.update(tokenizer);
    let pooling = match config.pooling {
        Pooling::Mean => "mean",
        Pooling::Cls => "cls",
        Pooling::Max => "max",
        Pooling::LastToken => "last_token",
    };
    let [query, passage] = [&config.query_prefix, &config.passage_prefix].map(|prefix| serde_json::Value::from(prefix.as_str()));
    // The order of the fields is part of the identity.
    whole.update(format!(
        r#"{{"pooling":"{pooling}","query_prefix":{query},"passage_prefix":{passage},"max_tokens":{}}}"#,
        config.max_tokens
    ));
    crate::hex::hex(&whole.finalize())
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
