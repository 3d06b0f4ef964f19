//! Out of the narrow cone: vectors relative to the mean of their kind and language.
//!
//! Models of the E5 kind put all texts into a narrow cone, and texts of one language into a narrower one inside it. Taking
//! part of that mean away makes cosines tell more apart, above all between a question in one language and text in another.
//! The means are a property of the model, measured on text of no corpus.

use crate::types::Language;

/// How much of which means is taken away.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Centring {
    /// The share of the mean that is taken away, 0 to 1.
    pub alpha: f32,
    /// Of questions.
    pub query: Means,
    /// Of chunks.
    pub chunk: Means,
    /// Of sentences.
    pub sentence: Means,
}

/// Where the vectors of words are seen from: part of the mean of all words of a kind and language is taken away.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WordCentring {
    /// The share of the mean that is taken away, 0 to 1.
    pub alpha: f32,
    /// Of the words of questions.
    pub query: Means,
    /// Of the words of passages.
    pub passage: Means,
}

impl WordCentring {
    /// What a passage's words are seen from.
    pub fn passage_centre(&self, language: Language) -> Vec<f32> {
        self.passage.of(language).iter().map(|mean| self.alpha * mean).collect()
    }

    /// A question's word, of whatever length, as it is seen; `None` if it has no direction.
    pub fn question_word(&self, vector: &[f32], language: Language) -> Option<Vec<f32>> {
        let length = dot(vector, vector).sqrt();
        let mean = self.query.of(language);
        let seen: Vec<f32> = vector.iter().zip(mean).map(|(x, m)| x / length - self.alpha * m).collect();
        (length > 0.0 && vector.len() == mean.len() && dot(&seen, &seen).is_normal()).then_some(seen)
    }
}

/// One mean a language.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Means {
    /// Of German.
    pub de: Vec<f32>,
    /// Of English.
    pub en: Vec<f32>,
    /// Of anything else.
    pub other: Vec<f32>,
}

impl Means {
    /// The mean of a language.
    pub fn of(&self, language: Language) -> &[f32] {
        match language {
            Language::De => &self.de,
            Language::En => &self.en,
            Language::Other => &self.other,
        }
    }
}

impl Centring {
    /// The language whose questions lie nearest to a question: for one too short to tell by its letters.
    pub fn language_of_question(&self, vector: &[f32]) -> Language {
        if dot(vector, &self.query.de) >= dot(vector, &self.query.en) { Language::De } else { Language::En }
    }

    /// `vector`, of length 1, relative to `mean`, again of length 1.
    pub fn apply(&self, vector: &[f32], mean: &[f32]) -> Vec<f32> {
        let mut out: Vec<f32> = vector.iter().zip(mean).map(|(x, m)| x - self.alpha * m).collect();
        let length = dot(&out, &out).sqrt();
        if length > 0.0 {
            out.iter_mut().for_each(|x| *x /= length);
        }
        out
    }

    /// The cosine of a centred question and a text that is not centred yet, from dot products alone: of the question with
    /// the text and the mean, of the text with the mean, of the mean with itself.
    pub fn cosine(&self, question_text: f32, question_mean: f32, text_mean: f32, mean_mean: f32) -> f32 {
        let a = self.alpha;
        let length = (1.0 - 2.0 * a * text_mean + a * a * mean_mean).max(1e-6).sqrt();
        (question_text - a * question_mean) / length
    }
}

/// The dot product.
pub fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cosine_from_products_is_that_of_centred_vectors() {
        let unit = |v: [f32; 3]| {
            let n = dot(&v, &v).sqrt();
            v.map(|x| x / n)
        };
        let (q, x, m) = (unit([0.3, 0.5, 0.9]), unit([0.5, 0.1, 0.7]), [0.4, 0.3, 0.6]);
        let means = Means { de: m.to_vec(), en: m.to_vec(), other: m.to_vec() };
        let centring = Centring { alpha: 0.5, query: means.clone(), chunk: means.clone(), sentence: means };
        let q = centring.apply(&q, &m);
        let want = dot(&q, &centring.apply(&x, &m));
        assert!((centring.cosine(dot(&q, &x), dot(&q, &m), dot(&x, &m), dot(&m, &m)) - want).abs() < 1e-5);
    }
}
