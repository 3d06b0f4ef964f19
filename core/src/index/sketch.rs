//! In how many chunks a term occurs, in one megabyte.
//!
//! Lance keeps document frequencies inside its full-text index and tells nobody. To weigh the terms of a question each
//! chunk carries the buckets of its terms; their sums are held in memory. Two terms in one bucket make both look
//! a little more frequent than they are, which costs a rare term next to nothing.

const BITS: u32 = 18;

/// The buckets of the terms of `text`, parted by spaces: ascending, each once.
pub fn buckets(text: &str) -> Vec<u32> {
    let mut buckets: Vec<u32> = text.split(' ').filter(|term| !term.is_empty()).map(bucket).collect();
    buckets.sort_unstable();
    buckets.dedup();
    buckets
}

/// FNV-1a, 64 bits, folded: part of the format of the column `term_buckets`.
fn bucket(term: &str) -> u32 {
    let hash = term.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    ((hash ^ (hash >> 32)) as u32) >> (32 - BITS)
}

/// Sums of [`buckets`] over chunks.
#[derive(Debug, Clone)]
pub struct TermSketch {
    counts: Vec<u32>,
    chunks: u32,
}

impl Default for TermSketch {
    fn default() -> Self {
        Self { counts: vec![0; 1 << BITS], chunks: 0 }
    }
}

impl TermSketch {
    /// Counts a chunk.
    pub fn add(&mut self, buckets: &[u32]) {
        self.chunks += 1;
        for bucket in buckets {
            if let Some(count) = self.counts.get_mut(*bucket as usize) {
                *count += 1;
            }
        }
    }

    /// How many chunks were counted.
    pub fn chunks(&self) -> u32 {
        self.chunks
    }

    /// In how many of them `term` occurs: never too few.
    pub fn frequency(&self, term: &str) -> u32 {
        self.counts[bucket(term) as usize]
    }

    /// Inverse document frequency as in BM25: `ln(1 + (N - n + 0.5) / (n + 0.5))`.
    pub fn idf(&self, term: &str) -> f32 {
        let (n, all) = (self.frequency(term) as f32, self.chunks as f32);
        (1.0 + (all - n + 0.5).max(0.0) / (n + 0.5)).ln()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_term_is_counted_once_a_chunk() {
        let mut sketch = TermSketch::default();
        sketch.add(&buckets("miete miete zins"));
        sketch.add(&buckets("zins"));
        sketch.add(&buckets(""));
        assert_eq!(
            (sketch.chunks(), sketch.frequency("miete"), sketch.frequency("zins"), sketch.frequency("bank")),
            (3, 1, 2, 0)
        );
        assert!(sketch.idf("bank") > sketch.idf("miete") && sketch.idf("miete") > sketch.idf("zins"));
    }
}
