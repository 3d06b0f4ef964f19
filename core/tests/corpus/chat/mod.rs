//! Answers in a chat model's words: what is sent, what is handed out, and what stands on record before either.

mod conversation;
mod hostile;
mod money;
mod outside;

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use beleg::{
    audit_log::{LocalKeyStore, VaultRecord},
    corpus::{
        Access, Answer, AnswerEvent, AnswerStatus, AskOptions, Budget, BudgetPeriod, Budgets, BundleOptions, CallContext,
        ChatChoice, ClaimPolicy, Corpus, Engine, Erase, Filter, IngestOptions, Refusal, SearchOptions, ShowOptions, open_audit,
    },
    provider::{Capabilities, ChatEvent, Failure, Price, PriceList, layers::Fallback},
    record::{Action, Content, Ending, Entry, Phase},
    testing::{FakeChat, RecordingRecorder, copy_folder},
    types::{CitationVerdict, ClaimVerdict},
};
use futures::StreamExt;

use crate::support::{Place, engine, engine_recorded_by, keys, model, options};

const PENSION: &str = "Die Pensionsrückstellungen betragen zum 31. Dezember 2025 insgesamt 4.200 TEUR.";
const LOAN: &str = "Das Darlehen der Nordbank AG wird mit 3,5 % verzinst und läuft bis 2031.";
const QUESTION: &str = "Wie hoch sind die Pensionsrückstellungen?";

fn put(place: &Place) {
    place.put("anhang.txt", format!("Anhang\n\n{PENSION}\n\nDas Gutachten liegt vor."));
    place.put("vertrag.txt", format!("Vertrag\n\n{LOAN}\n\nMehr ist nicht vereinbart."));
}

/// An answer as a model writes it: claims with the passages' words; the passage that holds a quote is looked up by the test's model
/// itself, as a real one would.
fn written(claims: &[(&str, &[(i64, &str)])], complete: bool) -> String {
    let claims: Vec<_> = claims
        .iter()
        .map(|(text, citations)| {
            let citations: Vec<_> =
                citations.iter().map(|(n, quote)| serde_json::json!({"passage": n, "quote": quote})).collect();
            serde_json::json!({"citations": citations, "text": text})
        })
        .collect();
    serde_json::json!({"claims": claims, "complete": complete}).to_string()
}

/// The number of the passage that holds `words` in the prompts of a corpus with the two documents.
async fn number(corpus: &Corpus, words: &str) -> i64 {
    let chat = FakeChat::default().saying(&[&written(&[], false)]);
    let engine = engine_recorded_by(RecordingRecorder::default());
    let probe = with(&engine, &chat).open(corpus.folder()).await.unwrap();
    probe.ask(QUESTION, AskOptions::default()).await.unwrap();
    let request = chat.requests().remove(0);
    request.passages.iter().position(|passage| passage.text.contains(words)).unwrap() as i64 + 1
}

fn with(engine: &Engine, chat: &FakeChat) -> Engine {
    engine.with_chat_model(Arc::new(chat.clone()))
}

/// A corpus with both documents, asked through `chat`.
async fn open(place: &Place, engine: &Engine, chat: &FakeChat) -> Corpus {
    put(place);
    let corpus = place.open_with(&with(engine, chat)).await;
    place.ingest(&corpus).await;
    corpus
}

fn supported() -> (&'static str, &'static str) {
    (
        "Die Pensionsrückstellungen betragen zum 31. Dezember 2025 insgesamt 4.200 TEUR.",
        "betragen zum 31. Dezember 2025 insgesamt 4.200 TEUR",
    )
}

fn plan(question: &str, searches: &[&str]) -> String {
    serde_json::json!({"question": question, "searches": searches}).to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_is_handed_out_with_the_bytes_that_bear_it_out_and_one_without_is_withheld() {
    let (place, chat) = (Place::new(), FakeChat::default());
    let corpus = open(&place, &engine(), &chat).await;
    let (pension, loan) = (number(&corpus, PENSION).await, number(&corpus, LOAN).await);
    let (claim, quote) = supported();
    let text = written(
        &[
            (claim, &[(pension, quote)]),
            // The quote of another figure, a figure that is not quoted, the words of another passage, a passage that is not there.
            ("Sie betragen 5.100 TEUR.", &[(pension, "insgesamt 5.100 TEUR")]),
            ("Die Pensionsrückstellungen betragen 4.300 TEUR.", &[(pension, quote)]),
            ("Das Darlehen der Nordbank AG wird mit 3,5 % verzinst.", &[(pension, "wird mit 3,5 % verzinst")]),
            ("Das Darlehen läuft bis 2031.", &[(99, "läuft bis 2031")]),
            ("Die Pensionsrückstellungen betragen nicht 4.200 TEUR.", &[(pension, quote)]),
            (
                "Das Darlehen der Nordbank AG wird mit 3,5 % verzinst.",
                &[(loan, "Das Darlehen der Nordbank AG wird mit 3,5 % verzinst")],
            ),
        ],
        true,
    );
    let chat = chat.saying(&[&text]);
    let answer = corpus.ask(QUESTION, AskOptions::default()).await.unwrap();
    assert_eq!(chat.requests().len(), 1);
    let claims: Vec<&str> = answer.claims.iter().map(|claim| claim.text.as_str()).collect();
    assert_eq!(claims, [claim, "Das Darlehen der Nordbank AG wird mit 3,5 % verzinst."]);
    assert_eq!((answer.status, answer.withheld.len()), (AnswerStatus::Partly, 5));
    assert!(answer.withheld.iter().any(|withheld| withheld.verdict == ClaimVerdict::NumberMismatch), "{:?}", answer.withheld);
    // In place of a withheld claim stands the whole sentence that it quotes from, where it does quote.
    let instead: Vec<Vec<&str>> = answer
        .withheld
        .iter()
        .map(|withheld| withheld.citations.iter().map(|place| answer.citations[*place].quote.as_str()).collect())
        .collect();
    assert_eq!(instead, [vec![], vec![PENSION], vec![], vec![], vec![PENSION]]);
    assert_eq!((answer.model.as_deref(), answer.usage.is_some()), (Some("fake"), true));
    for claim in &answer.claims {
        assert_eq!(claim.verdict, ClaimVerdict::Supported);
        assert!(!claim.citations.is_empty() && claim.citations.iter().all(|place| *place < answer.citations.len()));
    }
    for citation in &answer.citations {
        assert_eq!(citation.verdict, CitationVerdict::Verified);
        let shown = corpus.show(&citation.document.name, ShowOptions::default()).await.unwrap();
        assert_eq!(citation.span.of(&shown.pages[citation.page as usize - 1].text), Some(citation.quote.as_str()));
    }
    // What was withheld is nowhere in what is handed out.
    let handed_out = serde_json::to_string(&answer).unwrap();
    assert!(!handed_out.contains("5.100") && !handed_out.contains("4.300") && !handed_out.contains("betragen nicht"));

    // A caller who wants to see everything sees it with its verdict, and still no quote that does not stand there.
    let _chat = chat.saying(&[&text]);
    let flagged = AskOptions { policy: ClaimPolicy::Flag, ..AskOptions::default() };
    let answer = corpus.ask(QUESTION, flagged).await.unwrap();
    assert_eq!((answer.claims.len(), answer.withheld.len()), (7, 0));
    assert!(answer.citations.iter().all(|citation| citation.verdict == CitationVerdict::Verified));
    assert!(!serde_json::to_string(&answer.citations).unwrap().contains("5.100"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_prompt_is_on_record_before_it_is_sent_and_each_claim_before_it_is_handed_out() {
    let (place, chat) = (Place::new(), FakeChat::default());
    let seen: Arc<Mutex<Vec<(Action, Phase, usize)>>> = Arc::default();
    let observer = {
        let (seen, chat) = (seen.clone(), chat.clone());
        move |entry: &Entry| seen.lock().unwrap().push((entry.action, entry.phase, chat.requests().len()))
    };
    let recorder = RecordingRecorder::default().observed(Arc::new(observer));
    let corpus = open(&place, &engine_recorded_by(recorder.clone()), &chat).await;
    let (claim, quote) = supported();
    let n = number(&corpus, PENSION).await;
    let text = written(&[(claim, &[(n, quote)])], true);
    let chat = chat.saying(&[&text[..40], &text[40..]]);
    seen.lock().unwrap().clear();
    let before = recorder.entries().len();
    let mut stream = corpus.ask_stream(QUESTION, AskOptions::default()).await.unwrap();
    let mut events = Vec::new();
    while let Some(event) = stream.next().await {
        let event = event.unwrap();
        let entries = recorder.entries();
        let releases = entries[before..].iter().filter(|entry| entry.phase == Phase::Release).count();
        match &event {
            AnswerEvent::Retrieved { passages, .. } => assert_eq!(*passages, 2),
            AnswerEvent::Claim { claim: its, citations } => {
                assert_eq!((its.text.as_str(), citations.len(), releases), (claim, 1, 1));
            }
            AnswerEvent::Done(answer) => {
                assert_eq!(answer.status, AnswerStatus::Answered);
                assert_eq!(
                    entries.last().map(|entry| (entry.phase, entry.ending)),
                    Some((Phase::Outcome, Some(Ending::Complete)))
                );
            }
            other => panic!("{other:?}"),
        }
        events.push(event);
    }
    assert_eq!(events.len(), 3);
    let asked: Vec<_> = seen.lock().unwrap().clone();
    use Action::{Answer, Prompt, Retrieval};
    use Phase::{Intent, Outcome, Release};
    assert_eq!(
        asked,
        [(Answer, Intent, 0), (Retrieval, Outcome, 0), (Prompt, Intent, 0), (Answer, Release, 1), (Answer, Outcome, 1)]
    );

    let entries = &recorder.entries()[before..];
    let outcome = &entries[4];
    for entry in &entries[..4] {
        assert!(outcome.refs.contains(&entry.id), "the outcome continues all of it");
        assert!(entry.versions.get("answer").is_none_or(|id| *id == outcome.versions["answer"]));
    }
    // The prompt is on record as it was sent: instructions apart, each passage under the key of its document.
    let request = &chat.requests()[0];
    let prompt = &entries[2];
    let Content::Json(instructions) = &prompt.payloads[0].content else { panic!("the prompt is JSON") };
    assert_eq!((instructions["system"].as_str(), instructions["passages"].as_array()), (request.system.as_deref(), None));
    let passages: Vec<_> = prompt.payloads[1..]
        .iter()
        .map(|payload| {
            let Content::Passage(passage) = &payload.content else { panic!("a passage") };
            assert_eq!(payload.documents, [passage.document]);
            (passage.title.clone().unwrap(), passage.text.clone())
        })
        .collect();
    let sent: Vec<_> = request.passages.iter().map(|passage| (passage.title.clone(), passage.text.clone())).collect();
    assert_eq!(passages, sent);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_sent_and_nothing_handed_out_when_it_cannot_be_put_on_record() {
    let (place, chat, recorder) = (Place::new(), FakeChat::default(), RecordingRecorder::default());
    let corpus = open(&place, &engine_recorded_by(recorder.clone()), &chat).await;
    let (claim, quote) = supported();
    let text = written(&[(claim, &[(number(&corpus, PENSION).await, quote)])], true);
    // Intent; search and prompt; release; outcome.
    for (call, sent, handed_out) in [(1, 0, 0), (2, 0, 0), (3, 1, 0), (4, 1, 1)] {
        let chat = FakeChat::default().saying(&[&text]);
        let corpus = with(&engine_recorded_by(recorder.clone()), &chat).open(place.corpus()).await.unwrap();
        recorder.fail_at(call);
        let events: Vec<_> = corpus.ask_stream(QUESTION, AskOptions::default()).await.unwrap().collect().await;
        let claims = events.iter().filter(|event| matches!(event, Ok(AnswerEvent::Claim { .. }))).count();
        assert_eq!((chat.requests().len(), claims), (sent, handed_out), "when call {call} fails");
        let error = events.last().unwrap().as_ref().unwrap_err();
        assert_eq!(error.code(), "record.failed");
        assert!(events.iter().all(|event| !matches!(event, Ok(AnswerEvent::Done(_)))));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_breaks_or_is_dropped_leaves_on_record_what_was_handed_out() {
    let (place, recorder) = (Place::new(), RecordingRecorder::default());
    let corpus = open(&place, &engine_recorded_by(recorder.clone()), &FakeChat::default()).await;
    let (claim, quote) = supported();
    let n = number(&corpus, PENSION).await;
    let whole = written(&[(claim, &[(n, quote)]), ("Nie zu Ende", &[])], true);
    let cut = &whole[..whole.find("Nie zu").unwrap()];

    let chat = FakeChat::default().failing_after(&[cut], Failure::Overloaded);
    let corpus = with(&engine_recorded_by(recorder.clone()), &chat).open(place.corpus()).await.unwrap();
    let error = corpus.ask(QUESTION, AskOptions::default()).await.unwrap_err();
    assert_eq!(Failure::of(&error), Some(Failure::Overloaded));
    let outcome = recorder.entries().pop().unwrap();
    assert_eq!((outcome.phase, outcome.ending, outcome.counts["claims"]), (Phase::Outcome, Some(Ending::Failed), 1));

    // A model that goes on and on, and a reader who has had enough after the first claim.
    let mut events = vec![ChatEvent::Text(cut.to_owned())];
    events.extend((0..10_000).map(|_| ChatEvent::Text(" ".to_owned())));
    let chat = FakeChat::default().sending(events);
    let corpus = with(&engine_recorded_by(recorder.clone()), &chat).open(place.corpus()).await.unwrap();
    let mut stream = corpus.ask_stream(QUESTION, AskOptions { draft: true, ..AskOptions::default() }).await.unwrap();
    while !matches!(stream.next().await.unwrap().unwrap(), AnswerEvent::Claim { .. }) {}
    drop(stream);
    // Closing waits for the task that puts the outcome on record.
    corpus.close().await.unwrap();
    let outcome = recorder.entries().pop().unwrap();
    assert_eq!((outcome.phase, outcome.action), (Phase::Outcome, Action::Answer));
    assert_eq!(outcome.counts["claims"], 1);
    let answer = outcome.payloads.iter().find(|payload| payload.name == "answer").unwrap();
    let Content::Json(answer) = &answer.content else { panic!("an answer") };
    assert_eq!(answer["claims"][0]["text"], claim);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_is_handed_out_at_once_and_marked_and_only_when_it_is_asked_for() {
    let (place, recorder) = (Place::new(), RecordingRecorder::default());
    let corpus = open(&place, &engine_recorded_by(recorder.clone()), &FakeChat::default()).await;
    let (claim, quote) = supported();
    let text = written(&[(claim, &[(number(&corpus, PENSION).await, quote)])], true);
    let half = text.find("insgesamt 4.200 TEUR.\"").unwrap();
    for draft in [false, true] {
        let chat = FakeChat::default().saying(&[&text[..half], &text[half..]]);
        let corpus = with(&engine_recorded_by(recorder.clone()), &chat).open(place.corpus()).await.unwrap();
        let before = recorder.entries().len();
        let stream = corpus.ask_stream(QUESTION, AskOptions { draft, ..AskOptions::default() }).await.unwrap();
        let events: Vec<_> = stream.map(Result::unwrap).collect().await;
        let drafts: String = events
            .iter()
            .filter_map(|event| if let AnswerEvent::Draft(text) = event { Some(text.as_str()) } else { None })
            .collect();
        assert_eq!(drafts, if draft { claim } else { "" });
        let recorded: String = recorder.entries()[before..]
            .iter()
            .flat_map(|entry| &entry.payloads)
            .filter_map(|payload| match &payload.content {
                Content::Json(told) if payload.name == "release" => told["draft"].as_str().map(str::to_owned),
                _ => None,
            })
            .collect();
        assert_eq!(recorded, drafts, "what was shown unchecked is on record, too");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_without_passages_is_not_sent_and_one_without_an_answer_says_in_how_many_pages() {
    let (place, chat) = (Place::new(), FakeChat::default());
    let corpus = place.open_with(&with(&engine(), &chat)).await;
    let answer = corpus.ask(QUESTION, AskOptions::default()).await.unwrap();
    assert_eq!((answer.status, chat.requests().len()), (AnswerStatus::NotFound, 0));

    put(&place);
    place.ingest(&corpus).await;
    let chat = chat.saying(&[&written(&[], false)]);
    let answer = corpus.ask(QUESTION, AskOptions::default()).await.unwrap();
    assert_eq!((answer.status, answer.reason.as_deref()), (AnswerStatus::NotFound, Some("In 2 lesbaren Seiten nicht gefunden.")));
    // A model that only makes things up is not quoted at all.
    let chat = chat.saying(&[&written(&[("Sie betragen 9 Mio. EUR.", &[(1, "9 Mio. EUR")])], true)]);
    let answer = corpus.ask(QUESTION, AskOptions::default()).await.unwrap();
    assert_eq!((answer.status, answer.text.as_str(), answer.withheld.len()), (AnswerStatus::Refused, "", 1));
    // Without JSON, and with citations of the provider's own.
    let _chat = chat.saying(&["Sie betragen 9 Mio. EUR [1]."]);
    let answer = corpus.ask(QUESTION, AskOptions::default()).await.unwrap();
    assert_eq!((answer.status, answer.claims.len()), (AnswerStatus::Refused, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn citations_of_a_provider_are_checked_like_any_other() {
    let place = Place::new();
    let corpus = open(&place, &engine(), &FakeChat::default()).await;
    let n = usize::try_from(number(&corpus, PENSION).await).unwrap() - 1;
    let (claim, quote) = supported();
    let events = vec![
        ChatEvent::Text(claim.to_owned()),
        ChatEvent::Citation { passage: n, quote: quote.to_owned() },
        ChatEvent::Text(" Das sind 12 % mehr als im Vorjahr.".to_owned()),
        ChatEvent::Citation { passage: n, quote: "12 % mehr als im Vorjahr".to_owned() },
    ];
    let capabilities = Capabilities { citations: true, json_schema: true, ..Capabilities::default() };
    let chat = FakeChat::default().with_capabilities(capabilities).sending(events);
    let corpus = with(&engine(), &chat).open(place.corpus()).await.unwrap();
    let answer = corpus.ask(QUESTION, AskOptions::default()).await.unwrap();
    assert_eq!((answer.text.as_str(), answer.withheld.len(), answer.citations.len()), (claim, 1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_is_replayed_and_exported_with_its_prompt() {
    let place = Place::new();
    let corpus = open(&place, &engine(), &FakeChat::default()).await;
    let (claim, quote) = supported();
    let text = written(&[(claim, &[(number(&corpus, PENSION).await, quote)])], true);
    let chat = FakeChat::default().saying(&[&text]);
    let corpus = with(&engine(), &chat).open(place.corpus()).await.unwrap();
    let answer = corpus.ask(QUESTION, AskOptions::default()).await.unwrap();
    let replay = corpus.replay(answer.id).await.unwrap();
    assert_eq!((replay.identical, replay.differences.as_slice()), (true, &[][..]));
    assert_eq!(replay.passages, chat.requests()[0].passages.len());

    let bundle = corpus.bundle(answer.id, BundleOptions::default()).await.unwrap();
    let key = corpus.audit().verifier_key().unwrap();
    let report = beleg::audit::bundle::verify_bundle(&bundle.bytes, &[key]).unwrap();
    assert!(report.ok, "{:?}", report.findings);
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(&bundle.bytes)).unwrap();
    let mut words = String::new();
    for place in 0..archive.len() {
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut archive.by_index(place).unwrap(), &mut bytes).unwrap();
        words.push_str(&String::from_utf8_lossy(&bytes));
    }
    let system = chat.requests()[0].system.clone().unwrap();
    for told in [system.lines().next().unwrap(), QUESTION, claim] {
        assert!(words.contains(told), "{told}");
    }
}

/// A long answer has more releases than its outcome names.

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_is_erased_with_its_question_its_prompt_and_all_that_was_handed_out() {
    let place = Place::new();
    open(&place, &engine(), &FakeChat::default()).await;
    let long = format!("Geheim {}.", "wort ".repeat(1200));
    let text = written(&[(&long, &[])], true);
    let pieces: Vec<String> = text.chars().map(String::from).collect();
    let chat = FakeChat::default().saying(&pieces.iter().map(String::as_str).collect::<Vec<_>>());
    let corpus = with(&engine(), &chat).open(place.corpus()).await.unwrap();
    let options = AskOptions { policy: ClaimPolicy::Flag, draft: true, ..AskOptions::default() };
    let answer = corpus.ask(QUESTION, options).await.unwrap();
    corpus.erase(Erase::Answer(answer.id)).await.unwrap();
    let (mut of_answer, mut kept) = (0, 0);
    for index in 0..=answer.audit.unwrap().index {
        let entry = corpus.audit().entry(index).await.unwrap().unwrap();
        if entry.leaf.versions.get("answer") == Some(&answer.id.to_string()) {
            of_answer += 1;
            kept += entry.payloads.iter().filter(|payload| matches!(payload, VaultRecord::Kept { .. })).count();
        }
    }
    assert!(of_answer > 67, "{of_answer}");
    assert_eq!(kept, 0);
    assert!(corpus.audit().verify(Vec::new(), None).await.unwrap().is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_over_all_rows_of_a_table_is_refused_with_the_table_named_and_nothing_is_sent() {
    let (place, chat) = (Place::new(), FakeChat::default());
    let rows: String = (1..=200).map(|n| format!("Buchung {n};{n}00,00;Büromaterial\n")).collect();
    place.put("journal.csv", format!("Buchung;Betrag;Text\n{rows}"));
    let corpus = place.open_with(&with(&engine(), &chat)).await;
    place.ingest(&corpus).await;
    for chat in [ChatChoice::First, ChatChoice::Nobody] {
        let options = AskOptions { chat, ..AskOptions::default() };
        let answer = corpus.ask("Wie viele Buchungen über 10.000 EUR gibt es?", options).await.unwrap();
        assert_eq!((answer.status, answer.refusal), (AnswerStatus::Refused, Some(Refusal::NeedsAggregation)));
        let reason = answer.reason.unwrap();
        assert!(reason.contains("journal.csv") && reason.contains("200 Zeilen"), "{reason}");
        assert!(answer.citations.is_empty());
    }
    assert_eq!(chat.requests().len(), 0);
    let quotes = AskOptions { chat: ChatChoice::Nobody, ..AskOptions::default() };
    let answer = corpus.ask("Welchen Text hat Buchung 17?", quotes).await.unwrap();
    assert_eq!(answer.refusal, None);
}

fn as_caller(corpus: &Corpus, actor: &str, request_id: &str) -> Corpus {
    let mut context = CallContext::new(actor, Access::all());
    context.request_id = Some(request_id.to_owned());
    corpus.with(context)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_request_gets_the_answer_on_record_and_nothing_is_sent_again() {
    let place = Place::new();
    let corpus = open(&place, &engine(), &FakeChat::default()).await;
    let (claim, quote) = supported();
    let text = written(&[(claim, &[(number(&corpus, PENSION).await, quote)])], true);
    let chat = FakeChat::default().saying(&[&text]).saying(&[&text]).saying(&[&text]);
    let corpus = with(&engine(), &chat).open(place.corpus()).await.unwrap();
    let anna = as_caller(&corpus, "anna", "r-1");
    let first = anna.ask(QUESTION, AskOptions::default()).await.unwrap();
    let again = |answer: &Answer| Answer { audit: None, ..answer.clone() };
    for _ in 0..2 {
        let second = anna.ask(QUESTION, AskOptions::default()).await.unwrap();
        assert_eq!(again(&second), again(&first));
        corpus.close().await.unwrap();
    }
    let events: Vec<_> = anna.ask_stream(QUESTION, AskOptions::default()).await.unwrap().map(Result::unwrap).collect().await;
    assert!(matches!(&events[1], AnswerEvent::Claim { claim: its, citations } if its.text == claim && citations.len() == 1));
    assert_eq!(chat.requests().len(), 1);

    let error = anna.ask("Wie wird das Darlehen verzinst?", AskOptions::default()).await.unwrap_err();
    assert_eq!(error.code(), "ask.request_reused");
    // Of somebody else, or with another id, it is another request; and what was erased is answered anew.
    assert_ne!(as_caller(&corpus, "bert", "r-1").ask(QUESTION, AskOptions::default()).await.unwrap().id, first.id);
    let without = AskOptions { chat: ChatChoice::Nobody, ..AskOptions::default() };
    assert_ne!(as_caller(&corpus, "anna", "r-2").ask(QUESTION, without).await.unwrap().id, first.id);
    corpus.erase(Erase::Answer(first.id)).await.unwrap();
    assert_ne!(anna.ask(QUESTION, AskOptions::default()).await.unwrap().id, first.id);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chat_model_is_asked_for_by_its_name_and_an_engine_without_one_quotes() {
    let place = Place::new();
    let corpus = open(&place, &engine(), &FakeChat::default()).await;
    let ask = |chat| AskOptions { chat, ..AskOptions::default() };
    let error = corpus.ask(QUESTION, ask(ChatChoice::Named("gpt-9".to_owned()))).await.unwrap_err();
    assert_eq!(error.code(), "ask.no_model");
    assert!(error.to_string().contains("fake"), "{error}");
    assert_eq!(corpus.ask(QUESTION, ask(ChatChoice::Nobody)).await.unwrap().model, None);
    let slow = FakeChat::default().with_latency(Duration::from_millis(5)).saying(&[&written(&[], false)]);
    let corpus = with(&engine(), &slow).open(place.corpus()).await.unwrap();
    assert!(corpus.ask(QUESTION, ask(ChatChoice::Named("fake".to_owned()))).await.unwrap().model.is_some());
}
