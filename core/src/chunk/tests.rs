#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::{
    Result,
    tokenize::{SpecialTokens, Tokenizer},
    types::{Block, BlockKind, Cell, Page, Segment, Span},
};

/// A token a word.
struct Words;

impl Tokenizer for Words {
    fn encode(&self, text: &str, max_tokens: usize) -> Result<Vec<u32>> {
        Ok(vec![0; self.count(text)?.min(max_tokens)])
    }
    fn count(&self, text: &str) -> Result<usize> {
        Ok(text.split_whitespace().count())
    }
    fn token_ends(&self, text: &str) -> Result<Vec<u32>> {
        let end = |word: &str| (word.as_ptr() as usize - text.as_ptr() as usize + word.len()) as u32;
        Ok(text.split_whitespace().map(end).collect())
    }
    fn special_tokens(&self) -> SpecialTokens {
        SpecialTokens::default()
    }
}

/// A token a byte, and more of them the longer the text is: two texts joined have more than each alone.
struct Growing;

impl Tokenizer for Growing {
    fn encode(&self, text: &str, max_tokens: usize) -> Result<Vec<u32>> {
        Ok(vec![0; self.count(text)?.min(max_tokens)])
    }
    fn count(&self, text: &str) -> Result<usize> {
        Ok(text.len() + text.len() * text.len() / 64)
    }
    fn token_ends(&self, text: &str) -> Result<Vec<u32>> {
        // In the midst of characters, too.
        Ok((0..self.count(text)?).map(|i| (i + 1).min(text.len()) as u32).collect())
    }
    fn special_tokens(&self) -> SpecialTokens {
        SpecialTokens { before: 1, after: 1 }
    }
}

fn chunker(max_tokens: usize) -> Chunker {
    Chunker::new(Arc::new(Words), ChunkOptions { max_tokens, ..ChunkOptions::default() }).unwrap()
}

/// Pages from a notation of one block a line: `# ` heading, `- ` item, `| ` row (`|# ` header), `^ ` footnote, `~ ` running
/// header, `= ` caption, `> ` preformatted; `\` at a line's end goes on in the next line, `---` begins a page.
fn pages(notation: &str) -> Vec<Page> {
    let mut pages = Vec::new();
    for (number, page) in (1..).zip(notation.split("---\n")) {
        let mut out = Page { number, ..Page::default() };
        let mut table = 0;
        for line in page.replace("\\\n", "\u{1}").lines().map(|line| line.replace('\u{1}', "\n")).filter(|line| !line.is_empty())
        {
            let kinds = [
                ("|# ", BlockKind::TableRow { table, header: true }),
                ("| ", BlockKind::TableRow { table, header: false }),
                ("### ", BlockKind::Heading { level: 3 }),
                ("## ", BlockKind::Heading { level: 2 }),
                ("# ", BlockKind::Heading { level: 1 }),
                ("- ", BlockKind::ListItem),
                ("^ ", BlockKind::Footnote),
                ("~ ", BlockKind::RunningHeader),
                ("= ", BlockKind::Caption),
                ("> ", BlockKind::Preformatted),
            ];
            let found = kinds.into_iter().find_map(|(mark, kind)| Some((line.strip_prefix(mark)?.to_owned(), kind)));
            let (text, kind) = found.unwrap_or((line, BlockKind::Paragraph));
            if !matches!(kind, BlockKind::TableRow { .. }) {
                table += 1;
            }
            let start = out.text.len();
            let mut cells = Vec::new();
            if matches!(kind, BlockKind::TableRow { .. }) {
                for (column, cell) in text.split(" | ").enumerate() {
                    let at = out.text.len();
                    out.text.push_str(cell.trim());
                    cells.push(Cell { span: Span::new(at, out.text.len()), column: column as u32 });
                    out.text.push('\t');
                }
                out.text.pop();
            } else {
                out.text.push_str(&text);
            }
            out.blocks.push(Block { span: Span::new(start, out.text.len()), kind, anchor: None, cells });
            out.text.push('\n');
        }
        let joins = out.text.match_indices("-\n").filter(|(i, _)| out.text[i + 2..].starts_with(char::is_lowercase));
        out.joins = joins.map(|(i, _)| Span::new(i, i + 2)).collect();
        pages.push(out);
    }
    pages
}

/// As people would see it: each chunk with its places, its text, and its sentences.
fn show(chunks: &[Chunk]) -> String {
    let places = |segments: &[Segment]| -> String {
        let all: Vec<_> = segments.iter().map(|s| format!("{}:{}..{}", s.page, s.span.start, s.span.end)).collect();
        all.join(" ")
    };
    let mut out = String::new();
    for chunk in chunks {
        out += &format!("=== {} [{}] {} tokens\n{}\n", places(&chunk.core), chunk.heading.join(" / "), chunk.tokens, chunk.text);
        for sentence in &chunk.sentences {
            let mark = if sentence.embed { '+' } else { '-' };
            out += &format!(
                "  {mark}{} {} {}\n",
                sentence.speaks_for,
                places(&sentence.segments),
                sentence.text.replace('\n', " ¶ ")
            );
        }
    }
    out
}

/// What holds for the chunks of any document.
fn check(pages: &[Page], chunks: &[Chunk], tokenizer: &dyn Tokenizer, max_tokens: usize) {
    let of = |segment: &Segment| &pages.iter().find(|page| page.number == segment.page).unwrap().text[segment.span.range()];
    let mut cores: Vec<Segment> = chunks.iter().flat_map(|chunk| chunk.core.iter().copied()).collect();
    cores.sort();
    let words = |page: &Page| {
        let furniture = |at| page.blocks.iter().any(|b| b.kind.is_furniture() && b.span.range().contains(&at));
        page.text.char_indices().any(|(i, c)| !c.is_whitespace() && !furniture(i))
    };
    if pages.iter().any(words) {
        for page in pages {
            let mine: Vec<Span> = cores.iter().filter(|s| s.page == page.number).map(|s| s.span).collect();
            let end = mine.iter().fold(0, |at, span| {
                assert_eq!(at, span.start, "page {} is tiled: {mine:?}", page.number);
                assert!(span.of(&page.text).is_some());
                span.end
            });
            assert_eq!(end as usize, page.text.len(), "page {} is tiled to its end", page.number);
        }
    } else {
        assert!(chunks.is_empty());
    }
    // A footnote that stands within a sentence comes behind it.
    let note = |segment: &Segment| {
        let page = pages.iter().find(|page| page.number == segment.page).unwrap();
        page.blocks.iter().any(|b| b.kind == BlockKind::Footnote && b.span.contains(segment.span))
    };
    let firsts = chunks.iter().map(|chunk| chunk.sentences[0].segments[0]).filter(|first| !note(first));
    assert!(firsts.is_sorted(), "chunks are in order");
    for chunk in chunks {
        assert!(tokenizer.count(&chunk.text).unwrap() <= max_tokens, "the budget is kept");
        assert_eq!(tokenizer.count(&chunk.text).unwrap(), chunk.tokens as usize);
        let mut said: Vec<Segment> = chunk.sentences.iter().flat_map(|s| s.segments.iter().copied()).collect();
        said.sort();
        assert!(said.windows(2).all(|w| w[0].page < w[1].page || w[0].span.end <= w[1].span.start), "no two sentences overlap");
        for segment in &chunk.core {
            let page = pages.iter().find(|page| page.number == segment.page).unwrap();
            for (i, c) in of(segment).char_indices() {
                let at = segment.span.start + i as u32;
                let hidden = page.blocks.iter().any(|b| b.kind.is_furniture() && b.span.start <= at && at < b.span.end)
                    || page.joins.iter().any(|j| j.start <= at && at < j.end);
                let inside = said.iter().any(|s| s.page == segment.page && s.span.start <= at && at < s.span.end);
                assert!(inside || hidden || c.is_whitespace(), "{c:?} at {at} of page {} is in a sentence", segment.page);
            }
        }
        for sentence in &chunk.sentences {
            for segment in &sentence.segments {
                let inside = chunk.core.iter().any(|core| core.page == segment.page && core.span.contains(segment.span));
                assert!(inside, "a sentence lies in its chunk's core");
            }
        }
        assert_eq!(chunk.sentences.iter().map(|s| s.speaks_for as usize).sum::<usize>(), chunk.sentences.len());
    }
}

#[test]
fn sentences_end_where_a_reader_ends_them() {
    let mut wrong = Vec::new();
    for line in include_str!("testdata/sentences.txt").lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let expected: Vec<&str> = line.split(" ¦ ").collect();
        let text = expected.join(" ");
        let found: Vec<&str> = sentences(&text).into_iter().map(|range| &text[range]).collect();
        if found != expected {
            wrong.push(format!("expected {expected:?}\n   found {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn a_chunk_keeps_its_section_and_says_where_it_stands() {
    let pages = pages(include_str!("testdata/report.txt"));
    let chunks = chunker(40).chunk(&pages).unwrap();
    check(&pages, &chunks, &Words, 40);
    insta::assert_snapshot!(show(&chunks));
}

#[test]
fn a_sentence_over_a_page_break_is_whole_and_a_footnote_does_not_break_it() {
    let pages = pages(
        "~ Bericht\nDie Rückstel-\\\nlungen für Pensionen wurden nach\n^ Siehe Anlage 2.\n~ 12\n---\n~ Bericht\nversicherungsmathematischen Grundsätzen bewertet. Der Zins beträgt 2 %.\n~ 13\n",
    );
    let chunks = chunker(40).chunk(&pages).unwrap();
    check(&pages, &chunks, &Words, 40);
    assert_eq!(
        chunks[0].text,
        "Die Rückstellungen für Pensionen wurden nach versicherungsmathematischen Grundsätzen bewertet.\nSiehe Anlage 2."
    );
    // What follows it begins on the second page.
    assert_eq!((chunks[1].text.as_str(), chunks[1].core[0].page), ("Der Zins beträgt 2 %.", 2));
    assert_eq!(chunks[0].sentences[0].segments.iter().map(|s| s.page).collect::<Vec<_>>(), [1, 2]);
}

#[test]
fn a_chunk_keeps_to_its_page() {
    let pages = pages("# Lage\nDer Umsatz stieg.\n---\nDer Aufwand fiel, weil wir\n---\nweniger kauften. Mehr nicht.\n");
    let chunks = chunker(40).chunk(&pages).unwrap();
    check(&pages, &chunks, &Words, 40);
    let begins: Vec<_> = chunks.iter().map(|chunk| (chunk.core[0].page, chunk.heading.join(" "))).collect();
    assert_eq!(begins, [1, 2, 3].map(|page| (page, "Lage".to_owned())));
    // The sentence over the break is whole and belongs to the page on which it begins.
    assert_eq!(chunks[1].core.iter().map(|segment| segment.page).collect::<Vec<_>>(), [2, 3]);
}

#[test]
fn a_sentence_in_parts_does_not_swallow_the_footnote_between_them() {
    let pages = pages("Die 1.200,00 und\n^ Die\nhaftet.\n");
    let chunks = Chunker::new(Arc::new(Growing), ChunkOptions { max_tokens: 16, ..ChunkOptions::default() }).unwrap();
    check(&pages, &chunks.chunk(&pages).unwrap(), &Growing, 16);
}

#[test]
fn a_word_over_a_page_break_is_joined() {
    let pages = pages("Wir prüften die Rückstel-\n---\nlungen der Gesellschaft.\n");
    let chunks = chunker(40).chunk(&pages).unwrap();
    assert_eq!(chunks[0].text, "Wir prüften die Rückstellungen der Gesellschaft.");
    check(&pages, &chunks, &Words, 40);
}

#[test]
fn an_abbreviation_before_a_page_break_does_not_end_its_sentence() {
    let pages = pages("Die Pflicht folgt aus § 253 Abs.\n---\n1 Satz 2 HGB und der Satzung.\n");
    let chunks = chunker(40).chunk(&pages).unwrap();
    assert_eq!(chunks[0].sentences.len(), 1);
}

#[test]
fn rows_name_their_columns_and_each_chunk_of_a_table_its_header() {
    let rows: String = (0..30).map(|i| format!("| {} | Konto {i} | {i}.000,00\n", 1200 + i)).collect();
    let pages = pages(&format!("# Salden\n|# Konto | Bezeichnung | Saldo\n{rows}"));
    let chunks = chunker(32).chunk(&pages).unwrap();
    check(&pages, &chunks, &Words, 32);
    assert!(chunks.len() > 2);
    assert!(chunks.iter().all(|chunk| chunk.text.starts_with("Salden\nKonto Bezeichnung Saldo\n1")), "{}", show(&chunks));
    assert!(chunks[1].sentences.iter().all(|s| s.text.starts_with("Konto: 12")));
    assert!(chunks.iter().all(|chunk| chunk.text.lines().count() >= 5), "no chunk is left of a row");
}

#[test]
fn rows_of_long_tables_get_no_vector() {
    let pages = pages("|# a | b\n| 1 | 2\n| 3 | 4\n| 5 | 6\n");
    let options = ChunkOptions { table_rows: 3, ..ChunkOptions::default() };
    let chunks = Chunker::new(Arc::new(Words), options).unwrap().chunk(&pages).unwrap();
    assert!(chunks[0].sentences.iter().all(|s| !s.embed));
}

#[test]
fn a_heading_is_never_the_last_of_its_chunk() {
    let text = "eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf.";
    let pages = pages(&format!("# A\n{text}\n## B\n{text}\n{text}\n### C\n{text}\n# D\n{text}\n"));
    let chunks = chunker(16).chunk(&pages).unwrap();
    check(&pages, &chunks, &Words, 16);
    for chunk in &chunks {
        let last = chunk.sentences.last().unwrap();
        assert!(!["A", "B", "C", "D"].contains(&last.text.as_str()), "{}", show(&chunks));
    }
    assert_eq!(chunks.last().unwrap().heading, ["D"]);
}

#[test]
fn overlap_repeats_whole_sentences() {
    let text: String = (0..20).map(|i| format!("Satz {i} hat fünf Wörter. ")).collect();
    let pages = pages(&text);
    let options = ChunkOptions { max_tokens: 20, overlap_tokens: 5, ..ChunkOptions::default() };
    let chunks = Chunker::new(Arc::new(Words), options).unwrap().chunk(&pages).unwrap();
    check(&pages, &chunks, &Words, 20);
    for pair in chunks.windows(2) {
        let last = pair[0].text.rsplit("Satz").next().unwrap();
        assert!(pair[1].text.starts_with(&format!("Satz{last}")), "{}", show(&chunks));
    }
}

#[test]
fn chunks_come_while_a_document_is_read_and_are_those_of_the_whole() {
    let pages = pages(&"Ein Satz, der auf jeder Seite steht und nicht endet, weil die\n---\n".repeat(200));
    let mut document = chunker(32).document();
    let mut words = 0;
    let mut chunks = Vec::new();
    for page in &pages {
        words += page.text.split_whitespace().count();
        chunks.extend(document.push(page).unwrap());
        let seen: usize = chunks.iter().map(|chunk| chunk.tokens as usize).sum();
        assert!(words - seen < 4_000, "what waits is bounded");
    }
    assert!(chunks.len() > 10);
    chunks.extend(document.finish().unwrap());
    assert_eq!(chunks, chunker(32).chunk(&pages).unwrap());
    check(&pages, &chunks, &Words, 32);
}

#[test]
fn short_items_are_embedded_together_and_quoted_alone() {
    let pages = pages("Risiken sind:\n- Zinsen\n- Währung\n- Lieferanten\n");
    let chunks = chunker(40).chunk(&pages).unwrap();
    let said: Vec<_> = chunks[0].sentences.iter().map(|s| (s.text.as_str(), s.embed, s.speaks_for)).collect();
    let expected =
        [("Risiken sind:", true, 1), ("Zinsen\nWährung\nLieferanten", true, 3), ("Währung", false, 0), ("Lieferanten", false, 0)];
    assert_eq!(said, expected);
}

#[test]
fn documents_without_words_have_no_chunks() {
    for text in ["", "   ", "~ Bericht\n---\n~ 2\n"] {
        assert_eq!(chunker(16).chunk(&pages(text)).unwrap(), []);
    }
}

#[test]
fn a_budget_too_small_for_anything_is_refused() {
    let options = ChunkOptions { max_tokens: 3, ..ChunkOptions::default() };
    assert_eq!(Chunker::new(Arc::new(Words), options).err().unwrap().code(), "chunk.max_tokens");
}

#[test]
fn a_word_without_end_is_cut_into_pieces() {
    let pages = vec![Page { number: 1, text: "ä".repeat(2_000), ..Page::default() }];
    let options = ChunkOptions { max_tokens: 64, ..ChunkOptions::default() };
    let chunks = Chunker::new(Arc::new(Growing), options).unwrap().chunk(&pages).unwrap();
    assert!(chunks.iter().all(|chunk| chunk.tokens <= 64));
    assert_eq!(chunks.iter().map(|chunk| chunk.text.as_str()).collect::<String>(), pages[0].text);
}

#[test]
fn spans_that_lie_do_no_harm() {
    let block = |start, end| Block { span: Span { start, end }, kind: BlockKind::Paragraph, anchor: None, cells: Vec::new() };
    let mut page = Page { number: 1, text: "Größe über alles. Ende".to_owned(), ..Page::default() };
    page.blocks = vec![block(5, 3), block(0, 3), block(2, 9), block(4, 900), block(12, 15)];
    page.joins = vec![Span { start: 3, end: 3 }, Span { start: 7, end: 900 }, Span { start: 1, end: 2 }];
    chunker(16).chunk([&page]).unwrap();
}

fn block() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "Die",
        "Bank",
        "z. B.",
        "haftet.",
        "für",
        "1.200,00",
        "EUR.",
        "Rück-\\\nstellung",
        "und",
        "§ 253",
        "Abs.",
        "2",
        "\u{200b}",
        "Ende?",
        "ß",
        "überlangeswortohneende",
        "a)",
        "  ",
        "…",
        "„Ja.“",
        "漢字。",
        "-",
    ]);
    let mark = prop::sample::select(vec!["# ", "## ", "### ", "", "", "", "- ", "|# ", "| ", "| ", "^ ", "~ ", "= ", "> "]);
    (mark, prop::collection::vec(word, 1..40)).prop_map(|(mark, words)| format!("{mark}{}\n", words.join(" ")))
}

fn document() -> impl Strategy<Value = String> {
    let page = prop::collection::vec(block(), 0..12).prop_map(|blocks| blocks.concat());
    prop::collection::vec(page, 1..5).prop_map(|pages| pages.join("---\n"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn every_document_is_tiled_within_the_budget(notation in document(), max_tokens in 16usize..80, overlap in 0usize..8) {
        let pages = pages(&notation);
        let options = ChunkOptions { max_tokens, overlap_tokens: overlap, table_rows: 4, ..ChunkOptions::default() };
        for tokenizer in [Arc::new(Words) as Arc<dyn Tokenizer>, Arc::new(Growing)] {
            let chunker = Chunker::new(Arc::clone(&tokenizer), options.clone()).unwrap();
            let chunks = chunker.chunk(&pages).unwrap();
            check(&pages, &chunks, tokenizer.as_ref(), max_tokens);
            prop_assert_eq!(&chunks, &chunker.chunk(&pages).unwrap());
        }
    }

    #[test]
    fn a_sentence_of_prose_is_the_reading_text_of_its_span(words in prop::collection::vec("[A-Za-zäöüß]{1,8}[.,]?(-\n|\n| |  )", 1..60)) {
        let text: String = words.concat();
        let joins = text.match_indices("-\n").map(|(i, _)| Span::new(i, i + 2)).collect();
        let page = Page { number: 1, text, joins, ..Page::default() };
        let chunks = chunker(400).chunk([&page]).unwrap();
        for sentence in chunks.iter().flat_map(|chunk| &chunk.sentences) {
            prop_assert_eq!(&sentence.text, &page.reading_text(sentence.segments[0].span));
        }
        let all: Vec<&str> = chunks.iter().flat_map(|chunk| &chunk.sentences).map(|s| s.text.as_str()).collect();
        prop_assert_eq!(all.join(" "), page.reading_text(Span::new(0, page.text.len())));
    }

    #[test]
    fn sentences_cover_all_that_is_not_white_space(text in "\\PC{0,200}|[a-zA-Z0-9.!?…()„“ §\n]{0,300}") {
        let found = sentences(&text);
        let mut at = 0;
        for range in &found {
            prop_assert!(text[at..range.start].trim().is_empty());
            prop_assert_eq!(text[range.clone()].trim(), &text[range.clone()]);
            prop_assert!(!range.is_empty());
            at = range.end;
        }
        prop_assert!(text[at..].trim().is_empty());
    }
}
