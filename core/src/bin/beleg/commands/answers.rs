use beleg::{
    Error, ErrorKind, Result,
    corpus::{AskOptions, ChatChoice, EvalOptions, Filter, Question, SearchOptions},
};

use crate::{
    args::{Ask, Eval, FilterArgs, Search},
    engine::Session,
    output::Output,
    text,
};

pub(crate) async fn search(session: &Session<'_>, args: &Search, output: &Output) -> Result<bool> {
    let options = SearchOptions { k: args.k, mode: args.mode, fusion: args.fusion, filter: filter(&args.filter)? };
    let result = session.corpus(&args.corpus).await?.search(&args.query, options).await?;
    output.result(&result, || text::answers::hits(output.lang(), &result));
    Ok(true)
}

pub(crate) async fn ask(session: &Session<'_>, args: &Ask, output: &Output) -> Result<bool> {
    let (chat, policy) = (ChatChoice::First, args.policy);
    let options = AskOptions { passages: args.passages, filter: filter(&args.filter)?, chat, policy, draft: false };
    let corpus = session.corpus_with(&args.corpus, args.chat.as_deref()).await?;
    let mut answer = corpus.ask(&args.question, options).await?;
    // The command ends here: what it says of the log is what its checkpoint covers.
    if let (Some(published), Some(audit)) = (corpus.close().await?, &mut answer.audit) {
        audit.checkpoint_size = Some(published.checkpoint.size);
    }
    output.result(&answer, || text::answers::answer(output.lang(), &answer));
    Ok(true)
}

pub(crate) async fn eval(session: &Session<'_>, args: &Eval, output: &Output) -> Result<bool> {
    let rows =
        std::fs::read_to_string(&args.questions).map_err(|error| Error::io(error, "read the questions", &args.questions))?;
    let questions = Question::read_all(&rows)?;
    let corpus = session.corpus(&args.corpus).await?;
    let options = EvalOptions { mode: args.mode, k: args.k };
    let report = corpus
        .eval(&questions, options, |done| {
            if done > 0 && done % 100 == 0 {
                output.note(&text::eval::progress(output.lang(), done, questions.len()));
            }
        })
        .await?;
    output.result(&report, || text::eval::report(output.lang(), &report));
    Ok(true)
}

fn filter(args: &FilterArgs) -> Result<Filter> {
    let day = |text: &str| -> Result<Option<jiff::civil::Date>> {
        if text.is_empty() {
            return Ok(None);
        }
        text.parse().map(Some).map_err(|_| {
            Error::new(ErrorKind::InvalidInput, "search.date", "a date is not well-formed")
                .with("date", text)
                .with_hint("write it as 2025-12-31")
        })
    };
    let (from, to) = match args.date.as_deref().map(|range| range.split_once("..").unwrap_or((range, range))) {
        Some((from, to)) => (day(from)?, day(to)?),
        None => (None, None),
    };
    let FilterArgs { documents, types, languages, labels, .. } = args;
    Ok(Filter {
        documents: documents.clone(),
        types: types.clone(),
        languages: languages.clone(),
        labels: labels.clone(),
        from,
        to,
    })
}
