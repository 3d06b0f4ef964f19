//! Chunks → rows of the index: vectors of chunks, sentences and words, and terms.

use std::{collections::HashMap, ops::Range};

use uuid::Uuid;

use crate::{
    Result,
    chunk::Chunk,
    embed::{Embedding, EmbeddingModel, Purpose, Text},
    index::{
        analysis::Analyzer,
        chunks::{ChunkRow, SentenceRow},
        vectors::{SentenceBuilder, WordBuilder, WordCentring},
    },
    types::Language,
};

/// The sentences of a chunk that get vectors of their own.
fn sentences(chunk: &Chunk) -> impl Iterator<Item = &str> {
    chunk.sentences.iter().filter(|sentence| sentence.embed && sentence.speaks_for > 0).map(|sentence| sentence.text.as_str())
}

/// The texts that a chunk's words are seen in: its sentences, or all of it when none is embedded by itself.
fn word_contexts(chunk: &Chunk) -> impl Iterator<Item = &str> {
    let whole = sentences(chunk).next().is_none().then_some(chunk.text.as_str());
    whole.into_iter().chain(sentences(chunk))
}

/// The texts of some chunks, embedded. Those that occur twice (a chunk of one sentence, a row that repeats) are embedded once.
pub(super) struct Embedded<'a> {
    known: HashMap<&'a str, usize>,
    embeddings: Vec<Embedding>,
}

impl<'a> Embedded<'a> {
    pub(super) fn new(
        chunks: &'a [Chunk],
        languages: &[Language],
        analyzer: &mut Analyzer,
        model: &dyn EmbeddingModel,
        with_words: bool,
    ) -> Result<Self> {
        let (mut known, mut texts) = (HashMap::new(), Vec::<(&str, Vec<Range<usize>>)>::new());
        for (chunk, language) in chunks.iter().zip(languages) {
            for text in std::iter::once(chunk.text.as_str()).chain(sentences(chunk)) {
                known.entry(text).or_insert_with(|| {
                    texts.push((text, Vec::new()));
                    texts.len() - 1
                });
            }
            for text in word_contexts(chunk).filter(|_| with_words) {
                let words = &mut texts[known[text]].1;
                if words.is_empty() {
                    *words = analyzer.content_words(text, *language).into_iter().map(|word| word.range).collect();
                }
            }
        }
        let texts: Vec<Text<'_>> = texts.iter().map(|(text, words)| Text { text, words }).collect();
        Ok(Self { embeddings: model.embed(Purpose::Passage, &texts)?, known })
    }

    fn of(&self, text: &str) -> &Embedding {
        &self.embeddings[self.known[text]]
    }
}
/// The row of a chunk; its place in the document is left to the caller.
pub(super) fn row(
    dimensions: usize,
    chunk: &Chunk,
    language: Language,
    analyzer: &mut Analyzer,
    embedded: &Embedded<'_>,
    words: Option<&WordCentring>,
) -> Result<ChunkRow> {
    let mut codes = SentenceBuilder::new(dimensions)?;
    let (mut sentences, mut count, mut current) = (Vec::with_capacity(chunk.sentences.len()), 0, None);
    for sentence in &chunk.sentences {
        if sentence.speaks_for > 0 {
            current = sentence.embed.then_some(count);
            if sentence.embed {
                codes.push(&embedded.of(&sentence.text).vector)?;
                count += 1;
            }
        }
        let mut terms = String::new();
        // The first of several short neighbours carries the words of all of them, one a line; its own come first.
        let own = if sentence.speaks_for > 1 { sentence.text.lines().next().unwrap_or_default() } else { &sentence.text };
        analyzer.index_text(own, language, &mut terms);
        sentences.push(SentenceRow { segments: sentence.segments.clone(), terms, vector: current });
    }
    let mut word_codes = WordBuilder::new(dimensions)?;
    if let Some(centring) = words {
        let centre = centring.passage_centre(language);
        for word in word_contexts(chunk).flat_map(|text| &embedded.of(text).words).filter(|word| !word.is_empty()) {
            word_codes.push(word, &centre)?;
        }
    }
    let mut terms = String::new();
    analyzer.index_text(&chunk.text, language, &mut terms);
    Ok(ChunkRow {
        document: Uuid::nil(),
        version: 0,
        ordinal: 0,
        language,
        core: chunk.core.clone(),
        heading: chunk.heading.clone(),
        terms,
        text: chunk.text.clone(),
        sentences,
        vector: embedded.of(&chunk.text).vector.clone(),
        sentence_codes: codes.finish(),
        word_codes: word_codes.finish(),
    })
}
