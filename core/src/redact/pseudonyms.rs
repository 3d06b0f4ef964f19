use std::fmt;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::{
    dictionary::Dictionary,
    kind::Kind,
    lexicon::LEXICON,
    placeholder::{self, Labels, NUMBERS, Reference, SPELLINGS},
    words,
};
use crate::{Error, ErrorKind, Result};

/// The values of one conversation and what stands for each.
///
/// A value keeps its placeholder as long as the conversation lasts, so a prompt that is redacted again comes out the same. It holds what was
/// taken out: whoever stores it encrypts it. `Debug` shows counts alone.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct Pseudonyms {
    values: Vec<Value>,
    /// Places in `values`, each kind's in the order of their numbers.
    kinds: FxHashMap<Kind, Vec<usize>>,
    /// By kind and spelling: place and spelling.
    spellings: FxHashMap<(Kind, String), (usize, u32)>,
    /// By kind and folded form.
    keys: FxHashMap<(Kind, String), usize>,
    /// By folded surname: persons.
    surnames: FxHashMap<String, Vec<usize>>,
}

/// A value in the spellings that were met, the first one first.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Value {
    kind: Kind,
    spellings: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<Name>,
}

/// The parts of a person's name, folded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Name {
    /// First names or their initials.
    pub(super) given: Vec<String>,
    /// Surname without particles; empty where a first name stands alone.
    pub(super) surname: String,
}

impl Name {
    /// Whether both may be one person's: the same surname, and first names of which one's are the other's or their initials.
    fn may_be(&self, other: &Self) -> bool {
        self.surname == other.surname
            && self
                .given
                .iter()
                .zip(&other.given)
                .all(|(own, its)| own.starts_with(its.as_str()) || its.starts_with(own.as_str()))
    }
}

/// A value that is looked for wherever it stands.
#[derive(Debug, Clone)]
pub(super) struct Known {
    pub(super) kind: Kind,
    pub(super) name: Option<Name>,
    /// Counts only where it is written as a name: it is a word as well.
    pub(super) capital: bool,
}

impl Known {
    /// A value as it was spelled. `Steuer` of `Herr Steuer` is more often a word than a name elsewhere.
    pub(super) fn of(kind: &Kind, name: Option<&Name>, spelling: &str) -> Self {
        let words = words::Words::of(spelling);
        let capital = name.is_some() && words.len() == 1 && LEXICON.is_other_word(words.folded(0));
        Self { kind: kind.clone(), name: name.cloned(), capital }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    values: Vec<Value>,
}

impl From<Pseudonyms> for Stored {
    fn from(pseudonyms: Pseudonyms) -> Self {
        Self { values: pseudonyms.values }
    }
}

impl TryFrom<Stored> for Pseudonyms {
    type Error = Error;

    fn try_from(stored: Stored) -> Result<Self> {
        let mut pseudonyms = Self::default();
        for value in stored.values {
            let Some((first, others)) = value.spellings.split_first() else { return Err(damaged()) };
            let place = pseudonyms.add(&value.kind, first, value.name.clone())?;
            for spelling in others {
                pseudonyms.spell(place, spelling)?;
            }
        }
        Ok(pseudonyms)
    }
}

fn damaged() -> Error {
    Error::new(ErrorKind::Corrupt, "redact.pseudonyms", "the map of placeholders is damaged")
}

fn too_many() -> Error {
    Error::new(ErrorKind::Limit, "redact.too_many", "the conversation holds more personal data than placeholders can tell apart")
        .with_hint("begin a new conversation")
}

impl Pseudonyms {
    /// Of an empty conversation.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many values it holds.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// How many values of each kind it holds, by label: what may go on record.
    pub fn counts(&self) -> Vec<(&str, usize)> {
        let mut counts: Vec<_> = self.kinds.iter().map(|(kind, places)| (kind.label(), places.len())).collect();
        counts.sort_unstable();
        counts
    }

    /// Writes what stands for a value, a new one where the value is new.
    pub(super) fn write(&mut self, kind: &Kind, spelling: &str, name: Option<&Name>, out: &mut String) -> Result<()> {
        let known = self.spellings.get(&(kind.clone(), spelling.to_owned())).copied();
        let (place, nth) = match known {
            Some(known) => known,
            None => match self.same(kind, spelling, name) {
                Some(place) => (place, self.spell(place, spelling)?),
                None => (self.add(kind, spelling, name.cloned())?, 0),
            },
        };
        // A first name that comes later tells persons of one surname apart from then on.
        if let (Some(name), Some(known)) = (name, self.values.get_mut(place).and_then(|value| value.name.as_mut()))
            && known.given.is_empty()
        {
            known.given.clone_from(&name.given);
        }
        let number = self.kinds.get(kind).and_then(|places| places.binary_search(&place).ok()).ok_or_else(damaged)?;
        placeholder::write(kind.label(), number as u32 + 1, nth, out);
        Ok(())
    }

    /// The value that another spelling belongs to. A surname or an initial alone belongs to the one person that it may be.
    fn same(&self, kind: &Kind, spelling: &str, name: Option<&Name>) -> Option<usize> {
        if *kind == Kind::Literal {
            return None;
        }
        let key = words::key(spelling);
        let same = (!key.is_empty()).then(|| self.keys.get(&(kind.clone(), key))).flatten();
        same.copied().or_else(|| {
            let name = name?;
            let known = |place: &usize| self.values.get(*place).and_then(|value| value.name.as_ref());
            let mut may_be =
                self.surnames.get(&name.surname)?.iter().filter(|place| known(place).is_some_and(|k| k.may_be(name)));
            let first = may_be.next()?;
            may_be.next().is_none().then_some(*first)
        })
    }

    fn add(&mut self, kind: &Kind, spelling: &str, name: Option<Name>) -> Result<usize> {
        let place = self.values.len();
        let places = self.kinds.entry(kind.clone()).or_default();
        if places.len() as u32 >= NUMBERS {
            return Err(too_many());
        }
        places.push(place);
        if let Some(name) = name.as_ref().filter(|name| !name.surname.is_empty()) {
            self.surnames.entry(name.surname.clone()).or_default().push(place);
        }
        self.values.push(Value { kind: kind.clone(), spellings: Vec::new(), name });
        self.spell(place, spelling)?;
        Ok(place)
    }

    fn spell(&mut self, place: usize, spelling: &str) -> Result<u32> {
        let value = self.values.get_mut(place).ok_or_else(damaged)?;
        let nth = value.spellings.len() as u32;
        if nth >= SPELLINGS {
            return Err(too_many());
        }
        value.spellings.push(spelling.to_owned());
        let kind = value.kind.clone();
        self.keys.entry((kind.clone(), words::key(spelling))).or_insert(place);
        self.spellings.entry((kind, spelling.to_owned())).or_insert((place, nth));
        Ok(nth)
    }

    /// Every value, to be looked for wherever it stands.
    pub(super) fn known(&self, dictionary: &mut Dictionary<Known>) {
        for value in self.values.iter().filter(|value| value.kind != Kind::Literal) {
            for spelling in &value.spellings {
                dictionary.add(spelling, Known::of(&value.kind, value.name.as_ref(), spelling));
            }
        }
    }

    /// The names of persons.
    pub(super) fn names(&self) -> impl Iterator<Item = &Name> {
        self.values.iter().filter_map(|value| value.name.as_ref())
    }

    /// What a placeholder stands for, and whether its last letter is a genitive's and no part of it.
    pub(super) fn value(&self, reference: &Reference<'_>) -> Option<(&str, bool)> {
        let kind =
            self.kinds.iter().find(|(kind, _)| kind.label().eq_ignore_ascii_case(reference.label)).map(|(_, places)| places)?;
        let value = self.values.get(*kind.get(reference.number.checked_sub(1)? as usize)?)?;
        let spelled = |nth: u32| value.spellings.get(nth as usize).map(String::as_str);
        spelled(reference.spelling).map(|value| (value, false)).or_else(|| Some((spelled(reference.genitive?)?, true)))
    }
}

impl Labels for Pseudonyms {
    fn has(&self, label: &str) -> bool {
        self.kinds.keys().any(|kind| kind.label().eq_ignore_ascii_case(label))
    }

    fn has_beginning(&self, beginning: &str) -> bool {
        let begins = |label: &str| label.get(..beginning.len()).is_some_and(|own| own.eq_ignore_ascii_case(beginning));
        self.kinds.keys().any(|kind| begins(kind.label()))
    }
}

impl fmt::Debug for Pseudonyms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.counts()).finish()
    }
}
