//! What the labels of a token classifier mean.

use std::{collections::BTreeMap, path::Path};

use serde::Deserialize;

use crate::{Error, ErrorKind, Result, onnx::folder, redact::Kind};

/// Entities that are persons, as models call them.
const PERSONS: [&str; 14] = [
    "PER",
    "PERS",
    "PERSON",
    "PERSON_NAME",
    "PRIVATE_PERSON",
    "NAME",
    "FIRSTNAME",
    "FIRST_NAME",
    "MIDDLENAME",
    "LASTNAME",
    "LAST_NAME",
    "GIVENNAME",
    "SURNAME",
    "FULLNAME",
];
/// Labels at most.
const LABELS: usize = 4096;

/// Where in an entity a word stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// `B-`: the first.
    Begin,
    /// `I-`, and labels without a prefix: the first, or behind another of the same.
    Inside,
    /// `L-`, `E-`: the last.
    Last,
    /// `U-`, `S-`: the only one.
    Unit,
}

/// What a label says of a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tag {
    Outside,
    /// The entity's place in [`Labels::entities`].
    Entity {
        entity: usize,
        place: Place,
    },
}

/// The labels of a model by their id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Labels {
    pub(super) tags: Vec<Tag>,
    /// What each entity means; `None` where it is none of anyone's data.
    pub(super) entities: Vec<(String, Option<Kind>)>,
}

/// `config.json`, as far as it matters here.
#[derive(Debug, Default, Deserialize)]
struct Config {
    id2label: Option<BTreeMap<String, String>>,
}

impl Labels {
    /// Reads `id2label` of the folder's `config.json`.
    ///
    /// # Errors
    /// `model.file_missing`, `model.wrong_file`; `redact.classifier_labels` where the ids are not 0, 1, 2, … or none of the labels means anything.
    pub(super) fn read(folder: &Path, meanings: &BTreeMap<String, Kind>) -> Result<Self> {
        let path = folder.join("config.json");
        let config: Config = folder::json(&path)?.ok_or_else(|| folder::missing(&path))?;
        let refused = |what: &'static str| {
            Error::new(ErrorKind::Environment, "redact.classifier_labels", "the labels of the token classifier cannot be used")
                .with("reason", what)
                .with("path", path.display().to_string())
                .with_hint("name the folder of a token classifier, and say in `labels` what its entities mean")
        };
        let names = config.id2label.ok_or_else(|| refused("config.json has no id2label"))?;
        let in_order = (names.len() <= LABELS)
            .then(|| (0..names.len()).map(|id| names.get(&id.to_string()).map(String::as_str)).collect::<Option<Vec<_>>>())
            .flatten()
            .ok_or_else(|| refused("the ids in id2label are not 0, 1, 2, ..."))?;
        let labels = Self::of(&in_order, meanings);
        if labels.entities.iter().all(|(_, kind)| kind.is_none()) {
            let found: Vec<_> = labels.entities.iter().take(16).map(|(name, _)| name.as_str()).collect();
            return Err(refused("none of them means a person").with("labels", found.join(", ")));
        }
        Ok(labels)
    }

    pub(super) fn of(names: &[&str], meanings: &BTreeMap<String, Kind>) -> Self {
        let mut labels = Self { tags: Vec::with_capacity(names.len()), entities: Vec::new() };
        for name in names {
            let name = name.trim();
            if name.eq_ignore_ascii_case("o") {
                labels.tags.push(Tag::Outside);
                continue;
            }
            let (place, entity) = match name.split_once('-') {
                Some(("B" | "b", entity)) => (Place::Begin, entity),
                Some(("I" | "i" | "M", entity)) => (Place::Inside, entity),
                Some(("L" | "E", entity)) => (Place::Last, entity),
                Some(("U" | "S", entity)) => (Place::Unit, entity),
                _ => (Place::Inside, name),
            };
            let known = labels.entities.iter().position(|(known, _)| known == entity);
            let entity = known.unwrap_or_else(|| {
                let stated = meanings.iter().find(|(name, _)| name.eq_ignore_ascii_case(entity)).map(|(_, kind)| kind.clone());
                let is_person = PERSONS.iter().any(|person| person.eq_ignore_ascii_case(entity));
                labels.entities.push((entity.to_owned(), stated.or(is_person.then_some(Kind::Person))));
                labels.entities.len() - 1
            });
            labels.tags.push(Tag::Entity { entity, place });
        }
        labels
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_write_labels_is_read() {
        let meanings = BTreeMap::from([("loc".to_owned(), Kind::Address)]);
        let labels =
            Labels::of(&["O", "B-PER", "I-PER", "B-LOC", "U-PER", "L-PER", "PERSON", "B-ORG", "S-PER", "E-PER"], &meanings);
        let entity = |entity, place| Tag::Entity { entity, place };
        assert_eq!(
            labels.tags,
            [
                Tag::Outside,
                entity(0, Place::Begin),
                entity(0, Place::Inside),
                entity(1, Place::Begin),
                entity(0, Place::Unit),
                entity(0, Place::Last),
                entity(2, Place::Inside),
                entity(3, Place::Begin),
                entity(0, Place::Unit),
                entity(0, Place::Last),
            ]
        );
        let kinds: Vec<_> = labels.entities.iter().map(|(_, kind)| kind.clone()).collect();
        assert_eq!(kinds, [Some(Kind::Person), Some(Kind::Address), Some(Kind::Person), None]);
    }
}
