use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{
    Assurance, BundleChecked, BundleReport, CitedPage, Entries, ExistedBefore, Integrity, Manifest, ManifestPayload, Selection,
    SignerAssurance, archive::read_bundle, cited::ShownText, entry_file, page_file, payload_files, proof_file, range,
};
use crate::{
    Result,
    audit::{
        Checkpoint, Finding, Hash, Leaf, Policy, SignedNote, Timestamp, TlogProof, VerifierKey, checkpoint::missing_kind,
        commitment, leaf_hash, open_checkpoint, parse_canonical,
    },
    hex::{hex, unhex},
};

/// Verifies a bundle from its bytes alone. With `keys`, verifier keys that are known from elsewhere, it shows who signed; without any it
/// is not ok, since a forger signs everything anew.
///
/// What is wrong with the bundle is a finding.
///
/// # Errors
/// `bundle.malformed` for a file that is none.
pub fn verify_bundle(bytes: &[u8], keys: &[VerifierKey]) -> Result<BundleReport> {
    let files = read_bundle(bytes)?;
    let mut check = Check { files: &files, findings: Vec::new(), checked: BundleChecked::default() };
    let manifest = check.manifest();
    let (checkpoint, signer) = check.checkpoint(keys);
    let existed_before = check.existed_before();
    let mut selection = Selection::NotShown;
    if let Some(manifest) = &manifest {
        check.files_of(manifest);
        let is_other = |checkpoint: &Checkpoint| (&checkpoint.origin, checkpoint.size) != (&manifest.origin, manifest.size);
        if checkpoint.as_ref().is_some_and(is_other) || manifest.origin != format!("beleg/{}/{}", manifest.corpus, manifest.epoch)
        {
            check.find("manifest_differs", "manifest.json", "the manifest names another log or checkpoint than the bundle holds");
        }
        let entries = check.entries(manifest, checkpoint.as_ref());
        let payloads = check.payloads(manifest, &entries);
        check.strays(manifest, &entries);
        let pages = check.pages(&entries, &payloads);
        check.answer(manifest, &entries, &payloads, &pages);
        selection = check.selection(manifest, checkpoint.as_ref(), &entries);
    }
    let integrity = if check.findings.is_empty() { Integrity::Intact } else { Integrity::Broken };
    match signer {
        SignerAssurance::Pinned => {}
        SignerAssurance::Unpinned => check.find(
            "signer_unpinned",
            "checkpoint",
            "no key was given: the bundle is signed with the key that it names itself, and a forger signs everything anew",
        ),
        SignerAssurance::Unsigned => {}
    }
    let Check { findings, checked, .. } = check;
    let assurance = Assurance { integrity, signer, existed_before, selection };
    Ok(BundleReport { ok: findings.is_empty(), assurance, checked, findings })
}

struct Check<'a> {
    files: &'a BTreeMap<String, Vec<u8>>,
    findings: Vec<Finding>,
    checked: BundleChecked,
}

/// Payloads that are there and are those that the entry commits to.
type Payloads<'a> = BTreeMap<(u64, usize), &'a [u8]>;
/// Texts of cited pages, by document, version and page.
type Pages = BTreeMap<(Uuid, u32, u32), Vec<ShownText>>;

impl<'a> Check<'a> {
    fn find(&mut self, kind: &'static str, where_: impl Into<String>, what: impl Into<String>) {
        self.findings.push(Finding { kind, where_: where_.into(), what: what.into() });
    }

    fn file(&mut self, name: &str) -> Option<&'a [u8]> {
        let file = self.files.get(name);
        if file.is_none() {
            self.find("file_missing", name, "the file is missing");
        }
        file.map(Vec::as_slice)
    }

    fn manifest(&mut self) -> Option<Manifest> {
        let bytes = self.file("manifest.json")?;
        let parsed = parse_canonical(bytes).ok().and_then(|value| serde_json::from_value::<Manifest>(value).ok());
        let manifest = parsed.filter(|manifest| manifest.v == 1 && manifest.r#type == "beleg-evidence");
        if manifest.is_none() {
            self.find("manifest_malformed", "manifest.json", "the manifest cannot be read");
        }
        manifest
    }

    fn files_of(&mut self, manifest: &Manifest) {
        for (name, digest) in &manifest.files {
            match self.file(name) {
                Some(bytes) if hex(&Sha256::digest(bytes)) != *digest => {
                    self.find("file_differs", name, "the file is not the one that the manifest names");
                }
                Some(_) => self.checked.files += 1,
                None => {}
            }
        }
        let originals = self.files.iter().filter_map(|(name, bytes)| Some((name, name.strip_prefix("originals/")?, bytes)));
        let others: Vec<&String> =
            originals.filter(|(_, digest, bytes)| hex(&Sha256::digest(bytes)) != *digest).map(|(name, ..)| name).collect();
        for name in others {
            self.find("original_differs", name, "the original is not the one of its name");
        }
        let unknown = self
            .files
            .keys()
            .filter(|name| !manifest.files.contains_key(*name) && !matches!(name.as_str(), "manifest.json" | "verify.html"));
        for name in unknown {
            self.find("file_unknown", name, "the manifest does not name the file");
        }
    }

    fn checkpoint(&mut self, keys: &[VerifierKey]) -> (Option<Checkpoint>, SignerAssurance) {
        let Some(note) = self.file("checkpoint") else { return (None, SignerAssurance::Unsigned) };
        let named;
        let (keys, signer) = if keys.is_empty() {
            // Whether it is signed at all is worth knowing.
            named = self
                .policy()
                .map(|policy| policy.logs().iter().map(|log| log.key.clone()).collect::<Vec<_>>())
                .unwrap_or_default();
            (named.as_slice(), SignerAssurance::Unpinned)
        } else {
            (keys, SignerAssurance::Pinned)
        };
        match open_checkpoint(note, keys) {
            Ok((checkpoint, note)) => {
                let signers = note.signed_by(keys).unwrap_or_default();
                // The policy may name a key that came after this checkpoint; who gives one asks for it.
                match missing_kind(&checkpoint, &signers, keys).filter(|_| signer == SignerAssurance::Pinned) {
                    Some(kind) => {
                        let what = format!("none of the given keys of the kind {kind} signed the checkpoint");
                        self.find("signature", "checkpoint", what);
                        (Some(checkpoint), SignerAssurance::Unsigned)
                    }
                    None => (Some(checkpoint), signer),
                }
            }
            Err(error) => {
                self.find("signature", "checkpoint", error.message());
                let body = SignedNote::parse(note).and_then(|note| Checkpoint::parse(&note.text));
                (body.ok(), SignerAssurance::Unsigned)
            }
        }
    }

    fn policy(&self) -> Option<Policy> {
        Policy::parse(self.files.get("policy")?).ok()
    }

    fn existed_before(&mut self) -> ExistedBefore {
        let timestamps = self.timestamps();
        let note = self.files.get("checkpoint").and_then(|note| SignedNote::parse(note).ok());
        let mut witnesses = Vec::new();
        match (self.policy(), note) {
            (Some(policy), Some(note)) => match policy.satisfied(&note) {
                Ok(report) => {
                    witnesses = report.witnesses.into_iter().map(|witness| witness.key).collect();
                    if !report.quorum {
                        self.find("policy", "checkpoint", "fewer witnesses have signed than the policy asks for");
                    }
                }
                Err(error) => self.find("policy", "checkpoint", error.message()),
            },
            _ => self.find("policy", "policy", "the policy of the log cannot be read"),
        }
        let by = match (witnesses.is_empty(), timestamps.is_empty()) {
            (false, _) => "witnesses",
            (true, false) => "timestamps",
            (true, true) => "operator",
        };
        ExistedBefore { by, witnesses, timestamps }
    }

    /// The time stamps over the checkpoint, or over `anchors/checkpoint`, which is the same without cosignatures. Whether the
    /// signature of an authority holds is for `openssl ts -verify`.
    fn timestamps(&mut self) -> Vec<String> {
        let files = self.files;
        let text = |name: &str| SignedNote::parse(files.get(name)?).ok().map(|note| note.text);
        let plain = files.get("anchors/checkpoint");
        if plain.is_some() && text("anchors/checkpoint").is_none_or(|plain| Some(plain) != text("checkpoint")) {
            self.find("timestamp", "anchors/checkpoint", "it is another checkpoint than the one of the bundle");
        }
        let stamped = plain.or_else(|| files.get("checkpoint")).map(Vec::as_slice).unwrap_or_default();
        let mut timestamps = Vec::new();
        for (name, bytes) in files.iter().filter(|(name, _)| name.starts_with("anchors/") && name.ends_with(".tsr")) {
            match Timestamp::parse(bytes) {
                Ok(stamp) if stamp.is_of(stamped) => timestamps.push(name.clone()),
                Ok(_) => self.find("timestamp", name, "it is over something else than the checkpoint"),
                Err(error) => self.find("timestamp", name, error.message()),
            }
        }
        timestamps
    }

    fn entries(&mut self, manifest: &Manifest, checkpoint: Option<&Checkpoint>) -> Entries {
        let mut entries = Entries::new();
        let note = self.files.get("checkpoint").map(Vec::as_slice).unwrap_or_default();
        for listed in &manifest.entries {
            let (name, proof_name) = (entry_file(listed.index), proof_file(listed.index));
            let (Some(bytes), Some(proof)) = (self.file(&name), self.file(&proof_name)) else { continue };
            let proof = match TlogProof::parse(proof) {
                Ok(proof) => proof,
                Err(error) => {
                    self.find("proof", proof_name, error.message());
                    continue;
                }
            };
            let holds = checkpoint.is_some_and(|checkpoint| {
                proof.checkpoint == note
                    && proof.proof.index == listed.index
                    && proof.proof.size == checkpoint.size
                    && proof.proof.verify(&leaf_hash(bytes), &checkpoint.root).is_ok()
            });
            if !holds {
                self.find("proof", proof_name, "the entry is not at its place in the log that the checkpoint signs");
                continue;
            }
            match Leaf::parse(bytes) {
                Ok(leaf)
                    if (leaf.id, &leaf.r#type, leaf.epoch, leaf.tenant)
                        == (listed.id, &listed.r#type, manifest.epoch, manifest.tenant) =>
                {
                    self.checked.entries += 1;
                    entries.insert(listed.index, leaf);
                }
                _ => self.find("entry", name, "the entry is another one than the manifest names"),
            }
        }
        entries
    }

    fn payloads(&mut self, manifest: &Manifest, entries: &Entries) -> Payloads<'a> {
        let mut payloads = Payloads::new();
        let set = |payloads: &[ManifestPayload]| payloads.iter().cloned().collect::<BTreeSet<_>>();
        let (erased, withheld) = (set(&manifest.erased), set(&manifest.withheld));
        for (index, leaf) in entries {
            for (ordinal, payload) in leaf.payloads.iter().enumerate() {
                let (name, salt_name) = payload_files(*index, ordinal, &payload.media_type);
                let listed = ManifestPayload { index: *index, ordinal: ordinal as u64, name: payload.name.clone() };
                let (Some(bytes), Some(salt)) = (self.files.get(&name), self.files.get(&salt_name)) else {
                    if erased.contains(&listed) {
                        self.checked.erased += 1;
                    } else if withheld.contains(&listed) {
                        self.checked.withheld += 1;
                    } else {
                        self.find("payload_missing", name, "the entry commits to it, and nothing says that it was erased");
                    }
                    continue;
                };
                let is_committed = <&[u8; 32]>::try_from(salt.as_slice())
                    .is_ok_and(|salt| hex(&commitment(salt, &payload.name, bytes)) == payload.commitment);
                if is_committed && bytes.len() as u64 == payload.length {
                    self.checked.payloads += 1;
                    payloads.insert((*index, ordinal), bytes.as_slice());
                } else {
                    self.find("payload_differs", name, "it is not the one that the entry commits to");
                }
            }
        }
        payloads
    }

    /// What belongs to no entry: whoever reads the bundle would take it for a part of one.
    fn strays(&mut self, manifest: &Manifest, entries: &Entries) {
        let mut known: BTreeSet<String> =
            manifest.entries.iter().flat_map(|listed| [entry_file(listed.index), proof_file(listed.index)]).collect();
        for (index, leaf) in entries {
            for (ordinal, payload) in leaf.payloads.iter().enumerate() {
                known.extend(<[String; 2]>::from(payload_files(*index, ordinal, &payload.media_type)));
            }
        }
        let of_entries = ["entries/", "proofs/", "payloads/"];
        let strays =
            self.files.keys().filter(|name| of_entries.iter().any(|folder| name.starts_with(folder)) && !known.contains(*name));
        for name in strays {
            self.find("file_stray", name, "the file belongs to no entry of the bundle");
        }
    }

    /// The entries around the answer, when they travel along.
    fn selection(&mut self, manifest: &Manifest, checkpoint: Option<&Checkpoint>, entries: &Entries) -> Selection {
        let Some(checkpoint) = checkpoint.filter(|_| range::is_there(self.files)) else { return Selection::NotShown };
        match range::verify(self.files, manifest, checkpoint, entries) {
            Ok(shown) => Selection::Shown(shown),
            Err(error) => {
                self.find("range", "range/range.json", error.message());
                Selection::NotShown
            }
        }
    }

    /// The cited pages, each against the root that the entry of its document commits to.
    fn pages(&mut self, entries: &Entries, payloads: &Payloads<'_>) -> Pages {
        let mut roots = BTreeMap::new();
        for ((index, ordinal), bytes) in payloads {
            let leaf = &entries[index];
            if leaf.r#type == "ingest" && leaf.payloads[*ordinal].name == "document" {
                let document: Option<serde_json::Value> = serde_json::from_slice(bytes).ok();
                let of = |name: &str| document.as_ref().and_then(|document| document.get(name)?.as_str().map(str::to_owned));
                let version = document.as_ref().and_then(|document| document.get("version")?.as_u64());
                if let (Some(id), Some(version), Some(root)) = (of("id"), version, of("pages_root")) {
                    roots.insert((id, version), root);
                }
            }
        }
        let mut pages = Pages::new();
        let names: Vec<&String> =
            self.files.keys().filter(|name| name.starts_with("pages/") && name.ends_with(".json")).collect();
        for name in names {
            let page = parse_canonical(&self.files[name]).and_then(|value| {
                serde_json::from_value::<CitedPage>(value)
                    .map_err(|error| crate::Error::new(crate::ErrorKind::Malformed, "bundle.page_malformed", error.to_string()))
            });
            let page = match page {
                Ok(page) if page_file(page.document, page.version, page.page) == *name && page.v == 1 => page,
                _ => {
                    self.find("page", name, "the page cannot be read, or is another one than its name says");
                    continue;
                }
            };
            let root = roots
                .get(&(page.document.to_string(), u64::from(page.version)))
                .and_then(|root| unhex(root)?.try_into().ok())
                .map(Hash);
            let Some(root) = root else {
                self.find("page", name, "no entry of the bundle says what the document's text was when it came in");
                continue;
            };
            match page.verify(&root) {
                Ok(texts) => {
                    self.checked.blocks += texts.len() as u64;
                    pages.insert((page.document, page.version, page.page), texts);
                }
                Err(_) => self.find("page", name, "a block is not of the text that was put on record when the document came in"),
            }
        }
        pages
    }

    /// The answer: it is the one that the manifest names, and each quote stands in the cited blocks.
    fn answer(&mut self, manifest: &Manifest, entries: &Entries, payloads: &Payloads<'_>, pages: &Pages) {
        let wanted = manifest.answer.to_string();
        let entry = entries
            .iter()
            .find(|(_, leaf)| leaf.r#type == "answer" && leaf.phase == "outcome" && leaf.versions.get("answer") == Some(&wanted));
        let Some((index, leaf)) = entry else {
            return self.find("answer_missing", "manifest.json", "no entry of the bundle is the one of the answer");
        };
        let Some(ordinal) = leaf.payloads.iter().position(|payload| payload.name == "answer") else {
            return self.find("answer_missing", entry_file(*index), "the entry commits to no answer");
        };
        // What was erased cannot be checked, and is no finding.
        let Some(bytes) = payloads.get(&(*index, ordinal)) else { return };
        let (name, _) = payload_files(*index, ordinal, "application/json");
        let Ok(answer) = serde_json::from_slice::<Cited>(bytes) else {
            return self.find("answer", name, "the answer cannot be read");
        };
        for (place, citation) in answer.citations.iter().enumerate() {
            let mut quote = String::new();
            for segment in &citation.segments {
                let key = (citation.document.id, citation.document.version, segment.page);
                let Some(text) = pages.get(&key).and_then(|texts| at(texts, segment.span.start, segment.span.end)) else {
                    quote.clear();
                    break;
                };
                if !quote.is_empty() {
                    quote.push('\n');
                }
                quote.push_str(&text);
            }
            if !citation.quote.is_empty() && quote == citation.quote {
                self.checked.citations += 1;
            } else {
                self.find("citation", format!("{name} citation {}", place + 1), "its words do not stand in the cited blocks");
            }
        }
    }
}

/// The text of a page between two places, when the blocks that are shown hold all of it.
fn at(texts: &[ShownText], start: u64, end: u64) -> Option<String> {
    let mut out = String::new();
    let mut at = start;
    for text in texts {
        let until = text.start + text.text.len() as u64;
        if at < end && text.start <= at && at < until {
            let cut = end.min(until);
            out.push_str(text.text.get((at - text.start) as usize..(cut - text.start) as usize)?);
            at = cut;
        }
    }
    (at == end).then_some(out)
}

/// What is needed of an answer.
#[derive(serde::Deserialize)]
struct Cited {
    citations: Vec<Citation>,
}

#[derive(serde::Deserialize)]
struct Citation {
    document: Document,
    segments: Vec<Segment>,
    quote: String,
}

#[derive(serde::Deserialize)]
struct Document {
    id: Uuid,
    version: u32,
}

#[derive(serde::Deserialize)]
struct Segment {
    page: u32,
    span: Span,
}

#[derive(serde::Deserialize)]
struct Span {
    start: u64,
    end: u64,
}
