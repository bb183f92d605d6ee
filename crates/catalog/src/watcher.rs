//! Watching the instances of a service.

use crate::{Catalog, Events, Follower, ServiceQuery};
use gyropilot_model::Instance;
use std::rc::Rc;
use std::time::Duration;
use tokio::task::AbortHandle;

/// What is watched. Two equal ones are one watch.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Watch {
    /// The service's name.
    pub service: String,
    /// Only instances with this tag. Default: all.
    pub tag: Option<String>,
    /// Default: the configuration's datacentre, or else the agent's own.
    pub datacenter: Option<String>,
    /// How long a query waits, and how often a catalogue is asked that does
    /// not wait. See [`Follower::new`] for its bounds.
    pub poll: Duration,
}

/// A watch that runs until this is dropped.
pub struct Watcher {
    task: AbortHandle,
}

// === impl Watcher ===

impl Watcher {
    /// Hands the healthy instances of a service to `snapshots`: the first
    /// answer always, then whenever id, address, port or tags of any differ,
    /// all of them each time, sorted. What fails hands out nothing. Call it
    /// inside a [`tokio::task::LocalSet`].
    #[must_use]
    pub fn new(
        catalog: Rc<dyn Catalog>,
        watch: Watch,
        events: Events,
        snapshots: impl Fn(Vec<Instance>) + 'static,
    ) -> Self {
        let Watch { service, tag, datacenter, poll } = watch;
        let mut follower = Follower::new(format!("watch of {service}"), poll, datacenter, events);
        let query = ServiceQuery { tags: tag.into_iter().collect(), ..ServiceQuery::passing(service) };
        let task = tokio::task::spawn_local(async move {
            loop {
                let fetch = async |read: &_| {
                    let answer = catalog.instances(&query, read).await?;
                    Ok(answer.map(|entries| {
                        let mut instances: Vec<Instance> =
                            entries.iter().filter_map(crate::ServiceEntry::instance).collect();
                        instances.sort();
                        instances
                    }))
                };
                snapshots(follower.next(fetch).await);
            }
        });
        Self { task: task.abort_handle() }
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.task.abort();
    }
}
