use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

/// Who asks; those who give no name are one.
pub(super) type Caller = Option<Arc<str>>;

/// Who waits, by turns: caller after caller, and for each caller first come, first served. A caller who waits already gains nothing by
/// asking more often; one who begins to wait comes after all who do.
pub(super) struct Turns<T> {
    /// Callers who wait, each once; the first has the turn.
    rotation: VecDeque<Caller>,
    /// None is empty.
    waiting: BTreeMap<Caller, VecDeque<(u64, T)>>,
    count: u64,
}

/// A place among those who wait.
pub(super) struct Ticket {
    caller: Caller,
    number: u64,
}

impl<T> Default for Turns<T> {
    fn default() -> Self {
        Self { rotation: VecDeque::new(), waiting: BTreeMap::new(), count: 0 }
    }
}

impl<T> Turns<T> {
    pub(super) fn is_empty(&self) -> bool {
        self.rotation.is_empty()
    }

    pub(super) fn push(&mut self, caller: Caller, item: T) -> Ticket {
        self.count += 1;
        let queue = self.waiting.entry(caller.clone()).or_default();
        if queue.is_empty() {
            self.rotation.push_back(caller.clone());
        }
        queue.push_back((self.count, item));
        Ticket { caller, number: self.count }
    }

    /// Whose turn it is.
    pub(super) fn first(&self) -> Option<&T> {
        self.waiting.get(self.rotation.front()?)?.front().map(|(_, item)| item)
    }

    /// Ends the turn: the first one goes, and its caller comes after all others.
    pub(super) fn pop(&mut self) -> Option<T> {
        let caller = self.rotation.pop_front()?;
        let queue = self.waiting.get_mut(&caller)?;
        let item = queue.pop_front();
        if queue.is_empty() {
            self.waiting.remove(&caller);
        } else {
            self.rotation.push_back(caller);
        }
        item.map(|(_, item)| item)
    }

    /// Gives a place up. No one else's turn comes later by that.
    pub(super) fn remove(&mut self, ticket: &Ticket) -> Option<T> {
        let queue = self.waiting.get_mut(&ticket.caller)?;
        let place = queue.binary_search_by_key(&ticket.number, |(number, _)| *number).ok()?;
        let item = queue.remove(place);
        if queue.is_empty() {
            self.waiting.remove(&ticket.caller);
            self.rotation.retain(|caller| *caller != ticket.caller);
        }
        item.map(|(_, item)| item)
    }

    /// All who wait, in the order in which their turns come if nobody joins or leaves.
    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        let mut queues: VecDeque<_> = self.rotation.iter().filter_map(|caller| Some(self.waiting.get(caller)?.iter())).collect();
        std::iter::from_fn(move || {
            loop {
                let mut queue = queues.pop_front()?;
                if let Some((_, item)) = queue.next() {
                    queues.push_back(queue);
                    return Some(item);
                }
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn caller(name: &str) -> Caller {
        Some(name.into())
    }

    #[test]
    fn callers_take_turns_and_one_who_asks_often_keeps_nobody_waiting() {
        let mut turns = Turns::default();
        for n in 1..=4 {
            turns.push(caller("greedy"), format!("greedy {n}"));
        }
        turns.push(None, "nameless".to_owned());
        turns.push(caller("modest"), "modest".to_owned());
        let order = ["greedy 1", "nameless", "modest", "greedy 2", "greedy 3", "greedy 4"];
        assert_eq!(turns.iter().collect::<Vec<_>>(), order);
        assert_eq!(std::iter::from_fn(|| turns.pop()).collect::<Vec<_>>(), order);
        assert!(turns.is_empty() && turns.pop().is_none());
    }

    proptest! {
        #[test]
        fn the_order_told_is_the_order_kept_and_who_leaves_leaves_a_place_to_the_next(
            steps in prop::collection::vec((0u8..4, 0usize..8, any::<prop::sample::Index>()), 0..60),
        ) {
            let mut turns: Turns<(usize, usize)> = Turns::default();
            let mut tickets = Vec::new();
            for (n, (step, who, which)) in steps.into_iter().enumerate() {
                match step {
                    0 if !tickets.is_empty() => {
                        let (ticket, gone) = tickets.remove(which.index(tickets.len()));
                        let before: Vec<_> = turns.iter().copied().collect();
                        prop_assert_eq!(turns.remove(&ticket), Some(gone));
                        prop_assert_eq!(turns.remove(&ticket), None);
                        // Those of other callers keep their order among themselves.
                        let others = |all: &[(usize, usize)]| all.iter().copied().filter(|(w, _)| *w != gone.0).collect::<Vec<_>>();
                        let after: Vec<_> = turns.iter().copied().collect();
                        prop_assert_eq!(others(&before), others(&after));
                    }
                    1 => {
                        let told = turns.iter().next().copied();
                        prop_assert_eq!(turns.first().copied(), told);
                        let expected: Vec<_> = turns.iter().skip(1).copied().collect();
                        prop_assert_eq!(turns.pop(), told);
                        prop_assert_eq!(turns.iter().copied().collect::<Vec<_>>(), expected);
                        tickets.retain(|(_, item)| Some(*item) != told);
                    }
                    _ => {
                        let name = if who == 0 { None } else { caller(&who.to_string()) };
                        tickets.push((turns.push(name, (who, n)), (who, n)));
                    }
                }
                prop_assert_eq!(turns.iter().count(), tickets.len());
                prop_assert_eq!(turns.is_empty(), tickets.is_empty());
            }
        }
    }
}
