use std::{
    collections::BTreeMap,
    future::Future,
    pin::pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
    time::{Duration, Instant},
};

use crate::env::{Sleep, Timer};

/// A timer whose time passes only when nothing else is left to do: hours take no time, and every run is the same.
///
/// [`run`](Self::run) drives what waits on it, without any runtime. Cloning it shares its time.
#[derive(Clone)]
pub struct VirtualTimer(Arc<Shared>);

struct Shared {
    start: Instant,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    passed: Duration,
    /// By when they are to be woken, and in the order in which they began.
    sleepers: BTreeMap<(Duration, u64), Option<Waker>>,
    count: u64,
}

impl Default for VirtualTimer {
    fn default() -> Self {
        Self(Arc::new(Shared { start: Instant::now(), state: Mutex::default() }))
    }
}

impl VirtualTimer {
    /// The time that has passed since it was made.
    pub fn passed(&self) -> Duration {
        self.0.state().passed
    }

    /// How many wait for time to pass.
    pub fn sleepers(&self) -> usize {
        self.0.state().sleepers.len()
    }

    /// Drives a future to its end. Whenever it can do nothing, time moves to the next moment that something waits for.
    ///
    /// # Panics
    /// When it can do nothing and waits for no time either: it would wait for ever.
    pub fn run<F: Future>(&self, future: F) -> F::Output {
        let woken = Arc::new(Woken(AtomicBool::new(true)));
        let waker = Waker::from(woken.clone());
        let mut future = pin!(future);
        loop {
            while woken.0.swap(false, Ordering::SeqCst) {
                if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
                    return output;
                }
            }
            assert!(self.0.pass(), "nothing will ever wake this future: a wake-up is lost");
        }
    }
}

impl Timer for VirtualTimer {
    fn now(&self) -> Instant {
        self.0.start + self.passed()
    }

    fn sleep(&self, time: Duration) -> Sleep {
        let mut state = self.0.state();
        state.count += 1;
        let key = (state.passed.saturating_add(time), state.count);
        state.sleepers.insert(key, None);
        drop(state);
        Box::pin(Sleeper { shared: self.0.clone(), key })
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Moves to the next moment that somebody waits for and wakes those who do; `false` when nobody does.
    fn pass(&self) -> bool {
        let mut state = self.state();
        let Some(((until, _), _)) = state.sleepers.first_key_value() else { return false };
        let until = *until;
        state.passed = state.passed.max(until);
        let rest = state.sleepers.split_off(&(until, u64::MAX));
        let due = std::mem::replace(&mut state.sleepers, rest);
        drop(state);
        due.into_values().flatten().for_each(Waker::wake);
        true
    }
}

struct Sleeper {
    shared: Arc<Shared>,
    key: (Duration, u64),
}

impl Future for Sleeper {
    type Output = ();

    fn poll(self: std::pin::Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut state = self.shared.state();
        if state.passed >= self.key.0 {
            state.sleepers.remove(&self.key);
            return Poll::Ready(());
        }
        state.sleepers.insert(self.key, Some(context.waker().clone()));
        Poll::Pending
    }
}

impl Drop for Sleeper {
    fn drop(&mut self) {
        self.shared.state().sleepers.remove(&self.key);
    }
}

struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use futures::future::{Either, join, select};

    use super::*;

    #[test]
    fn hours_pass_at_once_and_in_order() {
        let timer = VirtualTimer::default();
        let began = timer.now();
        let order = Mutex::new(Vec::new());
        let wait = async |minutes: u64| {
            timer.sleep(Duration::from_secs(60 * minutes)).await;
            order.lock().unwrap().push((minutes, timer.passed().as_secs() / 60));
        };
        timer.run(join(wait(120), join(wait(7), wait(0))));
        assert_eq!(*order.lock().unwrap(), [(0, 0), (7, 7), (120, 120)]);
        assert_eq!(timer.now() - began, Duration::from_secs(7200));
    }

    #[test]
    fn who_stops_waiting_is_forgotten() {
        let timer = VirtualTimer::default();
        timer.run(async {
            let first = select(timer.sleep(Duration::from_secs(1)), timer.sleep(Duration::from_secs(9))).await;
            let Either::Left(((), later)) = first else { panic!("the shorter one comes first") };
            assert_eq!(timer.sleepers(), 1);
            drop(later);
            assert_eq!((timer.sleepers(), timer.passed()), (0, Duration::from_secs(1)));
        });
    }

    #[test]
    #[should_panic(expected = "a wake-up is lost")]
    fn a_future_that_nothing_wakes_is_a_failure_and_no_hang() {
        VirtualTimer::default().run(futures::future::pending::<()>());
    }
}
