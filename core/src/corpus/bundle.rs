//! The evidence bundle of an answer: all that it takes to check it elsewhere.

use std::{collections::BTreeMap, sync::Arc};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{Corpus, ingest};
use crate::{
    Error, ErrorKind, Result,
    answer::PLAN_TEMPLATE,
    audit::{
        self, Hash, TlogProof,
        bundle::{self, CitedPage, Manifest, ManifestEntry, ManifestPayload, ShownBlock},
    },
    audit_log::{EntriesAround, LoggedEntry, VaultRecord},
    document::pdf,
    hex::{hex, unhex},
    record::{Action, Content, Ending, Entry},
    store::{Blobs, PageReader, text_name},
    types::{Page, Span},
};

/// Resolution of pictures of cited regions.
const DPI: f32 = 144.0;
/// Entries that an answer leads to, at most.
const MOST_ENTRIES: usize = 256;
/// Bytes of the entries around an answer, at most: some 100,000 entries, which whoever verifies the bundle holds in memory.
const MOST_AROUND: u64 = 64 << 20;

/// What goes into a bundle beside the answer, its entries and the cited blocks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BundleOptions {
    /// All blocks of the cited pages, and pictures of them as a whole.
    pub full_pages: bool,
    /// The original files of the cited documents.
    pub originals: bool,
    /// The checkpoint to prove against; the first one that covers the answer when not given.
    pub checkpoint: Option<u64>,
    /// The entries of the log around the answer, without what they commit to: whoever has them counts the answers that were given then, and sees
    /// that none was left out. Tells how often whom (by pseudonyms) did what.
    pub around: Option<EntriesAround>,
    /// Passwords of the cited documents, for pictures of encrypted ones.
    pub passwords: Vec<String>,
}

/// A bundle, and what is worth knowing of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bundle {
    /// The ZIP.
    pub bytes: Vec<u8>,
    /// The checkpoint that it is pinned to.
    pub size: u64,
    /// Entries in it.
    pub entries: usize,
    /// Payloads that were erased.
    pub erased: usize,
    /// Pictures that could not be drawn, by document and page.
    pub without_picture: Vec<(String, u32)>,
}

/// What is read of the answer on record.
#[derive(serde::Deserialize)]
struct Recorded {
    citations: Vec<RecordedCitation>,
}

#[derive(serde::Deserialize)]
struct RecordedCitation {
    document: RecordedDocument,
    segments: Vec<RecordedSegment>,
    text_version: String,
}

#[derive(serde::Deserialize)]
struct RecordedDocument {
    id: Uuid,
    name: String,
    sha256: String,
    version: u32,
}

#[derive(serde::Deserialize)]
struct RecordedSegment {
    page: u32,
    span: Span,
}

/// A document that is cited, and where.
struct CitedDocument {
    name: String,
    sha256: String,
    extractor: String,
    spans: BTreeMap<u32, Vec<Span>>,
}

impl Corpus {
    /// Exports an answer, by its id, as an evidence bundle: the same bytes each time for the same options. That it was exported goes on record.
    ///
    /// # Errors
    /// `answer.not_found`; `bundle.text_changed` when the stored text is not the one that was put on record; those of
    /// [`AuditLog::entries_around`](crate::audit_log::AuditLog::entries_around).
    pub async fn bundle(&self, answer: Uuid, options: BundleOptions) -> Result<Bundle> {
        self.check_caller()?;
        let found = self.audit().find(answer, "answer").await?.ok_or_else(|| no_answer(answer))?;
        // A bundle is pinned to one checkpoint, and so to the epoch of its answer.
        let log = self.audit().in_epoch(found.leaf.epoch)?;
        let is_of_epoch = |entry: &LoggedEntry| entry.leaf.epoch == log.epoch();
        let mut entries = BTreeMap::from([(found.index, found.clone())]);
        let mut wanted: Vec<Uuid> = found.leaf.refs.clone();
        while let Some(id) = wanted.pop() {
            if entries.len() < MOST_ENTRIES
                && entries.values().all(|entry: &LoggedEntry| entry.leaf.id != id)
                && let Some(entry) = log.find_entry(id).await?.filter(is_of_epoch)
            {
                wanted.extend(&entry.leaf.refs);
                entries.insert(entry.index, entry);
            }
        }
        let cited = cited(&found)?;
        for (id, version) in cited.keys() {
            let entry = log.find_document(*id, *version).await?.filter(is_of_epoch);
            entries.extend(entry.map(|entry| (entry.index, entry)));
        }

        let published = log.first_covering(found.index, options.checkpoint).await?;
        let evidence = log.evidence(published.checkpoint.size)?;
        let mut files = BTreeMap::new();
        let (mut erased, mut withheld, mut seeds) = (Vec::new(), Vec::new(), BTreeMap::new());
        for (index, entry) in &entries {
            files.insert(bundle::entry_file(*index), entry.bytes.clone());
            // With the note of the bundle, which has cosignatures that the plain one lacks.
            let proof =
                TlogProof { checkpoint: evidence.note.clone(), ..log.prove(*index, Some(published.checkpoint.size)).await? };
            files.insert(bundle::proof_file(*index), proof.to_string().into_bytes());
            for (ordinal, payload) in entry.leaf.payloads.iter().enumerate() {
                let listed = ManifestPayload { index: *index, ordinal: ordinal as u64, name: payload.name.clone() };
                let Some(VaultRecord::Kept { salt, payload: bytes }) = entry.payloads.get(ordinal) else {
                    erased.push(listed);
                    continue;
                };
                match payload.name.as_str() {
                    // With it whoever has the bundle could check guesses at what it does not show.
                    "pages_seed" => {
                        let key = entry.leaf.versions.get("document").cloned();
                        seeds.extend(key.map(|key| (key, String::from_utf8_lossy(bytes).into_owned())));
                        withheld.push(listed);
                    }
                    // What a chat model wrote beyond what was handed out is no evidence.
                    "request" | "response" | "pseudonyms" | "redaction" => withheld.push(listed),
                    // What was said before the question is of other answers.
                    "prompt" | "sent" if is_plan(entry) => withheld.push(listed),
                    _ => {
                        let (name, salt_name) = bundle::payload_files(*index, ordinal, &payload.media_type);
                        files.insert(name, bytes.clone());
                        files.insert(salt_name, salt.to_vec());
                    }
                }
            }
        }
        if let Some(around) = options.around {
            let range = log.entries_around(found.index, around, published.checkpoint.size, MOST_AROUND).await?;
            files.extend(bundle::range_files(&range.proof, range.entries.iter().map(Vec::as_slice))?);
        }
        let mut without_picture = Vec::new();
        for ((id, version), document) in &cited {
            let Some(seed) = seeds.get(&id.to_string()).and_then(|seed| unhex(seed)?.try_into().ok()) else { continue };
            self.add_pages(*id, *version, document, &seed, &options, &mut files, &mut without_picture).await?;
        }

        files.insert("checkpoint".to_owned(), evidence.note);
        files.insert("policy".to_owned(), evidence.policy.to_string().into_bytes());
        files.extend(evidence.anchors);
        files.insert(
            "entries.csv".to_owned(),
            bundle::gobd::entries(entries.values().map(|entry| (entry.index, &entry.leaf))).into_bytes(),
        );
        files.insert("index.xml".to_owned(), bundle::gobd::index().into_bytes());
        files.insert("README.txt".to_owned(), README.as_bytes().to_vec());
        let manifest = Manifest {
            v: 1,
            r#type: "beleg-evidence".to_owned(),
            corpus: self.id(),
            tenant: self.0.layout.tenant,
            epoch: log.epoch(),
            origin: log.origin(),
            size: published.checkpoint.size,
            answer,
            entries: entries
                .values()
                .map(|entry| ManifestEntry { index: entry.index, id: entry.leaf.id, r#type: entry.leaf.r#type.clone() })
                .collect(),
            files: files.iter().map(|(name, bytes)| (name.clone(), hex(&Sha256::digest(bytes)))).collect(),
            erased,
            withheld,
        };
        let value = serde_json::to_value(&manifest).map_err(|error| internal(&error))?;
        files.insert("manifest.json".to_owned(), audit::to_canonical(&value)?);
        files.insert("verify.html".to_owned(), VERIFY_PAGE.as_bytes().to_vec());
        let bytes = bundle::write_bundle(&files)?;

        let inner = &self.engine().0;
        let entry = Entry::outcome(inner.clock.as_ref(), inner.random.as_ref(), self.caller(), Action::Export, Ending::Complete)
            .refers_to(found.leaf.id)
            .version("answer", answer)
            .count("bytes", bytes.len() as u64)
            .count("entries", entries.len() as u64)
            .payload("bundle_sha256", Content::Text(hex(&Sha256::digest(&bytes))));
        self.recorder().record(entry).await?;
        let erased = manifest.erased.len();
        Ok(Bundle { bytes, size: published.checkpoint.size, entries: entries.len(), erased, without_picture })
    }

    /// The cited blocks of a document with their paths, and pictures of them.
    #[allow(clippy::too_many_arguments, reason = "they are what the loop around it holds")]
    async fn add_pages(
        &self,
        id: Uuid,
        version: u32,
        document: &CitedDocument,
        seed: &[u8; 32],
        options: &BundleOptions,
        files: &mut BTreeMap<String, Vec<u8>>,
        without_picture: &mut Vec<(String, u32)>,
    ) -> Result<()> {
        let blobs = self.0.blobs.as_ref();
        let reader = PageReader::open(blobs, text_name(&document.sha256, &document.extractor)).await?;
        let (mut leaves, mut shown) = (Vec::with_capacity(reader.len()), BTreeMap::new());
        for number in 1..=reader.len() as u32 {
            let page = reader.page(number).await?.ok_or_else(|| text_changed(document))?;
            let hashes = audit::block_hashes(seed, &page)?;
            leaves.push(audit::leaf_hash(&audit::root_of(&hashes).0));
            if document.spans.contains_key(&number) {
                shown.insert(number, (page, hashes));
            }
        }
        let original = match pdf_of(document, blobs).await? {
            Some(bytes) => Some(Arc::new(bytes)),
            None => None,
        };
        for (number, (page, hashes)) in &shown {
            let spans = &document.spans[number];
            let cited = cited_page(id, version, page, hashes, &leaves, seed, spans, options.full_pages)?;
            let value = serde_json::to_value(&cited).map_err(|error| internal(&error))?;
            let name = bundle::page_file(id, version, *number);
            if let Some(original) = &original {
                for (place, span) in spans.iter().enumerate() {
                    let boxes = page.boxes(*span);
                    let picture = if options.full_pages {
                        pdf::picture(original.clone(), &options.passwords, *number, &boxes, DPI)
                    } else {
                        pdf::picture_of(original.clone(), &options.passwords, *number, &boxes, DPI)
                    };
                    match picture {
                        Ok(png) => drop(files.insert(format!("{}-{}.png", name.trim_end_matches(".json"), place + 1), png)),
                        Err(_) => without_picture.push((document.name.clone(), *number)),
                    }
                }
            }
            files.insert(name, audit::to_canonical(&value)?);
        }
        if options.originals
            && let Some((bytes, _)) = blobs.get(&ingest::original_name(&document.sha256)).await?
        {
            files.insert(format!("originals/{}", document.sha256), bytes);
        }
        Ok(())
    }
}

/// The documents that an answer on record cites; none when it was erased.
fn cited(entry: &LoggedEntry) -> Result<BTreeMap<(Uuid, u32), CitedDocument>> {
    let mut cited: BTreeMap<(Uuid, u32), CitedDocument> = BTreeMap::new();
    let place = entry.leaf.payloads.iter().position(|payload| payload.name == "answer");
    let Some(VaultRecord::Kept { payload, .. }) = place.and_then(|place| entry.payloads.get(place)) else { return Ok(cited) };
    let answer: Recorded = serde_json::from_slice(payload).map_err(|error| internal(&error))?;
    for citation in answer.citations {
        let RecordedDocument { id, name, sha256, version } = citation.document;
        let extractor = citation.text_version.split(':').next().unwrap_or_default().to_owned();
        let document =
            cited.entry((id, version)).or_insert_with(|| CitedDocument { name, sha256, extractor, spans: BTreeMap::new() });
        for segment in citation.segments {
            document.spans.entry(segment.page).or_default().push(segment.span);
        }
    }
    Ok(cited)
}

#[allow(clippy::too_many_arguments, reason = "a page, its tree and what is shown of it")]
fn cited_page(
    id: Uuid,
    version: u32,
    page: &Page,
    hashes: &[Hash],
    leaves: &[Hash],
    seed: &[u8; 32],
    spans: &[Span],
    all: bool,
) -> Result<CitedPage> {
    let base64 = |path: Vec<Hash>| path.iter().map(Hash::to_string).collect::<Vec<_>>();
    let mut shown = Vec::new();
    for (index, block) in (0u32..).zip(audit::blocks(page)) {
        if all || spans.iter().any(|span| span.start < block.end && block.start < span.end) {
            shown.push(ShownBlock {
                index: index.into(),
                block: STANDARD.encode(audit::block_bytes(page, block)?),
                salt: STANDARD.encode(audit::block_salt(seed, page.number, index)),
                path: base64(audit::path_of(hashes, index.into())?),
            });
        }
    }
    let path = base64(audit::path_of(leaves, u64::from(page.number) - 1)?);
    let (pages, blocks) = (leaves.len() as u64, hashes.len() as u64);
    Ok(CitedPage { v: 1, document: id, version, page: page.number, pages, blocks, shown, path })
}

async fn pdf_of(document: &CitedDocument, blobs: &dyn Blobs) -> Result<Option<Vec<u8>>> {
    let bytes = blobs.get(&ingest::original_name(&document.sha256)).await?;
    Ok(bytes.map(|(bytes, _)| bytes).filter(|bytes| bytes[..bytes.len().min(1024)].windows(5).any(|part| part == b"%PDF-")))
}

/// Whether an entry is of a prompt that asked how to search.
fn is_plan(entry: &LoggedEntry) -> bool {
    entry.leaf.versions.get("template").is_some_and(|template| template == PLAN_TEMPLATE)
}

fn no_answer(answer: Uuid) -> Error {
    Error::new(ErrorKind::NotFound, "answer.not_found", "the audit log has no such answer")
        .with("answer", answer.to_string())
        .with_hint("`beleg audit log CORPUS` lists answers with their ids")
}

fn text_changed(document: &CitedDocument) -> Error {
    Error::new(ErrorKind::Corrupt, "bundle.text_changed", "the stored text is not the one that was put on record")
        .with("document", document.name.clone())
        .with_hint("restore the folder `text` of the corpus from a backup")
}

fn internal(error: &dyn std::fmt::Display) -> Error {
    Error::new(ErrorKind::Internal, "bundle.encode", error.to_string())
}

/// How to check a bundle without Beleg, in German and English.
const README: &str = include_str!("bundle/README.txt");
/// Verifies a bundle in a browser.
const VERIFY_PAGE: &str = include_str!("bundle/verify.html");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_runs_its_own_script_and_style_and_nothing_else() {
        let between = |start: &str, end: &str| {
            let (_, rest) = VERIFY_PAGE.split_once(start).expect("it is there");
            rest.split_once(end).expect("it ends").0
        };
        let policy = between("Content-Security-Policy", ">");
        for part in [between("<script>", "</script>"), between("<style>", "</style>")] {
            let digest = STANDARD.encode(Sha256::digest(part));
            assert!(policy.contains(&format!("'sha256-{digest}'")), "the policy in the page names another digest than {digest}");
        }
        assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"));
    }
}
