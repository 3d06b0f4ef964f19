//! The frames that parent and worker exchange; the [module above](super) describes them.

use std::io::{self, Read, Write};

use crate::{document::Limits, error::ErrorRecord};

pub(super) const JOB: u8 = b'J';
pub(super) const PAGE: u8 = b'P';
pub(super) const PART: u8 = b'A';
pub(super) const SUMMARY: u8 = b'S';
pub(super) const ERROR: u8 = b'E';

/// What the worker is to do; the file is the body.
#[derive(serde::Serialize, serde::Deserialize)]
pub(super) struct Job {
    pub(super) name: String,
    pub(super) passwords: Vec<String>,
    pub(super) limits: Limits,
}

/// A part without its bytes, which are the body.
#[derive(serde::Serialize, serde::Deserialize)]
pub(super) struct PartHead {
    pub(super) name: String,
    pub(super) error: Option<ErrorRecord>,
}

/// One frame.
pub(super) struct Frame {
    pub(super) kind: u8,
    pub(super) head: Vec<u8>,
    pub(super) body: Vec<u8>,
}

impl Frame {
    /// Writes a frame.
    pub(super) fn write(out: &mut impl Write, kind: u8, head: &impl serde::Serialize, body: &[u8]) -> io::Result<()> {
        let head = serde_json::to_vec(head)?;
        let length = u32::try_from(head.len()).map_err(|_| io::Error::other("the head of a frame is too long"))?;
        out.write_all(&[kind])?;
        out.write_all(&length.to_le_bytes())?;
        out.write_all(&(body.len() as u64).to_le_bytes())?;
        out.write_all(&head)?;
        out.write_all(body)?;
        out.flush()
    }

    /// The next frame, or `None` at the end. Memory grows with what arrives, not with what is announced.
    pub(super) fn read(input: &mut impl Read, most_head: u64, most_body: u64) -> io::Result<Option<Self>> {
        let mut kind = [0];
        if input.read(&mut kind)? == 0 {
            return Ok(None);
        }
        let (mut head_length, mut body_length) = ([0; 4], [0; 8]);
        input.read_exact(&mut head_length)?;
        input.read_exact(&mut body_length)?;
        let (head_length, body_length) = (u64::from(u32::from_le_bytes(head_length)), u64::from_le_bytes(body_length));
        if head_length > most_head || body_length > most_body {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "a frame is longer than is allowed"));
        }
        let mut take = |length: u64| {
            let mut bytes = Vec::new();
            input.take(length).read_to_end(&mut bytes)?;
            if bytes.len() as u64 == length { Ok(bytes) } else { Err(io::Error::from(io::ErrorKind::UnexpectedEof)) }
        };
        Ok(Some(Self { kind: kind[0], head: take(head_length)?, body: take(body_length)? }))
    }
}
