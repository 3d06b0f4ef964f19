//! Token classifiers, as `optimum-cli export onnx --task token-classification` lays them out.
//!
//! The model looks up a row of logits for each token, so that what a text should give is worked out by hand.

use std::{collections::BTreeMap, fs, path::Path, sync::Arc};

use beleg::redact::{ClassifierOptions, Kind, NameFinder, Pseudonyms, RedactSettings, Redactor, TokenClassifier};
use serde_json::json;

use super::other_models::{folder_with, graph_of};

/// Logits of O, B-PER, I-PER, B-LOC for each token of the vocabulary.
const ROWS: [[f32; 4]; 11] = [
    [9.0, 0.0, 0.0, 0.0],
    [9.0, 0.0, 0.0, 0.0],
    [9.0, 0.0, 0.0, 0.0],
    // thomas, mue, ##llerin: a word has the label of its first token.
    [0.0, 9.0, 0.0, 0.0],
    [0.0, 0.0, 9.0, 0.0],
    [9.0, 0.0, 0.0, 0.0],
    // in, bonn, die, zahlt, .
    [9.0, 0.0, 0.0, 0.0],
    [0.0, 0.0, 0.0, 9.0],
    [9.0, 0.0, 0.0, 0.0],
    // A name with a probability of 0.52.
    [0.0, 1.184, 0.0, 0.0],
    [9.0, 0.0, 0.0, 0.0],
];
const VOCABULARY: [&str; 11] = ["[CLS]", "[SEP]", "[UNK]", "thomas", "mü", "##ller", "in", "bonn", "die", "zahlt", "."];

fn config() -> serde_json::Value {
    json!({"model_type": "bert", "max_position_embeddings": 512, "id2label": {"0": "O", "1": "B-PER", "2": "I-PER", "3": "B-LOC"}})
}

fn tokenizer() -> serde_json::Value {
    let vocabulary: BTreeMap<_, _> = VOCABULARY.iter().enumerate().map(|(id, token)| (*token, id)).collect();
    let special = |id: usize| json!({"id": id, "content": VOCABULARY[id], "single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": true});
    let around = json!([{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "[SEP]", "type_id": 0}}]);
    json!({
        "version": "1.0", "truncation": null, "padding": null, "added_tokens": [special(0), special(1), special(2)],
        "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": false, "lowercase": true},
        "pre_tokenizer": {"type": "BertPreTokenizer"}, "decoder": null,
        "post_processor": {"type": "TemplateProcessing", "single": around, "pair": around,
            "special_tokens": {"[CLS]": {"id": "[CLS]", "ids": [0], "tokens": ["[CLS]"]}, "[SEP]": {"id": "[SEP]", "ids": [1], "tokens": ["[SEP]"]}}},
        "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100, "vocab": vocabulary},
    })
}

fn classifier_folder(graph: &[u8], config: serde_json::Value) -> tempfile::TempDir {
    super::folder();
    folder_with(graph, &[("tokenizer.json", tokenizer()), ("config.json", config)])
}

fn graph() -> Vec<u8> {
    graph_of(&ROWS, &["input_ids", "attention_mask", "token_type_ids"], "logits", false)
}

fn open(folder: &Path) -> beleg::Result<TokenClassifier> {
    TokenClassifier::open(&ClassifierOptions { threads: 2, ..ClassifierOptions::new(folder) })
}

fn found(finder: &TokenClassifier, text: &str) -> Vec<String> {
    finder.find(text).unwrap().into_iter().map(|named| format!("{} {}", named.kind, &text[named.span])).collect()
}

#[test]
fn names_are_whole_words_at_their_bytes_in_the_text() {
    let folder = classifier_folder(&graph(), config());
    let finder = open(folder.path()).unwrap();
    assert_eq!(found(&finder, "Öde: »Thomas Müller« in Bonn. Die\u{a0}Thomas"), ["PERSON Thomas Müller", "PERSON Thomas"]);
    assert_eq!(found(&finder, "Thomas Thomas"), ["PERSON Thomas", "PERSON Thomas"]);
    assert!(found(&finder, "").is_empty() && found(&finder, " \n").is_empty());
    assert!(found(&finder, "[CLS] [SEP] </s> \0 \u{202e} 😀").is_empty());
}

#[test]
fn another_meaning_of_a_label_is_a_setting_and_so_is_how_sure_it_must_be() {
    let folder = classifier_folder(&graph(), config());
    let labels = BTreeMap::from([("loc".to_owned(), Kind::Address)]);
    let options = ClassifierOptions { labels, threshold: 0.5, ..ClassifierOptions::new(folder.path()) };
    let finder = TokenClassifier::open(&options).unwrap();
    assert_eq!(found(&finder, "Zahlt in Bonn"), ["PERSON Zahlt", "ADDRESS Bonn"]);
    let sure = TokenClassifier::open(&ClassifierOptions { threshold: 0.6, ..options.clone() }).unwrap();
    assert_eq!(found(&sure, "Zahlt in Bonn"), ["ADDRESS Bonn"]);
    assert_ne!(sure.identity(), finder.identity());
    assert_eq!(TokenClassifier::open(&options).unwrap().identity(), finder.identity());
}

#[test]
fn a_long_text_in_windows_gives_what_it_gives_in_one() {
    let wide = classifier_folder(&graph(), config());
    let text = "die in Thomas Müller. ".repeat(40) + "Bonn Thomas";
    let wanted = found(&open(wide.path()).unwrap(), &text);
    assert_eq!(wanted.len(), 41);
    for length in 3..20 {
        let narrow = classifier_folder(&graph(), json!({"max_position_embeddings": length, "id2label": config()["id2label"]}));
        assert_eq!(found(&open(narrow.path()).unwrap(), &text), wanted, "{length}");
    }
}

#[test]
fn many_texts_at_once_give_what_each_gives_alone() {
    let folder = classifier_folder(&graph(), config());
    let finder = open(folder.path()).unwrap();
    let texts = ["Thomas", "", "die in", "in Thomas Müller", "."];
    let alone: Vec<_> = texts.iter().map(|text| finder.find(text).unwrap()).collect();
    assert_eq!(finder.find_all(&texts).unwrap(), alone);
}

#[test]
fn what_it_finds_is_taken_out_of_the_prompt_and_comes_back() {
    let folder = classifier_folder(&graph(), config());
    let with = Redactor::open(RedactSettings::default(), Some(&ClassifierOptions::new(folder.path()))).unwrap();
    let without = Redactor::new(RedactSettings::default()).unwrap();
    assert_ne!(with.identity(), without.identity());
    let mut pseudonyms = Pseudonyms::new();
    // No list has it as a name.
    assert_eq!(without.redact("Zahlt zahlt", &mut Pseudonyms::new()).unwrap(), "Zahlt zahlt");
    let sent = with.redact("Die Zahlt in Bonn", &mut pseudonyms).unwrap().into_owned();
    assert_eq!(sent, "Die [PERSON_1] in Bonn");
    assert_eq!(pseudonyms.restore(&sent), "Die Zahlt in Bonn");
}

#[test]
fn a_classifier_that_gives_no_numbers_lets_nothing_out_and_says_nothing_of_the_text() {
    let mut rows = ROWS;
    rows[3] = [f32::NAN; 4];
    let folder = classifier_folder(&graph_of(&rows, &["input_ids"], "logits", false), config());
    let redactor =
        Redactor::new(RedactSettings::default()).unwrap().with_name_finder(Arc::new(open(folder.path()).unwrap())).unwrap();
    let error = redactor.redact("in Thomas Geheim", &mut Pseudonyms::new()).unwrap_err();
    assert_eq!(error.code(), "redact.classifier_values");
    assert!(!format!("{error} {error:?}").contains("Geheim"));
}

#[test]
fn a_folder_that_is_no_token_classifier_is_refused_with_what_is_wrong() {
    let refused = |folder: &Path, code: &str| {
        let error = open(folder).unwrap_err();
        assert_eq!(error.code(), code, "{error}");
        assert!(error.hint().is_some(), "{error}");
    };
    refused(Path::new("/nonexistent/model"), "model.folder_missing");
    for file in ["model.onnx", "tokenizer.json", "config.json"] {
        let folder = classifier_folder(&graph(), config());
        fs::write(folder.path().join(file), "<!DOCTYPE html>").unwrap();
        refused(folder.path(), "model.wrong_file");
        fs::remove_file(folder.path().join(file)).unwrap();
        refused(folder.path(), "model.file_missing");
    }
    for (labels, code) in [
        (json!(null), "redact.classifier_labels"),
        (json!({"0": "O", "2": "B-PER"}), "redact.classifier_labels"),
        (json!({"0": "NEGATIVE", "1": "POSITIVE"}), "redact.classifier_labels"),
        (json!({"0": "O", "1": "B-PER"}), "redact.classifier_mismatch"),
        (json!(["O", "B-PER"]), "model.wrong_file"),
    ] {
        refused(classifier_folder(&graph(), json!({"id2label": labels})).path(), code);
    }
    // A classifier of whole texts, and one whose rows are fewer than the vocabulary.
    let of_texts = graph_of(&ROWS, &["input_ids"], "logits", true);
    refused(classifier_folder(&of_texts, config()).path(), "redact.classifier_mismatch");
    let few = graph_of(&ROWS[..5], &["input_ids"], "logits", false);
    refused(classifier_folder(&few, config()).path(), "redact.classifier_mismatch");
    for threshold in [-0.1, 1.5, f32::NAN] {
        let error =
            TokenClassifier::open(&ClassifierOptions { threshold, ..ClassifierOptions::new("/nonexistent") }).unwrap_err();
        assert_eq!(error.code(), "redact.classifier_threshold");
    }
}
