//! Office files under a password ([MS-OFFCRYPTO], section 2.3.4): a compound file whose stream `EncryptedPackage` is the
//! whole package, encrypted, and whose stream `EncryptionInfo` says how.
//!
//! Nothing in here is larger than the file itself: ciphers do not compress. What a file can ask for without limit is
//! rounds of hashing, and those are counted over all passwords together.

mod agile;
mod cipher;
mod standard;

use std::io::{Cursor, Read};

use crate::{Error, ErrorKind, Result, document::passwords};
use agile::Agile;
use standard::Standard;

/// Rounds of hashing for one file at most. Office asks for 100,000 a password; its schema allows for ten million.
const ROUNDS: u64 = 10_000_000;

/// Of the stream that says how the package is encrypted; Office writes less than four.
const INFO_BYTES: u64 = 1 << 20;

/// What Excel encrypts a workbook with that is to be protected and still to be opened by everybody (section 2.4.2.3).
const EVERYBODYS: &str = "VelvetSweatshop";

/// How a package is encrypted.
enum Scheme {
    /// Since Office 2010.
    Agile(Agile),
    /// Of Office 2007.
    Standard(Standard),
}

/// The package in the compound file `bytes`, opened with the first of `passwords` that fits.
///
/// # Errors
/// `document.encrypted` without a password, `document.wrong_password`, `ooxml.encryption_unsupported`,
/// `ooxml.encryption_damaged`, `limit.password_rounds`.
pub(crate) fn decrypt(bytes: &[u8], passwords: &[String]) -> Result<Vec<u8>> {
    let mut file = cfb::CompoundFile::open(Cursor::new(bytes)).map_err(|_| damaged())?;
    if !file.is_stream("/EncryptionInfo") {
        // A file under rights management has its licence instead.
        return Err(unsupported());
    }
    let mut stream = |name: &str, most: u64| {
        let mut content = Vec::new();
        file.open_stream(name)?.take(most).read_to_end(&mut content).map(|_| content)
    };
    let info = stream("/EncryptionInfo", INFO_BYTES).map_err(|_| damaged())?;
    let package = stream("/EncryptedPackage", bytes.len() as u64).map_err(|_| damaged())?;
    let (head, rest) = info.split_at_checked(4).ok_or_else(damaged)?;
    let scheme = match head {
        [4, 0, 4, 0] => Scheme::Agile(Agile::read(rest.get(4..).ok_or_else(damaged)?)?),
        [2..=4, 0, 2, 0] => Scheme::Standard(Standard::read(rest)?),
        _ => return Err(unsupported()),
    };
    let mut left = ROUNDS;
    for password in passwords.iter().map(String::as_str).chain([EVERYBODYS]) {
        left = left.checked_sub(scheme.rounds()).ok_or_else(|| {
            Error::new(
                ErrorKind::Limit,
                "limit.password_rounds",
                "checking the passwords of the file takes more work than is allowed",
            )
            .with("rounds", scheme.rounds().to_string())
            .with_hint("give the file's own password alone, or save it without a password and ingest that file")
        })?;
        if let Some(key) = scheme.key(password)? {
            return scheme.decrypt(&key, package);
        }
    }
    Err(passwords::refused(passwords))
}

impl Scheme {
    /// Rounds of hashing to check one password.
    fn rounds(&self) -> u64 {
        match self {
            Self::Agile(agile) => agile.rounds(),
            Self::Standard(_) => standard::ROUNDS.into(),
        }
    }

    /// The key of the package when `password` is right.
    fn key(&self, password: &str) -> Result<Option<Vec<u8>>> {
        let password: Vec<u8> = password.encode_utf16().flat_map(u16::to_le_bytes).collect();
        match self {
            Self::Agile(agile) => agile.key(&password),
            Self::Standard(standard) => standard.key(&password),
        }
    }

    fn decrypt(&self, key: &[u8], mut package: Vec<u8>) -> Result<Vec<u8>> {
        let length = package.first_chunk().map(|length| u64::from_le_bytes(*length)).ok_or_else(damaged)?;
        if let Self::Agile(agile) = self {
            agile.check(key, &package)?;
        }
        package.drain(..8);
        match self {
            Self::Agile(agile) => agile.decrypt(key, &mut package)?,
            Self::Standard(_) => cipher::ecb(key, &mut package).ok_or_else(damaged)?,
        }
        // The last block is filled up; a length beyond it is that of a file cut off.
        let whole = package.len() - package.len() % cipher::BLOCK;
        package.truncate(usize::try_from(length).ok().filter(|length| *length <= whole).ok_or_else(damaged)?);
        Ok(package)
    }
}

fn damaged() -> Error {
    Error::new(ErrorKind::Malformed, "ooxml.encryption_damaged", "the encrypted Office file is damaged, cut off or was changed")
        .with_hint("ask for the file again")
}

fn unsupported() -> Error {
    Error::new(ErrorKind::Encrypted, "ooxml.encryption_unsupported", "the Office file is encrypted in a way that is not read")
        .with_hint("save it without encryption in Office and ingest that file")
}

#[cfg(test)]
mod tests;
