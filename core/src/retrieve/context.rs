use std::collections::HashMap;

use crate::{
    index::{analysis::Analyzer, chunks::Candidate},
    types::{DocumentRecord, Language},
};

/// Terms of what stands around passages: a question often names the document that it asks about.
#[derive(Default)]
pub struct Context {
    analyzer: Analyzer,
    /// By document version.
    names: HashMap<String, String>,
}

impl Context {
    /// The terms of the document's name and title and of the headings above a candidate, parted by spaces.
    pub fn of(&mut self, candidate: &Candidate, record: Option<&DocumentRecord>) -> String {
        let Self { analyzer, names } = self;
        let names = names.entry(candidate.document.clone()).or_insert_with(|| {
            let Some(record) = record else { return String::new() };
            // A name is words with other signs between them, in whatever language.
            let name = record.document.name.replace(|c: char| !c.is_alphanumeric(), " ");
            let mut terms = String::new();
            for text in [Some(name.as_str()), record.title.as_deref()].into_iter().flatten() {
                analyzer.index_text(text, Language::Other, &mut terms);
            }
            terms
        });
        let mut terms = names.clone();
        candidate.heading.iter().for_each(|heading| analyzer.index_text(heading, candidate.language, &mut terms));
        terms
    }
}
