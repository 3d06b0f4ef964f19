//! What answers cost, and budgets.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_says_what_it_cost_and_a_budget_that_is_spent_stops_the_next_request_also_after_a_restart() {
    let place = Place::new();
    // A fake request takes 10 + 5 tokens or so: what it took is what it says.
    let prices =
        PriceList::default().with("fake", "fake", Price { input: 1000.0, cached: 500.0, cache_write: None, output: 2000.0 });
    let mut options = options();
    let chat = FakeChat::default();
    let first = Engine::new(Arc::new(model()), options.clone()).unwrap().with_prices(prices.clone());
    let corpus = open(&place, &first, &chat).await;
    let chat = chat.saying(&[&written(&[], false)]);
    let answer = corpus.ask(QUESTION, AskOptions::default()).await.unwrap();
    let (usage, cost) = (answer.usage.unwrap(), answer.cost.unwrap());
    let usd = usage.input_tokens as f64 / 1000.0 + usage.output_tokens as f64 / 500.0;
    assert_eq!(cost.usd.parse::<f64>().unwrap(), usd);
    corpus.close().await.unwrap();
    drop(corpus);

    // Another opening knows what was spent: by whom, and by all.
    let budget = |usd| Some(Budget { usd, per: BudgetPeriod::Day });
    for (budgets, anna, berta) in [
        (Budgets { corpus: budget(usd), user: None }, Some("corpus"), Some("corpus")),
        (Budgets { corpus: None, user: budget(usd) }, None, Some("user")),
        (Budgets { corpus: budget(f64::NAN), user: None }, Some("corpus"), Some("corpus")),
        (Budgets { corpus: budget(1e6), user: budget(1e6) }, None, None),
    ] {
        options.budgets = budgets;
        let engine = Engine::new(Arc::new(model()), options.clone()).unwrap().with_prices(prices.clone());
        let corpus = place.open_with(&with(&engine, &chat)).await;
        for (actor, refused) in [("anna", anna), ("local", berta)] {
            let corpus = corpus.with(CallContext::new(actor, Access::all()));
            let before = chat.requests().len();
            let _chat = chat.clone().saying(&[&written(&[], false)]);
            let asked = corpus.ask(QUESTION, AskOptions::default()).await;
            // What one request may cost at most is more than all of the small budget.
            let is_small = [budgets.corpus, budgets.user].into_iter().flatten().any(|budget| !(budget.usd >= 1e6));
            match asked {
                Err(error) => {
                    assert!(is_small && error.code() == "budget.exhausted", "{error:?}");
                    assert_eq!(chat.requests().len(), before, "nothing was sent");
                    let told = |key: &str| error.context().find(|(name, _)| *name == key).unwrap().1.to_owned();
                    assert!(refused.is_none_or(|refused| refused == told("budget")), "{actor} {error:?}");
                    let is_own = actor == "local" || told("budget") == "corpus";
                    assert_eq!(told("spent_usd"), if is_own { cost.usd.as_str() } else { "0.000000000" }, "{actor}");
                }
                Ok(_) => assert!(!is_small && refused.is_none(), "{actor} {budgets:?}"),
            }
        }
        corpus.close().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chain_of_models_takes_the_money_for_one_and_a_refused_request_leaves_its_search_on_record() {
    let (place, chat) = (Place::new(), FakeChat::default());
    let prices =
        PriceList::default().with("fake", "fake", Price { input: 1000.0, cached: 500.0, output: 2000.0, cache_write: None });
    let chain = || Fallback::new(vec![Arc::new(chat.clone()), Arc::new(chat.clone())]).unwrap();
    let engine = |usd: f64| {
        let mut options = options();
        options.budgets.user = Some(Budget { usd, per: BudgetPeriod::Month });
        let engine = Engine::new(Arc::new(model()), options).unwrap().with_prices(prices.clone());
        engine.with_chat_model(Arc::new(chain()))
    };
    put(&place);
    let corpus = place.open_with(&engine(0.001)).await;
    place.ingest(&corpus).await;
    let refused = corpus.ask(QUESTION, AskOptions::default()).await.unwrap_err();
    let most: f64 = refused.context().find(|(key, _)| *key == "request_usd_at_most").unwrap().1.parse().unwrap();
    let (_, entries) = corpus.audit().last_entries(None, 3).await.unwrap();
    let leaves: Vec<beleg::audit::Leaf> = entries.iter().map(|bytes| beleg::audit::Leaf::parse(bytes).unwrap()).collect();
    let kinds: Vec<_> = leaves.iter().map(|leaf| (leaf.r#type.as_str(), leaf.phase.as_str())).collect();
    assert_eq!(kinds, [("answer", "intent"), ("retrieval", "outcome"), ("answer", "outcome")]);
    assert!(leaves[2].refs.contains(&leaves[1].id) && leaves[2].result.as_deref() == Some("failed"));
    corpus.close().await.unwrap();
    let corpus = place.open_with(&engine(most * 1.5)).await;
    let _chat = chat.clone().saying(&[&written(&[], false)]);
    corpus.ask(QUESTION, AskOptions::default()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_spent_before_a_restore_counts_after_it() {
    let (place, chat) = (Place::new(), FakeChat::default());
    let prices =
        PriceList::default().with("fake", "fake", Price { input: 1000.0, cached: 500.0, cache_write: None, output: 2000.0 });
    let corpus = open(&place, &engine().with_prices(prices.clone()), &chat).await;
    let _chat = chat.clone().saying(&[&written(&[], false)]);
    let cost = corpus.ask(QUESTION, AskOptions::default()).await.unwrap().cost.unwrap();
    corpus.close().await.unwrap();
    drop(corpus);
    copy_folder(&place.corpus(), &place.path("backup")).unwrap();
    let corpus = place.open().await;
    corpus.search(QUESTION, SearchOptions::default()).await.unwrap();
    corpus.close().await.unwrap();
    drop(corpus);
    std::fs::remove_dir_all(place.corpus()).unwrap();
    copy_folder(&place.path("backup"), &place.corpus()).unwrap();
    let (log, resumed) =
        open_audit(place.corpus(), Arc::new(LocalKeyStore::new(keys()))).unwrap().resume("restored").await.unwrap();
    assert_eq!(resumed.epoch, 2);
    log.close().await.unwrap();

    let mut options = options();
    options.budgets.corpus = Some(Budget { usd: 1e-6, per: BudgetPeriod::Month });
    let engine = Engine::new(Arc::new(model()), options).unwrap().with_prices(prices);
    let corpus = place.open_with(&with(&engine, &chat)).await;
    let error = corpus.ask(QUESTION, AskOptions::default()).await.unwrap_err();
    assert_eq!(error.code(), "budget.exhausted");
    assert!(error.context().any(|told| told == ("spent_usd", cost.usd.as_str())), "{error:?}");
}
