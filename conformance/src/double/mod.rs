//! A Consul agent that remembers every word said to it, and that misbehaves on
//! demand in ways a real one cannot be made to: error texts of other releases,
//! answers that never come, an index that goes backwards.
//!
//! It speaks the part of the agent's HTTP API that a pilot and consul-template
//! use, as Consul 1.8.7 answers it.

mod serve;
mod state;

pub use state::{Fault, Instance, Registered, State, Wording};

use serve::Server;
use std::net::SocketAddr;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant, SystemTime};

/// One request, as it arrived.
#[derive(Clone, Debug)]
pub struct Request {
    /// When its last byte was read, since 1970: comparable with the time of an [`Event`](crate::scene::Event).
    pub at: Duration,
    /// Counts connections from 0, in the order they were accepted.
    pub connection: usize,
    /// `GET`, `PUT`…
    pub method: String,
    /// Without the query.
    pub path: String,
    /// Decoded, in order.
    pub query: Vec<(String, String)>,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// As text.
    pub body: String,
}

/// The double. Stops when dropped.
#[derive(Debug)]
pub struct Double {
    shared: Arc<Shared>,
    server: Server,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    /// Told of every request and of every change of the state.
    changed: Condvar,
}

// === impl Request ===

impl Request {
    /// A query parameter; present without a value gives the empty string.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// A header, by its name in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Does it say anything about the health of the service `id`? Its check has
    /// the same name, or, as Consul itself would name it, `service:` before it.
    #[must_use]
    pub fn is_heartbeat_of(&self, id: &str) -> bool {
        self.method == "PUT"
            && ["pass", "warn", "fail", "update"].iter().any(|verb| {
                let check = self.path.strip_prefix(&format!("/v1/agent/check/{verb}/"));
                check.is_some_and(|check| check.strip_prefix("service:").unwrap_or(check) == id)
            })
    }

    /// Does it register the service `id`?
    #[must_use]
    pub fn is_registration_of(&self, id: &str) -> bool {
        self.path == "/v1/agent/service/register"
            && serde_json::from_str(&self.body).is_ok_and(|body: serde_json::Value| body["ID"] == id)
    }

    /// Does it withdraw the service `id`?
    #[must_use]
    pub fn is_deregistration_of(&self, id: &str) -> bool {
        self.method == "PUT" && self.path.strip_prefix("/v1/agent/service/deregister/") == Some(id)
    }
}

// === impl Double ===

impl Double {
    /// Listens on a free port of 127.0.0.1.
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    pub fn start() -> Self {
        let shared = Arc::new(Shared::default());
        let server = Server::start(Arc::clone(&shared));
        Self { shared, server }
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.server.address
    }

    /// Everything it was asked so far.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        self.shared.lock().log.clone()
    }

    /// The requests that `wanted` picks.
    #[must_use]
    pub fn requests_where(&self, wanted: impl Fn(&Request) -> bool) -> Vec<Request> {
        self.shared.lock().log.iter().filter(|request| wanted(request)).cloned().collect()
    }

    /// What is registered under `id`.
    #[must_use]
    pub fn registered(&self, id: &str) -> Option<Registered> {
        self.shared.lock().registered(id)
    }

    /// The worst status of the checks of the service `id`; none when it is not registered.
    #[must_use]
    pub fn status(&self, id: &str) -> Option<String> {
        self.registered(id).map(|service| service.status)
    }

    /// Waits until `look` finds something in the state; woken by every request.
    ///
    /// # Panics
    /// When `bound` passes first; `what` names what never came.
    #[track_caller]
    pub fn wait_for<T>(&self, bound: Duration, what: &str, mut look: impl FnMut(&State) -> Option<T>) -> T {
        let end = Instant::now() + bound;
        let mut state = self.shared.lock();
        loop {
            if let Some(found) = look(&state) {
                return found;
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                let log: Vec<String> = state.log.iter().map(|r| format!("{} {}", r.method, r.path)).collect();
                let tail = log.len().saturating_sub(20);
                drop(state);
                panic!("waited {bound:?} in vain for {what}; last asked: {:#?}", &log[tail..]);
            }
            state = self
                .shared
                .changed
                .wait_timeout(state, left)
                .unwrap_or_else(std::sync::PoisonError::into_inner)
                .0;
        }
    }

    /// Waits until the service `id` has this status (`None`: is not registered).
    ///
    /// # Panics
    /// When `bound` passes first.
    #[track_caller]
    pub fn wait_for_status(&self, bound: Duration, id: &str, status: Option<&str>) {
        let what = format!("{id} to be {}", status.unwrap_or("gone"));
        self.wait_for(bound, &what, |state| {
            (state.registered(id).map(|service| service.status).as_deref() == status).then_some(())
        });
    }

    /// Waits until `count` requests were picked by `wanted`, and returns them.
    ///
    /// # Panics
    /// When `bound` passes first.
    #[track_caller]
    pub fn wait_for_requests(
        &self,
        bound: Duration,
        what: &str,
        count: usize,
        wanted: impl Fn(&Request) -> bool,
    ) -> Vec<Request> {
        self.wait_for(bound, what, |state| {
            let found: Vec<Request> = state.log.iter().filter(|request| wanted(request)).cloned().collect();
            (found.len() >= count).then_some(found)
        })
    }

    /// Replaces the instances of a service that others look up.
    pub fn set_instances(&self, name: &str, instances: &[Instance]) {
        self.change(|state| state.set_instances(name, instances));
    }

    /// Replaces the whole key/value store.
    pub fn set_keys(&self, keys: &[(&str, &str)]) {
        self.change(|state| state.set_keys(keys));
    }

    /// Lets the index of every answer start again at `index`, as after a restored snapshot.
    pub fn rewind(&self, index: u64) {
        self.change(|state| state.rewind(index));
    }

    /// Forgets every registration, as an agent that was wiped.
    pub fn forget(&self) {
        self.change(State::forget);
    }

    /// Chooses the release whose error texts it uses. Default [`Wording::Consul18`].
    pub fn speak(&self, wording: Wording) {
        self.change(|state| state.wording = wording);
    }

    /// From now on, and for requests that already hang, `fault` decides first.
    pub fn break_with(&self, fault: impl Fn(&Request) -> Option<Fault> + Send + Sync + 'static) {
        self.change(|state| state.fault = state::FaultRule(Some(Arc::new(fault))));
    }

    /// Answers everything again; what hangs is cut off.
    pub fn heal(&self) {
        self.change(|state| {
            state.fault = state::FaultRule(None);
            state.healed += 1;
        });
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.shared.lock());
        self.shared.changed.notify_all();
    }
}

impl Drop for Double {
    fn drop(&mut self) {
        self.change(|state| state.closing = true);
        self.server.stop();
    }
}

// === impl Shared ===

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // A test that failed while it held the lock has said why already.
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

fn now() -> Duration {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("it is past 1970")
}
