//! In which order a page is read, and where its words stand.

use super::*;

#[test]
fn columns_are_read_one_after_the_other_and_a_heading_above_them_first() {
    let content =
        set("F2", 70.0, 780.0, 16.0, "1 Lagebericht") + &lines(70.0, 740.0, 10.0, &LEFT) + &lines(310.0, 740.0, 10.0, &RIGHT);
    let pages = read(Builder::new().page(&content).bytes());
    assert_eq!(
        kinds(&pages[0]),
        [
            (BlockKind::Heading { level: 1 }, "1 Lagebericht".to_owned()),
            (BlockKind::Paragraph, [LEFT.join(" "), RIGHT.join(" ")].join(" ")),
        ]
    );
}

#[test]
fn columns_whose_lines_stand_at_other_heights_are_columns_too() {
    let content = lines(70.0, 740.0, 10.0, &LEFT) + &lines(310.0, 735.0, 10.0, &RIGHT);
    let pages = read(Builder::new().page(&content).bytes());
    assert_eq!(pages[0].reading_text(Span::new(0, pages[0].text.len())), [LEFT.join(" "), RIGHT.join(" ")].join(" "));
}

#[test]
fn columns_a_narrow_gutter_apart_are_columns() {
    // Eight points at ten point type: hardly more than between two words.
    let content = lines(70.0, 740.0, 10.0, &LEFT) + &lines(70.0 + 181.0, 740.0, 10.0, &RIGHT);
    let pages = read(Builder::new().page(&content).bytes());
    assert_eq!(pages[0].reading_text(Span::new(0, pages[0].text.len())), [LEFT.join(" "), RIGHT.join(" ")].join(" "));
}

#[test]
fn a_word_broken_at_a_lines_end_stays_in_the_text_and_reads_as_one() {
    let content = lines(70.0, 700.0, 10.0, &["Gebildet wurden die Rück-", "stellungen für Soll- und Ist-", "Abweichungen."]);
    let pages = read(Builder::new().page(&content).bytes());
    assert_eq!(pages[0].text, "Gebildet wurden die Rück-\nstellungen für Soll- und Ist-\nAbweichungen.\n");
    assert_eq!(
        pages[0].reading_text(pages[0].blocks[0].span),
        "Gebildet wurden die Rückstellungen für Soll- und Ist-Abweichungen."
    );
}

/// Words with their boxes as poppler sees them on the page as displayed.
fn poppler(bytes: &[u8]) -> Vec<(String, [f32; 4])> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("a.pdf");
    std::fs::write(&file, bytes).expect("the file is written");
    let run = Command::new("pdftotext").args(["-bbox", "-cropbox"]).arg(&file).arg("-").output();
    let run = run.expect("pdftotext is needed for this test: install the package poppler-utils");
    let html = String::from_utf8(run.stdout).expect("UTF-8");
    let words = html.lines().filter_map(|line| line.trim().strip_prefix("<word "));
    words
        .map(|line| {
            let (attributes, text) = line.split_once('>').expect("a tag");
            let mut values = attributes.split('"').skip(1).step_by(2).map(|value| value.parse().expect("a number"));
            let mut next = || values.next().expect("four numbers");
            (text.trim_end_matches("</word>").to_owned(), [next(), next(), next(), next()])
        })
        .collect()
}

#[test]
fn boxes_are_those_of_poppler_on_cropped_and_rotated_pages() {
    let content = at(150.0, 600.0, 12.0, "Forderungen gegen Kunden") + &set("F2", 150.0, 500.0, 20.0, "Summe");
    for rotate in [0, 90, 180, 270] {
        let entries = format!("/Rotate {rotate} /CropBox [100 200 500 800]");
        let bytes = Builder::new().page_with(&content, &entries, "").bytes();
        let theirs: BTreeMap<String, [f32; 4]> = poppler(&bytes).into_iter().collect();
        assert_eq!(theirs.len(), 4);
        let page = &read(bytes)[0];
        for (word, theirs) in theirs {
            let start = page.text.find(&word).unwrap_or_else(|| panic!("{word} in {:?}", page.text));
            let ours = page.boxes(Span::new(start, start + word.len()));
            assert_eq!(ours.len(), 1);
            // Along the line to the width of a hair; across it fonts leave room for opinions.
            let (along, across) = if rotate % 180 == 0 { ([0, 2], [1, 3]) } else { ([1, 3], [0, 2]) };
            for side in along {
                assert!((ours[0][side] - theirs[side]).abs() < 0.2, "{rotate} {word} {ours:?} {theirs:?}");
            }
            for side in across {
                assert!((ours[0][side] - theirs[side]).abs() < 4.0, "{rotate} {word} {ours:?} {theirs:?}");
            }
        }
    }
}

#[test]
fn a_bold_line_a_little_smaller_than_the_text_is_a_heading_and_bold_small_print_is_none() {
    let page = |size: f32| {
        let content = set("F2", 70.0, 760.0, size, "(16) Geschäfts- oder Firmenwert") + &lines(70.0, 730.0, 11.5, &LEFT);
        kinds(&read(Builder::new().page(&content).bytes())[0])[0].0
    };
    assert_eq!(page(11.0), BlockKind::Heading { level: 4 });
    assert!(!matches!(page(9.0), BlockKind::Heading { .. }));
}
