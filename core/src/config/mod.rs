//! The configuration: `config.yaml` under variables of the environment, over defaults. What is built in code comes before both.
//!
//! `BELEG_SECTION__KEY=value` sets a key, `BELEG_CHAT__0__DEPLOYMENT=…` one of a list, and `BELEG_…_FILE` takes the value from a file, as
//! secrets of containers come. The vendors' own variables (`AZURE_OPENAI_API_KEY`) fill in what neither says. A key that there is not is
//! an error, and no value stands in one: it may be a secret. The table of all keys is docs/configuration.md.

#[cfg(test)]
mod examples;
#[cfg(test)]
mod keys;

use std::{path::Path, sync::Arc};

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value};

use crate::{
    Error, ErrorKind, Result,
    corpus::{Engine, EngineOptions},
    embed::{
        EmbeddingModel,
        remote::{
            AzureOpenAiEmbeddingSettings, BedrockEmbeddingSettings, OpenAiCompatibleEmbeddingSettings, RemoteModel,
            open_embedding,
        },
    },
    env::{Random, System, Timer},
    http::{Http, HttpSettings},
    platform::Variables,
    provider::{
        AnthropicChat, AnthropicSettings, AzureOpenAiChat, AzureOpenAiSettings, BedrockChat, BedrockSettings, ChatModel,
        OpenAiCompatibleChat, OpenAiCompatibleSettings, Price, PriceList,
        layers::{LayerSettings, layered},
        open_chat,
    },
};

/// All that can be configured.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// Models, pools and limits.
    pub engine: EngineOptions,
    /// How providers are reached.
    pub http: HttpSettings,
    /// An embedding model that a provider runs; without it one on this machine.
    pub embedding: Option<EmbeddingSettings>,
    /// Chat models: the first one is asked, each other one when the one before it fails.
    pub chat: Vec<ChatSettings>,
    /// What stands between a question and each of them.
    pub layers: LayerSettings,
    /// Prices that come before the listed ones.
    pub prices: Vec<PriceSettings>,
}

/// A chat model of a provider, by the settings of the provider.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "provider")]
#[non_exhaustive]
pub enum ChatSettings {
    /// Ollama, vLLM, LM Studio, llama.cpp, OpenAI.
    #[serde(rename = "openai-compatible")]
    OpenAiCompatible(OpenAiCompatibleSettings),
    /// Azure OpenAI.
    #[serde(rename = "azure")]
    AzureOpenAi(AzureOpenAiSettings),
    /// AWS Bedrock.
    #[serde(rename = "bedrock")]
    Bedrock(BedrockSettings),
    /// Anthropic.
    #[serde(rename = "anthropic")]
    Anthropic(AnthropicSettings),
}

impl ChatSettings {
    fn open(self, variables: Variables<'_>, http: Http) -> Result<Arc<dyn ChatModel>> {
        Ok(match self {
            Self::OpenAiCompatible(settings) => Arc::new(OpenAiCompatibleChat::new(settings.with_environment(variables)?, http)?),
            Self::AzureOpenAi(settings) => Arc::new(AzureOpenAiChat::new(settings.with_environment(variables)?, http)?),
            Self::Bedrock(settings) => Arc::new(BedrockChat::new(settings.with_environment(variables)?, http)?),
            Self::Anthropic(settings) => Arc::new(AnthropicChat::new(settings.with_environment(variables)?, http)?),
        })
    }
}

/// An embedding model of a provider, by the settings of the provider.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "provider")]
#[non_exhaustive]
pub enum EmbeddingSettings {
    /// Ollama, vLLM, LM Studio, llama.cpp, OpenAI.
    #[serde(rename = "openai-compatible")]
    OpenAiCompatible(OpenAiCompatibleEmbeddingSettings),
    /// Azure OpenAI.
    #[serde(rename = "azure")]
    AzureOpenAi(AzureOpenAiEmbeddingSettings),
    /// AWS Bedrock.
    #[serde(rename = "bedrock")]
    Bedrock(BedrockEmbeddingSettings),
}

impl EmbeddingSettings {
    /// The model, as [`open_embedding`] takes it.
    pub fn name(&self) -> String {
        match self {
            Self::OpenAiCompatible(settings) => format!("openai-compatible/{}", settings.model),
            Self::AzureOpenAi(settings) => format!("azure/{}", settings.deployment),
            Self::Bedrock(settings) => format!("bedrock/{}", settings.model),
        }
    }

    fn open(self, variables: Variables<'_>, http: &Http) -> Result<RemoteModel> {
        match self {
            Self::OpenAiCompatible(settings) => RemoteModel::openai_compatible(settings.with_environment(variables)?, http),
            Self::AzureOpenAi(settings) => RemoteModel::azure_openai(settings.with_environment(variables)?, http, None),
            Self::Bedrock(settings) => RemoteModel::bedrock(settings.with_environment(variables)?, http),
        }
    }
}

/// What a model costs: see [`Price`].
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PriceSettings {
    /// The provider, by [`ChatModel::provider`].
    pub provider: String,
    /// The model, or the deployment.
    pub model: String,
    /// The price.
    pub price: Price,
}

/// Sections, as they stand in the file.
const SECTIONS: [&str; 6] = ["engine", "http", "embedding", "chat", "layers", "prices"];

impl Config {
    /// Reads a file, when there is one, under variables of the environment.
    ///
    /// # Errors
    /// `config.unreadable`, `config.malformed` for what is no YAML, `config.unknown` for a key that there is not, `config.value` for a value of
    /// another type, `config.secret_file`.
    pub fn load(file: Option<&Path>, environment: &[(String, String)]) -> Result<Self> {
        let mut tree = match file {
            Some(path) => parse(&read(path)?).map_err(|error| error.with("path", path.display().to_string()))?,
            None => Value::Object(Map::new()),
        };
        for (name, value) in environment {
            let Some(path) = name.strip_prefix("BELEG_").filter(|path| path.contains("__")) else { continue };
            let (path, value) = match path.strip_suffix("_FILE") {
                Some(path) => (path, Value::String(read(Path::new(value))?.trim().to_owned())),
                None => (path, scalar(value)),
            };
            set(&mut tree, &path.to_ascii_lowercase(), value).ok_or_else(|| unknown(name))?;
        }
        let Value::Object(mut sections) = tree else { return Err(malformed()) };
        if let Some(name) = sections.keys().find(|name| !SECTIONS.contains(&name.as_str())) {
            return Err(unknown(name).with_hint(format!("sections are {}", SECTIONS.join(", "))));
        }
        Ok(Self {
            engine: section(&mut sections, "engine")?,
            http: section(&mut sections, "http")?,
            embedding: section(&mut sections, "embedding")?,
            chat: section(&mut sections, "chat")?,
            layers: section(&mut sections, "layers")?,
            prices: section(&mut sections, "prices")?,
        })
    }

    /// The chat model of this configuration, in all layers; `names` (`PROVIDER/MODEL`) take the place of the configured ones.
    ///
    /// # Errors
    /// Those of the settings of each provider.
    pub fn chat_model(&self, names: &[String], variables: Variables<'_>) -> Result<Option<Arc<dyn ChatModel>>> {
        let models = self.chat_models(names, variables)?;
        if models.is_empty() {
            return Ok(None);
        }
        let (timer, random): (Arc<dyn Timer>, Arc<dyn Random>) = (Arc::new(System), Arc::new(System));
        layered(models, &self.layers, &timer, &random).map(Some)
    }

    /// Each of them alone, without layers.
    ///
    /// # Errors
    /// Those of the settings of each provider.
    pub fn chat_models(&self, names: &[String], variables: Variables<'_>) -> Result<Vec<Arc<dyn ChatModel>>> {
        let http = Http::new(self.http.clone())?;
        match names {
            [] => self.chat.iter().cloned().map(|settings| settings.open(variables, http.clone())).collect(),
            names => names.iter().map(|name| open_chat(name, variables, http.clone())).collect(),
        }
    }

    /// The embedding model of this configuration, or the one of that name (`PROVIDER/MODEL`); `None` when it has none, and texts are embedded on
    /// this machine.
    ///
    /// # Errors
    /// Those of the settings of the provider, and of a first text, which tells the length of the vectors where nothing else does.
    pub fn embedding_model(&self, name: Option<&str>, variables: Variables<'_>) -> Result<Option<Arc<dyn EmbeddingModel>>> {
        let http = || Http::new(self.http.clone());
        match (name, self.embedding.clone()) {
            (Some(name), _) => open_embedding(name, variables, http()?).map(Some),
            (None, Some(settings)) => Ok(Some(Arc::new(settings.open(variables, &http()?)?))),
            (None, None) => Ok(None),
        }
    }

    /// An engine after this configuration, without its chat models: what only ingests and searches needs no key of a provider.
    ///
    /// # Errors
    /// Those of [`Engine::new`].
    pub fn engine(&self, model: Arc<dyn EmbeddingModel>) -> Result<Engine> {
        let price = |list: PriceList, own: &PriceSettings| list.with(&own.provider, &own.model, own.price);
        let prices = self.prices.iter().fold(PriceList::listed()?, price);
        Ok(Engine::new(model, self.engine.clone())?.with_prices(prices))
    }
}

fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).map_err(|error| {
        Error::new(ErrorKind::Environment, "config.unreadable", "a file of the configuration cannot be read")
            .with("path", path.display().to_string())
            .with_hint("check its name and its rights")
            .with_source(error)
    })
}

fn parse(yaml: &str) -> Result<Value> {
    if yaml.trim().is_empty() {
        return Ok(Value::Object(Map::new()));
    }
    // Its message would show the line, which may hold a secret.
    serde_saphyr::from_str::<Value>(yaml).map_err(|error| match error.location() {
        Some(location) => malformed().with("line", location.line().to_string()),
        None => malformed(),
    })
}

/// A value of the environment: a number, `true`, `null`, a list where it reads as one, else the words themselves.
fn scalar(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()))
}

/// Sets the value at a path such as `chat__0__deployment`; `None` where the tree has something else than the path says.
fn set(tree: &mut Value, path: &str, value: Value) -> Option<()> {
    let mut at = tree;
    for key in path.split("__") {
        if key.is_empty() {
            return None;
        }
        if let Ok(place) = key.parse::<usize>() {
            if at.is_null() {
                *at = Value::Array(Vec::new());
            }
            let list = at.as_array_mut()?;
            if place > list.len() {
                return None;
            }
            if place == list.len() {
                list.push(Value::Null);
            }
            at = &mut list[place];
        } else {
            if at.is_null() {
                *at = Value::Object(Map::new());
            }
            at = at.as_object_mut()?.entry(key).or_insert(Value::Null);
        }
    }
    *at = value;
    Some(())
}

fn section<T: DeserializeOwned + Default>(sections: &mut Map<String, Value>, name: &'static str) -> Result<T> {
    let Some(value) = sections.remove(name).filter(|value| !value.is_null()) else { return Ok(T::default()) };
    serde_json::from_value(value).map_err(|error| {
        // Keys are ours; values may be secrets.
        let why = error.to_string();
        if ["unknown field", "missing field"].iter().any(|known| why.starts_with(known)) {
            return unknown(name).with("why", why);
        }
        Error::new(ErrorKind::InvalidInput, "config.value", "a value of the configuration has another type than its key")
            .with("section", name)
            .with_hint("docs/configuration.md has the type of each key; numbers and words differ: \"5\" is a word")
    })
}

fn unknown(key: &str) -> Error {
    Error::new(
        ErrorKind::InvalidInput,
        "config.unknown",
        "the configuration has a key that there is not, or lacks one that must be",
    )
    .with("key", key)
    .with_hint("docs/configuration.md lists all keys")
}

fn malformed() -> Error {
    Error::new(ErrorKind::InvalidInput, "config.malformed", "the configuration is no YAML with sections")
        .with_hint("docs/configuration.md has an example")
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "
engine:
  threads: 3
  budgets: {user: {usd: 5, per: day}}
  redaction:
    local: true
    settings: {lists: [{name: Mandanten, kind: CLIENT, terms: [Nordbank AG]}]}
http:
  proxy: http://proxy.example:3128
chat:
  - provider: azure
    endpoint: https://audit.openai.azure.com
    deployment: audit-chat
    api_key: geheim
  - provider: openai-compatible
    model: llama3
    base_url: http://127.0.0.1:11434/v1
prices:
  - {provider: azure.ai.openai, model: audit-chat, price: {input: 1.5, cached: 0.5, output: 6}}
";

    fn load(yaml: &str, environment: &[(&str, &str)]) -> Result<Config> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.yaml");
        std::fs::write(&path, yaml).unwrap();
        let environment: Vec<_> = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Config::load(Some(&path), &environment)
    }

    #[test]
    fn the_environment_goes_before_the_file_and_the_file_before_defaults() {
        let defaults = Config::load(None, &[]).unwrap();
        assert_eq!((defaults.engine, defaults.chat.len()), (EngineOptions::default(), 0));
        let folder = tempfile::tempdir().unwrap();
        let key = folder.path().join("key");
        std::fs::write(&key, "12345\n").unwrap();
        let config = load(
            FILE,
            &[
                ("BELEG_ENGINE__THREADS", "7"),
                ("BELEG_CHAT__0__DEPLOYMENT", "other"),
                ("BELEG_CHAT__0__API_KEY_FILE", key.to_str().unwrap()),
                ("BELEG_CHAT__2__PROVIDER", "anthropic"),
                ("BELEG_CHAT__2__MODEL", "claude"),
                ("BELEG_THREADS", "9"),
                ("HOME", "/"),
            ],
        )
        .unwrap();
        assert_eq!(config.engine.threads.unwrap().get(), 7);
        assert!(config.engine.redaction.local && config.engine.budgets.user.is_some() && config.engine.budgets.corpus.is_none());
        let [ChatSettings::AzureOpenAi(azure), ChatSettings::OpenAiCompatible(local), ChatSettings::Anthropic(_)] =
            &config.chat[..]
        else {
            panic!("{:?}", config.chat)
        };
        assert_eq!((azure.deployment.as_str(), azure.endpoint.as_str()), ("other", "https://audit.openai.azure.com"));
        assert_eq!(azure.api_key.as_ref().unwrap().expose(), "12345", "a key of digits is no number");
        assert_eq!(local.model, "llama3");
        assert_eq!(config.prices[0].price.output, 6.0);
        let chat = config.chat_model(&[], &|name| (name == "ANTHROPIC_API_KEY").then(|| "k".to_owned())).unwrap().unwrap();
        let destinations: Vec<_> = chat.destinations().into_iter().map(|destination| destination.model).collect();
        assert_eq!(destinations, ["other", "llama3", "claude"], "each when the one before it fails");
    }

    #[test]
    fn an_embedding_model_of_a_provider_comes_from_the_file_or_by_its_name() {
        let nothing = |_: &str| None;
        assert!(load(FILE, &[]).unwrap().embedding_model(None, &nothing).unwrap().is_none());
        let file = "embedding: {provider: openai-compatible, base_url: 'http://127.0.0.1:1/v1', model: bge-m3, dimensions: 8}";
        let config = load(file, &[("BELEG_EMBEDDING__MAX_TOKENS", "8192")]).unwrap();
        let model = config.embedding_model(None, &nothing).unwrap().unwrap();
        assert_eq!((model.name(), model.dimensions(), model.is_external()), ("bge-m3", 8, false));
        let keys = |name: &str| (name == "AWS_BEARER_TOKEN_BEDROCK").then(|| "k".to_owned());
        let region = |name: &str| keys(name).or_else(|| (name == "AWS_REGION").then(|| "eu-central-1".to_owned()));
        let named = config.embedding_model(Some("bedrock/amazon.titan-embed-text-v2:0"), &region).unwrap().unwrap();
        assert_eq!((named.provider(), named.dimensions()), (Some("aws.bedrock"), 1024));
        for (wrong, code) in [
            ("embedding: {provider: anthropic}", "config.value"),
            ("embedding: {provider: bedrock, dims: 3}", "config.unknown"),
            ("embedding: {model: bge-m3}", "config.unknown"),
        ] {
            assert_eq!(load(wrong, &[]).unwrap_err().code(), code, "{wrong}");
        }
    }

    #[test]
    fn what_is_wrong_is_named_without_its_value() {
        for (yaml, code, told) in [
            ("chatt: []", "config.unknown", "chatt"),
            ("http: {proxi: geheim}", "config.unknown", "proxi"),
            ("engine: {threads: geheim}", "config.value", "engine"),
            ("http: {connect_timeout_ms: geheim}", "config.value", "http"),
            ("chat: [{provider: mistral-geheim}]", "config.value", "chat"),
            ("chat: [{provider: azure, api_keys: geheim}]", "config.unknown", "api_keys"),
            ("a: [geheim", "config.malformed", ""),
            ("geheim", "config.malformed", ""),
            ("prices: [{provider: x, model: z}]", "config.unknown", "price"),
        ] {
            let error = load(yaml, &[]).unwrap_err();
            let all = format!("{error:?} {error}");
            assert_eq!(error.code(), code, "{yaml}");
            assert!(!all.contains("geheim") && all.contains(told), "{yaml}: {all}");
        }
        for name in ["BELEG_CHAT__5__MODEL", "BELEG_ENGINE__", "BELEG___X", "BELEG_ENGINE__THREADS__X", "BELEG_NIX__X"] {
            assert_eq!(load(FILE, &[(name, "1")]).unwrap_err().code(), "config.unknown", "{name}");
        }
        let missing = Config::load(Some(Path::new("/fehlt.yaml")), &[]).unwrap_err();
        assert_eq!(missing.code(), "config.unreadable");
    }
}
