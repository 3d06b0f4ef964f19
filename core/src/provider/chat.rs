use async_trait::async_trait;

use super::ChatStream;
use crate::{Error, Result};

/// A model that answers in words. Object-safe: a host picks one at run time.
#[async_trait]
pub trait ChatModel: Send + Sync {
    /// What goes on record as the requested model: `gpt-5.2`, `anthropic.claude-…`.
    fn name(&self) -> &str;

    /// The provider, by its name in OpenTelemetry's `gen_ai.provider.name`: `azure.ai.openai`, `aws.bedrock`, `anthropic`.
    fn provider(&self) -> &str;

    /// Whether what is sent leaves the operator's own machines.
    fn is_external(&self) -> bool;

    /// What it can do. A caller asks for nothing else; a provider leaves out what its model cannot.
    fn capabilities(&self) -> Capabilities;

    /// Everyone to whom a request may be sent. A model that wraps others names theirs and not itself.
    fn destinations(&self) -> Vec<Destination> {
        let (provider, model) = (self.provider().to_owned(), self.name().to_owned());
        vec![Destination { provider, model, is_external: self.is_external() }]
    }

    /// Sends a request. When it returns, nothing of the answer need have come yet. Dropping the stream ends the request and closes
    /// its connection.
    ///
    /// # Errors
    /// What went wrong before the first event, as a [`Failure`](super::Failure); later errors are items of the stream. A model that
    /// waits or tries again before it gives up says that as the first item as well.
    async fn chat(&self, request: ChatRequest) -> Result<ChatStream>;

    /// An error of this model with what its server says when it is asked further: which models there are, whether it wants TLS. For who
    /// sets a model up ([`probe`](super::probe)); it sends requests, and nothing of a prompt. A model that wraps others adds nothing.
    async fn diagnose(&self, error: Error) -> Error {
        error
    }
}

/// One to whom a request may be sent.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct Destination {
    /// See [`ChatModel::provider`].
    pub provider: String,
    /// See [`ChatModel::name`].
    pub model: String,
    /// See [`ChatModel::is_external`].
    pub is_external: bool,
}

/// What a model can do, as data: from the configuration or the provider's defaults, never guessed from a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Capabilities {
    /// Tokens of prompt and answer together, as far as it is known.
    pub context_tokens: Option<u32>,
    /// Tokens of an answer at most, as far as it is known.
    pub output_tokens: Option<u32>,
    /// Keeps to a JSON schema.
    pub json_schema: bool,
    /// Takes a temperature; models that reason often do not.
    pub temperature: bool,
    /// Takes a seed.
    pub seed: bool,
    /// Cites passages by itself, as [`ChatEvent::Citation`](super::ChatEvent::Citation). Not together with a schema.
    pub citations: bool,
}

/// What is asked of a chat model.
#[derive(Debug, Clone, PartialEq, Default, serde::Serialize, serde::Deserialize)]
pub struct ChatRequest {
    /// Instructions, apart from what a user or a document says.
    pub system: Option<String>,
    /// What the model is to draw on: text of documents, apart from instructions and conversation. Belongs to the last message.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub passages: Vec<ChatPassage>,
    /// The conversation, oldest first.
    pub messages: Vec<ChatMessage>,
    /// The form of the answer.
    #[serde(default)]
    pub format: ChatFormat,
    /// Tokens of the answer at most.
    pub max_tokens: Option<u32>,
    /// 0 for the likeliest words.
    pub temperature: Option<f32>,
    /// The same seed is to give the same answer, where the provider can.
    pub seed: Option<u64>,
    /// Who asks, so that layers that make requests wait can be fair: callers take turns, and whoever gives no name shares one turn with
    /// all others who give none. It is never sent and never recorded.
    #[serde(skip)]
    pub caller: Option<String>,
}

impl ChatRequest {
    /// The messages with the passages in front of the last one, for models to which a passage is text like any other. Angle
    /// brackets in a passage are escaped, so that none can end itself and go on as something else, and so is what servers read as
    /// control tokens wherever it stands: `<|im_start|>` has angle brackets, and `[INST]` gets a character that nobody sees, which
    /// makes no difference to a quote.
    pub fn rendered(&self) -> Vec<ChatMessage> {
        let mut messages = self.messages.clone();
        if let Some(last) = messages.last_mut().filter(|_| !self.passages.is_empty()) {
            let mut text = String::from("<passages>\n");
            for (i, passage) in self.passages.iter().enumerate() {
                let title = inert(&passage.title.replace('&', "&amp;").replace('"', "&quot;"));
                let body = inert(&passage.text);
                text.push_str(&format!("<passage number=\"{}\" source=\"{title}\">\n{body}\n</passage>\n", i + 1));
            }
            text.push_str("</passages>\n\n");
            last.text.insert_str(0, &text);
        }
        messages
    }
}

/// Text in which nothing is a tag or a control token.
fn inert(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '[' => {
                out.push('[');
                if is_control_word(&text[at + 1..]) {
                    out.push(WORD_JOINER);
                }
            }
            c => out.push(c),
        }
    }
    out
}

/// Seen by nobody, and by no tokenizer taken for nothing.
const WORD_JOINER: char = '\u{2060}';

/// Whether what stands behind a bracket is `INST]`, `/INST]`, `SYSTEM_PROMPT]`: capitals alone. Placeholders have a number.
fn is_control_word(text: &str) -> bool {
    let word = text.strip_prefix('/').unwrap_or(text);
    let length = word.bytes().take(32).take_while(|b| b.is_ascii_uppercase() || *b == b'_').count();
    length >= 2 && word[length..].starts_with(']')
}

/// A piece of a document that the model may draw on. Its number is its place, counted from 1.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ChatPassage {
    /// Where it stands: the document's name and page.
    pub title: String,
    /// Its words.
    pub text: String,
}

/// The form of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChatFormat {
    /// Words.
    #[default]
    Text,
    /// JSON after a schema. Of the schema the subset that all providers take: `type`, `properties`, `required`, `items`, `enum`,
    /// `additionalProperties: false`.
    Json {
        /// A name for it: letters, digits, `_`.
        name: String,
        /// The schema.
        schema: serde_json::Value,
    },
}

/// One message of a conversation.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ChatMessage {
    /// Whose.
    pub role: ChatRole,
    /// What it says.
    pub text: String,
}

/// Whose message it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChatRole {
    /// The user's.
    User,
    /// The model's.
    Assistant,
}

/// A whole answer.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ChatResponse {
    /// The provider's id of the response.
    pub id: Option<String>,
    /// The model that answered, which need not be the one that was asked for.
    pub model: Option<String>,
    /// What it says.
    pub text: String,
    /// Why it ended.
    pub stop: StopReason,
    /// What it took.
    pub usage: Usage,
}

/// Why an answer ended.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum StopReason {
    /// It was done.
    End,
    /// It reached the number of tokens; the text is cut.
    MaxTokens,
    /// The provider withheld it.
    ContentFilter,
    /// The model declined.
    Refusal,
    /// Another reason, in the provider's words.
    Other(String),
}

/// Tokens of a request and its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Usage {
    /// Of the prompt, those from a cache and those written to it included.
    pub input_tokens: u64,
    /// Of the prompt, those that came from the provider's cache.
    pub cached_tokens: u64,
    /// Of the prompt, those that were written to the provider's cache.
    #[serde(default)]
    pub cache_write_tokens: u64,
    /// Of the answer, thoughts included.
    pub output_tokens: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_asks_is_neither_recorded_nor_read_from_a_record() {
        let request = ChatRequest { caller: Some("mueller".to_owned()), seed: Some(1), ..ChatRequest::default() };
        let written = serde_json::to_string(&request).unwrap();
        assert!(!written.contains("mueller") && !written.contains("caller"), "{written}");
        let read: ChatRequest = serde_json::from_str(r#"{"messages": [], "caller": "mueller"}"#).unwrap();
        assert_eq!(read, ChatRequest::default());
    }
}
