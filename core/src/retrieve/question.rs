use super::Calibration;
use crate::{
    Error, ErrorKind, Result,
    embed::EmbeddingModel,
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
        let vector = model.embed_query(text)?;
        let by_words = analysis::language(text);
        let language = match (by_words, &calibration.centring) {
            (Language::Other, Some(centring)) => centring.language_of_question(&vector),
            (known, _) => known,
        };
        // Terms of a doubtful question are those of both languages.
        Ok(Self { language, vector, terms: Analyzer::new().query_terms(text, by_words), text: text.to_owned() })
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
