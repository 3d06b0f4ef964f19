//! What leaves the house: nothing until it is allowed, and then without personal data.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn nothing_leaves_the_house_until_somebody_allows_it_on_record() {
    let (place, recorder) = (Place::new(), RecordingRecorder::default());
    let chat = FakeChat::default().external().saying(&[&written(&[], false)]);
    let corpus = open(&place, &engine_recorded_by(recorder.clone()), &chat).await;
    let ask = || corpus.ask(QUESTION, AskOptions::default());
    assert_eq!(ask().await.unwrap_err().code(), "external.not_allowed");
    assert_eq!(corpus.allow_external("fake", false, " ").await.unwrap_err().code(), "reason.empty");
    assert_eq!(corpus.allow_external("../x", false, "so").await.unwrap_err().code(), "external.provider");
    recorder.fail_at(1);
    assert_eq!(corpus.allow_external("fake", false, "Vertrag vom 1.3.").await.unwrap_err().code(), "record.failed");
    assert_eq!(ask().await.unwrap_err().code(), "external.not_allowed");
    let partial = CallContext::new("bert", Access::any_of(["offen"]));
    assert_eq!(corpus.with(partial).allow_external("fake", false, "so").await.unwrap_err().code(), "context.access");
    assert_eq!(chat.requests().len(), 0);

    let grant = corpus.allow_external("fake", false, "Vertrag vom 1.3.").await.unwrap();
    assert_eq!(corpus.allow_external("fake", false, "noch einmal").await.unwrap_err().code(), "external.allowed");
    assert_eq!(corpus.external().await.unwrap(), [grant.clone()]);
    let intent = recorder.entries().into_iter().find(|entry| entry.id == grant.id).unwrap();
    assert_eq!((intent.phase, intent.versions["provider"].as_str(), intent.payloads[0].name), (Phase::Intent, "fake", "reason"));
    ask().await.unwrap();
    assert_eq!(chat.requests().len(), 1);
    corpus.forbid_external("fake", "gekündigt").await.unwrap();
    assert_eq!(ask().await.unwrap_err().code(), "external.not_allowed");
}

#[tokio::test(flavor = "multi_thread")]
async fn personal_data_is_not_in_what_is_sent_outside_and_is_back_in_what_is_handed_out() {
    const SALARY: &str = "Das Gehalt von Frau Dr. Liselotte Quantmeyer geht auf das Konto DE89 3704 0044 0532 0130 00.";
    const ASKED: &str = "Auf welches Konto geht das Gehalt von Frau Dr. Liselotte Quantmeyer?";
    let (place, chat) = (Place::new(), FakeChat::default().external());
    place.put("gehalt-quantmeyer.txt", SALARY);
    let corpus = place.open_with(&with(&engine(), &chat)).await;
    place.ingest(&corpus).await;
    corpus.allow_external("fake", false, "Vertrag vom 1.3.").await.unwrap();
    // What it is shown, to quote it as a model would.
    let _chat = chat.clone().saying(&[&written(&[], false)]);
    let probe = corpus.ask(ASKED, AskOptions::default()).await.unwrap();
    let sent = chat.requests().remove(0);
    let all = serde_json::to_string(&sent).unwrap();
    for personal in ["Liselotte", "Quantmeyer", "quantmeyer", "DE89", "0532"] {
        assert!(!all.contains(personal), "{personal} was sent: {all}");
    }
    let shown = sent.passages[0].text.clone();
    assert!(shown.starts_with("Das Gehalt von") && shown.contains("[IBAN_1]"), "{shown}");

    // It comes in pieces that cut placeholders.
    let text = written(&[(&shown, &[(1, &shown)])], true);
    let pieces: Vec<String> = text.chars().collect::<Vec<_>>().chunks(3).map(|chunk| chunk.iter().collect()).collect();
    let pieces: Vec<&str> = pieces.iter().map(String::as_str).collect();
    let _chat = chat.clone().saying(&pieces);
    let answer = corpus.ask(ASKED, AskOptions { follows: None, ..AskOptions::default() }).await.unwrap();
    assert_eq!((answer.status, answer.text.as_str()), (AnswerStatus::Answered, SALARY), "{answer:?}");
    assert_eq!(answer.citations[0].quote, SALARY);
    assert!(corpus.replay(answer.id).await.unwrap().identical);
    assert!(corpus.replay(probe.id).await.unwrap().identical);

    // A follow-up keeps the placeholders, whatever comes first in it.
    let _chat = chat.clone().saying(&[&plan(&sent.messages[0].text, &[])]).saying(&[&written(&[], false)]);
    let follow = AskOptions { follows: Some(answer.id), ..AskOptions::default() };
    let next = corpus.ask("Und DE02 1203 0000 0000 2020 51? Wem gehört es?", follow).await.unwrap();
    assert_eq!(next.question, ASKED, "the plan's placeholders are put back as well");
    let asked: Vec<_> = chat.requests().into_iter().skip(2).collect();
    let all = serde_json::to_string(&asked).unwrap();
    assert!(asked[0].messages.last().unwrap().text.contains("[IBAN_2]"), "{all}");
    assert!(!all.contains("Quantmeyer") && !all.contains("1203"), "{all}");
    assert_eq!(asked[1].messages[0].text, sent.messages[0].text);

    // A placeholder that a user types is not one.
    let _chat = chat.clone().saying(&[&written(&[], false)]);
    let forged = corpus.ask("Was steht zu [IBAN_1]?", AskOptions::default()).await.unwrap();
    assert_eq!(forged.question, "Was steht zu [IBAN_1]?");
    let typed = chat.requests().pop().unwrap().messages.pop().unwrap().text;
    assert!(!typed.contains("[IBAN_1]"), "{typed}");

    // What was taken out is on record, encrypted; the bundle has what was sent and not the map. It goes with the document.
    let bundle = corpus.bundle(answer.id, BundleOptions::default()).await.unwrap();
    let report = beleg::audit::bundle::verify_bundle(&bundle.bytes, &[corpus.audit().verifier_key().unwrap()]).unwrap();
    assert!(report.ok, "{:?}", report.findings);
    corpus.close().await.unwrap();
    let raw = std::fs::read_dir(place.corpus().join("vault")).unwrap().count();
    assert!(raw > 0);

    let names = corpus.names(5).await.unwrap();
    assert!(names.iter().any(|name| name.name.contains("Liselotte Quantmeyer")), "{names:?}");
    assert_eq!(corpus.with(CallContext::new("anna", Access::none())).names(5).await.unwrap(), []);

    // As it is, once somebody says so on record.
    corpus.allow_external("fake", true, "Auftragsverarbeitung vom 1.6.").await.unwrap();
    let _chat = chat.clone().saying(&[&written(&[], false)]);
    corpus.ask(ASKED, AskOptions::default()).await.unwrap();
    assert!(serde_json::to_string(&chat.requests().pop().unwrap()).unwrap().contains("Quantmeyer"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_placeholders_stand_for_goes_with_each_document_that_a_conversation_had_it_from() {
    let (place, chat) = (Place::new(), FakeChat::default().external());
    place.put("personal.txt", "Das Gehalt von Frau Dr. Liselotte Quantmeyer beträgt 184.350 EUR im Jahr.");
    place.put("miete.txt", "Die Miete des Lagers beträgt 3.100 EUR im Monat.");
    let corpus = place.open_with(&with(&engine(), &chat)).await;
    place.ingest(&corpus).await;
    corpus.allow_external("fake", false, "Vertrag vom 1.3.").await.unwrap();
    let only = |name: &str, follows| {
        let filter = Filter { documents: vec![name.to_owned()], ..Filter::default() };
        AskOptions { filter, follows, ..AskOptions::default() }
    };
    let _chat = chat.clone().saying(&[&written(&[], false)]);
    let first = corpus.ask("Wie hoch ist das Gehalt?", only("personal.txt", None)).await.unwrap();
    let alone = plan("Wie hoch ist die Miete, die [PERSON_1] zahlt?", &[]);
    let _chat = chat.clone().saying(&[&alone]).saying(&[&written(&[], false)]);
    let second = corpus.ask("Und die Miete?", only("miete.txt", Some(first.id))).await.unwrap();
    assert!(second.question.contains("Quantmeyer"), "{}", second.question);
    assert!(chat.requests()[2].passages.iter().all(|passage| passage.title.starts_with("miete.txt")));
    corpus.erase(Erase::Document("personal.txt".to_owned())).await.unwrap();
    corpus.close().await.unwrap();
    for index in 0..corpus.audit().checkpoint().unwrap().unwrap().checkpoint.size {
        for payload in corpus.audit().entry(index).await.unwrap().unwrap().payloads {
            let VaultRecord::Kept { payload, .. } = payload else { continue };
            assert!(!String::from_utf8_lossy(&payload).contains("Quantmeyer"), "entry {index}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn text_is_embedded_outside_only_where_it_may_go_as_it_is() {
    let place = Place::new();
    put(&place);
    let engine = Engine::new(Arc::new(model().external("fake.cloud")), options()).unwrap();
    let corpus = place.open_with(&engine).await;
    let ingest = || corpus.ingest(place.documents(), IngestOptions::default());
    assert_eq!(ingest().await.unwrap_err().code(), "external.not_allowed");
    corpus.allow_external("fake.cloud", false, "Vertrag vom 1.3.").await.unwrap();
    assert_eq!(ingest().await.unwrap_err().code(), "external.not_allowed", "what is embedded is not redacted");
    corpus.allow_external("fake.cloud", true, "Auftragsverarbeitung vom 1.6.").await.unwrap();
    assert_eq!(ingest().await.unwrap().totals.documents, 2);
    assert!(!corpus.search(QUESTION, SearchOptions::default()).await.unwrap().hits.is_empty());
    corpus.forbid_external("fake.cloud", "gekündigt").await.unwrap();
    assert_eq!(corpus.search(QUESTION, SearchOptions::default()).await.unwrap_err().code(), "external.not_allowed");
    assert_eq!(corpus.ask(QUESTION, AskOptions::default()).await.unwrap_err().code(), "external.not_allowed");
}
