use proptest::prelude::*;

use super::super::*;
use crate::types::Language;

/// The figures of a text, each as `span = meaning`.
fn read(text: &str, language: Language) -> Vec<String> {
    figures(text, language)
        .into_iter()
        .map(|figure| format!("{} = {}", figure.span.of(text).unwrap(), meaning(&figure)))
        .collect()
}

fn meaning(figure: &Figure) -> String {
    let bound = match figure.bound {
        Some(Bound::AtLeast) => ">=",
        Some(Bound::MoreThan) => ">",
        Some(Bound::AtMost) => "<=",
        Some(Bound::LessThan) => "<",
        None if figure.approximate => "~",
        None => "",
    };
    let value = match &figure.value {
        Value::Quantity(q) => {
            let other = q.other.map(|o| format!(" or {}", o.value.normalize())).unwrap_or_default();
            format!("{}{other} {}", q.reading.value.normalize(), q.unit.name()).trim_end().to_owned()
        }
        Value::Period { period, other } => format!("{period:?}{}", other.map(|o| format!(" or {o:?}")).unwrap_or_default()),
        Value::Label(label) => format!("#{label}"),
    };
    format!("{bound}{value}")
}

fn german(text: &str) -> Vec<String> {
    read(text, Language::De)
}

fn english(text: &str) -> Vec<String> {
    read(text, Language::En)
}

#[test]
fn amounts_have_one_value_in_whatever_notation_and_scale() {
    for text in [
        "4,2 Mio. EUR",
        "4,2 Mio €",
        "4.200 TEUR",
        "TEUR 4.200",
        "T€ 4.200",
        "4.200 T€",
        "EUR 4.200.000",
        "4.200.000,00 €",
        "4,2 Millionen Euro",
        "Mio. EUR 4,2",
        "4 200 000 EUR",
    ] {
        let other = if text.contains("4.200") && !text.contains("4.200.") { " or 4200" } else { "" };
        assert_eq!(german(text), [format!("{text} = 4200000{other} EUR")]);
    }
    for text in [
        "EUR 4.2 million",
        "€4.2m",
        "€ 4.2 million",
        "4.2 million euros",
        "EUR 4,200,000",
        "4,200,000.00 EUR",
        "EUR 4.2mn",
        "EUR 0.0042bn",
    ] {
        assert_eq!(english(text), [format!("{text} = 4200000 EUR")]);
    }
    assert_eq!(
        english("US$5bn, $3 trillion, 7 US dollars, £12k"),
        ["US$5bn = 5000000000 USD", "$3 trillion = 3000000000000 USD", "7 US dollars = 7 USD", "£12k = 12000 GBP"]
    );
    assert_eq!(
        german("2 Billionen Euro und 1,5 Mrd. EUR"),
        ["2 Billionen Euro = 2000000000000 EUR", "1,5 Mrd. EUR = 1500000000 EUR"]
    );
}

#[test]
fn an_ambiguous_number_has_the_reading_of_its_language_first() {
    assert_eq!(german("1.234 und 1,234"), ["1.234 = 1234 or 1.234", "1,234 = 1.234 or 1234"]);
    assert_eq!(english("1.234 and 1,234"), ["1.234 = 1.234 or 1234", "1,234 = 1234 or 1.234"]);
    // What the text itself shows is stronger than its language.
    assert_eq!(german("1,234 of 5.67"), ["1,234 = 1234 or 1.234", "5.67 = 5.67"]);
    assert_eq!(
        german("0,125 und 1.234.567,89 und 1'234.50"),
        ["0,125 = 0.125", "1.234.567,89 = 1234567.89", "1'234.50 = 1234.5"]
    );
}

#[test]
fn percentages_and_points_differ() {
    assert_eq!(
        german("35 %, 35% und 35 Prozent, um 2 Prozentpunkte, 25 bp, 30 v. H., 5 %-Punkte"),
        [
            "35 % = 35 %",
            "35% = 35 %",
            "35 Prozent = 35 %",
            "2 Prozentpunkte = 2 %-points",
            "25 bp = 0.25 %-points",
            "30 v. H. = 30 %",
            "5 %-Punkte = 5 %-points"
        ]
    );
    assert_eq!(
        english("5 per cent, 2 percentage points, 25 basis points"),
        ["5 per cent = 5 %", "2 percentage points = 2 %-points", "25 basis points = 0.25 %-points"]
    );
}

#[test]
fn signs_brackets_and_ranges_are_read() {
    assert_eq!(
        german("−5,2 Mio. EUR und -3 % und minus 4 und 10-20"),
        ["−5,2 Mio. EUR = -5200000 EUR", "-3 % = -3 %", "minus 4 = -4", "10 = 10", "20 = 20"]
    );
    assert_eq!(german("Ergebnis\t(1.234)\t12")[0], "(1.234) = -1234 or -1.234");
    assert_eq!(german("ein Verlust (1.234 EUR) im Jahr")[0], "1.234 EUR = 1234 or 1.234 EUR");
    assert_eq!(german("10 bis 20 Mio. EUR"), ["10 = 10000000 EUR", "20 Mio. EUR = 20000000 EUR"]);
    assert_eq!(german("35–40 %"), ["35 = 35 %", "40 % = 40 %"]);
}

#[test]
fn dates_and_periods_are_no_amounts() {
    for text in ["31.12.2025", "31. Dezember 2025", "31. 12. 2025", "2025-12-31", "31.12.25"] {
        assert_eq!(german(text), [format!("{text} = Day {{ year: 2025, month: 12, day: 31 }}")]);
    }
    for text in
        ["December 31, 2025", "31 December 2025", "31st of December 2025", "Dec. 31, 2025", "December 31st, 2025", "12/31/2025"]
    {
        assert_eq!(english(text), [format!("{text} = Day {{ year: 2025, month: 12, day: 31 }}")]);
    }
    assert_eq!(
        english("03/04/2025"),
        ["03/04/2025 = Day { year: 2025, month: 3, day: 4 } or Day { year: 2025, month: 4, day: 3 }"]
    );
    assert_eq!(
        german("zum 31.12. und am 5. Mai"),
        ["31.12. = DayOfYear { month: 12, day: 31 }", "5. Mai = DayOfYear { month: 5, day: 5 }"]
    );
    assert_eq!(
        german("2025, 2024/25, 2024/2025, Q3 2025, 3. Quartal 2025, im dritten Quartal, 1. Halbjahr 2025, März 2025"),
        [
            "2025 = Year(2025)",
            "2024/25 = Fiscal(2024)",
            "2024/2025 = Fiscal(2024)",
            "Q3 2025 = Quarter { year: Some(2025), quarter: 3 }",
            "3. Quartal 2025 = Quarter { year: Some(2025), quarter: 3 }",
            "dritten Quartal = Quarter { year: None, quarter: 3 }",
            "1. Halbjahr 2025 = Half { year: Some(2025), half: 1 }",
            "März 2025 = Month { year: 2025, month: 3 }",
        ]
    );
    assert_eq!(
        english("the third quarter of 2025, FY25, Q3/2025, 2nd half 2025"),
        [
            "third quarter of 2025 = Quarter { year: Some(2025), quarter: 3 }",
            "FY25 = Year(2025)",
            "Q3/2025 = Quarter { year: Some(2025), quarter: 3 }",
            "2nd half 2025 = Half { year: Some(2025), half: 2 }",
        ]
    );
    assert_eq!(
        german("2025 EUR und 2.025 Stück und Beleg AG 2025"),
        ["2025 EUR = 2025 EUR", "2.025 = 2025 or 2.025", "2025 = Year(2025)"]
    );
}

#[test]
fn numbers_in_words_are_numbers_and_articles_are_not() {
    assert_eq!(
        german("zwei Töchter, zwölf Monate, einundzwanzig Tage, ein Haus, eine Million Euro, zwei Drittel, dreihundert"),
        [
            "zwei = 2",
            "zwölf Monate = 12 month",
            "einundzwanzig Tage = 21 day",
            "eine Million Euro = 1000000 EUR",
            "zwei Drittel = #2/3",
            "dreihundert = 300",
        ]
    );
    assert_eq!(
        english("two of twelve, twenty-five years, one of them, one percent, the third one, five hundred, half of it"),
        [
            "two = 2",
            "twelve = 12",
            "twenty-five years = 25 year",
            "one percent = 1 %",
            "third = 3 ordinal",
            "five hundred = 500",
            "half = #1/2",
        ]
    );
}

#[test]
fn what_counts_nothing_is_a_label() {
    assert_eq!(
        german("RE-2025-001, § 253 Abs. 1 HGB, Tz. 12, IFRS 16, HRB 4711, 1.2.3, B2B, 14:30, 1/3, 192.168.0.1"),
        [
            "RE-2025-001 = #re2025001",
            "§ 253 = #§253",
            "Abs. 1 = #abs1",
            "Tz. 12 = #tz12",
            "IFRS 16 = #ifrs16",
            "HRB 4711 = #hrb4711",
            "1.2.3 = #123",
            "B2B = #b2b",
            "14:30 = #1430",
            "1/3 = #1/3",
            "192.168.0.1 = #19216801",
        ]
    );
    assert_eq!(
        english("Article 5, section 253, page 7, the 1990s, 3rd place, 10km"),
        ["Article 5 = #art5", "section 253 = #§253", "page 7 = #page7", "1990s = #1990s", "3rd = 3 ordinal", "10km = 10 km",]
    );
}

#[test]
fn words_before_a_number_bound_it() {
    assert_eq!(
        german("mindestens 35 %, mehr als 10, nicht mehr als 5, höchstens 3 EUR, rund 400 Mio. EUR, unter 7 %, über EUR 10.000"),
        [
            "35 % = >=35 %",
            "10 = >10",
            "5 = <=5",
            "3 EUR = <=3 EUR",
            "400 Mio. EUR = ~400000000 EUR",
            "7 % = <7 %",
            "EUR 10.000 = >10000 or 10 EUR",
        ]
    );
    assert_eq!(
        english("at least 35, no more than 5, less than 3, about 7, up to 9"),
        ["35 = >=35", "5 = <=5", "3 = <3", "7 = ~7", "9 = <=9"]
    );
}

#[test]
fn a_period_proves_what_it_lies_in_and_nothing_else() {
    let period = |text: &str| match figures(text, Language::De).remove(0).value {
        Value::Period { period, .. } => period,
        other => panic!("{other:?}"),
    };
    for (cited, claimed, holds) in [
        ("31.12.2025", "2025", true),
        ("2025", "31.12.2025", false),
        ("31.12.2025", "31.12.2024", false),
        ("Q3 2025", "2025", true),
        ("15.08.2025", "Q3 2025", true),
        ("Q3 2025", "Q3", true),
        ("2024/25", "2024", false),
        ("2024/25", "2024/2025", true),
        ("31.12.2025", "31.12.", true),
        ("31.12.", "31.12.2025", false),
        ("Dezember 2025", "2025", true),
    ] {
        let claimed = if claimed == "Q3" { Period::Quarter { year: None, quarter: 3 } } else { period(claimed) };
        assert_eq!(period(cited).proves(claimed), holds, "{cited} → {claimed:?}");
    }
}

#[test]
fn units_of_a_column_are_read_from_its_name() {
    let hints = |text: &str| unit::hints(text).into_iter().map(|m| format!("{}e{}", m.unit.name(), m.scale)).collect::<Vec<_>>();
    assert_eq!(hints("31.12.2025 in TEUR"), ["EURe3"]);
    assert_eq!(hints("Mio. €"), ["EURe6"]);
    assert_eq!(hints("EUR million"), ["EURe6"]);
    assert_eq!(hints("in thousands of euros"), ["EURe3"]);
    assert_eq!(hints("EUR '000"), ["EURe3"]);
    assert_eq!(hints("Anteil in %"), ["%e0"]);
    assert_eq!(hints("Buchwert EUR"), ["EURe0"]);
    assert_eq!(hints("Anlagen im Bau"), [""; 0]);
}

proptest! {
    #[test]
    fn figures_are_in_order_apart_and_on_character_boundaries(text in "(\\PC|[ \n\t0-9.,/§€%()−-]|EUR|Mio\\.|ein|Dezember|Q){0,60}") {
        for language in [Language::De, Language::En, Language::Other] {
            let mut last = 0;
            for figure in figures(&text, language) {
                prop_assert!(figure.span.start >= last && !figure.span.is_empty(), "{text:?} {figure:?}");
                prop_assert!(figure.span.of(&text).is_some());
                last = figure.span.end;
            }
        }
    }

    #[test]
    fn an_amount_reads_the_same_in_every_notation(cents in 0u64..10_000_000_000_000) {
        let (whole, fraction) = (cents / 100, cents % 100);
        let mut grouped = whole.to_string();
        let mut at = grouped.len();
        while at > 3 {
            at -= 3;
            grouped.insert(at, '.');
        }
        let written = format!("{grouped},{fraction:02} EUR");
        let swiss = written.replace(',', "_").replace('.', "'").replace('_', ".");
        let swapped: String = written.chars().map(|c| match c { '.' => ',', ',' => '.', c => c }).collect();
        let spaced = written.replace('.', "\u{202f}");
        for (text, language) in [(&written, Language::De), (&swiss, Language::De), (&swapped, Language::En), (&spaced, Language::De)] {
            let found = figures(text, language);
            prop_assert_eq!(found.len(), 1, "{}", text);
            let Value::Quantity(quantity) = &found[0].value else { return Err(TestCaseError::fail(text.clone())) };
            prop_assert_eq!(quantity.reading.value, rust_decimal::Decimal::new(cents as i64, 2));
            prop_assert_eq!(quantity.unit, Unit::Currency("EUR"));
        }
    }
}
