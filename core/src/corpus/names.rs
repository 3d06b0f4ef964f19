//! Names that the documents hold, to be offered as an own list of the redaction.

use std::collections::HashMap;

use super::Corpus;
use crate::{
    Error, ErrorKind, Result,
    redact::{FoundName, Kind, names_in},
};

impl Corpus {
    /// The names of companies and persons in the documents that the caller sees, the most frequent first, `most` of them: clients and
    /// counterparties that an own list of the redaction should have ([`crate::redact::OwnList`]). Somebody who knows them chooses.
    pub async fn names(&self, most: usize) -> Result<Vec<FoundName>> {
        self.check_caller()?;
        self.refresh().await?;
        let mut names: HashMap<(Kind, String), FoundName> = HashMap::new();
        for record in self.visible().await.records().filter(|record| record.pages.extracted > 0) {
            let reader = self.pages(record).await?;
            let mut texts = Vec::with_capacity(reader.len());
            for number in 1..=reader.len() as u32 {
                texts.extend(reader.page(number).await?.map(|page| page.text));
            }
            let found = tokio::task::spawn_blocking(move || names_in(texts.iter().map(String::as_str))).await;
            let found = found.map_err(|error| {
                Error::new(ErrorKind::Internal, "redact.panicked", "a thread that looked for names died").with_source(error)
            })?;
            for name in found {
                let known = names.entry((name.kind.clone(), name.name.to_lowercase()));
                known.and_modify(|known| known.count += name.count).or_insert(name);
            }
        }
        let mut names: Vec<FoundName> = names.into_values().collect();
        names.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.name.cmp(&b.name)));
        names.truncate(most);
        Ok(names)
    }
}
