//! What stands at the head and at the foot of pages.

use super::*;

#[test]
fn what_repeats_at_head_and_foot_is_furniture_and_the_printed_number_names_the_page() {
    let mut builder = Builder::new();
    for n in 0..5 {
        let body =
            [["Die Ertragslage ist gut.", "Das freut alle sehr."], ["Die Finanzlage ist gut.", "Das bleibt auch so."]][n % 2];
        let content = at(70.0, 810.0, 9.0, "Muster AG, Geschäftsbericht 2025")
            + &lines(70.0, 740.0 - 40.0 * n as f32, 10.0, &body)
            + &at(290.0, 30.0, 9.0, &format!("{}", n + 11));
        builder = builder.page(&content);
    }
    let pages = read(builder.bytes());
    for (n, page) in pages.iter().enumerate() {
        assert_eq!(find(page, "Muster AG").kind, BlockKind::RunningHeader);
        assert_eq!(page.blocks.last().map(|block| block.kind), Some(BlockKind::PageNumber));
        assert_eq!(page.name.as_deref(), Some((n + 11).to_string().as_str()));
        assert_eq!(find(page, "lage ist gut").kind, BlockKind::Paragraph);
    }
}

#[test]
fn the_head_of_a_table_that_goes_on_is_no_running_header() {
    let mut builder = Builder::new();
    for n in 0..4 {
        let mut content = at(70.0, 780.0, 10.0, "Konto") + &at(300.0, 780.0, 10.0, "Saldo");
        for row in 0..40 {
            let y = 768.0 - 12.0 * row as f32;
            content += &(at(70.0, y, 10.0, &format!("Konto {}", 1000 + 40 * n + row))
                + &amount(325.0, y, &format!("{},00", 7 * row + n)));
        }
        builder = builder.page(&content);
    }
    for page in read(builder.bytes()) {
        assert_eq!(find(&page, "Saldo").kind, BlockKind::TableRow { table: 0, header: true });
    }
}

#[test]
fn a_page_of_another_format_has_the_same_running_header_elsewhere() {
    let mut builder = Builder::new();
    for n in 0..4 {
        let (y, crop) = if n == 2 { (480.0, "/CropBox [0 0 595 500]") } else { (800.0, "") };
        let content = at(70.0, y, 9.0, "Muster AG, Geschäftsbericht")
            + &lines(70.0, 440.0 - 20.0 * n as f32, 10.0, &LEFT[n..])
            + &at(290.0, if n == 2 { 12.0 } else { 30.0 }, 9.0, &format!("{}", n + 1));
        builder = builder.page_with(&content, crop, "");
    }
    for page in read(builder.bytes()) {
        assert_eq!(find(&page, "Muster AG").kind, BlockKind::RunningHeader, "page {}", page.number);
        assert_eq!(page.blocks.last().map(|block| block.kind), Some(BlockKind::PageNumber), "page {}", page.number);
    }
}

#[test]
fn smaller_type_at_the_foot_with_a_mark_is_a_footnote_and_its_mark_no_part_of_a_number() {
    let content = "BT /F1 10 Tf 70 700 Td (Die Erlöse betrugen im Jahr insgesamt 1.234) Tj /F1 6 Tf 4 Ts (2) Tj ET\n".to_owned()
        + &at(70.0, 688.0, 10.0, "TEUR und lagen damit über dem Plan des Jahres.")
        + &at(70.0, 100.0, 8.0, "2 Ohne Umsatzsteuer und ohne Skonti.");
    let page = &read(Builder::new().page(&content).bytes())[0];
    assert!(page.text.contains("1.234 2"), "{:?}", page.text);
    assert_eq!(find(page, "Ohne Umsatzsteuer").kind, BlockKind::Footnote);
}
