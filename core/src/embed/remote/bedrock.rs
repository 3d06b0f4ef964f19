//! Embedding models of AWS Bedrock: Titan and Cohere, by InvokeModel.

use std::fmt;

use async_trait::async_trait;
use serde::{
    Deserialize, Deserializer,
    de::{
        MapAccess, SeqAccess, Visitor,
        value::{MapAccessDeserializer, SeqAccessDeserializer},
    },
};
use serde_json::{Value, json};

use super::{
    RemoteModel,
    endpoint::{About, Endpoint, Limits},
    openai::{longest, no_vectors},
    vector::Wire,
};
#[cfg(feature = "aws-metadata")]
use crate::wire::aws::AwsCredentials;
use crate::{
    Error, Result,
    embed::Purpose,
    http::{Address, Http, Request},
    platform::{Secret, Variables},
    wire::{
        Call,
        aws::{Access, Caller, PROVIDER, classify, in_body},
        missing,
    },
};

/// Settings of an embedding model of AWS Bedrock.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BedrockEmbeddingSettings {
    /// The region: `eu-central-1`.
    pub region: String,
    /// The model: its id, the id of an inference profile, or an ARN.
    pub model: String,
    /// Whose language the model speaks. Without it, by its id: of a profile or an ARN of one's own it has to be said.
    pub family: Option<BedrockEmbeddingFamily>,
    /// Another address than the region's own: of a VPC endpoint, of a gateway.
    pub endpoint: Option<String>,
    /// A bearer token of Bedrock. It comes before keys.
    pub bearer_token: Option<Secret>,
    /// The id of an access key.
    pub access_key_id: Option<Secret>,
    /// The secret of that key.
    pub secret_access_key: Option<Secret>,
    /// The session that they are for, when they are temporary.
    pub session_token: Option<Secret>,
    /// A profile of the shared files of AWS (`~/.aws/credentials`, `~/.aws/config`).
    pub profile: Option<String>,
    /// Who is asked for keys that are good for a while. Without it, whoever the profile or the environment names.
    #[cfg(feature = "aws-metadata")]
    pub credentials: Option<AwsCredentials>,
    /// Length of the vectors: of Titan 1024 (also without it), 512 or 256; of Cohere's fourth 1536 (also without it), 1024, 512 or 256;
    /// of its third 1024 alone.
    pub dimensions: Option<usize>,
    /// Requests at a time; without it 8 of Titan, which takes one text a request, and 4 of Cohere.
    pub parallel: Option<usize>,
}

/// How a model of Bedrock is asked for vectors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BedrockEmbeddingFamily {
    /// Titan Text Embeddings V2.
    TitanV2,
    /// Cohere Embed v3, English or multilingual.
    CohereV3,
    /// Cohere Embed v4.
    CohereV4,
}

impl BedrockEmbeddingFamily {
    /// By the id of a model, or of an inference profile with its region in front.
    fn of(model: &str) -> Option<Self> {
        let id = model.rsplit('/').next()?;
        let id = ["amazon.", "cohere."].iter().find_map(|vendor| Some(&id[id.find(vendor)?..]))?;
        if id.starts_with("amazon.titan-embed-text-v2") {
            Some(Self::TitanV2)
        } else if id.starts_with("cohere.embed-english-v3") || id.starts_with("cohere.embed-multilingual-v3") {
            Some(Self::CohereV3)
        } else {
            id.starts_with("cohere.embed-v4").then_some(Self::CohereV4)
        }
    }

    fn usual_dimensions(self) -> usize {
        if self == Self::CohereV4 { 1536 } else { 1024 }
    }

    fn limits(self, parallel: Option<usize>) -> Limits {
        let (texts, tokens, chars, usual) = match self {
            Self::TitanV2 => (1, 8192, 50_000, 8),
            Self::CohereV3 => (96, 512, 2048, 4),
            Self::CohereV4 => (96, 128_000, usize::MAX, 4),
        };
        Limits { texts, bytes: 256 << 10, parallel: parallel.unwrap_or(usual), tokens, chars }
    }

    fn body(self, purpose: Purpose, texts: &[String], dimensions: usize) -> Value {
        let input_type = match purpose {
            Purpose::Passage => "search_document",
            Purpose::Question => "search_query",
        };
        match self {
            Self::TitanV2 => json!({"inputText": texts.first(), "dimensions": dimensions, "normalize": true}),
            // What is too long is an error and not cut.
            Self::CohereV3 => {
                json!({"texts": texts, "input_type": input_type, "truncate": "NONE", "embedding_types": ["float"]})
            }
            Self::CohereV4 => json!({
                "texts": texts, "input_type": input_type, "truncate": "NONE", "embedding_types": ["float"],
                "output_dimension": dimensions,
            }),
        }
    }

    fn vectors(self, body: &[u8], call: &Call) -> Result<Vec<Vec<f32>>> {
        match self {
            Self::TitanV2 => {
                let answer: Titan = serde_json::from_slice(body).map_err(|_| no_answer(body, call))?;
                Ok(vec![answer.embedding.0])
            }
            Self::CohereV3 | Self::CohereV4 => {
                let answer: Cohere = serde_json::from_slice(body).map_err(|_| no_answer(body, call))?;
                Ok(answer.embeddings.0.into_iter().map(|vector| vector.0).collect())
            }
        }
    }
}

#[derive(Deserialize)]
struct Titan {
    embedding: Wire,
}

#[derive(Deserialize)]
struct Cohere {
    embeddings: Embeddings,
}

/// The vectors themselves, or by type when several types were asked for.
struct Embeddings(Vec<Wire>);

impl<'de> Deserialize<'de> for Embeddings {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl<'de> Visitor<'de> for Either {
            type Value = Embeddings;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("vectors")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, vectors: A) -> Result<Embeddings, A::Error> {
                Vec::deserialize(SeqAccessDeserializer::new(vectors)).map(Embeddings)
            }

            fn visit_map<A: MapAccess<'de>>(self, types: A) -> Result<Embeddings, A::Error> {
                ByType::deserialize(MapAccessDeserializer::new(types)).map(|types| Embeddings(types.float))
            }
        }

        #[derive(Deserialize)]
        struct ByType {
            float: Vec<Wire>,
        }

        deserializer.deserialize_any(Either)
    }
}

/// An exception may stand in a body with status 200.
fn no_answer(body: &[u8], call: &Call) -> Error {
    let exception = serde_json::from_slice(body).ok().and_then(|body: Value| in_body(&body));
    exception.map_or_else(|| no_vectors(body, call), |said| call.failed(&said))
}

impl BedrockEmbeddingSettings {
    /// The same, with what is left open taken from the environment and the shared files of AWS, by the variables of
    /// [`BedrockSettings`](crate::provider::BedrockSettings::with_environment).
    ///
    /// # Errors
    /// `config.secret_file`, `provider.profile`.
    pub fn with_environment(mut self, variables: Variables<'_>) -> Result<Self> {
        let access = self.access().with_environment(variables)?;
        (self.region, self.endpoint, self.bearer_token) = (access.region, access.endpoint, access.bearer_token);
        self.access_key_id = access.access_key_id;
        self.secret_access_key = access.secret_access_key;
        self.session_token = access.session_token;
        #[cfg(feature = "aws-metadata")]
        {
            self.credentials = access.credentials;
        }
        Ok(self)
    }

    fn access(&self) -> Access {
        Access {
            region: self.region.clone(),
            model: self.model.clone(),
            endpoint: self.endpoint.clone(),
            bearer_token: self.bearer_token.clone(),
            access_key_id: self.access_key_id.clone(),
            secret_access_key: self.secret_access_key.clone(),
            session_token: self.session_token.clone(),
            profile: self.profile.clone(),
            #[cfg(feature = "aws-metadata")]
            credentials: self.credentials.clone(),
        }
    }
}

impl RemoteModel {
    /// A model of AWS Bedrock. Nothing is sent yet.
    ///
    /// # Errors
    /// `provider.settings`, `http.address`.
    pub fn bedrock(settings: BedrockEmbeddingSettings, http: &Http) -> Result<Self> {
        let (access, http) = (settings.access(), http.apart()?);
        let caller = Caller::new(&access, http.clone())?;
        let family = settings
            .family
            .or_else(|| BedrockEmbeddingFamily::of(&settings.model))
            .ok_or_else(|| missing(PROVIDER, "family", "this id names none: `titan_v2`, `cohere_v3` or `cohere_v4`"))?;
        let dimensions = settings.dimensions.unwrap_or(family.usual_dimensions());
        let about = About {
            provider: PROVIDER,
            name: settings.model.clone(),
            is_external: true,
            along: vec![("family", format!("{family:?}"))],
            dimensions: Some(dimensions),
            limits: family.limits(settings.parallel),
            passage_prefix: String::new(),
        };
        let address = access.address("invoke")?;
        Self::open(about, Model { name: settings.model, family, dimensions, address, caller, http })
    }
}

struct Model {
    name: String,
    family: BedrockEmbeddingFamily,
    dimensions: usize,
    address: Address,
    caller: Caller,
    http: Http,
}

#[async_trait]
impl Endpoint for Model {
    async fn embed(&self, purpose: Purpose, texts: &[String]) -> Result<Vec<Vec<f32>>> {
        let body = self.family.body(purpose, texts, self.dimensions).to_string().into_bytes();
        let mut call = Call::new(PROVIDER, &self.name, texts.to_vec(), classify);
        let request = Request::post(self.address.clone(), "application/json", body);
        let request = self.caller.authorized(request).await?;
        let answer = async {
            let mut response = call.send(&self.http, request).await?.at_most(longest(texts.len()));
            let body = response.whole().await.map_err(|error| call.transport(error))?;
            self.family.vectors(&body, &call)
        };
        match answer.await {
            Ok(vectors) => Ok(vectors),
            Err(error) => Err(self.caller.explained(error).await),
        }
    }
}
