//! Embedding deployments of Azure OpenAI.

use std::sync::Arc;

use async_trait::async_trait;
use serde::Deserialize;

use super::{
    RemoteModel,
    endpoint::{About, Endpoint},
    openai::{body, limits, vectors},
};
use crate::{
    Result,
    embed::Purpose,
    http::{Address, Http, Request},
    platform::{Secret, Variables},
    wire::{
        Call,
        azure::{Access, AzureApi, Entra, PROVIDER, Resource, TokenSource, classify},
    },
};

/// Settings of a deployment of an embedding model of Azure OpenAI.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AzureOpenAiEmbeddingSettings {
    /// The address of the resource: `https://NAME.openai.azure.com`.
    pub endpoint: String,
    /// The name of the deployment, which need not be that of its model.
    pub deployment: String,
    /// Which addresses are used.
    pub api: AzureApi,
    /// The version of the interface, for the classic addresses alone.
    pub api_version: String,
    /// A key of the resource.
    pub api_key: Option<Secret>,
    /// How a token of Entra ID is had. A token comes before a key.
    pub entra: Option<Entra>,
    /// What a token is to be good for.
    pub scope: String,
    /// Length of the vectors. It is asked for, and older models refuse that; without it, a first text says it.
    pub dimensions: Option<usize>,
    /// Tokens of a text at most.
    pub max_tokens: usize,
    /// Texts of one request at most.
    pub batch_texts: usize,
    /// Requests at a time.
    pub parallel: usize,
}

impl Default for AzureOpenAiEmbeddingSettings {
    fn default() -> Self {
        let Access { endpoint, deployment, api, api_version, api_key, entra, scope } = Access::default();
        Self {
            endpoint,
            deployment,
            api,
            api_version,
            api_key,
            entra,
            scope,
            dimensions: None,
            max_tokens: 8191,
            batch_texts: 128,
            parallel: 4,
        }
    }
}

impl AzureOpenAiEmbeddingSettings {
    /// The same, with what is left open taken from the environment, by the variables of
    /// [`AzureOpenAiSettings`](crate::provider::AzureOpenAiSettings::with_environment).
    ///
    /// # Errors
    /// `config.secret_file`.
    pub fn with_environment(mut self, variables: Variables<'_>) -> Result<Self> {
        let access = self.access().with_environment(variables)?;
        (self.endpoint, self.api_key, self.entra) = (access.endpoint, access.api_key, access.entra);
        Ok(self)
    }

    pub(super) fn access(&self) -> Access {
        Access {
            endpoint: self.endpoint.clone(),
            deployment: self.deployment.clone(),
            api: self.api,
            api_version: self.api_version.clone(),
            api_key: self.api_key.clone(),
            entra: self.entra.clone(),
            scope: self.scope.clone(),
        }
    }
}

impl RemoteModel {
    /// A deployment of Azure OpenAI, with tokens from elsewhere when a host has its own way to them: they come before a key and before
    /// what the settings say of Entra ID. One text is embedded unless `dimensions` is set.
    ///
    /// # Errors
    /// `provider.settings`, `http.address`, a [`Failure`](crate::wire::Failure) of the first text.
    pub fn azure_openai(
        settings: AzureOpenAiEmbeddingSettings,
        http: &Http,
        tokens: Option<Arc<dyn TokenSource>>,
    ) -> Result<Self> {
        let (access, http) = (settings.access(), http.apart()?);
        let mut resource = Resource::new(access.clone(), http.clone())?;
        if let Some(source) = tokens {
            resource.set_tokens(source);
        }
        let about = About {
            provider: PROVIDER,
            name: settings.deployment.clone(),
            is_external: true,
            along: Vec::new(),
            dimensions: settings.dimensions,
            limits: limits(settings.batch_texts, settings.parallel, settings.max_tokens),
            passage_prefix: String::new(),
        };
        let address = access.address(&["embeddings"])?;
        Self::open(about, Deployment { access, address, resource, http, dimensions: settings.dimensions })
    }
}

struct Deployment {
    access: Access,
    address: Address,
    resource: Resource,
    http: Http,
    dimensions: Option<usize>,
}

#[async_trait]
impl Endpoint for Deployment {
    async fn embed(&self, _: Purpose, texts: &[String]) -> Result<Vec<Vec<f32>>> {
        let body = body(self.access.model(), texts, self.dimensions);
        let mut call = Call::new(PROVIDER, &self.access.deployment, texts.to_vec(), classify);
        let request = self.resource.authorized(Request::post(self.address.clone(), "application/json", body)).await?;
        match call.send(&self.http, request).await {
            Ok(response) => vectors(response, &call, texts.len()).await,
            Err(error) => Err(self.resource.explained(error).await),
        }
    }
}
