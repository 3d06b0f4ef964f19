//! `tokenizer.json` of XLM-RoBERTa's vocabulary.
//!
//! Its normalization is written as Nmt and NFKC, not as SentencePiece's table: that table differs from one version of
//! SentencePiece to the next, and this form is the same everywhere. A test of the Unigram tokenizer holds it against the
//! checkpoint's own map of all code points.

use std::io::{self, Write};

use serde_json::json;

use super::checkpoint::Checkpoint;

/// Stands for the fullwidth tilde while NFKC passes: SentencePiece keeps it, NFKC would not.
const MEANWHILE: char = '\u{f0000}';

pub(super) fn write<R>(checkpoint: &Checkpoint<R>, out: &mut impl Write) -> io::Result<()> {
    let special = checkpoint.special;
    let mut added = vec![(special.begin, "<s>"), (special.padding, "<pad>"), (special.end, "</s>"), (special.unknown, "<unk>")];
    if let Some(mask) = checkpoint.pieces.iter().position(|(piece, _)| piece == "<mask>") {
        added.push((mask as u32, "<mask>"));
    }
    added.sort_unstable();
    let added: Vec<_> = added
        .iter()
        .map(|(id, name)| {
            json!({"id": id, "content": name, "single_word": false, "lstrip": *name == "<mask>", "rstrip": false,
                "normalized": false, "special": true})
        })
        .collect();
    let replace =
        |from: char, to: char| json!({"type": "Replace", "pattern": {"String": from.to_string()}, "content": to.to_string()});
    let normalizer = json!({"type": "Sequence", "normalizers": [
        {"type": "Nmt"}, replace('～', MEANWHILE), {"type": "NFKC"}, replace(MEANWHILE, '～')]});
    let metaspace = json!({"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": true});
    let token = |name: &str| json!({"SpecialToken": {"id": name, "type_id": 0}});
    let text = |name: &str| json!({"Sequence": {"id": name, "type_id": 0}});
    let ids = |name: &str, id: u32| json!({"id": name, "ids": [id], "tokens": [name]});
    let post_processor = json!({"type": "TemplateProcessing",
        "single": [token("<s>"), text("A"), token("</s>")],
        "pair": [token("<s>"), text("A"), token("</s>"), token("</s>"), text("B"), token("</s>")],
        "special_tokens": {"<s>": ids("<s>", special.begin), "</s>": ids("</s>", special.end)}});
    let pre_tokenizer = json!({"type": "Sequence", "pretokenizers": [{"type": "WhitespaceSplit"}, metaspace]});
    write!(
        out,
        r#"{{"version":"1.0","truncation":null,"padding":null,"added_tokens":{},"normalizer":{normalizer},"pre_tokenizer":{pre_tokenizer},"post_processor":{post_processor},"decoder":{metaspace},"model":{{"type":"Unigram","unk_id":{},"byte_fallback":false,"vocab":["#,
        json!(added),
        special.unknown,
    )?;
    for (at, (piece, score)) in checkpoint.pieces.iter().enumerate() {
        let comma = if at == 0 { "" } else { "," };
        // Display of a float is its shortest exact decimal, without an exponent: the same in every version.
        write!(out, "{comma}[{},{:?}]", json!(piece), Score(*score))?;
    }
    out.write_all(b"]}}")
}

struct Score(f32);

impl std::fmt::Debug for Score {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let wide = f64::from(self.0);
        if wide.fract() == 0.0 { write!(f, "{wide}.0") } else { write!(f, "{wide}") }
    }
}
