//! The catalogue, as the loop uses it: one registrar a service, one watcher a target.

use super::reporter::Reporter;
use gyropilot_catalog::{Catalog, Events, Registrar, Watcher, consul::Consul};
use gyropilot_engine::Input;
use gyropilot_model::{CatalogConfig, Compat, Desired, Plan, Service, Watch, WatchTarget};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;
use tokio::sync::mpsc;

/// The most that the withdrawal from a catalogue that is left may take.
const FAREWELL: Duration = Duration::from_secs(10);

/// None where the plan has no catalogue: nothing is registered or watched then.
pub(super) type Client = Option<Rc<dyn Catalog>>;

/// What is registered and what is watched.
pub(super) struct Catalogue {
    config: Option<CatalogConfig>,
    client: Client,
    compat: Compat,
    inputs: mpsc::UnboundedSender<Input>,
    events: Events,
    reporter: Rc<Reporter>,
    registrars: BTreeMap<String, Registered>,
    /// Of services that a reload removed: each goes on until it is withdrawn,
    /// and stays at hand in case the service comes back.
    leaving: BTreeMap<String, Registered>,
    watchers: BTreeMap<(WatchTarget, Duration), Watcher>,
}

/// A registrar with what it was told, to be told again to its successor when
/// the catalogue itself is another.
struct Registered {
    registrar: Registrar,
    desired: Desired,
}

// === impl Catalogue ===

impl Catalogue {
    /// A client for the plan's catalogue; nothing is sent yet.
    ///
    /// # Errors
    /// When the settings cannot work, in words for people.
    pub(super) fn open(
        plan: &Plan,
        inputs: mpsc::UnboundedSender<Input>,
        reporter: Rc<Reporter>,
    ) -> Result<Self, String> {
        Ok(Self {
            config: plan.catalog.clone(),
            client: client(plan.catalog.as_ref(), &reporter)?,
            compat: plan.compat,
            inputs,
            events: {
                let reporter = Rc::clone(&reporter);
                Rc::new(move |event| reporter.say(&event))
            },
            reporter,
            registrars: BTreeMap::new(),
            leaving: BTreeMap::new(),
            watchers: BTreeMap::new(),
        })
    }

    /// A client for the catalogue of a new plan, where that is another.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub(super) fn prepare(&self, plan: &Plan) -> Result<Option<Client>, String> {
        if self.config == plan.catalog {
            Ok(None)
        } else {
            client(plan.catalog.as_ref(), &self.reporter).map(Some)
        }
    }

    /// Goes over to a new plan, with what [`Self::prepare`] gave for it. What
    /// was registered in a catalogue that is left is withdrawn there.
    pub(super) fn go_over(&mut self, plan: &Plan, client: Option<Client>) {
        let is_same_agent = is_same_agent(self.config.as_ref(), plan.catalog.as_ref());
        self.config = plan.catalog.clone();
        self.compat = plan.compat;
        let Some(client) = client else { return };
        self.client = client;
        self.watchers.clear();
        self.leaving.clear();
        let Some(client) = &self.client else {
            std::mem::take(&mut self.registrars).into_values().for_each(|left| farewell(left.registrar));
            return;
        };
        for (id, registered) in &mut self.registrars {
            let Some(service) = plan.services.iter().find(|service| service.id == *id) else { continue };
            let registrar = start(client, service.clone(), self.compat, &self.events);
            registrar.set(registered.desired.clone());
            let former = std::mem::replace(&mut registered.registrar, registrar);
            // Only the credentials are others: a withdrawal would take away what
            // the successor has registered.
            if !is_same_agent {
                farewell(former);
            }
        }
    }

    /// These are the services there are.
    pub(super) fn offer(&mut self, services: Vec<Service>) {
        let Some(client) = self.client.clone() else { return };
        let mut gone = std::mem::take(&mut self.registrars);
        for service in services {
            let id = service.id.clone();
            if let Some(twin) = self.registrars.get(&id) {
                // Two services of one name are one registration.
                twin.registrar.redefine(service, self.compat);
                continue;
            }
            // One that was removed and is back meets its own registrar, which
            // may not be done with the withdrawal yet.
            let registered = match gone.remove(&id).or_else(|| self.leaving.remove(&id)) {
                Some(registered) => {
                    registered.registrar.redefine(service, self.compat);
                    registered
                }
                None => Registered {
                    registrar: start(&client, service, self.compat, &self.events),
                    desired: Desired::Absent,
                },
            };
            self.registrars.insert(id, registered);
        }
        for (id, mut registered) in gone {
            registered.registrar.set(Desired::Absent);
            registered.desired = Desired::Absent;
            self.leaving.insert(id, registered);
        }
    }

    pub(super) fn want(&mut self, service: &str, desired: Desired) {
        if let Some(registered) = self.registrars.get_mut(service) {
            registered.registrar.set(desired.clone());
            registered.desired = desired;
        }
    }

    /// Says when the catalogue agrees, or when it is no longer waited for.
    pub(super) fn settle(&self, service: String, within: Duration) -> Option<Input> {
        let Some(registered) = self.registrars.get(&service) else {
            return Some(Input::Settled { service });
        };
        // Those that a reload removed shortly before count, too.
        let all: Vec<_> = std::iter::once(registered)
            .chain(self.leaving.values())
            .map(|registered| registered.registrar.settle(within))
            .collect();
        let inputs = self.inputs.clone();
        tokio::task::spawn_local(async move {
            for settled in all {
                // Either way it is over; what went wrong was reported as an event.
                let _ = settled.await;
            }
            let _ = inputs.send(Input::Settled { service });
        });
        None
    }

    /// How old what is known of a watch is; nothing before its first answer.
    pub(super) fn age(&self, watch: &Watch) -> Option<Duration> {
        self.watchers.get(&(watch.target.clone(), watch.interval))?.age()
    }

    /// This is to be watched.
    pub(super) fn watch(&mut self, wanted: Vec<(WatchTarget, Duration)>) {
        let mut gone = std::mem::take(&mut self.watchers);
        let Some(client) = &self.client else { return };
        for (target, interval) in wanted {
            let key = (target.clone(), interval);
            if self.watchers.contains_key(&key) {
                continue;
            }
            let watcher = gone.remove(&key).unwrap_or_else(|| {
                let (inputs, watched) = (self.inputs.clone(), target.clone());
                let snapshots = move |seen| {
                    let _ = inputs.send(Input::Watched { target: watched.clone(), seen });
                };
                Watcher::new(Rc::clone(client), target, interval, Rc::clone(&self.events), snapshots)
            });
            self.watchers.insert(key, watcher);
        }
    }
}

fn start(client: &Rc<dyn Catalog>, service: Service, compat: Compat, events: &Events) -> Registrar {
    Registrar::new(Rc::clone(client), service, compat, Rc::clone(events))
}

/// Withdraws a service from a catalogue that is left, beside everything else.
fn farewell(registrar: Registrar) {
    tokio::task::spawn_local(async move {
        let _ = registrar.withdraw(FAREWELL).await;
    });
}

/// Is it the same agent under either configuration, however it is spoken to?
fn is_same_agent(one: Option<&CatalogConfig>, other: Option<&CatalogConfig>) -> bool {
    match (one, other) {
        (Some(CatalogConfig::Consul(one)), Some(CatalogConfig::Consul(other))) => {
            one.address == other.address
        }
        _ => false,
    }
}

fn client(config: Option<&CatalogConfig>, reporter: &Rc<Reporter>) -> Result<Client, String> {
    match config {
        None => Ok(None),
        Some(CatalogConfig::Consul(consul)) => match Consul::new(consul) {
            Ok(client) => {
                let reporter = Rc::clone(reporter);
                client.observe(move |answered| reporter.count_request(answered));
                Ok(Some(Rc::new(client)))
            }
            Err(error) => Err(format!("cannot use this Consul: {error}")),
        },
        Some(CatalogConfig::Etcd(_)) => {
            Err("etcd is understood but cannot be used yet; name a Consul".to_owned())
        }
    }
}
