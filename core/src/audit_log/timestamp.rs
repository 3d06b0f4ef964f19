//! Time stamps over checkpoints (RFC 3161): an authority's word that a checkpoint, and so every entry that it covers, existed at a time.
//!
//! What is stamped is `checkpoints/<size>`, byte for byte; the answer is kept as `anchors/<size>.tsr`. That it is over these bytes and
//! answers this request is checked; the authority's signature and certificate are not. Whoever relies on it runs
//!
//! ```text
//! openssl ts -verify -in anchors/<size>.tsr -data checkpoints/<size> -CAfile ROOT.pem
//! ```

use std::sync::Arc;

use super::{
    AuditLog,
    inspect::{self, blocking},
    parts::Parts,
    publish::{self, Published},
    read::wait,
    transport::{AnchorOptions, Request, Transport, send_patiently, shown},
};
use crate::{
    Error, ErrorKind, Result,
    audit::{Policy, SignedNote, TIMESTAMP_BYTES_MAX, Timestamp, TimestampRequest},
    record::{Action, Caller, Ending, Entry, Recorder},
};

/// Time stamps that are kept of one checkpoint.
const PER_CHECKPOINT: usize = 16;

/// A checkpoint, and the time stamp over it.
#[derive(Debug, Clone)]
pub struct StampedCheckpoint {
    /// What is stamped.
    pub published: Published,
    /// The name of the object that holds it, within the corpus.
    pub checkpoint_name: String,
    /// The name of the object that holds the authority's answer, within the corpus.
    pub name: String,
    /// What the answer says.
    pub timestamp: Timestamp,
    /// The answer, a `TimeStampResp`.
    pub response: Vec<u8>,
}

/// What goes into an evidence bundle that is pinned to a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckpointEvidence {
    /// The checkpoint: with cosignatures when there are enough for the policy.
    pub note: Vec<u8>,
    /// The policy that it satisfies.
    pub policy: Policy,
    /// Files beside it, when there are time stamps: `anchors/1.tsr`, …, and `anchors/checkpoint`, which is what they stamp: the checkpoint
    /// without cosignatures.
    pub anchors: Vec<(String, Vec<u8>)>,
}

impl AuditLog {
    /// Has the last published checkpoint stamped by the time stamp authority at `url`, and keeps its answer. An `anchor` entry says so.
    ///
    /// The authority's signature is not verified: its certificate is for whoever relies on the stamp to judge. See the module's text
    /// for the command that does.
    ///
    /// # Errors
    /// `audit.no_checkpoint`, `audit.unreachable`, `audit.timestamp_refused`, `audit.timestamp`, `audit.timestamp_differs`.
    pub async fn timestamp(
        &self,
        url: &str,
        transport: Arc<dyn Transport>,
        options: &AnchorOptions,
    ) -> Result<StampedCheckpoint> {
        self.check_newest()?;
        let (log, address, options) = (self.clone(), url.to_owned(), *options);
        let stamped = blocking(move || stamp(log.parts(), &address, transport.as_ref(), &options)).await?;
        let (clock, random) = (self.parts().clock.as_ref(), self.parts().random.as_ref());
        let entry = Entry::outcome(clock, random, &Caller::default(), Action::Anchor, Ending::Complete)
            .version("anchor", "timestamp")
            .version("authority", authority(url))
            .version("time", stamped.timestamp.time)
            .version("serial", &stamped.timestamp.serial)
            .version("root", stamped.published.checkpoint.root)
            .count("size", stamped.published.checkpoint.size);
        self.record(entry).await?;
        Ok(stamped)
    }

    /// The time stamps over the checkpoint of a size, each with the name of its object within the corpus, oldest first.
    pub fn anchors(&self, size: u64) -> Result<Vec<(String, Vec<u8>)>> {
        let mut anchors = Vec::new();
        for number in 1..=PER_CHECKPOINT {
            let name = name(self.parts(), size, number);
            let Some((bytes, _)) = wait(self.parts().blobs.get(&name))? else { break };
            anchors.push((name, bytes));
        }
        Ok(anchors)
    }

    /// What goes into an evidence bundle that is pinned to the checkpoint of a size: with its cosignatures and the policy that names the
    /// witnesses when they are as many as that asks for, else without; and its time stamps. It is the same each time unless
    /// cosignatures or time stamps came, or the policy became another one.
    pub fn evidence(&self, size: u64) -> Result<CheckpointEvidence> {
        let plain = self.published(Some(size))?;
        let policy = Policy::of_log_keys(&self.parts().keys_under(&SignedNote::parse(&plain.note)?)?)?;
        let mut evidence = CheckpointEvidence { note: plain.note.clone(), policy, anchors: Vec::new() };
        if let (Some(cosigned), Some(policy)) = (self.cosigned(size)?, self.policy()?)
            && cosigned.checkpoint == plain.checkpoint
            && policy.satisfied(&SignedNote::parse(&cosigned.note)?)?.satisfied
        {
            (evidence.note, evidence.policy) = (cosigned.note, policy);
        }
        for (number, (_, response)) in (1..).zip(self.anchors(size)?) {
            evidence.anchors.push((format!("anchors/{number}.tsr"), response));
        }
        if !evidence.anchors.is_empty() {
            evidence.anchors.push(("anchors/checkpoint".to_owned(), plain.note));
        }
        Ok(evidence)
    }
}

/// The size of the last checkpoint that was stamped.
pub(super) fn last_size(parts: &Parts) -> Result<Option<u64>> {
    let names = wait(parts.blobs.list(&parts.name("anchors")))?;
    let size = |name: &String| name.rsplit('/').next()?.strip_suffix(".tsr")?.split('-').next()?.parse().ok();
    Ok(names.iter().filter_map(size).max())
}

/// `anchors/7.tsr`, `anchors/7-2.tsr`, …
fn name(parts: &Parts, size: u64, number: usize) -> String {
    let number = if number == 1 { String::new() } else { format!("-{number}") };
    parts.name(&format!("anchors/{size}{number}.tsr"))
}

/// Who was asked, by the name of the machine.
fn authority(url: &str) -> String {
    let url = shown(url);
    let rest = url.split_once("://").map_or(url.as_str(), |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().unwrap_or_default().to_owned()
}

fn stamp(parts: &Parts, url: &str, transport: &dyn Transport, options: &AnchorOptions) -> Result<StampedCheckpoint> {
    let size = match publish::published(parts)? {
        Some(last) => Some(last.checkpoint.size),
        None => None,
    };
    // As it is kept for good.
    let published = inspect::published(parts, size)?;
    let mut nonce = [0; 8];
    parts.random.fill(&mut nonce);
    let request = TimestampRequest::new(&published.note, nonce);
    let body = request.to_der();
    let content = Some(("application/timestamp-query", body.as_slice()));
    let asking = Request { url, content, answer_bytes: TIMESTAMP_BYTES_MAX as u64, timeout: options.timeout };
    let answer = send_patiently(transport, &asking, options)?;
    if answer.status != 200 {
        return Err(Error::new(ErrorKind::Malformed, "audit.timestamp_status", "this is no answer of a time stamp authority")
            .with("url", shown(url))
            .with("status", answer.status.to_string())
            .with_hint("check the address; with a password it reads https://NAME:PASSWORD@…"));
    }
    let timestamp = request.accept(&answer.body).map_err(|error| error.with("url", shown(url)))?;
    for number in 1..=PER_CHECKPOINT {
        let name = name(parts, published.checkpoint.size, number);
        if wait(parts.blobs.put_if_absent(&name, &answer.body))? {
            let checkpoint_name = parts.name(&format!("checkpoints/{}", published.checkpoint.size));
            return Ok(StampedCheckpoint { published, checkpoint_name, name, timestamp, response: answer.body });
        }
    }
    Err(Error::new(ErrorKind::Limit, "audit.timestamps", "the checkpoint has as many time stamps as are kept of one")
        .with("limit", PER_CHECKPOINT.to_string())
        .with_hint("publish another one first: `beleg audit checkpoint CORPUS --new`"))
}
