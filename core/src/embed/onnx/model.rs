//! [`OnnxModel`]: a folder made into an [`EmbeddingModel`].

use std::{
    ops::Range,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{
    ModelConfig, identity,
    pooling::{mean, pool},
};
use crate::{
    Error, ErrorKind, Result,
    embed::{Embedding, EmbeddingModel, Purpose, Text},
    onnx::{self, Runs, SharedSession},
    tokenize::{self, Tokenizer},
};

/// What a graph may call its vectors.
const OUTPUTS: [&str; 3] = ["last_hidden_state", "token_embeddings", "sentence_embedding"];

/// How a model is run.
#[derive(Debug, Clone, Default)]
pub struct OnnxOptions {
    /// Runs at once, one thread each; 0 for as many as the machine has threads.
    pub threads: usize,
    /// The ONNX Runtime library; without it the one that [`super::library::find`] finds.
    pub runtime: Option<PathBuf>,
}

/// A sentence-embedding model in ONNX Runtime.
///
/// Weights are loaded once, however many threads run. Vectors always have length 1, whether or not the model's own
/// configuration asks for that: they are compared by cosine.
pub struct OnnxModel {
    config: ModelConfig,
    identity: String,
    dimensions: usize,
    max_passage_tokens: usize,
    tokenizer: Arc<dyn Tokenizer>,
    session: SharedSession,
    runs: Runs,
}

impl OnnxModel {
    /// Opens the model in `folder` and embeds one word with it, so that what is wrong with it is said here.
    ///
    /// # Errors
    /// Those of [`ModelConfig::read`]; `model.wrong_file`, `model.identity_mismatch`, `model.dimension_mismatch`,
    /// `model.tokenizer_mismatch`; `onnx.runtime_missing` and its neighbours when there is no usable ONNX Runtime.
    pub fn open(folder: impl AsRef<Path>, options: &OnnxOptions) -> Result<Self> {
        let folder = folder.as_ref();
        let config = ModelConfig::read(folder)?;
        let library = match &options.runtime {
            Some(library) => library.clone(),
            None => onnx::library::find()?,
        };
        let environment = onnx::load(&library)?;
        // Digest, vocabulary and weights are read side by side.
        let (weights, opened, session) = std::thread::scope(|scope| {
            let weights = scope.spawn(|| onnx::weights(&config.graph));
            let opened = scope.spawn(|| tokenize::open_with_size(&config.tokenizer));
            let session = SharedSession::open(&environment, &config.graph, &OUTPUTS);
            (onnx::joined(weights), onnx::joined(opened), session)
        });
        let (weights, opened, session) = (weights?, opened?, session?);
        let identity = identity::identity(&config, weights, opened.digest);
        if let Some(stated) = config.identity.as_ref().filter(|stated| **stated != identity) {
            return Err(Error::new(
                ErrorKind::Environment,
                "model.identity_mismatch",
                "the model folder holds other files than beleg-model.json says",
            )
            .with("path", folder.display().to_string())
            .with("stated", stated)
            .with("found", &identity)
            .with_hint("run `beleg model fetch`, or copy the folder again from where the model came from"));
        }
        let mut this = Self {
            max_passage_tokens: 0,
            identity,
            dimensions: 0,
            tokenizer: opened.tokenizer,
            session,
            runs: Runs::new(options.threads),
            config,
        };
        this.check(folder, opened.vocabulary_size)?;
        let special = this.tokenizer.special_tokens().count();
        let prefix = this.tokenizer.count(&this.config.passage_prefix)?;
        this.max_passage_tokens = this.config.max_tokens.saturating_sub(special + prefix).max(1);
        Ok(this)
    }

    /// What its folder says.
    pub fn config(&self) -> &ModelConfig {
        &self.config
    }

    /// Runs at once at most.
    pub fn threads(&self) -> usize {
        self.runs.all()
    }

    /// A run with the vocabulary's last id, and one with a word.
    fn check(&mut self, folder: &Path, vocabulary_size: usize) -> Result<()> {
        let copy_again = "copy the whole model folder again from where the model came from";
        let path = folder.display().to_string();
        let last = vocabulary_size.saturating_sub(1) as u32;
        if let Err(error) = self.session.run(&[last]) {
            return Err(Error::new(
                ErrorKind::Environment,
                "model.tokenizer_mismatch",
                "model.onnx does not take the tokens of tokenizer.json: they are of different models",
            )
            .with("path", path)
            .with("tokens", vocabulary_size.to_string())
            .with_hint(copy_again)
            .with_source(error));
        }
        let ids = self.tokenizer.encode("Beleg", self.config.max_tokens)?;
        self.dimensions = self.session.run(&ids)?.dimensions;
        match self.config.dimensions {
            Some(stated) if stated != self.dimensions => Err(Error::new(
                ErrorKind::Environment,
                "model.dimension_mismatch",
                "config.json and model.onnx are of different models",
            )
            .with("path", path)
            .with("stated", stated.to_string())
            .with("found", self.dimensions.to_string())
            .with_hint(copy_again)),
            _ => Ok(()),
        }
    }

    fn embed_one(&self, prefix: &str, text: &Text<'_>) -> Result<Embedding> {
        let led_in;
        let whole = if prefix.is_empty() {
            text.text
        } else {
            led_in = [prefix, text.text].concat();
            &led_in
        };
        let ids = self.tokenizer.encode(whole, self.config.max_tokens)?;
        let output = self.session.run(&ids)?;
        if output.dimensions != self.dimensions {
            return Err(Error::new(ErrorKind::Environment, "model.wrong_file", "the model's vectors differ in length"));
        }
        let pooling = if output.pooled { super::Pooling::Cls } else { self.config.pooling };
        let vector = pool(&output.values, output.dimensions, pooling).ok_or_else(|| {
            Error::new(ErrorKind::Environment, "model.no_vector", "the model gave no usable vector for a text")
                .with("model", &self.config.name)
                .with_hint("the model's weights may be damaged: run `beleg model fetch`, or copy them again")
        })?;
        let words = match text.words {
            [] => Vec::new(),
            words if output.pooled => vec![Vec::new(); words.len()],
            words => {
                let special = self.tokenizer.special_tokens();
                let content = special.before * output.dimensions..(ids.len() - special.after) * output.dimensions;
                let ends = self.tokenizer.token_ends(whole)?;
                word_vectors(output.values.get(content).unwrap_or_default(), output.dimensions, &ends, words, prefix.len())
            }
        };
        Ok(Embedding { vector, words })
    }
}

impl EmbeddingModel for OnnxModel {
    fn identity(&self) -> &str {
        &self.identity
    }

    fn name(&self) -> &str {
        &self.config.name
    }

    fn dimensions(&self) -> usize {
        self.dimensions
    }

    fn max_tokens(&self) -> usize {
        self.max_passage_tokens
    }

    fn tokenizer(&self) -> Arc<dyn Tokenizer> {
        Arc::clone(&self.tokenizer)
    }

    /// Questions do not wait for passages that are being embedded: one is answered beside an ingest.
    fn embed(&self, purpose: Purpose, texts: &[Text<'_>]) -> Result<Vec<Embedding>> {
        if purpose == Purpose::Question {
            return texts.iter().map(|text| self.embed_one(&self.config.query_prefix, text)).collect();
        }
        // Longest first, so that no thread is left alone with a long text at the end.
        let mut order: Vec<usize> = (0..texts.len()).collect();
        order.sort_by_key(|text| std::cmp::Reverse(texts[*text].text.len()));
        let done = self.runs.each(&order, |text| self.embed_one(&self.config.passage_prefix, &texts[text]))?;
        let mut embeddings = vec![Embedding::default(); texts.len()];
        for (text, embedding) in done {
            embeddings[text] = embedding;
        }
        Ok(embeddings)
    }
}

impl std::fmt::Debug for OnnxModel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OnnxModel").field("config", &self.config).field("identity", &self.identity).finish_non_exhaustive()
    }
}

/// The mean of the tokens that each word touches. `tokens` has one row a token of the text as it was led in, `ends` is where
/// each ends in it, white space before it included; `words` are ranges of the text without the `lead` bytes before it, in order.
fn word_vectors(tokens: &[f32], dimensions: usize, ends: &[u32], words: &[Range<usize>], lead: usize) -> Vec<Vec<f32>> {
    let rows = tokens.len() / dimensions;
    let vector = |word: &Range<usize>| {
        // The first token that ends behind the word's start, and all up to the first that ends at its end or behind it.
        let first = ends.partition_point(|end| *end as usize <= word.start + lead);
        let last = ends.partition_point(|end| (*end as usize) < word.end + lead);
        // Of a word that the window cut in two its beginning counts; of one behind it nothing is known.
        let touched = first.min(rows)..(last + 1).min(rows);
        mean(&tokens[touched.start * dimensions..touched.end.max(touched.start) * dimensions], dimensions).unwrap_or_default()
    };
    words.iter().map(vector).collect()
}
