use proptest::prelude::*;

use super::{super::testing::*, *};
use crate::types::Page;

fn page(text: &str) -> Page {
    let mut pages = extract_all(extract, "a.txt", text.as_bytes()).pages;
    assert_eq!(pages.len(), 1);
    pages.remove(0)
}

#[test]
fn blank_lines_part_paragraphs_and_wrapped_words_are_joined() {
    let page = page("Die Rück-\nstellungen für Soll-\nund Habenseite nach der EU-\nRichtlinie.\n\nNeuer Absatz.\n");
    let paragraphs: Vec<String> = page.blocks.iter().map(|b| page.reading_text(b.span)).collect();
    assert_eq!(paragraphs, ["Die Rückstellungen für Soll- und Habenseite nach der EU-Richtlinie.", "Neuer Absatz."]);
}

#[test]
fn headings_are_told_by_underline_number_and_capitals() {
    let text = "Prüfungsbericht\n===============\n\n3.2 Rückstellungen\n\n§ 5 Kündigung\n\nANLAGE ZUM VERTRAG\n\n\
        31. Dezember 2025\n\nWir zahlen 3.2 Mio.\n\n1. Das ist ein Satz, der endet.\n";
    let page = page(text);
    assert_eq!(
        outline(&page),
        [
            "h1 Prüfungsbericht",
            "h2 3.2 Rückstellungen",
            "h2 § 5 Kündigung",
            "h1 ANLAGE ZUM VERTRAG",
            "p 31. Dezember 2025",
            "p Wir zahlen 3.2 Mio.",
            "li 1. Das ist ein Satz, der endet."
        ]
    );
}

#[test]
fn items_of_a_list_are_blocks_of_their_own_with_their_continuation() {
    let page = page("Aufgaben:\n- Saldenliste\n  anfordern\n- Bank anschreiben\n  a) Nord\n  b) Süd\n");
    assert_eq!(outline(&page), ["p Aufgaben:", "li - Saldenliste anfordern", "li - Bank anschreiben", "li a) Nord", "li b) Süd"]);
}

#[test]
fn columns_in_fixed_pitch_are_rows_with_cells() {
    let page = page(
        "Konto   Bezeichnung           Saldo\n1200    Bank              12.345,67\n1400    Forderungen        9.876,00\n1600                       -500,00\n",
    );
    assert_eq!(
        outline(&page),
        ["th Konto|Bezeichnung|Saldo", "tr 1200|Bank|12.345,67", "tr 1400|Forderungen|9.876,00", "tr 1600||-500,00"]
    );
    assert_eq!(page.blocks[3].cells[2].column, 2);
}

#[test]
fn prose_with_two_blanks_behind_its_sentences_is_no_table() {
    let page = page("Ein Satz.  Noch ein Satz hier.\nEin anderer.  Und noch ein Satz.\nUnd weiter geht es mit dem.  Text.\n");
    assert_eq!(page.blocks.len(), 1);
    assert_eq!(page.blocks[0].kind, BlockKind::Paragraph);
}

#[test]
fn a_form_feed_begins_a_page() {
    let out = extract_all(extract, "a.txt", b"eins\x0czwei\x0c\x0cvier\x0c\n");
    let texts: Vec<&str> = out.pages.iter().map(|p| p.text.trim()).collect();
    assert_eq!(texts, ["eins", "zwei", "", "vier"]);
    assert_eq!(out.pages[2].status, crate::types::PageStatus::Empty);
}

#[test]
fn a_file_of_blanks_is_one_empty_page() {
    let page = page(" \n\t\n");
    assert_eq!(page.status, crate::types::PageStatus::Empty);
}

#[test]
fn a_long_text_goes_on_the_next_page_and_loses_nothing() {
    let text: String = (0..200_000).map(|i| format!("Absatz Nummer {i} mit etwas Text.\n\n")).collect();
    let out = extract_all(extract, "a.txt", text.as_bytes());
    assert!(out.pages.len() > 1);
    let all: String = out.pages.iter().map(|p| p.text.as_str()).collect();
    assert!(words(&all).eq(words(&text)));
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split_whitespace()
}

proptest! {
    #[test]
    fn no_word_of_any_text_is_lost(text in "([A-Za-zäöüß0-9§.,;:()|=+*-]{0,12}[ \n\t]{0,3}){0,60}") {
        let out = extract_all(extract, "a.txt", text.as_bytes());
        let all: String = out.pages.iter().map(|p| p.text.as_str()).collect();
        prop_assert_eq!(words(&all).collect::<Vec<_>>(), words(&text).collect::<Vec<_>>());
    }

    #[test]
    fn any_bytes_make_pages_that_keep_their_promises(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        extract_all(extract, "a.txt", &bytes);
    }
}
