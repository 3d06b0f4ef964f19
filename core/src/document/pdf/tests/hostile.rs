//! Damaged and hostile files.

use proptest::prelude::*;

use super::*;

#[test]
fn a_cross_reference_table_that_points_at_itself_does_not_hang() {
    let bytes = Builder::new().page(&at(70.0, 700.0, 10.0, "Text")).bytes();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let start: usize =
        text.split("startxref\n").nth(1).and_then(|rest| rest.lines().next()).expect("a start").parse().expect("a number");
    let mut builder = Builder::new().page(&at(70.0, 700.0, 10.0, "Text"));
    builder.trailer = format!("/Prev {start}");
    assert_eq!(read(builder.bytes())[0].text, "Text\n");
}

#[test]
fn a_page_tree_that_contains_itself_ends() {
    let mut builder = Builder::new().page(&at(70.0, 700.0, 10.0, "Text"));
    let page = builder.pages[0];
    builder.objects[1] = format!("<< /Type /Pages /Kids [2 0 R {page} 0 R 2 0 R {page} 0 R] /Count 4 >>").into_bytes();
    assert_eq!(read(builder.bytes()).iter().map(|page| page.text.as_str()).collect::<Vec<_>>(), ["Text\n"]);
}

#[test]
fn streams_that_expand_beyond_the_limits_are_refused_before_they_are_held() {
    let bomb = deflated(&vec![b' '; 40 << 20]);
    let mut builder = Builder::new().page(&at(70.0, 700.0, 10.0, "Text"));
    builder.stream("/Type /ObjStm /N 1 /First 4 /Filter /FlateDecode", &bomb);
    let refused = try_read(builder.bytes(), None, &Limits::default()).err().expect("it is refused");
    assert_eq!((refused.kind(), refused.code()), (ErrorKind::Limit, "document.too_large_decompressed"));

    let mut builder = Builder::new();
    let content = builder.stream("/Filter /FlateDecode", &bomb);
    let page = builder.object(format!("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {content} 0 R >>"));
    builder.pages.push(page);
    let limits = Limits { page_text_bytes: 1 << 20, ..Limits::default() };
    let (sink, _) =
        try_read(builder.page(&at(70.0, 700.0, 10.0, "Text")).bytes(), None, &limits).expect("the other page is read");
    assert!(matches!(&sink.pages[0].status, PageStatus::Failed { code, .. } if code == "pdf.page_too_large"));
    assert_eq!(sink.pages[1].text, "Text\n");
}

#[test]
fn a_page_that_takes_too_long_is_given_up_alone() {
    let content: String = (0..200).map(|n| at(70.0, 800.0 - 3.0 * n as f32, 2.0, "Zeile")).collect();
    let bytes = Builder::new().page(&content).page(&at(70.0, 700.0, 10.0, "Text")).bytes();
    let limits = Limits { page_time: std::time::Duration::ZERO, ..Limits::default() };
    let (sink, _) = try_read(bytes, None, &limits).expect("the other page is read");
    assert!(matches!(&sink.pages[0].status, PageStatus::Failed { code, .. } if code == "pdf.page_time"));
    assert_eq!(sink.pages[1].text, "Text\n");
}

#[test]
fn more_pages_than_the_limit_are_an_error_that_names_it() {
    let bytes = Builder::new().page("").page("").bytes();
    let error = try_read(bytes, None, &Limits { pages: 1, ..Limits::default() }).err().expect("it is refused");
    assert_eq!((error.kind(), error.code()), (ErrorKind::Limit, "document.too_many_pages"));
}

#[test]
fn what_is_no_pdf_is_damaged() {
    for bytes in [&b""[..], b"%PDF-1.7", b"%PDF-1.7\n%%EOF", b"hello", &[0u8; 4096]] {
        let error = try_read(bytes.to_vec(), None, &Limits::default()).err().expect("it is refused");
        assert_eq!((error.kind(), error.code()), (ErrorKind::Malformed, "pdf.damaged"));
    }
}

/// A document with some of everything.
fn sample() -> Vec<u8> {
    let mut builder = Builder::new();
    let cmap =
        builder.stream("", b"1 begincodespacerange <00> <ff> endcodespacerange 1 beginbfrange <20> <7e> <0020> endbfrange");
    builder.objects[3] = format!("<< /Type /Font /Subtype /Type1 /BaseFont /Times-Bold /ToUnicode {cmap} 0 R >>").into_bytes();
    let columns = lines(70.0, 740.0, 10.0, &LEFT) + &lines(310.0, 740.0, 10.0, &RIGHT);
    builder.page(&columns).page(&(balance() + PICTURE)).page_with(&columns, "/Rotate 90 /CropBox [50 50 500 800]", "").bytes()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn a_cut_file_gives_pages_or_an_error(cut in 0.0f64..1.0) {
        let bytes = sample();
        let keep = (bytes.len() as f64 * cut) as usize;
        let _ = try_read(bytes[..keep].to_vec(), None, &Limits::default());
    }

    #[test]
    fn flipped_bytes_give_pages_or_an_error(flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..24)) {
        let mut bytes = sample();
        for (at, value) in flips {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        let _ = try_read(bytes, None, &Limits::default());
    }

    #[test]
    fn text_anywhere_at_any_angle_keeps_the_invariants(
        words in prop::collection::vec((-100i32..700, -100i32..950, 1u8..40, 0u16..360, "[a-zA-Z0-9äöü.,()-]{0,12}"), 1..40)
    ) {
        let content: String = words
            .iter()
            .map(|(x, y, size, angle, text)| {
                let (sin, cos) = f32::from(*angle).to_radians().sin_cos();
                let text = text.replace('(', "\\(").replace(')', "\\)");
                format!("BT /F1 {size} Tf {cos:.4} {sin:.4} {:.4} {cos:.4} {x} {y} Tm ({text}) Tj ET\n", -sin)
            })
            .collect();
        read(Builder::new().page(&content).bytes());
    }
}
