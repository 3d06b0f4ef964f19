//! Documents that were deleted and whose originals are still there: so that erasure, holds and retention reach them.

use std::collections::HashSet;

use uuid::Uuid;

use super::{Corpus, snapshot::Visible};
use crate::{
    Error, ErrorKind, Result,
    store::Blobs,
    types::{DocumentRecord, DocumentRef},
};

/// Where they lie, as the catalog had them, by id.
const FOLDER: &str = "deleted";

impl Corpus {
    /// Documents that were deleted and have not been erased, by name.
    ///
    /// # Errors
    /// `document.deleted_damaged` for a file that cannot be read.
    pub async fn deleted(&self) -> Result<Vec<DocumentRecord>> {
        self.check_caller()?;
        self.refresh().await?;
        Ok(self.visible_deleted().await?.records().cloned().collect())
    }

    /// Keeps what the catalog says of documents before it forgets them. When they are not deleted after all, the catalog has them still,
    /// and goes first.
    pub(super) async fn keep_deleted(&self, records: &[DocumentRecord]) -> Result<()> {
        for record in records {
            let name = name(record.document.id);
            let bytes = serde_json::to_vec(record).map_err(|error| damaged(&name).with_source(error))?;
            let blobs = self.0.blobs.as_ref();
            if !blobs.put_if_absent(&name, &bytes).await? {
                // Of an attempt that did not come to its end; the document may have changed since.
                blobs.delete(&name).await?;
                blobs.put_if_absent(&name, &bytes).await?;
            }
        }
        Ok(())
    }

    pub(super) async fn forget_deleted(&self, documents: &[DocumentRef]) -> Result<()> {
        for document in documents {
            self.0.blobs.delete(&name(document.id)).await?;
        }
        Ok(())
    }

    /// All of them, whoever asks.
    pub(super) async fn all_deleted(&self) -> Result<Vec<DocumentRecord>> {
        let known: HashSet<Uuid> = self.all_documents().await.into_iter().map(|record| record.document.id).collect();
        let mut deleted: Vec<DocumentRecord> = Vec::new();
        for name in self.0.blobs.list(FOLDER).await? {
            let Some((bytes, _)) = self.0.blobs.get(&name).await? else { continue };
            deleted.push(serde_json::from_slice(&bytes).map_err(|error| damaged(&name).with_source(error))?);
        }
        deleted.retain(|record| !known.contains(&record.document.id));
        deleted.sort_by(|a, b| (&a.document.name, a.document.id).cmp(&(&b.document.name, b.document.id)));
        Ok(deleted)
    }

    /// Those of which the caller may know.
    pub(super) async fn visible_deleted(&self) -> Result<Visible> {
        Ok(self.visible().await.over(self.all_deleted().await?))
    }

    /// Documents that there are, and documents that were deleted, by name or id, with all parts of them.
    ///
    /// # Errors
    /// `document.not_found`, `document.ambiguous`.
    pub(super) async fn kept_with_parts(&self, wanted: &str) -> Result<Vec<DocumentRecord>> {
        match self.visible().await.with_parts(&[wanted]) {
            Err(error) if error.code() == "document.not_found" => {
                let deleted = self.visible_deleted().await?.with_parts(&[wanted]);
                // What it says of documents that there are is of more use.
                deleted.map_err(|other| if other.code() == error.code() { error } else { other })
            }
            found => found,
        }
    }
}

fn name(id: Uuid) -> String {
    format!("{FOLDER}/{id}.json")
}

fn damaged(name: &str) -> Error {
    Error::new(ErrorKind::Corrupt, "document.deleted_damaged", "what is kept of a deleted document cannot be read")
        .with("file", name)
        .with_hint("restore the file from a backup: until then nothing is erased")
}
