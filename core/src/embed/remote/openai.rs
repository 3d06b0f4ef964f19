//! Embeddings in OpenAI's language, and servers that speak it.

use async_trait::async_trait;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{
    RemoteModel,
    endpoint::{About, Endpoint, Limits},
    vector::{MOST_DIMENSIONS, Wire},
};
use crate::{
    Error, Result,
    embed::Purpose,
    http::{Address, Http, Request, Response},
    platform::{Secret, Variables},
    wire::{
        Call, Failure, Said,
        openai::{PROVIDER, check, classify, environment},
    },
};

/// As long as a number of a vector is, written out.
const NUMBER_BYTES: usize = 32;

/// Settings of an embedding model behind an address that speaks OpenAI's language: Ollama, vLLM, LM Studio, llama.cpp, OpenAI.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OpenAiCompatibleEmbeddingSettings {
    /// The address up to what `/embeddings` follows; for most servers it ends with `/v1`.
    pub base_url: String,
    /// The model, as the server calls it.
    pub model: String,
    /// The key, where the server wants one.
    pub api_key: Option<Secret>,
    /// Whether what is sent leaves the operator's own machines. Without it: unless the address is one of this machine.
    pub external: Option<bool>,
    /// Length of the vectors. It is asked for, so that models that have only one length may refuse it; without it, a first text says it.
    pub dimensions: Option<usize>,
    /// Whether `dimensions` is sent to the server, or only expected.
    pub send_dimensions: bool,
    /// Tokens of a text at most, special tokens included.
    pub max_tokens: usize,
    /// What stands in front of a passage: `passage: ` for models that were trained so.
    pub passage_prefix: String,
    /// What stands in front of a question: `query: `.
    pub question_prefix: String,
    /// Texts of one request at most.
    pub batch_texts: usize,
    /// Requests at a time.
    pub parallel: usize,
}

impl Default for OpenAiCompatibleEmbeddingSettings {
    fn default() -> Self {
        Self {
            base_url: String::new(),
            model: String::new(),
            api_key: None,
            external: None,
            dimensions: None,
            send_dimensions: true,
            max_tokens: 512,
            passage_prefix: String::new(),
            question_prefix: String::new(),
            batch_texts: 32,
            parallel: 4,
        }
    }
}

impl OpenAiCompatibleEmbeddingSettings {
    /// The same, with what is left open taken from `OPENAI_BASE_URL` and, only if the address came from there, the key from
    /// `OPENAI_API_KEY` or the file that `OPENAI_API_KEY_FILE` names.
    ///
    /// # Errors
    /// `config.secret_file`.
    pub fn with_environment(mut self, variables: Variables<'_>) -> Result<Self> {
        (self.base_url, self.api_key) = environment(self.base_url, self.api_key, variables)?;
        Ok(self)
    }
}

impl RemoteModel {
    /// A model behind an address that speaks OpenAI's language. One text is embedded unless `dimensions` is set.
    ///
    /// # Errors
    /// `provider.settings`, `http.address`, a [`Failure`] of the first text.
    pub fn openai_compatible(settings: OpenAiCompatibleEmbeddingSettings, http: &Http) -> Result<Self> {
        check(&settings.base_url, &settings.model)?;
        let base = Address::parse(&settings.base_url)?;
        let along = [("passage", &settings.passage_prefix), ("question", &settings.question_prefix)];
        let about = About {
            provider: PROVIDER,
            name: settings.model.clone(),
            is_external: settings.external.unwrap_or(!base.is_loopback()),
            along: along.map(|(key, prefix)| (key, prefix.clone())).into(),
            dimensions: settings.dimensions,
            limits: limits(settings.batch_texts, settings.parallel, settings.max_tokens),
            passage_prefix: settings.passage_prefix.clone(),
        };
        Self::open(about, Server { address: base.below(&["embeddings"]), http: http.apart()?, settings })
    }
}

/// A request holds a quarter of a mebibyte: fewer tokens than any server takes at once.
pub(super) fn limits(texts: usize, parallel: usize, tokens: usize) -> Limits {
    Limits { texts, bytes: 256 << 10, parallel, tokens, chars: usize::MAX }
}

struct Server {
    settings: OpenAiCompatibleEmbeddingSettings,
    address: Address,
    http: Http,
}

#[async_trait]
impl Endpoint for Server {
    async fn embed(&self, purpose: Purpose, texts: &[String]) -> Result<Vec<Vec<f32>>> {
        let settings = &self.settings;
        let prefix = match purpose {
            Purpose::Passage => &settings.passage_prefix,
            Purpose::Question => &settings.question_prefix,
        };
        let texts: Vec<String> = texts.iter().map(|text| format!("{prefix}{text}")).collect();
        let body = body(Some(&settings.model), &texts, settings.dimensions.filter(|_| settings.send_dimensions));
        let mut request = Request::post(self.address.clone(), "application/json", body);
        if let Some(key) = &settings.api_key {
            request = request.header("authorization", format!("Bearer {}", key.expose()));
        }
        let count = texts.len();
        let mut call = Call::new(PROVIDER, &settings.model, texts, classify);
        let response = call.send(&self.http, request).await.map_err(explained)?;
        vectors(response, &call, count).await
    }
}

fn explained(error: Error) -> Error {
    match Failure::of(&error) {
        Some(Failure::NoModel) => error.with_hint("check the model's name, and whether the address ends with /v1 as most do"),
        Some(Failure::Rejected) => error.with_hint(
            "the reason says what it does not take: a model that has no embeddings, or one length alone (`send_dimensions: false`)",
        ),
        _ => error,
    }
}

/// The body of a request for vectors.
pub(super) fn body(model: Option<&str>, texts: &[String], dimensions: Option<usize>) -> Vec<u8> {
    let mut body = Map::new();
    if let Some(model) = model {
        body.insert("model".to_owned(), model.into());
    }
    body.insert("input".to_owned(), texts.into());
    body.insert("encoding_format".to_owned(), "float".into());
    if let Some(dimensions) = dimensions {
        body.insert("dimensions".to_owned(), dimensions.into());
    }
    Value::Object(body).to_string().into_bytes()
}

#[derive(Deserialize)]
struct Answer {
    data: Vec<Item>,
}

#[derive(Deserialize)]
struct Item {
    index: Option<usize>,
    embedding: Wire,
}

/// The vectors of an answer to `count` texts, in the order of the texts.
pub(super) async fn vectors(response: Response, call: &Call, count: usize) -> Result<Vec<Vec<f32>>> {
    let mut response = response.at_most(longest(count));
    let body = response.whole().await.map_err(|error| call.transport(error))?;
    read(&body, call, count)
}

/// Bytes of an answer with so many vectors.
pub(super) fn longest(count: usize) -> u64 {
    (count * (MOST_DIMENSIONS * NUMBER_BYTES + 1024) + (64 << 10)) as u64
}

pub(super) fn read(body: &[u8], call: &Call, count: usize) -> Result<Vec<Vec<f32>>> {
    let answer: Answer = serde_json::from_slice(body).map_err(|_| no_vectors(body, call))?;
    let mut vectors: Vec<Option<Vec<f32>>> = Vec::new();
    vectors.resize_with(count, || None);
    // By their index; servers that give none have them in order.
    let has_indices = answer.data.iter().any(|item| item.index.is_some());
    for (place, item) in answer.data.into_iter().enumerate() {
        let place = if has_indices { item.index } else { Some(place) };
        let vector = place.and_then(|place| vectors.get_mut(place)).filter(|vector| vector.is_none());
        *vector.ok_or_else(|| call.malformed("index"))? = Some(item.embedding.0);
    }
    vectors.into_iter().collect::<Option<Vec<_>>>().ok_or_else(|| call.malformed("count"))
}

/// A body without vectors: an error with status 200, or nothing that is known.
pub(super) fn no_vectors(body: &[u8], call: &Call) -> Error {
    match serde_json::from_slice::<Value>(body) {
        Ok(value) if value.get("error").is_some_and(|error| !error.is_null()) || value.get("object") == Some(&"error".into()) => {
            call.failed(&Said::of(&value))
        }
        Ok(_) => call.malformed("no_answer"),
        Err(_) => call.malformed("json"),
    }
}
