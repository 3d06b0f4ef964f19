//! Those who give keys of AWS: the metadata service of a machine, the agent of a container, the portal of SSO, STS.

use serde_json::{Value, json};

use super::{Received, Reply, azure::pairs};

/// The token that a container has for its agent.
pub const CONTAINER_TOKEN: &str = "Basic Y29udGFpbmVy";
/// The token that `aws sso login` leaves.
pub const SSO_TOKEN: &str = "sso-token";
/// The token of a cluster or pipeline.
pub const WEB_TOKEN: &str = "eyJhbGciOi.web.1";
/// The role that it is good for.
pub const ROLE: &str = "arn:aws:iam::123456789012:role/audit";

/// Answers as they do, all at one address: keys that end at `expiration`, with `AKMACHINE`, `AKCONTAINER`, `AKSSO` and `AKROLE` as their
/// ids; errors for whoever shows no token, and for the first version of the metadata service.
pub fn issuers(expiration: &str) -> impl Fn(&Received) -> Reply + Send + Sync + use<> {
    let expiration = expiration.to_owned();
    move |received| {
        let path = received.path.split('?').next().unwrap_or_default();
        match (received.method.as_str(), path) {
            ("POST", "/") => role(received, &expiration),
            ("GET", "/federation/credentials") => signed_in(received),
            (_, path) if path.starts_with("/latest/") => machine(received, &expiration),
            ("GET", "/v2/credentials/task-1") if received.header("authorization") == Some(CONTAINER_TOKEN) => {
                Reply::json(200, &keys("AKCONTAINER", &expiration))
            }
            _ => Reply::json(403, &json!({"code": "AccessDenied", "message": "no"})),
        }
    }
}

fn keys(id: &str, expiration: &str) -> Value {
    json!({"AccessKeyId": id, "SecretAccessKey": format!("secret+/{id}"), "Token": format!("session=/{id}"), "Expiration": expiration})
}

/// The second version alone: a session first, then everything with its token.
fn machine(received: &Received, expiration: &str) -> Reply {
    let refused = |status| Reply::whole(status, "text/plain", "");
    match (received.method.as_str(), received.path.as_str(), received.header("x-aws-ec2-metadata-token")) {
        ("PUT", "/latest/api/token", _) => match received.header("x-aws-ec2-metadata-token-ttl-seconds") {
            Some(seconds) if seconds.parse::<u32>().is_ok_and(|seconds| (1..=21_600).contains(&seconds)) => {
                Reply::whole(200, "text/plain", "machine-session").header("x-aws-ec2-metadata-token-ttl-seconds", seconds)
            }
            _ => refused(400),
        },
        (_, _, token) if token != Some("machine-session") => refused(401),
        ("GET", "/latest/meta-data/iam/security-credentials/", _) => Reply::whole(200, "text/plain", "audit-role"),
        ("GET", "/latest/meta-data/iam/security-credentials/audit-role", _) => {
            let mut keys = keys("AKMACHINE", expiration);
            keys["Code"] = "Success".into();
            Reply::whole(200, "text/plain", keys.to_string())
        }
        _ => refused(404),
    }
}

fn signed_in(received: &Received) -> Reply {
    let query = pairs(received.path.split_once('?').map_or("", |(_, query)| query));
    let is = |key: &str, value: &str| query.iter().any(|pair| pair.0 == key && pair.1 == value);
    if received.header("x-amz-sso_bearer_token") != Some(SSO_TOKEN) {
        return Reply::json(401, &json!({"message": "Session token not found or invalid"}))
            .header("x-amzn-errortype", "UnauthorizedException");
    }
    if !is("role_name", "Reader") || !is("account_id", "123456789012") {
        return Reply::json(403, &json!({"message": "No access"})).header("x-amzn-errortype", "ForbiddenException");
    }
    let keys = json!({
        "accessKeyId": "AKSSO", "secretAccessKey": "secret+/AKSSO", "sessionToken": "session=/AKSSO", "expiration": 4_070_908_800_000_u64,
    });
    Reply::json(200, &json!({"roleCredentials": keys}))
}

fn role(received: &Received, expiration: &str) -> Reply {
    let form = pairs(&String::from_utf8_lossy(&received.body));
    let is = |key: &str, value: &str| form.iter().any(|pair| pair.0 == key && pair.1 == value);
    let asked = is("Action", "AssumeRoleWithWebIdentity") && is("Version", "2011-06-15") && is("RoleArn", ROLE);
    let named = form.iter().any(|pair| pair.0 == "RoleSessionName" && pair.1.len() >= 2);
    if !asked || !named || !is("WebIdentityToken", WEB_TOKEN) || received.header("authorization").is_some() {
        let error = "<Error><Type>Sender</Type><Code>InvalidIdentityToken</Code><Message>No OpenIDConnect provider found</Message></Error>";
        let body = format!("<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">{error}</ErrorResponse>");
        return Reply::whole(400, "text/xml", body);
    }
    let keys = format!(
        "<Credentials><AccessKeyId>AKROLE</AccessKeyId><SecretAccessKey>secret+/AKROLE</SecretAccessKey>\
         <SessionToken>session=/AKROLE</SessionToken><Expiration>{expiration}</Expiration></Credentials>"
    );
    let user = format!("<AssumedRoleUser><Arn>{ROLE}/beleg</Arn><AssumedRoleId>ARO:beleg</AssumedRoleId></AssumedRoleUser>");
    let result = format!("<AssumeRoleWithWebIdentityResult>{user}{keys}</AssumeRoleWithWebIdentityResult>");
    let body = format!(
        "<AssumeRoleWithWebIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">{result}\
         <ResponseMetadata><RequestId>fake</RequestId></ResponseMetadata></AssumeRoleWithWebIdentityResponse>"
    );
    Reply::whole(200, "text/xml", body)
}
