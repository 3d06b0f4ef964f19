//! Who asks: the handle of a corpus that calls go through.

use std::sync::Arc;

use tracing::{Span, field::Empty};

use super::{Access, Corpus, snapshot::Visible};
use crate::{
    Error, ErrorKind, Result,
    record::{Actor, Caller},
};

/// On whose behalf calls are made, and what they may see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallContext {
    /// The host's id of the person or service. In the log it is a random pseudonym; whose it is stands in the key store.
    pub actor: String,
    /// Whom it acts for.
    pub on_behalf_of: Option<String>,
    /// The host's roles of the actor. They stand in the clear in every entry: no names of people.
    pub roles: Vec<String>,
    /// How the host knew who it was: `oidc`, `mtls`. In the clear.
    pub authn: Option<String>,
    /// Whom the call concerns, as opaque ids.
    pub subjects: Vec<String>,
    /// The host's trace that the call is part of, such as a W3C `traceparent`.
    pub trace: Option<String>,
    /// Which documents there are for it.
    pub access: Access,
    /// The host's id of the request.
    pub request_id: Option<String>,
    /// Why the call changes something: a payload of the change's intent. A sealed corpus refuses changes without one.
    pub reason: Option<String>,
}

impl CallContext {
    /// An actor and what it may see; the rest may be filled in.
    pub fn new(actor: impl Into<String>, access: Access) -> Self {
        Self {
            actor: actor.into(),
            on_behalf_of: None,
            roles: Vec::new(),
            authn: None,
            subjects: Vec::new(),
            trace: None,
            access,
            request_id: None,
            reason: None,
        }
    }
}

/// What a handle carries of its caller.
#[derive(Debug, Clone)]
pub(super) struct Standing {
    pub(super) caller: Caller,
    pub(super) access: Access,
    /// Calls are errors until [`Corpus::with`] says who makes them.
    is_wanting: bool,
}

impl Standing {
    /// The actor `local`, who sees everything.
    pub(super) fn local() -> Self {
        Self { caller: Caller::default(), access: Access::all(), is_wanting: false }
    }
}

impl Corpus {
    /// The handle through which a caller's calls go: its actor stands in every entry, and what its [`Access`] does not let
    /// through is not there.
    ///
    /// A handle that is made of a handle with a context never sees more than that one.
    #[must_use]
    pub fn with(&self, context: CallContext) -> Self {
        let CallContext { actor, on_behalf_of, roles, authn, subjects, trace, access, request_id, reason } = context;
        let caller = Caller { actor: Actor { id: actor, on_behalf_of, roles, authn }, subjects, trace, request_id, reason };
        let access = self.1.access.clone().and(access);
        Self(self.0.clone(), Arc::new(Standing { caller, access, is_wanting: false }))
    }

    /// The same corpus, whose bare calls are errors (`context.required`): a host with several users opens it so, and a call
    /// that forgot to say for whom cannot see everything by mistake.
    #[must_use]
    pub fn require_context(self) -> Self {
        Self(self.0, Arc::new(Standing { is_wanting: true, ..Standing::local() }))
    }

    /// Whether calls through this handle may be made at all; the first line of every one.
    pub(super) fn check_caller(&self) -> Result<()> {
        if self.1.is_wanting {
            return Err(Error::new(ErrorKind::InvalidInput, "context.required", "the call does not say who makes it")
                .with_hint("the corpus was opened with require_context: go through `corpus.with(CallContext { .. })`"));
        }
        if self.1.caller.actor.id.trim().is_empty() {
            return Err(Error::new(ErrorKind::InvalidInput, "context.actor", "the actor of the call has no name")
                .with_hint("give the id of the person or service that asks"));
        }
        Ok(())
    }

    /// What concerns the whole corpus is not for a caller who sees a part of it.
    pub(super) fn check_sees_all(&self) -> Result<()> {
        if self.1.access.is_all() {
            return Ok(());
        }
        Err(Error::new(ErrorKind::InvalidInput, "context.access", "the call concerns documents that its caller may not see")
            .with_hint("make it with `Access::all()`, on behalf of somebody who may see the whole corpus"))
    }

    /// The span of an operation, by OpenTelemetry's names for generative AI. It carries the id of the entry on record once there is one, and
    /// no content.
    pub(super) fn span(&self, operation: &'static str) -> Span {
        tracing::info_span!(
            "beleg",
            "otel.name" = operation,
            "gen_ai.operation.name" = operation,
            "gen_ai.data_source.id" = %self.id(),
            "gen_ai.request.model" = self.engine().model().name(),
            "gen_ai.provider.name" = Empty,
            "gen_ai.response.model" = Empty,
            "gen_ai.usage.input_tokens" = Empty,
            "gen_ai.usage.output_tokens" = Empty,
            "beleg.entry_id" = Empty,
            "beleg.entry_index" = Empty,
        )
    }

    /// Who calls, for the record.
    pub(super) fn caller(&self) -> &Caller {
        &self.1.caller
    }

    /// What the caller may see, as it goes on record: null when all.
    pub(super) fn recorded_access(&self) -> serde_json::Value {
        if self.1.access.is_all() { serde_json::Value::Null } else { serde_json::to_value(&self.1.access).unwrap_or_default() }
    }

    /// The documents that there are for the caller.
    pub(super) async fn visible(&self) -> Visible {
        self.0.snapshot.read().await.visible(&self.1.access)
    }

    /// Documents with `labels` would not be there for the caller who brings them in: the next ingest would bring them in again.
    pub(super) fn check_labels(&self, labels: &[String]) -> Result<()> {
        if self.1.access.permits(labels) {
            return Ok(());
        }
        Err(Error::new(ErrorKind::InvalidInput, "context.labels", "the caller could not see the documents that it brings in")
            .with("labels", labels.join(", "))
            .with_hint("give them labels that the caller's access lets through"))
    }
}
