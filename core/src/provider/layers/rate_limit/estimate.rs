use crate::provider::{Capabilities, ChatFormat, ChatRequest};

/// Tokens that a provider puts around a message.
const AROUND: u64 = 8;
/// Tokens of an answer where neither the request nor the model says how many there may be.
const UNTOLD_OUTPUT: u64 = 4096;

/// Tokens of a prompt at most, as far as one can say without the model's own tokenizer.
pub(super) fn input(request: &ChatRequest) -> u64 {
    let instructions = request.system.as_deref().unwrap_or_default();
    let mut tokens = text(instructions) + AROUND;
    for passage in &request.passages {
        tokens += text(&passage.title) + text(&passage.text) + 2 * AROUND;
    }
    for message in &request.messages {
        tokens += text(&message.text) + AROUND;
    }
    if let ChatFormat::Json { name, schema } = &request.format {
        tokens += text(name) + text(&schema.to_string()) + AROUND;
    }
    tokens
}

/// Tokens of an answer at most.
pub(super) fn output(request: &ChatRequest, can: &Capabilities) -> u64 {
    request.max_tokens.or(can.output_tokens).map_or(UNTOLD_OUTPUT, u64::from)
}

/// Tokens of a text. Of a run of letters one for three bytes, of digits one for two and one for a blank before them; for other signs one,
/// beyond Latin, Greek and Cyrillic two, and three for one of four bytes. Blanks belong to what follows.
///
/// Over German and English audit documents this is 1.1 to 1.7 times what the tokenizers of OpenAI's models make of them.
pub(super) fn text(text: &str) -> u64 {
    let (mut tokens, mut run, mut bytes) = (0, Run::None, 0u64);
    let mut after_blank = false;
    for c in text.chars() {
        let its = match c {
            '0'..='9' => Run::Digits,
            'a'..='z' | 'A'..='Z' | '\u{80}'..='\u{7ff}' => Run::Letters,
            _ => Run::None,
        };
        if its != run {
            tokens += run.tokens(bytes) + u64::from(after_blank && its == Run::Digits);
            (run, bytes) = (its, 0);
        }
        if its != Run::None {
            bytes += c.len_utf8() as u64;
        } else if c != ' ' {
            tokens += (c.len_utf8() as u64 - 1).max(1);
        }
        after_blank = c == ' ';
    }
    tokens + run.tokens(bytes)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Run {
    None,
    Letters,
    Digits,
}

impl Run {
    fn tokens(self, bytes: u64) -> u64 {
        match self {
            Self::None => 0,
            Self::Letters => bytes.div_ceil(3),
            Self::Digits => bytes.div_ceil(2),
        }
    }
}
