use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

use super::kind::Kind;

/// What is taken out of a text. Data: it is compiled by [`Redactor::new`](super::Redactor::new).
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RedactSettings {
    /// Kinds that are switched on or off against the default: all on but `IP`.
    pub kinds: BTreeMap<Kind, bool>,
    /// One's own values: clients, project names.
    pub lists: Vec<OwnList>,
    /// One's own patterns: numbers of customers, of staff.
    pub patterns: Vec<OwnPattern>,
}

/// Values that are taken out wherever they stand, without regard to case, white space, hyphens and how umlauts are written; values of fewer
/// than four letters and digits as they are written.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnList {
    /// What people call it.
    pub name: String,
    /// The kind in the placeholder: one's own (`CLIENT`) or one that is there (`PERSON`).
    pub kind: Kind,
    /// The values.
    pub terms: Vec<String>,
}

/// A regular expression, in the syntax of the crate `regex`. A match lies within one line and has 512 bytes at most.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnPattern {
    /// What people call it.
    pub name: String,
    /// The kind in the placeholder.
    pub kind: Kind,
    /// The expression.
    pub pattern: String,
}

impl RedactSettings {
    /// Whether a kind is looked for.
    pub fn is_on(&self, kind: &Kind) -> bool {
        self.kinds.get(kind).copied().unwrap_or(*kind != Kind::Ip)
    }
}

// A list of clients is a secret of its own.
impl fmt::Debug for RedactSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedactSettings")
            .field("kinds", &self.kinds)
            .field("lists", &self.lists)
            .field("patterns", &self.patterns)
            .finish()
    }
}

impl fmt::Debug for OwnList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnList").field("name", &self.name).field("kind", &self.kind).field("terms", &self.terms.len()).finish()
    }
}

impl fmt::Debug for OwnPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnPattern").field("name", &self.name).field("kind", &self.kind).finish_non_exhaustive()
    }
}
