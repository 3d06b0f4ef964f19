use super::{Corpus, ingest};
use crate::{
    Error, ErrorKind, Result,
    store::{Blobs, PageReader, text_name},
    types::{Coverage, DocumentRecord, Page},
};

/// What is shown of a document.
#[derive(Debug, Clone, Default)]
pub struct ShowOptions {
    /// One page alone; all when not given.
    pub page: Option<u32>,
}

/// A document with its pages.
#[derive(Debug, Clone, PartialEq)]
pub struct Shown {
    /// What the corpus keeps of it.
    pub record: DocumentRecord,
    /// Its pages.
    pub pages: Vec<Page>,
}

impl Corpus {
    /// All documents, by name, also those that could not be read.
    pub async fn documents(&self) -> Result<Vec<DocumentRecord>> {
        self.check_caller()?;
        self.refresh().await?;
        Ok(self.visible().await.records().cloned().collect())
    }

    /// What a search can draw on.
    pub async fn coverage(&self) -> Result<Coverage> {
        self.check_caller()?;
        self.refresh().await?;
        Ok(self.visible().await.coverage(|_| true, false))
    }

    /// A document, by name or id, with its pages as they were extracted.
    ///
    /// # Errors
    /// `document.not_found`, `document.no_page`, and the document's own error when nothing of it could be read.
    pub async fn show(&self, document: &str, options: ShowOptions) -> Result<Shown> {
        self.check_caller()?;
        self.refresh().await?;
        let record = self.visible().await.find(document)?.clone();
        if let (Some(error), 0) = (&record.error, record.pages.seen) {
            return Err(Error::from(error.clone()).with("document", record.document.name));
        }
        let reader = self.pages(&record).await?;
        let pages = match options.page {
            Some(number) => vec![reader.page(number).await?.ok_or_else(|| {
                Error::new(ErrorKind::NotFound, "document.no_page", "the document has no such page")
                    .with("document", record.document.name.clone())
                    .with("page", number.to_string())
                    .with_hint(format!("it has {} pages", reader.len()))
            })?],
            None => {
                let mut pages = Vec::with_capacity(reader.len());
                for number in 1..=reader.len() as u32 {
                    pages.extend(reader.page(number).await?);
                }
                pages
            }
        };
        Ok(Shown { record, pages })
    }

    /// The original bytes of a document, by name or id.
    pub async fn original(&self, document: &str) -> Result<Vec<u8>> {
        self.check_caller()?;
        self.refresh().await?;
        let record = self.visible().await.find(document)?.clone();
        if let (Some(error), true) = (&record.error, record.document.sha256.is_empty()) {
            return Err(Error::from(error.clone()).with("document", record.document.name));
        }
        let bytes = self.0.blobs.get(&ingest::original_name(&record.document.sha256)).await?;
        bytes.map(|(bytes, _)| bytes).ok_or_else(|| {
            Error::new(ErrorKind::Corrupt, "document.original_missing", "the original of the document is missing")
                .with("document", record.document.name)
                .with_hint("ingest the document again")
        })
    }

    pub(super) async fn pages(&self, record: &DocumentRecord) -> Result<PageReader<'_>> {
        PageReader::open(self.0.blobs.as_ref(), text_name(&record.document.sha256, &record.extractor)).await
    }
}
