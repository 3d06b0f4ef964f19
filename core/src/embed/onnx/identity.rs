//! Which model it is: a digest over everything that a vector depends on.

use sha2::{Digest, Sha256};

use super::{ModelConfig, Pooling};

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
