//! Text → vectors, with the default model: tokens a second of paragraphs and of sentences, and the time of a question.

#![allow(clippy::print_stderr)]

mod shared;

use std::{hint::black_box, process::exit};

use beleg::{
    embed::{
        EmbeddingModel,
        onnx::{OnnxModel, OnnxOptions},
    },
    model,
};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

use shared::{Numbers, sentence};

/// The model that is there: a bench fetches nothing, and one that measured nothing must not look like one that did.
fn model() -> OnnxModel {
    let opened = model::folder(model::DEFAULT).and_then(|folder| OnnxModel::open(folder, &OnnxOptions::default()));
    opened.unwrap_or_else(|error| {
        eprintln!("error: the embedding model cannot be measured: {error}");
        exit(3)
    })
}

fn embed(c: &mut Criterion) {
    let model = model();
    let mut numbers = Numbers::new(1);
    let sentences: Vec<String> = (0..128).map(|_| sentence(&mut numbers)).collect();
    let paragraphs: Vec<String> = sentences.chunks(4).map(|four| four.join(" ")).collect();
    let tokenizer = model.tokenizer();
    let mut group = c.benchmark_group("embed");
    group.sample_size(10);
    for (name, texts) in [("paragraphs, tokens", &paragraphs), ("sentences, tokens", &sentences)] {
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let tokens: usize = texts.iter().filter_map(|text| tokenizer.count(text).ok()).sum();
        group.throughput(Throughput::Elements(tokens as u64));
        group.bench_function(name, |b| b.iter(|| model.embed_passages(black_box(&texts))));
    }
    group.throughput(Throughput::Elements(1));
    group.bench_function("a question", |b| {
        b.iter(|| model.embed_query(black_box("Wie hoch sind die Pensionsrückstellungen zum 31.12.2025?")))
    });
    group.finish();
}

criterion_group!(benches, embed);
criterion_main!(benches);
