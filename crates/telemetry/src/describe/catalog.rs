//! The catalogue: what is registered there, and what is read from it.

use super::{Description, Update, say};
use crate::Own;
use gyropilot_model::LogLevel::{Error, Info, Warn};
use gyropilot_model::{Status, format_go_duration};
use std::time::Duration;

pub(super) fn health_changed(service: &str, status: Status, reason: &str) -> Description {
    let level = if status == Status::Passing { Info } else { Warn };
    let said = say("health_changed", level, format!("service {service} is {status}: {reason}"));
    let all = [Status::Passing, Status::Warning, Status::Critical, Status::Maintenance];
    all.into_iter().fold(said, |said, each| {
        said.set(Own::ServiceStatus, &[service, each.as_str()], f64::from(u8::from(each == status)))
    })
}

pub(super) fn registered(id: &str, again: Option<&str>) -> Description {
    match again {
        None => say("registered", Info, format!("registered {id}")),
        Some(reason) => say("registered", Warn, format!("registered {id} again: {reason}")),
    }
    .one(Own::Registrations, &[id])
    .set(Own::ServiceRegistered, &[id], 1.0)
}

pub(super) fn registration_reduced(id: &str, reason: &str) -> Description {
    say("registration_reduced", Warn, format!("registered {id} without {reason}"))
}

pub(super) fn deregistered(id: &str) -> Description {
    say("deregistered", Info, format!("deregistered {id}")).set(Own::ServiceRegistered, &[id], 0.0)
}

pub(super) fn deregistration_unconfirmed(id: &str, reason: &str) -> Description {
    let message = format!("the catalogue did not confirm that {id} is deregistered: {reason}");
    say("deregistration_unconfirmed", Error, message)
}

pub(super) fn unavailable(request: &str, reason: &str) -> Description {
    say("catalog_unavailable", Warn, format!("the catalogue cannot be used ({request}): {reason}"))
        .with(Update::Add(Own::CatalogFailing, vec![], 1.0))
        .one(Own::CatalogFailures, &[])
}

pub(super) fn available(request: &str, after: Duration) -> Description {
    let after = format_go_duration(after);
    say("catalog_available", Info, format!("the catalogue can be used again ({request}) after {after}"))
        .with(Update::Add(Own::CatalogFailing, vec![], -1.0))
}

pub(super) fn backend_changed(backend: &str, tag: Option<&str>, instances: usize) -> Description {
    let noun = if instances == 1 { "instance" } else { "instances" };
    let which = which_backend(backend, tag);
    let message = format!("{which} has {instances} healthy {noun} now");
    changes(say("backend_changed", Info, message), backend, tag, instances)
}

pub(super) fn backend_empty(backend: &str, tag: Option<&str>, had: usize) -> Description {
    let which = which_backend(backend, tag);
    let message = format!("{which} has no healthy instance left; it had {had} before");
    changes(say("backend_empty", Error, message), backend, tag, 0)
}

pub(super) fn index_reset(watch: &str) -> Description {
    let message = format!("the catalogue's index went backwards for {watch}: it was wiped or restored");
    say("catalog_index_reset", Warn, message).one(Own::CatalogIndexResets, &[])
}

pub(super) fn instances_kept(watch: &str, count: usize, within: Duration) -> Description {
    let within = format_go_duration(within);
    let noun = if count == 1 { "instance" } else { "instances" };
    let message = format!(
        "the catalogue has just come back and does not know {count} {noun} of the {watch}; kept for {within}"
    );
    say("instances_kept", Warn, message)
}

pub(super) fn doubtful(watch: &str, reason: &str) -> Description {
    say("catalog_doubtful", Warn, format!("the catalogue's answer for {watch} is in doubt: {reason}"))
        .one(Own::CatalogDoubts, &[])
}

/// A backend's name alone does not tell it from one with another tag.
fn which_backend(backend: &str, tag: Option<&str>) -> String {
    match tag {
        Some(tag) => format!("backend {backend} (tag {tag})"),
        None => format!("backend {backend}"),
    }
}

fn changes(said: Description, backend: &str, tag: Option<&str>, instances: usize) -> Description {
    let labels = [backend, tag.unwrap_or_default()];
    said.set(Own::BackendInstances, &labels, instances as f64)
        .one(Own::BackendChanges, &labels)
        .with(Update::SetToNow(Own::BackendLastChange, super::owned(&labels)))
}
