use super::{
    Corpus,
    write::{Change, Writer},
};
use crate::{Error, ErrorKind, Result, record::Action, types::DocumentRef};

impl Corpus {
    /// Takes documents out of the index, by name or id, with all parts of them. Every search that begins after this returned, in whatever
    /// process, finds nothing of them.
    ///
    /// Originals and text stay on disk until they are erased.
    ///
    /// # Errors
    /// `document.not_found` for a name or id that the corpus does not know; then nothing is deleted.
    pub async fn delete(&self, documents: &[impl AsRef<str>]) -> Result<Vec<DocumentRef>> {
        let mut writer = Writer::begin(self, "delete").await?;
        self.refresh().await?;
        let catalog = self.0.snapshot.read().await.catalog.clone();
        let mut removed: Vec<crate::types::DocumentRecord> = Vec::new();
        for wanted in documents {
            let wanted = wanted.as_ref();
            let record = catalog.find(wanted)?;
            let inside = format!("{}!/", record.document.name);
            removed.extend(
                catalog
                    .records
                    .iter()
                    .filter(|r| r.document.id == record.document.id || r.document.name.starts_with(&inside))
                    .cloned(),
            );
        }
        removed.sort_by(|a, b| a.document.name.cmp(&b.document.name));
        removed.dedup_by_key(|record| record.document.id);
        let refs = removed.iter().map(|record| record.document.clone()).collect();
        let change = Change {
            operation: "delete",
            action: Action::Delete,
            added: Vec::new(),
            rows: Default::default(),
            objects: Vec::new(),
            removed,
            pending: 0,
            settle: false,
        };
        writer.commit(change).await?;
        writer.prune().await;
        Ok(refs)
    }
}

impl super::snapshot::Catalog {
    /// The document of a name or an id.
    pub(super) fn find(&self, wanted: &str) -> Result<&crate::types::DocumentRecord> {
        let by_id = || self.records.iter().find(|record| record.document.id.to_string() == wanted);
        self.by_name(wanted).or_else(by_id).ok_or_else(|| {
            let name = wanted.rsplit('/').next().unwrap_or(wanted).to_lowercase();
            let near = self.records.iter().find(|record| record.document.name.to_lowercase().ends_with(&name));
            let error =
                Error::new(ErrorKind::NotFound, "document.not_found", "the corpus has no such document").with("document", wanted);
            match near {
                Some(near) => error.with_hint(format!("did you mean {:?}?", near.document.name)),
                None => error.with_hint("`beleg documents CORPUS` lists them"),
            }
        })
    }
}
