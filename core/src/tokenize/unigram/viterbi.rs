//! The best split of a word into pieces (Kudo 2018): the one with the largest sum of scores.

use super::{Token, compiled::Compiled};

/// What stands before each word.
pub(super) const META: char = '▁';

/// Score of a character without a piece, below that of the worst piece; SentencePiece's figure.
const UNKNOWN_PENALTY: f64 = 10.0;

/// Buffers that are used again.
#[derive(Default)]
pub(super) struct Scratch {
    word: String,
    ends: Vec<u32>,
    best: Vec<Best>,
    back: Vec<(u32, u32)>,
    chars: Vec<(char, u32)>,
}

/// The best way to an end: its score, where its last piece starts, and that piece.
#[derive(Clone, Copy)]
struct Best {
    score: f64,
    start: u32,
    id: u32,
}

const NOWHERE: Best = Best { score: 0.0, start: u32::MAX, id: 0 };

impl Compiled {
    /// Appends the tokens of one chunk of the text, which holds any number of words.
    pub(super) fn split(&self, chunk: &str, scratch: &mut Scratch, tokens: &mut Vec<Token>) {
        let mut chars = std::mem::take(&mut scratch.chars);
        chars.clear();
        self.normalizer.normalize(chunk, &mut chars);
        let mut before = 0;
        scratch.word.clear();
        scratch.ends.clear();
        for &(c, end) in &chars {
            if c.is_whitespace() {
                self.word(scratch, tokens);
            } else {
                if c == META {
                    self.word(scratch, tokens);
                } else if scratch.word.is_empty() {
                    scratch.push(META, before);
                }
                scratch.push(c, end);
            }
            before = end;
        }
        self.word(scratch, tokens);
        scratch.chars = chars;
    }

    /// Appends the tokens of the word in `scratch` and takes it from there.
    fn word(&self, scratch: &mut Scratch, tokens: &mut Vec<Token>) {
        let Scratch { word, ends, best, back, .. } = scratch;
        if word.is_empty() {
            return;
        }
        let unknown_score = self.least_score - UNKNOWN_PENALTY;
        best.clear();
        best.resize(word.len() + 1, NOWHERE);
        for (start, c) in word.char_indices() {
            let till_here = best[start].score;
            let mut reach = |length: usize, id: u32, score: f64| {
                let way = &mut best[start + length];
                let score = score + till_here;
                if way.start == u32::MAX || score > way.score {
                    *way = Best { score, start: start as u32, id };
                }
            };
            let mut alone = false;
            self.pieces.prefixes(&word.as_bytes()[start..], |length, id| {
                // A piece ends where a character does; a damaged vocabulary could say otherwise.
                if word.is_char_boundary(start + length) {
                    let score = self.scores.get(id as usize).copied().unwrap_or(unknown_score);
                    reach(length, id, score);
                    alone |= length == c.len_utf8();
                }
            });
            if !alone {
                reach(c.len_utf8(), self.unknown, unknown_score);
            }
        }
        back.clear();
        let mut end = word.len();
        while end > 0 {
            let way = best[end];
            back.push((way.id, end as u32));
            end = way.start as usize;
        }
        let mut unknown_before = false;
        for &(id, end) in back.iter().rev() {
            let token = Token { id, end: ends[end as usize - 1] };
            let unknown = id == self.unknown;
            match tokens.last_mut() {
                // Unknown characters in a row are one token.
                Some(last) if unknown && unknown_before => *last = token,
                _ => tokens.push(token),
            }
            unknown_before = unknown;
        }
        word.clear();
        ends.clear();
    }
}

impl Scratch {
    fn push(&mut self, c: char, end: u32) {
        self.word.push(c);
        self.ends.resize(self.word.len(), end);
    }
}
