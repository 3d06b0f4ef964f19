//! Keys of AWS that somebody gives: the same ones as AWS's own SDK finds, in the same order; renewed in time; and what is said of those
//! that cannot be had.

use std::{path::Path, sync::Arc};

use beleg::{
    Result,
    embed::{EmbeddingModel, RemoteModel},
    http::{Http, HttpSettings},
    provider::{BedrockChat, BedrockSettings, Failure},
    testing::{
        SetClock,
        providers::{FakeProvider, Reply, aws, bedrock},
    },
};
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::support::{events, http, question, said, server, text, turn, vendors};

/// The file of the token of `house`: its SHA-1.
const HOUSE: &str = "5be93480bd8b743454a93dca084849202af43af5.json";
const FOREVER: &str = "2099-01-01T00:00:00Z";

const CONFIG: &str = "
[default]
region = eu-central-1
[profile plain]
region = eu-central-1
[profile in-config]
aws_access_key_id = AKCONFIG
aws_secret_access_key = config
[profile sso]
sso_session = house
sso_account_id = 123456789012
sso_role_name = Reader
[profile old-sso]
sso_start_url = https://old.example/start
sso_region = eu-west-1
sso_account_id = 123456789012
sso_role_name = Reader
[profile sso-and-keys]
sso_session = house
sso_account_id = 123456789012
sso_role_name = Reader
[profile other-account]
sso_session = house
sso_account_id = 999999999999
sso_role_name = Reader
[profile lost-sso]
sso_session = nowhere
sso_account_id = 123456789012
sso_role_name = Reader
[profile web]
role_arn = arn:aws:iam::123456789012:role/audit
web_identity_token_file = HOME/web-token
[profile other-role]
role_arn = arn:aws:iam::123456789012:role/other
web_identity_token_file = HOME/web-token
[profile process]
credential_process = /bin/false
[profile assumed]
role_arn = arn:aws:iam::123456789012:role/audit
source_profile = keys
[sso-session house]
sso_region = eu-central-1
sso_start_url = https://house.example/start
sso_registration_scopes = sso:account:access
";

const CREDENTIALS: &str = "
[keys]
aws_access_key_id = AKKEYS
aws_secret_access_key = keys
[sso-and-keys]
aws_access_key_id = AKBESIDE
aws_secret_access_key = beside
[assumed]
aws_access_key_id = AKASSUMED
aws_secret_access_key = assumed
";

/// A home with files of AWS, signed in to both kinds of SSO.
fn home() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let cache = at.join(".aws/sso/cache");
    std::fs::create_dir_all(&cache).unwrap();
    std::fs::write(at.join(".aws/config"), CONFIG.replace("HOME", &at.display().to_string())).unwrap();
    std::fs::write(at.join(".aws/credentials"), CREDENTIALS).unwrap();
    std::fs::write(at.join("web-token"), aws::WEB_TOKEN).unwrap();
    std::fs::write(at.join("container-token"), aws::CONTAINER_TOKEN).unwrap();
    let token = json!({"accessToken": aws::SSO_TOKEN, "expiresAt": FOREVER, "region": "eu-central-1"}).to_string();
    // The second is the SHA-1 of the address of the old one.
    for file in [HOUSE, "103c764598c7bfb84492cce4b625216b27775ddd.json"] {
        std::fs::write(cache.join(file), &token).unwrap();
    }
    folder
}

/// An environment: a home, everybody who gives keys, and more.
fn environment(home: &Path, issuers: &FakeProvider, more: &[(&str, &str)]) -> Vec<(String, String)> {
    let usual = [
        ("HOME", home.display().to_string()),
        ("AWS_REGION", "eu-central-1".to_owned()),
        ("AWS_EC2_METADATA_SERVICE_ENDPOINT", issuers.url()),
        ("AWS_ENDPOINT_URL_STS", issuers.url()),
        ("AWS_ENDPOINT_URL_SSO", issuers.url()),
    ];
    let more = more
        .iter()
        .map(|(name, value)| (*name, value.replace("URL", &issuers.url()).replace("HOME", &home.display().to_string())));
    usual.into_iter().chain(more).map(|(name, value)| (name.to_owned(), value)).collect()
}

fn settings(environment: &[(String, String)], settings: Value) -> Result<BedrockSettings> {
    let variables = |name: &str| environment.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
    serde_json::from_value::<BedrockSettings>(settings).unwrap().with_environment(&variables)
}

/// Variables by name and value.
type Variables<'a> = &'a [(&'a str, &'a str)];

/// Environments, each with the profile that is set and the id of the key that comes of it; of those that end in an error, its code.
const CASES: &[(Variables<'_>, Option<&str>, &str)] = &[
    (&[], None, "AKMACHINE"),
    (&[("AWS_PROFILE", "plain")], None, "AKMACHINE"),
    (&[("AWS_EC2_METADATA_DISABLED", "true"), ("AWS_PROFILE", "plain")], None, "provider.settings"),
    (&[("AWS_ACCESS_KEY_ID", "AKENV"), ("AWS_SECRET_ACCESS_KEY", "env"), ("AWS_PROFILE", "sso")], None, "AKENV"),
    (&[("AWS_ACCESS_KEY_ID", "AKENV"), ("AWS_SECRET_ACCESS_KEY", "env")], Some("sso"), "AKSSO"),
    (&[("AWS_PROFILE", "sso")], None, "AKSSO"),
    (&[("AWS_PROFILE", "old-sso")], None, "AKSSO"),
    (&[("AWS_PROFILE", "sso-and-keys")], None, "AKSSO"),
    (&[("AWS_PROFILE", "keys")], None, "AKKEYS"),
    (&[("AWS_PROFILE", "in-config")], None, "AKCONFIG"),
    (&[("AWS_PROFILE", "web")], None, "AKROLE"),
    (&[("AWS_WEB_IDENTITY_TOKEN_FILE", "HOME/web-token"), ("AWS_ROLE_ARN", aws::ROLE), ("AWS_PROFILE", "keys")], None, "AKROLE"),
    (&[("AWS_WEB_IDENTITY_TOKEN_FILE", "HOME/web-token"), ("AWS_ROLE_ARN", aws::ROLE)], Some("keys"), "AKKEYS"),
    (&[("AWS_WEB_IDENTITY_TOKEN_FILE", "HOME/nowhere"), ("AWS_ROLE_ARN", aws::ROLE)], Some("web"), "AKROLE"),
    (&CONTAINER, None, "AKCONTAINER"),
    (&[CONTAINER[0], ("AWS_CONTAINER_AUTHORIZATION_TOKEN", aws::CONTAINER_TOKEN)], None, "AKCONTAINER"),
    (&[CONTAINER[0], CONTAINER[1], ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "wrong")], None, "AKCONTAINER"),
    (&[CONTAINER[0], CONTAINER[1], ("AWS_PROFILE", "keys")], None, "AKKEYS"),
    (&[CONTAINER[0], CONTAINER[1], ("AWS_PROFILE", "plain")], None, "AKCONTAINER"),
    (&[("AWS_PROFILE", "nobody")], None, "provider.profile"),
];

const CONTAINER: [(&str, &str); 2] = [
    ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "URL/v2/credentials/task-1?x=a%2Fb"),
    ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "HOME/container-token"),
];

#[tokio::test]
async fn the_same_keys_are_found_as_by_awss_own_sdk() {
    let issuers = FakeProvider::start(aws::issuers(FOREVER));
    let fake = server("bedrock", &turn());
    let home = home();
    let (mut ours, mut requests, mut environments) = (Vec::new(), Vec::new(), Vec::new());
    for (more, profile, _) in CASES {
        let environment = environment(home.path(), &issuers, more);
        environments.push(json!({
            "variables": environment.iter().cloned().collect::<std::collections::BTreeMap<_, _>>(), "profile": profile,
            "agent": issuers.url(),
        }));
        let usual = json!({"endpoint": fake.url(), "model": bedrock::MODEL, "profile": profile});
        let chat = settings(&environment, usual).and_then(|settings| BedrockChat::new(settings, http(json!({}))));
        let Ok(chat) = chat.map_err(|error| ours.push(error.code().to_owned())) else { continue };
        let (answer, error) = events(&chat, question()).await;
        assert!(error.is_none() && text(&answer) == turn().text(), "{more:?} {profile:?}: {error:?}");
        let last = fake.last();
        let authorization = last.header("authorization").unwrap();
        ours.push(authorization.split_once("Credential=").unwrap().1.split('/').next().unwrap().to_owned());
        requests.push((ours.len() - 1, last));
    }
    let expected: Vec<&str> = CASES.iter().map(|(_, _, id)| *id).collect();
    assert_eq!(ours, expected);

    let theirs = vendors("keys", &json!(environments));
    for ((more, profile, id), theirs) in CASES.iter().zip(theirs.as_array().unwrap()) {
        match id.starts_with("AK") {
            true => assert_eq!(theirs[0], json!(id), "{more:?} {profile:?}: {theirs}"),
            false => assert!(theirs.is_null() || theirs.is_string(), "{more:?} {profile:?}: {theirs}"),
        }
    }
    // Secret and session as well: AWS's signer signs with its keys as we did with ours.
    let signed: Vec<Value> = requests
        .iter()
        .map(|(case, received)| {
            let keys = &theirs[case];
            json!({
                "url": format!("{}{}", fake.url(), received.path), "time": received.header("x-amz-date").unwrap(), "region": "eu-central-1",
                "content_type": received.header("content-type").unwrap(), "body": String::from_utf8(received.body.clone()).unwrap(),
                "id": keys[0], "secret": keys[1], "session": keys[2],
            })
        })
        .collect();
    let ours: Vec<&str> = requests.iter().map(|(_, received)| received.header("authorization").unwrap()).collect();
    assert_eq!(vendors("signatures", &json!(signed)), json!(ours));
}

#[tokio::test]
async fn keys_are_asked_for_once_renewed_before_their_end_and_not_used_again_when_they_were_refused() {
    let issuers = FakeProvider::start(aws::issuers("2026-11-26T13:00:00Z"));
    let fake = server("bedrock", &turn());
    let clock = SetClock::at("2026-11-26T12:00:00Z".parse().unwrap());
    let http = Http::with(HttpSettings::default(), &|_| None, Arc::new(clock.clone())).unwrap();
    let machine = json!({"kind": "machine", "endpoint": issuers.url()});
    let usual = json!({"endpoint": fake.url(), "model": bedrock::MODEL, "region": "eu-central-1", "credentials": machine});
    let chat = BedrockChat::new(serde_json::from_value(usual).unwrap(), http).unwrap();
    let ask = async || events(&chat, question()).await.1;
    let asked = || issuers.received().len() / 3;
    assert!(asked() == 0, "nothing is sent before there is a question");
    let all = futures::future::join_all((0..8).map(|_| ask())).await;
    assert!(all.iter().all(Option::is_none) && asked() == 1, "{all:?}");
    clock.advance(SignedDuration::from_mins(54));
    assert!(ask().await.is_none() && asked() == 1);
    clock.advance(SignedDuration::from_mins(2));
    assert!(ask().await.is_none() && asked() == 2, "five minutes before their end");
    fake.queue(bedrock::error(403, "ExpiredTokenException", "x"));
    assert_eq!(Failure::of(&ask().await.unwrap()), Some(Failure::Unauthorized));
    assert!(ask().await.is_none());
    assert_eq!(asked(), 3);
}

#[tokio::test]
async fn what_is_wrong_with_keys_is_said_with_what_to_do_and_without_a_secret() {
    let issuers = FakeProvider::start(aws::issuers(FOREVER));
    let fake = server("bedrock", &turn());
    let home = home();
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let nobody = format!("http://{closed}/creds");
    let error_of = async |more: &[(&str, &str)], replies: &[Reply]| {
        let environment = environment(home.path(), &issuers, more);
        let usual = json!({"endpoint": fake.url(), "model": bedrock::MODEL});
        let chat = match settings(&environment, usual).and_then(|settings| BedrockChat::new(settings, http(json!({})))) {
            Ok(chat) => chat,
            Err(error) => return error,
        };
        replies.iter().for_each(|reply| issuers.queue(reply.clone()));
        let error = events(&chat, question()).await.1.unwrap();
        let shown = format!("{error:?} {} {chat:?}", error.to_json());
        assert!(
            ![aws::CONTAINER_TOKEN, aws::SSO_TOKEN, aws::WEB_TOKEN, "secret+"].iter().any(|word| shown.contains(word)),
            "{shown}"
        );
        error
    };
    let text = |body: &str| Reply::whole(200, "text/plain", body);
    let (session, role) = (|| text("machine-session"), || text("audit-role"));
    let cases: &[(Variables<'_>, Vec<Reply>, Failure, &str)] = &[
        (&[("AWS_PROFILE", "other-account")], vec![], Failure::Unauthorized, "ForbiddenException"),
        (&[("AWS_PROFILE", "other-role")], vec![], Failure::Unauthorized, "InvalidIdentityToken"),
        (&[CONTAINER[0]], vec![], Failure::Unauthorized, "AccessDenied"),
        (&[("AWS_CONTAINER_CREDENTIALS_FULL_URI", &nobody)], vec![], Failure::Unreachable, "refused"),
        (&[], vec![Reply::whole(403, "text/plain", "")], Failure::Unauthorized, ""),
        (&[], vec![session(), Reply::whole(404, "text/plain", "")], Failure::Unauthorized, ""),
        (
            &[],
            vec![session(), role(), text(r#"{"Code": "AssumeRoleUnauthorizedAccess"}"#)],
            Failure::Unauthorized,
            "AssumeRoleUnauthorizedAccess",
        ),
        (&[], vec![session(), role(), text("{}")], Failure::Malformed, "keys"),
        (&[], vec![session(), role(), text("<html>")], Failure::Malformed, "json"),
        (
            &[],
            vec![session(), role(), text(r#"{"AccessKeyId": "AK", "SecretAccessKey": "s", "Expiration": "soon"}"#)],
            Failure::Malformed,
            "expiration",
        ),
        (&[], vec![session(), text("")], Failure::Malformed, "role"),
        (&[], vec![text(&"x".repeat(300_000))], Failure::Malformed, "too_long"),
        (&[], vec![Reply::whole(503, "text/plain", "")], Failure::Overloaded, ""),
        (&[("AWS_PROFILE", "web")], vec![text("<Credentials><AccessKeyId>AK</AccessKeyId>")], Failure::Malformed, "keys"),
    ];
    for (more, replies, failure, reason) in cases {
        let error = error_of(more, replies).await;
        assert_eq!(
            (Failure::of(&error), said(&error, "reason").unwrap_or_default()),
            (Some(*failure), *reason),
            "{more:?} {error:?}"
        );
        assert!(error.hint().is_some_and(|hint| !hint.is_empty()) && said(&error, "provider") == Some("aws.bedrock"));
    }
    assert!(fake.received().is_empty(), "nothing is asked without keys");

    std::fs::write(
        home.path().join(".aws/sso/cache").join(HOUSE),
        r#"{"accessToken": "sso-token", "expiresAt": "2020-01-01T00:00:00Z"}"#,
    )
    .unwrap();
    let expired = error_of(&[("AWS_PROFILE", "sso")], &[]).await;
    assert_eq!((Failure::of(&expired), said(&expired, "reason")), (Some(Failure::Unauthorized), Some("sso_expired")));
    std::fs::remove_file(home.path().join(".aws/sso/cache").join(HOUSE)).unwrap();
    let signed_out = error_of(&[("AWS_PROFILE", "sso")], &[]).await;
    assert!(signed_out.code() == "provider.token_file" && signed_out.hint().unwrap().contains("aws sso login"));
    for (profile, code, reason) in [
        ("process", "provider.profile", "credential_process"),
        ("assumed", "provider.profile", "source_profile"),
        ("lost-sso", "provider.settings", ""),
    ] {
        let error = error_of(&[("AWS_PROFILE", profile)], &[]).await;
        assert_eq!((error.code(), said(&error, "reason").unwrap_or_default()), (code, reason), "{profile}");
    }
    let lacking = error_of(&[("AWS_WEB_IDENTITY_TOKEN_FILE", "HOME/web-token")], &[]).await;
    assert_eq!((lacking.code(), said(&lacking, "setting")), ("provider.settings", Some("role_arn")));
    for uri in ["http://keys.example/x", "http://169.254.1.1/x", "http://10.0.0.1/x"] {
        let error = error_of(&[("AWS_CONTAINER_CREDENTIALS_FULL_URI", uri)], &[]).await;
        assert_eq!((error.code(), said(&error, "setting")), ("provider.settings", Some("credentials.uri")), "{uri}");
    }
}

#[test]
fn an_agent_is_asked_at_its_own_address_and_one_elsewhere_with_tls_alone() {
    let taken = |more: &[(&str, &str)]| {
        let environment: Vec<_> = more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let settings = settings(&environment, json!({"model": "m", "region": "eu-central-1"})).unwrap();
        let shown = format!("{:?}", settings.credentials.clone().unwrap());
        BedrockChat::new(settings, http(json!({}))).unwrap();
        shown
    };
    let relative = taken(&[("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/credentials/1"), CONTAINER[0]]);
    assert!(relative.contains("http://169.254.170.2/v2/credentials/1"), "{relative}");
    for uri in
        ["https://keys.example/x", "http://169.254.170.23/v1/credentials", "http://[fd00:ec2::23]/v1", "http://localhost:1/x"]
    {
        assert!(taken(&[("AWS_CONTAINER_CREDENTIALS_FULL_URI", uri)]).contains(uri));
    }
    assert!(taken(&[("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "IPv6")]).contains("http://[fd00:ec2::254]"));
    let own = json!({"model": "m", "region": "r", "credentials": {"kind": "machine"}});
    let keyed = [("AWS_ACCESS_KEY_ID".to_owned(), "AK".to_owned()), ("AWS_SECRET_ACCESS_KEY".to_owned(), "s".to_owned())];
    let kept = settings(&keyed, own).unwrap();
    assert!(kept.access_key_id.is_none() && kept.credentials.is_some(), "what is set is not changed");
}

#[test]
fn embedding_models_have_the_same_keys() {
    let issuers = FakeProvider::start(aws::issuers(FOREVER));
    let fake = server("bedrock", &turn());
    let machine = json!({"kind": "machine", "endpoint": issuers.url()});
    let usual = json!({"endpoint": fake.url(), "model": bedrock::TITAN, "region": "eu-central-1", "credentials": machine});
    let model = RemoteModel::bedrock(serde_json::from_value(usual).unwrap(), &http(json!({}))).unwrap();
    model.embed_passages(&["eins", "zwei", "drei"]).unwrap();
    assert_eq!(issuers.received().len(), 3);
    assert!(fake.received().iter().all(|received| received.header("authorization").unwrap().contains("Credential=AKMACHINE/")));
}
