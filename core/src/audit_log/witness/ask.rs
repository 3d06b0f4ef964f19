use std::{sync::Arc, time::Instant};

use futures::StreamExt;

use super::{
    super::{
        AuditLog,
        inspect::{self, blocking},
        objection::Objection,
        parts::Parts,
        publish::{self, Published},
        read::wait,
        transport::{AnchorOptions, Transport},
    },
    cosigned::{cosigned, keep, last_of, notes, put},
    question::{Asked, Question},
};
use crate::{
    Error, ErrorKind, Result,
    audit::{
        Checkpoint, EMPTY_ROOT, NoteSignature, Policy, PolicyReport, PolicyWitness, SignedNote, VerifierKey, sign_checkpoint,
    },
    error::ErrorRecord,
    record::{Action, Caller, Ending, Entry, Recorder},
};

/// Witnesses that are asked at the same time.
const AT_ONCE: usize = 8;
/// How often the log may have grown while it was asked for.
const ROUNDS: usize = 4;

/// A checkpoint, and who cosigned it.
#[derive(Debug, Clone)]
pub struct WitnessedCheckpoint {
    /// The checkpoint with all cosignatures that are kept of it.
    pub published: Published,
    /// What each witness of the policy said this time, in the order of the policy.
    pub witnesses: Vec<WitnessAnswer>,
    /// How many cosignatures are new.
    pub new: usize,
    /// What the policy says of all of them.
    pub report: PolicyReport,
}

/// What a witness said.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct WitnessAnswer {
    /// Its name in the policy.
    pub name: String,
    /// The name of its key.
    pub key: String,
    /// How the log stands with it.
    #[serde(flatten)]
    pub standing: Standing,
}

/// How a log stands with a witness.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(tag = "standing", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Standing {
    /// It cosigned the checkpoint: it is the latest that it knows.
    Cosigned {
        /// When, in seconds since 1970, by its clock.
        time: u64,
    },
    /// It saw a smaller log, as it says, and was not asked to cosign.
    Behind {
        /// What it saw.
        size: u64,
    },
    /// It says that it saw more than this log has, or something else, and shows no checkpoint of this log that would prove it. The log
    /// goes on without its cosignature.
    Objects {
        /// What it saw.
        size: u64,
        /// `audit.witness_says_more`, `audit.witness_says_other`.
        error: ErrorRecord,
    },
    /// It did not answer, or not as it should.
    Unknown {
        /// Why.
        error: ErrorRecord,
    },
}

impl AuditLog {
    /// Asks the witnesses of a policy to cosign the last published checkpoint, and keeps their cosignatures beside it, as
    /// `cosigned/<size>`; the checkpoint itself stays as it is. An `anchor` entry says who cosigned what. A witness that does not answer,
    /// or answers with anything else than its cosignature, is told in the result and hinders no other.
    ///
    /// The policy is kept for evidence bundles, without addresses.
    ///
    /// # Errors
    /// `audit.witness_ahead` when a witness shows a checkpoint that this log signed over more entries than it has,
    /// `audit.witness_forked` when over other ones: the log takes no entries then, until [`AuditLog::resume`], or until it holds that
    /// checkpoint. `audit.no_checkpoint`, `audit.policy_other_log`.
    pub async fn witness(
        &self,
        policy: &Policy,
        transport: Arc<dyn Transport>,
        options: &AnchorOptions,
    ) -> Result<WitnessedCheckpoint> {
        self.check_newest()?;
        let kept = self.evidence_policy(policy)?;
        let (published, asked) = self.ask(policy, transport, options, true, None).await?;
        let cosignature = |asked: &Result<Asked>| match asked {
            Ok(Asked::Cosigned(signature)) => Some(signature.clone()),
            _ => None,
        };
        let signatures: Vec<NoteSignature> = asked.iter().filter_map(|(_, asked)| cosignature(asked)).collect();
        let (log, given) = (self.clone(), published.clone());
        let (published, new) = blocking(move || {
            put(log.parts(), "policy", &|_| Ok(Some(kept.to_string().into_bytes())))?;
            keep(log.parts(), given, &signatures)
        })
        .await?;
        let report = policy.satisfied(&SignedNote::parse(&published.note)?)?;
        let witnesses = answers(asked, published.checkpoint.size);
        let objections = witnesses.iter().filter(|answer| matches!(answer.standing, Standing::Objects { .. })).count();
        // Without news there is nothing to put on record, and no entry that the next one would have to cover.
        if !new.is_empty() || report.witnesses.is_empty() || objections > 0 {
            let ending = if new.is_empty() { Ending::Failed } else { Ending::Complete };
            let (clock, random) = (self.parts().clock.as_ref(), self.parts().random.as_ref());
            let entry = Entry::outcome(clock, random, &Caller::default(), Action::Anchor, ending)
                .version("anchor", "witness")
                .version("witnesses", new.join(" "))
                .version("root", published.checkpoint.root)
                .count("size", published.checkpoint.size)
                .count("cosignatures", new.len() as u64)
                .count("objections", objections as u64)
                .count("quorum", u64::from(report.quorum));
            self.record(entry).await?;
        }
        Ok(WitnessedCheckpoint { published, witnesses, new: new.len(), report })
    }

    /// Asks the witnesses of a policy whether they saw more of the log than lies in this folder, and has nothing cosigned but what
    /// they know already. For openings: keys that were restored together with the folder do not tell that both are old.
    ///
    /// # Errors
    /// `audit.witness_ahead`, `audit.witness_forked`, as for [`AuditLog::witness`].
    pub async fn check_witnesses(
        &self,
        policy: &Policy,
        transport: Arc<dyn Transport>,
        options: &AnchorOptions,
    ) -> Result<Vec<WitnessAnswer>> {
        self.evidence_policy(policy)?;
        let (published, asked) = self.ask(policy, transport, options, false, None).await?;
        Ok(answers(asked, published.checkpoint.size))
    }

    /// The checkpoint of a size with the cosignatures that are kept of it; `None` when no witness cosigned it.
    pub fn cosigned(&self, size: u64) -> Result<Option<Published>> {
        cosigned(self.parts(), size)
    }

    /// The policy that was last used for witnesses: the log's key, the witnesses' keys and the quorum.
    pub fn policy(&self) -> Result<Option<Policy>> {
        match wait(self.parts().blobs.get(&self.parts().name("policy")))? {
            Some((bytes, _)) => Policy::parse(&bytes).map(Some),
            None => Ok(None),
        }
    }

    /// A policy as those need it who verify: this log's key is in it, addresses are not.
    pub(super) fn evidence_policy(&self, policy: &Policy) -> Result<Policy> {
        let key = self.verifier_key()?;
        if !policy.logs().is_empty() && policy.logs().iter().all(|log| log.key != key) {
            return Err(Error::new(
                ErrorKind::InvalidInput,
                "audit.policy_other_log",
                "the policy is for other logs, or for a former key",
            )
            .with("origin", key.name())
            .with_hint("put the key that `beleg audit key CORPUS` prints into a line `log`, or have no such line"));
        }
        let mut text = String::new();
        let logs: Vec<VerifierKey> = match policy.logs() {
            [] => self.verifier_keys()?,
            logs => logs.iter().map(|log| log.key.clone()).collect(),
        };
        logs.iter().for_each(|key| text.push_str(&format!("log {key}\n")));
        policy.witnesses().iter().for_each(|witness| text.push_str(&format!("witness {} {}\n", witness.name, witness.key)));
        for group in policy.groups() {
            text.push_str(&format!("group {} {} {}\n", group.name, group.threshold, group.members.join(" ")));
        }
        text.push_str(&format!("quorum {}\n", policy.quorum().unwrap_or("none")));
        text.parse()
    }

    /// Asks all, a few at a time. Whoever shows a checkpoint of this log that it does not hold makes it read-only.
    pub(super) async fn ask(
        &self,
        policy: &Policy,
        transport: Arc<dyn Transport>,
        options: &AnchorOptions,
        follow: bool,
        deadline: Option<Instant>,
    ) -> Result<(Published, Vec<(PolicyWitness, Result<Asked>)>)> {
        // The key may be another one by now where the folder was taken back from: the policy knows it.
        let own = self.verifier_key()?;
        let others = policy.logs().iter().map(|log| &log.key).filter(|key| **key != own).cloned();
        let log_keys: Arc<[VerifierKey]> = others.chain([own.clone()]).collect();
        for _ in 0..ROUNDS {
            let log = self.clone();
            let (published, notes) = blocking(move || Ok((subject(log.parts(), follow)?, notes(log.parts())?))).await?;
            let one = |witness: &PolicyWitness| {
                let question = Question {
                    parts: self.parts().clone(),
                    transport: transport.clone(),
                    witness: witness.clone(),
                    log_keys: log_keys.clone(),
                    published: published.clone(),
                    options: *options,
                    deadline,
                    follow,
                    cosigned: last_of(&notes, &witness.key),
                };
                let witness = witness.clone();
                async move { (witness, blocking(move || question.ask()).await) }
            };
            // Futures of their own, not borrowed: a stream over closures would bind the caller's lifetimes to each other.
            let questions: Vec<_> = policy.witnesses().iter().map(one).collect();
            let asked: Vec<_> = futures::stream::iter(questions).buffered(AT_ONCE).collect().await;
            self.judge(&asked).await?;
            // Another process may have published and shown more meanwhile.
            let objects = asked.iter().any(|(_, asked)| matches!(asked, Ok(Asked::Objects(..))));
            let has_grown = |last: Published| last.checkpoint.size > published.checkpoint.size;
            if !objects || !self.checkpoint()?.is_some_and(has_grown) {
                return Ok((published, asked));
            }
        }
        Err(Error::new(ErrorKind::Busy, "audit.witness_busy", "the log grew each time while witnesses were asked")
            .with_hint("run the command again when fewer processes have their checkpoints witnessed"))
    }

    /// Holds what witnesses show against the log as it is now.
    async fn judge(&self, asked: &[(PolicyWitness, Result<Asked>)]) -> Result<()> {
        for (witness, asked) in asked {
            let Some(shown) = asked.as_ref().ok().and_then(Asked::shown) else { continue };
            let (log, name, shown) = (self.clone(), witness.name.clone(), shown.clone());
            let error = blocking(move || {
                let Some(standing) = Objection::shown(log.parts(), &name, &shown)? else { return Ok(None) };
                standing.raise(log.parts())?;
                Ok(Some(standing.error(log.parts())))
            });
            if let Some(error) = error.await? {
                self.stop(&error);
                return Err(error);
            }
        }
        Ok(())
    }
}

/// What each said, as it is told.
pub(super) fn answers(asked: Vec<(PolicyWitness, Result<Asked>)>, size: u64) -> Vec<WitnessAnswer> {
    let told = asked.into_iter().map(|(witness, asked)| {
        let standing = standing(&witness, asked, size);
        if let Standing::Objects { error, .. } = &standing {
            tracing::warn!(code = error.code, witness = witness.name, "{}", error.message);
        }
        WitnessAnswer { name: witness.name, key: witness.key.name().to_owned(), standing }
    });
    told.collect()
}

fn standing(witness: &PolicyWitness, asked: Result<Asked>, size: u64) -> Standing {
    match asked {
        Ok(Asked::Cosigned(signature)) => Standing::Cosigned { time: signature.time().unwrap_or(0) },
        Ok(Asked::Behind(size, _)) => Standing::Behind { size },
        Ok(Asked::Objects(claim, _)) => {
            Standing::Objects { size: claim.size(), error: ErrorRecord::from(&claim.error(witness, size)) }
        }
        Err(error) => Standing::Unknown { error: ErrorRecord::from(&error) },
    }
}

/// What witnesses are shown: the last checkpoint, as it is kept for good. To ask how the log stands, one of no entries will do: a folder
/// without a log may be one that was taken away.
fn subject(parts: &Parts, follow: bool) -> Result<Published> {
    match publish::published(parts)? {
        Some(last) => inspect::published(parts, Some(last.checkpoint.size)),
        None if follow => inspect::published(parts, None),
        None => {
            let checkpoint = Checkpoint { origin: parts.origin(), size: 0, root: EMPTY_ROOT, extensions: Vec::new() };
            let signers = parts.signers()?;
            let note = sign_checkpoint(&checkpoint, &signers.iter().map(AsRef::as_ref).collect::<Vec<_>>())?.into_bytes();
            Ok(Published { checkpoint, note })
        }
    }
}
