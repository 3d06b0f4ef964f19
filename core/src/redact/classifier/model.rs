use std::{fmt, path::Path, sync::Arc};

use sha2::{Digest, Sha256};

use super::{
    ClassifierOptions,
    aggregate::{self, Scored},
    labels::Labels,
    windows::{Window, windows},
};
use crate::{
    Error, ErrorKind, Result,
    onnx::{
        self, Runs, SharedSession,
        folder::{self, Transformer},
    },
    redact::{NameFinder, NamedSpan},
    tokenize::{self, Tokenizer},
};

/// What a graph may call its logits.
const OUTPUTS: [&str; 2] = ["logits", "output"];
const COPY_AGAIN: &str = "export the model again, or copy the whole folder again from where it came from";

/// A token classifier in ONNX Runtime, as `optimum-cli export onnx --task token-classification` writes them.
///
/// A text that is longer than the model takes is read in windows that overlap; what the model says of a token is taken from the window
/// in whose middle it stands. Nothing of a text is kept.
pub struct TokenClassifier {
    labels: Labels,
    threshold: f32,
    identity: String,
    /// Tokens of a text in one run at most.
    window: usize,
    tokenizer: Arc<dyn Tokenizer>,
    session: SharedSession,
    runs: Runs,
}

/// A text, cut into tokens.
struct Cut {
    /// Special tokens around those of the text.
    ids: Vec<u32>,
    ends: Vec<u32>,
    windows: Vec<Window>,
}

impl TokenClassifier {
    /// Opens the model in the folder and runs it once, so that what is wrong with it is said here.
    ///
    /// # Errors
    /// `redact.classifier_threshold`, `redact.classifier_labels`, `redact.classifier_mismatch`; `model.folder_missing` and its neighbours for a
    /// folder that lacks something; `onnx.runtime_missing` and its neighbours when there is no usable ONNX Runtime.
    pub fn open(options: &ClassifierOptions) -> Result<Self> {
        if !(0.0..=1.0).contains(&options.threshold) {
            return Err(Error::new(
                ErrorKind::InvalidInput,
                "redact.classifier_threshold",
                "the threshold of the token classifier is a probability, from 0 to 1",
            )
            .with("threshold", options.threshold.to_string()));
        }
        let folder = options.folder.as_path();
        folder::check(folder, "name the folder of a token classifier in ONNX")?;
        let labels = Labels::read(folder, &options.labels)?;
        let transformer: Transformer = folder::json(&folder.join("config.json"))?.unwrap_or_default();
        let max_tokens = folder::max_tokens(folder, &transformer)?.unwrap_or(folder::DEFAULT_MAX_TOKENS);
        let graph = folder::graph(folder, None)?;
        let opened = tokenize::open_with_size(&folder::tokenizer(folder)?)?;
        let environment = onnx::load(&onnx::library::find()?)?;
        let weights = onnx::weights(&graph)?;
        let session = SharedSession::open(&environment, &graph, &OUTPUTS)?;
        let this = Self {
            identity: identity(weights, opened.digest, &labels, max_tokens, options.threshold),
            window: max_tokens.saturating_sub(opened.tokenizer.special_tokens().count()).max(1),
            labels,
            threshold: options.threshold,
            tokenizer: opened.tokenizer,
            session,
            runs: Runs::new(options.threads),
        };
        this.check(folder, opened.vocabulary_size)?;
        Ok(this)
    }

    /// A run with the vocabulary's last id.
    fn check(&self, folder: &Path, vocabulary_size: usize) -> Result<()> {
        let mismatch = |what: &'static str| {
            Error::new(
                ErrorKind::Environment,
                "redact.classifier_mismatch",
                "the files of the token classifier are of different models",
            )
            .with("reason", what)
            .with("path", folder.display().to_string())
            .with_hint(COPY_AGAIN)
        };
        let last = vocabulary_size.saturating_sub(1) as u32;
        let output = self.session.run(&[last]).map_err(|error| {
            mismatch("model.onnx does not take the tokens of tokenizer.json, or gives no labels for them").with_source(error)
        })?;
        if output.pooled {
            return Err(mismatch("model.onnx gives labels for a text, not for its tokens"));
        }
        if output.dimensions != self.labels.tags.len() {
            return Err(mismatch("model.onnx gives another number of labels than config.json names")
                .with("stated", self.labels.tags.len().to_string())
                .with("found", output.dimensions.to_string()));
        }
        Ok(())
    }

    fn cut(&self, text: &str) -> Result<Cut> {
        let ends = self.tokenizer.token_ends(text)?;
        let special = self.tokenizer.special_tokens().count();
        let ids = self.tokenizer.encode(text, ends.len().saturating_add(special))?;
        if ids.len() != ends.len() + special {
            return Err(Error::new(
                ErrorKind::Internal,
                "redact.classifier_tokens",
                "the classifier's tokenizer counts the tokens of a text in two ways",
            ));
        }
        let windows = windows(ends.len(), self.window);
        Ok(Cut { ids, ends, windows })
    }

    /// What the model says of the tokens that a window decides.
    fn run(&self, cut: &Cut, window: &Window) -> Result<Vec<Scored>> {
        let special = self.tokenizer.special_tokens();
        let content = special.before + window.tokens.start..special.before + window.tokens.end;
        let parts = [
            cut.ids.get(..special.before).unwrap_or_default(),
            cut.ids.get(content).unwrap_or_default(),
            cut.ids.get(cut.ids.len().saturating_sub(special.after)..).unwrap_or_default(),
        ];
        let output = self.session.run(&parts.concat())?;
        let own = special.before + window.own.start - window.tokens.start;
        let rows = output.values.chunks_exact(output.dimensions.max(1)).skip(own).take(window.own.len());
        let scored: Vec<Scored> = rows.map_while(aggregate::likeliest).collect();
        if output.pooled || output.dimensions != self.labels.tags.len() || scored.len() != window.own.len() {
            return Err(Error::new(
                ErrorKind::Environment,
                "redact.classifier_values",
                "the token classifier gave no usable labels for a text",
            )
            .with_hint(COPY_AGAIN));
        }
        Ok(scored)
    }
}

impl NameFinder for TokenClassifier {
    fn identity(&self) -> &str {
        &self.identity
    }

    fn find(&self, text: &str) -> Result<Vec<NamedSpan>> {
        Ok(self.find_all(&[text])?.pop().unwrap_or_default())
    }

    /// The windows of all texts, as many at once as there are threads.
    fn find_all(&self, texts: &[&str]) -> Result<Vec<Vec<NamedSpan>>> {
        let cuts = texts.iter().map(|text| self.cut(text)).collect::<Result<Vec<_>>>()?;
        let jobs: Vec<(&Cut, &Window)> =
            cuts.iter().flat_map(|cut| cut.windows.iter().map(move |window| (cut, window))).collect();
        let order: Vec<usize> = (0..jobs.len()).collect();
        let mut done = self.runs.each(&order, |job| match jobs.get(job) {
            Some((cut, window)) => self.run(cut, window),
            None => Ok(Vec::new()),
        })?;
        done.sort_unstable_by_key(|(job, _)| *job);
        let mut done = done.into_iter().map(|(_, scored)| scored);
        let named = texts.iter().zip(&cuts).map(|(text, cut)| {
            let tokens: Vec<Scored> = done.by_ref().take(cut.windows.len()).flatten().collect();
            aggregate::names(&aggregate::words(text, &cut.ends), &tokens, &self.labels, self.threshold)
        });
        Ok(named.collect())
    }
}

impl fmt::Debug for TokenClassifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let entities: Vec<_> =
            self.labels.entities.iter().map(|(name, kind)| (name, kind.as_ref().map(ToString::to_string))).collect();
        f.debug_struct("TokenClassifier").field("identity", &self.identity).field("entities", &entities).finish_non_exhaustive()
    }
}

/// SHA-256 over weights, vocabulary, labels with their meanings, length and threshold, in lower-case hex.
fn identity(weights: [u8; 32], tokenizer: [u8; 32], labels: &Labels, max_tokens: usize, threshold: f32) -> String {
    let mut whole = Sha256::new();
    whole.update(b"beleg token classifier 1\n");
    whole.update(weights);
    whole.update(tokenizer);
    let entities: Vec<_> = labels.entities.iter().map(|(name, kind)| (name, kind.as_ref().map(ToString::to_string))).collect();
    whole.update(format!("{:?} {entities:?} {max_tokens} {threshold}", labels.tags));
    crate::hex::hex(&whole.finalize())
}
