//! A model that says more than it was shown, and documents that somebody put there to be quoted.

use super::*;

/// What the caller's model says of text that it cannot have from the prompt, by whatever way it got it.
#[tokio::test(flavor = "multi_thread")]
async fn neither_the_instructions_nor_text_of_what_the_caller_may_not_see_is_handed_out() {
    let (place, chat) = (Place::new(), FakeChat::default());
    put(&place);
    let corpus = place.open_with(&with(&engine(), &chat)).await;
    for (file, label) in [("anhang.txt", "offen"), ("vertrag.txt", "geheim")] {
        let labels = vec![label.to_owned()];
        corpus.ingest(&place.documents().join(file), IngestOptions { labels, ..IngestOptions::default() }).await.unwrap();
    }
    let bert = corpus.with(CallContext::new("bert", Access::any_of(["offen"])));
    let chat = chat.saying(&[&written(&[], false)]);
    bert.ask(QUESTION, AskOptions::default()).await.unwrap();
    let request = chat.requests().remove(0);
    let system = request.system.clone().unwrap();
    assert!(!serde_json::to_string(&request).unwrap().contains("Nordbank"), "the model is not shown it");
    let rule = system.lines().find(|line| line.len() > 40).unwrap().trim();
    let (claim, quote) = supported();
    let loan = LOAN.trim_end_matches('.');
    let text = written(
        &[
            (claim, &[(1, quote)]),
            (LOAN, &[(1, loan)]),
            (LOAN, &[(2, loan)]),
            // A genuine quote lends nothing to words that are not its own.
            (LOAN, &[(1, quote)]),
            (&format!("{claim} {LOAN}"), &[(1, quote)]),
            (rule, &[(1, rule)]),
            (rule, &[(1, quote)]),
        ],
        true,
    );
    let _chat = chat.saying(&[&text]);
    let answer = bert.ask(QUESTION, AskOptions::default()).await.unwrap();
    assert_eq!((answer.text.as_str(), answer.withheld.len()), (claim, 6), "{answer:?}");
    let handed_out = serde_json::to_string(&answer).unwrap();
    assert!(!handed_out.contains("Nordbank") && !handed_out.contains(rule));
    assert!(answer.citations.iter().all(|citation| citation.document.name == "anhang.txt"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_poisoned_copy_is_quoted_by_its_own_name_and_speaks_for_no_other_document() {
    let (place, chat) = (Place::new(), FakeChat::default());
    let poisoned = PENSION.replace("4.200", "9.900");
    place.put("kopie/anhang.txt", format!("Anhang\n\n{poisoned}\n\nDas Gutachten liegt vor."));
    let corpus = open(&place, &engine(), &chat).await;
    let (genuine, copy) = (number(&corpus, "4.200").await, number(&corpus, "9.900").await);
    let (claim, quote) = supported();
    let (false_claim, false_quote) = (claim.replace("4.200", "9.900"), quote.replace("4.200", "9.900"));
    let text = written(
        &[
            (claim, &[(genuine, quote)]),
            // The copy's figure under the name of the original, with either quote; and the original's under the copy's.
            (&false_claim, &[(genuine, &false_quote)]),
            (&false_claim, &[(genuine, quote)]),
            (claim, &[(copy, quote)]),
            (&false_claim, &[(copy, &false_quote)]),
        ],
        true,
    );
    let _chat = chat.saying(&[&text]);
    let answer = corpus.ask(QUESTION, AskOptions::default()).await.unwrap();
    let said: Vec<(&str, &str)> = answer
        .claims
        .iter()
        .flat_map(|claim| {
            claim
                .citations
                .iter()
                .map(|place| answer.citations[*place].document.name.as_str())
                .map(|name| (claim.text.as_str(), name))
        })
        .collect();
    assert_eq!(said, [(claim, "anhang.txt"), (false_claim.as_str(), "kopie/anhang.txt")], "{answer:?}");
    let verdicts: Vec<ClaimVerdict> = answer.withheld.iter().map(|withheld| withheld.verdict).collect();
    assert_eq!(verdicts, [ClaimVerdict::Unsupported, ClaimVerdict::NumberMismatch, ClaimVerdict::Unsupported]);

    // Quotes alone are each of its own document, too.
    let quotes = AskOptions { chat: ChatChoice::Nobody, ..AskOptions::default() };
    let answer = corpus.ask(QUESTION, quotes).await.unwrap();
    assert!(!answer.citations.is_empty());
    for citation in &answer.citations {
        let is_poisoned = citation.document.name == "kopie/anhang.txt";
        assert_eq!(
            (citation.quote.contains("9.900"), citation.quote.contains("4.200")),
            (is_poisoned, !is_poisoned),
            "{answer:?}"
        );
    }
}
