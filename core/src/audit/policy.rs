use std::{
    collections::{HashMap, HashSet},
    fmt,
    str::FromStr,
};

use super::{checkpoint::Checkpoint, decimal, key::VerifierKey, note::SignedNote};
use crate::{Error, ErrorKind, Result};

/// The longest policy that is read, in bytes.
const POLICY_BYTES_MAX: usize = 1 << 20;

/// Which logs and witnesses are trusted, and how many of them are enough: <https://c2sp.org/tlog-policy>.
///
/// Reading is stricter than the specification in one point: lines that are no comments are UTF-8. Written are logs, witnesses,
/// groups and the quorum, in this order and without comments.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Policy {
    logs: Vec<PolicyLog>,
    witnesses: Vec<PolicyWitness>,
    groups: Vec<PolicyGroup>,
    /// `None` asks for no cosignature.
    quorum: Option<String>,
}

/// A line `log`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyLog {
    /// Its name is the log's origin.
    pub key: VerifierKey,
    /// Where the log is.
    pub url: Option<String>,
}

/// A line `witness`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyWitness {
    /// Its name in this policy alone.
    pub name: String,
    /// The key that cosigns.
    pub key: VerifierKey,
    /// Where the witness is.
    pub url: Option<String>,
}

/// A line `group`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyGroup {
    /// Its name in this policy alone.
    pub name: String,
    /// How many of the members must have witnessed: 1 to their number.
    pub threshold: usize,
    /// Witnesses and groups of earlier lines; none is a member of two groups.
    pub members: Vec<String>,
}

/// What a policy says of a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyReport {
    /// The origin, when a log of the policy signed.
    pub log: Option<String>,
    /// Those that cosigned, in the order of the policy.
    pub witnesses: Vec<WitnessReport>,
    /// All groups, in the order of the policy.
    pub groups: Vec<GroupReport>,
    /// How many witnesses the policy knows.
    pub known_witnesses: usize,
    /// Whether the quorum is reached.
    pub quorum: bool,
    /// Whether a log signed (any, when the policy lists none) and the quorum is reached.
    pub satisfied: bool,
}

/// A witness that cosigned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WitnessReport {
    /// Its name in the policy.
    pub name: String,
    /// The name of its key.
    pub key: String,
    /// When it says that it cosigned, in seconds since 1970; 0 says nothing.
    pub time: u64,
}

/// How a group stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupReport {
    /// Its name in the policy.
    pub name: String,
    /// How many members witnessed.
    pub have: usize,
    /// How many must have.
    pub threshold: usize,
    /// How many there are.
    pub members: usize,
}

impl Policy {
    /// The logs whose checkpoints are accepted; none when the log is known from elsewhere.
    pub fn logs(&self) -> &[PolicyLog] {
        &self.logs
    }

    /// The witnesses.
    pub fn witnesses(&self) -> &[PolicyWitness] {
        &self.witnesses
    }

    /// The groups, each after its members.
    pub fn groups(&self) -> &[PolicyGroup] {
        &self.groups
    }

    /// The witness or the group that must have witnessed; `None` asks for no cosignature.
    pub fn quorum(&self) -> Option<&str> {
        self.quorum.as_deref()
    }

    /// The policy that accepts the checkpoints of one log without a witness.
    ///
    /// # Errors
    /// `audit.policy` for a key of a kind that signs no logs.
    pub fn of_log(key: VerifierKey) -> Result<Self> {
        Self::of_log_keys(&[key])
    }

    /// The same for a log that signs with several keys.
    ///
    /// # Errors
    /// As [`Policy::of_log`].
    pub fn of_log_keys(keys: &[VerifierKey]) -> Result<Self> {
        let logs: String = keys.iter().map(|key| format!("log {key}\n")).collect();
        format!("{logs}quorum none\n").parse()
    }

    /// Reads a policy file.
    ///
    /// # Errors
    /// `audit.policy`, with the line.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        if bytes.len() > POLICY_BYTES_MAX {
            return Err(malformed(0, "it is too long"));
        }
        let body = bytes.strip_suffix(b"\n").ok_or_else(|| malformed(0, "its last line does not end"))?;
        let mut reader = Reader::default();
        for (number, line) in (1..).zip(body.split(|byte| *byte == b'\n')) {
            reader.line(line).map_err(|why| malformed(number, why))?;
        }
        reader.end().map_err(|why| malformed(0, why))
    }

    /// What this policy says of a checkpoint: which log signed, which witnesses, whether they are enough.
    ///
    /// # Errors
    /// `audit.checkpoint` when the note is none, and `audit.signature` when a line claims to be by a key of the policy and is not:
    /// then nothing of the note is to be believed.
    pub fn satisfied(&self, note: &SignedNote) -> Result<PolicyReport> {
        let checkpoint = Checkpoint::parse(&note.text)?;
        let log_keys: Vec<VerifierKey> =
            self.logs.iter().map(|log| &log.key).filter(|key| key.name() == checkpoint.origin).cloned().collect();
        let log = if note.verified(&log_keys)?.is_empty() { None } else { Some(checkpoint.origin) };
        let keys: Vec<VerifierKey> = self.witnesses.iter().map(|witness| witness.key.clone()).collect();
        let times: HashMap<&VerifierKey, u64> =
            note.verified(&keys)?.into_iter().map(|(key, signature)| (key, signature.time().unwrap_or(0))).collect();
        let cosigned = |witness: &PolicyWitness| {
            let time = *times.get(&witness.key)?;
            Some(WitnessReport { name: witness.name.clone(), key: witness.key.name().to_owned(), time })
        };
        let witnesses: Vec<WitnessReport> = self.witnesses.iter().filter_map(cosigned).collect();
        let (groups, quorum) = self.reached(witnesses.iter().map(|witness| witness.name.as_str()).collect());
        let satisfied = quorum && (self.logs.is_empty() || log.is_some());
        Ok(PolicyReport { log, known_witnesses: self.witnesses.len(), witnesses, groups, quorum, satisfied })
    }

    /// Whether witnesses, by their names in this policy, reach the quorum.
    pub fn is_enough(&self, witnesses: &[&str]) -> bool {
        let names = self.witnesses.iter().map(|witness| witness.name.as_str());
        self.reached(names.filter(|name| witnesses.contains(name)).collect()).1
    }

    /// How all groups stand with these witnesses, and whether the quorum is reached.
    fn reached<'p>(&'p self, mut witnessed: HashSet<&'p str>) -> (Vec<GroupReport>, bool) {
        let mut groups = Vec::new();
        for group in &self.groups {
            let have = group.members.iter().filter(|member| witnessed.contains(member.as_str())).count();
            if have >= group.threshold {
                witnessed.insert(&group.name);
            }
            let (name, threshold, members) = (group.name.clone(), group.threshold, group.members.len());
            groups.push(GroupReport { name, have, threshold, members });
        }
        (groups, self.quorum.as_deref().is_none_or(|name| witnessed.contains(name)))
    }
}

fn malformed(line: usize, why: &'static str) -> Error {
    let error = Error::new(ErrorKind::Malformed, "audit.policy", "this is no policy of a log").with("because", why);
    if line == 0 { error } else { error.with("line", line.to_string()) }
}

/// What the lines so far said.
#[derive(Default)]
struct Reader {
    logs: Vec<PolicyLog>,
    witnesses: Vec<PolicyWitness>,
    groups: Vec<PolicyGroup>,
    quorum: Option<Option<String>>,
    /// Of witnesses and groups, and whether they are members of a group already.
    names: HashMap<String, bool>,
    log_keys: HashSet<Vec<u8>>,
    witness_keys: HashSet<Vec<u8>>,
}

impl Reader {
    fn line(&mut self, line: &[u8]) -> Result<(), &'static str> {
        if line.iter().any(|byte| (*byte < 0x20 && *byte != b'\t') || *byte == 0x7f) {
            return Err("it has control characters");
        }
        let mut words = line.split(|byte| matches!(byte, b' ' | b'\t')).filter(|word| !word.is_empty()).peekable();
        if words.peek().is_none_or(|word| word.starts_with(b"#")) {
            return Ok(());
        }
        let words: Vec<&str> = words.map(std::str::from_utf8).collect::<Result<_, _>>().map_err(|_| "a name is not UTF-8")?;
        match words[..] {
            ["log", key] => self.log(key, None),
            ["log", key, url] => self.log(key, Some(url)),
            ["witness", name, key] => self.witness(name, key, None),
            ["witness", name, key, url] => self.witness(name, key, Some(url)),
            ["group", name, threshold, ref members @ ..] => self.group(name, threshold, members),
            ["quorum", name] => self.set_quorum(name),
            _ => Err("it is neither `log`, `witness`, `group` nor `quorum` with what belongs to it"),
        }
    }

    fn log(&mut self, key: &str, url: Option<&str>) -> Result<(), &'static str> {
        let key: VerifierKey = key.parse().map_err(|_| "its key is no verifier key")?;
        if !key.kind().signs_logs() {
            return Err("its key is of a kind that signs no logs");
        }
        if !self.log_keys.insert(key.public().to_vec()) {
            return Err("another log has the same key");
        }
        self.logs.push(PolicyLog { key, url: url.map(str::to_owned) });
        Ok(())
    }

    fn witness(&mut self, name: &str, key: &str, url: Option<&str>) -> Result<(), &'static str> {
        let key: VerifierKey = key.parse().map_err(|_| "its key is no verifier key")?;
        if !key.kind().cosigns() {
            return Err("its key is of a kind that does not cosign");
        }
        if !self.witness_keys.insert(key.public().to_vec()) {
            return Err("another witness has the same key");
        }
        self.define(name)?;
        self.witnesses.push(PolicyWitness { name: name.to_owned(), key, url: url.map(str::to_owned) });
        Ok(())
    }

    fn group(&mut self, name: &str, threshold: &str, members: &[&str]) -> Result<(), &'static str> {
        for member in members {
            let taken = self.names.get_mut(*member).ok_or("a member is not defined before")?;
            if std::mem::replace(taken, true) {
                return Err("a member is in a group already");
            }
        }
        let threshold = match threshold {
            "all" => members.len(),
            "any" => 1,
            number => decimal(number).and_then(|number| number.try_into().ok()).ok_or("its threshold is no number")?,
        };
        if !(1..=members.len()).contains(&threshold) {
            return Err("its threshold is not between 1 and the number of its members");
        }
        self.define(name)?;
        let members = members.iter().map(|member| (*member).to_owned()).collect();
        self.groups.push(PolicyGroup { name: name.to_owned(), threshold, members });
        Ok(())
    }

    fn set_quorum(&mut self, name: &str) -> Result<(), &'static str> {
        let quorum = match name {
            "none" => None,
            name if self.names.contains_key(name) => Some(name.to_owned()),
            _ => return Err("the quorum is not defined before"),
        };
        if self.quorum.replace(quorum).is_some() {
            return Err("there is a quorum already");
        }
        Ok(())
    }

    fn define(&mut self, name: &str) -> Result<(), &'static str> {
        if name == "none" || self.names.insert(name.to_owned(), false).is_some() {
            return Err("its name is taken");
        }
        Ok(())
    }

    fn end(self) -> Result<Policy, &'static str> {
        let quorum = self.quorum.ok_or("it has no quorum")?;
        Ok(Policy { logs: self.logs, witnesses: self.witnesses, groups: self.groups, quorum })
    }
}

impl FromStr for Policy {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::parse(text.as_bytes())
    }
}

impl TryFrom<String> for Policy {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

impl From<Policy> for String {
    fn from(policy: Policy) -> Self {
        policy.to_string()
    }
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = |url: &Option<String>| url.as_ref().map_or_else(String::new, |url| format!(" {url}"));
        for log in &self.logs {
            writeln!(f, "log {}{}", log.key, url(&log.url))?;
        }
        for witness in &self.witnesses {
            writeln!(f, "witness {} {}{}", witness.name, witness.key, url(&witness.url))?;
        }
        for group in &self.groups {
            writeln!(f, "group {} {} {}", group.name, group.threshold, group.members.join(" "))?;
        }
        writeln!(f, "quorum {}", self.quorum.as_deref().unwrap_or("none"))
    }
}
