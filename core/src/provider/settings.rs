use super::Capabilities;
pub(super) use crate::wire::missing;

/// Capabilities of a model as settings: what is left out is as the provider's models usually are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CapabilitySettings {
    /// See [`Capabilities::context_tokens`].
    pub context_tokens: Option<u32>,
    /// See [`Capabilities::output_tokens`].
    pub output_tokens: Option<u32>,
    /// See [`Capabilities::json_schema`].
    pub json_schema: Option<bool>,
    /// See [`Capabilities::temperature`].
    pub temperature: Option<bool>,
    /// See [`Capabilities::seed`].
    pub seed: Option<bool>,
    /// See [`Capabilities::citations`].
    pub citations: Option<bool>,
}

impl CapabilitySettings {
    pub(super) fn over(self, usual: Capabilities) -> Capabilities {
        Capabilities {
            context_tokens: self.context_tokens.or(usual.context_tokens),
            output_tokens: self.output_tokens.or(usual.output_tokens),
            json_schema: self.json_schema.unwrap_or(usual.json_schema),
            temperature: self.temperature.unwrap_or(usual.temperature),
            seed: self.seed.unwrap_or(usual.seed),
            citations: self.citations.unwrap_or(usual.citations),
        }
    }
}
