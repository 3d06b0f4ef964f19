//! What is kept, for how long, from when on nothing changes without a reason, and who outside of the house may be sent what.

use std::path::Path;

use beleg::{
    Error, ErrorKind, Result,
    corpus::{Hold, RetentionPeriod, RetentionRules},
};

use crate::{
    args::{External, HoldArgs, Retention},
    engine::Session,
    output::Output,
    text::retention as text,
};

pub(crate) async fn hold(session: &Session<'_>, args: &HoldArgs, output: &Output) -> Result<bool> {
    let corpus = session.corpus(&args.corpus).await?;
    if args.list {
        let holds = corpus.holds().await?;
        output.result(&serde_json::json!({"holds": holds}), || text::holds(output.lang(), &holds));
        return Ok(true);
    }
    let reason = args.reason.clone().unwrap_or_default();
    if let Some(id) = args.release {
        let released = corpus.release_hold(id, &reason).await?;
        output.result(&serde_json::json!({"released": released}), || text::released(output.lang(), &released));
        return Ok(true);
    }
    let HoldArgs { documents, subjects, answers, .. } = args;
    let hold = Hold { documents: documents.clone(), subjects: subjects.clone(), answers: answers.clone(), reason };
    let held = corpus.hold(hold).await?;
    output.result(&serde_json::json!({"hold": held}), || text::held(output.lang(), &held));
    Ok(true)
}

pub(crate) async fn retention(session: &Session<'_>, command: &Retention, output: &Output) -> Result<bool> {
    match command {
        Retention::Set { corpus, class, days, default } => {
            let change = |rules: &mut RetentionRules| {
                rules.classes.insert(class.clone(), RetentionPeriod { days: *days });
                if *default {
                    rules.default = Some(class.clone());
                }
                Ok(())
            };
            set(session, corpus, change, output).await
        }
        Retention::Remove { corpus, class } => {
            let change = |rules: &mut RetentionRules| {
                if rules.classes.remove(class).is_none() {
                    return Err(Error::new(ErrorKind::NotFound, "retention.no_class", "there is no such retention class")
                        .with("class", class.clone())
                        .with_hint("`beleg retention show CORPUS` lists those that there are"));
                }
                rules.default.take_if(|default| default == class);
                Ok(())
            };
            set(session, corpus, change, output).await
        }
        Retention::Show { corpus } => {
            let rules = session.corpus(corpus).await?.retention_rules().await?;
            output.result(&rules, || text::rules(output.lang(), &rules));
            Ok(true)
        }
        Retention::Apply { corpus, dry_run } => {
            let report = session.corpus(corpus).await?.retention(*dry_run).await?;
            output.result(&report, || text::applied(output.lang(), &report));
            Ok(true)
        }
    }
}

async fn set(
    session: &Session<'_>,
    corpus: &Path,
    change: impl FnOnce(&mut RetentionRules) -> Result<()>,
    output: &Output,
) -> Result<bool> {
    let corpus = session.corpus(corpus).await?;
    let mut rules = corpus.retention_rules().await?;
    change(&mut rules)?;
    corpus.set_retention(rules.clone()).await?;
    output.result(&rules, || text::rules(output.lang(), &rules));
    Ok(true)
}

pub(crate) async fn seal(session: &Session<'_>, corpus: &Path, reason: &str, output: &Output) -> Result<bool> {
    let seal = session.corpus(corpus).await?.seal(reason).await?;
    output.result(&serde_json::json!({"sealed": seal}), || text::sealed(output.lang(), &seal));
    Ok(true)
}

pub(crate) async fn external(session: &Session<'_>, command: &External, output: &Output) -> Result<bool> {
    let corpus = match command {
        External::Names { corpus, n } => {
            let names = session.corpus(corpus).await?.names(*n).await?;
            output.result(&serde_json::json!({"names": names}), || text::names(output.lang(), &names));
            return Ok(true);
        }
        External::Allow { corpus, provider, unredacted, reason } => {
            let corpus = session.corpus(corpus).await?;
            corpus.allow_external(provider, *unredacted, reason).await?;
            corpus
        }
        External::Forbid { corpus, provider, reason } => {
            let corpus = session.corpus(corpus).await?;
            corpus.forbid_external(provider, reason).await?;
            corpus
        }
        External::Show { corpus } => session.corpus(corpus).await?,
    };
    let grants = corpus.external().await?;
    output.result(&serde_json::json!({"external": grants}), || text::external(output.lang(), &grants));
    Ok(true)
}
