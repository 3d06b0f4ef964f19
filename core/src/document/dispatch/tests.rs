use std::{io::Write, time::Duration};

use proptest::prelude::*;

use super::{super::testing::*, *};
use crate::types::Origin;

fn within(limits: &Limits, name: &str, bytes: &[u8]) -> (Collected, Result<Summary>) {
    let input = Input { name, bytes: Arc::new(bytes.to_vec()), passwords: &[] };
    let mut sink = Collected::default();
    let result = extract(&input, limits, &mut sink);
    for page in &sink.pages {
        // The guard gives out a page that breaks a promise as a failed one.
        assert!(!matches!(page.status, crate::types::PageStatus::Failed { .. }), "{page:?}");
    }
    (sink, result)
}

fn archive(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ::zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = ::zip::write::SimpleFileOptions::default();
    for (name, bytes) in members {
        writer.start_file(*name, options).expect("memory");
        writer.write_all(bytes).expect("memory");
    }
    writer.finish().expect("memory").into_inner()
}

#[test]
fn every_limit_that_is_reached_is_named() {
    let text = b"eins\x0czwei\x0cdrei";
    let zip = archive(&[("a.txt", b"x"), ("b.txt", b"y")]);
    let all = Limits::default();
    for (limits, bytes, code) in [
        (Limits { file_bytes: 3, ..all.clone() }, &text[..], "limit.file_bytes"),
        (Limits { pages: 2, ..all.clone() }, text, "limit.pages"),
        (Limits { page_text_bytes: 3, ..all.clone() }, text, "limit.page_text_bytes"),
        (Limits { text_bytes: 8, ..all.clone() }, text, "limit.text_bytes"),
        (Limits { time: Duration::ZERO, ..all.clone() }, text, "limit.time"),
        (Limits { parts: 1, ..all.clone() }, &zip, "limit.parts"),
        (Limits { decompressed_bytes: 1, ..all.clone() }, &zip, "limit.decompressed"),
    ] {
        let error = within(&limits, "akte.txt", bytes).1.expect_err(code);
        assert_eq!(error.code(), code);
        assert_eq!(error.kind(), ErrorKind::Limit);
        assert!(error.hint().is_some() && error.context().any(|c| c == ("document", "akte.txt")));
    }
    // What came before the limit stays.
    assert_eq!(within(&Limits { pages: 2, ..all }, "a", text).0.pages.len(), 2);
}

#[test]
fn members_of_an_archive_are_parts_with_safe_names_and_litter_is_left_out() {
    let inner = archive(&[("tief.txt", b"z")]);
    let bytes = archive(&[
        ("../../etc/passwd", b"x"),
        ("Ordner/Brief.txt", b"y"),
        ("__MACOSX/._Brief.txt", b"-"),
        ("Ordner/.DS_Store", b"-"),
        ("innen.zip", &inner),
    ]);
    let (out, result) = within(&Limits::default(), "a.zip", &bytes);
    assert_eq!(result.expect("read").format, Format::Zip);
    let names: Vec<&str> = out.parts.iter().map(|p| p.name.as_str()).collect();
    assert_eq!(names, ["etc/passwd", "Ordner/Brief.txt", "innen.zip"]);
    // Archives in archives are the caller's, who counts their depth.
    assert_eq!(out.parts[2].bytes.as_deref().expect("bytes"), inner);
    assert!(out.pages.is_empty());
}

#[test]
fn tag_characters_are_hidden_text_but_in_the_flag_of_scotland() {
    let tags: String = "ignore".chars().filter_map(|c| char::from_u32(0xe0000 + c as u32)).collect();
    let flag = "\u{1f3f4}\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}";
    let (out, _) = within(&Limits::default(), "a.txt", format!("Vor{tags}nach {flag} Ende").as_bytes());
    let page = &out.pages[0];
    let hidden: Vec<&str> = page.origins.iter().filter_map(|run| run.span.of(&page.text)).collect();
    assert_eq!(hidden, [tags.as_str()]);
    assert!(page.origins.iter().all(|run| run.origin == Origin::Hidden));
}

#[test]
fn a_truncated_file_of_any_kind_is_read_or_refused_and_never_a_panic() {
    let whole: [&[u8]; 6] = [
        &archive(&[("a.txt", b"Ein Text, der lang genug ist"), ("b.txt", b"Noch einer")]),
        b"<?xml version='1.0'?><a><b c='d'>text</b><b c='e'/></a>",
        b"{\"a\": [1, 2, {\"b\": \"c\\u00e4\"}], \"d\": null}",
        b"<!doctype html><html><body><table><tr><td>a<td>b</table></body></html>",
        b"From: a@b.c\nTo: d@e.f\nDate: Mon, 5 Jan 2026 10:00:00 +0100\nSubject: x\nContent-Type: multipart/mixed; boundary=X\n\n--X\n\nText\n--X--\n",
        b"Konto;Soll;Haben\n1;2;3\n\"4;5;6\n",
    ];
    for bytes in whole {
        for end in 0..bytes.len() {
            let _ = within(&Limits::default(), "a.bin", &bytes[..end]);
        }
    }
}

#[test]
fn the_same_bytes_give_the_same_pages() {
    let bytes = "# Titel\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n- Punkt\n".as_bytes();
    assert_eq!(within(&Limits::default(), "a.md", bytes).0.pages, within(&Limits::default(), "a.md", bytes).0.pages);
}

proptest! {
    #[test]
    fn any_bytes_under_any_name_make_pages_that_keep_their_promises(
        start in proptest::sample::select(vec![
            b"".as_slice(), b"PK\x03\x04", b"<?xml version='1.0'?>", b"<html>", b"{", b"From: a@b\nMIME-Version: 1.0\n", b"\xff\xfe", b"sep=;\n",
            b"%PD", b"\xd0\xcf\x11\xe0",
        ]),
        bytes in proptest::collection::vec(any::<u8>(), 0..300),
        name in proptest::sample::select(&["a", "a.md", "a.csv", "a.json", "a.xml", "a.html"][..]),
    ) {
        let _ = within(&Limits::default(), name, &[start, &bytes].concat());
    }
}
