use rustc_hash::FxHashMap;

use super::{find, kind::Kind, words, words::Words};

/// A name that texts hold.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct FoundName {
    /// In its most frequent spelling.
    pub name: String,
    /// How often it stands there, in every spelling.
    pub count: usize,
    /// `PERSON` or `COMPANY`.
    pub kind: Kind,
}

/// The names of companies and persons in texts, the most frequent first: clients and counterparties, to be offered as an own list.
pub fn names_in<'t>(texts: impl IntoIterator<Item = &'t str>) -> Vec<FoundName> {
    let company = Kind::Own("COMPANY".into());
    // By kind and folded form: how often each spelling stands there.
    let mut names: FxHashMap<(Kind, String), FxHashMap<String, usize>> = FxHashMap::default();
    for text in texts {
        let words = Words::of(text);
        let persons = find::persons(&words).into_iter().map(|found| (Kind::Person, found.span));
        let companies = find::companies(&words).into_iter().map(|span| (company.clone(), span));
        for (kind, span) in persons.chain(companies) {
            let name = text[span].split_whitespace().collect::<Vec<_>>().join(" ");
            *names.entry((kind, words::key(&name))).or_default().entry(name).or_default() += 1;
        }
    }
    let mut found: Vec<FoundName> = names
        .into_iter()
        .filter_map(|((kind, _), spellings)| {
            let count = spellings.values().sum();
            let (name, _) = spellings.into_iter().max_by(|a, b| a.1.cmp(&b.1).then_with(|| b.0.cmp(&a.0)))?;
            Some(FoundName { name, count, kind })
        })
        .collect();
    found.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.name.cmp(&b.name)));
    found
}
