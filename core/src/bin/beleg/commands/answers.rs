use beleg::{
    Error, ErrorKind, Result,
    corpus::{AnswerEvent, AskOptions, ChatChoice, EvalOptions, Filter, Question, SearchOptions},
};

use futures::StreamExt;

use crate::{
    args::{Ask, Eval, FilterArgs, Search},
    engine::Session,
    output::Output,
    text,
};

/// In the place of a chat model: nobody.
pub(super) const QUOTES: &str = "quotes";

pub(crate) async fn search(session: &Session<'_>, args: &Search, output: &Output) -> Result<bool> {
    let options = SearchOptions { k: args.k, mode: args.mode, fusion: args.fusion, filter: filter(&args.filter)? };
    let result = session.corpus(&args.corpus).await?.search(&args.query, options).await?;
    output.result(&result, || text::answers::hits(output.lang(), &result));
    Ok(true)
}

pub(crate) async fn ask(session: &Session<'_>, args: &Ask, output: &Output) -> Result<bool> {
    let or_quotes = args.chat.last().is_some_and(|name| name == QUOTES);
    let chats = &args.chat[..args.chat.len() - usize::from(or_quotes)];
    let options = AskOptions {
        passages: args.passages,
        filter: filter(&args.filter)?,
        chat: ChatChoice::First,
        policy: args.policy,
        follows: args.follows,
        searches: args.searches.map(usize::from),
        or_quotes,
        draft: args.draft,
    };
    let corpus = match or_quotes && chats.is_empty() {
        true => session.corpus(&args.corpus).await?,
        false => session.corpus_with(&args.corpus, chats).await?,
    };
    let mut stream = corpus.ask_stream(&args.question, options).await?;
    let mut done = None;
    while let Some(event) = stream.next().await {
        match event? {
            AnswerEvent::Done(answer) => done = Some(*answer),
            AnswerEvent::Draft(text) => output.draft(&text),
            event => {
                if let Some(note) = text::answers::event(output.lang(), &event) {
                    output.note(&note);
                }
            }
        }
    }
    let ended = || Error::new(ErrorKind::Internal, "ask.ended", "the task that answers died").with_hint("ask again");
    let mut answer = done.ok_or_else(ended)?;
    if args.draft {
        output.draft("\n\n");
    }
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
