use std::time::Duration;

use async_trait::async_trait;

use super::answer::{asked, call, keys};
use crate::{
    Error, Result,
    http::{Address, Http, Request},
    wire::{Failure, Source, aws::sign::Keys},
};

/// The address at which every machine of AWS answers for itself.
const MACHINE: &str = "http://169.254.169.254";
/// How long a session with the service may last, in seconds.
const SESSION_SECONDS: &str = "21600";

/// The metadata service of a machine, in its second version: a session first, which no forwarded request can begin.
pub(super) struct Machine {
    address: Address,
    http: Http,
}

impl Machine {
    pub(super) fn new(endpoint: Option<&str>, http: Http) -> Result<Self> {
        Ok(Self { address: Address::parse(endpoint.unwrap_or(MACHINE))?, http })
    }

    async fn keys(&self) -> Result<(Keys, Duration)> {
        let mut call = call();
        let session = Request::put(self.address.below(&["latest", "api", "token"])).direct();
        let session = session.header("x-aws-ec2-metadata-token-ttl-seconds", SESSION_SECONDS);
        let session = text(asked(&mut call, &self.http, session).await?).ok_or_else(|| call.malformed("token"))?;
        let within =
            |path: &[&str]| Request::get(self.address.below(path)).direct().header("x-aws-ec2-metadata-token", session.clone());
        let place = ["latest", "meta-data", "iam", "security-credentials"];
        // With a slash at its end it is the list.
        let roles = asked(&mut call, &self.http, within(&[&place[..], &[""]].concat())).await?;
        let roles = text(roles).ok_or_else(|| call.malformed("role"))?;
        let role = roles.lines().next().unwrap_or_default().trim();
        let body = asked(&mut call, &self.http, within(&[&place[..], &[role]].concat())).await?;
        keys(&body, &call, self.http.clock().now())
    }
}

fn text(body: Vec<u8>) -> Option<String> {
    String::from_utf8(body).ok().map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}

#[async_trait]
impl Source<Keys> for Machine {
    async fn fetch(&self) -> Result<(Keys, Duration)> {
        self.keys().await.map_err(explained)
    }
}

fn explained(error: Error) -> Error {
    let hint = match Failure::of(&error) {
        Some(Failure::Unauthorized) => {
            "this machine gives no keys: give it a role, and allow version 2 of the metadata service; in a container, with two hops"
        }
        Some(Failure::Unreachable | Failure::TimedOut) => {
            "there are no keys: set AWS_BEARER_TOKEN_BEDROCK, AWS_ACCESS_KEY_ID with AWS_SECRET_ACCESS_KEY, or AWS_PROFILE; this machine has no identity of AWS"
        }
        _ => return error,
    };
    error.with_hint(hint)
}
