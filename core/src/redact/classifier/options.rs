use std::{collections::BTreeMap, path::PathBuf};

use serde::{Deserialize, Serialize};

use crate::redact::Kind;

/// Which token classifier is asked for names, and when it is believed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClassifierOptions {
    /// The folder with `model.onnx`, `tokenizer.json` and `config.json`.
    pub folder: PathBuf,
    /// The mean probability that the words of a name need, from 0 to 1: less finds more, also what is none.
    #[serde(default = "threshold")]
    pub threshold: f32,
    /// What entities of the model mean, without `B-` and `I-`: `LOC: ADDRESS`. They add to those that mean persons; the case does not matter.
    #[serde(default)]
    pub labels: BTreeMap<String, Kind>,
    /// Windows that are classified at once, one thread each; 0 for as many as the machine has threads.
    #[serde(default)]
    pub threads: usize,
}

impl ClassifierOptions {
    /// Of a folder: persons, from a probability of one half on.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into(), threshold: threshold(), labels: BTreeMap::new(), threads: 0 }
    }
}

fn threshold() -> f32 {
    0.5
}
