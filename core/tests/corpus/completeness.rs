use std::sync::Arc;

use beleg::{
    corpus::{Engine, EngineOptions, IngestOptions, IngestReport},
    document::Limits,
    types::{DocumentStatus, PageCounts},
};

use crate::{
    files,
    support::{Place, found, line, model, options},
};

/// Whatever can become of a document.
fn all_kinds(place: &Place) {
    place.put("gut.txt", "Das Gutwort.");
    place.put("leer.txt", "");
    place.put("bild.png", b"\x89PNG\r\n\x1a\n0000");
    place.put(".DS_Store", "x");
    place.put("scan.pdf", files::pdf_of(&[files::SCAN.to_owned()]));
    place.put(
        "gemischt.pdf",
        files::pdf_of(&["BT /F1 12 Tf 72 700 Td (Das Mischwort.) Tj ET".into(), files::SCAN.into(), String::new()]),
    );
    place.put("kaputt.pdf", "%PDF-1.7\nnichts weiter");
    place.put("archiv.zip", files::encrypted(files::zip(&[("geheim.txt", b"x"), ("offen.txt", b"Das Offenwort.")])));
}

fn check_sums(report: &IngestReport) {
    let mut pages = PageCounts::default();
    for document in &report.documents {
        let p = document.pages;
        assert_eq!(p.seen, p.extracted + p.empty + p.scanned + p.failed, "{}", document.name);
        assert_eq!(document.unread.len() as u32, p.scanned + p.failed, "{}: each unread page is named", document.name);
        pages += p;
    }
    let t = &report.totals;
    assert_eq!(t.pages, pages);
    assert_eq!(t.documents as usize, report.documents.len());
    assert_eq!(t.documents, t.new + t.unchanged + t.updated + t.partial + t.failed + t.unsupported + t.encrypted + t.ignored);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_report_adds_up_and_a_search_says_the_same() {
    use DocumentStatus::{Encrypted, Failed, Ignored, New, Partial, Unchanged, Unsupported};
    let place = Place::new();
    all_kinds(&place);
    let corpus = place.open().await;
    let expected = [
        (".DS_Store", Ignored),
        ("archiv.zip", New),
        ("archiv.zip!/geheim.txt", Encrypted),
        ("archiv.zip!/offen.txt", New),
        ("bild.png", Unsupported),
        ("gemischt.pdf", Partial),
        ("gut.txt", New),
        ("kaputt.pdf", Failed),
        ("leer.txt", Failed),
        ("scan.pdf", Failed),
    ];
    let first = place.ingest(&corpus).await;
    // The second time tells the same of what could not be read.
    let second = place.ingest(&corpus).await;
    for (report, whole) in [(first, New), (second, Unchanged)] {
        let statuses: Vec<_> = report.documents.iter().map(|d| (d.name.as_str(), d.status)).collect();
        assert_eq!(statuses, expected.map(|(name, status)| (name, if status == New { whole } else { status })));
        check_sums(&report);
        for document in &report.documents {
            let complete = matches!(document.status, New | Unchanged | Ignored | Partial);
            assert_eq!(document.error.is_none(), complete, "{}", document.name);
        }
        assert_eq!(line(&report, "gemischt.pdf").pages, PageCounts { seen: 3, extracted: 1, empty: 1, scanned: 1, failed: 0 });
        let failed: Vec<_> = report.failed().map(|d| d.name.as_str()).collect();
        assert_eq!(failed, ["archiv.zip!/geheim.txt", "gemischt.pdf", "kaputt.pdf", "leer.txt", "scan.pdf"]);

        let coverage = corpus.search("Gutwort", Default::default()).await.unwrap().coverage;
        let t = &report.totals;
        assert_eq!(coverage.documents, t.new + t.unchanged + t.partial);
        assert_eq!((coverage.pages, coverage.unread_pages), (t.pages.extracted, t.pages.scanned + t.pages.failed));
        assert_eq!((coverage.failed, coverage.unsupported, coverage.pending), (t.failed + t.encrypted, t.unsupported, 0));
        assert_eq!(coverage, corpus.coverage().await.unwrap());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_failed_is_read_again_when_asked_and_nothing_else_is() {
    let place = Place::new();
    place.put("gut.txt", "Das Gutwort.");
    let sheets: Vec<[&[&str]; 1]> = vec![[&["Erstblatt"]], [&["Zweitblatt"]], [&["Drittblatt"]], [&["Viertblatt"]]];
    place.put("mappe.xlsx", files::xlsx(&sheets.iter().map(|sheet| &sheet[..]).collect::<Vec<_>>()));
    // Enough for two of the four sheets.
    let limits = Limits { text_bytes: 25, ..Limits::default() };
    let narrow = Engine::new(Arc::new(model()), EngineOptions { limits, ..options() }).unwrap();
    let corpus = place.open_with(&narrow).await;
    let report = place.ingest(&corpus).await;
    check_sums(&report);
    let partial = line(&report, "mappe.xlsx");
    assert_eq!((partial.status, partial.error.as_ref().unwrap().code.as_str()), (DocumentStatus::Partial, "limit.text"));
    assert_eq!((found(&corpus, "Zweitblatt").await.len(), found(&corpus, "Viertblatt").await.len()), (1, 0));

    let corpus = place.open().await;
    let report = place.ingest(&corpus).await;
    assert_eq!(
        (line(&report, "mappe.xlsx").status, report.chunks),
        (DocumentStatus::Partial, 0),
        "it is not read again by itself"
    );

    let report = corpus.ingest(place.documents(), IngestOptions { retry: true, ..IngestOptions::default() }).await.unwrap();
    assert_eq!(
        (line(&report, "gut.txt").status, line(&report, "mappe.xlsx").status),
        (DocumentStatus::Unchanged, DocumentStatus::Updated)
    );
    assert_eq!(line(&report, "mappe.xlsx").pages.extracted, 4);
    for word in ["Erstblatt", "Zweitblatt", "Drittblatt", "Viertblatt", "Gutwort"] {
        assert_eq!(found(&corpus, word).await.len(), 1, "{word}");
    }
    assert_eq!(corpus.coverage().await.unwrap().unread_pages, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_failed_inside_an_archive_is_read_again_when_asked() {
    let place = Place::new();
    let sheets: Vec<[&[&str]; 1]> = vec![[&["Erstblatt"]], [&["Zweitblatt"]], [&["Drittblatt"]]];
    let book = files::xlsx(&sheets.iter().map(|sheet| &sheet[..]).collect::<Vec<_>>());
    place.put("a.zip", files::zip(&[("mappe.xlsx", &book)]));
    let limits = Limits { pages: 1, ..Limits::default() };
    let narrow = Engine::new(Arc::new(model()), EngineOptions { limits, ..options() }).unwrap();
    place.ingest(&place.open_with(&narrow).await).await;
    let corpus = place.open().await;
    let report = corpus.ingest(place.documents(), IngestOptions { retry: true, ..IngestOptions::default() }).await.unwrap();
    assert_eq!(line(&report, "a.zip!/mappe.xlsx").status, DocumentStatus::Updated);
    assert_eq!(found(&corpus, "Drittblatt").await, ["a.zip!/mappe.xlsx"]);
}
