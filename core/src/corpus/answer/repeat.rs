//! A request that is made again gets the answer that is on record.

use jiff::SignedDuration;

use super::{super::Corpus, Answer};
use crate::{Error, ErrorKind, Result, audit_log::LoggedEntry, record::AuditRef};

/// A request is known for so long.
const KNOWN_FOR: SignedDuration = SignedDuration::from_hours(24);

impl Corpus {
    /// The answer that the caller's request got before; `None` when it is new, when its answer was erased, and when it cites what the
    /// caller may no longer see.
    pub(super) async fn answered_before(&self, question: &str) -> Result<Option<Answer>> {
        let caller = self.caller();
        let Some(request_id) = caller.request_id.as_deref().filter(|_| self.has_log()) else { return Ok(None) };
        let (log, now) = (self.audit(), self.engine().0.clock.now());
        let since = now.checked_sub(KNOWN_FOR).unwrap_or(now);
        let Some(found) = log.find_request(&caller.actor.id, request_id, since).await? else { return Ok(None) };
        let Some(mut answer) = found.payload("answer").and_then(|bytes| serde_json::from_slice::<Answer>(bytes).ok()) else {
            return Ok(None);
        };
        if !self.asked(&found, question).await? {
            return Err(Error::new(
                ErrorKind::Conflict,
                "ask.request_reused",
                "the request was made before with another question",
            )
            .with("answer", answer.id.to_string())
            .with_hint("give each question a request id of its own"));
        }
        self.refresh().await?;
        let visible = self.visible().await;
        if answer.citations.iter().any(|citation| visible.find(&citation.document.id.to_string()).is_err()) {
            return Ok(None);
        }
        let log = log.in_epoch(found.leaf.epoch)?;
        let covered = log.checkpoint()?.map(|published| published.checkpoint.size).filter(|size| *size > found.index);
        answer.audit = Some(AuditRef { epoch: found.leaf.epoch, index: found.index, checkpoint_size: covered });
        Ok(Some(answer))
    }

    /// Whether `question` is what was asked.
    async fn asked(&self, answer: &LoggedEntry, question: &str) -> Result<bool> {
        for id in &answer.leaf.refs {
            if let Some(entry) = self.audit().find_entry(*id).await?
                && let Some(query) = entry.payload("query")
            {
                return Ok(query == question.trim().as_bytes() || query == question.as_bytes());
            }
        }
        Ok(false)
    }
}
