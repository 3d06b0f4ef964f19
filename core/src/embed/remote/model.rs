use std::{fmt, sync::Arc};

use futures::{StreamExt, TryStreamExt, future::BoxFuture, stream};
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;

use super::{
    batch::{batches, halves, pieces},
    endpoint::{About, Endpoint},
    patience::Patience,
    thread::Thread,
    vector::{MOST_DIMENSIONS, unit},
};
use crate::{
    Error, ErrorKind, Result,
    embed::{Embedding, EmbeddingModel, Purpose, Text},
    env::System,
    hex::hex,
    tokenize::{EstimatingTokenizer, Tokenizer},
    wire::Failure,
};

/// An embedding model of a provider. See the [module](super) for what it promises.
///
/// Vectors have length 1, whatever the provider sends; one that has another length than the first, no direction, or anything in it
/// that is no number is an error. A text that is longer than the model takes is not cut off: its vector is that of the mean of its
/// pieces' vectors, by their lengths. A blank text has the vector of a full stop.
///
/// Requests that failed for a while are sent again: for passages up to eight times, over a minute where the provider says so; for a
/// question up to three times, over seconds. It has no vectors of words.
///
/// Callers block their thread until the vectors are there. They may stand in any runtime or in none.
pub struct RemoteModel {
    shared: Arc<Shared>,
    thread: Thread,
    identity: String,
}

#[derive(Clone)]
struct Shared {
    about: About,
    endpoint: Arc<dyn Endpoint>,
    dimensions: usize,
    tokenizer: Arc<dyn Tokenizer>,
    passages: Arc<Semaphore>,
}

impl RemoteModel {
    /// One text is embedded when the length of the vectors is not known.
    pub(super) fn open(about: About, endpoint: impl Endpoint + 'static) -> Result<Self> {
        let thread = Thread::start()?;
        let passages = Arc::new(Semaphore::new(about.limits.parallel.max(1)));
        let dimensions = about.dimensions.unwrap_or_default();
        let mut shared =
            Shared { about, endpoint: Arc::new(endpoint), dimensions, tokenizer: Arc::new(EstimatingTokenizer), passages };
        if shared.about.dimensions.is_none() {
            let asking = shared.clone();
            let vector = thread.wait(async move { asking.tried(Purpose::Question, &["Beleg".to_owned()]).await })?;
            shared.dimensions = vector.first().map_or(0, Vec::len);
        }
        if shared.dimensions == 0 || shared.dimensions > MOST_DIMENSIONS {
            return Err(Error::new(ErrorKind::InvalidInput, "provider.settings", "a setting of a provider cannot be right")
                .with("provider", shared.about.provider)
                .with("setting", "dimensions")
                .with("found", shared.dimensions.to_string())
                .with_hint(format!("vectors have 1 to {MOST_DIMENSIONS} dimensions")));
        }
        let identity = identity(&shared.about, shared.dimensions);
        Ok(Self { shared: Arc::new(shared), thread, identity })
    }

    /// The same, with tokens counted by the model's own tokenizer in place of an estimate: chunks come as long as they may.
    #[must_use]
    pub fn with_tokenizer(mut self, tokenizer: Arc<dyn Tokenizer>) -> Self {
        self.shared = Arc::new(Shared { tokenizer, ..Shared::clone(&self.shared) });
        self
    }
}

/// SHA-256 over all that is known of what makes the vectors, each part behind its length.
fn identity(about: &About, dimensions: usize) -> String {
    let dimensions = dimensions.to_string();
    let known = [("remote", "1"), ("provider", about.provider), ("model", &about.name), ("dimensions", &dimensions)];
    let mut digest = Sha256::new();
    for (key, value) in known.into_iter().chain(about.along.iter().map(|(key, value)| (*key, value.as_str()))) {
        for part in [key, value] {
            digest.update((part.len() as u64).to_be_bytes());
            digest.update(part);
        }
    }
    hex(&<[u8; 32]>::from(digest.finalize()))
}

impl Shared {
    /// Vectors of texts that may be longer than the model takes.
    async fn all(self: Arc<Self>, purpose: Purpose, texts: Vec<String>) -> Result<Vec<Vec<f32>>> {
        let mut sent: Vec<(usize, String)> = Vec::with_capacity(texts.len());
        for (owner, text) in texts.iter().enumerate() {
            let text = if text.trim().is_empty() { "." } else { text };
            sent.extend(pieces(text, &|piece: &str| self.fits(piece))?.into_iter().map(|piece| (owner, piece.to_owned())));
        }
        let lengths: Vec<usize> = sent.iter().map(|(_, text)| text.len()).collect();
        let limits = self.about.limits;
        let requests = batches(&lengths, limits.texts, limits.bytes).into_iter().map(|batch| {
            let texts: Vec<String> = sent.get(batch).unwrap_or_default().iter().map(|(_, text)| text.clone()).collect();
            let this = self.clone();
            async move { this.vectors(purpose, texts).await }
        });
        let vectors: Vec<Vec<f32>> = stream::iter(requests).buffered(limits.parallel.max(1)).try_concat().await?;
        let mut embedded = Vec::with_capacity(texts.len());
        let mut rest = sent.iter().zip(&vectors).peekable();
        for owner in 0..texts.len() {
            let mut parts = Vec::new();
            while let Some(((_, text), vector)) = rest.next_if(|((its, _), _)| *its == owner) {
                parts.push((text.len() as f64, vector.as_slice()));
            }
            embedded.push(self.united(&parts)?);
        }
        Ok(embedded)
    }

    fn fits(&self, text: &str) -> Result<bool> {
        let limits = self.about.limits;
        // As many tokens as bytes is the most that there can be.
        let is_short = text.len() <= self.room().min(limits.chars);
        Ok(is_short || (text.chars().count() <= limits.chars && self.tokenizer.count(text)? <= self.room()))
    }

    /// Tokens of a text, without special tokens and prefix.
    fn room(&self) -> usize {
        let prefix = EstimatingTokenizer.count(&self.about.passage_prefix).unwrap_or_default();
        self.about.limits.tokens.saturating_sub(self.tokenizer.special_tokens().count() + prefix).max(1)
    }

    /// Vectors of the texts of one request, of length 1. What the provider takes for too much after all goes in halves.
    fn vectors(&self, purpose: Purpose, texts: Vec<String>) -> BoxFuture<'_, Result<Vec<Vec<f32>>>> {
        Box::pin(async move {
            let error = match self.tried(purpose, &texts).await {
                Ok(vectors) => return vectors.iter().map(|vector| self.united(&[(1.0, vector)])).collect(),
                Err(error) if Failure::of(&error) == Some(Failure::TooLong) => error,
                Err(error) => return Err(error),
            };
            if let [text] = texts.as_slice() {
                let Some((first, second)) = halves(text) else { return Err(error) };
                let mut parts = Vec::new();
                for half in [first, second] {
                    parts.push((half.len() as f64, self.vectors(purpose, vec![half.to_owned()]).await?));
                }
                let parts: Vec<(f64, &[f32])> =
                    parts.iter().filter_map(|(weight, vectors)| Some((*weight, vectors.first()?.as_slice()))).collect();
                return Ok(vec![self.united(&parts)?]);
            }
            let (first, second) = texts.split_at(texts.len() / 2);
            let mut vectors = self.vectors(purpose, first.to_vec()).await?;
            vectors.extend(self.vectors(purpose, second.to_vec()).await?);
            Ok(vectors)
        })
    }

    /// One request, sent again while there is any use in it.
    async fn tried(&self, purpose: Purpose, texts: &[String]) -> Result<Vec<Vec<f32>>> {
        // Whoever asks a question does not wait behind an ingest.
        let _permit = match purpose {
            Purpose::Passage => self.passages.acquire().await.ok(),
            Purpose::Question => None,
        };
        let patience = Patience::of(purpose);
        let mut failed = 0;
        loop {
            let error = match self.endpoint.embed(purpose, texts).await {
                Ok(vectors) if vectors.len() == texts.len() => return Ok(vectors),
                Ok(_) => self.malformed("count"),
                Err(error) => error,
            };
            failed += 1;
            match patience.wait(failed, &error, &System) {
                Some(wait) => tokio::time::sleep(wait).await,
                None => return Err(error),
            }
        }
    }

    fn united(&self, parts: &[(f64, &[f32])]) -> Result<Vec<f32>> {
        unit(parts, self.dimensions).map_err(|reason| match reason {
            "dimensions" => self
                .malformed(reason)
                .with("expected", self.dimensions.to_string())
                .with("found", found(parts, self.dimensions).to_string())
                .with_hint("the setting `dimensions` is another than the model's, or the model behind the name is another one"),
            _ => self.malformed(reason),
        })
    }

    fn malformed(&self, reason: &'static str) -> Error {
        let error = Failure::Malformed.error().with("provider", self.about.provider).with("model", &self.about.name);
        error.with("reason", reason)
    }
}

/// The length that is wrong.
fn found(parts: &[(f64, &[f32])], expected: usize) -> usize {
    parts.iter().map(|(_, part)| part.len()).find(|length| *length != expected).unwrap_or(expected)
}

impl EmbeddingModel for RemoteModel {
    fn identity(&self) -> &str {
        &self.identity
    }

    fn name(&self) -> &str {
        &self.shared.about.name
    }

    fn provider(&self) -> Option<&str> {
        Some(self.shared.about.provider)
    }

    fn is_external(&self) -> bool {
        self.shared.about.is_external
    }

    fn dimensions(&self) -> usize {
        self.shared.dimensions
    }

    fn max_tokens(&self) -> usize {
        self.shared.room()
    }

    /// An upper estimate, unless the host gave the model's own.
    fn tokenizer(&self) -> Arc<dyn Tokenizer> {
        self.shared.tokenizer.clone()
    }

    fn embed(&self, purpose: Purpose, texts: &[Text<'_>]) -> Result<Vec<Embedding>> {
        if texts.is_empty() {
            return Ok(Vec::new());
        }
        let owned: Vec<String> = texts.iter().map(|text| text.text.to_owned()).collect();
        let vectors = self.thread.wait(self.shared.clone().all(purpose, owned))?;
        let embedded = texts.iter().zip(vectors);
        Ok(embedded.map(|(text, vector)| Embedding { vector, words: vec![Vec::new(); text.words.len()] }).collect())
    }
}

impl fmt::Debug for RemoteModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RemoteModel").field("about", &self.shared.about).finish_non_exhaustive()
    }
}
