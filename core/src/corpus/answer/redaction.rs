//! Personal data goes out of a prompt before it is sent, and comes back into what the model says.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::{
    super::Corpus,
    chat::{Asking, json},
};
use crate::{
    Error, ErrorKind, Result,
    audit_log::LoggedEntry,
    provider::{ChatRequest, ChatStream},
    record::{Content, Entry},
    redact::{Escape, Pseudonyms, restore_stream},
};

/// The payloads of a prompt that was redacted: as it was sent, and what its placeholders stand for.
const SENT: &str = "sent";
const PSEUDONYMS: &str = "pseudonyms";

/// What placeholders stand for, as it goes on record.
#[derive(Default, serde::Serialize, serde::Deserialize)]
pub(super) struct Mapped {
    /// The documents whose text has had a placeholder for it: those of the prompt, and of what was said before.
    pub(super) documents: Vec<Uuid>,
    pub(super) pseudonyms: Pseudonyms,
}

impl Corpus {
    /// The placeholders of an earlier prompt, so that they stay the same in a conversation.
    pub(super) async fn recorded_pseudonyms(&self, answer: &LoggedEntry) -> Result<Option<Mapped>> {
        for id in answer.leaf.refs.iter().rev() {
            if let Some(entry) = self.audit().find_entry(*id).await?
                && let Some(bytes) = entry.payload(PSEUDONYMS)
            {
                return Ok(serde_json::from_slice(bytes).ok());
            }
        }
        Ok(None)
    }
}

impl Asking {
    /// A prompt as it is sent, and its entry with what was taken out of it. What cannot be redacted is not sent.
    ///
    /// # Errors
    /// Those of the redaction, and of the grants.
    pub(super) async fn redacted(
        &mut self,
        request: ChatRequest,
        entry: Entry,
        documents: &[Uuid],
    ) -> Result<(ChatRequest, Entry)> {
        let engine = self.corpus.engine();
        let is_redacted = match self.corpus.goes_outside(self.model.as_ref()).await? {
            Some(unredacted) => !unredacted,
            None => engine.options().redaction.local,
        };
        if !is_redacted {
            self.redacts = false;
            return Ok((request, entry));
        }
        self.redacts = true;
        let (redactor, mut pseudonyms) = (engine.redactor().clone(), std::mem::take(&mut self.pseudonyms));
        // A long prompt takes milliseconds, a name finder more.
        let redacted = tokio::task::spawn_blocking(move || {
            let sent = redactor.redact_request(&request, &mut pseudonyms)?;
            let identity = redactor.identity().to_owned();
            Ok::<_, Error>((sent, pseudonyms, identity))
        });
        let panicked =
            |error| Error::new(ErrorKind::Internal, "redact.panicked", "the redaction of a prompt died").with_source(error);
        let (sent, pseudonyms, identity) = redacted.await.map_err(panicked)??;
        let of: BTreeSet<Uuid> = documents.iter().chain(&self.before).copied().collect();
        let mapped = Mapped { documents: of.into_iter().collect(), pseudonyms };
        let entry = entry
            .count("placeholders", mapped.pseudonyms.len() as u64)
            .payload("redaction", Content::Text(identity))
            .payload_of(SENT, documents, Content::Json(json(&sent)?))
            .payload_of(PSEUDONYMS, documents, Content::Json(json(&mapped)?));
        self.pseudonyms = mapped.pseudonyms;
        Ok((sent, entry))
    }

    /// What a model says, with what its placeholders stand for.
    pub(super) fn restored(&self, stream: ChatStream, is_json: bool) -> ChatStream {
        match self.redacts {
            true => restore_stream(stream, &self.pseudonyms, if is_json { Escape::Json } else { Escape::None }),
            false => stream,
        }
    }
}

/// Whether what was sent is the prompt on record with its placeholders; `None` when it was not redacted, or either was erased.
pub(in crate::corpus) fn is_prompt_sent(entry: &LoggedEntry, prompt: &ChatRequest, passages: &[String]) -> Option<bool> {
    let sent: ChatRequest = serde_json::from_slice(entry.payload(SENT)?).ok()?;
    let Mapped { pseudonyms, .. } = serde_json::from_slice(entry.payload(PSEUDONYMS)?).ok()?;
    let messages = sent.messages.iter().map(|message| pseudonyms.restore(&message.text).into_owned());
    let texts = sent.passages.iter().map(|passage| pseudonyms.restore(&passage.text).into_owned());
    let is_same = messages.eq(prompt.messages.iter().map(|message| message.text.clone()));
    Some(is_same && texts.eq(passages.iter().cloned()))
}
