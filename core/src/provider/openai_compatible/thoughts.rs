const OPEN: &str = "<think>";
const CLOSE: &str = "</think>";

/// More blanks than this are not waited out.
const LONGEST_HELD: usize = 1024;

/// Takes `<think>…</think>` away from the beginning of an answer, however it is cut: what a model thinks to itself, from servers that were
/// started without a parser for it. Further on in an answer it is text like any other.
///
/// Holds back no more than blanks and half a mark.
#[derive(Debug, Default)]
pub(super) struct Thoughts {
    place: Place,
    /// Before the answer, what may become a mark; inside, what may become its end.
    held: String,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Nothing but blanks so far.
    #[default]
    Beginning,
    /// Within thoughts.
    Inside,
    /// Behind thoughts; blanks between them and the answer belong to neither.
    Behind,
    /// In the answer.
    Answer,
}

impl Thoughts {
    /// What there is of the answer in more of the text.
    pub(super) fn push(&mut self, text: &str) -> String {
        if self.place == Place::Answer {
            return text.to_owned();
        }
        self.held.push_str(text);
        loop {
            let said = self.held.trim_start();
            match self.place {
                Place::Inside => {
                    let Some(end) = self.held.find(CLOSE) else {
                        let mut beginnings = (1..CLOSE.len()).rev().map(|bytes| &CLOSE[..bytes]);
                        let tail = beginnings.find(|beginning| self.held.ends_with(beginning));
                        self.held = tail.unwrap_or_default().to_owned();
                        return String::new();
                    };
                    self.held.drain(..end + CLOSE.len());
                    self.place = Place::Behind;
                }
                Place::Behind if said.len() < self.held.len() => self.held = said.to_owned(),
                Place::Beginning | Place::Behind => {
                    if let Some(rest) = said.strip_prefix(OPEN) {
                        (self.place, self.held) = (Place::Inside, rest.to_owned());
                    } else if OPEN.starts_with(said) && self.held.len() <= LONGEST_HELD {
                        return String::new();
                    } else {
                        self.place = Place::Answer;
                    }
                }
                Place::Answer => return std::mem::take(&mut self.held),
            }
        }
    }

    /// What was held back and is text of the answer, since nothing more comes.
    pub(super) fn finish(&mut self) -> String {
        let held = std::mem::take(&mut self.held);
        if self.place == Place::Inside { String::new() } else { held }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn answer(pieces: &[&str]) -> String {
        let mut thoughts = Thoughts::default();
        let said: String = pieces.iter().map(|piece| thoughts.push(piece)).collect();
        said + &thoughts.finish()
    }

    #[test]
    fn thoughts_at_the_beginning_are_no_answer_and_anything_else_is() {
        for (said, expected) in [
            ("<think>Hm.</think>Ja.", "Ja."),
            ("\n<think>\nHm. <b>\n</think>\n\nJa.", "Ja."),
            ("<think></think>\n<think>Noch einmal.</think> Ja.", "Ja."),
            ("<think>a</think>b<think>c</think>", "b<think>c</think>"),
            ("<think>nie zu Ende", ""),
            ("<think>fast</thin", ""),
            ("<think>a<</</think</think>b", "b"),
            ("Ja <think>nein</think>", "Ja <think>nein</think>"),
            ("<thinking>Ja</thinking>", "<thinking>Ja</thinking>"),
            ("<thi", "<thi"),
            ("  Ja", "  Ja"),
            ("  ", "  "),
            ("", ""),
            ("{\"a\": \"<think>\"}", "{\"a\": \"<think>\"}"),
            ("<think>ü📄</think>ü📄", "ü📄"),
        ] {
            assert_eq!(answer(&[said]), expected, "{said:?}");
            let letters: Vec<String> = said.chars().map(String::from).collect();
            assert_eq!(answer(&letters.iter().map(String::as_str).collect::<Vec<_>>()), expected, "{said:?}, letter by letter");
        }
    }

    #[test]
    fn a_megabyte_of_thoughts_or_of_blanks_is_not_kept() {
        let mut thoughts = Thoughts::default();
        thoughts.push("<think>");
        for _ in 0..1_000_000 {
            assert_eq!(thoughts.push("<"), "");
            assert!(thoughts.held.len() < CLOSE.len());
        }
        assert_eq!(thoughts.push("/think>Ja"), "Ja");
        let mut blanks = Thoughts::default();
        let said: usize = (0..1_000_000).map(|_| blanks.push(" ").len()).sum();
        assert!(said > 990_000);
    }

    proptest! {
        #[test]
        fn it_makes_no_difference_where_a_text_is_cut(
            parts in prop::collection::vec(
                prop::sample::select(vec!["<think>", "</think>", "<thi", "nk>", "</", " ", "\n", "a", "ü", "<"]), 0..12,
            ),
            cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
        ) {
            let text = parts.concat();
            let places: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
            let mut cuts: Vec<usize> = cuts.iter().map(|cut| places[cut.index(places.len())]).collect();
            cuts.extend([0, text.len()]);
            cuts.sort_unstable();
            let pieces: Vec<&str> = cuts.windows(2).map(|pair| &text[pair[0]..pair[1]]).collect();
            prop_assert_eq!(answer(&pieces), answer(&[&text]));
        }
    }
}
