use std::io::Write;

use proptest::prelude::*;

use super::*;
use crate::document::{Format, Input, Limits, extract, testing::Collected};

const PASSWORD: &str = "Prüf-2025 €";

/// Made by another program; core/tests/fixtures/encrypted/README.md says how.
macro_rules! fixture {
    ($name:literal) => {
        include_bytes!(concat!("../../../../tests/fixtures/encrypted/", $name)).as_slice()
    };
}

fn read(bytes: &[u8], passwords: &[&str]) -> Result<String> {
    let passwords: Vec<String> = passwords.iter().map(|password| (*password).to_owned()).collect();
    let mut sink = Collected::default();
    let input = Input { name: "a.docx", bytes: std::sync::Arc::new(bytes.to_vec()), passwords: &passwords };
    let summary = extract(&input, &Limits::default(), &mut sink)?;
    assert_eq!(summary.format, Format::Docx);
    Ok(sink.pages.iter().map(|page| page.text.as_str()).collect())
}

fn code(bytes: &[u8], passwords: &[&str]) -> String {
    read(bytes, passwords).map(|_| "read".to_owned()).unwrap_or_else(|error| error.code().to_owned())
}

/// The compound file with one of its streams changed.
fn changed(bytes: &[u8], stream: &str, change: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut file = cfb::CompoundFile::open(Cursor::new(bytes.to_vec())).unwrap();
    let mut content = Vec::new();
    file.open_stream(stream).unwrap().read_to_end(&mut content).unwrap();
    change(&mut content);
    file.create_stream(stream).unwrap().write_all(&content).unwrap();
    file.flush().unwrap();
    file.into_inner().into_inner()
}

#[test]
fn files_that_another_program_encrypted_read_as_before() {
    let expected: Vec<String> = (1..=100).map(|n| format!("Posten {n}: {} EUR", n * n)).collect();
    for (name, bytes, password) in [
        ("AES-256, SHA-512", fixture!("agile-aes256-sha512.docx"), PASSWORD),
        ("AES-256, SHA-384", fixture!("agile-aes256-sha384.docx"), "geheim"),
        ("AES-128, SHA-1", fixture!("agile-aes128-sha1.docx"), PASSWORD),
        ("Office 2007", fixture!("standard-aes128.docx"), PASSWORD),
    ] {
        let text = read(bytes, &["falsch", password, "auch falsch"]).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(text.lines().collect::<Vec<_>>(), expected, "{name}");
    }
}

#[test]
fn a_missing_password_and_a_wrong_one_are_told_apart_and_never_repeated() {
    for bytes in [fixture!("agile-aes256-sha512.docx"), fixture!("standard-aes128.docx")] {
        assert_eq!(code(bytes, &[]), "document.encrypted");
        let error = read(bytes, &["Sesam öffne dich"]).unwrap_err();
        assert_eq!((error.kind(), error.code()), (ErrorKind::Encrypted, "document.wrong_password"));
        assert!(error.hint().is_some() && !format!("{error} {error:?}").contains("Sesam"), "{error:?}");
    }
}

#[test]
fn a_workbook_that_excel_opens_without_asking_opens_without_a_password() {
    assert_eq!(code(fixture!("read-only.docx"), &[]), "read");
}

#[test]
fn a_package_that_was_changed_is_damaged_although_the_password_is_right() {
    let bytes = changed(fixture!("agile-aes256-sha512.docx"), "/EncryptedPackage", |package| package[5000] ^= 1);
    assert_eq!(code(&bytes, &[PASSWORD]), "ooxml.encryption_damaged");
    let cut = changed(fixture!("standard-aes128.docx"), "/EncryptedPackage", |package| package[..8].fill(0x7f));
    assert_eq!(code(&cut, &[PASSWORD]), "ooxml.encryption_damaged");
}

#[test]
fn rounds_without_end_are_refused_before_the_first_one() {
    for (rounds, code_of_it) in [("4294967295", "limit.password_rounds"), ("4294967296", "ooxml.encryption_unsupported")] {
        let bytes = changed(fixture!("agile-aes256-sha512.docx"), "/EncryptionInfo", |info| {
            let text = String::from_utf8_lossy(&info[8..]).replace("spinCount=\"1000\"", &format!("spinCount=\"{rounds}\""));
            info.truncate(8);
            info.extend(text.trim_end().bytes());
        });
        assert_eq!(code(&bytes, &[PASSWORD]), code_of_it);
    }
}

#[test]
fn another_kind_of_encryption_is_said() {
    let extensible = changed(fixture!("standard-aes128.docx"), "/EncryptionInfo", |info| info[2] = 3);
    let rc4 = changed(fixture!("standard-aes128.docx"), "/EncryptionInfo", |info| info[20..24].copy_from_slice(&[1, 0x68, 0, 0]));
    let other_mode = changed(fixture!("agile-aes256-sha512.docx"), "/EncryptionInfo", |info| {
        let text = String::from_utf8_lossy(&info[8..]).replace("ModeCBC", "ModeCFB");
        info.truncate(8);
        info.extend(text.bytes());
    });
    for bytes in [extensible, rc4, other_mode] {
        assert_eq!(code(&bytes, &[PASSWORD]), "ooxml.encryption_unsupported");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn a_damaged_file_is_an_error_and_never_a_panic(
        keep in 0usize..=11264,
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..12),
    ) {
        for bytes in [fixture!("agile-aes256-sha512.docx"), fixture!("standard-aes128.docx")] {
            let mut bytes = bytes[..keep.min(bytes.len())].to_vec();
            for (at, value) in flips.iter().filter(|_| keep > 0) {
                let at = at.index(bytes.len());
                bytes[at] = *value;
            }
            let _ = decrypt(&bytes, &[PASSWORD.to_owned()]);
        }
    }
}
