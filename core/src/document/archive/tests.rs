use std::io::Write;

use proptest::prelude::*;
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

use super::*;

/// Made by other programs; core/tests/fixtures/encrypted/README.md says how.
macro_rules! fixture {
    ($name:literal) => {
        include_bytes!(concat!("../../../tests/fixtures/encrypted/", $name)).as_slice()
    };
}

fn packed(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn open(bytes: Vec<u8>, limits: &Limits) -> Result<Archive> {
    Archive::open(Arc::new(bytes), limits)
}

#[test]
fn members_come_back_as_they_were_packed() {
    let mut archive = open(packed(&[("a/ä.txt", b"eins"), ("b.txt", b"")]), &Limits::default()).unwrap();
    assert_eq!(archive.names().collect::<Vec<_>>(), ["a/ä.txt", "b.txt"]);
    assert_eq!(archive.read(0, &[]).unwrap(), b"eins");
    assert_eq!(archive.read(archive.index_of("B.TXT").unwrap(), &[]).unwrap(), b"");
    assert!(!archive.hides_entries());
}

#[test]
fn a_name_never_leaves_its_root() {
    for (name, safe) in [
        ("../../etc/passwd", "etc/passwd"),
        ("/abs", "abs"),
        (r"..\win\x.txt", "win/x.txt"),
        (r"C:\x", "x"),
        ("a/./b//c", "a/b/c"),
        ("nul\0.txt", "nul.txt"),
        ("u\u{308}.txt", "ü.txt"),
        ("rechnung\u{202e}fdp.exe", "rechnungfdp.exe"),
        ("..", "unnamed"),
        ("", "unnamed"),
        ("...", "..."),
    ] {
        assert_eq!(safe_name(name), safe, "{name:?}");
    }
}

#[test]
fn names_that_become_the_same_are_told_apart() {
    let archive = open(packed(&[("a.txt", b"1"), ("../a.txt", b"2"), ("/a.txt", b"3")]), &Limits::default()).unwrap();
    assert_eq!(archive.names().collect::<Vec<_>>(), ["a.txt", "a (2).txt", "a (3).txt"]);
}

#[test]
fn a_bomb_stops_at_the_ratio_whatever_its_header_says() {
    let mut archive = open(packed(&[("bomb", &vec![0; 64 << 20])]), &Limits::default()).unwrap();
    assert_eq!(archive.read(0, &[]).unwrap_err().code(), "limit.ratio");
}

#[test]
fn the_budget_holds_for_all_members_together_and_for_reading_twice() {
    let limits = Limits { decompressed_bytes: 10, ..Limits::default() };
    let mut archive = open(packed(&[("a", b"123456"), ("b", b"123456")]), &limits).unwrap();
    assert_eq!(archive.read(0, &[]).unwrap(), b"123456");
    assert_eq!(archive.budget(), 4);
    assert_eq!(archive.read(1, &[]).unwrap_err().code(), "limit.decompressed");
    assert_eq!(archive.read(0, &[]).unwrap_err().code(), "limit.decompressed");
}

#[test]
fn too_many_entries_are_refused_before_any_is_read() {
    let limits = Limits { parts: 1, ..Limits::default() };
    let Err(error) = open(packed(&[("a", b""), ("b", b"")]), &limits) else { panic!("opened") };
    assert_eq!((error.kind(), error.code()), (ErrorKind::Limit, "limit.parts"));
}

#[test]
fn entries_that_share_bytes_are_refused() {
    // Two members, whose second directory entry is pointed at the first one's data.
    let mut bytes = packed(&[("a", &[7; 100]), ("b", &[7; 100])]);
    let directory: Vec<usize> = bytes.windows(4).enumerate().filter(|(_, w)| w == b"PK\x01\x02").map(|(at, _)| at).collect();
    bytes[directory[1] + 42..directory[1] + 46].copy_from_slice(&0u32.to_le_bytes());
    let Err(error) = open(bytes, &Limits::default()) else { panic!("opened") };
    assert_eq!((error.kind(), error.code()), (ErrorKind::Malformed, "archive.overlap"));
}

#[test]
fn an_encrypted_member_is_reported_as_such() {
    // The flag alone makes it so: general purpose bit 0, in the local header and in the directory.
    let mut bytes = packed(&[("a", b"secret")]);
    bytes[6] |= 1;
    let directory = bytes.windows(4).position(|w| w == b"PK\x01\x02").unwrap();
    bytes[directory + 8] |= 1;
    let mut archive = open(bytes, &Limits::default()).unwrap();
    assert!(archive.entries()[0].is_encrypted);
    let error = archive.read(0, &[]).unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Encrypted, "archive.encrypted"));
}

#[test]
fn a_damaged_member_is_an_error_and_no_text() {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("a", SimpleFileOptions::default().compression_method(CompressionMethod::Stored)).unwrap();
    zip.write_all(b"one hundred").unwrap();
    let mut bytes = zip.finish().unwrap().into_inner();
    let at = bytes.windows(3).position(|w| w == b"one").unwrap();
    bytes[at] = b'O';
    assert_eq!(open(bytes, &Limits::default()).unwrap().read(0, &[]).unwrap_err().code(), "archive.malformed");
}

#[test]
fn encrypted_members_open_with_their_password_among_others() {
    let list = b"Konto;Saldo\n1200;17,50\n1400;3,20\n".repeat(20);
    for bytes in [fixture!("winzip-aes256.zip"), fixture!("zipcrypto.zip")] {
        let mut archive = open(bytes.to_vec(), &Limits::default()).unwrap();
        let passwords = ["falsch", "geheim"].map(str::to_owned);
        assert_eq!(archive.read(0, &passwords).unwrap(), b"Sehr geehrte Damen und Herren\n");
        assert_eq!(archive.read(1, &passwords).unwrap(), list);
        assert_eq!(archive.read(0, &[]).unwrap_err().code(), "archive.encrypted");
        let error = archive.read(0, &passwords[..1]).unwrap_err();
        assert_eq!((error.kind(), error.code()), (ErrorKind::Encrypted, "archive.wrong_password"));
    }
}

#[test]
fn limits_hold_for_encrypted_members_and_wrong_passwords_cost_none_of_them() {
    let mut archive = open(fixture!("zipcrypto.zip").to_vec(), &Limits { decompressed_bytes: 40, ..Limits::default() }).unwrap();
    let passwords: Vec<String> = (0..2000).map(|n| n.to_string()).chain(["geheim".to_owned()]).collect();
    assert_eq!(archive.read(0, &passwords).unwrap().len(), 30);
    assert_eq!(archive.budget(), 10);
    assert_eq!(archive.read(1, &passwords[2000..]).unwrap_err().code(), "limit.decompressed");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_cut_off_or_changed_is_an_error_and_never_a_panic(cut in 0usize..400, at in 0usize..400, byte in any::<u8>()) {
        let mut bytes = packed(&[("a.txt", b"some text, some text, some text"), ("b/c.txt", b"more")]);
        bytes.truncate(bytes.len().saturating_sub(cut / 2));
        if let Some(target) = bytes.get_mut(at) {
            *target = byte;
        }
        if let Ok(mut archive) = open(bytes, &Limits::default()) {
            for index in 0..archive.entries().len() {
                let _ = archive.read(index, &[]);
            }
        }
    }

    #[test]
    fn a_safe_name_is_safe_already(name in any::<String>()) {
        let safe = safe_name(&name);
        prop_assert_eq!(safe_name(&safe), safe.clone());
        prop_assert!(!safe.starts_with('/') && !safe.contains('\\') && !safe.split('/').any(|part| part == ".."));
    }
}
