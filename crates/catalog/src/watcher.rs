//! Watching a service, a key or all keys with one beginning.

use crate::absence::{Absence, KEPT};
use crate::{Answer, Catalog, Error, Events, Follower, Read, ServiceEntry, ServiceQuery};
use gyropilot_model::{Event, Instance, Seen, WatchTarget};
use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;
use tokio::task::AbortHandle;
use tokio::time::Instant;

/// A watch that runs until this is dropped.
pub struct Watcher {
    task: AbortHandle,
    confirmed: Rc<Cell<Option<Instant>>>,
}

// === impl Watcher ===

impl Watcher {
    /// Hands what is there to `snapshots`: the first answer always, then
    /// whenever it differs, all of it each time, sorted. Of a service these are
    /// the healthy instances, and id, address, port and tags count; of keys it
    /// is names and values. A key that is not there is an empty list. What
    /// fails hands out nothing. An instance that a catalogue does not know which has
    /// just come back, or was wiped, is handed out for 10 s more.
    ///
    /// `interval` is how long a query waits, and how often a catalogue is asked
    /// that does not wait; see [`Follower::new`] for its bounds. Call it inside
    /// a [`tokio::task::LocalSet`].
    #[must_use]
    pub fn new(
        catalog: Rc<dyn Catalog>,
        target: WatchTarget,
        interval: Duration,
        events: Events,
        snapshots: impl Fn(Seen) + 'static,
    ) -> Self {
        let datacenter = match &target {
            WatchTarget::Service { datacenter, .. }
            | WatchTarget::Key { datacenter, .. }
            | WatchTarget::Prefix { datacenter, .. } => datacenter.clone(),
        };
        let told = Rc::clone(&events);
        let mut follower = Follower::new(format!("watch of {target}"), interval, datacenter, events);
        let confirmed = follower.confirmed();
        let task = tokio::task::spawn_local(async move {
            let mut absence = Absence::default();
            loop {
                let until = absence.until();
                let over = async {
                    match until {
                        Some(until) => tokio::time::sleep_until(until).await,
                        None => std::future::pending().await,
                    }
                };
                let news = tokio::select! {
                    seen = follower.next(async |read: &_| ask(&*catalog, &target, read).await) => {
                        let has_returned = follower.has_returned();
                        let news = absence.said(seen, has_returned, Instant::now());
                        if has_returned && absence.kept() > 0 {
                            let (watch, count) = (format!("watch of {target}"), absence.kept());
                            (told)(Event::InstancesKept { watch, count, within: KEPT });
                        }
                        news
                    }
                    () = over => absence.over(),
                };
                if let Some(seen) = news {
                    snapshots(seen);
                }
            }
        });
        Self { task: task.abort_handle(), confirmed }
    }

    /// How old what is known is: the time since the catalogue last confirmed or
    /// changed it. `None` before the first answer. While all is well it stays
    /// below the interval and a sixteenth of that.
    #[must_use]
    pub fn age(&self) -> Option<Duration> {
        self.confirmed.get().map(|confirmed| confirmed.elapsed())
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn ask(catalog: &dyn Catalog, target: &WatchTarget, read: &Read) -> Result<Answer<Seen>, Error> {
    match target {
        WatchTarget::Service { name, tag, .. } => {
            let query = ServiceQuery { tags: tag.iter().cloned().collect(), ..ServiceQuery::passing(name) };
            let answer = catalog.instances(&query, read).await?;
            Ok(answer.map(|entries| {
                let mut instances: Vec<Instance> =
                    entries.iter().filter_map(ServiceEntry::instance).collect();
                instances.sort();
                Seen::Instances(instances)
            }))
        }
        WatchTarget::Key { key, .. } => {
            let answer = catalog.key(key, read).await?;
            Ok(answer.map(|pair| Seen::Keys(pair.into_iter().map(|pair| (pair.key, pair.value)).collect())))
        }
        WatchTarget::Prefix { prefix, .. } => {
            let answer = catalog.tree(prefix, read).await?;
            Ok(answer.map(|pairs| Seen::Keys(pairs.into_iter().map(|pair| (pair.key, pair.value)).collect())))
        }
    }
}
