//! Which words are cells, and which rows a table.

use super::*;

/// A row of a table: its label and amounts that end at the given places.
fn ledger(y: f32, label: &str, amounts: &[(f32, &str)]) -> String {
    at(70.0, y, 10.0, label) + &amounts.iter().map(|(x, text)| amount(*x, y, text)).collect::<String>()
}

#[test]
fn a_total_as_wide_as_its_column_keeps_its_cells() {
    // 4.8 points before the total's second amount, fifteen and more in the rows above.
    let content = ledger(700.0, "Deutschland", &[(432.0, "5.414"), (481.3, "5.881")])
        + &ledger(686.0, "Tschechien", &[(432.0, "442"), (481.3, "499")])
        + &ledger(672.0, "Gesamt", &[(432.0, "374.808"), (481.3, "1.363.151")]);
    let pages = read(Builder::new().page(&content).bytes());
    assert_eq!(
        cells(&pages[0]),
        [
            row(false, &["Deutschland", "5.414", "5.881"]),
            row(false, &["Tschechien", "442", "499"]),
            row(false, &["Gesamt", "374.808", "1.363.151"]),
        ]
    );
}

#[test]
fn columns_hardly_farther_apart_than_words_have_cells_and_a_header() {
    // Helvetica's widths put the end of `Guss` (23.34) and `Service` (33.90) where their amounts end.
    let content = at(70.0, 700.0, 10.0, "in TEUR")
        + &at(300.0 - 23.34, 700.0, 10.0, "Guss")
        + &at(339.0 - 33.90, 700.0, 10.0, "Service")
        + &ledger(686.0, "Umsatz", &[(300.0, "23.950"), (339.0, "63.771")])
        + &ledger(672.0, "Ergebnis", &[(300.0, "21.436"), (339.0, "0")]);
    let pages = read(Builder::new().page(&content).bytes());
    assert_eq!(
        cells(&pages[0]),
        [
            row(true, &["in TEUR", "Guss", "Service"]),
            row(false, &["Umsatz", "23.950", "63.771"]),
            row(false, &["Ergebnis", "21.436", "0"]),
        ]
    );
}

#[test]
fn a_header_and_one_row_are_a_table() {
    let content = at(70.0, 740.0, 10.0, "Die Erträge gliedern sich so:")
        + &ledger(712.0, "in TEUR", &[(450.0, "2025"), (482.0, "2024")])
        + &ledger(700.0, "Gesamt", &[(450.0, "6.354"), (482.0, "5.54")])
        + &at(70.0, 680.0, 10.0, "Darin ist ein Anspruch gegen einen Lieferanten enthalten.");
    let pages = read(Builder::new().page(&content).bytes());
    assert_eq!(cells(&pages[0]), [row(true, &["in TEUR", "2025", "2024"]), row(false, &["Gesamt", "6.354", "5.54"])]);
}

#[test]
fn words_close_behind_a_column_of_numbers_are_another_cell() {
    let segments = ["Antriebe", "Guss", "Service und Teile"];
    let content: String = (0..3)
        .map(|n| {
            let y = 700.0 - 14.0 * n as f32;
            ledger(y, "Gesellschaft", &[(300.0, ["100", "75", "50"][n])]) + &at(306.0, y, 10.0, segments[n])
        })
        .collect();
    let pages = read(Builder::new().page(&content).bytes());
    assert_eq!(
        cells(&pages[0]),
        [
            row(false, &["Gesellschaft", "100", "Antriebe"]),
            row(false, &["Gesellschaft", "75", "Guss"]),
            row(false, &["Gesellschaft", "50", "Service und Teile"]),
        ]
    );
}

#[test]
fn the_numbers_behind_dot_leaders_are_no_column() {
    let dots = ". ".repeat(20);
    let content: String = (0..4)
        .map(|n| {
            at(70.0, 700.0 - 12.0 * n as f32, 10.0, &format!("Posten {n} {dots}")) + &amount(236.8, 700.0 - 12.0 * n as f32, "17")
        })
        .collect();
    let pages = read(Builder::new().page(&content).bytes());
    assert_eq!(cells(&pages[0]), []);
}

#[test]
fn numbers_below_each_other_in_justified_text_are_no_column() {
    // Words seven points apart, and a year at the same place of every line.
    let text = "Die Umsätze der Gruppe nahmen im Jahr 2025 gegen Ende deutlich zu";
    let line = |n: usize| format!("BT /F1 10 Tf 4 Tw 70 {} Td ({text}) Tj ET\n", 700 - 12 * n);
    let content: String = (0..5).map(line).collect();
    let pages = read(Builder::new().page(&content).bytes());
    assert_eq!(cells(&pages[0]), []);
}

#[test]
fn a_table_without_rules_has_rows_cells_and_a_header() {
    let content = at(70.0, 740.0, 10.0, "Die Bilanz in TEUR:") + &balance();
    let pages = read(Builder::new().page(&content).bytes());
    let row = |header, cells: [&str; 3]| (header, cells.map(str::to_owned).to_vec());
    assert_eq!(
        cells(&pages[0]),
        [
            row(true, ["Posten", "31.12.2025", "31.12.2024"]),
            row(false, ["Sachanlagen", "12.345,00", "987,10"]),
            row(false, ["Sonstige Vermögensgegenstände aus dem laufenden Geschäft der Gruppe", "5,00", ""]),
            row(false, ["Kasse", "", "1.000,00"]),
        ]
    );
    assert_eq!(find(&pages[0], "Die Bilanz").kind, BlockKind::Paragraph);
    assert!(pages[0].text.contains("Kasse\t\t1.000,00\n"));
}

#[test]
fn rules_tell_which_lines_are_one_row() {
    let mut content = String::new();
    for y in [714.0, 690.0, 664.0, 638.0] {
        writeln!(content, "65 {y} m 530 {y} l S").expect("to memory");
    }
    for (y, first, second) in [
        (702.0, "Risiko", "Maßnahme"),
        (680.0, "Zins", "Absicherung durch Swaps über die"),
        (668.0, "", "gesamte Laufzeit der Darlehen"),
        (654.0, "Währung", "Termingeschäfte für die Hälfte"),
        (642.0, "", "Der Rest bleibt offen"),
    ] {
        content += &at(300.0, y, 10.0, second);
        if !first.is_empty() {
            content += &at(70.0, y, 10.0, first);
        }
    }
    let pages = read(Builder::new().page(&content).bytes());
    let rows: Vec<Vec<String>> = cells(&pages[0]).into_iter().map(|(_, cells)| cells).collect();
    assert_eq!(
        rows,
        [
            ["Risiko", "Maßnahme"],
            ["Zins", "Absicherung durch Swaps über die gesamte Laufzeit der Darlehen"],
            ["Währung", "Termingeschäfte für die Hälfte Der Rest bleibt offen"],
        ]
    );
}
