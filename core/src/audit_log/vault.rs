//! Payloads of entries, sealed: each under a key of its own, which the keys of all of its subjects make together. Destroying any
//! of them makes it unreadable, in every copy.
//!
//! What lies beside an entry: a byte with the version (1), the number of payloads (u16), and for each the number of subjects (u8), their pseudonyms
//! (16 bytes each), random bytes (16), the length (u32), and AES-256-GCM over the salt of the commitment (32 bytes) and the
//! payload. Numbers are little-endian. The key of a record is HMAC-SHA256 over the random bytes, keyed with HMAC-SHA256 over the subjects' keys in ascending order
//! of their pseudonyms; it seals one record, so the nonce is zero. What is authenticated beside it are the id of the entry and the place of the payload.

use aes_gcm::{
    Aes256Gcm, KeyInit,
    aead::{Aead, Payload as Sealing},
};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::SubjectKey;
use crate::{Error, ErrorKind, Result, env::Random};

const VERSION: u8 = 1;
/// A payload has few subjects; its document, who asked, and whom it concerns.
const MOST_SUBJECTS: usize = 255;

/// A payload to be sealed.
pub(super) struct Opened<'a> {
    pub(super) salt: [u8; 32],
    pub(super) payload: &'a [u8],
    pub(super) subjects: Vec<&'a SubjectKey>,
}

/// What became of a payload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VaultRecord {
    /// It is there, with the salt of its commitment.
    Kept {
        /// The salt.
        salt: [u8; 32],
        /// The payload.
        payload: Vec<u8>,
    },
    /// A key that it takes to read it was destroyed, or the record itself.
    Erased,
}

/// Seals the payloads of an entry.
pub(super) fn seal(entry: Uuid, payloads: &[Opened<'_>], random: &dyn Random) -> Result<Vec<u8>> {
    let mut out = vec![VERSION];
    out.extend_from_slice(&(payloads.len() as u16).to_le_bytes());
    for (place, payload) in payloads.iter().enumerate() {
        let mut subjects = payload.subjects.clone();
        subjects.sort_unstable_by_key(|subject| subject.pseudonym);
        subjects.dedup_by_key(|subject| subject.pseudonym);
        if subjects.is_empty() || subjects.len() > MOST_SUBJECTS {
            return Err(Error::new(ErrorKind::InvalidInput, "audit.subjects", "a payload has too many subjects, or none")
                .with("subjects", subjects.len().to_string())
                .with_hint("a call may concern up to 200 subjects"));
        }
        let mut unique = [0; 16];
        random.fill(&mut unique);
        let mut open = Zeroizing::new(payload.salt.to_vec());
        open.extend_from_slice(payload.payload);
        let sealed = cipher(&unique, &subjects)
            .encrypt(&Default::default(), Sealing { msg: &open, aad: &bound_to(entry, place) })
            .map_err(|_| Error::new(ErrorKind::Limit, "audit.payload_too_long", "a payload is too long to be sealed"))?;
        out.push(subjects.len() as u8);
        for subject in &subjects {
            out.extend_from_slice(subject.pseudonym.as_bytes());
        }
        out.extend_from_slice(&unique);
        out.extend_from_slice(&(sealed.len() as u32).to_le_bytes());
        out.extend_from_slice(&sealed);
    }
    Ok(out)
}

/// Opens the payloads of an entry, in their order; `key` gives the key behind a pseudonym. Nothing is left of an entry whose
/// records were removed: `sealed` is empty then.
pub(super) fn open(
    entry: Uuid,
    sealed: &[u8],
    key: &mut dyn FnMut(Uuid) -> Result<Option<SubjectKey>>,
) -> Result<Vec<VaultRecord>> {
    let mut rest = Reader(sealed);
    if sealed.is_empty() {
        return Ok(Vec::new());
    }
    let [version] = rest.array()?;
    if version != VERSION {
        return Err(damaged());
    }
    let count = u16::from_le_bytes(rest.array()?);
    let mut records = Vec::with_capacity(count.into());
    for place in 0..usize::from(count) {
        let [subjects] = rest.array()?;
        let mut keys = Vec::with_capacity(subjects.into());
        for _ in 0..subjects {
            keys.push(key(Uuid::from_bytes(rest.array()?))?);
        }
        let unique = rest.array::<16>()?;
        let length = u32::from_le_bytes(rest.array()?) as usize;
        let sealed = rest.take(length)?;
        let keys: Option<Vec<SubjectKey>> = keys.into_iter().collect();
        let Some(keys) = keys.filter(|_| length > 0) else {
            records.push(VaultRecord::Erased);
            continue;
        };
        let mut opened = cipher(&unique, &keys.iter().collect::<Vec<_>>())
            .decrypt(&Default::default(), Sealing { msg: sealed, aad: &bound_to(entry, place) })
            .map_err(|_| damaged())?;
        let payload = opened.split_off(32.min(opened.len()));
        let salt = opened.try_into().map_err(|_| damaged())?;
        records.push(VaultRecord::Kept { salt, payload });
    }
    if rest.0.is_empty() { Ok(records) } else { Err(damaged()) }
}

/// Under whose keys the payloads of an entry are sealed, by their pseudonyms: ascending, each once.
pub(super) fn subjects(sealed: &[u8]) -> Result<Vec<Uuid>> {
    let mut rest = Reader(sealed);
    let mut subjects = Vec::new();
    if !sealed.is_empty() {
        let [version] = rest.array()?;
        if version != VERSION {
            return Err(damaged());
        }
        for _ in 0..u16::from_le_bytes(rest.array()?) {
            let [count] = rest.array()?;
            for _ in 0..count {
                subjects.push(Uuid::from_bytes(rest.array()?));
            }
            rest.array::<16>()?;
            let length = u32::from_le_bytes(rest.array()?) as usize;
            rest.take(length)?;
        }
    }
    subjects.sort_unstable();
    subjects.dedup();
    Ok(subjects)
}

fn cipher(unique: &[u8; 16], subjects: &[&SubjectKey]) -> Aes256Gcm {
    let mut joint = mac(b"beleg1 vault");
    for subject in subjects {
        joint.update(subject.key.as_ref());
    }
    let joint = Zeroizing::new(<[u8; 32]>::from(joint.finalize().into_bytes()));
    let mut own = mac(joint.as_ref());
    own.update(unique);
    Aes256Gcm::new(&own.finalize().into_bytes())
}

fn mac(key: &[u8]) -> Hmac<Sha256> {
    // Any length of key is fine.
    Hmac::new_from_slice(key).unwrap_or_else(|_| unreachable!("HMAC takes keys of every length"))
}

fn bound_to(entry: Uuid, place: usize) -> [u8; 18] {
    let mut bytes = [0; 18];
    bytes[..16].copy_from_slice(entry.as_bytes());
    bytes[16..].copy_from_slice(&(place as u16).to_le_bytes());
    bytes
}

fn damaged() -> Error {
    Error::new(ErrorKind::Corrupt, "audit.vault_damaged", "a sealed payload of the audit log is damaged")
        .with_hint("restore the folder `vault` of the corpus from a backup; the log itself is not affected")
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let (array, rest) = self.0.split_first_chunk::<N>().ok_or_else(damaged)?;
        self.0 = rest;
        Ok(*array)
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or_else(damaged)?;
        self.0 = rest;
        Ok(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::env::System;

    fn subject(n: u8) -> SubjectKey {
        SubjectKey { pseudonym: Uuid::from_bytes([n; 16]), key: Zeroizing::new([n; 32]) }
    }

    #[test]
    fn a_payload_is_read_with_all_of_its_keys_and_without_any_of_them_not() {
        let (a, b) = (subject(1), subject(2));
        let entry = Uuid::from_bytes([9; 16]);
        let payloads = [
            Opened { salt: [7; 32], payload: b"of both", subjects: vec![&b, &a, &a] },
            Opened { salt: [8; 32], payload: b"of one", subjects: vec![&a] },
        ];
        let sealed = seal(entry, &payloads, &System).unwrap();
        assert!(!sealed.windows(7).any(|bytes| bytes == b"of both"));
        assert_eq!(subjects(&sealed).unwrap(), [a.pseudonym, b.pseudonym], "whom it concerns is told without a key");
        let kept = |salt, payload: &[u8]| VaultRecord::Kept { salt: [salt; 32], payload: payload.to_vec() };
        let with = |keys: &[&SubjectKey]| {
            open(entry, &sealed, &mut |pseudonym| {
                Ok(keys.iter().find(|key| key.pseudonym == pseudonym).map(|key| (*key).clone()))
            })
        };
        assert_eq!(with(&[&a, &b]).unwrap(), [kept(7, b"of both"), kept(8, b"of one")]);
        assert_eq!(with(&[&a]).unwrap(), [VaultRecord::Erased, kept(8, b"of one")]);
        assert_eq!(with(&[&b]).unwrap(), [VaultRecord::Erased, VaultRecord::Erased]);
        let forged = SubjectKey { key: Zeroizing::new([3; 32]), ..b.clone() };
        assert_eq!(with(&[&a, &forged]).unwrap_err().code(), "audit.vault_damaged");
    }

    #[test]
    fn a_record_of_another_entry_or_place_a_flipped_bit_and_a_cut_are_told() {
        let a = subject(1);
        let entry = Uuid::from_bytes([9; 16]);
        let sealed = seal(entry, &[Opened { salt: [7; 32], payload: b"payload", subjects: vec![&a] }], &System).unwrap();
        let read = |entry, bytes: &[u8]| open(entry, bytes, &mut |p| Ok((p == a.pseudonym).then(|| a.clone())));
        assert!(read(Uuid::nil(), &sealed).is_err());
        for length in 1..sealed.len() {
            assert!(read(entry, &sealed[..length]).is_err(), "cut at {length}");
        }
        for bit in 0..sealed.len() * 8 {
            let mut flipped = sealed.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let kept = VaultRecord::Kept { salt: [7; 32], payload: b"payload".to_vec() };
            assert!(read(entry, &flipped).is_ok_and(|records| !records.contains(&kept)) || read(entry, &flipped).is_err());
        }
    }
}
