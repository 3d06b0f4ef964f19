use jiff::civil::date;

use super::super::*;
use crate::{answer::evidence::Evidence, types::Language};

fn evidence(quote: &str) -> Evidence<'_> {
    Evidence { quote, sentence: quote, language: Language::De, ..Evidence::default() }
}

fn standings(claim: &str, question: &str, evidence: &[Evidence]) -> Vec<Standing> {
    check_figures(claim, Language::De, question, evidence).into_iter().map(|report| report.standing).collect()
}

/// The standing of the last figure of a claim against one quote.
fn last(claim: &str, quote: &str) -> Standing {
    standings(claim, "", &[evidence(quote)]).pop().unwrap()
}

fn expression(claim: &str, evidence: &[Evidence]) -> Option<String> {
    let reports = check_figures(claim, Language::De, "", evidence);
    reports.iter().find_map(|report| report.expression.as_ref()).map(ToString::to_string)
}

#[test]
fn a_figure_is_borne_out_by_the_same_value_and_unit_in_any_notation() {
    for (claim, quote) in [
        ("Die Rückstellungen betragen 4,2 Mio. EUR.", "Rückstellungen von 4.200 TEUR"),
        ("Die Rückstellungen betragen 4.200 TEUR.", "Rückstellungen von EUR 4.200.000,00"),
        ("Es sind 35 Prozent.", "mindestens, also 35 %"),
        ("Es sind zwölf Gesellschaften.", "die 12 Gesellschaften"),
        ("Zum 31. Dezember 2025", "per 31.12.2025"),
        ("Im Jahr 2025", "per 31.12.2025"),
        ("Nach § 253 Abs. 1", "gemäß § 253 Abs. 1 HGB"),
        ("Es sind 1.912 Mitarbeiter", "waren 1.912 Beschäftigte"),
    ] {
        assert_eq!(last(claim, quote), Standing::Stated, "{claim} / {quote}");
    }
}

#[test]
fn another_value_unit_scale_sign_period_or_limit_is_told() {
    for (claim, quote, standing) in [
        ("Es sind 4.300 TEUR.", "Es sind 4.200 TEUR", Standing::Missing),
        ("Es sind 4.200 EUR.", "Es sind 4.200 TEUR", Standing::UnitDiffers),
        ("Es sind 4.200 TUSD.", "Es sind 4.200 TEUR", Standing::UnitDiffers),
        ("Es sind 4,2 Mrd. EUR.", "Es sind 4,2 Mio. EUR", Standing::UnitDiffers),
        ("Es sind 35 %.", "Es sind 35 Prozentpunkte", Standing::UnitDiffers),
        ("Es sind 4.200 TEUR.", "Posten 4.200", Standing::UnitUnproven),
        ("Die Quote ist 35 %.", "Die Quote ist mindestens 35 %", Standing::BoundDiffers),
        ("Die Quote ist höchstens 35 %.", "Die Quote ist mindestens 35 %", Standing::BoundDiffers),
        ("Es sind 5 TEUR.", "Ergebnis −5 TEUR", Standing::SignDiffers),
        ("Es war 2024", "Es war 2025", Standing::PeriodDiffers),
        ("Zum 31.12.2025", "Im Jahr 2025", Standing::Missing),
        ("Nach § 254", "nach § 253", Standing::Missing),
    ] {
        assert_eq!(last(claim, quote), standing, "{claim} / {quote}");
    }
    assert_eq!(last("Der Verlust beträgt 5 TEUR.", "Ergebnis −5 TEUR"), Standing::Stated);
}

#[test]
fn a_rounding_is_right_or_it_is_none() {
    let quote = "Rückstellungen von 4.182 TEUR";
    for (claim, standing) in [
        ("Es sind 4,2 Mio. EUR", Standing::Rounded),
        ("Es sind 4,18 Mio. EUR", Standing::Rounded),
        ("Es sind 4 Mio. EUR", Standing::Rounded),
        ("Es sind 4,1 Mio. EUR", Standing::Missing),
        ("Es sind 5 Mio. EUR", Standing::Missing),
        ("Es sind rund 4.200 TEUR", Standing::Rounded),
        ("Es sind 4.200 TEUR", Standing::Missing),
        ("Es sind über 4 Mio. EUR", Standing::Within),
        ("Es sind über 1 Mio. EUR", Standing::Missing),
        ("Es sind unter 4 Mio. EUR", Standing::Missing),
    ] {
        assert_eq!(last(claim, quote), standing, "{claim}");
    }
}

#[test]
fn columns_give_bare_numbers_their_unit_and_period() {
    let row = Evidence {
        quote: "Umsatzerlöse\t374.808\t350.100",
        sentence: "Umsatzerlöse\t374.808\t350.100",
        header: Some("in TEUR\t2025\t2024"),
        context: "Gewinn- und Verlustrechnung in TEUR",
        language: Language::De,
        ..Evidence::default()
    };
    let check = |claim: &str| standings(claim, "", &[row]);
    assert_eq!(check("Die Umsatzerlöse betragen 2025 374.808 TEUR."), [Standing::Context, Standing::Stated]);
    assert_eq!(check("Die Umsatzerlöse betragen 2025 374,8 Mio. EUR."), [Standing::Context, Standing::Rounded]);
    assert_eq!(check("Die Umsatzerlöse betragen 2024 374.808 TEUR."), [Standing::Context, Standing::PeriodDiffers]);
    assert_eq!(check("Die Umsatzerlöse betragen 374.808 EUR."), [Standing::UnitDiffers]);
    assert_eq!(
        standings("Sie betragen 374.808 TEUR.", "Wie hoch waren die Umsatzerlöse 2024?", &[row]),
        [Standing::PeriodDiffers]
    );
    // 374.808 − 350.100, the newer less the older.
    assert_eq!(
        expression("Die Umsatzerlöse sind um 24.708 TEUR gestiegen.", &[row]).as_deref(),
        Some("374.808 − 350.100 = 24.708 TEUR")
    );
    assert_eq!(expression("Die Umsatzerlöse sind um 24.708 TEUR gesunken.", &[row]), None);
    assert_eq!(
        expression("Die Umsatzerlöse sind um 7,1 % gestiegen.", &[row]).as_deref(),
        Some("(374.808 − 350.100) ÷ 350.100 ≈ 7,1 %")
    );
    assert_eq!(expression("Die Umsatzerlöse sind um 7,2 % gestiegen.", &[row]), None);
}

#[test]
fn what_is_computed_is_recomputed_and_shown() {
    let text = evidence("Rückstellungen 4.200 TEUR, im Vorjahr 3.900 TEUR");
    assert_eq!(expression("Sie stiegen um 300 TEUR.", &[text]).as_deref(), Some("4.200 TEUR − 3.900 TEUR = 300 TEUR"));
    assert_eq!(expression("Sie stiegen um 0,3 Mio. EUR.", &[text]).as_deref(), Some("4.200 TEUR − 3.900 TEUR = 0,3 Mio. EUR"));
    assert_eq!(expression("Sie sanken um 300 TEUR.", &[text]), None);
    assert_eq!(expression("Sie betragen 300 TEUR.", &[text]), None, "no word of a difference");
    assert_eq!(expression("Sie betragen zusammen 8.100 TEUR.", &[text]), None, "of two years");
    let two = [evidence("Kasse 12 TEUR"), evidence("Bank 30 TEUR und Schecks 8 TEUR")];
    assert_eq!(expression("Insgesamt sind es 50 TEUR.", &two).as_deref(), Some("12 TEUR + 30 TEUR + 8 TEUR = 50 TEUR"));
    assert_eq!(expression("Insgesamt sind es 51 TEUR.", &two), None);
    let share = [evidence("vom Eigenkapital 30 TEUR und der Bilanzsumme 120 TEUR")];
    assert_eq!(expression("Der Anteil ist 25 %.", &share).as_deref(), Some("30 TEUR ÷ 120 TEUR = 25 %"));
    let years = [evidence("in den Jahren 2020 und 5 und 2025 waren es")];
    assert_eq!(expression("Die Differenz ist 5.", &years), None, "years are no operands");
    let percent = [evidence("Die Quote ist 35,5 % (Vorjahr 33 %)")];
    assert_eq!(expression("Sie stieg um 2,5 Prozentpunkte.", &percent).as_deref(), Some("35,5 % − 33 % = 2,5 Prozentpunkte"));
}

#[test]
fn figures_of_a_year_go_with_their_year() {
    let text = [evidence("Der Umsatz betrug 2025 5,1 Mio. EUR und 2024 4,7 Mio. EUR.")];
    assert_eq!(standings("2025 waren es 5,1 Mio. EUR.", "", &text), [Standing::Stated, Standing::Stated]);
    assert_eq!(standings("2024 waren es 5,1 Mio. EUR.", "", &text), [Standing::Stated, Standing::PeriodDiffers]);
    let prior = [Evidence { date: Some(date(2025, 12, 31)), ..evidence("Umsatz 5,1 Mio. EUR (Vorjahr: 4,7 Mio. EUR)") }];
    assert_eq!(standings("Der Umsatz war 4,7 Mio. EUR.", "", &prior), [Standing::PeriodDiffers]);
    assert_eq!(standings("Im Vorjahr war der Umsatz 4,7 Mio. EUR.", "", &prior), [Standing::Stated]);
    assert_eq!(standings("2024 war der Umsatz 4,7 Mio. EUR.", "", &prior), [Standing::Context, Standing::Stated]);
    assert_eq!(standings("2025 war der Umsatz 4,7 Mio. EUR.", "", &prior), [Standing::Context, Standing::PeriodDiffers]);
    assert_eq!(standings("Im Vorjahr war der Umsatz 5,1 Mio. EUR.", "", &prior), [Standing::PeriodDiffers]);
}

#[test]
fn a_figure_stands_in_the_quote_or_it_is_not_cited() {
    let beside = Evidence {
        quote: "die Rückstellungen",
        sentence: "Es betragen die Rückstellungen 4.200 TEUR.",
        language: Language::De,
        ..Evidence::default()
    };
    assert_eq!(standings("Sie betragen 4.200 TEUR.", "", &[beside]), [Standing::NotQuoted]);
    assert_eq!(
        standings("Buchungen über 10.000 EUR", "Welche Buchungen sind über 10.000 EUR?", &[beside]),
        [Standing::AskedOnly]
    );
}

#[test]
fn both_languages_meet() {
    let english = [Evidence { language: Language::En, ..evidence("provisions of EUR 4,182 thousand as of December 31, 2025") }];
    assert_eq!(standings("Zum 31.12.2025 betragen sie 4.182 TEUR.", "", &english), [Standing::Stated, Standing::Stated]);
    assert_eq!(standings("Sie betragen 4,182 TEUR.", "", &english), [Standing::Missing], "4.182 euros in German");
    let unknown = [Evidence { language: Language::Other, ..evidence("EUR 4,182") }];
    assert_eq!(standings("Es sind 4.182 EUR.", "", &unknown), [Standing::Stated]);
}

#[test]
fn brackets_with_a_year_of_their_own_and_figures_beside_several_dates_are_told_apart() {
    let charge = [evidence("The charge for the year is GBP 518 k (2024: GBP 601 k).")];
    assert_eq!(standings("2024 waren es GBP 601 k.", "", &charge), [Standing::Stated, Standing::Stated]);
    assert_eq!(standings("2024 waren es GBP 518 k.", "", &charge), [Standing::Stated, Standing::PeriodDiffers]);
    let orders = "Der Auftragsstand per 31. März 2024 betrug 10.002,7 MEUR und ist gegenüber ultimo 2023 angestiegen (31. Dezember 2023: 9.872,6 MEUR).";
    assert_eq!(last("Am 31. März 2024 waren es 10.002,7 Mio. EUR.", orders), Standing::Stated);
    assert_eq!(last("Am 31. Dezember 2023 waren es 9.872,6 Mio. EUR.", orders), Standing::Stated);
    assert_eq!(last("Am 31. Dezember 2023 waren es 10.002,7 Mio. EUR.", orders), Standing::PeriodDiffers);
}

#[test]
fn two_figures_that_are_joined_share_the_unit_behind_the_second() {
    let share = "Der Anteil stieg von 2,8 auf 3,6 Prozent.";
    assert_eq!(standings("Er stieg von 2,8 % auf 3,6 %.", "", &[evidence(share)]), [Standing::Stated, Standing::Stated]);
    assert_eq!(last("Er war 2,8 Mio. EUR.", share), Standing::UnitDiffers);
    assert_eq!(last("Es waren 23.000 Euro.", "Geldbußen zwischen 23.000 und 300.000 Euro"), Standing::Stated);
    assert_eq!(last("Es waren 4 Mio. EUR.", "zwischen 4 und 5 Mio. EUR"), Standing::Stated);
    assert!(!last("Es waren 3 %.", "Abschnitt 3, davon 5 %").holds());
}

#[test]
fn a_year_in_brackets_does_not_part_a_sentence_from_the_year_of_its_document() {
    let text = "The charge for the year is GBP 518 k (2024: GBP 601 k).";
    let dated = [Evidence { date: Some(date(2025, 12, 31)), ..evidence(text) }];
    assert_eq!(standings("2025 waren es GBP 518 k.", "", &dated), [Standing::Context, Standing::Stated]);
    assert_eq!(standings("2025 waren es GBP 601 k.", "", &dated), [Standing::Context, Standing::PeriodDiffers]);
    let other = [Evidence { date: Some(date(2025, 12, 31)), ..evidence("Der Aufwand betrug 2024 601 TEUR.") }];
    assert_eq!(standings("2025 waren es 601 TEUR.", "", &other)[0], Standing::PeriodDiffers);
}

#[test]
fn a_change_since_the_year_before_is_of_this_year() {
    let rose = "Der Umsatz legte um 20,3 Prozent gegenüber dem Vorjahr zu.";
    assert_eq!(last("Gegenüber dem Vorjahr stieg der Umsatz um 20,3 %.", rose), Standing::Stated);
    let prior = "Der Umsatz betrug im Vorjahr 4.700 TEUR.";
    assert_eq!(
        last("Gegenüber dem Vorjahr stieg der Umsatz auf 4.700 TEUR.", prior),
        Standing::Stated,
        "both speak of that year"
    );
    assert_eq!(last("Der Umsatz betrug 4.700 TEUR.", prior), Standing::PeriodDiffers);
}
