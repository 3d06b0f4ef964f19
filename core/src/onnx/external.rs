//! The files in which an ONNX graph keeps its weights.

use std::{
    fs::File,
    io::{self, BufReader, Read, Seek},
    path::{Path, PathBuf},
};

use super::folder::missing;
use crate::{Error, ErrorKind, Result};

/// `ModelProto.graph`, `GraphProto.initializer`, `TensorProto.external_data`, and `StringStringEntryProto` of onnx.proto.
const GRAPH: u64 = 7;
const INITIALIZER: u64 = 5;
const EXTERNAL_DATA: u64 = 13;
const KEY: u64 = 1;
const VALUE: u64 = 2;

/// The files that the graph's initializers name, each once, in the order of their first mention. Weights in the graph itself
/// are skipped, not read.
///
/// # Errors
/// `model.wrong_file` for what is no ONNX file, `model.file_missing` when a named file is not there.
pub(super) fn files(graph: &Path) -> Result<Vec<PathBuf>> {
    let file = File::open(graph).map_err(|error| Error::io(error, "read the model", graph))?;
    let mut locations: Vec<String> = Vec::new();
    walk(&mut BufReader::new(file), &mut locations).map_err(|error| {
        Error::new(ErrorKind::Environment, "model.wrong_file", "the file is no ONNX model")
            .with("path", graph.display().to_string())
            .with_hint("run `beleg model fetch`, or copy the file again from where the model came from")
            .with_source(error)
    })?;
    let folder = graph.parent().unwrap_or(Path::new(""));
    let mut files = Vec::new();
    for location in locations {
        let path = folder.join(location);
        if !path.is_file() {
            return Err(missing(&path));
        }
        files.push(path);
    }
    Ok(files)
}

fn walk(reader: &mut BufReader<File>, locations: &mut Vec<String>) -> io::Result<()> {
    let end = reader.get_ref().metadata()?.len();
    fields(reader, end, &mut |reader, field, end| {
        if field != GRAPH {
            return Ok(());
        }
        fields(reader, end, &mut |reader, field, end| {
            if field != INITIALIZER {
                return Ok(());
            }
            fields(reader, end, &mut |reader, field, end| {
                if field != EXTERNAL_DATA {
                    return Ok(());
                }
                let (mut key, mut value) = (String::new(), String::new());
                fields(reader, end, &mut |reader, field, end| {
                    match field {
                        KEY => key = text(reader, end)?,
                        VALUE => value = text(reader, end)?,
                        _ => {}
                    }
                    Ok(())
                })?;
                if key == "location" && !locations.contains(&value) {
                    locations.push(value);
                }
                Ok(())
            })
        })
    })
}

/// Is called with the reader, a field's number, and the field's end.
type Found<'a> = dyn FnMut(&mut BufReader<File>, u64, u64) -> io::Result<()> + 'a;

/// Calls `found` with each field of the message that ends at `end` which has a length, and with that field's end. What
/// `found` does not read is skipped.
fn fields(reader: &mut BufReader<File>, end: u64, found: &mut Found<'_>) -> io::Result<()> {
    let damaged = || io::Error::from(io::ErrorKind::InvalidData);
    loop {
        let at = reader.stream_position()?;
        if at >= end {
            return if at == end { Ok(()) } else { Err(damaged()) };
        }
        let tag = varint(reader)?;
        match tag & 7 {
            0 => drop(varint(reader)?),
            1 => reader.seek_relative(8)?,
            2 => {
                let length = varint(reader)?;
                let start = reader.stream_position()?;
                let field_end = start.checked_add(length).filter(|field_end| *field_end <= end).ok_or_else(damaged)?;
                found(reader, tag >> 3, field_end)?;
                let rest = i64::try_from(field_end).map_err(|_| damaged())? - reader.stream_position()? as i64;
                reader.seek_relative(rest)?;
            }
            5 => reader.seek_relative(4)?,
            _ => return Err(damaged()),
        }
    }
}

fn varint(reader: &mut BufReader<File>) -> io::Result<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let mut byte = [0];
        reader.read_exact(&mut byte)?;
        value |= u64::from(byte[0] & 0x7f) << shift;
        if byte[0] & 0x80 == 0 {
            return Ok(value);
        }
    }
    Err(io::ErrorKind::InvalidData.into())
}

/// A short string: keys and file names.
fn text(reader: &mut BufReader<File>, end: u64) -> io::Result<String> {
    let length = end - reader.stream_position()?;
    if length > 4096 {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut bytes = vec![0; length as usize];
    reader.read_exact(&mut bytes)?;
    String::from_utf8(bytes).map_err(|_| io::ErrorKind::InvalidData.into())
}
