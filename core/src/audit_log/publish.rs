//! From the write-ahead file to tiles, the vault, and a signed checkpoint.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use uuid::Uuid;

use super::{
    parts::Parts,
    read::{self, push_vault_record, vault_objects, wait},
};
use crate::{
    Error, ErrorKind, Result,
    audit::{self, Checkpoint, Edge, Hash, TILE_WIDTH, Tile, leaf_hash, sign_checkpoint},
    store::{Lock, LockHolder, Sequencer},
};

/// Objects are put together when there are this many bytes of them.
const CHUNK_BYTES: usize = 16 << 20;
const LOCK: &str = "checkpoint";
const LOCK_WAIT: Duration = Duration::from_secs(30);

/// A checkpoint as published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// What it says.
    pub checkpoint: Checkpoint,
    /// The signed note, verbatim.
    pub note: Vec<u8>,
}

/// The last checkpoint of the log, by its own signature; `None` before the first.
pub(super) fn published(parts: &Parts) -> Result<Option<Published>> {
    let Some((note, _)) = wait(parts.blobs.get(&parts.name("checkpoint")))? else { return Ok(None) };
    opened(parts, note).map(Some)
}

/// How many entries the last checkpoint covers, for good: one that can be seen need not be durable, for whoever put it may have died over
/// it. What it covers may be released then.
pub(super) fn settled_size(parts: &Parts) -> Result<u64> {
    let _lock = lock(parts, LOCK)?;
    let name = parts.name("checkpoint");
    let Some((note, etag)) = wait(parts.blobs.get(&name))? else { return Ok(0) };
    if wait(parts.blobs.put_if_match(&name, &note, &etag))?.is_none() {
        return Err(forked(parts));
    }
    Ok(opened(parts, note)?.checkpoint.size)
}

/// A checkpoint of this log. Whether its signature is right is for those who verify: whoever may write to the folder of the
/// corpus and reach its keys signs what he likes.
pub(super) fn opened(parts: &Parts, note: Vec<u8>) -> Result<Published> {
    let signed = audit::SignedNote::parse(&note)?;
    let checkpoint = Checkpoint::parse(&signed.text)?;
    if checkpoint.origin != parts.origin() {
        return Err(Error::new(ErrorKind::Corrupt, "audit.other_log", "the checkpoint is of another log")
            .with("origin", checkpoint.origin)
            .with("expected", parts.origin())
            .with_hint("restore the folder `audit` of the corpus from a backup"));
    }
    Ok(Published { checkpoint, note })
}

/// Derives what can be derived from the write-ahead file, and publishes checkpoints.
pub(super) struct Publisher {
    parts: Arc<Parts>,
    sequencer: Arc<dyn Sequencer>,
    edge: Option<Edge>,
}

/// What the tail of the log becomes.
struct Growth {
    edge: Edge,
    /// Entries of the bundle that is not full, as they lie in it.
    bundle: Vec<u8>,
    /// Records of what is sealed beside new entries of that bundle.
    vault: Vec<u8>,
    /// The index of the last of them.
    last_sealed: u64,
    objects: Vec<(String, Vec<u8>)>,
    bytes: usize,
    /// Bundles that became full, whose parts go once the checkpoint stands.
    full: Vec<u64>,
    full_tiles: Vec<String>,
    /// Parts of the vault that are damaged stay as they are.
    keeps_vault: bool,
}

impl Publisher {
    pub(super) fn new(parts: Arc<Parts>, sequencer: Arc<dyn Sequencer>) -> Self {
        Self { parts, sequencer, edge: None }
    }

    /// Publishes a checkpoint over all entries that are durable; the last one when nothing came since.
    pub(super) fn publish(&mut self) -> Result<Published> {
        let parts = self.parts.clone();
        let _lock = lock(&parts, LOCK)?;
        let before = published(&parts)?;
        let size = before.as_ref().map_or(0, |before| before.checkpoint.size);
        let edge = match self.edge.take().filter(|edge| edge.size() == size) {
            Some(edge) => edge,
            None => Edge::read(size, &mut |path| read::tile(&parts, path))?,
        };
        if let Some(before) = &before
            && edge.root() != before.checkpoint.root
        {
            return Err(damaged(&before.checkpoint));
        }

        let began = edge.size();
        let mut growth = self.grow(edge)?;
        if growth.edge.size() == began
            && let Some(before) = &before
            && parts.keys.checkpoint(parts.corpus)?.is_some_and(|kept| kept == before.note)
        {
            self.edge = Some(growth.edge);
            return Ok(before.clone());
        }
        growth.partial(&parts)?;
        put(&parts, &mut growth.objects)?;

        let checkpoint =
            Checkpoint { origin: parts.origin(), size: growth.edge.size(), root: growth.edge.root(), extensions: Vec::new() };
        let mut signers = parts.signers()?;
        signers.extend(parts.former_signers());
        let note = sign_checkpoint(&checkpoint, &signers.iter().map(AsRef::as_ref).collect::<Vec<_>>())?.into_bytes();
        let published = Published { checkpoint, note };
        self.advance(&published, before.as_ref())?;
        self.sequencer.release(published.checkpoint.size)?;
        growth.clear_partial(&parts)?;
        self.edge = Some(growth.edge);
        Ok(published)
    }

    /// Adds what is not covered yet.
    fn grow(&self, edge: Edge) -> Result<Growth> {
        let parts = &self.parts;
        let from = edge.size();
        let number = from / TILE_WIDTH;
        let bundle = match (from % TILE_WIDTH) as u16 {
            0 => Vec::new(),
            _ => read::bundle(parts, number, from)?,
        };
        // A wider partial bundle may lie there after a crash: only what the checkpoint covers is of it.
        let bundle = audit::encode_bundle(audit::decode_bundle(&bundle)?.into_iter().take((from % TILE_WIDTH) as usize))?;
        let mut growth = Growth {
            edge,
            bundle,
            vault: Vec::new(),
            last_sealed: from,
            objects: Vec::new(),
            bytes: 0,
            full: Vec::new(),
            full_tiles: Vec::new(),
            keeps_vault: false,
        };
        // An entry can be read while it is being written. What is derived of it would stay when it does not, and another one get its
        // place.
        let durable = self.sequencer.append_batch(&[])?;
        self.sequencer.read(from, &mut |index, entry, sealed| {
            if index < durable { growth.push(parts, index, entry, sealed) } else { Ok(()) }
        })?;
        Ok(growth)
    }

    /// The key store first, then the corpus: who finds the corpus behind the key store knows that it is an older copy.
    fn advance(&self, published: &Published, before: Option<&Published>) -> Result<()> {
        let parts = &self.parts;
        let known = parts.keys.checkpoint(parts.corpus)?;
        check_continues(parts, known.as_deref(), &published.checkpoint)?;
        if known.as_deref() != Some(&published.note) && !parts.keys.advance(parts.corpus, known.as_deref(), &published.note)? {
            return Err(forked(parts));
        }
        let kept = parts.name(&format!("checkpoints/{}", published.checkpoint.size));
        wait(parts.blobs.put_if_absent(&kept, &published.note))?;
        let name = parts.name("checkpoint");
        let put = match before {
            None => wait(parts.blobs.put_if_absent(&name, &published.note))?,
            Some(before) => match wait(parts.blobs.get(&name))? {
                Some((note, etag)) if note == before.note => {
                    wait(parts.blobs.put_if_match(&name, &published.note, &etag))?.is_some()
                }
                _ => false,
            },
        };
        if put { Ok(()) } else { Err(forked(parts)) }
    }
}

impl Growth {
    fn push(&mut self, parts: &Parts, index: u64, entry: &[u8], sealed: &[u8]) -> Result<()> {
        if index != self.edge.size() {
            return Err(Error::new(ErrorKind::Corrupt, "audit.gap", "entries of the audit log are missing")
                .with("from", self.edge.size().to_string())
                .with("to", index.to_string())
                .with_hint("restore the corpus from a backup, then run `beleg audit resume CORPUS`"));
        }
        self.bundle.extend_from_slice(&audit::encode_bundle([entry])?);
        if !sealed.is_empty() {
            push_vault_record(index, sealed, &mut self.vault);
            self.last_sealed = index;
        }
        let mut full = Vec::new();
        self.edge.push(leaf_hash(entry), &mut full);
        for tile in full {
            self.full_tiles.push(tile.path.clone());
            self.add(parts.name(&tile.path), tile.bytes);
        }
        if (index + 1).is_multiple_of(TILE_WIDTH) {
            let number = index / TILE_WIDTH;
            let bundle = std::mem::take(&mut self.bundle);
            self.add(parts.name(&audit::bundle_path(number, TILE_WIDTH as u16)), bundle);
            let rest = std::mem::take(&mut self.vault);
            match whole_vault(parts, number, &rest) {
                Ok(vault) if vault.is_empty() => {}
                Ok(vault) => self.add(parts.vault_name(number), vault),
                // The log goes on without them, and nothing of them is lost that is there.
                Err(error) if error.code() == "audit.vault_damaged" => {
                    tracing::error!(code = error.code(), "{}", error.message());
                    self.keeps_vault = true;
                    if !rest.is_empty() {
                        self.add(part_name(parts, number, self.last_sealed), rest);
                    }
                }
                Err(error) => return Err(error),
            }
            self.full.push(number);
            if self.bytes > CHUNK_BYTES {
                put(parts, &mut self.objects)?;
                self.bytes = 0;
            }
        }
        Ok(())
    }

    fn add(&mut self, name: String, bytes: Vec<u8>) {
        self.bytes += bytes.len();
        self.objects.push((name, bytes));
    }

    /// What is not full, as it is published with a checkpoint of this size.
    fn partial(&mut self, parts: &Parts) -> Result<()> {
        let size = self.edge.size();
        for Tile { path, bytes } in self.edge.partial() {
            self.add(parts.name(&path), bytes);
        }
        let width = (size % TILE_WIDTH) as u16;
        if width > 0 {
            let bundle = self.bundle.clone();
            self.add(parts.name(&audit::bundle_path(size / TILE_WIDTH, width)), bundle);
        }
        if !self.vault.is_empty() {
            let vault = std::mem::take(&mut self.vault);
            self.add(part_name(parts, size / TILE_WIDTH, self.last_sealed), vault);
        }
        Ok(())
    }

    /// Removes the parts of what is full by now. What cannot be removed is in nobody's way.
    fn clear_partial(&self, parts: &Parts) -> Result<()> {
        let bundles = self.full.iter().map(|number| parts.name(&audit::bundle_path(*number, TILE_WIDTH as u16)));
        let vault = self.full.iter().filter(|_| !self.keeps_vault).map(|number| parts.vault_name(*number));
        // Only the first of each kind was ever published in part: the others came as a whole.
        let mut levels = BTreeSet::new();
        let tiles = self.full_tiles.iter().filter(|path| levels.insert(path.split('/').nth(1))).map(|path| parts.name(path));
        for whole in bundles.take(1).chain(vault.take(1)).chain(tiles) {
            wait(parts.blobs.delete_below(&format!("{whole}.p")))?;
        }
        Ok(())
    }
}

/// Held by whoever writes what is derived of the log.
fn lock(parts: &Parts, operation: &str) -> Result<Lock> {
    let holder = LockHolder { operation: operation.to_owned(), pid: std::process::id(), since: parts.clock.now() };
    wait(parts.blobs.lock(&format!("{LOCK}-{}", parts.epoch), &holder, LOCK_WAIT))
}

/// Removes the records of entries from the vault; returns how many there were.
pub(super) fn remove_sealed(parts: &Parts, indices: &[u64]) -> Result<u64> {
    let _lock = lock(parts, "erase")?;
    let mut removed = BTreeSet::new();
    let mut numbers: Vec<u64> = indices.iter().map(|index| index / TILE_WIDTH).collect();
    numbers.dedup();
    for number in numbers {
        let names = vault_objects(parts, number)?;
        if names.first() == Some(&parts.vault_name(number)) {
            // Parts that nobody lived to remove hold them as well.
            wait(parts.blobs.delete_below(&format!("{}.p", parts.vault_name(number))))?;
        }
        for name in names {
            let Some((bytes, etag)) = wait(parts.blobs.get(&name))? else { continue };
            let mut kept = Vec::new();
            for record in read::vault_records(&name, &bytes) {
                let (index, mut sealed) = record?;
                if indices.binary_search(&index).is_ok() && !sealed.is_empty() {
                    removed.insert(index);
                    sealed = &[];
                }
                push_vault_record(index, sealed, &mut kept);
            }
            // Also when nothing is left to remove: who did it before may not have lived to make it durable.
            if wait(parts.blobs.put_if_match(&name, &kept, &etag))?.is_none() {
                return Err(Error::new(ErrorKind::Busy, "audit.vault_busy", "somebody else wrote to the vault meanwhile")
                    .with_hint("run the command again"));
            }
        }
    }
    Ok(removed.len() as u64)
}

/// The whole object of the vault for a bundle: what was put of it before, and the rest.
fn whole_vault(parts: &Parts, number: u64, rest: &[u8]) -> Result<Vec<u8>> {
    let mut whole = Vec::new();
    let mut seen = None;
    let mut add = |name: &str, bytes: &[u8]| -> Result<()> {
        for record in read::vault_records(name, bytes) {
            let (index, sealed) = record?;
            // After a crash a record may have been put twice.
            if seen < Some(index) {
                push_vault_record(index, sealed, &mut whole);
                seen = Some(index);
            }
        }
        Ok(())
    };
    for name in vault_objects(parts, number)? {
        if let Some((bytes, _)) = wait(parts.blobs.get(&name))? {
            add(&name, &bytes)?;
        }
    }
    add("", rest)?;
    Ok(whole)
}

fn part_name(parts: &Parts, number: u64, last: u64) -> String {
    format!("{}.p/{last:020}", parts.vault_name(number))
}

fn put(parts: &Parts, objects: &mut Vec<(String, Vec<u8>)>) -> Result<()> {
    wait(parts.blobs.put_all_if_absent(std::mem::take(objects)))
}

/// Whether a checkpoint continues the one in the key store. Equal sizes must have equal roots; a larger one was checked when the log
/// was opened and has grown since under the lock.
fn check_continues(parts: &Parts, known: Option<&[u8]>, checkpoint: &Checkpoint) -> Result<()> {
    let Some(known) = known else { return Ok(()) };
    let known = Checkpoint::parse(&audit::SignedNote::parse(known)?.text)?;
    let continues = known.origin != checkpoint.origin
        || known.size < checkpoint.size
        || (known.size == checkpoint.size && known.root == checkpoint.root);
    if continues { Ok(()) } else { Err(forked(parts)) }
}

/// The root of the log at a size that it has or had, those entries included that no checkpoint covers yet.
pub(super) fn root_at(parts: &Parts, sequencer: &dyn Sequencer, size: u64) -> Result<Option<Hash>> {
    let covered = published(parts)?.map_or(0, |published| published.checkpoint.size);
    if size <= covered {
        let mut reader = |path: &str| read::tile(parts, path);
        let mut hashes = audit::TileHashes::new(covered, &mut reader);
        return audit::root_at(size, &mut hashes).map(Some);
    }
    let mut edge = Edge::read(covered, &mut |path| read::tile(parts, path))?;
    let mut full = Vec::new();
    sequencer.read(covered, &mut |_, entry, _| {
        if edge.size() < size {
            edge.push(leaf_hash(entry), &mut full);
            full.clear();
        }
        Ok(())
    })?;
    Ok((edge.size() == size).then(|| edge.root()))
}

pub(super) fn damaged(checkpoint: &Checkpoint) -> Error {
    Error::new(ErrorKind::Corrupt, "audit.damaged", "the tiles of the audit log do not give the root of its checkpoint")
        .with("size", checkpoint.size.to_string())
        .with_hint("run `beleg audit verify CORPUS` to see where; restore the folder `audit` from a backup")
}

/// The error of a log that somebody else continued otherwise.
pub(super) fn forked(parts: &Parts) -> Error {
    Error::new(ErrorKind::Conflict, "audit.forked", "the key store knows another continuation of this audit log")
        .with("corpus", parts.corpus.to_string())
        .with_hint(
            "this folder is a copy, or was restored from a backup: run `beleg audit resume CORPUS`, with --copy for a copy",
        )
}

/// The name of an epoch's log, and of the key that signs it.
pub(super) fn origin(corpus: Uuid, epoch: u32) -> String {
    format!("beleg/{corpus}/{epoch}")
}
