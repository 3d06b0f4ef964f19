use super::Calibration;
use crate::{
    Error, ErrorKind, Result,
    embed::{EmbeddingModel, Purpose, Text},
    index::analysis::{self, Analyzer, QueryTerm, TermKind},
    types::Language,
};

/// Longest question, in bytes: what is longer is no question.
const MOST_BYTES: usize = 16 * 1024;

/// A question, ready for both engines.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// As it was asked.
    pub text: String,
    /// What it is asked in.
    pub language: Language,
    /// Its vector, of length 1.
    pub vector: Vec<f32>,
    /// Its terms.
    pub terms: Vec<QueryTerm>,
    /// Its words with their vectors, as far as the model gives any.
    pub words: Vec<QuestionWord>,
}

/// A word of a question that says something.
#[derive(Debug, Clone, PartialEq)]
pub struct QuestionWord {
    /// Its term: how rare it is says how much it counts.
    pub term: String,
    /// Its vector in the context of the question, of no particular length.
    pub vector: Vec<f32>,
}

impl Question {
    /// Analyses and embeds a question.
    ///
    /// # Errors
    /// `question.empty`, `question.too_long`.
    pub fn new(text: &str, model: &dyn EmbeddingModel, calibration: &Calibration) -> Result<Self> {
        let text = text.trim();
        if text.is_empty() {
            return Err(Error::new(ErrorKind::InvalidInput, "question.empty", "the question is empty").with_hint("ask something"));
        }
        if text.len() > MOST_BYTES {
            return Err(Error::new(ErrorKind::InvalidInput, "question.too_long", "the question is too long")
                .with("bytes", text.len().to_string())
                .with_hint(format!("ask in at most {MOST_BYTES} bytes; a document is to be ingested instead")));
        }
        let by_words = analysis::language(text);
        let mut analyzer = Analyzer::new();
        // Compared by meaning alone, words are worth their cost only where a model was measured.
        let words = if calibration.words.is_some() { analyzer.content_words(text, by_words) } else { Vec::new() };
        let ranges: Vec<_> = words.iter().map(|word| word.range.clone()).collect();
        let embedded = model.embed(Purpose::Question, &[Text { text, words: &ranges }])?.pop().unwrap_or_default();
        let vector = embedded.vector;
        let words = words.into_iter().zip(embedded.words).filter(|(_, vector)| !vector.is_empty());
        let words = words.map(|(word, vector)| QuestionWord { term: word.term, vector }).collect();
        let language = match (by_words, &calibration.centring) {
            (Language::Other, Some(centring)) => centring.language_of_question(&vector),
            (known, _) => known,
        };
        // Terms of a doubtful question are those of both languages.
        Ok(Self { language, vector, terms: analyzer.query_terms(text, by_words), words, text: text.to_owned() })
    }

    /// The terms for the full-text engine, by weight: full words first, then what stands for parts of them.
    pub fn groups(&self) -> Vec<(String, f32)> {
        let mut groups: Vec<(String, f32)> = Vec::new();
        for term in &self.terms {
            match groups.iter_mut().find(|(_, weight)| *weight == term.weight) {
                Some((terms, _)) => {
                    terms.push(' ');
                    terms.push_str(&term.term);
                }
                None => groups.push((term.term.clone(), term.weight)),
            }
        }
        groups
    }

    /// The terms that say what is asked for; parts and variants only help to find them.
    pub(super) fn content(&self) -> impl Iterator<Item = &QueryTerm> {
        self.terms.iter().filter(|term| !matches!(term.kind, TermKind::CompoundPart | TermKind::Variant))
    }
}
