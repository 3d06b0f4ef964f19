//! Text that benches make corpora of: the same on every machine.

#![allow(dead_code, reason = "each of them takes what it needs")]

/// Words of audit files, of which sentences are made.
const WORDS: [&str; 40] = [
    "Rückstellungen",
    "Forderungen",
    "Umsatzerlöse",
    "Gesellschaft",
    "Abschlussprüfer",
    "Bilanz",
    "Anhang",
    "Stichtag",
    "Vertrag",
    "Miete",
    "Zinsen",
    "Darlehen",
    "Vorräte",
    "Inventur",
    "Saldo",
    "Buchung",
    "Konto",
    "Beleg",
    "Steuer",
    "Gewinn",
    "Verlust",
    "Eigenkapital",
    "Beteiligung",
    "Konzern",
    "Risiko",
    "Bericht",
    "Prüfung",
    "Leasing",
    "Anlage",
    "Abschreibung",
    "revenue",
    "liability",
    "provision",
    "auditor",
    "inventory",
    "interest",
    "contract",
    "balance",
    "deferred",
    "equity",
];

/// Pseudo-random numbers, by xorshift.
pub(crate) struct Numbers(u64);

impl Numbers {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 33) as usize % end
    }
}

/// A sentence of some words and a number.
pub(crate) fn sentence(numbers: &mut Numbers) -> String {
    let words: Vec<&str> = (0..8 + numbers.below(8)).map(|_| WORDS[numbers.below(WORDS.len())]).collect();
    format!("Die {} betragen {} EUR.", words.join(" "), numbers.below(100_000))
}

/// A document of so many paragraphs of six sentences, each under a heading of its own, so that each is a chunk.
pub(crate) fn document(seed: u64, paragraphs: usize) -> String {
    let mut numbers = Numbers::new(seed);
    let mut text = String::new();
    for paragraph in 0..paragraphs {
        let sentences: Vec<_> = (0..6).map(|_| sentence(&mut numbers)).collect();
        text.push_str(&format!("# Abschnitt {seed}.{paragraph}\n\n{}\n\n", sentences.join(" ")));
    }
    text
}
