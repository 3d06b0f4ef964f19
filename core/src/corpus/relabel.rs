use super::{
    Corpus,
    write::{Change, Writer},
};
use crate::{Error, ErrorKind, Result, record::Action, types::DocumentRef};

/// What a [`Corpus::relabel`] did.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Relabelled {
    /// The documents that were named and all parts of them, by name; also those that had these labels already.
    pub relabelled: Vec<DocumentRef>,
    /// Their labels now, sorted.
    pub labels: Vec<String>,
    /// The version of the index from which on they hold; 0 while nothing is published.
    pub index_version: u64,
}

impl Corpus {
    /// Gives documents, by name or id, these labels in place of those that they have; none when `labels` is empty. Nothing is
    /// embedded again, and from here on they hold in every process: in filters, and in what callers may see.
    ///
    /// All parts of an archive or a mail follow it. A part that is named itself gets labels of its own, until its container is
    /// labelled the next time.
    ///
    /// # Errors
    /// `document.not_found` and `document.ambiguous`, then no document is changed; `label.empty`.
    pub async fn relabel(&self, documents: &[impl AsRef<str>], labels: &[impl AsRef<str>]) -> Result<Relabelled> {
        self.check_caller()?;
        let labels = normalized(labels.iter().map(AsRef::as_ref))?;
        let mut writer = Writer::begin(self, "relabel").await?;
        self.refresh().await?;
        let found = self.visible().await.with_parts(documents)?;
        let documents = found.iter().map(|record| record.document.clone()).collect();
        let mut relabelled = found;
        relabelled.retain(|record| record.labels != labels);
        relabelled.iter_mut().for_each(|record| record.labels.clone_from(&labels));
        if !relabelled.is_empty() {
            let (pending, pending_labels) = self.still_to_come().await;
            let change = Change {
                operation: "relabel",
                action: Action::AdminChange,
                added: Vec::new(),
                trees: Default::default(),
                rows: Default::default(),
                objects: Vec::new(),
                removed: Vec::new(),
                relabelled,
                pending,
                pending_labels,
                settle: false,
            };
            writer.commit(change).await?;
            writer.prune().await;
            self.refresh().await?;
        }
        let index_version = self.0.snapshot.read().await.version.as_ref().map_or(0, |version| version.n);
        Ok(Relabelled { relabelled: documents, labels, index_version })
    }

    /// What an ingest that was interrupted still has before it, which no other operation changes.
    pub(super) async fn still_to_come(&self) -> (u32, Vec<String>) {
        let snapshot = self.0.snapshot.read().await;
        snapshot.version.as_ref().map(|version| (version.pending, version.pending_labels.clone())).unwrap_or_default()
    }
}

/// Labels as they are stored: sorted, each once.
pub(super) fn normalized<'l>(labels: impl Iterator<Item = &'l str>) -> Result<Vec<String>> {
    let mut labels: Vec<String> = labels.map(str::to_owned).collect();
    if labels.iter().any(|label| label.trim().is_empty()) {
        return Err(
            Error::new(ErrorKind::InvalidInput, "label.empty", "a label has no characters").with_hint("leave it out, or name it")
        );
    }
    labels.sort_unstable();
    labels.dedup();
    Ok(labels)
}
