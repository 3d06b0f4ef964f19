//! Witnesses at an opening: whether they saw more of the log than lies here, before anything is added to it.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use super::{
    super::{
        AnchorOptions, AuditLog, OpeningWitnesses, Transport, Unheard, epoch::check_continues, inspect::blocking, log::timed_out,
    },
    Standing, WitnessAnswer,
    ask::answers,
};
use crate::{Error, ErrorKind, Result, audit::Finding};

/// What is to be known of an opening for writing that took place.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Opening {
    /// What each witness of the policy said, in its order.
    pub witnesses: Vec<WitnessAnswer>,
    /// Whether those that were heard are enough for the policy: that cosigned the last checkpoint, or say that they know an older one.
    pub quorum: bool,
    /// What was found, and did not keep the log from being opened: `witnesses_unheard`, `witness_objects`.
    pub findings: Vec<Finding>,
}

impl AuditLog {
    /// Asks the witnesses of [`AuditOptions::witnesses`](super::super::AuditOptions) whether they saw more of the log than lies here, as the
    /// first opening for writing does: for hosts that want to know before there is an entry. Nothing is cosigned but what they know
    /// already.
    ///
    /// # Errors
    /// `audit.behind`, `audit.forked`, and `audit.witness_ahead`, `audit.witness_forked` when a witness shows a checkpoint of this log that
    /// it does not hold; `audit.witnesses_unheard` when too few are heard and the options say that nothing is written then.
    pub async fn check_opening(&self) -> Result<Opening> {
        self.check_newest()?;
        let opening = match &self.parts().options.witnesses {
            None => Opening { witnesses: Vec::new(), quorum: true, findings: Vec::new() },
            Some(settings) => {
                // A disk that hangs is told as well.
                let limit = settings.timeout + self.parts().options.append_timeout;
                tokio::time::timeout(limit, self.heard(settings)).await.unwrap_or_else(|_| Err(timed_out(limit)))?
            }
        };
        self.has_opened(opening.clone());
        Ok(opening)
    }

    async fn heard(&self, settings: &OpeningWitnesses) -> Result<Opening> {
        let parts = self.parts().clone();
        blocking(move || check_continues(&parts)).await?;
        let policy = &settings.policy;
        let deadline = Instant::now() + settings.timeout;
        let options = AnchorOptions { timeout: settings.timeout, tries: 1, pause: Duration::ZERO };
        // One for another log, or for the epoch before, asks nobody about this one.
        let (witnesses, mut findings) = match self.evidence_policy(policy) {
            Ok(_) => {
                let transport = self.transport(settings)?;
                let (published, asked) = self.ask(policy, transport, &options, false, Some(deadline)).await?;
                (answers(asked, published.checkpoint.size), Vec::new())
            }
            Err(error) => {
                let what = error.message().to_owned();
                (Vec::new(), vec![Finding { kind: "policy_other_log", where_: "policy".to_owned(), what }])
            }
        };
        let has_said = |answer: &&WitnessAnswer| matches!(answer.standing, Standing::Cosigned { .. } | Standing::Behind { .. });
        let heard: Vec<&str> = witnesses.iter().filter(has_said).map(|answer| answer.name.as_str()).collect();
        for WitnessAnswer { name, standing, .. } in &witnesses {
            if let Standing::Objects { error, .. } = standing {
                findings.push(Finding { kind: "witness_objects", where_: name.clone(), what: error.message.clone() });
            }
        }
        let quorum = policy.is_enough(&heard);
        if !quorum {
            let what = format!(
                "{} of {} witnesses were heard, which is not enough for the policy: whether there is more of the log than lies here is \
                 not known",
                heard.len(),
                policy.witnesses().len()
            );
            if settings.unheard == Unheard::ReadOnly {
                return Err(unheard(&witnesses, heard.len(), policy.witnesses().len()));
            }
            tracing::warn!("{what}");
            findings.push(Finding { kind: "witnesses_unheard", where_: "policy".to_owned(), what });
        }
        Ok(Opening { witnesses, quorum, findings })
    }

    /// What reaches witnesses at an opening.
    fn transport(&self, settings: &OpeningWitnesses) -> Result<Arc<dyn Transport>> {
        match &self.parts().transport {
            Some(transport) => Ok(transport.clone()),
            None => http(settings),
        }
    }
}

#[cfg(feature = "http")]
fn http(settings: &OpeningWitnesses) -> Result<Arc<dyn Transport>> {
    Ok(Arc::new(super::super::HttpTransport::new(&settings.http)?))
}

#[cfg(not(feature = "http"))]
fn http(_settings: &OpeningWitnesses) -> Result<Arc<dyn Transport>> {
    Err(Error::new(ErrorKind::Unsupported, "audit.no_transport", "this build reaches no witnesses")
        .with_hint("build with the feature `http`, or give the log a transport: `AuditLog::with_transport`"))
}

fn unheard(witnesses: &[WitnessAnswer], heard: usize, known: usize) -> Error {
    let error = Error::new(
        ErrorKind::Environment,
        "audit.witnesses_unheard",
        "too few witnesses say how this log stands, and nothing is written without them",
    );
    let error = error.with("heard", heard.to_string()).with("witnesses", known.to_string());
    // The first of them says most of what is wrong.
    let first = witnesses.iter().find_map(|answer| match &answer.standing {
        Standing::Unknown { error } | Standing::Objects { error, .. } => Some((&answer.name, &error.code)),
        _ => None,
    });
    let error = match first {
        Some((name, code)) => error.with("witness", name.clone()).with("because", code.clone()),
        None => error,
    };
    error.with_hint("see that they can be reached and know the log's key, or let the log open without them: `unheard` = `opens`")
}
