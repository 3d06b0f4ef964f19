//! Characters of the fonts Symbol and Wingdings, which have pictures where Unicode has others.

/// What `w:sym` or a bullet shows: `code` is a character of `font`, often in the private area U+F000 to U+F0FF.
pub(super) fn shown(font: Option<&str>, code: u32) -> Option<char> {
    let low = if (0xf000..=0xf0ff).contains(&code) { code - 0xf000 } else { code };
    let font = font.unwrap_or_default().to_ascii_lowercase();
    let known = match font.as_str() {
        "symbol" => symbol(low),
        "wingdings" => wingdings(low),
        "wingdings 2" => match low {
            0x50 | 0x51 => Some(if low == 0x50 { '✓' } else { '✗' }),
            0x52 => Some('☑'),
            0x53 | 0x54 => Some('☒'),
            0xa3 => Some('☐'),
            _ => None,
        },
        // Text bullets of Courier New are an `o`.
        _ => None,
    };
    known.or_else(|| if (0xf000..=0xf0ff).contains(&code) { None } else { char::from_u32(code) })
}

/// A list's bullet.
pub(super) fn bullet(text: &str, font: Option<&str>) -> String {
    text.chars()
        .map(|c| if c.is_ascii_alphanumeric() && font.is_none() { c } else { shown(font, c as u32).unwrap_or('•') })
        .collect()
}

fn symbol(code: u32) -> Option<char> {
    const GREEK: &str = "ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ";
    const SMALL: &str = "αβχδεφγηιϕκλμνοπθρστυϖωξψζ";
    Some(match code {
        0x41..=0x5a => GREEK.chars().nth(code as usize - 0x41)?,
        0x61..=0x7a => SMALL.chars().nth(code as usize - 0x61)?,
        0x2d => '−',
        0xa0 => '€',
        0xa3 => '≤',
        0xa5 => '∞',
        0xac => '←',
        0xad => '↑',
        0xae => '→',
        0xaf => '↓',
        0xb0 => '°',
        0xb1 => '±',
        0xb3 => '≥',
        0xb4 => '×',
        0xb6 => '∂',
        0xb7 => '•',
        0xb8 => '÷',
        0xb9 => '≠',
        0xba => '≡',
        0xbb => '≈',
        0xbc => '…',
        0xc6 => '∅',
        0xce => '∈',
        0xd5 => '∏',
        0xd6 => '√',
        0xd7 => '⋅',
        0xde => '⇒',
        0xe5 => '∑',
        0xf2 => '∫',
        0x20..=0x3f => char::from_u32(code)?,
        _ => return None,
    })
}

fn wingdings(code: u32) -> Option<char> {
    Some(match code {
        0x28 => '☎',
        0x2a => '✉',
        0x46 => '☞',
        0x4a => '☺',
        0x6c | 0x9f => '•',
        0x6e | 0xa7 => '▪',
        0x6f | 0xa8 => '☐',
        0x71..=0x72 => '❑',
        0x75..=0x76 => '❖',
        0xd8 => '➢',
        0xdf => '←',
        0xe0 | 0xe8 => '→',
        0xe1 => '↑',
        0xe2 => '↓',
        0xf0 => '⇨',
        0xfb => '✗',
        0xfc => '✓',
        0xfd => '☒',
        0xfe => '☑',
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_and_boxes_of_check_lists_are_characters() {
        assert_eq!(shown(Some("Wingdings"), 0xf0fc), Some('✓'));
        assert_eq!(shown(Some("Wingdings"), 0xfe), Some('☑'));
        assert_eq!(shown(Some("Symbol"), 0xf061), Some('α'));
        assert_eq!(shown(Some("Symbol"), 0xf05a), Some('Ζ'));
        assert_eq!(shown(None, 0x20ac), Some('€'));
        assert_eq!(shown(Some("Unknown"), 0xf041), None);
    }

    #[test]
    fn a_bullet_is_a_bullet_in_any_font() {
        assert_eq!(bullet("\u{f0b7}", Some("Symbol")), "•");
        assert_eq!(bullet("\u{f0a7}", Some("Wingdings")), "▪");
        assert_eq!(bullet("–", Some("Arial")), "–");
        assert_eq!(bullet("o", Some("Courier New")), "o");
        assert_eq!(bullet("\u{f0e9}", None), "•");
    }
}
