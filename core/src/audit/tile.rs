//! Names and bytes of tiles and entry bundles: <https://c2sp.org/tlog-tiles>.

use super::hash::Hash;
use crate::{Error, ErrorKind, Result};

/// How many hashes a full tile has, and how many entries a full bundle.
pub const TILE_WIDTH: u64 = 256;

/// The longest entry, in bytes: a bundle writes lengths in 16 bits.
pub const ENTRY_BYTES_MAX: usize = 65_535;

/// A file of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tile {
    /// Relative to the log's folder: `tile/0/x001/234`, `tile/0/x001/234.p/17`.
    pub path: String,
    /// Its content: hashes of 32 bytes, from left to right.
    pub bytes: Vec<u8>,
}

impl Tile {
    pub(super) fn new(level: u8, index: u64, hashes: &[Hash]) -> Self {
        let width = u16::try_from(hashes.len()).unwrap_or(u16::MAX);
        Self { path: tile_path(level, index, width), bytes: hashes.iter().flat_map(|hash| hash.0).collect() }
    }
}

/// The path of a tile of hashes. `width` 256 is the full tile, which has no `.p/…`.
pub fn tile_path(level: u8, index: u64, width: u16) -> String {
    format!("tile/{level}/{}{}", index_path(index), partial_suffix(width))
}

/// The path of a bundle of entries. `width` 256 is the full bundle, which has no `.p/…`.
pub fn bundle_path(index: u64, width: u16) -> String {
    format!("tile/entries/{}{}", index_path(index), partial_suffix(width))
}

fn partial_suffix(width: u16) -> String {
    if u64::from(width) == TILE_WIDTH { String::new() } else { format!(".p/{width}") }
}

/// A number as a path: `x001/x234/067` for 1,234,067, so that no folder has more than a thousand names of a kind.
pub fn index_path(index: u64) -> String {
    let mut path = format!("{:03}", index % 1000);
    let mut rest = index / 1000;
    while rest > 0 {
        path = format!("x{:03}/{path}", rest % 1000);
        rest /= 1000;
    }
    path
}

/// A bundle's bytes: for each entry its length as a big-endian `u16`, and the entry.
///
/// # Errors
/// `audit.entry_size` for an entry of more than [`ENTRY_BYTES_MAX`] bytes, `audit.bundle_width` for more than 256 of them.
pub fn encode_bundle<'a>(entries: impl IntoIterator<Item = &'a [u8]>) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    for (ordinal, entry) in (0u64..).zip(entries) {
        if ordinal >= TILE_WIDTH {
            return Err(Error::new(ErrorKind::InvalidInput, "audit.bundle_width", "a bundle has at most 256 entries"));
        }
        let length = u16::try_from(entry.len()).map_err(|_| {
            Error::new(ErrorKind::InvalidInput, "audit.entry_size", "an entry of the audit log has at most 65,535 bytes")
                .with("bytes", entry.len().to_string())
                .with_hint("keep long content in payloads and commit to them")
        })?;
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.extend_from_slice(entry);
    }
    Ok(bytes)
}

/// The entries of a bundle. All bytes are entries, and there are at most 256 of them.
///
/// # Errors
/// `audit.bundle` when the bytes end within an entry or there are too many.
pub fn decode_bundle(bytes: &[u8]) -> Result<Vec<&[u8]>> {
    bundle_entries(bytes).collect()
}

/// The entries of a bundle, one after the other, without a list of them. After an error there are no more.
pub fn bundle_entries(bytes: &[u8]) -> BundleEntries<'_> {
    BundleEntries { rest: bytes, left: TILE_WIDTH }
}

/// See [`bundle_entries`].
#[derive(Debug, Clone)]
pub struct BundleEntries<'a> {
    rest: &'a [u8],
    left: u64,
}

impl<'a> Iterator for BundleEntries<'a> {
    type Item = Result<&'a [u8]>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let entry = self.rest.split_first_chunk::<2>().and_then(|(length, rest)| {
            let (entry, rest) = rest.split_at_checked(u16::from_be_bytes(*length).into())?;
            (self.rest, self.left) = (rest, self.left.checked_sub(1)?);
            Some(entry)
        });
        Some(entry.ok_or_else(|| {
            self.rest = &[];
            Error::new(ErrorKind::Malformed, "audit.bundle", "a bundle of entries is cut off or has too many")
        }))
    }
}

/// Reads the first `width` hashes of a tile, or the first `width` entries of a bundle, by trying what may hold them: the partial one
/// of exactly that width, the full one, and the wider partial ones. Gives the width that was read, too.
///
/// A log may delete a partial tile once the full one stands.
pub(super) fn read_widening(
    path: impl Fn(u16) -> String,
    width: u16,
    read: &mut dyn FnMut(&str) -> Result<Option<Vec<u8>>>,
) -> Result<Option<(u16, Vec<u8>)>> {
    let full = TILE_WIDTH as u16;
    for tried in [width, full].into_iter().chain(width + 1..full) {
        if let Some(bytes) = read(&path(tried))? {
            return Ok(Some((tried, bytes)));
        }
        if width == full {
            break;
        }
    }
    Ok(None)
}

/// Reads the first `width` hashes of a tile, see [`read_widening`].
///
/// # Errors
/// `audit.tile_missing`, and `audit.tile` when it has not the length of its name.
pub(super) fn read_tile(
    level: u8,
    index: u64,
    width: u16,
    read: &mut dyn FnMut(&str) -> Result<Option<Vec<u8>>>,
) -> Result<Vec<Hash>> {
    let path = |width| tile_path(level, index, width);
    let (found, bytes) = read_widening(path, width, read)?.ok_or_else(|| {
        Error::new(ErrorKind::Corrupt, "audit.tile_missing", "a tile of the audit log is missing")
            .with("path", path(width))
            .with_hint("restore the log's folder from a backup")
    })?;
    let (hashes, rest) = bytes.as_chunks::<32>();
    if hashes.len() != usize::from(found) || !rest.is_empty() {
        return Err(Error::new(
            ErrorKind::Corrupt,
            "audit.tile",
            "a tile of the audit log has not the length that its name says",
        )
        .with("path", path(found))
        .with("bytes", bytes.len().to_string()));
    }
    Ok(hashes[..usize::from(width)].iter().copied().map(Hash).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_those_of_the_specification() {
        assert_eq!(index_path(0), "000");
        assert_eq!(index_path(999), "999");
        assert_eq!(index_path(1000), "x001/000");
        assert_eq!(index_path(1_234_067), "x001/x234/067");
        assert_eq!(index_path(u64::MAX), "x018/x446/x744/x073/x709/x551/615");
        assert_eq!(tile_path(0, 1234, 17), "tile/0/x001/234.p/17");
        assert_eq!(tile_path(2, 0, 256), "tile/2/000");
        assert_eq!(bundle_path(273, 112), "tile/entries/273.p/112");
    }

    #[test]
    fn a_bundle_gives_back_its_entries_and_nothing_else() {
        let longest = vec![7; ENTRY_BYTES_MAX];
        let entries: [&[u8]; 4] = [b"one", b"", &longest, b"four"];
        let bytes = encode_bundle(entries).unwrap();
        assert_eq!(decode_bundle(&bytes).unwrap(), entries);
        assert_eq!(decode_bundle(b"").unwrap(), [b""; 0]);
        for cut in [1, 4, 6, bytes.len() - 1] {
            assert_eq!(decode_bundle(&bytes[..cut]).unwrap_err().code(), "audit.bundle", "cut at {cut}");
        }
        assert_eq!(decode_bundle(&[&bytes[..], &[0]].concat()).unwrap_err().code(), "audit.bundle");
        assert_eq!(encode_bundle([vec![0; ENTRY_BYTES_MAX + 1].as_slice()]).unwrap_err().code(), "audit.entry_size");
        assert_eq!(decode_bundle(&[0; 512]).unwrap().len(), 256);
        assert_eq!(decode_bundle(&[0; 514]).unwrap_err().code(), "audit.bundle");
        assert_eq!(encode_bundle([b"".as_slice(); 257]).unwrap_err().code(), "audit.bundle_width");
    }
}
