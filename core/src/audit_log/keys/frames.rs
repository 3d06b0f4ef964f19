//! Keys of subjects as they lie in a file: frames of length (u32), CRC-32C (u32), kind (`p`, `d`), pseudonym (16 bytes), key (32), id.
//! Numbers are little-endian. What lies behind the last whole frame is of a writer that died.

use uuid::Uuid;
use zeroize::Zeroizing;

use super::{Subject, SubjectKey};

/// Length and checksum.
const PREFIX: usize = 8;

/// Appends a frame to `out`.
pub(super) fn encode(subject: &Subject, key: &SubjectKey, out: &mut Vec<u8>) {
    let start = out.len();
    out.extend_from_slice(&[0; PREFIX]);
    let (kind, id) = match subject {
        Subject::Person(id) => (b'p', id.as_bytes()),
        Subject::Document(id) => (b'd', id.as_bytes().as_slice()),
    };
    out.push(kind);
    out.extend_from_slice(key.pseudonym.as_bytes());
    out.extend_from_slice(key.key.as_ref());
    out.extend_from_slice(id);
    let length = (out.len() - start - PREFIX) as u32;
    let sum = crc32c::crc32c(&out[start + PREFIX..]);
    out[start..start + 4].copy_from_slice(&length.to_le_bytes());
    out[start + 4..start + PREFIX].copy_from_slice(&sum.to_le_bytes());
}

/// The first whole frame, and what is behind it.
pub(super) fn split(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (prefix, rest) = bytes.split_first_chunk::<PREFIX>()?;
    let [a, b, c, d, sum @ ..] = *prefix;
    let (frame, tail) = rest.split_at_checked(u32::from_le_bytes([a, b, c, d]) as usize)?;
    (crc32c::crc32c(frame) == u32::from_le_bytes(sum)).then_some((frame, tail))
}

/// The bytes of all whole frames.
pub(super) fn whole(bytes: &[u8]) -> &[u8] {
    let mut rest = bytes;
    while let Some((_, tail)) = split(rest) {
        rest = tail;
    }
    &bytes[..bytes.len() - rest.len()]
}

/// What a frame holds.
pub(super) fn decode(frame: &[u8]) -> Option<(Subject, SubjectKey)> {
    let (kind, rest) = frame.split_first()?;
    let (pseudonym, rest) = rest.split_first_chunk::<16>()?;
    let (key, id) = rest.split_first_chunk::<32>()?;
    let subject = match kind {
        b'p' => Subject::Person(String::from_utf8(id.to_vec()).ok()?),
        b'd' => Subject::Document(Uuid::from_slice(id).ok()?),
        _ => return None,
    };
    Some((subject, SubjectKey { pseudonym: Uuid::from_bytes(*pseudonym), key: Zeroizing::new(*key) }))
}
