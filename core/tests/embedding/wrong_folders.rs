//! What is wrong with a folder or a library is said with a code, a path and what to do.

use std::{fs, path::Path, process::Command};

use beleg::embed::onnx::{OnnxModel, OnnxOptions};
use serde_json::json;

use super::{
    folder, open,
    other_models::{folder_with, plain_graph},
};

/// A copy of the default model's folder whose large files are links.
fn copy_without(left_out: &str) -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(folder()).unwrap() {
        let entry = entry.unwrap();
        if entry.file_name() != left_out {
            fs::hard_link(entry.path(), copy.path().join(entry.file_name()))
                .or_else(|_| fs::copy(entry.path(), copy.path().join(entry.file_name())).map(drop))
                .unwrap();
        }
    }
    copy
}

fn refused(folder: &Path, code: &str, names: &str) {
    let error = open(folder).unwrap_err();
    assert_eq!(error.code(), code, "{error}");
    assert!(error.to_string().contains(names), "{error}");
    assert!(error.hint().is_some(), "{error}");
}

#[test]
fn a_missing_file_is_named() {
    refused(Path::new("/nonexistent/model"), "model.folder_missing", "/nonexistent/model");
    for file in ["model.onnx", "model.onnx.data", "tokenizer.json"] {
        refused(copy_without(file).path(), "model.file_missing", file);
    }
}

#[test]
fn a_file_of_another_kind_is_named() {
    for file in ["model.onnx", "tokenizer.json", "config.json", "beleg-model.json"] {
        let copy = copy_without(file);
        fs::write(copy.path().join(file), "<!DOCTYPE html>").unwrap();
        refused(copy.path(), "model.wrong_file", file);
    }
}

#[test]
fn other_weights_under_the_same_name_are_refused() {
    let copy = copy_without("model.onnx.data");
    let mut data = fs::read(folder().join("model.onnx.data")).unwrap();
    data[50_000_000] ^= 1;
    fs::write(copy.path().join("model.onnx.data"), data).unwrap();
    refused(copy.path(), "model.identity_mismatch", "stated");
}

#[test]
fn files_of_different_models_are_refused() {
    let copy = copy_without("config.json");
    fs::write(copy.path().join("config.json"), r#"{"hidden_size": 768}"#).unwrap();
    refused(copy.path(), "model.dimension_mismatch", "768");
    let folder_with_larger_vocabulary = folder_with(&plain_graph(), &[]);
    fs::copy(folder().join("tokenizer.json"), folder_with_larger_vocabulary.path().join("tokenizer.json")).unwrap();
    refused(folder_with_larger_vocabulary.path(), "model.tokenizer_mismatch", "tokens");
}

#[test]
fn a_model_with_layers_behind_its_pooling_is_not_supported() {
    let modules = json!([{"path": "", "type": "sentence_transformers.models.Transformer"},
        {"path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
        {"path": "2_Dense", "type": "sentence_transformers.models.Dense"}]);
    refused(folder_with(&plain_graph(), &[("modules.json", modules)]).path(), "model.unsupported", "Dense");
    let pooling = json!({"pooling_mode_mean_tokens": true, "pooling_mode_max_tokens": true});
    refused(folder_with(&plain_graph(), &[("1_Pooling/config.json", pooling)]).path(), "model.unsupported", "several");
}

#[test]
fn a_library_that_is_not_there_is_named() {
    let options = OnnxOptions { runtime: Some("/nonexistent/libonnxruntime.so".into()), ..OnnxOptions::default() };
    let error = OnnxModel::open(folder(), &options).unwrap_err();
    assert_eq!(error.code(), "onnx.runtime_missing");
    assert!(error.to_string().contains("/nonexistent/libonnxruntime.so"));
}

/// A process keeps its first library: each case is a process of its own, which runs the test below.
#[test]
fn a_library_that_is_no_onnx_runtime_is_refused() {
    let text = tempfile::NamedTempFile::new().unwrap();
    fs::write(text.path(), "no library").unwrap();
    let model = folder();
    for (library, code) in [(text.path(), "onnx.runtime_wrong"), (Path::new("/nonexistent"), "onnx.runtime_missing")] {
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "wrong_folders::open_with_the_library_of_the_environment", "--nocapture"])
            .env("BELEG_TEST_MODEL", &model)
            .env("BELEG_ONNXRUNTIME", library)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&child.stdout).into_owned();
        assert!(child.status.success(), "{said}");
        assert!(said.contains(&format!("[{code}]")), "{said}");
    }
}

#[test]
fn open_with_the_library_of_the_environment() {
    // Only as the child of the test above.
    let Some(model) = std::env::var_os("BELEG_TEST_MODEL") else { return };
    println!("{:?}", OnnxModel::open(model, &OnnxOptions::default()).unwrap_err());
    // A second try after a failed one neither hangs nor panics.
    println!("{:?}", OnnxModel::open(folder_from_environment(), &OnnxOptions::default()).unwrap_err());
}

fn folder_from_environment() -> std::path::PathBuf {
    std::env::var_os("BELEG_TEST_MODEL").unwrap_or_default().into()
}
