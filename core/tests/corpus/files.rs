//! Documents of each format, of the fewest bytes.

use std::io::{Cursor, Write};

use zip::{ZipWriter, write::SimpleFileOptions};

/// A PDF with one line of text on each page.
pub(crate) fn pdf(pages: &[&str]) -> Vec<u8> {
    pdf_of(&pages.iter().map(|text| format!("BT /F1 12 Tf 72 700 Td ({text}) Tj ET")).collect::<Vec<_>>())
}

/// What a page of [`pdf_of`] shows when it was scanned: a picture.
pub(crate) const SCAN: &str = "q 495 0 0 742 50 50 cm BI /W 2 /H 2 /CS /G /BPC 8 ID abcd EI Q";

/// A PDF of pages with the given content streams.
pub(crate) fn pdf_of(contents: &[String]) -> Vec<u8> {
    let mut objects = vec![
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        String::new(),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>".to_owned(),
    ];
    let mut kids = String::new();
    for content in contents {
        objects.push(format!("<< /Length {} >>\nstream\n{content}\nendstream", content.len()));
        let resources = "/Resources << /Font << /F1 3 0 R >> >>";
        objects
            .push(format!("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] {resources} /Contents {} 0 R >>", objects.len()));
        kids.push_str(&format!("{} 0 R ", objects.len()));
    }
    objects[1] = format!("<< /Type /Pages /Kids [{kids}] /Count {} >>", contents.len());
    let mut out = b"%PDF-1.4\n".to_vec();
    let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for (i, object) in objects.iter().enumerate() {
        table.push_str(&format!("{:010} 00000 n \n", out.len()));
        out.extend_from_slice(format!("{} 0 obj\n{object}\nendobj\n", i + 1).as_bytes());
    }
    let start = out.len();
    out.extend_from_slice(
        format!("{table}trailer\n<< /Size {} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n", objects.len() + 1).as_bytes(),
    );
    out
}

pub(crate) fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in members {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

const RELATIONS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

fn package(main: &str, mut parts: Vec<(&str, String)>) -> Vec<u8> {
    let types = "<Types xmlns='http://schemas.openxmlformats.org/package/2006/content-types'/>".to_owned();
    let root =
        format!("<Relationships><Relationship Id='r' Type='{RELATIONS}/officeDocument' Target='/{main}'/></Relationships>");
    parts.extend([("[Content_Types].xml", types), ("_rels/.rels", root)]);
    zip(&parts.iter().map(|(name, content)| (*name, content.as_bytes())).collect::<Vec<_>>())
}

pub(crate) fn docx(paragraphs: &[&str]) -> Vec<u8> {
    let body: String = paragraphs.iter().map(|text| format!("<w:p><w:r><w:t>{text}</w:t></w:r></w:p>")).collect();
    docx_of(&format!(
        "<w:document xmlns:w='http://schemas.openxmlformats.org/wordprocessingml/2006/main'><w:body>{body}</w:body></w:document>"
    ))
}

/// With `document.xml` as it is given.
pub(crate) fn docx_of(document: &str) -> Vec<u8> {
    package("word/document.xml", vec![("word/document.xml", document.to_owned())])
}

/// A workbook with one sheet for each table.
pub(crate) fn xlsx(sheets: &[&[&[&str]]]) -> Vec<u8> {
    const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    let (mut list, mut relations, mut parts) = (String::new(), String::new(), Vec::new());
    let names: Vec<String> = (1..=sheets.len()).map(|n| format!("xl/worksheets/sheet{n}.xml")).collect();
    for (n, (table, name)) in sheets.iter().zip(&names).enumerate() {
        list.push_str(&format!("<sheet name='Blatt{0}' sheetId='{0}' r:id='s{0}'/>", n + 1));
        relations.push_str(&format!("<Relationship Id='s{}' Type='{RELATIONS}/worksheet' Target='/{name}'/>", n + 1));
        let mut rows = String::new();
        for (r, row) in table.iter().enumerate() {
            let cells: String = row
                .iter()
                .enumerate()
                .map(|(c, text)| format!("<c r='{}{}' t='inlineStr'><is><t>{text}</t></is></c>", (b'A' + c as u8) as char, r + 1))
                .collect();
            rows.push_str(&format!("<row r='{}'>{cells}</row>", r + 1));
        }
        parts.push((name.as_str(), format!("<worksheet xmlns='{MAIN}'><sheetData>{rows}</sheetData></worksheet>")));
    }
    parts.push(("xl/workbook.xml", format!("<workbook xmlns='{MAIN}' xmlns:r='{RELATIONS}'><sheets>{list}</sheets></workbook>")));
    parts.push(("xl/_rels/workbook.xml.rels", format!("<Relationships>{relations}</Relationships>")));
    package("xl/workbook.xml", parts)
}

/// A mail with text and attachments.
pub(crate) fn eml(subject: &str, text: &str, attachments: &[(&str, &str)]) -> Vec<u8> {
    let mut mail = format!(
        "From: a@bank.example\r\nTo: b@wp.example\r\nSubject: {subject}\r\nDate: Tue, 3 Feb 2026 23:10:00 +0100\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=\"XX\"\r\n\r\n--XX\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n"
    );
    for (name, content) in attachments {
        mail.push_str(&format!(
            "--XX\r\nContent-Type: text/plain; charset=utf-8; name=\"{name}\"\r\nContent-Disposition: attachment; filename=\"{name}\"\r\n\r\n{content}\r\n"
        ));
    }
    mail.push_str("--XX--\r\n");
    mail.into_bytes()
}

/// The archive with its first member marked as encrypted, as a reader without the password sees it.
pub(crate) fn encrypted(mut zip: Vec<u8>) -> Vec<u8> {
    for (signature, flags) in [(b"PK\x03\x04", 6), (b"PK\x01\x02", 8)] {
        let at = zip.windows(4).position(|window| window == signature).unwrap();
        zip[at + flags] |= 1;
    }
    zip
}
