use std::{
    collections::BTreeMap,
    io::{Cursor, Read, Write},
};

use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter, write::SimpleFileOptions};

use crate::{Error, ErrorKind, Result};

/// More files are in no bundle.
const MOST_FILES: usize = 100_000;

/// Writes files as a bundle: the same files give the same bytes.
pub fn write_bundle(files: &BTreeMap<String, Vec<u8>>) -> Result<Vec<u8>> {
    let failed = |error: zip::result::ZipError| Error::new(ErrorKind::Internal, "bundle.write", error.to_string());
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .last_modified_time(DateTime::default())
        .unix_permissions(0o644);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        zip.start_file(name.as_str(), options.large_file(bytes.len() >= u32::MAX as usize)).map_err(failed)?;
        zip.write_all(bytes).map_err(|error| Error::new(ErrorKind::Internal, "bundle.write", error.to_string()))?;
    }
    Ok(zip.finish().map_err(failed)?.into_inner())
}

/// Reads the files of a bundle. Nothing in it is compressed, so that it is no larger unpacked.
pub(super) fn read_bundle(bytes: &[u8]) -> Result<BTreeMap<String, Vec<u8>>> {
    let malformed = |why: String| {
        Error::new(ErrorKind::Malformed, "bundle.malformed", format!("this is no evidence bundle: {why}"))
            .with_hint("ask for the file again; it was cut off, repacked, or is another one")
    };
    let mut zip = ZipArchive::new(Cursor::new(bytes)).map_err(|error| malformed(error.to_string()))?;
    if zip.len() > MOST_FILES {
        return Err(malformed("it has too many files".to_owned()));
    }
    let mut files = BTreeMap::new();
    let mut total = 0;
    for place in 0..zip.len() {
        let file = zip.by_index(place).map_err(|error| malformed(error.to_string()))?;
        let name = file.name().map_err(|error| malformed(error.to_string()))?.into_owned();
        if file.compression() != CompressionMethod::Stored || file.encrypted() {
            return Err(malformed(format!("the file {name} is packed otherwise than a bundle is")));
        }
        total += file.size();
        if total > bytes.len() as u64 {
            return Err(malformed("its files overlap".to_owned()));
        }
        let mut content = Vec::with_capacity(file.size() as usize);
        file.take(bytes.len() as u64).read_to_end(&mut content).map_err(|error| malformed(error.to_string()))?;
        if files.insert(name.clone(), content).is_some() {
            return Err(malformed(format!("the file {name} is in it twice")));
        }
    }
    Ok(files)
}
