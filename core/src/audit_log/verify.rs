//! Whether the log of a corpus is what it says: all that [`crate::audit`] verifies of any log, and what Beleg adds to it.

use std::collections::HashMap;

use uuid::Uuid;

use super::{
    epoch::{Kept, kept},
    inspect::{LogVerification, Objects, opens},
    log::known_checkpoint,
    objection::{Held, held},
    parts::Parts,
    read,
};
use crate::{
    Result,
    audit::{self, Checkpoint, Finding, Leaf, SignedNote, TileHashes, VerifierKey, verify_log_entries},
};

/// Boots that are remembered at a time: older ones are over.
const BOOTS: usize = 10_000;

pub(super) fn verify(
    parts: &Parts,
    keys: Vec<VerifierKey>,
    progress: Option<&(dyn Fn(u64, u64) + Send + Sync)>,
) -> Result<LogVerification> {
    let is_pinned = !keys.is_empty() || parts.keys.checkpoint(parts.named)?.is_some();
    // Without a key there is a finding that says so.
    let keys = if keys.is_empty() && parts.has_signer()? { own_keys(parts)? } else { keys };
    let mut boots = Boots::default();
    let mut findings = Vec::new();
    let report = verify_log_entries(
        &mut Objects(parts),
        &keys,
        &mut |done, all| {
            if let Some(progress) = progress {
                progress(done, all);
            }
        },
        &mut |index, entry| {
            boots.check(index, entry, parts.epoch, &mut findings);
            Ok(())
        },
    )?;
    let mut uncovered = 0;
    let sequencer = parts.sequencer();
    sequencer.read(report.size, &mut |index, entry, _| {
        uncovered += 1;
        boots.check(index, entry, parts.epoch, &mut findings);
        Ok(())
    })?;
    let mut report = report;
    report.findings.append(&mut findings);
    let mut checkpoints = 0;
    if report.is_good() && report.size > 0 {
        checkpoints = check_published(parts, &keys, report.size, &mut report.findings)?;
        check_known(parts, sequencer.as_ref(), &mut report.findings)?;
        check_kept(parts, sequencer.as_ref(), &mut report.findings)?;
    }
    Ok(LogVerification { report, is_pinned, uncovered, boots: boots.begun, clock_set_back: boots.set_back, checkpoints })
}

/// The keys of the log, as far as they signed the last checkpoint that the key store knows.
fn own_keys(parts: &Parts) -> Result<Vec<VerifierKey>> {
    match parts.keys.checkpoint(parts.named)? {
        Some(note) => parts.keys_under(&SignedNote::parse(&note)?),
        None => Ok(vec![parts.signer()?.verifier_key().clone()]),
    }
}

/// Each checkpoint that was published must be of this log: whoever was shown one of them can rely on it.
fn check_published(parts: &Parts, keys: &[VerifierKey], size: u64, findings: &mut Vec<Finding>) -> Result<u64> {
    let names = read::wait(parts.blobs.list(&parts.name("checkpoints")))?;
    let mut tiles = |path: &str| read::tile(parts, path);
    let mut hashes = TileHashes::new(size, &mut tiles);
    let mut checked = 0;
    for name in names {
        let Some((note, _)) = read::wait(parts.blobs.get(&name))? else { continue };
        let mut find = |kind, what: &str| {
            findings.push(Finding { kind, where_: name.clone(), what: what.to_owned() });
        };
        let parsed = SignedNote::parse(&note).and_then(|note| Checkpoint::parse(&note.text));
        match parsed {
            Err(_) => find("checkpoint_malformed", "a checkpoint that was published cannot be read"),
            // Written before the one that stands for it was replaced.
            Ok(checkpoint) if checkpoint.size > size => {}
            Ok(checkpoint) if audit::root_at(checkpoint.size, &mut hashes)? != checkpoint.root => {
                find("checkpoint_differs", "a checkpoint that was published is of another log: the log was rewritten");
            }
            // One that was signed before the key was rotated is no finding.
            Ok(_) => {
                let _ = opens(&note, keys);
            }
        }
        checked += 1;
    }
    Ok(checked)
}

/// The last checkpoint that the keys signed must be of this log.
fn check_known(parts: &Parts, sequencer: &dyn crate::store::Sequencer, findings: &mut Vec<Finding>) -> Result<()> {
    let Some(known) = known_checkpoint(parts)?.filter(|known| known.origin == parts.origin()) else { return Ok(()) };
    let (kind, what) = match held(parts, sequencer, &known)? {
        Held::Holds => return Ok(()),
        Held::Differs => ("forked", "the log is another one than the one whose checkpoint lies in the key store"),
        Held::Lacks => ("behind", "the log is older than the checkpoint in the key store: entries are missing at its end"),
    };
    findings.push(Finding { kind, where_: "checkpoint".to_owned(), what: what.to_owned() });
    Ok(())
}

/// What was cosigned, stamped or exported must be of this log.
fn check_kept(parts: &Parts, sequencer: &dyn crate::store::Sequencer, findings: &mut Vec<Finding>) -> Result<()> {
    for Kept { name, checkpoint } in kept(parts)?.into_iter().filter(|kept| kept.checkpoint.origin == parts.origin()) {
        let (kind, what) = match held(parts, sequencer, &checkpoint)? {
            Held::Holds => continue,
            Held::Differs => ("forked", "the log is another one than the one that this checkpoint was kept of"),
            Held::Lacks => {
                ("behind", "the log is older than this checkpoint, which was kept of it: entries are missing at its end")
            }
        };
        findings.push(Finding { kind, where_: name, what: what.to_owned() });
    }
    Ok(())
}

/// Counts what each boot wrote.
#[derive(Default)]
struct Boots {
    recent: HashMap<Uuid, u64>,
    older: HashMap<Uuid, u64>,
    begun: u64,
    last_time: String,
    set_back: u64,
}

impl Boots {
    fn check(&mut self, index: u64, entry: &[u8], epoch: u32, findings: &mut Vec<Finding>) {
        let mut find = |kind, what: &str| {
            if findings.len() < 100 {
                findings.push(Finding { kind, where_: format!("entry {index}"), what: what.to_owned() });
            }
        };
        let leaf = match Leaf::parse(entry) {
            Ok(leaf) => leaf,
            Err(_) => return find("entry_malformed", "it is no entry of Beleg"),
        };
        if leaf.epoch != epoch {
            find("entry_of_other_epoch", "the entry says that it belongs to another epoch");
        }
        let known = self.recent.get(&leaf.boot).or_else(|| self.older.get(&leaf.boot)).copied();
        match known {
            Some(last) if leaf.seq != last + 1 => {
                find("seq_gap", "entries of its boot are missing before it, or stand behind it")
            }
            None if leaf.seq == 0 => self.begun += 1,
            // Of a boot that was forgotten because it wrote nothing for so long.
            None | Some(_) => {}
        }
        self.recent.insert(leaf.boot, leaf.seq);
        if self.recent.len() >= BOOTS {
            self.older = std::mem::take(&mut self.recent);
        }
        // The format of the time sorts as it counts.
        if leaf.time < self.last_time {
            self.set_back += 1;
        }
        self.last_time = leaf.time;
    }
}
