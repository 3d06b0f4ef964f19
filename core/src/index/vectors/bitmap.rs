//! A set of ordinals.

/// A set of ordinals, one bit each: rows that a search may return, or rows that are alive.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bitmap {
    words: Vec<u64>,
}

impl Bitmap {
    /// The empty set.
    pub fn new() -> Self {
        Self::default()
    }

    /// All ordinals below `len`.
    pub fn full(len: u32) -> Self {
        let mut words = vec![u64::MAX; len.div_ceil(64) as usize];
        if let (Some(last), tail @ 1..) = (words.last_mut(), len % 64) {
            *last = (1 << tail) - 1;
        }
        Self { words }
    }

    /// Adds an ordinal; false if it was there already.
    pub fn insert(&mut self, ordinal: u32) -> bool {
        let word = ordinal as usize / 64;
        if word >= self.words.len() {
            self.words.resize(word + 1, 0);
        }
        let before = self.words[word];
        self.words[word] |= 1 << (ordinal % 64);
        before != self.words[word]
    }

    /// Takes an ordinal out; false if it was not there.
    pub fn remove(&mut self, ordinal: u32) -> bool {
        match self.words.get_mut(ordinal as usize / 64) {
            Some(word) => {
                let before = *word;
                *word &= !(1 << (ordinal % 64));
                before != *word
            }
            None => false,
        }
    }

    /// Whether an ordinal is in the set.
    pub fn contains(&self, ordinal: u32) -> bool {
        self.word(ordinal as usize / 64) >> (ordinal % 64) & 1 == 1
    }

    /// How many ordinals are in the set.
    pub fn len(&self) -> usize {
        self.words.iter().map(|w| w.count_ones() as usize).sum()
    }

    /// Whether the set has no ordinal.
    pub fn is_empty(&self) -> bool {
        self.words.iter().all(|&w| w == 0)
    }

    /// The ordinals, ascending.
    pub fn iter(&self) -> impl Iterator<Item = u32> {
        self.words.iter().enumerate().flat_map(|(i, &word)| ones(word).map(move |bit| i as u32 * 64 + bit))
    }

    /// Ordinals `64 * index ..` as bits, the lowest first; 0 beyond the end.
    pub(super) fn word(&self, index: usize) -> u64 {
        self.words.get(index).copied().unwrap_or(0)
    }
}

impl FromIterator<u32> for Bitmap {
    fn from_iter<T: IntoIterator<Item = u32>>(ordinals: T) -> Self {
        let mut set = Self::new();
        for ordinal in ordinals {
            set.insert(ordinal);
        }
        set
    }
}

/// The positions of the bits that are set, ascending.
pub(super) fn ones(mut word: u64) -> impl Iterator<Item = u32> {
    std::iter::from_fn(move || {
        let bit = word.trailing_zeros();
        (word != 0).then(|| {
            word &= word - 1;
            bit
        })
    })
}
