//! What a model folder says about its model.
//!
//! `beleg-model.json` may state everything. What it leaves out comes from the files of sentence-transformers, then from
//! `config.json` and `tokenizer_config.json`; without any of them the pooling is the mean, as in sentence-transformers.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::{
    Error, ErrorKind, Result,
    onnx::folder::{self, Transformer, json},
};

/// How the vectors of the tokens become the vector of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pooling {
    /// The mean over all tokens, special ones included.
    Mean,
    /// The vector of the first token.
    Cls,
    /// The largest value of each dimension.
    Max,
    /// The vector of the last token.
    LastToken,
}

/// A model folder, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelConfig {
    /// What people call it.
    pub name: String,
    /// The identity that `beleg-model.json` states; it must be the one that is found.
    pub identity: Option<String>,
    /// The ONNX graph.
    pub graph: PathBuf,
    /// `tokenizer.json`.
    pub tokenizer: PathBuf,
    /// See [`Pooling`].
    pub pooling: Pooling,
    /// Put before a question.
    pub query_prefix: String,
    /// Put before a passage.
    pub passage_prefix: String,
    /// Tokens of one run at most, special tokens and prefix included.
    pub max_tokens: usize,
    /// Length of its vectors, when a file says so.
    pub dimensions: Option<usize>,
}

/// `beleg-model.json`: every field may be left out.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stated {
    name: Option<String>,
    identity: Option<String>,
    graph: Option<PathBuf>,
    pooling: Option<Pooling>,
    query_prefix: Option<String>,
    passage_prefix: Option<String>,
    max_tokens: Option<usize>,
}

/// `modules.json` of sentence-transformers.
#[derive(Debug, Deserialize)]
struct Module {
    #[serde(default)]
    path: String,
    #[serde(rename = "type")]
    kind: String,
}

/// `1_Pooling/config.json` of sentence-transformers, in its older and its newer form.
#[derive(Debug, Default, Deserialize)]
struct PoolingFile {
    pooling_mode: Option<String>,
    #[serde(default)]
    pooling_mode_cls_token: bool,
    #[serde(default)]
    pooling_mode_mean_tokens: bool,
    #[serde(default)]
    pooling_mode_max_tokens: bool,
    #[serde(default)]
    pooling_mode_mean_sqrt_len_tokens: bool,
    #[serde(default)]
    pooling_mode_weightedmean_tokens: bool,
    #[serde(default)]
    pooling_mode_lasttoken: bool,
}

/// `sentence_bert_config.json`.
#[derive(Debug, Default, Deserialize)]
struct SentenceBert {
    max_seq_length: Option<usize>,
}

/// `config_sentence_transformers.json`.
#[derive(Debug, Default, Deserialize)]
struct SentenceTransformers {
    #[serde(default)]
    prompts: std::collections::BTreeMap<String, Option<String>>,
}

impl ModelConfig {
    /// Reads the folder's configuration; opens neither weights nor vocabulary.
    ///
    /// # Errors
    /// `model.folder_missing`, `model.file_missing`, `model.wrong_file`, and `model.unsupported` for a model that has
    /// layers behind its pooling or pools in a way that is not known here.
    pub fn read(folder: &Path) -> Result<Self> {
        folder::check(folder, "run `beleg model fetch`, or name the folder of a sentence-embedding model in ONNX")?;
        let stated: Stated = json(&folder.join("beleg-model.json"))?.unwrap_or_default();
        let transformer: Transformer = json(&folder.join("config.json"))?.unwrap_or_default();
        let sentence_bert: SentenceBert = json(&folder.join("sentence_bert_config.json"))?.unwrap_or_default();
        let prompts =
            json::<SentenceTransformers>(&folder.join("config_sentence_transformers.json"))?.unwrap_or_default().prompts;
        let graph = folder::graph(folder, stated.graph.as_deref())?;
        let tokenizer = folder::tokenizer(folder)?;
        let pooling = match stated.pooling {
            Some(pooling) => pooling,
            None => pooling(folder)?,
        };
        let prompt = |names: &[&str]| names.iter().find_map(|name| prompts.get(*name).cloned().flatten()).unwrap_or_default();
        let name = stated
            .name
            .or_else(|| transformer.name.clone().filter(|name| !name.is_empty()))
            .or_else(|| folder.file_name().map(|name| name.to_string_lossy().into_owned()))
            .unwrap_or_default();
        let max_tokens = stated
            .max_tokens
            .or(sentence_bert.max_seq_length)
            .into_iter()
            .chain(folder::max_tokens(folder, &transformer)?)
            .min()
            .unwrap_or(folder::DEFAULT_MAX_TOKENS);
        Ok(Self {
            name,
            identity: stated.identity,
            graph,
            tokenizer,
            pooling,
            query_prefix: stated.query_prefix.unwrap_or_else(|| prompt(&["query"])),
            passage_prefix: stated.passage_prefix.unwrap_or_else(|| prompt(&["passage", "document", "corpus"])),
            max_tokens,
            dimensions: transformer.hidden_size,
        })
    }
}

fn pooling(folder: &Path) -> Result<Pooling> {
    let modules: Option<Vec<Module>> = json(&folder.join("modules.json"))?;
    let mut path = String::from("1_Pooling");
    for module in modules.iter().flatten() {
        match module.kind.rsplit('.').next().unwrap_or_default() {
            "Transformer" | "Normalize" => {}
            "Pooling" => path.clone_from(&module.path),
            other => return Err(unsupported(folder, "module", other)),
        }
    }
    let Some(file) = json::<PoolingFile>(&folder.join(path).join("config.json"))? else { return Ok(Pooling::Mean) };
    if let Some(mode) = file.pooling_mode {
        return match mode.as_str() {
            "mean" => Ok(Pooling::Mean),
            "cls" => Ok(Pooling::Cls),
            "max" => Ok(Pooling::Max),
            "lasttoken" => Ok(Pooling::LastToken),
            other => Err(unsupported(folder, "pooling", other)),
        };
    }
    let modes = [
        (file.pooling_mode_mean_tokens, Ok(Pooling::Mean)),
        (file.pooling_mode_cls_token, Ok(Pooling::Cls)),
        (file.pooling_mode_max_tokens, Ok(Pooling::Max)),
        (file.pooling_mode_lasttoken, Ok(Pooling::LastToken)),
        (file.pooling_mode_mean_sqrt_len_tokens, Err("mean_sqrt_len_tokens")),
        (file.pooling_mode_weightedmean_tokens, Err("weightedmean_tokens")),
    ];
    let mut on = modes.into_iter().filter_map(|(on, pooling)| on.then_some(pooling));
    match (on.next(), on.next()) {
        (Some(Ok(pooling)), None) => Ok(pooling),
        (Some(Err(other)), None) => Err(unsupported(folder, "pooling", other)),
        (None, _) => Err(unsupported(folder, "pooling", "none")),
        (Some(_), Some(_)) => Err(unsupported(folder, "pooling", "several joined")),
    }
}

fn unsupported(folder: &Path, what: &'static str, value: &str) -> Error {
    Error::new(ErrorKind::Unsupported, "model.unsupported", "this kind of sentence-embedding model is not supported")
        .with("path", folder.display().to_string())
        .with(what, value)
        .with_hint("use a model that ends with pooling by mean, cls, max or last token, or state its pooling in beleg-model.json")
}
