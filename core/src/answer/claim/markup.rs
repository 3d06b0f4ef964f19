//! What a reader's program might act on, were a claim shown in it: links, images, tags, and characters that are not seen.
//!
//! Words and figures are compared elsewhere; a link of one-letter words to a short host has none of either, and carries data away all the
//! same. No sentence of an answer needs markup: a document that has some may be told to have it by a quote. An address must stand in the
//! evidence as it stands in the claim.

use crate::answer::evidence::Evidence;

/// Whether `claim` has markup, an address that no evidence has, or characters that nobody sees.
pub(super) fn unproven(claim: &str, evidence: &[Evidence]) -> bool {
    let stands = |piece: &str| evidence.iter().any(|one| one.sentence.contains(piece) || one.quote.contains(piece));
    claim.chars().any(is_hidden)
        || claim
            .split_whitespace()
            .any(|piece| is_markup(piece) || is_address(piece) && !stands(piece.trim_end_matches(['.', ',', ';', ':'])))
}

/// Whether a piece without blanks has the signs of a link, an image, a tag, a character reference or a script.
fn is_markup(piece: &str) -> bool {
    let tag = |c: char| c.is_alphabetic() || matches!(c, '/' | '!' | '?');
    ["](", "![", "&#"].iter().any(|sign| piece.contains(sign))
        || is_followed(piece, "<", tag)
        || ["javascript:", "vbscript:", "data:"]
            .iter()
            .any(|scheme| is_followed(&piece.to_ascii_lowercase(), scheme, |c| !c.is_whitespace()))
}

/// Whether it has those of an address, or of a link to one that is named elsewhere.
fn is_address(piece: &str) -> bool {
    let begins = |c: char| c.is_alphanumeric() || matches!(c, '/' | '\\' | '[' | '%');
    ["][", "]:"].iter().any(|sign| piece.contains(sign))
        || is_followed(piece, "//", begins)
        || is_followed(piece, "\\\\", begins)
        || is_followed(&piece.to_ascii_lowercase(), "www.", begins)
}

fn is_followed(piece: &str, sign: &str, by: impl Fn(char) -> bool) -> bool {
    piece.match_indices(sign).any(|(at, _)| piece[at + sign.len()..].starts_with(&by))
}

/// Characters that move a cursor, turn the direction of text, or carry text that nobody sees.
fn is_hidden(c: char) -> bool {
    c.is_control() && !matches!(c, '\n' | '\t' | '\r')
        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{e0000}'..='\u{e0fff}' | '\u{fe00}'..='\u{fe0f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(claim: &str) -> bool {
        let text = "Siehe https://bundesanzeiger.de/pub und <b>A</b> bei a < b, Konten 1200/1201 [2] und (siehe Anlage).";
        unproven(claim, &[Evidence { quote: text, sentence: text, ..Evidence::default() }])
    }

    #[test]
    fn links_images_tags_and_hidden_text_that_no_evidence_has_are_found() {
        for claim in [
            "Sie beträgt 4 [mehr](//t.co/4).",
            "![](//x.y) Sie beträgt 4.",
            "Sie beträgt 4.\n[a]: //x.y",
            "Sie [beträgt][a] 4.",
            "<b>A</b> beträgt 4.",
            "Sie beträgt 4 <svg/onload=alert(1)>",
            "Sie beträgt 4 </p>",
            "Sie beträgt 4 <!--",
            "JavaScript:alert(1)",
            "data:text/html,x",
            "Sie beträgt 4, &#60;",
            "siehe https://evil.example",
            "siehe www.evil.example",
            "\\\\evil\\share",
            "Sie beträgt \u{1b}[2J 4.",
            "Sie beträgt \u{9b}2J 4.",
            "Sie \u{202e}beträgt 4.",
            "Sie beträgt 4.\u{e0041}\u{e0042}",
            "Sie beträgt 4.\u{fe01}",
        ] {
            assert!(found(claim), "{claim}");
        }
    }

    #[test]
    fn what_stands_in_the_evidence_or_is_plain_text_is_not() {
        for claim in [
            "Siehe https://bundesanzeiger.de/pub.",
            "A gilt, wenn a < b und 4<5.",
            "Die Prüfung umfasst folgende data: Umsatz.",
            "Die Konten 1200/1201 [2] (siehe Anlage) betragen 4 %.",
            "Soll/Haben, und/oder; 1.000 & 2.000",
            "Zeile eins\nZeile zwei\tSpalte",
            "Rück\u{ad}stellung",
        ] {
            assert!(!found(claim), "{claim}");
        }
    }
}
