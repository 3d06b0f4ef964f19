//! What the words before a number say of how it bounds.

use super::{Bound, scan::Scanner};

impl Scanner<'_> {
    /// What the words right before `start` say of how the number bounds: `mindestens`, `more than`, `rund`.
    pub(super) fn bound(&self, start: usize) -> (Option<Bound>, bool) {
        let mut at = start;
        let mut found = [""; 3];
        for (slot, (from, to)) in found.iter_mut().zip(self.words.iter().filter(|(from, _)| *from < start)) {
            if *to > at || to == from || !self.text[*to..at].chars().all(|c| matches!(c, ' ' | '\u{a0}' | '\n' | '.' | '(' | '~'))
            {
                break;
            }
            *slot = &self.text[*from..*to];
            at = *from;
        }
        if found[0].is_empty() {
            return (None, self.text[..start].trim_end().ends_with('~'));
        }
        let [one, two, three] = found.map(str::to_lowercase);
        let (one, two, three) = (one.as_str(), two.as_str(), three.as_str());
        let approximate = self.text[..start].trim_end().ends_with('~')
            || matches!(
                one,
                "rund"
                    | "etwa"
                    | "ca"
                    | "circa"
                    | "zirka"
                    | "ungefähr"
                    | "annähernd"
                    | "nahezu"
                    | "fast"
                    | "knapp"
                    | "about"
                    | "around"
                    | "approximately"
                    | "roughly"
                    | "nearly"
                    | "almost"
                    | "approx"
                    | "some"
                    | "gut"
            );
        let bound = match (two, one) {
            ("mehr" | "höher" | "größer" | "more" | "greater" | "higher" | "larger" | "longer", "als" | "than") => {
                let negated = matches!(three, "nicht" | "no" | "not");
                Some(if negated { Bound::AtMost } else { Bound::MoreThan })
            }
            ("weniger" | "kleiner" | "niedriger" | "less" | "fewer" | "lower" | "smaller" | "shorter", "als" | "than") => {
                let negated = matches!(three, "nicht" | "no" | "not");
                Some(if negated { Bound::AtLeast } else { Bound::LessThan })
            }
            ("at", "least") => Some(Bound::AtLeast),
            ("at", "most") | ("up", "to") | ("bis", "zu") => Some(Bound::AtMost),
            (_, "mindestens" | "wenigstens" | "minimum") => Some(Bound::AtLeast),
            (_, "höchstens" | "maximal" | "maximum") => Some(Bound::AtMost),
            (_, "über" | "over" | "above" | "exceeding" | "exceeds" | "exceeded" | "oberhalb") => Some(Bound::MoreThan),
            (_, "unter" | "below" | "under" | "unterhalb") => Some(Bound::LessThan),
            _ => None,
        };
        (bound, approximate)
    }
}
