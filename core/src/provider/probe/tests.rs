//! Every sentence there is, side by side in both languages. That each comes of what a server says is tested over the wire
//! (`core/tests/provider/probe`).

use std::collections::BTreeSet;

use super::explained;
use crate::{
    Error, ErrorKind,
    error::ErrorRecord,
    provider::Failure::{self, *},
    types::Language,
};

const SOURCES: [&str; 5] = [
    include_str!("access.rs"),
    include_str!("explained.rs"),
    include_str!("model.rs"),
    include_str!("network.rs"),
    include_str!("setting.rs"),
];

/// A failure that says this, and beside it what each says.
fn failed(failure: Failure, more: &[(&'static str, &str)]) -> Error {
    let usual = [("host", "models.example"), ("model", "model-1"), ("proxy", "proxy.example:3128"), ("request_id", "geheim")];
    more.iter().chain(&usual).fold(failure.error(), |error, (key, value)| error.with(*key, *value))
}

/// An error for each sentence.
fn all() -> Vec<Error> {
    let network = |reason, detail| failed(Unreachable, &[("reason", reason), ("detail", detail)]);
    let page = |status| failed(ServerError, &[("reason", "html"), ("status", status)]);
    let refused = |detail| {
        let code = [("status", "403"), ("reason", "AccessDeniedException"), ("message", "No.")];
        failed(Unauthorized, &[&code[..], &[("detail", detail)]].concat())
    };
    let no_model = |detail| failed(NoModel, &[("status", "404"), ("detail", detail)]);
    let plain = |failure, status| failed(failure, &[("status", status), ("reason", "code"), ("message", "No.")]);
    let mut all = vec![
        network("closed", "wants_tls"),
        failed(Unreachable, &[("reason", "dns"), ("host", "audit.openai.azure.com")]),
        network("dns", ""),
        network("refused", ""),
        failed(TimedOut, &[("reason", "connect_timeout")]),
    ];
    all.extend(
        ["unknown_issuer", "expired", "not_valid_yet", "wrong_name", "no_tls", "refused_by_server", "", "handshake"]
            .map(|detail| network("tls", detail)),
    );
    all.extend(["login", "refused", "dns", "unreachable"].map(|detail| network("proxy", detail)));
    all.extend(["no_v1", "twice_v1"].map(no_model));
    all.push(failed(Malformed, &[("reason", "status"), ("status", "302")]));
    all.extend(["403", "502", "404"].map(page));
    all.extend([
        refused("clock"),
        refused("clock").with("clock_off_seconds", "-840"),
        refused("secret_key"),
        refused("key_id"),
        refused("expired_keys"),
        refused("model_access"),
        refused("marketplace"),
        refused("use_case"),
        refused("retired"),
        refused("denied"),
        refused("policy"),
        refused("other_resource"),
        refused("role"),
        refused("private"),
        refused("firewall"),
        refused("no_keys"),
        refused("client_secret"),
        refused("client_secret_expired"),
        refused("client_id"),
        refused("tenant"),
        refused(""),
        no_model("deployment"),
        no_model("path"),
        failed(Rejected, &[("status", "400"), ("detail", "api_version")]),
        no_model("inference_profile").with("profiles", "eu.model-1, global.model-1"),
        no_model("model_id"),
        no_model("no_models"),
        no_model("listed"),
        no_model("").with("models", "model-2, model-3").with("models_in_all", "7"),
        no_model(""),
        failed(RateLimited, &[("status", "429"), ("wait_seconds", "17")]),
        failed(QuotaExhausted, &[("detail", "credit")]),
        plain(QuotaExhausted, "429"),
        failed(Overloaded, &[("detail", "loading")]),
        plain(Overloaded, "529"),
        plain(ServerError, "500"),
        failed(TimedOut, &[("reason", "read_timeout")]),
        plain(Malformed, "200"),
        plain(Rejected, "400"),
        failed(Rejected, &[("reason", "request")]),
        failed(ContentFiltered, &[]),
        failed(CutOff, &[("reason", "closed")]),
        plain(TooLong, "400"),
        Error::new(ErrorKind::InvalidInput, "provider.settings", "a setting of a provider is missing")
            .with("provider", "aws.bedrock")
            .with("setting", "region")
            .with_hint("such as eu-central-1; or set AWS_REGION"),
        Error::new(ErrorKind::InvalidInput, "http.address", "this is no address of a provider"),
        Error::new(ErrorKind::NotFound, "provider.profile", "there is no such profile of AWS").with_hint("check its name"),
    ]);
    all
}

#[test]
fn every_sentence_is_there_in_both_languages_in_one_line_whole_and_without_what_is_not_for_people() {
    let mut table = String::new();
    let (mut english, mut german) = (BTreeSet::new(), BTreeSet::new());
    for error in all() {
        let record = ErrorRecord::from(&error);
        let [en, de] = [Language::En, Language::De].map(|language| explained(&record, language));
        for told in [&en, &de] {
            assert!(told.len() > 20 && !told.contains(['\n', '{', '}']), "{told}");
            // A value that is missing leaves a hole.
            assert!(!["  ", "``", "()", " .", " ,", ": ."].iter().any(|hole| told.contains(hole)), "{told}");
            assert!(!told.contains("geheim"), "{told}");
        }
        table += &format!("{} {}\n  {en}\n  {de}\n", record.code, record.context.get("detail").map_or("", String::as_str));
        assert_ne!(en, de);
        assert!(english.insert(en.clone()) && german.insert(de), "twice: {en}");
    }
    let sentences: usize = SOURCES.iter().map(|source| source.matches("line(").count()).sum();
    assert_eq!(english.len(), sentences, "a sentence without a row");
    insta::assert_snapshot!("sentences", table);
}

#[test]
fn a_clock_is_told_in_minutes_and_which_way() {
    let told = |seconds: &str| {
        let error = failed(Unauthorized, &[("detail", "clock"), ("clock_off_seconds", seconds)]);
        let record = ErrorRecord::from(&error);
        [Language::En, Language::De].map(|language| explained(&record, language).split(',').next().unwrap().to_owned())
    };
    assert_eq!(told("75"), ["the clock of this machine is 1 minute ahead", "Die Uhr dieses Rechners geht 1 Minute vor"]);
    assert_eq!(told("-840"), ["the clock of this machine is 14 minutes behind", "Die Uhr dieses Rechners geht 14 Minuten nach"]);
}

#[test]
fn what_has_no_sentence_is_told_in_its_own_words_and_in_german_said_to_be_english() {
    let error = Error::new(ErrorKind::NotFound, "provider.profile", "there is no such profile").with_hint("check its name");
    let record = ErrorRecord::from(&error);
    assert_eq!(explained(&record, Language::En), "there is no such profile. check its name");
    assert_eq!(explained(&record, Language::De), "Es ging nicht, auf Englisch: there is no such profile. check its name");
}

#[test]
fn what_failed_within_a_stream_and_has_no_status_is_named_by_its_code() {
    for failure in [RateLimited, Overloaded, ServerError, NoModel, Rejected, QuotaExhausted, TooLong, Unauthorized] {
        let record = ErrorRecord::from(&failed(failure, &[]));
        let told = [Language::En, Language::De].map(|language| explained(&record, language));
        assert!(told.iter().all(|told| told.contains(&format!("({})", failure.code()))), "{told:?}");
    }
}
