use proptest::prelude::*;
use unicode_normalization::UnicodeNormalization;

use super::*;
use crate::types::Span;

fn passage(text: &str) -> Passage<'_> {
    Passage { document: 0, parts: vec![part(1, text)] }
}

fn part(page: u32, text: &str) -> PassagePart<'_> {
    PassagePart { segment: Segment { page, span: Span::new(0, text.len()) }, page_text: text }
}

/// The stored bytes of a quote that is verified in the one passage; the verdict otherwise.
fn found(text: &str, quote: &str) -> Result<String, QuoteMatch> {
    let index = QuoteIndex::new(&[passage(text)]);
    match index.find(0, quote) {
        QuoteMatch::Verified(found) => {
            let segments: Vec<&str> = found.parts.iter().flatten().filter_map(|s| s.span.of(text)).collect();
            assert_eq!(index.text(&found).as_deref(), Some(segments.join(" […] ").as_str()), "parts on one page");
            Ok(segments.join("|"))
        }
        other => Err(other),
    }
}

fn reason(text: &str, quote: &str) -> NotFoundReason {
    match found(text, quote) {
        Err(QuoteMatch::NotFound { reason }) => reason,
        other => panic!("{quote:?} in {text:?}: {other:?}"),
    }
}

#[test]
fn what_a_reader_takes_for_the_same_is_found_and_the_stored_bytes_are_handed_out() {
    for (text, quote, stored) in [
        ("Die Rückstellungen betragen 4.200 TEUR.", "Rückstellungen betragen 4.200 TEUR", "Rückstellungen betragen 4.200 TEUR"),
        (
            "Die Rück-\nstellungen be\u{ad}tragen\n4.200\u{a0}TEUR.",
            "Rückstellungen betragen 4.200 TEUR",
            "Rück-\nstellungen be\u{ad}tragen\n4.200\u{a0}TEUR",
        ),
        (
            "der Vertriebs-\nund Verwaltungskosten",
            "der Vertriebs- und Verwaltungskosten",
            "der Vertriebs-\nund Verwaltungskosten",
        ),
        ("per E-Mail-\nAdresse gemeldet", "per E-Mail-Adresse gemeldet", "per E-Mail-\nAdresse gemeldet"),
        ("die ﬁnanziellen Verpﬂichtungen", "die finanziellen Verpflichtungen", "die ﬁnanziellen Verpﬂichtungen"),
        ("Gru\u{308}ne Stro\u{308}me flossen", "Grüne Ströme flossen", "Gru\u{308}ne Stro\u{308}me flossen"),
        ("Grüne Ströme flossen", "Gru\u{308}ne Stro\u{308}me flossen", "Grüne Ströme flossen"),
        (
            "der „wesentliche“ Fehler – so der Prüfer – blieb",
            "der \"wesentliche\" Fehler - so der Prüfer - blieb",
            "der „wesentliche“ Fehler – so der Prüfer – blieb",
        ),
        ("die Quote von 35\u{202f}% gilt", "Quote von 35% gilt", "Quote von 35\u{202f}% gilt"),
        ("Umsatz\t374.808\t350.100\n", "Umsatz | 374.808 | 350.100", "Umsatz\t374.808\t350.100"),
        ("\u{200b}in\u{feff}voller Höhe", "involler Höhe", "in\u{feff}voller Höhe"),
        ("２０２５ war ein gutes Jahr", "2025 war ein gutes", "２０２５ war ein gutes"),
        ("Die Prüfung ergab keine Einwände, weil", "„Die Prüfung ergab keine Einwände.“", "Die Prüfung ergab keine Einwände"),
        ("eine Fläche von 12 m² wurde", "Fläche von 12 m2 wurde", "Fläche von 12 m² wurde"),
    ] {
        assert_eq!(found(text, quote).as_deref(), Ok(stored), "{quote:?}");
    }
}

#[test]
fn what_says_something_else_is_not_found() {
    for (text, quote) in [
        ("Die Forderungen sind nicht werthaltig.", "Die Forderungen sind werthaltig"),
        ("Die Forderungen sind werthaltig.", "Die forderungen sind werthaltig"),
        ("Der Umsatz betrug 1.234 EUR", "Der Umsatz betrug 1.243 EUR"),
        ("Der Umsatz betrug 12 34 EUR", "Der Umsatz betrug 1234 EUR"),
        ("eine Größe von 10² Metern", "eine Größe von 102 Metern"),
        ("zum Wert von 1½ Anteilen", "zum Wert von 11/2 Anteilen"),
        ("der Nicht-Eintritt des Falls", "der NichtEintritt des Falls"),
        ("die Posten 12-\n34 sind offen", "die Posten 1234 sind offen"),
        ("in Folge dessen gilt", "infolge dessen gilt"),
        ("Summe | Posten eins", "Summe Posten eins"),
    ] {
        assert_eq!(reason(text, quote), NotFoundReason::Absent, "{quote:?}");
    }
}

#[test]
fn neither_end_cuts_a_word_or_a_number() {
    use NotFoundReason::{CutsNumber, CutsWord};
    for (text, quote, why) in [
        ("Es besteht kein Risiko hier", "ein Risiko", CutsWord),
        ("nicht-konsolidierte Unternehmen gibt es", "konsolidierte Unternehmen", CutsWord),
        ("Er sagt, we can't pay this", "we can", CutsWord),
        ("die Rück-\nstellung für Pensionen", "stellung für Pensionen", CutsWord),
        ("bildet eine Rück-\nstellung", "bildet eine Rück", CutsWord),
        ("Die Vertriebs- und andere Kosten", "Die Vertriebs", CutsWord),
        ("Summe der Posten 51.234,00 EUR", "1.234", CutsWord),
        ("Summe von 51.234,00 EUR", "Summe von 51.234", CutsNumber),
        ("Ergebnis −5,2 Mio. EUR im Jahr", "5,2 Mio. EUR im Jahr", CutsNumber),
        ("Betrag von 4,2 Mio. EUR gesamt", "Betrag von 4,2", CutsNumber),
        ("Quote von 35 % gesamt", "Quote von 35", CutsNumber),
        ("Verlust\t(1.234)\t12", "1.234", CutsNumber),
        ("am 31. Dezember 2025 endete", "am 31. Dezember", CutsNumber),
        ("Betrag TEUR 4.200 gesamt", "4.200 gesamt", CutsNumber),
        ("a\u{308}hnlich e\u{301}", "hnlich e", CutsWord),
    ] {
        assert_eq!(reason(text, quote), why, "{quote:?} in {text:?}");
    }
    // Another occurrence that is whole counts.
    assert_eq!(found("kein Risiko und ein Risiko", "ein Risiko").as_deref(), Ok("ein Risiko"));
}

#[test]
fn a_quote_has_substance() {
    for quote in ["", "…", "ein", "7", "a b", "und", "\u{200b}", "... ..."] {
        assert_eq!(reason("ein Risiko und 7 a b, 12 Fälle 5", quote), NotFoundReason::TooShort, "{quote:?}");
    }
    assert!(found("ein Risiko und 7 a b, 12 Fälle", "12 Fälle").is_ok());
    assert_eq!(reason("x", &"lang ".repeat(20_000)), NotFoundReason::TooLong);
    assert_eq!(QuoteIndex::default().find(0, "ein Risiko"), QuoteMatch::NotFound { reason: NotFoundReason::NoSuchPassage });
}

#[test]
fn parts_of_a_quote_stand_in_order() {
    let text = "Die Forderungen sind, soweit bekannt, in voller Höhe einbringlich und bestehen zu Recht.";
    for ellipsis in ["…", "...", "[...]", "[…]", " (…) ", " . . ... "] {
        let quote = format!("Die Forderungen sind{ellipsis}einbringlich und bestehen");
        let expected = if ellipsis.contains(". .") { None } else { Some("Die Forderungen sind|einbringlich und bestehen") };
        assert_eq!(found(text, &quote).ok().as_deref(), expected, "{ellipsis:?}");
    }
    assert_eq!(reason(text, "bestehen zu Recht … Die Forderungen sind"), NotFoundReason::Absent);
    assert_eq!(found(text, "… in voller Höhe …").as_deref(), Ok("in voller Höhe"));
    assert_eq!(found("Er sah sich um... und ging weiter", "sah sich um... und ging").as_deref(), Ok("sah sich um... und ging"));
}

#[test]
fn sentences_around_a_quote_show_what_it_leaves_out() {
    let text = "Alles gut. Die Forderungen sind nicht in voller Höhe werthaltig. Ende.";
    let index = QuoteIndex::new(&[passage(text)]);
    let QuoteMatch::Verified(found) = index.find(0, "in voller Höhe werthaltig") else { panic!() };
    assert_eq!(index.sentences(&found).as_deref(), Some("Die Forderungen sind nicht in voller Höhe werthaltig."));
    let stored = index.stored_sentences(0, &found.parts).unwrap();
    assert_eq!(stored[0].span.of(text), Some("Die Forderungen sind nicht in voller Höhe werthaltig."));
    assert_eq!(index.stored_sentences(1, &found.parts), None, "there is no such passage");
    let QuoteMatch::Verified(found) = index.find(0, "Alles gut […] voller Höhe") else { panic!() };
    assert_eq!(index.sentences(&found).as_deref(), Some("Alles gut. Die Forderungen sind nicht in voller Höhe werthaltig."));
    let index = QuoteIndex::new(&[passage("Umsatz\t100\t90\nKosten\t20\t30\nText danach ist lang.")]);
    let QuoteMatch::Verified(found) = index.find(0, "Kosten 20 30") else { panic!() };
    assert_eq!(index.sentences(&found).as_deref(), Some("Kosten\t20\t30"));
}

#[test]
fn a_quote_from_elsewhere_is_misattributed_and_says_where() {
    let pages = [DocumentPage { document: 3, page: 9, text: "Auf Seite neun steht es." }];
    let passages = [
        passage("Erster Absatz mit Inhalt."),
        passage("Zweiter Absatz mit mehr."),
        Passage { document: 3, parts: vec![part(1, "Dritter Absatz.")] },
    ];
    let index = QuoteIndex::new(&passages).with_pages(pages);
    let QuoteMatch::Misattributed(found) = index.find(0, "Zweiter Absatz") else { panic!() };
    assert_eq!((found.passage, found.document), (Some(1), 0));
    assert!(matches!(index.find(0, "Seite neun steht"), QuoteMatch::NotFound { .. }), "another document's page");
    let QuoteMatch::Misattributed(found) = index.find(2, "Seite neun steht") else { panic!() };
    assert_eq!((found.passage, found.document, found.parts[0][0].page), (None, 3, 9));
    assert_eq!(index.text(&found).as_deref(), Some("Seite neun steht"));
    // What is cited comes first, also where only its stop differs.
    let index = QuoteIndex::new(&[passage("Es gilt die Regel, weil"), passage("Es gilt die Regel.")]);
    assert!(matches!(index.find(0, "Es gilt die Regel."), QuoteMatch::Verified(_)));
}

#[test]
fn a_quote_over_a_page_break_has_a_segment_on_each_page() {
    let (one, two) = ("Kopf\nDie Rück-\n12", "Seite 2\nstellungen betragen viel.");
    let parts = vec![
        PassagePart { segment: Segment { page: 1, span: Span::new(5, 15) }, page_text: one },
        PassagePart { segment: Segment { page: 2, span: Span::new(8, two.len()) }, page_text: two },
        PassagePart { segment: Segment { page: 2, span: Span::new(5, 900) }, page_text: two },
    ];
    let index = QuoteIndex::new(&[Passage { document: 0, parts }]);
    let QuoteMatch::Verified(found) = index.find(0, "Die Rückstellungen betragen") else { panic!() };
    let texts: Vec<&str> = found.parts[0].iter().map(|s| s.span.of(if s.page == 1 { one } else { two }).unwrap()).collect();
    assert_eq!(texts, ["Die Rück-", "stellungen betragen"]);
    assert!(!found.exact);
}

#[test]
fn what_is_not_found_may_be_a_paraphrase() {
    let index = QuoteIndex::new(&[passage("Erstens dies. Zweitens jenes.")]);
    let mut asked = Vec::new();
    let found = index.paraphrase(0, "jenes", 0.5, |_, sentence| {
        asked.push(sentence.to_owned());
        if sentence.contains("jenes") { 0.8 } else { 0.6 }
    });
    assert_eq!(found.map(|p| (p.similarity, p.segments[0].span)), Some((0.8, Span::new(14, 29))));
    assert_eq!(asked.len(), 2);
    assert_eq!(index.paraphrase(0, "x", 0.5, |_, _| f32::NAN), None);
}

const WORDS: &[&str] = &[
    "Die",
    "Rückstellungen",
    "finanzielle",
    "Prüfung",
    "kein",
    "ein",
    "nicht",
    "Größe",
    "„Wert“",
    "E-Mail",
    "der",
    "1.234,56",
    "TEUR",
    "2025",
    "5 %",
    "–",
    "Verpflichtung,",
    "affin",
    "Straße.",
    "(netto)",
    "Vertriebs- und",
    "Fußnote",
    "§ 253",
    "company's",
];

/// Text of words, and the words.
fn words() -> impl Strategy<Value = Vec<&'static str>> {
    prop::collection::vec(prop::sample::select(WORDS), 6..40)
}

/// One of the spellings that a reader takes for the same.
fn vary(text: &str, seed: &[u8]) -> String {
    let mut out = String::new();
    for (i, c) in text.chars().enumerate() {
        let pick = seed[i % seed.len()] as usize;
        match c {
            ' ' => out.push_str([" ", "\u{a0}", "\n", "  ", "\u{2009} "][pick % 5]),
            'ü' | 'ö' | 'ß' if pick.is_multiple_of(3) && c != 'ß' => {
                out.push_str(if c == 'ü' { "u\u{308}" } else { "o\u{308}" })
            }
            '„' | '“' => out.push(['"', '„', '“', '»', '\''][pick % 5]),
            '–' => out.push(['–', '—', '-'][pick % 3]),
            c if c.is_lowercase() && pick.is_multiple_of(11) && out.ends_with(char::is_lowercase) => {
                out.push_str(["\u{ad}", "-\n", "\u{200b}"][pick % 3]);
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out.replace("fi", if seed[0].is_multiple_of(2) { "ﬁ" } else { "fi" })
}

proptest! {
    #[test]
    fn any_spelling_of_a_true_quote_maps_back_to_its_bytes(
        words in words(), from in 0usize..30, length in 3usize..12, seed in prop::collection::vec(any::<u8>(), 1..60), other in prop::collection::vec(any::<u8>(), 1..60)
    ) {
        let from = from % (words.len() - 3);
        let to = (from + length).min(words.len());
        let (head, quote, tail) = (words[..from].join(" "), words[from..to].join(" "), words[to..].join(" "));
        let stored = vary(&quote, &seed);
        let text = format!("{head}\n{stored}\n{tail}");
        match found(&text, &vary(&quote, &other)) {
            Ok(bytes) => {
                // The words of the quote, wherever they first stand whole; where no word comes twice, at its own place.
                let letters = |s: &str| s.nfkc().filter(|c| c.is_alphanumeric()).collect::<String>();
                prop_assert_eq!(letters(&bytes), letters(&quote));
                if text.matches(&stored).count() == 1 && words.iter().collect::<std::collections::HashSet<_>>().len() == words.len() {
                    prop_assert!(stored.starts_with(bytes.as_str()), "{bytes:?} {stored:?}");
                }
            }
            // The generator can part a number from its unit, or a sign of its own from its number.
            Err(QuoteMatch::NotFound { reason: NotFoundReason::CutsNumber }) => {}
            Err(QuoteMatch::NotFound { reason: NotFoundReason::TooShort }) => {
                prop_assert!(quote.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).count() < 2, "{quote:?}");
            }
            Err(other) => prop_assert!(false, "{other:?} {text:?} {quote:?}"),
        }
    }

    #[test]
    fn a_forged_quote_is_never_verified(words in words(), at in 0usize..400, edit in 0usize..7, new in "[a-zA-Z0-9äß]") {
        let text = words.join(" ");
        let chars: Vec<char> = text.chars().collect();
        let at = at % chars.len();
        let mut forged = chars.clone();
        let new = new.chars().next().unwrap();
        match edit {
            0 | 1 => forged[at] = new,
            2 => forged.insert(at, new),
            3 => { forged.remove(at); }
            4 => forged = text.replacen("kein ", "ein ", 1).chars().collect(),
            5 => forged = text.replacen("nicht ", "", 1).chars().collect(),
            _ => forged = text.replacen("1.234,56", "1.234,65", 1).chars().collect(),
        }
        let forged: String = forged.into_iter().collect();
        // Edits that change nothing but what a reader overlooks are none.
        let plain = |s: &str| s.chars().filter(|c| c.is_alphanumeric()).collect::<String>();
        prop_assume!(plain(&forged) != plain(&text) && plain(&forged).len() > 20);
        // A forged quote that cuts off letters at an end may be a shorter true one.
        prop_assume!(!text.contains(forged.trim()));
        prop_assert!(found(&text, &forged).is_err(), "{forged:?} in {text:?}");
    }

    #[test]
    fn segments_are_text_of_the_page_whatever_is_looked_up(text in "(\\PC|[ \n\t\u{ad}\u{308}ﬁ-]){0,80}", quote in "(\\PC|[ \n.…\u{308}-]){0,30}", cut in 0usize..80) {
        let mut passages = vec![passage(&text), passage(&quote)];
        if text.is_char_boundary(cut.min(text.len())) {
            let cut = cut.min(text.len());
            let segment = |from, to| PassagePart { segment: Segment { page: 1, span: Span::new(from, to) }, page_text: &text };
            passages.push(Passage { document: 0, parts: vec![segment(cut, text.len()), segment(0, cut)] });
        }
        let index = QuoteIndex::new(&passages);
        for passage in 0..passages.len() {
            for quote in [&text, &quote] {
                if let QuoteMatch::Verified(found) | QuoteMatch::Misattributed(found) = index.find(passage, quote) {
                    let page = passages[found.passage.unwrap()].parts[0].page_text;
                    for segment in found.parts.iter().flatten() {
                        prop_assert!(segment.span.of(page).is_some_and(|t| !t.is_empty()));
                    }
                    prop_assert!(index.text(&found).is_some() && index.sentences(&found).is_some());
                    let stored = index.stored_sentences(found.passage.unwrap(), &found.parts).unwrap();
                    for segment in &stored {
                        prop_assert!(segment.span.of(page).is_some_and(|t| !t.is_empty()));
                    }
                    let whole = Found { parts: vec![stored], ..found.clone() };
                    prop_assert_eq!(index.text(&whole), index.sentences(&found));
                }
            }
        }
    }
}

#[test]
fn hostile_texts_cost_linear_time() {
    fn index(text: &str) -> QuoteIndex<'_> {
        QuoteIndex::new(&[passage(text)])
    }
    let long = "a-".repeat(500_000);
    assert!(matches!(index(&long).find(0, &"a-".repeat(20_000)), QuoteMatch::NotFound { .. }));
    let marks = format!("a{} b", "\u{301}\u{327}".repeat(250_000));
    assert!(matches!(index(&marks).find(0, "a b c"), QuoteMatch::NotFound { .. }));
    let spaces = format!("a{}b", " \n".repeat(500_000));
    assert!(matches!(index(&spaces).find(0, "xx yy"), QuoteMatch::NotFound { .. }));
    let ones = "1 ".repeat(500_000);
    assert!(matches!(index(&ones).find(0, &"11".repeat(10_000)), QuoteMatch::NotFound { .. }));
}
