//! Reading a log: entries, sealed payloads, tiles. What is published lies in tiles and in the vault, what is newer in the
//! write-ahead file.

use jiff::Timestamp;
use uuid::Uuid;

use super::{parts::Parts, publish::published};
use crate::{
    Error, ErrorKind, Result,
    audit::{self, Leaf, TILE_WIDTH},
    store::Sequencer,
};

/// Runs a future of a seam that does not need a runtime.
pub(super) fn wait<T>(future: impl Future<Output = T>) -> T {
    futures::executor::block_on(future)
}

/// Shows the entries from `from` on, in order, those included that no checkpoint covers yet. Blocks.
pub(super) fn entries(
    parts: &Parts,
    sequencer: &dyn Sequencer,
    from: u64,
    visit: &mut dyn FnMut(u64, &[u8]) -> Result<()>,
) -> Result<()> {
    let mut at = from;
    loop {
        let size = published(parts)?.map_or(0, |published| published.checkpoint.size);
        while at < size {
            let bundle = bundle(parts, at / TILE_WIDTH, size)?;
            let entries = audit::decode_bundle(&bundle)?;
            let (first, until) = (at / TILE_WIDTH * TILE_WIDTH, size.min((at / TILE_WIDTH + 1) * TILE_WIDTH));
            for entry in &entries[(at - first) as usize..(until - first) as usize] {
                visit(at, entry)?;
                at += 1;
            }
        }
        let read = sequencer.read(at, &mut |index, entry, _| {
            at = index + 1;
            visit(index, entry)
        });
        match read {
            // They were published meanwhile.
            Err(error) if error.code() == "audit.released" && published(parts)?.is_some_and(|new| new.checkpoint.size > size) => {
            }
            other => return other,
        }
    }
}

/// The bundle of entries number `index` of a log of `size` entries: at least as many of them as that.
pub(super) fn bundle(parts: &Parts, index: u64, size: u64) -> Result<Vec<u8>> {
    let width = (size - index * TILE_WIDTH).min(TILE_WIDTH) as u16;
    for width in [width, TILE_WIDTH as u16] {
        let name = parts.name(&audit::bundle_path(index, width));
        if let Some((bytes, _)) = wait(parts.blobs.get(&name))? {
            let held = audit::decode_bundle(&bytes)?.len();
            return if held >= usize::from(width) { Ok(bytes) } else { Err(missing(&name)) };
        }
    }
    Err(missing(&parts.name(&audit::bundle_path(index, width))))
}

/// A tile of the log.
pub(super) fn tile(parts: &Parts, path: &str) -> Result<Option<Vec<u8>>> {
    Ok(wait(parts.blobs.get(&parts.name(path)))?.map(|(bytes, _)| bytes))
}

/// One entry and what is sealed beside it.
pub(super) fn entry(parts: &Parts, sequencer: &dyn Sequencer, index: u64) -> Result<Option<(Vec<u8>, Vec<u8>)>> {
    let size = published(parts)?.map_or(0, |published| published.checkpoint.size);
    if index < size {
        let bundle = bundle(parts, index / TILE_WIDTH, size)?;
        let entries = audit::decode_bundle(&bundle)?;
        let entry = entries.get((index % TILE_WIDTH) as usize).ok_or_else(|| missing("tile/entries"))?;
        let sealed = match sealed(parts, index)? {
            Some(sealed) => sealed,
            None if Leaf::parse(entry).map_or(true, |leaf| leaf.payloads.is_empty()) => Vec::new(),
            None => return Err(vault_damaged(&parts.vault_name(index / TILE_WIDTH))),
        };
        return Ok(Some((entry.to_vec(), sealed)));
    }
    let mut found = None;
    sequencer.read(size, &mut |at, entry, sealed| {
        if at == index {
            found = Some((entry.to_vec(), sealed.to_vec()));
        }
        Ok(())
    })?;
    Ok(found)
}

/// Finds the last entry that `wanted` accepts among those whose bytes hold `needle`, from the end of the log to its beginning, or to the bundle
/// whose entries are all of before `since`; says whether it is to be looked for in an epoch before. Blocks.
pub(super) fn find_last<T>(
    parts: &Parts,
    sequencer: &dyn Sequencer,
    needle: &str,
    since: Option<Timestamp>,
    wanted: &mut dyn FnMut(u64, &[u8]) -> Result<Search<T>>,
) -> Result<Search<T>> {
    let finder = memchr::memmem::Finder::new(needle);
    let size = published(parts)?.map_or(0, |published| published.checkpoint.size);
    let mut newer = Vec::new();
    sequencer.read(size, &mut |index, entry, _| {
        if finder.find(entry).is_some() {
            newer.push((index, entry.to_vec()));
        }
        Ok(())
    })?;
    for (index, entry) in newer.iter().rev() {
        match wanted(*index, entry)? {
            Search::Found(found) => return Ok(Search::Found(found)),
            Search::Over => return Ok(Search::Over),
            Search::Further => {}
        }
    }
    for number in (0..size.div_ceil(TILE_WIDTH)).rev() {
        let bundle = bundle(parts, number, size)?;
        let within = (size - number * TILE_WIDTH).min(TILE_WIDTH) as usize;
        if finder.find(&bundle).is_none() && since.is_none() {
            continue;
        }
        let entries = audit::decode_bundle(&bundle)?;
        for (place, entry) in entries.iter().take(within).enumerate().rev() {
            if finder.find(entry).is_some() {
                match wanted(number * TILE_WIDTH + place as u64, entry)? {
                    Search::Found(found) => return Ok(Search::Found(found)),
                    Search::Over => return Ok(Search::Over),
                    Search::Further => {}
                }
            }
        }
        if let Some(since) = since
            && let Some(first) = entries.first()
            && !is_since(&Leaf::parse(first)?, since)
        {
            return Ok(Search::Over);
        }
    }
    Ok(Search::Further)
}

/// What becomes of a search at an entry.
pub(super) enum Search<T> {
    /// This is it.
    Found(T),
    /// It is not there.
    Over,
    /// Look further.
    Further,
}

/// Whether an entry is of `since` or later, by its own clock.
pub(super) fn is_since(leaf: &Leaf, since: Timestamp) -> bool {
    leaf.time.parse::<Timestamp>().is_ok_and(|time| time >= since)
}

/// The names of the vault's objects for the bundle `number`: the whole one, or its parts in the order in which they came.
pub(super) fn vault_objects(parts: &Parts, number: u64) -> Result<Vec<String>> {
    let whole = parts.vault_name(number);
    if wait(parts.blobs.length(&whole))?.is_some() {
        return Ok(vec![whole]);
    }
    wait(parts.blobs.list(&format!("{whole}.p")))
}

/// What is sealed beside a published entry: nothing in it when it was removed, `None` when the vault does not know the entry.
pub(super) fn sealed(parts: &Parts, index: u64) -> Result<Option<Vec<u8>>> {
    let mut damaged = None;
    // Parts become one object when their bundle is full: then they are looked for again.
    for _ in 0..2 {
        for name in vault_objects(parts, index / TILE_WIDTH)? {
            let Some((bytes, _)) = wait(parts.blobs.get(&name))? else { continue };
            for record in vault_records(&name, &bytes) {
                match record {
                    Ok((at, sealed)) if at == index => return Ok(Some(sealed.to_vec())),
                    Ok(_) => {}
                    Err(error) => damaged = Some(error),
                }
            }
        }
    }
    damaged.map_or(Ok(None), Err)
}

/// Adds a record to an object of the vault: the index of its entry (u64), its length (u32), its CRC-32C (u32), and the bytes. One without
/// bytes says that what was there is removed.
pub(super) fn push_vault_record(index: u64, sealed: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(&index.to_le_bytes());
    out.extend_from_slice(&(sealed.len() as u32).to_le_bytes());
    out.extend_from_slice(&crc32c::crc32c(sealed).to_le_bytes());
    out.extend_from_slice(sealed);
}

/// The records of the vault's object `name`. After an error there are no more.
pub(super) fn vault_records<'a>(name: &'a str, bytes: &'a [u8]) -> impl Iterator<Item = Result<(u64, &'a [u8])>> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let mut next = || {
            let (numbers, behind) = rest.split_first_chunk::<16>()?;
            let index = u64::from_le_bytes(numbers[..8].try_into().ok()?);
            let length = u32::from_le_bytes(numbers[8..12].try_into().ok()?) as usize;
            let sum = u32::from_le_bytes(numbers[12..].try_into().ok()?);
            let (sealed, behind) = behind.split_at_checked(length)?;
            rest = behind;
            (crc32c::crc32c(sealed) == sum).then_some((index, sealed))
        };
        let record = next();
        if record.is_none() {
            rest = &[];
        }
        Some(record.ok_or_else(|| vault_damaged(name)))
    })
}

fn vault_damaged(name: &str) -> Error {
    Error::new(ErrorKind::Corrupt, "audit.vault_damaged", "an object of the vault is damaged")
        .with("file", name)
        .with_hint("restore it from a backup; the log itself is not affected")
}

fn missing(name: &str) -> Error {
    Error::new(ErrorKind::Corrupt, "audit.tile_missing", "a part of the audit log is missing")
        .with("file", name)
        .with_hint("restore the corpus from a backup, then run `beleg audit resume CORPUS`")
}

/// A random id as it stands in the bytes of an entry.
pub(super) fn needle(id: Uuid) -> String {
    format!("\"{id}\"")
}
