use serde_json::Value;

use crate::wire::machine_word;

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

/// Those of `names` that are likest to one that there is not, the likest first; others only when none is like it. What is no name of a
/// machine is left out: it may be anybody's text.
pub(super) fn nearest<'a>(asked: &str, names: &[&'a str], at_most: usize) -> Vec<&'a str> {
    let asked: String = asked.chars().take(LONGEST).collect::<String>().to_lowercase();
    // Of what is left to tell apart a person sees the rest.
    let names = names.iter().copied().take(1000).filter(|name| machine_word(name).is_some());
    let mut found: Vec<(usize, &str)> = names.map(|name| (unlikeness(&asked, &name.to_lowercase()), name)).collect();
    found.sort_unstable();
    let near = found.iter().take_while(|(unlikeness, _)| *unlikeness < FAR).count();
    found.truncate(if near == 0 { at_most } else { near.min(at_most) });
    found.into_iter().map(|(_, name)| name).collect()
}

/// No name that is compared is longer.
const LONGEST: usize = 80;
/// From here on two names have nothing to do with each other.
const FAR: usize = 100;

/// How little two names are like each other: less when one begins or ends with the other (`qwen3` and `qwen3:8b`, `x/y` and `y`), else
/// by the letters that differ.
fn unlikeness(asked: &str, name: &str) -> usize {
    let end = |text: &str| text.rsplit('/').next().unwrap_or_default().to_owned();
    let (short, long) = (end(asked), end(name));
    if asked == name || short == long {
        return 0;
    }
    if !short.is_empty() && !long.is_empty() && (long.starts_with(&short) || short.starts_with(&long)) {
        return 1 + long.len().abs_diff(short.len()).min(20);
    }
    let different = strsim::levenshtein(&short, &long);
    if different <= short.len().max(long.len()) / 3 { 30 + different } else { FAR }
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

    #[test]
    fn names_that_are_like_the_one_asked_for_come_first_and_others_only_when_there_is_none() {
        let names = ["llama3.1:8b", "qwen3:14b", "qwen3:8b", "qwen2.5:7b", "Qwen/Qwen3-8B", "no name of\na machine"];
        assert_eq!(nearest("qwen3", &names, 5), ["Qwen/Qwen3-8B", "qwen3:8b", "qwen3:14b"]);
        assert_eq!(nearest("Qwen3-8B", &names, 5)[0], "Qwen/Qwen3-8B", "without who made it");
        assert_eq!(nearest("qwen3:8b-q4_K_M", &names, 5)[0], "qwen3:8b");
        assert_eq!(nearest("lama3.1:8b", &names, 5), ["llama3.1:8b"], "by a letter");
        assert_eq!(nearest("gpt-5", &names, 2), ["Qwen/Qwen3-8B", "llama3.1:8b"], "none is like it");
        assert_eq!(nearest("", &[], 5), [""; 0]);
    }

    #[test]
    fn a_name_without_end_is_compared_by_its_beginning() {
        let endless = format!("qwen3:8b{}", "x".repeat(1 << 20));
        let names = vec!["llama3.1:8b-instruct-fp16-and-more-of-a-name-that-is-long"; 1000];
        assert_eq!(nearest(&endless, &[&names[..], &["qwen3:8b"]].concat(), 5).len(), 5);
    }
}
