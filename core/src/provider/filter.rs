/// What a provider's content filter found. Comes when it found something new or something worse, and says nothing of the text
/// itself.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct FilterReport {
    /// In what.
    pub subject: FilterSubject,
    /// What, each category once.
    pub findings: Vec<FilterFinding>,
}

/// What a content filter looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FilterSubject {
    /// What was asked.
    Prompt,
    /// What the model said.
    Answer,
}

/// One category of a content filter.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct FilterFinding {
    /// In the provider's words: `hate`, `jailbreak`, `protected_material_text`; `error` when the filter itself failed.
    pub category: String,
    /// How grave, in the provider's words: `safe`, `low`, `medium`, `high`.
    pub severity: Option<String>,
    /// Whether it was found; from categories that are there or not.
    pub detected: Option<bool>,
    /// Whether text was withheld for it.
    pub filtered: bool,
}
