use std::{
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    time::{Duration, Instant},
};

use futures::future::select;
use tokio::sync::Notify;

use super::{
    generate::Events,
    turns::{Caller, Ticket, Turns},
};
use crate::{
    Error, ErrorKind, Result,
    env::Timer,
    provider::{ChatEvent, WaitReason},
};

/// What there is too little of.
pub(super) trait Supply: Send + 'static {
    /// How much somebody wants of it.
    type Want: Copy + Send + Sync;
    /// What somebody got of it.
    type Share: Copy + Send + Sync;

    /// Takes, when there is enough.
    fn take(&mut self, want: Self::Want, now: Instant) -> Option<Self::Share>;

    /// Gives back what was never used.
    fn put_back(&mut self, share: Self::Share);

    /// How long the last of these waits when each takes in order and nothing is given back before its time; `None` when that depends on
    /// others.
    fn forecast(&self, wants: &mut dyn Iterator<Item = Self::Want>, now: Instant) -> Option<Duration>;
}

/// Those who want of a supply, [by turns](Turns), for all users of the process.
///
/// Nothing runs in the background. Whoever is awake (one who comes, gives back, leaves, or whose time has come) serves all whose turn it is, so
/// that a stream that nobody polls keeps nobody else waiting.
pub(super) struct Queue<S: Supply> {
    state: Mutex<State<S>>,
    timer: Arc<dyn Timer>,
    why: WaitReason,
    max_wait: Duration,
}

struct State<S: Supply> {
    supply: S,
    turns: Turns<Arc<Waiter<S>>>,
}

struct Waiter<S: Supply> {
    want: S::Want,
    got: OnceLock<S::Share>,
    woken: Notify,
}

impl<S: Supply> State<S> {
    fn serve(&mut self, now: Instant) {
        while let Some(first) = self.turns.first()
            && let Some(share) = self.supply.take(first.want, now)
        {
            if let Some(waiter) = self.turns.pop() {
                let _ = waiter.got.set(share);
                waiter.woken.notify_one();
            }
        }
    }
}

impl<S: Supply> Queue<S> {
    pub(super) fn new(supply: S, timer: Arc<dyn Timer>, why: WaitReason, max_wait: Duration) -> Arc<Self> {
        Arc::new(Self { state: Mutex::new(State { supply, turns: Turns::default() }), timer, why, max_wait })
    }

    /// Waits for a share, and says so before.
    ///
    /// # Errors
    /// `provider.wait` when it would take longer than anyone may wait: at once where that can be foretold.
    pub(super) async fn acquire(self: &Arc<Self>, caller: Option<&str>, want: S::Want, events: &Events) -> Result<Held<S>> {
        let caller: Caller = caller.map(Arc::from);
        let began = self.timer.now();
        let place = {
            let mut state = self.state();
            state.serve(began);
            if state.turns.is_empty()
                && let Some(share) = state.supply.take(want, began)
            {
                return Ok(Held { queue: self.clone(), share: Some(share) });
            }
            let waiter = Arc::new(Waiter { want, got: OnceLock::new(), woken: Notify::new() });
            let ticket = state.turns.push(caller, waiter.clone());
            Place { queue: self.clone(), ticket, waiter, taken: false }
        };
        let mut told = None;
        loop {
            let (share, forecast, passed) = self.look(&place.waiter, began);
            if let Some(share) = share {
                return Ok(place.taken(share));
            }
            let end = forecast.map_or(self.max_wait, |wait| passed.saturating_add(wait));
            if end > self.max_wait || passed >= self.max_wait {
                return Err(self.too_long(forecast));
            }
            // A second more is not worth saying. Handing it out may take its time, so that there is something new to look at.
            if told.is_none_or(|told| end > told + Duration::from_secs(1)) {
                told = Some(end);
                events.send(ChatEvent::Waiting { seconds: ceil(end.saturating_sub(passed)), why: self.why }).await;
                continue;
            }
            let sleep = self.timer.sleep(end.saturating_sub(passed).max(Duration::from_millis(1)));
            select(Box::pin(place.waiter.woken.notified()), sleep).await;
        }
    }

    /// Serves whose turn it is; what one got, else how long it still waits; and how much time has passed since then.
    fn look(&self, waiter: &Arc<Waiter<S>>, began: Instant) -> (Option<S::Share>, Option<Duration>, Duration) {
        let mut state = self.state();
        let now = self.timer.now();
        state.serve(now);
        let passed = now.saturating_duration_since(began);
        match waiter.got.get() {
            Some(share) => (Some(*share), None, passed),
            None => (None, state.forecast(waiter, now), passed),
        }
    }

    /// Changes the supply, and serves those who can be served by that.
    pub(super) fn change(&self, change: impl FnOnce(&mut S, Instant)) {
        let mut state = self.state();
        let now = self.timer.now();
        change(&mut state.supply, now);
        state.serve(now);
    }

    /// The same where it makes some wait longer, so that each looks whether it may.
    pub(super) fn curtail(&self, change: impl FnOnce(&mut S, Instant)) {
        self.change(change);
        self.state().turns.iter().for_each(|waiter| waiter.woken.notify_one());
    }

    fn too_long(&self, forecast: Option<Duration>) -> Error {
        let (reason, hint) = match self.why {
            WaitReason::Concurrency => {
                ("concurrency", "ask again later, or allow more requests at once, where the server can take them")
            }
            _ => ("rate_limit", "ask again later, or have the provider and the settings allow more tokens a minute"),
        };
        let error = Error::new(ErrorKind::Busy, "provider.wait", "a request would wait longer for the model than it may")
            .with("reason", reason)
            .with("may_wait_seconds", ceil(self.max_wait).to_string())
            .with_hint(hint);
        match forecast {
            Some(wait) => error.with("wait_seconds", ceil(wait).to_string()).with_retry_after(wait),
            None => error,
        }
    }

    fn state(&self) -> MutexGuard<'_, State<S>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S: Supply> State<S> {
    fn forecast(&self, waiter: &Arc<Waiter<S>>, now: Instant) -> Option<Duration> {
        let mut reached = false;
        let until = self.turns.iter().take_while(|other| {
            let before = !reached;
            reached |= Arc::ptr_eq(other, waiter);
            before
        });
        self.supply.forecast(&mut until.map(|other| other.want), now)
    }
}

/// Seconds, rounded up, at least one.
pub(super) fn ceil(wait: Duration) -> u64 {
    (wait.as_secs() + u64::from(wait.subsec_nanos() > 0)).max(1)
}

/// A place among those who wait, given up when it is dropped.
struct Place<S: Supply> {
    queue: Arc<Queue<S>>,
    ticket: Ticket,
    waiter: Arc<Waiter<S>>,
    taken: bool,
}

impl<S: Supply> Place<S> {
    fn taken(mut self, share: S::Share) -> Held<S> {
        self.taken = true;
        Held { queue: self.queue.clone(), share: Some(share) }
    }
}

impl<S: Supply> Drop for Place<S> {
    fn drop(&mut self) {
        if self.taken {
            return;
        }
        let mut state = self.queue.state();
        state.turns.remove(&self.ticket);
        // It may have been served and not have seen it.
        if let Some(share) = self.waiter.got.get() {
            state.supply.put_back(*share);
        }
        state.serve(self.queue.timer.now());
    }
}

/// A share, given back when it is dropped.
pub(super) struct Held<S: Supply> {
    queue: Arc<Queue<S>>,
    share: Option<S::Share>,
}

impl<S: Supply> Held<S> {
    /// It was used: nothing is given back by itself any more.
    pub(super) fn used(mut self) -> Option<S::Share> {
        self.share.take()
    }
}

impl<S: Supply> Drop for Held<S> {
    fn drop(&mut self) {
        if let Some(share) = self.share.take() {
            self.queue.change(|supply, _| supply.put_back(share));
        }
    }
}
