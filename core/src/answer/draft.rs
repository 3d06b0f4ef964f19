//! What a chat model writes, claim by claim, while it is still writing. Nothing of it is checked yet.

use crate::{
    Result,
    provider::{ChatEvent, Failure},
};

/// Longer answers are no answers.
const MOST_BYTES: usize = 1 << 20;
/// Claims nest no deeper.
const MOST_DEPTH: usize = 16;

/// A claim as the model makes it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct DraftClaim {
    /// What it rests on.
    #[serde(default)]
    pub citations: Vec<DraftCitation>,
    /// What it says.
    pub text: String,
}

/// A citation as the model gives it: number and words may be anything.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct DraftCitation {
    /// The number of the passage, from 1; 0 when it is no number.
    #[serde(deserialize_with = "number")]
    pub passage: i64,
    /// The words.
    pub quote: String,
}

/// A model without a schema may write `"1"`, or `1.0`.
fn number<'de, D: serde::Deserializer<'de>>(deserializer: D) -> std::result::Result<i64, D::Error> {
    let value: serde_json::Value = serde::Deserialize::deserialize(deserializer)?;
    Ok(match &value {
        serde_json::Value::String(text) => text.trim().parse().unwrap_or(0),
        other => other.as_i64().or_else(|| other.as_f64().filter(|n| n.fract() == 0.0).map(|n| n as i64)).unwrap_or(0),
    })
}

/// Reads a draft as it comes: JSON objects with `citations` and `text`, wherever they stand, or sentences with citations of the
/// provider's own.
#[derive(Debug, Default)]
pub struct Draft {
    text: String,
    /// Up to here `text` was read.
    read: usize,
    /// Where the brackets that are open began.
    open: Vec<usize>,
    is_string: bool,
    is_escaped: bool,
    /// Where the last string began, behind its quotation mark.
    string: usize,
    /// Whether the last string is the name of a claim's text.
    is_named: bool,
    /// Up to here the text of the claim that is open was shown; `None` outside of one.
    shown: Option<usize>,
    /// What was written of claims' texts since it was last asked for.
    preview: String,
    /// Citations since `cited`, of the provider's own.
    citations: Vec<DraftCitation>,
    /// Up to here `text` belongs to claims that have their citations.
    cited: usize,
    is_native: bool,
    claims: usize,
    complete: Option<bool>,
}

impl Draft {
    /// Takes what came, and returns the claims that are whole now.
    ///
    /// # Errors
    /// [`Failure::Malformed`] when it is longer or deeper than any answer needs to be.
    pub fn push(&mut self, event: &ChatEvent) -> Result<Vec<DraftClaim>> {
        let claims = match event {
            ChatEvent::Citation { passage, quote } => {
                self.is_native = true;
                let passage = i64::try_from(*passage).map_or(i64::MAX, |passage| passage.saturating_add(1));
                self.citations.push(DraftCitation { passage, quote: quote.clone() });
                Vec::new()
            }
            ChatEvent::Text(text) => {
                // Citations stand behind their sentence: with more text it is whole.
                let ended = self.native();
                self.text.push_str(text);
                if self.text.len() > MOST_BYTES {
                    return Err(Failure::Malformed.error().with("reason", "the answer is longer than 1 MiB"));
                }
                let mut claims: Vec<_> = ended.into_iter().collect();
                if self.is_native {
                    self.preview.push_str(text);
                } else {
                    claims.append(&mut self.objects()?);
                    self.show(self.read);
                }
                claims
            }
            _ => Vec::new(),
        };
        self.claims += claims.len();
        Ok(claims)
    }

    /// What is left when the model is done: the last claim, and text without any citation.
    pub fn finish(&mut self) -> Vec<DraftClaim> {
        let mut claims: Vec<_> = self.native().into_iter().collect();
        let rest = self.text[self.cited..].trim();
        let says_none =
            rest.trim_end_matches('.').eq_ignore_ascii_case("none") || rest.trim_end_matches('.').eq_ignore_ascii_case("keine");
        // Sentences that nothing stands behind; not the pieces of an object that broke off.
        if !rest.is_empty() && !says_none && (self.is_native || !rest.contains('{')) && self.claims == 0 {
            claims.push(DraftClaim { citations: Vec::new(), text: rest.to_owned() });
        }
        self.cited = self.text.len();
        self.claims += claims.len();
        claims
    }

    /// What the model wrote of the texts of claims since this was last asked for, before they are whole.
    pub fn preview(&mut self) -> String {
        std::mem::take(&mut self.preview)
    }

    /// All that the model wrote.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether the model says that it answered the whole question; `None` when it does not say.
    pub fn is_complete(&self) -> Option<bool> {
        self.complete
    }

    /// The claim whose citations came.
    fn native(&mut self) -> Option<DraftClaim> {
        if self.citations.is_empty() {
            return None;
        }
        let text = self.text[self.cited..].trim().to_owned();
        self.cited = self.text.len();
        let citations = std::mem::take(&mut self.citations);
        (!text.is_empty()).then_some(DraftClaim { citations, text })
    }

    /// Claims among the JSON objects that were closed.
    fn objects(&mut self) -> Result<Vec<DraftClaim>> {
        let mut claims = Vec::new();
        while let Some(byte) = self.text.as_bytes().get(self.read).copied() {
            let at = self.read;
            self.read += 1;
            match byte {
                _ if self.is_escaped => self.is_escaped = false,
                b'\\' if self.is_string => self.is_escaped = true,
                // Outside of brackets it is prose.
                b'"' if self.is_string => {
                    self.show(at);
                    (self.is_string, self.shown) = (false, None);
                    self.is_named = self.text.get(self.string..at) == Some("text");
                }
                b'"' if !self.open.is_empty() => {
                    (self.is_string, self.string) = (true, self.read);
                    self.shown = self.is_named.then_some(self.read);
                }
                _ if self.is_string => {}
                b':' | b' ' | b'\n' | b'\t' | b'\r' => {}
                b'{' | b'[' => {
                    if self.open.len() == MOST_DEPTH {
                        return Err(Failure::Malformed.error().with("reason", "the answer nests too deeply"));
                    }
                    self.open.push(at);
                    self.is_named = false;
                }
                b'}' | b']' => {
                    self.is_named = false;
                    let Some(start) = self.open.pop() else { continue };
                    if byte == b'}' {
                        self.object(start, &mut claims);
                    }
                }
                _ => self.is_named = false,
            }
        }
        Ok(claims)
    }

    /// Shows what stands in an open text up to `end`, but for an escape that is not whole yet.
    fn show(&mut self, end: usize) {
        let Some(from) = self.shown else { return };
        let raw = &self.text[from..end];
        // An escape is six bytes at most, and twelve where two make one character.
        let whole = (0..=raw.len().min(12)).map(|less| raw.len() - less).filter(|len| raw.is_char_boundary(*len));
        let decoded = |len: usize| serde_json::from_str::<String>(&format!("\"{}\"", &raw[..len])).ok().map(|text| (len, text));
        match whole.into_iter().find_map(decoded) {
            Some((len, text)) => {
                self.preview.push_str(&text);
                self.shown = Some(from + len);
            }
            // What cannot be read is not tried again and again.
            None if raw.len() > 256 => self.shown = None,
            None => {}
        }
    }

    fn object(&mut self, start: usize, claims: &mut Vec<DraftClaim>) {
        #[derive(serde::Deserialize)]
        struct Whole {
            complete: bool,
        }
        let object = &self.text[start..self.read];
        if let Ok(claim) = serde_json::from_str::<DraftClaim>(object) {
            if !claim.text.trim().is_empty() {
                claims.push(claim);
            }
        } else if self.open.is_empty()
            && let Ok(whole) = serde_json::from_str::<Whole>(object)
        {
            self.complete = Some(whole.complete);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ANSWER: &str = r#"Hier ist die Antwort: ```json
{"claims": [
  {"citations": [{"passage": 1, "quote": "4,2 Mio. \"EUR\" }]"}], "text": "Die Rückstellung beträgt 4,2 Mio. EUR."},
  {"text": "Sie stieg {um 3 %}.", "citations": [{"passage": 2, "quote": "um 3 %"}, {"passage": -7, "quote": ""}], "why": "x"}
], "complete": true}
```"#;

    fn read(pieces: &[&str]) -> (Vec<DraftClaim>, Option<bool>) {
        let mut draft = Draft::default();
        let mut claims: Vec<_> =
            pieces.iter().flat_map(|piece| draft.push(&ChatEvent::Text((*piece).to_owned())).unwrap()).collect();
        claims.append(&mut draft.finish());
        (claims, draft.is_complete())
    }

    #[test]
    fn claims_come_out_whole_wherever_the_stream_is_cut() {
        let whole = read(&[ANSWER]);
        assert_eq!(whole.1, Some(true));
        let texts: Vec<&str> = whole.0.iter().map(|claim| claim.text.as_str()).collect();
        assert_eq!(texts, ["Die Rückstellung beträgt 4,2 Mio. EUR.", "Sie stieg {um 3 %}."]);
        assert_eq!(whole.0[0].citations[0].quote, "4,2 Mio. \"EUR\" }]");
        assert_eq!(whole.0[1].citations.len(), 2);
        for cut in (0..=ANSWER.len()).filter(|cut| ANSWER.is_char_boundary(*cut)) {
            assert_eq!(read(&[&ANSWER[..cut], &ANSWER[cut..]]), whole, "{cut}");
        }
    }

    #[test]
    fn a_claim_is_there_as_soon_as_its_object_is_closed_and_none_comes_of_what_broke_off() {
        let first = ANSWER.find("},\n").unwrap() + 1;
        let mut draft = Draft::default();
        assert_eq!(draft.push(&ChatEvent::Text(ANSWER[..first - 1].to_owned())).unwrap(), []);
        assert_eq!(draft.push(&ChatEvent::Text("}".to_owned())).unwrap().len(), 1);
        assert_eq!(draft.push(&ChatEvent::Text(ANSWER[first..first + 60].to_owned())).unwrap(), []);
        assert_eq!((draft.finish(), draft.is_complete()), (Vec::new(), None));
    }

    #[test]
    fn a_number_in_quotes_is_a_number_and_a_claim_without_citations_is_one_without_evidence() {
        let (claims, _) = read(&[
            r#"[{"text": "A.", "citations": [{"passage": "2", "quote": "q"}, {"passage": null, "quote": "q"}]}, {"text": "B."}]"#,
        ]);
        let numbers: Vec<Vec<i64>> = claims.iter().map(|claim| claim.citations.iter().map(|c| c.passage).collect()).collect();
        assert_eq!(numbers, [vec![2, 0], vec![]]);
    }

    #[test]
    fn sentences_with_citations_of_the_provider_are_claims() {
        let mut draft = Draft::default();
        let text = |text: &str| ChatEvent::Text(text.to_owned());
        let cited = |passage| ChatEvent::Citation { passage, quote: "q".to_owned() };
        let mut claims = Vec::new();
        for event in
            [text("Laut Bericht "), text("sind es 4."), cited(0), cited(2), text(" Davon"), text(" 1 neu."), cited(1), text("\n")]
        {
            claims.append(&mut draft.push(&event).unwrap());
        }
        claims.append(&mut draft.finish());
        let told: Vec<(&str, Vec<i64>)> =
            claims.iter().map(|claim| (claim.text.as_str(), claim.citations.iter().map(|c| c.passage).collect())).collect();
        assert_eq!(told, [("Laut Bericht sind es 4.", vec![1, 3]), ("Davon 1 neu.", vec![2])]);
    }

    #[test]
    fn prose_without_citations_is_a_claim_without_evidence_and_none_is_nothing() {
        assert_eq!(
            read(&["Es sind 4", " Stück [1]."]).0,
            [DraftClaim { citations: Vec::new(), text: "Es sind 4 Stück [1].".to_owned() }]
        );
        for none in ["", "KEINE", "None.", " NONE\n"] {
            assert_eq!(read(&[none]).0, [], "{none}");
        }
    }

    #[test]
    fn what_is_written_of_a_text_is_there_before_the_claim_is_whole() {
        let answer =
            r#"{"claims": [{"citations": [{"passage": 1, "quote": "text"}], "text": "Um 3 \u00e4\ud83d\ude00 \"so\"."}]}"#;
        for step in 1..answer.len() {
            let (mut draft, mut preview, mut rest) = (Draft::default(), String::new(), answer);
            while !rest.is_empty() {
                let (piece, behind) = rest.split_at(step.min(rest.len()));
                draft.push(&ChatEvent::Text(piece.to_owned())).unwrap();
                preview.push_str(&draft.preview());
                rest = behind;
            }
            assert_eq!(preview, "Um 3 ä😀 \"so\".", "{step}");
        }
        let mut draft = Draft::default();
        draft.push(&ChatEvent::Text(answer[..answer.find("3 ").unwrap()].to_owned())).unwrap();
        assert_eq!(draft.preview(), "Um ");
    }

    proptest! {
        #[test]
        fn text_of_any_kind_is_read(pieces in proptest::collection::vec("[\\PC{}\\[\\]\"\\\\]{0,20}", 0..20)) {
            let mut draft = Draft::default();
            for piece in &pieces {
                if draft.push(&ChatEvent::Text(piece.clone())).is_err() {
                    return Ok(());
                }
            }
            draft.finish();
            prop_assert_eq!(draft.text(), pieces.concat());
        }
    }
}
