use std::time::Duration;

use async_trait::async_trait;
use serde::Deserialize;
use serde_json::Value;

use super::{PROVIDER, Token, TokenSource};
use crate::{
    Error, Result,
    http::{Address, Http, Request},
    platform::Secret,
    wire::{Call, FORM, Failure, Meaning, Said, by_status},
};

const PUBLIC_CLOUD: &str = "https://login.microsoftonline.com";
/// The address at which every machine of Azure answers for itself.
const MACHINE: &str = "http://169.254.169.254";

/// How a token of Entra ID is had.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Entra {
    /// By the secret of an application.
    ClientCredentials {
        /// The tenant: its id or a domain of it.
        tenant: String,
        /// The application's id.
        client_id: String,
        /// One of its secrets.
        client_secret: Secret,
        /// Where tokens are had; of other clouds than the public one, their own address.
        #[serde(default)]
        authority: Option<String>,
    },
    /// By the identity of the machine, of the container or of the App Service that this runs on.
    ManagedIdentity {
        /// The id of an identity that was assigned by somebody; without it, that of the machine itself.
        #[serde(default)]
        client_id: Option<String>,
        /// Where tokens are had: `IDENTITY_ENDPOINT` of an App Service; without it, the address that every machine of Azure has.
        #[serde(default)]
        endpoint: Option<String>,
        /// `IDENTITY_HEADER` of an App Service.
        #[serde(default)]
        header: Option<Secret>,
    },
}

/// Asks Entra ID, or whoever answers for the identity of this machine.
pub(super) struct EntraTokens {
    entra: Entra,
    scope: String,
    address: Address,
    http: Http,
    call: Call,
}

impl EntraTokens {
    pub(super) fn new(entra: Entra, scope: &str, http: Http) -> Result<Self> {
        // The identity of a machine is asked for a resource: the scope without what stands behind its last slash.
        let resource = scope.strip_suffix("/.default").unwrap_or(scope);
        let address = match &entra {
            Entra::ClientCredentials { tenant, authority, .. } => {
                Address::parse(authority.as_deref().unwrap_or(PUBLIC_CLOUD))?.below(&[tenant, "oauth2", "v2.0", "token"])
            }
            Entra::ManagedIdentity { client_id, endpoint, header } => {
                let (place, version) = match (endpoint, header) {
                    (Some(endpoint), Some(_)) => (Address::parse(endpoint)?, "2019-08-01"),
                    (machine, _) => {
                        let machine = Address::parse(machine.as_deref().unwrap_or(MACHINE))?;
                        (machine.below(&["metadata", "identity", "oauth2", "token"]), "2018-02-01")
                    }
                };
                let mut query = vec![("api-version", version), ("resource", resource)];
                query.extend(client_id.as_deref().map(|id| ("client_id", id)));
                place.with_query(&query)
            }
        };
        let call = Call::new(PROVIDER, "", Vec::new(), classify);
        Ok(Self { entra, scope: scope.to_owned(), address, http, call })
    }

    fn request(&self) -> Request {
        match &self.entra {
            Entra::ClientCredentials { client_id, client_secret, .. } => {
                let form = [
                    ("grant_type", "client_credentials"),
                    ("client_id", client_id),
                    ("client_secret", client_secret.expose()),
                    ("scope", &self.scope),
                ];
                let form = Address::form(&form);
                Request::post(self.address.clone(), FORM, form.into_bytes())
            }
            Entra::ManagedIdentity { header: Some(header), .. } => {
                Request::get(self.address.clone()).header("x-identity-header", header.expose()).direct()
            }
            Entra::ManagedIdentity { header: None, .. } => Request::get(self.address.clone()).header("metadata", "true").direct(),
        }
    }
}

#[async_trait]
impl TokenSource for EntraTokens {
    async fn token(&self) -> Result<Token> {
        let mut call = self.call.clone();
        let mut response = call.send(&self.http, self.request()).await.map_err(explained)?;
        let body = response.whole().await.map_err(|error| call.transport(error))?;
        let token = || {
            let answer: Value = serde_json::from_slice(&body).ok()?;
            // A number from Entra ID, digits from a machine.
            let seconds = answer.get("expires_in")?;
            let seconds = seconds.as_u64().or_else(|| seconds.as_str()?.parse().ok())?;
            let value = Secret::new(answer.get("access_token")?.as_str().filter(|token| !token.is_empty())?);
            Some(Token { value, valid_for: Duration::from_secs(seconds.min(366 * 24 * 60 * 60)) })
        };
        token().ok_or_else(|| call.malformed("token"))
    }
}

/// What Entra ID refuses is refused for good, whatever the status; what it has no time for is not.
fn classify(said: &Said) -> Meaning {
    let failure = match said.status {
        Some(400..=499) if !matches!(said.status, Some(408 | 429)) => Failure::Unauthorized,
        status => by_status(status.unwrap_or(500)),
    };
    // Its numbers stay; its words do not.
    let known = [
        ("aadsts7000215", "client_secret"),
        ("aadsts7000222", "client_secret_expired"),
        ("aadsts700016", "client_id"),
        ("aadsts90002", "tenant"),
    ];
    Meaning { failure, detail: known.into_iter().find(|(number, _)| said.says(&[number])).map(|(_, detail)| detail) }
}

fn explained(error: Error) -> Error {
    match Failure::of(&error) {
        Some(Failure::Unauthorized) => {
            error.with_hint("check tenant, application and secret, or that this machine has an identity")
        }
        Some(Failure::Unreachable) => {
            error.with_hint("Entra ID cannot be reached from here; a managed identity exists on Azure alone")
        }
        _ => error,
    }
}
