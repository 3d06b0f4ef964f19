use std::collections::BTreeMap;

use serde::Deserialize;

#[cfg(feature = "aws-metadata")]
use crate::wire::aws::AwsCredentials;
use crate::{
    Result,
    platform::{Secret, Variables},
    provider::{Capabilities, CapabilitySettings, anthropic::PromptCaching},
    wire::aws::Access,
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
    /// A profile of the shared files of AWS (`~/.aws/credentials`, `~/.aws/config`).
    pub profile: Option<String>,
    /// Who is asked for keys that are good for a while. Without it, whoever the profile or the environment names.
    #[cfg(feature = "aws-metadata")]
    pub credentials: Option<AwsCredentials>,
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
            #[cfg(feature = "aws-metadata")]
            credentials: None,
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

    pub(super) fn access(&self) -> Access {
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

    pub(super) fn can(&self) -> Capabilities {
        self.capabilities.over(Capabilities { temperature: true, ..Capabilities::default() })
    }
}
