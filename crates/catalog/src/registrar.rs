//! Keeping one registration in the catalogue as it is wanted.

mod difference;
mod reconciler;

use crate::{Catalog, Events};
use gyropilot_model::{Compat, Desired, Event, Service, format_go_duration};
use reconciler::Reconciler;
use std::rc::Rc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio::time::Instant;

/// The catalogue did not confirm in time that it says what is wanted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not confirmed within {}: {reason}", format_go_duration(*.within))]
pub struct Unsettled {
    /// How long was waited.
    pub within: Duration,
    /// What went wrong last.
    pub reason: String,
}

/// Makes the catalogue say of one service what is wanted, and keeps it so:
/// what the catalogue forgets is registered again, what changes is pushed at
/// once, and a heartbeat goes out when a third of the TTL has passed since
/// the last word. Runs until this is dropped; dropping withdraws nothing.
pub struct Registrar {
    wish: watch::Sender<Wish>,
    seen: watch::Receiver<Seen>,
    events: Events,
    task: AbortHandle,
}

/// What is wanted.
#[derive(Clone, Debug)]
struct Wish {
    service: Rc<Service>,
    /// Failures are not told; the TTL runs out instead.
    silent_failures: bool,
    desired: Desired,
    /// Rises with every change of what stands above.
    version: u64,
    /// Somebody waits for it until then.
    awaited: Option<Instant>,
    /// Rises each time somebody begins to wait.
    calls: u64,
}

/// What the catalogue is known to say.
#[derive(Clone, Debug, Default)]
struct Seen {
    /// The version of the wish that it agrees with.
    version: u64,
    /// Why it does not agree with a newer one yet.
    trouble: Option<String>,
}

// === impl Registrar ===

impl Registrar {
    /// Starts with [`Desired::Absent`], for which nothing is sent: there is
    /// nothing of ours in the catalogue before something was wanted there.
    /// Call it inside a [`tokio::task::LocalSet`].
    #[must_use]
    pub fn new(catalog: Rc<dyn Catalog>, service: Service, compat: Compat, events: Events) -> Self {
        let wish = Wish {
            service: Rc::new(service),
            silent_failures: compat.silent_failures,
            desired: Desired::Absent,
            version: 1,
            awaited: None,
            calls: 0,
        };
        let reconciler = Reconciler::new(catalog, &wish.service, events.clone());
        let (wish, wishes) = watch::channel(wish);
        let (seen_sender, seen) = watch::channel(Seen::default());
        let task = tokio::task::spawn_local(reconciler.run(wishes, seen_sender)).abort_handle();
        Self { wish, seen, events, task }
    }

    /// From now on the catalogue is to say this.
    pub fn set(&self, desired: Desired) {
        self.wish.send_if_modified(|wish| {
            let changed = wish.desired != desired;
            if changed {
                wish.desired = desired;
                wish.version = wish.version.saturating_add(1);
            }
            changed
        });
    }

    /// From now on the service is this one, with these ways of the original;
    /// its id must be the same. If it is registered and another, it is
    /// registered anew.
    pub fn redefine(&self, service: Service, compat: Compat) {
        self.wish.send_if_modified(|wish| {
            let changed = *wish.service != service || wish.silent_failures != compat.silent_failures;
            if changed {
                wish.service = Rc::new(service);
                wish.silent_failures = compat.silent_failures;
                wish.version = wish.version.saturating_add(1);
            }
            changed
        });
    }

    /// Waits until the catalogue says what was wanted last: for
    /// [`Desired::Absent`] until both the agent and the catalogue that others
    /// read no longer have it. Meanwhile no attempt takes longer than a second,
    /// so that a catalogue that hangs cannot hold anyone beyond `within`.
    ///
    /// An absence that is not confirmed is reported as an event, too.
    ///
    /// # Errors
    /// [`Unsettled`] when `within` is over. What is wanted stands all the same,
    /// and goes on being tried.
    pub fn settle(&self, within: Duration) -> impl Future<Output = Result<(), Unsettled>> + 'static {
        let deadline = Instant::now() + within;
        self.wish.send_modify(|wish| {
            wish.awaited = wish.awaited.max(Some(deadline));
            wish.calls = wish.calls.saturating_add(1);
        });
        let wish = self.wish.borrow().clone();
        let (mut seen, events) = (self.seen.clone(), self.events.clone());
        async move {
            let agreed = seen.wait_for(|seen| seen.version >= wish.version);
            if let Ok(Ok(_)) = tokio::time::timeout_at(deadline, agreed).await {
                return Ok(());
            }
            let reason = seen.borrow().trouble.clone().unwrap_or_else(|| "no answer".to_owned());
            if wish.desired == Desired::Absent {
                let id = wish.service.id.clone();
                (events)(Event::DeregistrationUnconfirmed { id, reason: reason.clone() });
            }
            Err(Unsettled { within, reason })
        }
    }

    /// Takes the service out of the catalogue and waits until that is
    /// confirmed: [`Self::set`] to [`Desired::Absent`], then [`Self::settle`].
    ///
    /// # Errors
    /// [`Unsettled`] when `within` is over.
    pub fn withdraw(&self, within: Duration) -> impl Future<Output = Result<(), Unsettled>> + 'static {
        self.set(Desired::Absent);
        self.settle(within)
    }
}

impl Drop for Registrar {
    fn drop(&mut self) {
        self.task.abort();
    }
}
