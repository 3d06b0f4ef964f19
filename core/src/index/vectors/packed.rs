//! What the packed forms have in common: four bytes of header, then rows of one length.
//!
//! ```text
//! byte 0      1, the version of the form
//! byte 1      0
//! bytes 2-3   dimensions, u16, little-endian, at least 1
//! ```

use super::codes::MAX_DIMENSIONS;
use crate::{Error, ErrorKind, Result};

const VERSION: u8 = 1;
const HEADER: usize = 4;

/// The header of a form for vectors of `dimensions` values.
///
/// # Errors
/// `vectors.dimensions` unless it is between 1 and 8192.
pub(super) fn header(dimensions: usize) -> Result<Vec<u8>> {
    let short = u16::try_from(dimensions).ok().filter(|&d| d > 0 && dimensions <= MAX_DIMENSIONS).ok_or_else(|| {
        Error::new(ErrorKind::InvalidInput, "vectors.dimensions", "vectors have 1 to 8192 dimensions")
            .with("found", dimensions.to_string())
    })?;
    let [low, high] = short.to_le_bytes();
    Ok(vec![VERSION, 0, low, high])
}

/// Dimensions and rows of stored bytes; `row` is the length of one, by the dimensions.
pub(super) fn read<'a>(bytes: &'a [u8], what: &str, row: impl Fn(usize) -> usize) -> Result<(usize, &'a [u8])> {
    let Some((&[version, zero, low, high], rows)) = bytes.split_first_chunk::<HEADER>() else {
        return Err(wrong(what, "are shorter than their header"));
    };
    if version != VERSION || zero != 0 {
        return Err(wrong(what, "are of another version"));
    }
    let dimensions = usize::from(u16::from_le_bytes([low, high]));
    if dimensions == 0 || !rows.len().is_multiple_of(row(dimensions)) {
        return Err(wrong(what, "are cut"));
    }
    Ok((dimensions, rows))
}

/// The error of stored bytes that are not of their form.
pub(super) fn wrong(what: &str, how: &str) -> Error {
    Error::new(ErrorKind::Corrupt, "vectors.format", format!("stored vectors of {what} {how}"))
        .with_hint("rebuild the index from the documents: beleg rebuild")
}
