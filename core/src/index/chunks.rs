//! The dataset of chunks, with their sentences inside.
//!
//! One row a chunk. Sentences lie in the row of their chunk, because they are only looked at once the chunk is a candidate:
//! so a search takes one row a candidate and no second dataset must agree with the first.

use std::sync::Arc;

use arrow_array::{
    ArrayRef, BinaryArray, FixedSizeListArray, Float32Array, ListArray, RecordBatch, StringArray, UInt8Array, UInt32Array,
    builder::{ListBuilder, StringBuilder, UInt32Builder},
    cast::AsArray,
    types::{Float32Type, UInt8Type, UInt32Type},
};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use uuid::Uuid;

use crate::{
    Error, ErrorKind, Result,
    types::{Language, Segment, Span},
};

/// A chunk as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct ChunkRow {
    /// The document.
    pub document: Uuid,
    /// The document's version.
    pub version: u32,
    /// Counts the chunks of the document from 0.
    pub ordinal: u32,
    /// What its text is written in.
    pub language: Language,
    /// Where its own text stands.
    pub core: Vec<Segment>,
    /// The headings above it.
    pub heading: Vec<String>,
    /// What was embedded of it.
    pub text: String,
    /// Its terms, parted by spaces: the full-text index is built on this column.
    pub terms: String,
    /// What can be quoted from it.
    pub sentences: Vec<SentenceRow>,
    /// Its vector, of length 1.
    pub vector: Vec<f32>,
    /// The sentences' vectors in [`crate::index::vectors`]' packed form.
    pub sentence_codes: Vec<u8>,
    /// The vectors of its words, packed the same way.
    pub word_codes: Vec<u8>,
}

/// A sentence as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentenceRow {
    /// Where it stands.
    pub segments: Vec<Segment>,
    /// Its terms, parted by spaces.
    pub terms: String,
    /// Which of the chunk's sentence vectors is its: several short neighbours may share one.
    pub vector: Option<u32>,
}

/// What identifies the rows of one document version in the column `document`.
pub fn key(document: Uuid, version: u32) -> String {
    format!("{document}.{version}")
}

/// The document and its version of a [`key`].
pub fn parse_key(key: &str) -> Option<(Uuid, u32)> {
    let (document, version) = key.split_once('.')?;
    Some((Uuid::try_parse(document).ok()?, version.parse().ok()?))
}

/// Changes whenever rows have other columns: an index with another number must be built anew.
pub const VERSION: u32 = 2;

/// The columns, for vectors of `dimensions`.
pub fn schema(dimensions: usize) -> SchemaRef {
    let list = |of| DataType::List(Arc::new(Field::new("item", of, true)));
    let vector = DataType::FixedSizeList(Arc::new(Field::new("item", DataType::Float32, true)), dimensions as i32);
    Arc::new(Schema::new(vec![
        Field::new("document", DataType::Utf8, false),
        Field::new("ordinal", DataType::UInt32, false),
        Field::new("language", DataType::UInt8, false),
        Field::new("core", list(DataType::UInt32), false),
        Field::new("heading", list(DataType::Utf8), false),
        Field::new("text", DataType::Utf8, false),
        Field::new("terms", DataType::Utf8, false),
        Field::new("sentences", list(DataType::UInt32), false),
        Field::new("sentence_terms", list(DataType::Utf8), false),
        Field::new("sentence_codes", DataType::Binary, false),
        Field::new("word_codes", DataType::Binary, false),
        Field::new("term_buckets", list(DataType::UInt32), false),
        Field::new("vector", vector, false),
    ]))
}

/// The columns that a candidate is judged and shown by.
pub const CANDIDATE_COLUMNS: [&str; 11] = [
    "document",
    "ordinal",
    "language",
    "core",
    "heading",
    "terms",
    "sentences",
    "sentence_terms",
    "sentence_codes",
    "word_codes",
    "vector",
];

/// The columns that are held in memory.
pub const MEMORY_COLUMNS: [&str; 4] = ["document", "language", "term_buckets", "vector"];

fn language_code(language: Language) -> u8 {
    match language {
        Language::Other => 0,
        Language::De => 1,
        Language::En => 2,
    }
}

pub(super) fn language_of(code: u8) -> Language {
    match code {
        1 => Language::De,
        2 => Language::En,
        _ => Language::Other,
    }
}

/// Without a vector of its own, in the column `sentences`.
const NO_VECTOR: u32 = u32::MAX;

/// Rows for the dataset.
pub fn batch(rows: &[ChunkRow], dimensions: usize) -> Result<RecordBatch> {
    let mut numbers = [(); 3].map(|()| ListBuilder::new(UInt32Builder::new()));
    let mut strings = [(); 2].map(|()| ListBuilder::new(StringBuilder::new()));
    let [core, sentences, buckets] = &mut numbers;
    let [heading, sentence_terms] = &mut strings;
    for row in rows {
        row.core.iter().for_each(|segment| core.values().append_slice(&[segment.page, segment.span.start, segment.span.end]));
        core.append(true);
        row.heading.iter().for_each(|text| heading.values().append_value(text));
        heading.append(true);
        for sentence in &row.sentences {
            // Vector, number of segments, then page, start and end of each.
            sentences.values().append_slice(&[sentence.vector.unwrap_or(NO_VECTOR), sentence.segments.len() as u32]);
            sentence.segments.iter().for_each(|s| sentences.values().append_slice(&[s.page, s.span.start, s.span.end]));
            sentence_terms.values().append_value(&sentence.terms);
        }
        sentences.append(true);
        sentence_terms.append(true);
        buckets.values().append_slice(&super::sketch::buckets(&row.terms));
        buckets.append(true);
    }
    let text = |of: &dyn Fn(&ChunkRow) -> String| Arc::new(StringArray::from_iter_values(rows.iter().map(of))) as ArrayRef;
    let vectors = Float32Array::from_iter_values(rows.iter().flat_map(|row| row.vector.iter().copied()));
    let vectors = FixedSizeListArray::try_new(
        Arc::new(Field::new("item", DataType::Float32, true)),
        dimensions as i32,
        Arc::new(vectors),
        None,
    );
    let [core, sentences, buckets] = numbers.map(|mut list| Arc::new(list.finish()) as ArrayRef);
    let [heading, sentence_terms] = strings.map(|mut list| Arc::new(list.finish()) as ArrayRef);
    vectors
        .and_then(|vectors| {
            RecordBatch::try_new(
                schema(dimensions),
                vec![
                    text(&|row| key(row.document, row.version)),
                    Arc::new(UInt32Array::from_iter_values(rows.iter().map(|row| row.ordinal))),
                    Arc::new(UInt8Array::from_iter_values(rows.iter().map(|row| language_code(row.language)))),
                    core,
                    heading,
                    text(&|row| row.text.clone()),
                    text(&|row| row.terms.clone()),
                    sentences,
                    sentence_terms,
                    Arc::new(BinaryArray::from_iter_values(rows.iter().map(|row| &row.sentence_codes))),
                    Arc::new(BinaryArray::from_iter_values(rows.iter().map(|row| &row.word_codes))),
                    buckets,
                    Arc::new(vectors),
                ],
            )
        })
        .map_err(|error| Error::new(ErrorKind::Internal, "chunks.rows", error.to_string()))
}

/// A chunk that a search found, as it is judged and shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// The key of its document version.
    pub document: String,
    /// Counts the chunks of the document from 0.
    pub ordinal: u32,
    /// What its text is written in.
    pub language: Language,
    /// Where its own text stands.
    pub core: Vec<Segment>,
    /// The headings above it.
    pub heading: Vec<String>,
    /// Its terms, parted by spaces.
    pub terms: String,
    /// What can be quoted from it.
    pub sentences: Vec<SentenceRow>,
    /// The sentences' vectors, packed.
    pub sentence_codes: Vec<u8>,
    /// The vectors of its words, packed.
    pub word_codes: Vec<u8>,
    /// Its vector.
    pub vector: Vec<f32>,
}

fn damaged() -> Error {
    Error::new(ErrorKind::Corrupt, "index.row_damaged", "a row of the index is not well-formed").with_hint("run `beleg rebuild`")
}

/// Reads rows with [`CANDIDATE_COLUMNS`].
pub fn candidates(batch: &RecordBatch) -> Result<Vec<Candidate>> {
    let column = |name: &str| batch.column_by_name(name).ok_or_else(damaged);
    let documents = column("document")?.as_string_opt::<i32>().ok_or_else(damaged)?;
    let ordinals = column("ordinal")?.as_primitive_opt::<UInt32Type>().ok_or_else(damaged)?;
    let languages = column("language")?.as_primitive_opt::<UInt8Type>().ok_or_else(damaged)?;
    let terms = column("terms")?.as_string_opt::<i32>().ok_or_else(damaged)?;
    let codes = column("sentence_codes")?.as_binary_opt::<i32>().ok_or_else(damaged)?;
    let words = column("word_codes")?.as_binary_opt::<i32>().ok_or_else(damaged)?;
    let vectors = column("vector")?.as_fixed_size_list_opt().ok_or_else(damaged)?;
    let [core, heading, sentences, sentence_terms] =
        ["core", "heading", "sentences", "sentence_terms"].map(|name| column(name).map(|c| c.as_list_opt::<i32>()));
    let (core, heading) = (core?.ok_or_else(damaged)?, heading?.ok_or_else(damaged)?);
    let (sentences, sentence_terms) = (sentences?.ok_or_else(damaged)?, sentence_terms?.ok_or_else(damaged)?);
    (0..batch.num_rows())
        .map(|i| {
            let terms_of = strings(sentence_terms, i)?;
            Ok(Candidate {
                document: documents.value(i).to_owned(),
                ordinal: ordinals.value(i),
                language: language_of(languages.value(i)),
                core: segments(&numbers(core, i)?)?,
                heading: strings(heading, i)?,
                terms: terms.value(i).to_owned(),
                sentences: sentence_rows(&numbers(sentences, i)?, terms_of)?,
                sentence_codes: codes.value(i).to_vec(),
                word_codes: words.value(i).to_vec(),
                vector: vectors.value(i).as_primitive_opt::<Float32Type>().ok_or_else(damaged)?.values().to_vec(),
            })
        })
        .collect()
}

fn numbers(list: &ListArray, row: usize) -> Result<Vec<u32>> {
    Ok(list.value(row).as_primitive_opt::<UInt32Type>().ok_or_else(damaged)?.values().to_vec())
}

fn strings(list: &ListArray, row: usize) -> Result<Vec<String>> {
    Ok(list.value(row).as_string_opt::<i32>().ok_or_else(damaged)?.iter().flatten().map(str::to_owned).collect())
}

fn segments(numbers: &[u32]) -> Result<Vec<Segment>> {
    numbers
        .chunks(3)
        .map(|triple| match *triple {
            [page, start, end] if start <= end => Ok(Segment { page, span: Span { start, end } }),
            _ => Err(damaged()),
        })
        .collect()
}

fn sentence_rows(mut numbers: &[u32], terms: Vec<String>) -> Result<Vec<SentenceRow>> {
    let mut rows = Vec::with_capacity(terms.len());
    for terms in terms {
        let (&[vector, count], rest) = numbers.split_first_chunk::<2>().ok_or_else(damaged)?;
        let (own, rest) = rest.split_at_checked(count as usize * 3).ok_or_else(damaged)?;
        rows.push(SentenceRow { segments: segments(own)?, terms, vector: (vector != NO_VECTOR).then_some(vector) });
        numbers = rest;
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chunk_reads_back_as_it_was_written() {
        let segment = |page, start, end| Segment { page, span: Span { start, end } };
        let row = ChunkRow {
            document: Uuid::from_u128(7),
            version: 2,
            ordinal: 3,
            language: Language::De,
            core: vec![segment(1, 0, 10), segment(2, 0, 4)],
            heading: vec!["Anhang".into(), "Rückstellungen".into()],
            text: "Anhang Rückstellungen Text".into(),
            terms: "anhang ruckstell text".into(),
            sentences: vec![
                SentenceRow { segments: vec![segment(1, 0, 5)], terms: "anhang".into(), vector: Some(0) },
                SentenceRow { segments: vec![segment(1, 5, 10), segment(2, 0, 4)], terms: String::new(), vector: None },
            ],
            vector: vec![0.6, 0.8],
            sentence_codes: vec![1, 2, 3],
            word_codes: vec![4, 5],
        };
        let read = candidates(&batch(std::slice::from_ref(&row), 2).unwrap()).unwrap();
        assert_eq!(read.len(), 1);
        assert_eq!(read[0].document, key(row.document, 2));
        assert_eq!((&read[0].core, &read[0].heading, &read[0].terms), (&row.core, &row.heading, &row.terms));
        assert_eq!(
            (&read[0].sentences, &read[0].vector, &read[0].sentence_codes, &read[0].word_codes),
            (&row.sentences, &row.vector, &row.sentence_codes, &row.word_codes)
        );
        assert_eq!((read[0].ordinal, read[0].language), (3, Language::De));
    }
}
