use beleg::corpus::{EvalOptions, Question};

use crate::support::{Place, search};

#[tokio::test(flavor = "multi_thread")]
async fn the_metrics_are_those_computed_by_hand() {
    let place = Place::new();
    place.put("a.txt", "Alpha beta gamma delta.");
    place.put("b.txt", "Alpha  beta\nsigma omega.");
    place.put("c.txt", "Miete und Pacht betragen zwölf Euro.");
    let corpus = place.open().await;
    place.ingest(&corpus).await;
    let first = search(&corpus, "alpha beta gamma", 10, Default::default(), Default::default()).await;
    assert_eq!(
        first.iter().map(|hit| hit.document.name.as_str()).take(2).collect::<Vec<_>>(),
        ["a.txt", "b.txt"],
        "what the ranks below rest on"
    );

    let questions = Question::read_all(concat!(
        r#"{"id": "1", "question": "Miete und Pacht", "document": "c.txt", "quote": "betragen   zwölf Euro"}"#,
        "\n\n",
        r#"{"id": "2", "question": "alpha beta gamma", "document": "b.txt", "page": 1, "quote": "Alpha beta sigma"}"#,
        "\n",
        r#"{"id": "3", "question": "alpha beta gamma", "document": "a.txt", "page": 2, "quote": "steht nirgends"}"#,
        "\n",
        r#"{"id": "4", "question": "Wie alt ist der Mond?"}"#,
        "\n",
    ))
    .unwrap();
    let report = corpus.eval(&questions, EvalOptions::default(), |_| {}).await.unwrap();
    // Ranks 1, 2 and none: b.txt comes second, and a.txt has no second page.
    assert_eq!((report.questions, report.unanswerable), (3, 1));
    let near = |value: f64, expected: f64| assert!((value - expected).abs() < 1e-9, "{value} is not {expected}");
    near(report.recall_at_1, 1.0 / 3.0);
    near(report.recall_at_5, 2.0 / 3.0);
    near(report.recall_at_10, 2.0 / 3.0);
    near(report.mrr_at_10, (1.0 + 0.5) / 3.0);
    near(report.ndcg_at_10, (1.0 + 1.0 / 3f64.log2()) / 3.0);
    near(report.quote_hit_at_10, 2.0 / 3.0);
    // The fake model is not calibrated and refuses nothing.
    near(report.false_refusal, 0.0);
    near(report.false_answer, 1.0);
    assert!(report.latency_ms.p50 <= report.latency_ms.p95);
    assert_eq!((report.quotes, report.missing), (3, 0));
}

#[test]
fn a_blank_quote_or_question_is_no_hit_but_an_error_that_names_the_line() {
    let good = r#"{"id": "1", "question": "a", "document": "x"}"#;
    for bad in [
        r#"{"id": "2", "question": "a", "document": "x", "quote": ""}"#,
        r#"{"id": "2", "question": "a", "document": "x", "quote": " \t\n"}"#,
        r#"{"id": "2", "question": " ", "document": "x", "quote": "b"}"#,
    ] {
        let error = Question::read_all(&format!("{good}\n\n{bad}\n")).unwrap_err();
        assert_eq!(error.code(), "eval.row");
        let context: Vec<_> = error.context().collect();
        assert_eq!(context, [("id", "2"), ("line", "3")]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn questions_to_documents_that_are_not_there_are_named_and_do_not_flatter_the_figures() {
    let place = Place::new();
    place.put("a.txt", "Alpha beta gamma.");
    let corpus = place.open().await;
    place.ingest(&corpus).await;
    let row = |id: u32, document: &str| {
        format!("{{\"id\": \"{id}\", \"question\": \"alpha beta\", \"document\": \"{document}\", \"quote\": \"Alpha\"}}\n")
    };
    let questions = Question::read_all(&[row(1, "a.txt"), row(2, "fehlt.txt"), row(3, "fehlt.txt")].concat()).unwrap();
    let report = corpus.eval(&questions, EvalOptions::default(), |_| {}).await.unwrap();
    assert_eq!((report.questions, report.missing, report.missing_documents), (3, 2, vec!["fehlt.txt".to_owned()]));
    assert!((report.recall_at_10 - 1.0 / 3.0).abs() < 1e-9);
    // A question without a quote counts for everything but the quotes.
    let without = r#"{"id": "4", "question": "alpha beta", "document": "a.txt"}"#;
    let questions = Question::read_all(&[row(1, "a.txt"), without.to_owned()].concat()).unwrap();
    let report = corpus.eval(&questions, EvalOptions::default(), |_| {}).await.unwrap();
    assert_eq!((report.questions, report.quotes, report.quote_hit_at_10), (2, 1, 1.0));
    // When there is none of them it is the wrong corpus, and no figure.
    let error =
        corpus.eval(&Question::read_all(&row(2, "fehlt.txt")).unwrap(), EvalOptions::default(), |_| {}).await.unwrap_err();
    assert_eq!(error.code(), "eval.documents");
}

#[test]
fn a_row_that_is_not_well_formed_is_named_by_its_line() {
    let error = Question::read_all("{\"id\": \"1\", \"question\": \"a\"}\n\n{\"id\": 7}\n").unwrap_err();
    assert_eq!((error.code(), error.context().find(|(key, _)| *key == "line").map(|(_, line)| line)), ("eval.row", Some("3")));
}
