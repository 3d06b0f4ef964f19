//! One opening of the log: a boot, its queue, the thread that appends and the one that publishes.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use tokio::sync::oneshot;
use uuid::Uuid;

use super::{
    boots::Boot,
    entry::Prepared,
    parts::Parts,
    publish::{Published, Publisher, settled_size},
};
use crate::{
    Error, ErrorKind, Result,
    record::Action,
    store::{Appended, Sequencer},
};

/// A batch takes no more than this, so that nobody waits for a write of any size.
const BATCH_BYTES: usize = 8 << 20;
/// More than this may not wait to be written.
const QUEUE_BYTES: usize = 64 << 20;
/// Who waits for nothing is woken.
const FOREVER: Duration = Duration::from_secs(24 * 3600);

/// One opening of the log for writing.
pub(super) struct Instance {
    pub(super) parts: Arc<Parts>,
    pub(super) sequencer: Arc<dyn Sequencer>,
    boot: Boot,
    queue: Mutex<Queue>,
    queued: Condvar,
    publishing: Mutex<Publishing>,
    due: Condvar,
    is_poisoned: AtomicBool,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Waiting>,
    bytes: usize,
    next_seq: u64,
    is_closed: bool,
}

struct Waiting {
    items: Vec<Appended>,
    done: oneshot::Sender<Result<u64>>,
}

#[derive(Default)]
struct Publishing {
    /// Who waits for a checkpoint that covers what is durable now.
    asked: Vec<oneshot::Sender<Result<Published>>>,
    /// When a checkpoint must be there.
    deadline: Option<Instant>,
    is_closed: bool,
    /// Who waits for the end of the boot.
    end: Vec<oneshot::Sender<Result<Published>>>,
    last: Option<u64>,
}

impl Instance {
    /// Opens the log for writing: takes over what is valid, starts a boot, and puts intents of boots that died on record as aborted. Blocks.
    pub(super) fn start(parts: Arc<Parts>) -> Result<Arc<Self>> {
        if parts.options.ml_dsa {
            // Where there is no such key, nothing is written that no checkpoint would cover.
            parts.signers()?;
        }
        let sequencer = parts.sequencer();
        let publisher = Publisher::new(parts.clone(), sequencer.clone());
        sequencer.release(settled_size(&parts)?)?;
        let size = sequencer.append_batch(&[])?;
        let boot = Boot::begin(&parts, size)?;
        let instance = Arc::new(Self {
            parts,
            sequencer,
            boot,
            queue: Mutex::default(),
            queued: Condvar::new(),
            publishing: Mutex::default(),
            due: Condvar::new(),
            is_poisoned: AtomicBool::new(false),
        });
        let prelude = instance.boot.prelude(&instance)?;
        let first = instance.sequencer.append_batch(&prelude)?;
        instance.queue().next_seq = prelude.len() as u64;
        instance.boot.begun(first);
        let (writer, publishing) = (instance.clone(), instance.clone());
        let spawn = |name: &str, work: Box<dyn FnOnce() + Send>| {
            thread::Builder::new().name(name.to_owned()).spawn(work).map_err(|error| {
                Error::new(ErrorKind::Environment, "audit.thread", format!("cannot start a thread of the audit log: {error}"))
            })
        };
        spawn("beleg-audit", Box::new(move || writer.write()))?;
        spawn("beleg-checkpoint", Box::new(move || publishing.publish(publisher)))?;
        Ok(instance)
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn publishing(&self) -> MutexGuard<'_, Publishing> {
        self.publishing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether nothing can be appended by it any more.
    pub(super) fn is_poisoned(&self) -> bool {
        self.is_poisoned.load(Ordering::Acquire)
    }

    /// After this nothing is acknowledged. What was under way may turn up all the same.
    pub(super) fn poison(&self, why: &Error) {
        if !self.is_poisoned.swap(true, Ordering::AcqRel) {
            tracing::error!(code = why.code(), "the audit log stopped: {}", why.message());
        }
        let waiting = std::mem::take(&mut self.queue().waiting);
        for waiting in waiting {
            let _ = waiting.done.send(Err(unknown(why)));
        }
        let mut publishing = self.publishing();
        let asked = std::mem::take(&mut publishing.asked).into_iter().chain(std::mem::take(&mut publishing.end));
        for asked in asked {
            let _ = asked.send(Err(unknown(why)));
        }
        drop(publishing);
        self.queued.notify_all();
        self.due.notify_all();
    }

    /// Gives entries their numbers and puts them in the queue; what it returns resolves to the index of the first once all are
    /// durable.
    pub(super) fn enqueue(&self, entries: Vec<Prepared>) -> Result<oneshot::Receiver<Result<u64>>> {
        let mut queue = self.queue();
        let mut items = Vec::with_capacity(entries.len());
        for (entry, seq) in entries.into_iter().zip(queue.next_seq..) {
            items.push(self.place(entry, seq)?);
        }
        let count = items.len() as u64;
        let durable = self.push(&mut queue, items)?;
        queue.next_seq += count;
        Ok(durable)
    }

    /// The same for entries that are bytes already and have no numbers.
    pub(super) fn enqueue_bytes(&self, items: Vec<Appended>) -> Result<oneshot::Receiver<Result<u64>>> {
        self.push(&mut self.queue(), items)
    }

    /// An entry of this boot as bytes.
    pub(super) fn place(&self, entry: Prepared, seq: u64) -> Result<Appended> {
        let Prepared { mut leaf, sealed } = entry;
        leaf.boot = self.boot.id;
        leaf.seq = seq;
        Ok(Appended { entry: leaf.to_bytes()?, sealed })
    }

    fn push(&self, queue: &mut Queue, items: Vec<Appended>) -> Result<oneshot::Receiver<Result<u64>>> {
        if self.is_poisoned() || queue.is_closed {
            return Err(crate::store::poisoned());
        }
        let bytes: usize = items.iter().map(size_of).sum();
        if queue.bytes > 0 && queue.bytes + bytes > QUEUE_BYTES {
            return Err(Error::new(ErrorKind::Busy, "audit.busy", "more entries wait to be written than fit into memory")
                .with_hint("the disk is slower than the calls come; try again in a moment"));
        }
        let (done, receiver) = oneshot::channel();
        queue.bytes += bytes;
        let was_empty = queue.waiting.is_empty();
        queue.waiting.push_back(Waiting { items, done });
        if was_empty {
            self.queued.notify_one();
        }
        Ok(receiver)
    }

    /// The writer's thread: one batch after the other, of all that waits.
    fn write(&self) {
        let mut batch = Vec::new();
        let mut waiting = Vec::new();
        loop {
            {
                let mut queue = self.queue();
                while queue.waiting.is_empty() {
                    if queue.is_closed || self.is_poisoned() {
                        drop(queue);
                        return self.close_publishing();
                    }
                    queue = self.queued.wait(queue).unwrap_or_else(PoisonError::into_inner);
                }
                let mut bytes = 0;
                while let Some(next) = queue.waiting.front() {
                    let more: usize = next.items.iter().map(size_of).sum();
                    if bytes > 0 && bytes + more > BATCH_BYTES {
                        break;
                    }
                    bytes += more;
                    let Some(Waiting { items, done }) = queue.waiting.pop_front() else { break };
                    waiting.push((items.len() as u64, done));
                    batch.extend(items);
                }
                queue.bytes = queue.bytes.saturating_sub(bytes);
            }
            let written = self.sequencer.append_batch(&batch);
            batch.clear();
            match written {
                // A caller that was told that the outcome is unknown must not be told otherwise.
                Ok(_) if self.is_poisoned() => return,
                Ok(first) => {
                    let mut index = first;
                    for (count, done) in waiting.drain(..) {
                        let _ = done.send(Ok(index));
                        index += count;
                    }
                    self.is_due(self.parts.options.checkpoint_interval);
                }
                Err(error) => {
                    // First: whoever is told of it must find the log closed.
                    self.poison(&error);
                    for (_, done) in waiting.drain(..) {
                        let _ = done.send(Err(unknown(&error)));
                    }
                    return;
                }
            }
        }
    }

    fn is_due(&self, within: Duration) {
        let mut publishing = self.publishing();
        if publishing.deadline.is_none() {
            publishing.deadline = Some(Instant::now() + within);
            self.due.notify_one();
        }
    }

    /// Asks for a checkpoint that covers all that is durable now.
    pub(super) fn ask_for_checkpoint(&self) -> Result<oneshot::Receiver<Result<Published>>> {
        let (done, receiver) = oneshot::channel();
        let mut publishing = self.publishing();
        if self.is_poisoned() || publishing.is_closed {
            return Err(crate::store::poisoned());
        }
        publishing.asked.push(done);
        publishing.deadline = Some(Instant::now());
        self.due.notify_one();
        Ok(receiver)
    }

    /// The publisher's thread: a checkpoint at the end of each interval in which something was appended.
    fn publish(&self, mut publisher: Publisher) {
        loop {
            let (asked, is_closed) = {
                let mut publishing = self.publishing();
                loop {
                    if self.is_poisoned() {
                        return;
                    }
                    let idle = self.parts.options.heartbeat.unwrap_or(FOREVER);
                    let (wait, is_idle) = match publishing.deadline {
                        Some(deadline) => (deadline.saturating_duration_since(Instant::now()), false),
                        None => (idle, true),
                    };
                    if wait.is_zero() || publishing.is_closed {
                        break;
                    }
                    let waited = self.due.wait_timeout(publishing, wait).unwrap_or_else(PoisonError::into_inner);
                    publishing = waited.0;
                    if waited.1.timed_out() && is_idle && publishing.deadline.is_none() && self.parts.options.heartbeat.is_some()
                    {
                        drop(publishing);
                        self.beat();
                        publishing = self.publishing();
                    }
                }
                publishing.deadline = None;
                (std::mem::take(&mut publishing.asked), publishing.is_closed)
            };
            match publisher.publish() {
                Ok(published) => {
                    self.publishing().last = Some(published.checkpoint.size);
                    self.boot.settled(published.checkpoint.size);
                    if is_closed {
                        self.boot.end();
                    }
                    let end = if is_closed { std::mem::take(&mut self.publishing().end) } else { Vec::new() };
                    for asked in asked.into_iter().chain(end) {
                        let _ = asked.send(Ok(published.clone()));
                    }
                    if is_closed {
                        return;
                    }
                }
                Err(error) => {
                    self.poison(&error);
                    for asked in asked {
                        let _ = asked.send(Err(Error::from(crate::error::ErrorRecord::from(&error))));
                    }
                    return;
                }
            }
        }
    }

    /// Nothing happened for a while: that is put on record, and so in a checkpoint.
    fn beat(&self) {
        let beat = self.parts.system_entry(Action::Heartbeat).and_then(|entry| self.enqueue(vec![entry]));
        if let Err(error) = beat {
            tracing::warn!(code = error.code(), "the audit log could not say that it is open: {}", error.message());
        }
    }

    /// The size of the last checkpoint that this instance published.
    pub(super) fn last_published(&self) -> Option<u64> {
        self.publishing().last
    }

    /// The same; what it returns resolves when the boot has ended.
    pub(super) fn close_and_wait(&self) -> Result<oneshot::Receiver<Result<Published>>> {
        let (done, receiver) = oneshot::channel();
        {
            let mut publishing = self.publishing();
            if self.is_poisoned() {
                return Err(crate::store::poisoned());
            }
            publishing.end.push(done);
        }
        self.close();
        Ok(receiver)
    }

    /// Takes nothing more; what waits is written, then a checkpoint is published and the boot ends.
    pub(super) fn close(&self) {
        self.queue().is_closed = true;
        self.queued.notify_all();
    }

    fn close_publishing(&self) {
        self.publishing().is_closed = true;
        self.due.notify_all();
    }

    /// Sees to it that the boot's open intents are known, for whoever finds it dead.
    pub(super) fn opened_intent(&self, intent: Uuid) {
        self.boot.opened(intent);
    }

    pub(super) fn closed_intent(&self, intent: Uuid) {
        self.boot.closed(intent);
    }
}

fn size_of(item: &Appended) -> usize {
    item.entry.len() + item.sealed.len()
}

/// What callers are told whose entries were under way.
pub(super) fn unknown(cause: &Error) -> Error {
    let error =
        Error::new(ErrorKind::Environment, "audit.unknown_outcome", "it is not known whether the audit log kept the entry")
            .with("cause", cause.code().to_owned())
            .with("because", cause.message().to_owned());
    error.with_hint("nothing was handed out, sent or deleted; when the disk can be written again, the call may be repeated")
}
