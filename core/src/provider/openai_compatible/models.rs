use serde_json::Value;

/// A model that a server offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedModel {
    /// Its name.
    pub id: String,
    /// Tokens of its window, from servers that say so.
    pub context_tokens: Option<u32>,
}

/// The models of `/v1/models`, which llama.cpp lists twice and Ollama's own interface under another name.
pub(super) fn listed(answer: &Value) -> Option<Vec<ListedModel>> {
    let list = answer.get("data").or_else(|| answer.get("models"))?.as_array()?;
    let model = |entry: &Value| {
        let id = ["id", "model", "name"].iter().find_map(|key| entry.get(key)?.as_str())?;
        // vLLM's place, and llama.cpp's.
        let window = entry.get("max_model_len").or_else(|| entry.pointer("/meta/n_ctx")).and_then(Value::as_u64);
        Some(ListedModel { id: id.to_owned(), context_tokens: window.and_then(|tokens| u32::try_from(tokens).ok()) })
    };
    Some(list.iter().filter_map(model).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn models_are_listed_by_data_and_only_without_it_by_models() {
        let ids = |answer: Value| listed(&answer).map(|models| models.into_iter().map(|model| model.id).collect::<Vec<_>>());
        let llama = json!({"models": [{"name": "a.gguf", "model": "a.gguf"}], "object": "list", "data": [{"id": "a", "meta": {"n_ctx": 4096}}]});
        assert_eq!(listed(&llama).unwrap(), [ListedModel { id: "a".to_owned(), context_tokens: Some(4096) }]);
        assert_eq!(ids(json!({"models": [{"name": "b:latest"}]})).unwrap(), ["b:latest"]);
        assert_eq!(listed(&json!({"data": [{"id": "c", "max_model_len": 32768}]})).unwrap()[0].context_tokens, Some(32768));
        assert_eq!(ids(json!({"data": [{}, 7, {"id": "d"}]})).unwrap(), ["d"]);
        assert_eq!(ids(json!({"error": "x"})), None);
    }
}
