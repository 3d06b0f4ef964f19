use std::{path::Path, sync::Arc};

use super::{
    CallContext, Corpus, Engine, Phase, Progress, ProgressFn,
    ingest::Reader,
    write::{Change, Writer},
};
use crate::{
    Error, ErrorKind, Result,
    document::worker::Stop,
    index::{PendingRows, versions::IndexVersion},
    record::Action,
    store::{PageReader, text_name},
    types::DocumentRecord,
};

impl Engine {
    /// Makes the index of a corpus anew from its documents and their text, with this engine's model and settings. Searches go on with the
    /// old index until the new one is published.
    pub async fn rebuild(&self, folder: impl AsRef<Path>, progress: Option<ProgressFn>) -> Result<Option<IndexVersion>> {
        self.open_for_rebuild(folder).await?.rebuild(progress).await
    }

    /// The same on behalf of a caller. It touches all documents, whatever the caller may see, and tells of none but by progress.
    pub async fn rebuild_as(
        &self,
        folder: impl AsRef<Path>,
        context: CallContext,
        progress: Option<ProgressFn>,
    ) -> Result<Option<IndexVersion>> {
        self.open_for_rebuild(folder).await?.with(context).rebuild(progress).await
    }
}

impl Corpus {
    async fn rebuild(&self, progress: Option<ProgressFn>) -> Result<Option<IndexVersion>> {
        self.check_caller()?;
        self.check_embedding().await?;
        let Some(mut writer) = Writer::begin_beside(self).await? else { return Ok(None) };
        let emit = |event| progress.iter().for_each(|progress| progress(Progress::clone(&event)));
        // Not by the shared view, which refuses rows of another model.
        let records = writer.documents().await?;
        let searchable: Vec<_> =
            records.into_iter().filter(DocumentRecord::is_searchable).filter(|record| record.pages.seen > 0).collect();
        emit(Progress::Planned { documents: searchable.len() as u64, bytes: searchable.iter().map(|record| record.bytes).sum() });
        emit(Progress::Phase { phase: Phase::Reading });
        let reader = Reader::new(self.engine(), self.0.blobs.clone(), writer.stage(), progress.clone(), Stop::default())?;
        let (reader, mut pending) = (Arc::new(reader), PendingRows::default());
        for record in searchable {
            emit(Progress::Started { document: record.document.name.clone() });
            let (reader, corpus, document) = (reader.clone(), self.clone(), record.clone());
            let runtime = tokio::runtime::Handle::current();
            let rows = tokio::task::spawn_blocking(move || {
                let name = text_name(&document.document.sha256, &document.extractor);
                let pages = runtime.block_on(PageReader::open(corpus.0.blobs.as_ref(), name))?;
                let mut rows = reader.rows(document.document.id, document.document.version);
                for number in 1..=pages.len() as u32 {
                    if let Some(page) = runtime.block_on(pages.page(number))? {
                        rows.push(&page)?;
                    }
                }
                rows.finish()
            });
            let (_, rows, _) = rows.await.map_err(|error| {
                Error::new(ErrorKind::Internal, "rebuild.panicked", "a thread of the rebuild died").with_source(error)
            })??;
            pending.extend(rows);
            if pending.in_memory() >= self.engine().options().index.rows_in_memory / 2 {
                writer.add_rows(std::mem::take(&mut pending)).await?;
            }
            let DocumentRecord { document, status, bytes, pages, .. } = record;
            emit(Progress::Done { document: document.name, status, bytes, pages: pages.seen });
        }
        emit(Progress::Phase { phase: Phase::Settling });
        let change = Change {
            operation: "rebuild",
            action: Action::IndexBuild,
            added: Vec::new(),
            trees: Default::default(),
            rows: pending,
            objects: Vec::new(),
            removed: Vec::new(),
            relabelled: Vec::new(),
            pending: 0,
            pending_labels: Vec::new(),
            settle: true,
        };
        let version = writer.commit(change).await?;
        writer.prune().await;
        if let Some(version) = &version {
            emit(Progress::Published { version: version.n, documents: 0 });
        }
        Ok(version)
    }
}
