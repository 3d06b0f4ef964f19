use async_trait::async_trait;

use super::{
    AnthropicSettings,
    errors::classify,
    events::AnthropicEvents,
    request::{body, cited},
};
use crate::{
    Error, Result,
    http::{Address, Http, Request},
    provider::{
        Capabilities, ChatModel, ChatRequest, ChatStream, diagnose,
        wire::{Call, stream, whole},
    },
};

const PROVIDER: &str = "anthropic";
/// The version of the interface that this speaks.
const VERSION: &str = "2023-06-01";

/// A model of Anthropic.
#[derive(Debug)]
pub struct AnthropicChat {
    settings: AnthropicSettings,
    base: Address,
    address: Address,
    http: Http,
}

impl AnthropicChat {
    /// The model that the settings name. Nothing is sent yet.
    ///
    /// # Errors
    /// `provider.settings`, `http.address`.
    pub fn new(settings: AnthropicSettings, http: Http) -> Result<Self> {
        settings.check()?;
        let base = Address::parse(&settings.base_url)?;
        let address = base.below(&["v1", "messages"]);
        Ok(Self { settings, base, address, http })
    }

    fn with_key(&self, request: Request) -> Request {
        let key = self.settings.api_key.as_ref().map(|key| key.expose()).unwrap_or_default();
        request.header("x-api-key", key).header("anthropic-version", VERSION)
    }
}

#[async_trait]
impl ChatModel for AnthropicChat {
    fn name(&self) -> &str {
        &self.settings.model
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
        let settings = &self.settings;
        let (body, cited) = (body(&request, settings), cited(&request, settings));
        let mut call = Call::new(PROVIDER, &settings.model, request, classify);
        let request = self.with_key(Request::post(self.address.clone(), "application/json", body));
        let response = call.send(&self.http, request).await?;
        let events = AnthropicEvents::new(self.http.settings().max_event_bytes, call.clone(), cited);
        if response.header("content-type").is_some_and(|kind| kind.starts_with("application/json")) {
            whole(response, &call, |body, out| events.whole(body, out)).await
        } else {
            Ok(stream(response, events, call))
        }
    }

    async fn diagnose(&self, error: Error) -> Error {
        let error = diagnose::of_tls(error, &self.http, &self.base).await;
        let place = |below: &[&str]| self.with_key(Request::get(self.base.below(below)));
        let places = vec![(place(&["v1", "models"]), None), (place(&["models"]), Some("twice_v1"))];
        let call = Call::new(PROVIDER, &self.settings.model, ChatRequest::default(), classify);
        diagnose::of_models(error, &self.http, &call, &self.settings.model, places).await
    }
}
