use serde::Deserialize;

use crate::{
    Result,
    platform::{Secret, Variables, secret_by},
    provider::{Capabilities, CapabilitySettings, settings::missing},
};

/// Settings of a model of Anthropic.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AnthropicSettings {
    /// The address up to what `/v1/messages` follows.
    pub base_url: String,
    /// The model.
    pub model: String,
    /// The key.
    pub api_key: Option<Secret>,
    /// Whether the answer comes as it is made.
    pub stream: bool,
    /// What of a prompt the provider keeps for a few minutes, so that it costs a tenth the next time and a quarter more the first.
    pub prompt_caching: PromptCaching,
    /// How much the model is to reason, in the provider's words: `low`.
    pub effort: Option<String>,
    /// Tokens of an answer at most, where a request does not say: the provider wants a number.
    pub max_tokens: u32,
    /// What the model can do, where it differs.
    pub capabilities: CapabilitySettings,
}

/// What of a prompt the provider keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PromptCaching {
    /// Nothing.
    Off,
    /// The instructions: they are the same for every question.
    #[default]
    System,
    /// The passages as well: for several questions about the same ones.
    Passages,
}

impl Default for AnthropicSettings {
    fn default() -> Self {
        Self {
            base_url: "https://api.anthropic.com".to_owned(),
            model: String::new(),
            api_key: None,
            stream: true,
            prompt_caching: PromptCaching::default(),
            effort: None,
            max_tokens: 4096,
            capabilities: CapabilitySettings::default(),
        }
    }
}

impl AnthropicSettings {
    /// The same, with the key from `ANTHROPIC_API_KEY` or the file that `ANTHROPIC_API_KEY_FILE` names when it is not set and the
    /// address is Anthropic's own.
    ///
    /// # Errors
    /// `config.secret_file`.
    pub fn with_environment(mut self, variables: Variables<'_>) -> Result<Self> {
        if self.api_key.is_none() && self.base_url == Self::default().base_url {
            self.api_key = secret_by("ANTHROPIC_API_KEY", variables)?;
        }
        Ok(self)
    }

    pub(super) fn check(&self) -> Result<()> {
        match (self.model.is_empty(), &self.api_key) {
            (true, _) => Err(missing("anthropic", "model", "the provider's documentation lists them")),
            (_, None) => Err(missing("anthropic", "api_key", "set ANTHROPIC_API_KEY, or ANTHROPIC_API_KEY_FILE")),
            _ => Ok(()),
        }
    }

    pub(super) fn can(&self) -> Capabilities {
        self.capabilities.over(Capabilities { json_schema: true, citations: true, ..Capabilities::default() })
    }
}
