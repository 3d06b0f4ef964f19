//! The text of one document: its pages with spans and boxes, each readable alone.
//!
//! A file is a row of zstd frames, one a page, each the JSON of a [`Page`]; then a zstd frame with the JSON list of
//! where each page's frame begins; then the length of that last frame as a little-endian `u64` and the eight bytes
//! `BELEGTX1`. `zstd -d` and `jq` read it.

use std::io::Write;

use super::{Blobs, LocalBlobs, StagedObject};
use crate::{Error, ErrorKind, Result, types::Page};

const MAGIC: &[u8; 8] = b"BELEGTX1";
const FOOTER: u64 = 16;
/// Level 3 compresses text and boxes to a fifth at the speed of the disk.
const LEVEL: i32 = 3;

/// The name of the object with the text of the document with digest `sha256`, as extracted by `extractor`.
pub fn text_name(sha256: &str, extractor: &str) -> String {
    format!("text/{extractor}/{}/{sha256}.pages", &sha256[..2.min(sha256.len())])
}

/// Writes pages as they come.
pub struct PageWriter {
    file: std::io::BufWriter<tempfile::NamedTempFile>,
    starts: Vec<u64>,
    at: u64,
}

impl PageWriter {
    /// Writes to a temporary file of `blobs`.
    pub fn new(blobs: &LocalBlobs) -> Result<Self> {
        Ok(Self { file: std::io::BufWriter::new(blobs.temporary()?), starts: Vec::new(), at: 0 })
    }

    /// Adds the next page: pages come in order, from 1.
    pub fn push(&mut self, page: &Page) -> Result<()> {
        debug_assert_eq!(page.number as usize, self.starts.len() + 1);
        self.starts.push(self.at);
        let json = serde_json::to_vec(page).map_err(|error| Error::new(ErrorKind::Internal, "text.encode", error.to_string()))?;
        self.frame(&json).map(drop)
    }

    /// The object, to be put in place later. One that is there already holds the same pages and stays, unless it is shorter: then
    /// some of its pages could not be read the last time.
    pub fn finish(mut self, blobs: &LocalBlobs, name: String) -> Result<StagedObject> {
        let starts = serde_json::to_vec(&self.starts)
            .map_err(|error| Error::new(ErrorKind::Internal, "text.encode", error.to_string()))?;
        let length = self.frame(&starts)?;
        let failed = |error| Error::io(error, "write the text of a document", std::path::Path::new(&name));
        self.file.write_all(&length.to_le_bytes()).and_then(|()| self.file.write_all(MAGIC)).map_err(failed)?;
        let file = self.file.into_inner().map_err(|error| failed(error.into_error()))?;
        blobs.stage(name, file, true)
    }

    fn frame(&mut self, bytes: &[u8]) -> Result<u64> {
        let failed = |error| Error::io(error, "write the text of a document", std::path::Path::new("tmp"));
        let frame = zstd::bulk::compress(bytes, LEVEL).map_err(failed)?;
        self.file.write_all(&frame).map_err(failed)?;
        self.at += frame.len() as u64;
        Ok(frame.len() as u64)
    }
}

/// Reads single pages of one document.
pub struct PageReader<'a> {
    blobs: &'a dyn Blobs,
    name: String,
    starts: Vec<u64>,
    /// Where the last page's frame ends.
    end: u64,
}

impl<'a> PageReader<'a> {
    /// Opens the object `name`, whose length is `bytes`.
    pub async fn open(blobs: &'a dyn Blobs, name: String) -> Result<Self> {
        let length = blobs.length(&name).await?.ok_or_else(|| damaged(&name))?;
        let footer = blobs.get_range(&name, length.saturating_sub(FOOTER)..length).await?.unwrap_or_default();
        let (size, magic) = footer.split_first_chunk::<8>().ok_or_else(|| damaged(&name))?;
        let size = u64::from_le_bytes(*size);
        if magic != MAGIC || size > length - FOOTER {
            return Err(damaged(&name));
        }
        let end = length - FOOTER - size;
        let frame = blobs.get_range(&name, end..length - FOOTER).await?.unwrap_or_default();
        let starts: Vec<u64> = serde_json::from_slice(&inflate(&frame, &name)?).map_err(|_| damaged(&name))?;
        if starts.windows(2).any(|pair| pair[0] >= pair[1]) || starts.last().is_some_and(|last| *last >= end) {
            return Err(damaged(&name));
        }
        Ok(Self { blobs, name, starts, end })
    }

    /// How many pages there are.
    pub fn len(&self) -> usize {
        self.starts.len()
    }

    /// Whether there is no page.
    pub fn is_empty(&self) -> bool {
        self.starts.is_empty()
    }

    /// The page `number`, 1-based; `None` behind the last.
    pub async fn page(&self, number: u32) -> Result<Option<Page>> {
        let Some(index) = (number as usize).checked_sub(1) else { return Ok(None) };
        let Some(start) = self.starts.get(index).copied() else { return Ok(None) };
        let end = self.starts.get(index + 1).copied().unwrap_or(self.end);
        let frame = self.blobs.get_range(&self.name, start..end).await?.unwrap_or_default();
        serde_json::from_slice(&inflate(&frame, &self.name)?).map(Some).map_err(|_| damaged(&self.name))
    }
}

fn inflate(frame: &[u8], name: &str) -> Result<Vec<u8>> {
    zstd::stream::decode_all(frame).map_err(|_| damaged(name))
}

fn damaged(name: &str) -> Error {
    Error::new(ErrorKind::Corrupt, "text.damaged", "the stored text of a document is missing or damaged")
        .with("file", name)
        .with_hint("restore the file from a backup, or ingest the document again")
}

#[cfg(all(test, feature = "lance"))]
mod tests {
    use super::*;

    #[tokio::test]
    async fn each_page_reads_back_alone() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = LocalBlobs::new(folder.path());
        let mut writer = PageWriter::new(&blobs).unwrap();
        let page = |number| Page { number, text: format!("Seite {number} für §"), ..Page::default() };
        (1..=3).for_each(|number| writer.push(&page(number)).unwrap());
        let name = "text/x/ab/abc.pages";
        let staged = writer.finish(&blobs, name.into()).unwrap();
        assert_eq!(blobs.length(name).await.unwrap(), None, "it is not in place before it is put there");
        blobs.put_staged(vec![staged]).unwrap();
        let reader = PageReader::open(&blobs, "text/x/ab/abc.pages".into()).await.unwrap();
        assert_eq!(reader.len(), 3);
        assert_eq!(reader.page(2).await.unwrap(), Some(page(2)));
        assert_eq!((reader.page(0).await.unwrap(), reader.page(4).await.unwrap()), (None, None));
    }

    #[tokio::test]
    async fn a_damaged_file_is_an_error_and_no_panic() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = LocalBlobs::new(folder.path());
        for (name, bytes) in [("a", &b""[..]), ("b", &b"BELEGTX1"[..]), ("c", &[255; 64][..])] {
            blobs.put_if_absent(name, bytes).await.unwrap();
            assert_eq!(PageReader::open(&blobs, name.into()).await.err().unwrap().code(), "text.damaged");
        }
    }
}
