//! Retention: how long documents and the contents of the log are kept, and what goes when that is over. No period is built in.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::{
    Corpus,
    erase::{Doomed, naming},
    hold::{Held, containers},
    write::Writer,
};
use crate::{
    Error, ErrorKind, Result,
    audit::Leaf,
    record::{Action, Content, retention_classes},
    store::Blobs,
    types::{DocumentRecord, DocumentRef},
};

/// For how long things of which class are kept, in `retention.json`.
///
/// A document is of the class that its metadata names under `retention`, or its label `retention:<class>`, of the longest when there are
/// several; what names none is of the default. What a log entry commits to is of the first of its [`retention_classes`] that has a period
/// here, else of the default. A class without a period, and no class at all, is kept.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RetentionRules {
    /// Periods by the names of classes.
    pub classes: BTreeMap<String, RetentionPeriod>,
    /// The class of what names none.
    pub default: Option<String>,
}

/// How long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetentionPeriod {
    /// Days of 24 hours: for a document from its ingest, for a log entry from its time.
    pub days: u32,
}

/// What is past its period: what went, or would go.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize)]
pub struct RetentionReport {
    /// The entry that announced it; nothing went without one.
    pub id: Option<Uuid>,
    /// Whether it only says what would go.
    pub dry_run: bool,
    /// Whether there are rules: without them nothing goes.
    pub has_rules: bool,
    /// Documents past their period. Archives and mails go as a whole, when the period of all of their parts is over.
    pub documents: Vec<ExpiredDocument>,
    /// Log entries past their period whose payloads were there: the entries stay.
    pub entries: u64,
    /// Documents past their period that a hold keeps.
    pub held: Vec<HeldDocument>,
    /// Log entries past their period whose payloads a hold keeps.
    pub held_entries: u64,
    /// Documents that no period applies to.
    pub without_period: u64,
    /// The version of the index without them; 0 when no document went.
    pub index_version: u64,
}

/// A document past its period.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct ExpiredDocument {
    /// The document.
    pub document: DocumentRef,
    /// Its class.
    pub class: String,
    /// When its period was over.
    pub expired: Timestamp,
}

/// A document that is kept past its period.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct HeldDocument {
    /// The document.
    pub document: DocumentRef,
    /// The hold that keeps it.
    pub hold: Uuid,
}

const RULES: &str = "retention.json";
/// Before the class, as a label; without the colon, the key in a document's metadata.
const LABEL: &str = "retention:";
/// No period is longer: a thousand years.
const LONGEST: u32 = 365_250;

impl RetentionRules {
    fn check(&self) -> Result<()> {
        for (class, period) in &self.classes {
            if class.trim() != class || class.is_empty() || class.chars().any(char::is_control) {
                return Err(Error::new(
                    ErrorKind::InvalidInput,
                    "retention.class",
                    "a class has no name, or one with blanks around it",
                )
                .with("class", class.clone())
                .with_hint("name it as the labels do, without `retention:`"));
            }
            if !(1..=LONGEST).contains(&period.days) {
                return Err(Error::new(ErrorKind::InvalidInput, "retention.days", "that is no period in days")
                    .with("class", class.clone())
                    .with("days", period.days.to_string())
                    .with_hint(format!("give 1 to {LONGEST} days: 3653 are ten years")));
            }
        }
        match &self.default {
            Some(class) if !self.classes.contains_key(class) => {
                Err(Error::new(ErrorKind::InvalidInput, "retention.default", "the default is a class without a period")
                    .with("class", class.clone())
                    .with_hint("give the class a period first"))
            }
            _ => Ok(()),
        }
    }

    /// When the period of a class is over that began at `from`; never when it has none.
    fn over(&self, class: &str, from: Timestamp) -> Option<Timestamp> {
        let days = self.classes.get(class)?.days;
        from.checked_add(SignedDuration::from_hours(24 * i64::from(days))).ok()
    }

    /// The class of a document, and when its period is over; `None` when none applies.
    fn of_document<'r>(&'r self, record: &'r DocumentRecord) -> Option<(&'r str, Timestamp)> {
        let key = LABEL.trim_end_matches(':');
        let labels = record.labels.iter().filter_map(|label| label.strip_prefix(LABEL));
        let mut classes: Vec<&str> = record.metadata.get(key).map(String::as_str).into_iter().chain(labels).collect();
        if classes.is_empty() {
            classes.push(self.default.as_deref()?);
        }
        // One without a period keeps it, whatever the others say.
        let periods = classes.into_iter().map(|class| Some((class, self.over(class, record.ingested)?)));
        periods.collect::<Option<Vec<_>>>()?.into_iter().max_by_key(|(_, over)| *over)
    }

    /// Whether the period of what an entry commits to is over.
    fn is_over(&self, leaf: &Leaf, now: Timestamp) -> bool {
        let class = retention_classes(&leaf.r#type).find(|class| self.classes.contains_key(*class)).or(self.default.as_deref());
        let time: Option<Timestamp> = leaf.time.parse().ok();
        class.zip(time).and_then(|(class, time)| self.over(class, time)).is_some_and(|over| over <= now)
    }
}

impl Corpus {
    /// The rules that hold; none has been set when there are no classes.
    pub async fn retention_rules(&self) -> Result<RetentionRules> {
        self.check_caller()?;
        let Some((bytes, _)) = self.0.blobs.get(RULES).await? else { return Ok(RetentionRules::default()) };
        serde_json::from_slice(&bytes).map_err(|error| damaged().with_source(error))
    }

    /// Sets the rules, in place of those that there are. Nothing goes before [`Corpus::retention`] is called.
    ///
    /// # Errors
    /// `retention.class`, `retention.days`, `retention.default` for rules that cannot be; `corpus.sealed`.
    pub async fn set_retention(&self, rules: RetentionRules) -> Result<()> {
        self.check_caller()?;
        self.check_sees_all()?;
        rules.check()?;
        let _lock = self.take_over("retention").await?;
        let json = serde_json::to_value(&rules).map_err(|error| damaged().with_source(error))?;
        let intent = self
            .intent(Action::AdminChange)
            .version("change", "retention")
            .count("classes", rules.classes.len() as u64)
            .payload("rules", Content::Json(json))
            .because(self.caller());
        let bytes = serde_json::to_vec_pretty(&rules).map_err(|error| damaged().with_source(error))?;
        let put = async {
            let blobs = self.0.blobs.as_ref();
            let done = match blobs.get(RULES).await? {
                Some((_, etag)) => blobs.put_if_match(RULES, &bytes, &etag).await?.is_some(),
                None => blobs.put_if_absent(RULES, &bytes).await?,
            };
            let changed = || Error::new(ErrorKind::Busy, "retention.changed", "somebody else changed the rules meanwhile");
            if done { Ok(()) } else { Err(changed().with_hint("look at them again")) }
        };
        self.carry_out(intent, put, |outcome, ()| outcome.version("change", "retention")).await
    }

    /// Erases documents past their period and removes what log entries past theirs commit to, but for what a hold keeps; or only says
    /// what would go. The entries stay, and so does every proof. What entries say of a document that is still there, of a hold that is active and
    /// of the seal stays with it, and so does what no checkpoint covers yet.
    ///
    /// # Errors
    /// `corpus.sealed`; `context.access` for a caller who does not see all documents.
    pub async fn retention(&self, dry_run: bool) -> Result<RetentionReport> {
        self.check_caller()?;
        self.check_sees_all()?;
        if dry_run {
            self.refresh().await?;
            let mut plan = self.plan().await?;
            (plan.report.entries, plan.report.held_entries) = self.expired_payloads(&plan, false).await?;
            return Ok(RetentionReport { dry_run, ..plan.report });
        }
        let mut writer = Writer::begin(self, "retention").await?;
        let _holds = self.lock_holds("retention").await?;
        self.refresh().await?;
        let mut plan = self.plan().await?;
        if !plan.report.has_rules {
            return Ok(plan.report);
        }
        let doomed = std::mem::take(&mut plan.doomed);
        let documents = doomed.documents.len() as u64;
        let intent = self
            .intent(Action::RetentionApply)
            .because(self.caller())
            .count("documents", documents)
            .count("held", plan.report.held.len() as u64);
        let intent = naming(intent, "documents", &doomed.document_ids());
        let id = intent.id;
        let work = async {
            let index_version = if documents > 0 { self.take_away(&mut writer, &doomed).await?.index_version } else { 0 };
            let (entries, held_entries) = self.expired_payloads(&plan, true).await?;
            Ok((index_version, entries, held_entries))
        };
        let (index_version, entries, held_entries) = self
            .carry_out(intent, work, |outcome, (version, entries, held)| {
                let outcome = outcome.count("documents", documents).count("entries", *entries).count("held_entries", *held);
                if documents > 0 { outcome.version("index_version", version) } else { outcome }
            })
            .await?;
        Ok(RetentionReport { id: Some(id), entries, held_entries, index_version, ..plan.report })
    }

    /// What is past its period now. For whoever has refreshed the view of the corpus.
    async fn plan(&self) -> Result<Plan> {
        let rules = self.retention_rules().await?;
        let (now, held) = (self.engine().0.clock.now(), self.held().await?);
        let mut report = RetentionReport { has_rules: !rules.classes.is_empty(), ..RetentionReport::default() };
        let (mut doomed, mut alive) = (Doomed::default(), HashSet::new());
        let mut documents = self.all_documents().await;
        documents.extend(self.all_deleted().await?);
        let by_id: HashMap<Uuid, &DocumentRecord> = documents.iter().map(|record| (record.document.id, record)).collect();
        // A part lies in the bytes of what it is a part of.
        let mut wholes: BTreeMap<(&str, Uuid), Vec<&DocumentRecord>> = BTreeMap::new();
        for record in &documents {
            let outermost = containers(record, &by_id).last().unwrap_or(record);
            wholes.entry((&outermost.document.name, outermost.document.id)).or_default().push(record);
        }
        for records in wholes.into_values() {
            let periods: Vec<_> = records.iter().map(|record| rules.of_document(record)).collect();
            report.without_period += periods.iter().filter(|period| period.is_none()).count() as u64;
            let is_over = periods.iter().all(|period| period.is_some_and(|(_, over)| over <= now));
            let hold = records.iter().find_map(|record| held.document(record.document.id));
            if !is_over || hold.is_some() {
                alive.extend(records.iter().map(|record| record.document.id.to_string()));
            }
            if let (true, Some(hold)) = (is_over, hold) {
                report.held.extend(records.iter().map(|record| HeldDocument { document: record.document.clone(), hold }));
            } else if is_over {
                let expired = records.iter().zip(periods).filter_map(|(record, period)| {
                    let (class, expired) = period?;
                    Some(ExpiredDocument { document: record.document.clone(), class: class.to_owned(), expired })
                });
                report.documents.extend(expired);
                doomed.documents.extend(records.into_iter().cloned());
            }
        }
        Ok(Plan { rules, now, held, doomed, alive, report })
    }

    /// Counts the published entries of all epochs whose payloads are past their period, and those of them that a hold keeps; removes the
    /// payloads of the others when it is told to, some thousands at a time.
    async fn expired_payloads(&self, plan: &Plan, remove: bool) -> Result<(u64, u64)> {
        let (mut expired, mut held) = (0, 0);
        if !plan.report.has_rules {
            return Ok((0, 0));
        }
        for epoch in self.audit().epochs()? {
            let (of_epoch, held_of_epoch) = self.expired_in(epoch, plan, remove).await?;
            (expired, held) = (expired + of_epoch, held + held_of_epoch);
        }
        Ok((expired, held))
    }

    /// The same in one epoch.
    async fn expired_in(&self, epoch: u32, plan: &Plan, remove: bool) -> Result<(u64, u64)> {
        let log = self.audit().in_epoch(epoch)?;
        let (mut from, mut expired, mut held) = (0, 0, 0);
        // What no checkpoint covers in an epoch before, none ever will.
        let until = match log.checkpoint()? {
            _ if epoch < self.audit().epoch() => u64::MAX,
            published => published.map_or(0, |published| published.checkpoint.size),
        };
        while from < until {
            let (entries, next) = log.sealed_entries(from, until).await?;
            let mut due = Vec::new();
            for entry in entries.iter().filter(|entry| plan.is_over(&entry.leaf)) {
                match plan.held.entry(epoch, entry.index, &entry.keys) {
                    Some(_) => held += 1,
                    None => due.push(entry.index),
                }
            }
            expired += due.len() as u64;
            if remove && !due.is_empty() {
                log.remove_payloads(due).await?;
            }
            from = next;
        }
        Ok((expired, held))
    }
}

/// What goes, and what it is told by.
struct Plan {
    rules: RetentionRules,
    now: Timestamp,
    held: Held,
    doomed: Doomed,
    /// Documents that stay, as entries name them.
    alive: HashSet<String>,
    report: RetentionReport,
}

impl Plan {
    /// Whether what an entry commits to may go.
    fn is_over(&self, leaf: &Leaf) -> bool {
        let version = |name: &str| leaf.versions.get(name);
        // It says what the document is, and is as old as the document.
        let is_of_document = version("document").is_some_and(|id| self.alive.contains(id));
        let is_of_hold = version("hold").is_some_and(|id| self.held.is_active(id));
        let is_seal = version("change").is_some_and(|change| change == "seal");
        self.rules.is_over(leaf, self.now) && !is_of_document && !is_of_hold && !is_seal
    }
}

fn damaged() -> Error {
    Error::new(ErrorKind::Corrupt, "retention.damaged", "the retention rules of the corpus cannot be read")
        .with("file", RULES)
        .with_hint("restore the file from a backup: until then nothing goes")
}
