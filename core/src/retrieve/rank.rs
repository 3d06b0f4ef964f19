use std::collections::HashMap;

use super::{Calibration, Question, coverage::Coverage};
use crate::{
    Result,
    index::{
        chunks::Candidate,
        sketch::TermSketch,
        vectors::{Query, SentenceCodes, WordCodes, WordQuery, dot},
    },
    types::Language,
};

/// What a search goes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Meaning and words.
    #[default]
    Hybrid,
    /// Meaning alone.
    Dense,
    /// Words alone.
    Text,
}

/// How meaning and words are joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Fusion {
    /// By calibrated signals.
    #[default]
    Signals,
    /// By ranks: reciprocal rank fusion with k = 60.
    Rrf,
}

/// What is known of a candidate, raw: the same in every query.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Signals {
    /// Cosine of the question and the chunk.
    pub chunk: f32,
    /// Cosine of the question and the chunk's best sentence; that of the chunk where no sentence has a vector.
    pub sentence: f32,
    /// The same of centred vectors.
    pub chunk_centred: f32,
    /// The same of centred vectors.
    pub sentence_centred: f32,
    /// How like each word of the question its likest word in the chunk is, by their vectors in context: the mean over the
    /// question's words, weighed by how rare they are. 0 where the model gives no vectors of words.
    pub words: f32,
    /// BM25 of the full-text engine; 0 for a candidate that it did not hand over.
    pub bm25: f32,
    /// Share of the question's words in the best two sentences.
    pub coverage: f32,
    /// Share of them in the name and title of the document and in the headings above.
    pub context: f32,
}

/// A candidate in its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranked {
    /// The chunk.
    pub candidate: Candidate,
    /// What it was judged by.
    pub signals: Signals,
    /// What it was ranked by: comparable within one query.
    pub score: f32,
    /// The sentence that answers best.
    pub best_sentence: usize,
    /// 1-based places in the two engines' lists.
    pub ranks: (Option<u32>, Option<u32>),
}

/// A candidate before it is judged.
pub struct Found {
    /// The chunk.
    pub candidate: Candidate,
    /// Terms of its document's name and title and of the headings above it, parted by spaces.
    pub context: String,
    /// Place in the list by vectors, from 0.
    pub dense: Option<usize>,
    /// Place in the list by words, from 0, and BM25.
    pub text: Option<(usize, f32)>,
}

/// Judges candidates and puts them in order, the best first.
pub fn rank(
    question: &Question,
    found: Vec<Found>,
    sketch: &TermSketch,
    calibration: &Calibration,
    mode: Mode,
    fusion: Fusion,
) -> Result<Vec<Ranked>> {
    let mut judge = Judge::new(question, sketch, calibration)?;
    let mut ranked = found.into_iter().map(|found| judge.judge(found, mode, fusion)).collect::<Result<Vec<_>>>()?;
    // Where two are alike to the last bit, the order of the documents decides, so that it is the same every time.
    ranked.sort_by(|a, b| {
        b.score
            .total_cmp(&a.score)
            .then_with(|| (&a.candidate.document, a.candidate.ordinal).cmp(&(&b.candidate.document, b.candidate.ordinal)))
    });
    Ok(ranked)
}

struct Judge<'a> {
    question: &'a Question,
    calibration: &'a Calibration,
    coverage: Coverage,
    plain: Query,
    words: Vec<WordQuery>,
    /// Of each of `words`; together 1.
    word_weights: Vec<f32>,
    centred: HashMap<Language, CentredQuestion>,
}

/// The question centred, and the means of the texts that it is held against.
struct CentredQuestion {
    vector: Vec<f32>,
    query: Query,
    chunk_mean: Mean,
    sentence_mean: Mean,
}

/// A mean with the products that do not depend on the text.
struct Mean {
    vector: Vec<f32>,
    length: f32,
    query: Query,
    with_question: f32,
    with_itself: f32,
}

impl Mean {
    fn new(question: &[f32], mean: &[f32]) -> Result<Self> {
        let with_itself = dot(mean, mean);
        Ok(Self {
            vector: mean.to_vec(),
            length: with_itself.sqrt(),
            query: Query::new(mean)?,
            with_question: dot(question, mean),
            with_itself,
        })
    }
}

impl<'a> Judge<'a> {
    fn new(question: &'a Question, sketch: &TermSketch, calibration: &'a Calibration) -> Result<Self> {
        let mut centred = HashMap::new();
        if let Some(centring) = &calibration.centring {
            let vector = centring.apply(&question.vector, centring.query.of(question.language));
            for language in [Language::De, Language::En, Language::Other] {
                let chunk_mean = Mean::new(&vector, centring.chunk.of(language))?;
                let sentence_mean = Mean::new(&vector, centring.sentence.of(language))?;
                centred.insert(
                    language,
                    CentredQuestion { query: Query::new(&vector)?, vector: vector.clone(), chunk_mean, sentence_mean },
                );
            }
        }
        let mut words = Vec::new();
        let mut word_weights = Vec::new();
        for word in &question.words {
            let seen = calibration.words.as_ref().and_then(|centring| centring.question_word(&word.vector, question.language));
            if let Some(seen) = seen {
                words.push(WordQuery::new(&seen)?);
                word_weights.push(sketch.idf(&word.term));
            }
        }
        let sum: f32 = word_weights.iter().sum();
        word_weights.iter_mut().for_each(|weight| *weight /= sum.max(f32::MIN_POSITIVE));
        Ok(Self {
            question,
            calibration,
            words,
            word_weights,
            coverage: Coverage::new(question, sketch),
            plain: Query::new(&question.vector)?,
            centred,
        })
    }

    fn judge(&mut self, found: Found, mode: Mode, fusion: Fusion) -> Result<Ranked> {
        let Found { candidate, context, dense, text } = found;
        let chunk = dot(&self.question.vector, &candidate.vector);
        let codes = SentenceCodes::new(&candidate.sentence_codes)?;
        let plain: Vec<f32> = codes.scores(&self.plain).collect();
        let (chunk_centred, centred) = match (&self.calibration.centring, self.centred.get(&candidate.language)) {
            (Some(centring), Some(own)) => {
                let mean = &own.chunk_mean;
                let cosine = centring.cosine(
                    dot(&own.vector, &candidate.vector),
                    mean.with_question,
                    dot(&mean.vector, &candidate.vector),
                    mean.with_itself,
                );
                let mean = &own.sentence_mean;
                let with_mean = codes.scores(&mean.query).map(|score| score * mean.length);
                let sentences = codes
                    .scores(&own.query)
                    .zip(with_mean)
                    .map(|(q, m)| centring.cosine(q, mean.with_question, m, mean.with_itself));
                (cosine, sentences.collect())
            }
            _ => (chunk, plain.clone()),
        };
        let terms: Vec<&str> = candidate.sentences.iter().map(|sentence| sentence.terms.as_str()).collect();
        let (by_sentence, coverage) = self.coverage.of(&terms);
        let best = |scores: &[f32], otherwise: f32| {
            scores.iter().copied().fold(None, |best: Option<f32>, s| Some(best.map_or(s, |b| b.max(s)))).unwrap_or(otherwise)
        };
        let words = match WordCodes::new(&candidate.word_codes)?.best(&self.words) {
            Some(best) => best.iter().zip(&self.word_weights).map(|(likeness, weight)| likeness * weight).sum(),
            None => 0.0,
        };
        let signals = Signals {
            words,
            chunk,
            sentence: best(&plain, chunk),
            chunk_centred,
            sentence_centred: best(&centred, chunk_centred),
            bm25: text.map_or(0.0, |(_, bm25)| bm25),
            coverage,
            context: self.coverage.of_context(&context),
        };
        let weights = &self.calibration.weights;
        // A heading has no vector and is no answer, unless there is nothing else. Rows of long tables have none either: there
        // the words decide.
        let quote = |i: usize| {
            let cosine = candidate.sentences[i].vector.and_then(|v| centred.get(v as usize)).copied();
            cosine.unwrap_or(-1.0) + weights.quote_coverage * by_sentence[i]
        };
        let best_sentence =
            (0..candidate.sentences.len()).max_by(|a, b| quote(*a).total_cmp(&quote(*b)).then(b.cmp(a))).unwrap_or(0);
        let ranks = (dense.map(|place| place as u32 + 1), text.map(|(place, _)| place as u32 + 1));
        let score = match (mode, fusion) {
            (Mode::Dense, _) => (signals.chunk_centred + signals.sentence_centred) / 2.0,
            (Mode::Text, _) => signals.bm25,
            (Mode::Hybrid, Fusion::Signals) => self.score(candidate.language, &signals),
            (Mode::Hybrid, Fusion::Rrf) => [ranks.0, ranks.1].iter().flatten().map(|rank| 1.0 / (60.0 + *rank as f32)).sum(),
        };
        Ok(Ranked { candidate, signals, score, best_sentence, ranks })
    }

    fn score(&self, language: Language, signals: &Signals) -> f32 {
        let weights = &self.calibration.weights;
        let meaning = weights.chunk * signals.chunk_centred + (1.0 - weights.chunk) * signals.sentence_centred;
        let by_words = if is_across(self.question.language, language) {
            weights.across + weights.coverage_across * signals.coverage + weights.words_across * signals.words
        } else {
            weights.coverage * signals.coverage + weights.words * signals.words
        };
        meaning + weights.context * signals.context + by_words
    }
}

/// Whether question and text are known to be of two languages.
pub fn is_across(question: Language, text: Language) -> bool {
    question != text && question != Language::Other && text != Language::Other
}
