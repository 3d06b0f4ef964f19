use std::sync::Arc;

use futures::{StreamExt, executor::block_on, stream};
use proptest::prelude::*;

use super::*;
use crate::{
    Result,
    provider::{ChatEvent, ChatFormat, ChatMessage, ChatPassage, ChatRequest, ChatRole, ChatStream, StopReason, Usage},
};

fn redactor() -> Redactor {
    Redactor::new(RedactSettings::default()).unwrap()
}

fn redact(text: &str) -> (String, Pseudonyms) {
    let mut pseudonyms = Pseudonyms::new();
    let out = redactor().redact(text, &mut pseudonyms).unwrap().into_owned();
    (out, pseudonyms)
}

/// What is found, as `KIND text`.
fn found(text: &str) -> Vec<String> {
    redactor().find(text).unwrap().into_iter().map(|found| format!("{} {}", found.kind, &text[found.span])).collect()
}

/// Texts of names, numbers, placeholders and what touches them.
fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("Thomas Müller"),
        Just("Müllers"),
        Just("MÜLLER"),
        Just("Herr Dr. Schmidt"),
        Just("Herr Steuer"),
        Just("Steuer-ID"),
        Just("DE89 3704 0044 0532 0130 00"),
        Just("de89370400440532013000"),
        Just("[PERSON_1]"),
        Just("PERSON_1"),
        Just("\\[PERSON\\_1\\]"),
        Just("[person 1b]"),
        Just("["),
        Just("]"),
        Just("\\"),
        Just("_"),
        Just("_1"),
        Just("PERSON"),
        Just("[PERSON"),
        Just("IBAN_1"),
        Just("LITERAL_1"),
        Just("b"),
        Just("1"),
        Just(" "),
        Just("\n"),
        Just("anna.meier@firma.de"),
        Just("+49 30 1234567"),
        Just("Hauptstraße 5, 10115 Berlin"),
        Just("KD-123456"),
        Just("Nordwind"),
        Just("ä"),
        Just("X"),
        Just("\u{301}"),
        Just("geb. 12.03.1970"),
        Just("\""),
        Just(", "),
        Just("-"),
        Just("s"),
        Just("@"),
        Just("4111 1111 1111 1111"),
    ];
    let texts = prop::collection::vec(prop_oneof![9 => piece.prop_map(str::to_owned), 1 => "\\PC{0,6}"], 0..24);
    texts.prop_map(|pieces| pieces.concat())
}

fn own_settings() -> RedactSettings {
    serde_json::from_value(serde_json::json!({
        "kinds": {"IP": true},
        "lists": [{"name": "clients", "kind": "CLIENT", "terms": ["Nordwind", "Müller & Co. KG"]}],
        "patterns": [{"name": "customers", "kind": "CUSTOMER", "pattern": "KD-[0-9]{6}"}, {"name": "b", "kind": "PERSON", "pattern": "b"}],
    }))
    .unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn what_is_taken_out_comes_back_byte_for_byte(texts in prop::collection::vec(hostile(), 1..4), own in any::<bool>()) {
        let redactor = Redactor::new(if own { own_settings() } else { RedactSettings::default() }).unwrap();
        let mut pseudonyms = Pseudonyms::new();
        let mut redacted = Vec::new();
        for text in &texts {
            redacted.push(redactor.redact(text, &mut pseudonyms).unwrap().into_owned());
        }
        // With all that the conversation learned since.
        for (text, out) in texts.iter().zip(&redacted) {
            prop_assert_eq!(&pseudonyms.restore(out), text, "{}", out);
        }
        let stored: Pseudonyms = serde_json::from_str(&serde_json::to_string(&pseudonyms).unwrap()).unwrap();
        for (text, out) in texts.iter().zip(&redacted) {
            prop_assert_eq!(&stored.restore(out), text, "stored");
        }
    }

    #[test]
    fn wherever_a_stream_is_cut_the_same_comes_back(text in hostile(), answer in hostile(), cuts in prop::collection::vec(0usize..400, 0..12), json in any::<bool>()) {
        let (redacted, pseudonyms) = redact(&text);
        let answer = format!("{redacted}{answer}");
        let escape = if json { Escape::Json } else { Escape::None };
        let mut whole = pseudonyms.restorer(escape);
        let expected = whole.push(&answer) + &whole.finish();
        let mut cuts: Vec<usize> = cuts.into_iter().filter(|cut| answer.is_char_boundary(*cut)).collect();
        cuts.push(answer.len());
        cuts.sort_unstable();
        let mut restorer = pseudonyms.restorer(escape);
        let (mut out, mut at) = (String::new(), 0);
        for cut in cuts {
            out.push_str(&restorer.push(&answer[at..cut]));
            at = cut;
        }
        out.push_str(&restorer.finish());
        prop_assert_eq!(&out, &expected);
        let mut restorer = pseudonyms.restorer(escape);
        let mut out: String = answer.chars().map(|c| restorer.push(&c.to_string())).collect();
        out.push_str(&restorer.finish());
        prop_assert_eq!(out, expected, "one by one");
    }

    #[test]
    fn json_stays_json_and_says_the_same(text in hostile()) {
        let (redacted, pseudonyms) = redact(&text);
        let mut restorer = pseudonyms.restorer(Escape::Json);
        let out = restorer.push(&serde_json::to_string(&redacted).unwrap()) + &restorer.finish();
        prop_assert_eq!(serde_json::from_str::<String>(&out).unwrap(), text);
    }

    #[test]
    fn no_value_that_was_found_stands_in_what_leaves(text in hostile()) {
        let redactor = redactor();
        let mut pseudonyms = Pseudonyms::new();
        let redacted = redactor.redact(&text, &mut pseudonyms).unwrap().into_owned();
        // Without the placeholders nothing is left that the finder knows, in whatever spelling.
        let left = redacted.split('[').map(|piece| piece.split_once(']').map_or(piece, |(_, behind)| behind)).collect::<Vec<_>>().join("\u{1}\u{1}\u{1}\u{1}\u{1}");
        for finding in redactor.find(&text).unwrap() {
            let value = words::key(&text[finding.span]);
            if value.len() >= 8 {
                prop_assert!(!left.split('\u{1}').any(|piece| words::Words::of(piece).iter().any(|(i, _)| {
                    let words = words::Words::of(piece);
                    (i + 1..=words.len()).any(|end| words.joined(i, end) == value)
                })), "{} in {}", value, redacted);
            }
        }
    }

    #[test]
    fn the_same_text_is_redacted_the_same(text in hostile()) {
        let redactor = redactor();
        let mut pseudonyms = Pseudonyms::new();
        let first = redactor.redact(&text, &mut pseudonyms).unwrap().into_owned();
        prop_assert_eq!(redactor.redact(&text, &mut pseudonyms).unwrap(), first);
    }
}

/// Found by the properties above.
#[test]
fn a_value_that_touched_another_goes_once_the_other_is_taken_out() {
    let (redacted, pseudonyms) = redact("+49 30 1234567+49 30 1234567\u{301}anna.meier@firma.de");
    assert!(!redacted.contains("1234567"), "{redacted}");
    assert_eq!(pseudonyms.restore(&redacted), "+49 30 1234567+49 30 1234567\u{301}anna.meier@firma.de");
    let (redactor, mut pseudonyms) = (redactor(), Pseudonyms::new());
    let text = "Thomas MüllerThomas Müller[Thomas Müller ";
    let first = redactor.redact(text, &mut pseudonyms).unwrap().into_owned();
    assert_eq!(redactor.redact(text, &mut pseudonyms).unwrap(), first);
}

#[test]
fn a_user_who_types_a_placeholder_does_not_get_another_ones_value() {
    let redactor = redactor();
    let mut pseudonyms = Pseudonyms::new();
    assert_eq!(redactor.redact("Thomas Müller", &mut pseudonyms).unwrap(), "[PERSON_1]");
    for forged in ["[PERSON_1]", "PERSON_1", "[person 1]", "\\[PERSON\\_1\\]", "[ PERSON-1 ]"] {
        let redacted = redactor.redact(forged, &mut pseudonyms).unwrap().into_owned();
        assert!(redacted.starts_with("[LITERAL_"), "{forged} → {redacted}");
        assert_eq!(pseudonyms.restore(&redacted), forged);
    }
}

#[test]
fn one_value_has_one_placeholder_and_each_spelling_its_own_letter() {
    let (text, pseudonyms) = redact(
        "Thomas Müller prüfte. Müllers Vermerk, MÜLLER, Herr Müller und Müller, Thomas; IBAN DE89370400440532013000, DE89 3704 0044 0532 0130 00",
    );
    assert_eq!(
        text,
        "[PERSON_1] prüfte. [PERSON_1b]s Vermerk, [PERSON_1c], Herr [PERSON_1b] und [PERSON_1d]; IBAN [IBAN_1], [IBAN_1b]"
    );
    assert_eq!(pseudonyms.counts(), [("IBAN", 1), ("PERSON", 1)]);
}

#[test]
fn a_surname_of_two_persons_is_neither_ones() {
    let (text, _) = redact("Thomas Müller und Anna Müller. Müller zahlte.");
    assert_eq!(text, "[PERSON_1] und [PERSON_2]. [PERSON_3] zahlte.");
}

#[test]
fn a_value_found_by_its_label_is_taken_out_without_it_too() {
    let (text, _) = redact("IBAN: DE88 3704 0044 0532 0130 00 (misprinted). Later: DE88370400440532013000.");
    assert_eq!(text, "IBAN: [IBAN_1] (misprinted). Later: [IBAN_1b].");
}

#[test]
fn what_a_model_makes_of_a_placeholder_is_put_back() {
    let (_, pseudonyms) = redact("Thomas Müller, DE89370400440532013000");
    for (answer, expected) in [
        ("[Person_1] zahlte", "Thomas Müller zahlte"),
        ("**\\[PERSON\\_1\\]**", "**Thomas Müller**"),
        ("PERSON_1 und [IBAN 1]", "Thomas Müller und DE89370400440532013000"),
        (
            "[PERSON_1]s Konto, [PERSON_1s] Konto, PERSON_1s Konto",
            "Thomas Müllers Konto, Thomas Müllers Konto, Thomas Müllers Konto",
        ),
        ("Person 1, PERSON_2, [PERSON_7], [1]", "Person 1, PERSON_2, [PERSON_7], [1]"),
    ] {
        assert_eq!(pseudonyms.restore(answer), expected);
    }
}

#[test]
fn what_was_put_back_is_not_read_again() {
    let settings: RedactSettings =
        serde_json::from_str(r#"{"lists": [{"name": "x", "kind": "CLIENT", "terms": ["IBAN_1 Inc"]}]}"#).unwrap();
    let mut pseudonyms = Pseudonyms::new();
    let redactor = Redactor::new(settings).unwrap();
    let text = redactor.redact("DE89370400440532013000 IBAN_1 Inc", &mut pseudonyms).unwrap().into_owned();
    assert_eq!(text, "[IBAN_1] [CLIENT_1]");
    assert_eq!(pseudonyms.restore("[CLIENT_1]"), "IBAN_1 Inc");
}

#[test]
fn identifiers_are_found_in_their_spellings() {
    for (text, expected) in [
        (
            "überwiesen auf GB29 NWBK 6016 1331 9268 19, BIC COBADEFFXXX",
            vec!["IBAN GB29 NWBK 6016 1331 9268 19", "BIC COBADEFFXXX"],
        ),
        ("Konto DE89\u{a0}3704\u{a0}0044\n0532 0130 00", vec!["IBAN DE89\u{a0}3704\u{a0}0044\n0532 0130 00"]),
        ("Karte 4111-1111-1111-1111", vec!["CARD 4111-1111-1111-1111"]),
        ("Steuer-ID 86 095 742 719", vec!["TAXID 86 095 742 719"]),
        ("St.-Nr. 181/815/08155, USt-IdNr. DE136695976", vec!["TAXNUMBER 181/815/08155", "VATID DE136695976"]),
        ("USt-ID: DE136695970", vec!["VATID DE136695970"]),
        ("RVNR 15 070649 C 103", vec!["SOCIALSECURITY 15 070649 C 103"]),
        ("KVNR A123456780", vec!["HEALTHINSURANCE A123456780"]),
        ("Reisepass C01X00T478", vec!["PASSPORT C01X00T478"]),
        ("Personalausweis Nr. LZ6311T475", vec!["IDCARD LZ6311T475"]),
        ("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", vec!["PASSPORT P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<"]),
        ("Kfz B-MW 1234, HH AB 12E", vec!["PLATE B-MW 1234", "PLATE HH AB 12E"]),
        ("geb. am 12.03.1970 in Köln", vec!["BIRTHDATE 12.03.1970"]),
        ("born on 12 March 1970", vec!["BIRTHDATE 12 March 1970"]),
        (
            "Tel. (030) 12345-67, +49 171 1234567, 0171/1234567",
            vec!["PHONE (030) 12345-67", "PHONE +49 171 1234567", "PHONE 0171/1234567"],
        ),
        ("call 555-123-4567 or a@b.de, a (at) b.de", vec!["PHONE 555-123-4567", "EMAIL a@b.de", "EMAIL a (at) b.de"]),
        ("https://u:p@host.de/x.", vec!["URL https://u:p@host.de/x"]),
        ("Hauptstr. 5a, 12345 Neustadt", vec!["ADDRESS Hauptstr. 5a, 12345 Neustadt"]),
        ("Am Markt 3, 04109 Leipzig", vec!["ADDRESS Am Markt 3, 04109 Leipzig"]),
        ("221B Baker Street, London NW1 6XE", vec!["ADDRESS 221B Baker Street, London NW1 6XE"]),
    ] {
        assert_eq!(found(text), expected, "{text}");
    }
}

#[test]
fn names_are_found_by_lists_titles_and_labels() {
    for (text, expected) in [
        ("Herr Dr. Müller", vec!["PERSON Müller"]),
        ("Herrn Prof. Dr. von Weizsäcker", vec!["PERSON von Weizsäcker"]),
        ("gez. M. Kowalczewski", vec!["PERSON M. Kowalczewski"]),
        ("WP/StB Anna-Lena Groß-Schmidt", vec!["PERSON Anna-Lena Groß-Schmidt"]),
        ("Kontoinhaber: Xanthos Brzezinski", vec!["PERSON Xanthos Brzezinski"]),
        ("Geschäftsführer Koch, Thomas", vec!["PERSON Koch, Thomas"]),
        ("Ayşe Yılmaz und Mehmet Öztürk", vec!["PERSON Ayşe Yılmaz", "PERSON Mehmet Öztürk"]),
        ("THOMAS MÜLLER", vec!["PERSON THOMAS MÜLLER"]),
        ("was verdient thomas müller?", vec!["PERSON thomas müller"]),
        ("Ms Mary-Ann O'Brien signed", vec!["PERSON Mary-Ann O'Brien"]),
        ("Thomas Müllers Reisekosten", vec!["PERSON Thomas Müller"]),
        ("Hallo Thomas,", vec!["PERSON Thomas"]),
    ] {
        assert_eq!(found(text), expected, "{text}");
    }
}

#[test]
fn german_names_that_are_rare_or_words_as_well_are_found() {
    for (text, expected) in [
        // In no list: the first name by its elements, the surname by its place.
        ("Geprüft von Friedhold Wozzeckel.", vec!["PERSON Friedhold Wozzeckel"]),
        ("Rückfragen an Hansjoachim Quastenflosz", vec!["PERSON Hansjoachim Quastenflosz"]),
        // A noun behind a first name, a form of address, a title.
        ("erläuterte Julia Trommler die Abweichung", vec!["PERSON Julia Trommler"]),
        ("Herr Knappe und Frau Dr. Scheuer", vec!["PERSON Knappe", "PERSON Scheuer"]),
        ("Herr Kassenwart Brzezinski", vec!["PERSON Brzezinski"]),
        ("Weimer-Otto, Sigrid", vec!["PERSON Weimer-Otto, Sigrid"]),
        ("an Thomas Koch II gezahlt", vec!["PERSON Thomas Koch II"]),
        ("Ö. Neff, E. Tillmann", vec!["PERSON Ö. Neff", "PERSON E. Tillmann"]),
    ] {
        assert_eq!(found(text), expected, "{text}");
    }
}

#[test]
fn nouns_beside_names_are_no_part_of_them() {
    for (text, expected) in [
        ("der Historiker Fred Anderson", vec!["PERSON Fred Anderson"]),
        ("Annas Seilwinde, Luthers Doktrin", vec![]),
        ("am 04.07.2024 unterzeichnet. Anschrift des Mieters", vec![]),
        ("Herr Steuer zahlte. Steuer-ID und Steuer.", vec!["PERSON Steuer", "PERSON Steuer"]),
        ("Die Astra-Satelliten, Bankhaus Merten, Sonstige Rückstellungen, Forderungen aus Lieferungen und Leistungen", vec![]),
    ] {
        assert_eq!(found(text), expected, "{text}");
    }
}

#[test]
fn figures_laws_and_companies_stay() {
    for text in [
        "Umsatzerlöse 1.234.567,89 EUR (Vorjahr: 1.111.111,11 EUR), TEUR 4.200, 12,5 %",
        "§ 264 Abs. 2 HGB, § 50a WPO, IDW PS 340 n.F., IFRS 16.22, ISA 315, BGB § 812",
        "Rechnung Nr. RE-2025-00123 vom 31.12.2025, Beleg 4711, Konto 1200, SKR 04, Kostenstelle 4100",
        "zum 31.12.2025, vom 01.01.2024 bis 31.12.2024, Geschäftsjahr 2024/2025",
        "Kunde 10000 Euro, 12345 Stück, 70000 Kreditoren, HRB 12345 B",
        "ISIN DE0007164600, WKN 716460, Artikel 4006381333931",
        "Die Müller Maschinenbau GmbH & Co. KG und die Robert Bosch GmbH",
        "BILANZ UND ANHANG, GEWINN- UND VERLUSTRECHNUNG, JAHRESABSCHLUSS",
        "Die Rückstellungen wurden in Höhe von 500.000 EUR gebildet; der Richter, der Koch und der Kaufmann.",
        "Net revenue increased by 12.5% to $1,234,567 in the fiscal year ended December 31, 2025.",
        "Max-Planck-Institut, Müller-Gruppe, Version 1.2.3.4, Tabelle 3-12",
    ] {
        assert_eq!(found(text), [""; 0], "{text}");
    }
}

#[test]
fn own_lists_and_patterns_are_found_in_every_spelling() {
    let redactor = Redactor::new(own_settings()).unwrap();
    let mut pseudonyms = Pseudonyms::new();
    let text = redactor.redact("NORDWIND, nordwinds, Mueller & Co KG, KD-123456, 10.0.0.1", &mut pseudonyms).unwrap();
    assert_eq!(text, "[CLIENT_1], [CLIENT_1b]s, [CLIENT_2], [CUSTOMER_1], [IP_1]");
}

#[test]
fn a_kind_that_is_off_stays() {
    let settings: RedactSettings = serde_json::from_str(r#"{"kinds": {"EMAIL": false, "PERSON": false}}"#).unwrap();
    assert!(Redactor::new(settings).unwrap().find("Thomas Müller, a@b.de").unwrap().is_empty());
}

#[test]
fn settings_that_nobody_knows_are_refused() {
    for text in [
        r#"{"colour": 1}"#,
        r#"{"kinds": {"person": true}}"#,
        r#"{"lists": [{"name": "a", "kind": "A", "terms": []}]}"#,
        r#"{"patterns": [{"name": "a"}]}"#,
    ] {
        assert!(serde_json::from_str::<RedactSettings>(text).is_err(), "{text}");
    }
    let literal = RedactSettings {
        lists: vec![OwnList { name: "x".into(), kind: Kind::Literal, terms: Vec::new() }],
        ..RedactSettings::default()
    };
    assert_eq!(Redactor::new(literal).unwrap_err().code(), "redact.label");
    let wrong = RedactSettings {
        lists: vec![OwnList { name: "x".into(), kind: Kind::Own("A_1".into()), terms: Vec::new() }],
        ..RedactSettings::default()
    };
    assert_eq!(Redactor::new(wrong).unwrap_err().code(), "redact.label");
}

#[test]
fn the_identity_changes_with_lists_patterns_and_model_and_with_nothing_else() {
    let of = |settings: RedactSettings| Redactor::new(settings).unwrap().identity().to_owned();
    assert_eq!(of(RedactSettings::default()), of(RedactSettings::default()));
    assert_ne!(of(RedactSettings::default()), of(own_settings()));
    let with_model = redactor().with_name_finder(Arc::new(Words(Vec::new()))).unwrap();
    assert_ne!(with_model.identity(), redactor().identity());
}

#[test]
fn nothing_of_a_value_is_in_debug_or_error() {
    let (_, pseudonyms) = redact("Thomas Müller");
    let redactor = Redactor::new(own_settings()).unwrap();
    let shown = format!("{pseudonyms:?} {redactor:?} {:?} {:?}", pseudonyms.restorer(Escape::None), own_settings());
    assert!(!shown.contains("Müller") && !shown.contains("Nordwind") && !shown.contains("KD-"), "{shown}");
}

/// Finds words that it was told.
struct Words(Vec<&'static str>);

impl NameFinder for Words {
    fn identity(&self) -> &str {
        "words"
    }

    fn find(&self, text: &str) -> Result<Vec<NamedSpan>> {
        let spans = self.0.iter().flat_map(|word| text.match_indices(word));
        Ok(spans.map(|(at, word)| NamedSpan { span: at..at + word.len(), kind: Kind::Person }).collect())
    }
}

/// Gives what is no span, or fails.
struct Broken(bool);

impl NameFinder for Broken {
    fn identity(&self) -> &str {
        "broken"
    }

    fn find(&self, text: &str) -> Result<Vec<NamedSpan>> {
        if self.0 {
            return Err(crate::Error::new(crate::ErrorKind::Environment, "test.model", "the model is gone"));
        }
        Ok(vec![NamedSpan { span: 1..text.len() + 1, kind: Kind::Person }])
    }
}

#[test]
fn a_model_finds_names_beside_the_lists_and_one_that_fails_lets_nothing_out() {
    let redactor = redactor().with_name_finder(Arc::new(Words(vec!["Quetzalli Xochitl"]))).unwrap();
    let text = redactor.redact("Quetzalli Xochitl zahlte; Xochitl auch.", &mut Pseudonyms::new()).unwrap().into_owned();
    assert_eq!(text, "[PERSON_1] zahlte; [PERSON_1b] auch.");
    for (broken, code) in [(Broken(true), "test.model"), (Broken(false), "redact.span")] {
        let redactor = self::redactor().with_name_finder(Arc::new(broken)).unwrap();
        assert_eq!(redactor.redact("ä", &mut Pseudonyms::new()).unwrap_err().code(), code);
    }
}

#[test]
fn a_request_is_redacted_whole_and_the_callers_stays() {
    let message = |role, text: &str| ChatMessage { role, text: text.into() };
    let request = ChatRequest {
        system: Some("Mandantin ist Anna Schmidt.".into()),
        passages: vec![ChatPassage { title: "Vertrag_Thomas Müller.pdf, S. 3".into(), text: "Müller erhält 500 EUR.".into() }],
        messages: vec![
            message(ChatRole::User, "Was bekommt Thomas Müller?"),
            message(ChatRole::Assistant, "Müller bekommt 500 EUR."),
            message(ChatRole::User, "Und Schmidt?"),
        ],
        format: ChatFormat::Json {
            name: "answer".into(),
            schema: serde_json::json!({"properties": {"Thomas Müller": {"type": "string"}}}),
        },
        max_tokens: Some(7),
        ..ChatRequest::default()
    };
    let before = request.clone();
    let mut pseudonyms = Pseudonyms::new();
    let redacted = redactor().redact_request(&request, &mut pseudonyms).unwrap();
    assert_eq!(request, before);
    assert_eq!(redacted.format, request.format);
    assert_eq!(redacted.max_tokens, Some(7));
    let all = format!("{:?} {:?} {:?}", redacted.system, redacted.passages, redacted.messages);
    assert!(!all.contains("Müller") && !all.contains("Schmidt") && !all.contains("Thomas"), "{all}");
    assert!(redacted.system.as_ref().is_some_and(|system| system.ends_with(INSTRUCTION)));
    assert_eq!(redactor().redact_request(&request, &mut pseudonyms).unwrap(), redacted, "again");
    let restored: Vec<_> = redacted.messages.iter().map(|message| pseudonyms.restore(&message.text).into_owned()).collect();
    assert_eq!(restored, request.messages.iter().map(|message| message.text.clone()).collect::<Vec<_>>());
    let harmless = ChatRequest { messages: vec![message(ChatRole::User, "Wie hoch ist der Umsatz?")], ..ChatRequest::default() };
    assert_eq!(redactor().redact_request(&harmless, &mut Pseudonyms::new()).unwrap(), harmless);
}

#[test]
fn an_answer_comes_back_as_it_streams_cut_at_every_byte() {
    let (_, pseudonyms) = redact("Thomas Müller");
    let answer = "Laut [PERSON_1] ja. ";
    let ended = ChatEvent::Ended { stop: StopReason::End, usage: Usage::default() };
    for cut in 0..=answer.len() {
        let citation = ChatEvent::Citation { passage: 0, quote: "[PERSON_1] zahlte".into() };
        let events = vec![
            Ok(ChatEvent::Started { id: None, model: None }),
            Ok(ChatEvent::Text(answer[..cut].into())),
            Ok(citation),
            Ok(ChatEvent::Text(answer[cut..].into())),
            Ok(ChatEvent::Text("[PERS".into())),
            Ok(ended.clone()),
        ];
        let restored = restore_stream(ChatStream::new(stream::iter(events)), &pseudonyms, Escape::None);
        let events: Vec<ChatEvent> = block_on(restored.map(|event| event.unwrap()).collect());
        let text: String = events
            .iter()
            .filter_map(|event| if let ChatEvent::Text(text) = event { Some(text.as_str()) } else { None })
            .collect();
        assert_eq!(text, "Laut Thomas Müller ja. [PERS", "{cut}");
        assert!(events.contains(&ChatEvent::Citation { passage: 0, quote: "Thomas Müller zahlte".into() }));
        assert_eq!(events.last(), Some(&ended));
        // The citation stands behind all the text that came before it, and behind no more than a placeholder more.
        let before: String = events
            .iter()
            .take_while(|event| !matches!(event, ChatEvent::Citation { .. }))
            .filter_map(|event| if let ChatEvent::Text(text) = event { Some(text.as_str()) } else { None })
            .collect();
        let read = pseudonyms.restore(&answer[..cut]).into_owned();
        assert!(
            before.starts_with(read.trim_end_matches(|c: char| c != ' ' && c != '.')) || before.len() >= 5,
            "{cut}: {before:?}"
        );
    }
}

#[test]
fn an_error_in_the_stream_comes_after_the_text_that_was_held_back() {
    let (_, pseudonyms) = redact("Thomas Müller");
    let error = crate::Error::new(crate::ErrorKind::Environment, "test.cut", "cut");
    let events = vec![Ok(ChatEvent::Text("a [PERSON".into())), Err(error)];
    let events: Vec<_> =
        block_on(StreamExt::collect(restore_stream(ChatStream::new(stream::iter(events)), &pseudonyms, Escape::None)));
    let texts: Vec<_> =
        events.iter().map(|event| event.as_ref().map_err(|error| error.code().to_owned()).ok().cloned()).collect();
    assert_eq!(texts, [Some(ChatEvent::Text("a ".into())), Some(ChatEvent::Text("[PERSON".into())), None]);
}

#[test]
fn a_megabyte_of_hostile_text_takes_work_in_proportion_to_its_size() {
    for unit in [
        "DE89 ",
        "0 ",
        "1",
        "A",
        "Thomas ",
        "Müller-",
        "Herr ",
        "[PERSON_1",
        "PERSON_",
        "\\[",
        "@",
        "a@",
        "://a@",
        "<",
        "12345 Berlin ",
        "Am Markt 3 ",
        "+49 1 ",
        "M. ",
        "1.",
        ":",
        "GmbH ",
        "Müller & ",
        "von ",
    ] {
        let text = unit.repeat(1_000_000 / unit.len());
        let mut pseudonyms = Pseudonyms::new();
        let redacted = redactor().redact(&text, &mut pseudonyms).unwrap().into_owned();
        assert!(pseudonyms.restore(&redacted) == text, "{unit}");
        names_in([text.as_str()]);
    }
}

#[test]
fn names_of_clients_and_persons_are_counted_in_every_spelling() {
    let found = names_in([
        "Die Nordwind Logistik GmbH und Thomas Müller.",
        "NORDWIND LOGISTIK GMBH, Nordwind Logistik GmbH; Herr Thomas Müller",
    ]);
    let found: Vec<_> = found.iter().map(|found| (found.name.as_str(), found.count, found.kind.label())).collect();
    assert_eq!(found, [("Nordwind Logistik GmbH", 3, "COMPANY"), ("Thomas Müller", 2, "PERSON")]);
}
