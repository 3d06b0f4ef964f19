use async_trait::async_trait;

use super::{
    BedrockSettings,
    events::BedrockEvents,
    request::{address, body, cited},
};
use crate::{
    Error, Result,
    http::{Address, Http, Request},
    provider::{
        Capabilities, ChatModel, ChatRequest, ChatStream, diagnose,
        wire::{Call, stream, whole},
    },
    wire::aws::{Caller, PROVIDER, classify},
};

/// A model of AWS Bedrock.
#[derive(Debug)]
pub struct BedrockChat {
    settings: BedrockSettings,
    address: Address,
    http: Http,
    caller: Caller,
}

impl BedrockChat {
    /// The model that the settings name. Nothing is sent yet.
    ///
    /// # Errors
    /// `provider.settings`, `http.address`.
    pub fn new(settings: BedrockSettings, http: Http) -> Result<Self> {
        let caller = Caller::new(&settings.access(), http.clone())?;
        let address = address(&settings)?;
        Ok(Self { settings, address, http, caller })
    }
}

#[async_trait]
impl ChatModel for BedrockChat {
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
        let (body, cited) = (body(&request, &self.settings), cited(&request, &self.settings));
        let mut call = Call::new(PROVIDER, &self.settings.model, request, classify);
        let request = self.caller.authorized(Request::post(self.address.clone(), "application/json", body)).await?;
        let response = match call.send(&self.http, request).await {
            Ok(response) => response,
            Err(error) => return Err(self.caller.explained(error).await),
        };
        let id = response.header("x-amzn-requestid").map(str::to_owned);
        let events = BedrockEvents::new(self.http.settings().max_event_bytes, call.clone(), id, cited);
        if response.header("content-type").is_some_and(|kind| kind.starts_with("application/json")) {
            match whole(response, &call, |body, out| events.whole(body, out)).await {
                Ok(stream) => Ok(stream),
                Err(error) => Err(self.caller.explained(error).await),
            }
        } else {
            Ok(stream(response, events, call))
        }
    }

    async fn diagnose(&self, error: Error) -> Error {
        diagnose::of_tls(error, &self.http, &self.address).await
    }
}
