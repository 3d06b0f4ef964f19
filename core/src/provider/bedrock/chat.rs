use std::fmt;

use async_trait::async_trait;

use super::{
    BedrockSettings,
    errors::{classify, explained},
    events::BedrockEvents,
    request::{address, body, cited},
    sign::Signer,
};
use crate::{
    Result,
    http::{Address, Http, Request},
    provider::{
        Capabilities, ChatModel, ChatRequest, ChatStream,
        wire::{Call, stream, whole},
    },
};

const PROVIDER: &str = "aws.bedrock";

/// A model of AWS Bedrock.
pub struct BedrockChat {
    settings: BedrockSettings,
    address: Address,
    http: Http,
    signer: Option<Signer>,
}

impl BedrockChat {
    /// The model that the settings name. Nothing is sent yet.
    ///
    /// # Errors
    /// `provider.settings`, `http.address`.
    pub fn new(settings: BedrockSettings, http: Http) -> Result<Self> {
        settings.check()?;
        let address = address(&settings)?;
        let signer = Signer::of(&settings);
        Ok(Self { settings, address, http, signer })
    }

    fn authorized(&self, request: Request) -> Result<Request> {
        match (&self.settings.bearer_token, &self.signer) {
            (Some(token), _) => Ok(request.header("authorization", format!("Bearer {}", token.expose()))),
            (None, Some(signer)) => signer.signed("POST", request, self.http.clock().now()),
            (None, None) => Ok(request),
        }
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
        let request = self.authorized(Request::post(self.address.clone(), "application/json", body))?;
        let response = call.send(&self.http, request).await.map_err(explained)?;
        let id = response.header("x-amzn-requestid").map(str::to_owned);
        let events = BedrockEvents::new(self.http.settings().max_event_bytes, call.clone(), id, cited);
        if response.header("content-type").is_some_and(|kind| kind.starts_with("application/json")) {
            whole(response, &call, |body, out| events.whole(body, out)).await.map_err(explained)
        } else {
            Ok(stream(response, events, call))
        }
    }
}

impl fmt::Debug for BedrockChat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BedrockChat").field("settings", &self.settings).finish_non_exhaustive()
    }
}
