use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use async_trait::async_trait;

use super::{
    endpoint::{About, Endpoint, Limits},
    *,
};
use crate::{
    Result,
    embed::{EmbeddingModel, FakeModel, Purpose, Text},
    tokenize::Tokenizer,
    wire::Failure,
};

/// A provider that has the vectors of the fake model, takes so many bytes, and notes what it is asked.
struct Fake {
    model: FakeModel,
    takes_bytes: usize,
    asked: Arc<Mutex<Vec<Vec<String>>>>,
    at_once: AtomicUsize,
    most_at_once: Arc<AtomicUsize>,
}

#[async_trait]
impl Endpoint for Fake {
    async fn embed(&self, _: Purpose, texts: &[String]) -> Result<Vec<Vec<f32>>> {
        self.asked.lock().unwrap().push(texts.to_vec());
        let at_once = self.at_once.fetch_add(1, Ordering::SeqCst) + 1;
        self.most_at_once.fetch_max(at_once, Ordering::SeqCst);
        tokio::task::yield_now().await;
        self.at_once.fetch_sub(1, Ordering::SeqCst);
        if texts.iter().map(String::len).sum::<usize>() > self.takes_bytes {
            return Err(Failure::TooLong.error());
        }
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        // As long as it likes.
        let vectors = self.model.embed_passages(&texts)?;
        Ok(vectors.into_iter().map(|vector| vector.into_iter().map(|value| value * 7.0).collect()).collect())
    }
}

struct Opened {
    model: RemoteModel,
    asked: Arc<Mutex<Vec<Vec<String>>>>,
    most_at_once: Arc<AtomicUsize>,
}

const USUAL: Limits = Limits { texts: 8, bytes: 1000, parallel: 3, tokens: 514, chars: usize::MAX };

fn about(limits: Limits) -> About {
    About {
        provider: "test",
        name: "model-1".to_owned(),
        is_external: true,
        along: Vec::new(),
        dimensions: None,
        limits,
        passage_prefix: String::new(),
    }
}

fn opened(limits: Limits, takes_bytes: usize) -> Opened {
    let (asked, most_at_once) = (Arc::default(), Arc::default());
    let endpoint = Fake {
        model: FakeModel::new(16),
        takes_bytes,
        asked: Arc::clone(&asked),
        at_once: AtomicUsize::new(0),
        most_at_once: Arc::clone(&most_at_once),
    };
    let model = RemoteModel::open(about(limits), endpoint).unwrap();
    asked.lock().unwrap().clear();
    Opened { model, asked, most_at_once }
}

fn same(a: &[f32], b: &[f32]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-6)
}

fn numbered(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("Beleg-{number}")).collect()
}

#[test]
fn vectors_come_in_the_order_of_the_texts_however_they_are_sent() {
    let texts = numbered(100);
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let expected = FakeModel::new(16).embed_passages(&texts).unwrap();
    for limits in
        [USUAL, Limits { texts: 1, ..USUAL }, Limits { bytes: 1, ..USUAL }, Limits { texts: 1000, bytes: 1 << 20, ..USUAL }]
    {
        let opened = opened(limits, usize::MAX);
        let found = opened.model.embed_passages(&texts).unwrap();
        assert!(found.iter().zip(&expected).all(|(found, expected)| same(found, expected)) && found.len() == 100);
        let asked = opened.asked.lock().unwrap();
        assert!(asked.iter().all(|batch| batch.len() <= limits.texts.max(1)));
        assert!(opened.most_at_once.load(Ordering::SeqCst) <= limits.parallel);
        assert_eq!(asked.iter().map(Vec::len).sum::<usize>(), 100);
    }
    assert!(opened(USUAL, 1000).model.embed_passages(&[]).unwrap().is_empty());
}

#[test]
fn it_is_asked_from_any_thread_and_from_within_any_runtime_without_a_panic_or_an_endless_wait() {
    let model = Arc::new(opened(USUAL, usize::MAX).model);
    let expected = FakeModel::new(16).embed_query("Beleg").unwrap();
    assert!(same(&model.embed_query("Beleg").unwrap(), &expected), "no runtime");
    let single = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let several = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
    for runtime in [&single, &several] {
        let asking = model.clone();
        let direct = runtime.block_on(async { asking.embed_query("Beleg") });
        assert!(same(&direct.unwrap(), &expected), "in the middle of a future");
        let asking = model.clone();
        let spawned = runtime.block_on(async move { tokio::spawn(async move { asking.embed_query("Beleg") }).await.unwrap() });
        assert!(same(&spawned.unwrap(), &expected), "in a task");
        let asking = model.clone();
        let blocking =
            runtime.block_on(async move { tokio::task::spawn_blocking(move || asking.embed_query("Beleg")).await.unwrap() });
        assert!(same(&blocking.unwrap(), &expected), "on a thread that may block");
    }
    let many: Vec<_> = (0..8)
        .map(|number| {
            let model = model.clone();
            std::thread::spawn(move || model.embed_passages(&vec!["Beleg"; 20 + number]).unwrap().len())
        })
        .collect();
    assert_eq!(many.into_iter().map(|thread| thread.join().unwrap()).sum::<usize>(), 188);
    // The last one that holds it may be a future.
    single.block_on(async move { drop(model) });
}

#[test]
fn a_text_that_is_too_long_has_the_mean_of_its_pieces_and_nothing_of_it_is_left_out() {
    let long = numbered(60).join(" ");
    let by_estimate = opened(Limits { tokens: 102, ..USUAL }, usize::MAX);
    let by_characters = opened(Limits { chars: 90, ..USUAL }, usize::MAX);
    let by_refusal = opened(Limits { texts: 1, ..USUAL }, 90);
    for (opened, longest) in [(by_estimate, 150), (by_characters, 90), (by_refusal, 90)] {
        let found = opened.model.embed_passages(&["kurz", &long, "auch kurz"]).unwrap();
        let asked = std::mem::take(&mut *opened.asked.lock().unwrap()).concat();
        let pieces: Vec<&String> = asked.iter().filter(|text| text.len() <= longest && !text.contains("kurz")).collect();
        assert_eq!(pieces.iter().map(|piece| piece.as_str()).collect::<String>(), long);
        assert!(same(&found[2], &FakeModel::new(16).embed_query("auch kurz").unwrap()));
        assert!(same(&found[1], &opened.model.embed_query(&long).unwrap()), "it is a function of the text");
        let mut mean = [0.0; 16];
        for piece in &pieces {
            let vector = FakeModel::new(16).embed_query(piece).unwrap();
            mean.iter_mut().zip(vector).for_each(|(mean, value)| *mean += value * piece.len() as f32);
        }
        let length = mean.iter().map(|value| value * value).sum::<f32>().sqrt();
        mean.iter_mut().for_each(|value| *value /= length);
        let cosine: f32 = mean.iter().zip(&found[1]).map(|(a, b)| a * b).sum();
        assert!(cosine > 0.99, "{cosine}");
    }
}

#[test]
fn a_provider_to_which_everything_is_too_long_is_given_up_after_a_few_requests() {
    let opened = opened(Limits { tokens: 10_000, bytes: 1 << 20, ..USUAL }, 10);
    let error = opened.model.embed_passages(&[&"Beleg ".repeat(2000)]).unwrap_err();
    assert_eq!(Failure::of(&error), Some(Failure::TooLong));
    assert!(opened.asked.lock().unwrap().len() < 20);
}

#[test]
fn a_blank_text_has_a_vector_and_words_have_none() {
    let opened = opened(USUAL, usize::MAX);
    let found = opened
        .model
        .embed(Purpose::Passage, &[Text { text: " \n", words: &[] }, Text { text: "ein Wort", words: &[0..3, 4..8] }]);
    let found = found.unwrap();
    assert!(same(&found[0].vector, &FakeModel::new(16).embed_query(".").unwrap()));
    assert_eq!(found[1].words, vec![Vec::<f32>::new(); 2]);
}

#[test]
fn the_budget_of_a_passage_leaves_room_for_special_tokens_and_its_prefix() {
    assert_eq!(opened(USUAL, usize::MAX).model.max_tokens(), 512);
    let prefixed = About { passage_prefix: "passage: ".to_owned(), dimensions: Some(16), ..about(USUAL) };
    let endpoint = || Fake {
        model: FakeModel::new(16),
        takes_bytes: 0,
        asked: Arc::default(),
        at_once: AtomicUsize::new(0),
        most_at_once: Arc::default(),
    };
    let model = RemoteModel::open(prefixed, endpoint()).unwrap();
    assert_eq!((model.max_tokens(), model.dimensions()), (506, 16));
    struct Bytes;
    impl Tokenizer for Bytes {
        fn encode(&self, text: &str, _: usize) -> Result<Vec<u32>> {
            Ok(vec![0; text.len()])
        }
        fn count(&self, text: &str) -> Result<usize> {
            Ok(text.len())
        }
        fn token_ends(&self, text: &str) -> Result<Vec<u32>> {
            Ok((1..=text.len() as u32).collect())
        }
        fn special_tokens(&self) -> crate::tokenize::SpecialTokens {
            crate::tokenize::SpecialTokens::default()
        }
    }
    let counted = opened(USUAL, usize::MAX).model.with_tokenizer(Arc::new(Bytes));
    assert_eq!((counted.max_tokens(), counted.tokenizer().count("abc").unwrap()), (514, 3));
    for wrong in [0, 8193] {
        let error = RemoteModel::open(About { dimensions: Some(wrong), ..about(USUAL) }, endpoint()).unwrap_err();
        assert_eq!(error.code(), "provider.settings");
    }
}

#[test]
fn a_model_is_identified_by_all_that_is_known_of_it() {
    let endpoint = || Fake {
        model: FakeModel::new(16),
        takes_bytes: usize::MAX,
        asked: Arc::default(),
        at_once: AtomicUsize::new(0),
        most_at_once: Arc::default(),
    };
    let identity = |about| RemoteModel::open(about, endpoint()).unwrap().identity().to_owned();
    let usual = identity(about(USUAL));
    assert!(usual.len() == 64 && usual.bytes().all(|byte| byte.is_ascii_hexdigit()));
    assert_eq!(usual, identity(About { dimensions: Some(16), ..about(USUAL) }), "learned or asked for");
    assert_eq!(usual, identity(about(Limits { parallel: 1, ..USUAL })), "how it is asked does not change its vectors");
    let others = [
        About { dimensions: Some(8), ..about(USUAL) },
        About { name: "model-2".to_owned(), ..about(USUAL) },
        About { provider: "other", ..about(USUAL) },
        About { along: vec![("passage", "p: ".to_owned()), ("question", String::new())], ..about(USUAL) },
        About { along: vec![("passage", String::new()), ("question", "p: ".to_owned())], ..about(USUAL) },
    ];
    let mut all: Vec<String> = others.into_iter().map(identity).chain([usual]).collect();
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 6);
    // Frozen: a corpus keeps it.
    assert_eq!(identity(about(USUAL)), "13466dfab8612586247be1e7a1208bbb182cc5d82b4a56f1c754fdad81197de0");
}
