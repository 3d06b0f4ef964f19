//! Questions that follow others, questions of several parts, and quotes where a model fails.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_follow_up_question_is_rewritten_from_the_record_and_both_are_on_record() {
    let (place, chat) = (Place::new(), FakeChat::default());
    let corpus = open(&place, &engine(), &chat).await;
    let pension = number(&corpus, PENSION).await;
    let (claim, quote) = supported();
    let said = written(&[(claim, &[(pension, quote)])], true);
    let chat = chat.saying(&[&said]);
    let first = corpus.ask(QUESTION, AskOptions::default()).await.unwrap();
    assert_eq!((first.question.as_str(), first.follows), (QUESTION, None));

    // A model may carry over what the answer before says.
    const ALONE: &str = "Wie hoch sind die Pensionsrückstellungen von 4.200 TEUR zum 31. Dezember 2025?";
    let chat = chat.saying(&[&plan(ALONE, &["wird nicht gesucht"])]).saying(&[&said]);
    let follow = AskOptions { follows: Some(first.id), ..AskOptions::default() };
    let second = corpus.ask("Und zum 31.12.?", follow.clone()).await.unwrap();
    assert_eq!((second.status, second.question.as_str(), second.follows), (AnswerStatus::Answered, ALONE, Some(first.id)));
    assert_eq!(second.searches, [""; 0]);
    let requests = chat.requests();
    let [_, planned, asked] = &requests[..] else { panic!("{}", requests.len()) };
    let told: Vec<&str> = planned.messages.iter().map(|message| message.text.as_str()).collect();
    assert_eq!(told, [QUESTION, claim, "Und zum 31.12.?"], "what was said before, as it stands on record");
    assert_eq!(asked.messages.iter().map(|message| message.text.as_str()).collect::<Vec<_>>(), [ALONE]);
    let usage = second.usage.unwrap();
    assert_eq!(usage.input_tokens, 2 * first.usage.unwrap().input_tokens, "both requests count");
    assert!(corpus.replay(second.id).await.unwrap().identical);
    let bundle = corpus.bundle(second.id, BundleOptions::default()).await.unwrap();
    let key = corpus.audit().verifier_key().unwrap();
    let report = beleg::audit::bundle::verify_bundle(&bundle.bytes, &[key]).unwrap();
    assert!(report.ok && report.checked.withheld > 0, "{report:?}");

    // The next one sees both; a model that talks instead of planning leaves the question as it is.
    let chat = chat.saying(&["Gern geschehen."]).saying(&[&said]);
    let third = corpus.ask(QUESTION, AskOptions { follows: Some(second.id), ..AskOptions::default() }).await.unwrap();
    assert_eq!(third.question, QUESTION);
    let told = chat.requests()[3].messages.len();
    assert_eq!(told, 5);

    // Of another actor, of nobody, and of one that was erased.
    let other = corpus.with(CallContext::new("berta", Access::all()));
    for (corpus, follows) in [(&other, first.id), (&corpus, uuid::Uuid::nil())] {
        let refused = corpus.ask(QUESTION, AskOptions { follows: Some(follows), ..AskOptions::default() }).await.unwrap_err();
        assert_eq!(refused.code(), "ask.follows");
    }
    let alone = AskOptions { chat: ChatChoice::Nobody, ..follow };
    assert_eq!(corpus.ask(QUESTION, alone).await.unwrap_err().code(), "ask.no_model");
    corpus.erase(Erase::Document("anhang.txt".to_owned())).await.unwrap();
    corpus.close().await.unwrap();
    let mut payloads = 0;
    for index in 0..corpus.audit().checkpoint().unwrap().unwrap().checkpoint.size {
        let entry = corpus.audit().entry(index).await.unwrap().unwrap();
        for payload in entry.payloads {
            payloads += 1;
            let VaultRecord::Kept { payload, .. } = payload else { continue };
            assert!(
                !String::from_utf8_lossy(&payload).contains("4.200"),
                "entry {index}: a conversation goes with its documents"
            );
        }
    }
    assert!(payloads > 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_of_several_parts_is_searched_for_in_parts_and_each_search_is_replayed() {
    let (place, chat) = (Place::new(), FakeChat::default());
    let corpus = open(&place, &engine(), &chat).await;
    let both = "Wie hoch sind die Pensionsrückstellungen und wie wird das Darlehen verzinst?";
    let chat = chat.saying(&[&plan(both, &["Pensionsrückstellungen", "Zinssatz Darlehen Nordbank", "zu viel"])]);
    let chat = chat.saying(&[&written(&[], false)]);
    let answer = corpus.ask(both, AskOptions { searches: Some(3), ..AskOptions::default() }).await.unwrap();
    assert_eq!(answer.searches, ["Pensionsrückstellungen", "Zinssatz Darlehen Nordbank"]);
    let shown = &chat.requests()[1].passages;
    let texts: std::collections::HashSet<&str> = shown.iter().map(|passage| passage.text.as_str()).collect();
    assert_eq!(texts.len(), shown.len(), "each passage once");
    assert!([PENSION, LOAN].iter().all(|text| shown.iter().any(|passage| passage.text.contains(text))));
    assert!(corpus.replay(answer.id).await.unwrap().identical);
}

#[tokio::test(flavor = "multi_thread")]
async fn quotes_take_the_place_of_a_model_that_fails_before_it_said_anything_when_the_caller_says_so() {
    let (place, chat) = (Place::new(), FakeChat::default());
    let corpus = open(&place, &engine(), &chat).await;
    let or_quotes = AskOptions { or_quotes: true, ..AskOptions::default() };
    let chat = chat.failing_after(&[], Failure::Overloaded);
    assert_eq!(corpus.ask(QUESTION, AskOptions::default()).await.unwrap_err().code(), "provider.overloaded");
    let chat = chat.failing_after(&[], Failure::Overloaded);
    let answer = corpus.ask(QUESTION, or_quotes.clone()).await.unwrap();
    assert_eq!((answer.model, answer.instead_of.as_deref()), (None, Some("provider.overloaded")));
    assert!(!answer.citations.is_empty() && answer.citations.iter().all(|citation| citation.verdict.is_verified()));
    // A chain of which all fail, and a follow-up that nobody made stand alone: its words alone are no question.
    let both = Fallback::new(vec![Arc::new(chat.clone()), Arc::new(chat.clone())]).unwrap();
    let chained = place.open_with(&engine().with_chat_model(Arc::new(both))).await;
    let chat = chat.failing_after(&[], Failure::Overloaded).failing_after(&[], Failure::ServerError);
    let answer = chained.ask(QUESTION, or_quotes.clone()).await.unwrap();
    assert_eq!(answer.instead_of.as_deref(), Some("provider.all_failed"));
    let chat = chat.failing_after(&[], Failure::Overloaded);
    let follow = AskOptions { follows: Some(answer.id), ..or_quotes.clone() };
    assert_eq!(corpus.ask("Und davor?", follow.clone()).await.unwrap_err().code(), "provider.overloaded");
    let chat = chat.saying(&[&plan(QUESTION, &[])]).failing_after(&[], Failure::Overloaded);
    let quoted = corpus.ask("Und davor?", follow).await.unwrap();
    assert_eq!((quoted.question.as_str(), quoted.follows), (QUESTION, Some(answer.id)));
    // What was handed out is not taken back.
    let pension = number(&corpus, PENSION).await;
    let (claim, quote) = supported();
    let said = written(&[(claim, &[(pension, quote)])], true);
    let begun = &said[..said.rfind(']').unwrap()];
    let _chat = chat.failing_after(&[begun], Failure::CutOff);
    let mut stream = corpus.ask_stream(QUESTION, or_quotes).await.unwrap();
    let mut claims = 0;
    let error = loop {
        match stream.next().await.unwrap() {
            Ok(AnswerEvent::Claim { .. }) => claims += 1,
            Ok(_) => {}
            Err(error) => break error,
        }
    };
    assert_eq!((claims, error.code()), (1, "provider.cut_off"));
}
