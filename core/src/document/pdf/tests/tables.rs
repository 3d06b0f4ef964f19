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

/// Text that ends at `x`, by the widths of Helvetica (thousandths) of the letters that these tests set so.
fn ends_at(x: f32, y: f32, size: f32, text: &str) -> String {
    let width = |ch| match ch {
        '0'..='9' => 556,
        '.' | ' ' => 278,
        '-' => 333,
        'A' | 'B' => 667,
        'Z' => 611,
        'g' | 'u' | 'n' | 'h' | 'd' => 556,
        'b' => 556,
        'c' | 's' | 'z' => 500,
        'r' => 333,
        other => panic!("no width of {other}"),
    };
    at(x - text.chars().map(width).sum::<i32>() as f32 * size / 1000.0, y, size, text)
}

#[test]
fn names_of_columns_as_close_as_words_name_the_columns_whose_numbers_end_with_them() {
    // A third of the size between two names; numbers end where the names do, whose last point is set beyond the edge.
    let ends = [200.0, 232.0, 264.0, 296.0, 333.0];
    let names = ["Abs. 1.1.", "Zug. nr", "Abg. nr", "Bund. nr", "Abs. 31.12."];
    let mut content: String = ends
        .iter()
        .zip(names)
        .map(|(x, name)| ends_at(x + if name.ends_with('.') { 1.4 } else { 0.0 }, 700.0, 7.0, name))
        .collect();
    let amounts =
        [["9.582", "-27", "1.421", "360", "10.616"], ["8.400", "0", "0", "0", "8.400"], ["78.510", "0", "3.250", "0", "81.760"]];
    for (n, (label, amounts)) in ["Software", "Firmenwert", "Bauten"].iter().zip(amounts).enumerate() {
        let y = 688.0 - 11.0 * n as f32;
        content += &at(60.0, y, 7.0, label);
        content.extend(ends.iter().zip(amounts).map(|(x, amount)| ends_at(*x, y, 7.0, amount)));
    }
    let table = cells(&read(Builder::new().page(&content).bytes())[0]);
    assert_eq!(table[0], row(true, &["", names[0], names[1], names[2], names[3], names[4]]));
    assert_eq!(table[1], row(false, &["Software", "9.582", "-27", "1.421", "360", "10.616"]));
    assert_eq!(table.len(), 4);
}

#[test]
fn a_name_above_several_columns_of_numbers_makes_no_cell_of_them() {
    let mut content =
        at(60.0, 700.0, 10.0, "in TEUR") + &at(202.0, 700.0, 10.0, "Anschaffungskosten") + &ends_at(400.0, 700.0, 10.0, "2025");
    for (n, (label, amounts)) in
        [("Bauten", ["51.600", "2.860", "29.405"]), ("Anlagen", ["81.870", "7.930", "27.812"])].iter().enumerate()
    {
        let y = 686.0 - 14.0 * n as f32;
        content += &at(60.0, y, 10.0, label);
        content.extend([240.0, 285.0, 400.0].iter().zip(amounts).map(|(x, amount)| ends_at(*x, y, 10.0, amount)));
    }
    let table = cells(&read(Builder::new().page(&content).bytes())[0]);
    assert_eq!(table[0].1, ["in TEUR", "Anschaffungskosten", "", "2025"]);
    assert_eq!(table[1].1, ["Bauten", "51.600", "2.860", "29.405"]);
}

#[test]
fn a_label_that_goes_on_below_its_amounts_is_told_from_the_next_row_by_its_distance() {
    let table = |below: f32| {
        let content = ledger(700.0, "Betriebsstoffe", &[(300.0, "19.674"), (400.0, "20.116")])
            + &ledger(686.0, "Geleistete Anzahlungen und Anlagen im", &[(300.0, "4.358"), (400.0, "3.242")])
            + &at(70.0, below, 10.0, "Bau")
            + &ledger(below - 14.0, "Vermietete Anlagen", &[(300.0, "1.527"), (400.0, "1.674")])
            + &ledger(below - 28.0, "Gesamt", &[(300.0, "25.559"), (400.0, "25.032")]);
        cells(&read(Builder::new().page(&content).bytes())[0]).into_iter().map(|(_, cells)| cells[0].clone()).collect::<Vec<_>>()
    };
    assert_eq!(table(675.0)[1..3], ["Geleistete Anzahlungen und Anlagen im Bau", "Vermietete Anlagen"]);
    assert_eq!(table(672.0)[1..3], ["Geleistete Anzahlungen und Anlagen im", "Bau"]);
}

#[test]
fn a_number_set_over_the_end_of_a_label_is_a_word_of_its_own() {
    let content = at(70.0, 700.0, 10.0, "Betriebsausstattung") + &at(120.0, 700.0, 10.0, "19.230");
    let text = &read(Builder::new().page(&content).bytes())[0].text;
    assert!(text.split_whitespace().any(|word| word == "19.230"), "{text}");
}

#[test]
fn a_number_of_items_close_to_what_they_name_is_a_column_and_that_of_a_list_is_none() {
    // The white space behind the name of the first column is narrower than the type is high.
    let names = at(57.0, 700.0, 8.5, "Pos.") + &at(82.0, 700.0, 8.5, "Bezeichnung");
    let content = names
        + &at(352.0, 700.0, 8.5, "Menge")
        + &["Getriebe", "Inbetriebnahme"]
            .iter()
            .zip(1..)
            .map(|(item, n): (_, u32)| {
                let y = 700.0 - 14.0 * n as f32;
                at(57.0, y, 8.5, &format!("1{n}{n}")) + &at(82.0, y, 8.5, item) + &at(352.0, y, 8.5, &format!("{n} Stk"))
            })
            .collect::<String>();
    let table = cells(&read(Builder::new().page(&content).bytes())[0]);
    assert_eq!(table[0].1, ["Pos.", "Bezeichnung", "Menge"]);
    assert_eq!(table[2].1, ["122", "Inbetriebnahme", "2 Stk"]);

    let list: String = ["das Ergebnis", "die Lage", "die Risiken"]
        .iter()
        .zip(1..)
        .map(|(item, n): (_, u32)| {
            let y = 700.0 - 14.0 * n as f32;
            at(70.0, y, 10.0, &format!("{n}.")) + &at(86.0, y, 10.0, item)
        })
        .collect();
    assert!(cells(&read(Builder::new().page(&list).bytes())[0]).is_empty());
}

#[test]
fn amounts_at_the_foot_of_an_item_are_in_its_row() {
    let item = |y: f32, number: &str, name: &str, amounts: [&str; 2]| {
        at(57.0, y, 10.0, number)
            + &at(85.0, y, 10.0, name)
            + &amount(400.0, y - 13.0, amounts[0])
            + &amount(480.0, y - 13.0, amounts[1])
    };
    let content = at(57.0, 720.0, 10.0, "Nr")
        + &at(85.0, 720.0, 10.0, "Bezeichnung")
        + &amount(400.0, 720.0, "Preis")
        + &amount(480.0, 720.0, "Betrag")
        + &item(700.0, "1", "Kegelstirnradgetriebe", ["94.500,00", "378.000,00"])
        + &item(672.0, "2", "Inbetriebnahme vor Ort", ["34.000,00", "34.000,00"])
        + &item(644.0, "3", "Schulung der Bediener", ["2.000,00", "4.000,00"]);
    let table = cells(&read(Builder::new().page(&content).bytes())[0]);
    assert_eq!(
        table[1..3],
        [
            row(false, &["1", "Kegelstirnradgetriebe", "94.500,00", "378.000,00"]),
            row(false, &["2", "Inbetriebnahme vor Ort", "34.000,00", "34.000,00"]),
        ]
    );
}
