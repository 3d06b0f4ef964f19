use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};

use super::{
    checkpoint::{Checkpoint, open_checkpoint},
    decimal,
    hash::Hash,
    key::VerifierKey,
    note::{NOTE_BYTES_MAX, SignedNote},
    proof::InclusionProof,
};
use crate::{Error, ErrorKind, Result};

const FIRST_LINE: &str = "c2sp.org/tlog-proof@v1";

/// A proof that an entry is in a log, in one file with the checkpoint: <https://c2sp.org/tlog-proof>. What was parsed is written
/// back as the same bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlogProof {
    /// The opaque line `extra`, which nothing authenticates. Beleg writes none.
    pub extra: Option<Vec<u8>>,
    /// The proof; its size is that of the checkpoint.
    pub proof: InclusionProof,
    /// The signed checkpoint, verbatim.
    pub checkpoint: Vec<u8>,
}

impl TlogProof {
    /// Reads a file `.tlog-proof`. The checkpoint's signatures are not verified yet, see [`TlogProof::verify`].
    ///
    /// # Errors
    /// `audit.tlog_proof`, and those of the checkpoint within.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        let malformed = |why: &'static str| {
            Error::new(ErrorKind::Malformed, "audit.tlog_proof", "this is no proof of a log").with("because", why)
        };
        if bytes.len() > 2 * NOTE_BYTES_MAX {
            return Err(malformed("it is too long"));
        }
        let text = std::str::from_utf8(bytes).map_err(|_| malformed("it is not UTF-8"))?;
        let (head, checkpoint) =
            text.split_once("\n\n").ok_or_else(|| malformed("no empty line stands before the checkpoint"))?;
        let mut lines = head.split('\n').peekable();
        if lines.next() != Some(FIRST_LINE) {
            return Err(malformed("its first line is not that of version 1"));
        }
        let extra = match lines.peek().and_then(|line| line.strip_prefix("extra ")) {
            Some(extra) => {
                lines.next();
                Some(STANDARD.decode(extra).map_err(|_| malformed("its extra data is no base64"))?)
            }
            None => None,
        };
        let index = lines.next().and_then(|line| decimal(line.strip_prefix("index ")?));
        let index = index.ok_or_else(|| malformed("its index is no number in its one spelling"))?;
        let mut hashes = Vec::new();
        for line in lines {
            if hashes.len() == 64 {
                return Err(malformed("it has more hashes than any tree is high"));
            }
            hashes.push(line.parse::<Hash>().map_err(|_| malformed("a hash is not in its one spelling"))?);
        }
        let size = Checkpoint::parse(&SignedNote::parse(checkpoint.as_bytes())?.text)?.size;
        Ok(Self { extra, proof: InclusionProof { index, size, hashes }, checkpoint: checkpoint.as_bytes().to_vec() })
    }

    /// Checks that one of `log_keys` signed the checkpoint and that `leaf` is in its tree, and returns the checkpoint.
    ///
    /// # Errors
    /// Those of [`open_checkpoint`] and [`InclusionProof::verify`].
    pub fn verify(&self, leaf: &Hash, log_keys: &[VerifierKey]) -> Result<Checkpoint> {
        let (checkpoint, _) = open_checkpoint(&self.checkpoint, log_keys)?;
        let proof = InclusionProof { size: checkpoint.size, ..self.proof.clone() };
        proof.verify(leaf, &checkpoint.root)?;
        Ok(checkpoint)
    }
}

impl fmt::Display for TlogProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{FIRST_LINE}")?;
        if let Some(extra) = &self.extra {
            writeln!(f, "extra {}", STANDARD.encode(extra))?;
        }
        writeln!(f, "index {}", self.proof.index)?;
        self.proof.hashes.iter().try_for_each(|hash| writeln!(f, "{hash}"))?;
        write!(f, "\n{}", String::from_utf8_lossy(&self.checkpoint))
    }
}
