//! The store under virtual time.

mod keys;
mod registry;
mod replay;

use super::{CheckSpec, Identity, Index, Service, Source, Status, Store, Topic};
use gyropilot_model::Time;
use std::time::Duration;

const EPOCH: Index = 1_000;

fn identity() -> Identity {
    Identity {
        datacenter: "dc1".to_owned(),
        node: "here".to_owned(),
        id: "00000000-0000-0000-0000-000000000001".to_owned(),
        address: "127.0.0.1".to_owned(),
    }
}

fn store() -> Store {
    let mut store = Store::new(identity(), EPOCH, true);
    store.take_touched();
    store
}

fn at(seconds: u64) -> Time {
    Time::from_start(Duration::from_secs(seconds))
}

fn instance(id: &str, name: &str) -> Service {
    Service { id: id.to_owned(), name: name.to_owned(), port: 80, ..Service::default() }
}

fn ttl(seconds: u64) -> CheckSpec {
    CheckSpec {
        kind: "ttl".to_owned(),
        source: Source::Ttl(Duration::from_secs(seconds)),
        ..CheckSpec::default()
    }
}

fn status(store: &Store, id: &str) -> Option<Status> {
    store.instance("here", id).map(|instance| instance.status())
}

fn service(name: &str) -> Topic {
    Topic::service(name)
}
