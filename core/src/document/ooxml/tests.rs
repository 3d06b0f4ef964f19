use proptest::prelude::*;

use super::testing::{Builder, extracted};
use crate::{
    Error, ErrorKind,
    document::{Limits, docx, ooxml::Piece},
    types::{BlockKind, Span},
};

fn document(xml: &str) -> Builder {
    Builder::new("word/document.xml").part("word/document.xml", xml)
}

fn simple() -> Builder {
    document("<w:document><w:body><w:p><w:r><w:t>Text</w:t></w:r></w:p></w:body></w:document>")
}

fn failure(package: Builder) -> Error {
    extracted(docx::extract, package.build()).unwrap_err()
}

#[test]
fn an_external_entity_is_never_looked_at() {
    let xml = "<!DOCTYPE d [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><w:document><w:body><w:p><w:r><w:t>&x;</w:t></w:r></w:p></w:body></w:document>";
    let error = failure(document(xml));
    assert_eq!((error.kind(), error.code()), (ErrorKind::Malformed, "ooxml.doctype"));
}

#[test]
fn billion_laughs_end_before_the_first() {
    let xml = "<?xml version='1.0'?><!DOCTYPE l [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;'>]><w:document>&b;</w:document>";
    assert_eq!(failure(document(xml)).code(), "ooxml.doctype");
    let in_a_part =
        simple().relation("word/document.xml", "rId1", "styles", "styles.xml").part("word/styles.xml", "<!DOCTYPE x><x/>");
    assert_eq!(failure(in_a_part).code(), "ooxml.doctype");
}

#[test]
fn an_entity_that_nobody_declared_is_an_error() {
    assert_eq!(failure(document("<w:document><w:body>&x;</w:body></w:document>")).code(), "ooxml.xml");
}

#[test]
fn deep_nesting_ends_at_the_limit() {
    let xml = format!("<w:document><w:body>{}", "<w:tbl><w:tr><w:tc>".repeat(100_000));
    let error = failure(document(&xml));
    assert_eq!((error.kind(), error.code()), (ErrorKind::Limit, "limit.nesting"));
}

#[test]
fn what_lies_outside_is_not_fetched_and_said() {
    let package = simple().external("word/document.xml", "rId1", "attachedTemplate", "http://169.254.169.254/x.dotm").external(
        "word/document.xml",
        "rId2",
        "hyperlink",
        "https://example.org/",
    );
    let (summary, pages) = extracted(docx::extract, package.build()).unwrap();
    assert_eq!(pages[0].text, "Text");
    let codes: Vec<_> = summary.notices.iter().map(|notice| notice.code.as_str()).collect();
    assert_eq!(codes, ["ooxml.external_relation"]);
}

#[test]
fn a_link_to_the_web_is_no_reason_for_a_notice() {
    let package = simple().external("word/document.xml", "rId2", "hyperlink", "https://example.org/");
    assert!(extracted(docx::extract, package.build()).unwrap().0.notices.is_empty());
}

#[test]
fn macros_and_embedded_files_are_said() {
    let package =
        simple().part("word/vbaProject.bin", "x").part("word/embeddings/oleObject1.bin", "x").part("word/activeX/a.xml", "<x/>");
    let (summary, _) = extracted(docx::extract, package.build()).unwrap();
    let codes: Vec<_> = summary.notices.iter().map(|notice| notice.code.as_str()).collect();
    assert_eq!(codes, ["ooxml.active_content", "ooxml.embedded", "ooxml.macros"]);
}

#[test]
fn a_relation_cannot_leave_the_package() {
    let package = simple().relation("word/document.xml", "rId1", "header", "../../../../etc/passwd");
    assert_eq!(extracted(docx::extract, package.build()).unwrap().1[0].text, "Text");
}

#[test]
fn a_bomb_stops_at_the_ratio() {
    let xml = format!("<w:document><w:body><w:p><w:r><w:t>{}</w:t></w:r></w:p></w:body></w:document>", "a".repeat(80 << 20));
    assert_eq!(failure(document(&xml)).code(), "limit.ratio");
}

#[test]
fn a_part_in_utf_16_is_read() {
    let xml = "\u{feff}<w:document><w:body><w:p><w:r><w:t>Ä€</w:t></w:r></w:p></w:body></w:document>";
    for bytes in [
        xml.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>(),
        xml.encode_utf16().flat_map(u16::to_be_bytes).collect(),
    ] {
        let package = Builder::new("word/document.xml").part("word/document.xml", bytes);
        assert_eq!(extracted(docx::extract, package.build()).unwrap().1[0].text, "Ä€");
    }
}

#[test]
fn too_much_text_is_an_error_that_names_the_setting() {
    let limits = Limits { page_text_bytes: 3, ..Limits::default() };
    let mut pages = super::testing::Pages::default();
    let input = crate::document::Input { name: "a.docx", bytes: std::sync::Arc::new(simple().build()), passwords: &[] };
    let error = docx::extract(&input, &limits, &mut pages).unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Limit, "limit.text"));
}

#[test]
fn the_white_space_around_a_piece_takes_its_spans_along() {
    let mut piece = Piece::of("  \n");
    piece.push("a\u{ad}b", true);
    piece.push("  ", false);
    let mut writer = super::PageWriter::new(1, &Limits::default(), u64::MAX);
    writer.block(&Piece::of("x"), BlockKind::Paragraph, None).unwrap();
    writer.block(&piece, BlockKind::Paragraph, None).unwrap();
    let page = writer.finish();
    assert_eq!(page.text, "x\na\u{ad}b");
    assert_eq!(page.joins, [Span::new(3, 5)]);
    assert_eq!(page.origins[0].span, Span::new(2, 6));
    super::testing::check(&page).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn what_is_cut_off_or_changed_never_panics(cut in 0usize..900, at in 0usize..900, byte in any::<u8>()) {
        let mut bytes = simple().external("word/document.xml", "rId2", "hyperlink", "https://example.org/").build();
        bytes.truncate(bytes.len().saturating_sub(cut / 3));
        if let Some(target) = bytes.get_mut(at) {
            *target = byte;
        }
        let _ = extracted(docx::extract, bytes);
    }

    #[test]
    fn any_soup_of_elements_gives_an_error_or_a_page_that_keeps_the_rules(tags in proptest::collection::vec(0usize..24, 0..60), close in any::<bool>()) {
        const SOUP: [&str; 24] = [
            "<w:p>", "</w:p>", "<w:r>", "</w:r>", "<w:t>ä b</w:t>", "<w:tbl>", "</w:tbl>", "<w:tr>", "</w:tr>", "<w:tc>", "</w:tc>",
            "<w:fldChar w:fldCharType='begin'/>", "<w:fldChar w:fldCharType='end'/>", "<w:tab/>", "<w:softHyphen/>", "<w:sdt>", "</w:sdt>",
            "<w:tblGrid><w:gridCol/></w:tblGrid>", "<w:tcPr><w:gridSpan w:val='4294967295'/></w:tcPr>", "<w:footnoteReference w:id='1'/>",
            "<w:drawing><w:txbxContent><w:p><w:r><w:t>x</w:t></w:r></w:p></w:txbxContent></w:drawing>", "<w:rPr><w:vanish/></w:rPr>",
            "<mc:AlternateContent><mc:Choice>", "</mc:Choice></mc:AlternateContent>",
        ];
        let mut body = String::new();
        let mut open: Vec<&str> = Vec::new();
        for tag in tags {
            let tag = SOUP[tag];
            match tag {
                tag if tag.starts_with("</") => {
                    // Only what is open is closed, else nearly every soup is refused at once.
                    if open.last().is_some_and(|last| *last == tag) {
                        body.push_str(tag);
                        open.pop();
                    }
                }
                tag => {
                    body.push_str(tag);
                    if let Some(end) = SOUP.iter().find(|end| end.starts_with("</") && end[2..end.len() - 1] == tag[1..tag.len() - 1]) {
                        open.push(end);
                    } else if tag.starts_with("<mc") {
                        open.push("</mc:Choice></mc:AlternateContent>");
                    }
                }
            }
        }
        if close {
            open.iter().rev().for_each(|end| body.push_str(end));
        }
        let _ = extracted(docx::extract, document(&format!("<w:document><w:body>{body}</w:body></w:document>")).build());
    }
}
