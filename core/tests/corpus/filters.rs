use std::collections::BTreeSet;

use arrow_array::{Float32Array, cast::AsArray, types::Float32Type};
use beleg::{
    corpus::{Corpus, Filter, Hit, IngestOptions, Mode, Source, SourceBytes},
    embed::EmbeddingModel,
    index::chunks::key,
    types::Language,
};
use futures::TryStreamExt;
use jiff::civil::date;

use crate::support::{Place, hits, model, search};

/// A sequence of numbers that is the same every time.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end as u64) as usize
    }

    fn some<T: Clone>(&mut self, of: &[T]) -> Vec<T> {
        of.iter().filter(|_| self.below(3) == 0).cloned().collect()
    }
}

const GERMAN: [&str; 8] = ["Rückstellung", "Forderung", "Prüfung", "Umsatz", "Vertrag", "Saldo", "Konto", "Abschreibung"];
const ENGLISH: [&str; 8] = ["provision", "receivable", "audit", "revenue", "contract", "balance", "account", "depreciation"];

fn document(i: usize, numbers: &mut Numbers) -> Source {
    let german = numbers.below(2) == 0;
    let mut word = || if german { GERMAN[numbers.below(8)] } else { ENGLISH[numbers.below(8)] };
    let sentence = match german {
        true => format!(
            "Die {} und die {} wurden mit der {} der Gesellschaft verglichen und sind in Ordnung.",
            word(),
            word(),
            word()
        ),
        false => {
            format!("The {} and the {} were compared with the {} of the company and are in good order.", word(), word(), word())
        }
    };
    let (name, bytes) = match numbers.below(3) {
        0 => (format!("d{i}.txt"), sentence),
        1 => (format!("d{i}.md"), format!("# Titel {i}\n\n{sentence}\n")),
        _ => (format!("d{i}.html"), format!("<html><body><p>{sentence}</p></body></html>")),
    };
    Source {
        root: "test".into(),
        name,
        bytes: SourceBytes::Bytes(bytes.into_bytes()),
        labels: numbers.some(&["a", "b", "c"].map(String::from)),
        date: (numbers.below(4) > 0).then(|| date(2025, 1 + numbers.below(12) as i8, 1)),
        ..Source::default()
    }
}

async fn random_corpus(place: &Place, documents: usize, numbers: &mut Numbers) -> Corpus {
    let corpus = place.open().await;
    for i in 0..documents {
        corpus.add(document(i, numbers), IngestOptions::default()).await.unwrap();
    }
    corpus
}

fn places(hits: &[Hit]) -> Vec<(&str, u32, u32)> {
    hits.iter().map(|hit| (hit.document.name.as_str(), hit.page, hit.span.start)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_leaves_exactly_the_hits_whose_documents_it_permits() {
    let mut numbers = Numbers(0x5eed);
    let place = Place::new();
    // Fewer chunks than the pool of candidates, so that a search without filter sees all of them; more fragments than are left apart.
    let corpus = random_corpus(&place, 70, &mut numbers).await;
    let records = corpus.documents().await.unwrap();
    let names: Vec<String> = records.iter().map(|record| record.document.name.clone()).collect();
    let mut tried = [0, 0];
    for _ in 0..60 {
        let months = [date(2025, 3, 1), date(2025, 6, 1), date(2025, 9, 1)];
        let filter = Filter {
            documents: if numbers.below(4) == 0 { numbers.some(&names) } else { Vec::new() },
            types: numbers.some(&["text", "markdown", "html", "pdf"].map(String::from)),
            languages: numbers.some(&[Language::De, Language::En]),
            labels: numbers.some(&["a", "b", "c", "none"].map(String::from)),
            from: numbers.some(&months).first().copied(),
            to: numbers.some(&months).last().copied(),
        };
        let mode = [Mode::Hybrid, Mode::Dense, Mode::Text][numbers.below(3)];
        let query = format!("{} {} company Gesellschaft", GERMAN[numbers.below(8)], ENGLISH[numbers.below(8)]);
        let all = search(&corpus, &query, 100, mode, Filter::default()).await;
        let record = |hit: &Hit| records.iter().find(|record| record.document.id == hit.document.id).unwrap();
        let expected: Vec<Hit> = all.into_iter().filter(|hit| filter.permits(record(hit))).collect();
        let filtered = search(&corpus, &query, 100, mode, filter.clone()).await;
        assert_eq!(places(&filtered), places(&expected), "{query:?} {mode:?} {filter:?}");
        tried[usize::from(expected.is_empty())] += 1;
    }
    assert!(tried[0] >= 20 && tried[1] > 0, "filters that permit something and filters that permit nothing: {tried:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_one_permitted_document_is_found_among_hundreds_of_better_passages() {
    let place = Place::new();
    let text: String =
        (0..40_000).map(|i| if i % 12 == 0 { format!("Wort{i} Saldo. ") } else { format!("Saldo{} ", i % 7) }).collect();
    place.put("gross.txt", text);
    let corpus = place.open().await;
    place.ingest(&corpus).await;
    let rare = Source {
        name: "klein.txt".into(),
        bytes: SourceBytes::Bytes(b"Etwas ganz anderes, mit Saldo nur am Rande.".to_vec()),
        labels: vec!["geheim".into()],
        ..Source::default()
    };
    corpus.add(rare, IngestOptions::default()).await.unwrap();
    let records = corpus.documents().await.unwrap();
    assert!(records[0].chunks > 110, "more than a pool: {}", records[0].chunks);
    for mode in [Mode::Hybrid, Mode::Dense, Mode::Text] {
        let filter = Filter { labels: vec!["geheim".into()], ..Filter::default() };
        let found = search(&corpus, "Saldo", 10, mode, filter).await;
        assert_eq!(found.iter().map(|hit| hit.document.name.as_str()).collect::<Vec<_>>(), ["klein.txt"], "{mode:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn more_hits_never_change_the_order_of_the_first_ones() {
    let mut numbers = Numbers(7);
    let place = Place::new();
    let corpus = random_corpus(&place, 30, &mut numbers).await;
    for mode in [Mode::Hybrid, Mode::Dense, Mode::Text] {
        for query in ["Rückstellung Prüfung", "audit of the balance", "Saldo account"] {
            let three = search(&corpus, query, 3, mode, Filter::default()).await;
            let twenty = search(&corpus, query, 20, mode, Filter::default()).await;
            assert!(twenty.len() >= three.len() && three.len() == 3, "{query} {mode:?}");
            assert_eq!(places(&three), places(&twenty[..3]), "{query} {mode:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_nearest_agrees_with_an_exact_scan_by_lance() {
    let mut numbers = Numbers(99);
    let place = Place::new();
    for i in 0..300 {
        let Source { name, bytes: SourceBytes::Bytes(bytes), .. } = document(i, &mut numbers) else { unreachable!() };
        place.put(&name, bytes);
    }
    let corpus = place.open().await;
    place.ingest(&corpus).await;
    corpus
        .delete(
            &["d0.txt", "d1.txt", "d2.txt", "d0.md", "d1.md", "d2.md", "d0.html", "d1.html", "d2.html"]
                .iter()
                .filter(|name| place.documents().join(name).exists())
                .collect::<Vec<_>>(),
        )
        .await
        .unwrap();
    let dataset = lance::Dataset::open(place.corpus().join("index/chunks-1").to_str().unwrap()).await.unwrap();
    for query in ["Rückstellung Prüfung", "audit of the balance", "Titel 17"] {
        let vector = Float32Array::from(model().embed_query(query).unwrap());
        let mut scan = dataset.scan();
        scan.nearest("vector", &vector, 20).unwrap();
        scan.use_index(false).project(&["document", "vector"]).unwrap();
        let batches: Vec<_> = scan.try_into_stream().await.unwrap().try_collect().await.unwrap();
        let mut exact = Vec::new();
        for batch in &batches {
            let (documents, vectors) = (batch["document"].as_string::<i32>(), batch["vector"].as_fixed_size_list());
            for i in 0..batch.num_rows() {
                let row = vectors.value(i);
                let cosine: f32 =
                    row.as_primitive::<Float32Type>().values().iter().zip(vector.values()).map(|(a, b)| a * b).sum();
                exact.push((documents.value(i).to_owned(), cosine));
            }
        }
        assert_eq!(exact.len(), 20);
        let found = search(&corpus, query, 100, Mode::Dense, Filter::default()).await;
        let least = exact.iter().map(|(_, cosine)| *cosine).fold(1.0, f32::min);
        // Those that are as near as the last one are there for any of them.
        for (document, cosine) in exact.iter().filter(|(_, cosine)| *cosine > least + 1e-4) {
            let hit = found.iter().find(|hit| key(hit.document.id, hit.document.version) == *document);
            let hit = hit.unwrap_or_else(|| panic!("{query}: {document} with cosine {cosine} is not among the candidates"));
            assert!((hit.scores.dense - cosine).abs() < 1e-4, "{query}: {} is not {cosine}", hit.scores.dense);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn coverage_counts_what_the_filter_permits() {
    let place = Place::new();
    place.put("a.txt", "Eins.");
    place.put("b.md", "# Zwei\n\nZwei.\n");
    place.put("c.txt", "");
    let corpus = place.open().await;
    place.ingest(&corpus).await;
    let filter = Filter { types: vec!["text".into()], ..Filter::default() };
    let result = corpus.search("Eins", beleg::corpus::SearchOptions { filter, ..Default::default() }).await.unwrap();
    assert_eq!((result.coverage.documents, result.coverage.pages, result.coverage.filter), (1, 1, true));
    let all: BTreeSet<_> = hits(&corpus, "Eins", Filter::default()).await.into_iter().map(|hit| hit.document.name).collect();
    assert_eq!(all.len(), 2);
    assert_eq!(corpus.coverage().await.unwrap().failed, 1);
}
