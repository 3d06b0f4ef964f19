//! Time stamps of an authority (RFC 3161, with RFC 5816): what asks for one, and what one says.
//!
//! Whether the authority's signature holds, and whether its certificate is to be trusted, is not checked here: `openssl ts -verify` does.

use jiff::Timestamp as Time;
use sha2::{Digest, Sha256};

use crate::{Error, ErrorKind, Result, hex::hex};

/// The longest answer that is read, in bytes: the token and the certificates of its authority.
pub const TIMESTAMP_BYTES_MAX: usize = 256 << 10;

/// Asks for a time stamp over the SHA-256 of some data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimestampRequest {
    imprint: [u8; 32],
    nonce: [u8; 8],
}

/// What a time stamp says: that its authority knew the SHA-256 of some data at a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timestamp {
    /// When, by the authority's clock.
    pub time: Time,
    /// The SHA-256.
    pub imprint: [u8; 32],
    /// The number that the authority gave it, in hex.
    pub serial: String,
    /// The authority's rules, as an object identifier.
    pub policy: String,
    /// What was sent to tell answers apart, as it is encoded.
    nonce: Option<Vec<u8>>,
}

mod tag {
    pub(super) const BOOLEAN: u8 = 0x01;
    pub(super) const INTEGER: u8 = 0x02;
    pub(super) const BIT_STRING: u8 = 0x03;
    pub(super) const OCTET_STRING: u8 = 0x04;
    pub(super) const NULL: u8 = 0x05;
    pub(super) const OID: u8 = 0x06;
    pub(super) const UTF8: u8 = 0x0c;
    pub(super) const TIME: u8 = 0x18;
    pub(super) const SEQUENCE: u8 = 0x30;
    pub(super) const SET: u8 = 0x31;
    pub(super) const CONTEXT_0: u8 = 0xa0;
    pub(super) const CONTEXT_1: u8 = 0xa1;
}

/// 2.16.840.1.101.3.4.2.1
const SHA_256: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01];
/// 1.2.840.113549.1.7.2
const SIGNED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02];
/// 1.2.840.113549.1.9.16.1.4
const TST_INFO: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x01, 0x04];

impl TimestampRequest {
    /// Over `data`. The nonce is to be random.
    pub fn new(data: &[u8], nonce: [u8; 8]) -> Self {
        let mut nonce = nonce;
        // Positive, and in the one encoding of its length.
        nonce[0] = nonce[0] & 0x3f | 0x40;
        Self { imprint: Sha256::digest(data).into(), nonce }
    }

    /// The `TimeStampReq`, which asks for the authority's certificate as well.
    pub fn to_der(&self) -> Vec<u8> {
        let algorithm = der(tag::SEQUENCE, &[&der(tag::OID, &[SHA_256]), &der(tag::NULL, &[])]);
        let imprint = der(tag::SEQUENCE, &[&algorithm, &der(tag::OCTET_STRING, &[&self.imprint])]);
        let (version, nonce) = (der(tag::INTEGER, &[&[1]]), der(tag::INTEGER, &[&self.nonce]));
        der(tag::SEQUENCE, &[&version, &imprint, &nonce, &der(tag::BOOLEAN, &[&[0xff]])])
    }

    /// Reads the `TimeStampResp` to this request.
    ///
    /// # Errors
    /// Those of [`Timestamp::parse`], and `audit.timestamp_differs` when it is over other data or answers another request.
    pub fn accept(&self, response: &[u8]) -> Result<Timestamp> {
        let stamp = Timestamp::parse(response)?;
        let differs = |why: &'static str| {
            Error::new(ErrorKind::Malformed, "audit.timestamp_differs", "the time stamp is not the one that was asked for")
                .with("because", why)
                .with_hint("nothing of it was kept; ask again, or another authority")
        };
        if stamp.imprint != self.imprint {
            return Err(differs("it is over other data"));
        }
        if stamp.nonce.as_deref() != Some(&self.nonce) {
            return Err(differs("it answers another request"));
        }
        Ok(stamp)
    }
}

impl Timestamp {
    /// Reads a `TimeStampResp`: granted, with a token over a SHA-256 and a certificate. Its signature is not checked.
    ///
    /// # Errors
    /// `audit.timestamp_refused` when the authority gave none, `audit.timestamp` for anything that is no such answer in DER.
    pub fn parse(response: &[u8]) -> Result<Self> {
        if response.len() > TIMESTAMP_BYTES_MAX {
            return Err(malformed("it is too long"));
        }
        let mut outer = Der(response);
        let mut response = outer.inner(tag::SEQUENCE).map_err(malformed)?;
        outer.end().map_err(malformed)?;
        let mut status = response.inner(tag::SEQUENCE).map_err(malformed)?;
        match status.integer().map_err(malformed)? {
            [0 | 1] => {}
            _ => return Err(refused(status)),
        }
        token(response).map_err(malformed)
    }

    /// Whether it is over this data.
    pub fn is_of(&self, data: &[u8]) -> bool {
        Sha256::digest(data)[..] == self.imprint
    }
}

fn malformed(why: &'static str) -> Error {
    Error::new(ErrorKind::Malformed, "audit.timestamp", "this is no time stamp of RFC 3161")
        .with("because", why)
        .with_hint("check the address: it is that of a time stamp authority")
}

/// What stands behind a status other than granted.
fn refused(mut rest: Der<'_>) -> Error {
    let mut error = Error::new(ErrorKind::Environment, "audit.timestamp_refused", "the authority gave no time stamp");
    if let Ok(Some(mut texts)) = rest.optional(tag::SEQUENCE)
        && let Ok(text) = texts.value(tag::UTF8)
    {
        let text: String = String::from_utf8_lossy(text).chars().filter(|c| !c.is_control()).take(200).collect();
        error = error.with("says", text);
    }
    if let Ok(Some(Der([_, bits @ ..]))) = rest.optional(tag::BIT_STRING) {
        let is_set = |bit: usize| bits.get(bit / 8).is_some_and(|byte| byte & (0x80 >> (bit % 8)) != 0);
        let names = [
            (0, "bad_algorithm"),
            (2, "bad_request"),
            (5, "bad_data_format"),
            (14, "time_not_available"),
            (15, "unaccepted_policy"),
            (16, "unaccepted_extension"),
            (17, "additional_information_not_available"),
            (25, "system_failure"),
        ];
        if let Some((_, name)) = names.iter().find(|(bit, _)| is_set(*bit)) {
            error = error.with("failure", *name);
        }
    }
    error.with_hint("ask the authority's operator, or another authority")
}

/// The `TimeStampToken` behind the status: CMS `SignedData` around a `TSTInfo`.
fn token(mut response: Der<'_>) -> Result<Timestamp, &'static str> {
    let mut token = response.inner(tag::SEQUENCE)?;
    response.end()?;
    token.is(tag::OID, SIGNED_DATA, "its token is not signed data")?;
    let mut explicit = token.inner(tag::CONTEXT_0)?;
    token.end()?;
    let mut signed = explicit.inner(tag::SEQUENCE)?;
    explicit.end()?;
    signed.is(tag::INTEGER, &[3], "its token has another version")?;
    signed.inner(tag::SET)?;
    let mut content = signed.inner(tag::SEQUENCE)?;
    content.is(tag::OID, TST_INFO, "its token is over something else than a time")?;
    let mut explicit = content.inner(tag::CONTEXT_0)?;
    content.end()?;
    let mut octets = explicit.inner(tag::OCTET_STRING)?;
    explicit.end()?;
    // Without it nobody could verify the token later.
    signed.inner(tag::CONTEXT_0).map_err(|_| "it lacks the authority's certificate")?;
    signed.optional(tag::CONTEXT_1)?;
    let mut signers = signed.inner(tag::SET)?;
    signed.end()?;
    signers.inner(tag::SEQUENCE)?;
    signers.end().map_err(|_| "it has more than one signer")?;
    let stamp = info(octets.inner(tag::SEQUENCE)?)?;
    octets.end()?;
    Ok(stamp)
}

/// The `TSTInfo`.
fn info(mut info: Der<'_>) -> Result<Timestamp, &'static str> {
    info.is(tag::INTEGER, &[1], "it has another version")?;
    let policy = oid(info.value(tag::OID)?)?;
    let mut imprint = info.inner(tag::SEQUENCE)?;
    let mut algorithm = imprint.inner(tag::SEQUENCE)?;
    algorithm.is(tag::OID, SHA_256, "it is not over a SHA-256")?;
    if let Some(null) = algorithm.optional(tag::NULL)? {
        null.end()?;
    }
    algorithm.end()?;
    let hash = imprint.value(tag::OCTET_STRING)?.try_into().map_err(|_| "it is not over a SHA-256")?;
    imprint.end()?;
    let serial = hex(info.integer()?);
    let time = time(info.value(tag::TIME)?).ok_or("its time is none")?;
    // Its accuracy, and whether others are ordered by it: nothing is made of them.
    info.optional(tag::SEQUENCE)?;
    if info.optional(tag::BOOLEAN)?.is_some_and(|Der(value)| value != [0xff]) {
        return Err("a value is not in its one encoding");
    }
    let nonce = if info.0.first() == Some(&tag::INTEGER) { Some(info.integer()?.to_vec()) } else { None };
    info.optional(tag::CONTEXT_0)?;
    info.optional(tag::CONTEXT_1)?;
    info.end()?;
    Ok(Timestamp { time, imprint: hash, serial, policy, nonce })
}

/// `20260131235959.123Z`: in UTC, with a fraction that does not end in a zero.
fn time(value: &[u8]) -> Option<Time> {
    let text = std::str::from_utf8(value).ok()?.strip_suffix('Z')?;
    let (whole, fraction) = text.split_once('.').map_or((text, None), |(whole, fraction)| (whole, Some(fraction)));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let fine = fraction.is_none_or(|fraction| digits(fraction) && (1..=9).contains(&fraction.len()) && !fraction.ends_with('0'));
    if whole.len() != 14 || !digits(whole) || !fine {
        return None;
    }
    let [year, month, day, hour, minute, second] =
        [0..4, 4..6, 6..8, 8..10, 10..12, 12..14].map(|range| whole.get(range).unwrap_or_default());
    let fraction = fraction.map_or_else(String::new, |fraction| format!(".{fraction}"));
    format!("{year}-{month}-{day}T{hour}:{minute}:{second}{fraction}Z").parse().ok()
}

/// An object identifier with dots.
fn oid(bytes: &[u8]) -> Result<String, &'static str> {
    let wrong = "an object identifier is none";
    let (mut parts, mut value, mut begins) = (Vec::new(), 0u64, true);
    for byte in bytes {
        if (begins && *byte == 0x80) || value > u64::MAX >> 7 {
            return Err(wrong);
        }
        value = value << 7 | u64::from(byte & 0x7f);
        begins = byte & 0x80 == 0;
        if begins {
            if parts.is_empty() {
                let first = (value / 40).min(2);
                parts.push(first.to_string());
                value -= first * 40;
            }
            parts.push(value.to_string());
            value = 0;
        }
    }
    if begins && !parts.is_empty() { Ok(parts.join(".")) } else { Err(wrong) }
}

/// One value in DER.
fn der(tag: u8, contents: &[&[u8]]) -> Vec<u8> {
    let content = contents.concat();
    // Nothing that is written here is longer.
    debug_assert!(content.len() < 0x80);
    [&[tag, content.len() as u8], content.as_slice()].concat()
}

/// Reads DER strictly: definite lengths in their shortest form, tags of one byte, nothing left over.
#[derive(Clone, Copy)]
struct Der<'a>(&'a [u8]);

impl<'a> Der<'a> {
    /// The content of the next value, which has this tag.
    fn value(&mut self, wanted: u8) -> Result<&'a [u8], &'static str> {
        let cut = "it is cut off";
        let [tag, length, rest @ ..] = self.0 else { return Err(cut) };
        if *tag != wanted {
            return Err("it has other parts than a time stamp has");
        }
        let (length, rest) = match length {
            0..=0x7f => (usize::from(*length), rest),
            0x81..=0x84 => {
                let (bytes, rest) = rest.split_at_checked(usize::from(length & 0x7f)).ok_or(cut)?;
                let long = bytes.iter().fold(0, |long, byte| long << 8 | usize::from(*byte));
                if bytes.first() == Some(&0) || long < 0x80 {
                    return Err("a length is not in its one encoding");
                }
                (long, rest)
            }
            _ => return Err("a length is not in its one encoding"),
        };
        let (content, rest) = rest.split_at_checked(length).ok_or(cut)?;
        self.0 = rest;
        Ok(content)
    }

    fn inner(&mut self, wanted: u8) -> Result<Der<'a>, &'static str> {
        self.value(wanted).map(Der)
    }

    /// The next value when it has this tag.
    fn optional(&mut self, wanted: u8) -> Result<Option<Der<'a>>, &'static str> {
        if self.0.first() == Some(&wanted) { self.inner(wanted).map(Some) } else { Ok(None) }
    }

    fn integer(&mut self) -> Result<&'a [u8], &'static str> {
        match self.value(tag::INTEGER)? {
            [] | [0, 0..=0x7f, ..] | [0xff, 0x80..=0xff, ..] => Err("a number is not in its one encoding"),
            value => Ok(value),
        }
    }

    fn is(&mut self, wanted: u8, value: &[u8], why: &'static str) -> Result<(), &'static str> {
        if self.value(wanted)? == value { Ok(()) } else { Err(why) }
    }

    fn end(&self) -> Result<(), &'static str> {
        if self.0.is_empty() { Ok(()) } else { Err("something stands behind its parts") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_has_the_bytes_that_openssl_gives_it() {
        // openssl ts -query -data <(printf abc) -sha256 -cert, with the nonce replaced.
        let expected = "30430201013031300d060960864801650304020105000420\
                        ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\
                        02084102030405060708\
                        0101ff";
        assert_eq!(hex(&TimestampRequest::new(b"abc", [1, 2, 3, 4, 5, 6, 7, 8]).to_der()), expected);
    }

    #[test]
    fn times_numbers_and_lengths_have_one_spelling() {
        assert_eq!(time(b"20260131235959.123Z").unwrap().to_string(), "2026-01-31T23:59:59.123Z");
        for wrong in
            ["20260131235959", "20260131235959.Z", "20260131235959.10Z", "20260231235959Z", "202601312359Z", "+0260131235959Z"]
        {
            assert_eq!(time(wrong.as_bytes()), None, "{wrong}");
        }
        assert_eq!(oid(SIGNED_DATA).unwrap(), "1.2.840.113549.1.7.2");
        assert_eq!(oid(SHA_256).unwrap(), "2.16.840.1.101.3.4.2.1");
        for wrong in
            [&[][..], &[0x80, 0x01], &[0x2a, 0x86], &[0x2a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]]
        {
            assert!(oid(wrong).is_err(), "{wrong:?}");
        }
        for wrong in
            [&[2, 0][..], &[2, 2, 0, 1], &[2, 2, 0xff, 0x80], &[2, 0x81, 1, 1], &[2, 0x80, 1, 0, 0], &[2, 2, 1], &[4, 1, 1]]
        {
            assert!(Der(wrong).integer().is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn an_authority_that_refuses_is_quoted() {
        // PKIStatusInfo: rejection, "no such algorithm", badAlg.
        let text = der(tag::SEQUENCE, &[&der(tag::UTF8, &[b"no such\nalgorithm"])]);
        let status = der(tag::SEQUENCE, &[&der(tag::INTEGER, &[&[2]]), &text, &der(tag::BIT_STRING, &[&[7, 0x80]])]);
        let error = Timestamp::parse(&der(tag::SEQUENCE, &[&status])).unwrap_err();
        assert_eq!(error.code(), "audit.timestamp_refused");
        assert_eq!(error.context().collect::<Vec<_>>(), [("says", "no suchalgorithm"), ("failure", "bad_algorithm")]);
        let granted = der(tag::SEQUENCE, &[&der(tag::SEQUENCE, &[&der(tag::INTEGER, &[&[0]])])]);
        assert_eq!(Timestamp::parse(&granted).unwrap_err().code(), "audit.timestamp", "granted, and no token");
    }
}
