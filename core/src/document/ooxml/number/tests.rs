use proptest::prelude::*;

use super::{Locale::*, render::Shown, *};

fn shown(code: &str, value: f64, locale: Locale) -> String {
    Format::parse(code).number(value, locale, false).text
}

/// What Excel shows, after ECMA-376 part 1, 18.8.31, and the vendor's documentation of number format codes.
#[test]
fn numbers_look_as_excel_shows_them() {
    for (code, value, english, german) in [
        ("General", 0.0, "0", "0"),
        ("General", 1234.5, "1234.5", "1234,5"),
        ("General", -0.1, "-0.1", "-0,1"),
        ("General", 0.1 + 0.2, "0.3", "0,3"),
        ("General", 1.0 / 3.0, "0.333333333", "0,333333333"),
        ("General", 1234.5678901234, "1234.56789", "1234,56789"),
        ("General", 1e20, "1E+20", "1E+20"),
        ("General", 1.5e-7, "1.5E-07", "1,5E-07"),
        ("General", 0.0001, "0.0001", "0,0001"),
        ("0", 1234.5, "1235", "1235"),
        ("0.00", 1.005, "1.01", "1,01"),
        ("0.00", 2.675, "2.68", "2,68"),
        ("0.00", -1.5, "-1.50", "-1,50"),
        ("0", -0.4, "0", "0"),
        ("#,##0", 1234567.0, "1,234,567", "1.234.567"),
        ("#,##0.00", 1234567.891, "1,234,567.89", "1.234.567,89"),
        ("#,##0.00", 0.5, "0.50", "0,50"),
        ("#,##0.00", 999.999, "1,000.00", "1.000,00"),
        ("#,##0.00;[Red]-#,##0.00", -1234.5, "-1,234.50", "-1.234,50"),
        ("#,##0_);(#,##0)", -1234.0, "(1,234)", "(1.234)"),
        ("#,##0_);(#,##0)", 1234.0, "1,234", "1.234"),
        ("0.00;-0.00;\"null\"", 0.0, "null", "null"),
        ("####.#", 1234.59, "1234.6", "1234,6"),
        ("#.000", 8.9, "8.900", "8,900"),
        ("0.#", 0.631, "0.6", "0,6"),
        ("#.0#", 12.0, "12.0", "12,0"),
        ("#.0#", 1234.568, "1234.57", "1234,57"),
        ("#.00", 0.5, ".50", ",50"),
        ("0.0", 0.05, "0.1", "0,1"),
        ("#,", 12000.0, "12", "12"),
        ("0.0,,", 12200000.0, "12.2", "12,2"),
        ("#,##0,", 1234567.0, "1,235", "1.235"),
        ("0%", 0.456, "46%", "46%"),
        ("0.00%", 0.12345, "12.35%", "12,35%"),
        ("0 %", -0.05, "-5 %", "-5 %"),
        ("0.00E+00", 12345.0, "1.23E+04", "1,23E+04"),
        ("##0.0E+0", 12345.0, "12.3E+3", "12,3E+3"),
        ("0.00E-00", 0.00012, "1.20E-04", "1,20E-04"),
        ("0.0E+0", 9.96, "1.0E+1", "1,0E+1"),
        ("00000", 123.0, "00123", "00123"),
        ("000-00-0000", 123456789.0, "123-45-6789", "123-45-6789"),
        ("0000\" \"0000", 12345678.0, "1234 5678", "1234 5678"),
        ("\"Konto \"0", 8400.0, "Konto 8400", "Konto 8400"),
        ("#,##0.00 \"€\"", 1234.5, "1,234.50 €", "1.234,50 €"),
        ("#,##0.00\\ [$€-407]", 1234.5, "1,234.50 €", "1.234,50 €"),
        ("[$EUR] #,##0", 5.0, "EUR 5", "EUR 5"),
        ("_-* #,##0.00 \"€\"_-;-* #,##0.00 \"€\"_-;_-* \"-\"?? \"€\"_-;_-@_-", -1234.5, "-1,234.50 €", "-1.234,50 €"),
        ("_-* #,##0.00 \"€\"_-;-* #,##0.00 \"€\"_-;_-* \"-\"?? \"€\"_-;_-@_-", 0.0, "- €", "- €"),
        ("_(\"$\"* #,##0.00_);_(\"$\"* (#,##0.00)", 5.0, "$ 5.00", "$ 5,00"),
        ("[>=1000]#,##0,\" T\";0", 12000.0, "12 T", "12 T"),
        ("[>=1000]#,##0,\" T\";0", 12.0, "12", "12"),
        ("[<0]\"Soll \"0;\"Haben \"0", -7.0, "Soll 7", "Soll 7"),
        ("# ?/?", 0.5, "0.5", "0,5"),
        ("Standard", 1.5, "1.5", "1,5"),
        ("@", 1.5, "1.5", "1,5"),
        ("", 1.5, "1.5", "1,5"),
    ] {
        assert_eq!(shown(code, value, English), english, "{code} of {value}");
        assert_eq!(shown(code, value, German), german, "{code} of {value} in German");
    }
}

#[test]
fn an_account_number_is_shown_whole() {
    assert_eq!(shown("General", 123_456_789_012_345.0, German), "123456789012345");
}

/// Serial numbers from the vendor's documentation of DATEVALUE and TIMEVALUE, and from the calendar.
#[test]
fn dates_look_as_excel_shows_them() {
    for (code, serial, english, german) in [
        ("dd.mm.yyyy", 46022.0, "31.12.2025", "31.12.2025"),
        ("yyyy-mm-dd", 39448.0, "2008-01-01", "2008-01-01"),
        ("m/d/yy", 40777.0, "8/22/11", "8/22/11"),
        ("TT.MM.JJJJ", 46022.0, "31.12.2025", "31.12.2025"),
        ("[$-407]d. mmmm yyyy", 45731.0, "15. März 2025", "15. März 2025"),
        ("[$-409]d mmmm yyyy", 45731.0, "15 March 2025", "15 March 2025"),
        ("mmm yy", 45731.0, "Mar 25", "Mrz 25"),
        ("dddd", 45658.0, "Wednesday", "Mittwoch"),
        ("ddd", 45658.0, "Wed", "Mi"),
        ("h:mm AM/PM", 0.75, "6:00 PM", "6:00 PM"),
        ("h:mm AM/PM", 0.0, "12:00 AM", "12:00 AM"),
        ("hh:mm:ss", 0.5 + 1.0 / 86400.0, "12:00:01", "12:00:01"),
        ("mm:ss.0", 1.25 / 86400.0, "00:01.3", "00:01,3"),
        ("[h]:mm", 1.5, "36:00", "36:00"),
        ("[mm]:ss", 0.05, "72:00", "72:00"),
        ("dd.mm.yyyy hh:mm", 46_022.999_999_999, "01.01.2026 00:00", "01.01.2026 00:00"),
        ("dd.mm.yyyy", 1.0, "01.01.1900", "01.01.1900"),
        ("dd.mm.yyyy", 59.0, "28.02.1900", "28.02.1900"),
        ("dd.mm.yyyy", 60.0, "29.02.1900", "29.02.1900"),
        ("dd.mm.yyyy", 61.0, "01.03.1900", "01.03.1900"),
        ("dd.mm.yyyy", 2_958_465.0, "31.12.9999", "31.12.9999"),
        ("dd.mm.yyyy", -1.0, "-1", "-1"),
        ("dd.mm.yyyy", 1e300, "1E+300", "1E+300"),
    ] {
        assert_eq!(shown(code, serial, English), english, "{code} of {serial}");
        assert_eq!(shown(code, serial, German), german, "{code} of {serial} in German");
    }
}

#[test]
fn the_calendar_of_1904_starts_four_years_later() {
    assert_eq!(Format::parse("dd.mm.yyyy").number(0.0, German, true).text, "01.01.1904");
    assert_eq!(Format::parse("dd.mm.yyyy").number(44560.0, German, true).text, "31.12.2025");
}

#[test]
fn the_short_date_is_the_readers_in_german_and_unmistakable_in_english() {
    assert_eq!(shown(builtin(14, German), 46022.0, German), "31.12.2025");
    assert_eq!(shown(builtin(14, English), 46022.0, English), "2025-12-31");
}

#[test]
fn a_format_that_shows_nothing_hides_its_value() {
    let hidden = Format::parse(";;;");
    assert_eq!(hidden.number(42.5, German, false), Shown { text: "42,5".to_owned(), hidden: true });
    assert_eq!(hidden.text("geheim"), Shown { text: "geheim".to_owned(), hidden: true });
    assert_eq!(Format::parse("0;-0;;@").number(0.0, German, false), Shown { text: "0".to_owned(), hidden: true });
}

#[test]
fn text_takes_the_section_for_text() {
    assert_eq!(Format::parse("0.00;-0.00;0;\"Konto \"@").text("8400").text, "Konto 8400");
    assert_eq!(Format::parse("0.00").text("8400").text, "8400");
    assert_eq!(Format::parse("@").text("008400").text, "008400");
}

proptest! {
    #[test]
    fn any_code_shows_any_number_without_a_panic(code in "[0#?.,%E+ymdhs/;@_*\\[\\]\\\\\"$€<>=1 aGAMP-]{0,24}", value in any::<f64>()) {
        let format = Format::parse(&code);
        for locale in [English, German] {
            format.number(value, locale, false);
            format.number(value % 60000.0, locale, true);
            format.text("x");
        }
    }

    #[test]
    fn two_decimals_are_those_of_the_nearest_hundredth(cents in -1_000_000_000i64..1_000_000_000) {
        let value = cents as f64 / 100.0;
        let expected = format!("{}{},{:02}", if cents < 0 { "-" } else { "" }, cents.abs() / 100, cents.abs() % 100);
        prop_assert_eq!(shown("0.00", value, German), expected);
    }
}
