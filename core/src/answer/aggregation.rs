//! Questions over all rows of a table: "How many bookings above 10,000 are there?"
//!
//! The best passages show a few rows, and a figure that is counted or summed from them is wrong without looking so. Such a question
//! is told by what it asks for (a number of rows, a sum, an average, the greatest, all of them), by the rows that it names and by the
//! condition on them; whether it is refused depends on where its best passages stand. "How many people live in Berlin?" asks for a figure that a
//! text states: people are no rows, and prose is no table.

use crate::answer::lexicon::lines;

/// What a question wants of all rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Aggregation {
    /// How many there are.
    Count,
    /// What they come to.
    Sum,
    /// Their average or median.
    Average,
    /// The greatest or the least.
    Extreme,
    /// All of them, or all that fulfil a condition.
    List,
    /// A figure for each group.
    Group,
}

/// Rows from which a table is large: of fewer, the passages may show all.
const LARGE: u32 = 20;

/// What the question wants of all rows, when it must be refused as `needs_aggregation`. `table_rows` is how many rows the table has that
/// most of its best passages are rows of; `None` when they are no rows, and then nothing is refused.
///
/// A table of 20 rows or fewer is refused only for a question that names a condition or all rows.
pub fn needs_aggregation(question: &str, table_rows: Option<u32>) -> Option<Aggregation> {
    let rows = table_rows?;
    let asked = Asked::of(question);
    let aggregation = asked.aggregation()?;
    (asked.certain() || rows > LARGE).then_some(aggregation)
}

/// Classes of a question's words.
#[derive(Debug, Default)]
struct Asked {
    classes: u32,
    figure: bool,
}

const NAMES: [&str; 12] =
    ["count", "sum", "average", "extreme", "list", "which", "group", "repeat", "every", "over", "rows", "row"];

impl Asked {
    fn of(question: &str) -> Self {
        let end = question.floor_char_boundary(question.len().min(2000));
        let lower = question[..end].to_lowercase();
        let words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
        let mut asked = Self { classes: 0, figure: lower.contains(|c: char| c.is_ascii_digit()) };
        for (name, entries) in lines(include_str!("lexicon/aggregation.txt")) {
            let Some(bit) = NAMES.iter().position(|n| *n == name) else { continue };
            if entries.split_whitespace().any(|entry| matches(entry, &words)) {
                asked.classes |= 1 << bit;
            }
        }
        asked
    }

    fn has(&self, name: &str) -> bool {
        NAMES.iter().position(|n| *n == name).is_some_and(|bit| self.classes & (1 << bit) != 0)
    }

    fn aggregation(&self) -> Option<Aggregation> {
        let rows = self.has("rows");
        if self.has("extreme") && (rows || self.has("row")) {
            return Some(Aggregation::Extreme);
        }
        if !rows {
            return None;
        }
        [
            ("average", Aggregation::Average),
            ("sum", Aggregation::Sum),
            ("count", Aggregation::Count),
            ("repeat", Aggregation::List),
            ("list", Aggregation::List),
            ("which", Aggregation::List),
        ]
        .into_iter()
        .find(|(name, _)| self.has(name))
        .map(
            |(_, aggregation)| {
                if self.has("group") && aggregation != Aggregation::List { Aggregation::Group } else { aggregation }
            },
        )
        .or((self.has("every") || self.has("over") && self.figure).then_some(Aggregation::List))
    }

    /// Whether the question says that it is about all rows, or about all that fulfil a condition.
    fn certain(&self) -> bool {
        self.has("every") || self.has("over") && self.figure || self.has("extreme") || self.has("list") || self.has("repeat")
    }
}

/// Whether an entry of the list occurs among the words.
fn matches(entry: &str, words: &[&str]) -> bool {
    let (whole, entry) = entry.strip_prefix('=').map_or((false, entry), |entry| (true, entry));
    let mut parts = entry.split('+');
    let Some(first) = parts.next() else { return false };
    let rest: Vec<&str> = parts.collect();
    words.iter().enumerate().any(|(i, word)| {
        let head = if whole || !rest.is_empty() { *word == first } else { word.starts_with(first) };
        head && rest.iter().enumerate().all(|(j, part)| words.get(i + 1 + j) == Some(part))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_over_all_rows_are_recognised() {
        for (question, aggregation) in [
            ("Wie viele Buchungen über 10.000 EUR gibt es?", Aggregation::Count),
            ("Wie hoch ist die Summe aller Rechnungen von Wesenberg?", Aggregation::Sum),
            ("Was ist der Durchschnitt aller Zahlungen?", Aggregation::Average),
            ("Welche ist die höchste Buchung im Dezember?", Aggregation::Extreme),
            ("Liste alle Belege ohne Freigabe auf.", Aggregation::List),
            ("Alle Buchungen über 50.000 EUR im Dezember", Aggregation::List),
            ("Zeige sämtliche Zahlungen an Tewes.", Aggregation::List),
            ("Wurden Rechnungen doppelt gebucht?", Aggregation::List),
            ("Summe der Rechnungen je Lieferant über 1.000 EUR?", Aggregation::Group),
            ("How many bookings above 10,000 are there?", Aggregation::Count),
            ("What is the total of all invoices?", Aggregation::Sum),
            ("What is the average of all payments?", Aggregation::Average),
            ("List all journal entries posted on a Sunday.", Aggregation::List),
            ("Which is the largest invoice?", Aggregation::Extreme),
            ("Show every transaction, all transactions over 5,000.", Aggregation::List),
        ] {
            for rows in [5, 5000] {
                assert_eq!(needs_aggregation(question, Some(rows)), Some(aggregation), "{question}");
            }
            assert_eq!(needs_aggregation(question, None), None, "{question}");
        }
    }

    #[test]
    fn without_a_condition_it_takes_a_large_table() {
        for question in ["Wie viele Buchungen gibt es?", "How many invoices are there?", "Welche Buchungen hat MTHALM erfasst?"] {
            assert!(needs_aggregation(question, Some(5000)).is_some(), "{question}");
            assert_eq!(needs_aggregation(question, Some(12)), None, "{question}");
        }
    }

    #[test]
    fn questions_for_a_stated_figure_or_a_single_row_are_none() {
        for question in [
            "How many people live in Berlin?",
            "Wie viele Menschen beschäftigt die britische Tochter?",
            "Wie hoch ist die Bilanzsumme der AG?",
            "Welche Schwelle legte der Prüfer für den Abschluss insgesamt fest?",
            "Welchen Saldo hat das Konto beim Bankhaus Merten?",
            "Mit welchem Text wurde der Anspruch über 480.000 Euro gebucht?",
            "What is the average household size?",
            "Welches Kreditlimit ist für die Papierfabrik hinterlegt?",
            "Unter welcher Personenkontonummer wird die Papierfabrik Altenried geführt?",
        ] {
            assert_eq!(needs_aggregation(question, Some(5000)), None, "{question}");
        }
    }
}
