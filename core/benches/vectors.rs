//! Search among vectors of 384 dimensions, beside an exact scan of the same vectors as `f32` in the same run.

use std::hint::black_box;

use beleg::index::vectors::{Bitmap, VectorSet};
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};

const DIMENSIONS: usize = 384;

/// Vectors of length 1 around a common direction, as embeddings of text are.
fn cone(count: usize, seed: u64) -> Vec<f32> {
    let mut state = seed;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / (1u64 << 24) as f32 - 0.5
    };
    let mut all = Vec::with_capacity(count * DIMENSIONS);
    for _ in 0..count {
        let vector: Vec<f32> = (0..DIMENSIONS).map(|_| 0.4 + next()).collect();
        let norm = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
        all.extend(vector.iter().map(|x| x / norm));
    }
    all
}

/// What the codes are measured against: 16 sums at a time, so that the compiler may vectorise it.
fn scan_f32(vectors: &[f32], query: &[f32], k: usize) -> Vec<(u32, f32)> {
    let mut scores: Vec<(u32, f32)> = (0..)
        .zip(vectors.chunks_exact(query.len()))
        .map(|(ordinal, row)| {
            let mut sums = [0f32; 32];
            for (a, b) in row.as_chunks::<32>().0.iter().zip(query.as_chunks::<32>().0) {
                for i in 0..32 {
                    sums[i] += a[i] * b[i];
                }
            }
            (ordinal, sums.iter().sum())
        })
        .collect();
    scores.select_nth_unstable_by(k - 1, |a, b| b.1.total_cmp(&a.1));
    scores.truncate(k);
    scores
}

fn search(c: &mut Criterion) {
    let sizes: &[usize] =
        if std::env::var_os("BELEG_BENCH_LARGE").is_some() { &[10_000, 100_000, 1_000_000] } else { &[10_000, 100_000] };
    let query = cone(1, 77);
    for &count in sizes {
        let vectors = cone(count, 1);
        let mut set = VectorSet::new(DIMENSIONS).expect("384 is a number of dimensions");
        for vector in vectors.chunks_exact(DIMENSIONS) {
            set.push(vector).expect("the vector has a direction");
        }
        let few: Bitmap = (0..count as u32).step_by(20).take(4000).collect();
        let mut group = c.benchmark_group("vectors");
        group.sample_size(20);
        group.bench_function(BenchmarkId::new("f32 scan", count), |b| b.iter(|| scan_f32(&vectors, black_box(&query), 10)));
        group.bench_function(BenchmarkId::new("search", count), |b| b.iter(|| set.search(black_box(&query), 10, None)));
        group.bench_function(BenchmarkId::new("search, 4,000 permitted at most", count), |b| {
            b.iter(|| set.search(black_box(&query), 10, Some(&few)))
        });
        group.finish();
    }
}

criterion_group!(benches, search);
criterion_main!(benches);
