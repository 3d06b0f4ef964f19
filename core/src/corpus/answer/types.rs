use uuid::Uuid;

use super::super::search::{Filter, PlacedSegment};
use crate::{
    provider::{Cost, Usage},
    record::AuditRef,
    types::{CitationVerdict, ClaimVerdict, Coverage, DocumentRef, Place, Span},
};

/// How to ask.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AskOptions {
    /// Passages at most: without a chat model quotes, 3 by default; with one what it may draw on, 8 by default.
    pub passages: Option<usize>,
    /// What to search in.
    pub filter: Filter,
    /// Who words the answer.
    pub chat: ChatChoice,
    /// What becomes of claims that their citations do not bear out.
    pub policy: ClaimPolicy,
    /// The caller's answer that the question goes on from, by its id: with a chat model the question is rewritten to stand alone, from
    /// what both said as it stands on record.
    pub follows: Option<Uuid>,
    /// Searches at most, 1 by default and 5 at most: a question of several parts is split by the chat model.
    pub searches: Option<usize>,
    /// Answers with quotes alone when the chat model fails before anything of it was handed out.
    pub or_quotes: bool,
    /// Hands out the model's text as it comes, marked as unchecked and without citations ([`AnswerEvent::Draft`]); each claim follows
    /// once it is checked.
    pub draft: bool,
}

/// Who words an answer.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChatChoice {
    /// The first chat model of the engine; nobody when it has none.
    #[default]
    First,
    /// Nobody: the answer consists of quotes.
    Nobody,
    /// The chat model of that name.
    Named(String),
}

/// What becomes of claims that their citations do not bear out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClaimPolicy {
    /// They are withheld.
    #[default]
    Strict,
    /// They are handed out with their verdict. Quotes that do not stand in the documents are withheld all the same.
    Flag,
}

/// What became of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AnswerStatus {
    /// All of it is answered.
    Answered,
    /// Some of it is answered.
    Partly,
    /// Nothing relevant enough was found.
    NotFound,
    /// It was not answered for another reason.
    Refused,
}

/// Why a question was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Refusal {
    /// It asks for something of all rows of a table, and passages are a few of them.
    NeedsAggregation,
    /// Nothing that the chat model answered is borne out.
    NotBorneOut,
    /// The chat model declined.
    Declined,
}

/// An answer with its evidence. Without a chat model it consists of quotes alone.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Answer {
    /// Its id.
    pub id: Uuid,
    /// What was answered: the question as it was asked, or rewritten to stand alone.
    #[serde(default)]
    pub question: String,
    /// The answer that the question goes on from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follows: Option<Uuid>,
    /// What was searched for beside the question.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub searches: Vec<String>,
    /// What became of the question.
    pub status: AnswerStatus,
    /// Why it was not answered; in the language of the question.
    pub reason: Option<String>,
    /// The same for programs, when it was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<Refusal>,
    /// How much it could draw on.
    pub coverage: Coverage,
    /// The answer.
    pub text: String,
    /// What it claims, each with its evidence.
    pub claims: Vec<Claim>,
    /// What was withheld because it could not be verified.
    pub withheld: Vec<Withheld>,
    /// The evidence.
    pub citations: Vec<Citation>,
    /// The chat model that answered, when there was one.
    pub model: Option<String>,
    /// The code of the error for which another model than the first one answered, or none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instead_of: Option<String>,
    /// Its tokens, those included that it took to plan the search.
    pub usage: Option<Usage>,
    /// What they cost, when there is a price.
    pub cost: Option<Cost>,
    /// The version of the index.
    pub index_version: u64,
    /// Its place in the audit log; `None` without one.
    pub audit: Option<AuditRef>,
}

/// One claim of an answer.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Claim {
    /// What is claimed.
    pub text: String,
    /// Places in [`Answer::citations`].
    pub citations: Vec<usize>,
    /// Whether the citations bear it out.
    pub verdict: ClaimVerdict,
    /// How figures that stand in no citation were computed from those that do, recomputed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub calculations: Vec<String>,
}

/// A claim that was not handed out.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Withheld {
    /// What its citations came to.
    pub verdict: ClaimVerdict,
    /// Why, in the language of the question; without the claim's words.
    pub reason: String,
    /// Places in [`Answer::citations`] of the sentences that it quotes from, of quotes that stand where it says: what the documents say, in
    /// place of what was made of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub citations: Vec<usize>,
}

/// A quote, checked against the stored text.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Citation {
    /// The document.
    pub document: DocumentRef,
    /// The page it begins on.
    pub page: u32,
    /// Where on that page.
    pub span: Span,
    /// Boxes around it.
    pub boxes: Vec<[f32; 4]>,
    /// All of it.
    pub segments: Vec<PlacedSegment>,
    /// Where a reader finds it in the original.
    pub place: Place,
    /// What its spans point into.
    pub text_version: String,
    /// The headings above it.
    pub heading: Vec<String>,
    /// The words, byte for byte.
    pub quote: String,
    /// Whether the words stand there.
    pub verdict: CitationVerdict,
    /// What the passage was ranked by.
    pub score: f32,
}
