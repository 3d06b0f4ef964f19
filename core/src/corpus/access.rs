//! Which documents a caller may see.

use std::collections::BTreeSet;

/// The host's mask over the labels that are stored with each document: what it does not let through is, to the caller, not
/// there. It shows in no hit, no rank, no count, no coverage and no error.
///
/// There is no default, and what is empty sees nothing: [`Access::any_of`] and [`Access::all_of`] without labels, and any
/// rule on labels for a document that has none. Rules are joined:
///
/// ```
/// use beleg::corpus::Access;
///
/// // The files of two mandates, up to "internal", and never those of the insider list.
/// let access = Access::any_of(["mandate:17", "mandate:21"])
///     .and(Access::any_of(["level:public", "level:internal"]))
///     .except(["insider"]);
/// assert!(access.permits(&["level:internal", "mandate:17"]));
/// assert!(!access.permits(&["mandate:17"]));
/// assert!(!access.permits(&["insider", "level:public", "mandate:21"]));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Access(Rule);

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
enum Rule {
    All,
    AnyOf(BTreeSet<String>),
    AllOf(BTreeSet<String>),
    Both(Box<Rule>, Box<Rule>),
    Either(Box<Rule>, Box<Rule>),
    Except(Box<Rule>, BTreeSet<String>),
}

impl Access {
    /// All documents, also those without labels.
    pub fn all() -> Self {
        Self(Rule::All)
    }

    /// No document.
    pub fn none() -> Self {
        Self(Rule::AnyOf(BTreeSet::new()))
    }

    /// Documents that have one of `labels` or more.
    pub fn any_of(labels: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self(Rule::AnyOf(set(labels)))
    }

    /// Documents that have each of `labels`. None of no labels: an empty list is more likely a mistake than a wish.
    pub fn all_of(labels: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self(Rule::AllOf(set(labels)))
    }

    /// What both let through.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self.0, other.0) {
            (Rule::All, rule) | (rule, Rule::All) => Self(rule),
            (a, b) => Self(Rule::Both(Box::new(a), Box::new(b))),
        }
    }

    /// What either lets through.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        match (self.0, other.0) {
            (Rule::All, _) | (_, Rule::All) => Self::all(),
            (a, b) => Self(Rule::Either(Box::new(a), Box::new(b))),
        }
    }

    /// Without the documents that have one of `labels`, whatever else they have.
    #[must_use]
    pub fn except(self, labels: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let labels = set(labels);
        if labels.is_empty() { self } else { Self(Rule::Except(Box::new(self.0), labels)) }
    }

    /// Whether it lets a document with `labels` through.
    pub fn permits(&self, labels: &[impl AsRef<str>]) -> bool {
        self.0.permits(&labels.iter().map(AsRef::as_ref).collect::<Vec<_>>())
    }

    /// Whether it lets everything through, whatever its labels.
    pub fn is_all(&self) -> bool {
        self.0 == Rule::All
    }
}

impl Rule {
    fn permits(&self, labels: &[&str]) -> bool {
        let has_any = |wanted: &BTreeSet<String>| labels.iter().any(|label| wanted.contains(*label));
        match self {
            Self::All => true,
            Self::AnyOf(wanted) => has_any(wanted),
            Self::AllOf(wanted) => !wanted.is_empty() && wanted.iter().all(|label| labels.contains(&label.as_str())),
            Self::Both(a, b) => a.permits(labels) && b.permits(labels),
            Self::Either(a, b) => a.permits(labels) || b.permits(labels),
            Self::Except(rule, unwanted) => rule.permits(labels) && !has_any(unwanted),
        }
    }
}

fn set(labels: impl IntoIterator<Item = impl Into<String>>) -> BTreeSet<String> {
    labels.into_iter().map(Into::into).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: [&str; 0] = [];

    #[test]
    fn what_is_empty_sees_nothing_and_only_all_sees_what_has_no_label() {
        for access in [Access::none(), Access::any_of(NONE), Access::all_of(NONE), Access::all_of(NONE).and(Access::all())] {
            assert!(!access.permits(&NONE) && !access.permits(&["a"]), "{access:?}");
        }
        assert!(Access::all().permits(&NONE) && Access::all().except(["b"]).permits(&NONE));
        assert!(!Access::any_of(["a"]).permits(&NONE) && !Access::all_of(["a"]).permits(&NONE));
    }

    #[test]
    fn what_is_denied_is_denied_whatever_else_is_allowed() {
        let access = Access::all_of(["a", "b"]).or(Access::any_of(["c"])).except(["x"]);
        assert!(access.permits(&["a", "b"]) && access.permits(&["c"]) && !access.permits(&["a"]));
        assert!(!access.permits(&["a", "b", "c", "x"]));
        // What is joined to it afterwards is a rule of its own.
        assert!(access.or(Access::any_of(["x"])).permits(&["x"]));
        assert!(Access::all().or(Access::none()).is_all() && !Access::all().except(["x"]).is_all());
    }
}
