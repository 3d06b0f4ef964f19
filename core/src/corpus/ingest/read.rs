use std::sync::Arc;

use tokio::runtime::Handle;
use uuid::Uuid;

use super::{
    super::{Engine, Extraction, Progress, ProgressFn},
    rows::{Embedded, row},
};
use crate::{
    Error, ErrorKind, Result,
    audit::PagesTree,
    chunk::{Chunk, Chunker, DocumentChunker},
    document::{
        EXTRACTOR, Format, Input, Part, Sink, Summary,
        worker::{Extraction as _, InProcess, Stop, Worker},
    },
    index::{
        PendingRows, RowStage,
        analysis::{self, Analyzer},
        chunks::ChunkRow,
        vectors::WordCentring,
    },
    retrieve::Calibration,
    store::{LocalBlobs, PageWriter, StagedObject, text_name},
    types::{Language, Page, PageCounts, PageStatus, UnreadPage},
};

/// Chunks that are embedded together, which bounds what waits in memory.
const CHUNKS: usize = 64;
/// Text that the language of a document is told by.
const SAMPLE_BYTES: usize = 16 * 1024;

/// Reads documents: bytes to pages, pages to rows. Shared by all threads of an ingest.
pub(in crate::corpus) struct Reader {
    engine: Engine,
    chunker: Chunker,
    blobs: Arc<LocalBlobs>,
    /// What the vectors of words are seen from; words get none with a model that was not measured.
    words: Option<WordCentring>,
    stage: RowStage,
    /// For what has to wait for the disk, on threads that may.
    runtime: Handle,
    progress: Option<ProgressFn>,
    stop: Stop,
}

/// A document that was read, as far as it could be.
pub(super) struct Read {
    pub(super) summary: Option<Summary>,
    pub(super) pages: PageCounts,
    pub(super) unread: Vec<UnreadPage>,
    pub(super) error: Option<Error>,
    pub(super) language: Language,
    pub(super) rows: PendingRows,
    pub(super) tokens: u64,
    pub(super) parts: Vec<Part>,
    /// Its pages and its original: durable, and not in place yet.
    pub(super) objects: Vec<StagedObject>,
    /// What the entry on record commits to of its pages.
    pub(super) tree: Option<PagesTree>,
}

impl Reader {
    pub(in crate::corpus) fn new(
        engine: &Engine,
        blobs: Arc<LocalBlobs>,
        stage: RowStage,
        progress: Option<ProgressFn>,
        stop: Stop,
    ) -> Result<Self> {
        let model = engine.model();
        let mut chunking = engine.options().chunking.clone();
        chunking.max_tokens = chunking.max_tokens.min(model.max_tokens());
        let chunker = Chunker::new(model.tokenizer(), chunking)?;
        let words = Calibration::of(model.identity()).words.clone();
        Ok(Self { chunker, engine: engine.clone(), blobs, words, stage, runtime: Handle::current(), progress, stop })
    }

    /// Begins to turn the pages of a document into rows.
    pub(in crate::corpus) fn rows(&self, document: Uuid, version: u32) -> TextToRows<'_> {
        TextToRows {
            reader: self,
            chunker: self.chunker.document(),
            analyzer: Analyzer::new(),
            document,
            version,
            sample: String::new(),
            language: None,
            pending: Vec::new(),
            rows: PendingRows::default(),
            tokens: 0,
        }
    }

    /// Keeps what waits of one document in memory within its limit.
    fn spill(&self, rows: &mut PendingRows) -> Result<()> {
        if rows.in_memory() < self.engine.options().index.document_rows(self.engine.threads()) {
            return Ok(());
        }
        self.runtime.block_on(self.stage.write(rows))
    }

    pub(super) fn emit(&self, event: Progress) {
        if let Some(progress) = &self.progress {
            progress(event);
        }
    }

    pub(in crate::corpus) fn check_cancelled(&self) -> Result<()> {
        if self.stop.is_stopped() {
            return Err(Error::new(ErrorKind::Cancelled, "ingest.cancelled", "the work was stopped"));
        }
        Ok(())
    }

    /// Reads one document. What is wrong with it is part of the result; an error is one of the corpus or of the caller.
    pub(super) fn read(
        &self,
        name: &str,
        sha256: &str,
        bytes: Vec<u8>,
        passwords: &[String],
        document: Uuid,
        version: u32,
    ) -> Result<Read> {
        let input = Input { name, bytes: Arc::new(bytes), passwords };
        let mut seed = [0; 32];
        self.engine.0.random.fill(&mut seed);
        let mut pages = Pages {
            writer: PageWriter::new(&self.blobs)?,
            rows: self.rows(document, version),
            tree: PagesTree::new(seed),
            counts: PageCounts::default(),
            unread: Vec::new(),
            parts: Vec::new(),
            own_error: None,
        };
        let limits = &self.engine.options().limits;
        let extracted = match &self.engine.options().extraction {
            Extraction::InProcess => InProcess.extract(&input, limits, &self.stop, &mut pages),
            Extraction::Worker { program, arguments } => {
                let arguments = arguments.iter().map(Into::into).collect();
                Worker { program: program.clone(), arguments }.extract(&input, limits, &self.stop, &mut pages)
            }
        };
        if let Some(error) = pages.own_error.take() {
            return Err(error);
        }
        let (summary, mut error) = match extracted {
            Ok(summary) => (Some(summary), None),
            Err(error) => (None, Some(error)),
        };
        let Pages { writer, rows, tree, mut counts, mut unread, parts, .. } = pages;
        if let (Some(error), true) = (&error, counts.seen > 0) {
            // The page that it died on is there and could not be read; how many come after it nobody knows.
            counts.seen += 1;
            counts.failed += 1;
            unread.push(UnreadPage { page: counts.seen, code: error.code().to_owned(), message: error.message().to_owned() });
        }
        let tree = Some(tree).filter(|tree| !tree.is_empty());
        let mut objects = Vec::new();
        if counts.seen > 0 {
            objects.push(writer.finish(&self.blobs, text_name(sha256, EXTRACTOR))?);
        }
        if error.is_none() && counts.extracted == 0 && counts.scanned > 0 {
            error = Some(
                Error::new(ErrorKind::Unsupported, "document.scanned", "its pages are pictures without text")
                    .with_hint("run text recognition (OCR) over it and ingest the result"),
            );
        }
        let is_archive = summary.as_ref().is_some_and(|summary| summary.format == Format::Zip);
        if error.is_none() && counts.seen == 0 && parts.is_empty() && !is_archive {
            error = Some(
                Error::new(ErrorKind::Malformed, "document.no_pages", "no page was found in it")
                    .with_hint("ask for the file again: it was probably cut off on its way"),
            );
        }
        let (language, rows, tokens) = rows.finish()?;
        Ok(Read { summary, pages: counts, unread, error, language, rows, tokens, parts, objects, tree })
    }
}

/// Takes what an extractor hands out.
struct Pages<'a> {
    writer: PageWriter,
    rows: TextToRows<'a>,
    tree: PagesTree,
    counts: PageCounts,
    unread: Vec<UnreadPage>,
    parts: Vec<Part>,
    /// What went wrong on our side, which is no fault of the document.
    own_error: Option<Error>,
}

impl Pages<'_> {
    fn take(&mut self, page: &Page) -> Result<()> {
        self.rows.reader.check_cancelled()?;
        self.writer.push(page)?;
        self.tree.push(page)?;
        self.rows.push(page)
    }
}

impl Sink for Pages<'_> {
    fn page(&mut self, page: Page) -> Result<()> {
        let counts = &mut self.counts;
        counts.seen += 1;
        match &page.status {
            PageStatus::Extracted => counts.extracted += 1,
            PageStatus::Empty => counts.empty += 1,
            PageStatus::Scanned => {
                counts.scanned += 1;
                let message = "the page is a picture without text".to_owned();
                self.unread.push(UnreadPage { page: page.number, code: "page.scanned".to_owned(), message });
            }
            PageStatus::Failed { code, message } => {
                counts.failed += 1;
                self.unread.push(UnreadPage { page: page.number, code: code.clone(), message: message.clone() });
            }
        }
        self.take(&page).map_err(|error| {
            let stop = Error::new(ErrorKind::Cancelled, "ingest.stopped", "the extraction was stopped");
            self.own_error = Some(error);
            stop
        })
    }

    fn part(&mut self, part: Part) -> Result<()> {
        self.parts.push(part);
        Ok(())
    }
}

/// Turns the pages of one document into rows of the index, a few chunks at a time. It waits for the disk, and so belongs on a
/// thread that may block.
pub(in crate::corpus) struct TextToRows<'a> {
    reader: &'a Reader,
    chunker: DocumentChunker,
    analyzer: Analyzer,
    document: Uuid,
    version: u32,
    sample: String,
    language: Option<Language>,
    pending: Vec<Chunk>,
    rows: PendingRows,
    tokens: u64,
}

impl TextToRows<'_> {
    pub(in crate::corpus) fn push(&mut self, page: &Page) -> Result<()> {
        if self.sample.len() < SAMPLE_BYTES {
            let end = page.text.floor_char_boundary(SAMPLE_BYTES);
            self.sample.push_str(&page.text[..end]);
            self.sample.push('\n');
        }
        self.pending.extend(self.chunker.push(page)?);
        while self.pending.len() >= CHUNKS {
            self.embed(CHUNKS)?;
        }
        Ok(())
    }

    /// The language of most of the text, the rows, and how many tokens were embedded.
    pub(in crate::corpus) fn finish(mut self) -> Result<(Language, PendingRows, u64)> {
        let chunker = std::mem::replace(&mut self.chunker, self.reader.chunker.document());
        self.pending.extend(chunker.finish()?);
        while !self.pending.is_empty() {
            self.embed(CHUNKS)?;
        }
        Ok((self.language(), self.rows, self.tokens))
    }

    fn language(&mut self) -> Language {
        *self.language.get_or_insert_with(|| analysis::language(&self.sample))
    }

    fn embed(&mut self, count: usize) -> Result<()> {
        self.reader.check_cancelled()?;
        let language = self.language();
        let rest = self.pending.split_off(count.min(self.pending.len()));
        let chunks = std::mem::replace(&mut self.pending, rest);
        // A chunk in another language than most of its document is analysed in its own.
        let languages: Vec<Language> = chunks.iter().map(|chunk| known_or(analysis::language(&chunk.text), language)).collect();
        let model = self.reader.engine.model();
        let embedded = Embedded::new(&chunks, &languages, &mut self.analyzer, model.as_ref(), self.reader.words.is_some())?;
        let mut tokens = 0;
        for ((chunk, language), ordinal) in chunks.iter().zip(languages).zip(self.rows.len() as u32..) {
            let words = self.reader.words.as_ref();
            let row = row(model.dimensions(), chunk, language, &mut self.analyzer, &embedded, words)?;
            tokens += u64::from(chunk.tokens);
            self.rows.push(ChunkRow { document: self.document, version: self.version, ordinal, ..row });
        }
        self.tokens += tokens;
        self.reader.emit(Progress::Embedded { chunks: chunks.len() as u64, tokens });
        self.reader.spill(&mut self.rows)
    }
}

fn known_or(language: Language, otherwise: Language) -> Language {
    if language == Language::Other { otherwise } else { language }
}
