//! Those who wait for a change, and how they are woken.

use crate::store::Topic;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::rc::Rc;
use tokio::sync::Notify;
use tokio::time::Instant;

/// Everybody who waits, by what they wait for.
#[derive(Debug, Default)]
pub(crate) struct Waiters {
    by_topic: RefCell<BTreeMap<Topic, BTreeMap<u64, Rc<Waiter>>>>,
    last: Cell<u64>,
    count: Cell<usize>,
    /// What changed and was not told yet.
    dirty: RefCell<BTreeSet<Topic>>,
    is_dirty: Notify,
}

/// One who waits.
#[derive(Debug)]
pub(crate) struct Waiter {
    woken: Notify,
    /// Where the wish came from.
    pub(crate) peer: Option<IpAddr>,
    /// Since when.
    pub(crate) since: Instant,
}

/// The wish to be woken; it ends with this value.
#[derive(Debug)]
pub(crate) struct Waiting {
    waiters: Rc<Waiters>,
    topics: Vec<Topic>,
    number: u64,
    waiter: Rc<Waiter>,
}

// === impl Waiters ===

impl Waiters {
    /// Waits for any of `topics`. A change after this call is never missed.
    pub(crate) fn wait(self: &Rc<Self>, topics: &[Topic], peer: Option<IpAddr>) -> Waiting {
        let number = self.last.get() + 1;
        self.last.set(number);
        self.count.set(self.count.get() + 1);
        let waiter = Rc::new(Waiter { woken: Notify::new(), peer, since: Instant::now() });
        let mut by_topic = self.by_topic.borrow_mut();
        for topic in topics {
            by_topic.entry(topic.clone()).or_default().insert(number, Rc::clone(&waiter));
        }
        Waiting { waiters: Rc::clone(self), topics: topics.to_vec(), number, waiter }
    }

    /// Something changed. Who waits for it is told soon.
    pub(crate) fn changed(&self, touched: BTreeSet<Topic>) {
        if !touched.is_empty() {
            self.dirty.borrow_mut().extend(touched);
            self.is_dirty.notify_one();
        }
    }

    /// Returns when there is something to tell.
    pub(crate) async fn something_changed(&self) {
        self.is_dirty.notified().await;
    }

    /// Tells everybody whose topic changed since the last time.
    pub(crate) fn tell(&self) {
        let dirty = std::mem::take(&mut *self.dirty.borrow_mut());
        let by_topic = self.by_topic.borrow();
        let wake = |topic: &Topic| {
            for waiter in by_topic.get(topic).into_iter().flat_map(BTreeMap::values) {
                waiter.woken.notify_one();
            }
        };
        for topic in &dirty {
            wake(topic);
            let Topic::Key(key) = topic else { continue };
            let ends = key.char_indices().map(|(at, _)| at).chain([key.len()]);
            for prefix in ends.filter_map(|end| key.get(..end)) {
                wake(&Topic::Prefix(prefix.to_owned()));
            }
        }
    }

    /// How many wait.
    pub(crate) fn count(&self) -> usize {
        self.count.get()
    }

    /// Who waits for the instances of a service.
    pub(crate) fn of_services(&self) -> Vec<(String, Rc<Waiter>)> {
        let by_topic = self.by_topic.borrow();
        let mut found = Vec::new();
        for (topic, waiters) in by_topic.iter() {
            if let Topic::Service(name) = topic {
                found.extend(waiters.values().map(|waiter| (name.clone(), Rc::clone(waiter))));
            }
        }
        found
    }
}

// === impl Waiting ===

impl Waiting {
    /// Returns when something changed that was waited for, or may have.
    pub(crate) async fn woken(&self) {
        self.waiter.woken.notified().await;
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.waiters.count.set(self.waiters.count.get().saturating_sub(1));
        let mut by_topic = self.waiters.by_topic.borrow_mut();
        for topic in &self.topics {
            if let Some(waiters) = by_topic.get_mut(topic) {
                waiters.remove(&self.number);
                if waiters.is_empty() {
                    by_topic.remove(topic);
                }
            }
        }
    }
}
