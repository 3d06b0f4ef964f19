use std::collections::BTreeMap;

use serde::Deserialize;

use super::credentials;
use crate::{
    Result,
    platform::{Secret, Variables, secret_by},
    provider::{Capabilities, CapabilitySettings, anthropic::PromptCaching, settings::missing},
};

/// Settings of a model of AWS Bedrock.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BedrockSettings {
    /// The region: `eu-central-1`.
    pub region: String,
    /// The model: its id, the id of an inference profile (`eu.anthropic.…`), or an ARN.
    pub model: String,
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
    /// A profile of the shared files of AWS (`~/.aws/credentials`, `~/.aws/config`) with keys in it.
    pub profile: Option<String>,
    /// Whether the answer comes as it is made.
    pub stream: bool,
    /// What of a prompt is kept for a few minutes; models that cannot refuse the request.
    pub prompt_caching: PromptCaching,
    /// A guardrail that prompt and answer go through.
    pub guardrail: Option<Guardrail>,
    /// What the invocation log of the account says of each request.
    pub request_metadata: BTreeMap<String, String>,
    /// How much the model is to reason, in the provider's words: `low`.
    pub effort: Option<String>,
    /// Tokens of an answer at most, where a request does not say.
    pub max_tokens: Option<u32>,
    /// What the model can do. Models differ: a schema and citations are off until they are said here.
    pub capabilities: CapabilitySettings,
}

/// A guardrail of Bedrock.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Guardrail {
    /// Its id or ARN.
    pub identifier: String,
    /// Its version.
    pub version: String,
}

impl Default for BedrockSettings {
    fn default() -> Self {
        Self {
            region: String::new(),
            model: String::new(),
            endpoint: None,
            bearer_token: None,
            access_key_id: None,
            secret_access_key: None,
            session_token: None,
            profile: None,
            stream: true,
            prompt_caching: PromptCaching::Off,
            guardrail: None,
            request_metadata: BTreeMap::new(),
            effort: None,
            max_tokens: None,
            capabilities: CapabilitySettings::default(),
        }
    }
}

impl BedrockSettings {
    /// The same, with what is left open taken from the environment and the shared files of AWS: `AWS_BEARER_TOKEN_BEDROCK`; keys
    /// by `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`, else of the profile (`AWS_PROFILE`, `default`); a
    /// profile that is set comes first; `AWS_REGION`, `AWS_DEFAULT_REGION`, or the region of the profile;
    /// `AWS_ENDPOINT_URL_BEDROCK_RUNTIME`. `…_FILE` names a file with a secret.
    ///
    /// # Errors
    /// `config.secret_file`; `provider.profile` for a profile that is set and not there, or has no keys of its own.
    pub fn with_environment(mut self, variables: Variables<'_>) -> Result<Self> {
        if self.bearer_token.is_none() {
            self.bearer_token = secret_by("AWS_BEARER_TOKEN_BEDROCK", variables)?;
        }
        if self.access_key_id.is_none() && self.profile.is_none() {
            self.access_key_id = secret_by("AWS_ACCESS_KEY_ID", variables)?;
            self.secret_access_key = secret_by("AWS_SECRET_ACCESS_KEY", variables)?;
            self.session_token = secret_by("AWS_SESSION_TOKEN", variables)?;
        }
        let profile = credentials::profile(self.profile.as_deref(), variables)?;
        if self.access_key_id.is_none() && self.bearer_token.is_none() {
            let (id, secret, session) = profile.keys()?.unwrap_or_default();
            (self.access_key_id, self.secret_access_key, self.session_token) = (id, secret, session);
        }
        if self.region.is_empty() {
            let region = variables("AWS_REGION").or_else(|| variables("AWS_DEFAULT_REGION"));
            self.region = region.or_else(|| profile.region().map(str::to_owned)).unwrap_or_default();
        }
        self.endpoint = self.endpoint.or_else(|| variables("AWS_ENDPOINT_URL_BEDROCK_RUNTIME"));
        Ok(self)
    }

    pub(super) fn check(&self) -> Result<()> {
        let name = |setting, hint| Err(missing("aws.bedrock", setting, hint));
        let fits = |c: char| c.is_ascii_alphanumeric() || c == '-';
        if self.model.is_empty() {
            return name("model", "the id of a model or of an inference profile");
        }
        if self.region.is_empty() || !self.region.chars().all(fits) {
            return name("region", "such as eu-central-1; or set AWS_REGION");
        }
        match (&self.bearer_token, &self.access_key_id, &self.secret_access_key) {
            (Some(_), ..) | (_, Some(_), Some(_)) => Ok(()),
            (None, Some(_), None) => name("secret_access_key", "a key has an id and a secret"),
            _ => name(
                "access_key_id",
                "set AWS_BEARER_TOKEN_BEDROCK, AWS_ACCESS_KEY_ID with AWS_SECRET_ACCESS_KEY, or AWS_PROFILE",
            ),
        }
    }

    pub(super) fn can(&self) -> Capabilities {
        self.capabilities.over(Capabilities { temperature: true, ..Capabilities::default() })
    }
}
