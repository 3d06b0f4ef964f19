use std::sync::Arc;

use async_trait::async_trait;

use super::{
    AzureOpenAiSettings, TokenSource,
    request::{OPERATION, content},
};
use crate::{
    Error, Result,
    http::{Address, Http, Request},
    provider::{Capabilities, ChatModel, ChatRequest, ChatStream, diagnose, openai_compatible::answer, wire::Call},
    wire::azure::{PROVIDER, Resource, classify},
};

/// A deployment of Azure OpenAI.
#[derive(Debug)]
pub struct AzureOpenAiChat {
    settings: AzureOpenAiSettings,
    address: Address,
    http: Http,
    resource: Resource,
}

impl AzureOpenAiChat {
    /// The deployment that the settings name. Nothing is sent yet.
    ///
    /// # Errors
    /// `provider.settings`, `http.address`.
    pub fn new(settings: AzureOpenAiSettings, http: Http) -> Result<Self> {
        let access = settings.access();
        let resource = Resource::new(access.clone(), http.clone())?;
        let address = access.address(&OPERATION)?;
        Ok(Self { settings, address, http, resource })
    }

    /// The same with tokens from elsewhere. They come before a key and before what the settings say of Entra ID.
    #[must_use]
    pub fn with_tokens(mut self, source: Arc<dyn TokenSource>) -> Self {
        self.resource.set_tokens(source);
        self
    }
}

#[async_trait]
impl ChatModel for AzureOpenAiChat {
    fn name(&self) -> &str {
        &self.settings.deployment
    }

    fn provider(&self) -> &str {
        PROVIDER
    }

    fn is_external(&self) -> bool {
        true
    }

    fn capabilities(&self) -> Capabilities {
        self.settings.can()
    }

    async fn chat(&self, request: ChatRequest) -> Result<ChatStream> {
        let body = content(&request, &self.settings);
        let mut call = Call::new(PROVIDER, &self.settings.deployment, request, classify);
        let request = self.resource.authorized(Request::post(self.address.clone(), "application/json", body)).await?;
        let response = match call.send(&self.http, request).await {
            Ok(response) => response,
            Err(error) => return Err(self.resource.explained(error).await),
        };
        answer(response, call, self.http.settings().max_event_bytes).await
    }

    async fn diagnose(&self, error: Error) -> Error {
        diagnose::of_tls(error, &self.http, &self.address).await
    }
}
