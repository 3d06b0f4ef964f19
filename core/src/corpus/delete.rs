use super::{
    Corpus,
    write::{Change, Writer},
};
use crate::{Result, record::Action, types::DocumentRef};

impl Corpus {
    /// Takes documents out of the index, by name or id, with all parts of them. Every search that begins after this returned, in whatever
    /// process, finds nothing of them.
    ///
    /// Originals and text stay on disk until they are erased ([`Corpus::deleted`] lists them).
    ///
    /// # Errors
    /// `document.not_found` for a name or id that the corpus does not know, `hold.active` for one that must be kept; then nothing
    /// is deleted.
    pub async fn delete(&self, documents: &[impl AsRef<str>]) -> Result<Vec<DocumentRef>> {
        self.check_caller()?;
        let mut writer = Writer::begin(self, "delete").await?;
        self.refresh().await?;
        let removed = self.visible().await.with_parts(documents)?;
        let _holds = self.lock_holds("delete").await?;
        self.held().await?.check_documents(&removed)?;
        self.keep_deleted(&removed).await?;
        let refs = removed.iter().map(|record| record.document.clone()).collect();
        let (pending, pending_labels) = self.still_to_come().await;
        let change = Change {
            operation: "delete",
            action: Action::Delete,
            added: Vec::new(),
            trees: Default::default(),
            rows: Default::default(),
            objects: Vec::new(),
            removed,
            relabelled: Vec::new(),
            pending,
            pending_labels,
            settle: false,
        };
        writer.commit(change).await?;
        writer.prune().await;
        Ok(refs)
    }
}
