use serde_json::Value;

use super::{
    sign::{Keys, signed},
    testing::source_of,
    *,
};
use crate::{
    http::{Address, Request},
    platform::Secret,
};

/// Cases that a request of ours can be: paths that need no encoding, and no question.
const SIGNED: &[&str] = &[
    "get-vanilla",
    "get-unreserved",
    "get-vanilla-with-session-token",
    "get-header-value-trim",
    "post-vanilla",
    "post-header-key-case",
    "post-header-key-sort",
    "post-header-value-case",
];

#[test]
fn signatures_are_those_of_awss_own_suite() {
    let suite = source_of("aws-sigv4").join("aws-signing-test-suite/v4");
    for case in SIGNED {
        let read = |file: &str| std::fs::read_to_string(suite.join(case).join(file)).unwrap();
        let context: Value = serde_json::from_str(&read("context.json")).unwrap();
        let asked = read("request.txt");
        let (head, body) = asked.split_once("\n\n").unwrap_or((&asked, ""));
        let mut lines = head.lines();
        let mut words = lines.next().unwrap().split(' ');
        let (method, path) = (words.next().unwrap(), words.next().unwrap());
        let headers: Vec<(String, String)> = lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()))
            .collect();
        let host = &headers.iter().find(|(name, _)| name == "host").unwrap().1;
        let segments: Vec<&str> = path.split('/').skip(1).filter(|segment| !segment.is_empty()).collect();
        let url = Address::parse(&format!("https://{host}")).unwrap().below(&segments);
        let mut request =
            if method == "GET" { Request::get(url) } else { Request::post(url, "", body.as_bytes().to_vec()).without_headers() };
        for (name, value) in headers.iter().filter(|(name, _)| name != "host") {
            request = request.header(String::leak(name.clone()), value);
        }
        let text = |place: &str| context.pointer(place).and_then(Value::as_str).map(str::to_owned);
        let (id, secret) = (text("/credentials/access_key_id").unwrap(), text("/credentials/secret_access_key").unwrap());
        let keys = Keys { id: id.into(), secret: secret.into(), session: text("/credentials/token").map(Secret::from) };
        let (region, now) = (text("/region").unwrap(), text("/timestamp").unwrap().parse().unwrap());
        let signed = signed(method, request, &keys, &region, "service", now).unwrap();
        let authorization = signed.headers().find(|(name, _)| *name == "authorization").unwrap().1.to_owned();
        assert_eq!(authorization.rsplit("Signature=").next().unwrap(), read("header-signature.txt"), "{case}");
    }
}

#[test]
fn host_is_signed_once_and_the_model_is_encoded_twice() {
    let access = Access { region: "eu-central-1".to_owned(), model: "eu.anthropic.x-v1:0".to_owned(), ..Access::default() };
    let address = access.address("converse").unwrap();
    assert_eq!(address.as_str(), "https://bedrock-runtime.eu-central-1.amazonaws.com/model/eu.anthropic.x-v1%3A0/converse");
    let request = Request::post(address, "application/json", b"{}".to_vec());
    let keys = Keys { id: "AKIDEXAMPLE".into(), secret: "s".into(), session: Some("t".into()) };
    let now = "2026-11-26T12:00:00Z".parse().unwrap();
    let signed = signed("POST", request, &keys, &access.region, "bedrock", now).unwrap();
    let headers: Vec<(&str, &str)> = signed.headers().collect();
    let value = |name: &str| headers.iter().filter(|(key, _)| *key == name).map(|(_, value)| *value).collect::<Vec<_>>();
    assert_eq!((value("x-amz-date"), value("x-amz-security-token")), (vec!["20261126T120000Z"], vec!["t"]));
    assert!(value("authorization")[0].contains("SignedHeaders=content-type;host;x-amz-date;x-amz-security-token, "));
    assert!(value("authorization")[0].contains("Credential=AKIDEXAMPLE/20261126/eu-central-1/bedrock/aws4_request"));
    assert!(value("host").is_empty(), "the client adds it");
}
