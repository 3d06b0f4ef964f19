//! The `tokenizers` crate is the oracle.

use std::path::Path;

use proptest::prelude::*;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::*;
use crate::tokenize::{HfTokenizer, Tokenizer};

/// A small vocabulary: special tokens, letters of several scripts, some words and parts of words.
fn vocabulary() -> Vec<(String, f64)> {
    let mut pieces: Vec<(String, f64)> = ["<s>", "<pad>", "</s>", "<unk>"].map(|piece| (piece.to_owned(), 0.0)).to_vec();
    pieces.push(("▁".to_owned(), -3.5));
    for (at, c) in "abcdefghiklmnoprstuvwzäöüß0123456789.,-§％が～fi".chars().enumerate() {
        pieces.push((c.to_string(), -6.0 - (at % 7) as f64 / 3.0));
    }
    let words = [
        "▁die", "▁der", "rück", "stell", "ung", "ungen", "▁für", "▁pen", "sion", "en", "▁20", "25", "ü", "ss", "aa", "aaa", "▁a",
    ];
    pieces.extend(words.iter().enumerate().map(|(at, word)| (word.to_string(), -7.0 - at as f64 * 0.37)));
    pieces
}

fn tokenizer_json(normalizer: Value) -> Vec<u8> {
    let special = ["<s>", "<pad>", "</s>", "<unk>"];
    let added: Vec<_> = special
        .iter()
        .enumerate()
        .map(|(id, name)| {
            json!({"id": id, "content": name, "single_word": false, "lstrip": false, "rstrip": false, "normalized": false,
                "special": true})
        })
        .collect();
    let metaspace = json!({"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": true});
    let single = json!([{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
        {"SpecialToken": {"id": "</s>", "type_id": 0}}]);
    serde_json::to_vec(&json!({
        "version": "1.0", "truncation": null, "padding": null, "added_tokens": added,
        "normalizer": normalizer,
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "WhitespaceSplit"}, metaspace]},
        "post_processor": {"type": "TemplateProcessing", "single": single, "pair": single.as_array().map(|parts| {
            let mut parts = parts.clone();
            parts.push(json!({"Sequence": {"id": "B", "type_id": 1}}));
            parts
        }), "special_tokens": {"<s>": {"id": "<s>", "ids": [0], "tokens": ["<s>"]},
            "</s>": {"id": "</s>", "ids": [2], "tokens": ["</s>"]}}},
        "decoder": metaspace,
        "model": {"type": "Unigram", "unk_id": 3, "byte_fallback": false, "vocab": vocabulary()},
    }))
    .unwrap()
}

fn nmt_nfkc() -> Value {
    let replace = |from: &str, to: &str| json!({"type": "Replace", "pattern": {"String": from}, "content": to});
    json!({"type": "Sequence", "normalizers": [{"type": "Nmt"}, replace("～", "\u{f0000}"), {"type": "NFKC"},
        replace("\u{f0000}", "～")]})
}

/// A `precompiled_charsmap` as SentencePiece writes it, for few keys.
fn charsmap() -> Value {
    let rules: &[(&str, &str)] =
        &[("\t", " "), ("\n", " "), ("\u{a0}", " "), ("\u{7f}", ""), ("a\u{308}", "ä"), ("ﬁ", "fi"), ("％", "%"), ("…", "...")];
    let mut replacements = Vec::new();
    let mut keys: Vec<(&[u8], u32)> = Vec::new();
    for (from, to) in rules {
        keys.push((from.as_bytes(), replacements.len() as u32));
        replacements.extend_from_slice(to.as_bytes());
        replacements.push(0);
    }
    keys.sort_unstable();
    // Units of darts-clone: a block of 256 slots for each node, so that nothing collides.
    let mut units = vec![0u32; 256];
    let mut nodes = vec![(0usize, 0..keys.len(), 0usize)];
    while let Some((node, range, depth)) = nodes.pop() {
        let block = units.len();
        units.resize(block + 256, 0);
        // The offset is exclusive-or: a node's children lie in the block with their label in the low byte.
        let offset = (node ^ block) as u32;
        units[node] |= offset << 10;
        let mut at = range.start;
        while at < range.end {
            let label = keys[at].0.get(depth).copied().unwrap_or(0);
            let same = keys[at..range.end].iter().take_while(|(key, _)| key.get(depth).copied().unwrap_or(0) == label).count();
            let child = block ^ usize::from(label);
            if label == 0 {
                units[node] |= 1 << 8;
                units[child] = 1 << 31 | keys[at].1;
            } else {
                units[child] |= u32::from(label);
                nodes.push((child, at..at + same, depth + 1));
            }
            at += same;
        }
    }
    let mut table = ((units.len() * 4) as u32).to_le_bytes().to_vec();
    table.extend(units.iter().flat_map(|unit| unit.to_le_bytes()));
    table.extend(replacements);
    json!({"type": "Precompiled", "precompiled_charsmap": base64(&table)})
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let bits = three.iter().fold(0u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - three.len()));
        for digit in 0..4 {
            text.push(if digit <= three.len() { DIGITS[(bits >> (18 - 6 * digit) & 63) as usize] as char } else { '=' });
        }
    }
    text
}

fn both(normalizer: Value) -> (UnigramTokenizer, HfTokenizer) {
    let json = tokenizer_json(normalizer);
    let ours = UnigramTokenizer::compile(&json, Sha256::digest(&json).into()).expect("it is of this kind");
    (ours, HfTokenizer::from_json(&json, Path::new("tokenizer.json")).unwrap())
}

fn text() -> impl Strategy<Value = String> {
    let some = prop_oneof![
        4 => "[a-zäöüß ]{1,6}",
        2 => prop_oneof![
            Just("die Rückstellungen"), Just("für Pensionen"), Just("aaaaaa"), Just("2025"), Just("fu\u{308}r"), Just("ﬁn"),
            Just("％"), Just("か\u{3099}"), Just("10～20"), Just("▁"), Just("…"), Just("\u{ac00}\u{11a8}")
        ].prop_map(str::to_owned),
        2 => "[ \t\n\r\u{a0}\u{200b}\u{b}\u{c}\u{85}\u{2028}\u{3000}]",
        1 => "[\u{300}-\u{30a}]",
        1 => any::<char>().prop_filter("names of special tokens differ on purpose", |c| *c != '<').prop_map(String::from),
    ];
    proptest::collection::vec(some, 0..16).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn ids_are_those_of_the_tokenizers_crate(texts in proptest::collection::vec(text(), 1..8), room in 2usize..40) {
        for normalizer in [Value::Null, nmt_nfkc(), charsmap()] {
            let (ours, theirs) = both(normalizer);
            for text in &texts {
                prop_assert_eq!(ours.encode(text, usize::MAX).unwrap(), theirs.encode(text, usize::MAX).unwrap(), "{:?}", text);
                prop_assert_eq!(ours.encode(text, room).unwrap(), theirs.encode(text, room).unwrap());
                prop_assert_eq!(ours.count(text).unwrap(), theirs.count(text).unwrap());
            }
        }
    }

    #[test]
    fn ends_ascend_and_lie_between_characters(text in text()) {
        for normalizer in [Value::Null, nmt_nfkc(), charsmap()] {
            let (ours, theirs) = both(normalizer);
            for tokenizer in [&ours as &dyn Tokenizer, &theirs] {
                let ends = tokenizer.token_ends(&text).unwrap();
                prop_assert_eq!(ends.len(), tokenizer.count(&text).unwrap());
                prop_assert!(ends.is_sorted());
                prop_assert!(ends.iter().all(|end| text.is_char_boundary(*end as usize)));
            }
        }
    }

    #[test]
    fn a_text_cut_at_a_words_end_keeps_its_tokens(first in text(), second in text()) {
        let (ours, _) = both(nmt_nfkc());
        let ids = |text: &str| {
            let ids = ours.encode(text, usize::MAX).unwrap();
            ids[1..ids.len() - 1].to_vec()
        };
        prop_assert_eq!([ids(&first), ids(&second)].concat(), ids(&format!("{first} {second}")));
    }

    #[test]
    fn a_kept_vocabulary_is_read_as_it_was_written(damage in any::<prop::sample::Index>()) {
        let json = tokenizer_json(charsmap());
        let digest: [u8; 32] = Sha256::digest(&json).into();
        let compiled = UnigramTokenizer::compile(&json, digest).unwrap();
        let mut bytes = compiled.to_bytes();
        let again = UnigramTokenizer::from_bytes(&bytes, digest).unwrap();
        prop_assert!(again.vocabulary == compiled.vocabulary);
        prop_assert!(UnigramTokenizer::from_bytes(&bytes, [0; 32]).is_none());
        let at = damage.index(bytes.len());
        prop_assert!(UnigramTokenizer::from_bytes(&bytes[..at], digest).is_none());
        bytes[at] ^= 1;
        prop_assert!(UnigramTokenizer::from_bytes(&bytes, digest).is_none());
    }
}

#[test]
fn names_of_special_tokens_in_a_text_are_text() {
    let (ours, _) = both(nmt_nfkc());
    let ids = ours.encode("die </s> der", 100).unwrap();
    assert_eq!(ids.iter().filter(|id| **id == 2).count(), 1);
    assert_eq!(ids.last(), Some(&2));
}

#[test]
fn other_kinds_of_tokenizers_are_left_to_the_crate() {
    let whole = tokenizer_json(Value::Null);
    assert!(UnigramTokenizer::compile(&whole, [0; 32]).is_some());
    let with = |pointer: &str, value: Value| {
        let mut json: Value = serde_json::from_slice(&whole).unwrap();
        *json.pointer_mut(pointer).unwrap() = value;
        UnigramTokenizer::compile(&serde_json::to_vec(&json).unwrap(), [0; 32])
    };
    assert!(with("/model/byte_fallback", json!(true)).is_none());
    assert!(with("/model/type", json!("BPE")).is_none());
    assert!(with("/model/unk_id", json!(1_000_000)).is_none());
    assert!(with("/normalizer", json!({"type": "Lowercase"})).is_none());
    assert!(with("/pre_tokenizer", json!({"type": "Whitespace"})).is_none());
    assert!(with("/added_tokens/0/special", json!(false)).is_none());
    assert!(UnigramTokenizer::compile(b"{", [0; 32]).is_none());
}

#[test]
fn a_vocabulary_is_compiled_once_and_a_damaged_copy_is_made_again() {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("tokenizer.json");
    std::fs::write(&source, tokenizer_json(nmt_nfkc())).unwrap();
    let kept = folder.path().join("kept");
    let open = || crate::tokenize::open::open_kept_in(&source, Some(&kept)).unwrap();
    let ids = open().tokenizer.encode("für Pensionen", 100).unwrap();
    let file = std::fs::read_dir(&kept).unwrap().next().unwrap().unwrap().path();
    let whole = std::fs::read(&file).unwrap();
    assert_eq!(open().tokenizer.encode("für Pensionen", 100).unwrap(), ids);
    std::fs::write(&file, &whole[..whole.len() / 2]).unwrap();
    assert_eq!(open().tokenizer.encode("für Pensionen", 100).unwrap(), ids);
    assert_eq!(std::fs::read(&file).unwrap(), whole);
}
