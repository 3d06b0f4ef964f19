//! Files that were made to do harm, each beside a good one, through the program and its worker processes.

use std::io::{Cursor, Write};

use zip::{ZipWriter, write::SimpleFileOptions};

use crate::{
    files,
    program::{found, run},
    support::Place,
};

/// Stands in the text of each hostile file, and must stand in no error.
const SECRET: &str = "Geheimtext4711";

fn zeros(megabytes: usize) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("null.txt", SimpleFileOptions::default()).unwrap();
    for _ in 0..megabytes {
        zip.write_all(&vec![0; 1 << 20]).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn nested(depth: usize) -> Vec<u8> {
    (0..depth).fold(files::zip(&[("kern.txt", SECRET.as_bytes())]), |inner, _| files::zip(&[("innen.zip", &inner)]))
}

const BOMB: &str = "<!DOCTYPE b [<!ENTITY a0 \"Geheimtext4711\"><!ENTITY a1 \"&a0;&a0;&a0;&a0;&a0;&a0;&a0;&a0;&a0;&a0;\">\
    <!ENTITY a2 \"&a1;&a1;&a1;&a1;&a1;&a1;&a1;&a1;&a1;&a1;\"><!ENTITY a3 \"&a2;&a2;&a2;&a2;&a2;&a2;&a2;&a2;&a2;&a2;\">\
    <!ENTITY a4 \"&a3;&a3;&a3;&a3;&a3;&a3;&a3;&a3;&a3;&a3;\"><!ENTITY a5 \"&a4;&a4;&a4;&a4;&a4;&a4;&a4;&a4;&a4;&a4;\">]><b>&a5;&a5;&a5;&a5;</b>";

#[test]
fn hostile_files_are_reported_by_name_and_the_good_ones_beside_them_are_found() {
    let place = Place::new();
    place.put("gut.txt", "Das Gutwort steht hier.");
    place.put("zz-gut.txt", "Das Schlusswort steht hier.");
    place.put("bombe.zip", zeros(300));
    place.put("tief.zip", nested(6));
    let entity = "<!DOCTYPE d [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>";
    let main = "xmlns:w='http://schemas.openxmlformats.org/wordprocessingml/2006/main'";
    place.put(
        "xxe.docx",
        files::docx_of(&format!(
            "{entity}<w:document {main}><w:body><w:p><w:r><w:t>{SECRET} &x;</w:t></w:r></w:p></w:body></w:document>"
        )),
    );
    place.put("lachen.xml", format!("<?xml version='1.0'?>{BOMB}"));
    place.put("lachen.svg.xml", BOMB);
    let whole = files::pdf(&[SECRET, SECRET]);
    place.put("abgeschnitten.pdf", &whole[..whole.len() / 5]);
    let mut text = String::from_utf8(whole).unwrap();
    let at = text.rfind("xref\n0").unwrap();
    text.insert_str(text.rfind("/Root").unwrap(), &format!("/Prev {at} "));
    let looped = text.replace("/Type /Pages /Kids [", "/Type /Pages /Kids [2 0 R ");
    place.put("schleife.pdf", looped);
    place.put("null.pdf", "");
    place.put("verschluesselt.zip", files::encrypted(files::zip(&[("innen.txt", SECRET.as_bytes())])));
    place.put("falsch.pdf", files::zip(&[("innen.txt", b"Das Innenwort.")]));
    place.put("programm.docx", [&b"MZ\x90\x00\x03\0\0\0\x04\0\0\0\xff\xff\0\0"[..], &[0; 200]].concat());
    place.put("eicar.txt", concat!("X5O!P%@AP[4\\PZX54(P^)7CC)7}$", "EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"));
    place.put("klammern.json", "[".repeat(1_000_000));
    place.put("tief.html", "<div>".repeat(200_000) + SECRET);

    let (code, report) = run(&place, &["ingest", "corpus", "in"]);
    assert_eq!(code, 1, "a part of the work failed");
    let documents = report["documents"].as_array().unwrap();
    let line =
        |name: &str| documents.iter().find(|d| d["name"] == name).unwrap_or_else(|| panic!("{name} is not in {documents:#?}"));
    for (name, codes) in [
        ("bombe.zip!/null.txt", &["limit.ratio", "limit.decompressed"][..]),
        ("tief.zip!/innen.zip!/innen.zip!/innen.zip!/innen.zip!/innen.zip", &["document.too_deep"]),
        ("xxe.docx", &["ooxml.doctype"]),
        ("lachen.xml", &["xml.entities"]),
        ("lachen.svg.xml", &["xml.entities"]),
        ("abgeschnitten.pdf", &["pdf.damaged", "document.no_pages"]),
        ("null.pdf", &["document.empty"]),
        ("verschluesselt.zip!/innen.txt", &["archive.encrypted"]),
        ("programm.docx", &["document.unsupported"]),
        ("eicar.txt", &["document.malware_test"]),
        ("tief.html", &["limit.nesting"]),
    ] {
        let line = line(name);
        let code = line["error"]["code"].as_str().unwrap_or_else(|| panic!("{line:#}"));
        assert!(codes.contains(&code), "{name}: {code}");
        assert!(["failed", "unsupported", "encrypted", "partial"].contains(&line["status"].as_str().unwrap()), "{line:#}");
    }
    // These may be read or not: they end, and the report has them.
    for name in ["schleife.pdf", "klammern.json", "falsch.pdf"] {
        line(name);
    }
    assert!(!report.to_string().contains(SECRET), "no text of a document in the report");
    assert!(!report.to_string().contains("root:"), "nor of another file");
    assert_eq!(
        (found(&place, "Gutwort"), found(&place, "Schlusswort")),
        (vec!["gut.txt".to_owned()], vec!["zz-gut.txt".to_owned()])
    );
    assert_eq!(found(&place, "Innenwort"), ["falsch.pdf!/innen.txt"], "the content decides what a file is");
    assert_eq!(found(&place, "root:"), [""; 0]);
}
