use std::{fmt, sync::Arc};

use async_trait::async_trait;

use super::{
    AzureOpenAiSettings, TokenSource,
    entra::EntraTokens,
    request::{address, content},
    token::TokenCache,
};
use crate::{
    Error, Result,
    http::{Address, Http, Request},
    provider::{
        Capabilities, ChatModel, ChatRequest, ChatStream, Failure,
        openai_compatible::{answer, classify},
        settings::missing,
        wire::Call,
    },
};

const PROVIDER: &str = "azure.ai.openai";

/// A deployment of Azure OpenAI.
pub struct AzureOpenAiChat {
    settings: AzureOpenAiSettings,
    address: Address,
    http: Http,
    tokens: Option<TokenCache>,
}

impl AzureOpenAiChat {
    /// The deployment that the settings name. Nothing is sent yet.
    ///
    /// # Errors
    /// `provider.settings`, `http.address`.
    pub fn new(settings: AzureOpenAiSettings, http: Http) -> Result<Self> {
        settings.check()?;
        let address = address(&settings)?;
        let tokens = match &settings.entra {
            Some(entra) => {
                let source = EntraTokens::new(entra.clone(), &settings.scope, http.clone())?;
                Some(TokenCache::new(Arc::new(source), http.clock().clone()))
            }
            None => None,
        };
        Ok(Self { settings, address, http, tokens })
    }

    /// The same with tokens from elsewhere. They come before a key and before what the settings say of Entra ID.
    #[must_use]
    pub fn with_tokens(mut self, source: Arc<dyn TokenSource>) -> Self {
        self.tokens = Some(TokenCache::new(source, self.http.clock().clone()));
        self
    }

    async fn explained(&self, error: Error) -> Error {
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

    async fn authorized(&self, request: Request) -> Result<Request> {
        match (&self.tokens, &self.settings.api_key) {
            (Some(tokens), _) => Ok(request.header("authorization", format!("Bearer {}", tokens.token().await?.expose()))),
            (None, Some(key)) => Ok(request.header("api-key", key.expose())),
            (None, None) => Err(missing(PROVIDER, "api_key", "or `entra`, for a token of Entra ID")),
        }
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
        let request = self.authorized(Request::post(self.address.clone(), "application/json", body)).await?;
        let response = match call.send(&self.http, request).await {
            Ok(response) => response,
            Err(error) => return Err(self.explained(error).await),
        };
        answer(response, call, self.http.settings().max_event_bytes).await
    }
}

impl fmt::Debug for AzureOpenAiChat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AzureOpenAiChat").field("settings", &self.settings).finish_non_exhaustive()
    }
}
