//! What a reload from one plan to another does.
//!
//! The one answer to which jobs start afresh and which go on: the reload acts
//! on it, and `gyropilot plan` shows it before.

mod hooks;
mod job;
mod settings;
mod words;

#[cfg(test)]
mod tests;

use gyropilot_model::{Jobs, Plan, Service, Watch, WatchTarget, Work};
use std::collections::BTreeMap;

/// What a reload from one plan to another does.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Difference {
    /// One plan consists of hooks and the other of jobs, between which a
    /// running pilot cannot change. Nothing else is compared then.
    pub other_form: bool,
    /// In the order of the new plan, then those that are gone in the order of
    /// the old one; with hooks, what takes the place of jobs there.
    pub jobs: Vec<Change>,
    /// What is watched, by the name that its events have; ordered as jobs are.
    pub watches: Vec<Change>,
    /// What is offered in the catalogue, by name; ordered as jobs are.
    pub services: Vec<Change>,
    /// Everything else, by its key at the top of the configuration.
    pub settings: Vec<Change>,
}

/// Something that is not as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Its name.
    pub name: String,
    /// What becomes of it.
    pub fate: Fate,
    /// What in it is not as it was; empty for what is new or gone.
    pub fields: Vec<FieldChange>,
}

/// What becomes of something that is not as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// It is new: it begins as at the start of the pilot.
    Added,
    /// It is gone: it is stopped in good order.
    Removed,
    /// What runs would not be what is asked for: it is stopped in good order
    /// and begins anew.
    Restarted,
    /// A process that runs goes on; the new definition holds from now on.
    Redefined,
}

/// One key that has another value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldChange {
    /// As in the configuration, such as `health.interval`.
    pub key: String,
    /// In words; `None` when it was not set.
    pub old: Option<String>,
    /// In words; `None` when it is not set any more.
    pub new: Option<String>,
    /// This one alone is reason enough to begin anew.
    pub restarts: bool,
}

/// Gathers the keys that have another value.
#[derive(Default)]
struct Fields(Vec<FieldChange>);

/// What a reload from `old` to `new` does.
#[must_use]
pub fn difference(old: &Plan, new: &Plan) -> Difference {
    match (&old.work, &new.work) {
        (Work::Jobs(was), Work::Jobs(is)) => Difference {
            other_form: false,
            jobs: paired(
                &was.jobs,
                &is.jobs,
                |job| job.name.clone(),
                |old, new| job::compare(was, is, old, new),
            ),
            watches: watches(was, is),
            services: services(old, new),
            settings: settings::compare(old, new),
        },
        (Work::Hooks(was), Work::Hooks(is)) => Difference {
            other_form: false,
            jobs: hooks::compare(was, is),
            watches: hooks::watches(was, is),
            services: services(old, new),
            settings: settings::compare(old, new),
        },
        (Work::Jobs(_), Work::Hooks(_)) | (Work::Hooks(_), Work::Jobs(_)) => {
            Difference { other_form: true, ..Difference::default() }
        }
    }
}

fn watches(was: &Jobs, is: &Jobs) -> Vec<Change> {
    // Two watches of one name differ in what they watch.
    let key = |watch: &Watch| (watch.name.clone(), watch.target.clone());
    paired(&was.watches, &is.watches, key, |old, new| {
        let mut fields = Fields::default();
        fields.look("interval", &old.interval, &new.interval, words::span);
        fields.0
    })
}

fn services(old: &Plan, new: &Plan) -> Vec<Change> {
    let key = |service: &Service| service.id.clone();
    let mut changes = paired(&old.services, &new.services, key, settings::service);
    for change in &mut changes {
        let mut both = new.services.iter().chain(&old.services);
        if let Some(service) = both.find(|service| service.id == change.name) {
            change.name.clone_from(&service.name);
        }
    }
    changes
}

/// A name to show.
trait Named {
    fn shown(&self) -> String;
}

/// The changes from `old` to `new`, whose items belong together by `key`.
fn paired<T, K: Ord + Named>(
    old: &[T],
    new: &[T],
    key: impl Fn(&T) -> K,
    compare: impl Fn(&T, &T) -> Vec<FieldChange>,
) -> Vec<Change> {
    let before: BTreeMap<K, &T> = old.iter().map(|item| (key(item), item)).collect();
    let after: BTreeMap<K, &T> = new.iter().map(|item| (key(item), item)).collect();
    let mut changes = Vec::new();
    for item in new {
        let key = key(item);
        let Some(was) = before.get(&key) else {
            changes.push(Change { name: key.shown(), fate: Fate::Added, fields: Vec::new() });
            continue;
        };
        let fields = compare(was, item);
        if !fields.is_empty() {
            let restarts = fields.iter().any(|field| field.restarts);
            let fate = if restarts { Fate::Restarted } else { Fate::Redefined };
            changes.push(Change { name: key.shown(), fate, fields });
        }
    }
    let gone = old.iter().map(key).filter(|key| !after.contains_key(key));
    changes.extend(gone.map(|key| Change { name: key.shown(), fate: Fate::Removed, fields: Vec::new() }));
    changes
}

// === impl Difference ===

impl Difference {
    /// Is everything as it was?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// What becomes of a job; `None` when it is as it was.
    #[must_use]
    pub fn job(&self, name: &str) -> Option<Fate> {
        self.jobs.iter().find(|change| change.name == name).map(|change| change.fate)
    }
}

// === impl Fields ===

impl Fields {
    /// A value that holds from now on.
    fn look<T: PartialEq>(&mut self, key: &str, old: &T, new: &T, show: impl Fn(&T) -> Option<String>) {
        self.note(key, old, new, show, false);
    }

    /// A value that a running process cannot be given.
    fn look_inside<T: PartialEq>(
        &mut self,
        key: &str,
        old: &T,
        new: &T,
        show: impl Fn(&T) -> Option<String>,
    ) {
        self.note(key, old, new, show, true);
    }

    fn note<T: PartialEq>(
        &mut self,
        key: &str,
        old: &T,
        new: &T,
        show: impl Fn(&T) -> Option<String>,
        restarts: bool,
    ) {
        if old != new {
            self.0.push(FieldChange { key: key.to_owned(), old: show(old), new: show(new), restarts });
        }
    }
}

// === impl Named ===

impl Named for String {
    fn shown(&self) -> String {
        self.clone()
    }
}

impl Named for (String, WatchTarget) {
    fn shown(&self) -> String {
        match &self.1 {
            WatchTarget::Service { name, tag: None, datacenter: None } if *name == self.0 => self.0.clone(),
            target => format!("{}: {target}", self.0),
        }
    }
}
