//! A catalogue in memory, with faults on demand, for tests under paused time.
//!
//! It behaves as Consul 1.8 was seen to behave: TTL checks that run out,
//! blocking reads with an index for each service, an index that is too high not
//! being woken, a repeated registration keeping its check's status.

mod answers;
mod state;

use crate::{Error, Meta};
use gyropilot_model::{Instance, Status};
use state::{Held, State};
use std::cell::RefCell;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;

/// The name of the only node.
pub const NODE: &str = "simulated";

/// The only datacentre.
pub const DATACENTER: &str = "dc1";

/// As long as the real client waits for a write or a plain read.
const TIMEOUT: Duration = Duration::from_secs(10);

/// A catalogue in memory.
pub struct Simulated {
    state: RefCell<State>,
    /// Counts what waiting reads must look at.
    changes: watch::Sender<u64>,
    losses: watch::Sender<u64>,
}

/// What is wrong with the catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Connections are refused, and open ones broke.
    Refuse,
    /// Requests are taken and never answered.
    Hang,
    /// Every request is answered with this status and text.
    Answer(u16, String),
    /// Reads are answered with success and nothing in it.
    Empty,
    /// The servers have no leader: only stale reads are answered.
    NoLeader,
}

/// A request that reached the catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// When.
    pub at: Instant,
    /// What was asked: `register`, `update`, `deregister`,
    /// `deregister_check`, `registration`,
    /// `instances`, `services`, `nodes`, `node`, `datacenters`, `agent`, `key`, `tree`, `keys`, `put`,
    /// `compare_and_set`, `delete`, `delete_tree`.
    pub kind: &'static str,
    /// Of what.
    pub subject: String,
}

// === impl Simulated ===

impl Simulated {
    /// An empty catalogue without faults.
    #[must_use]
    pub fn new() -> Self {
        let (changes, _) = watch::channel(0);
        let (losses, _) = watch::channel(0);
        Self { state: RefCell::new(State::new()), changes, losses }
    }

    /// From now on this is wrong, or nothing.
    pub fn fault(&self, fault: Option<Fault>) {
        let breaks = fault == Some(Fault::Refuse);
        self.state.borrow_mut().fault = fault;
        if breaks {
            self.break_connections();
        }
        self.wake();
    }

    /// Ends all open connections, as an agent does that is restarted.
    pub fn break_connections(&self) {
        self.state.borrow_mut().connections += 1;
        self.losses.send_modify(|count| *count += 1);
        self.wake();
    }

    /// Forgets all services and keys, as an agent without a data folder does
    /// when it is restarted. The index starts over and connections break.
    pub fn wipe(&self) {
        self.state.borrow_mut().wipe();
        self.break_connections();
    }

    /// Forgets one service without a sign, as an agent does that is reloaded.
    pub fn forget(&self, id: &str) {
        self.state.borrow_mut().remove(id);
        self.wake();
    }

    /// Lets the index start over with everything else as it is, as after a
    /// snapshot was restored.
    pub fn reset_index(&self) {
        self.state.borrow_mut().reset_index();
    }

    /// Answers come without an index from now on, or with one again: a server
    /// that cannot wait.
    pub fn without_index(&self, without: bool) {
        self.state.borrow_mut().without_index = without;
    }

    /// Answers say from now on that the token does not see all, or no longer.
    pub fn filtered_by_acls(&self, filtered: bool) {
        self.state.borrow_mut().filtered = filtered;
    }

    /// Puts an instance of a service there, as another pilot does. Its status stays as it is.
    pub fn add(&self, service: &str, instance: &Instance) {
        self.state.borrow_mut().insert(Held::foreign(service, instance));
        self.wake();
    }

    /// What it says of the service with this id: its status and why.
    #[must_use]
    pub fn says(&self, id: &str) -> Option<(Status, String)> {
        let mut state = self.state.borrow_mut();
        state.expire();
        state.services.get(id).map(Held::says)
    }

    /// Changes a registration behind its owner's back.
    pub fn tamper(&self, id: &str, change: impl FnOnce(&mut crate::ServiceRecord)) {
        if let Some(held) = self.state.borrow_mut().services.get_mut(id) {
            change(&mut held.record);
        }
    }

    /// All requests that reached it, oldest first.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        self.state.borrow().requests.clone()
    }

    /// How many requests of this kind reached it.
    #[must_use]
    pub fn count(&self, kind: &str) -> usize {
        self.state.borrow().requests.iter().filter(|request| request.kind == kind).count()
    }

    fn wake(&self) {
        self.changes.send_modify(|count| *count += 1);
    }

    /// Lets a request in, or keeps it out.
    async fn admit(&self, kind: &'static str, subject: &str) -> Result<(), Error> {
        let fault = {
            let mut state = self.state.borrow_mut();
            if state.fault != Some(Fault::Refuse) {
                state.requests.push(Request { at: Instant::now(), kind, subject: subject.to_owned() });
            }
            state.fault.clone()
        };
        match fault {
            None | Some(Fault::Empty | Fault::NoLeader) => Ok(()),
            Some(Fault::Refuse) => Err(refused()),
            Some(Fault::Answer(status, text)) => Err(Error::Refused { status, text }),
            Some(Fault::Hang) => {
                tokio::time::sleep(TIMEOUT).await;
                Err(Error::Timeout(TIMEOUT))
            }
        }
    }

    /// A write.
    async fn write<T>(
        &self,
        kind: &'static str,
        subject: &str,
        change: impl FnOnce(&mut State) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.admit(kind, subject).await?;
        let result = {
            let mut state = self.state.borrow_mut();
            state.expire();
            change(&mut state)
        };
        self.wake();
        result
    }

    /// A read that can wait. `view` gives the index of what is read and its value.
    async fn read<T: Default>(
        &self,
        kind: &'static str,
        subject: &str,
        read: &crate::Read,
        view: impl Fn(&State) -> (u64, T),
    ) -> Result<crate::Answer<T>, Error> {
        self.admit(kind, subject).await?;
        if read.datacenter.as_deref().is_some_and(|dc| dc != DATACENTER) {
            return Err(Error::Refused { status: 500, text: "No path to datacenter".to_owned() });
        }
        let connection = self.state.borrow().connections;
        let mut changes = self.changes.subscribe();
        let wait = if read.wait.is_zero() { Duration::from_secs(300) } else { read.wait };
        let deadline = Instant::now() + wait;
        loop {
            let next = {
                let mut state = self.state.borrow_mut();
                state.expire();
                if state.connections != connection {
                    return Err(Error::Lost {
                        address: NODE.to_owned(),
                        reason: "connection reset".to_owned(),
                    });
                }
                let leaderless = state.fault == Some(Fault::NoLeader);
                if leaderless && !read.stale {
                    let text = "rpc error making call: No cluster leader".to_owned();
                    return Err(Error::Refused { status: 500, text });
                }
                let (index, value) = view(&state);
                let value = if state.fault == Some(Fault::Empty) { T::default() } else { value };
                let blocks = !state.without_index && read.index.is_some_and(|asked| index <= asked);
                if !blocks || Instant::now() >= deadline {
                    let meta = Meta {
                        index: (!state.without_index).then_some(index),
                        known_leader: !leaderless,
                        filtered_by_acls: state.filtered,
                        ..Meta::default()
                    };
                    return Ok(crate::Answer { value, meta });
                }
                state.next_expiry().map_or(deadline, |expiry| expiry.min(deadline))
            };
            tokio::select! {
                _ = changes.changed() => {}
                () = tokio::time::sleep_until(next) => {}
            }
        }
    }
}

impl Default for Simulated {
    fn default() -> Self {
        Self::new()
    }
}

fn refused() -> Error {
    Error::Connect { address: NODE.to_owned(), reason: "connection refused".to_owned() }
}
