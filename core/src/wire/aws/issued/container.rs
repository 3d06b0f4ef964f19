use std::{path::PathBuf, time::Duration};

use async_trait::async_trait;

use super::answer::{asked, call, keys, token};
use crate::{
    Error, ErrorKind, Result,
    http::{Address, Http, Request},
    platform::Secret,
    wire::{
        Failure, Source,
        aws::{PROVIDER, sign::Keys},
    },
};

/// AWS's own agents: of ECS, and of EKS in both of its protocols.
const AGENTS: [&str; 3] = ["169.254.170.2", "169.254.170.23", "[fd00:ec2::23]"];

/// The agent of a container.
pub(super) struct Container {
    address: Address,
    token: Option<Secret>,
    token_file: Option<PathBuf>,
    http: Http,
}

impl Container {
    /// # Errors
    /// `http.address`; `provider.settings` for an address without TLS that is neither of this machine nor of an agent: whoever answers
    /// there decides who is charged, and sees the token.
    pub(super) fn new(uri: &str, token: Option<Secret>, token_file: Option<PathBuf>, http: Http) -> Result<Self> {
        let (place, query) = uri.split_once('?').unwrap_or((uri, ""));
        let mut address = Address::parse(place)?;
        if address.is_plain() && !address.is_loopback() && !AGENTS.contains(&address.host()) {
            return Err(Error::new(ErrorKind::InvalidInput, "provider.settings", "a setting of a provider cannot be right")
                .with("provider", PROVIDER)
                .with("setting", "credentials.uri")
                .with_hint("without https:// keys are had of this machine or of an agent of AWS alone"));
        }
        if !query.is_empty() {
            let pairs: Vec<(&str, &str)> = query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, ""))).collect();
            address = address.with_query(&pairs);
        }
        Ok(Self { address, token, token_file, http })
    }
}

#[async_trait]
impl Source<Keys> for Container {
    async fn fetch(&self) -> Result<(Keys, Duration)> {
        let mut request = Request::get(self.address.clone());
        if self.address.is_plain() {
            request = request.direct();
        }
        let kept = self.token.as_ref().map(|token| token.expose().to_owned());
        let read = self.token_file.as_deref().map(|file| token(file, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE names it"));
        if let Some(token) = read.transpose()?.or(kept) {
            request = request.header("authorization", token);
        }
        let mut call = call();
        let body = asked(&mut call, &self.http, request).await.map_err(explained)?;
        keys(&body, &call, self.http.clock().now()).map_err(explained)
    }
}

fn explained(error: Error) -> Error {
    match Failure::of(&error) {
        Some(Failure::Unauthorized) => {
            error.with_hint("the agent of the container gives no keys: check the role of the task or pod")
        }
        Some(Failure::Unreachable | Failure::TimedOut) => {
            error.with_hint("the agent of the container, which AWS_CONTAINER_CREDENTIALS_… names, cannot be reached")
        }
        _ => error,
    }
}
