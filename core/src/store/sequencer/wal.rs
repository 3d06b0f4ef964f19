//! The write-ahead file: a header, then frames.
//!
//! Header, 24 bytes: `BELEGWA1`, the index of the first frame (u64), the CRC-32C of both (u32), four zero bytes. Frame: the length of what follows the
//! checksum (u32), its CRC-32C (u32), the index (u64), the length of the entry (u32), the entry, what is sealed beside it. Numbers
//! are little-endian. A file ends where a frame is cut, has another checksum, or does not continue the index before it.

use std::{
    fs::File,
    io::{self, BufReader, Read, Seek, SeekFrom},
    path::Path,
};

use super::{Appended, Visitor};
use crate::{Error, ErrorKind, Result};

const MAGIC: &[u8; 8] = b"BELEGWA1";
const HEADER: u64 = 24;
/// Length, checksum, index, length of the entry.
const FRAME: usize = 20;
/// No frame is longer: a length beyond it is damage.
const LONGEST: u32 = 1 << 30;

/// The header of a file whose first frame has the index `base`.
pub(super) fn header(base: u64) -> [u8; HEADER as usize] {
    let mut header = [0; HEADER as usize];
    header[..8].copy_from_slice(MAGIC);
    header[8..16].copy_from_slice(&base.to_le_bytes());
    let sum = crc32c::crc32c(&header[..16]);
    header[16..20].copy_from_slice(&sum.to_le_bytes());
    header
}

/// Appends a frame to `out`.
pub(super) fn frame(index: u64, entry: &[u8], sealed: &[u8], out: &mut Vec<u8>) {
    let start = out.len();
    out.extend_from_slice(&((FRAME - 8 + entry.len() + sealed.len()) as u32).to_le_bytes());
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(&index.to_le_bytes());
    out.extend_from_slice(&(entry.len() as u32).to_le_bytes());
    out.extend_from_slice(entry);
    out.extend_from_slice(sealed);
    let sum = crc32c::crc32c(&out[start + 8..]);
    out[start + 4..start + 8].copy_from_slice(&sum.to_le_bytes());
}

/// Frames of a batch whose first entry gets the index `first`.
pub(super) fn frames(first: u64, batch: &[Appended]) -> Vec<u8> {
    let length = batch.iter().map(|item| FRAME + item.entry.len() + item.sealed.len()).sum();
    let mut out = Vec::with_capacity(length);
    for (index, item) in (first..).zip(batch) {
        frame(index, &item.entry, &item.sealed, &mut out);
    }
    out
}

/// Where a reader is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Position {
    /// The index of the frame that comes.
    pub(super) index: u64,
    /// Where it begins.
    pub(super) offset: u64,
}

/// Reads the header: where the first frame is. `None` when it is cut or damaged.
pub(super) fn start(file: &mut File, path: &Path) -> Result<Option<Position>> {
    let mut header_read = [0; HEADER as usize];
    let read = file.seek(SeekFrom::Start(0)).and_then(|_| file.read_exact(&mut header_read));
    match read {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(error) => return Err(Error::io(error, "read the write-ahead file of the audit log", path)),
    }
    let base = u64::from_le_bytes(header_read[8..16].try_into().unwrap_or_default());
    Ok((header(base) == header_read).then_some(Position { index: base, offset: HEADER }))
}

/// Shows the frames from `position` on until the file ends; returns where that is.
pub(super) fn scan(file: &mut File, path: &Path, position: Position, visit: &mut Visitor<'_>) -> Result<Position> {
    let failed = |error| Error::io(error, "read the write-ahead file of the audit log", path);
    let length = file.metadata().map_err(failed)?.len();
    file.seek(SeekFrom::Start(position.offset)).map_err(failed)?;
    let mut reader = BufReader::with_capacity(1 << 18, &mut *file);
    let mut at = position;
    let mut body = Vec::new();
    loop {
        let mut prefix = [0; 8];
        let room = length.saturating_sub(at.offset);
        if room < FRAME as u64 {
            return Ok(at);
        }
        match reader.read_exact(&mut prefix) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(at),
            Err(error) => return Err(failed(error)),
        }
        let [a, b, c, d, sum @ ..] = prefix;
        let size = u32::from_le_bytes([a, b, c, d]);
        if size < FRAME as u32 - 8 || size > LONGEST || u64::from(size) + 8 > room {
            return Ok(at);
        }
        body.resize(size as usize, 0);
        match reader.read_exact(&mut body) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(at),
            Err(error) => return Err(failed(error)),
        }
        if crc32c::crc32c(&body) != u32::from_le_bytes(sum) {
            return Ok(at);
        }
        let (numbers, parts) = body.split_at(FRAME - 8);
        let index = u64::from_le_bytes(numbers[..8].try_into().unwrap_or_default());
        let entry_length = u32::from_le_bytes(numbers[8..].try_into().unwrap_or_default()) as usize;
        let Some((entry, sealed)) = parts.split_at_checked(entry_length).filter(|_| index == at.index) else { return Ok(at) };
        visit(index, entry, sealed)?;
        at = Position { index: index + 1, offset: at.offset + 8 + u64::from(size) };
    }
}

/// The error of a file whose header is damaged.
pub(super) fn damaged(path: &Path) -> Error {
    Error::new(ErrorKind::Corrupt, "audit.wal_damaged", "the write-ahead file of the audit log is damaged")
        .with("path", path.display().to_string())
        .with_hint("restore the corpus from a backup, then run `beleg audit resume CORPUS`")
}
