//! Whether a sentence of a model's answer says what its verified quotes say.
//!
//! A genuine quote proves nothing when it stands beside a false sentence. So a claim is compared with its evidence: its figures, units
//! and periods; negation, direction and other opposites; companies, persons and other names; how sure it is and of how much; and
//! whether its words stand there at all. Doubt is never in the claim's favour: a claim that is wrongly supported costs
//! more than one that is wrongly withheld.

mod agents;
mod align;
mod bilingual;
mod coverage;
mod figures;
mod forms;
mod judge;
mod logic;
mod markup;
mod shape;
#[cfg(test)]
mod tests;
mod words;

use std::sync::Arc;

use align::Alignment;
use coverage::{Coverage, Finder};
use shape::Shape;
use words::{Reader, Word};

use super::{
    evidence::{self, Evidence},
    number::{self, CitedFigures, FigureReader, FigureReport, Standing},
};
pub use crate::types::ClaimVerdict;
use crate::types::Language;

/// Longest claim, in bytes.
const LONGEST: usize = 4000;

/// A sentence of an answer, and what it cites.
#[derive(Debug, Clone, Copy, Default)]
pub struct ClaimInput<'a> {
    /// The sentence.
    pub claim: &'a str,
    /// What it is written in.
    pub language: Language,
    /// The question that it answers, standing alone.
    pub question: &'a str,
    /// Its verified quotes.
    pub evidence: &'a [Evidence<'a>],
    /// How much the claim is like its evidence, by sentence vectors (cosine), when the caller has that. It is asked for where the two
    /// are in different languages and word cannot be compared with word; nowhere does it suffice alone.
    pub similarity: Option<f32>,
}

/// What is asked of a claim.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ClaimOptions {
    /// Share of a claim's words, by weight, that may stand nowhere in its evidence.
    pub missing: f32,
    /// What a word counts that stands in the question alone, of one that stands nowhere.
    pub asked: f32,
    /// Words that may stand nowhere, however long the claim is: nouns and names count one and a half.
    pub missing_most: f32,
    /// How close together the claim's words stand in the evidence at least: their share of the words of the shortest stretch that
    /// has them all. What is gathered from all over a sentence may be said of something else in each place.
    pub density: f32,
    /// The same share across languages, of the words that the lexicon knows.
    pub missing_across: f32,
    /// Words that may stand nowhere across languages, however long the claim is.
    pub missing_most_across: f32,
    /// Likeness from which a claim in another language than its evidence may be supported when the lexicon knows too few of its words.
    pub similarity: f32,
}

impl Default for ClaimOptions {
    fn default() -> Self {
        Self {
            missing: 0.15,
            asked: 0.5,
            missing_most: 1.0,
            density: 0.4,
            missing_across: 0.15,
            missing_most_across: 2.0,
            similarity: 0.88,
        }
    }
}

/// What was found against a claim.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
#[non_exhaustive]
pub enum Reason {
    /// It cites nothing.
    NoEvidence,
    /// It is longer than 4,000 bytes: no sentence.
    TooLong,
    /// A figure is not borne out; see the report at this place.
    Figure {
        /// The place in [`ClaimReport::figures`].
        figure: usize,
    },
    /// A figure stands in the evidence, of something else.
    FigureOfOther {
        /// The place in [`ClaimReport::figures`].
        figure: usize,
    },
    /// One of the two is negated.
    Negation {
        /// Whether it is the claim.
        claim: bool,
    },
    /// The evidence says the contrary of a word.
    Opposite {
        /// The claim's word.
        claim: String,
        /// The evidence's.
        evidence: String,
    },
    /// A name stands nowhere.
    Entity {
        /// As the claim writes it.
        text: String,
    },
    /// A company of this name has another legal form.
    LegalForm {
        /// As the claim writes it.
        text: String,
    },
    /// A word stands in the place of another.
    Exchanged {
        /// The claim's words.
        claim: String,
        /// The evidence's.
        evidence: String,
    },
    /// Words stand nowhere.
    Words {
        /// As the claim writes them.
        missing: Vec<String>,
    },
    /// One of the two is a plan, a possibility or a duty, the other a fact.
    Modality {
        /// The word that makes the difference.
        word: String,
        /// Whether it is the claim's.
        claim: bool,
    },
    /// One of the two speaks of all, most, some or only some of something.
    Quantity {
        /// The word that makes the difference.
        word: String,
        /// Whether it is the claim's.
        claim: bool,
    },
    /// One of the two says before, after or since a time.
    Time {
        /// The word that makes the difference.
        word: String,
        /// Whether it is the claim's.
        claim: bool,
    },
    /// The claim gathers its words from all over the evidence.
    Scattered,
    /// Names stand in another order: who does and whom it is done to may be exchanged.
    Order,
    /// A link, an image, a tag or an address that stands in no evidence, or characters that are not seen.
    Markup,
    /// Claim and evidence are in different languages and too few words could be compared.
    Language,
}

/// The verdict on a claim, and what it rests on.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct ClaimReport {
    /// Whether it may be handed out.
    pub verdict: ClaimVerdict,
    /// What was found against it; empty when it is supported.
    pub reasons: Vec<Reason>,
    /// Its figures, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub figures: Vec<FigureReport>,
    /// Share of its words, by weight, that the evidence has.
    pub coverage: f32,
}

/// Checks claims, and remembers the words that it has seen: keep one a thread.
pub struct ClaimChecker {
    reader: Reader,
    figures: FigureReader,
}

impl Default for ClaimChecker {
    fn default() -> Self {
        Self::new()
    }
}

impl ClaimChecker {
    /// Reads the lists of words, some 15 ms which the first check takes otherwise.
    pub fn prepare() {
        bilingual::lexicon();
    }

    /// A checker that has seen nothing yet.
    pub fn new() -> Self {
        Self { reader: Reader::new(), figures: FigureReader::default() }
    }

    /// The verdict on one claim.
    pub fn check(&mut self, input: &ClaimInput, options: &ClaimOptions) -> ClaimReport {
        let refused = |reason| ClaimReport {
            verdict: ClaimVerdict::Unsupported,
            reasons: vec![reason],
            figures: Vec::new(),
            coverage: 0.0,
        };
        if input.evidence.is_empty() {
            return refused(Reason::NoEvidence);
        }
        if input.claim.len() > LONGEST {
            return refused(Reason::TooLong);
        }
        let read = evidence::read(input.evidence);
        let evidence = evidence::as_read(input.evidence, &read);
        let question = evidence::shortened(input.question);
        let input = &ClaimInput { evidence: &evidence, question, ..*input };
        let found = number::figures(input.claim, input.language);
        let asked = self.figures.of(input.question, input.language);
        let cited = CitedFigures::new(input.evidence, &mut self.figures);
        let checked = number::check(input.claim, &found, input.language, &asked, input.evidence, &cited);
        let claim = self.reader.words(input.claim, input.language, &found);
        let texts: Vec<Text> = input.evidence.iter().map(|evidence| self.read(evidence)).collect();
        let question = self.reader.text(input.question, input.language, Some(&asked));

        let mut against: Vec<(ClaimVerdict, Reason)> = Vec::new();
        if markup::unproven(input.claim, input.evidence) {
            against.push((ClaimVerdict::Unsupported, Reason::Markup));
        }
        for (i, (report, _)) in checked.iter().enumerate().filter(|(_, (report, _))| !report.standing.holds()) {
            let soft = matches!(report.standing, Standing::NotQuoted | Standing::UnitUnproven | Standing::AskedOnly);
            against.push((if soft { ClaimVerdict::Partly } else { ClaimVerdict::NumberMismatch }, Reason::Figure { figure: i }));
        }
        let finder = Finder::new(input.language, &texts, &question);
        let proven = figures::direction(&claim, &checked, &cited);
        let coverage = Coverage::of(&claim, &finder, &checked, proven);
        let alignments = texts.iter().map(|text| Alignment::new(&claim, &text.words)).collect();
        let (claim, question, texts, figures) = (&claim[..], &question[..], &texts[..], &checked[..]);
        let compared = Compared {
            input,
            claim,
            question,
            texts,
            figures,
            cited: &cited,
            finder: &finder,
            coverage: &coverage,
            alignments,
            proven,
        };
        figures::bound_to_others(&compared, &mut against);
        if let Some(shape) = Shape::of(claim, &coverage, texts, &finder)
            && shape.density < options.density
        {
            against.push((ClaimVerdict::Partly, Reason::Scattered));
        }
        logic::compare(&compared, &mut against);
        agents::exchanged(&compared, &mut against);
        judge::exchanged(&compared, &mut against);
        judge::names(&compared, &mut against);
        judge::words(&compared, options, &mut against);

        let verdict = against.iter().map(|(verdict, _)| *verdict).max().unwrap_or(ClaimVerdict::Supported);
        ClaimReport {
            verdict,
            reasons: against.into_iter().map(|(_, reason)| reason).collect(),
            figures: checked.into_iter().map(|(report, _)| report).collect(),
            coverage: coverage.share(),
        }
    }

    fn read(&mut self, evidence: &Evidence) -> Text {
        let text = evidence.sentence;
        let figures = self.figures.of(text, evidence.language);
        let words = self.reader.text(text, evidence.language, Some(&figures));
        let mut context = Vec::new();
        for text in [evidence.context, evidence.header.unwrap_or_default(), evidence.document] {
            context.extend_from_slice(&self.reader.text(text, evidence.language, None));
        }
        Text { words, context, length: text.len(), language: evidence.language }
    }
}

/// A claim and its evidence, read, with what was found so far.
struct Compared<'a> {
    input: &'a ClaimInput<'a>,
    claim: &'a [Word],
    question: &'a [Word],
    texts: &'a [Text],
    /// The claim's figures, each with the place of the one in `cited` that bears it out.
    figures: &'a [(FigureReport, Option<usize>)],
    cited: &'a CitedFigures<'a>,
    finder: &'a Finder<'a>,
    coverage: &'a Coverage,
    /// One for each text.
    alignments: Vec<Alignment>,
    /// Whether figures prove the direction that the claim speaks of.
    proven: bool,
}

impl Compared<'_> {
    /// Whether some of the evidence is in another language than the claim.
    fn crosses(&self) -> bool {
        self.texts.iter().any(|text| self.finder.crosses(text))
    }

    /// A word of the claim as it is written.
    fn written(&self, word: &Word) -> String {
        self.input.claim.get(word.range.clone()).unwrap_or_default().to_owned()
    }
}

/// One piece of evidence, read.
struct Text {
    /// In bytes.
    length: usize,
    /// The words of its sentences.
    words: Arc<[Word]>,
    /// Those of headings, names of columns, name of the document.
    context: Vec<Word>,
    language: Language,
}
