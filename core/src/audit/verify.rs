use super::{
    checkpoint::{Checkpoint, missing_kind, open_checkpoint},
    edge::Edge,
    hash::{EMPTY_ROOT, Hash, leaf_hash},
    key::VerifierKey,
    note::SignedNote,
    tile::{TILE_WIDTH, Tile, bundle_entries, bundle_path, read_widening},
};
use crate::{Error, Result};

/// After so many findings no more is read: the log is beyond repair, or its checkpoint claims entries that were never there.
const FINDINGS_MAX: usize = 100;

/// Gives the files of a log's folder.
pub trait LogSource {
    /// The bytes of the file at `path`, relative to the log's folder, or `None` when there is no such file.
    ///
    /// # Errors
    /// When it cannot be read; this ends the verification.
    fn read(&mut self, path: &str) -> Result<Option<Vec<u8>>>;
}

/// Something that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Finding {
    /// A stable name: a code of the errors (`audit.signature`, …), `checkpoint_missing`, `signer_unpinned`, `bundle_missing`,
    /// `bundle_malformed`, `bundle_width`, `tile_missing`, `tile_differs`, `root_differs`, `too_many_findings`.
    pub kind: &'static str,
    /// The file, and in it the entry.
    #[serde(rename = "where")]
    pub where_: String,
    /// A sentence for people.
    pub what: String,
}

/// What came of verifying a log. It is good when there are no findings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogReport {
    /// Of the checkpoint.
    pub origin: String,
    /// Of the checkpoint: how many entries it covers.
    pub size: u64,
    /// Of the checkpoint.
    pub root: Hash,
    /// The keys that signed the checkpoint, of those that were given.
    pub signed_by: Vec<VerifierKey>,
    /// How many entries were hashed.
    pub entries: u64,
    /// How many bundles of entries were read.
    pub bundles: u64,
    /// How many tiles of hashes were compared.
    pub tiles: u64,
    /// In the order in which they were met.
    pub findings: Vec<Finding>,
}

impl LogReport {
    /// Whether there are no findings.
    pub fn is_good(&self) -> bool {
        self.findings.is_empty()
    }

    fn find(&mut self, kind: &'static str, where_: impl Into<String>, what: impl Into<String>) {
        self.findings.push(Finding { kind, where_: where_.into(), what: what.into() });
    }

    /// Whether there is room for more findings; says so once when there is none.
    fn goes_on(&mut self) -> bool {
        if self.findings.len() < FINDINGS_MAX {
            return true;
        }
        self.find("too_many_findings", "checkpoint", "there are more findings than are listed: the rest was not read");
        false
    }
}

/// Verifies a whole log, from the entries up to the signed root, in constant memory: a bundle and a tile a level.
///
/// Checked are the checkpoint's signature and origin; each entry's hash against its tile; each tile of a higher level against
/// those below; that nothing that the checkpoint covers is missing; the root. Files that the checkpoint does not ask for are not
/// looked at. Where there are keys of the log of two kinds, Ed25519 and ML-DSA-44, both kinds must have signed. Without `keys`
/// everything is checked but the signature, and that is a finding (`signer_unpinned`): whoever forges a log signs it anew.
///
/// `progress` is called with the number of entries done and of all.
///
/// # Errors
/// What `source` returns. Whatever is wrong with the log is a finding.
pub fn verify_log(source: &mut dyn LogSource, keys: &[VerifierKey], progress: &mut dyn FnMut(u64, u64)) -> Result<LogReport> {
    verify_log_entries(source, keys, progress, &mut |_, _| Ok(()))
}

/// [`verify_log`], and hands each entry with its index to `each`, in order. An entry is handed out before the root is
/// known: what it says is to be believed when the report is good.
///
/// # Errors
/// What `source` or `each` returns.
pub fn verify_log_entries(
    source: &mut dyn LogSource,
    keys: &[VerifierKey],
    progress: &mut dyn FnMut(u64, u64),
    each: &mut dyn FnMut(u64, &[u8]) -> Result<()>,
) -> Result<LogReport> {
    let mut report = LogReport {
        origin: String::new(),
        size: 0,
        root: EMPTY_ROOT,
        signed_by: Vec::new(),
        entries: 0,
        bundles: 0,
        tiles: 0,
        findings: Vec::new(),
    };
    if !read_checkpoint(source, keys, &mut report)? {
        return Ok(report);
    }
    let mut edge = Edge::new();
    let mut full = Vec::new();
    let mut leaves = Vec::with_capacity(TILE_WIDTH as usize);
    progress(0, report.size);
    while edge.size() < report.size {
        let width = (report.size - edge.size()).min(TILE_WIDTH) as u16;
        let index = edge.size() / TILE_WIDTH;
        let Some(bundle) = read_bundle(source, index, width, &mut report)? else {
            // Without its leaves nothing above can be compared.
            return Ok(report);
        };
        leaves.clear();
        for entry in bundle_entries(&bundle).take(width.into()) {
            leaves.push(leaf_hash(entry?));
        }
        for leaf in &leaves {
            edge.push(*leaf, &mut full);
        }
        let first = index * TILE_WIDTH;
        for tile in full.drain(..) {
            compare(source, &tile, first, &mut report)?;
        }
        for (entry, bytes) in (first..).zip(bundle_entries(&bundle).take(width.into())) {
            each(entry, bytes?)?;
        }
        report.entries = edge.size();
        progress(edge.size(), report.size);
        if !report.goes_on() {
            return Ok(report);
        }
    }
    for tile in edge.partial() {
        compare(source, &tile, report.size / TILE_WIDTH * TILE_WIDTH, &mut report)?;
    }
    if edge.root() != report.root {
        let what = format!("the entries have the root {}, and the checkpoint says {}", edge.root(), report.root);
        report.find("root_differs", "checkpoint", what);
    }
    Ok(report)
}

/// Whether the checkpoint can be read at all.
fn read_checkpoint(source: &mut dyn LogSource, keys: &[VerifierKey], report: &mut LogReport) -> Result<bool> {
    let Some(note) = source.read("checkpoint")? else {
        report.find("checkpoint_missing", "checkpoint", "the log has no checkpoint: nothing says what it should hold");
        return Ok(false);
    };
    let parsed = SignedNote::parse(&note).and_then(|note| Ok((Checkpoint::parse(&note.text)?, note)));
    let (checkpoint, parsed) = match parsed {
        Ok(parsed) => parsed,
        Err(error) => {
            report.find(kind_of(&error), "checkpoint", error.to_string());
            return Ok(false);
        }
    };
    if keys.is_empty() {
        report.find("signer_unpinned", "checkpoint", "no key was given: whoever forges a log signs it anew");
    } else if let Err(error) = open_checkpoint(&note, keys) {
        report.find(kind_of(&error), "checkpoint", error.to_string());
    } else {
        let signers = parsed.signed_by(keys)?;
        if let Some(kind) = missing_kind(&checkpoint, &signers, keys) {
            report.find(
                "audit.unsigned",
                "checkpoint",
                format!("none of the known keys of the kind {kind} signed this checkpoint"),
            );
        }
        report.signed_by = signers.into_iter().cloned().collect();
    }
    (report.origin, report.size, report.root) = (checkpoint.origin, checkpoint.size, checkpoint.root);
    Ok(true)
}

/// An error of the log's formats as the kind of a finding.
fn kind_of(error: &Error) -> &'static str {
    const KINDS: [&str; 7] = [
        "audit.note",
        "audit.checkpoint",
        "audit.signature",
        "audit.unsigned",
        "audit.origin",
        "audit.key_unsupported",
        "audit.bundle",
    ];
    KINDS.into_iter().find(|kind| *kind == error.code()).unwrap_or("audit")
}

/// A bundle that has at least `width` entries; `None` and a finding when there is none.
fn read_bundle(source: &mut dyn LogSource, index: u64, width: u16, report: &mut LogReport) -> Result<Option<Vec<u8>>> {
    let path = |width| bundle_path(index, width);
    let Some((found, bytes)) = read_widening(path, width, &mut |path| source.read(path))? else {
        report.find("bundle_missing", path(width), "the entries are missing; what comes after them was not read");
        return Ok(None);
    };
    report.bundles += 1;
    let mut count = 0;
    for entry in bundle_entries(&bytes) {
        match entry {
            Ok(_) => count += 1,
            Err(error) => {
                report.find("bundle_malformed", path(found), error.to_string());
                return Ok(None);
            }
        }
    }
    if count != found {
        report.find("bundle_width", path(found), format!("there are {count} entries, and the name says {found}"));
        return Ok(None);
    }
    Ok(Some(bytes))
}

/// Compares the tile that the entries ask for with the one that is stored. If it is one of leaves, they are those from `first` on.
fn compare(source: &mut dyn LogSource, tile: &Tile, first: u64, report: &mut LogReport) -> Result<()> {
    let width = (tile.bytes.len() / 32) as u16;
    let stem = tile.path.split(".p/").next().unwrap_or_default().to_owned();
    let path = |width: u16| if u64::from(width) == TILE_WIDTH { stem.clone() } else { format!("{stem}.p/{width}") };
    let Some((found, bytes)) = read_widening(path, width, &mut |path| source.read(path))? else {
        report.find("tile_missing", tile.path.clone(), "the tile is missing");
        return Ok(());
    };
    report.tiles += 1;
    if bytes.len() != usize::from(found) * 32 {
        report.find(
            "tile_differs",
            path(found),
            format!("the tile has {} bytes, and its name asks for {}", bytes.len(), found * 32),
        );
        return Ok(());
    }
    if bytes.starts_with(&tile.bytes) {
        return Ok(());
    }
    let at = bytes.as_chunks::<32>().0.iter().zip(tile.bytes.as_chunks::<32>().0).position(|(stored, asked)| stored != asked);
    let at = at.unwrap_or_default() as u64;
    let what = if stem.starts_with("tile/0/") {
        format!("entry {} has another hash than the tile", first + at)
    } else {
        format!("hash {at} of the tile is not that of the tile below")
    };
    report.find("tile_differs", path(found), what);
    Ok(())
}
