//! multilingual-e5-small in 8 bits.

use beleg::{
    embed::EmbeddingModel,
    model::{Found, status},
};
use proptest::prelude::*;
use serde::Deserialize;

use super::{cosine, default_model, folder, open};

/// Sentences, German and then the same in English, and the cosine of each to those before it, from the f32 weights in
/// ONNX Runtime for Python with the `tokenizers` package.
#[derive(Deserialize)]
struct Golden {
    text: String,
    cosines: Vec<f32>,
}

fn golden() -> Vec<Golden> {
    serde_json::from_str(include_str!("e5_small_f32.json")).unwrap()
}

fn vectors() -> Vec<Vec<f32>> {
    let golden = golden();
    let texts: Vec<&str> = golden.iter().map(|golden| golden.text.as_str()).collect();
    default_model().embed_passages(&texts).unwrap()
}

#[test]
fn cosines_are_those_of_the_f32_model() {
    let vectors = vectors();
    let mut differences = Vec::new();
    for (row, golden) in golden().iter().enumerate() {
        assert_eq!(golden.cosines.len(), row);
        for (column, wanted) in golden.cosines.iter().enumerate() {
            differences.push((cosine(&vectors[row], &vectors[column]) - wanted).abs());
        }
    }
    // 8 bits turn a vector by 6° at most (cosine .994), and processors without VNNI a little more.
    let mean = differences.iter().sum::<f32>() / differences.len() as f32;
    let most = differences.iter().copied().fold(0.0, f32::max);
    assert!(mean < 0.01 && most < 0.04, "mean {mean}, most {most}");
}

#[test]
fn a_german_sentence_is_nearest_to_its_translation() {
    let vectors = vectors();
    let (german, english) = vectors.split_at(10);
    for (at, sentence) in german.iter().enumerate() {
        let nearest = (0..10).max_by(|a, b| cosine(sentence, &english[*a]).total_cmp(&cosine(sentence, &english[*b])));
        assert_eq!(nearest, Some(at));
    }
}

#[test]
fn a_question_finds_its_passage() {
    let question = default_model().embed_query("How much are the provisions for pensions?").unwrap();
    let vectors = vectors();
    let nearest = (0..10).max_by(|a, b| cosine(&question, &vectors[*a]).total_cmp(&cosine(&question, &vectors[*b])));
    assert_eq!(nearest, Some(0));
}

#[test]
fn it_says_what_it_is() {
    let model = default_model();
    assert_eq!(model.dimensions(), 384);
    assert_eq!(model.name(), beleg::model::DEFAULT);
    assert_eq!(model.identity().len(), 64);
    // 512 less the two special tokens and "passage", ":".
    assert_eq!(model.max_tokens(), 508);
    let status = status();
    assert!(matches!(&status.runtime, Found::Present(runtime) if runtime.version.starts_with("1.")), "{status:?}");
    assert!(matches!(&status.default_model, Found::Present(found) if found.path == folder() && found.is_default));
    assert_eq!(status.fix, None);
}

#[test]
fn a_budget_of_tokens_is_all_that_is_read() {
    let model = default_model();
    let tokenizer = model.tokenizer();
    let whole = "Rückstellung ".repeat(1_000);
    let ends = tokenizer.token_ends(&whole).unwrap();
    let fits = &whole[..ends[model.max_tokens() - 1] as usize];
    assert_eq!(tokenizer.count(fits).unwrap(), model.max_tokens());
    let vectors = model.embed_passages(&[fits, &whole]).unwrap();
    assert_eq!(vectors[0], vectors[1]);
}

#[test]
fn a_million_characters_and_none_are_embedded_too() {
    let model = default_model();
    let long = "ab".repeat(500_000);
    for vector in [model.embed_query(&long).unwrap(), model.embed_query("").unwrap(), model.embed_query("\0\u{fffd}").unwrap()] {
        assert!((cosine(&vector, &vector) - 1.0).abs() < 1e-5);
    }
    assert!(model.embed_passages(&[]).unwrap().is_empty());
}

#[test]
fn many_callers_share_one_model() {
    let vectors = vectors();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..3 {
                    assert_eq!(super::default_model::vectors(), vectors);
                }
            });
        }
    });
}

#[test]
fn opened_again_it_gives_the_same_vectors() {
    let again = open(&folder()).unwrap();
    assert_eq!(again.identity(), default_model().identity());
    assert_eq!(again.embed_query("Saldenbestätigung").unwrap(), default_model().embed_query("Saldenbestätigung").unwrap());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn a_vector_depends_on_its_own_text_alone(texts in proptest::collection::vec("[a-zA-Zäöüß0-9 .,%]{0,120}", 1..12)) {
        let model = default_model();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let together = model.embed_passages(&texts).unwrap();
        for (text, vector) in texts.iter().zip(&together) {
            prop_assert_eq!(&model.embed_passages(&[text]).unwrap()[0], vector);
            prop_assert!((cosine(vector, vector) - 1.0).abs() < 1e-5);
        }
    }
}
