//! From what an action states to what stands in the log.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::{KeyStore, Subject, SubjectKey, vault};
use crate::{
    Error, ErrorKind, Result,
    audit::{LEAF_VERSION, Leaf, LeafActor, LeafPayload, LeafTrace, commitment},
    env::{Clock, Random},
    hex::hex,
    record::{Content, Entry},
};

/// What the entries of a log have in common.
pub(super) struct Common {
    pub(super) corpus: Uuid,
    pub(super) tenant: Uuid,
    pub(super) epoch: u32,
}

/// An entry that lacks nothing but its place.
pub(super) struct Prepared {
    pub(super) leaf: Leaf,
    pub(super) sealed: Vec<u8>,
}

/// Makes commitments and seals payloads. May make keys, which blocks.
pub(super) fn prepare(
    entry: Entry,
    common: &Common,
    keys: &dyn KeyStore,
    clock: &dyn Clock,
    random: &dyn Random,
) -> Result<Prepared> {
    let person = |id: &String| Subject::Person(id.clone());
    let mut callers = vec![person(&entry.actor.id)];
    callers.extend(entry.actor.on_behalf_of.iter().map(person));
    callers.extend(entry.subjects.iter().map(person));
    let documents = entry.payloads.iter().flat_map(|payload| payload.documents.iter().copied().map(Subject::Document));
    let owners = entry.payloads.iter().flat_map(|payload| payload.subjects.iter().map(person));
    let mut wanted: Vec<Subject> = callers.iter().cloned().chain(documents).chain(owners).collect();
    wanted.sort_unstable();
    wanted.dedup();
    let known: BTreeMap<Subject, SubjectKey> = wanted.iter().cloned().zip(keys.subjects(common.corpus, &wanted)?).collect();
    let key = |subject: &Subject| {
        known.get(subject).ok_or_else(|| Error::new(ErrorKind::Internal, "audit.subject", "the key store gave too few keys"))
    };

    let trace = entry.trace.as_deref().and_then(w3c);
    let mut contents: Vec<(&str, &str, Vec<u8>, Vec<&SubjectKey>)> = Vec::with_capacity(entry.payloads.len() + 1);
    let callers_keys = callers.iter().map(key).collect::<Result<Vec<_>>>()?;
    for payload in &entry.payloads {
        let mut subjects = if payload.is_of_caller { callers_keys.clone() } else { Vec::new() };
        for id in &payload.documents {
            subjects.push(key(&Subject::Document(*id))?);
        }
        for id in &payload.subjects {
            subjects.push(key(&Subject::Person(id.clone()))?);
        }
        let (media_type, bytes) = encode(&payload.content)?;
        contents.push((payload.name, media_type, bytes, subjects));
    }
    // The host's own ids may be guessed.
    let foreign_trace = entry.trace.as_ref().filter(|_| trace.is_none());
    if entry.request_id.is_some() || foreign_trace.is_some() {
        let request = serde_json::json!({"request_id": entry.request_id, "trace": foreign_trace});
        contents.push(("request", JSON, request.to_string().into_bytes(), callers_keys.clone()));
    }

    let mut payloads = Vec::with_capacity(contents.len());
    let mut opened = Vec::with_capacity(contents.len());
    for (name, media_type, bytes, subjects) in &contents {
        let mut salt = [0; 32];
        random.fill(&mut salt);
        payloads.push(LeafPayload {
            name: (*name).to_owned(),
            media_type: (*media_type).to_owned(),
            length: bytes.len() as u64,
            commitment: hex(&commitment(&salt, name, bytes)),
        });
        opened.push(vault::Opened { salt, payload: bytes, subjects: subjects.clone() });
    }
    let sealed = if opened.is_empty() { Vec::new() } else { vault::seal(entry.id, &opened, random)? };
    let pseudonym = |id: &String| key(&person(id)).map(|key| key.pseudonym);
    let leaf = Leaf {
        v: LEAF_VERSION,
        r#type: entry.action.name().to_owned(),
        id: entry.id,
        time: time(clock),
        epoch: common.epoch,
        boot: Uuid::nil(),
        seq: 0,
        tenant: common.tenant,
        actor: LeafActor {
            pseudonym: pseudonym(&entry.actor.id)?,
            roles: entry.actor.roles.clone(),
            authn: entry.actor.authn.clone(),
        },
        on_behalf_of: entry.actor.on_behalf_of.as_ref().map(pseudonym).transpose()?,
        trace,
        phase: entry.phase.name().to_owned(),
        result: entry.ending.map(|ending| ending.name().to_owned()),
        counts: entry.counts.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect(),
        versions: versions(&entry, key(&callers[0])?),
        payloads,
        refs: entry.refs.clone(),
        policy_version: entry.policy_version.clone(),
        software_version: SOFTWARE.to_owned(),
    };
    Ok(Prepared { leaf, sealed })
}

/// Versions and random ids of an entry, and by what a repeated request is known.
fn versions(entry: &Entry, actor: &SubjectKey) -> BTreeMap<String, String> {
    let mut versions: BTreeMap<String, String> =
        entry.versions.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    if let Some(request_id) = &entry.request_id {
        versions.insert(REQUEST.to_owned(), request_tag(actor, request_id));
    }
    versions
}

/// Under this name the tag of a request stands in the versions of its entries.
pub(super) const REQUEST: &str = "request";

/// What entries of one request have in common. Nobody can guess the host's id back without the actor's key, and nobody at all once that
/// is destroyed.
pub(super) fn request_tag(actor: &SubjectKey, request_id: &str) -> String {
    hex(&commitment(&actor.key, REQUEST, request_id.as_bytes())[..16])
}

pub(super) const SOFTWARE: &str = concat!("beleg/", env!("CARGO_PKG_VERSION"));
const JSON: &str = "application/json";

fn encode(content: &Content) -> Result<(&'static str, Vec<u8>)> {
    match content {
        Content::Text(text) => Ok(("text/plain", text.clone().into_bytes())),
        other => serde_json::to_vec(other)
            .map(|bytes| (JSON, bytes))
            .map_err(|error| Error::new(ErrorKind::Internal, "audit.payload", error.to_string())),
    }
}

/// The time of an entry.
pub(super) fn time(clock: &dyn Clock) -> String {
    clock.now().strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}

/// The ids in a W3C `traceparent`, which are random by its rules.
fn w3c(trace: &str) -> Option<LeafTrace> {
    let mut parts = trace.split('-');
    let (version, trace_id, span_id, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let is_hex =
        |part: &str, length: usize| part.len() == length && part.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let fine = version == "00" && parts.next().is_none() && is_hex(trace_id, 32) && is_hex(span_id, 16) && is_hex(flags, 2);
    fine.then(|| LeafTrace { trace_id: trace_id.to_owned(), span_id: span_id.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_ids_of_a_trace_are_taken_over_and_other_texts_are_not() {
        let trace = w3c("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01").unwrap();
        assert_eq!((trace.trace_id.len(), trace.span_id.as_str()), (32, "00f067aa0ba902b7"));
        for other in ["", "alice", "00-ALICE-1-01", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-x"] {
            assert_eq!(w3c(other), None, "{other}");
        }
    }
}
