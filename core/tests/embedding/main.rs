//! The real ONNX Runtime: the default embedding model, small models made here, token classifiers among them, and folders that are wrong.
//!
//! Both are fetched into the user's cache folder when they are not there (`beleg model fetch`).

#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod default_model;
mod other_models;
#[cfg(feature = "redact")]
mod token_classifier;
mod wrong_folders;

use std::{path::PathBuf, sync::OnceLock};

use beleg::embed::onnx::{OnnxModel, OnnxOptions};

/// Folder of the default model; fetches it and ONNX Runtime.
fn folder() -> PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| beleg::model::testing::fetched().expect("run `beleg model fetch`").model).clone()
}

fn open(folder: &std::path::Path) -> beleg::Result<OnnxModel> {
    OnnxModel::open(folder, &OnnxOptions { threads: 2, ..OnnxOptions::default() })
}

/// The default model, opened once for all tests.
fn default_model() -> &'static OnnxModel {
    static MODEL: OnceLock<OnnxModel> = OnceLock::new();
    MODEL.get_or_init(|| open(&folder()).expect("the fetched model opens"))
}

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
