//! Which language a text is in.

use whatlang::Lang;

use super::stop_words;
use crate::types::Language;

/// Letters that a text needs before its letters alone decide.
const LETTERS: usize = 60;

/// Characters that are looked at.
const SAMPLE: usize = 4000;

/// The language of a text: German or English where it clearly is one of them, [`Language::Other`] for any other, for
/// mixtures, and for tables and headings too short to tell.
pub fn language(text: &str) -> Language {
    let end = text.char_indices().nth(SAMPLE).map_or(text.len(), |(i, _)| i);
    let sample = &text[..end];
    let (mut german, mut english) = (0usize, 0usize);
    let mut lower = String::new();
    for word in sample.split(|c: char| !c.is_alphabetic()).filter(|w| !w.is_empty()) {
        lower.clear();
        super::fold::plain(word, &mut lower);
        match (stop_words::is_german(&lower), stop_words::is_english(&lower)) {
            (true, false) => german += 1,
            (false, true) => english += 1,
            _ => {}
        }
    }
    if german >= 2 && german >= 4 * english {
        return Language::De;
    }
    if english >= 2 && english >= 4 * german {
        return Language::En;
    }
    let letters = sample.chars().filter(|c| c.is_alphabetic()).count();
    if letters < LETTERS || (german > 2 && english > 2) {
        return Language::Other;
    }
    match whatlang::detect(sample) {
        Some(found) if found.is_reliable() => match found.lang() {
            Lang::Deu => Language::De,
            Lang::Eng => Language::En,
            _ => Language::Other,
        },
        _ => Language::Other,
    }
}
