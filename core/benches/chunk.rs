//! How fast documents are cut, tokenizing aside: a token is a word, so that little is measured but the cutting.

use std::{hint::black_box, sync::Arc};

use beleg::{
    Result,
    chunk::{ChunkOptions, Chunker, sentences},
    tokenize::{SpecialTokens, Tokenizer},
    types::{Block, BlockKind, Page, Span},
};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

/// A token a word.
struct Words;

impl Tokenizer for Words {
    fn encode(&self, text: &str, max_tokens: usize) -> Result<Vec<u32>> {
        Ok(vec![0; self.count(text)?.min(max_tokens)])
    }
    fn count(&self, text: &str) -> Result<usize> {
        Ok(text.split_ascii_whitespace().count())
    }
    fn token_ends(&self, text: &str) -> Result<Vec<u32>> {
        let end = |word: &str| (word.as_ptr() as usize - text.as_ptr() as usize + word.len()) as u32;
        Ok(text.split_ascii_whitespace().map(end).collect())
    }
    fn special_tokens(&self) -> SpecialTokens {
        SpecialTokens::default()
    }
}

const PARAGRAPH: &str = "Die Gesellschaft hat nach § 253 Abs. 1 S. 2 HGB Rückstellungen von 4,2 Mio. EUR gebildet. Sie decken z. B. Pensionen,\n\
    Prozesse und Gewährleistung. Wir haben die Berechnung zum 31. Dezember 2025 nachvollzogen; Beanstandungen ergaben\n\
    sich nicht. The group also reports under IFRS, i.e. the figures differ. See Note 12 for a reconciliation.";

/// 200 pages: a heading and eight paragraphs each.
fn report() -> Vec<Page> {
    let page = |number| {
        let mut page = Page { number, ..Page::default() };
        let mut add = |kind, text: &str| {
            let start = page.text.len();
            page.text.push_str(text);
            page.blocks.push(Block { span: Span::new(start, page.text.len()), kind, anchor: None, cells: Vec::new() });
            page.text.push('\n');
        };
        add(BlockKind::Heading { level: 2 }, &format!("Abschnitt {number}"));
        (0..8).for_each(|_| add(BlockKind::Paragraph, PARAGRAPH));
        page
    };
    (1..=200).map(page).collect()
}

fn cutting(c: &mut Criterion) {
    let pages = report();
    let text: String = pages.iter().map(|page| page.text.as_str()).collect();
    let tokens = text.split_whitespace().count() as u64;
    let Ok(chunker) = Chunker::new(Arc::new(Words), ChunkOptions::default()) else { return };
    let mut group = c.benchmark_group("chunk");
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("sentences, bytes", |b| b.iter(|| sentences(black_box(&text))));
    group.bench_function("chunks, bytes", |b| b.iter(|| chunker.chunk(black_box(&pages))));
    group.throughput(Throughput::Elements(tokens));
    group.bench_function("chunks, words", |b| b.iter(|| chunker.chunk(black_box(&pages))));
    group.finish();
}

criterion_group!(benches, cutting);
criterion_main!(benches);
