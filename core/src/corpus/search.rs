use std::{collections::HashMap, sync::Arc};

use jiff::civil::Date;
use tracing::{Instrument, field::display};
use uuid::Uuid;

use super::{
    Access, Corpus,
    snapshot::{Snapshot, Visible},
};
pub use crate::retrieve::{Fusion, Mode};
use crate::{
    Error, ErrorKind, Result,
    index::{IndexMemory, analysis, versions},
    record::{Action, Content, Ending, Entry, RecordedCandidate, RecordedPassage, RecordedRetrieval, RecordedWord},
    retrieve::{Calibration, Context, Found, Question, QuestionWord, Ranked, rank},
    store::PageReader,
    types::{Coverage, DocumentRecord, DocumentRef, Language, Origin, Page, Place, Segment, Span},
};

/// Candidates that each engine hands over, whatever is asked for: more hits never change the order.
const POOL: usize = 100;
/// More hits than this are no search.
const MOST_HITS: usize = POOL;

/// How to search.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct SearchOptions {
    /// How many hits, 1 to 100.
    pub k: usize,
    /// What to go by.
    pub mode: Mode,
    /// How meaning and words are joined.
    pub fusion: Fusion,
    /// What to search in.
    pub filter: Filter,
}

impl Default for SearchOptions {
    fn default() -> Self {
        Self { k: 10, mode: Mode::default(), fusion: Fusion::default(), filter: Filter::default() }
    }
}

/// Which documents are searched; all that is given must hold, of several values of one kind any.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Filter {
    /// Names or ids.
    pub documents: Vec<String>,
    /// Formats: `pdf`, `xlsx`.
    pub types: Vec<String>,
    /// Languages.
    pub languages: Vec<Language>,
    /// Labels.
    pub labels: Vec<String>,
    /// From this day on. A document without a date is not found then.
    pub from: Option<Date>,
    /// To this day, itself included.
    pub to: Option<Date>,
}

impl Filter {
    /// Whether it lets everything through.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether it lets a document through.
    pub fn permits(&self, record: &DocumentRecord) -> bool {
        let any = |wanted: &[String], is: &dyn Fn(&str) -> bool| wanted.is_empty() || wanted.iter().any(|wanted| is(wanted));
        any(&self.documents, &|wanted| record.document.name == wanted || record.document.id.to_string() == wanted)
            && any(&self.types, &|wanted| record.format.as_deref() == Some(wanted))
            && (self.languages.is_empty() || self.languages.contains(&record.language))
            && any(&self.labels, &|wanted| record.labels.iter().any(|label| label == wanted))
            && (self.from.is_none() || record.date >= self.from)
            && (self.to.is_none() || record.date.is_some_and(|date| Some(date) <= self.to))
    }
}

/// What a search found.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct SearchResult {
    /// How much of what was handed over it could draw on.
    pub coverage: Coverage,
    /// Best first.
    pub hits: Vec<Hit>,
    /// The version of the index; 0 while nothing is published.
    pub index_version: u64,
}

/// A passage that a search found.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Hit {
    /// Its document.
    pub document: DocumentRef,
    /// The page it begins on, 1-based.
    pub page: u32,
    /// Where on that page.
    pub span: Span,
    /// Boxes around it on that page, `[x0, y0, x1, y1]` in PDF points from the top left.
    pub boxes: Vec<[f32; 4]>,
    /// All of it, in reading order.
    pub segments: Vec<PlacedSegment>,
    /// Where a reader finds it in the original.
    pub place: Place,
    /// What its spans point into.
    pub text_version: String,
    /// How the text came into the document.
    pub origin: Origin,
    /// The headings above it.
    pub heading: Vec<String>,
    /// Its text, byte for byte as extracted.
    pub text: String,
    /// What it was ranked by; comparable within one search.
    pub score: f32,
    /// The raw scores behind it.
    pub scores: Scores,
    /// 1-based places in the lists of both engines.
    pub ranks: Ranks,
}

/// A segment with its boxes.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct PlacedSegment {
    /// 1-based.
    pub page: u32,
    /// Where on the page.
    pub span: Span,
    /// Boxes around it.
    pub boxes: Vec<[f32; 4]>,
}

/// Raw scores, which mean the same in every search.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Scores {
    /// Cosine of the question and the chunk.
    pub dense: f32,
    /// Cosine of the question and the best sentence.
    pub sentence: f32,
    /// Share of the question's words in the document's name and title and in the headings above.
    pub context: f32,
    /// How like the question's words the likest words of the chunk are, by their vectors in context.
    pub words: f32,
    /// BM25; 0 when the full-text engine did not hand it over.
    pub text: f32,
    /// Share of the question's words, weighed by how rare they are, that the best two sentences have.
    pub coverage: f32,
}

/// Places in the lists that were joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Ranks {
    /// By meaning.
    pub dense: Option<u32>,
    /// By words.
    pub text: Option<u32>,
}

/// What a search found before pages are read.
pub(super) struct Retrieved {
    pub(super) question: Question,
    pub(super) ranked: Vec<Ranked>,
    pub(super) coverage: Coverage,
    pub(super) index_version: u64,
    pub(super) catalog: Visible,
    pub(super) calibration: Arc<Calibration>,
}

impl Corpus {
    /// The passages that fit a question best.
    ///
    /// # Errors
    /// `question.empty`, `question.too_long`, `search.k`, `search.mode`, and those of the storage.
    pub async fn search(&self, question: &str, options: SearchOptions) -> Result<SearchResult> {
        let span = self.span("search");
        self.search_and_record(question, options, &span).instrument(span.clone()).await
    }

    async fn search_and_record(&self, question: &str, options: SearchOptions, span: &tracing::Span) -> Result<SearchResult> {
        let retrieved = self.retrieve(question, &options).await?;
        let mut pages = PageCache::new(self);
        let mut hits = Vec::new();
        for ranked in retrieved.ranked.iter().take(options.k) {
            hits.push(pages.hit(ranked, &ranked.candidate.core, &retrieved.catalog).await?);
        }
        let entry = self.retrieval_entry(&retrieved, &options, &hits)?;
        span.record("beleg.entry_id", display(entry.id));
        if let Some(audit) = self.recorder().record(entry).await?.audit {
            span.record("beleg.entry_index", audit.index);
        }
        Ok(SearchResult { coverage: retrieved.coverage, hits, index_version: retrieved.index_version })
    }

    /// Finds and judges candidates.
    pub(super) async fn retrieve(&self, question: &str, options: &SearchOptions) -> Result<Retrieved> {
        self.check_caller()?;
        match self.retrieve_once(question, options).await {
            // The version may have been dropped while it was read: then the newest one is there.
            Err(error) if error.code() == "store.damaged" => self.retrieve_once(question, options).await,
            result => result,
        }
    }

    async fn retrieve_once(&self, question: &str, options: &SearchOptions) -> Result<Retrieved> {
        if options.k == 0 || options.k > MOST_HITS {
            return Err(Error::new(ErrorKind::InvalidInput, "search.k", "the number of hits is out of range")
                .with("k", options.k.to_string())
                .with_hint(format!("ask for 1 to {MOST_HITS} hits")));
        }
        let question = self.embedded(question).await?;
        let calibration = Calibration::of(self.engine().model().identity());
        self.refresh().await?;
        let snapshot = self.0.snapshot.read().await;
        self.find(question, options, &snapshot, &self.1.access, calibration).await
    }

    /// Finds and judges candidates in one version of the index.
    async fn find(
        &self,
        question: Question,
        options: &SearchOptions,
        snapshot: &Snapshot,
        access: &Access,
        calibration: Arc<Calibration>,
    ) -> Result<Retrieved> {
        let catalog = snapshot.visible(access);
        let index_version = snapshot.version.as_ref().map_or(0, |version| version.n);
        let coverage = catalog.coverage(|record| options.filter.permits(record), !options.filter.is_empty());
        let Some(memory) = &snapshot.memory else {
            return Ok(Retrieved { question, ranked: Vec::new(), coverage, index_version, catalog, calibration });
        };
        let permits = |key: &str| catalog.by_key(key).is_some_and(|record| options.filter.permits(record));
        let permitted = memory.permitted((!options.filter.is_empty() || !catalog.is_whole()).then_some(&permits));
        let vector = match &calibration.centring {
            Some(centring) => centring.apply(&question.vector, centring.query.of(question.language)),
            None => question.vector.clone(),
        };
        let dense = match options.mode {
            Mode::Text => Vec::new(),
            _ => memory.nearest(&question.vector, &vector, POOL, &permitted).await?,
        };
        let dataset = memory.dataset().clone();
        let text = match options.mode {
            Mode::Dense => Vec::new(),
            _ => IndexMemory::matching(&dataset, &question.groups(), POOL, &permitted).await?,
        };
        let mut places: HashMap<u64, (Option<usize>, Option<(usize, f32)>)> = HashMap::new();
        for (place, (ordinal, _)) in dense.iter().enumerate() {
            places.entry(memory.row_id(*ordinal)).or_default().0 = Some(place);
        }
        for (place, (row, bm25)) in text.iter().enumerate() {
            if memory.ordinal(*row).is_some() {
                places.entry(*row).or_default().1 = Some((place, *bm25));
            }
        }
        let mut rows: Vec<u64> = places.keys().copied().collect();
        rows.sort_unstable();
        let candidates = IndexMemory::take(&dataset, &rows).await?;
        let mut context = Context::default();
        let found = rows.iter().zip(candidates).map(|(row, candidate)| {
            let (dense, text) = places[row];
            let context = context.of(&candidate, catalog.by_key(&candidate.document));
            Found { candidate, context, dense, text }
        });
        let ranked = rank(&question, found.collect(), memory.sketch(), &calibration, options.mode, options.fusion)?;
        Ok(Retrieved { question, ranked, coverage, index_version, catalog, calibration })
    }

    /// The entry of a search, with all that it takes to check it again.
    pub(super) fn retrieval_entry(&self, retrieved: &Retrieved, options: &SearchOptions, hits: &[Hit]) -> Result<Entry> {
        let inner = &self.engine().0;
        let retrieval = RecordedRetrieval {
            vector: retrieved.question.vector.clone(),
            words: retrieved
                .question
                .words
                .iter()
                .map(|word| RecordedWord { term: word.term.clone(), vector: word.vector.clone() })
                .collect(),
            index_version: retrieved.index_version,
            model_identity: inner.model.identity().to_owned(),
            parameters: serde_json::to_value(options)
                .map_err(|error| Error::new(ErrorKind::Internal, "search.record", error.to_string()))?,
            access: self.recorded_access(),
            ranked: candidates(retrieved, options.k),
            coverage: retrieved.coverage,
        };
        let mut entry =
            Entry::outcome(inner.clock.as_ref(), inner.random.as_ref(), self.caller(), Action::Retrieval, Ending::Complete)
                .count("hits", hits.len() as u64)
                .version("index_version", retrieved.index_version)
                .version("analysis", analysis::VERSION)
                .payload("query", Content::Text(retrieved.question.text.clone()))
                .payload("retrieval", Content::Retrieval(Box::new(retrieval)));
        for hit in hits {
            entry = entry.payload_of("passage", &[hit.document.id], Content::Passage(passage(hit)));
        }
        Ok(entry)
    }
}

/// The ranked list as it goes on record.
fn candidates(retrieved: &Retrieved, k: usize) -> Vec<RecordedCandidate> {
    let candidate = |ranked: &Ranked| {
        let document = &retrieved.catalog.by_key(&ranked.candidate.document)?.document;
        Some(RecordedCandidate {
            document: document.id,
            version: document.version,
            ordinal: ranked.candidate.ordinal,
            score: ranked.score,
            scores: [ranked.signals.chunk, ranked.signals.sentence, ranked.signals.bm25],
        })
    };
    retrieved.ranked.iter().take(k).filter_map(candidate).collect()
}

impl Corpus {
    /// The question embedded, as a search would.
    pub(super) async fn embedded(&self, text: &str) -> Result<Question> {
        self.check_embedding().await?;
        let (model, text) = (self.engine().model().clone(), text.to_owned());
        let calibration = Calibration::of(model.identity());
        tokio::task::spawn_blocking(move || Question::new(&text, model.as_ref(), &calibration)).await.map_err(|error| {
            Error::new(ErrorKind::Internal, "search.panicked", "a thread of the search died").with_source(error)
        })?
    }

    /// The ranked list of a search on record, by its recorded vectors and against the version of the index that it ran against; `None` when that
    /// version is no longer kept.
    pub(super) async fn search_again(
        &self,
        mut question: Question,
        recorded: &RecordedRetrieval,
    ) -> Result<Option<Vec<RecordedCandidate>>> {
        let damaged = || {
            Error::new(ErrorKind::Corrupt, "replay.record", "the record of the search cannot be read")
                .with_hint("it was written by another version of Beleg")
        };
        let options: SearchOptions = serde_json::from_value(recorded.parameters.clone()).map_err(|_| damaged())?;
        let access: Access = match &recorded.access {
            serde_json::Value::Null => Access::all(),
            access => serde_json::from_value(access.clone()).map_err(|_| damaged())?,
        };
        question.vector.clone_from(&recorded.vector);
        question.words =
            recorded.words.iter().map(|word| QuestionWord { term: word.term.clone(), vector: word.vector.clone() }).collect();
        let Some(version) = versions::read(self.0.blobs.as_ref(), recorded.index_version).await? else { return Ok(None) };
        if !self.reads(&version) {
            return Ok(None);
        }
        let snapshot = self.snapshot_of(&version).await?;
        let calibration = Calibration::of(self.engine().model().identity());
        let found = self.find(question, &options, &snapshot, &access, calibration).await?;
        Ok(Some(candidates(&found, options.k)))
    }
}

fn passage(hit: &Hit) -> RecordedPassage {
    let segments = hit.segments.iter().map(|segment| Segment { page: segment.page, span: segment.span }).collect();
    RecordedPassage { document: hit.document.id, version: hit.document.version, segments, text: hit.text.clone(), title: None }
}

/// Pages that hits stand on, each read once.
pub(super) struct PageCache<'a> {
    corpus: &'a Corpus,
    readers: HashMap<Uuid, PageReader<'a>>,
    pages: HashMap<(Uuid, u32), Page>,
}

impl<'a> PageCache<'a> {
    pub(super) fn new(corpus: &'a Corpus) -> Self {
        Self { corpus, readers: HashMap::new(), pages: HashMap::new() }
    }

    /// A page of a document.
    pub(super) async fn page(&mut self, record: &DocumentRecord, number: u32) -> Result<&Page> {
        let id = record.document.id;
        if !self.pages.contains_key(&(id, number)) {
            if !self.readers.contains_key(&id) {
                self.readers.insert(id, self.corpus.pages(record).await?);
            }
            let page = self.readers[&id].page(number).await?.ok_or_else(|| damaged(record, number))?;
            self.pages.insert((id, number), page);
        }
        Ok(&self.pages[&(id, number)])
    }

    /// A ranked chunk as a hit; `segments` says how much of it.
    pub(super) async fn hit(&mut self, ranked: &Ranked, segments: &[Segment], catalog: &Visible) -> Result<Hit> {
        let candidate = &ranked.candidate;
        let record = catalog
            .by_key(&candidate.document)
            .ok_or_else(|| Error::new(ErrorKind::Internal, "search.document", "a hit has no document"))?;
        let mut placed = Vec::with_capacity(segments.len());
        let (mut text, mut origin, mut place) = (String::new(), Origin::Native, None);
        for segment in segments {
            let page = self.page(record, segment.page).await?;
            // White space at the ends belongs to the tiling and not to what is shown.
            let own = segment.span.of(&page.text).ok_or_else(|| damaged(record, segment.page))?;
            let start = segment.span.start as usize + (own.len() - own.trim_start().len());
            let own = own.trim();
            if own.is_empty() {
                continue;
            }
            let span = Span::new(start, start + own.len());
            if !text.is_empty() {
                text.push('\n');
            }
            text.push_str(own);
            origin = worse(origin, page.origin(span));
            place.get_or_insert_with(|| page.place(span, record.format.as_deref()));
            placed.push(PlacedSegment { page: segment.page, span, boxes: page.boxes(span) });
        }
        let first = placed.first().cloned().ok_or_else(|| damaged(record, 1))?;
        Ok(Hit {
            document: record.document.clone(),
            page: first.page,
            span: first.span,
            boxes: first.boxes,
            segments: placed,
            place: place.unwrap_or(Place::Page { page: first.page, label: None }),
            text_version: format!("{}:{}", record.extractor, record.document.sha256),
            origin,
            heading: candidate.heading.clone(),
            text,
            score: ranked.score,
            scores: Scores {
                dense: ranked.signals.chunk,
                sentence: ranked.signals.sentence,
                words: ranked.signals.words,
                context: ranked.signals.context,
                text: ranked.signals.bm25,
                coverage: ranked.signals.coverage,
            },
            ranks: Ranks { dense: ranked.ranks.0, text: ranked.ranks.1 },
        })
    }
}

fn worse(a: Origin, b: Origin) -> Origin {
    let rank = |origin: Origin| [Origin::Native, Origin::OcrLayer, Origin::Ocr, Origin::Hidden].iter().position(|o| *o == origin);
    if rank(b) > rank(a) { b } else { a }
}

fn damaged(record: &DocumentRecord, page: u32) -> Error {
    Error::new(ErrorKind::Corrupt, "text.damaged", "the stored text of a document does not fit the index")
        .with("document", record.document.name.clone())
        .with("page", page.to_string())
        .with_hint("run `beleg rebuild`")
}
