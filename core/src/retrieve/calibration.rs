use std::sync::{Arc, LazyLock};

use crate::index::vectors::{Centring, WordCentring};

/// What was measured of an embedding model: how its cosines are to be read.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    /// The identity of the model that it was measured with.
    pub model_identity: String,
    /// How vectors are centred.
    pub centring: Option<Centring>,
    /// What the vectors of words are seen from; without it words are not compared by their vectors.
    #[serde(default)]
    pub words: Option<WordCentring>,
    /// How signals add up to a score.
    pub weights: Weights,
    /// When nothing is relevant enough; a model without it refuses nothing.
    pub refusal: Option<Refusal>,
}

/// How signals add up to a score: `docs/calibration.md` has the formula.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Weights {
    /// Of the chunk's cosine; the best sentence's has what is left of 1.
    pub chunk: f32,
    /// Of the coverage of the question's words, where question and text are of one language.
    pub coverage: f32,
    /// Of the same, across languages.
    pub coverage_across: f32,
    /// Added to text in another language than the question's, so that neither language has the better of the other.
    pub across: f32,
    /// Of the coverage by the document's name and title and by headings.
    pub context: f32,
    /// Of the likeness of words, where question and text are of one language.
    pub words: f32,
    /// Of the same, across languages.
    pub words_across: f32,
    /// Of the coverage of one sentence, when the one to quote is chosen.
    pub quote_coverage: f32,
}

/// The rule of "not found": the best passage answers when
/// `(chunk + sentence) / 2 + coverage · weight` of its raw cosines reaches the threshold.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refusal {
    /// Where question and text are of one language.
    pub same: Threshold,
    /// Across languages.
    pub across: Threshold,
}

/// A threshold on raw signals.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Threshold {
    /// Of the coverage.
    pub coverage: f32,
    /// What the sum must reach.
    pub least: f32,
}

/// What was measured of the default model: `docs/calibration.md` says how.
static DEFAULT: LazyLock<Option<Arc<Calibration>>> =
    LazyLock::new(|| serde_json::from_str(include_str!("calibration/multilingual-e5-small.json")).ok().map(Arc::new));

impl Calibration {
    /// The calibration of the model with an identity; plain weights and no refusal for one that was not measured.
    pub fn of(model_identity: &str) -> Arc<Self> {
        let plain = Weights {
            chunk: 0.5,
            coverage: 0.045,
            coverage_across: 0.045,
            across: 0.0,
            context: 0.05,
            words: 0.0,
            words_across: 0.0,
            quote_coverage: 0.1,
        };
        let known = DEFAULT.as_ref().filter(|known| known.model_identity == model_identity);
        known.cloned().unwrap_or_else(|| {
            let model_identity = model_identity.to_owned();
            Arc::new(Self { model_identity, centring: None, words: None, weights: plain, refusal: None })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_models_calibration_is_well_formed_and_another_model_has_none() {
        let known = DEFAULT.as_ref().expect("the file is well-formed");
        let of_it = Calibration::of(&known.model_identity);
        assert!(Arc::ptr_eq(&of_it, known) && of_it.refusal.is_some());
        let words = of_it.words.as_ref().unwrap();
        let means = [&words.query, &words.passage].map(|means| [means.de.len(), means.en.len(), means.other.len()]);
        assert_eq!(means, [[384; 3]; 2]);
        assert_eq!(Calibration::of("another").refusal, None);
    }
}
