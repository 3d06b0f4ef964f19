use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use super::super::queue::Supply;

pub(super) const MINUTE: Duration = Duration::from_secs(60);

/// Providers hold requests to a sixth of the minute's in every ten seconds, some of them.
const SPREAD: u64 = 6;

/// What was sent in the last minute, and until when nothing is sent at all.
///
/// Tokens: in no 60 seconds more than the limit, by what is estimated when a request is sent and corrected when its answer is over.
/// Requests: in no 10 seconds more than a sixth of the limit, below six a minute in no 60 seconds more than the limit.
pub(super) struct Ledger {
    tokens: Option<u64>,
    requests: Option<(usize, Duration)>,
    /// Oldest first, and none older than a minute.
    sent: VecDeque<Sent>,
    /// Of all that are in `sent`.
    sum: u64,
    /// When requests were sent, oldest first, and none older than the window for requests.
    starts: VecDeque<(u64, Instant)>,
    closed_until: Option<Instant>,
    count: u64,
}

#[derive(Clone, Copy)]
struct Sent {
    number: u64,
    at: Instant,
    tokens: u64,
}

impl Ledger {
    pub(super) fn new(tokens: Option<u64>, requests: Option<u64>) -> Self {
        let requests = requests.map(|requests| {
            let (most, window) = if requests >= SPREAD { (requests / SPREAD, MINUTE / 6) } else { (requests, MINUTE) };
            (usize::try_from(most).unwrap_or(usize::MAX), window)
        });
        Self { tokens, requests, sent: VecDeque::new(), sum: 0, starts: VecDeque::new(), closed_until: None, count: 0 }
    }

    /// Sends nothing for so long.
    pub(super) fn close(&mut self, now: Instant, wait: Duration) {
        let until = now.checked_add(wait);
        self.closed_until = self.closed_until.max(until);
    }

    /// What a request took, in place of what was estimated.
    pub(super) fn settle(&mut self, number: u64, tokens: u64) {
        if let Ok(place) = self.sent.binary_search_by_key(&number, |sent| sent.number)
            && let Some(sent) = self.sent.get_mut(place)
        {
            self.sum = self.sum.saturating_sub(sent.tokens).saturating_add(tokens);
            sent.tokens = tokens;
        }
    }

    fn forget(&mut self, now: Instant) {
        let is_old = |at: Instant, window| now.saturating_duration_since(at) >= window;
        while let Some(sent) = self.sent.front().filter(|sent| is_old(sent.at, MINUTE)) {
            self.sum = self.sum.saturating_sub(sent.tokens);
            self.sent.pop_front();
        }
        if let Some((_, window)) = self.requests {
            while self.starts.front().is_some_and(|(_, at)| is_old(*at, window)) {
                self.starts.pop_front();
            }
        }
    }
}

impl Supply for Ledger {
    type Want = u64;
    type Share = u64;

    fn take(&mut self, want: u64, now: Instant) -> Option<u64> {
        self.forget(now);
        let is_closed = self.closed_until.is_some_and(|until| now < until);
        let is_full = self.tokens.is_some_and(|limit| self.sum.saturating_add(want) > limit);
        let is_crowded = self.requests.is_some_and(|(most, _)| self.starts.len() >= most);
        if is_closed || is_full || is_crowded {
            return None;
        }
        self.count += 1;
        if self.tokens.is_some() {
            self.sum = self.sum.saturating_add(want);
            self.sent.push_back(Sent { number: self.count, at: now, tokens: want });
        }
        if self.requests.is_some() {
            self.starts.push_back((self.count, now));
        }
        Some(self.count)
    }

    fn put_back(&mut self, share: u64) {
        self.settle(share, 0);
        if let Ok(place) = self.starts.binary_search_by_key(&share, |(number, _)| *number) {
            self.starts.remove(place);
        }
    }

    fn forecast(&self, wants: &mut dyn Iterator<Item = u64>, now: Instant) -> Option<Duration> {
        let mut at = self.closed_until.map_or(now, |until| until.max(now));
        let mut sum = self.sum;
        let mut past = self.sent.iter().map(|sent| (sent.at, sent.tokens));
        let mut starts = self.starts.iter().map(|(_, at)| *at);
        let mut starts_left = self.starts.len();
        // What those before it take, by the time at which they take it.
        let (mut taken, mut begun) = (VecDeque::new(), VecDeque::new());
        for want in wants {
            if let Some((most, window)) = self.requests {
                while starts_left + begun.len() >= most {
                    let oldest = match starts.next() {
                        Some(start) => {
                            starts_left -= 1;
                            Some(start)
                        }
                        None => begun.pop_front(),
                    };
                    at = at.max(oldest? + window);
                }
                begun.push_back(at);
            }
            if let Some(limit) = self.tokens {
                while sum.saturating_add(want) > limit {
                    let (oldest, tokens) = past.next().or_else(|| taken.pop_front())?;
                    sum = sum.saturating_sub(tokens);
                    at = at.max(oldest + MINUTE);
                }
                sum = sum.saturating_add(want);
                taken.push_back((at, want));
                if let Some(begun) = begun.back_mut() {
                    *begun = at;
                }
            }
        }
        Some(at.saturating_duration_since(now))
    }
}
