use std::{path::Path, sync::Arc};

use beleg::{
    Error, ErrorKind, Result,
    audit::{Leaf, Policy, VerifierKey},
    audit_log::{AnchorOptions, AuditLog, HttpOptions, HttpTransport, LoggedEntry, PlacedEntry, Standing, VaultRecord},
};

use crate::{args::Audit, engine::Session, output::Output, progress, text::audit as text};

pub(crate) async fn audit(session: &Session<'_>, command: &Audit, output: &Output) -> Result<bool> {
    match command {
        Audit::Log { corpus, from, n, payloads } => log(&session.audit(corpus)?, *from, *n, *payloads, output).await,
        Audit::Verify { corpus, known } => verify(&session.audit(corpus)?, known, output).await,
        Audit::Prove { corpus, index, size, output: file } => {
            prove(&session.audit(corpus)?, *index, *size, file.as_deref(), output).await
        }
        Audit::Checkpoint { corpus, size, new } => checkpoint(&session.audit(corpus)?, *size, *new, output).await,
        Audit::Key { corpus, letter, rotate } => key(session, corpus, *letter, *rotate, output).await,
        Audit::Witness { corpus, policy, check } => witness(&session.audit(corpus)?, policy, *check, output).await,
        Audit::Timestamp { corpus, tsa } => timestamp(&session.audit(corpus)?, corpus, tsa, output).await,
        Audit::Resume { corpus, reason, copy } => resume(session, corpus, reason, *copy, output).await,
    }
}

async fn log(log: &AuditLog, from: Option<u64>, n: u64, payloads: bool, output: &Output) -> Result<bool> {
    let entries: Vec<PlacedEntry> = match from {
        Some(_) => {
            let (first, entries) = log.last_entries(from, n).await?;
            let epoch = log.epoch();
            (first..).zip(entries).map(|(index, bytes)| PlacedEntry { epoch, index, bytes }).collect()
        }
        None => log.latest(n).await?,
    };
    let mut shown = Vec::with_capacity(entries.len());
    for PlacedEntry { epoch, index, bytes } in entries {
        let entry = if payloads { log.in_epoch(epoch)?.entry(index).await? } else { None };
        let bare = || Ok::<_, Error>(LoggedEntry { index, leaf: Leaf::parse(&bytes)?, bytes, payloads: Vec::new() });
        shown.push(entry.map_or_else(bare, Ok)?);
    }
    let json: Vec<_> = shown.iter().map(|entry| as_json(entry, payloads)).collect();
    output.result(&serde_json::json!({"entries": json}), || text::entries(output.lang(), &shown));
    Ok(true)
}

/// An entry as it is, its place, and its payloads by name.
fn as_json(entry: &LoggedEntry, payloads: bool) -> serde_json::Value {
    let mut json = serde_json::json!({"index": entry.index, "entry": entry.leaf});
    if payloads {
        let records = entry.leaf.payloads.iter().enumerate().map(|(place, payload)| {
            let content = match entry.payloads.get(place) {
                Some(VaultRecord::Kept { payload: bytes, .. }) => content(&payload.media_type, bytes),
                _ => serde_json::Value::Null,
            };
            serde_json::json!({"name": payload.name, "erased": content.is_null(), "content": content})
        });
        json["payloads"] = records.collect();
    }
    json
}

fn content(media_type: &str, bytes: &[u8]) -> serde_json::Value {
    let text = || String::from_utf8_lossy(bytes).into_owned().into();
    if media_type == "application/json" { serde_json::from_slice(bytes).unwrap_or_else(|_| text()) } else { text() }
}

async fn verify(log: &AuditLog, keys: &[String], output: &Output) -> Result<bool> {
    let keys = keys.iter().map(|key| key.parse::<VerifierKey>()).collect::<Result<Vec<_>>>()?;
    let is_known = !keys.is_empty();
    let shown = progress::counted(output);
    let done = log.verify(keys, shown.as_ref().map(|(_, count)| Arc::clone(count))).await;
    if let Some((bar, _)) = shown {
        bar.finish_and_clear();
    }
    let done = done?;
    let report = &done.report;
    let json = serde_json::json!({
        "ok": done.is_ok(),
        "origin": report.origin,
        "size": report.size,
        "root": report.root.to_string(),
        "signer": if is_known { "given" } else if done.is_pinned { "key_store" } else { "unknown" },
        "checked": {"entries": report.entries, "tiles": report.tiles, "boots": done.boots, "checkpoints": done.checkpoints},
        "uncovered": done.uncovered,
        "clock_set_back": done.clock_set_back,
        "findings": report.findings,
    });
    output.result(&json, || text::verified(output.lang(), &done, is_known));
    Ok(done.is_ok())
}

async fn prove(log: &AuditLog, index: u64, size: Option<u64>, file: Option<&Path>, output: &Output) -> Result<bool> {
    let proof = log.prove(index, size).await?.to_string();
    if let Some(file) = file {
        std::fs::write(file, &proof).map_err(|error| Error::io(error, "write the proof", file))?;
        output.note(&crate::text::documents::wrote(output.lang(), file));
        return Ok(true);
    }
    output.result(&serde_json::json!({"proof": proof}), || proof.clone());
    Ok(true)
}

async fn checkpoint(log: &AuditLog, size: Option<u64>, new: bool, output: &Output) -> Result<bool> {
    let published = if new { log.publish().await? } else { log.published(size)? };
    if new {
        log.close().await?;
    }
    let note = String::from_utf8_lossy(&published.note).into_owned();
    let json = serde_json::json!({
        "origin": published.checkpoint.origin,
        "size": published.checkpoint.size,
        "root": published.checkpoint.root.to_string(),
        "note": note,
    });
    output.result(&json, || note.clone());
    Ok(true)
}

async fn key(session: &Session<'_>, corpus: &Path, letter: bool, rotate: bool, output: &Output) -> Result<bool> {
    let log = session.audit(corpus)?;
    if rotate {
        log.rotate_key().await?;
        log.close().await?;
    }
    let keys = log.verifier_keys()?;
    let mut json = serde_json::json!({"origin": log.origin()});
    // The second one is there where the log signs with ML-DSA-44 as well.
    for (key, [name, fingerprint]) in keys.iter().zip([["key", "fingerprint"], ["ml_dsa_key", "ml_dsa_fingerprint"]]) {
        json[name] = key.to_string().into();
        json[fingerprint] = key.fingerprint().into();
    }
    let shown = |key: &VerifierKey| match letter {
        true => text::letter(output.lang(), &log.origin(), key),
        false => key.to_string(),
    };
    output.result(&json, || keys.iter().map(shown).collect::<Vec<_>>().join("\n"));
    Ok(true)
}

async fn witness(log: &AuditLog, file: &Path, check: bool, output: &Output) -> Result<bool> {
    let bytes = std::fs::read(file).map_err(|error| Error::io(error, "read the policy", file))?;
    let policy = Policy::parse(&bytes).map_err(|error| error.with("file", file.display().to_string()))?;
    let (transport, options) = (Arc::new(HttpTransport::new(&HttpOptions::default())?), AnchorOptions::default());
    if check {
        let witnesses = log.check_witnesses(&policy, transport, &options).await?;
        output.result(&serde_json::json!({"witnesses": witnesses}), || text::witnesses(output.lang(), &witnesses));
        let is_fine = |standing: &Standing| matches!(standing, Standing::Cosigned { .. } | Standing::Behind { .. });
        return Ok(witnesses.iter().all(|witness| is_fine(&witness.standing)));
    }
    let done = log.witness(&policy, transport, &options).await;
    // What it put on record is covered as well, whatever came of it.
    let closed = log.close().await;
    let done = done?;
    closed?;
    let json = serde_json::json!({
        "size": done.published.checkpoint.size,
        "root": done.published.checkpoint.root.to_string(),
        "witnesses": done.witnesses,
        "new": done.new,
        "cosigned": done.report.witnesses.iter().map(|witness| &witness.name).collect::<Vec<_>>(),
        "known_witnesses": done.report.known_witnesses,
        "quorum": done.report.quorum,
        "note": String::from_utf8_lossy(&done.published.note),
    });
    output.result(&json, || text::witnessed(output.lang(), &done));
    Ok(done.report.quorum)
}

async fn timestamp(log: &AuditLog, corpus: &Path, tsa: &str, output: &Output) -> Result<bool> {
    let transport = Arc::new(HttpTransport::new(&HttpOptions::default())?);
    let stamped = log.timestamp(tsa, transport, &AnchorOptions::default()).await;
    let closed = log.close().await;
    let stamped = stamped?;
    closed?;
    let (file, checkpoint) = (corpus.join(&stamped.name), corpus.join(&stamped.checkpoint_name));
    let json = serde_json::json!({
        "size": stamped.published.checkpoint.size,
        "root": stamped.published.checkpoint.root.to_string(),
        "time": stamped.timestamp.time.to_string(),
        "serial": stamped.timestamp.serial,
        "policy": stamped.timestamp.policy,
        "file": file,
        "checkpoint": checkpoint,
        "signature_verified": false,
    });
    output.result(&json, || text::stamped(output.lang(), &stamped, &file, &checkpoint));
    Ok(true)
}

async fn resume(session: &Session<'_>, corpus: &Path, reason: &str, copy: bool, output: &Output) -> Result<bool> {
    if reason.trim().is_empty() {
        return Err(Error::new(ErrorKind::InvalidInput, "audit.no_reason", "the reason is empty")
            .with_hint("say in a sentence what happened: who reads the log will ask"));
    }
    if copy {
        beleg::corpus::detach(corpus, session.keys()?.as_ref()).await?;
    }
    let (log, resumed) = session.audit(corpus)?.resume(reason).await?;
    log.close().await?;
    output.result(&resumed, || text::resumed(output.lang(), &resumed));
    Ok(true)
}
