use super::*;

fn code(name: &str, bytes: &[u8]) -> String {
    match detect(name, bytes) {
        Ok(format) => format!("{format:?}"),
        Err(error) => match error.context().find(|(key, _)| *key == "type") {
            Some((_, kind)) => format!("{}: {kind}", error.code()),
            None => error.code().to_owned(),
        },
    }
}

/// A ZIP with these members, stored, as any reader takes it.
fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    use std::io::Write;
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, bytes) in members {
        writer.start_file(*name, options).expect("memory");
        writer.write_all(bytes).expect("memory");
    }
    writer.finish().expect("memory").into_inner()
}

#[test]
fn content_decides_and_not_the_name() {
    for (name, bytes, expected) in [
        ("a.txt", &b"%PDF-1.7\n"[..], "Pdf"),
        ("a.pdf", b"Nur ein Text.\n", "Text"),
        ("a.pdf", b"<html><body>Fehler 404</body></html>", "Html"),
        ("a.docx", b"\x89PNG\r\n\x1a\n....", "document.unsupported: picture (PNG)"),
        ("a.txt", b"{\"a\": [1, 2]}", "Json"),
        ("a.txt", b"<?xml version=\"1.0\"?><a/>", "Xml"),
        ("a.txt", b"\xEF\xBB\xBF<?xml version=\"1.0\"?><!-- x --><a><b/></a>", "Xml"),
        ("a.xml", b"<?xml version=\"1.0\"?><!DOCTYPE html PUBLIC \"x\"><html></html>", "Html"),
        ("a.txt", b"[Einstellungen]\nname=wert\n", "Text"),
        ("a.txt", b"<Meier> schrieb: ja\n", "Text"),
        ("a.txt", b"From: a@b.c\r\nTo: d@e.f\r\nSubject: x\r\nDate: Mon, 1 Jan 2025 10:00:00 +0100\r\n\r\nText", "Eml"),
        ("a.mht", b"MIME-Version: 1.0\nContent-Type: multipart/related; boundary=X\n\n--X\n", "Eml"),
        ("a.txt", b"Von: Meier\nAn: Schulze\n\nText", "Text"),
        ("a.txt", b"Konto;Soll;Haben\n1;2;3\n4;5;6\n", "Csv"),
        ("a.md", b"Nur Text", "Markdown"),
        ("a.txt", b"# Titel\n\n## Kapitel\n\n- [x](y)\n", "Markdown"),
        ("a.txt", b"MZ ist die Abk\xfcrzung f\xfcr Mark Zbikowski.", "Text"),
        ("a.pdf", b"", "document.empty"),
        ("a.txt", b"\n \n", "Text"),
    ] {
        assert_eq!(code(name, bytes), expected, "{name}: {}", String::from_utf8_lossy(bytes));
    }
}

#[test]
fn office_packages_and_archives_are_told_by_what_is_inside() {
    let types: (&str, &[u8]) = ("[Content_Types].xml", b"<Types/>");
    for (members, expected) in [
        (vec![types, ("word/document.xml", b"")], "Docx"),
        (vec![("xl/workbook.xml", &b""[..]), types], "Xlsx"),
        (vec![types, ("ppt/presentation.xml", b"")], "Pptx"),
        (vec![types, ("xl/workbook.bin", b"")], "document.unsupported: Excel workbook in the binary format (XLSB)"),
        (vec![("mimetype", b"application/vnd.oasis.opendocument.text")], "document.unsupported: OpenDocument text"),
        (vec![("a.pdf", b"%PDF-1.4"), ("b.txt", b"x")], "Zip"),
        (vec![("word/brief.txt", b"x")], "Zip"),
        (vec![], "Zip"),
    ] {
        assert_eq!(code("a", &zip(&members)), expected, "{members:?}");
    }
}

#[test]
fn a_truncated_package_is_still_told() {
    let mut bytes = zip(&[("[Content_Types].xml", b"<Types/>"), ("word/document.xml", b"<w:document/>")]);
    bytes.truncate(bytes.len() - 60);
    assert_eq!(code("a", &bytes), "Docx");
}

#[test]
fn the_first_magic_of_a_polyglot_wins() {
    let archive = zip(&[("a.txt", b"x")]);
    assert_eq!(code("a", &[b"%PDF-1.7\n1 0 obj\nendobj\n", archive.as_slice()].concat()), "Pdf");
    let with_pdf = zip(&[("a.pdf", b"%PDF-1.7\n1 0 obj\nendobj\nstartxref\n")]);
    assert_eq!(code("a", &with_pdf), "Zip");
}

#[test]
fn a_pdf_may_stand_behind_other_bytes_and_a_text_may_speak_of_one() {
    assert_eq!(code("a", b"HTTP/1.1 200 OK\r\n\r\n%PDF-1.4\n1 0 obj\n<<>>\nendobj\nstartxref\n0\n%%EOF"), "Pdf");
    assert_eq!(code("a", b"Eine PDF-Datei beginnt mit %PDF-1.4 und endet mit %%EOF."), "Text");
}

#[test]
fn encrypted_and_old_office_files_are_told_apart() {
    let compound = |stream: &str| {
        let mut bytes = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec();
        bytes.resize(512, 0);
        bytes.extend(stream.encode_utf16().flat_map(u16::to_le_bytes));
        bytes
    };
    assert_eq!(code("a.xlsx", &compound("EncryptedPackage")), "document.encrypted");
    assert!(code("a.doc", &compound("WordDocument")).ends_with("(DOC)"));
    assert!(code("a.msg", &compound("__substg1.0_0037001F")).ends_with("(MSG)"));
}

#[test]
fn the_test_file_of_virus_scanners_is_said() {
    assert_eq!(code("a.txt", br"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"), "document.malware_test");
}

#[test]
fn a_mailbox_of_several_mails_is_not_read_as_its_first() {
    let one =
        "From a@b.c Mon Jan  1 10:00:00 2025\nFrom: a@b.c\nDate: Mon, 1 Jan 2025 10:00:00 +0100\nMessage-ID: <1@b>\n\nText\n\n";
    assert_eq!(code("a", one.as_bytes()), "Eml");
    assert_eq!(code("a", one.repeat(2).as_bytes()), "document.unsupported: mailbox (mbox)");
}
