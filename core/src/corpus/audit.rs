//! The audit log of a corpus that is not opened for anything else.

use std::{path::Path, sync::Arc};

use uuid::Uuid;

use super::{layout, layout::Layout, open};
use crate::{
    Result,
    audit_log::{AuditLog, AuditOptions, AuditSeams, KeyStore},
    env::{System, new_id},
    store::{Blobs, LocalBlobs},
};

/// Opens the audit log of the corpus in a folder: to read, verify and prove it takes neither an embedding model nor an index.
///
/// # Errors
/// `corpus.not_found`, `corpus.not_a_corpus`, `corpus.newer_format`, `corpus.older_format`.
pub fn open_audit(folder: impl AsRef<Path>, keys: Arc<dyn KeyStore>) -> Result<AuditLog> {
    open_audit_with(folder, keys, AuditOptions::default())
}

/// The same with other settings: witnesses, exported checkpoints, a folder elsewhere.
///
/// # Errors
/// As [`open_audit`].
pub fn open_audit_with(folder: impl AsRef<Path>, keys: Arc<dyn KeyStore>, options: AuditOptions) -> Result<AuditLog> {
    let folder = open::absolute(folder.as_ref())?;
    let layout = layout::read(&folder)?.ok_or_else(|| open::not_found(&folder))?;
    let seams = AuditSeams {
        corpus: layout.id,
        tenant: layout.tenant,
        blobs: Arc::new(LocalBlobs::new(&folder)),
        keys,
        clock: Arc::new(System),
        random: Arc::new(System),
    };
    AuditLog::local(&folder, seams, options)
}

/// Makes of a copied folder a corpus of its own: a new id, and a copy of the keys that its payloads are read with. Its log begins
/// a new epoch with the next [`AuditLog::resume`].
pub async fn detach(folder: impl AsRef<Path>, keys: &dyn KeyStore) -> Result<Uuid> {
    let folder = open::absolute(folder.as_ref())?;
    let layout = layout::read(&folder)?.ok_or_else(|| open::not_found(&folder))?;
    let id = new_id(&System, &System);
    keys.copy(layout.id, id)?;
    let blobs = LocalBlobs::new(&folder);
    let (name, bytes) = layout::object(&Layout { id, ..layout });
    let changed = match blobs.get(name).await? {
        Some((_, etag)) => blobs.put_if_match(name, &bytes, &etag).await?.is_some(),
        None => false,
    };
    if changed { Ok(id) } else { Err(open::not_found(&folder)) }
}
