//! Which `tokenizer.json` is of this room's kind.

use std::{borrow::Cow, collections::BTreeMap};

use serde::Deserialize;

use super::{
    charsmap::Charsmap,
    compiled::Compiled,
    double_array::DoubleArray,
    normalize::{FULLWIDTH_TILDE, Normalizer},
    viterbi::META,
};

/// What a vocabulary is compiled from.
pub(super) struct Source<'a> {
    pieces: Vec<(Cow<'a, str>, f64)>,
    unknown: u32,
    special: Vec<String>,
    size: u32,
    before: Vec<u32>,
    after: Vec<u32>,
    normalizer: Normalizer,
}

#[derive(Deserialize)]
struct TokenizerJson<'a> {
    #[serde(default)]
    added_tokens: Vec<AddedToken>,
    normalizer: Option<NormalizerJson>,
    pre_tokenizer: PreTokenizer,
    post_processor: Option<PostProcessor>,
    #[serde(borrow)]
    model: Unigram<'a>,
}

#[derive(Deserialize)]
struct AddedToken {
    id: u32,
    content: String,
    special: bool,
}

#[derive(Deserialize)]
#[serde(tag = "type")]
enum NormalizerJson {
    Sequence {
        normalizers: Vec<NormalizerJson>,
    },
    Precompiled {
        precompiled_charsmap: String,
    },
    Replace {
        pattern: Pattern,
        content: String,
    },
    Nmt,
    #[serde(rename = "NFKC")]
    Nfkc,
}

#[derive(Deserialize)]
enum Pattern {
    String(String),
    Regex(String),
}

#[derive(Deserialize)]
#[serde(tag = "type")]
enum PreTokenizer {
    Sequence { pretokenizers: Vec<PreTokenizer> },
    WhitespaceSplit,
    Metaspace { replacement: char, prepend_scheme: Option<String>, add_prefix_space: Option<bool>, split: Option<bool> },
}

#[derive(Deserialize)]
#[serde(tag = "type")]
enum PostProcessor {
    TemplateProcessing { single: Vec<TemplatePart>, special_tokens: BTreeMap<String, TemplateToken> },
}

#[derive(Deserialize)]
enum TemplatePart {
    SpecialToken { id: String },
    Sequence { id: String },
}

#[derive(Deserialize)]
struct TemplateToken {
    ids: Vec<u32>,
}

#[derive(Deserialize)]
struct Unigram<'a> {
    #[serde(rename = "type")]
    kind: Cow<'a, str>,
    unk_id: u32,
    #[serde(default)]
    byte_fallback: bool,
    #[serde(borrow)]
    vocab: Vec<(Cow<'a, str>, f64)>,
}

/// Reads a `tokenizer.json`; `None` when any part of it is of another kind.
pub(super) fn read(json: &[u8]) -> Option<Source<'_>> {
    let json: TokenizerJson<'_> = serde_json::from_slice(json).ok()?;
    let vocabulary = json.model.vocab.len();
    let plain = json.model.kind == "Unigram"
        && !json.model.byte_fallback
        && (json.model.unk_id as usize) < vocabulary
        && vocabulary < 1 << 30
        && json.added_tokens.iter().all(|token| token.special && token.id < 1 << 30)
        && json.model.vocab.iter().all(|(piece, score)| !piece.as_bytes().contains(&0) && score.is_finite());
    if !plain || !is_words_with_meta(&json.pre_tokenizer) {
        return None;
    }
    let (before, after) = template(json.post_processor)?;
    let last_added = json.added_tokens.iter().map(|token| token.id + 1).max().unwrap_or(0);
    Some(Source {
        size: last_added.max(vocabulary as u32),
        pieces: json.model.vocab,
        unknown: json.model.unk_id,
        special: json.added_tokens.into_iter().map(|token| token.content).collect(),
        before,
        after,
        normalizer: normalizer(json.normalizer)?,
    })
}

impl Source<'_> {
    /// Compiles the vocabulary; `digest` is that of the `tokenizer.json`.
    pub(super) fn compile(self, digest: [u8; 32]) -> Option<Compiled> {
        let scores: Vec<f64> = self.pieces.iter().map(|(_, score)| *score).collect();
        // Of a piece that is there twice the last one counts. Names of special tokens are no pieces of a text.
        let mut keys: Vec<(&[u8], u32)> =
            self.pieces.iter().enumerate().map(|(id, (piece, _))| (piece.as_bytes(), id as u32)).collect();
        keys.retain(|(piece, _)| !piece.is_empty() && !self.special.iter().any(|special| special.as_bytes() == *piece));
        keys.sort_by(|(a, a_id), (b, b_id)| a.cmp(b).then(b_id.cmp(a_id)));
        keys.dedup_by(|(b, _), (a, _)| a == b);
        Some(Compiled {
            digest,
            pieces: DoubleArray::build(&keys),
            least_score: scores.iter().copied().fold(f64::INFINITY, f64::min),
            scores,
            unknown: self.unknown,
            size: self.size,
            before: self.before,
            after: self.after,
            normalizer: self.normalizer,
        })
    }
}

fn is_words_with_meta(pre_tokenizer: &PreTokenizer) -> bool {
    let PreTokenizer::Sequence { pretokenizers } = pre_tokenizer else { return false };
    let [PreTokenizer::WhitespaceSplit, PreTokenizer::Metaspace { replacement, prepend_scheme, add_prefix_space, split }] =
        pretokenizers.as_slice()
    else {
        return false;
    };
    *replacement == META
        && prepend_scheme.as_deref().is_none_or(|scheme| scheme == "always")
        && add_prefix_space.unwrap_or(true)
        && split.unwrap_or(true)
}

/// Special tokens before and after a text.
fn template(post_processor: Option<PostProcessor>) -> Option<(Vec<u32>, Vec<u32>)> {
    let Some(PostProcessor::TemplateProcessing { single, special_tokens }) = post_processor else {
        return Some((Vec::new(), Vec::new()));
    };
    let mut sides = [Vec::new(), Vec::new()];
    let mut side = 0;
    for part in single {
        match part {
            TemplatePart::SpecialToken { id } => sides[side].extend(&special_tokens.get(&id)?.ids),
            TemplatePart::Sequence { id } if id == "A" && side == 0 => side = 1,
            TemplatePart::Sequence { .. } => return None,
        }
    }
    let [before, after] = sides;
    (side == 1).then_some((before, after))
}

fn normalizer(json: Option<NormalizerJson>) -> Option<Normalizer> {
    use NormalizerJson::{Nfkc, Nmt, Precompiled, Replace, Sequence};
    let mut steps = match json {
        None => Vec::new(),
        Some(Sequence { normalizers }) => normalizers,
        Some(one) => vec![one],
    };
    // Words are split at white space anyway, however much of it there is.
    steps.retain(|step| !matches!(step, Replace { pattern: Pattern::Regex(run), content } if run == " {2,}" && content == " "));
    match steps.as_slice() {
        [] => Some(Normalizer::None),
        [Nmt, Nfkc] => Some(Normalizer::NmtNfkc { tilde: None }),
        [
            Nmt,
            Replace { pattern: Pattern::String(from), content },
            Nfkc,
            Replace { pattern: Pattern::String(back), content: to },
        ] if back == content && from == to && *to == String::from(FULLWIDTH_TILDE) => {
            let mut meanwhile = content.chars();
            let tilde = meanwhile.next().filter(|c| ('\u{f0000}'..='\u{10fffd}').contains(c))?;
            meanwhile.next().is_none().then_some(Normalizer::NmtNfkc { tilde: Some(tilde) })
        }
        [Precompiled { precompiled_charsmap }] => {
            let map = Charsmap::new(base64(precompiled_charsmap)?)?;
            map.keeps_spaces().then_some(Normalizer::Charsmap(map))
        }
        _ => None,
    }
}

/// RFC 4648, section 4. `None` for anything else.
fn base64(text: &str) -> Option<Vec<u8>> {
    let digits = text.trim_end_matches('=');
    let mut bytes = Vec::with_capacity(digits.len() * 3 / 4);
    let (mut bits, mut held) = (0u32, 0);
    for digit in digits.bytes() {
        let value = match digit {
            b'A'..=b'Z' => digit - b'A',
            b'a'..=b'z' => digit - b'a' + 26,
            b'0'..=b'9' => digit - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held) as u8);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_read_as_rfc_4648_shows() {
        for (text, bytes) in [("", ""), ("Zg==", "f"), ("Zm8=", "fo"), ("Zm9v", "foo"), ("Zm9vYmFy", "foobar")] {
            assert_eq!(base64(text).as_deref(), Some(bytes.as_bytes()));
        }
        assert_eq!(base64("Zm 9"), None);
    }
}
