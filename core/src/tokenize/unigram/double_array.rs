//! A trie in one array (Aoe 1989): a step is one addition and one comparison.

/// Bit of [`Slot::base`] that says that a key ends at the node.
const ENDS: u32 = 1 << 31;

/// `check` of a slot that no node has.
const FREE: u32 = u32::MAX;

/// How many free places are tried for a node's children before they are put behind all others.
const TRIES: usize = 48;

/// A node. Its child for byte `b` is slot `base + b`, if that slot's `check` is this node. The child for byte 0, which no
/// key holds, has the key's value as its `base`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Slot {
    pub(super) base: u32,
    pub(super) check: u32,
}

/// A set of keys with a value each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct DoubleArray {
    slots: Vec<Slot>,
}

impl DoubleArray {
    /// Builds from keys in ascending order without repetition, none empty, none with a zero byte; values below 2^31.
    pub(super) fn build(keys: &[(&[u8], u32)]) -> Self {
        Builder::default().build(keys)
    }

    pub(super) fn from_slots(slots: Vec<Slot>) -> Self {
        Self { slots }
    }

    pub(super) fn slots(&self) -> &[Slot] {
        &self.slots
    }

    /// Calls `found` with length and value of each key that `text` begins with, the shortest first. Never panics, whatever
    /// the slots hold.
    #[inline]
    pub(super) fn prefixes(&self, text: &[u8], mut found: impl FnMut(usize, u32)) {
        let mut node = 0u32;
        let Some(mut slot) = self.slots.first() else { return };
        for (at, &byte) in text.iter().enumerate() {
            if byte == 0 {
                return;
            }
            let child = (slot.base & !ENDS) + u32::from(byte);
            match self.slots.get(child as usize) {
                Some(next) if next.check == node => slot = next,
                _ => return,
            }
            node = child;
            if slot.base & ENDS != 0
                && let Some(leaf) = self.slots.get((slot.base & !ENDS) as usize)
            {
                found(at + 1, leaf.base);
            }
        }
    }
}

/// Free slots are a ring through slot 0, the root, which is never free.
#[derive(Default)]
struct Builder {
    slots: Vec<Slot>,
    next: Vec<u32>,
    previous: Vec<u32>,
}

impl Builder {
    fn build(mut self, keys: &[(&[u8], u32)]) -> DoubleArray {
        self.slots.push(Slot { base: 0, check: 0 });
        self.next.push(0);
        self.previous.push(0);
        let mut nodes = vec![(0u32, 0..keys.len(), 0usize)];
        let mut children: Vec<(u8, std::ops::Range<usize>)> = Vec::new();
        while let Some((node, keys_below, depth)) = nodes.pop() {
            children.clear();
            for at in keys_below {
                let label = keys[at].0.get(depth).copied().unwrap_or(0);
                match children.last_mut() {
                    Some((last, range)) if *last == label => range.end = at + 1,
                    _ => children.push((label, at..at + 1)),
                }
            }
            let (Some((first, _)), Some((last, _))) = (children.first(), children.last()) else { continue };
            let (first, last) = (*first, *last);
            let base = self.place(first, last, &children);
            let ends = if first == 0 { ENDS } else { 0 };
            self.slots[node as usize].base = base | ends;
            for (label, range) in &children {
                let child = base + u32::from(*label);
                self.take(child, node);
                if *label == 0 {
                    self.slots[child as usize].base = keys[range.start].1;
                } else {
                    nodes.push((child, range.clone(), depth + 1));
                }
            }
        }
        self.slots.iter_mut().filter(|slot| slot.check == FREE).for_each(|slot| slot.base = 0);
        DoubleArray { slots: self.slots }
    }

    /// A base at which all children find a free slot; makes room for them.
    fn place(&mut self, first: u8, last: u8, children: &[(u8, std::ops::Range<usize>)]) -> u32 {
        let mut free = self.next[0];
        for _ in 0..TRIES {
            if free == 0 {
                break;
            }
            if let Some(base) = free.checked_sub(u32::from(first)).filter(|base| *base > 0) {
                let fits = children[1..]
                    .iter()
                    .all(|(label, _)| self.slots.get((base + u32::from(*label)) as usize).is_none_or(|slot| slot.check == FREE));
                if fits {
                    self.grow(base + u32::from(last));
                    return base;
                }
            }
            free = self.next[free as usize];
        }
        let base = (self.slots.len() as u32).saturating_sub(u32::from(first)).max(1);
        self.grow(base + u32::from(last));
        base
    }

    fn grow(&mut self, slot: u32) {
        for added in self.slots.len() as u32..=slot {
            let last = self.previous[0];
            self.slots.push(Slot { base: 0, check: FREE });
            self.next.push(0);
            self.previous.push(last);
            self.next[last as usize] = added;
            self.previous[0] = added;
        }
    }

    fn take(&mut self, slot: u32, parent: u32) {
        let (previous, next) = (self.previous[slot as usize], self.next[slot as usize]);
        self.next[previous as usize] = next;
        self.previous[next as usize] = previous;
        self.slots[slot as usize].check = parent;
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn found(trie: &DoubleArray, text: &[u8]) -> Vec<(usize, u32)> {
        let mut all = Vec::new();
        trie.prefixes(text, |length, value| all.push((length, value)));
        all
    }

    proptest! {
        #[test]
        fn it_finds_the_prefixes_that_a_map_finds(
            keys in proptest::collection::btree_map(proptest::collection::vec(1u8..=255, 1..6), 0u32..1000, 1..200),
            texts in proptest::collection::vec(proptest::collection::vec(1u8..=255, 0..8), 0..20),
        ) {
            let keys: BTreeMap<Vec<u8>, u32> = keys;
            let list: Vec<_> = keys.iter().map(|(key, value)| (key.as_slice(), *value)).collect();
            let trie = DoubleArray::build(&list);
            for text in texts.iter().chain(keys.keys()) {
                let wanted: Vec<_> =
                    (1..=text.len()).filter_map(|length| keys.get(&text[..length]).map(|value| (length, *value))).collect();
                prop_assert_eq!(found(&trie, text), wanted);
            }
        }

        #[test]
        fn slots_of_anyone_do_no_harm(
            slots in proptest::collection::vec((any::<u32>(), 0u32..40), 0..40),
            text in proptest::collection::vec(any::<u8>(), 0..30),
        ) {
            let slots = slots.into_iter().map(|(base, check)| Slot { base, check }).collect();
            found(&DoubleArray::from_slots(slots), &text);
        }
    }
}
