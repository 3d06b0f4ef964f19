use proptest::prelude::*;

use super::{compound::lexicon, *};
use crate::types::Language::{De, En, Other};

fn indexed(text: &str, language: crate::types::Language) -> Vec<String> {
    let mut terms = Vec::new();
    Analyzer::new().index_terms(text, language, |t| terms.push(t.to_owned()));
    terms
}

/// Whether a question finds a text: some term of the question that is no variant stands in the text.
fn finds(question: &str, text: &str) -> bool {
    let terms = indexed(text, De);
    Analyzer::new().query_terms(question, De).iter().any(|q| terms.contains(&q.term))
}

fn folded(word: &str) -> String {
    let mut out = String::new();
    fold::plain(word, &mut out);
    fold::digraphs(&mut out, 0);
    out
}

#[test]
fn nineteen_of_twenty_german_compounds_are_cut_as_a_reader_would() {
    let lexicon = lexicon();
    let (mut right, mut all) = (0, 0);
    let mut wrong = Vec::new();
    for line in include_str!("compounds.txt").lines().filter(|l| !l.starts_with('#')) {
        let mut words = line.split_whitespace().map(folded);
        let word = words.next().unwrap();
        // A part may stand without its e or in the plural: stems are compared.
        let stem = |w: &str| rust_stemmers::Stemmer::create(rust_stemmers::Algorithm::German).stem(w).into_owned();
        let expected: Vec<String> = words.map(|w| stem(&w)).collect();
        let found: Vec<String> = lexicon.split(&word).iter().map(|p| stem(p)).collect();
        all += 1;
        if found == expected {
            right += 1;
        } else {
            wrong.push(format!("{word}: {found:?}"));
        }
    }
    assert!(all >= 200);
    assert!(right * 20 >= all * 19, "{right} of {all}: {wrong:#?}");
}

#[test]
fn a_word_is_found_in_its_compounds_and_the_reverse() {
    for (question, text) in [
        ("Pensionsrückstellung", "Rückstellungen für Pensionen"),
        ("Rückstellungen für Pensionen", "die Pensionsrückstellungen der Gesellschaft"),
        ("Prüfung des Jahresabschlusses", "Jahresabschlussprüfung"),
        ("Mietverträge", "ein Vertrag über die Miete"),
    ] {
        assert!(finds(question, text), "{question} in {text}");
    }
}

#[test]
fn spellings_of_one_word_meet() {
    for (question, text) in [
        ("Rueckstellung", "Rückstellungen"),
        ("RÜCKSTELLUNG", "Rückstellung"),
        ("Gebaeude", "Gebäude"),
        ("Haeuser", "Häuser"),
        ("Ueberschuss", "Überschuss"),
        ("Massnahme", "Maßnahme"),
        ("Strasse", "Straße"),
        ("Israel", "Israel"),
        ("Steuer", "STEUER"),
        ("neue", "neue"),
        ("Ruckstellung", "Ru\u{308}ckstellung"),
        ("Finanzierung", "Fi\u{ad}nan\u{ad}zierung"),
        ("Finanz", "ﬁnanz"),
        ("Cafe", "Café"),
        ("Auditbericht", "Audit-Bericht"),
        ("Audit-Bericht", "Bericht"),
    ] {
        assert!(finds(question, text), "{question} in {text}");
    }
}

#[test]
fn different_words_stay_apart() {
    for (question, text) in
        [("Steuer", "Stern"), ("neun", "neue"), ("1.500", "1.501"), ("31.12.2025", "30.12.2024"), ("§ 253", "§ 254")]
    {
        assert!(!finds(question, text), "{question} in {text}");
    }
}

#[test]
fn a_number_has_one_form_in_every_notation() {
    for written in ["1.234.567,89", "1,234,567.89", "1234567.89", "1'234'567.89", "1’234’567.89", "1234567,890"] {
        assert_eq!(number_terms(written), ["1234567.89"], "{written}");
    }
    assert_eq!(number_terms("1\u{a0}234\u{a0}567,89"), ["1234567.89"]);
    assert_eq!(number_terms("1.234"), ["1234", "1.234"], "a point may part thousands or a fraction");
    assert_eq!(number_terms("0,5"), ["0.5"]);
    assert_eq!(number_terms("0.500"), ["0.5"], "no group of thousands begins with 0");
    assert_eq!(number_terms("0012"), ["0012"], "zeros in front belong to a number of an account");
    assert_eq!(number_terms("4,2 %"), ["4.2", "4.2%"]);
}

fn number_terms(text: &str) -> Vec<String> {
    indexed(text, De)
}

#[test]
fn an_amount_with_a_scale_has_its_full_value_beside_it() {
    for (text, value) in [
        ("4,2 Mio. EUR", "4200000"),
        ("4.2 million", "4200000"),
        ("EUR 4.2m", "4200000"),
        ("1,25 Mrd. €", "1250000000"),
        ("TEUR 4.200", "4200000"),
        ("4.200 TEUR", "4200000"),
        ("4.200 T€", "4200000"),
        ("T€ 4.200", "4200000"),
        ("Tsd. 12", ""),
        ("0,5 Tsd.", "500"),
    ] {
        let terms = indexed(text, De);
        assert!(value.is_empty() || terms.iter().any(|t| t == value), "{text}: {terms:?}");
    }
    assert!(finds("4,2 Mio. EUR", "4.200.000 EUR"));
    assert!(finds("TEUR 1.500", "1,5 Mio. Euro"));
}

#[test]
fn a_date_has_one_form_in_every_notation() {
    for written in [
        "31.12.2025",
        "31.12.25",
        "31. 12. 2025",
        "31. Dezember 2025",
        "31. Dez. 2025",
        "December 31, 2025",
        "31 December 2025",
        "31st December 2025",
        "2025-12-31",
        "31/12/2025",
        "12/31/2025",
    ] {
        let terms = indexed(written, De);
        for term in ["d2025-12-31", "m2025-12", "2025"] {
            assert!(terms.iter().any(|t| t == term), "{written}: {terms:?}");
        }
    }
    assert!(indexed("Dezember 2025", De).contains(&"m2025-12".to_owned()));
    assert!(indexed("1. März 2024", De).contains(&"d2024-03-01".to_owned()));
    assert!(finds("Dezember 2025", "Saldo am 31.12.2025"));
    assert!(!indexed("31.02.2025", De).iter().any(|t| t.starts_with('d')), "there is no 31 February");
}

#[test]
fn a_reference_is_found_by_its_parts() {
    let terms = indexed("nach § 253 Abs. 1 S. 2 HGB", De);
    for term in ["§253", "§253.1", "§253.1.2", "§253hgb", "§253.1hgb", "hgb"] {
        assert!(terms.iter().any(|t| t == term), "{term} in {terms:?}");
    }
    for (text, term) in [
        ("§§ 316, 317 HGB", "§317hgb"),
        ("§§ 238 ff. HGB", "§238hgb"),
        ("§ 289a HGB", "§289a"),
        ("§ 15 Absatz 4 AktG", "§15.4aktg"),
        ("§253 HGB", "§253hgb"),
        ("Art. 5 Abs. 1 lit. a DSGVO", "art5dsgvo"),
        ("Artikel 6 DSGVO", "art6"),
        ("Tz. 12", "tz12"),
        ("IAS 19", "ias19"),
        ("IFRS 16", "ifrs16"),
        ("IDW PS 450", "idwps450"),
        ("IDW PS 450", "ps450"),
        ("ISA 315", "isa315"),
        ("IAS-19", "ias19"),
        ("HRB 12345", "hrb12345"),
    ] {
        let terms = indexed(text, De);
        assert!(terms.iter().any(|t| t == term), "{term} in {terms:?}");
    }
    assert!(!indexed("EUR 500", De).contains(&"eur500".to_owned()), "a currency is no standard");
}

#[test]
fn an_iban_is_one_term_with_or_without_blanks() {
    // The example of the German banks' own documentation.
    for text in ["DE89370400440532013000", "DE89 3704 0044 0532 0130 00", "IBAN: DE89 3704 0044 0532 0130 00."] {
        assert!(indexed(text, De).contains(&"de89370400440532013000".to_owned()), "{text}");
    }
    assert!(
        !indexed("DE88 3704 0044 0532 0130 00", De).contains(&"de88370400440532013000".to_owned()),
        "the check digits are wrong"
    );
}

#[test]
fn an_identifier_is_found_whole_however_it_is_parted() {
    assert!(indexed("RE-2025/0012", De).contains(&"re20250012".to_owned()));
    assert!(finds("RE20250012", "Rechnung RE-2025/0012"));
    assert!(finds("0012", "Rechnung RE-2025/0012"));
    assert!(indexed("max.muster@beispiel.de", De).contains(&"max.muster@beispiel.de".to_owned()));
    assert!(finds("Muster", "max.muster@beispiel.de"));
}

#[test]
fn stop_words_are_no_terms_and_a_question_of_them_has_none() {
    assert!(indexed("der und die", De).is_empty());
    assert!(Analyzer::new().query_terms("Wer ist das?", De).is_empty());
    assert_eq!(indexed("die Bank", De), ["bank"]);
}

#[test]
fn a_name_is_found_in_the_other_language() {
    for name in ["Luther", "Israel", "Carolina Panthers", "Michael Bauer", "Deloitte"] {
        for (asked, written) in [(De, En), (En, De), (De, Other), (Other, En)] {
            let terms = indexed(name, written);
            let found = Analyzer::new().query_terms(name, asked).iter().any(|q| terms.contains(&q.term));
            assert!(found, "{name}, {asked:?} in {written:?}");
        }
    }
}

#[test]
fn parts_and_foreign_stems_weigh_less_than_words() {
    let terms = Analyzer::new().query_terms("Pensionsrückstellung", De);
    assert_eq!((terms[0].kind, terms[0].weight), (TermKind::Word, 1.0));
    assert!(terms[1..].iter().all(|t| t.weight < 1.0 && t.kind != TermKind::Word));
}

#[test]
fn the_language_is_told_from_sentences_and_not_from_tables() {
    for (text, expected) in [
        ("Die Rückstellungen für Pensionen wurden nach den Grundsätzen des HGB bewertet.", De),
        ("The provisions for pensions were measured in accordance with the standard.", En),
        ("Wie hoch sind die Pensionsrückstellungen?", De),
        ("What is the amount of the provisions?", En),
        ("1.234,56 | 7.890,12 | 31.12.2025", Other),
        ("Umsatz", Other),
        ("", Other),
        ("De jaarrekening van de vennootschap is opgesteld volgens de wettelijke bepalingen van Nederland.", Other),
        ("Les comptes annuels de la société ont été établis conformément aux dispositions légales.", Other),
    ] {
        assert_eq!(language(text), expected, "{text}");
    }
}

#[test]
fn the_cache_does_not_change_the_terms() {
    let mut warm = Analyzer::new();
    let text = "Pensionsrückstellungen und Rückstellungen, RE-1 und 4,2 Mio. EUR";
    let (mut first, mut second) = (String::new(), String::new());
    warm.index_text(text, De, &mut first);
    warm.index_text(text, De, &mut second);
    assert_eq!(first, second);
}

#[test]
fn a_letter_behind_an_accent_is_folded_as_it_is_without() {
    assert_eq!([folded("Ǽ"), folded("ǿre")], [folded("æ"), folded("øre")]);
}

proptest! {
    #[test]
    fn any_text_gives_terms_without_white_space(text in any::<String>()) {
        for language in [De, En, Other] {
            let terms = indexed(&text, language);
            prop_assert!(terms.iter().all(|t| !t.is_empty() && !t.contains(char::is_whitespace)), "{terms:?}");
        }
    }

    #[test]
    fn what_is_indexed_is_what_is_asked_for(text in "[a-zA-ZäöüßÄÖÜ0-9 .,/§%€'@-]{0,60}") {
        let mut analyzer = Analyzer::new();
        for language in [De, En, Other] {
            let mut out = String::new();
            analyzer.index_text(&text, language, &mut out);
            let asked = analyzer.query_terms(&text, language);
            let asked: Vec<&str> = asked.iter().map(|t| t.term.as_str()).collect();
            for term in out.split_whitespace() {
                prop_assert!(asked.contains(&term), "{term} of {text}");
            }
        }
    }

    #[test]
    fn folding_twice_is_folding_once(word in "\\PC{0,20}") {
        let once = folded(&word);
        prop_assert_eq!(folded(&once), once);
    }

    #[test]
    fn a_number_and_its_notations_meet(whole in 1u64..10_000_000_000, cents in 0u8..100) {
        let mut grouped = whole.to_string();
        let mut at = grouped.len();
        while at > 3 {
            at -= 3;
            grouped.insert(at, '.');
        }
        let german = format!("{grouped},{cents:02}");
        let english = german.replace(',', "_").replace('.', ",").replace('_', ".");
        let plain = format!("{whole}.{cents:02}");
        let (german, english) = (number::readings(&german), number::readings(&english));
        prop_assert_eq!(&german, &english);
        prop_assert!(german.iter().all(|r| number::readings(&plain).contains(r)));
    }
}
