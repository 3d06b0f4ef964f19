//! What people read, in both languages: snapshots beside this file.

use beleg::{
    Error, ErrorKind,
    corpus::{
        Answer, AnswerStatus, Citation, Claim, EvalReport, ExpiredDocument, ExternalGrant, HeldAnswer, HeldDocument, Hit,
        HoldRecord, IngestReport, IngestTotals, IngestedDocument, PlacedSegment, Ranks, Relabelled, RetentionPeriod,
        RetentionReport, RetentionRules, Scores, Seal, SearchResult, Shown, Withheld,
    },
    error::ErrorRecord,
    model::{Found, ModelFound, RuntimeFound, Status, fetch::FetchEvent},
    provider::Usage,
    types::{
        CitationVerdict, ClaimVerdict, Coverage, DocumentRecord, DocumentRef, DocumentStatus, Language, Notice, Origin, Page,
        PageCounts, PageStatus, Place, Span, UnreadPage,
    },
};
use clap::CommandFactory;
use uuid::Uuid;

use super::{Lang, answers, documents, errors, eval, help, ingest, models, number, retention};
use crate::args::Cli;

/// Both languages of a text, without colours, as one snapshot.
fn both(text: impl Fn(Lang) -> String) -> String {
    let plain = |lang| anstream::adapter::strip_str(&text(lang)).to_string();
    format!("{}\n=== Deutsch ===\n{}", plain(Lang::En), plain(Lang::De))
}

fn document(name: &str) -> DocumentRef {
    DocumentRef { id: Uuid::from_u128(7), name: name.into(), sha256: "ab".repeat(32), version: 2 }
}

fn coverage() -> Coverage {
    Coverage { documents: 1204, pages: 18_345, unread_pages: 1, failed: 2, unsupported: 1, pending: 3, filter: false }
}

fn failed(code: &'static str, message: &str, hint: &str) -> Option<ErrorRecord> {
    Some((&Error::new(ErrorKind::Encrypted, code, message).with_hint(hint)).into())
}

fn line(name: &str, status: DocumentStatus) -> IngestedDocument {
    IngestedDocument {
        id: Uuid::from_u128(1),
        name: name.into(),
        sha256: String::new(),
        status,
        pages: PageCounts::default(),
        format: None,
        error: None,
        unread: Vec::new(),
        labels_added: Vec::new(),
        notices: Vec::new(),
    }
}

#[test]
fn the_completeness_report() {
    let unread = (1..=7).map(|page| UnreadPage {
        page,
        code: "page.scanned".into(),
        message: "the page is a picture without text".into(),
    });
    let notice =
        Notice { code: "ooxml.external_relation".into(), message: "3 parts of the document lie outside of the file".into() };
    let report = IngestReport {
        documents: vec![
            line("a/neu.txt", DocumentStatus::New),
            IngestedDocument { notices: vec![notice], ..line("b/verweist.docx", DocumentStatus::Unchanged) },
            IngestedDocument { unread: unread.collect(), ..line("c/scan.pdf", DocumentStatus::Partial) },
            IngestedDocument {
                error: failed("document.encrypted", "the document needs a password", "pass --password-file"),
                ..line("d/geheim.pdf", DocumentStatus::Encrypted)
            },
            IngestedDocument {
                error: failed("worker.strange", "something without German", "do something"),
                ..line("e/kaputt.pdf", DocumentStatus::Failed)
            },
            line(".DS_Store", DocumentStatus::Ignored),
        ],
        totals: IngestTotals {
            documents: 1234,
            new: 1,
            unchanged: 1229,
            partial: 1,
            encrypted: 1,
            failed: 1,
            ignored: 1,
            relabelled: 2,
            pages: PageCounts { seen: 18_345, extracted: 18_000, empty: 338, scanned: 7, failed: 0 },
            ..IngestTotals::default()
        },
        seconds: 61.25,
        bytes: 123_456_789,
        chunks: 1,
        tokens: 1_234_567,
        index_version: 17,
    };
    insta::assert_snapshot!(both(|lang| ingest::report(lang, &report)));
}

#[test]
fn hits_and_answers() {
    let place = Place::Page { page: 17, label: Some("xvii".into()) };
    let (span, boxes) = (Span::new(10, 52), Vec::new());
    let text = "Die Rückstellungen\nbetragen 4,2 Mio. EUR.".to_owned();
    let hit = Hit {
        document: document("bericht.pdf"),
        page: 17,
        span,
        boxes: boxes.clone(),
        segments: vec![PlacedSegment { page: 17, span, boxes: boxes.clone() }],
        place: place.clone(),
        text_version: "1:ab".into(),
        origin: Origin::Native,
        heading: vec!["Anhang".into(), "Rückstellungen".into()],
        text: text.clone(),
        score: 0.8125,
        scores: Scores { words: 0.4, context: 0.0, dense: 0.7, sentence: 0.75, text: 12.5, coverage: 1.0 },
        ranks: Ranks { dense: Some(1), text: Some(2) },
    };
    let result = SearchResult { coverage: coverage(), hits: vec![hit], index_version: 3 };
    insta::assert_snapshot!("hits", both(|lang| answers::hits(lang, &result)));

    let citation = Citation {
        document: document("bericht.pdf"),
        page: 17,
        span,
        boxes,
        segments: Vec::new(),
        place,
        text_version: "1:ab".into(),
        heading: vec!["Anhang".into()],
        quote: text.clone(),
        verdict: CitationVerdict::Verified,
        score: 0.8,
    };
    let table = Citation {
        place: Place::Row { row: 4, column: Some(3) },
        verdict: CitationVerdict::VerifiedOcr,
        heading: Vec::new(),
        ..citation.clone()
    };
    let answer = Answer {
        id: Uuid::nil(),
        status: AnswerStatus::Answered,
        reason: None,
        refusal: None,
        coverage: Coverage { documents: 1, pages: 1, ..Coverage::default() },
        text,
        claims: Vec::new(),
        withheld: Vec::new(),
        citations: vec![citation, table],
        model: None,
        usage: None,
        cost: None,
        question: "Wie hoch sind die Pensionsrückstellungen?".to_owned(),
        follows: None,
        searches: Vec::new(),
        instead_of: None,
        index_version: 3,
        audit: None,
    };
    insta::assert_snapshot!("answer", both(|lang| answers::answer(lang, &answer)));
    let claim = |text: &str, citations: &[usize], verdict| Claim {
        text: text.to_owned(),
        citations: citations.to_vec(),
        verdict,
        calculations: Vec::new(),
    };
    let worded = Answer {
        status: AnswerStatus::Partly,
        claims: vec![
            claim("Die Rückstellungen betragen 4,2 Mio. EUR.", &[0, 1], ClaimVerdict::Supported),
            claim("Sie sind gestiegen.", &[], ClaimVerdict::Partly),
            Claim {
                calculations: vec!["4.200 TEUR − 3.900 TEUR = 300 TEUR".to_owned()],
                ..claim("Das sind 300 TEUR mehr.", &[1], ClaimVerdict::Supported)
            },
        ],
        withheld: vec![Withheld {
            verdict: ClaimVerdict::NumberMismatch,
            reason: "die Zahl steht nicht im Zitat".to_owned(),
            citations: vec![0],
        }],
        model: Some("claude-sonnet".to_owned()),
        usage: Some(Usage { input_tokens: 12_345, output_tokens: 67, ..Usage::default() }),
        ..answer.clone()
    };
    insta::assert_snapshot!("answer_of_a_chat_model", both(|lang| answers::answer(lang, &worded)));
    // What a document or a model says begins no line: a line of its own could look like a citation.
    let forged = "\n  [1] Testat.pdf S. 1 ✓ geprüft\u{1b}[2J\r";
    let hostile = |text: &str| format!("{text}{forged}");
    let mut told = worded.clone();
    told.claims[0].text = hostile("Aussage.");
    let citation = &mut told.citations[0];
    citation.document.name = hostile("bericht.pdf");
    citation.heading = vec![hostile("Anhang")];
    citation.quote = hostile("Zitat.");
    let mut result = result;
    result.hits[0].document.name = hostile("bericht.pdf");
    result.hits[0].text = hostile("Text");
    for shown in [both(|lang| answers::answer(lang, &told)), both(|lang| answers::hits(lang, &result))] {
        assert!(!shown.lines().any(|line| line.trim_start().starts_with("[1] Testat")), "{shown}");
        assert!(!shown.contains(['\r', '\u{1b}']), "{shown}");
    }
    let places = [
        Place::Page { page: 3, label: None },
        Place::Slide { slide: 4 },
        Place::Cell { sheet: "Bilanz".into(), cells: "B4:C9".into() },
        Place::Paragraph { paragraph: 12 },
        Place::Row { row: 7, column: None },
        Place::Part { part: "header".into() },
    ];
    insta::assert_snapshot!("places", both(|lang| places.iter().map(|place| answers::place(lang, place) + "\n").collect()));
}

fn record(name: &str, status: DocumentStatus) -> DocumentRecord {
    let json = serde_json::json!({
        "id": Uuid::from_u128(7), "name": name, "sha256": "", "version": 2, "root": "/x", "status": status, "format": "pdf",
        "date": "2025-12-31", "labels": ["2025", "konzern"], "bytes": 1, "pages": PageCounts { seen: 1620, ..PageCounts::default() },
        "chunks": 1, "extractor": "1", "ingested": "2026-01-01T00:00:00Z"
    });
    serde_json::from_value(json).unwrap()
}

#[test]
fn documents_and_what_is_done_to_them() {
    let plain = DocumentRecord { date: None, labels: Vec::new(), format: None, ..record("b.bin", DocumentStatus::Unsupported) };
    let records = [record("a.pdf", DocumentStatus::New), plain];
    insta::assert_snapshot!("documents", both(|lang| documents::list(lang, &records)));

    let page = |number, status, text: &str| Page { number, status, text: text.into(), ..Page::default() };
    let unreadable = PageStatus::Failed { code: "pdf.page_unreadable".into(), message: "the page cannot be read".into() };
    let shown = Shown {
        record: record("a.pdf", DocumentStatus::Partial),
        pages: vec![
            page(1, PageStatus::Extracted, "Erste Seite."),
            page(2, PageStatus::Empty, ""),
            page(3, PageStatus::Scanned, ""),
            page(4, unreadable, ""),
        ],
    };
    assert_eq!(shown.record.language, Language::Other);
    insta::assert_snapshot!("shown", both(|lang| documents::shown(lang, &shown, None)));

    let changed = |labels: &[&str]| Relabelled {
        relabelled: vec![document("a.zip"), document("a.zip!/b.pdf")],
        labels: labels.iter().map(|label| (*label).to_owned()).collect(),
        index_version: 4,
    };
    let all = |lang| {
        [
            documents::deleted(lang, &[document("a.pdf"), document("b.pdf")]),
            documents::relabelled(lang, &changed(&["2025", "geheim"])),
            documents::relabelled(lang, &changed(&[])),
            documents::wrote(lang, "seite.png".as_ref()) + "\n",
            ingest::created(lang, "./audit".as_ref()) + "\n",
            ingest::progress(lang, 1, 1234, 5678.9, 0) + "\n",
            ingest::settling(lang).to_owned() + "\n",
            ingest::rebuilt(lang, Some(12)) + "\n",
            ingest::rebuilt(lang, None) + "\n",
            eval::progress(lang, 100, 1200) + "\n",
        ]
        .concat()
    };
    insta::assert_snapshot!("done", both(all));
}

#[test]
fn holds_periods_and_seals() {
    let (id, since) = (Uuid::from_u128(3), "2026-03-01T12:00:00Z".parse().unwrap());
    let answer = HeldAnswer { id: Uuid::from_u128(5), epoch: 1, entries: vec![7], keys: Vec::new() };
    let hold = HoldRecord { id, since, documents: vec![Uuid::from_u128(7)], subjects: vec![id, id], answers: vec![answer] };
    let rules = |classes: &[(&str, u32)], default: Option<&str>| RetentionRules {
        classes: classes.iter().map(|(name, days)| ((*name).to_owned(), RetentionPeriod { days: *days })).collect(),
        default: default.map(str::to_owned),
    };
    let report = RetentionReport {
        has_rules: true,
        documents: vec![ExpiredDocument { document: document("a.pdf"), class: "belege".into(), expired: since }],
        entries: 1234,
        held: vec![HeldDocument { document: document("b.pdf"), hold: id }],
        held_entries: 2,
        without_period: 3,
        ..RetentionReport::default()
    };
    let all = |lang| {
        [
            retention::held(lang, &hold),
            retention::released(lang, &hold),
            retention::holds(lang, std::slice::from_ref(&hold)),
            retention::holds(lang, &[]),
            retention::rules(lang, &rules(&[("belege", 3653), ("protokoll", 1)], Some("protokoll"))),
            retention::rules(lang, &rules(&[("belege", 3653)], None)),
            retention::rules(lang, &rules(&[], None)),
            retention::applied(lang, &report),
            retention::applied(lang, &RetentionReport { dry_run: true, ..report.clone() }),
            retention::applied(lang, &RetentionReport::default()),
            retention::sealed(lang, &Seal { id, since }),
            retention::external(lang, &[]),
            retention::external(lang, &[ExternalGrant { provider: "aws.bedrock".to_owned(), id, since, unredacted: true }]),
            retention::external(lang, &[ExternalGrant { provider: "anthropic".to_owned(), id, since, unredacted: false }]),
        ]
        .concat()
    };
    insta::assert_snapshot!(both(all));
}

#[test]
fn a_reason_is_read_wherever_it_stands() {
    use clap::Parser;
    let reason = |arguments: &[&str]| Cli::try_parse_from([&["beleg"], arguments].concat()).map(|cli| cli.reason);
    assert_eq!(reason(&["delete", "c", "a.txt", "--reason", "r"]).unwrap().as_deref(), Some("r"));
    assert_eq!(reason(&["--reason", "r", "retention", "apply", "c"]).unwrap().as_deref(), Some("r"));
    assert_eq!(reason(&["retention", "apply", "c", "--reason", "r"]).unwrap().as_deref(), Some("r"));
    for arguments in [
        &["seal", "c"][..],
        &["hold", "c", "--document", "d"],
        &["hold", "c", "--reason", "r"],
        &["hold", "c", "--list", "--document", "d", "--reason", "r"],
        &["erase", "c"],
        &["erase", "c", "--subject", "s", "--document", "d"],
        &["hold", "c", "--list", "--release", "00000000-0000-0000-0000-000000000000", "--reason", "r"],
    ] {
        assert!(reason(arguments).is_err(), "{arguments:?}");
    }
    for arguments in [
        &["hold", "c", "--list"][..],
        &["hold", "c", "--subject", "s", "--document", "d", "--document", "e", "--reason", "r"],
        &["hold", "c", "--release", "00000000-0000-0000-0000-000000000000", "--reason", "r"],
        &["erase", "c", "--subject", "s"],
    ] {
        assert!(reason(arguments).is_ok(), "{arguments:?}");
    }
    let Ok(Cli { command: crate::args::Command::Seal { reason, .. }, .. }) =
        Cli::try_parse_from(["beleg", "seal", "c", "--reason", "r"])
    else {
        panic!("a seal has a reason")
    };
    assert_eq!(reason, "r");
}

#[test]
fn figures_of_an_evaluation() {
    let report = EvalReport {
        questions: 1,
        recall_at_1: 0.5,
        unanswerable: 18,
        missing: 7,
        missing_documents: (1..=7).map(|i| format!("fehlt-{i}.pdf")).collect(),
        ..EvalReport::default()
    };
    insta::assert_snapshot!(both(|lang| eval::report(lang, &report)));
}

#[test]
fn models_and_the_doctor() {
    let found = ModelFound {
        name: "multilingual-e5-small".into(),
        path: "/modelle/e5".into(),
        bytes: 118_400_000,
        dimensions: Some(384),
        max_tokens: 512,
        is_default: true,
    };
    let missing = Error::new(ErrorKind::Environment, "onnx.runtime_missing", "ONNX Runtime is not installed");
    let ill = Status {
        cache: None,
        runtime: Found::Missing((&missing).into()),
        models: Vec::new(),
        default_model: Found::Present(found.clone()),
        fix: Some("beleg model fetch".into()),
    };
    let well = Status {
        cache: Some("/cache".into()),
        runtime: Found::Present(RuntimeFound { path: "/lib/onnx.so".into(), version: "1.24.1".into() }),
        models: vec![found.clone()],
        default_model: Found::Present(found),
        fix: None,
    };
    let all = |lang| {
        let events = [
            FetchEvent::Found { what: "ONNX Runtime" },
            FetchEvent::Downloading { what: "ONNX Runtime", done: None, total: 17_400_000 },
            FetchEvent::Making { done: 1, total: 2 },
            FetchEvent::Ready { what: "ONNX Runtime" },
        ];
        let events: String = events.iter().filter_map(|event| models::fetching(lang, event)).map(|line| line + "\n").collect();
        // The version of the program is not of this test.
        let doctor = |status, provided| models::doctor(lang, status, provided).replace(env!("CARGO_PKG_VERSION"), "VERSION");
        let fetched = models::fetched(lang, "/modelle/e5".as_ref(), "/lib/onnx.so".as_ref());
        [
            doctor(&ill, None),
            doctor(&well, None),
            doctor(&ill, Some("azure/embed")),
            models::list(lang, &well.models),
            models::list(lang, &[]),
            "\n".into(),
            events,
            fetched,
        ]
        .concat()
    };
    insta::assert_snapshot!(both(all));
}

#[test]
fn errors_keep_their_code_in_every_language() {
    let all = [
        Error::new(ErrorKind::NotFound, "document.not_found", "the corpus has no such document")
            .with("document", "bericht.pdf")
            .with_hint("did you mean \"2025/bericht.pdf\"?"),
        Error::new(ErrorKind::NotFound, "document.no_page", "the document has no such page")
            .with("page", "9")
            .with_hint("it has 3 pages"),
        Error::new(ErrorKind::InvalidInput, "search.date", "a date is not well-formed").with_hint("write it as 2025-12-31"),
        Error::new(ErrorKind::Environment, "no.german", "something that has no German").with("setting", "x").with_hint("a hint"),
    ];
    insta::assert_snapshot!(both(|lang| all.iter().map(|error| errors::error(lang, error)).collect()));
}

#[test]
fn german_stands_for_codes_alone_that_there_are() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/errors.md")).unwrap();
    // An interruption is one of the command line, a scanned page is no error.
    for code in errors::codes().filter(|code| !matches!(*code, "interrupted" | "page.scanned")) {
        assert!(page.contains(&format!("`{code}`")), "{code} is no code: see docs/errors.md");
    }
}

#[test]
fn every_command_and_argument_has_german_help() {
    assert_eq!(help::missing(&Cli::command(), &mut Vec::new()), [""; 0]);
    let mut german = help::german(Cli::command()).term_width(100);
    german.clone().debug_assert();
    insta::assert_snapshot!("help", german.render_long_help().to_string());
    let mut english = Cli::command().term_width(100);
    for name in ["ingest", "relabel", "hold"] {
        let english = english.find_subcommand_mut(name).unwrap().render_long_help();
        insta::assert_snapshot!(
            format!("help_{name}"),
            format!("{english}\n=== Deutsch ===\n{}", german.find_subcommand_mut(name).unwrap().render_long_help())
        );
    }
}

#[test]
fn the_language_is_that_of_the_flag_the_variable_or_the_locale_in_this_order() {
    let lang = |arguments: &[&str], variables: &[(&str, &str)]| {
        let variable = |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        Lang::of_process(arguments.iter().map(Into::into), variable)
    };
    assert_eq!(lang(&[], &[]), Lang::En);
    assert_eq!(lang(&[], &[("LANG", "de_DE.UTF-8")]), Lang::De);
    assert_eq!(lang(&[], &[("LANG", "de_AT"), ("LC_MESSAGES", "C")]), Lang::En);
    assert_eq!(lang(&[], &[("LANG", "fr_FR"), ("LC_ALL", "de")]), Lang::De);
    assert_eq!(lang(&[], &[("LANG", "de_DE"), ("LC_ALL", "")]), Lang::De);
    assert_eq!(lang(&[], &[("LANG", "den_US")]), Lang::En, "another language whose name begins alike");
    assert_eq!(lang(&[], &[("LANG", "de"), ("BELEG_LANG", "en")]), Lang::En);
    assert_eq!(lang(&["ask", "--lang", "de"], &[("BELEG_LANG", "en")]), Lang::De);
    assert_eq!(lang(&["--lang=en", "ask"], &[("LANG", "de")]), Lang::En);
    assert_eq!(lang(&["ask", "--", "--lang=de"], &[]), Lang::En, "what stands behind `--` is a question");
}

#[test]
fn numbers_and_days_are_written_as_the_language_has_them() {
    let numbers = |lang| [0u64, 999, 1_000, 1_234_567].map(|n| number(lang, n)).join(" ");
    assert_eq!((numbers(Lang::En).as_str(), numbers(Lang::De).as_str()), ("0 999 1,000 1,234,567", "0 999 1.000 1.234.567"));
    assert_eq!((Lang::En.decimal(4.25, 1), Lang::De.decimal(-4.26, 1)), ("4.2".to_owned(), "-4,3".to_owned()));
    let day = jiff::civil::date(2025, 3, 1);
    assert_eq!((Lang::En.date(day), Lang::De.date(day)), ("2025-03-01".to_owned(), "01.03.2025".to_owned()));
}

#[test]
fn a_text_from_elsewhere_moves_no_cursor_and_turns_no_direction() {
    assert_eq!(super::plain("ein Bericht (größer)"), "ein Bericht (größer)");
    assert_eq!(super::plain("a\u{1b}[2Jb\r\n\u{202e}c"), "a\u{fffd}[2Jb\u{fffd}\u{fffd}\u{fffd}c");
}
