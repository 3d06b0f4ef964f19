//! What belongs to a document beside the text of its pages.

use super::*;

#[test]
fn an_attached_invoice_is_handed_over_under_a_safe_name() {
    let mut builder = Builder::new().page(&at(70.0, 700.0, 10.0, "Rechnung"));
    let xml = builder.stream("/Type /EmbeddedFile /Filter /FlateDecode", &deflated(b"<rsm:CrossIndustryInvoice/>"));
    let file = builder.object(format!("<< /Type /Filespec /F (../factur-x.xml) /UF (../factur-x.xml) /EF << /F {xml} 0 R >> >>"));
    builder.catalog = format!("/Names << /EmbeddedFiles << /Names [(factur-x.xml) {file} 0 R] >> >> /AF [{file} 0 R]");
    let (sink, summary) = try_read(builder.bytes(), None, &Limits::default()).expect("it can be read");
    assert_eq!(sink.parts, [Part { name: "factur-x.xml".to_owned(), bytes: Ok(b"<rsm:CrossIndustryInvoice/>".to_vec()) }]);
    assert!(summary.notices.iter().any(|notice| notice.code == "pdf.attachments"));
}

#[test]
fn title_date_and_page_labels_come_from_the_document() {
    let mut builder = Builder::new().page(&at(70.0, 700.0, 10.0, "a")).page(&at(70.0, 700.0, 10.0, "b"));
    let info = builder.object("<< /Title (Pr\\374fungsbericht) /CreationDate (D:20260314120000+01'00') >>");
    builder.trailer = format!("/Info {info} 0 R");
    builder.catalog = "/PageLabels << /Nums [0 << /S /r >> 1 << /S /D /P (A-) /St 5 >>] >>".to_owned();
    let (sink, summary) = try_read(builder.bytes(), None, &Limits::default()).expect("it can be read");
    assert_eq!(summary.title.as_deref(), Some("Prüfungsbericht"));
    assert_eq!(summary.date, Some(jiff::civil::date(2026, 3, 14)));
    assert_eq!(sink.pages.iter().map(|page| page.name.as_deref()).collect::<Vec<_>>(), [Some("i"), Some("A-5")]);
}

#[test]
fn a_filled_field_reads_as_it_is_shown() {
    let mut builder = Builder::new();
    let shown = builder.stream(
        "/Type /XObject /Subtype /Form /BBox [0 0 200 20] /Resources << /Font << /F1 3 0 R >> >>",
        b"/Tx BMC BT /F1 10 Tf 2 5 Td (Mustermann) Tj ET EMC",
    );
    let field = builder.object(format!(
        "<< /Type /Annot /Subtype /Widget /FT /Tx /T (name) /V (Mustermann) /Rect [100 600 300 620] /AP << /N {shown} 0 R >> >>"
    ));
    let page = &read(builder.page_with(&at(70.0, 605.0, 10.0, "Name"), &format!("/Annots [{field} 0 R]"), "").bytes())[0];
    assert_eq!(page.text.split_whitespace().collect::<Vec<_>>(), ["Name", "Mustermann"]);
}

#[test]
fn a_value_that_is_not_drawn_is_read_where_its_field_stands() {
    let mut builder = Builder::new();
    let parent = builder.object("<< /FT /Tx /T (name) /V (M\\374ller) >>");
    let field = builder.object(format!("<< /Type /Annot /Subtype /Widget /Parent {parent} 0 R /Rect [100 600 300 620] >>"));
    let page = &read(builder.page_with(&at(70.0, 605.0, 10.0, "Name"), &format!("/Annots [{field} 0 R]"), "").bytes())[0];
    assert_eq!(page.text.split_whitespace().collect::<Vec<_>>(), ["Name", "Müller"]);
    let start = page.text.find("Müller").expect("it is there");
    let [x0, y0, x1, y1] = page.boxes(Span::new(start, start + "Müller".len()))[0];
    assert!(x0 >= 100.0 && x1 <= 300.0 && y0 >= 842.0 - 620.0 && y1 <= 842.0 - 600.0);
}

#[test]
fn a_picture_of_the_page_shows_its_highlights() {
    let bytes = Arc::new(Builder::new().page(&at(70.0, 700.0, 10.0, "Forderungen")).bytes());
    let page = &read(bytes.to_vec())[0];
    let boxes = page.boxes(Span::new(0, 11));
    let plain = picture(Arc::clone(&bytes), &[], 1, &[], 72.0).expect("a picture");
    let marked = picture(Arc::clone(&bytes), &[], 1, &boxes, 72.0).expect("a picture");
    assert!(plain.starts_with(b"\x89PNG\r\n\x1a\n") && marked.starts_with(b"\x89PNG\r\n\x1a\n"));
    // Width and height of the header chunk.
    assert_eq!(plain[16..24], [0, 0, 2, 0x53, 0, 0, 3, 0x4a]);
    assert_ne!(plain, marked);
    assert_eq!(
        picture(bytes, &[], 2, &[], 72.0).err().map(|error| error.code().to_owned()).as_deref(),
        Some("document.page_not_found")
    );
}
