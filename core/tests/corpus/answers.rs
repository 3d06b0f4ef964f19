use std::collections::BTreeSet;

use beleg::{
    chunk::{ChunkOptions, Chunker},
    corpus::{AnswerStatus, AskOptions, Corpus, Filter, Mode, ShowOptions},
    embed::EmbeddingModel,
    types::{CitationVerdict, Span},
};

use crate::{
    files,
    support::{Place, hits, model, search},
};

/// One document of each format; the word `<format>wort` stands in it alone.
fn all_formats(place: &Place) {
    place.put(
        "a.txt",
        "Vermerk über die Prüfung.\n\nDas Textwort steht hier. Ein zweiter Satz – mit „Zeichen“ aus mehreren Bytes: 5 €.\n",
    );
    place.put("b.md", "# Überschrift\n\nDas Markdownwort ist *hervorgehoben*.\n\n- Punkt eins\n- Punkt zwei\n\n| A | B |\n|---|---|\n| 1 | 2 |\n");
    place.put("c.html", "<html><body><h1>Titel</h1><p>Das Htmlwort &auml;ndert sich.</p><table><tr><td>x</td><td>y</td></tr></table></body></html>");
    place.put("d.csv", "Konto;Bezeichnung;Saldo\n1000;Csvwort;12,50\n1200;Bank;7,00\n");
    place.put("e.json", r#"{"buchung": {"text": "Jsonwort", "betrag": 12.5}, "liste": [1, 2, 3]}"#);
    place.put("f.xml", "<?xml version='1.0'?><buchung><text>Xmlwort</text><betrag>12</betrag></buchung>");
    place.put(
        "g.eml",
        files::eml(
            "Saldenbestaetigung",
            "Das Mailwort steht in der Nachricht.",
            &[("anlage.txt", "Das Anlagewort steht im Anhang.")],
        ),
    );
    place.put("h.zip", files::zip(&[("ordner/innen.txt", "Das Archivwort steht im Archiv.".as_bytes())]));
    place.put("i.pdf", files::pdf(&["Das Pdfwort steht auf Seite eins.", "Das Seitenwort steht auf Seite zwei."]));
    place.put("j.docx", files::docx(&["Das Wordwort steht im ersten Absatz.", "Ein zweiter Absatz folgt."]));
    place.put("k.xlsx", files::xlsx(&[&[&["Konto", "Text"], &["1000", "Excelwort"]], &[&["Zweites", "Blattwort"]]]));
}

const WORDS: [(&str, &str); 13] = [
    ("Textwort", "a.txt"),
    ("Markdownwort", "b.md"),
    ("Htmlwort", "c.html"),
    ("Csvwort", "d.csv"),
    ("Jsonwort", "e.json"),
    ("Xmlwort", "f.xml"),
    ("Mailwort", "g.eml"),
    ("Anlagewort", "g.eml!/anlage.txt"),
    ("Archivwort", "h.zip!/ordner/innen.txt"),
    ("Pdfwort", "i.pdf"),
    ("Seitenwort", "i.pdf"),
    ("Wordwort", "j.docx"),
    ("Excelwort", "k.xlsx"),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_question_that_names_its_document_is_answered_from_it() {
    let place = Place::new();
    for name in ["1/Mietvertrag Logistikhalle.txt", "2/Wartungsvertrag Anlagen.txt", "3/Rahmenvertrag.txt"] {
        place.put(name, "Das Vertragsverhaeltnis endet am 30. Juni 2034.\n");
    }
    let corpus = place.open().await;
    place.ingest(&corpus).await;
    for (question, name) in [
        ("Wann endet laut Wartungsvertrag das Vertragsverhaeltnis?", "2/Wartungsvertrag Anlagen.txt"),
        ("Wann endet laut Mietvertrag das Vertragsverhaeltnis?", "1/Mietvertrag Logistikhalle.txt"),
    ] {
        assert_eq!(hits(&corpus, question, Filter::default()).await[0].document.name, name, "{question}");
    }
}

async fn page_text(corpus: &Corpus, document: &str, page: u32) -> String {
    corpus.show(document, ShowOptions { page: Some(page) }).await.unwrap().pages.remove(0).text
}

#[tokio::test(flavor = "multi_thread")]
async fn every_quote_is_the_stored_text_byte_for_byte_in_every_format() {
    let place = Place::new();
    all_formats(&place);
    let corpus = place.open().await;
    let report = place.ingest(&corpus).await;
    assert_eq!((report.totals.new, report.totals.documents), (13, 13), "{:?}", report.documents);
    for (word, name) in WORDS {
        let answer = corpus.ask(word, AskOptions { passages: Some(20), ..AskOptions::default() }).await.unwrap();
        assert_eq!(answer.status, AnswerStatus::Answered);
        let best = &answer.citations[0];
        assert_eq!(best.document.name, name, "{word}");
        assert!(best.quote.contains(word), "{word} in {:?}", best.quote);
        assert_eq!((answer.claims.len(), best.verdict), (answer.citations.len(), CitationVerdict::Verified));
        for citation in &answer.citations {
            let mut parts = Vec::new();
            for segment in &citation.segments {
                let text = page_text(&corpus, &citation.document.name, segment.page).await;
                // `of` is `None` when a span cuts a character.
                parts.push(segment.span.of(&text).expect("on character boundaries").to_owned());
            }
            assert_eq!(parts.join("\n"), citation.quote);
            assert_eq!((citation.page, citation.span), (citation.segments[0].page, citation.segments[0].span));
            assert!(citation.text_version.ends_with(&citation.document.sha256));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_is_in_the_index_from_its_first_byte_to_its_last() {
    let place = Place::new();
    all_formats(&place);
    let long: String = (0..400).map(|i| format!("Satz Nummer {i} über Rückstellungen und Verbindlichkeiten. ")).collect();
    place.put("lang.txt", long);
    let corpus = place.open().await;
    place.ingest(&corpus).await;
    let chunker = Chunker::new(model().tokenizer(), ChunkOptions::default()).unwrap();
    for record in corpus.documents().await.unwrap().into_iter().filter(|record| record.chunks > 0) {
        let name = record.document.name;
        let pages = corpus.show(&name, ShowOptions::default()).await.unwrap().pages;
        let chunks = chunker.chunk(&pages).unwrap();
        assert_eq!(chunks.len(), record.chunks as usize, "{name}");
        // The cores tile each page.
        for page in &pages {
            let mut spans: Vec<Span> =
                chunks.iter().flat_map(|chunk| &chunk.core).filter(|s| s.page == page.number).map(|s| s.span).collect();
            spans.sort_unstable();
            let end = spans.iter().fold(0, |at, span| {
                assert_eq!(span.start, at, "{name}: a gap or an overlap on page {}", page.number);
                span.end
            });
            assert_eq!(end as usize, page.text.len(), "{name}: page {}", page.number);
        }
        // And the index holds all of them.
        let filter = Filter { documents: vec![name.clone()], ..Filter::default() };
        let found: BTreeSet<_> =
            search(&corpus, "alles", 100, Mode::Dense, filter).await.into_iter().map(|hit| (hit.page, hit.span.start)).collect();
        let text = |page: u32| &pages[page as usize - 1].text;
        let expected: BTreeSet<_> = chunks
            .iter()
            .map(|chunk| {
                let first = chunk.core.iter().find(|s| !s.span.of(text(s.page)).unwrap().trim().is_empty()).unwrap();
                let own = first.span.of(text(first.page)).unwrap();
                (first.page, first.span.start + (own.len() - own.trim_start().len()) as u32)
            })
            .collect();
        assert_eq!(found, expected, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hit_says_what_it_was_found_by_and_is_found_by_meaning_and_by_words() {
    let place = Place::new();
    all_formats(&place);
    let corpus = place.open().await;
    place.ingest(&corpus).await;
    for mode in [Mode::Hybrid, Mode::Dense, Mode::Text] {
        let hits = search(&corpus, "Pdfwort", 5, mode, Filter::default()).await;
        assert_eq!(hits[0].document.name, "i.pdf", "{mode:?}");
        assert_eq!(
            (hits[0].ranks.dense.is_some(), hits[0].ranks.text.is_some()),
            (mode != Mode::Text, mode != Mode::Dense),
            "{mode:?}"
        );
    }
    let hits = hits(&corpus, "Pdfwort", Filter::default()).await;
    assert!(!hits[0].boxes.is_empty(), "a PDF says where on the page");
    assert!(hits.windows(2).all(|pair| pair[0].score >= pair[1].score));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_to_an_empty_corpus_is_not_found_and_no_error() {
    let place = Place::new();
    let corpus = place.open().await;
    let answer = corpus.ask("Wie hoch ist der Saldo?", AskOptions::default()).await.unwrap();
    assert_eq!((answer.status, answer.citations.len(), answer.index_version), (AnswerStatus::NotFound, 0, 0));
    assert_eq!(answer.reason.as_deref(), Some("In 0 lesbaren Seiten nicht gefunden."));
}
