use rustc_hash::FxHashSet;

/// A run this long of what was asked is no accident.
const RUN: usize = 12;

/// What is sent and must not come back: text of somebody.
pub(crate) trait Asked: Send + Sync {
    /// Each text of it.
    fn texts(&self) -> Vec<&str>;
}

impl Asked for Vec<String> {
    fn texts(&self) -> Vec<&str> {
        self.iter().map(String::as_str).collect()
    }
}

/// Whether a message repeats what was asked: 12 or more bytes of any text of the request in a row, as they are, or 12 or more
/// letters and digits when everything else, case and escapes are left out, as in a text that was quoted or wrapped.
///
/// Linear in both.
pub(super) fn repeats(message: &str, asked: &dyn Asked) -> bool {
    let folded = folded(&unescaped(message));
    let (runs, folded_runs) = (runs(message.as_bytes()), runs(&folded));
    if runs.is_empty() && folded_runs.is_empty() {
        return false;
    }
    asked.texts().into_iter().any(|text| shares(&runs, text.as_bytes()) || shares(&folded_runs, &self::folded(text)))
}

/// Whether a message repeats a secret, or a run of it; a short one counts as a whole.
pub(super) fn reveals(message: &str, secrets: &[String]) -> bool {
    let runs = runs(message.as_bytes());
    secrets.iter().any(|secret| match secret.len() {
        0 => false,
        1..RUN => message.contains(secret.as_str()),
        _ => shares(&runs, secret.as_bytes()),
    })
}

fn runs(bytes: &[u8]) -> FxHashSet<&[u8]> {
    bytes.windows(RUN).collect()
}

fn shares(runs: &FxHashSet<&[u8]>, text: &[u8]) -> bool {
    !runs.is_empty() && text.windows(RUN).any(|run| runs.contains(run))
}

/// Without escapes of JSON: each is the character that it stands for.
fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        out.push_str(before);
        let code = after.strip_prefix('u').and_then(|digits| digits.get(..4));
        let code = code.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        rest = match (code, after.chars().next()) {
            (Some(code), _) => {
                out.extend(char::from_u32(code));
                after.get(5..).unwrap_or_default()
            }
            (None, Some('n' | 'r' | 't' | 'b' | 'f')) => after.get(1..).unwrap_or_default(),
            _ => after,
        };
    }
    out + rest
}

fn folded(text: &str) -> Vec<u8> {
    let letters: String = text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    letters.into_bytes()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn asking(text: &str) -> Vec<String> {
        [text, "Mandantenakte Nr. 7", "IBAN DE89 3704 0044 0532 0130 00", "Antworte nur aus den Stellen."]
            .map(str::to_owned)
            .into()
    }

    #[test]
    fn a_message_that_repeats_a_text_is_found_as_it_is_or_folded() {
        let request = asking("Wie hoch sind die Pensionsrückstellungen?");
        for message in [
            "Invalid input: 'hoch sind die Pensionsr'",
            "Invalid input: hoch sind\\ndie pensionsrückstellungen",
            "refused: Pensionsr\\u00fcckstellungen",
            "refused: Mandantenakte\\nNr. \\t7",
            "refused: DE89370400440532013000",
            "in document \"mandantenakte nr. 7\"",
            "system: Antworte nur aus",
        ] {
            assert!(repeats(message, &request), "{message}");
        }
        for message in
            ["", "The model does not support this parameter.", "Rate limit reached for gpt-5 in organization org-1", "IBAN DE89"]
        {
            assert!(!repeats(message, &request), "{message}");
        }
    }

    proptest! {
        #[test]
        fn no_run_of_twelve_characters_of_a_question_ever_passes(text in "[\\PC\n ]{12,60}", at in 0usize..48, before in "[a-z ]{0,8}") {
            let chars: Vec<char> = text.chars().collect();
            let run: String = chars.iter().skip(at.min(chars.len() - 12)).take(12).collect();
            let message = format!("{before}{run}!");
            prop_assert!(repeats(&message, &asking(&text)));
        }
    }

    #[test]
    fn a_secret_or_a_run_of_it_is_found() {
        let secrets = ["Bearer sk-0123456789abcdef".to_owned(), "kurz".to_owned(), String::new()];
        for message in ["Incorrect API key: sk-0123456789abcdef", "key 0123456789ab…", "the key \"kurz\" is wrong"] {
            assert!(reveals(message, &secrets), "{message}");
        }
        for message in ["", "Incorrect API key: sk-0123***cdef", "no key"] {
            assert!(!reveals(message, &secrets), "{message}");
        }
    }

    #[test]
    fn a_megabyte_of_prompt_is_compared_as_a_whole() {
        let text = "Abcdefghijk ".repeat(100_000);
        let message = "kjihgfedcba ".repeat(30);
        assert!(!repeats(&message, &asking(&text)) && repeats(&message, &asking(&(text + "kjihgfedcba"))));
    }
}
