//! What every test stands on: a runtime, a sink for events, a bounded wait.

use gyropilot_catalog::{Catalog, Events};
use gyropilot_model::{Desired, Event, Health, Instance, Seen, Service, Status, WatchTarget};
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

/// Runs a test as the pilot runs: one thread, one local set.
pub(crate) fn run(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    tokio::task::LocalSet::new().block_on(&runtime, test);
}

/// The same with a clock that jumps to the next timer when all is quiet.
pub(crate) fn run_paused(test: impl Future<Output = ()>) {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    tokio::task::LocalSet::new().block_on(&runtime, test);
}

/// Waits until `done`, and fails the test when that takes more than 20 s.
#[track_caller]
pub(crate) fn until(what: &str, mut done: impl FnMut() -> bool) -> impl Future<Output = ()> {
    let place = std::panic::Location::caller();
    async move {
        let mut tick = tokio::time::interval(Duration::from_millis(1));
        let waited = tokio::time::timeout(Duration::from_secs(20), async {
            while !done() {
                tick.tick().await;
            }
        });
        assert!(waited.await.is_ok(), "{place}: waited in vain: {what}");
    }
}

/// Lets this much time pass under a paused clock.
pub(crate) async fn pass(time: Duration) {
    // Timers that are due on the way fire in their order; the yields let what
    // they wake finish within the same moment.
    tokio::time::sleep(time).await;
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
}

/// What was reported.
#[derive(Clone, Default)]
pub(crate) struct Log(Rc<RefCell<Vec<Event>>>);

// === impl Log ===

impl Log {
    pub(crate) fn sink(&self) -> Events {
        let log = self.0.clone();
        Rc::new(move |event| log.borrow_mut().push(event))
    }

    pub(crate) fn all(&self) -> Vec<Event> {
        self.0.borrow().clone()
    }

    pub(crate) fn count(&self, wanted: impl Fn(&Event) -> bool) -> usize {
        self.0.borrow().iter().filter(|event| wanted(event)).count()
    }

    /// How many times a service was registered.
    pub(crate) fn registered(&self) -> usize {
        self.count(|event| matches!(event, Event::Registered { .. }))
    }
}

pub(crate) fn service(id: &str, ttl: u64) -> Service {
    let name = id.split('-').next().unwrap();
    let health = Health { command: None, interval: Duration::from_secs(1), timeout: None };
    Service {
        id: id.to_owned(),
        check_id: id.to_owned(),
        address: "10.0.0.5".parse().unwrap(),
        port: 8080,
        tags: vec!["b".to_owned(), "a".to_owned()],
        ..Service::new(name, "", Duration::from_secs(ttl), health)
    }
}

/// All healthy instances of a service.
pub(crate) fn instances_of(service: &str) -> WatchTarget {
    WatchTarget::Service { name: service.to_owned(), tag: None, datacenter: None }
}

/// What a watch of a service has seen.
pub(crate) fn instances(seen: Seen) -> Vec<Instance> {
    match seen {
        Seen::Instances(instances) => instances,
        Seen::Keys(keys) => panic!("keys of a service: {keys:?}"),
    }
}

pub(crate) fn present(status: Status) -> Desired {
    Desired::Present { status, output: format!("because it is {status}") }
}

/// The status and output of the only check of this service that is its own.
pub(crate) async fn check(catalog: &dyn Catalog, service: &Service) -> Option<(String, String)> {
    let query = gyropilot_catalog::ServiceQuery { name: service.name.clone(), ..Default::default() };
    let answer = catalog.instances(&query, &Default::default()).await.unwrap();
    let entry = answer.value.into_iter().find(|entry| entry.service.id == service.id)?;
    entry
        .checks
        .into_iter()
        .find(|check| check.service_id == service.id)
        .map(|check| (check.status, check.output))
}
