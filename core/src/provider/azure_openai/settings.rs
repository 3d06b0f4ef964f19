use serde::Deserialize;

use crate::{
    Result,
    platform::{Secret, Variables},
    provider::{Capabilities, CapabilitySettings},
    wire::azure::{Access, AzureApi, Entra},
};

/// Settings of a deployment of Azure OpenAI.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AzureOpenAiSettings {
    /// The address of the resource: `https://NAME.openai.azure.com`.
    pub endpoint: String,
    /// The name of the deployment, which need not be that of its model.
    pub deployment: String,
    /// Which addresses are used.
    pub api: AzureApi,
    /// The version of the interface, for the classic addresses alone.
    pub api_version: String,
    /// A key of the resource.
    pub api_key: Option<Secret>,
    /// How a token of Entra ID is had. A token comes before a key.
    pub entra: Option<Entra>,
    /// What a token is to be good for.
    pub scope: String,
    /// Whether the answer comes as it is made.
    pub stream: bool,
    /// Whether a streamed answer is asked for what it took.
    pub stream_usage: bool,
    /// Whether the deployment's model reasons before it answers: it takes `max_completion_tokens`, and no temperature.
    pub reasoning: bool,
    /// How much it is to reason: `low`.
    pub effort: Option<String>,
    /// Tokens of an answer at most, where a request does not say.
    pub max_tokens: Option<u32>,
    /// What the model can do, where it differs.
    pub capabilities: CapabilitySettings,
}

impl Default for AzureOpenAiSettings {
    fn default() -> Self {
        let Access { endpoint, deployment, api, api_version, api_key, entra, scope } = Access::default();
        Self {
            endpoint,
            deployment,
            api,
            api_version,
            api_key,
            entra,
            scope,
            stream: true,
            stream_usage: true,
            reasoning: false,
            effort: None,
            max_tokens: None,
            capabilities: CapabilitySettings::default(),
        }
    }
}

impl AzureOpenAiSettings {
    /// The same, with what is left open taken from the environment: `AZURE_OPENAI_ENDPOINT`, `AZURE_OPENAI_API_KEY`; an
    /// application by `AZURE_TENANT_ID`, `AZURE_CLIENT_ID` and `AZURE_CLIENT_SECRET`; and, where a managed identity is set, the
    /// `IDENTITY_ENDPOINT` and `IDENTITY_HEADER` of an App Service. `…_FILE` names a file with a secret.
    ///
    /// # Errors
    /// `config.secret_file`.
    pub fn with_environment(mut self, variables: Variables<'_>) -> Result<Self> {
        let access = self.access().with_environment(variables)?;
        (self.endpoint, self.api_key, self.entra) = (access.endpoint, access.api_key, access.entra);
        Ok(self)
    }

    pub(super) fn access(&self) -> Access {
        Access {
            endpoint: self.endpoint.clone(),
            deployment: self.deployment.clone(),
            api: self.api,
            api_version: self.api_version.clone(),
            api_key: self.api_key.clone(),
            entra: self.entra.clone(),
            scope: self.scope.clone(),
        }
    }

    pub(super) fn can(&self) -> Capabilities {
        self.capabilities.over(Capabilities {
            json_schema: true,
            temperature: !self.reasoning,
            seed: !self.reasoning,
            ..Capabilities::default()
        })
    }
}
