use std::{path::PathBuf, time::Duration};

use async_trait::async_trait;
use jiff::Timestamp;
use serde_json::Value;
use sha1::{Digest, Sha1};

use super::answer::{asked, call, issued, token};
use crate::{
    Error, Result,
    hex::hex,
    http::{Address, Http, Request},
    wire::{
        Failure, Source,
        aws::{PROVIDER, sign::Keys},
    },
};

const SIGN_IN: &str = "sign in again: `aws sso login`, with `--profile` where it is not the default one";

/// The portal of SSO, with the token that `aws sso login` left. It is not renewed here: that takes a person.
pub(super) struct Sso {
    pub(super) address: Address,
    pub(super) token_file: PathBuf,
    pub(super) http: Http,
}

/// The name of the file in which the token of a session is kept, or of a start address where there is no session.
pub(super) fn file_name(session_or_start: &str) -> String {
    format!("{}.json", hex(&<[u8; 20]>::from(Sha1::digest(session_or_start))))
}

#[async_trait]
impl Source<Keys> for Sso {
    async fn fetch(&self) -> Result<(Keys, Duration)> {
        let now = self.http.clock().now();
        let mut call = call();
        let kept: Value = serde_json::from_str(&token(&self.token_file, SIGN_IN)?).unwrap_or_default();
        let token = kept.get("accessToken").and_then(Value::as_str);
        let ends_at = kept.get("expiresAt").and_then(Value::as_str).and_then(|time| time.parse::<Timestamp>().ok());
        let (Some(token), Some(_)) = (token, ends_at.filter(|ends_at| now < *ends_at)) else {
            let error = Failure::Unauthorized.error().with("provider", PROVIDER).with("reason", "sso_expired");
            return Err(error.with_hint(SIGN_IN));
        };
        let request = Request::get(self.address.clone()).header("x-amz-sso_bearer_token", token);
        let body = asked(&mut call, &self.http, request).await.map_err(explained)?;
        let answer: Value = serde_json::from_slice(&body).map_err(|_| call.malformed("json"))?;
        let text = |name: &str| answer.pointer(&format!("/roleCredentials/{name}")).and_then(Value::as_str);
        let ends_at = answer.pointer("/roleCredentials/expiration").and_then(Value::as_i64);
        let ends_at = ends_at.and_then(|milliseconds| Timestamp::from_millisecond(milliseconds).ok());
        let keys = issued(text("accessKeyId"), text("secretAccessKey"), text("sessionToken"), ends_at, now);
        keys.ok_or_else(|| call.malformed("keys"))
    }
}

fn explained(error: Error) -> Error {
    match Failure::of(&error) {
        Some(Failure::Unauthorized) => {
            error.with_hint("sign in again by `aws sso login`, and check account and role of the profile")
        }
        _ => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_of_a_token_is_named_as_awss_tools_name_it() {
        assert_eq!(file_name("my-sso"), "0ad374308c5a4e22f723adf10145eafad7c4031c.json");
    }
}
