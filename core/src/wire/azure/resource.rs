use std::{fmt, sync::Arc};

use serde::Deserialize;

use super::{Entra, PROVIDER, TokenSource, entra::EntraTokens, token::Tokens};
use crate::{
    Error, Result,
    http::{Address, Http, Request},
    platform::{Secret, Variables, secret_by},
    wire::{Failure, Renewed, missing},
};

/// The addresses of a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AzureApi {
    /// `/openai/v1/…`, with the deployment in the request.
    #[default]
    V1,
    /// `/openai/deployments/…?api-version=…`.
    Classic,
}

/// The settings by which a deployment is reached, whatever its model does.
#[derive(Debug, Clone)]
pub(crate) struct Access {
    pub(crate) endpoint: String,
    pub(crate) deployment: String,
    pub(crate) api: AzureApi,
    pub(crate) api_version: String,
    pub(crate) api_key: Option<Secret>,
    pub(crate) entra: Option<Entra>,
    pub(crate) scope: String,
}

impl Default for Access {
    fn default() -> Self {
        Self {
            endpoint: String::new(),
            deployment: String::new(),
            api: AzureApi::default(),
            api_version: "2024-10-21".to_owned(),
            api_key: None,
            entra: None,
            scope: "https://cognitiveservices.azure.com/.default".to_owned(),
        }
    }
}

impl Access {
    /// The same, with what is left open taken from the environment; its variables stand at the settings of each model.
    pub(crate) fn with_environment(mut self, variables: Variables<'_>) -> Result<Self> {
        if self.endpoint.is_empty() {
            self.endpoint = variables("AZURE_OPENAI_ENDPOINT").unwrap_or_default();
        }
        if let Some(Entra::ManagedIdentity { endpoint: endpoint @ None, header, .. }) = &mut self.entra
            && let Some(address) = variables("IDENTITY_ENDPOINT")
        {
            *endpoint = Some(address);
            *header = secret_by("IDENTITY_HEADER", variables)?;
        }
        if self.api_key.is_none() && self.entra.is_none() {
            self.api_key = secret_by("AZURE_OPENAI_API_KEY", variables)?;
            let secret = secret_by("AZURE_CLIENT_SECRET", variables)?;
            if let (Some(tenant), Some(client_id), Some(client_secret)) =
                (variables("AZURE_TENANT_ID"), variables("AZURE_CLIENT_ID"), secret)
            {
                let authority = variables("AZURE_AUTHORITY_HOST");
                self.entra = Some(Entra::ClientCredentials { tenant, client_id, client_secret, authority });
            }
        }
        Ok(self)
    }

    /// Where an operation of the deployment is. The endpoint may be given as any of the portal's pages shows it.
    pub(crate) fn address(&self, operation: &[&str]) -> Result<Address> {
        let endpoint = self.endpoint.trim().trim_end_matches('/');
        let endpoint = endpoint.strip_suffix("/openai/v1").or_else(|| endpoint.strip_suffix("/openai")).unwrap_or(endpoint);
        let resource = Address::parse(endpoint)?;
        Ok(match self.api {
            AzureApi::V1 => resource.below(&["openai", "v1"]).below(operation),
            AzureApi::Classic => resource
                .below(&["openai", "deployments", &self.deployment])
                .below(operation)
                .with_query(&[("api-version", &self.api_version)]),
        })
    }

    /// The model that stands in a request: the deployment, where the address does not name it.
    pub(crate) fn model(&self) -> Option<&str> {
        (self.api == AzureApi::V1).then_some(self.deployment.as_str())
    }

    fn check(&self) -> Result<()> {
        match (self.endpoint.is_empty(), self.deployment.is_empty()) {
            (true, _) => Err(missing(PROVIDER, "endpoint", "it stands under \"Keys and Endpoint\" of the resource")),
            (_, true) => Err(missing(PROVIDER, "deployment", "the deployments of the resource are listed in its portal")),
            _ => Ok(()),
        }
    }
}

/// A resource that is asked for one of its deployments.
pub(crate) struct Resource {
    access: Access,
    http: Http,
    tokens: Option<Renewed<Secret>>,
}

impl Resource {
    /// Nothing is sent yet.
    ///
    /// # Errors
    /// `provider.settings`, `http.address`.
    pub(crate) fn new(access: Access, http: Http) -> Result<Self> {
        access.check()?;
        let tokens = match &access.entra {
            Some(entra) => {
                let source = EntraTokens::new(entra.clone(), &access.scope, http.clone())?;
                Some(Renewed::new(Box::new(Tokens(Arc::new(source))), http.clock().clone()))
            }
            None => None,
        };
        Ok(Self { access, http, tokens })
    }

    /// With tokens from elsewhere. They come before a key and before what the settings say of Entra ID.
    pub(crate) fn set_tokens(&mut self, source: Arc<dyn TokenSource>) {
        self.tokens = Some(Renewed::new(Box::new(Tokens(source)), self.http.clock().clone()));
    }

    pub(crate) async fn authorized(&self, request: Request) -> Result<Request> {
        match (&self.tokens, &self.access.api_key) {
            (Some(tokens), _) => Ok(request.header("authorization", format!("Bearer {}", tokens.get().await?.expose()))),
            (None, Some(key)) => Ok(request.header("api-key", key.expose())),
            (None, None) => Err(missing(PROVIDER, "api_key", "or `entra`, for a token of Entra ID")),
        }
    }

    /// What to do about an error. A token that was refused is not used again.
    pub(crate) async fn explained(&self, error: Error) -> Error {
        match (Failure::of(&error), &self.tokens) {
            (Some(Failure::NoModel), _) => {
                error.with_hint("check the deployment's name: it is not the model's; a new one takes minutes")
            }
            (Some(Failure::Unauthorized), Some(tokens)) => {
                tokens.forget().await;
                error.with_hint("the identity needs the role \"Cognitive Services OpenAI User\" on the resource")
            }
            _ => error,
        }
    }
}

impl fmt::Debug for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resource").field("access", &self.access).finish_non_exhaustive()
    }
}
