//! Folders of other models, as sentence-transformers lays them out.
//!
//! The model looks up a row of three values for each token; what it should give is worked out by hand.

use std::{fs, path::Path};

use beleg::embed::{EmbeddingModel, Purpose, Text, onnx::Pooling};
use serde_json::json;

use super::open;

/// Row of each token: `[CLS]`, `[SEP]`, `[UNK]`, "query", "beleg", "bank".
const ROWS: [[f32; 3]; 6] =
    [[0.0, 0.0, 6.0], [0.0, 3.0, 0.0], [0.0, 0.0, 0.0], [9.0, 0.0, 0.0], [1.0, 2.0, 0.0], [2.0, -1.0, 0.0]];

/// A message of Protocol Buffers from its fields, each with its number.
fn message(fields: &[(u8, Field<'_>)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (number, field) in fields {
        match field {
            Field::Int(value) => bytes.extend([number << 3, *value]),
            Field::Bytes(value) => {
                bytes.push(number << 3 | 2);
                let mut length = value.len();
                while length >= 0x80 {
                    bytes.push(length as u8 | 0x80);
                    length >>= 7;
                }
                bytes.push(length as u8);
                bytes.extend_from_slice(value);
            }
        }
    }
    bytes
}

enum Field<'a> {
    /// Below 128.
    Int(u8),
    Bytes(&'a [u8]),
}
use Field::{Bytes, Int};

fn graph(inputs: &[&str], output: &str, pools: bool) -> Vec<u8> {
    graph_of(&ROWS, inputs, output, pools)
}

/// `output = Gather(rows, input_ids)`, and the mean over the tokens when it `pools`. Takes token types that it ignores.
pub(super) fn graph_of<const N: usize>(rows: &[[f32; N]], inputs: &[&str], output: &str, pools: bool) -> Vec<u8> {
    let shape = [rows.len(), N].map(|size| u8::try_from(size).unwrap());
    let rows: Vec<u8> = rows.iter().flatten().flat_map(|value| value.to_le_bytes()).collect();
    let rows = message(&[(1, Int(shape[0])), (1, Int(shape[1])), (2, Int(1)), (8, Bytes(b"rows")), (9, Bytes(&rows))]);
    let axis: Vec<u8> = 1i64.to_le_bytes().to_vec();
    let axis = message(&[(1, Int(1)), (2, Int(7)), (8, Bytes(b"axis")), (9, Bytes(&axis))]);
    let looked_up = if pools { "looked_up" } else { output };
    let gather =
        message(&[(1, Bytes(b"rows")), (1, Bytes(b"input_ids")), (2, Bytes(looked_up.as_bytes())), (4, Bytes(b"Gather"))]);
    let keep = message(&[(1, Bytes(b"keepdims")), (3, Int(0)), (20 % 16, Int(2))]);
    // The field number of `type` is 20: two bytes of tag.
    let keep = [&keep[..keep.len() - 2], &[0xa0, 0x01, 0x02]].concat();
    let mean = message(&[
        (1, Bytes(b"looked_up")),
        (1, Bytes(b"axis")),
        (2, Bytes(output.as_bytes())),
        (4, Bytes(b"ReduceMean")),
        (5, Bytes(&keep)),
    ]);
    let tensor = |kind: u8, dims: &[&str]| {
        let dims: Vec<Vec<u8>> = dims.iter().map(|name| message(&[(2, Bytes(name.as_bytes()))])).collect();
        let dims: Vec<(u8, Field<'_>)> = dims.iter().map(|dim| (1, Bytes(dim))).collect();
        let tensor = message(&[(1, Int(kind)), (2, Bytes(&message(&dims)))]);
        message(&[(1, Bytes(&tensor))])
    };
    let value = |name: &str, of: &[u8]| message(&[(1, Bytes(name.as_bytes())), (2, Bytes(of))]);
    let ids = tensor(7, &["batch", "seq"]);
    let inputs: Vec<Vec<u8>> = inputs.iter().map(|name| value(name, &ids)).collect();
    let out = value(output, &tensor(1, if pools { &["batch", "size"] } else { &["batch", "seq", "size"] }));
    let mut fields = vec![(1, Bytes(gather.as_slice()))];
    if pools {
        fields.push((1, Bytes(&mean)));
    }
    fields.extend([(2, Bytes(b"rows".as_slice())), (5, Bytes(&rows)), (5, Bytes(&axis))]);
    fields.extend(inputs.iter().map(|input| (11, Bytes(input))));
    fields.push((12, Bytes(&out)));
    let opset = message(&[(2, Int(18))]);
    message(&[(1, Int(10)), (7, Bytes(&message(&fields))), (8, Bytes(&opset))])
}

/// A folder with the model, a tokenizer of whole words, and the given files of JSON.
pub(super) fn folder_with(graph: &[u8], files: &[(&str, serde_json::Value)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("model.onnx"), graph).unwrap();
    let token = |id: usize, name: &str| {
        json!({"id": id, "content": name, "single_word": false, "lstrip": false,
        "rstrip": false, "normalized": false, "special": true})
    };
    let special = |name: &str| json!({"SpecialToken": {"id": name, "type_id": 0}});
    let ids = |name: &str, id: usize| json!({"id": name, "ids": [id], "tokens": [name]});
    let tokenizer = json!({
        "version": "1.0", "truncation": {"direction": "Right", "max_length": 2, "strategy": "LongestFirst", "stride": 0},
        "padding": {"strategy": {"Fixed": 9}, "direction": "Right", "pad_to_multiple_of": null, "pad_id": 2,
            "pad_type_id": 0, "pad_token": "[UNK]"},
        "added_tokens": [token(0, "[CLS]"), token(1, "[SEP]"), token(2, "[UNK]")],
        "normalizer": {"type": "Lowercase"}, "pre_tokenizer": {"type": "WhitespaceSplit"},
        "post_processor": {"type": "TemplateProcessing", "single": [special("[CLS]"), {"Sequence": {"id": "A", "type_id": 0}},
            special("[SEP]")], "pair": [special("[CLS]"), {"Sequence": {"id": "A", "type_id": 0}}, special("[SEP]"),
            {"Sequence": {"id": "B", "type_id": 1}}, special("[SEP]")],
            "special_tokens": {"[CLS]": ids("[CLS]", 0), "[SEP]": ids("[SEP]", 1)}},
        "decoder": null,
        "model": {"type": "WordLevel", "unk_token": "[UNK]",
            "vocab": {"[CLS]": 0, "[SEP]": 1, "[UNK]": 2, "query": 3, "beleg": 4, "bank": 5}},
    });
    let write = |name: &str, value: &serde_json::Value| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap_or(Path::new(""))).unwrap();
        fs::write(path, value.to_string()).unwrap();
    };
    write("tokenizer.json", &tokenizer);
    files.iter().for_each(|(name, value)| write(name, value));
    folder
}

pub(super) fn plain_graph() -> Vec<u8> {
    graph(&["input_ids", "attention_mask", "token_type_ids"], "last_hidden_state", false)
}

/// Nothing but length differs.
fn assert_points_to(vector: &[f32], wanted: [f32; 3]) {
    let length = wanted.iter().map(|value| value * value).sum::<f32>().sqrt();
    for (value, wanted) in vector.iter().zip(wanted) {
        assert!((value - wanted / length).abs() < 1e-6, "{vector:?} is not {wanted:?}");
    }
}

#[test]
fn pooling_is_what_the_folder_says() {
    super::folder();
    // Of "[CLS] beleg bank [SEP]".
    let wanted = [
        ("mean", json!({"pooling_mode_mean_tokens": true, "pooling_mode_cls_token": false}), [3.0, 4.0, 6.0]),
        ("cls", json!({"pooling_mode_cls_token": true}), [0.0, 0.0, 6.0]),
        ("max", json!({"pooling_mode": "max"}), [2.0, 3.0, 6.0]),
        ("lasttoken", json!({"pooling_mode": "lasttoken"}), [0.0, 3.0, 0.0]),
    ];
    for (name, file, wanted) in wanted {
        let modules = json!([{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
            {"idx": 1, "name": "1", "path": "pool", "type": "sentence_transformers.models.Pooling"},
            {"idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"}]);
        let folder = folder_with(&plain_graph(), &[("modules.json", modules), ("pool/config.json", file)]);
        let model = open(folder.path()).unwrap();
        assert_eq!(model.dimensions(), 3, "{name}");
        assert_points_to(&model.embed_passages(&["Beleg Bank"]).unwrap()[0], wanted);
    }
}

#[test]
fn without_a_word_about_pooling_it_is_the_mean() {
    super::folder();
    let folder = folder_with(&plain_graph(), &[("config.json", json!({"hidden_size": 3, "max_position_embeddings": 64}))]);
    let model = open(folder.path()).unwrap();
    assert_eq!(model.config().pooling, Pooling::Mean);
    assert_eq!(model.max_tokens(), 62);
    assert_points_to(&model.embed_query("bank").unwrap(), [2.0, 2.0, 6.0]);
}

#[test]
fn prompts_of_sentence_transformers_are_put_before_texts() {
    super::folder();
    let prompts = json!({"prompts": {"query": "query ", "document": ""}, "default_prompt_name": null});
    let lengths = json!({"max_seq_length": 5, "do_lower_case": false});
    let files = [("config_sentence_transformers.json", prompts), ("sentence_bert_config.json", lengths)];
    let folder = folder_with(&plain_graph(), &files);
    let model = open(folder.path()).unwrap();
    assert_points_to(&model.embed_query("bank").unwrap(), [11.0, 2.0, 6.0]);
    assert_points_to(&model.embed_passages(&["bank"]).unwrap()[0], [2.0, 2.0, 6.0]);
    // Five tokens at most, and the truncation and padding of tokenizer.json are not used.
    assert_eq!(model.max_tokens(), 3);
    assert_points_to(&model.embed_passages(&["bank bank bank beleg beleg"]).unwrap()[0], [6.0, 0.0, 6.0]);
}

#[test]
fn a_word_has_the_mean_of_its_tokens_and_one_behind_the_window_has_none() {
    super::folder();
    let lengths = json!({"max_seq_length": 5, "do_lower_case": false});
    let prompts = json!({"prompts": {"query": "query ", "document": ""}, "default_prompt_name": null});
    let files = [("sentence_bert_config.json", lengths), ("config_sentence_transformers.json", prompts)];
    let model = open(folder_with(&plain_graph(), &files).path()).unwrap();
    let words = [0..5, 6..10, 0..10];
    let text = Text { text: "Beleg Bank", words: &words };
    // The rows of "beleg" and "bank" are (1, 2, 0) and (2, -1, 0); "query" before them is no part of a word.
    let wanted = [vec![1.0, 2.0, 0.0], vec![2.0, -1.0, 0.0], vec![1.5, 0.5, 0.0]];
    assert_eq!(model.embed(Purpose::Passage, &[text]).unwrap()[0].words, wanted);
    assert_eq!(model.embed(Purpose::Question, &[text]).unwrap()[0].words, wanted);
    // Three tokens fit beside the two around them.
    let words = [0..4, 10..15, 16..21];
    let cut = Text { text: "bank bank beleg beleg", words: &words };
    assert_eq!(model.embed(Purpose::Passage, &[cut]).unwrap()[0].words, [vec![2.0, -1.0, 0.0], vec![1.0, 2.0, 0.0], vec![]]);
}

#[test]
fn a_graph_that_pools_by_itself_is_taken_as_it_is() {
    super::folder();
    let graph = graph(&["input_ids"], "sentence_embedding", true);
    let folder = folder_with(&graph, &[("beleg-model.json", json!({"pooling": "max", "name": "mine"}))]);
    let model = open(folder.path()).unwrap();
    assert_eq!(model.name(), "mine");
    assert_points_to(&model.embed_query("beleg").unwrap(), [1.0, 5.0, 6.0]);
}

#[test]
fn what_a_vector_depends_on_changes_the_identity_and_nothing_else_does() {
    super::folder();
    let identity =
        |files: &[(&str, serde_json::Value)]| open(folder_with(&plain_graph(), files).path()).unwrap().identity().to_owned();
    let plain = identity(&[]);
    assert_eq!(identity(&[("README.json", json!({})), ("beleg-model.json", json!({"name": "other"}))]), plain);
    for stated in
        [json!({"pooling": "cls"}), json!({"query_prefix": "q "}), json!({"passage_prefix": "p "}), json!({"max_tokens": 9})]
    {
        assert_ne!(identity(&[("beleg-model.json", stated)]), plain);
    }
}

#[test]
fn a_text_without_a_vector_is_an_error_that_does_not_repeat_it() {
    super::folder();
    // All rows of this graph are zero: its vectors have no direction.
    let zero: Vec<u8> = plain_graph();
    let zero = replace_rows_by_zeros(zero);
    let model = open(folder_with(&zero, &[]).path()).unwrap();
    let error = model.embed_passages(&["beleg", "geheim"]).unwrap_err();
    assert_eq!(error.code(), "model.no_vector");
    assert!(!error.to_string().contains("geheim"));
}

fn replace_rows_by_zeros(mut graph: Vec<u8>) -> Vec<u8> {
    let rows: Vec<u8> = ROWS.iter().flatten().flat_map(|value| value.to_le_bytes()).collect();
    let at = graph.windows(rows.len()).position(|window| window == rows).unwrap();
    graph[at..at + rows.len()].fill(0);
    graph
}
