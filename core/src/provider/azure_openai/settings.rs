use serde::Deserialize;

use crate::{
    Result,
    platform::{Secret, Variables, secret_by},
    provider::{Capabilities, CapabilitySettings, settings::missing},
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

/// The addresses of a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AzureApi {
    /// `/openai/v1/…`, with the deployment in the request.
    #[default]
    V1,
    /// `/openai/deployments/…?api-version=…`.
    Classic,
}

/// How a token of Entra ID is had.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Entra {
    /// By the secret of an application.
    ClientCredentials {
        /// The tenant: its id or a domain of it.
        tenant: String,
        /// The application's id.
        client_id: String,
        /// One of its secrets.
        client_secret: Secret,
        /// Where tokens are had; of other clouds than the public one, their own address.
        #[serde(default)]
        authority: Option<String>,
    },
    /// By the identity of the machine, of the container or of the App Service that this runs on.
    ManagedIdentity {
        /// The id of an identity that was assigned by somebody; without it, that of the machine itself.
        #[serde(default)]
        client_id: Option<String>,
        /// Where tokens are had: `IDENTITY_ENDPOINT` of an App Service; without it, the address that every machine of Azure has.
        #[serde(default)]
        endpoint: Option<String>,
        /// `IDENTITY_HEADER` of an App Service.
        #[serde(default)]
        header: Option<Secret>,
    },
}

impl Default for AzureOpenAiSettings {
    fn default() -> Self {
        Self {
            endpoint: String::new(),
            deployment: String::new(),
            api: AzureApi::default(),
            api_version: "2024-10-21".to_owned(),
            api_key: None,
            entra: None,
            scope: "https://cognitiveservices.azure.com/.default".to_owned(),
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
        if self.endpoint.is_empty() {
            self.endpoint = variables("AZURE_OPENAI_ENDPOINT").unwrap_or_default();
        }
        if let Some(Entra::ManagedIdentity { endpoint: endpoint @ None, header, .. }) = &mut self.entra
            && let Some(address) = variables("IDENTITY_ENDPOINT")
        {
            *endpoint = Some(address);
            *header = secret_by("IDENTITY_HEADER", variables)?;
        }
        if self.api_key.is_none() && self.entra.is_none() {
            self.api_key = secret_by("AZURE_OPENAI_API_KEY", variables)?;
            let secret = secret_by("AZURE_CLIENT_SECRET", variables)?;
            if let (Some(tenant), Some(client_id), Some(client_secret)) =
                (variables("AZURE_TENANT_ID"), variables("AZURE_CLIENT_ID"), secret)
            {
                let authority = variables("AZURE_AUTHORITY_HOST");
                self.entra = Some(Entra::ClientCredentials { tenant, client_id, client_secret, authority });
            }
        }
        Ok(self)
    }

    pub(super) fn check(&self) -> Result<()> {
        match (self.endpoint.is_empty(), self.deployment.is_empty()) {
            (true, _) => Err(missing("azure.ai.openai", "endpoint", "it stands under \"Keys and Endpoint\" of the resource")),
            (_, true) => {
                Err(missing("azure.ai.openai", "deployment", "the deployments of the resource are listed in its portal"))
            }
            _ => Ok(()),
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
