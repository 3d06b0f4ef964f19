//! A claim of a chat model against the passages that it was shown: its quotes first, then what it says.

use std::collections::HashMap;

use jiff::civil::Date;

use super::{
    Evidence,
    claim::{ClaimChecker, ClaimInput, ClaimOptions, ClaimReport, Reason},
    draft::DraftClaim,
    number::Standing,
    quote::{DocumentPage, Found, Passage, QuoteIndex, QuoteMatch},
};
use crate::types::{CitationVerdict, ClaimVerdict, Language, Segment};

/// A passage as it was shown, and what gives it its meaning.
#[derive(Debug, Clone, Default)]
pub struct ShownPassage<'a> {
    /// Its text and where that is stored.
    pub passage: Passage<'a>,
    /// The headings above it.
    pub context: String,
    /// The names of the columns, for rows of a table.
    pub header: Option<String>,
    /// Name and title of its document.
    pub document: String,
    /// The day that the document bears.
    pub date: Option<Date>,
    /// What it is written in.
    pub language: Language,
}

/// Vectors of texts, of length 1, by the text; of one embedding model.
pub type TextVectors = HashMap<String, Vec<f32>>;

/// Likeness from which a sentence counts as what a quote means that stands nowhere. Sentences of one document that say different
/// things have .80 in the middle and up to .89.
const PARAPHRASE: f32 = 0.90;

/// Checks the claims of one answer.
pub struct Checker<'a> {
    quotes: QuoteIndex<'a>,
    claims: ClaimChecker,
    shown: Vec<ShownPassage<'a>>,
    question: &'a str,
    language: Language,
    /// The claim whose quotes were looked up last, and what became of them.
    last: Option<(DraftClaim, Vec<QuoteMatch>)>,
}

/// What was found out about a claim.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Checked {
    /// What it says.
    pub text: String,
    /// Whether its citations bear it out, what speaks against it, and what became of its figures.
    #[serde(flatten)]
    pub report: ClaimReport,
    /// What was found out about each citation, in their order.
    pub citations: Vec<CheckedCitation>,
}

/// What was found out about a citation.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct CheckedCitation {
    /// The passage that was cited, counted from 0.
    pub passage: usize,
    /// Whether the words stand there.
    pub verdict: CitationVerdict,
    /// The stored bytes, part by part, when they do; of a paraphrase the sentence that means the same.
    pub parts: Vec<Vec<Segment>>,
    /// The whole sentences that they stand in, when they do, and the claim is not supported.
    #[serde(skip)]
    pub sentences: Vec<Segment>,
}

impl<'a> Checker<'a> {
    /// For answers to `question`. `pages` are those of the passages' documents that are at hand.
    pub fn new(
        shown: Vec<ShownPassage<'a>>,
        pages: impl IntoIterator<Item = DocumentPage<'a>>,
        question: &'a str,
        language: Language,
    ) -> Self {
        let passages: Vec<_> = shown.iter().map(|shown| shown.passage.clone()).collect();
        let quotes = QuoteIndex::new(&passages).with_pages(pages);
        Self { quotes, claims: ClaimChecker::new(), shown, question, language, last: None }
    }

    /// The language of question and answer.
    pub fn language(&self) -> Language {
        self.language
    }

    /// The texts whose vectors would help to judge a claim: where its evidence is in another language, and where a quote stands nowhere.
    /// Most claims need none.
    pub fn compares(&mut self, claim: &DraftClaim) -> Vec<String> {
        let mut texts = Vec::new();
        let matches = self.matches(claim);
        for (citation, found) in claim.citations.iter().zip(&matches) {
            let passage = passage_of(citation.passage);
            match found {
                QuoteMatch::Verified(found) if self.shown.get(passage).is_some_and(|shown| shown.language != self.language) => {
                    texts.push(claim.text.clone());
                    texts.extend(self.quotes.sentences(found));
                }
                QuoteMatch::NotFound { .. } if passage < self.shown.len() => {
                    texts.push(citation.quote.clone());
                    texts.extend(self.quotes.sentences_of(passage).map(str::to_owned));
                }
                _ => {}
            }
        }
        self.last = Some((claim.clone(), matches));
        texts
    }

    /// What became of each quote of a claim.
    fn matches(&mut self, claim: &DraftClaim) -> Vec<QuoteMatch> {
        match self.last.take() {
            Some((last, matches)) if last == *claim => matches,
            _ => claim.citations.iter().map(|citation| self.quotes.find(passage_of(citation.passage), &citation.quote)).collect(),
        }
    }

    /// Checks a claim. Only quotes that stand in the passage that they are cited from count for it; a paraphrase is said to be one and
    /// counts for nothing. `vectors` are those of [`Checker::compares`], as far as the caller has them.
    pub fn check(&mut self, claim: &DraftClaim, vectors: &TextVectors) -> Checked {
        let alike = |a: &str, b: &str| likeness(vectors.get(a)?, vectors.get(b)?);
        let mut citations = Vec::with_capacity(claim.citations.len());
        let mut texts = Vec::new();
        for (citation, found) in claim.citations.iter().zip(self.matches(claim)) {
            let passage = passage_of(citation.passage);
            let (verdict, parts) = match found {
                QuoteMatch::Verified(found) => {
                    texts.extend(self.texts(passage, &found));
                    (CitationVerdict::Verified, found.parts)
                }
                QuoteMatch::Misattributed(_) => (CitationVerdict::Misattributed, Vec::new()),
                QuoteMatch::NotFound { .. } => {
                    let alike = |a: &str, b: &str| alike(a, b).unwrap_or(-1.0);
                    match self.quotes.paraphrase(passage, &citation.quote, PARAPHRASE, alike) {
                        Some(paraphrase) => (CitationVerdict::Paraphrase, vec![paraphrase.segments]),
                        None => (CitationVerdict::NotFound, Vec::new()),
                    }
                }
            };
            citations.push(CheckedCitation { passage, verdict, parts, sentences: Vec::new() });
        }
        let evidence: Vec<Evidence<'_>> = texts
            .iter()
            .map(|(passage, quote, sentence)| {
                let shown = &self.shown[*passage];
                Evidence {
                    quote,
                    sentence,
                    context: &shown.context,
                    header: shown.header.as_deref(),
                    document: &shown.document,
                    date: shown.date,
                    language: shown.language,
                }
            })
            .collect();
        let across = evidence.iter().filter(|evidence| evidence.language != self.language);
        let similarity = across.filter_map(|evidence| alike(&claim.text, evidence.sentence)).max_by(f32::total_cmp);
        let input =
            ClaimInput { claim: &claim.text, language: self.language, question: self.question, evidence: &evidence, similarity };
        let report = self.claims.check(&input, &ClaimOptions::default());
        if report.verdict != ClaimVerdict::Supported {
            for citation in citations.iter_mut().filter(|citation| citation.verdict.is_verified()) {
                citation.sentences = self.quotes.stored_sentences(citation.passage, &citation.parts).unwrap_or_default();
            }
        }
        Checked { text: claim.text.clone(), report, citations }
    }

    /// A passage with what was found in it and the sentences around.
    fn texts(&self, passage: usize, found: &Found) -> Option<(usize, String, String)> {
        Some((passage, self.quotes.text(found)?, self.quotes.sentences(found)?))
    }
}

/// The place of a passage by its number; one that there is not when it has none.
fn passage_of(number: i64) -> usize {
    usize::try_from(number).ok().and_then(|number| number.checked_sub(1)).unwrap_or(usize::MAX)
}

/// The cosine of two vectors of length 1; `None` when they are not of one model.
fn likeness(a: &[f32], b: &[f32]) -> Option<f32> {
    (a.len() == b.len() && !a.is_empty()).then(|| a.iter().zip(b).map(|(a, b)| a * b).sum())
}

impl Checked {
    /// Whether its citations bear it out.
    pub fn verdict(&self) -> ClaimVerdict {
        self.report.verdict
    }

    /// How its figures were computed from cited ones.
    pub fn calculations(&self) -> Vec<String> {
        self.report.figures.iter().filter_map(|figure| figure.expression.as_ref()).map(ToString::to_string).collect()
    }

    /// Why it is not handed out, in a few words of `language` and none of its own.
    pub fn reason(&self, language: Language) -> String {
        let is_english = language == Language::En;
        let Some(reason) = self.report.reasons.first() else { return String::new() };
        let (en, de) = match reason {
            Reason::NoEvidence if self.citations.is_empty() => ("it cites nothing", "sie zitiert nichts"),
            Reason::NoEvidence if self.citations.iter().any(|citation| citation.verdict == CitationVerdict::Misattributed) => {
                ("its quote stands elsewhere than cited", "ihr Zitat steht anderswo als angegeben")
            }
            Reason::NoEvidence if self.citations.iter().any(|citation| citation.verdict == CitationVerdict::Paraphrase) => {
                ("its quote is in words of its own", "ihr Zitat steht da in anderen Worten")
            }
            Reason::NoEvidence => ("its quote stands in no passage", "ihr Zitat steht in keiner Passage"),
            Reason::Figure { figure } => match self.report.figures.get(*figure).map(|figure| figure.standing) {
                Some(Standing::NotQuoted) => ("a figure is not part of the quote", "eine Zahl gehört nicht zum Zitat"),
                Some(Standing::PeriodDiffers) => {
                    ("a figure belongs to another period", "eine Zahl gehört zu einem anderen Zeitraum")
                }
                Some(Standing::SignDiffers) => ("a figure has the other sign", "eine Zahl hat das andere Vorzeichen"),
                Some(Standing::UnitUnproven | Standing::UnitDiffers) => {
                    ("the unit of a figure is not borne out", "die Einheit einer Zahl ist nicht belegt")
                }
                Some(Standing::BoundDiffers) => ("a figure is a limit there", "eine Zahl ist dort eine Grenze"),
                Some(Standing::AskedOnly) => ("a figure comes from the question alone", "eine Zahl kommt nur aus der Frage"),
                _ => ("a figure stands in no quote", "eine Zahl steht in keinem Zitat"),
            },
            Reason::FigureOfOther { .. } => ("a figure belongs to something else", "eine Zahl gehört zu etwas anderem"),
            Reason::Negation { .. } => ("one of claim and quote is negated", "Aussage oder Zitat ist verneint"),
            Reason::Opposite { .. } => ("the quote says the contrary", "das Zitat sagt das Gegenteil"),
            Reason::Entity { .. } => ("a name stands in no quote", "ein Name steht in keinem Zitat"),
            Reason::LegalForm { .. } => {
                ("a company has another legal form there", "eine Gesellschaft hat dort eine andere Rechtsform")
            }
            Reason::Exchanged { .. } | Reason::Order => ("words are exchanged", "Wörter sind vertauscht"),
            Reason::Words { .. } => ("it says more than its quote", "sie sagt mehr als ihr Zitat"),
            Reason::Modality { .. } => (
                "what is planned or possible stands as a fact, or the reverse",
                "Geplantes oder Mögliches steht als Tatsache da, oder umgekehrt",
            ),
            Reason::Quantity { .. } => ("it speaks of another share", "sie spricht von einem anderen Anteil"),
            Reason::Time { .. } => ("it speaks of another time", "sie spricht von einer anderen Zeit"),
            Reason::Scattered => ("its words stand there, but not together", "ihre Wörter stehen dort, aber nicht beieinander"),
            Reason::Markup => (
                "it has a link, markup or hidden characters that its quote has not",
                "sie hat einen Verweis, Auszeichnung oder verborgene Zeichen, die ihr Zitat nicht hat",
            ),
            Reason::TooLong => ("it is too long for one claim", "sie ist für eine Aussage zu lang"),
            Reason::Language => (
                "it cannot be compared with a quote in another language",
                "sie ist mit einem Zitat in anderer Sprache nicht zu vergleichen",
            ),
        };
        (if is_english { en } else { de }).to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        answer::{DraftCitation, quote::PassagePart},
        types::Span,
    };

    const PAGE: &str =
        "Die Pensionsrückstellungen betragen zum 31. Dezember 2025 insgesamt 4.200 TEUR. Das Darlehen wird nicht verlängert.";

    fn check(text: &str, citations: &[(i64, &str)]) -> Checked {
        let part =
            |from: usize, to: usize| PassagePart { segment: Segment { page: 1, span: Span::new(from, to) }, page_text: PAGE };
        let middle = PAGE.find(" Das").unwrap();
        let shown = |part| ShownPassage {
            passage: Passage { document: 0, parts: vec![part] },
            language: Language::De,
            ..ShownPassage::default()
        };
        let shown = vec![shown(part(0, middle)), shown(part(middle + 1, PAGE.len()))];
        let citations = citations.iter().map(|(passage, quote)| DraftCitation { passage: *passage, quote: (*quote).to_owned() });
        let claim = DraftClaim { citations: citations.collect(), text: text.to_owned() };
        Checker::new(shown, [], "Wie hoch sind die Pensionsrückstellungen?", Language::De).check(&claim, &TextVectors::new())
    }

    #[test]
    fn a_quote_in_other_words_is_said_to_be_a_paraphrase_and_bears_nothing_out() {
        let part = PassagePart { segment: Segment { page: 1, span: Span::new(0, PAGE.len()) }, page_text: PAGE };
        let shown = ShownPassage {
            passage: Passage { document: 0, parts: vec![part] },
            language: Language::De,
            ..ShownPassage::default()
        };
        let quote = "Das Darlehen läuft aus und wird nicht fortgeführt.";
        let text = "Das Darlehen wird nicht verlängert.";
        let claim = DraftClaim { citations: vec![DraftCitation { passage: 1, quote: quote.to_owned() }], text: text.to_owned() };
        let mut checker = Checker::new(vec![shown], [], "Was ist mit dem Darlehen?", Language::De);
        let sentence = "Das Darlehen wird nicht verlängert.";
        let asked = checker.compares(&claim);
        assert!(asked.iter().any(|asked| asked == quote) && asked.iter().any(|asked| asked == sentence), "{asked:?}");
        let vectors = |x: f32| {
            let of = |text: &String| {
                let x = if text == quote || text == sentence { x } else { 0.0 };
                (text.clone(), if text == quote { vec![1.0, 0.0] } else { vec![x, (1.0 - x * x).sqrt()] })
            };
            asked.iter().map(of).collect::<TextVectors>()
        };
        let checked = checker.check(&claim, &vectors(0.95));
        assert_eq!((checked.verdict(), checked.citations[0].verdict), (ClaimVerdict::Unsupported, CitationVerdict::Paraphrase));
        assert_eq!(checked.citations[0].parts[0][0].span.of(PAGE), Some(sentence));
        assert_eq!(checked.reason(Language::De), "ihr Zitat steht da in anderen Worten");
        for vectors in [vectors(0.85), TextVectors::new()] {
            let checked = checker.check(&claim, &vectors);
            assert_eq!(checked.citations[0].verdict, CitationVerdict::NotFound);
        }
        // What stands there needs no vectors.
        let exact =
            DraftClaim { citations: vec![DraftCitation { passage: 1, quote: sentence.to_owned() }], text: text.to_owned() };
        assert_eq!(checker.compares(&exact), [""; 0]);
    }

    #[test]
    fn a_claim_rests_on_the_quotes_that_stand_where_they_are_cited_from() {
        const CLAIM: &str = "Die Pensionsrückstellungen betragen zum 31. Dezember 2025 4.200 TEUR.";
        let good = check(CLAIM, &[(1, "betragen zum 31. Dezember 2025 insgesamt 4.200 TEUR")]);
        assert_eq!((good.verdict(), good.reason(Language::De).as_str()), (ClaimVerdict::Supported, ""));
        let [citation] = &good.citations[..] else { panic!("one") };
        assert_eq!(citation.parts[0][0].span.of(PAGE), Some("betragen zum 31. Dezember 2025 insgesamt 4.200 TEUR"));
        for (citations, verdict, reason) in [
            (&[][..], None, "sie zitiert nichts"),
            (
                &[(2, "betragen zum 31. Dezember 2025 insgesamt 4.200 TEUR")],
                Some(CitationVerdict::Misattributed),
                "ihr Zitat steht anderswo als angegeben",
            ),
            (&[(1, "betragen insgesamt 4.200 TEUR")], Some(CitationVerdict::NotFound), "ihr Zitat steht in keiner Passage"),
            (&[(-1, "insgesamt 4.200 TEUR")], Some(CitationVerdict::NotFound), "ihr Zitat steht in keiner Passage"),
            (&[(i64::MAX, "insgesamt 4.200 TEUR")], Some(CitationVerdict::NotFound), "ihr Zitat steht in keiner Passage"),
        ] {
            let checked = check(CLAIM, citations);
            assert_eq!(checked.verdict(), ClaimVerdict::Unsupported, "{citations:?}");
            assert_eq!(checked.citations.first().map(|citation| citation.verdict), verdict);
            assert_eq!(checked.reason(Language::De), reason);
        }
    }

    #[test]
    fn a_true_quote_does_not_carry_a_false_claim_and_the_reason_has_no_word_of_it() {
        let quote = (1, "betragen zum 31. Dezember 2025 insgesamt 4.200 TEUR");
        for (claim, reason) in [
            ("Die Pensionsrückstellungen betragen zum 31. Dezember 2025 4.300 TEUR.", "a figure stands in no quote"),
            ("Die Pensionsrückstellungen betragen zum 31. Dezember 2025 nicht 4.200 TEUR.", "one of claim and quote is negated"),
            (
                "Die Pensionsrückstellungen der Nordbank AG betragen zum 31. Dezember 2025 4.200 TEUR.",
                "a name stands in no quote",
            ),
        ] {
            let checked = check(claim, &[quote]);
            assert_ne!(checked.verdict(), ClaimVerdict::Supported, "{claim}");
            assert_eq!(checked.reason(Language::En), reason, "{:?}", checked.report);
        }
        // The quote leaves out what turns it round.
        let checked = check("Das Darlehen wird verlängert.", &[(2, "Das Darlehen wird")]);
        assert_ne!(checked.verdict(), ClaimVerdict::Supported);
    }
}
