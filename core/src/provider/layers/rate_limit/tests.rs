use std::time::{Duration, Instant};

use proptest::prelude::*;
use serde_json::json;

use super::{super::queue::Supply, estimate, ledger::Ledger};
use crate::provider::{Capabilities, ChatFormat, ChatMessage, ChatPassage, ChatRequest, ChatRole};

#[test]
fn an_estimate_counts_everything_that_is_sent_and_all_that_may_come() {
    let words = |text: &str| ChatMessage { role: ChatRole::User, text: text.to_owned() };
    let bare = ChatRequest { messages: vec![words("Wie hoch?")], ..ChatRequest::default() };
    let with = |change: &dyn Fn(&mut ChatRequest)| {
        let mut request = bare.clone();
        change(&mut request);
        estimate::input(&request)
    };
    let least = estimate::input(&bare);
    let passage = ChatPassage { title: "lage.pdf, S. 3".to_owned(), text: "x".repeat(300) };
    assert!(with(&|request| request.system = Some("x".repeat(300))) >= least + 100);
    assert!(with(&|request| request.passages = vec![passage.clone()]) >= least + 100);
    assert!(with(&|request| request.messages.push(words(&"x".repeat(300)))) >= least + 100);
    let schema = json!({"type": "object", "properties": {"x".repeat(300): {}}});
    assert!(with(&|request| request.format = ChatFormat::Json { name: "a".to_owned(), schema: schema.clone() }) >= least + 100);

    let can = |output_tokens| Capabilities { output_tokens, ..Capabilities::default() };
    let asks = |max_tokens| ChatRequest { max_tokens, ..ChatRequest::default() };
    assert_eq!(estimate::output(&asks(Some(7)), &can(Some(9))), 7);
    assert_eq!(estimate::output(&asks(None), &can(Some(9))), 9);
    assert_eq!(estimate::output(&asks(None), &can(None)), 4096);
}

#[test]
fn an_estimate_is_not_below_what_tokenizers_make_of_words_figures_and_signs() {
    // The larger of OpenAI's cl100k_base and o200k_base, counted with npm `gpt-tokenizer` 4.0.0.
    let counted = [
        ("Die Rückstellungen für Pensionen betragen zum 31. Dezember 2025 insgesamt 1.234.567,89 EUR (Vorjahr: 1.100 TEUR).", 43),
        ("Umsatzerlöse\t1.234,56\t1.100,00\t12,2 %\nMaterialaufwand\t-567,89\t-512,30\t10,9 %", 42),
        ("IBAN DE89 3704 0044 0532 0130 00, USt-IdNr. DE123456789", 29),
        ("The auditor's report on the consolidated financial statements as of December 31, 2025.", 19),
        (r#"{"type":"object","properties":{"claims":{"type":"array"}},"required":["claims"]}"#, 19),
        ("日本語の監査報告書", 13),
        ("📄📄📄", 9),
        ("1234567890123456", 6),
        ("a1b2c3d4e5f6", 12),
        ("x y z a b c d", 7),
        ("Grundstücksverkehrsgenehmigungszuständigkeitsübertragungsverordnung", 23),
        (" \n\n\n a", 2),
        ("", 0),
    ];
    for (text, tokens) in counted {
        let estimate = estimate::text(text);
        assert!(tokens <= estimate && estimate <= 2 * tokens + 20, "{text}: {estimate} for {tokens}");
    }
}

#[test]
fn requests_are_spread_and_few_of_them_may_come_together() {
    let start = Instant::now();
    let at = |millis| start + Duration::from_millis(millis);
    let mut many = Ledger::new(None, Some(60));
    assert!((0..10).all(|_| many.take(1, at(0)).is_some()) && many.take(1, at(9_999)).is_none());
    assert!(many.take(1, at(10_000)).is_some());
    let mut few = Ledger::new(None, Some(5));
    assert!((0..5).all(|_| few.take(1, at(0)).is_some()) && few.take(1, at(59_999)).is_none());
    assert!(few.take(1, at(60_000)).is_some());
}

proptest! {
    /// Against the plain reading of the rule: whatever window one looks at.
    #[test]
    fn in_no_window_more_is_taken_than_allowed_and_a_forecast_is_kept_to_the_moment(
        tokens in prop::option::of(10u64..1000),
        requests in prop::option::of(1u64..40),
        wants in prop::collection::vec((1u64..10, 0u64..20_000, prop::option::of(0u64..8)), 1..60),
        closes in prop::option::of((0usize..60, 0u64..90)),
    ) {
        let start = Instant::now();
        let mut ledger = Ledger::new(tokens, requests);
        let mut now = start;
        // When, and how much of it counts: what was settled counts as that from its beginning.
        let mut taken: Vec<(Duration, u64)> = Vec::new();
        for (n, (tenths, pause, settled)) in wants.into_iter().enumerate() {
            now += Duration::from_millis(pause);
            if let Some((_, seconds)) = closes.filter(|(place, _)| *place == n) {
                ledger.close(now, Duration::from_secs(seconds));
            }
            let want = tokens.map_or(tenths, |tokens| (tokens * tenths / 10).max(1));
            let wait = ledger.forecast(&mut [want].into_iter(), now).unwrap();
            if !wait.is_zero() {
                prop_assert!(ledger.take(want, now + wait - Duration::from_nanos(1)).is_none(), "not before it is foretold");
            }
            now += wait;
            let share = ledger.take(want, now);
            prop_assert!(share.is_some(), "and then at once");
            taken.push((now - start, want));
            if let (Some(settled), Some(_), Some(last)) = (settled, tokens, taken.last_mut()) {
                let less = want * settled / 10;
                ledger.settle(share.unwrap(), less);
                last.1 = less;
            }
        }
        for (from, _) in &taken {
            let within = |window: u64| taken.iter().filter(move |(at, _)| at >= from && *at < *from + Duration::from_secs(window));
            if let Some(limit) = tokens {
                prop_assert!(within(60).map(|(_, tokens)| tokens).sum::<u64>() <= limit);
            }
            if let Some(limit) = requests {
                prop_assert!(within(60).count() as u64 <= limit);
                prop_assert!(limit < 6 || within(10).count() as u64 <= limit / 6);
            }
        }
    }

    #[test]
    fn a_forecast_for_many_is_when_the_last_of_them_is_served(
        tokens in prop::option::of(10u64..1000),
        requests in prop::option::of(1u64..40),
        before in prop::collection::vec((1u64..10, 0u64..10_000), 0..20),
        waiting in prop::collection::vec(1u64..=10, 1..20),
    ) {
        let mut ledger = Ledger::new(tokens, requests);
        let mut now = Instant::now();
        let want = |tenths: u64| tokens.map_or(tenths, |tokens| (tokens * tenths / 10).max(1));
        for (tenths, pause) in before {
            now += Duration::from_millis(pause);
            ledger.take(want(tenths), now);
        }
        let told = ledger.forecast(&mut waiting.iter().map(|tenths| want(*tenths)), now).unwrap();
        let mut at = now;
        for tenths in waiting {
            at += ledger.forecast(&mut [want(tenths)].into_iter(), at).unwrap();
            prop_assert!(ledger.take(want(tenths), at).is_some());
        }
        prop_assert_eq!(told, at - now);
    }

    #[test]
    fn what_is_put_back_was_never_there(tokens in 10u64..1000, wants in prop::collection::vec(1u64..10, 1..30)) {
        let mut ledger = Ledger::new(Some(tokens), Some(600));
        let now = Instant::now();
        let all: Vec<_> = wants.iter().filter_map(|tenths| ledger.take((tokens * tenths / 10).max(1), now)).collect();
        all.into_iter().for_each(|share| ledger.put_back(share));
        prop_assert!(ledger.take(tokens, now).is_some());
        let mut full = Ledger::new(None, Some(600));
        let all: Vec<_> = (0..100).filter_map(|_| full.take(1, now)).collect();
        prop_assert!(full.take(1, now).is_none());
        all.into_iter().for_each(|share| full.put_back(share));
        prop_assert!((0..100).all(|_| full.take(1, now).is_some()));
    }
}
