use std::{path::PathBuf, time::Duration};

use async_trait::async_trait;
use jiff::Timestamp;

use super::answer::{asked, call, issued, token};
use crate::{
    Error, Result,
    http::{Address, Http, Request},
    wire::{FORM, Failure, Source, aws::sign::Keys, element},
};

/// STS, asked for a role with a token of somebody else's.
pub(super) struct WebIdentity {
    pub(super) address: Address,
    pub(super) role_arn: String,
    pub(super) token_file: PathBuf,
    pub(super) session_name: Option<String>,
    pub(super) http: Http,
}

#[async_trait]
impl Source<Keys> for WebIdentity {
    async fn fetch(&self) -> Result<(Keys, Duration)> {
        let token = token(&self.token_file, "AWS_WEB_IDENTITY_TOKEN_FILE or `web_identity_token_file` of the profile names it")?;
        let form = Address::form(&[
            ("Action", "AssumeRoleWithWebIdentity"),
            ("Version", "2011-06-15"),
            ("RoleArn", &self.role_arn),
            ("RoleSessionName", self.session_name.as_deref().unwrap_or("beleg")),
            ("WebIdentityToken", &token),
        ]);
        let mut call = call();
        let request = Request::post(self.address.clone(), FORM, form.into_bytes());
        let body = asked(&mut call, &self.http, request).await.map_err(explained)?;
        let answer = String::from_utf8(body).map_err(|_| call.malformed("xml"))?;
        let credentials = element(&answer, "Credentials").ok_or_else(|| call.malformed("keys"))?;
        let text = |name: &str| element(credentials, name);
        let ends_at = text("Expiration").and_then(|time| time.parse::<Timestamp>().ok());
        let now = self.http.clock().now();
        let keys = issued(text("AccessKeyId"), text("SecretAccessKey"), text("SessionToken"), ends_at, now);
        keys.ok_or_else(|| call.malformed("keys"))
    }
}

fn explained(error: Error) -> Error {
    match Failure::of(&error) {
        Some(Failure::Unauthorized) => {
            error.with_hint("check that the role trusts who made the token, that the token is not out of date, and the clock")
        }
        _ => error,
    }
}
