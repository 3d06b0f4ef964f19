use std::{path::PathBuf, time::Duration};

use crate::{Error, ErrorKind, Result, audit::Policy};

/// Settings of an [`AuditLog`](super::AuditLog).
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AuditOptions {
    /// How long a call waits for its entry to be durable before it fails.
    #[serde(rename = "append_timeout_seconds", with = "crate::seconds")]
    pub append_timeout: Duration,
    /// How soon a checkpoint covers an entry, at most; 10 ms or more.
    #[serde(rename = "checkpoint_interval_seconds", with = "crate::seconds")]
    pub checkpoint_interval: Duration,
    /// An open log in which nothing happens says so this often, with an entry and a checkpoint.
    #[serde(rename = "heartbeat_seconds", with = "crate::seconds::optional")]
    pub heartbeat: Option<Duration>,
    /// Whether each checkpoint is signed with an ML-DSA-44 key of the log as well, beside Ed25519. Asks for a build with the feature
    /// `ml-dsa`.
    pub ml_dsa: bool,
    /// A folder on a local disk for the logs of corpora that cannot be written, or shall not be: each lies in a folder there that has its
    /// corpus's id for a name. It is part of those corpora and is backed up with them. Without it, each lies in its corpus.
    pub folder: Option<PathBuf>,
    /// Whom to ask, when the log is opened for writing, whether there is more of it than lies here; nobody when it is not given.
    pub witnesses: Option<OpeningWitnesses>,
    /// Files with checkpoints of this log that were exported and kept elsewhere. A log that does not hold one of them takes no
    /// entries; nor does one while a file cannot be read. Those of epochs before are passed over: a new epoch names what it lacks.
    pub known_checkpoints: Vec<PathBuf>,
}

impl Default for AuditOptions {
    fn default() -> Self {
        Self {
            append_timeout: Duration::from_secs(10),
            checkpoint_interval: Duration::from_secs(1),
            heartbeat: Some(Duration::from_secs(3600)),
            ml_dsa: false,
            folder: None,
            witnesses: None,
            known_checkpoints: Vec::new(),
        }
    }
}

impl AuditOptions {
    /// Whether this build can do what they ask for.
    ///
    /// # Errors
    /// `audit.ml_dsa_unsupported`.
    pub(super) fn check(&self) -> Result<()> {
        if self.ml_dsa && !cfg!(feature = "ml-dsa") {
            return Err(Error::new(
                ErrorKind::Unsupported,
                "audit.ml_dsa_unsupported",
                "this build does not sign checkpoints with ML-DSA-44",
            )
            .with_hint("build with the feature `ml-dsa`, or leave the setting `audit.ml_dsa` out"));
        }
        Ok(())
    }
}

/// Witnesses that a log asks when it is opened for writing.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpeningWitnesses {
    /// Who they are, where, and how many must be heard: the text of a policy (<https://c2sp.org/tlog-policy>).
    pub policy: Policy,
    /// How they are reached.
    #[serde(default)]
    pub http: HttpOptions,
    /// How long it may take to ask all of them.
    #[serde(rename = "timeout_seconds", default = "opening_timeout", with = "crate::seconds")]
    pub timeout: Duration,
    /// What becomes of the opening when fewer are heard than the policy asks for.
    #[serde(default)]
    pub unheard: Unheard,
}

impl OpeningWitnesses {
    /// Witnesses of a policy, asked for 5 s at most; a log opens without them.
    pub fn new(policy: Policy) -> Self {
        Self { policy, http: HttpOptions::default(), timeout: opening_timeout(), unheard: Unheard::Opens }
    }
}

fn opening_timeout() -> Duration {
    Duration::from_secs(5)
}

/// What becomes of a log whose witnesses are not heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unheard {
    /// It opens, and says so: [`AuditLog::opening`](super::AuditLog::opening).
    #[default]
    Opens,
    /// It takes no entries until enough of them are heard.
    ReadOnly,
}

/// How witnesses and time stamp authorities are reached over HTTP. The proxy is the one that the environment names.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HttpOptions {
    /// A file of certificates (PEM) of the authorities that are trusted, in place of those of the operating system.
    pub ca_bundle: Option<PathBuf>,
}
