//! How much memory, and how long, verifying a log takes: `audit_verify_memory [ENTRIES]`, 10 million of 256 bytes if not said
//! otherwise. Tiles lie in a temporary folder (32 bytes an entry); entries are made when they are asked for. Ends with 1 when the peak
//! is above 64 MB.
#![allow(clippy::print_stdout)]

use std::{fs, path::PathBuf, time::Instant};

use beleg::{
    Result,
    audit::{
        Checkpoint, Ed25519Signer, Edge, LogSource, Signer, Tile, bundle_path, encode_bundle, leaf_hash, sign_checkpoint,
        verify_log,
    },
};

const PEAK_KB: u64 = 64 * 1024;

/// Entries as they are asked for, the rest from a folder.
struct Source {
    folder: PathBuf,
    size: u64,
    /// The next bundle; they are asked for in order.
    next: u64,
}

fn entry(index: u64) -> Vec<u8> {
    format!("{index:0256}").into_bytes()
}

impl LogSource for Source {
    fn read(&mut self, path: &str) -> Result<Option<Vec<u8>>> {
        if !path.starts_with("tile/entries/") {
            return Ok(fs::read(self.folder.join(path)).ok());
        }
        let entries: Vec<Vec<u8>> = (self.next * 256..self.size.min(self.next * 256 + 256)).map(entry).collect();
        assert_eq!(path, bundle_path(self.next, entries.len() as u16), "bundles are read in order");
        self.next += 1;
        encode_bundle(entries.iter().map(Vec::as_slice)).map(Some)
    }
}

/// The largest resident set so far, in KiB; Linux alone says it.
fn peak() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse().ok())
}

fn main() -> Result<()> {
    let size = std::env::args().nth(1).and_then(|size| size.parse().ok()).unwrap_or(10_000_000);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let write = |tile: Tile| {
        let path = folder.path().join(tile.path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, tile.bytes).expect("a file");
    };
    let (mut edge, mut full) = (Edge::new(), Vec::new());
    for index in 0..size {
        edge.push(leaf_hash(&entry(index)), &mut full);
        full.drain(..).for_each(write);
    }
    edge.partial().into_iter().for_each(write);
    let signer = Ed25519Signer::from_seed("example.com/log", [7; 32])?;
    let checkpoint = Checkpoint { origin: "example.com/log".into(), size, root: edge.root(), extensions: vec![] };
    fs::write(folder.path().join("checkpoint"), sign_checkpoint(&checkpoint, &[&signer])?).expect("a file");

    let began = Instant::now();
    let mut source = Source { folder: folder.path().to_owned(), size, next: 0 };
    let report = verify_log(&mut source, &[signer.verifier_key().clone()], &mut |_, _| ())?;
    assert!(report.is_good() && report.entries == size, "{:?}", report.findings);
    println!("{size} entries, {} tiles, in {:.1} s, most of it making the entries", report.tiles, began.elapsed().as_secs_f64());
    match peak() {
        Some(peak) => {
            println!("peak of memory: {} KiB", peak);
            std::process::exit(i32::from(peak > PEAK_KB));
        }
        None => println!("this system does not say how much memory was used"),
    }
    Ok(())
}
