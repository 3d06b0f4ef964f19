use async_trait::async_trait;

use super::{
    ListedModel, OpenAiCompatibleSettings, classify,
    events::OpenAiEvents,
    request::{Dialect, body},
};
use crate::{
    Error, Result,
    http::{Address, Http, Request, Response},
    provider::{
        Capabilities, ChatModel, ChatRequest, ChatStream, Failure, diagnose,
        models::listed,
        wire::{Call, stream, whole},
    },
    wire::openai::PROVIDER,
};

/// A model behind an address that speaks OpenAI's chat completions.
#[derive(Debug)]
pub struct OpenAiCompatibleChat {
    settings: OpenAiCompatibleSettings,
    address: Address,
    http: Http,
}

impl OpenAiCompatibleChat {
    /// The model that the settings name. Nothing is sent yet.
    ///
    /// # Errors
    /// `provider.settings`, `http.address`.
    pub fn new(settings: OpenAiCompatibleSettings, http: Http) -> Result<Self> {
        settings.check()?;
        let address = Address::parse(&settings.base_url)?;
        Ok(Self { settings, address, http })
    }

    /// The models that the server offers.
    ///
    /// # Errors
    /// A [`Failure`].
    pub async fn models(&self) -> Result<Vec<ListedModel>> {
        let mut call = self.call(ChatRequest::default());
        let mut response = call.send(&self.http, self.with_key(Request::get(self.address.below(&["models"])))).await?;
        let body = response.whole().await.map_err(|error| call.transport(error))?;
        let answer = serde_json::from_slice(&body).map_err(|_| call.malformed("json"))?;
        listed(&answer).ok_or_else(|| call.malformed("models"))
    }

    fn call(&self, request: ChatRequest) -> Call {
        Call::new(PROVIDER, &self.settings.model, request, classify)
    }

    fn with_key(&self, request: Request) -> Request {
        match &self.settings.api_key {
            Some(key) => request.header("authorization", format!("Bearer {}", key.expose())),
            None => request,
        }
    }
}

#[async_trait]
impl ChatModel for OpenAiCompatibleChat {
    fn name(&self) -> &str {
        &self.settings.model
    }

    fn provider(&self) -> &str {
        PROVIDER
    }

    fn is_external(&self) -> bool {
        self.settings.external.unwrap_or(!self.address.is_loopback())
    }

    fn capabilities(&self) -> Capabilities {
        self.settings.can()
    }

    async fn chat(&self, request: ChatRequest) -> Result<ChatStream> {
        let settings = &self.settings;
        let dialect = Dialect {
            model: Some(&settings.model),
            can: settings.can(),
            structured_output: settings.structured_output,
            reasoning: settings.reasoning,
            effort: settings.effort.as_deref(),
            max_tokens: settings.max_tokens,
            stream: settings.stream,
            stream_usage: settings.stream_usage,
        };
        let body = body(&request, &dialect);
        let mut call = self.call(request);
        let request = Request::post(self.address.below(&["chat", "completions"]), "application/json", body);
        let response = call.send(&self.http, self.with_key(request)).await.map_err(|error| match Failure::of(&error) {
            Some(Failure::NoModel) => error.with_hint("check the model's name, and whether the address ends with /v1 as most do"),
            _ => error,
        })?;
        answer(response, call, self.http.settings().max_event_bytes).await
    }

    async fn diagnose(&self, error: Error) -> Error {
        let error = diagnose::of_tls(error, &self.http, &self.address).await;
        let place = |below: &[&str]| self.with_key(Request::get(self.address.below(below)));
        let places = vec![(place(&["models"]), None), (place(&["v1", "models"]), Some("no_v1"))];
        diagnose::of_models(error, &self.http, &self.call(ChatRequest::default()), &self.settings.model, places).await
    }
}

/// The answer to a request for chat completions: a stream, unless the server sent one piece, asked for or not.
pub(in crate::provider) async fn answer(response: Response, call: Call, max_event_bytes: u64) -> Result<ChatStream> {
    let events = OpenAiEvents::new(max_event_bytes, call.clone());
    if response.header("content-type").is_some_and(|kind| kind.starts_with("application/json")) {
        whole(response, &call, |body, out| events.whole(body, out)).await
    } else {
        Ok(stream(response, events, call))
    }
}
