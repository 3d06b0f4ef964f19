//! Text → terms: bytes a second of German text, with the words seen before and with none seen.

use std::hint::black_box;

use beleg::{index::analysis::Analyzer, types::Language};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

const TEXT: &str = "Die Pensionsrückstellungen wurden nach versicherungsmathematischen Grundsätzen bewertet. Zum 31. Dezember 2025 \
    betragen sie 4,2 Mio. EUR (Vorjahr: TEUR 3.987) und sind nach § 253 Abs. 1 S. 2 HGB mit dem Erfüllungsbetrag angesetzt. \
    Die Umsatzerlöse der Gesellschaft stiegen im Geschäftsjahr um 3,5 % auf 1.234.567,89 EUR; wesentliche Forderungsausfälle \
    waren nicht zu verzeichnen. Der Prüfungsausschuss hat den Bericht des Abschlussprüfers am 12.03.2026 zur Kenntnis genommen. ";

fn analysis(c: &mut Criterion) {
    let text = TEXT.repeat(200);
    let mut group = c.benchmark_group("analysis");
    group.sample_size(20).throughput(Throughput::Bytes(text.len() as u64));
    let mut out = String::with_capacity(2 * text.len());
    let mut warm = Analyzer::new();
    group.bench_function("index_text, words seen", |b| {
        b.iter(|| {
            out.clear();
            warm.index_text(black_box(&text), Language::De, &mut out);
        })
    });
    group.throughput(Throughput::Bytes(TEXT.len() as u64));
    group.bench_function("index_text, no words seen, with the lexicon", |b| {
        b.iter(|| {
            out.clear();
            Analyzer::new().index_text(black_box(TEXT), Language::De, &mut out);
        })
    });
    group.finish();
}

criterion_group!(benches, analysis);
criterion_main!(benches);
