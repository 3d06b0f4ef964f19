//! What stands before a number says what it is.

use crate::redact::words::key;

/// Bytes before a value in which a label is looked for.
const WINDOW: usize = 56;

/// The folded letters before a value.
pub(super) struct Context(String);

/// Labels of numbers that are nobody's.
const IMPERSONAL: &[&str] = &[
    "rechnung",
    "rechnungsnr",
    "rgnr",
    "renr",
    "beleg",
    "belegnr",
    "auftrag",
    "bestellung",
    "bestellnr",
    "lieferschein",
    "artikel",
    "artikelnr",
    "buchung",
    "konto",
    "kontonr",
    "kontonummer",
    "sachkonto",
    "kostenstelle",
    "kunde",
    "kundennr",
    "kundennummer",
    "debitor",
    "kreditor",
    "vertrag",
    "vertragsnr",
    "invoice",
    "invoiceno",
    "order",
    "orderno",
    "item",
    "account",
    "accountno",
    "ledger",
    "customer",
    "purchase",
    "hrb",
    "hra",
    "eur",
    "euro",
    "teur",
    "betrag",
    "saldo",
    "summe",
    "amount",
    "isin",
    "wkn",
    "ean",
    "gtin",
    "seriennummer",
    "aktenzeichen",
    "az",
    "charge",
    "sapnr",
    "materialnr",
    "inventarnr",
    "anlagennr",
];

impl Context {
    /// Of the value that begins at `start`.
    pub(super) fn before(text: &str, start: usize) -> Self {
        let from = (start.saturating_sub(WINDOW)..start).find(|at| text.is_char_boundary(*at)).unwrap_or(start);
        // A blank line ends what belongs together.
        let window = &text[from..start];
        let window = window.rfind("\n\n").map_or(window, |at| &window[at..]);
        Self(key(window))
    }

    /// Whether one of the labels stands there, and behind it no label of a number that is nobody's.
    pub(super) fn says(&self, labels: &[&str]) -> bool {
        match (last(&self.0, labels), last(&self.0, IMPERSONAL)) {
            (Some(label), Some(other)) => label >= other,
            (label, _) => label.is_some(),
        }
    }

    /// Whether it is the number of a thing, as far as the label right before it says: an invoice, an account, an amount.
    pub(super) fn is_impersonal(&self) -> bool {
        let numberless = self.0.trim_end_matches(|c: char| c.is_ascii_digit());
        let bare =
            ["nummer", "number", "nr", "no"].iter().find_map(|ending| numberless.strip_suffix(ending)).unwrap_or(numberless);
        IMPERSONAL.iter().any(|label| bare.ends_with(label) || numberless.ends_with(label))
    }
}

/// Where the last of the labels ends.
fn last(text: &str, labels: &[&str]) -> Option<usize> {
    labels.iter().filter_map(|label| text.rfind(label).map(|at| at + label.len())).max()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_label_counts() {
        let context = |text: &str| Context::before(text, text.len());
        assert!(context("Steuer-ID: ").says(&["steuerid"]));
        assert!(!context("Steuer-ID laut Rechnung Nr. ").says(&["steuerid"]));
        assert!(context("Rechnung an Hrn. X, Steuer-ID ").says(&["steuerid"]));
        assert!(
            context("Rechnungs-Nr. ").is_impersonal()
                && context("Invoice no. ").is_impersonal()
                && context("Konto ").is_impersonal()
        );
        assert!(!context("Tel. ").is_impersonal() && !context("").is_impersonal());
        assert!(!context("Steuer-ID\n\n").says(&["steuerid"]));
    }
}
