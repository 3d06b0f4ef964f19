use crate::{
    provider::{ChatFormat, ChatRequest},
    wire::Asked,
};

impl Asked for ChatRequest {
    fn texts(&self) -> Vec<&str> {
        let passages = self.passages.iter().flat_map(|passage| [passage.title.as_str(), passage.text.as_str()]);
        let messages = self.messages.iter().map(|message| message.text.as_str());
        let format = match &self.format {
            ChatFormat::Json { name, .. } => Some(name.as_str()),
            ChatFormat::Text => None,
        };
        self.system.as_deref().into_iter().chain(passages).chain(messages).chain(format).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::{ChatMessage, ChatPassage, ChatRole};

    #[test]
    fn every_text_of_a_request_is_one_that_must_not_come_back() {
        let request = ChatRequest {
            messages: vec![ChatMessage { role: ChatRole::User, text: "question".to_owned() }],
            passages: vec![ChatPassage { title: "title".to_owned(), text: "passage".to_owned() }],
            system: Some("instructions".to_owned()),
            format: ChatFormat::Json { name: "name".to_owned(), schema: serde_json::json!({}) },
            ..ChatRequest::default()
        };
        assert_eq!(request.texts(), ["instructions", "title", "passage", "question", "name"]);
    }
}
