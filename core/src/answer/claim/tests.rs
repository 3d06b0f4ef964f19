use jiff::civil::date;

use super::*;

fn verdict(claim: &str, quote: &str) -> ClaimReport {
    check(claim, "", Evidence { quote, sentence: quote, language: Language::De, ..Evidence::default() })
}

fn check(claim: &str, question: &str, evidence: Evidence) -> ClaimReport {
    let input = ClaimInput { claim, language: Language::De, question, evidence: &[evidence], similarity: None };
    ClaimChecker::new().check(&input, &ClaimOptions::default())
}

fn english<'a>(quote: &'a str) -> Evidence<'a> {
    Evidence { quote, sentence: quote, language: Language::En, ..Evidence::default() }
}

#[track_caller]
fn supported(claim: &str, quote: &str) {
    let report = verdict(claim, quote);
    assert_eq!((report.verdict, report.reasons.as_slice()), (ClaimVerdict::Supported, [].as_slice()), "{claim} / {quote}");
}

#[track_caller]
fn withheld(claim: &str, quote: &str, verdict_: ClaimVerdict) {
    let report = verdict(claim, quote);
    assert_eq!(report.verdict, verdict_, "{claim} / {quote}: {:?}", report.reasons);
    assert!(!report.reasons.is_empty());
}

#[test]
fn a_claim_that_says_what_its_quote_says_is_supported() {
    supported(
        "Die Rückstellungen für Pensionen betragen 4,2 Mio. EUR.",
        "Die Pensionsrückstellungen belaufen sich auf 4.200 TEUR.",
    );
    supported("Der Umsatz ist gestiegen.", "Im Berichtsjahr war ein Anstieg des Umsatzes zu verzeichnen.");
    supported(
        "Es wird eine Dividende von 0,50 Euro vorgeschlagen.",
        "Wir schlagen der Haupt-\nversammlung eine Dividende von 0,50 Euro vor.",
    );
    supported(
        "Die Versicherung deckt 62 Prozent des Bestands ab.",
        "durch eine Versicherung, die 62 Prozent des Bestands abdeckt.",
    );
    supported("Der Bestand stieg von 153 TEUR auf 168 TEUR.", "Der Bestand belief sich auf 168 TEUR nach 153 TEUR im Vorjahr.");
    supported("Die Prüfung hat zu keinen Einwendungen geführt.", "Unsere Prüfung hat zu keinen Einwendungen geführt.");
}

#[test]
fn negation_is_compared() {
    for (claim, quote) in [
        ("Die Forderungen sind werthaltig.", "Die Forderungen sind nicht werthaltig."),
        ("Die Forderungen sind nicht werthaltig.", "Die Forderungen sind werthaltig."),
        ("Es bestehen Bürgschaften.", "Es bestehen keine Bürgschaften."),
        ("Die Mängel sind wesentlich.", "Die Mängel sind unwesentlich."),
        ("Der Vermerk ist eingeschränkt.", "Der Vermerk ist uneingeschränkt."),
        ("Der Vermerk wurde mit Einschränkung erteilt.", "Der Vermerk wurde ohne Einschränkung erteilt."),
    ] {
        withheld(claim, quote, ClaimVerdict::Unsupported);
    }
    // Of another clause.
    supported(
        "Die Forderungen stammen aus dem Jahr 2024.",
        "Die Forderungen stammen aus dem Jahr 2024, wurden aber nicht bezahlt.",
    );
}

#[test]
fn direction_and_other_opposites_are_compared() {
    for (claim, quote) in [
        ("Die Umsätze sind gestiegen.", "Die Umsätze sind gesunken."),
        ("Es entstand ein Gewinn.", "Es entstand ein Verlust."),
        ("Die Forderungen gegen die Bank bestehen.", "Die Verbindlichkeiten gegen die Bank bestehen."),
        ("Die Summe der Aktiva steht fest.", "Die Summe der Passiva steht fest."),
        ("Der Aufsichtsrat hat zugestimmt.", "Der Aufsichtsrat hat abgelehnt."),
        ("Bei mehr Siedlungen gibt es weniger Rodungen.", "Bei weniger Siedlungen gibt es mehr Rodungen."),
    ] {
        let report = verdict(claim, quote);
        assert!(report.verdict != ClaimVerdict::Supported, "{claim} / {quote}");
    }
}

#[test]
fn another_company_or_legal_form_is_another() {
    let quote = "Gegenüber der Beispiel GmbH bestehen 5 TEUR, gegenüber der Muster GmbH 7 TEUR.";
    supported("Gegenüber der Muster GmbH bestehen 7 TEUR.", quote);
    withheld("Gegenüber der Muster GmbH bestehen 5 TEUR.", quote, ClaimVerdict::NumberMismatch);
    withheld("Gegenüber der Muster AG bestehen 7 TEUR.", quote, ClaimVerdict::Unsupported);
    withheld("Gegenüber der Fremd GmbH bestehen 7 TEUR.", quote, ClaimVerdict::Unsupported);
    // The question's company does not make another one's quote its own.
    let report = check(
        "Die Fremd GmbH hat einen Umsatz von 5 TEUR.",
        "Welchen Umsatz hat die Fremd GmbH?",
        Evidence {
            quote: "Die Muster GmbH hat einen Umsatz von 5 TEUR.",
            sentence: "Die Muster GmbH hat einen Umsatz von 5 TEUR.",
            language: Language::De,
            ..Evidence::default()
        },
    );
    assert_eq!(report.verdict, ClaimVerdict::Unsupported);
}

#[test]
fn a_plan_is_no_fact_and_some_are_not_all() {
    withheld("Die Dividende wurde ausgeschüttet.", "Die Dividende soll ausgeschüttet werden.", ClaimVerdict::Partly);
    withheld("Alle Belege wurden geprüft.", "Die Belege wurden geprüft.", ClaimVerdict::Partly);
    withheld("Die Belege wurden geprüft.", "Die Belege wurden teilweise geprüft.", ClaimVerdict::Partly);
    withheld("Die Quote muss 35 % betragen.", "Die Quote beträgt 35 %.", ClaimVerdict::Partly);
    withheld("Die Meldung kam vor dem 31.12.2025.", "Die Meldung kam nach dem 31.12.2025.", ClaimVerdict::Unsupported);
}

#[test]
fn a_word_in_the_place_of_another_is_a_change_and_a_word_that_stands_nowhere_is_missing() {
    let quote = "Der Kunde konnte das Fundament im Werk nicht rechtzeitig freigeben und bat um Aufschub.";
    withheld(
        "Der Lieferant konnte das Fundament im Werk nicht rechtzeitig freigeben und bat um Aufschub.",
        quote,
        ClaimVerdict::Unsupported,
    );
    withheld("Der Kunde kündigte den Vertrag über das Fundament nicht.", quote, ClaimVerdict::Partly);
    withheld("Das Wetter war gut.", quote, ClaimVerdict::Unsupported);
}

#[test]
fn figures_that_do_not_hold_are_a_mismatch() {
    withheld("Die Rückstellungen betragen 4.300 TEUR.", "Die Rückstellungen betragen 4.200 TEUR.", ClaimVerdict::NumberMismatch);
    withheld(
        "Der Gewinn betrug 5 Mio. EUR.",
        "Der Umsatz betrug 5 Mio. EUR und der Gewinn 1 Mio. EUR.",
        ClaimVerdict::NumberMismatch,
    );
    withheld("Die Rückstellungen betragen 4.200 TEUR.", "Rückstellungen\t4.200", ClaimVerdict::Partly);
}

#[test]
fn columns_say_what_a_figure_is_of() {
    let row = Evidence {
        quote: "Maschinen\t120\t30\t90",
        sentence: "Maschinen\t120\t30\t90",
        header: Some("in TEUR\tZugänge\tAbgänge\tBuchwert"),
        date: Some(date(2025, 12, 31)),
        language: Language::De,
        ..Evidence::default()
    };
    assert_eq!(check("Die Zugänge bei Maschinen betragen 120 TEUR.", "", row).verdict, ClaimVerdict::Supported);
    assert_eq!(check("Die Abgänge bei Maschinen betragen 120 TEUR.", "", row).verdict, ClaimVerdict::NumberMismatch);
}

#[test]
fn a_claim_in_another_language_is_compared_by_figures_names_and_the_lexicon() {
    let quote = "The provisions for pensions amount to EUR 4,200 thousand at December 31, 2025.";
    let report = check("Die Pensionsrückstellungen betragen zum 31.12.2025 4.200 TEUR.", "", english(quote));
    assert_eq!((report.verdict, report.reasons.as_slice()), (ClaimVerdict::Supported, [].as_slice()));
    for claim in [
        "Die Pensionsrückstellungen betragen zum 31.12.2025 4.300 TEUR.",
        "Die Pensionsrückstellungen betragen zum 31.12.2024 4.200 TEUR.",
        "Die Steuerrückstellungen betragen zum 31.12.2025 4.200 TEUR.",
        "Die Pensionsrückstellungen betragen zum 31.12.2025 nicht 4.200 TEUR.",
        "Die Forderungen betragen zum 31.12.2025 4.200 TEUR.",
    ] {
        assert!(check(claim, "", english(quote)).verdict != ClaimVerdict::Supported, "{claim}");
    }
}

#[test]
fn likeness_alone_supports_nothing() {
    let evidence = [english("The harbour was closed because of fog.")];
    let claim = "Wegen Nebels blieb der Hafen geschlossen.";
    let input = ClaimInput { claim, language: Language::De, question: "", evidence: &evidence, similarity: Some(0.99) };
    assert!(ClaimChecker::new().check(&input, &ClaimOptions::default()).verdict != ClaimVerdict::Supported);
    let none = ClaimInput { evidence: &[], ..input };
    assert_eq!(ClaimChecker::new().check(&none, &ClaimOptions::default()).reasons, [Reason::NoEvidence]);
}

#[test]
fn hostile_claims_cost_bounded_time() {
    let mut checker = ClaimChecker::new();
    for text in ["nicht 5 % ".repeat(3000), "a".repeat(200_000), "1.2.3-".repeat(30_000), "über 1\t".repeat(5_000)] {
        let evidence = [Evidence {
            quote: &text,
            sentence: &text,
            header: Some(&text),
            context: &text,
            document: &text,
            ..Evidence::default()
        }];
        let input = ClaimInput { claim: &text, language: Language::De, question: &text, evidence: &evidence, similarity: None };
        assert_eq!(checker.check(&input, &ClaimOptions::default()).reasons, [Reason::TooLong]);
        let claim = &text[..3000];
        assert!(checker.check(&ClaimInput { claim, ..input }, &ClaimOptions::default()).figures.len() <= 3000);
    }
}

fn across(claim: &str, quote: &str) -> ClaimReport {
    check(claim, "", english(quote))
}

#[test]
fn across_languages_forms_and_compounds_are_looked_up() {
    for (claim, quote) in [
        // Irregular forms of either language.
        ("Der Vertrag begann im Januar.", "The contract began in January."),
        ("Das Unternehmen verlor den Auftrag.", "The company lost the order."),
        // A participle, and a verb whose particle ends the clause.
        ("Die Fabrik wurde 1998 gegründet.", "The factory was founded in 1998."),
        // A compound by its parts.
        ("Die Entscheidungsprobleme bleiben.", "The decision problems remain."),
        // A possibility, and two for both.
        ("Der Kunde kann den Vertrag kündigen.", "The customer can terminate the contract."),
        ("Beide Kunden zahlten die Rechnung.", "The two customers paid the invoice."),
    ] {
        let report = across(claim, quote);
        assert_eq!((report.verdict, report.reasons.as_slice()), (ClaimVerdict::Supported, [].as_slice()), "{claim} / {quote}");
    }
}

#[test]
fn across_languages_names_subjects_and_what_is_lessened_are_compared() {
    for (claim, quote) in [
        ("Die Bank eröffnete eine Filiale in Frankreich.", "The bank opened a branch in Spain."),
        ("Die Lieferung erfolgte im Februar an den Kunden.", "The delivery to the customer took place in January."),
        ("Der Lieferant bezahlte die Rechnung.", "The customer paid the invoice."),
        ("Der Kunde kann den Vertrag kündigen.", "The customer terminated the contract."),
        ("Die Lage war weniger schwierig als im Winter.", "The situation was more difficult than in winter."),
        ("Das Werk liegt im Süden, das Lager im Süden.", "The plant lies in the north, the warehouse in the south."),
        // A name that neither has stands where another one stood.
        ("Der Vertrag mit Krause wurde unterzeichnet.", "The contract with Miller was signed."),
    ] {
        let report = across(claim, quote);
        assert!(report.verdict != ClaimVerdict::Supported, "{claim} / {quote}");
    }
}

/// Of one quote, in one language.
fn holds(claim: &str, quote: &str, language: Language) -> bool {
    let evidence = [Evidence { quote, sentence: quote, language, ..Evidence::default() }];
    let input = ClaimInput { claim, language, question: "", evidence: &evidence, similarity: None };
    ClaimChecker::new().check(&input, &ClaimOptions::default()).verdict == ClaimVerdict::Supported
}

#[test]
fn who_does_it_is_not_exchanged_with_whom_it_is_done_to() {
    let quote = "Der Abschlussprüfer kann von den gesetzlichen Vertretern alle Nachweise verlangen.";
    assert!(holds("Der Abschlussprüfer kann von den gesetzlichen Vertretern alle Nachweise verlangen.", quote, Language::De));
    assert!(!holds("Die gesetzlichen Vertreter können vom Abschlussprüfer alle Nachweise verlangen.", quote, Language::De));
    let quote = "Die Bank wurde von der Prüfstelle geprüft.";
    assert!(holds("Von der Prüfstelle wurde die Bank geprüft.", quote, Language::De));
    assert!(holds("Die Prüfstelle hat die Bank geprüft.", quote, Language::De));
    assert!(!holds("Die Prüfstelle wurde von der Bank geprüft.", quote, Language::De));
    let quote = "Der Vorstand hat dem Aufsichtsrat den Vorschlag vorzulegen.";
    assert!(holds("Der Vorstand hat den Vorschlag dem Aufsichtsrat vorzulegen.", quote, Language::De));
    assert!(!holds("Der Aufsichtsrat hat dem Vorstand den Vorschlag vorzulegen.", quote, Language::De));
    let quote = "The management board must submit the report to the supervisory board.";
    assert!(holds("The management board must submit to the supervisory board the report.", quote, Language::En));
    assert!(!holds("The supervisory board must submit the report to the management board.", quote, Language::En));
}

#[test]
fn what_would_be_is_not_what_is() {
    let quote = "Eine Stilllegung würde Einmalkosten von 11,3 Mio. EUR auslösen.";
    assert!(holds("Eine Stilllegung würde Einmalkosten von 11,3 Mio. EUR auslösen.", quote, Language::De));
    assert!(!holds("Die Stilllegung hat Einmalkosten von 11,3 Mio. EUR ausgelöst.", quote, Language::De));
}

#[test]
fn verbs_that_raise_and_cut_are_opposites() {
    for (claim, quote) in [
        ("The price was lowered to EUR 110.", "The price was raised to EUR 110."),
        ("The dividend was raised to EUR 2.", "The dividend was cut to EUR 2."),
    ] {
        assert!(!holds(claim, quote, Language::En), "{claim}");
        assert!(holds(quote, quote, Language::En), "{quote}");
    }
    // The stop of an abbreviated unit parts no verb from its particle.
    let rose = "Das Ergebnis legte um 32 Prozent auf 165 Mio. Euro zu.";
    assert!(!holds("Das Ergebnis sank um 32 % auf 165 Mio. Euro.", rose, Language::De));
}

#[test]
fn what_answers_the_question_with_yes_or_no_is_no_word_of_its_own() {
    let denied = "Der Abschluss kann nicht festgestellt werden.";
    assert!(holds("Nein, der Abschluss kann nicht festgestellt werden.", denied, Language::De));
    assert!(!holds("Nein, der Abschluss kann festgestellt werden.", "Der Abschluss kann festgestellt werden.", Language::De));
    assert!(holds("Ja, der Abschluss kann festgestellt werden.", "Der Abschluss kann festgestellt werden.", Language::De));
    assert!(!holds("Ja, der Abschluss kann festgestellt werden.", denied, Language::De));
    // Of two that deny beside it, none is taken for it.
    let quote = "Der Abschluss kann nicht festgestellt und geprüft werden.";
    let evidence = [Evidence { quote, sentence: quote, language: Language::De, ..Evidence::default() }];
    let claim = "Nein, nur der Abschluss kann nicht festgestellt und nicht geprüft werden.";
    let input = ClaimInput { claim, language: Language::De, question: "", evidence: &evidence, similarity: None };
    let report = ClaimChecker::new().check(&input, &ClaimOptions::default());
    assert!(report.reasons.iter().any(|reason| matches!(reason, Reason::Negation { .. })), "{:?}", report.reasons);
}

#[test]
fn a_row_of_one_company_or_function_says_nothing_of_another_in_its_heading() {
    let row = |claim: &str, quote: &str, context: &str| {
        let evidence = [Evidence {
            quote,
            sentence: quote,
            context,
            header: Some("Kunde\tBetrag"),
            language: Language::De,
            ..Evidence::default()
        }];
        let input = ClaimInput { claim, language: Language::De, question: "", evidence: &evidence, similarity: None };
        ClaimChecker::new().check(&input, &ClaimOptions::default()).verdict == ClaimVerdict::Supported
    };
    let quote = "Altenried GmbH\t412.000 EUR";
    assert!(row("Der Betrag der Altenried GmbH ist 412.000 EUR.", quote, "Kunden der Reiherwald AG"));
    assert!(!row("Der Betrag der Reiherwald AG ist 412.000 EUR.", quote, "Kunden der Reiherwald AG"));
    assert!(!row(
        "Den Betrag von 412.000 EUR verantwortet der COO.",
        "CFO\t412.000 EUR",
        "Betrag, den CFO oder COO verantwortet"
    ));
}

#[test]
fn a_rise_from_one_figure_to_another_is_told_by_their_order() {
    let rose = "Der Anteil der Forderungen stieg von 2,8 auf 3,6 Prozent.";
    assert!(holds("Der Anteil der Forderungen ist von 2,8 % auf 3,6 % gestiegen.", rose, Language::De));
    assert!(!holds("Der Anteil der Forderungen ist von 3,6 % auf 2,8 % gestiegen.", rose, Language::De));
    let fell = "The ratio decreased to 120.5%, compared to 121.6% in the quarter before.";
    assert!(holds("The ratio decreased from 121.6% to 120.5%.", fell, Language::En));
    assert!(!holds("The ratio decreased from 120.5% to 121.6%.", fell, Language::En));
    let must = "Der Vorstand hat dem Aufsichtsrat den Vorschlag vorzulegen.";
    assert!(holds("Der Vorstand hat dem Aufsichtsrat den Vorschlag vorzulegen.", must, Language::De));
}
