//! Hits and answers.

use std::fmt::Write;

use beleg::{
    corpus::{Answer, AnswerEvent, Claim, SearchResult, Withheld},
    provider::WaitReason,
    types::{CitationVerdict, ClaimVerdict, Coverage, Place},
};

use super::{Lang, plain};
use crate::output::{BOLD, CYAN, DIM, GREEN, YELLOW, styled};

/// Longest passage shown of a hit, in characters.
const SHOWN: usize = 300;

pub(crate) fn hits(lang: Lang, result: &SearchResult) -> String {
    let mut text = String::new();
    for (i, hit) in result.hits.iter().enumerate() {
        let heading =
            if hit.heading.is_empty() { String::new() } else { styled(DIM, format!("  {}", plain(&hit.heading.join(" > ")))) };
        let place = styled(CYAN, plain(&place(lang, &hit.place)));
        let _ = writeln!(text, "{:>2}. {} {place}{heading}", i + 1, styled(BOLD, plain(&hit.document.name)));
        let folded = hit.text.split_whitespace().collect::<Vec<_>>().join(" ");
        let short: String = folded.chars().take(SHOWN).collect();
        let dots = if short.len() < folded.len() { " …" } else { "" };
        let _ = writeln!(text, "    {}{dots}", plain(&short));
        let s = &hit.scores;
        let [score, dense, sentence] = [hit.score, s.dense, s.sentence].map(|value| lang.decimal(value.into(), 3));
        let words = lang.decimal(s.text.into(), 1);
        let scores = match lang {
            Lang::En => format!("score {score}  dense {dense}  sentence {sentence}  text {words}"),
            Lang::De => format!("Wertung {score}  Bedeutung {dense}  Satz {sentence}  Wörter {words}"),
        };
        let _ = writeln!(text, "    {}\n", styled(DIM, scores));
    }
    let _ = writeln!(text, "{}", styled(DIM, covered(lang, &result.coverage)));
    text
}

pub(crate) fn answer(lang: Lang, answer: &Answer) -> String {
    let mut text = String::new();
    // In the language of the question, by the library.
    if let Some(reason) = &answer.reason {
        let _ = writeln!(text, "{}", styled(YELLOW, reason));
    }
    if answer.follows.is_some() {
        let _ = writeln!(
            text,
            "{}",
            styled(DIM, format!("{}: {}", lang.pick("understood as", "verstanden als"), plain(&answer.question)))
        );
    }
    if let (None, Some(code)) = (&answer.model, &answer.instead_of) {
        let _ = writeln!(
            text,
            "{}",
            styled(
                YELLOW,
                lang.pick("⚠ quotes instead of an answer of the chat model", "⚠ Zitate statt einer Antwort des Sprachmodells")
                    .to_owned()
                    + &format!(" ({code})")
            )
        );
    }
    // Quotes alone are shown once, as citations.
    if answer.model.is_some() {
        for claim in &answer.claims {
            let _ = writeln!(text, "{}", self::claim(lang, claim));
        }
        for withheld in &answer.withheld {
            let _ = writeln!(text, "{}", self::withheld(lang, withheld));
        }
        let _ = writeln!(text);
    }
    for (i, citation) in answer.citations.iter().enumerate() {
        for line in citation.quote.lines() {
            let _ = writeln!(text, "{} {}", styled(CYAN, "▌"), plain(&line.replace('\t', "  │  ")));
        }
        let _ = writeln!(
            text,
            "  {} {} {} {}",
            styled(BOLD, format!("[{}]", i + 1)),
            styled(BOLD, plain(&citation.document.name)),
            styled(CYAN, plain(&place(lang, &citation.place))),
            match citation.verdict.is_verified() {
                true => styled(GREEN, format!("✓ {}", verdict(lang, citation.verdict))),
                false => styled(YELLOW, format!("≈ {}", verdict(lang, citation.verdict))),
            },
        );
        let (start, end, page) = (citation.span.start, citation.span.end, citation.page);
        let mut where_ = match lang {
            Lang::En => format!("bytes {start}..{end} of page {page}"),
            Lang::De => format!("Bytes {start}..{end} von Seite {page}"),
        };
        if !citation.heading.is_empty() {
            let _ = write!(where_, "  ·  {}", plain(&citation.heading.join(" > ")));
        }
        let _ = writeln!(text, "  {}\n", styled(DIM, where_));
    }
    let _ = writeln!(text, "{}", styled(DIM, covered(lang, &answer.coverage)));
    if let Some(model) = &answer.model {
        let mut by = lang.pick("in the words of", "in den Worten von").to_owned() + " " + model;
        if let Some(usage) = answer.usage {
            let [input, output] = [usage.input_tokens, usage.output_tokens].map(|n| super::number(lang, n));
            let _ = write!(by, "; {input} + {output} {}", lang.pick("tokens", "Token"));
        }
        if let Some(cost) = &answer.cost {
            let usd = cost.usd.trim_end_matches('0').trim_end_matches('.');
            let usd = if lang == Lang::De { usd.replace('.', ",") } else { usd.to_owned() };
            let _ = write!(by, "; {usd} US$");
        }
        let _ = writeln!(text, "{}", styled(DIM, by));
    }
    if let Some(audit) = &answer.audit {
        let (id, index) = (answer.id, super::number(lang, audit.index));
        let on_record = match lang {
            Lang::En => format!("answer {id}, entry {index} of the log"),
            Lang::De => format!("Antwort {id}, Eintrag {index} des Protokolls"),
        };
        let _ = writeln!(text, "{}", styled(DIM, on_record));
    }
    text
}

/// What is said while an answer comes.
pub(crate) fn event(lang: Lang, event: &AnswerEvent) -> Option<String> {
    let told = match event {
        AnswerEvent::Waiting { seconds, why } => {
            let why = match why {
                WaitReason::RateLimit => lang.pick("limit of tokens a minute", "Grenze der Token je Minute"),
                WaitReason::Concurrency => lang.pick("other requests", "andere Anfragen"),
                _ => lang.pick("next try", "nächster Versuch"),
            };
            match lang {
                Lang::En => format!("waiting for {seconds} s at most: {why}"),
                Lang::De => format!("warte höchstens {seconds} s: {why}"),
            }
        }
        AnswerEvent::Switched { model, because, .. } if model.is_empty() => match lang {
            Lang::En => format!("the chat model failed ({because}): quotes alone"),
            Lang::De => format!("das Sprachmodell hat versagt ({because}): nur Zitate"),
        },
        AnswerEvent::Switched { provider, model, because } => match lang {
            Lang::En => format!("the chat model failed ({because}): asking {model} ({provider})"),
            Lang::De => format!("das Sprachmodell hat versagt ({because}): frage {model} ({provider})"),
        },
        _ => return None,
    };
    Some(styled(DIM, told))
}

/// A claim with the numbers of its citations, and a verdict that is not good.
fn claim(lang: Lang, claim: &Claim) -> String {
    let numbers: String = claim.citations.iter().map(|place| format!(" [{}]", place + 1)).collect();
    let mark = match claim.verdict {
        ClaimVerdict::Supported => String::new(),
        verdict => styled(YELLOW, format!(" ⚠ {}", claim_verdict(lang, verdict))),
    };
    let calculations: String = claim.calculations.iter().map(|told| format!("\n    {}", styled(DIM, plain(told)))).collect();
    // A line of its own could look like a citation.
    format!(
        "{}{}{mark}{calculations}",
        plain(&claim.text.split_whitespace().collect::<Vec<_>>().join(" ")),
        styled(CYAN, numbers)
    )
}

fn withheld(lang: Lang, withheld: &Withheld) -> String {
    let what = lang.pick("withheld", "zurückgehalten");
    let numbers: String = withheld.citations.iter().map(|place| format!(" [{}]", place + 1)).collect();
    format!("{}{}", styled(YELLOW, format!("⚠ {what}: {}", withheld.reason)), styled(CYAN, numbers))
}

fn claim_verdict(lang: Lang, verdict: ClaimVerdict) -> &'static str {
    match verdict {
        ClaimVerdict::Supported => lang.pick("supported", "belegt"),
        ClaimVerdict::Partly => lang.pick("supported in part", "teilweise belegt"),
        ClaimVerdict::Unsupported => lang.pick("not supported", "nicht belegt"),
        ClaimVerdict::NumberMismatch => lang.pick("a figure differs", "eine Zahl weicht ab"),
        other => other.name(),
    }
}

fn verdict(lang: Lang, verdict: CitationVerdict) -> &'static str {
    match verdict {
        CitationVerdict::Verified => lang.pick("verified", "geprüft"),
        CitationVerdict::VerifiedOcr => lang.pick("verified against recognised text", "geprüft am erkannten Text"),
        CitationVerdict::Paraphrase => lang.pick("in other words", "in anderen Worten"),
        other => other.name(),
    }
}

/// Where a reader finds a passage.
pub(crate) fn place(lang: Lang, place: &Place) -> String {
    let page = lang.pick("p.", "S.");
    match place {
        Place::Page { page: n, label: Some(label) } => format!("{page} {n} ({label})"),
        Place::Page { page: n, label: None } => format!("{page} {n}"),
        Place::Slide { slide } => format!("{} {slide}", lang.pick("slide", "Folie")),
        Place::Cell { sheet, cells } => format!("{sheet}!{cells}"),
        Place::Paragraph { paragraph } => format!("{} {paragraph}", lang.pick("¶", "Absatz")),
        Place::Row { row, column: Some(column) } => {
            format!("{} {row}, {} {column}", lang.pick("row", "Zeile"), lang.pick("column", "Spalte"))
        }
        Place::Row { row, column: None } => format!("{} {row}", lang.pick("row", "Zeile")),
        Place::Part { part } => part.clone(),
    }
}

/// How much was searched, and what could not be.
fn covered(lang: Lang, coverage: &Coverage) -> String {
    let Coverage { documents, pages, unread_pages, failed, unsupported, pending, .. } = *coverage;
    let documents = lang.count(documents, ("document", "documents"), ("Dokument", "Dokumenten"));
    let pages = lang.count(pages, ("page", "pages"), ("Seite", "Seiten"));
    let mut text = match lang {
        Lang::En => format!("searched {pages} of {documents}"),
        Lang::De => format!("durchsucht: {pages} aus {documents}"),
    };
    for (n, en, de) in [
        (unread_pages, ("page could not be read", "pages could not be read"), ("Seite nicht lesbar", "Seiten nicht lesbar")),
        (failed, ("document failed", "documents failed"), ("Dokument fehlerhaft", "Dokumente fehlerhaft")),
        (
            unsupported,
            ("document of another kind", "documents of another kind"),
            ("Dokument anderer Art", "Dokumente anderer Art"),
        ),
        (pending, ("document still to come", "documents still to come"), ("Dokument folgt noch", "Dokumente folgen noch")),
    ] {
        if n > 0 {
            let _ = write!(text, "; {}", lang.count(n, en, de));
        }
    }
    text
}
