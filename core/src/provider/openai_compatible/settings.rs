use serde::Deserialize;

use crate::{
    Result,
    platform::{Secret, Variables},
    provider::{Capabilities, CapabilitySettings},
    wire::openai::{check, environment},
};

/// Settings of a model behind an address that speaks OpenAI's chat completions.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OpenAiCompatibleSettings {
    /// The address up to what `/chat/completions` follows; for most servers it ends with `/v1`.
    pub base_url: String,
    /// The model, as the server calls it.
    pub model: String,
    /// The key, where the server wants one.
    pub api_key: Option<Secret>,
    /// Whether what is sent leaves the operator's own machines. Without it: unless the address is one of this machine.
    pub external: Option<bool>,
    /// Whether the answer comes as it is made.
    pub stream: bool,
    /// Whether a streamed answer is asked for what it took; servers that do not know `stream_options` refuse it.
    pub stream_usage: bool,
    /// How the server is held to JSON.
    pub structured_output: StructuredOutput,
    /// Whether the model reasons before it answers: it takes `max_completion_tokens`, and no temperature.
    pub reasoning: bool,
    /// How much it is to reason, in the server's words: `low`.
    pub effort: Option<String>,
    /// Tokens of an answer at most, where a request does not say.
    pub max_tokens: Option<u32>,
    /// What the model can do, where it differs.
    pub capabilities: CapabilitySettings,
}

/// How a server is held to JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StructuredOutput {
    /// By a schema.
    #[default]
    JsonSchema,
    /// To JSON of any form; the schema is told in words.
    JsonObject,
    /// Not at all; the schema is told in words.
    None,
}

impl Default for OpenAiCompatibleSettings {
    fn default() -> Self {
        Self {
            base_url: String::new(),
            model: String::new(),
            api_key: None,
            external: None,
            stream: true,
            stream_usage: true,
            structured_output: StructuredOutput::default(),
            reasoning: false,
            effort: None,
            max_tokens: None,
            capabilities: CapabilitySettings::default(),
        }
    }
}

impl OpenAiCompatibleSettings {
    /// The same, with what is left open taken from `OPENAI_BASE_URL` and, only if the address came from there, the key from
    /// `OPENAI_API_KEY` or the file that `OPENAI_API_KEY_FILE` names: a key is not sent to an address that it was not made for.
    ///
    /// # Errors
    /// `config.secret_file`.
    pub fn with_environment(mut self, variables: Variables<'_>) -> Result<Self> {
        (self.base_url, self.api_key) = environment(self.base_url, self.api_key, variables)?;
        Ok(self)
    }

    pub(super) fn check(&self) -> Result<()> {
        check(&self.base_url, &self.model)
    }

    pub(super) fn can(&self) -> Capabilities {
        self.capabilities.over(Capabilities {
            json_schema: self.structured_output == StructuredOutput::JsonSchema,
            temperature: !self.reasoning,
            seed: true,
            ..Capabilities::default()
        })
    }
}
