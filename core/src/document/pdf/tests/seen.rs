//! What a reader of the page sees.

use super::*;

#[test]
fn a_picture_without_text_is_scanned_and_nothing_is_empty() {
    let pages = read(Builder::new().page(PICTURE).page("").bytes());
    assert_eq!(pages.iter().map(|page| page.status.clone()).collect::<Vec<_>>(), [PageStatus::Scanned, PageStatus::Empty]);
}

#[test]
fn unpainted_text_is_a_scans_layer_over_a_picture_and_hidden_elsewhere() {
    let unpainted = format!("3 Tr {}", at(70.0, 700.0, 10.0, "Sehr geehrte Damen")).replace("3 Tr BT", "BT 3 Tr");
    let pages = read(Builder::new().page(&format!("{PICTURE}{unpainted}")).page(&unpainted).bytes());
    for (page, origin) in pages.iter().zip([Origin::OcrLayer, Origin::Hidden]) {
        assert_eq!(page.text, "Sehr geehrte Damen\n");
        assert_eq!(page.origin(page.blocks[0].span), origin);
    }
}

#[test]
fn hidden_words_do_not_make_a_scan_a_page_that_was_read() {
    let behind = PICTURE.to_owned() + &at(70.0, 700.0, 0.01, "Text");
    let stamped = PICTURE.to_owned() + &at(20.0, 20.0, 8.0, "AB-0001");
    let (sink, summary) =
        try_read(Builder::new().page(&behind).page(&stamped).bytes(), None, &Limits::default()).expect("it can be read");
    assert_eq!(
        sink.pages.iter().map(|page| page.status.clone()).collect::<Vec<_>>(),
        [PageStatus::Scanned, PageStatus::Extracted]
    );
    let codes: Vec<&str> = summary.notices.iter().map(|notice| notice.code.as_str()).collect();
    assert_eq!(codes, ["pdf.hidden_text", "pdf.picture_pages"]);
}

#[test]
fn text_that_nobody_sees_is_kept_and_marked() {
    let content = at(70.0, 700.0, 10.0, "Sichtbar")
        + &format!("1 g {} 0 g\n", at(70.0, 650.0, 10.0, "weiss auf weiss"))
        + &at(70.0, 600.0, 0.01, "winzig")
        + &at(-500.0, 600.0, 10.0, "neben der Seite")
        + &at(70.0, 500.0, 10.0, "geschwaerzt")
        + "0 g 60 490 200 30 re f\n"
        + "0 0 1 rg 60 390 200 30 re f 1 g "
        + &at(70.0, 400.0, 10.0, "weiss auf blau");
    let (sink, summary) = try_read(Builder::new().page(&content).bytes(), None, &Limits::default()).expect("it can be read");
    let page = &sink.pages[0];
    for hidden in ["weiss auf weiss", "winzig", "neben der Seite", "geschwaerzt"] {
        assert_eq!(page.origin(find(page, hidden).span), Origin::Hidden, "{hidden}");
    }
    for seen in ["Sichtbar", "weiss auf blau"] {
        assert_eq!(page.origin(find(page, seen).span), Origin::Native, "{seen}");
    }
    assert!(summary.notices.iter().any(|notice| notice.code == "pdf.hidden_text"));
}

#[test]
fn bold_type_and_shadows_made_by_drawing_twice_read_once() {
    for (dx, dy) in [(0.0, 0.0), (0.4, 0.0), (0.9, 0.0), (0.7, 1.0), (-0.6, -0.6)] {
        let twice = at(70.0, 700.0, 10.0, "Allgemeines") + &at(70.0 + dx, 700.0 + dy, 10.0, "Allgemeines");
        assert_eq!(read(Builder::new().page(&twice).bytes())[0].text, "Allgemeines\n", "{dx} {dy}");
        // White first, and black above it: what is seen is what was drawn last.
        let shadow = format!("1 g {} 0 g {}", at(70.0, 700.0, 10.0, "Titel"), at(70.0 + dx, 700.0 + dy, 10.0, "Titel"));
        let page = &read(Builder::new().page(&shadow).bytes())[0];
        assert_eq!((page.text.as_str(), page.origin(page.blocks[0].span)), ("Titel\n", Origin::Native), "{dx} {dy}");
    }
}

#[test]
fn a_ligature_is_its_letters_and_each_has_the_ligatures_box() {
    let mut builder = Builder::new();
    let cmap = b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def 1 begincodespacerange <00> <ff> endcodespacerange 3 beginbfchar <41> <FB01> <42> <006E> <43> <0061> endbfchar endcmap end end";
    let cmap = builder.stream("", cmap);
    builder.objects[2] = format!("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /ToUnicode {cmap} 0 R >>").into_bytes();
    let page = &read(builder.page("BT /F1 10 Tf 70 700 Td (ABCB) Tj ET").bytes())[0];
    assert_eq!(page.text, "finan\n");
    let runs = &page.layout.as_ref().expect("a layout").runs;
    assert_eq!(runs[0].along[0], runs[0].along[1]);
}

#[test]
fn glyphs_without_characters_fail_the_page_by_name() {
    let mut builder = Builder::new();
    let descriptor = builder.object("<< /Type /FontDescriptor /FontName /X /Flags 4 /FontBBox [0 0 1 1] /Ascent 1 /Descent 0 >>");
    let cid = builder.object(format!(
        "<< /Type /Font /Subtype /CIDFontType2 /BaseFont /X /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> /FontDescriptor {descriptor} 0 R >>"
    ));
    builder.objects[2] =
        format!("<< /Type /Font /Subtype /Type0 /BaseFont /X /Encoding /Identity-H /DescendantFonts [{cid} 0 R] >>").into_bytes();
    let page = &read(builder.page("BT /F1 10 Tf 70 700 Td <00410042> Tj ET").bytes())[0];
    assert!(matches!(&page.status, PageStatus::Failed { code, .. } if code == "pdf.no_unicode"), "{:?}", page.status);
}
