use std::{borrow::Cow, collections::BTreeSet, fmt, ops::Range, sync::Arc};

use sha2::{Digest, Sha256};

use super::{
    classifier::ClassifierOptions,
    dictionary::Dictionary,
    find::{self, Candidate},
    kind::Kind,
    lexicon::{Classes, LEXICON, LISTS},
    pattern::Pattern,
    placeholder::{self, Labels, Read},
    pseudonyms::{Known, Name, Pseudonyms},
    settings::RedactSettings,
    words::{Words, is_trace},
};
use crate::{
    Error, ErrorKind, Result,
    provider::{ChatMessage, ChatPassage, ChatRequest},
};

/// Changes whenever the same settings find something else.
const VERSION: u32 = 2;

/// What [`Redactor::redact_request`] adds to the instructions of a request in which placeholders stand.
pub const INSTRUCTION: &str = "Expressions in square brackets such as [PERSON_1] or [IBAN_2b] are placeholders for confidential values. \
    Each placeholder is one value; [PERSON_1b] is another spelling of [PERSON_1]. Copy them exactly as they are, never guess or explain what \
    they stand for, and never make up new ones.";

/// Takes personal data out of texts. Immutable; one serves every conversation.
pub struct Redactor {
    settings: RedactSettings,
    own: Dictionary<Kind>,
    patterns: Vec<Pattern>,
    finder: Option<Arc<dyn NameFinder>>,
    identity: String,
}

/// A piece of personal data in a text.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Finding {
    /// Bytes of the text.
    pub span: Range<usize>,
    /// What it is.
    pub kind: Kind,
}

/// Finds names that rules and lists do not, such as a token classifier.
pub trait NameFinder: Send + Sync {
    /// What it is, weights and thresholds included: part of [`Redactor::identity`].
    fn identity(&self) -> &str;

    /// The spans of names, of whatever kind of [`Kind`] its labels mean.
    ///
    /// # Errors
    /// Its own. A text whose names could not be looked for is not sent.
    fn find(&self, text: &str) -> Result<Vec<NamedSpan>>;

    /// As [`NameFinder::find`], of each of the texts, in their order.
    ///
    /// # Errors
    /// As [`NameFinder::find`].
    fn find_all(&self, texts: &[&str]) -> Result<Vec<Vec<NamedSpan>>> {
        texts.iter().map(|text| self.find(text)).collect()
    }
}

/// A span that a [`NameFinder`] found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedSpan {
    /// Bytes of the text.
    pub span: Range<usize>,
    /// What it is.
    pub kind: Kind,
}

impl Redactor {
    /// Compiles settings.
    ///
    /// # Errors
    /// `redact.pattern` and `redact.empty_pattern` for a pattern that cannot be used; `redact.label` for a list or a pattern whose kind is
    /// `LITERAL`, which is the placeholders' own.
    pub fn new(settings: RedactSettings) -> Result<Self> {
        let mut own = Dictionary::default();
        let kinds = settings.lists.iter().map(|list| &list.kind).chain(settings.patterns.iter().map(|pattern| &pattern.kind));
        for kind in kinds {
            // A kind of one's own can be made without the check of its label.
            if *kind == Kind::Literal || Kind::from_label(kind.label())? != *kind {
                return Err(Error::new(
                    ErrorKind::InvalidInput,
                    "redact.label",
                    "a list or pattern has a kind that is no kind of its own",
                )
                .with("kind", kind.label()));
            }
        }
        for list in &settings.lists {
            list.terms.iter().for_each(|term| own.add(term, list.kind.clone()));
        }
        let patterns = settings.patterns.iter().map(Pattern::new).collect::<Result<_>>()?;
        let mut redactor = Self { settings, own, patterns, finder: None, identity: String::new() };
        redactor.identity = redactor.digest()?;
        Ok(redactor)
    }

    /// Compiles settings, and opens the token classifier when one is given.
    ///
    /// # Errors
    /// As [`Redactor::new`] and `TokenClassifier::open`; `redact.classifier_unavailable` in a build without the feature `onnx`.
    pub fn open(settings: RedactSettings, classifier: Option<&ClassifierOptions>) -> Result<Self> {
        let this = Self::new(settings)?;
        let Some(options) = classifier else { return Ok(this) };
        #[cfg(feature = "onnx")]
        return this.with_name_finder(Arc::new(super::TokenClassifier::open(options)?));
        #[cfg(not(feature = "onnx"))]
        Err(Error::new(
            ErrorKind::Unsupported,
            "redact.classifier_unavailable",
            "this build has no ONNX Runtime to run a token classifier with",
        )
        .with("path", options.folder.display().to_string())
        .with_hint("use a build with the feature `onnx`, or leave the classifier out"))
    }

    /// Asks a model for names as well.
    ///
    /// # Errors
    /// None today.
    pub fn with_name_finder(mut self, finder: Arc<dyn NameFinder>) -> Result<Self> {
        self.finder = Some(finder);
        self.identity = self.digest()?;
        Ok(self)
    }

    /// SHA-256 over rules, lists and settings, in lower-case hex: what goes on record as the redaction that was in force.
    pub fn identity(&self) -> &str {
        &self.identity
    }

    fn digest(&self) -> Result<String> {
        let settings = serde_json::to_vec(&self.settings).map_err(|error| {
            Error::new(ErrorKind::Internal, "redact.settings", "the settings of the redaction cannot be written")
                .with_source(error)
        })?;
        let mut hash = Sha256::new();
        let version = VERSION.to_le_bytes();
        let finder = self.finder.as_ref().map_or("", |finder| finder.identity());
        for part in [&version[..], &settings, finder.as_bytes()].into_iter().chain(LISTS.iter().map(|list| list.as_bytes())) {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        Ok(crate::hex::hex(&hash.finalize()))
    }

    /// What a text holds, in its order; findings do not overlap.
    ///
    /// # Errors
    /// Those of the [`NameFinder`].
    pub fn find(&self, text: &str) -> Result<Vec<Finding>> {
        let named = self.finder.as_ref().map(|finder| finder.find(text)).transpose()?.unwrap_or_default();
        let (words, mut candidates) = self.read(text, named, &Pseudonyms::new())?;
        candidates.retain(|candidate| candidate.kind != Kind::Literal);
        let mut known = Dictionary::default();
        remember(text, &candidates, &mut known);
        mentions(&words, &known, &mut candidates);
        Ok(settled(text, candidates, &mut known)
            .into_iter()
            .map(|found| Finding { span: found.span, kind: found.kind })
            .collect())
    }

    /// Puts a placeholder for each finding, and for whatever looks like a placeholder. A value that the conversation knows is taken out
    /// wherever it stands, a known person's surname alone too.
    ///
    /// `pseudonyms.restore(&redacted) == text`.
    ///
    /// # Errors
    /// Those of the [`NameFinder`]; `redact.too_many` when placeholders run out.
    pub fn redact<'t>(&self, text: &'t str, pseudonyms: &mut Pseudonyms) -> Result<Cow<'t, str>> {
        Ok(self.redact_all(&[text], pseudonyms)?.pop().unwrap_or(Cow::Borrowed(text)))
    }

    /// Redacts texts that belong together: what is found in one is taken out of all of them.
    ///
    /// # Errors
    /// As [`Redactor::redact`].
    pub fn redact_all<'t>(&self, texts: &[&'t str], pseudonyms: &mut Pseudonyms) -> Result<Vec<Cow<'t, str>>> {
        let mut known = Dictionary::default();
        pseudonyms.known(&mut known);
        let names: Vec<Name> = pseudonyms.names().cloned().collect();
        names.iter().for_each(|name| remember_name(name, &mut known));
        let mut named = self.finder.as_ref().map(|finder| finder.find_all(texts)).transpose()?;
        if named.as_ref().is_some_and(|named| named.len() != texts.len()) {
            return Err(Error::new(ErrorKind::Internal, "redact.span", "the finder of names did not look at every text"));
        }
        let mut read = Vec::with_capacity(texts.len());
        for (nth, text) in texts.iter().enumerate() {
            let named = named.as_mut().and_then(|named| named.get_mut(nth)).map(std::mem::take).unwrap_or_default();
            let (words, candidates) = self.read(text, named, pseudonyms)?;
            remember(text, &candidates, &mut known);
            read.push((words, candidates));
        }
        read.into_iter()
            .map(|(words, mut candidates)| {
                let text = words.text;
                mentions(&words, &known, &mut candidates);
                if candidates.is_empty() {
                    return Ok(Cow::Borrowed(text));
                }
                let mut out = String::with_capacity(text.len());
                let mut at = 0;
                for found in settled(text, candidates, &mut known) {
                    out.push_str(&text[at..found.span.start]);
                    pseudonyms.write(&found.kind, &text[found.span.clone()], found.name.as_ref(), &mut out)?;
                    at = found.span.end;
                }
                out.push_str(&text[at..]);
                Ok(Cow::Owned(out))
            })
            .collect()
    }

    /// Redacts instructions, passages with their titles, and messages. The format stays: a schema is the caller's own. Where a placeholder
    /// stands, [`INSTRUCTION`] is added to the instructions.
    ///
    /// # Errors
    /// As [`Redactor::redact`].
    pub fn redact_request(&self, request: &ChatRequest, pseudonyms: &mut Pseudonyms) -> Result<ChatRequest> {
        let passages = request.passages.iter().flat_map(|passage| [passage.title.as_str(), passage.text.as_str()]);
        let messages = request.messages.iter().map(|message| message.text.as_str());
        let texts: Vec<&str> = request.system.as_deref().into_iter().chain(passages).chain(messages).collect();
        let redacted = self.redact_all(&texts, pseudonyms)?;
        let changed = redacted.iter().any(|text| matches!(text, Cow::Owned(_)));
        let mut redacted = redacted.into_iter().map(Cow::into_owned);
        let mut next = || redacted.next().unwrap_or_default();
        let mut system = request.system.is_some().then(&mut next);
        let passages = request.passages.iter().map(|_| ChatPassage { title: next(), text: next() }).collect();
        let messages = request.messages.iter().map(|message| ChatMessage { role: message.role, text: next() }).collect();
        if changed {
            let system = system.get_or_insert_default();
            if !system.is_empty() {
                system.push_str("\n\n");
            }
            system.push_str(INSTRUCTION);
        }
        Ok(ChatRequest { system, passages, messages, ..request.clone() })
    }

    /// The words of a text and what is found in it: first what looks like a placeholder, where words end.
    fn read<'t>(&self, text: &'t str, named: Vec<NamedSpan>, pseudonyms: &Pseudonyms) -> Result<(Words<'t>, Vec<Candidate>)> {
        let mut found = Vec::new();
        look_alikes(text, &AllLabels { redactor: self, pseudonyms }, &mut found);
        let mut cuts: Vec<usize> = found.iter().flat_map(|found| [found.span.start, found.span.end]).collect();
        cuts.sort_unstable();
        let words = Words::cut(text, &cuts);
        self.candidates(&words, named, &mut found)?;
        Ok((words, found))
    }

    fn candidates(&self, words: &Words<'_>, named: Vec<NamedSpan>, found: &mut Vec<Candidate>) -> Result<()> {
        let text = words.text;
        found.extend(find::candidates(words, &self.settings));
        let mut hits = Vec::new();
        self.own.find(words, &mut hits);
        found.extend(hits.into_iter().map(|hit| Candidate::new(hit.span, hit.value.clone())));
        let mut spans = Vec::new();
        for pattern in &self.patterns {
            pattern.find(text, &mut spans);
            found.extend(spans.drain(..).map(|span| Candidate::new(span, pattern.kind.clone())));
        }
        for NamedSpan { span, kind } in named {
            if text.get(span.clone()).is_none_or(str::is_empty) {
                return Err(Error::new(
                    ErrorKind::Internal,
                    "redact.span",
                    "the finder of names gave a span that is none of the text",
                ));
            }
            if kind != Kind::Literal && self.settings.is_on(&kind) {
                let name = (kind == Kind::Person).then(|| name_of(&text[span.clone()]));
                found.push(Candidate { span, kind, name });
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redactor").field("identity", &self.identity).field("settings", &self.settings).finish_non_exhaustive()
    }
}

/// The last word is the surname.
fn name_of(text: &str) -> Name {
    let words = Words::of(text);
    let last = words.len().saturating_sub(1);
    let particle = |k: &usize| LEXICON.classes(words.folded(*k)).has(Classes::PARTICLE);
    let given = (0..last).filter(|k| !particle(k)).map(|k| words.folded(k).to_owned()).collect();
    Name { given, surname: words.folded(last).to_owned() }
}

/// What was found is looked for elsewhere as well, in every spelling.
fn remember(text: &str, candidates: &[Candidate], known: &mut Dictionary<Known>) {
    for found in candidates.iter().filter(|found| found.kind != Kind::Literal) {
        let spelling = &text[found.span.clone()];
        known.add(spelling, Known::of(&found.kind, found.name.as_ref(), spelling));
        if let Some(name) = &found.name {
            remember_name(name, known);
        }
    }
}

/// Surname and first names of a person alone.
fn remember_name(name: &Name, known: &mut Dictionary<Known>) {
    let mut add = |folded: &str, part: Name| {
        if folded.chars().count() >= 3 {
            known.add(folded, Known { kind: Kind::Person, name: Some(part), capital: LEXICON.is_other_word(folded) });
        }
    };
    add(&name.surname, Name { given: Vec::new(), surname: name.surname.clone() });
    for given in &name.given {
        let classes = LEXICON.classes(given);
        let sure = classes.has(Classes::FIRST) && !classes.has(Classes::RARE_FIRST) && !LEXICON.is_other_word(given);
        if sure {
            add(given, Name { given: vec![given.clone()], surname: String::new() });
        }
    }
}

fn mentions(words: &Words<'_>, known: &Dictionary<Known>, candidates: &mut Vec<Candidate>) {
    let mut hits = Vec::new();
    known.find(words, &mut hits);
    candidates.extend(
        hits.into_iter().filter(|hit| !hit.value.capital || is_written_as_name(words.text, &hit.span)).map(|hit| Candidate {
            span: hit.span,
            kind: hit.value.kind.clone(),
            name: hit.value.name.clone(),
        }),
    );
}

/// Rounds after which no more is looked for.
const ROUNDS: usize = 8;

/// The findings, merged, and what is known of what they leave: where one ends inside a word, a value that touched it stands alone once it is
/// taken out. What was merged is known from here on, so that the same text is redacted the same again.
fn settled(text: &str, candidates: Vec<Candidate>, known: &mut Dictionary<Known>) -> Vec<Candidate> {
    let mut found = merged(text, candidates);
    for _ in 0..ROUNDS {
        remember(text, &found, known);
        let cuts: Vec<usize> = found.iter().flat_map(|found| [found.span.start, found.span.end]).collect();
        let mut more = found.clone();
        mentions(&Words::cut(text, &cuts), known, &mut more);
        let more = merged(text, more);
        let is_settled = more.iter().map(|found| &found.span).eq(found.iter().map(|found| &found.span));
        found = more;
        if is_settled {
            break;
        }
    }
    found
}

/// Whether a surname that is a word as well begins with a capital and is no part of a compound: of `Steuer` not `Steuer-ID`.
fn is_written_as_name(text: &str, span: &Range<usize>) -> bool {
    let mut behind = text[span.end..].chars();
    text[span.clone()].starts_with(char::is_uppercase)
        && !(behind.next() == Some('-') && behind.next().is_some_and(char::is_alphanumeric))
}

/// Everything that a restorer would read as a placeholder, and what it would if a letter less touched it.
fn look_alikes(text: &str, labels: &dyn Labels, candidates: &mut Vec<Candidate>) {
    let mut push = |start: usize| {
        if let Read::Placeholder { length, .. } = placeholder::look_alike(&text[start..], labels) {
            candidates.push(Candidate::new(start..start + length, Kind::Literal));
        }
    };
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'[' => {
                push(at);
                // Escaped: the backslashes are part of it where both brackets have them.
                let escapes = text.as_bytes()[..at].iter().rev().take(2).take_while(|b| **b == b'\\').count();
                (1..=escapes).for_each(|escape| push(at - escape));
            }
            b'_' => {
                let before = &text.as_bytes()[..at];
                let escapes = before.iter().rev().take(2).take_while(|b| **b == b'\\').count();
                let end = at - escapes;
                let letters = before[..end].iter().rev().take(16).take_while(|b| b.is_ascii_alphabetic()).count();
                (2..=letters).filter(|letters| labels.has(&text[end - letters..end])).for_each(|letters| push(end - letters));
            }
            _ => {}
        }
    }
}

/// Candidates that overlap become one, so that no part of any is left: of the kind of the longest of them. Marks behind one are of its last word.
fn merged(text: &str, mut candidates: Vec<Candidate>) -> Vec<Candidate> {
    candidates.retain(|candidate| !candidate.span.is_empty());
    for candidate in candidates.iter_mut().filter(|candidate| candidate.kind != Kind::Literal) {
        let behind = &text[candidate.span.end..];
        candidate.span.end += behind.len() - behind.trim_start_matches(is_trace).len();
    }
    candidates.sort_by(|a, b| (a.span.start, a.span.end).cmp(&(b.span.start, b.span.end)));
    let mut merged: Vec<(Candidate, usize)> = Vec::with_capacity(candidates.len());
    for candidate in candidates {
        let length = candidate.span.len();
        match merged.last_mut() {
            Some((last, longest)) if candidate.span.start < last.span.end => {
                let span = last.span.start..last.span.end.max(candidate.span.end);
                // Of equals the one that was found first in the order of kinds: a name with parts before one without.
                let better = length > *longest
                    || length == *longest
                        && (rank(&candidate.kind), candidate.name.is_none()) < (rank(&last.kind), last.name.is_none());
                if better {
                    *longest = length;
                    (last.kind, last.name) = (candidate.kind, candidate.name.clone());
                }
                if span.len() > *longest {
                    last.name = None;
                }
                last.span = span;
            }
            _ => merged.push((candidate, length)),
        }
    }
    merged.into_iter().map(|(candidate, _)| candidate).collect()
}

/// Of two findings of one length: one's own first, then what has a check digit, then the rest.
fn rank(kind: &Kind) -> u8 {
    match kind {
        Kind::Own(_) => 0,
        Kind::Iban | Kind::Email | Kind::SocialSecurity | Kind::VatId | Kind::BirthDate => 1,
        Kind::TaxId | Kind::HealthInsurance => 2,
        Kind::Card | Kind::IdCard | Kind::Passport => 3,
        Kind::Literal => 9,
        _ => 5,
    }
}

/// Every label that may stand in a placeholder of this conversation: those that ship, one's own, and what earlier settings had.
struct AllLabels<'a> {
    redactor: &'a Redactor,
    pseudonyms: &'a Pseudonyms,
}

impl AllLabels<'_> {
    fn own(&self) -> BTreeSet<&str> {
        let settings = &self.redactor.settings;
        settings
            .lists
            .iter()
            .map(|list| list.kind.label())
            .chain(settings.patterns.iter().map(|pattern| pattern.kind.label()))
            .collect()
    }
}

impl Labels for AllLabels<'_> {
    fn has(&self, label: &str) -> bool {
        let same = |known: &str| known.eq_ignore_ascii_case(label);
        Kind::ALL.iter().any(|kind| same(kind.label())) || self.own().iter().any(|own| same(own)) || self.pseudonyms.has(label)
    }

    fn has_beginning(&self, _: &str) -> bool {
        true
    }
}
