//! The characters that a glyph stands for.

use hayro_interpret::hayro_cmap::BfString;
use unicode_normalization::UnicodeNormalization;

pub(super) const SOFT_HYPHEN: char = '\u{ad}';

/// The characters that a glyph stands for, ligatures taken apart. Controls and what has no meaning of its own are left out.
pub(super) fn characters(text: Option<&BfString>) -> impl Iterator<Item = char> {
    let (one, many) = match text {
        Some(BfString::Char(ch)) => (Some(*ch), ""),
        Some(BfString::String(text)) => (None, text.as_str()),
        None => (None, ""),
    };
    one.into_iter().chain(many.chars()).flat_map(|ch| {
        let ligature = matches!(ch, '\u{fb00}'..='\u{fb06}');
        let plain = (!ligature).then(|| symbol(ch)).flatten();
        std::iter::once(ch).filter(move |_| ligature).nfkc().chain(plain)
    })
}

/// One character as it stands in the text: white space as a space, symbols of the private area by what they show.
fn symbol(ch: char) -> Option<char> {
    Some(match ch {
        '\u{fffd}' | '\u{feff}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' => return None,
        _ if ch.is_whitespace() => ' ',
        _ if ch.is_control() => return None,
        '\u{f0b7}' | '\u{f0a8}' | '\u{f09f}' => '•',
        '\u{f0a7}' | '\u{f06e}' => '▪',
        '\u{f0d8}' => '➢',
        '\u{f0fc}' => '✓',
        '\u{f02d}' => '-',
        '\u{f020}' => ' ',
        '\u{e000}'..='\u{f8ff}' => return None,
        _ => ch,
    })
}

/// Tag characters show nothing and are read by machines.
pub(super) fn is_tag(ch: char) -> bool {
    matches!(ch, '\u{e0000}'..='\u{e007f}')
}
