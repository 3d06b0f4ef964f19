//! What is sealed beside entries, without its keys: whom it concerns, for those who say how long it is kept.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::{
    AuditLog,
    inspect::{blocking, covered},
    parts::Parts,
    read, vault,
};
use crate::{
    Result,
    audit::{self, Leaf, TILE_WIDTH},
};

/// An entry beside which payloads are sealed.
#[derive(Debug, Clone, PartialEq)]
pub struct SealedEntry {
    /// Its place.
    pub index: u64,
    /// The entry.
    pub leaf: Leaf,
    /// The pseudonyms of those under whose keys its payloads are sealed, ascending; also of those whose keys are destroyed.
    pub keys: Vec<Uuid>,
}

/// So many bundles are read at a time.
const BUNDLES: u64 = 16;

impl AuditLog {
    /// Published entries from `from` to before `until` that have payloads still, a few thousand at most; and where the next ones begin. Of an
    /// epoch before also those that no checkpoint will ever cover, as the last ones.
    pub async fn sealed_entries(&self, from: u64, until: u64) -> Result<(Vec<SealedEntry>, u64)> {
        let log = self.clone();
        blocking(move || {
            let parts = log.parts();
            let size = covered(parts)?;
            if parts.is_past && from >= size {
                return Ok((tail(parts, from, until)?, until.max(from)));
            }
            let until = until.min(size);
            if from >= until {
                return Ok((Vec::new(), until.max(from)));
            }
            let first = from / TILE_WIDTH;
            let next = until.div_ceil(TILE_WIDTH).min(first + BUNDLES);
            let mut found = Vec::new();
            for number in first..next {
                let mut sealed = BTreeMap::new();
                for name in read::vault_objects(parts, number)? {
                    let Some((bytes, _)) = read::wait(parts.blobs.get(&name))? else { continue };
                    for record in read::vault_records(&name, &bytes) {
                        let (index, record) = record?;
                        if (from..until).contains(&index) && !record.is_empty() {
                            sealed.insert(index, vault::subjects(record)?);
                        }
                    }
                }
                if sealed.is_empty() {
                    continue;
                }
                let bundle = read::bundle(parts, number, size)?;
                let entries = audit::decode_bundle(&bundle)?;
                for (index, keys) in sealed {
                    if let Some(entry) = entries.get((index % TILE_WIDTH) as usize) {
                        found.push(SealedEntry { index, leaf: Leaf::parse(entry)?, keys });
                    }
                }
            }
            Ok((found, (next * TILE_WIDTH).min(until)))
        })
        .await
    }

    /// The pseudonyms of those under whose keys the payloads of an entry are sealed; none when nothing is sealed beside it.
    pub async fn concerned(&self, index: u64) -> Result<Vec<Uuid>> {
        let log = self.clone();
        blocking(move || {
            let parts = log.parts();
            let entry = read::entry(parts, parts.sequencer().as_ref(), index)?;
            entry.map_or(Ok(Vec::new()), |(_, sealed)| vault::subjects(&sealed))
        })
        .await
    }
}

/// Entries of an epoch before that lie in its write-ahead file alone.
fn tail(parts: &Parts, from: u64, until: u64) -> Result<Vec<SealedEntry>> {
    let mut found = Vec::new();
    parts.sequencer().read(from, &mut |index, entry, sealed| {
        if index < until && !sealed.is_empty() {
            found.push(SealedEntry { index, leaf: Leaf::parse(entry)?, keys: vault::subjects(sealed)? });
        }
        Ok(())
    })?;
    Ok(found)
}
